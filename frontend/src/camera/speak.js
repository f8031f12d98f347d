// Say hints: in a polite live region always, aloud when the reader asks for it.

function aloud(text) {
  const words = new SpeechSynthesisUtterance(text);
  words.lang = document.documentElement.lang;
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}

/** Read what a button stands for aloud, whenever it is pressed; numbers are read one by one, for they are written apart. */
export function startReading(button) {
  if (!("speechSynthesis" in window)) return;
  button.hidden = false;
  button.addEventListener("click", () => aloud([...document.querySelectorAll(button.dataset.aloudOf)].map((one) => one.textContent.trim()).join(" ")));
}

/** Return say(text): the same words are not repeated. */
export function makeSpeaker(region, voiceButton) {
  let last = "";
  let isLoud = false;
  if (voiceButton) {
    if (!("speechSynthesis" in window)) voiceButton.hidden = true;
    voiceButton.addEventListener("click", () => {
      isLoud = !isLoud;
      voiceButton.setAttribute("aria-pressed", String(isLoud));
      if (isLoud) aloud(last);
    });
  }
  return (text) => {
    if (text === last) return;
    last = text;
    region.textContent = text;
    if (isLoud) aloud(text);
  };
}
