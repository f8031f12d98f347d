// How typed mathematics is read, below its field, while it is being typed. The server reads it, for it marks it, too.

const PAUSE_MS = 500;

async function read(place, text) {
  const { notation, letters } = place.dataset;
  const csrf = document.querySelector('meta[name="csrf-token"]').content;
  const reply = await fetch(place.dataset.reading, {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-CSRFToken": csrf },
    body: new URLSearchParams({ text, notation, letters }),
  });
  if (!reply.ok || reply.redirected) throw new Error(String(reply.status));
  return new DOMParser().parseFromString(await reply.text(), "text/html").body.childNodes;
}

/** Without a network nothing stands there: a reading of an earlier text would be a false one. */
export function reading(place) {
  const field = document.getElementById(place.dataset.reads);
  let shown = field.defaultValue;
  let soon = 0;
  const show = async () => {
    const typed = field.value;
    if (typed === shown) return;
    const words = typed.trim() ? await read(place, typed).catch(() => null) : [];
    if (field.value !== typed) return;
    shown = words && typed;
    place.replaceChildren(...(words || []));
  };
  field.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(show, PAUSE_MS);
  });
  show();
}
