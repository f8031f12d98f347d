// A question that is only tried: an author's preview. It has the comforts that it has in an exam; nothing is saved.

import { enhanceControls } from "../exam/controls.js";
import { wordsOf } from "../exam/words.js";

const form = document.querySelector("form[data-tried]");
if (form) enhanceControls(form, wordsOf(form), () => {});
