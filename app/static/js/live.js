// Follows what changes in the room. The stream says only that something has changed; then the block is fetched and laid
// over the old one, so that focus, half-typed words, open details and the place on the page stay. Markup: parts/live.html.
(() => {
  "use strict";
  const PING = 40e3;      // without a word for so long the line is dead (the server says one every 15 s)
  const POLL = 20e3;      // how often the blocks are fetched where no stream stands
  const CRY = 6e3;        // without contact for so long before we say so
  const HIDDEN = 60e3;    // a page that nobody has seen for so long lets its stream go
  const SAY_EACH = 8e3;   // new things are said at most so often
  const PATIENCE = 15e3;

  const room = document.querySelector("[data-room]") || makeRoom();
  const region = room.querySelector("[data-room-says]");
  const lostNote = room.querySelector("[data-room-lost]");
  const some = (time) => time * (0.8 + 0.4 * Math.random());

  function makeRoom() {
    const made = document.createElement("div");
    made.innerHTML = "<p class='sr-only' role='status' data-room-says></p>";
    document.querySelector("main .wrap, main").prepend(made);
    return made;
  }

  // One voice for the page. What comes close together is said together, and the same words twice are said twice.
  const toSay = [];
  let saying = null, quieting = null;
  function say(words) {
    if (!words || toSay.includes(words)) return;
    toSay.push(words);
    clearTimeout(quieting);
    region.textContent = "";
    saying ||= setTimeout(() => {
      saying = null;
      region.textContent = toSay.splice(0).join(" ");
      quieting = setTimeout(() => { region.textContent = ""; }, 20e3);
    }, 400);
  }

  // Marks: what this reader knows and the common block does not, such as which cards are one's own.
  const marks = new Map();
  const marked = (name) => marks.get(name) || marks.set(name, new Set()).get(name);
  const keyOf = (element) => element.closest("[data-key]")?.dataset.key ?? "";

  function setMark(name, key, on) {
    if (on) marked(name).add(key); else marked(name).delete(key);
    blocks.forEach((block) => showMarks(block.element));
  }
  function setMarks(name, keys) {
    marks.set(name, new Set(keys));
    blocks.forEach((block) => showMarks(block.element));
  }
  function showMarks(root) {
    for (const thing of root.querySelectorAll("[data-key]")) {
      for (const [name, keys] of marks) thing.classList.toggle("is-" + name, keys.has(thing.dataset.key));
    }
    for (const part of root.querySelectorAll("[data-if]")) hide(part, !marked(part.dataset.if).has(keyOf(part)));
    for (const part of root.querySelectorAll("[data-unless]")) hide(part, marked(part.dataset.unless).has(keyOf(part)));
  }
  function hide(part, hidden) {
    // The button that was pressed gives way to the one that undoes it: the focus goes along.
    const had = hidden && !part.hidden && part.contains(document.activeElement);
    part.hidden = hidden;
    if (had) queueMicrotask(() => focusNear(part.parentElement));
  }
  function focusNear(element) {
    const target = [...element.querySelectorAll("button, a[href], input, textarea, summary")].find((one) => one.getClientRects().length) || element;
    if (target === element && element.tabIndex < 0) element.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  // Laying a fresh block over the old one.
  const isField = (node) => node.matches?.("input, textarea, select");
  function isDirty(field) {
    if (field.matches("select")) {
      const options = [...field.options], asWritten = options.findLastIndex((option) => option.defaultSelected);
      return !field.multiple && field.selectedIndex !== Math.max(0, asWritten);
    }
    return ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
      : !["hidden", "submit", "button"].includes(field.type) && field.value !== field.defaultValue;
  }
  const typedIn = (element) => [...element.querySelectorAll("input:not([type=checkbox]):not([type=radio]), textarea")].filter(isDirty);
  function markGone(element) {
    if (element.classList.contains("is-gone")) return;
    const words = document.createElement("p");
    words.className = "is-gone-words";
    words.textContent = room.dataset.goneTyped;
    element.classList.add("is-gone");
    element.prepend(words);
  }
  const nameOf = (node) => (node.nodeType === 1 ? node.dataset.key || node.id || "" : "");
  const KEPT_BY_PAGE = ["open", "aria-disabled", "aria-busy"];

  function lay(old, fresh) {
    const known = new Map([...old.querySelectorAll("[data-key], [id]")].map((one) => [nameOf(one), one]));
    const wanted = new Set([...fresh.querySelectorAll("[data-key], [id]")].map(nameOf));
    const laid = new Set(); // A name that comes twice is a new thing the second time.
    const fits = (now, next) => now.nodeName === next.nodeName && nameOf(now) === nameOf(next);

    function layChildren(parent, source) {
      let at = parent.firstChild;
      for (const next of [...source.childNodes]) {
        while (at && nameOf(at) && !wanted.has(nameOf(at))) at = drop(at);
        let match = nameOf(next) ? known.get(nameOf(next)) : findLike(at, next);
        if (match && (match.nodeName !== next.nodeName || match.contains(parent) || laid.has(match))) match = null;
        if (!match) { parent.insertBefore(next, at); continue; }
        if (match !== at) {
          if (match.parentNode === parent && match.contains(document.activeElement)) {
            // Rather the others move than the one that somebody is in.
            while (at !== match) { const later = at.nextSibling; parent.append(at); at = later; }
          } else move(parent, match, at);
        }
        laid.add(match);
        layNode(match, next);
        at = match.nextSibling;
      }
      while (at) at = drop(at);
    }
    function findLike(at, next) {
      for (let one = at; one && !nameOf(one); one = one.nextSibling) {
        if (fits(one, next)) return one;
        if (next.nodeType !== 1) return null;
      }
      return null;
    }
    function move(parent, node, before) {
      try { parent.moveBefore(node, before); } catch { parent.insertBefore(node, before); }
    }
    // What is wanted elsewhere is fetched by its name when its turn comes. What somebody is typing in stays.
    function drop(node) {
      const next = node.nextSibling;
      if (node.nodeType === 1 && typedIn(node).some((field) => !wanted.has(keyOf(field)))) markGone(node);
      else node.remove();
      return next;
    }
    function layNode(now, next) {
      if (now.nodeType !== 1) { if (now.nodeValue !== next.nodeValue) now.nodeValue = next.nodeValue; return; }
      if (now.dataset.still !== undefined || now.isEqualNode(next)) return;
      const busy = isField(now) && (now === document.activeElement || isDirty(now));
      const isOwnName = now.matches("input[type=hidden][name=key], input[data-id]");
      for (const { name } of [...now.attributes]) {
        const byMarks = name === "hidden" && (now.dataset.if !== undefined || now.dataset.unless !== undefined);
        if (!next.hasAttribute(name) && !KEPT_BY_PAGE.includes(name) && !byMarks && !(busy && name === "checked")) now.removeAttribute(name);
      }
      for (const { name, value } of next.attributes) {
        const byMarks = name === "hidden" && (now.dataset.if !== undefined || now.dataset.unless !== undefined);
        if (now.getAttribute(name) === value || byMarks || KEPT_BY_PAGE.includes(name)) continue;
        if ((busy || isOwnName) && ["value", "checked"].includes(name)) continue;
        now.setAttribute(name, value);
      }
      if (!(busy && now.matches("textarea, select"))) layChildren(now, next);
    }
    layChildren(old, fresh);
  }

  function update(block, html) {
    const { element } = block;
    if (!element.dispatchEvent(new CustomEvent("live:before", { bubbles: true, cancelable: true }))) return false;
    const fresh = new DOMParser().parseFromString(html, "text/html").body;
    const counts = (root) => new Set([...root.querySelectorAll(root.querySelector("[data-new]") ? "[data-new]" : "[data-key]")].map(keyOf));
    const spoken = (root) => new Map([...root.querySelectorAll("[data-say]")].map((one) => [one.dataset.say || keyOf(one), one.textContent.trim()]));
    const before = block.known || counts(element), saidBefore = spoken(element);

    const active = element.contains(document.activeElement) ? document.activeElement : null;
    const selection = active && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
    const trail = active && [...pathOf(active, element)];
    // Whoever reads further down, or stands in the block, keeps the place; else what is new comes in at the top.
    const anchor = active || (element.getBoundingClientRect().top < 0
      && [...element.querySelectorAll("[data-key]")].find((one) => one.getBoundingClientRect().top >= 0)) || null;
    const stood = anchor?.getBoundingClientRect().top;

    lay(element, fresh);
    showMarks(element);

    if (active && document.activeElement !== active) {
      if (active.isConnected && active.getClientRects().length) {
        active.focus({ preventScroll: true });
        if (selection?.[0] != null) try { active.setSelectionRange(...selection); } catch { /* not a field of text */ }
      } else {
        const near = trail.find((one) => one.isConnected) || element;
        if (near.tabIndex < 0) near.tabIndex = -1;
        near.focus({ preventScroll: true });
        say(room.dataset.gone);
      }
    }
    if (anchor?.isConnected) {
      const moved = anchor.getBoundingClientRect().top - stood;
      if (Math.abs(moved) > 1) scrollBy({ top: moved, behavior: "instant" });
    }

    const after = counts(element);
    block.known = after;
    if (block.isKnown) {
      for (const key of after) if (!before.has(key) && !marked("own").has(key)) block.arrived.add(key);
      for (const key of block.arrived) if (!after.has(key) || marked("own").has(key)) block.arrived.delete(key);
      for (const [name, words] of spoken(element)) if (saidBefore.has(name) && saidBefore.get(name) !== words) say(words);
      tellArrivals(block);
    }
    block.isKnown = true;
    element.dispatchEvent(new CustomEvent("live:after", { bubbles: true }));
    return true;
  }
  // Where the focus goes when the thing it was in is taken away: the next one like it, the one before, the block.
  function* pathOf(active, top) {
    for (let one = active.closest("[data-key]"); one && top.contains(one); one = one.parentElement?.closest("[data-key]")) {
      yield one;
      for (let next = one.nextElementSibling; next; next = next.nextElementSibling) if (next.dataset.key) yield next;
      for (let next = one.previousElementSibling; next; next = next.previousElementSibling) if (next.dataset.key) yield next;
    }
  }

  function tellArrivals(block) {
    if (!block.arrived.size || block.telling || !block.element.dataset.newMany) return;
    const wait = Math.max(1000, (block.toldAt || 0) + SAY_EACH - Date.now());
    block.telling = setTimeout(() => {
      block.telling = null;
      block.toldAt = Date.now();
      // One's own may have been known as such only afterwards.
      const number = [...block.arrived].filter((key) => !marked("own").has(key)).length;
      block.arrived.clear();
      if (number) say((number === 1 ? block.element.dataset.newOne : block.element.dataset.newMany).replace("{n}", number));
    }, wait);
  }

  // Fetching.
  const blocks = [...document.querySelectorAll("[data-live]")].map((element) => ({
    element, topics: element.dataset.topic.split(" ").filter(Boolean), arrived: new Set(),
    isKnown: element.childElementCount > 0,
  }));
  for (const { element } of blocks) {
    for (const [name, keys] of Object.entries(JSON.parse(element.dataset.marks || "{}"))) keys.forEach((key) => marked(name).add(key));
    showMarks(element);
  }

  async function refresh(block) {
    if (block.isBusy) { block.again = true; return; }
    block.isBusy = true;
    block.again = false;
    const answer = await ask(block);
    const began = performance.now();
    try {
      if (answer.html !== undefined && update(block, answer.html)) block.etag = answer.etag;
      else if (answer.html !== undefined || answer.isOdd) setTimeout(() => refresh(block), some(2000));
    } finally {
      // A slow phone with a large board gets time to breathe.
      setTimeout(() => {
        block.isBusy = false;
        if (block.again) refresh(block);
      }, Math.min(2000, 2 * (performance.now() - began)));
    }
  }
  // The block where it has changed; isOdd where the answer says nothing of it.
  async function ask({ element, etag }) {
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const headers = { Accept: "text/html", ...(etag && { "If-None-Match": etag }) };
      const answer = await fetch(element.dataset.live, { headers, cache: "no-store", redirect: "manual", signal: stop.signal });
      // A network that asks for a password answers too, with a page of its own.
      if (!answer.headers.has("X-Request-ID") || answer.status >= 500) return { isOdd: true };
      heard();
      return answer.status === 200 ? { html: await answer.text(), etag: answer.headers.get("ETag") } : {};
    } catch {
      missed();
      return {};
    } finally {
      clearTimeout(late);
    }
  }
  const refreshAll = () => blocks.forEach(refresh);

  // The stream.
  const topics = [...new Set(blocks.flatMap((block) => block.topics))];
  const canStream = room.dataset.stream && topics.length && "EventSource" in globalThis;
  let source = null, reopening = null, tries = 0, streamedAt = Date.now();

  function open() {
    clearTimeout(reopening);
    reopening = null;
    if (!canStream || isLeaving) return;
    source?.close();
    source = new EventSource(room.dataset.stream + "?" + new URLSearchParams(topics.map((topic) => ["emne", topic])));
    streamedAt = Date.now();
    source.addEventListener("open", heard);
    source.addEventListener("ping", hear);
    source.addEventListener("changed", (event) => {
      hear();
      const told = event.data.split(" ");
      blocks.filter((block) => block.topics.some((topic) => told.includes(topic))).forEach(refresh);
    });
    source.addEventListener("error", () => {
      if (isLeaving) return;
      missed();
      // A lost line is opened again by the browser itself, a refused one is not.
      if (source?.readyState === EventSource.CLOSED) reopenSoon();
    });
  }
  function hear() {
    tries = 0;
    streamedAt = Date.now();
    heard();
  }
  function reopenSoon() {
    close();
    reopening ||= setTimeout(open, some(Math.min(60e3, 3000 * 2 ** tries++)));
  }
  function close() {
    source?.close();
    source = null;
    clearTimeout(reopening);
    reopening = null;
  }
  const isOpen = () => source?.readyState === 1;

  // Contact. Nothing is said of a short break, of a page that is left or of one that nobody sees.
  let lostSince = null, hasCried = false, isLeaving = false, hiddenSince = null, tickedAt = Date.now(), polledAt = Date.now(), probedAt = 0;
  function heard() {
    lostSince = null;
    if (!hasCried) return;
    hasCried = false;
    if (lostNote) lostNote.hidden = true;
    say(room.dataset.back);
    document.dispatchEvent(new CustomEvent("room:back"));
  }
  function missed() {
    if (!isLeaving) lostSince ??= Date.now();
  }
  function tick() {
    const now = Date.now(), slept = now - tickedAt > 10e3;
    tickedAt = now;
    if (isLeaving || document.hidden) {
      if (hiddenSince && now - hiddenSince > HIDDEN && source) close();
      return;
    }
    if (slept) { lostSince = null; wake(); return; }
    // Dead without a word, or held back by something between us.
    if (isOpen() && now - streamedAt > PING) { close(); reopenSoon(); refreshAll(); }
    if (!isOpen() && now - polledAt > POLL) { polledAt = now + some(POLL) - POLL; refreshAll(); }
    // A stream that is refused is no lost connection: the blocks tell which it is.
    if (lostSince && now - lostSince > CRY / 2 && now - probedAt > CRY / 2) { probedAt = now; refreshAll(); }
    if (lostSince && now - lostSince >= CRY && !hasCried && lostNote) {
      hasCried = true;
      lostNote.hidden = false;
      say(lostNote.textContent.trim());
    }
  }
  function wake() {
    if (isLeaving) return;
    if (!isOpen() || Date.now() - streamedAt > PING / 2) { open(); refreshAll(); }
  }
  if (blocks.length) {
    open();
    setInterval(tick, 1000);
    addEventListener("online", () => { if (!document.hidden) { open(); refreshAll(); } });
    addEventListener("offline", missed);
    document.addEventListener("visibilitychange", () => {
      hiddenSince = document.hidden ? Date.now() : null;
      if (lostSince) lostSince = Date.now();
      tickedAt = Date.now();
      if (!document.hidden) wake();
    });
    addEventListener("pagehide", () => { isLeaving = true; close(); });
    addEventListener("pageshow", (event) => { if (event.persisted) { isLeaving = false; wake(); } });
  }

  // For queue.js and other scripts of the room.
  globalThis.dialogforum = Object.assign(globalThis.dialogforum || {}, {
    say, setMark, setMarks,
    // One's own is seen at once also where the stream is away.
    refresh: () => { if (!isOpen()) refreshAll(); },
  });
})();
