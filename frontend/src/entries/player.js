// The page around a sealed frame: hears what the package says of itself, keeps it, and says so.

import { wordsOf } from "../exam/words.js";

const root = document.querySelector("[data-player]");
const frame = root.querySelector("iframe");
const shown = root.querySelector("[data-result]");
const said = wordsOf(root);
const csrf = document.querySelector('meta[name="csrf-token"]').content;
const LOWEST = 240;
const HIGHEST = 4000;
let waiting = null;
let isSending = false;

function kept({ status, score }) {
  const reached = score === null ? "" : `, ${Math.round(Number(score) * 100)} %`;
  return said("kept", { result: said(status) + reached });
}

/** Keep the newest report; what came meanwhile goes after it. */
async function deliver() {
  if (isSending || !root.dataset.keep) return;
  isSending = true;
  while (waiting) {
    const report = waiting;
    waiting = null;
    try {
      const answer = await fetch(root.dataset.keep, {
        method: "POST",
        keepalive: JSON.stringify(report).length < 60000,
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
        body: JSON.stringify(report),
      });
      shown.textContent = answer.ok ? kept(await answer.json()) : said("lost");
    } catch {
      shown.textContent = said("lost");
    }
  }
  isSending = false;
}

addEventListener("message", ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== root.dataset.origin) return;
  if (!data || data.for !== "marshrut-player" || data.nonce !== root.dataset.nonce) return;
  if (Number.isFinite(data.height)) frame.height = Math.round(Math.min(HIGHEST, Math.max(LOWEST, data.height)));
  if (typeof data.status !== "string") return;
  waiting = { part: Number(root.dataset.part), status: data.status, score: data.score, state: data.state };
  deliver();
});
