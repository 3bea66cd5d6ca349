// A passkey for a form: asked of the browser, put into the form as text, and sent with it like any other field.
(() => {
  "use strict";

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const plain = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const make = async (options) => {
    const user = { ...options.user, id: bytes(options.user.id) };
    const challenge = bytes(options.challenge);
    const made = await navigator.credentials.create({
      publicKey: { ...options, challenge, user, excludeCredentials: named(options.excludeCredentials) },
    });
    const { clientDataJSON, attestationObject } = made.response;
    return [made, { clientDataJSON: plain(clientDataJSON), attestationObject: plain(attestationObject) }];
  };
  const ask = async (options) => {
    const challenge = bytes(options.challenge);
    const got = await navigator.credentials.get({
      publicKey: { ...options, challenge, allowCredentials: named(options.allowCredentials) },
    });
    const { clientDataJSON, authenticatorData, signature, userHandle } = got.response;
    const response = {
      clientDataJSON: plain(clientDataJSON),
      authenticatorData: plain(authenticatorData),
      signature: plain(signature),
      userHandle: userHandle ? plain(userHandle) : null,
    };
    return [got, response];
  };

  const run = async (form) => {
    const practice = form.elements.practice;
    const answer = await fetch(form.dataset.challenge, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
      body: JSON.stringify(practice ? { practice: practice.value } : {}),
    });
    if (!answer.ok) { throw new Error("no challenge"); }
    const { challenge_id, options } = await answer.json();
    const [held, response] = await (form.dataset.passkey === "create" ? make : ask)(options);
    form.elements.challenge_id.value = challenge_id;
    form.elements.credential.value = JSON.stringify({
      id: held.id, rawId: held.id, type: held.type, response, clientExtensionResults: {},
    });
    form.submit();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.passkey) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    const note = form.querySelector("[data-passkey-said]");
    const say = (is_said) => { if (note) { note.hidden = !is_said; } };
    say(false);
    run(form).catch(() => say(true));
  }, true);
})();
