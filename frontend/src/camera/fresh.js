// Keep parts of a page fresh. Where the page names a stream, it brings them; else, and where the server has no thread for one,
// the page asks for each with the mark of what is there; mostly the answer is "nothing new".

const PAUSE_MS = 5000;
const SLOWEST_MS = 30000;

/** Read a part of a page. */
function parsed(text) {
  const found = document.createElement("template");
  found.innerHTML = text;
  return found.content;
}

/** Say a line of the school at the top of the exam, too: the log stands below the question. */
function tell(line) {
  const place = document.querySelector("[data-exam-notice]");
  if (!place) return;
  place.hidden = false;
  place.querySelector("p").textContent = line.querySelector("[data-said]").textContent;
}

/** A log only grows, so that a screen reader reads what is new and nothing else. */
function grow(box, fresh) {
  for (const line of fresh.querySelectorAll("[data-line]")) {
    if (box.querySelector(`[data-line="${line.dataset.line}"]`)) continue;
    box.firstElementChild.append(line);
    if (line.dataset.from && box.hasAttribute("data-fresh-tell")) tell(line);
  }
}

/** Put a part in place of the old one; whoever stands on a link in it stands on the same link afterwards. */
function put(box, nodes) {
  const held = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  box.replaceChildren(...nodes);
  if (held) [...box.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
}

/** Show a part unless it stands there already, and say what it says. */
function replace(box, fresh) {
  const say = fresh.querySelector("[data-say]")?.dataset.say;
  const beside = document.createElement("div");
  beside.append(fresh);
  if (beside.innerHTML.trim() !== box.innerHTML.trim()) put(box, beside.childNodes);
  const place = document.querySelector("[data-fresh-say]");
  if (place && say && place.textContent !== say) place.textContent = say;
}

/** Show what has come for a box. */
function show(box, text) {
  const fresh = parsed(text);
  if (box.getAttribute("role") === "log") grow(box, fresh);
  else replace(box, fresh);
}

/** Keep the boxes of a page fresh as long as it is shown. */
export function startFresh() {
  const boxes = [...document.querySelectorAll("[data-fresh]")];
  const place = document.querySelector("[data-fresh-stream]");
  if (place && "EventSource" in window) startStream(place.dataset.freshStream, boxes);
  else boxes.forEach(startAsking);
}

/** Listen to the stream as long as the page is seen: one in the background holds none. */
function startStream(address, boxes) {
  const had = new Map();
  let source = null;
  let isAsking = false;
  function close() {
    if (source) source.close();
    source = null;
  }
  function open() {
    if (source || isAsking || document.hidden) return;
    source = new EventSource(address);
    for (const box of boxes) {
      source.addEventListener(box.dataset.freshPart, (event) => {
        if (had.get(box) === event.data) return; // a new stream begins with all that is there
        had.set(box, event.data);
        show(box, event.data);
      });
    }
    source.addEventListener("error", () => {
      if (!source || source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      close();
      isAsking = true;
      boxes.forEach(startAsking);
    });
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}

/** Ask for one box as long as the page is shown. */
function startAsking(box) {
  let mark = "";
  let pause = PAUSE_MS;
  async function ask() {
    try {
      const reply = document.hidden ? null : await fetch(box.dataset.fresh, { headers: mark ? { "If-None-Match": mark } : {}, credentials: "same-origin", cache: "no-store" });
      if (reply && reply.redirected) return; // signed out: the next page says so
      if (reply && reply.status === 200) {
        mark = reply.headers.get("ETag") || "";
        show(box, await reply.text());
      } else if (reply && reply.status >= 400 && reply.status < 500) return; // over
      pause = PAUSE_MS;
    } catch (error) {
      console.debug("fresh", error); // no connection: the next try may have one
      pause = Math.min(SLOWEST_MS, pause * 1.5);
    }
    setTimeout(ask, pause);
  }
  setTimeout(ask, PAUSE_MS);
}

/** Send a line without leaving the page. */
export function startLine(form) {
  const log = form.closest("section").querySelector("[role=log]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = form.querySelector("textarea");
    if (!field.value.trim()) return field.focus();
    const reply = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, credentials: "same-origin" }).catch(() => null);
    if (!reply || !reply.ok) return form.submit(); // the page that follows says what is wrong
    field.value = "";
    const lines = await fetch(log.dataset.fresh, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    if (lines && lines.ok) grow(log, parsed(await lines.text()));
  });
}
