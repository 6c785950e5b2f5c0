// Clocks that count: how long something has been on, and how much time is left. Without this file the page says when.
(() => {
  "use strict";
  // The page's own clock may be wrong; the server says what time it was when the page left.
  const sent = document.querySelector("[data-now]");
  const arrived = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart || 0);
  let ahead = sent ? Date.parse(sent.dataset.now) - arrived : 0;
  const serverNow = () => Date.now() + ahead;

  function inFigures(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  }

  function show(clock, text, state) {
    if (clock.textContent !== text) clock.textContent = text;
    for (const name of ["is-short", "is-out"]) clock.classList.toggle(name, name === state);
  }

  function tick() {
    for (const clock of document.querySelectorAll("[data-ends]")) {
      const left = Math.ceil((Date.parse(clock.dataset.ends) - serverNow()) / 1000);
      // A while after it has run out nobody need be told; the server leaves it out then, too.
      clock.closest(".right-now, .wall-timer")?.classList.toggle("is-over", left < -600);
      show(clock, left > 0 ? inFigures(left) : clock.dataset.out, left <= 0 ? "is-out" : left <= 60 ? "is-short" : "");
    }
    for (const clock of document.querySelectorAll("[data-since]")) {
      const gone = Math.max(0, Math.floor((serverNow() - Date.parse(clock.dataset.since)) / 1000));
      const over = clock.dataset.over ? Math.floor((serverNow() - Date.parse(clock.dataset.over)) / 1000) : 0;
      const text = over > 0 ? " · " + clock.dataset.overText.replace("{n}", inFigures(over)) : "";
      show(clock, inFigures(gone) + text, over > 0 ? "is-out" : "");
    }
  }

  // A page that fetches anew tells what time it is there.
  document.addEventListener("clock", (event) => {
    if (event.detail?.now) ahead = Date.parse(event.detail.now) - Date.now();
    tick();
  });
  // A strip that has just been fetched says when; it counts on at once.
  const anew = new MutationObserver(tick);
  document.querySelectorAll(".right-now-strip").forEach((strip) => anew.observe(strip, { childList: true, characterData: true, subtree: true }));
  setInterval(tick, 1000);
  tick();
})();
