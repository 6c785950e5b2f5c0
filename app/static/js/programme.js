// Moving the items of a programme by pointer and by keys. Without this file the buttons up and down do it.
(() => {
  "use strict";
  const board = () => document.querySelector("[data-order]");
  const items = () => [...board().querySelectorAll("li[data-id]")];
  const trackOf = (item) => item.parentElement.dataset.track ?? "";
  const said = document.getElementById("sagt");

  const dragging = globalThis.dialogforum.drag({
    root: board, items: "li[data-id]", columns: "[data-track]", send,
    values(item) {
      const all = items(), track = trackOf(item);
      return { title: item.dataset.title, place: all.indexOf(item) + 1, count: all.length,
        track: track && board().dataset.inTrack.replace("{track}", track) };
    },
    move: (item, right, down) => (down ? step(item, down) : toTrack(item, right)),
  });

  // The server keeps the order, works the times out and says what does not fit.
  async function send(item, from) {
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
    const answer = await fetch(list.dataset.order, { method: "POST", body: fields, headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("programmet");
    if (!fresh) throw new Error(String(answer.status));
    show(document.adoptNode(fresh), item);
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
    dragging.land(moved);
    const clashes = [...fresh.querySelectorAll(".clashes li")].map((one) => one.textContent.trim());
    said.textContent += " " + (clashes.length ? clashes.join(" ") : board().dataset.fits);
  }

  // By keys: into the next place, through the tracks where there are any.
  function step(item, by) {
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
  function toTrack(item, by) {
    const row = item.closest(".beside");
    if (!row) return;
    const lists = [...row.querySelectorAll("[data-track]")];
    const at = lists.indexOf(item.parentElement);
    const place = [...item.parentElement.children].indexOf(item);
    const other = lists[at + by];
    if (other) other.insertBefore(item, other.children[place] ?? null);
  }

  function start() {
    if (!board()) return;
    board().querySelectorAll("[data-drag]").forEach((handle) => { handle.hidden = false; });
    document.querySelectorAll("[data-flow], [data-drag-help]").forEach((one) => { one.hidden = false; });
  }
  start();
})();
