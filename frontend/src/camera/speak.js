// Say hints: in a polite live region always, aloud when the reader asks for it.

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
  function aloud(text) {
    const words = new SpeechSynthesisUtterance(text);
    words.lang = document.documentElement.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }
  return (text) => {
    if (text === last) return;
    last = text;
    region.textContent = text;
    if (isLoud) aloud(text);
  };
}
