// Nothing here is needed for a page to work: it spares a keypress, and tidies up after exams on a shared computer.

import { deliverLessons, forgetOthers, watchSignOut } from "../exam/leaving.js";

/** Bring the error summary, or the answer to what was just done, to the reader. */
function announce() {
  const errors = document.querySelector("[data-error-summary]");
  if (errors) {
    errors.focus();
    return;
  }
  const notice = document.querySelector("[data-notice]");
  if (notice && !location.hash) notice.focus();
}

/** Open the folded part that an address points into. */
function openTarget() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && document.getElementById(id);
  for (let el = target; el; el = el.parentElement) if (el.tagName === "DETAILS") el.open = true;
  if (target) target.scrollIntoView();
}

/** A second press on a button of the same form would send it twice. */
function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
}

announce();
openTarget();
addEventListener("hashchange", openTarget);
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));
document.addEventListener("submit", sendOnce);
document.querySelectorAll("form[data-sign-out]").forEach(watchSignOut);
forgetOthers();
deliverLessons();
