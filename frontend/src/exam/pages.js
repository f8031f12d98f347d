// Questions are fetched once and turned without loading a page: instant, possible without a network, and whatever
// watches beside the question (a camera, say) keeps running.

const FETCH_MS = 8000;
const PAUSE_MS = 800;


async function within(ms, url) {
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(), ms);
  try {
    return await fetch(url, { credentials: "same-origin", signal: abort.signal, headers: { Accept: "text/html" } });
  } finally {
    clearTimeout(limit);
  }
}

export class Pages {
  constructor(owner, attempt) {
    this.cacheName = `marshrut-exam-${owner}-${attempt}`; // as the worker names it (exam-offline.js)
    this.texts = new Map();
  }

  /** Return the document at `url`: what is known here, else from the server, else what the browser has kept. */
  async get(url) {
    const text = this.texts.get(url) || (await this.load(url).catch(() => this.kept(url)));
    return new DOMParser().parseFromString(text, "text/html");
  }

  async load(url) {
    const reply = await within(FETCH_MS, url);
    if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
    const text = await reply.text();
    this.texts.set(url, text);
    return text;
  }

  async kept(url) {
    const found = window.caches && (await caches.match(url, { cacheName: this.cacheName }));
    if (!found) throw new Error("offline");
    return found.text();
  }

  /** Fetch the other questions one after another, without hurry, and keep them for a closed and reopened browser. */
  async prefetch(urls) {
    for (const url of urls) {
      if (this.texts.has(url)) continue;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      try {
        await this.load(url);
      } catch (error) {
        return false;
      }
    }
    return true;
  }

  /** Forget the questions of this attempt. */
  async forget() {
    this.texts.clear();
    if (window.caches) await caches.delete(this.cacheName);
  }
}

/** Let the browser open the exam's pages without a network; a browser that cannot simply does without. */
export async function installOffline(url) {
  if (!url || !navigator.serviceWorker || !window.caches) return;
  try {
    await navigator.serviceWorker.register(url);
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    const parts = document.querySelectorAll('link[rel="stylesheet"], link[rel="preload"], link[rel="icon"], script[src]');
    for (const part of parts) await fetch(part.href || part.src, { credentials: "same-origin" });
  } catch (error) {
    console.warn("offline pages are not available", error.name);
  }
}
