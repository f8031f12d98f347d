// Answers go onto this device first and from here to the server; a row is never deleted before the server has
// acknowledged it, and after that it stays as the student's copy until the work is handed in.

import { tabId, uuid } from "./ids.js";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
const REQUEST_MS = 15000;
const BATCH = 40;

/** Nobody, or somebody else, is signed in here now: the answers wait for their owner. */
const NOT_OURS = new Set([401, 403, 404]);

async function within(ms, start) {
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(), ms);
  try {
    return await start(abort.signal);
  } finally {
    clearTimeout(limit);
  }
}

export class Outbox {
  /**
   * `owner` is the account whose answers these are: rows of others in the same browser are never read or sent.
   * `report({kind, …})` hears: typing, device (kept here), server (acknowledged, at), late, offline, signedOut, refused.
   * `heard(answer, tookMs)` gets every answer of the server: its clock, the deadline, the state of the attempt.
   */
  constructor({ store, owner, attempt, url, beatUrl, csrf, renew, seq, report, heard }) {
    Object.assign(this, { store, owner, attempt, url, beatUrl, csrf, renew, report, heard });
    this.seq = seq;
    this.open = null;
    this.tab = tabId();
    this.wait = FIRST_WAIT_MS;
    this.timer = 0;
    this.sending = null;
    this.isStopped = false;
  }

  async rows() {
    const ops = await this.store.ofAttempt(this.attempt);
    return ops.filter((op) => op.owner === this.owner);
  }

  /** Read what was left here by an earlier page or a closed browser. */
  async wake() {
    const ops = await this.rows();
    for (const op of ops) this.seq = Math.max(this.seq, op.seq);
    return ops;
  }

  async waiting() {
    const ops = await this.rows();
    return ops.filter((op) => !op.receipt).sort((a, b) => a.seq - b.seq);
  }

  operation(kind, slot, payload) {
    this.seq += 1;
    return {
      op_id: uuid(),
      owner: this.owner,
      attempt: this.attempt,
      seq: this.seq,
      kind,
      slot,
      payload,
      t_client: new Date().toISOString(),
      tab: this.tab,
      isDraft: false,
      receipt: null,
    };
  }

  /** Keep one operation and start sending. Resolves when it is safe on this device. */
  async add(kind, slot, payload) {
    const op = this.operation(kind, slot, payload);
    await this.store.put("ops", op);
    this.report({ kind: "device" });
    this.poke();
    return op;
  }

  /** Keep an answer that is still being written: every key goes into one row, which is not sent before `seal`. */
  draft(slot, payload) {
    if (this.open && this.open.slot !== slot) this.seal();
    const begun = this.open || this.operation("answer", slot, payload);
    this.open = { ...begun, payload, t_client: new Date().toISOString(), isDraft: true };
    this.store.put("ops", this.open, { isHasty: true });
    this.report({ kind: "typing" });
    return this.open;
  }

  /** Close the draft, if there is one, and start sending it: from here on its row never changes. */
  async seal() {
    if (!this.open) return null;
    const op = { ...this.open, isDraft: false };
    this.open = null;
    await this.store.put("ops", op);
    this.report({ kind: "device" });
    this.poke();
    return op;
  }

  /** Close the drafts that a closed page has left behind; for the one tab that writes. */
  async adopt() {
    for (const op of await this.rows()) {
      if (op.isDraft && op.op_id !== this.open?.op_id) await this.store.put("ops", { ...op, isDraft: false });
    }
  }

  /** Give an operation to the browser to deliver while the page goes away; what is lost on the way is sent later. */
  handOver(op) {
    this.request([op], { keepalive: true }).catch(() => {});
  }

  /** Send now instead of waiting for the next try. */
  poke() {
    clearTimeout(this.timer);
    this.wait = FIRST_WAIT_MS;
    this.timer = setTimeout(() => this.send(), 0);
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Send what waits; resolves to true when nothing but a draft waits any more. */
  send() {
    if (!this.sending) {
      this.sending = this.round().finally(() => {
        this.sending = null;
      });
    }
    return this.sending;
  }

  async round() {
    for (;;) {
      if (this.isStopped) return false;
      const batch = (await this.waiting()).filter((op) => !op.isDraft).slice(0, BATCH);
      if (!batch.length) return true;
      if (!(await this.post(batch))) return false;
    }
  }

  /** Ask the server for its clock, the deadline and the state of the attempt. */
  async beat() {
    const started = performance.now();
    try {
      const reply = await within(REQUEST_MS, (signal) => fetch(this.beatUrl, { credentials: "same-origin", headers: { Accept: "application/json" }, signal }));
      if (reply.ok && !reply.redirected) this.heard(await reply.json(), performance.now() - started);
    } catch (error) {
      // no network: the answers' own tries say so, and the clock goes on by itself
    }
  }

  async post(batch) {
    const started = performance.now();
    let reply;
    try {
      reply = await this.request(batch);
    } catch (error) {
      return this.later({ kind: "offline" });
    }
    if (NOT_OURS.has(reply.status) || reply.redirected) return this.later({ kind: "signedOut" });
    const body = await reply.json().catch(() => null);
    const tookMs = performance.now() - started;
    if (body && body.receipts) return this.accept(batch, body, tookMs);
    return this.refused(reply, body, batch);
  }

  request(batch, options = {}) {
    const ops = batch.map(({ owner, attempt, receipt, isDraft, ...op }) => op);
    return within(REQUEST_MS, (signal) =>
      fetch(this.url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.csrf },
        body: JSON.stringify({ ops }),
        signal,
        ...options,
      })
    );
  }

  /** Keep the receipts; an operation that clashes with another of the same id is set aside, never sent again. */
  async accept(batch, body, tookMs) {
    const receipts = new Map(body.receipts.map((receipt) => [receipt.op_id, receipt]));
    for (const op_id of body.conflicts || []) receipts.set(op_id, { refused: "assessment.op_conflict" });
    for (const op of batch) {
      const receipt = receipts.get(op.op_id);
      if (receipt) await this.store.put("ops", { ...op, receipt });
    }
    if (!batch.every((op) => receipts.has(op.op_id))) return this.later({ kind: "offline" });
    this.wait = FIRST_WAIT_MS;
    this.heard(body, tookMs);
    const isLate = body.receipts.some((receipt) => receipt.is_late);
    this.report({ kind: isLate ? "late" : "server", at: Date.parse(body.server_now), receipts });
    return true;
  }

  /** The form's key has expired, or one operation cannot be taken: renew, or set that one aside and go on. */
  async refused(reply, body, batch) {
    if (body && body.code === "form.expired") {
      this.csrf = (await this.renew().catch(() => "")) || this.csrf;
      return this.later({ kind: "offline" });
    }
    if (reply.status >= 500 || reply.status === 429 || !body) return this.later({ kind: "offline" });
    if (batch.length > 1) {
      for (const op of batch) if (!(await this.post([op]))) return false;
      return true;
    }
    await this.store.put("ops", { ...batch[0], receipt: { refused: body.code } });
    this.report({ kind: "refused", text: body.title });
    return true;
  }

  later(news) {
    this.report(news);
    clearTimeout(this.timer);
    const jitter = 0.5 + Math.random();
    this.timer = setTimeout(() => this.send(), this.wait * jitter);
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2);
    return false;
  }
}
