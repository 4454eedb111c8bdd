/* Keeps a page true: sockets, morphing, freshness, clocks, and buttons that cannot be pressed twice.
   docs/reference/markup.md lists what templates may write for it. No dependencies but htmx and idiomorph. */
(function () {
  "use strict";
  const SILENCE = 25_000; // ms without a pulse: the socket counts as lost, whatever the browser believes
  const PATIENCE = 10_000; // ms a socket may take to open
  const POLL = 5_000;
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const root = document.documentElement;

  /* ---- the server's time ---- */
  const arrival = performance.getEntriesByType("navigation")[0];
  const arrived = Date.now() - performance.now() + (arrival?.responseStart || performance.now());
  const cached = arrival?.type === "back_forward" || arrival?.transferSize === 0; // an old page's clock says nothing
  let offset = cached ? 0 : (Date.parse(root.dataset.now) || arrived) - arrived; // ms the server is ahead of this device
  const ago = (then) => Math.abs(Date.now() - then); // set back, a device's clock must not make us wait
  const now = () => Date.now() + offset;
  window.serverNow = now; // for the other scripts: what is shown is by this clock, never the device's

  /* ---- sockets ----
     htmx's extension retries only after some close codes, and cannot be told to stop waiting. So it is never shown the
     code, and the retries are made here: any end but our own 4xxx ("do not come back") is tried again. */
  let newest; // createWebSocket runs just before htmx:wsConnecting names the element
  htmx.createWebSocket = (url) => {
    const socket = new WebSocket(url.replace(/([?&]lang=)[^&]*/, "$1" + root.lang)); // a page may change its language
    let tell;
    newest = socket;
    socket.end = (code) => {
      if (socket.ended) return;
      socket.ended = true;
      socket.close();
      tell?.({ code: 0, reallyCode: code });
    };
    Object.defineProperty(socket, "onclose", { set: (handler) => { tell = handler; } });
    socket.addEventListener("close", (e) => socket.end(e.code));
    return socket;
  };
  htmx.config.wsReconnectDelay = (tries) => 300 + Math.random() * Math.min(4700, 500 * 2 ** tries);

  const regions = new Map(); // element → {live, heard, since, asOf, tries, timer, polled, …}
  function region(element) {
    if (!regions.has(element)) regions.set(element, { live: false, since: Date.now(), tries: 0, polled: Date.now(), asOf: Date.parse(root.dataset.now) || arrived });
    return regions.get(element);
  }

  document.addEventListener("htmx:wsConnecting", (e) => {
    Object.assign(region(e.target), { socket: newest, since: Date.now() });
  });
  document.addEventListener("htmx:wsOpen", (e) => {
    Object.assign(region(e.target), { wrapper: e.detail.socketWrapper, live: true, heard: Date.now(), tries: 0, refused: false });
    showFreshness();
  });
  document.addEventListener("htmx:wsClose", (e) => {
    const state = region(e.target);
    state.wrapper = e.detail.socketWrapper || state.wrapper;
    state.live = false;
    clearTimeout(state.timer);
    if (state.switching) {
      state.switching = false;
      connect(e.target);
      return setTimeout(showFreshness, 2_000);
    }
    if (e.detail.event.reallyCode >= 4000) {
      state.refused = true;
      refetch(e.target); // the page says why
    } else {
      state.timer = setTimeout(() => connect(e.target), htmx.config.wsReconnectDelay(state.tries++) * (state.refused ? 6 : 1));
    }
    showFreshness();
  });
  // another language: a new socket at once, which is no reason to say that the page is stale
  document.addEventListener("live:reconnect", (e) => {
    const state = region(e.target);
    state.switching = state.live;
    state.socket?.end(0);
  });
  // a message that the page has put off, because somebody was about to touch what it moves
  document.addEventListener("live:replay", (e) => {
    region(e.target).socket?.dispatchEvent(new MessageEvent("message", { data: e.detail.message }));
  });
  function connect(element) {
    const state = region(element);
    clearTimeout(state.timer);
    if (!element.isConnected) return regions.delete(element);
    if (!state.wrapper || (state.socket && !state.socket.ended)) return;
    state.wrapper.reconnect();
  }

  /* ---- polling while the socket is down, and refetching after anything doubtful ---- */
  function refetch(element) {
    const state = region(element), url = element.dataset.poll;
    if (!url || state.asking) return;
    state.polled = Date.now();
    state.asking = true;
    htmx.ajax("GET", url, { source: element, target: element, swap: "none" }).catch(() => {}).finally(() => { state.asking = false; });
  }
  const refetchAll = () => all("[data-live]").forEach(refetch);
  function look() {
    // a device that slept has sockets that look open: ask first, then come back on a fresh one
    if (document.visibilityState === "hidden") return;
    for (const element of all("[data-live]")) {
      const state = region(element);
      state.refused = false;
      refetch(element);
      if (ago(state.heard) > 2 * POLL) state.socket?.end(0);
      connect(element);
    }
  }
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    for (const state of regions.values()) state.heard = 0;
    look();
  });
  // a poll that is refused, or led elsewhere (to the sign-in), means this page is no longer ours: load what is
  function leave(element) {
    const state = region(element);
    if (!state.leaving) setTimeout(() => location.reload(), Math.max(0, 2 * POLL - performance.now()));
    state.refused = state.leaving = true;
  }

  function watch() {
    for (const [element, state] of regions) {
      if (!element.isConnected) { state.socket?.end(0); regions.delete(element); continue; }
      if (state.live ? ago(state.heard) > SILENCE : state.socket && !state.socket.ended && ago(state.since) > PATIENCE) state.socket.end(0);
      if (!state.live && !state.refused && ago(state.polled) > POLL && !document.hidden) refetch(element);
    }
  }

  let beat = document.getElementById("pulse")?.dataset.at; // the page's own came with data-now
  function pulse() {
    const said = document.getElementById("pulse")?.dataset.at, at = Date.parse(said);
    if (!at || said === beat) return;
    beat = said;
    offset = at - Date.now();
    for (const state of regions.values()) state.asOf = at;
    showFreshness();
  }
  document.addEventListener("htmx:wsAfterMessage", (e) => {
    region(e.target).heard = Date.now();
    settled();
  });

  // times on a bar's pages are the bar's, whatever the device believes
  function clockTime(moment) {
    const style = { timeStyle: "medium", hourCycle: "h23" };
    try {
      return moment.toLocaleTimeString(root.lang, { ...style, timeZone: root.dataset.zone || undefined });
    } catch {
      return moment.toLocaleTimeString(root.lang, style); // clock: a zone this browser has never heard of
    }
  }
  function showFreshness() {
    const states = [...regions.values()];
    const state = states.every((s) => s.live) ? "live" : states.some((s) => s.wrapper) ? "stale" : "connecting";
    const asOf = new Date(Math.min(...states.map((s) => s.asOf)));
    for (const element of all("[data-freshness]")) {
      element.hidden = !states.length;
      const text = element.getAttribute("data-text-" + state).replace("{time}", clockTime(asOf));
      // a change of state is worth saying aloud, the next "as of" is not
      element.setAttribute("aria-live", element.dataset.state === state ? "off" : "polite");
      write(element, text);
      element.dataset.state = state;
    }
    root.dataset.connection = states.length ? state : "";
  }

  /* ---- settings that the page was made from: when they change it is fetched again, and what is typed stays ---- */
  let mark = root.dataset.mark, remaking = 0;
  function noticeMark() {
    const said = document.getElementById("pulse")?.dataset.mark;
    mark ||= said;
    if (!said || said === mark || remaking) return;
    // the few screens that belong to the bar at once, the many phones not all in one moment
    remaking = setTimeout(remake, document.querySelector("[data-awake]") ? 0 : Math.random() * 3_000, location.href, said);
  }
  async function remake(address, made) {
    try {
      const answer = await fetch(address, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const ours = answer.ok && !answer.redirected && page.querySelector("main[data-live]");
      if (made && !ours) return location.reload();
      if (!ours) return;
      if (made) mark = made;
      takeOver(page, Boolean(made));
    } catch { /* the next frame asks again */
    } finally { remaking = 0; }
  }
  /* Makes this page like another one of the same address: the wall does so in its other language, too (display.js). */
  function takeOver(page, anew) {
    const html = page.documentElement, main = document.getElementById("main"), fresh = page.getElementById("main");
    const speaks = root.lang !== html.lang, freshness = [...all("[data-freshness]")].map((element) => element.dataset.state);
    for (const name of ["lang", "dir", "data-zone"]) html.hasAttribute(name) ? root.setAttribute(name, html.getAttribute(name)) : root.removeAttribute(name);
    document.title = page.title;
    // a page that was asked for one language does not say between which it alternates
    for (const name of anew ? Object.keys(main.dataset) : []) if (name !== "held" && !(name in fresh.dataset)) delete main.dataset[name];
    Object.assign(main.dataset, fresh.dataset);
    for (const part of ["header.topbar", "footer.footer"]) {
      const old = document.querySelector("body > " + part), next = page.querySelector("body > " + part);
      if (old && next) Idiomorph.morph(old, next.innerHTML, { morphStyle: "innerHTML", ...gently() });
    }
    Idiomorph.morph(main, fresh.innerHTML, { morphStyle: "innerHTML", ...gently() });
    [...all("[data-freshness]")].forEach((element, i) => { element.dataset.state = freshness[i]; element.removeAttribute("hidden"); });
    htmx.process(document.body);
    speaks ? htmx.trigger(main, "live:reconnect") : refetchAll(); // something may have happened since the page was fetched
    htmx.trigger(main, "htmx:afterSettle"); // clocks, the order of rows, and what other scripts show
    if (!speaks) showFreshness();
  }
  document.addEventListener("live:remake", (e) => remake(e.detail.address));

  /* ---- morphing: what somebody typed, chose or opened is theirs ---- */
  const touched = new WeakSet();
  for (const name of ["input", "change"]) {
    document.addEventListener(name, ({ target }) => {
      touched.add(target);
      if (target.type === "radio") for (const twin of target.form?.elements || []) if (twin.name === target.name) touched.add(twin);
    });
  }
  const theirs = (name, element) =>
    name === "open" || (touched.has(element) && ["value", "checked", "selected"].includes(name)) ||
    (element.matches("[data-busy], [data-settling]") && ["data-busy", "data-settling", "aria-disabled"].includes(name));
  const gently = () => ({
    // of fields only: a focused button would keep its old text, and post its old value again
    ignoreActiveValue: Boolean(document.activeElement?.matches("input, textarea, select")),
    callbacks: { beforeAttributeUpdated: (name, element) => !theirs(name, element) },
  });
  document.addEventListener("htmx:oobBeforeSwap", (e) => {
    const { target, fragment } = e.detail, fresh = fragment.firstElementChild;
    // only whole replacements (hx-swap-oob="true") come wrapped in a document fragment with an element of the same id
    if (fragment.nodeType !== Node.DOCUMENT_FRAGMENT_NODE || fresh?.id !== target.id) return;
    if (target.id === "gone") { // not htmx's "delete", which calls it an error when a screen never had the card
      e.detail.shouldSwap = false;
      for (const id of fresh.dataset.ids.split(" ")) document.getElementById(id)?.remove();
      return;
    }
    if (Number(fresh.dataset.version) < Number(target.dataset.version)) { e.detail.shouldSwap = false; return; }
    if (!target.hasAttribute("data-morph")) return;
    e.detail.shouldSwap = false;
    Idiomorph.morph(target, fresh, gently());
    htmx.process(document.getElementById(target.id));
  });

  /* ---- lists in order: a delta appends its card, this puts it in place ---- */
  const rank = (element) => [Number(element.dataset.place) || 0, Number(element.dataset.number) || 0];
  const before = (a, b) => a[0] - b[0] || a[1] - b[1];
  function sort() {
    for (const list of all("[data-sorted]")) {
      const wanted = [...list.children].sort((a, b) => before(rank(a), rank(b)));
      // from the end, moving only what is out of place: a moved element loses focus and scroll
      let next = null;
      for (const child of wanted.reverse()) {
        if (child.nextElementSibling !== next) list.insertBefore(child, next);
        next = child;
      }
    }
  }

  /* ---- clocks ---- */
  const expired = new WeakMap();
  function askOnce(element, end) {
    if (expired.get(element) === end) return;
    expired.set(element, end);
    setTimeout(refetchAll, 500 + Math.random() * 2000); // the sweep needs a moment, and phones need not ask in step
  }
  function tick() {
    for (const clock of all("[data-countdown]")) {
      const end = clock.dataset.countdown, left = Math.max(0, Math.ceil((Date.parse(end) - now()) / 1000));
      if (Number.isNaN(left)) continue;
      write(clock, Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0"));
      (clock.closest(".clock") || clock).toggleAttribute("data-warning", left <= Number(clock.dataset.warn || -1));
      clock.toggleAttribute("data-expired", !left);
      if (!left) askOnce(clock, end);
    }
    for (const told of all("[data-until]")) if (Date.parse(told.dataset.until) <= now()) askOnce(told, told.dataset.until);
    for (const clock of all("[data-since]")) {
      const seconds = Math.max(0, (now() - Date.parse(clock.dataset.since)) / 1000), { warn, late } = clock.dataset;
      if (Number.isNaN(seconds)) continue;
      const age = late && seconds >= late ? "late" : warn && seconds >= warn ? "warn" : "fresh";
      const words = late && clock.closest("[data-late-format]")?.dataset[age + "Format"]; // not by colour alone
      write(clock, (words || clock.dataset.format || "{n}").replace("{n}", Math.floor(seconds / 60)));
      clock.dataset.age = age;
    }
  }
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function settled() {
    pulse();
    noticeMark();
    sort();
    tick();
  }
  document.addEventListener("htmx:afterSettle", settled);
  document.addEventListener("htmx:afterOnLoad", settled);

  /* ---- the second of two taps: what has just come, moved or changed its meaning does nothing yet ----
     It was meant for what stood there before, as "Order" did where "Cancel my order" is now. */
  const SETTLES = 700; // ms
  const CONTROLS = "button, a[href]";
  const settling = new WeakMap(); // control → when it may act
  let places = new Map(), scrolled = false, looking = 0; // what a control does → where that was to be had
  function meaning(control) {
    const form = control.form || null, hidden = [...(form?.elements || [])].filter((field) => field.type === "hidden" && field.name !== "csrfmiddlewaretoken");
    const of = (element, ...names) => names.map((name) => element?.getAttribute(name));
    const said = control.type === "button" ? control.textContent : "";
    return [...of(form, "id", "action", "hx-post"), ...hidden.map((field) => field.value), ...of(control, "hx-post", "href", "name", "value"), said].join("\n");
  }
  const near = (a, b) => Math.abs(a.x + a.width / 2 - b.x - b.width / 2) <= b.width / 2 && Math.abs(a.y + a.height / 2 - b.y - b.height / 2) <= b.height / 2;
  function lookAround() {
    const seen = new Map();
    looking = 0;
    for (const control of all(CONTROLS)) {
      const box = control.getBoundingClientRect();
      if (!box.width) continue;
      const what = meaning(control), were = places.get(what);
      seen.set(what, [...(seen.get(what) || []), box]);
      if (!were || !(scrolled || were.some((old) => near(old, box)))) settle(control);
    }
    [places, scrolled] = [seen, false];
  }
  function settle(control) {
    settling.set(control, performance.now() + SETTLES);
    if (!control.hasAttribute("aria-disabled")) {
      control.setAttribute("aria-disabled", "true");
      control.dataset.settling = "";
    }
    setTimeout(() => {
      if (settling.get(control) > performance.now() + 1 || !("settling" in control.dataset)) return;
      delete control.dataset.settling;
      if (!("busy" in control.dataset)) control.removeAttribute("aria-disabled");
    }, SETTLES);
  }
  const lookSoon = () => { looking ||= requestAnimationFrame(lookAround); };
  function guard() {
    if (!document.querySelector("[data-live]")) return;
    lookAround();
    new MutationObserver(lookSoon).observe(document.body, { childList: true, attributes: true, subtree: true });
    addEventListener("resize", lookSoon);
    // who scrolls moves everything, and knows it
    document.addEventListener("scroll", () => { scrolled = true; lookSoon(); }, { capture: true, passive: true });
  }
  document.addEventListener("click", (e) => {
    const control = e.isTrusted && e.target.closest?.(CONTROLS);
    if (!control || (!e.detail && document.activeElement?.matches("input, select, textarea"))) return; // Enter in a field
    if (looking) {
      cancelAnimationFrame(looking);
      lookAround();
    }
    if (!(settling.get(control) > performance.now())) return;
    e.preventDefault();
    e.stopImmediatePropagation();
  }, true);

  /* ---- posting once ---- */
  function busy(element, on) {
    // a form's elements, not its descendants: buttons may stand elsewhere and name their form
    const buttons = element.matches("button, a") ? [element] : [...(element.elements || all("button", element))].filter((each) => each.matches("button:not([type=button])"));
    for (const button of buttons) {
      button.toggleAttribute("data-busy", on);
      delete button.dataset.settling;
      on ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled");
    }
    element.toggleAttribute("data-busy", on);
  }
  for (const name of ["click", "submit"]) {
    document.addEventListener(name, (e) => {
      if (!e.target.closest?.("[data-busy]")) return;
      e.preventDefault();
      e.stopImmediatePropagation();
    }, true);
  }
  document.addEventListener("submit", (e) => {
    // plain forms; htmx prevents the default of its own
    if (!e.defaultPrevented && e.target.method === "post") setTimeout(() => busy(e.target, true));
  });
  addEventListener("pageshow", (e) => { if (e.persisted) all("[data-busy]").forEach((element) => busy(element, false)); });

  const notice = () => document.getElementById("notice");
  const posts = (e) => e.detail.requestConfig && e.detail.requestConfig.verb !== "get";
  document.addEventListener("htmx:beforeRequest", (e) => {
    if (!posts(e)) return;
    notice()?.replaceChildren();
    busy(e.detail.elt, true);
  });
  document.addEventListener("htmx:afterRequest", (e) => {
    if (!posts(e)) return;
    busy(e.detail.elt, false);
    if (e.detail.successful && e.detail.elt.elements) for (const field of e.detail.elt.elements) touched.delete(field);
  });
  document.addEventListener("htmx:beforeSwap", (e) => {
    const { xhr, elt, pathInfo } = e.detail;
    if (elt.matches("[data-live]")) {
      const { pathname } = new URL(xhr.responseURL || pathInfo.requestPath, location);
      if ([401, 403, 404].includes(xhr.status) || pathname !== new URL(pathInfo.requestPath, location).pathname) leave(elt);
      return;
    }
    if (xhr.status < 400 || xhr.status >= 500) return;
    if (!xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) return;
    // a refusal comes as a fragment and belongs in the notice, unless the view has named another place
    e.detail.shouldSwap = true;
    e.detail.isError = false;
    if (!xhr.getResponseHeader("HX-Retarget")) Object.assign(e.detail, { target: notice(), swapOverride: "innerHTML" });
  });
  function failed(e) {
    if (e.detail.elt.matches("[data-live]")) return; // a poll: the next one comes, and the page says how old it is
    const box = notice(), banner = document.createElement("p");
    if (!box) return;
    banner.className = "banner banner--danger";
    banner.textContent = box.dataset.failed;
    box.replaceChildren(banner);
    refetchAll(); // it may have gone through all the same
  }
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, failed);
  document.addEventListener("click", (e) => {
    const opener = e.target.closest?.("[data-opens]"), closer = e.target.closest?.("[data-closes]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (closer) closer.closest("dialog")?.close();
    if (e.target.closest?.("[data-print]")) print();
  });

  /* ---- a form that sends itself, once: not when prerendered, and not on the way back ---- */
  function sendItself() {
    const form = document.querySelector("form[data-autosubmit]");
    if (form && arrival?.type !== "back_forward") form.requestSubmit();
  }

  /* ---- a screen that stays awake, where the browser lets us ---- */
  let refused = 0; // so many locks were taken back within a second of asking, one after the other
  async function stayAwake() {
    if (!document.querySelector("[data-awake]") || document.hidden) return;
    const asked = performance.now();
    try {
      const lock = await navigator.wakeLock.request("screen");
      root.dataset.awake = "yes";
      lock.addEventListener("release", () => { // a hidden page loses it, and so does a device that saves its battery
        if (document.hidden) return;
        root.dataset.awake = "no";
        refused = performance.now() - asked < 1_000 ? refused + 1 : 0;
        refused < 3 ? stayAwake() : film();
      }, { once: true });
    } catch {
      root.dataset.awake = "no"; // plain http, or low battery: the page may say what to set on the device
      film();
    }
  }
  // where there is no wake lock, a silent film that never ends does it
  function film() {
    const films = document.querySelector("[data-film]")?.dataset.film.split(" ");
    if (!films || document.querySelector(".awake")) return;
    const video = document.createElement("video");
    Object.assign(video, { muted: true, loop: true, playsInline: true, className: "awake", disableRemotePlayback: true });
    video.setAttribute("aria-hidden", "true");
    for (const src of films) video.append(Object.assign(document.createElement("source"), { src }));
    document.body.append(video);
    video.play().catch(() => {
      video.remove();
      document.addEventListener("click", film, { once: true });
    });
  }
  document.addEventListener("visibilitychange", stayAwake);

  /* ---- the page for no network, where the browser keeps one for us (https or localhost) ---- */
  addEventListener("load", () => {
    if (document.querySelector("link[rel=manifest]")) navigator.serviceWorker?.register("/sw.js").catch(() => {});
  });

  document.addEventListener("DOMContentLoaded", () => {
    all("[data-live]").forEach(region);
    showFreshness();
    settled();
    guard();
    setInterval(tick, 250);
    setInterval(watch, 1000);
    stayAwake();
    document.prerendering ? document.addEventListener("prerenderingchange", sendItself, { once: true }) : sendItself();
  });
})();
