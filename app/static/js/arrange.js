// Hanging the cards of a board in clusters by pointer and by keys. Without this file the forms on each card do it.
(() => {
  "use strict";
  const root = document.querySelector("[data-arrange]");
  if (!root) return;
  const columns = () => [...root.querySelectorAll("[data-cluster]")];
  const columnOf = (part) => part.closest("[data-cluster]");
  const listOf = (column) => column.querySelector(".hung");

  const dragging = globalThis.dialogforum.drag({
    root: () => root, items: "li[data-id]", columns: "[data-cluster]", listOf, move, send,
    // Loose cards lie in no order.
    keepsOrder: (list) => columnOf(list).dataset.cluster !== "",
    values(card) {
      const all = [...card.parentElement.querySelectorAll(":scope > li[data-id]")];
      return { title: card.dataset.title, cluster: columnOf(card).dataset.name, place: all.indexOf(card) + 1, count: all.length };
    },
    dims: (card) => card,
    say: (words) => globalThis.dialogforum.say?.(words),
  });
  // Outside the block that is laid anew: so the handles stay.
  root.classList.add("can-drag");

  function move(card, right, down) {
    const all = columns();
    const column = all[all.indexOf(columnOf(card)) + right];
    if (down < 0) card.previousElementSibling?.before(card);
    else if (down > 0) card.nextElementSibling?.after(card);
    else if (column) listOf(column).append(card);
  }

  async function send(card) {
    const { cluster } = columnOf(card).dataset;
    const fields = new FormData();
    fields.append("key", crypto.randomUUID());
    fields.append("cluster_id", cluster);
    const after = card.nextElementSibling;
    if (after?.dataset.id && cluster) fields.append("before_id", after.dataset.id);
    const address = root.dataset.arrange + "/kort/" + card.dataset.id + "/haeng";
    // Where it leads is the page that we are on; that it leads on says that it is kept.
    const answer = await fetch(address, { method: "POST", body: fields, redirect: "manual" });
    if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
    dragging.tell("put", card);
  }
})();
