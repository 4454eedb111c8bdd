/* What helps at the counter: a sound until a new order is seen, what there is to make in all, which tickets go well
   together, a foot pedal, and cards that stay put under a finger. Taps and "Undo" are barista.js's. */
(function () {
  "use strict";
  const main = document.querySelector("main[data-me]");
  const root = document.documentElement, byId = (id) => document.getElementById(id);
  const tickets = (lane) => [...byId("col-" + lane).querySelectorAll(".ticket:not(.ticket--struck)")];
  const text = (ticket, part) => ticket.querySelector(part)?.textContent || "";
  const write = (element, said) => { if (element.textContent !== said) element.textContent = said; };

  /* ---- cancelled tickets that somebody else has seen ---- */
  function clear() {
    const unseen = new Set(byId("struck").dataset.ids.split(" "));
    for (const ticket of main.querySelectorAll(".ticket--struck")) if (!unseen.has(ticket.id.slice(2))) ticket.remove();
  }

  /* ---- to make, in all: by drink, and by milk ---- */
  function count() {
    const drinks = new Map(), milks = new Map(), line = byId("all-day");
    const add = (sums, name) => name && sums.set(name, (sums.get(name) || 0) + 1);
    for (const ticket of [...tickets("making"), ...tickets("waiting")]) {
      add(drinks, text(ticket, ".ticket__drink"));
      add(milks, ticket.dataset.milk);
    }
    const parts = [drinks, milks].map((sums) => [...sums].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])));
    const said = JSON.stringify(parts);
    if (line.dataset.said === said) return;
    line.dataset.said = said;
    line.hidden = !drinks.size;
    line.replaceChildren(...parts.filter((sums) => sums.length).map((sums) => {
      const group = document.createElement("span");
      for (const [name, n] of sums) {
        const part = document.createElement("span"), sum = document.createElement("b");
        sum.textContent = n;
        part.append(sum, " ", name);
        group.append(part);
      }
      return group;
    }));
  }

  /* ---- which of the next tickets go with this one: a hint, the order of the queue stays as it is ---- */
  const NEAR = 6; // tickets: nobody is overtaken by more than a few
  function hint() {
    const waiting = tickets("waiting").slice(0, NEAR), mine = tickets("making").filter((ticket) => ticket.classList.contains("ticket--mine"));
    const hinted = new Set([...waiting.slice(0, 1), ...mine]);
    for (const ticket of [...tickets("waiting"), ...tickets("making")]) {
      const { milk } = ticket.dataset;
      const alike = hinted.has(ticket) && milk ? waiting.filter((other) => other !== ticket && other.dataset.milk === milk) : [];
      let line = ticket.querySelector(".ticket__alike");
      if (!alike.length) { line?.remove(); continue; }
      if (!line) {
        line = Object.assign(document.createElement("small"), { className: "ticket__alike" });
        ticket.querySelector(".ticket__what").append(line);
      }
      write(line, main.dataset.alike.replace("{milk}", milk).replace("{numbers}", alike.map((other) => other.dataset.number).join(", ")));
    }
  }

  /* ---- a sound on a new order, again and again until somebody touches the screen ---- */
  const AGAIN = 6_000;
  const button = byId("sound"), known = new Set();
  let on = kept() === "on", audio = null, wasHeard = false, ringing = 0;
  function kept(value) {
    try {
      return value ? localStorage.setItem("sound", value) : localStorage.getItem("sound");
    } catch { return null; } // a browser that keeps nothing: until the page is left
  }
  function show() { // on is what sounds: a browser lets a page do so only after a touch, and may stop it later
    const sounds = on && audio?.state === "running", { label, unheard } = button.dataset;
    button.setAttribute("aria-pressed", String(sounds));
    button.toggleAttribute("data-unheard-now", on && !sounds);
    for (const name of ["aria-label", "title"]) button.setAttribute(name, on && !sounds ? unheard : label);
  }
  function wake() {
    if (!on) return;
    if (!audio && window.AudioContext) {
      audio = new AudioContext();
      audio.addEventListener("statechange", show);
    }
    if (audio && audio.state !== "running") audio.resume().then(show, show);
    show();
  }
  function ring() {
    if (!on || audio?.state !== "running") return;
    for (const [at, pitch] of [[0, 880], [0.18, 1175]]) {
      const tone = audio.createOscillator(), loud = audio.createGain(), start = audio.currentTime + at;
      tone.frequency.value = pitch;
      loud.gain.setValueAtTime(0.4, start);
      loud.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
      tone.connect(loud).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.5);
    }
  }
  function listen(first) {
    const fresh = tickets("waiting").filter((ticket) => !known.has(ticket.id));
    for (const ticket of [...tickets("waiting"), ...tickets("making"), ...tickets("ready")]) known.add(ticket.id);
    if (first || !fresh.length || ringing) return;
    root.dataset.ringing = "";
    ringing = setInterval(ring, AGAIN);
    ring();
  }
  function quiet() {
    clearInterval(ringing);
    ringing = 0;
    delete root.dataset.ringing;
  }
  button.addEventListener("click", () => {
    on = !(on && wasHeard);
    kept(on ? "on" : "off");
    show();
    wake();
    if (on) audio?.resume().then(ring); // to hear how loud the tablet is
  });
  for (const name of ["pointerdown", "keydown"]) {
    document.addEventListener(name, () => {
      wasHeard = audio?.state === "running"; // who presses the button while it is silent wants to hear it
      wake();
      quiet();
    }, { capture: true });
  }

  /* ---- keyboard and foot pedal: Enter takes the next ticket, Space says that the oldest of mine is ready ---- */
  document.addEventListener("keydown", (e) => {
    const lane = { Enter: "waiting", " ": "making" }[e.key];
    if (!lane || e.repeat || e.ctrlKey || e.altKey || e.metaKey || e.defaultPrevented) return;
    // who has something chosen, or a panel open, means that
    if (![document.body, main].includes(document.activeElement) || document.querySelector("details.panel[open]")) return;
    e.preventDefault();
    const free = tickets(lane).filter((ticket) => !ticket.matches(".ticket--held") && (lane === "waiting" || ticket.matches(".ticket--mine")));
    free.find((ticket) => !ticket.querySelector(".ticket__tap[data-busy]"))?.querySelector(".ticket__tap").click();
  });
  // what a finger chose is done with: the next press of the pedal is not meant for it
  document.addEventListener("click", (e) => {
    const chosen = document.activeElement;
    if (e.detail && chosen?.matches("button, summary, a") && !chosen.closest(".panel__body, .panel[open]")) chosen.blur();
  });

  /* ---- cards stay put for a second under a finger ---- */
  const STILL = 1_000, LONGEST = 3_000;
  let waiting = [], still = 0, since = 0, replaying = false, timer = 0;
  document.addEventListener("pointerdown", (e) => {
    if (!e.target.closest?.(".lane__list")) return;
    const now = performance.now();
    if (!waiting.length) since = now;
    still = Math.min(now + STILL, since + LONGEST);
    clearTimeout(timer);
    timer = setTimeout(goOn, still - now);
  }, true);
  document.addEventListener("htmx:wsBeforeMessage", (e) => {
    if (replaying || performance.now() >= still) return;
    e.preventDefault();
    waiting.push(e.detail.message);
  });
  document.addEventListener("htmx:wsConnecting", () => { waiting = []; }); // a snapshot comes first
  document.addEventListener("htmx:beforeSwap", (e) => {
    if (e.detail.elt === main && performance.now() < still) e.detail.shouldSwap = false; // a poll: the next one comes
  });
  function goOn() {
    const late = waiting;
    waiting = [];
    still = 0;
    replaying = true;
    for (const message of late) htmx.trigger(main, "live:replay", { message });
    replaying = false;
  }

  /* ---- finding ---- */
  byId("finding").addEventListener("toggle", (e) => {
    if (!e.target.open) return;
    byId("find-number").focus();
    htmx.trigger(e.target.querySelector("form"), "found");
  });
  document.addEventListener("click", (e) => {
    const shown = byId(e.target.closest?.("[data-shows]")?.dataset.shows);
    if (!shown) return;
    e.preventDefault();
    byId("finding").open = false;
    shown.scrollIntoView({ block: "center" });
    shown.querySelector(".ticket__tap").focus({ preventScroll: true });
    shown.animate?.({ outline: ["4px solid var(--focus)", "4px solid transparent"] }, 2_000);
  });

  function settle() {
    clear();
    count();
    hint();
    listen(false);
    show();
  }
  for (const name of ["htmx:wsAfterMessage", "htmx:afterSettle", "htmx:afterOnLoad"]) document.addEventListener(name, settle);
  clear();
  count();
  hint();
  listen(true);
  show();
})();
