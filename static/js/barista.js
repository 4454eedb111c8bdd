/* The tablet: whose tickets are mine, taps that are held back for "Undo", and nothing tapped by accident.
   Everything else is htmx and live.js. */
(function () {
  "use strict";
  const LASTS = 10_000; // ms: how long "Undo" is offered (rule book: who may)
  const TOO_QUICK = 350; // ms: a second tap so soon was meant for the ticket that has just moved away
  const STRIPS = 4;
  const main = document.querySelector("main[data-me]");
  const strips = document.getElementById("undos");
  const held = new Map(); // strip → {url, data, ticket, timer}
  const timed = new WeakSet();
  let lastTap = -TOO_QUICK, keyboard = null;

  /* ---- after every change: what only this tablet knows ---- */
  function mark() {
    const waiting = new Set([...held.values()].map((act) => act.ticket));
    for (const ticket of main.querySelectorAll(".ticket")) {
      ticket.classList.toggle("ticket--mine", ticket.dataset.barista === main.dataset.me);
      ticket.classList.toggle("ticket--held", waiting.has(ticket.id));
    }
    for (const form of document.querySelectorAll(".more[open] form:empty")) {
      form.append(document.getElementById("reasons").content.cloneNode(true));
    }
    for (const copy of document.querySelectorAll("[data-copies]")) {
      copy.textContent = document.getElementById(copy.dataset.copies)?.textContent;
    }
    for (const strip of strips.children) {
      if (timed.has(strip)) continue;
      timed.add(strip);
      if (!held.has(strip)) setTimeout(() => strip.remove(), LASTS);
    }
    const plain = [...strips.children].filter((strip) => !held.has(strip));
    for (const old of plain.slice(0, -STRIPS)) old.remove();
    // a ticket is replaced when it changes; who works with the keyboard stays on it
    if (keyboard && document.activeElement === document.body) {
      document.getElementById(keyboard)?.querySelector(".ticket__tap").focus({ preventScroll: true });
    }
  }
  for (const name of ["htmx:wsAfterMessage", "htmx:oobAfterSwap", "htmx:afterSettle", "htmx:afterOnLoad"]) {
    document.addEventListener(name, mark);
  }

  /* ---- taps ---- */
  document.addEventListener("click", (e) => {
    const tap = e.target.closest?.(".ticket__tap");
    if (!tap) return;
    const ticket = tap.closest(".ticket"), more = ticket.querySelector(".more");
    const colleague = ticket.dataset.status === "making" && !ticket.classList.contains("ticket--mine");
    const early = e.timeStamp - lastTap < TOO_QUICK;
    lastTap = e.timeStamp;
    if (!early && !colleague && !ticket.classList.contains("ticket--held")) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    if (colleague && !early) more.open = !more.open; // taking over is an act of its own
  }, true);
  document.addEventListener("click", (e) => {
    for (const open of document.querySelectorAll("details.panel[open], details.more[open]")) {
      if (!open.contains(e.target) && !open.closest(".ticket")?.contains(e.target)) open.open = false;
    }
  });
  document.addEventListener("toggle", mark, true); // a ticket's reasons to cancel are filled in when it is opened
  document.addEventListener("keydown", (e) => {
    keyboard = document.activeElement?.closest(".ticket")?.id || null;
    if (e.key === "Escape") for (const open of document.querySelectorAll("details.panel[open], details.more[open]")) open.open = false;
  });
  document.addEventListener("pointerdown", () => { keyboard = null; });

  /* ---- acts that end an order wait here for 10 seconds, and go when the page does ---- */
  document.addEventListener("htmx:confirm", (e) => {
    const { elt, path, triggeringEvent } = e.detail;
    if (!elt.matches("[data-hold]")) return;
    e.preventDefault();
    const chosen = triggeringEvent?.submitter;
    const data = elt.matches("form") ? new FormData(elt) : new FormData();
    if (chosen?.name) data.append(chosen.name, chosen.value);
    hold(elt, path, data, elt.text?.value.trim() || (chosen?.querySelector("span") || chosen)?.textContent || "");
  });
  function hold(elt, path, data, detail) {
    const strip = document.getElementById("held").content.firstElementChild.cloneNode(true);
    const ticket = elt.closest(".ticket");
    const what = elt.dataset.hold || (elt.matches("form") ? main.dataset.cancelled + " " + detail : (elt.querySelector(".ticket__act") || elt).textContent);
    strip.firstElementChild.textContent = [ticket?.dataset.number, what].filter(Boolean).join(" · ");
    strip.querySelector("button").addEventListener("click", () => drop(strip));
    const act = { url: new URL(path, location.href).href, data, ticket: ticket?.id };
    act.timer = setTimeout(() => send(strip), LASTS);
    held.set(strip, act);
    for (const open of document.querySelectorAll("details.panel[open], details.more[open]")) open.open = false;
    strips.append(strip);
    mark();
  }
  function drop(strip) {
    const act = held.get(strip);
    clearTimeout(act?.timer);
    held.delete(strip);
    strip.remove();
    mark();
    return act;
  }
  function send(strip) {
    const { url, data } = held.get(strip);
    strip.querySelector("button").remove(); // too late to undo
    const gone = () => { drop(strip); };
    htmx.ajax("POST", url, { source: strip, target: "#notice", swap: "none", values: Object.fromEntries(data) }).then(gone, gone);
  }
  function leave() {
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" };
    for (const strip of [...held.keys()]) {
      const { url, data } = drop(strip);
      fetch(url, { method: "POST", keepalive: true, headers, body: new URLSearchParams(data) }).catch(() => {});
    }
  }
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });

  document.addEventListener("htmx:afterRequest", (e) => {
    const { elt, successful } = e.detail;
    if (!held.has(elt)) elt.closest(".undo")?.remove(); // its "Undo" was tapped
    if (!successful || !elt.matches("#walk-up form")) return;
    elt.reset();
    document.getElementById("walk-up-name").value = "";
    elt.closest("details").open = elt.closest(".panel").open = false;
  });
  mark();
})();
