/* On pages with _undo_toast.html: a tap that no other takes back waits 10 seconds for "Undo", and goes when the page does.
   The tablet, which holds several at once, has its own (barista.js). */
(function () {
  "use strict";
  const LASTS = 10_000; // ms (rule book: who may)
  const main = document.getElementById("main"), strip = document.getElementById("taken-back");
  if (!strip) return;
  let held = null; // {url, data, timer}

  document.addEventListener("htmx:confirm", (e) => {
    const { elt, path } = e.detail;
    if (!elt.matches("[data-hold]")) return;
    e.preventDefault();
    const url = new URL(path, location.href).href;
    if (held?.url === url) return;
    if (held) send(); // who goes on is sure of what was before
    held = { url, data: elt.matches("form") ? new FormData(elt) : new FormData(), timer: setTimeout(send, LASTS) };
    elt.closest("details.panel")?.removeAttribute("open");
    strip.querySelector("span").textContent = elt.dataset.hold;
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
    const { url, data } = drop();
    const source = document.createElement("i"); // what was tapped may be gone, for the page is live
    source.hidden = true;
    main.append(source);
    const done = () => source.remove();
    htmx.ajax("POST", url, { source, target: "#notice", swap: "none", values: data }).then(done, done);
  }
  function leave() {
    const act = drop();
    if (!act) return;
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
    fetch(act.url, { method: "POST", keepalive: true, headers, body: new URLSearchParams(act.data) }).catch(() => {});
  }
  strip.querySelector("button").addEventListener("click", drop);
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
})();
