/* Keeps the page for no network, and shows what is pushed. Orders are never answered from a cache: an old answer
   would be a lie. Pushed messages are JSON: {title, body, url}. */
"use strict";
const KEPT = "shell-{{ version }}";
const SHELL = [{% for url in shell %}"{{ url|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];

self.addEventListener("install", (e) => {
  e.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(SHELL)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (e) => {
  const old = async () => (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== KEPT);
  e.waitUntil(old().then((names) => Promise.all(names.map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (e) => {
  const { request } = e, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") e.respondWith(fetch(request).catch(() => caches.match(SHELL[0])));
  else if (SHELL.includes(pathname)) e.respondWith(fetch(request).catch(() => caches.match(pathname)));
});

self.addEventListener("push", (e) => {
  let said = {};
  try {
    said = e.data?.json() ?? {};
  } catch {} // not ours; a browser wants to see something all the same
  const { title = "Serverlesspresso", body = "", url = "/" } = said;
  e.waitUntil(self.registration.showNotification(title, {
    body, data: { url }, tag: url, renotify: true, vibrate: [300, 150, 300],
    icon: "{{ icon|escapejs }}",
  }));
});
self.addEventListener("notificationclick", (e) => {
  e.notification.close();
  const url = new URL(e.notification.data?.url || "/", location.origin);
  if (url.origin !== location.origin) return;
  const show = async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = pages.find((page) => new URL(page.url).pathname === url.pathname);
    return there ? there.focus() : self.clients.openWindow(url.href);
  };
  e.waitUntil(show());
});
