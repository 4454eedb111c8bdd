/* Web Push, where the browser has it: shows the choice, and asks the browser for an address before it is sent.
   A browser's address belongs to one key of the bar's. Under another key it is given back, and asked for anew. */
(() => {
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const keyOf = (form) => form.closest("[data-key]").dataset.key;
  const isUnder = (address, key) => `${new Uint8Array(address.options.applicationServerKey ?? [])}` === `${bytes(key)}`;
  const manager = async () => (await navigator.serviceWorker.ready).pushManager;
  const say = (form, what) => {
    for (const each of ["lapsed", "blocked", "failed"]) {
      form.querySelector(`[data-notify-${each}]`).hidden = each !== what;
    }
  };

  const subscribe = async (key) => {
    const push = await manager();
    const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
    const before = await push.getSubscription();
    if (before && !isUnder(before, key)) await before.unsubscribe();
    try {
      return await push.subscribe(options);
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      await (await push.getSubscription())?.unsubscribe(); // there is one under another key, whatever it said
      return push.subscribe(options);
    }
  };

  // "On" is what the server remembers; whether it is so in this browser, only the browser knows.
  let renewed = false;
  const look = async (form) => {
    const button = form.elements.on;
    if (button.value !== "no" && !("lapsed" in form.dataset)) return;
    const address = await (await manager()).getSubscription();
    if (address && isUnder(address, keyOf(form)) && !("lapsed" in form.dataset)) return;
    button.value = "yes";
    button.setAttribute("aria-pressed", "false");
    say(form, "lapsed");
    if (!address || renewed || Notification.permission !== "granted") return;
    renewed = true;
    button.click(); // they agreed, and the browser still lets us: no need to ask them again
  };

  const show = () => {
    const form = document.querySelector('[data-notify="push"]');
    if (!form || !able || Notification.permission === "denied" || !form.hidden) return;
    form.hidden = false;
    look(form).catch(() => say(form, "failed"));
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
      const allowed = await Notification.requestPermission();
      if (allowed !== "granted") return say(form, allowed === "denied" ? "blocked" : "");
      const address = await subscribe(keyOf(form));
      field.value = JSON.stringify({ ...address.toJSON(), key: keyOf(form) });
      say(form, "");
      setTimeout(() => form.requestSubmit(e.submitter)); // not while this submit is still told: it would be ignored
    } catch {
      say(form, "failed"); // the browser has it, and its maker's service cannot be reached
    }
  }, true);
})();
