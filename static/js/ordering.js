/* The phone: the tab says what the page says, and it rings. */
(function () {
  "use strict";
  /* ---- the tab's title; a buzz and a ring when it is time ---- */
  const CALLS = ["ready", "offered"]; // what somebody waits for: the drink, or a place
  const KEPT = "sound", byId = (id) => document.getElementById(id);
  let status, called, sound, rings = 0;
  function say() {
    const shown = document.querySelector(".order[data-title]");
    if (!shown) return;
    ranOut(shown);
    tellMissing();
    document.title = shown.dataset.title;
    const again = shown.dataset.called || ""; // the bar calls the number once more
    const news = status && (status !== shown.dataset.status || called !== again);
    [status, called] = [shown.dataset.status, again]; // first: a ring asks what it is for
    if (news && CALLS.includes(status)) call();
    note(shown);
    showSound();
  }
  function call() {
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.([300, 150, 300]); // not before the first tap
    rings = 3;
    ring();
  }
  function ring() {
    if (!rings-- || !CALLS.includes(status) || sound?.state !== "running") return;
    chime(0);
    chime(0.35);
    setTimeout(ring, 2500);
  }
  function chime(after) {
    const tone = sound.createOscillator(), volume = sound.createGain(), start = sound.currentTime + after;
    tone.frequency.value = after ? 1047 : 784;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.5, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.6);
    tone.connect(volume).connect(sound.destination);
    tone.start(start);
    tone.stop(start + 0.7);
  }

  /* ---- what ran out while it was chosen is not chosen any more, nor is another of its kind in its place ---- */
  const chosen = new WeakSet(), gone = new Set(); // inputs somebody tapped; names of what ran out under their finger
  let missing = ""; // what "Order" waits for, in words
  const said = (input) => (input.closest(".choice") || input.nextElementSibling).querySelector("bdi").textContent;
  function ranOut(shown) {
    for (const input of shown.querySelectorAll("input:checked:disabled")) {
      if (chosen.has(input)) {
        gone.add(input.value);
        missing = byId("missing")?.dataset.gone.replace("{name}", said(input)) || "";
      }
      input.checked = false;
    }
    for (const input of shown.querySelectorAll(".options input:disabled")) {
      if (!gone.has(input.value)) continue;
      for (const other of input.closest("fieldset").querySelectorAll("input:checked")) {
        if (!chosen.has(other)) other.checked = false;
      }
    }
  }
  function tellMissing() {
    const box = byId("missing");
    if (!box) return;
    box.hidden = !missing;
    if (box.textContent !== missing) box.textContent = missing;
  }
  function lacks(form) {
    const drink = [...form.elements].find((field) => field.name === "drink" && field.checked);
    if (!drink) return byId("missing").dataset.none;
    const short = [...drink.closest(".offer").querySelectorAll("fieldset")].find((group) => group.querySelectorAll("input:checked").length < group.dataset.least);
    return short ? byId("missing").dataset.group.replace("{name}", short.querySelector("legend").textContent) : "";
  }
  document.addEventListener("change", ({ target }) => {
    if (target.form?.id !== "do-submit") return;
    chosen.add(target);
    missing = "";
    tellMissing();
  });
  document.addEventListener("click", (e) => {
    const button = e.target.closest?.("button[form=do-submit]:not([formnovalidate])");
    const lack = button && byId("missing") && lacks(button.form);
    if (!lack) return;
    e.preventDefault(); // before the browser's own bubble
    missing = missing || lack;
    tellMissing();
  });

  /* ---- sound is asked for once; browsers let a page ring only after a tap on it ---- */
  const kept = (key, value) => {
    try {
      return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value);
    } catch {
      return null; // a private window
    }
  };
  function showSound() {
    for (const button of document.querySelectorAll("[data-sound]")) {
      const on = sound?.state === "running", label = button.querySelector("span");
      button.hidden = !window.AudioContext;
      button.setAttribute("aria-pressed", on);
      label.textContent = on ? label.dataset.textOn : label.dataset.textOff;
    }
  }
  async function unlock() {
    if (!window.AudioContext) return;
    if (!sound) {
      sound = new AudioContext();
      sound.addEventListener("statechange", showSound); // a call, or the system, may silence it
    }
    await sound.resume();
    showSound();
  }
  document.addEventListener("click", async (e) => {
    if (!e.target.closest?.("[data-sound]")) {
      if (kept(KEPT) === "on" && sound?.state !== "running") unlock();
      return;
    }
    const on = sound?.state === "running";
    kept(KEPT, on ? "off" : "on");
    if (on) await sound.suspend();
    else await unlock().then(() => chime(0));
    showSound();
  });

  /* ---- what the offline page may say: the number, and when we last knew ---- */
  function note(shown) {
    if (!shown.dataset.version) return;
    const going = ["queued", "making", "ready"].includes(status), number = shown.querySelector(".number");
    if (going && !number) return; // another drink is being chosen: the order and its number stay
    kept("last-order", going ? JSON.stringify({ number: number.textContent, status, at: Date.now(), seen: serverNow(), zone: document.documentElement.dataset.zone }) : "null");
  }

  for (const name of ["htmx:wsAfterMessage", "htmx:afterSettle"]) document.addEventListener(name, say);
  say();
})();
