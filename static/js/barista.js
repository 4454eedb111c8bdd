/* The tablet: whose tickets are mine, taps that are held back for "Undo", and nothing tapped by accident.
   Everything else is htmx and live.js. */
(function () {
  "use strict";
  const LASTS = 10_000; // ms: how long "Undo" is offered (rule book: who may)
  const TOO_QUICK = 350; // ms: a second tap so soon was meant for the ticket that has just moved away
  const STRIPS = 2; // beside those that are held back
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
    for (const more of document.querySelectorAll(".more[open] .ticket__more:not(:has([data-for]))")) fill(more);
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
    plain.forEach((strip, i) => {
      const later = plain.slice(i + 1), order = strip.dataset.order;
      if (later.length >= STRIPS || (order && later.some((other) => other.dataset.order === order))) strip.remove();
    });
    // a ticket is replaced when it changes; who works with the keyboard stays on it
    if (keyboard && document.activeElement === document.body) {
      document.getElementById(keyboard)?.querySelector(".ticket__tap").focus({ preventScroll: true });
    }
  }
  function fill(more) {
    const { status, barista, owned } = more.closest(".ticket").dataset, order = more.closest(".ticket").id.slice(2);
    const acts = [...document.getElementById("acts").content.cloneNode(true).children];
    const mine = acts.filter((act) => act.dataset.for === status || (act.dataset.for === "owned" && owned !== undefined));
    for (const act of mine) {
      act.setAttribute("hx-post", act.getAttribute("hx-post").replace("ORDER", order));
      if (act.value === "BARISTA") act.value = barista;
    }
    more.prepend(...mine);
    htmx.process(more);
  }
  for (const name of ["htmx:wsAfterMessage", "htmx:oobAfterSwap", "htmx:afterSettle", "htmx:afterOnLoad"]) {
    document.addEventListener(name, mark);
  }

  /* ---- taps ---- */
  function close(but = () => false) {
    for (const open of document.querySelectorAll("details.panel[open], details.more[open]")) if (!but(open)) open.open = false;
  }
  // a tap beside what is open closes it, and does nothing else; but another panel opens at once, and "Undo" undoes
  addEventListener("click", (e) => { // on the window: before anybody else hears of it
    const beside = (open) => !(open.closest(".ticket") || open).contains(e.target);
    if (![...document.querySelectorAll("details.panel[open], details.more[open]")].some(beside)) return;
    close((open) => !beside(open));
    if (!e.detail || e.target.closest(".undos, .panel > summary, .more > summary")) return; // a key, or a script, means what it has chosen
    e.preventDefault();
    e.stopImmediatePropagation();
  }, true);
  document.addEventListener("click", (e) => {
    const tap = e.target.closest?.(".ticket__tap");
    if (!tap) return;
    const ticket = tap.closest(".ticket"), more = ticket.querySelector(".more");
    const colleague = ticket.dataset.status === "making" && !ticket.classList.contains("ticket--mine");
    const early = e.timeStamp - lastTap < TOO_QUICK;
    if (!early) lastTap = e.timeStamp;
    if (!early && !colleague && !ticket.classList.contains("ticket--held")) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    if (colleague && !early) more.open = !more.open; // taking over is an act of its own
  }, true);
  document.addEventListener("toggle", mark, true); // a ticket's reasons to cancel are filled in when it is opened
  document.addEventListener("keydown", (e) => {
    keyboard = document.activeElement?.closest(".ticket")?.id || null;
    if (e.key === "Escape") close();
  });
  document.addEventListener("pointerdown", () => { keyboard = null; });

  /* ---- posting ----
     The socket may replace a ticket before the answer to its tap is there, and htmx finds no way from an element
     that is gone into the page. So everything is posted from an element of its own. */
  const origins = new WeakMap(); // that element → what was tapped
  document.addEventListener("htmx:confirm", (e) => {
    const { elt, path, verb, triggeringEvent } = e.detail;
    if (verb !== "post" || origins.has(elt)) return;
    e.preventDefault();
    const chosen = triggeringEvent?.submitter || elt;
    const data = elt.matches("form") ? new FormData(elt) : new FormData();
    if (chosen.name) data.append(chosen.name, chosen.value);
    const url = new URL(path, location.href).href;
    elt.matches("[data-hold]") ? hold(elt, url, data, chosen) : post(elt, url, data);
  });
  function post(elt, url, data) {
    const source = document.createElement("i");
    const name = document.getElementById("walk-up-name");
    if (elt.matches("#walk-up form")) data.append(name.name, name.value);
    source.hidden = true;
    origins.set(source, elt);
    main.append(source);
    elt.dataset.busy = "";
    const done = () => {
      delete elt.dataset.busy;
      source.remove();
    };
    return htmx.ajax("POST", url, { source, target: "#notice", swap: "none", values: data }).then(done, done);
  }
  document.addEventListener("htmx:afterRequest", (e) => {
    const elt = origins.get(e.detail.elt);
    elt?.closest(".undo")?.remove(); // its "Undo" was tapped, or it was sent
    // by the status: a refusal that is shown counts as successful with htmx
    if (!elt?.matches("#walk-up form") || !e.detail.xhr || e.detail.xhr.status >= 400) return;
    elt.reset();
    document.getElementById("walk-up-name").value = "";
    elt.closest("details").open = elt.closest(".panel").open = false;
  });

  /* ---- acts that end an order wait here for 10 seconds, and go when the page does ---- */
  function hold(elt, url, data, chosen) {
    if (!elt.closest(".ticket") && [...held.values()].some((act) => act.url === url)) return close(); // tapped twice
    const strip = document.getElementById("held").content.firstElementChild.cloneNode(true);
    const ticket = elt.closest(".ticket");
    const reason = data.get("text")?.trim() || (chosen.querySelector("span") || chosen).textContent.trim();
    const what = elt.dataset.hold || (elt.matches("form") ? main.dataset.cancelled + " " + reason : (elt.querySelector(".ticket__act") || elt).textContent.trim());
    strip.firstElementChild.textContent = [ticket?.dataset.number, what].filter(Boolean).join(" · ");
    strip.querySelector("button").addEventListener("click", () => drop(strip));
    held.set(strip, { url, data, ticket: ticket?.id, timer: setTimeout(() => send(strip), LASTS) });
    close();
    strips.append(strip);
    mark();
  }
  function drop(strip) {
    const act = held.get(strip);
    clearTimeout(act.timer);
    held.delete(strip);
    strip.remove();
    mark();
    return act;
  }
  function send(strip) {
    const { url, data } = held.get(strip);
    strip.querySelector("button").remove(); // too late to undo
    post(strip, url, data).then(() => drop(strip));
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

  mark();
})();
