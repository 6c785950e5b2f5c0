// The console by keys, and as it stands now. Without this file it is a page of plain forms.
(() => {
  "use strict";
  const root = document.querySelector("[data-console]");
  if (!root) return;
  const all = (selector, under = root) => [...under.querySelectorAll(selector)];
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");
  const KEYS_OFF = "console-keys-off";
  const keysAreOff = () => { try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; } };

  // --- what is on the page is taken from a page that has just been fetched

  const withoutKeys = (part) => part.innerHTML.replaceAll(/(name="key" value=")[^"]*/g, "$1");
  const drawn = new Map(all("[data-part]").map((part) => [part.dataset.part, withoutKeys(part)]));

  function whereFocusIs() {
    const held = document.activeElement;
    if (!root.contains(held)) return null;
    return {
      id: held.id,
      part: held.closest("[data-part]")?.dataset.part,
      row: held.closest("[data-row]")?.dataset.row,
      press: held.dataset.press,
      action: held.form?.getAttribute("action"),
      tag: held.tagName,
    };
  }

  function putFocusBack(was) {
    if (!was || root.contains(document.activeElement)) return;
    const part = was.part && root.querySelector(`[data-part="${was.part}"]`);
    const row = was.row && root.querySelector(`[data-row="${was.row}"]`);
    const again = (was.id && document.getElementById(was.id))
      || (row && ((was.press && row.querySelector(`[data-press="${was.press}"]`)) || row.querySelector("button, a")))
      || (was.press && root.querySelector(`[data-press="${was.press}"]`))
      || (was.action && all("form").find((form) => form.getAttribute("action") === was.action)?.querySelector("button"))
      || (part && part.querySelector("button, a"));
    again?.focus({ preventScroll: true });
  }

  function isHalfTyped(part) {
    return all("input:not([type=hidden])", part).some((field) => field === document.activeElement || field.value !== field.defaultValue);
  }

  function take(page, isAnswer) {
    const fresh = page.querySelector("[data-console]");
    if (!fresh) { location.reload(); return; }
    const focus = whereFocusIs();
    const open = new Set(all("details[data-key][open]").map((one) => one.dataset.key));
    for (const part of all("[data-part]", fresh)) {
      const here = root.querySelector(`[data-part="${part.dataset.part}"]`);
      const text = withoutKeys(part);
      // After a press every form is taken anew, since its key has been used.
      if (!here || (!isAnswer && (text === drawn.get(part.dataset.part) || isHalfTyped(here)))) continue;
      drawn.set(part.dataset.part, text);
      here.replaceChildren(...document.adoptNode(part).childNodes);
    }
    all("details[data-key]").forEach((one) => { one.open = open.has(one.dataset.key); });
    const head = document.querySelector(".page-head");
    const freshHead = page.querySelector(".page-head");
    if (head && freshHead && head.innerHTML !== freshHead.innerHTML) head.innerHTML = freshHead.innerHTML;
    if (isAnswer) {
      const wrong = fresh.querySelector(".error-summary");
      root.querySelector(".error-summary")?.remove();
      if (wrong) root.prepend(document.adoptNode(wrong));
      // Said politely: the region has been there since the page came.
      document.getElementById("besked").replaceChildren(...page.getElementById("besked").childNodes);
    }
    if (root.dataset.stream !== fresh.dataset.stream) { root.dataset.stream = fresh.dataset.stream; listen(); }
    putFocusBack(focus);
    document.dispatchEvent(new CustomEvent("clock", { detail: { now: fresh.dataset.now } }));
  }

  function say(text) {
    const note = document.createElement("p");
    note.className = "alert alert-warning";
    note.textContent = text;
    document.getElementById("besked").replaceChildren(note);
  }

  // --- a press is sent without leaving the page

  let isSending = "";
  let waiting = null;
  // What a form does, whatever its key and the version that it saw.
  const deedOf = (form) => [form.getAttribute("action"), ...[...new FormData(form)]
    .filter(([name]) => !["key", "version"].includes(name)).flat()].join(" ");
  const sendAgain = (deed) => all("form").find((form) => deedOf(form) === deed)?.requestSubmit();
  addEventListener("submit", async (event) => {
    const form = event.target;
    if (!root.contains(form)) return;
    event.preventDefault();
    if (isSending) {
      // Pressed twice is pressed once; another press waits until the page is as the first one leaves it.
      const deed = deedOf(form);
      if (deed !== isSending) waiting = () => sendAgain(deed);
      return;
    }
    isSending = deedOf(form);
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "text/html" },
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.status >= 500) say(root.dataset.away);
      else take(page, true);
    } catch {
      say(root.dataset.away);
    } finally {
      isSending = "";
      const next = waiting;
      waiting = null;
      next?.();
    }
  }, true);

  // --- what others do is fetched

  let planned = 0;
  let fetchedAt = 0;
  function refreshSoon() {
    if (planned) return;
    planned = setTimeout(refresh, Math.max(150, fetchedAt + 1500 - Date.now()));
  }
  async function refresh() {
    planned = 0;
    fetchedAt = Date.now();
    if (isSending || document.hidden) return;
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
      if (answer.redirected) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && !isSending) take(page, false);
    } catch { /* the next change, or the next look at the clock, tries again */ }
  }
  let source = null;
  function listen() {
    source?.close();
    source = new EventSource(root.dataset.stream);
    source.addEventListener("changed", refreshSoon);
  }
  listen();
  setInterval(() => { if (Date.now() - fetchedAt > 10_000) refreshSoon(); }, 5_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshSoon(); });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) { listen(); refreshSoon(); } });

  // --- keys

  const rows = () => all("[data-row]");
  const enter = (row) => { row?.querySelector("button, a")?.focus(); row?.scrollIntoView({ block: "nearest" }); };

  function step(by) {
    const known = rows();
    const at = known.indexOf(document.activeElement.closest("[data-row]"));
    enter(at < 0 ? known.at(by > 0 ? 0 : -1) : known[(at + by + known.length) % known.length]);
  }

  function jump(by) {
    const lists = all("[data-rows]").filter((list) => list.querySelector("[data-row]"));
    const at = lists.indexOf(document.activeElement.closest("[data-rows]"));
    const to = at < 0 ? (by > 0 ? 0 : lists.length - 1) : (at + by + lists.length) % lists.length;
    enter(lists[to]?.querySelector("[data-row]"));
  }

  const buttonFor = (key, row) => root.querySelector(`${row && `[data-row="${row}"] `}[data-press="${key}"]`);

  const moves = { ArrowDown: () => step(1), ArrowUp: () => step(-1), ArrowRight: () => jump(1), ArrowLeft: () => jump(-1) };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || keysAreOff()) return;
    const key = event.key.toLowerCase();
    if (event.key in moves && !event.shiftKey && rows().length) {
      event.preventDefault();
      moves[event.key]();
    } else if (event.key === "?") {
      const list = document.getElementById("taster");
      list.open = !list.open;
      list.querySelector("summary").focus();
    } else if (/^[0-9a-z]$/.test(key)) {
      const row = /[0-9]/.test(key) ? "" : document.activeElement.closest("[data-row]")?.dataset.row;
      if (row === undefined) return;
      const button = buttonFor(key, row);
      // The button of the next press may come with the answer to this one.
      if (!button && isSending) waiting = () => buttonFor(key, row)?.click();
      if (!button) return;
      event.preventDefault();
      button.click();
    }
  });

  const onOff = root.querySelector("[data-keys]");
  const nameKeys = () => { onOff.textContent = keysAreOff() ? onOff.dataset.on : onOff.dataset.off; };
  onOff.hidden = false;
  nameKeys();
  onOff.addEventListener("click", () => {
    try { localStorage.setItem(KEYS_OFF, keysAreOff() ? "0" : "1"); } catch { /* they stay as they are */ }
    nameKeys();
  });
})();
