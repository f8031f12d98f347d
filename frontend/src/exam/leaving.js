// A computer that several people use: what an exam has left in this browser belongs to one account and goes with it.
// Answers that the server has not got yet are never thrown away: they wait, unread, for their owner.

import { Outbox } from "./outbox.js";
import { openStore } from "./store.js";

const PREFIX = "marshrut-exam-"; // of the caches: PREFIX + account + attempt, and one for style and scripts
const ASSETS = "marshrut-exam-assets";
const MARK = "marshrut-exam-account";
const LIMIT_MS = 8000;

/** Return the account that this page was made for, or the empty text. */
export const account = () => document.querySelector('meta[name="account"]')?.content || "";

const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content || "";

function mark() {
  try {
    return localStorage.getItem(MARK) || "";
  } catch (error) {
    return "";
  }
}

/** Remember whose exam this browser holds. */
export function markDevice(owner) {
  try {
    localStorage.setItem(MARK, owner);
  } catch (error) {
    // a browser that keeps nothing has nothing to be cleaned of
  }
}

const ownerOf = (cache) => (cache === ASSETS ? "" : cache.slice(PREFIX.length, PREFIX.length + 36));

/** Forget kept questions and acknowledged answers of every account for which `isGone` is true. */
async function forget(store, isGone) {
  const ops = (await store.all("ops")).filter((op) => isGone(op.owner));
  await store.remove("ops", ops.filter((op) => op.receipt).map((op) => op.op_id));
  const kept = new Set(ops.filter((op) => !op.receipt).map((op) => op.attempt));
  const attempts = (await store.all("attempts")).filter((row) => isGone(row.owner) && !kept.has(row.attempt));
  await store.remove("attempts", attempts.map((row) => row.attempt));
  if (!window.caches) return;
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(names.filter((name) => isGone(ownerOf(name))).map((name) => caches.delete(name)));
}

/** Clean up after somebody else who used this browser before. */
export async function forgetOthers() {
  const owner = account();
  if (!owner || !mark() || mark() === owner) return;
  await forget(await openStore(), (other) => other && other !== owner);
  localStorage.removeItem(MARK);
}

/** Send what this account has not sent; resolves to the number of answers that stay here. */
async function sendAll(store, owner) {
  const unsent = (await store.all("ops")).filter((op) => op.owner === owner && !op.receipt);
  const outboxes = [...new Set(unsent.map((op) => op.attempt))].map(
    (attempt) =>
      new Outbox({ store, owner, attempt, url: `/attempts/${attempt}/ops`, csrf: csrf(), renew: async () => "", report: () => {}, heard: () => {} })
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

async function signOut(form) {
  const owner = account();
  const store = await openStore();
  const left = await sendAll(store, owner);
  if (left && !window.confirm(document.querySelector("[data-unsent]").dataset.unsent)) return;
  await forget(store, (other) => other === owner || !other);
  localStorage.removeItem(MARK);
  form.submit();
}

/** Before signing out: send what is unsent, or say that it stays and ask; then take the rest away. */
export function watchSignOut(form) {
  form.addEventListener("submit", (event) => {
    if (mark() !== account()) return;
    event.preventDefault();
    signOut(form).catch(() => form.submit());
  });
}
