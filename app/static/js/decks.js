"use strict";
// Files dropped anywhere on a form, and words of a page taken for a quote.
(() => {
  const fields = (form) => [...form.querySelectorAll("input[type=file]")];
  const takes = (field, file) => !field.accept || field.accept.split(",").some((end) => file.name.toLowerCase().endsWith(end.trim()));
  for (const form of document.querySelectorAll("form[data-progress]")) {
    let depth = 0;
    const mark = (is) => form.classList.toggle("is-dropping", is);
    const hasFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    form.addEventListener("dragenter", (event) => { if (hasFiles(event)) { depth += 1; mark(true); } });
    form.addEventListener("dragleave", (event) => { if (hasFiles(event)) { depth -= 1; if (depth < 1) { depth = 0; mark(false); } } });
    form.addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
    form.addEventListener("drop", (event) => {
      depth = 0;
      mark(false);
      const files = event.dataTransfer ? [...event.dataTransfer.files] : [];
      if (!files.length) return;
      event.preventDefault();
      // Each file goes to the field that takes its kind; one of another kind goes to the first, whose answer says why.
      for (const file of files) {
        const field = fields(form).find((one) => takes(one, file)) || fields(form)[0];
        const carried = new DataTransfer();
        carried.items.add(file);
        field.files = carried.files;
        field.dispatchEvent(new Event("change", { bubbles: true }));
        field.focus();
      }
    });
  }

  const words = document.getElementById("citat-ord");
  const text = document.querySelector("[data-quotable]");
  if (words && text) {
    document.addEventListener("selectionchange", () => {
      const chosen = getSelection();
      if (!chosen.rangeCount || chosen.isCollapsed || !text.contains(chosen.anchorNode) || !text.contains(chosen.focusNode)) return;
      words.value = chosen.toString().replace(/\s+/g, " ").trim().slice(0, 600);
    });
  }

  const area = document.getElementById("henvisning");
  if (area && navigator.clipboard) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-secondary button-small";
    button.textContent = area.dataset.copy;
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    told.className = "meta";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(area.value);
      told.textContent = " " + area.dataset.copied;
    });
    area.after(button, told);
  }

  // Home and End go to the first and the last page.
  const slides = document.querySelector("[data-slides]");
  if (slides && slides.dataset.first) {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
      if (event.target.closest("input, textarea, select, [contenteditable]")) return;
      const to = { Home: slides.dataset.first, End: slides.dataset.last }[event.key];
      if (to) { event.preventDefault(); location.assign(to); }
    });
  }
})();
