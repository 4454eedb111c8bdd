/* Fills in a code that arrives by SMS, where the browser can (WebOTP: Chrome on Android, https only). */
(async function () {
  "use strict";
  const input = document.querySelector('input[autocomplete="one-time-code"]');
  if (!input || !("OTPCredential" in window)) return;
  const stop = new AbortController();
  input.form.addEventListener("submit", () => stop.abort());
  try {
    const { code } = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal });
    input.value = code;
    input.form.requestSubmit();
  } catch {
    // no SMS came, or it was typed in by hand
  }
})();
