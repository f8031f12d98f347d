// Service worker of /attempts/: answers from the network while there is one, else from what was kept of this very
// attempt. Keeps questions and their style, scripts and fonts; nothing of other pages and nothing that was posted.

const PREFIX = "marshrut-exam-";
const ASSETS = "marshrut-exam-assets";
const QUESTION = /^\/attempts\/([0-9a-f-]{36})\/(q\/\d+|review|submit)$/;
const NETWORK_MS = 6000;

/** Fetch, but do not let a dying connection hold the question back. */
function fromNetwork(request) {
  const slow = new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), NETWORK_MS));
  return Promise.race([fetch(request), slow]);
}

async function page(request, attempt) {
  let reply;
  try {
    reply = await fromNetwork(request);
  } catch (error) {
    const kept = await caches.match(new URL(request.url).pathname, { cacheName: PREFIX + attempt });
    if (kept) return kept;
    throw error;
  }
  if (reply.ok && reply.type === "basic" && !reply.redirected) {
    const copy = reply.clone();
    const cache = await caches.open(PREFIX + attempt);
    await cache.put(new URL(request.url).pathname, copy);
  } else if ([401, 403, 404, 410].includes(reply.status) || reply.type === "opaqueredirect") {
    await caches.delete(PREFIX + attempt);
  }
  return reply;
}

async function asset(request) {
  const kept = await caches.match(request.url, { cacheName: ASSETS });
  if (kept) return kept;
  const reply = await fetch(request);
  if (reply.ok) await (await caches.open(ASSETS)).put(request.url, reply.clone());
  return reply;
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const question = QUESTION.exec(pathname);
  if (question) event.respondWith(page(request, question[1]));
  else if (pathname.startsWith("/static/dist/")) event.respondWith(asset(request));
});
