// Moving the items of a programme by pointer and by keys. Without this file the buttons up and down do it.
(() => {
  "use strict";
  const board = () => document.querySelector("[data-order]");
  const items = () => [...board().querySelectorAll("li[data-id]")];
  const handleOf = (item) => item.querySelector("[data-drag]");
  const trackOf = (item) => item.parentElement.dataset.track ?? "";
  const said = document.getElementById("sagt");

  function say(name, item, more = {}) {
    const all = items();
    const track = trackOf(item);
    const values = { title: item.dataset.title, place: all.indexOf(item) + 1, count: all.length,
      track: track && board().dataset.inTrack.replace("{track}", track), ...more };
    said.textContent = board().dataset[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }

  // Where an item stood, so that it can go back there. None is taken while another is being sent.
  let held = null;
  const isSending = () => board().classList.contains("is-sending");
  function take(item) {
    held = { item, list: item.parentElement, next: item.nextElementSibling, byKeys: false };
    item.classList.add("is-dragged");
    handleOf(item).setAttribute("aria-pressed", "true");
  }
  function letGo() {
    const { item } = held;
    held = null;
    item.classList.remove("is-dragged");
    handleOf(item).removeAttribute("aria-pressed");
    return item;
  }
  function putBack() {
    const { list, next } = held;
    const item = letGo();
    list.insertBefore(item, next);
    handleOf(item).focus();
    say("back", item);
  }
  function put() {
    const { list, next } = held;
    const item = letGo();
    if (item.parentElement !== list || item.nextElementSibling !== next) send(item, list, next);
    else say("back", item);
  }

  // The server keeps the order, works the times out and says what does not fit.
  async function send(item, from, next) {
    const list = board();
    const fields = new FormData();
    fields.append("key", list.dataset.key);
    fields.append("version", list.dataset.version);
    items().forEach((one) => fields.append("order", one.dataset.id));
    fields.append("item_id", item.dataset.id);
    if (item.parentElement !== from) {
      if (trackOf(item)) fields.append("track", trackOf(item)); else fields.append("is_for_all", "1");
    }
    if (document.querySelector("[data-flow] input")?.checked) fields.append("flow", "1");
    list.classList.add("is-sending");
    try {
      const answer = await fetch(list.dataset.order, { method: "POST", body: fields, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("programmet");
      if (!fresh) throw new Error(String(answer.status));
      show(document.adoptNode(fresh), item);
    } catch {
      // What is not known to be kept does not look as if it were. Should it have got there after all, the
      // next move comes with a version that is not the last, and not as this one sent once more.
      list.classList.remove("is-sending");
      if (crypto.randomUUID) list.dataset.key = crypto.randomUUID();
      from.insertBefore(item, next);
      if (document.activeElement === document.body) handleOf(item).focus();
      said.textContent = list.dataset.failed;
      said.classList.remove("sr-only");
    }
  }

  function show(fresh, item) {
    const wants = document.querySelector("[data-flow] input")?.checked;
    document.getElementById("programmet").replaceWith(fresh);
    start();
    if (wants !== undefined) document.querySelector("[data-flow] input").checked = wants;
    const moved = fresh.querySelector(`li[data-id="${item.dataset.id}"]`);
    const wrong = fresh.querySelector(".error-summary");
    if (wrong) { wrong.focus(); said.textContent = wrong.textContent.replace(/\s+/g, " ").trim(); return; }
    if (!moved) return;
    handleOf(moved).focus({ preventScroll: true });
    moved.scrollIntoView({ block: "nearest" });
    say("put", moved);
    const clashes = [...fresh.querySelectorAll(".clashes li")].map((one) => one.textContent.trim());
    said.textContent += " " + (clashes.length ? clashes.join(" ") : board().dataset.fits);
  }

  // By keys: into the next place, through the tracks where there are any.
  function step(by) {
    const { item } = held;
    const all = items();
    const beside = all[all.indexOf(item) + by];
    const row = item.closest(".beside");
    if (!beside) {
      if (row) by > 0 ? row.after(item) : row.before(item);
    } else if (beside.parentElement === item.parentElement) {
      by > 0 ? beside.after(item) : beside.before(item);
    } else if (row && !beside.closest(".beside")) {
      by > 0 ? row.after(item) : row.before(item);
    } else {
      by > 0 ? beside.before(item) : beside.after(item);
    }
  }
  function toTrack(by) {
    const { item } = held;
    const row = item.closest(".beside");
    if (!row) return;
    const lists = [...row.querySelectorAll("[data-track]")];
    const at = lists.indexOf(item.parentElement);
    const place = [...item.parentElement.children].indexOf(item);
    const other = lists[at + by];
    if (other) other.insertBefore(item, other.children[place] ?? null);
  }

  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (!handle || event.ctrlKey || event.metaKey || event.altKey) return;
    const item = handle.closest("li[data-id]");
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (held) put(); else if (!isSending()) { take(item); held.byKeys = true; say("taken", item); }
      return;
    }
    if (!held?.byKeys) return;
    const move = { ArrowUp: () => step(-1), ArrowDown: () => step(1), ArrowLeft: () => toTrack(-1), ArrowRight: () => toTrack(1) }[event.key];
    if (event.key === "Escape") { event.preventDefault(); putBack(); }
    else if (move) {
      event.preventDefault();
      moving = true;
      move();
      handle.focus();
      moving = false;
      item.scrollIntoView({ block: "nearest" });
      say("at", item);
    }
  });
  // Who leaves the handle has let go where the item is; moving it in the page takes the focus for a moment.
  let moving = false;
  document.addEventListener("focusout", (event) => {
    if (held?.byKeys && !moving && event.target === handleOf(held.item)) put();
  });

  // By pointer: the item goes where the pointer is.
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (!handle || event.button !== 0 || held || isSending()) return;
    event.preventDefault();
    take(handle.closest("li[data-id]"));
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", cancel);
  });
  function follow(event) {
    const { item } = held;
    const edge = 60;
    if (event.clientY < edge) scrollBy(0, -15); else if (event.clientY > innerHeight - edge) scrollBy(0, 15);
    const under = document.elementsFromPoint(event.clientX, event.clientY).filter((one) => !item.contains(one));
    const other = under.map((one) => one.closest("li[data-id]")).find((one) => one && one !== item && board().contains(one));
    if (other) {
      const box = other.getBoundingClientRect();
      const isBefore = event.clientY < box.top + box.height / 2;
      const there = isBefore ? other.previousElementSibling : other.nextElementSibling;
      if (there !== item) isBefore ? other.before(item) : other.after(item);
      return;
    }
    const list = under.map((one) => one.closest("[data-track]")).find((one) => one && board().contains(one));
    if (list && !list.contains(item)) list.append(item);
  }
  function stop() {
    document.removeEventListener("pointermove", follow);
    document.removeEventListener("pointerup", drop);
    document.removeEventListener("pointercancel", cancel);
  }
  function drop() { stop(); put(); }
  function cancel() { stop(); putBack(); }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && held && !held.byKeys) cancel(); });

  function start() {
    if (!board()) return;
    board().querySelectorAll("[data-drag]").forEach((handle) => { handle.hidden = false; });
    document.querySelectorAll("[data-flow], [data-drag-help]").forEach((one) => { one.hidden = false; });
  }
  start();
})();
