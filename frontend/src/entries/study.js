// Beside a lesson: films go on where they were left, chapters and renditions can be chosen, a ruler follows the line, and
// the server hears now and then that somebody is at work. Without this script everything can be read and played all the same.

import { films } from "../course/films.js";
import { ruler } from "../course/ruler.js";

const BEAT_MS = 120000;
const csrf = document.querySelector('meta[name="csrf-token"]')?.content || "";

/** Send a form by the way, also while the page is being left; what does not arrive is no loss. */
function post(url, fields) {
  const body = new URLSearchParams({ csrf_token: csrf, ...fields });
  fetch(url, { method: "POST", body, credentials: "same-origin", keepalive: true, headers: { "X-CSRFToken": csrf } }).catch(() => {});
}

/** Say every two minutes that somebody is at work, if somebody was: moved, typed, scrolled, or something plays. */
function beats(url) {
  let touched = true;
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) addEventListener(kind, () => (touched = true), { passive: true });
  setInterval(() => {
    const plays = [...document.querySelectorAll("video, audio")].some((one) => !one.paused);
    if (document.visibilityState === "visible" && navigator.onLine && (touched || plays)) post(url, {});
    touched = false;
  }, BEAT_MS);
}

const beat = document.querySelector("[data-beat]");
if (beat) beats(beat.dataset.beat);
document.querySelectorAll("[data-place]").forEach((section) => films(section, post));
document.querySelectorAll("[data-ruler]").forEach(ruler);
