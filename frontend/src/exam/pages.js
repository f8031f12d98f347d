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
    this.fetchPictures(text);
    return text;
  }

  /** Let the browser's own cache have the pictures of a question, so that they are there without a network, too. */
  fetchPictures(text) {
    const pictures = new DOMParser().parseFromString(text, "text/html").querySelectorAll('[data-question-place] img[src^="/"]');
    for (const picture of pictures) fetch(picture.getAttribute("src"), { credentials: "same-origin" }).catch(() => {});
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
    const parts = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="preload"], link[rel="icon"], script[src]')];
    const loaded = performance.getEntriesByType("resource").map((each) => each.name); // fonts are named in styles only
    const fonts = loaded.filter((name) => new URL(name).pathname.startsWith("/static/dist/fonts/"));
    const all = new Set([...parts.map((part) => part.href || part.src), ...fonts]);
    for (const url of all) await fetch(url, { credentials: "same-origin" });
  } catch (error) {
    console.warn("offline pages are not available", error.name);
  }
}
