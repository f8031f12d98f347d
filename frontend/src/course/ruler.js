// A reading ruler: a clear strip between two shades, which follows the pointer, a finger or the arrow keys.

const KEY = "reading-ruler";
const STEP = 0.4; // of the strip's height, for one press of an arrow key
const shade = "rgba(0, 0, 0, 0.55)";

export function ruler(box) {
  const button = box.querySelector("button");
  const [above, below] = [document.createElement("div"), document.createElement("div")];
  let y = innerHeight / 3;
  const height = () => Math.max(56, 3 * parseFloat(getComputedStyle(document.documentElement).fontSize));
  for (const part of [above, below]) {
    part.setAttribute("aria-hidden", "true");
    part.dataset.rulerShade = "";
    Object.assign(part.style, { position: "fixed", left: "0", right: "0", background: shade, pointerEvents: "none", zIndex: "50", display: "none" });
    document.body.append(part);
  }
  const isOn = () => button.getAttribute("aria-pressed") === "true";
  const draw = () => {
    const half = height() / 2;
    y = Math.min(Math.max(y, half), innerHeight - half);
    Object.assign(above.style, { top: "0", height: `${y - half}px` });
    Object.assign(below.style, { top: `${y + half}px`, bottom: "0" });
  };
  const show = (on) => {
    button.setAttribute("aria-pressed", String(on));
    for (const part of [above, below]) part.style.display = on ? "block" : "none";
    try {
      localStorage.setItem(KEY, on ? "on" : "");
    } catch {
      // it lasts for this page
    }
    draw();
  };
  const follow = (event) => {
    y = event.clientY;
    if (isOn()) draw();
  };
  box.hidden = false;
  button.addEventListener("click", () => show(!isOn()));
  for (const kind of ["pointermove", "pointerdown"]) addEventListener(kind, follow, { passive: true });
  addEventListener("resize", () => isOn() && draw());
  addEventListener("keydown", (event) => {
    if (!isOn()) return;
    if (event.key === "Escape") show(false);
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!way || !event.altKey) return;
    event.preventDefault();
    y += way * STEP * height();
    draw();
  });
  let kept = "";
  try {
    kept = localStorage.getItem(KEY) || "";
  } catch {
    // a device that keeps nothing
  }
  if (kept) show(true);
}
