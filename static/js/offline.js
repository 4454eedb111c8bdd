/* The page without a network: what was last known of the order, and a way back as soon as there is one. */
(function () {
  "use strict";
  const LONG_AGO = 3 * 3600_000; // ms
  const known = document.getElementById("known");
  try {
    const last = JSON.parse(localStorage.getItem("last-order"));
    if (last && Date.now() - last.at < LONG_AGO) {
      const time = new Date(last.seen || last.at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short", hourCycle: "h23", timeZone: last.zone });
      const text = last.status === "ready" ? known.dataset.ready : known.dataset.text;
      known.textContent = text.replace("{number}", last.number).replace("{time}", time);
      known.hidden = false;
    }
  } catch {} // nothing is known: a private window
  const again = () => location.reload();
  document.getElementById("again").addEventListener("click", again);
  addEventListener("online", again);
  // a network that is there but leads nowhere makes no event when it comes back
  setInterval(() => fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok && again()).catch(() => {}), 5000);
})();
