// Read a page aloud with the browser's own voice, for whoever has that agreed. Nothing leaves the device.

const BLOCKS = "h1, h2, h3, h4, p, li, dt, dd, th, td, legend, label, caption, figcaption, summary, pre, img[alt]";

/** What is read of one element; what is hidden or read with its parent says nothing. */
function words(element) {
  if (!element.getClientRects().length || element.closest("[aria-hidden=true], [data-aloud], svg")) return "";
  if (element.tagName === "IMG") return element.alt.trim();
  const copy = element.cloneNode(true);
  copy.querySelectorAll(`${BLOCKS}, svg, [aria-hidden=true], script`).forEach((inner) => inner.remove());
  return copy.textContent.replace(/\s+/g, " ").trim();
}

/** The parts of the page in reading order, each with its language; a selection is read alone. */
function parts() {
  const chosen = String(getSelection()).trim();
  if (chosen) return [[chosen, document.documentElement.lang]];
  return [...document.querySelectorAll("main :is(" + BLOCKS + ")")]
    .map((element) => [words(element), element.closest("[lang]").lang])
    .filter(([text]) => text);
}

function install(box) {
  const button = box.querySelector("button");
  const silent = () => {
    button.hidden = true;
    box.querySelector("[data-silent]").hidden = false;
  };
  const show = (isReading) => {
    button.setAttribute("aria-pressed", String(isReading));
    box.querySelector("[data-read]").hidden = isReading;
    box.querySelector("[data-stop]").hidden = !isReading;
  };
  box.hidden = false;
  if (!("speechSynthesis" in window)) return silent();
  const stop = () => {
    speechSynthesis.cancel();
    show(false);
  };
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") return stop();
    speechSynthesis.cancel();
    const said = parts().map(([text, lang]) => Object.assign(new SpeechSynthesisUtterance(text), { lang }));
    if (!said.length) return;
    said[said.length - 1].addEventListener("end", () => show(false));
    said[0].addEventListener("error", (event) => {
      if (!["canceled", "interrupted"].includes(event.error)) silent();
    });
    show(true);
    said.forEach((one) => speechSynthesis.speak(one));
  });
  addEventListener("keydown", (event) => event.key === "Escape" && stop());
  addEventListener("pagehide", stop);
}

document.querySelectorAll("[data-aloud]").forEach(install);
