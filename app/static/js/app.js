// Small comforts. Every page works without this file.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isTyping = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  // A storage that may be full, closed or switched off.
  const memory = (store) => ({
    get: (name) => { try { return JSON.parse(store().getItem(name)); } catch { return null; } },
    set: (name, value) => { try { store().setItem(name, JSON.stringify(value)); } catch { /* the form still works */ } },
    drop: (name) => { try { store().removeItem(name); } catch { /* nothing to drop */ } },
    names: () => { try { return Object.keys(store()); } catch { return []; } },
  });
  const kept = memory(() => localStorage);
  const tab = memory(() => sessionStorage);

  // Half-typed text is kept here until the form has been received; never what is marked as private.
  const KEPT = "dialogforum:";
  const KEPT_DAYS = 14;
  const typedFields = (form) => all("textarea[name], input[name], select[name]", form)
    .filter((field) => !["hidden", "file", "password", "submit"].includes(field.type) && field.dataset.private === undefined);
  const nameOfKept = (form) => KEPT + location.pathname + ":" + form.dataset.keep;

  function keepTyped(form) {
    const values = typedFields(form).map((field) => [field.name, field.value,
      ["checkbox", "radio"].includes(field.type) ? field.checked : null]);
    kept.set(nameOfKept(form), { key: form.elements.key?.value, at: Date.now(), values });
  }

  function restoreTyped(form) {
    const draft = kept.get(nameOfKept(form));
    if (!draft || document.querySelector(".error-summary")) return;
    const left = [...draft.values];
    let changed = false;
    for (const field of typedFields(form)) {
      const at = left.findIndex(([name, value, checked]) => name === field.name && (checked === null || value === field.value));
      if (at < 0) continue;
      const [[, value, checked]] = left.splice(at, 1);
      if (checked === null ? field.value !== value : field.checked !== checked) changed = true;
      if (checked === null) field.value = value; else field.checked = checked;
    }
    // The same key again: had the first sending been received after all, it is not received twice.
    if (draft.key && form.elements.key) form.elements.key.value = draft.key;
    if (!changed) return;
    const note = document.createElement("p");
    const again = document.createElement("button");
    note.className = "alert alert-info";
    note.setAttribute("role", "status");
    note.textContent = form.dataset.kept + " ";
    again.type = "button";
    again.className = "button button-plain";
    again.textContent = form.dataset.drop;
    again.addEventListener("click", () => { kept.drop(nameOfKept(form)); tab.drop(KEPT + "sent"); dirty.delete(form); location.reload(); });
    note.append(again);
    form.prepend(note);
  }

  // Only a redirect to another page of ours, or a receipt, says that a form was received: after a lost connection,
  // an error or a session that ran out, what is typed stays.
  const isReceipt = () => document.querySelector(".notice") || (!location.pathname.endsWith("/log-ind")
    && performance.getEntriesByType("navigation")[0]?.redirectCount > 0);

  function forgetReceived(received) {
    const sent = tab.get(KEPT + "sent");
    tab.drop(KEPT + "sent");
    if (sent && received && !document.body.dataset.error) kept.drop(sent.name);
  }

  function forgetOld() {
    for (const name of kept.names().filter((known) => known.startsWith(KEPT))) {
      if (!(Date.now() - kept.get(name)?.at < KEPT_DAYS * 864e5)) kept.drop(name);
    }
  }

  // Leaving a half-typed form asks first, unless its text is kept anyway.
  const dirty = new Set();
  addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (event.target.matches("textarea, input")) count(event.target);
    if (event.target.matches("[data-lines]")) countLines(event.target);
    if (!form || form.method !== "post") return;
    if (form.dataset.keep) keepTyped(form);
    else if (form.dataset.queue === undefined && !form.querySelector("[data-typed]") && form.querySelector("textarea, input[type=file]")) dirty.add(form);
  });

  // What was written in the room and is not sent yet is sent from whichever page is opened.
  const sender = document.currentScript.dataset.sender;
  if (sender && kept.names().some((name) => name.startsWith("dialogforum-queue:")) && !document.querySelector("script[src*='js/queue.js']")) {
    for (const address of sender.split(" ")) {
      const script = document.createElement("script");
      script.src = address;
      script.async = false;
      document.head.append(script);
    }
  }

  // htmx comes only to pages that ask for something while one stays on them, and when all else is there: it looks
  // for its work by itself only in a page that is complete.
  const htmxAddress = document.currentScript.dataset.htmx;
  let isComing = false;
  function needHtmx() {
    if (globalThis.htmx) { globalThis.htmx.process(document.body); return; }
    if (isComing || !htmxAddress || !document.querySelector("[data-hx-get], [data-hx-post]")) return;
    isComing = true;
    const script = document.createElement("script");
    script.src = htmxAddress;
    if (document.readyState === "complete") document.head.append(script);
    else addEventListener("load", () => document.head.append(script));
  }
  needHtmx();

  // Characters left, lines counted.
  function count(field) {
    const note = document.getElementById(field.id + "-limit");
    if (!note) return;
    const left = note.dataset.limit - [...field.value.replace(/\r\n/g, "\n")].length;
    note.textContent = (left < 0 ? note.dataset.over : note.dataset.left).replace("{n}", Math.abs(left));
    note.classList.toggle("is-over", left < 0);
    if (left < note.dataset.limit / 10) note.setAttribute("role", "status"); else note.removeAttribute("role");
  }

  function countLines(field) {
    let note = field.parentElement.querySelector(".form-limit.is-lines");
    if (!note) {
      note = document.createElement("span");
      note.className = "form-limit is-lines";
      field.after(note);
    }
    note.textContent = field.dataset.lines.replace("{n}", field.value.split("\n").filter((line) => line.trim()).length);
  }

  // Bullets and numbers from a pasted list are not part of what was said.
  document.addEventListener("paste", (event) => {
    const field = event.target;
    const text = event.clipboardData?.getData("text/plain");
    if (!field.matches?.("textarea[data-lines]") || !text?.includes("\n")) return;
    event.preventDefault();
    const tidy = text.split(/\r?\n/).map((line) => line.replace(/^\s*(?:[-–—*•▪◦·]|\d{1,3}[.)])\s+/, "").trim()).filter(Boolean).join("\n");
    field.setRangeText(tidy, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // One press is one sending.
  const sending = new Set();
  const buttonsOf = (form) => [...form.elements].filter((element) => element.type === "submit");
  function release(form) {
    sending.delete(form);
    buttonsOf(form).forEach((button) => button.removeAttribute("aria-disabled"));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const tooLarge = all(weighed, form).find(weigh);
    if (tooLarge) { event.preventDefault(); tooLarge.focus(); return; }
    if (sending.has(form)) { event.preventDefault(); return; }
    sending.add(form);
    dirty.clear();
    buttonsOf(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    // A lost connection must leave a way to press again; the key keeps it from counting twice.
    setTimeout(() => release(form), 15000);
    if (form.dataset.forget !== undefined) kept.names().filter((name) => name.startsWith(KEPT)).forEach(kept.drop);
    // What only asks for the form again, with more in it, must not find there what stood in it before.
    if (form.dataset.keep && event.submitter?.dataset.asksAgain !== undefined) kept.drop(nameOfKept(form));
    else if (form.dataset.keep) {
      keepTyped(form);
      tab.set(KEPT + "sent", { name: nameOfKept(form), key: form.elements.key?.value });
    }
    if (form.dataset.progress && all("input[type=file]", form).some((field) => field.files.length)) {
      event.preventDefault();
      sendWithProgress(form, event.submitter);
    }
  });
  addEventListener("pageshow", () => [...sending].forEach(release));

  // A large file shows how far it has come; the answer takes the place of the page.
  let swapped = null;
  function sendWithProgress(form, button) {
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", form.dataset.progress);
    form.append(bar);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.upload.addEventListener("load", () => bar.removeAttribute("value"));
    request.addEventListener("load", () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      if (!page.querySelector("main")) { bar.remove(); release(form); form.submit(); return; }
      history.pushState(null, "", request.responseURL);
      swapped = location.pathname;
      document.title = page.title;
      document.body.replaceWith(document.adoptNode(page.body));
      needHtmx();
      start(request.status < 400 && new URL(request.responseURL).pathname !== new URL(form.action).pathname);
      (document.querySelector("[autofocus]") || document.getElementById("indhold")).focus();
      scrollTo(0, 0);
    });
    // The ordinary way shows the browser's own words about what is wrong with the connection.
    request.addEventListener("error", () => { bar.remove(); release(form); form.submit(); });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    const fields = new FormData(form);
    if (button?.name) fields.append(button.name, button.value);
    request.send(fields);
  }
  // Back from such an answer asks for the page again; a link within the page, which also comes here, does not.
  addEventListener("popstate", () => { if (swapped && swapped !== location.pathname) location.reload(); });

  // A file that is too large is told of when it is chosen, not after minutes of sending.
  function weigh(field) {
    const isTooLarge = [...field.files].some((file) => file.size > Number(field.dataset.most));
    let note = document.getElementById(field.id + "-weight");
    if (!isTooLarge) note?.remove();
    else if (!note) {
      note = document.createElement("span");
      note.id = field.id + "-weight";
      note.className = "form-error-message";
      note.setAttribute("role", "alert");
      note.textContent = field.dataset.tooLarge;
      field.before(note);
    }
    field.closest(".form-group").classList.toggle("form-error", isTooLarge);
    if (isTooLarge) field.setAttribute("aria-invalid", "true"); else field.removeAttribute("aria-invalid");
    return isTooLarge;
  }
  const weighed = "input[type=file][data-most]";
  document.addEventListener("change", (event) => { if (event.target.matches(weighed)) weigh(event.target); });

  // One box ticks them all.
  document.addEventListener("change", (event) => {
    const box = event.target;
    const scope = box.form || document;
    if (box.dataset.selectAll) {
      all("input[type=checkbox]", scope).filter((one) => one.name === box.dataset.selectAll && !one.disabled)
        .forEach((one) => { one.checked = box.checked; });
    } else if (box.type === "checkbox") {
      const master = all("[data-select-all]", scope).find((one) => one.dataset.selectAll === box.name);
      if (!master) return;
      const same = all("input[type=checkbox]", scope).filter((one) => one.name === box.name);
      master.checked = same.every((one) => one.checked);
      master.indeterminate = !master.checked && same.some((one) => one.checked);
    }
  });

  // "/" goes to the search box (it can be switched off in the footer); arrows turn the pages of a deck.
  const SHORTCUTS_OFF = "shortcuts-off";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    if (event.key === "/" && !kept.get(SHORTCUTS_OFF)) {
      const field = document.querySelector("main input[type=search]") || document.getElementById("site-search");
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    }
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (rel && !event.shiftKey) document.querySelector(`[data-slides] a[rel~=${rel}]`)?.click();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shortcuts]");
    if (!button) return;
    kept.set(SHORTCUTS_OFF, !kept.get(SHORTCUTS_OFF));
    nameShortcuts(button);
  });
  const nameShortcuts = (button) => { button.textContent = kept.get(SHORTCUTS_OFF) ? button.dataset.on : button.dataset.off; };

  // What is shown once is copied by a button, where the browser lets us.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = button.dataset.copied;
    } catch { field.select(); }
  });

  function start(received) {
    forgetOld();
    forgetReceived(received);
    all("form[data-keep]").forEach(restoreTyped);
    all("textarea, input").forEach((field) => { if (field.value) count(field); });
    all("textarea[data-lines]").forEach((field) => { if (field.value) countLines(field); });
    all("[data-select-all]").forEach((box) => { box.checked = false; box.parentElement.hidden = false; });
    all("[data-copy]").forEach((button) => { button.hidden = !navigator.clipboard; });
    all("[data-shortcuts]").forEach((button) => { button.hidden = false; nameShortcuts(button); });
    const here = new URL(location.href);
    if (here.searchParams.has("kvittering")) {
      // The receipt has been read; a reload or a shared address shall not say it again.
      here.searchParams.delete("kvittering");
      history.replaceState(history.state, "", here);
    }
  }
  start(isReceipt());
})();
