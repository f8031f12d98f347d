// The server was busy: this page tries again by itself, at a moment of its own, so that a district does not come back at once.

const LEAST_MS = 4000;
const SPREAD_MS = 8000;

setTimeout(() => {
  const form = document.querySelector("form[data-again]");
  if (form) form.requestSubmit();
  else location.reload();
}, LEAST_MS + Math.random() * SPREAD_MS);
