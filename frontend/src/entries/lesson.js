// A lesson that was taken along: going on and answering work without a network. What is done stays on this device until
// the school's server has it. Lessons that were not taken along need nothing of this.

import { Device } from "../course/device.js";
import { wordsOf } from "../exam/words.js";

const PATIENCE_MS = 6000;
const root = document.querySelector("[data-lesson]");
const say = wordsOf(root);
const device = new Device(root.dataset.course, (news) => told(news));
let mine = null; // what was just done on this page

function show(kind, text) {
  const place = root.querySelector("[data-save]");
  place.hidden = false;
  place.dataset.kind = kind;
  place.className = `save num save--${kind === "server" ? "server" : "device"}`;
  place.querySelector("[data-save-icon]").replaceChildren(root.querySelector(`template[data-icon="${kind === "server" ? "saved" : "device"}"]`).content.cloneNode(true));
  place.querySelector("[data-save-text]").textContent = text;
}

async function told(news) {
  const left = await device.outbox.waiting();
  const turned = [...(news.receipts || [])].find(([, receipt]) => receipt.refused);
  if (turned) sayRefused(turned[1]);
  else if (left.length) show("device", say(news.kind === "signedOut" ? "signedOut" : mine?.kind === "answer" ? "answer" : "device"));
  else if (news.kind === "server") show("server", say("server", { time: say.time(news.at) }));
}

/** What the server could not use is not delivered: it is said, and the answer stays here. */
function sayRefused(receipt) {
  show("refused", say("refused", { text: receipt.refused_text || "…" }));
}

/** Note that its owner has heard of a refusal. */
const heardOf = (op, receipt) => device.store.put("ops", { ...op, receipt, isHeard: true });

/** Return the fields of a form as they would be sent, without those of the page itself. */
function fieldsOf(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !["csrf_token", "try_no", "block"].includes(name)) (fields[name] = fields[name] || []).push(value);
  }
  return fields;
}

async function keep(form, event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.dataset.kept) return keepBeside(form);
  const isAnswer = form.id === "answer-form";
  const what = isAnswer
    ? { kind: "answer", block_id: form.elements.block.value, try_no: Number(form.elements.try_no.value), fields: fieldsOf(form) }
    : { kind: "done", block_id: root.dataset.block };
  mine = await device.add({ page: location.pathname, ...what });
  show("device", say("sending"));
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([device.outbox.send(), patience]);
  const receipt = device.receipts.get(mine.op_id);
  if (receipt && receipt.refused) {
    await heardOf(mine, receipt);
    form.submit(); // the server says in words what is wrong
  } else if (receipt && isAnswer) seeAnswer();
  else if (isAnswer) kept(form);
  else location.assign((receipt && device.heard.next_block_url) || root.dataset.next || root.dataset.home);
}

/** Keep a note or a question; the page stays as it is. */
async function keepBeside(form) {
  const kind = form.dataset.kept;
  const fields = { [kind]: [form.elements[kind].value] };
  mine = await device.add({ page: location.pathname, kind, block_id: form.elements.block.value, fields });
  show("device", say("sending"));
  await Promise.race([device.outbox.send(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  const receipt = device.receipts.get(mine.op_id);
  if (receipt && receipt.refused) {
    await heardOf(mine, receipt);
    form.submit();
  } else if (receipt) {
    history.replaceState({}, "", `${location.pathname}#${kind === "note" ? "note" : "asked"}`);
    location.reload();
  } else {
    show("device", say("device"));
    root.querySelector("[data-save]").focus();
    if (kind === "question") form.elements[kind].value = "";
  }
}

/** Put the last note that the server has not got back into its form. */
function restoreNote(ops) {
  const last = ops.filter((op) => op.kind === "note" && !op.receipt).pop();
  const form = last && root.querySelector('form[data-kept="note"]');
  if (!form) return;
  form.elements.note.value = last.fields.note[0];
  form.closest("details").open = true;
}

function seeAnswer() {
  history.replaceState({}, "", `${location.pathname}#answer`);
  location.reload();
}

/** The answer is on this device: it can be changed, and one can go on. */
function kept() {
  show("device", say("answer"));
  root.querySelectorAll("[data-go-on]").forEach((link) => (link.hidden = false));
  root.querySelector("[data-save]").focus();
}

/** Put the last answer that the server has not got back into the form. */
function restore(op) {
  const form = document.getElementById("answer-form");
  if (!form || op.kind !== "answer") return;
  for (const control of form.elements) {
    const values = op.fields[control.name];
    if (!values) continue;
    if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
    else control.value = values[0];
  }
}

/** Say beside each step of the list what was done there and is newer than this page. */
async function markSteps() {
  const newer = (await device.outbox.rows()).filter((op) => ["done", "answer"].includes(op.kind) && (!op.receipt || (!op.receipt.refused && Date.parse(op.receipt.t_server) > Date.parse(root.dataset.now))));
  const paths = new Set(newer.map((op) => op.page));
  for (const link of root.querySelectorAll("nav a[href]")) {
    if (paths.has(link.pathname)) link.after(Object.assign(document.createElement("span"), { className: "small block", textContent: say("here") }));
  }
}

/** What only the server can take is not sent into a network that is not there: it stays as typed. */
function refuse(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
  show("device", say("needsNetwork"));
  root.querySelector("[data-save]").focus();
}

async function start() {
  if (!window.caches || !navigator.serviceWorker || !(await device.isTaken())) return;
  await device.start();
  document.addEventListener(
    "submit",
    (event) => {
      if (!event.target.closest("[data-lesson]")) return;
      if (event.target.matches("[data-kept]")) keep(event.target, event);
      else if (!navigator.onLine) refuse(event);
    },
    true
  );
  const all = await device.doneOn(location.pathname);
  restoreNote(all);
  const here = all.filter((op) => ["done", "answer"].includes(op.kind));
  const last = here[here.length - 1];
  if (last && !last.receipt) {
    mine = last;
    restore(last);
    kept();
  } else if (last && last.receipt.refused) {
    if (!last.isHeard) {
      restore(last);
      sayRefused(last.receipt);
      await heardOf(last, last.receipt);
    }
  } else if (last && Date.parse(last.receipt.t_server) > Date.parse(root.dataset.now)) {
    show("server", say("server", { time: say.time(Date.parse(last.receipt.t_server)) }));
    root.querySelectorAll("[data-go-on]").forEach((link) => (link.hidden = false));
  }
  await markSteps();
  device.outbox.poke();
  root.dataset.ready = "yes";
}

start();
