// Nothing that is written in the room is lost. What is typed is kept here at once; what is sent is laid in a queue first,
// in this browser, and stays there until the server has said that it is taken. Every thing has an id of its own, made
// before it is sent, which the server takes once: so sending again never doubles. Markup: parts/live.html.
(() => {
  "use strict";
  if (globalThis.dialogforum?.queue) return;
  const THING = "dialogforum-queue:", DRAFT = "dialogforum-draft:", TAKEN = "dialogforum-taken", WORDS = "dialogforum-words";
  const OLD = 7 * 864e5;         // after so long nothing is sent by itself any more
  const PATIENCE = 20e3;         // for one answer
  const LONGEST = 30e3;          // between two tries
  const SHOWN = 6e3;             // how long it stands that a thing was taken
  const LOCK = "dialogforum-queue";
  const FINAL = [400, 401, 403, 404, 405, 409, 410, 413, 422];

  const store = (() => {
    try {
      localStorage.setItem("dialogforum-try", "1");
      localStorage.removeItem("dialogforum-try");
      return localStorage;
    } catch { return null; }
  })();
  if (!store) return; // the forms are sent in the ordinary way
  const read = (name, from = store) => { try { return JSON.parse(from.getItem(name)); } catch { return null; } };
  const write = (name, value) => { try { store.setItem(name, JSON.stringify(value)); return true; } catch { return false; } };
  const names = (prefix) => Object.keys(store).filter((name) => name.startsWith(prefix));
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const forum = globalThis.dialogforum ||= {};
  const say = (words) => forum.say?.(words);
  const who = document.querySelector("[data-room]")?.dataset.who || "";
  const panel = document.querySelector("[data-queue-panel]") || makePanel();
  if (panel.dataset.words) write(WORDS, JSON.parse(panel.dataset.words));
  const words = read(WORDS) || {};
  const worded = (name, values = {}) => (words[name] || "").replace(/\{(\w+)\}/g, (all, key) => values[key] ?? "");

  function makePanel() {
    const made = document.createElement("section");
    made.className = "queue";
    made.hidden = true;
    document.querySelector("main .wrap, main").prepend(made);
    return made;
  }

  // Ids, as crypto.randomUUID() makes them; that one is only there over https.
  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((byte, at) => ([4, 6, 8, 10].includes(at) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
  }

  // --- things in the queue: one entry each, so that two tabs never write over one another ---
  const load = (id) => read(THING + id);
  const keep = (thing) => write(THING + thing.id, thing);
  const forget = (id) => store.removeItem(THING + id);
  const list = () => names(THING).map((name) => read(name)).filter(Boolean).sort((a, b) => a.number - b.number || a.at - b.at);
  const isTaken = (id) => (read(TAKEN) || []).includes(id);
  const noteTaken = (id) => write(TAKEN, [...(read(TAKEN) || []), id].slice(-200));
  const waits = (thing) => thing.state === "waiting" && Date.now() - thing.at < OLD;

  // --- forms ---
  const formsOf = (thing) => all("form[data-queue]").filter((form) => form.dataset.queue === thing.kind && form.action === thing.action);
  const typedFields = (form) => [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:not([type=hidden], [type=submit], [type=file], [type=password])"));
  const isWords = (field) => field.matches("textarea, input:not([type=checkbox], [type=radio])");
  const wordFields = (form) => typedFields(form).filter(isWords);
  const isEmpty = (form) => wordFields(form).every((field) => !field.value.trim());
  const idFields = (form) => all("input[data-id]", form);
  const idOf = (form) => (form.elements.client_id || form.elements.key)?.value || newId();

  const stocks = new Map();
  const stockOf = (form) => stocks.get(form) || stocks.set(form, JSON.parse(form.dataset.stock || "[]")).get(form);

  function giveIds(form, ids) {
    if (form.elements.key) form.elements.key.value = newId();
    const given = ids || {};
    for (const field of idFields(form)) field.value = given[field.name] ?? (field.name === "client_id" ? newId() : "");
    showIds(form);
  }
  function showIds(form) {
    for (const place of all("[data-show]", form)) {
      const field = form.elements[place.dataset.show];
      if (!field || field.dataset.id === undefined) continue;
      place.textContent = field.value;
      (place.closest("[data-show-line]") || place).hidden = !field.value;
    }
  }
  function takeStock(form, next) {
    const stock = stockOf(form);
    for (const ids of [next].flat().filter(Boolean)) if (!isTaken(ids.client_id)) stock.push(ids);
    // A form that nobody writes in, and that made its own ids without a connection, gets real ones.
    const numbers = idFields(form).filter((field) => field.name !== "client_id");
    if (numbers.length && numbers.every((field) => !field.value) && isEmpty(form) && stock.length) giveIds(form, stock.shift());
  }

  function labelOf(field) {
    const label = field.labels?.[0]?.cloneNode(true);
    label?.querySelectorAll(".optional").forEach((part) => part.remove());
    return label ? label.textContent.trim() : "";
  }
  function wordsOf(form) {
    const filled = wordFields(form).filter((field) => field.value.trim());
    const several = wordFields(form).length > 1;
    return filled.map((field) => (several && labelOf(field) ? labelOf(field) + ": " : "") + field.value.trim()).join("\n");
  }

  // A form without words, such as a vote: it stays as it is, and the last press counts.
  const isChoice = (form) => !wordFields(form).length && typedFields(form).length > 0;
  function chosenIn(form) {
    const chosen = typedFields(form).filter((field) => field.checked).map(labelOf);
    return [form.getAttribute("aria-label"), chosen.join(", ")].filter(Boolean).join(": ");
  }

  function empty(form) {
    for (const field of wordFields(form)) {
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    // How one is shown stays chosen; what was chosen about this one thing does not.
    for (const list of all("select", form)) if ([...list.options].some((option) => !option.value)) list.value = "";
    clearErrors(form);
  }

  // --- what is half-typed: one entry for each form and tab ---
  const tab = (() => {
    const named = (() => { try { return sessionStorage.getItem("dialogforum-tab"); } catch { return null; } })() || newId();
    try { sessionStorage.setItem("dialogforum-tab", named); } catch { /* a tab without a memory is a new one */ }
    return named;
  })();
  let tabName = tab;
  const draftName = (form, of = tabName) => DRAFT + [location.pathname, form.dataset.queue, who, of].join("|");
  const partsOf = (name) => name.slice(DRAFT.length).split("|");

  function keepDraft(form) {
    if (!wordFields(form).length) return;
    if (isEmpty(form)) { store.removeItem(draftName(form)); return; }
    write(draftName(form), {
      at: Date.now(), text: wordsOf(form), fields: typedFields(form).map((field) => [field.name, field.value, isWords(field) || field.matches("select") ? null : field.checked]),
      ids: [form.elements.key, ...idFields(form)].filter(Boolean).map((field) => [field.name, field.value]),
    });
  }
  function fill(form, fields) {
    const left = [...fields];
    for (const field of typedFields(form)) {
      const isBox = !isWords(field) && !field.matches("select");
      const at = left.findIndex(([name, value, checked]) => name === field.name && (!isBox || value === field.value) && (isBox || checked == null));
      if (at < 0) { if (isBox) field.checked = left.some(([name, value, checked]) => name === field.name && value === field.value && checked !== false); continue; }
      const [[, value, checked]] = left.splice(at, 1);
      if (isBox) field.checked = checked ?? true; else field.value = value;
    }
    wordFields(form).forEach((field) => field.dispatchEvent(new Event("input", { bubbles: true })));
  }
  function fillIds(form, ids) {
    for (const [name, value] of ids) if (form.elements[name]?.type === "hidden") form.elements[name].value = value;
    showIds(form);
  }

  async function isOpenTab(name) {
    if (name === tabName) return true;
    if (!navigator.locks) return false;
    return (await navigator.locks.query()).held.some((lock) => lock.name === LOCK + ":" + name);
  }
  // A tab is known by a lock that it holds for as long as it is open. A tab that was doubled has its twin's name.
  function holdTab() {
    if (!navigator.locks) return Promise.resolve();
    return new Promise((held) => {
      navigator.locks.request(LOCK + ":" + tabName, { ifAvailable: true }, (lock) => {
        if (!lock) {
          tabName = newId();
          try { sessionStorage.setItem("dialogforum-tab", tabName); } catch { /* as above */ }
          navigator.locks.request(LOCK + ":" + tabName, () => { held(); return new Promise(() => {}); });
          return undefined;
        }
        held();
        return new Promise(() => {});
      });
    });
  }

  async function restoreDrafts() {
    for (const form of all("form[data-queue]").filter((one) => wordFields(one).length)) {
      const drafts = [];
      for (const name of names(DRAFT)) {
        const [path, kind, whose, of] = partsOf(name);
        if (path !== location.pathname || kind !== form.dataset.queue || whose !== who) continue;
        if (of !== tabName && await isOpenTab(of)) continue;
        const draft = read(name);
        const id = draft?.ids.find(([field]) => field === "client_id")?.[1] ?? draft?.ids.find(([field]) => field === "key")?.[1];
        // Sent in the very moment before the page went away: it stands in the queue, or has been taken.
        if (!draft || isTaken(id) || load(id)) { store.removeItem(name); continue; }
        drafts.push({ ...draft, name, own: of === tabName });
      }
      drafts.sort((a, b) => b.own - a.own || b.at - a.at);
      const mine = isEmpty(form) && !form.querySelector(".form-error") ? drafts.shift() : null;
      // Only one fits into the form; what other tabs left behind lies beside it.
      for (const draft of drafts.filter((one) => !one.own)) {
        const ids = new Map(draft.ids);
        const thing = makeThing(form, { id: ids.get("client_id") || ids.get("key"), text: draft.text,
          fields: [...draft.ids, ...draft.fields.filter(([, , checked]) => checked !== false).map(([name, value]) => [name, value])] });
        if (keep({ ...thing, state: "draft" })) store.removeItem(draft.name);
      }
      if (!mine) continue;
      fill(form, mine.fields);
      fillIds(form, mine.ids);
      keepDraft(form);
      if (mine.name !== draftName(form)) store.removeItem(mine.name);
      noteKept(form);
    }
  }
  function noteKept(form) {
    const note = document.createElement("p");
    note.className = "meta queue-kept";
    note.textContent = worded("kept") + " ";
    note.append(button("begin_again", () => {
      empty(form);
      note.remove();
      wordFields(form)[0].focus();
    }));
    form.prepend(note);
  }

  // --- sending a form ---
  function makeThing(form, given) {
    return {
      kind: form.dataset.queue, one: form.dataset.one, many: form.dataset.many, who, action: form.action, page: location.pathname,
      label: form.dataset.label || chosenIn(form), same: form.dataset.same || (isChoice(form) ? form.action : ""), mark: form.dataset.mark || "",
      at: Date.now(), number: 1 + Math.max(0, ...list().map((thing) => thing.number)), state: "waiting", tries: 0, ...given,
    };
  }

  const pressed = new WeakMap();
  function enqueue(event) {
    const form = event.target;
    if (event.defaultPrevented || form.dataset?.queue === undefined || form.method !== "post") return;
    const button = event.submitter;
    if (wordFields(form).length) {
      const isAgain = Date.now() - (pressed.get(form) || 0) < 700 && isEmpty(form);
      if (isAgain) { event.preventDefault(); return; }
      const missing = wordFields(form).filter((field) => field.required && !field.value.trim());
      if (missing.length) {
        event.preventDefault();
        showErrors(form, Object.fromEntries(missing.map((field) => [field.name, worded("required")])));
        missing[0].focus();
        return;
      }
    } else if (form.elements.key) form.elements.key.value = newId(); // the page may be common to many
    if (load(idOf(form)) || isTaken(idOf(form))) giveIds(form, stockOf(form).shift());
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    if (button?.name) fields.push([button.name, button.value]);
    const thing = makeThing(form, { id: idOf(form), fields, text: wordsOf(form) });
    if (!keep(thing)) return; // no room left: the ordinary way
    event.preventDefault();
    pressed.set(form, Date.now());
    if (thing.same) list().filter((one) => one.same === thing.same && one.id !== thing.id && waits(one)).forEach((one) => forget(one.id));
    applyMark(thing, true);
    if (wordFields(form).length) {
      store.removeItem(draftName(form));
      form.querySelector(".queue-kept")?.remove();
      empty(form);
      giveIds(form, stockOf(form).shift());
      wordFields(form)[0].focus({ preventScroll: true });
    }
    paused = 0;
    show();
    run();
  }

  function applyMark(thing, on) {
    const [name, key] = thing.mark.split(" ");
    if (key) forum.setMark?.(name.slice(1), key, (name[0] === "+") === on);
  }

  // --- errors at the fields, as the server's own page would show them ---
  const errorAt = new WeakMap();
  function showErrors(form, errors) {
    clearErrors(form);
    for (const [name, sentence] of Object.entries(errors)) {
      const field = typedFields(form).find((one) => one.name === name);
      const isGroup = field && ["checkbox", "radio"].includes(field.type) && field.closest("fieldset");
      const target = isGroup ? field.closest("fieldset") : field;
      const note = document.createElement(field ? "span" : "p");
      note.className = field ? "form-error-message" : "alert alert-error";
      note.dataset.queueError = "";
      const spoken = document.createElement("span");
      spoken.className = "sr-only";
      spoken.textContent = worded("error") + " ";
      note.append(spoken, sentence);
      if (!field) { form.prepend(note); continue; }
      note.id = (field.id || newId()) + "-queue-error";
      if (isGroup) target.querySelector("legend")?.after(note); else field.before(note);
      target.closest(".form-group")?.classList.add("form-error");
      if (!isGroup) field.setAttribute("aria-invalid", "true");
      target.setAttribute("aria-describedby", [target.getAttribute("aria-describedby"), note.id].filter(Boolean).join(" "));
      errorAt.set(note, target);
    }
  }
  function clearErrors(form, only = null) {
    for (const note of all("[data-queue-error]", form)) {
      const target = errorAt.get(note);
      if (only && target && !target.contains(only)) continue;
      note.remove();
      if (!target) continue;
      target.removeAttribute("aria-invalid");
      target.closest(".form-group")?.classList.remove("form-error");
      const rest = target.getAttribute("aria-describedby").split(" ").filter((id) => id !== note.id).join(" ");
      if (rest) target.setAttribute("aria-describedby", rest); else target.removeAttribute("aria-describedby");
    }
  }

  // --- sending ---
  let running = false, paused = 0, alarm = null, refusedLock = 0;
  async function run() {
    if (running) return;
    running = true;
    clearTimeout(alarm);
    try {
      if (!navigator.locks) await sendAll();
      else await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
        // Another tab is at it. Should it hang for long, we go on without: the server takes each thing once.
        refusedLock = lock ? 0 : refusedLock || Date.now();
        if (lock || Date.now() - refusedLock > 45e3) await sendAll();
      });
    } finally {
      running = false;
      plan();
    }
  }
  function plan() {
    clearTimeout(alarm);
    const due = list().filter(waits).map((thing) => Math.max(thing.due || 0, paused));
    if (due.length) alarm = setTimeout(run, Math.max(refusedLock ? 1500 : 50, Math.min(...due) - Date.now()));
  }
  const backOff = (tries) => Math.min(LONGEST, 1000 * 2 ** Math.min(tries, 6)) * (0.6 + 0.4 * Math.random());

  async function sendAll() {
    for (let thing; (thing = list().find((one) => waits(one) && (one.due || 0) <= Date.now() && paused <= Date.now()));) {
      const outcome = await post(thing);
      const now = load(thing.id);
      // Taken back, or sent by another tab meanwhile.
      if (!now) continue;
      if (outcome.ok) { take(now, outcome.told); list().filter((one) => waits(one) && one.why === "net").forEach((one) => keep({ ...one, due: 0 })); }
      else if (outcome.errors || outcome.stop) stop(now, outcome);
      else {
        const tries = now.tries + 1, wait = outcome.wait || backOff(tries);
        keep({ ...now, tries, due: Date.now() + wait, why: outcome.why });
        // No net, or a server that asks for patience: the others wait as well.
        if (outcome.why === "net" || outcome.wait) {
          paused = Date.now() + wait;
          list().filter((one) => waits(one) && !one.why).forEach((one) => keep({ ...one, why: outcome.why }));
        }
      }
      show();
    }
  }

  async function post(thing) {
    const stopper = new AbortController();
    const late = setTimeout(() => stopper.abort(), PATIENCE);
    try {
      const body = new URLSearchParams(thing.fields);
      const answer = await fetch(thing.action, {
        method: "POST", body, redirect: "manual", cache: "no-store", signal: stopper.signal, keepalive: body.toString().length < 50e3,
        headers: { Accept: "application/json", ...(thing.who && { "X-Queue-Who": thing.who }) },
      });
      const told = await answer.json().catch(() => null);
      if (answer.status === 200 && told?.ok === true) return { ok: true, told };
      if (answer.status === 422 && told?.errors && !Array.isArray(told.errors)) return { errors: told.errors, status: 422 };
      if (FINAL.includes(answer.status) && typeof told?.stop === "string") return { stop: told.stop, status: answer.status };
      // A network that asks for a password, or a gateway whose server is away, answers with a page of its own.
      if (!told) return { why: "net" };
      const patience = Number(answer.headers.get("Retry-After"));
      return { why: "server", wait: patience > 0 ? Math.min(patience, 60) * 1000 * (1 + 0.3 * Math.random()) : 0 };
    } catch {
      return { why: "net" };
    } finally {
      clearTimeout(late);
    }
  }

  // Shown for a while, in this tab only.
  const passing = new Map();

  function take(thing, told) {
    noteTaken(thing.id);
    forget(thing.id);
    const reference = told.reference || new Map(thing.fields).get("reference") || "";
    if (told.key) forum.setMark?.("own", told.key, true);
    for (const [name, keys] of Object.entries(told.marks || {})) forum.setMarks?.(name, keys);
    for (const [name, text] of Object.entries(told.words || {})) all(`[data-show="${CSS.escape(name)}"]`).forEach((place) => { place.textContent = text; });
    for (const form of formsOf(thing)) takeStock(form, told.next);
    if (thing.text) {
      passing.set(thing.id, { ...thing, state: "taken", reference, key: told.key, until: Date.now() + SHOWN });
      setTimeout(show, SHOWN + 50);
    }
    // What has been said to wait is said to be sent when all of it is.
    if (!haveWaited.has(thing.id)) say(told.say || (thing.text ? worded(reference ? "was_taken_as" : "was_taken", { reference }) : ""));
    forum.refresh?.();
    document.dispatchEvent(new CustomEvent("queue:taken", { detail: { kind: thing.kind, fields: thing.fields, told } }));
  }

  function stop(thing, { errors, stop: sentence, status }) {
    applyMark(thing, false);
    const told = sentence || Object.values(errors)[0] || "";
    const form = formsOf(thing)[0];
    say(worded(errors ? "was_refused" : "was_stopped", { sentence: told }));
    document.dispatchEvent(new CustomEvent("queue:stopped", { detail: { kind: thing.kind, fields: thing.fields, sentence: told } }));
    const stopped = { ...thing, state: errors ? "back" : "stopped", sentence: told, errors, status };
    if (errors && thing.text && form && isEmpty(form)) { putBack(stopped, form); return; }
    if (errors && form && isChoice(form)) { forget(thing.id); showErrors(form, errors); return; }
    if (thing.text || status === 401) keep(stopped);
    else { forget(thing.id); passing.set(thing.id, stopped); }
  }

  // Back into its form, which keeps it as half-typed before the queue lets go of it.
  function putBack(thing, form) {
    fill(form, thing.fields);
    fillIds(form, thing.fields);
    keepDraft(form);
    forget(thing.id);
    if (thing.errors) showErrors(form, thing.errors);
  }

  // --- what is seen of it ---
  const shown = new Map();
  let summary = null, items = null;

  function button(name, press) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button-secondary button-small";
    made.textContent = worded(name);
    made.dataset.queueButton = name;
    made.addEventListener("click", press);
    return made;
  }

  const stateOf = (thing) => {
    if (thing.state !== "waiting") return thing.state;
    if (!waits(thing)) return "old";
    return thing.why || "sending";
  };
  const isHere = (thing) => thing.text || !["sending"].includes(stateOf(thing)) || Date.now() - thing.at > 1500;
  const stateWords = (thing) => {
    const state = stateOf(thing);
    if (state === "taken") return thing.reference ? worded("taken_as", thing) : worded("taken");
    if (state === "old") return worded("old", { date: new Date(thing.at).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long" }) });
    if (state === "stopped" && thing.status === 401 && canTakeOver(thing)) return worded("other");
    if (["stopped", "back"].includes(state)) return `${worded(state)}: ${thing.sentence}`;
    return worded(state);
  };
  const canTakeOver = (thing) => who && thing.who !== who && formsOf(thing).length > 0;

  function buttonsOf(thing) {
    const state = stateOf(thing);
    if (["sending", "net", "server", "taken"].includes(state)) return ["net", "server"].includes(state) && thing.text ? ["copy"] : [];
    const found = [];
    if (state === "stopped" && thing.status === 401 && canTakeOver(thing)) found.push("as_me");
    else if (["stopped", "old"].includes(state)) found.push("again");
    if (["back", "draft", "stopped"].includes(state) && thing.text && formsOf(thing).length) found.push("mend");
    if (thing.text) found.push("copy");
    if (thing.page !== location.pathname) found.push("to_page");
    return [...found, "delete"];
  }
  const presses = {
    as_me: (thing) => { keep({ ...thing, who, state: "waiting", due: 0, at: Date.now() }); run(); },
    again: (thing) => { keep({ ...thing, state: "waiting", due: 0, tries: 0, why: "", at: Date.now() }); applyMark(thing, true); paused = 0; run(); },
    mend: (thing) => {
      const form = formsOf(thing)[0];
      if (!isEmpty(form)) { say(worded("mend_busy")); wordFields(form)[0].focus(); return; }
      putBack({ ...thing, fields: thing.fields }, form);
      (form.querySelector("[aria-invalid=true]") || wordFields(form)[0]).focus();
    },
    copy: async (thing, pressedButton) => {
      try { await navigator.clipboard.writeText(thing.text); pressedButton.textContent = worded("copied"); say(worded("copied")); } catch {
        getSelection().selectAllChildren(shown.get(thing.id).querySelector(".queue-text"));
      }
    },
    to_page: (thing) => { location.assign(thing.page); },
    delete: (thing, pressedButton) => {
      if (thing.text && !pressedButton.dataset.sure) { pressedButton.dataset.sure = "1"; pressedButton.textContent = worded("delete_sure"); return; }
      const item = shown.get(thing.id), near = item.nextElementSibling || item.previousElementSibling;
      forget(thing.id);
      passing.delete(thing.id);
      show();
      const next = (near?.isConnected && near.querySelector("button"))
        || formsOf(thing)[0]?.querySelector("textarea, input:not([type=hidden]), button") || document.getElementById("indhold");
      next?.focus();
    },
  };

  function show() {
    for (const [id, thing] of passing) {
      if (thing.until && (thing.until < Date.now() || (thing.key && document.querySelector(`[data-key="${CSS.escape(thing.key)}"]`) && thing.until - Date.now() < SHOWN - 1500))) passing.delete(id);
    }
    const things = [...list(), ...passing.values()].sort((a, b) => a.number - b.number);
    const seen = things.filter(isHere);
    if (!items) {
      summary = document.createElement("p");
      summary.className = "queue-summary";
      items = document.createElement("ol");
      items.className = "queue-items plain";
      panel.append(summary, items);
    }
    for (const [id, item] of shown) if (!seen.some((thing) => thing.id === id)) { item.remove(); shown.delete(id); }
    let before = null;
    for (const thing of seen) {
      const item = shown.get(thing.id) || makeItem(thing);
      if ((before ? before.nextElementSibling : items.firstElementChild) !== item) items.insertBefore(item, before ? before.nextElementSibling : items.firstElementChild);
      showItem(item, thing);
      before = item;
    }
    const told = summarise(things);
    if (summary.textContent !== told) summary.textContent = told;
    summary.hidden = !told;
    panel.hidden = !seen.length;
    tell(things, told);
  }
  function makeItem(thing) {
    const item = document.createElement("li");
    item.className = "queue-item";
    const text = document.createElement("p"), state = document.createElement("p"), row = document.createElement("div");
    text.className = "queue-text";
    state.className = "queue-state meta";
    row.className = "cluster";
    text.textContent = thing.text || thing.label;
    item.append(text, state, row);
    shown.set(thing.id, item);
    return item;
  }
  function showItem(item, thing) {
    const [, state, row] = item.children;
    const now = stateWords(thing), wanted = buttonsOf(thing).join(" ");
    item.dataset.state = stateOf(thing);
    if (state.textContent !== now) state.textContent = now;
    if (row.dataset.buttons === wanted) return;
    row.dataset.buttons = wanted;
    row.replaceChildren(...wanted.split(" ").filter(Boolean).map((name) => button(name, (event) => {
      presses[name](load(thing.id) || passing.get(thing.id) || thing, event.currentTarget);
      show();
    })));
  }

  // "2 indspil og 1 spørgsmål venter på nettet."
  function counted(things) {
    const kinds = new Map();
    for (const thing of things) kinds.set(thing.many, [...(kinds.get(thing.many) || []), thing]);
    const parts = [...kinds.values()].map((same) => (same.length === 1 ? same[0].one : same[0].many).replace("{n}", same.length));
    return parts.length > 1 ? parts.slice(0, -1).join(", ") + ` ${worded("and")} ` + parts.at(-1) : parts[0];
  }
  function summarise(things) {
    const inState = (...states) => things.filter((thing) => states.includes(stateOf(thing)));
    return [["waits_net", inState("net")], ["waits_server", inState("server")], ["waits_back", inState("back")],
      ["waits_stopped", inState("stopped", "old", "draft").filter((thing) => load(thing.id))]]
      .filter(([, some]) => some.length).map(([name, some]) => worded(name, { what: counted(some) })).join(" ");
  }
  // Said when something begins to wait and when all of it is gone, not with every try.
  let toldWaiting = "", telling = null;
  const haveWaited = new Set();
  function tell(things, told) {
    const waiting = things.filter((thing) => ["net", "server"].includes(stateOf(thing))).length;
    const isDone = !things.some((thing) => ["net", "server", "sending"].includes(stateOf(thing)));
    if (isDone && haveWaited.size) {
      clearTimeout(telling);
      telling = null;
      toldWaiting = "";
      if ([...haveWaited].every(isTaken)) say(worded("all_taken"));
      haveWaited.clear();
    }
    if (!waiting || told === toldWaiting || telling) return;
    telling = setTimeout(() => {
      telling = null;
      const waitingNow = list().filter((thing) => ["net", "server"].includes(stateOf(thing)));
      const now = summarise(waitingNow);
      waitingNow.forEach((thing) => haveWaited.add(thing.id));
      if (!now || now === toldWaiting) return;
      toldWaiting = now;
      say(now);
    }, 1500);
  }

  // --- the start ---
  document.addEventListener("submit", enqueue, true);
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.dataset.queue === undefined) return;
    clearErrors(form, event.target);
    keepDraft(form);
  });
  document.addEventListener("change", (event) => { if (event.target.form?.dataset.queue !== undefined) keepDraft(event.target.form); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("form[data-queue] textarea")) event.target.form.requestSubmit();
  });
  // Signing out or leaving the room by hand means that others may come to this browser: what is half-typed goes, what was sent stays.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-forget], [action$='/lokale/forlad']")) names(DRAFT).forEach((name) => store.removeItem(name));
  });
  const hurry = () => { paused = 0; list().filter((thing) => waits(thing) && thing.why === "net").forEach((thing) => keep({ ...thing, due: 0 })); run(); };
  addEventListener("online", hurry);
  document.addEventListener("room:back", hurry);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) hurry(); });
  document.addEventListener("live:after", () => show());
  addEventListener("storage", (event) => {
    if (!event.key?.startsWith(THING)) return;
    show();
    if (event.newValue) plan();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    // A page from the browser's own memory shows what was sent long ago.
    all("form[data-queue]").forEach((form) => { if (load(idOf(form)) || isTaken(idOf(form))) giveIds(form, stockOf(form).shift()); });
    run();
  });

  names(DRAFT).filter((name) => !(Date.now() - read(name)?.at < 2 * OLD)).forEach((name) => store.removeItem(name));
  // Whoever is back in the room goes on with what stopped when they fell out of it.
  for (const thing of list()) {
    if (thing.state === "stopped" && thing.status === 401 && who && thing.who === who) keep({ ...thing, state: "waiting", due: 0, why: "" });
  }
  list().filter(waits).forEach((thing) => applyMark(thing, true));
  all("form[data-queue]").forEach(showIds);
  forum.queue = { list, run };
  // Only what waits for long is shown of a press without words.
  setInterval(() => { if (list().length || passing.size) show(); }, 1000);
  holdTab().then(restoreDrafts).then(show);
  show();
  hurry();
})();
