// The red pen: lines drawn on a picture go into a hidden field of the form, as percent of width and height.

const figure = document.querySelector("[data-redpen]");
const form = document.querySelector("[data-redpen-form]");
const lines = figure.querySelector("[data-redpen-lines]");
const field = form.elements.strokes;
const strokes = JSON.parse(field.value || "[]");
let drawn = null;

const place = (event) => {
  const box = lines.getBoundingClientRect();
  const percent = (value, size) => Math.round(Math.min(100, Math.max(0, (100 * value) / size)) * 100) / 100;
  return [percent(event.clientX - box.left, box.width), percent(event.clientY - box.top, box.height)];
};

function show() {
  lines.replaceChildren(
    ...strokes.map((stroke) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      line.setAttribute("points", stroke.map((point) => point.join(",")).join(" "));
      return line;
    })
  );
  field.value = JSON.stringify(strokes);
}

lines.addEventListener("pointerdown", (event) => {
  lines.setPointerCapture(event.pointerId);
  drawn = [place(event)];
  strokes.push(drawn);
  event.preventDefault();
});
lines.addEventListener("pointermove", (event) => {
  if (!drawn) return;
  drawn.push(place(event));
  show();
});
lines.addEventListener("pointerup", () => {
  if (drawn && drawn.length < 2) strokes.pop();
  drawn = null;
  show();
});
form.querySelector("[data-redpen-tools]").hidden = false;
form.querySelector("[data-redpen-undo]").addEventListener("click", () => {
  strokes.pop();
  show();
});
