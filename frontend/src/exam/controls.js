// Comforts of single kinds of questions. Everything here drives the same form controls that work without scripts.

import { hotspot, wordBank } from "../questions/pointing.js";
import { reading } from "../questions/reading.js";
import { recorder } from "../questions/recorder.js";

/** Arrows beside the places of an ordering question; a thing stands in one place only. */
function ordering(list, say, changed) {
  const form = list.closest("form");
  const rows = [...list.children];
  const places = rows.map((row) => row.querySelector("select"));
  const spoken = form.querySelector("[data-order-spoken]");
  const fill = form.querySelector("[data-order-fill]");

  const offer = () => (fill.parentElement.hidden = places.some((place) => place.value));
  const aloud = (at) => {
    const what = places[at].selectedOptions[0].textContent.trim();
    if (places[at].value) spoken.textContent = say("moved", { what, at: at + 1, of: places.length });
  };
  const settle = (at) => {
    offer();
    aloud(at);
    changed();
  };

  rows.forEach((row, at) =>
    row.querySelectorAll("[data-move]").forEach((button) => {
      const to = at + Number(button.dataset.move);
      button.hidden = false;
      button.disabled = to < 0 || to >= places.length;
      button.addEventListener("click", () => {
        [places[at].value, places[to].value] = [places[to].value, places[at].value];
        const same = rows[to].querySelector(`[data-move="${button.dataset.move}"]`);
        (same.disabled ? rows[to].querySelector("[data-move]:not([disabled])") : same).focus();
        settle(to);
      });
    })
  );
  places.forEach((place, at) => {
    let before = place.value;
    place.addEventListener("focus", () => (before = place.value));
    place.addEventListener("change", (event) => {
      event.stopPropagation();
      const other = places.find((one) => one !== place && one.value && one.value === place.value);
      if (other) other.value = before;
      before = place.value;
      settle(at);
    });
  });
  fill.addEventListener("click", () => {
    const values = [...places[0].options].map((option) => option.value).filter(Boolean);
    places.forEach((place, at) => (place.value = values[at]));
    rows[0].querySelector("[data-move]:not([disabled])").focus();
    settle(0);
  });
  offer();
}

/** Count the words of an essay while it is written. */
function counting(area, say) {
  const shown = document.getElementById(area.dataset.count);
  const least = Number(area.dataset.least) || 0;
  const tell = () => {
    const words = (area.value.match(/[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*/gu) || []).length;
    const left = least - words;
    shown.textContent = say.count("words", words) + (left > 0 ? `, ${say.count("wordsLeft", left)}` : "");
  };
  area.addEventListener("input", tell);
  tell();
}

/** A choice that can be taken back: an answered radio group may be emptied again. */
function emptying(button, changed) {
  if (button.matches(":disabled")) return; // the question is closed
  const form = button.closest("form");
  const radios = [...form.querySelectorAll('input[type="radio"]')];
  const offer = () => (button.parentElement.hidden = !radios.some((radio) => radio.checked));
  form.addEventListener("change", offer);
  button.addEventListener("click", () => {
    radios.forEach((radio) => (radio.checked = false));
    radios[0].focus();
    offer();
    changed();
  });
  offer();
}

export function enhanceControls(form, say, changed) {
  form.querySelectorAll("[data-order]").forEach((list) => ordering(list, say, changed));
  form.querySelectorAll("[data-count]").forEach((area) => counting(area, say));
  form.querySelectorAll("[data-hotspot]").forEach((figure) => hotspot(figure, changed));
  form.querySelectorAll("[data-word-bank]").forEach((list) => wordBank(list, changed));
  form.querySelectorAll("[data-recorder]").forEach(recorder);
  form.querySelectorAll("[data-reading]").forEach(reading);
  form.querySelectorAll("[data-empty-answer]").forEach((button) => emptying(button, changed));
}
