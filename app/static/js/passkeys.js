// Passkeys: the browser's own dialogue fills in a form, which is then sent as any other.
(() => {
  "use strict";
  const can = globalThis.PublicKeyCredential && navigator.credentials && isSecureContext;
  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const withBytes = (known) => known?.map((one) => ({ ...one, id: toBytes(one.id) }));

  async function ask(form) {
    const answer = await fetch(form.dataset.ask, { method: "POST", redirect: "error", headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail || told.title);
    return { ...told, challenge: toBytes(told.challenge) };
  }

  async function create(options) {
    const user = { ...options.user, id: toBytes(options.user.id) };
    const made = await navigator.credentials.create({
      publicKey: { ...options, user, excludeCredentials: withBytes(options.excludeCredentials) },
    });
    return described(made, {
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    });
  }

  async function get(options) {
    const shown = await navigator.credentials.get({
      publicKey: { ...options, allowCredentials: withBytes(options.allowCredentials) },
    });
    const { authenticatorData, signature, userHandle } = shown.response;
    return described(shown, {
      authenticatorData: toText(authenticatorData),
      signature: toText(signature),
      ...(userHandle && { userHandle: toText(userHandle) }),
    });
  }

  const described = (credential, response) => JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: { clientDataJSON: toText(credential.response.clientDataJSON), ...response },
  });

  const ceremonies = { create, get };
  const sentences = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };

  async function fill(form) {
    const problem = form.querySelector("[data-passkey-problem]");
    const button = form.querySelector("button");
    problem.hidden = true;
    button.setAttribute("aria-disabled", "true");
    try {
      form.elements.credential.value = await ceremonies[form.dataset.passkey](await ask(form));
      form.requestSubmit();
    } catch (error) {
      problem.textContent = form.dataset[sentences[error.name]] || (error.constructor === Error && error.message) || form.dataset.failed;
      problem.hidden = false;
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const without = form.nextElementSibling;
    if (!can) {
      without.textContent = without.dataset.unable + " " + without.textContent;
      continue;
    }
    without.remove();
    form.hidden = false;
    // On the form itself, so that it comes before what app.js does with every form that is sent.
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      if (form.querySelector("button").getAttribute("aria-disabled") !== "true") fill(form);
    });
    addEventListener("pageshow", () => { form.elements.credential.value = ""; });
  }
})();
