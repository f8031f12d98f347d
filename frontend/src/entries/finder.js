// Pages that take pictures of a face: the page itself finds it and says what to do before the shot.
import { makeFinder } from "../camera/finder.js";
import { startVoice } from "../camera/voice.js";

document.querySelectorAll("form[data-finder]").forEach(async (form) => {
  form.startVoice = startVoice;
  form.findFace = await makeFinder(form.dataset.finder).catch((error) => console.debug("finder", error)); // light and rest are told all the same
});
