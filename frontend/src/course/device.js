// What this device holds of a course for one account: the pages taken along (Cache Storage), and what was done without a
// network and waits for its delivery (the same store and outbox as an exam's).

import { account, markDevice } from "../exam/leaving.js";
import { Outbox } from "../exam/outbox.js";
import { openStore } from "../exam/store.js";
import { uuid } from "../exam/ids.js";

const PREFIX = "marshrut-course-";
const ASSETS = `${PREFIX}assets`;

export class Device {
  constructor(course, report) {
    this.course = course;
    this.owner = account();
    this.report = report;
    this.receipts = new Map();
    this.cacheName = `${PREFIX}${this.owner}-${course}`;
  }

  /** Open the memory of this device and begin to deliver what waits in it. */
  async start() {
    this.store = await openStore("marshrut-course");
    this.outbox = new Outbox({
      store: this.store,
      owner: this.owner,
      attempt: this.course,
      url: `/courses/${this.course}/ops`,
      csrf: document.querySelector('meta[name="csrf-token"]').content,
      renew: () => this.renewKey(),
      report: (news) => {
        if (news.receipts) for (const [id, receipt] of news.receipts) this.receipts.set(id, receipt);
        this.report(news);
      },
      heard: (body) => {
        this.heard = body;
      },
    });
    addEventListener("online", () => this.outbox.poke());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.outbox.poke());
    return this;
  }

  async renewKey() {
    const reply = await fetch(location.pathname, { credentials: "same-origin", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    return page.querySelector('meta[name="csrf-token"]')?.content || "";
  }

  /** Keep one thing that was done; it goes off by itself. */
  async add(what) {
    markDevice(this.owner, true);
    const seq = Date.now();
    const op = { op_id: uuid(), owner: this.owner, attempt: this.course, seq, done_at: new Date(seq).toISOString(), ...what };
    await this.store.put("ops", op);
    return op;
  }

  /** Return what was done on a page, the newest last. */
  async doneOn(path) {
    return (await this.outbox.rows()).filter((op) => op.page === path).sort((a, b) => a.seq - b.seq);
  }

  /* ---- what was taken along ---- */

  async isTaken() {
    return Boolean(window.caches) && caches.has(this.cacheName);
  }

  async pack() {
    return (await this.isTaken()) ? (await this.store.get("attempts", this.course)) || { parts: {} } : { parts: {} };
  }

  /** Fetch pages, pictures and what they need to look as they do; `progress(done, all)` hears of each. */
  async take(keys, addresses, about, progress) {
    markDevice(this.owner);
    await installWorker();
    const [pages, assets] = [await caches.open(this.cacheName), await caches.open(ASSETS)];
    const wanted = new Set(partsOf(document));
    let done = 0;
    let failed = 0;
    const all = () => addresses.length + wanted.size;
    const fetchInto = async (cache, address) => {
      try {
        const reply = await fetch(address, { credentials: "same-origin", headers: { "Marshrut-Take": "along" } });
        if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
        if (cache === pages && (reply.headers.get("Content-Type") || "").startsWith("text/html")) {
          const page = new DOMParser().parseFromString(await reply.clone().text(), "text/html");
          partsOf(page).forEach((part) => wanted.add(part));
        }
        await cache.put(address, reply);
      } catch (error) {
        if (error.name === "QuotaExceededError") throw error;
        failed += 1;
      }
      progress((done += 1), all());
    };
    for (const address of addresses) await fetchInto(pages, address);
    for (const address of wanted) await fetchInto(assets, address);
    if (failed) return false;
    if (about) await this.remember(this.store, keys, about, Date.now());
    return true;
  }

  /** Note that parts of the course are on this device since a moment. */
  async remember(store, keys, about, moment) {
    markDevice(this.owner);
    const known = await store.get("attempts", this.course);
    const parts = known && known.owner === this.owner ? { ...known.parts } : {};
    for (const key of keys) parts[key] = Math.max(moment, parts[key] || 0);
    await store.put("attempts", { attempt: this.course, owner: this.owner, parts, ...about });
  }

  /** Take the pages off this device; what waits for its delivery stays. */
  async leave() {
    await caches.delete(this.cacheName);
    await this.store.remove("attempts", [this.course]);
  }
}

/** Return the addresses of style, scripts, fonts and drawings of a page. */
function partsOf(page) {
  const found = [...page.querySelectorAll('link[rel="stylesheet"], link[rel="preload"], link[rel="icon"], script[src], img[src], [data-script]')];
  const fonts = performance.getEntriesByType("resource").map((each) => new URL(each.name).pathname); // named in styles only
  const paths = found.map((part) => new URL(part.dataset.script || part.getAttribute("href") || part.getAttribute("src"), location.href).pathname);
  return [...paths, ...fonts].filter((path) => path.startsWith("/static/dist/"));
}

async function installWorker() {
  for (const scope of ["/home", "/courses"]) await navigator.serviceWorker.register("/courses/offline.js", { scope });
  await navigator.serviceWorker.ready;
}
