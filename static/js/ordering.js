/* The phone: the tab says what the page says, and it rings. */
(function () {
  "use strict";
  /* ---- the tab's title; a buzz and a ring when it is time ---- */
  const CALLS = ["ready", "offered"]; // what somebody waits for: the drink, or a place
  const KEPT = "sound";
  let status, called, sound, rings = 0;
  function say() {
    const shown = document.querySelector(".order[data-title]");
    if (!shown) return;
    // what ran out while it was chosen is not chosen any more
    for (const gone of shown.querySelectorAll("input:checked:disabled")) gone.checked = false;
    document.title = shown.dataset.title;
    const again = shown.dataset.called || ""; // the bar calls the number once more
    const news = status && (status !== shown.dataset.status || called !== again);
    [status, called] = [shown.dataset.status, again]; // first: a ring asks what it is for
    if (news && CALLS.includes(status)) call();
    note(shown);
    showSound();
  }
  function call() {
    try {
      navigator.vibrate?.([300, 150, 300]);
    } catch {} // not before the first tap on a page
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
    sound ||= new AudioContext();
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
