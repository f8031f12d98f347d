// What is pasted from a word processor becomes Markdown: the server reads it (and checks its links), here it is put in so that
// Ctrl+Z takes it back. Bare text, and whatever the server cannot answer, goes in as the browser would have put it in.

import { wordsOf } from "../exam/words.js";

const MOST = 2000000;
const FORMATTED = /<(h[1-6]|[uo]l|table|b|strong|i|em|a|img|p)[\s>]|mso-|font-weight/i;
const csrf = document.querySelector('meta[name="csrf-token"]').content;

/** Leave out what is large and means nothing: pictures' bytes, style sheets. */
const light = (html) => html.replace(/data:[\w/+.-]+;base64,[\w+/=\s]*/g, "data:").replace(/<style[\s\S]*?<\/style>/gi, "");

function put(area, text, from, to) {
  area.focus();
  area.setSelectionRange(from, to);
  if (document.execCommand("insertText", false, text)) return;
  area.setRangeText(text, from, to, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

async function ask(html, isSteps) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf };
  const body = JSON.stringify({ html, steps: isSteps });
  const reply = await fetch(place.dataset.paste, { method: "POST", credentials: "same-origin", headers, body });
  return reply.ok ? reply.json() : { markdown: null, said: (await reply.json()).title || "" };
}

const place = document.querySelector("[data-paste]");
const say = wordsOf(place);

for (const area of place.querySelectorAll("textarea[data-markdown]")) {
  const status = document.createElement("p");
  status.className = "small";
  status.setAttribute("role", "status");
  area.after(status);
  area.addEventListener("paste", async (event) => {
    const html = light(event.clipboardData.getData("text/html"));
    const plain = event.clipboardData.getData("text/plain");
    if (!FORMATTED.test(html) || html.length > MOST) return;
    event.preventDefault();
    const { selectionStart: from, selectionEnd: to, value } = area;
    status.textContent = say("reading");
    const found = await ask(html, area.dataset.markdown === "steps").catch(() => ({ markdown: null, said: say("failed") }));
    // Whoever has typed on meanwhile keeps that: the text then goes where the cursor is now.
    const isSame = area.value === value;
    const text = found.markdown === null ? plain : found.markdown;
    put(area, text, isSame ? from : area.selectionStart, isSame ? to : area.selectionEnd);
    status.textContent = found.said;
  });
}
