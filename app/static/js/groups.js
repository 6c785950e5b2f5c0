// Moving people between groups by pointer and by keys. Without this file the boxes and the buttons below do it.
(() => {
  "use strict";
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
  const area = () => document.getElementById("grupper");
  if (!area()) return;
  const groupOf = (person) => person.closest("[data-group]");
  const listOf = (group) => group.querySelector(".sitters");

  const dragging = globalThis.dialogforum.drag({
    root: area, items: "[data-who]", columns: "[data-group]", listOf, isOrdered: false, move, send,
    values: (person) => ({ name: person.dataset.name, group: groupOf(person).dataset.name }),
  });
  start();

  // Any arrow: the next group, and back again at the ends.
  function move(person, right, down) {
    const all = [...area().querySelectorAll("[data-group]")];
    const group = all.at((all.indexOf(groupOf(person)) + right + down) % all.length);
    listOf(group).append(person);
    dragging.hover(group);
  }

  // The server moves the person, weighs the groups anew and answers with the page.
  async function send(person) {
    const { key, move: address } = area().dataset;
    const fields = new URLSearchParams({ key, who: person.dataset.who, group_id: groupOf(person).dataset.group, do: "move" });
    const answer = await fetch(address, { method: "POST", body: fields, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("grupper");
    if (!fresh) throw new Error(String(answer.status));
    show(page, fresh, person);
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
    if (wrong) wrong.focus(); else if (moved) dragging.land(moved);
  }

  function start() {
    area().querySelectorAll("[data-drag], [data-drag-help]").forEach((one) => { one.hidden = false; });
  }
})();
