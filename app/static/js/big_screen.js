// The wall follows the console by itself, for hours. Without this file it is a page that is fetched anew by hand.
(() => {
  "use strict";
  const root = document.querySelector("[data-wall]");
  const lost = document.querySelector("[data-lost]");
  const EACH_PAGE = 12_000; // how long a page of cards stands
  const LOOK = 20_000; // asked anew at least this often, whatever is heard
  const CALM = 30_000; // so long without an answer before the wall says so

  // --- pages of what does not fit

  let page = 0;
  let isPaused = false;
  let turnedAt = Date.now();

  function split(list) {
    // Which things stand on which page: as many as are wholly seen, and at least one.
    const things = [...list.children];
    things.forEach((one) => { one.hidden = false; });
    const pages = [];
    let rest = things;
    while (rest.length) {
      const bottom = list.getBoundingClientRect().bottom + 1;
      let count = rest.findIndex((one) => one.getBoundingClientRect().bottom > bottom);
      if (count < 0) count = rest.length;
      pages.push(rest.slice(0, Math.max(1, count)));
      rest = rest.slice(Math.max(1, count));
      pages.at(-1).forEach((one) => { one.hidden = true; });
    }
    return pages;
  }

  function layOut() {
    const list = root.querySelector("[data-pages]");
    root.querySelector(".wall-page-number")?.remove();
    if (!list) return 1;
    list.classList.remove("is-paged");
    [...list.children].forEach((one) => { one.hidden = false; });
    if (list.scrollHeight <= list.clientHeight + 1 || getComputedStyle(list).overflowY === "visible") return 1;
    list.classList.add("is-paged");
    const number = document.createElement("p");
    number.className = "wall-page-number";
    number.textContent = "0 / 0";
    list.after(number);
    const pages = split(list);
    page %= pages.length;
    pages.forEach((things, at) => things.forEach((one) => { one.hidden = at !== page; }));
    number.textContent = `${page + 1} / ${pages.length}`;
    return pages.length;
  }

  setInterval(() => {
    if (isPaused || Date.now() - turnedAt < EACH_PAGE) return;
    turnedAt = Date.now();
    page += 1;
    layOut();
  }, 1000);
  addEventListener("resize", layOut);
  document.fonts?.ready.then(layOut);

  // --- what stands there

  let shown = "";
  let heardAt = Date.now();
  let isAsking = false;
  let isWanted = false;

  const withoutMoment = (text) => text.replace(/ data-now="[^"]*"/, "");

  async function look() {
    if (isAsking) { isWanted = true; return; }
    isAsking = true;
    try {
      const answer = await fetch(root.dataset.wall, { headers: { Accept: "text/html" }, cache: "no-store" });
      if ([401, 403, 404].includes(answer.status) || answer.redirected) { warn(lost.dataset.out); return; }
      if (!answer.ok) return;
      const text = await answer.text();
      heardAt = Date.now();
      lost.hidden = true;
      put(text);
    } catch { /* asked again soon */ } finally {
      isAsking = false;
      if (isWanted) { isWanted = false; look(); }
    }
  }

  function put(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector(".wall-frame");
    if (!fresh) return;
    const here = root.querySelector(".wall-frame");
    if (withoutMoment(text) !== shown) {
      shown = withoutMoment(text);
      if (here.dataset.view !== fresh.dataset.view) { page = 0; turnedAt = Date.now(); }
      here.replaceWith(document.adoptNode(fresh));
      layOut();
      listen();
    }
    document.dispatchEvent(new CustomEvent("clock", { detail: { now: fresh.dataset.now } }));
  }

  function warn(text) {
    lost.textContent = text;
    lost.hidden = false;
  }

  // --- when to look

  let source = null;
  let heard = "";
  function listen() {
    const topics = root.querySelector(".wall-frame").dataset.topics;
    if (source && source.readyState !== EventSource.CLOSED && topics === heard) return;
    source?.close();
    heard = topics;
    source = new EventSource(root.dataset.stream + "?" + topics.split(" ").map((topic) => "emne=" + encodeURIComponent(topic)).join("&"));
    source.addEventListener("changed", look);
  }
  setInterval(() => {
    listen();
    if (Date.now() - heardAt > LOOK) look();
    if (Date.now() - heardAt > CALM && lost.hidden) warn(lost.dataset.away);
  }, 5000);
  // A laptop that has slept, a net that is back.
  for (const event of ["online", "focus", "pageshow"]) addEventListener(event, look);
  addEventListener("pagehide", () => source?.close());

  // --- the screen itself

  async function stayAwake() {
    try { if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen"); } catch { /* then not */ }
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { stayAwake(); look(); } });
  stayAwake();

  const full = document.querySelector("[data-full]");
  if (document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen();
    });
  }
  const pause = document.querySelector("[data-pause]");
  pause.hidden = false;
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    turnedAt = Date.now();
    pause.setAttribute("aria-pressed", String(isPaused));
  });

  // The pointer and the buttons are away until somebody moves.
  let asleep = 0;
  document.documentElement.classList.add("is-still");
  function wake() {
    document.documentElement.classList.add("is-awake");
    clearTimeout(asleep);
    asleep = setTimeout(() => document.documentElement.classList.remove("is-awake"), 3000);
  }
  for (const event of ["pointermove", "pointerdown", "keydown"]) addEventListener(event, wake);

  layOut();
  listen();
  look();
})();
