/* The phone: a tap that ends the order waits 10 seconds for "Undo", and the tab says what the page says. */
(function () {
  "use strict";
  const LASTS = 10_000; // ms (rule book: who may)
  const main = document.getElementById("main"), strip = document.getElementById("taken-back");
  let held = null; // {form, send, timer}

  /* ---- held back: htmx asks before it sends, and is answered when the time is up ---- */
  document.addEventListener("htmx:confirm", (e) => {
    const form = e.detail.elt;
    if (!form.matches("[data-hold]")) return;
    e.preventDefault();
    if (held) return;
    held = { form, send: e.detail.issueRequest, timer: setTimeout(send, LASTS) };
    strip.querySelector("span").textContent = form.dataset.hold;
    main.toggleAttribute("data-held", true);
    strip.querySelector("button").focus({ preventScroll: true });
  });
  function drop() {
    const act = held;
    clearTimeout(act?.timer);
    held = null;
    main.toggleAttribute("data-held", false);
    return act;
  }
  function send() {
    drop().send(true);
  }
  function leave() {
    const form = drop()?.form;
    if (form) fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), keepalive: true, redirect: "manual" }).catch(() => {});
  }
  strip?.querySelector("button").addEventListener("click", drop);
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });

  /* ---- the tab's title, and a buzz when the drink is ready ---- */
  let status;
  function say() {
    const order = document.getElementById("order");
    if (!order) return;
    // what ran out while it was chosen is not chosen any more
    for (const gone of order.querySelectorAll("input:checked:disabled")) gone.checked = false;
    document.title = order.dataset.title;
    if (status && status !== order.dataset.status && order.dataset.status === "ready") navigator.vibrate?.([300, 150, 300]);
    status = order.dataset.status;
  }
  for (const name of ["htmx:wsAfterMessage", "htmx:afterSettle"]) document.addEventListener(name, say);
  say();
})();
