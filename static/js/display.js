/* The wall: everything fits, pages turn, new numbers beckon, the screen stays awake and is fresh every morning.
   Sockets, clocks and order of rows are live.js's. */
(function () {
  "use strict";
  const TURN = 8_000, NEW_FOR = 12_000, IDLE = 3_000, HOUR = 3_600_000;
  const SIZES = 4;
  const root = document.documentElement, byId = (id) => document.getElementById(id);
  const hide = (element, hidden) => { if (element.hidden !== hidden) element.hidden = hidden; };
  const ago = (then) => Math.abs(Date.now() - then); // set back, a device's clock must not make us wait
  const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  /* ---- rows: as large as they fit; then "+n more" (preparing) or pages (ready) ---- */
  let page = 0, turned = Date.now();
  const seen = new Map(); // id of a ready row → when it came, and was called again; rows of the first page load are not news
  let first = true;

  function fit() {
    for (const id of ["preparing", "ready"]) {
      const list = byId(id), items = [...list.children];
      list.parentElement.toggleAttribute("data-empty", !items.length);
      const pages = layOut(list, items);
      if (id === "ready") {
        beckon(items, pages);
        turnTo(list, items, pages);
      } else {
        const more = list.parentElement.querySelector(".column__more"), left = pages.filter(Boolean).length;
        items.forEach((item, index) => hide(item, pages[index] > 0));
        hide(more, !left);
        write(more, more.dataset.text.replace("{n}", left));
      }
    }
    first = false;
  }

  /* Chooses the largest size at which all fit, else the smallest; the page of each item. Space for "+n more" is kept free. */
  function layOut(list, items) {
    const more = list.parentElement.querySelector(".column__more");
    items.forEach((item) => hide(item, false));
    for (let size = 1; size <= SIZES; size++) {
      list.parentElement.dataset.size = size;
      if (more) hide(more, size < SIZES);
      if (list.scrollHeight <= list.clientHeight + 1) return items.map(() => 0);
    }
    let page = 0, top = list.getBoundingClientRect().top;
    return items.map((item) => {
      const box = item.getBoundingClientRect();
      if (box.bottom > top + list.clientHeight + 1 && box.top > top) [page, top] = [page + 1, box.top];
      return page;
    });
  }

  function beckon(items, pages) {
    const now = Date.now(), ids = new Set(items.map((item) => item.id));
    for (const id of seen.keys()) if (!ids.has(id)) seen.delete(id);
    items.forEach((item, index) => {
      const came = item.dataset.called || "", known = seen.get(item.id); // called again, it is news once more
      if (known?.came !== came) {
        seen.set(item.id, { came, at: first ? 0 : now });
        if (!first) [page, turned] = [pages[index], now]; // show the newcomer at once
        if (!first) say(item.dataset.number);
      }
      item.toggleAttribute("data-new", now - seen.get(item.id).at < NEW_FOR);
    });
  }

  function turnTo(list, items, pages) {
    const count = (pages[pages.length - 1] || 0) + 1, label = list.parentElement.querySelector(".column__page");
    page %= count;
    items.forEach((item, index) => hide(item, pages[index] !== page));
    hide(label, count === 1);
    write(label, `${page + 1} / ${count}`);
  }

  let asked = 0;
  const refit = () => { cancelAnimationFrame(asked); asked = requestAnimationFrame(fit); };

  /* ---- once a second ---- */
  function tick() {
    if (ago(turned) >= TURN) {
      [page, turned] = [page + 1, Date.now()];
      refit();
    } else if (document.querySelector("#ready > [data-new]")) refit();
    const code = byId("code"), left = byId("left");
    // the two halves come in frames of their own; when they are not of the same code, one was missed
    if (code.dataset.panel !== left.dataset.panel) refetch();
    code.toggleAttribute("data-lost", !!left.querySelector("[data-expired]") && root.dataset.connection !== "live");
    showTime();
    freshen();
    alternate();
  }

  let refetched = 0;
  function refetch() {
    if (ago(refetched) < 5_000) return;
    refetched = Date.now();
    const main = byId("main");
    htmx.ajax("GET", main.dataset.poll, { source: main, target: main, swap: "none" });
  }

  let format;
  function time() { // "03:20": the server's, in the store's zone
    try {
      format ||= new Intl.DateTimeFormat(root.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: root.dataset.zone });
    } catch { // a zone this browser does not know
      format = { format: () => "" };
    }
    return format.format(serverNow());
  }
  const showTime = () => write(document.querySelector(".wall__clock"), time());

  /* ---- speaking the numbers, on the screens that were told to ----
     Told to is not heard: browsers keep a page silent until somebody has touched it, and some have no voice. */
  const speak = document.querySelector.bind(document, "[data-speak]");
  const HARMLESS = ["canceled", "interrupted"];
  let speaks = false, heard = false;
  try {
    speaks = localStorage.getItem("speak") === "yes";
  } catch { /* a browser that keeps nothing is silent until it is told again */ }
  function say(number) {
    if (!speaks) return;
    for (const [lang, text] of Object.entries(JSON.parse(byId("main").dataset.says))) utter(text.replace("{n}", number), { lang, rate: 0.9 });
  }
  function utter(text, how) {
    if (!window.speechSynthesis) return;
    const words = Object.assign(new SpeechSynthesisUtterance(text), how);
    words.onstart = words.onend = () => hear(true);
    words.onerror = ({ error }) => HARMLESS.includes(error) || hear(false);
    speechSynthesis.speak(words);
  }
  function hear(can) {
    heard = can;
    showSpeaking();
  }
  function showSpeaking() {
    speak().hidden = !window.speechSynthesis;
    speak().setAttribute("aria-pressed", String(speaks && heard));
    hide(document.querySelector("[data-unheard]"), !(speaks && !heard));
  }
  for (const name of ["pointerup", "keydown"]) {
    document.addEventListener(name, (e) => { // it may speak from now on
      if (speaks && !heard && !e.target.closest?.("[data-speak]")) hear(Boolean(window.speechSynthesis));
    });
  }
  document.addEventListener("click", (e) => {
    if (!e.target.closest?.("[data-speak]")) return;
    speaks = !(speaks && heard); // who presses it while it is silent wants to hear it
    heard = speaks;
    showSpeaking();
    if (!speaks) window.speechSynthesis?.cancel();
    try {
      localStorage.setItem("speak", speaks ? "yes" : "no");
    } catch { /* see above */ }
  });

  /* ---- two languages in turn: the page is fetched in the other one and morphed, the socket follows ---- */
  const LANGUAGE_FOR = 20_000;
  let changed = Date.now();
  function alternate() {
    const main = byId("main"), languages = (main.dataset.alternates || "").split(" ");
    if (languages.length < 2 || ago(changed) < LANGUAGE_FOR || root.dataset.connection !== "live") return;
    changed = Date.now();
    const next = languages[(languages.indexOf(root.lang) + 1) % languages.length];
    htmx.trigger(main, "live:remake", { address: "?lang=" + next });
  }

  /* ---- a page that runs for days begins anew at night, when nobody is waiting and the server answers ---- */
  const loaded = Date.now();
  let tried = 0;
  async function freshen() {
    if (ago(loaded) < 20 * HOUR || ago(tried) < HOUR / 4 || document.fullscreenElement) return;
    if (!["03", "04", "05"].includes(time().slice(0, 2)) || document.querySelector(".rows > li")) return;
    tried = Date.now();
    try {
      if ((await fetch("/healthz", { cache: "no-store" })).ok) location.reload();
    } catch { /* not now; in a quarter of an hour */ }
  }

  /* ---- full screen, pointer, staying awake ---- */
  function toggle() {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen?.().catch(() => {});
  }
  document.addEventListener("click", (e) => { if (e.target.closest?.("[data-fullscreen]")) toggle(); });
  document.addEventListener("keydown", (e) => {
    if (e.key.toLowerCase() === "f" && !e.ctrlKey && !e.metaKey && !e.altKey) toggle();
  });
  let resting;
  function awaken() {
    root.removeAttribute("data-idle");
    clearTimeout(resting);
    resting = setTimeout(() => root.setAttribute("data-idle", ""), IDLE);
  }
  for (const name of ["pointermove", "pointerdown", "keydown"]) document.addEventListener(name, awaken, { passive: true });

  document.addEventListener("DOMContentLoaded", () => {
    // a frame may take back what was chosen here (morphing), or change the rows; live.js then puts them in order
    for (const name of ["htmx:wsAfterMessage", "htmx:afterSettle", "htmx:afterOnLoad"]) document.addEventListener(name, refit);
    document.addEventListener("htmx:afterSettle", () => { // the page may be another one: in the other language, or of new settings
      format = null;
      showSpeaking();
      showTime();
    });
    addEventListener("resize", refit);
    document.addEventListener("fullscreenchange", refit);
    fit();
    showSpeaking();
    tick();
    awaken();
    setInterval(tick, 1000);
  });
})();
