// The outbox of a page on which answers are written: what the student does becomes operations here.

import { tabId, uuid } from "./ids.js";
import { Outbox, REQUEST_MS, within } from "./outbox.js";

export class Writing extends Outbox {
  /** `seq` is the number of the last operation that the server knows, `beatUrl` where it tells its clock. */
  constructor({ beatUrl, seq, ...outbox }) {
    super(outbox);
    Object.assign(this, { beatUrl, seq });
    this.tab = tabId();
  }

  /** Read what was left here by an earlier page or a closed browser. */
  async wake() {
    const ops = await this.rows();
    for (const op of ops) this.seq = Math.max(this.seq, op.seq);
    return ops;
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
  add(kind, slot, payload) {
    return this.hold(this.operation(kind, slot, payload));
  }

  /** Keep an answer together with a file; the answer names the file by the operation's own id. */
  attach(slot, fields, file) {
    const op = this.operation("answer", slot, {});
    op.payload = { fields: { ...fields, file: [...(fields.file || []), op.op_id] } };
    return this.hold({ ...op, file });
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
    return this.hold(op);
  }

  async hold(op) {
    await this.store.put("ops", op);
    this.report({ kind: "device" });
    this.poke();
    return op;
  }

  /** Give an operation to the browser to deliver while the page goes away; what is lost on the way is sent later. */
  handOver(op) {
    this.request([op], { keepalive: true }).catch(() => {});
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
}
