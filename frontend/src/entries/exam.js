// The sitting, made comfortable: answers save themselves, survive a lost network and a closed browser, time is told
// in words. Every page does the same work without this file, one «save and go on» at a time.

import { ServerClock, Timer } from "../exam/clock.js";
import { enhanceControls } from "../exam/controls.js";
import { Outbox } from "../exam/outbox.js";
import { Pages, installOffline } from "../exam/pages.js";
import { forgetAttempt, openStore } from "../exam/store.js";
import { account, markDevice } from "../exam/leaving.js";
import { Screen } from "../exam/screen.js";
import { holdThePen } from "../exam/tab.js";
import { answersFile } from "../exam/file.js";
import { givenFields, isBlank, readFields, writeFields } from "../exam/values.js";
import { wordsOf } from "../exam/words.js";
import { Writing } from "../exam/writing.js";

const TYPING_MS = 1200;
const BEAT_MS = 30000;
const BRIEF_MS = 2500;
const FILE_MS = 60000;
const RECORDING = "[data-recorder-end]:not([hidden])"; // a recording that runs

class Exam {
  constructor(root) {
    this.root = root;
    this.attempt = root.dataset.attempt;
    this.say = wordsOf(root);
    this.screen = new Screen(root, this.say);
    this.owner = account();
    this.pages = new Pages(this.owner, this.attempt);
    this.clock = new ServerClock();
    this.typing = 0;
    this.isWriter = null; // not known before the browser has said which tab holds the pen
    this.local = new Map();
    this.unsent = new Map(); // files that are on this device only: the operation's id → {slot, name}
  }

  async start() {
    markDevice(this.owner);
    this.store = await openStore();
    await this.readClock();
    this.outbox = new Writing({
      store: this.store,
      owner: this.owner,
      attempt: this.attempt,
      url: this.root.dataset.ops,
      beatUrl: this.root.dataset.beat,
      csrf: document.querySelector('meta[name="csrf-token"]').content,
      renew: () => this.renewKey(),
      seq: Number(this.root.dataset.seq) || 0,
      report: (news) => this.report(news),
      heard: (body, tookMs) => this.heard(body, tookMs),
    });
    for (const op of await this.outbox.wake()) this.remember(op);
    this.startTimer();
    this.enhance();
    this.listen();
    this.takeOver = holdThePen(`marshrut-exam-${this.attempt}`, () => this.becomeWriter(), () => this.becomeReader());
    setInterval(() => this.timer && this.timer.show(), 1000);
    setInterval(() => this.partIsOver(), 1000);
    setInterval(() => this.hurryRecording(), 1000);
    setInterval(() => this.beat(), BEAT_MS);
    this.outbox.send();
    this.keepQuestions();
  }

  /** Keep every question on the device; after that the work goes on without a network, closed browser or not. */
  async keepQuestions() {
    await installOffline(this.root.dataset.offline);
    if (this.root.dataset.navigation === "linear") return;
    this.root.dataset.kept = (await this.pages.prefetch(this.screen.addresses())) ? "yes" : "no";
  }

  /* ---- what is on the page ---- */

  get form() {
    return document.querySelector("form[data-question]");
  }

  /** The page may come from this device's memory: then its own clock is an old one and the kept one is better. */
  async readClock() {
    const known = (await this.store.get("attempts", this.attempt)) || {};
    const rendered = Date.parse(this.root.dataset.now);
    const guess = known.offset === undefined ? rendered : Date.now() + known.offset;
    this.renderedAt = rendered;
    this.clock.set(Math.max(rendered, guess));
  }

  startTimer() {
    const element = document.querySelector("[data-timer]");
    if (!element || !this.root.dataset.deadline) return;
    this.timer = new Timer(element, this.clock, this.say, () => this.timeIsOver());
    this.timer.isPaused = this.root.dataset.paused === "yes";
    this.timer.follow(Date.parse(this.root.dataset.deadline), Date.parse(this.root.dataset.started));
    this.screen.timerToggle(element);
  }

  remember(op) {
    const key = `${op.kind}:${op.slot}`;
    const known = this.local.get(key);
    if (!known || known.seq <= op.seq) this.local.set(key, op);
    if (op.file && !op.receipt) this.unsent.set(op.op_id, { slot: op.slot, name: op.file.name });
  }

  /** Show what is newer here than on the page that the server made. */
  restore() {
    const form = this.form;
    if (!form) return;
    const op = this.local.get(`answer:${form.dataset.slot}`);
    const isNewer = op && this.isNewer(op);
    if (isNewer) writeFields(form, op.payload.fields);
    this.last = JSON.stringify(isNewer ? readFields(form) : givenFields(form));
  }

