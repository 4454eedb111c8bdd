/* Passkeys: shows what needs them where the browser has them, asks for one, and sends on what it answers. */
(function () {
  "use strict";
  if (!window.PublicKeyCredential) return; // codes are the way without
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature"];
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const named = (credentials) => credentials?.map((one) => ({ ...one, id: bytes(one.id) }));

  for (const shown of document.querySelectorAll("[data-passkeys], [data-passkey]")) shown.hidden = false;
  for (const other of document.querySelectorAll("[data-without-passkeys]")) other.hidden = true;
  for (const form of document.querySelectorAll("[data-passkey]")) form.addEventListener("submit", submit);

  let asking = false;
  async function submit(e) {
    e.preventDefault();
    if (asking) return;
    const form = e.currentTarget, said = form.querySelector("[data-refused]");
    asking = said.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await answer(JSON.parse(form.dataset.passkey).publicKey));
      form.submit();
    } catch ({ name }) {
      const { refused, known, broken } = said.dataset;
      said.textContent = { NotAllowedError: refused, AbortError: refused, InvalidStateError: known }[name] || broken;
      said.hidden = false;
    }
    asking = false;
  }
  async function answer(asked) {
    const publicKey = { ...asked, challenge: bytes(asked.challenge) };
    publicKey.allowCredentials = named(asked.allowCredentials);
    publicKey.excludeCredentials = named(asked.excludeCredentials);
    if (asked.user) publicKey.user = { ...asked.user, id: bytes(asked.user.id) };
    const credential = await navigator.credentials[asked.user ? "create" : "get"]({ publicKey });
    const response = {};
    for (const part of PARTS) if (credential.response[part]) response[part] = text(credential.response[part]);
    return { rawId: text(credential.rawId), response };
  }
})();
