// Moving people between groups by pointer and by keys. Without this file the boxes and the buttons below do it.
(() => {
  "use strict";
  const area = () => document.getElementById("grupper");
  const tables = () => [...area().querySelectorAll("[data-group]")];
  const rows = (table) => table.querySelector(".sitters");
  const handleOf = (person) => person.querySelector("[data-drag]");
  const said = document.getElementById("sagt");

  function say(name, person) {
    const values = { name: person.dataset.name, group: person.closest("[data-group]").dataset.name };
    said.textContent = area().dataset[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }

  let held = null;
  const isSending = () => area().classList.contains("is-sending");
  function take(person, byKeys) {
    held = { person, list: person.parentElement, next: person.nextElementSibling, byKeys };
    person.classList.add("is-dragged");
    handleOf(person).setAttribute("aria-pressed", "true");
  }
  function letGo() {
    const { person } = held;
    held = null;
    person.classList.remove("is-dragged");
    handleOf(person).removeAttribute("aria-pressed");
    tables().forEach((table) => table.classList.remove("is-over"));
    return person;
  }
  function putBack() {
    const { list, next } = held;
    const person = letGo();
    list.insertBefore(person, next);
    handleOf(person).focus();
    say("back", person);
  }
  function put() {
    const { list, next } = held;
    const person = letGo();
    if (person.parentElement === list) { list.insertBefore(person, next); say("back", person); } else send(person, list, next);
  }

  // The server moves the person, weighs the groups anew and answers with the page.
  async function send(person, from, next) {
    const here = area();
    const fields = new FormData();
    fields.append("key", here.dataset.key);
    fields.append("who", person.dataset.who);
    fields.append("group_id", person.closest("[data-group]").dataset.group);
    fields.append("do", "move");
    here.classList.add("is-sending");
    try {
      const answer = await fetch(here.dataset.move, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("grupper");
      if (!fresh) throw new Error(String(answer.status));
      show(page, fresh, person);
    } catch {
      here.classList.remove("is-sending");
      if (crypto.randomUUID) here.dataset.key = crypto.randomUUID();
      from.insertBefore(person, next);
      handleOf(person).focus();
      said.textContent = here.dataset.failed;
      said.classList.remove("sr-only");
    }
  }
  function show(page, fresh, person) {
    const chosen = [...area().querySelectorAll("input[name=who]:checked")].map((box) => box.value);
    for (const part of [".balance", ".round-tools"]) {
      const [old, young] = [document.querySelector(part), page.querySelector(part)];
      if (old && young) old.replaceWith(document.adoptNode(young));
    }
    area().replaceWith(document.adoptNode(fresh));
    start();
    chosen.forEach((who) => { const box = area().querySelector(`input[value="${who}"]`); if (box) box.checked = true; });
    const moved = document.getElementById(`p-${person.dataset.who}`);
    const wrong = area().querySelector(".error-summary");
    if (wrong) { wrong.focus(); return; }
    if (!moved) return;
    handleOf(moved).focus({ preventScroll: true });
    moved.scrollIntoView({ block: "nearest" });
    say("put", moved);
  }

  function hover(table) {
    tables().forEach((one) => one.classList.toggle("is-over", one === table));
  }
  // By keys: the next group, and back again at the ends.
  function step(by) {
    const all = tables();
    const at = all.indexOf(held.person.closest("[data-group]"));
    const table = all[(at + by + all.length) % all.length];
    moving = true;
    rows(table).append(held.person);
    handleOf(held.person).focus();
    moving = false;
    hover(table);
    held.person.scrollIntoView({ block: "nearest" });
    say("at", held.person);
  }
  let moving = false;
  document.addEventListener("keydown", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (event.key === "Escape" && held) { event.preventDefault(); if (!held.byKeys) stop(); putBack(); return; }
    if (!handle || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (held) put(); else if (!isSending()) { take(handle.closest("[data-who]"), true); say("taken", held.person); }
      return;
    }
    const by = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (held?.byKeys && by) { event.preventDefault(); step(by); }
  });
  document.addEventListener("focusout", (event) => {
    if (held?.byKeys && !moving && event.target === handleOf(held.person)) put();
  });

  // By pointer: into the group that is under it.
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("[data-drag]");
    if (!handle || event.button !== 0 || held || isSending()) return;
    event.preventDefault();
    take(handle.closest("[data-who]"), false);
    document.addEventListener("pointermove", follow);
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", cancel);
  });
  function follow(event) {
    const edge = 60;
    if (event.clientY < edge) scrollBy(0, -15); else if (event.clientY > innerHeight - edge) scrollBy(0, 15);
    const under = document.elementsFromPoint(event.clientX, event.clientY).filter((one) => !held.person.contains(one));
    const table = under.map((one) => one.closest("[data-group]")).find((one) => one && area().contains(one));
    if (!table) return;
    hover(table);
    if (!rows(table).contains(held.person)) rows(table).append(held.person);
  }
  function stop() {
    document.removeEventListener("pointermove", follow);
    document.removeEventListener("pointerup", drop);
    document.removeEventListener("pointercancel", cancel);
  }
  function drop() { stop(); put(); }
  function cancel() { stop(); putBack(); }

  function start() {
    area()?.querySelectorAll("[data-drag], [data-drag-help]").forEach((one) => { one.hidden = false; });
  }
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
  start();
})();