  isNewer(op) {
    if (!op.receipt || op.receipt.refused) return true;
    return Date.parse(op.receipt.t_server) > this.renderedAt;
  }

  enhance() {
    const form = this.form;
    if (form) {
      this.restore();
      enhanceControls(form, this.say, () => this.changed());
      this.screen.relabel(form);
      this.showFiles();
    }
    this.screen.marks(this.local, (op) => this.isNewer(op), isBlank);
    this.screen.writable(this.isWriter !== false && !this.isHandedIn());
    if (this.isHandedIn()) this.screen.handingIn("waiting");
  }

  /* ---- events ---- */

  listen() {
    document.addEventListener("input", (event) => {
      if (!event.target.closest("form[data-question]")) return;
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.keep(), TYPING_MS);
      this.typed();
    });
    document.addEventListener("change", (event) => event.target.closest("form[data-question]") && this.changed());
    document.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("submit", (event) => this.submitted(event), true);
    addEventListener("popstate", () => this.turn(location.pathname, { push: false }));
    addEventListener("online", () => {
      this.outbox.poke();
      if (this.root.dataset.kept === "no") this.keepQuestions();
    });
    addEventListener("offline", () => this.report({ kind: "offline" }));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.keep();
      else this.outbox.poke();
    });
    addEventListener("pagehide", () => this.keep({ isLeaving: true }));
    addEventListener("beforeunload", (event) => this.form && this.chosenFile() && event.preventDefault());
  }

  changed() {
    clearTimeout(this.typing);
    return this.keep();
  }

  /** Put what stands in the form onto this device, at every key: a browser that dies now has lost nothing. */
  typed({ atTheEnd = false } = {}) {
    const form = this.form;
    if (!form || !this.isWriter || this.isHandedIn() || (this.timer?.isOver && !atTheEnd)) return;
    const fields = readFields(form);
    const text = JSON.stringify(fields);
    if (text === this.last) return;
    this.last = text;
    const slot = Number(form.dataset.slot);
    this.remember(this.outbox.draft(slot, { fields }));
    this.screen.mark(slot, !isBlank(fields));
  }

  /** Close the draft and send it; a page that goes away hands it to the browser to deliver. */
  async keep({ atTheEnd = false, isLeaving = false } = {}) {
    this.typed({ atTheEnd });
    const draft = this.outbox.open;
    if (draft && isLeaving) this.outbox.handOver(draft);
    const op = await this.outbox.seal();
    if (op) this.remember(op);
  }

  async clicked(event) {
    const link = event.target.closest("a[data-turn], .strip a.cell");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      await this.turn(new URL(link.href).pathname);
      return;
    }
    const action = event.target.closest("[data-exam-do]");
    if (!action) return;
    event.preventDefault();
    if (action.dataset.examDo === "file") answersFile(await this.store.ofAttempt(this.attempt), this.attempt);
    if (action.dataset.examDo === "write-here") this.takeOver();
    if (action.dataset.examDo === "flag") await this.flag(action);
  }

  async flag() {
    const form = this.form;
    if (!form || !this.isWriter) return;
    const slot = Number(form.dataset.slot);
    const on = !this.screen.isFlagged(slot);
    this.remember(await this.outbox.add("flag", slot, { on }));
    this.screen.flag(slot, on);
  }

  async submitted(event) {
    const form = event.target;
    if (event.submitter?.value === "add" && (this.chosenFile() || form.querySelector(RECORDING))) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return void this.keepFiles();
    }
    if (event.submitter?.hasAttribute("formaction")) return; // what the server alone can do, as a form asks for it
    if (form.matches("form[data-question]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const go = (event.submitter && event.submitter.value) || "next";
      if (go === "flag") return void this.flag();
      await this.changed();
      await this.turn(go === "back" ? form.dataset.back : form.dataset.next);
    } else if (form.matches("form[data-submit]")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      await this.handIn();
    }
  }

  /** Hand the work in. It is an operation like an answer: without a network it waits on this device and goes off by itself. */
  async handIn() {
    this.screen.handingIn("sending");
    if (!this.isHandedIn()) this.remember(await this.outbox.add("submit", 0, {}));
    const isDelivered = await this.outbox.send();
    if (isDelivered) this.ended();
    else this.screen.handingIn("waiting");
  }

  isHandedIn() {
    return this.local.has("submit:0");
  }

  /* ---- files and recordings ---- */

  /** The field with a file that was chosen or recorded and is nowhere but on this page. */
  chosenFile() {
    return [...this.form.querySelectorAll("input[type=file]")].find((one) => one.files.length);
  }

  /** Tell a running recording how long the clock still runs; resolves once one that must end has ended. */
  async hurryRecording(leftMs = Math.min(this.timer?.deadline || Infinity, Date.parse(this.root.dataset.partEnds) || Infinity) - this.clock.now()) {
    const detail = { leftMs, wait: [] };
    this.form?.dispatchEvent(new CustomEvent("timeleft", { detail }));
    if (!detail.wait.length) return;
    await Promise.all(detail.wait);
    await this.keepFiles();
  }

  /** End what is being recorded, and put what was recorded or chosen onto this device: from here it goes off by itself. */
  async keepFiles() {
    const form = this.form;
    if (!form || !this.isWriter || this.isHandedIn()) return;
    const detail = { leftMs: 0, wait: [] };
    form.dispatchEvent(new CustomEvent("timeleft", { detail }));
    await Promise.all(detail.wait);
    const field = this.chosenFile();
    if (!field) return;
    const files = [...field.files];
    field.value = ""; // nobody keeps it a second time
    await this.keep({ atTheEnd: true });
    for (const file of files) {
      this.remember(await this.outbox.attach(Number(form.dataset.slot), readFields(form), file));
      this.showFiles(form);
    }
  }

  /** Show the files that are on this device only; with their ids the answer goes on naming them. */
  showFiles(form = this.form) {
    const slot = Number(form.dataset.slot);
    const ids = [...this.unsent.keys()].filter((id) => this.unsent.get(id).slot === slot);
    this.screen.unsentFiles(form, ids.map((id) => ({ id, name: this.unsent.get(id).name })));
    if (ids.length) this.last = JSON.stringify(readFields(form));
  }

  /** A file has reached the server, or cannot be taken: show the question as the server knows it now. */
  async filesArrived(receipts) {
    const slots = new Set();
    for (const [id, receipt] of receipts) {
      if (!this.unsent.has(id)) continue;
      const { slot } = this.unsent.get(id);
      this.unsent.delete(id);
      this.pages.texts.delete(this.screen.addressOf(slot));
      if (!receipt.refused) slots.add(slot);
      else if (Number(this.form?.dataset.slot) === slot) {
        this.showFiles();
        this.last = ""; // the answer names the file no more
        this.changed();
      }
    }
    const form = this.form;
    if (!form || !slots.has(Number(form.dataset.slot)) || this.outbox.open || this.chosenFile() || this.timer?.isOver) return;
    if (form.querySelector(RECORDING)) return;
    const fresh = await this.pages.get(location.pathname).catch(() => null);
    if (!fresh || this.outbox.open || this.form !== form || !this.screen.swap(fresh)) return;
    this.renderedAt = Date.parse(fresh.querySelector("[data-exam]").dataset.now);
    this.enhance();
    if (document.activeElement === document.body) this.screen.focusHeading();
  }

  /* ---- turning the page ---- */

  /** Send what waits, but let nobody stand before a page that does not turn: what is not sent now goes off from the next. */
  sendBriefly(ms = BRIEF_MS) {
    return Promise.race([this.outbox.send(), new Promise((resolve) => setTimeout(resolve, ms))]);
  }

  async turn(path, { push = true } = {}) {
    if (!path) return;
    await this.keep();
    await this.keepFiles();
    if (!this.screen.isQuestion(path) || this.root.dataset.navigation === "linear") {
      await this.sendBriefly(this.unsent.size ? FILE_MS : BRIEF_MS);
      location.assign(path);
      return;
    }
    let fresh;
    try {
      fresh = await this.pages.get(path);
    } catch (error) {
      this.screen.tell("notKept");
      return;
    }
    if (!this.screen.swap(fresh)) {
      location.assign(path);
      return;
    }
    this.renderedAt = Date.parse(fresh.querySelector("[data-exam]").dataset.now);
    if (push) history.pushState({}, "", path);
    this.enhance();
    this.screen.focusHeading();
  }

  /* ---- what the server says ---- */

  async heard(body, tookMs) {
    const serverNow = Date.parse(body.server_now);
    if (!Number.isNaN(serverNow)) {
      this.clock.set(serverNow, tookMs);
      this.store.put("attempts", { attempt: this.attempt, owner: this.owner, offset: serverNow + tookMs / 2 - Date.now() });
    }
    if (body.deadline && this.timer) this.timer.follow(Date.parse(body.deadline), Date.parse(this.root.dataset.started));
    if (body.next_seq) this.outbox.seq = Math.max(this.outbox.seq, body.next_seq - 1);
    if (body.state && (body.state === "paused") !== (this.root.dataset.paused === "yes")) {
      await this.keepFiles();
      location.assign(this.root.dataset.enter);
    }
    if (body.is_submitted || (body.state && !["in_progress", "paused", "created"].includes(body.state))) this.ended();
  }

  async report(news) {
    if (news.receipts) for (const op of this.local.values()) op.receipt = news.receipts.get(op.op_id) || op.receipt;
    if (news.receipts) this.filesArrived(news.receipts);
    if (news.kind === "typing") this.show(news, 1);
    const left = this.outbox ? await this.outbox.waiting() : [];
    if (news.kind !== "typing") this.show(news, left.length);
    if (news.receipts && this.isHandedIn() && !left.length) this.ended();
  }

  /** Say where the present answer is, never more than is true: a receipt of an earlier one is not one of this. */
  show(news, waiting) {
    const isReceipt = ["server", "late"].includes(news.kind);
    let kind = news.kind;
    if (this.outbox.open && (isReceipt || kind === "device")) kind = "typing";
    else if (isReceipt && waiting) kind = "device";
    this.screen.saveState({ ...news, kind, waiting, isDurable: this.store.isDurable });
  }

  beat() {
    if (document.visibilityState === "visible" || (this.timer && !this.timer.isOver)) this.outbox.beat();
  }

  async renewKey() {
    const reply = await fetch(location.pathname, { credentials: "same-origin", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const key = page.querySelector('meta[name="csrf-token"]');
    return key ? key.content : "";
  }

  /** The time of a part is over: send what is still here, then let the server show what comes next. */
  async partIsOver() {
    const ends = Date.parse(this.root.dataset.partEnds);
    if (!ends || this.isLeaving || this.clock.now() < ends) return;
    this.isLeaving = true;
    await this.keep();
    await this.keepFiles();
    await this.sendBriefly();
    location.assign(this.root.dataset.enter);
  }

  async timeIsOver() {
    await this.keep({ atTheEnd: true });
    await this.keepFiles();
    this.screen.writable(false);
    this.screen.tell(this.unsent.size ? "overFiles" : "over");
    if ((await this.outbox.send()) && !this.isHandedIn()) await this.handIn();
  }

  /** The attempt is closed on the server: send what is still here (it is kept as late), then show where it stands. */
  async ended() {
    if (this.isLeaving) return;
    this.isLeaving = true;
    await this.keepFiles();
    this.screen.writable(false);
    if (this.unsent.size) this.screen.tell("overFiles");
    await this.outbox.seal();
    while (!(await this.outbox.send())) await new Promise((resolve) => setTimeout(resolve, 2000));
    this.outbox.stop();
    location.assign(this.root.dataset.status);
  }

  /** Take the pen: close what a dead page left open, and what was typed before this script could listen. */
  async becomeWriter() {
    await this.outbox.adopt();
    for (const op of await this.outbox.wake()) this.remember(op);
    const wasReader = this.isWriter === false;
    this.isWriter = true;
    if (wasReader) this.restore();
    this.screen.writable(!this.isHandedIn());
    this.screen.secondTab(false);
    this.typed();
    if ((await this.outbox.waiting()).length) this.report({ kind: "device" });
    this.root.dataset.ready = "yes";
    this.changed();
    this.outbox.poke();
  }

  /** Leave the pen to another tab; it closes the draft, which is on the device up to the last key. */
  becomeReader() {
    clearTimeout(this.typing);
    this.isWriter = false;
    if (this.outbox) this.outbox.open = null;
    this.screen.writable(false);
    this.screen.secondTab(true);
    this.root.dataset.ready = "yes";
  }
}

/** After the end: what this device has not sent yet goes off now, then it forgets questions and answers. */
async function afterwards(place) {
  const attempt = place.dataset.attemptDone;
  const store = await openStore();
  const outbox = new Outbox({
    store,
    owner: account(),
    attempt,
    url: place.dataset.ops,
    csrf: document.querySelector('meta[name="csrf-token"]').content,
    renew: async () => "",
    report: () => {},
    heard: () => {},
  });
  await outbox.adopt();
  const left = await outbox.waiting();
  while (!(await outbox.send())) await new Promise((resolve) => setTimeout(resolve, 2000));
  await forgetAttempt(store, attempt);
  await new Pages(account(), attempt).forget();
  if (left.length) location.reload();
}

const root = document.querySelector("[data-exam]");
const done = document.querySelector("[data-attempt-done]");
if (root) new Exam(root).start();
if (done) afterwards(done);
