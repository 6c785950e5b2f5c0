// Moving items by pointer and by keys, on pages whose forms do the same without this file. An item is taken by its handle
// [data-drag] and put down, or with Escape back where it stood. The words stand on the root: data-taken, -at, -put, -back
// and -failed, where values(item) gives what is in braces.
(() => {
  "use strict";
  const EDGE = 60, STRIDE = 15;  // px: so near the edge of the window the page scrolls, and by so much
  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const handleOf = (item) => item.querySelector("[data-drag]");
  const getSaid = () => document.getElementById("sagt");

  // root(): what it all lies in, and may come anew. items, columns: selectors; a column holds the list that an item is in.
  // isOrdered: whether the pointer finds a place among the items; keepsOrder(list): whether that place is kept.
  // move(item, right, down): one step by an arrow. send(item, from): rejects where the move is not kept.
  // dims(item): what shows that it is being sent. None is taken while the root shows it.
  // Gives tell(name, item) and land(item), for an item that has come anew where it was put.
  function drag({
    root, items, columns, listOf = (column) => column, isOrdered = true, keepsOrder = () => isOrdered,
    values, move, send, dims = root, say = (words) => { getSaid().textContent = words; },
  }) {
    let held = null, isMoving = false, underWay = 0;
    const pointing = { pointermove: follow, pointerup: () => put(), pointercancel: putBack };

    function tell(name, item) {
      const all = values(item);
      say(root().dataset[name].replace(/\{(\w+)\}/g, (whole, key) => all[key] ?? whole));
    }
    function land(item) {
      handleOf(item).focus({ preventScroll: true });
      item.scrollIntoView({ block: "nearest" });
      tell("put", item);
    }
    function findItem(event) {
      const handle = event.target.closest?.("[data-drag]");
      return handle && root()?.contains(handle) ? handle.closest(items) : null;
    }

    function take(item, byKeys) {
      held = { item, list: item.parentElement, next: item.nextElementSibling, byKeys };
      item.classList.add("is-dragged");
      handleOf(item).setAttribute("aria-pressed", "true");
      if (byKeys) tell("taken", item);
      else for (const [name, react] of Object.entries(pointing)) document.addEventListener(name, react);
    }
    function letGo() {
      const was = held;
      held = null;
      for (const [name, react] of Object.entries(pointing)) document.removeEventListener(name, react);
      was.item.classList.remove("is-dragged");
      handleOf(was.item).removeAttribute("aria-pressed");
      hover(null);
      return was;
    }
    function restore({ item, list, next }) {
      if (item.parentElement === list && item.nextElementSibling === next) return;
      list.insertBefore(item, next?.parentElement === list ? next : null);
    }
    function focusIfLost(item, how) {
      if (document.activeElement === document.body) handleOf(item).focus(how);
    }
    // What live.js held off meanwhile.
    const catchUp = () => globalThis.dialogforum.refresh?.();
    function putBack() {
      const was = letGo();
      restore(was);
      handleOf(was.item).focus();
      tell("back", was.item);
      catchUp();
    }
    async function put(isLeaving = false) {
      const was = letGo(), { item, list, next } = was;
      const isMoved = item.parentElement !== list || (keepsOrder(list) && item.nextElementSibling !== next);
      if (!isMoved) restore(was);
      // While the focus goes elsewhere it is nowhere for a moment, and not lost.
      if (!isLeaving) focusIfLost(item, { preventScroll: true });
      if (!isMoved) tell("back", item); else await keep(was);
      catchUp();
    }
    async function keep(was) {
      const dimmed = dims(was.item);
      dimmed.classList.add("is-sending");
      underWay += 1;
      try {
        await send(was.item, was.list);
      } catch {
        // What is not known to be kept does not look as if it were. Should it have got there after all, the next move
        // is not taken for this one sent once more.
        if (root().dataset.key && crypto.randomUUID) root().dataset.key = crypto.randomUUID();
        restore(was);
        focusIfLost(was.item);
        say(root().dataset.failed);
        getSaid()?.classList.remove("sr-only");
      }
      underWay -= 1;
      dimmed.classList.remove("is-sending");
    }

    document.addEventListener("keydown", (event) => {
      if (held && event.key === "Escape") { event.preventDefault(); putBack(); return; }
      const item = findItem(event);
      if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === " " || event.key === "Enter") {
        event.preventDefault();
        if (held?.byKeys) put(); else if (mayTake()) take(item, true);
      } else if (held?.byKeys && ARROWS[event.key]) { event.preventDefault(); step(...ARROWS[event.key]); }
    });
    const mayTake = () => !held && !root().classList.contains("is-sending");
    function step(right, down) {
      const { item } = held;
      isMoving = true;
      move(item, right, down);
      handleOf(item).focus();
      isMoving = false;
      item.scrollIntoView({ block: "nearest" });
      tell("at", item);
    }
    // Who leaves the handle has let go where the item is; moving it in the page takes the focus for a moment.
    document.addEventListener("focusout", (event) => {
      if (held?.byKeys && !isMoving && event.target === handleOf(held.item)) put(true);
    });

    document.addEventListener("pointerdown", (event) => {
      const item = findItem(event);
      if (!item || event.button !== 0 || !mayTake()) return;
      event.preventDefault();
      take(item, false);
    });
    function follow(event) {
      const { item } = held;
      if (event.clientY < EDGE) scrollBy(0, -STRIDE); else if (event.clientY > innerHeight - EDGE) scrollBy(0, STRIDE);
      const under = document.elementsFromPoint(event.clientX, event.clientY).filter((one) => root().contains(one) && !item.contains(one));
      const find = (wanted) => under.map((one) => one.closest(wanted)).find((one) => one && root().contains(one));
      const column = find(columns), other = isOrdered && find(items);
      if (column) hover(column);
      if (other) {
        const box = other.getBoundingClientRect();
        const isBefore = event.clientY < box.top + box.height / 2;
        const there = isBefore ? other.previousElementSibling : other.nextElementSibling;
        if (there !== item) isBefore ? other.before(item) : other.after(item);
      } else if (column && item.parentElement !== listOf(column)) listOf(column).append(item);
    }
    function hover(column) {
      root().querySelectorAll(columns).forEach((one) => one.classList.toggle("is-over", one === column));
    }
    // Nothing moves under the hand of who is moving something.
    // Nor while a move is being kept: what was fetched before it would lay the item back, and the words tell of that.
    document.addEventListener("live:before", (event) => {
      if ((held || underWay) && root().contains(event.target)) event.preventDefault();
    });
    return { tell, land, hover };
  }

  globalThis.dialogforum = Object.assign(globalThis.dialogforum || {}, { drag });
})();
