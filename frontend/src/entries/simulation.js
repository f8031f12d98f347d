// Small experiments of a lesson: the controls are the browser's own, so that arrow keys work; readings are texts.

const GRAVITY = 9.81;
const SPEAK_AFTER_MS = 700;
const PIXELS_A_CM = 0.75;
const WIDEST_NEEDLE = 70;

const READINGS = {
  pendulum: ({ length, angle }) => 2 * Math.PI * Math.sqrt(length / 100 / GRAVITY) * (1 + ((angle * Math.PI) / 180) ** 2 / 16),
  ohm: ({ volts, ohms }) => volts / ohms,
};

const DRAWINGS = {
  pendulum(root, { length, angle }) {
    const low = 10 + 20 + length * PIXELS_A_CM;
    root.querySelector("[data-rod]").setAttribute("d", `M160 10V${low}`);
    root.querySelector("[data-bob]").setAttribute("cy", low);
    root.querySelector("[data-swing]").setAttribute("transform", `rotate(${-angle} 160 10)`);
  },
  ohm(root, { volts, ohms }) {
    const share = Math.min(1, volts / ohms / 1.2);
    root.querySelector("[data-needle]").setAttribute("transform", `rotate(${share * 2 * WIDEST_NEEDLE - WIDEST_NEEDLE} 160 160)`);
  },
};

function begin(root) {
  const kind = root.dataset.simulation;
  const format = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: Number(root.dataset.places), maximumFractionDigits: Number(root.dataset.places) });
  const controls = [...root.querySelectorAll("[data-control]")];
  const button = root.querySelector("[data-run]");
  let speaking = 0;
  let begun = null;

  const values = () => Object.fromEntries(controls.map((each) => [each.dataset.control, Number(each.value)]));
  const show = (speaks) => {
    for (const each of controls) each.parentElement.querySelector("output").textContent = each.value;
    const reading = format.format(READINGS[kind](values()));
    root.querySelector("[data-reading]").textContent = reading;
    DRAWINGS[kind](root, values());
    clearTimeout(speaking);
    const said = root.querySelector("[data-said]");
    if (speaks) speaking = setTimeout(() => (said.textContent = `${said.dataset.name}: ${reading}`), SPEAK_AFTER_MS);
  };
  const swing = (now) => {
    if (begun === null || !root.isConnected) return;
    const { length, angle } = values();
    const turned = angle * Math.cos((2 * Math.PI * (now - begun)) / 1000 / READINGS.pendulum({ length, angle }));
    root.querySelector("[data-swing]").setAttribute("transform", `rotate(${-turned} 160 10)`);
    requestAnimationFrame(swing);
  };
  for (const each of controls) each.addEventListener("input", () => show(true));
  button?.addEventListener("click", () => {
    begun = begun === null ? performance.now() : null;
    button.setAttribute("aria-pressed", String(begun !== null));
    if (begun === null) show(false);
    else requestAnimationFrame(swing);
  });
  root.hidden = false;
  show(false);
}

document.querySelectorAll("[data-simulation]").forEach(begin);
