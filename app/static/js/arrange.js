// Hanging the cards of a board in clusters by pointer and by keys. Without this file the forms on each card do it.
(() => {
  "use strict";
  const root = document.querySelector("[data-arrange]");
  if (!root) return;
  const say = (words) => globalThis.dialogforum?.say(words);
  const columns = () => [...root.querySelectorAll("[data-cluster]")];
  const listOf = (column) => column.querySelector(".hung");
  const cardsIn = (list) => [...list.querySelectorAll(":scope > li[data-id]")];
  const handleOf = (card) => card.querySelector("[data-drag]");
  const nameOf = (card) => card.closest("[data-cluster]").dataset.name;
  let held = null;

  function tell(name, card, more = {}) {
    const all = cardsIn(card.parentElement);
    const values = { title: card.dataset.title, cluster: nameOf(card), place: all.indexOf(card) + 1, count: all.length, ...more };
    say(root.dataset[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole));
  }

  function take(card, byKeys) {
    held = { card, list: card.parentElement, next: card.nextElementSibling, byKeys };
    card.classList.add("is-dragged");
    handleOf(card).setAttribute("aria-pressed", "true");
  }
  function letGo() {
    const { card } = held;
    held = null;
    card.classList.remove("is-dragged");
    handleOf(card).removeAttribute("aria-pressed");
    columns().forEach((column) => column.classList.remove("is-over"));
    return card;
  }
  function putBack() {
    const { list, next } = held;
    const card = letGo();
    list.insertBefore(card, next);
    handleOf(card).focus({ preventScroll: true });
    tell("back", card);
    catchUp();
  }
  function put() {
    const { list, next } = held;
    const card = letGo();
    if (document.activeElement === document.body) handleOf(card).focus({ preventScroll: true });
    const isLoose = card.parentElement === list && !card.closest("[data-cluster]").dataset.cluster;
    if (isLoose || (card.parentElement === list && card.nextElementSibling === next)) { tell("back", card); catchUp(); } else send(card, list, next);
  }

  async function send(card, list, next) {
    const fields = new FormData();
    fields.append("key", crypto.randomUUID());
    fields.append("cluster_id", card.closest("[data-cluster]").dataset.cluster);
    const after = card.nextElementSibling;
    if (after?.dataset.id && card.closest("[data-cluster]").dataset.cluster) fields.append("before_id", after.dataset.id);
    card.classList.add("is-sending");
    try {
      const address = root.dataset.arrange + "/kort/" + card.dataset.id + "/haeng";
      // Where it leads is the page that we are on; that it leads on says that it is kept.
      const answer = await fetch(address, { method: "POST", body: fields, redirect: "manual" });
      if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
      tell("put", card);
    } catch {
      list.insertBefore(card, next?.isConnected ? next : null);
      say(root.dataset.failed);
    }
    card.classList.remove("is-sending");
    catchUp();
  }
  const catchUp = () => globalThis.dialogforum?.refresh();

  // Nothing moves under the hand of who is moving a card.
  root.addEventListener("live:before", (event) => { if (held) event.preventDefault(); });
  // Outside the block that is laid anew: so the handles stay.
  root.classList.add("can-drag");

  // By keys.
  let moving = false;
  function step(key) {
    const { card } = held;
    moving = true;
    const list = card.parentElement;
    const all = columns(), at = all.findIndex((column) => column.contains(card));
    if (key === "ArrowUp" && card.previousElementSibling) list.insertBefore(card, card.previousElementSibling);
    else if (key === "ArrowDown" && card.nextElementSibling) list.insertBefore(card.nextElementSibling, card);
    else if (key === "ArrowLeft" && all[at - 1]) listOf(all[at - 1]).append(card);
    else if (key === "ArrowRight" && all[at + 1]) listOf(all[at + 1]).append(card);
    handleOf(card).focus();
    moving = false;
    card.scrollIntoView({ block: "nearest" });
    tell("place", card);
  }
  root.addEventListener("keydown", (event) => {
    const handle = event.target.closest("[data-drag]");
    if (!handle) return;
    const isMine = held?.card === handle.closest("li");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (isMine) put();
      else if (!held) { take(handle.closest("li"), true); tell("taken", held.card); }
    } else if (isMine && event.key === "Escape") { event.preventDefault(); putBack(); }
    else if (isMine && event.key.startsWith("Arrow")) { event.preventDefault(); step(event.key); }
  });
  root.addEventListener("focusout", (event) => {
    // Who leaves the handle has let go where the card is; moving it in the page takes the focus for a moment.
    if (held?.byKeys && !moving && event.target === handleOf(held.card)) put();
  });

  // By pointer: the card goes where the pointer is.
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (!handle || !root.contains(handle) || event.button !== 0 || held) return;
    event.preventDefault();
    take(handle.closest("li"), false);
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", cancel);
  });
  function follow(event) {
    const { card } = held;
    const edge = 60;
    if (event.clientY < edge) scrollBy(0, -15); else if (event.clientY > innerHeight - edge) scrollBy(0, 15);
    const under = document.elementsFromPoint(event.clientX, event.clientY).filter((one) => root.contains(one) && !card.contains(one));
    const column = under.map((one) => one.closest("[data-cluster]")).find(Boolean);
    if (!column) return;
    columns().forEach((one) => one.classList.toggle("is-over", one === column));
    const other = under.map((one) => one.closest("li[data-id]")).find((one) => one && one !== card);
    if (other) {
      const box = other.getBoundingClientRect();
      const isBefore = event.clientY < box.top + box.height / 2;
      const there = isBefore ? other.previousElementSibling : other.nextElementSibling;
      if (there !== card) isBefore ? other.before(card) : other.after(card);
    } else if (card.parentElement !== listOf(column)) listOf(column).append(card);
  }
  function stop() {
    document.removeEventListener("pointermove", follow);
    document.removeEventListener("pointerup", drop);
    document.removeEventListener("pointercancel", cancel);
  }
  function drop() { stop(); put(); }
  function cancel() { stop(); putBack(); }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && held && !held.byKeys) cancel(); });
})();
