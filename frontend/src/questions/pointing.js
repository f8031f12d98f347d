// Pointing instead of choosing from a list: places on a picture, words for gaps. Both only drive the form's own controls.

/** A press on a place of a picture chooses it in the list below, as its number does. */
export function hotspot(figure, changed) {
  const form = figure.closest("form");
  const controls = new Map([...form.querySelectorAll("[data-answer] .answer input")].map((input) => [input.value, input]));
  const places = [...figure.querySelectorAll("rect[data-value]")];
  const show = () => places.forEach((place) => place.classList.toggle("is-chosen", !!controls.get(place.dataset.value)?.checked));
  places.forEach((place) =>
    place.addEventListener("click", () => {
      const input = controls.get(place.dataset.value);
      if (!input || input.disabled) return;
      input.checked = input.type === "radio" || !input.checked;
      show();
      changed();
    })
  );
  form.addEventListener("change", show);
  show();
}

/** A word that is pressed goes into the gap that was pressed last, or into the first empty one. Words can be dragged, too. */
export function wordBank(list, changed) {
  const form = list.closest("form");
  const gaps = [...form.querySelectorAll(".gap-text select")];
  let last = null;
  const put = (gap, value) => {
    if (gap.disabled || ![...gap.options].some((one) => one.value === value)) return;
    gap.value = value;
    last = null;
    changed();
  };
  gaps.forEach((gap) => {
    gap.addEventListener("focus", () => (last = gap));
    gap.addEventListener("dragover", (event) => event.preventDefault());
    gap.addEventListener("drop", (event) => {
      event.preventDefault();
      put(gap, event.dataTransfer.getData("text/plain"));
    });
  });
  [...list.children].forEach((item) => {
    const { value } = item.dataset;
    item.draggable = true;
    item.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", value));
    item.addEventListener("click", () => {
      const gap = last || gaps.find((one) => !one.value);
      if (gap) put(gap, value);
    });
  });
}
