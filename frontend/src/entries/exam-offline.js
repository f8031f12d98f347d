// Service worker of /attempts/: answers from the network while there is one, else from what was kept of this very
// attempt. Keeps questions and their style, scripts and fonts; nothing of other pages and nothing that was posted.
// Questions belong to the account that the server's answer names: when another account answers, they are dropped, and
// without a network they are shown to nobody but the account that is signed in here.

const PREFIX = "marshrut-exam-";
const ASSETS = "marshrut-exam-assets";
const SIGNED_IN = "marshrut-account"; // the cookie that names the account (lms/people/pages/session.py)
const QUESTION = /^\/attempts\/([0-9a-f-]{36})\/(q\/\d+|review|submit)$/;
const NETWORK_MS = 6000;

/** Fetch, but do not let a dying connection hold the question, or its fonts, back. */
function fromNetwork(request) {
  const slow = new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), NETWORK_MS));
  return Promise.race([fetch(request), slow]);
}

/** Delete the kept questions of which `isGone(name of the cache)` is true. */
async function drop(isGone) {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== ASSETS);
  await Promise.all(names.filter(isGone).map((name) => caches.delete(name)));
}

/** Return the kept page if it belongs to whoever is signed in. A browser without cookieStore cannot tell its worker who
 * that is; there the pages of everybody else tidy up (leaving.js). */
async function keptPage(pathname, attempt) {
  if (!self.cookieStore) return caches.match(pathname);
  const cookie = await self.cookieStore.get(SIGNED_IN);
  return cookie && caches.match(pathname, { cacheName: `${PREFIX}${cookie.value}-${attempt}` });
}

async function page(request, attempt) {
  const { pathname } = new URL(request.url);
  let reply;
  try {
    reply = await fromNetwork(request);
  } catch (error) {
    const kept = await keptPage(pathname, attempt);
    if (kept) return kept;
    throw error;
  }
  const owner = reply.headers.get("Marshrut-Account");
  if (owner) await drop((name) => !name.startsWith(`${PREFIX}${owner}-`));
  if (owner && reply.ok && reply.type === "basic" && !reply.redirected) {
    const copy = reply.clone();
    await (await caches.open(`${PREFIX}${owner}-${attempt}`)).put(pathname, copy);
  } else if ([401, 403, 404, 410].includes(reply.status) || reply.type === "opaqueredirect") {
    await drop((name) => name.endsWith(attempt));
  }
  return reply;
}

async function asset(request) {
  const kept = await caches.match(request.url, { cacheName: ASSETS });
  if (kept) return kept;
  const reply = await fromNetwork(request);
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
