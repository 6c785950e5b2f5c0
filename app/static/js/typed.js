// A form that saves itself on the server as it is typed. Without this file there is a button for it.
(() => {
  "use strict";
  const state = document.querySelector("[data-typed]");
  const form = state.closest("form");
  const WAIT = 1200;
  const AGAIN = 5000;
  let timer = 0;
  let isChanged = false;
  let isUnderway = false;
  let isOver = false;

  const say = (words) => { if (state.textContent !== words) state.textContent = words; };
  const later = (pause) => { clearTimeout(timer); timer = setTimeout(save, pause); };

  async function save() {
    if (isUnderway || !isChanged || isOver) return;
    clearTimeout(timer);
    isUnderway = true;
    isChanged = false;
    try {
      const answer = await fetch(state.dataset.typed, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" }, keepalive: true,
      });
      const told = await answer.json();
      if (told.ok) {
        form.elements.typed_version.value = told.version;
        say(told.say);
      } else if (told.stop && answer.status !== 422 && answer.status !== 429) {
        isOver = true;
        say(told.stop);
      } else {
        // It may be mended by what is typed next.
        say(told.stop || state.dataset.unsaved);
      }
    } catch {
      isChanged = true;
      say(state.dataset.unsaved);
      later(AGAIN);
    }
    isUnderway = false;
    if (isChanged) later(WAIT);
  }

  form.addEventListener("input", () => {
    isChanged = true;
    if (!isUnderway) say(state.dataset.saving);
    later(WAIT);
  });
  // What is sent is kept by being sent.
  form.addEventListener("submit", () => { isOver = true; clearTimeout(timer); });
  addEventListener("pageshow", (event) => { if (event.persisted) isOver = false; });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
})();
