// The red pen: lines drawn on a picture go into a hidden field of the form, as percent of width and height; a point
// is where a comment stands.

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

// A point is no line: it is the place of the next comment without words.
function comment([x, y]) {
  const next = [...form.querySelectorAll("fieldset")].find((one) => !one.querySelector("[name=text]").value.trim());
  if (!next) return;
  next.querySelector("[name=x]").value = Math.round(x);
  next.querySelector("[name=y]").value = Math.round(y);
  next.querySelector("[name=text]").focus();
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
  const still = ([x, y]) => Math.abs(x - drawn[0][0]) < 1 && Math.abs(y - drawn[0][1]) < 1;
  const point = drawn && drawn.every(still) ? strokes.pop()[0] : null;
  drawn = null;
  show();
  if (point) comment(point);
});
form.querySelector("[data-redpen-tools]").hidden = false;
form.querySelector("[data-redpen-undo]").addEventListener("click", () => {
  strokes.pop();
  show();
});
