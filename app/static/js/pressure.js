// What an assessor writes is kept on the server as it is typed. Without this file the button «Gem» does it.
(() => {
  "use strict";
  const form = document.getElementById("bedoem");
  const note = document.querySelector(".saved-as-typed");
  if (!form || !note) return;
  const WAIT = 1500;
  let timer = 0, running = false, again = false, leaving = false;
  const say = (name) => { note.textContent = note.dataset[name]; };

  async function save() {
    if (running) { again = true; return; }
    running = true;
    again = false;
    timer = 0;
    const fields = new FormData(form);
    // Each sending is one of its own; the form's own key is for the press of a button.
    fields.set("key", crypto.randomUUID());
    fields.set("handling", "gem");
    say("saving");
    try {
      const response = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (answer.ok) {
        form.elements.version.value = answer.version;
        say("saved");
      } else note.textContent = answer.stop || Object.values(answer.errors || {})[0] || note.dataset.failed;
    } catch {
      if (!leaving) say("failed");
    }
    running = false;
    if (again) plan();
  }

  function plan() {
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  }

  // Before the listener that asks when a half-typed form is left: this one is kept.
  form.addEventListener("input", (event) => { event.stopPropagation(); plan(); });
  form.addEventListener("change", plan);
  // A press waits for what is under way, so that its version is the newest.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    leaving = true;
    if (!running) return;
    event.preventDefault();
    event.stopPropagation();
    const button = event.submitter;
    const wait = setInterval(() => {
      if (running) return;
      clearInterval(wait);
      clearTimeout(timer);
      form.requestSubmit(button);
    }, 50);
  });
  addEventListener("pagehide", () => {
    if (!timer || leaving) return;
    const fields = new FormData(form);
    fields.set("key", crypto.randomUUID());
    fields.set("handling", "gem");
    fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json" }, keepalive: true }).catch(() => {});
  });
})();
