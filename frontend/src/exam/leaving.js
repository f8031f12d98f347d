// A computer that several people use: what exams and lessons have left in this browser belongs to one account and goes with it.
// Answers that the server has not got yet are never thrown away: they wait, unread, for their owner.

import { Outbox } from "./outbox.js";
import { openStore } from "./store.js";

// Of each kind: a database, caches (name of the database + account + attempt or course, and one for style and scripts),
// and where what was done goes.
const KINDS = { "marshrut-exam": "attempts", "marshrut-course": "courses" };
const openAll = () => Promise.all(Object.keys(KINDS).map(async (name) => [name, await openStore(name)]));
const MARK = "marshrut-exam-account";
const WAITS = "marshrut-waits-";
const LEAVING = "marshrut-leaving";
const LIMIT_MS = 8000;

/** Return the account that this page was made for, or the empty text. */
export const account = () => document.querySelector('meta[name="account"]')?.content || "";

const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content || "";

function mark(name = MARK) {
  try {
    return localStorage.getItem(name) || "";
  } catch (error) {
    return "";
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch (error) {
    // a browser that keeps nothing asks its server only
  }
}

/** Remember whose exam or lessons this browser holds; `waits`: with something that the server has not got yet. */
export function markDevice(owner, waits = false) {
  try {
    localStorage.setItem(MARK, owner);
    if (waits) localStorage.setItem(WAITS + owner, "1");
  } catch (error) {
    // a browser that keeps nothing has nothing to be cleaned of
  }
}

/** Return the account of a kept page, or the empty text for what belongs to all pages. */
const ownerOf = (name, cache) => (cache === `${name}-assets` ? "" : cache.slice(name.length + 1, name.length + 37));

/** Forget kept pages and acknowledged answers of every account for which `isGone` is true. */
async function forget(name, store, isGone) {
  const ops = (await store.all("ops")).filter((op) => isGone(op.owner));
  await store.remove("ops", ops.filter((op) => op.receipt).map((op) => op.op_id));
  const kept = new Set(ops.filter((op) => !op.receipt).map((op) => op.attempt));
  const attempts = (await store.all("attempts")).filter((row) => isGone(row.owner) && !kept.has(row.attempt));
  await store.remove("attempts", attempts.map((row) => row.attempt));
  if (!window.caches) return;
  const names = (await caches.keys()).filter((each) => each.startsWith(`${name}-`));
  await Promise.all(names.filter((each) => isGone(ownerOf(name, each))).map((each) => caches.delete(each)));
}

/** Clean up after somebody else who used this browser before. */
export async function forgetOthers() {
  const owner = account();
  if (mark(LEAVING) && mark(LEAVING) !== owner) localStorage.removeItem(LEAVING);
  if (!owner || !mark() || mark() === owner) return;
  for (const [name, store] of await openAll()) await forget(name, store, (other) => other && other !== owner);
  localStorage.removeItem(MARK);
}

/** Send what this account has not sent; resolves to the number of answers that stay here. */
async function sendAll(name, store, owner) {
  const unsent = (await store.all("ops")).filter((op) => op.owner === owner && !op.receipt);
  const outboxes = [...new Set(unsent.map((op) => op.attempt))].map(
    (attempt) =>
      new Outbox({ store, owner, attempt, url: `/${KINDS[name]}/${attempt}/ops`, csrf: csrf(), renew: async () => "", report: () => {}, heard: () => {} })
  );
  const sent = Promise.all(
    outboxes.map(async (outbox) => {
      await outbox.adopt();
      return outbox.send();
    })
  );
  await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, LIMIT_MS))]);
  outboxes.forEach((outbox) => outbox.stop());
  return (await store.all("ops")).filter((op) => op.owner === owner && !op.receipt).length;
}

/** Deliver what was learnt without a network, from whatever page is opened first; a lesson does so with a script of its own. */
export async function deliverLessons() {
  const owner = account();
  const lesson = document.querySelector("[data-lesson]");
  if (owner && lesson && mark() === owner) {
    document.head.append(Object.assign(document.createElement("script"), { type: "module", src: lesson.dataset.script }));
  } else if (owner && mark(WAITS + owner) && !document.querySelector("[data-take-along]")) {
    const name = "marshrut-course";
    if (!(await sendAll(name, await openStore(name), owner))) localStorage.removeItem(WAITS + owner);
  }
}

async function signOut(form) {
  const owner = account();
  const all = await openAll();
  let left = 0;
  for (const [name, store] of all) left += await sendAll(name, store, owner);
  if (left && !window.confirm(document.querySelector("[data-unsent]").dataset.unsent)) return localStorage.removeItem(LEAVING);
  for (const [name, store] of all) await forget(name, store, (other) => other === owner || !other);
  localStorage.removeItem(MARK);
  form.submit();
}

/** Who signed out where there was no network is signed out with the first page that has one; nobody else goes on as them. */
function leaveAgain(form) {
  localStorage.removeItem(LEAVING);
  form.submit();
}

/** Before signing out: send what is unsent, or say that it stays and ask; then take the rest away. */
export function watchSignOut(form) {
  if (account() && mark(LEAVING) === account()) return leaveAgain(form);
  form.addEventListener("submit", (event) => {
    remember(LEAVING, account());
    if (mark() !== account()) return;
    event.preventDefault();
    signOut(form).catch(() => form.submit());
  });
}
