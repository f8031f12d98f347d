// What a service worker keeps of pages, for one kind of them ("exam", "course"): one cache for each account and each
// attempt or course, and one for style, scripts and fonts. A page belongs to the account that the server's answer names:
// when another account answers, everybody else's are dropped, and without a network they are shown to nobody but the
// account that is signed in here.

const SIGNED_IN = "marshrut-account"; // the cookie that names the account (lms/people/pages/session.py)
const NETWORK_MS = 6000;

/** Fetch, but do not let a dying connection hold the page, or its fonts, back. */
export function fromNetwork(request) {
  const slow = new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), NETWORK_MS));
  return Promise.race([fetch(request), slow]);
}

export class Keeper {
  constructor(kind) {
    this.prefix = `marshrut-${kind}-`;
    this.assets = `${this.prefix}assets`;
  }

  name(owner, group) {
    return `${this.prefix}${owner}-${group}`;
  }

  async names() {
    return (await caches.keys()).filter((name) => name.startsWith(this.prefix) && name !== this.assets);
  }

  /** Delete the kept pages of which `isGone(name of the cache)` is true. */
  async drop(isGone) {
    await Promise.all((await this.names()).filter(isGone).map((name) => caches.delete(name)));
  }

  /** Return the kept answer if it belongs to whoever is signed in. A browser without cookieStore cannot tell its worker who
   * that is; there the pages of everybody else tidy up (leaving.js). */
  async kept(pathname, group) {
    if (!self.cookieStore) return caches.match(pathname, { ignoreVary: true });
    const cookie = await self.cookieStore.get(SIGNED_IN);
    return cookie && caches.match(pathname, { cacheName: this.name(cookie.value, group), ignoreVary: true });
  }

  /** Keep only what belongs to the account that has just answered; returns its name, or the empty text. */
  async belongsTo(reply) {
    const owner = reply.headers.get("Marshrut-Account") || "";
    if (owner) await this.drop((name) => !name.startsWith(`${this.prefix}${owner}-`));
    return reply.ok && reply.type === "basic" && !reply.redirected ? owner : "";
  }

  async asset(request) {
    const kept = await caches.match(request.url, { cacheName: this.assets });
    if (kept) return kept;
    const reply = await fromNetwork(request);
    if (reply.ok) await (await caches.open(this.assets)).put(request.url, reply.clone());
    return reply;
  }

  /** Answer GET requests of this site as `answer(request, pathname)` says; undefined leaves one to the browser. */
  listen(answer) {
    self.addEventListener("install", () => self.skipWaiting());
    self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
    self.addEventListener("fetch", (event) => {
      const { request } = event;
      const { origin, pathname } = new URL(request.url);
      if (request.method !== "GET" || origin !== self.location.origin) return;
      const reply = pathname.startsWith("/static/dist/") ? this.asset(request) : answer(request, pathname);
      if (reply) event.respondWith(reply);
    });
  }
}
