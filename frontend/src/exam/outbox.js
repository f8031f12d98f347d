// Answers go onto this device first and from here to the server; a row is never deleted before the server has
// acknowledged it, and after that it stays as the student's copy until the work is handed in.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
export const REQUEST_MS = 15000;
const FILE_MS = 10 * 60000;
const BATCH = 40;

/** Nobody, or somebody else, is signed in here now: the answers wait for their owner. */
const NOT_OURS = new Set([401, 403, 404]);

export async function within(ms, start) {
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
  constructor({ store, owner, attempt, url, csrf, renew, report, heard }) {
    Object.assign(this, { store, owner, attempt, url, csrf, renew, report, heard });
    this.open = null;
    this.wait = FIRST_WAIT_MS;
    this.timer = 0;
    this.sending = null;
    this.isStopped = false;
  }

  async rows() {
    const ops = await this.store.ofAttempt(this.attempt);
    return ops.filter((op) => op.owner === this.owner);
  }

  async waiting() {
    const ops = await this.rows();
    return ops.filter((op) => !op.receipt).sort((a, b) => a.seq - b.seq);
  }

  /** Close the drafts that a closed page has left behind; for the one tab that writes. */
  async adopt() {
    for (const op of await this.rows()) {
      if (op.isDraft && op.op_id !== this.open?.op_id) await this.store.put("ops", { ...op, isDraft: false });
    }
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
      const ready = (await this.waiting()).filter((op) => !op.isDraft);
      if (!ready.length) return true;
      const next = ready.findIndex((op) => op.file); // a file goes by itself, in its turn
      const batch = ready.slice(0, next < 0 ? BATCH : Math.min(next || 1, BATCH));
      if (!(await this.post(batch))) return false;
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
    const ops = batch.map(({ owner, attempt, receipt, isDraft, file, ...op }) => op);
    const { file } = batch[0];
    const headers = { Accept: "application/json", "X-CSRFToken": this.csrf };
    let body = JSON.stringify({ ops });
    if (file) {
      body = new FormData();
      body.set("operation", JSON.stringify(ops[0]));
      body.set("upload", file, file.name);
    } else headers["Content-Type"] = "application/json";
    return within(file ? FILE_MS : REQUEST_MS, (signal) =>
      fetch(file ? `${this.url}/file` : this.url, { method: "POST", credentials: "same-origin", headers, body, signal, ...options })
    );
  }

  /** Keep the receipts; an operation that clashes with another of the same id is set aside, never sent again. */
  async accept(batch, body, tookMs) {
    const receipts = new Map(body.receipts.map((receipt) => [receipt.op_id, receipt]));
    for (const op_id of body.conflicts || []) receipts.set(op_id, { refused: "assessment.op_conflict" });
    for (const op of batch) {
      const receipt = receipts.get(op.op_id);
      const { file, ...known } = op; // what the server has needs no room here any more
      if (receipt) await this.store.put("ops", receipt.refused ? { ...op, receipt } : { ...known, receipt });
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
    const receipt = { refused: body.code, refused_text: body.title };
    await this.store.put("ops", { ...batch[0], receipt });
    this.report({ kind: "refused", text: body.title, receipts: new Map([[batch[0].op_id, receipt]]) });
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
