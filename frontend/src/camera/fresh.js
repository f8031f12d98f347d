// Keep a part of a page fresh: ask for it with the mark of what is there; mostly the answer is "nothing new".

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
function replace(box, fresh) {
  const held = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const say = fresh.querySelector("[data-say]");
  box.replaceChildren(fresh);
  if (held) [...box.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
  const place = document.querySelector("[data-fresh-say]");
  if (place && say && place.textContent !== say.dataset.say) place.textContent = say.dataset.say;
}

/** Keep one box fresh as long as the page is shown. */
export function startFresh(box) {
  let mark = "";
  let pause = PAUSE_MS;
  async function ask() {
    try {
      const reply = document.hidden ? null : await fetch(box.dataset.fresh, { headers: mark ? { "If-None-Match": mark } : {}, credentials: "same-origin", cache: "no-store" });
      if (reply && reply.redirected) return; // signed out: the next page says so
      if (reply && reply.status === 200) {
        mark = reply.headers.get("ETag") || "";
        const fresh = parsed(await reply.text());
        if (box.getAttribute("role") === "log") grow(box, fresh);
        else replace(box, fresh);
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
