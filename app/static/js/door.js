// The door: the list is searched while one types, also without a connection; a scanned ticket presses its own button.
(() => {
  "use strict";
  document.querySelector("[data-press] form")?.requestSubmit();

  const form = document.querySelector("form[data-find-in]");
  if (!form) return;
  const place = document.querySelector(form.dataset.findIn);
  const field = form.querySelector("input[type=search]");
  const said = document.querySelector("[data-found-many]");
  let saying = null;

  function find() {
    const words = field.value.toLocaleLowerCase("da").split(/\s+/).filter(Boolean);
    let found = 0;
    for (const row of place.querySelectorAll("[data-find]")) {
      const holds = words.every((word) => row.dataset.find.includes(word));
      if (row.hidden === holds) row.hidden = !holds;
      found += holds;
    }
    return found;
  }
  field.addEventListener("input", () => {
    const found = find();
    clearTimeout(saying);
    saying = setTimeout(() => {
      said.textContent = (found === 1 ? said.dataset.foundOne : said.dataset.foundMany).replace("{n}", found);
    }, 700);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    find();
    // The first that is found is one press away.
    place.querySelector("[data-find]:not([hidden]) button")?.focus();
  });
  // The list is laid anew when somebody else checks in: what is not looked for stays out of sight.
  new MutationObserver(() => { if (field.value) find(); }).observe(place, { childList: true, subtree: true });
  if (field.value) find();
})();
