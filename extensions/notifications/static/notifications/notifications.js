/* Web Push, where the browser has it: shows the choice, and asks the browser for an address before it is sent. */
(() => {
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

  const show = () => {
    const form = document.querySelector('[data-notify="push"]');
    if (form && able && Notification.permission !== "denied") form.hidden = false;
  };
  document.addEventListener("htmx:afterSettle", show);
  show();

  document.addEventListener("submit", async (e) => {
    const form = e.target.closest('[data-notify="push"]');
    const field = form?.elements.subscription;
    if (!form || field.value || e.submitter?.value !== "yes") return;
    e.preventDefault();
    e.stopImmediatePropagation();
    try {
      if ((await Notification.requestPermission()) !== "granted") return;
      const worker = await navigator.serviceWorker.ready;
      const key = bytes(form.closest("[data-key]").dataset.key);
      const address = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
      field.value = JSON.stringify(address);
      form.requestSubmit(e.submitter);
    } catch {
      form.hidden = true; // the browser has it, and its maker's service cannot be reached
    }
  }, true);
})();
