// The suggestions below the search box by keyboard: arrows walk through them, Escape puts them away.
(() => {
  "use strict";
  const box = document.getElementById("q");
  const list = document.getElementById("forslag");
  const form = box.form;
  const putAway = () => list.replaceChildren();

  form.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    if (event.key === "Escape" && links.length) {
      event.preventDefault();
      putAway();
      box.focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !links.length) return;
    event.preventDefault();
    const at = links.indexOf(document.activeElement) + step;
    if (at < 0) box.focus();
    else links[Math.min(at, links.length - 1)].focus();
  });
  // Away from the box and its suggestions, they are gone; an answer that comes late then shows nothing.
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) putAway(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target === list && !form.contains(document.activeElement)) event.detail.shouldSwap = false;
  });
})();
