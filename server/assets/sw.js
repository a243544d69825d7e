// Answers with the pages that are kept on this device when the network does not.
// The network comes first, always: a kept page is never shown while the server answers.

const KEPT = "banso-pages";
const ASSETS = "banso-assets";
const NEEDED = ["/assets/style.css", "/assets/icon.svg", "/assets/forms.js", "/assets/queue.js", "/assets/vault.js", "/assets/outbox.js", "/offline"];
const PAGES = /^\/(today|businesses|card|record|drafts|handover|entries|outbox)(\/|$)/;
// Longer than this, and a kept page comes first; the network is as good as gone.
const PATIENCE = 8000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(ASSETS).then((cache) => cache.addAll(NEEDED)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

async function fromNetwork(request, page) {
  const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
  if (answer.status >= 502 && answer.status <= 504) throw new Error("no server behind the proxy");
  if (answer.ok && !answer.redirected) {
    const cache = await caches.open(page ? KEPT : ASSETS);
    await cache.put(request, answer.clone());
  }
  return answer;
}

async function answered(request, page) {
  try {
    return await fromNetwork(request, page);
  } catch (error) {
    const kept = await (await caches.open(page ? KEPT : ASSETS)).match(request);
    const missing = page ? await caches.match("/offline") : undefined;
    if (kept ?? missing) return kept ?? missing;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(answered(request, false));
  else if (request.mode === "navigate" && PAGES.test(pathname)) event.respondWith(answered(request, true));
});
