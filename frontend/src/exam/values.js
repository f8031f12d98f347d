// Read and write the answer that stands in a form. The names of the controls say its shape, the server reads a form
// without JavaScript by the same three rules (lms/assessment/pages/answers.py):
//   answer          one text            answer[]        list of the chosen texts
//   answer.a.b      {a: {b: text}}      answer.order@k  list of k, sorted by the number that was chosen for k

const CONTROLS = "input, select, textarea";

export function controlsOf(form) {
  return [...form.querySelectorAll(CONTROLS)].filter((control) => /^answer(?![\w-])/.test(control.name));
}

const isChosen = (control) => !["radio", "checkbox"].includes(control.type) || control.checked;

function place(root, path, value) {
  let at = root;
  for (const key of path.slice(0, -1)) at = at[key] = at[key] || {};
  at[path[path.length - 1]] = value;
}

function look(root, path) {
  return path.reduce((at, key) => (at === null || at === undefined ? undefined : at[key]), root);
}

const pathOf = (name) => name.replace(/\[\]$/, "").replace(/@.*$/, "").split(".");

/** Return the answer as it stands: text, list or nested object. */
export function readAnswer(form) {
  const root = {};
  const ranks = new Map();
  for (const control of controlsOf(form)) {
    const path = pathOf(control.name);
    const ranked = control.name.split("@")[1];
    if (ranked !== undefined) {
      const rows = ranks.get(path.join(".")) || [];
      rows.push([Number(control.value) || 0, ranked]);
      ranks.set(path.join("."), rows);
    } else if (control.name.endsWith("[]")) {
      const list = look(root, path) || [];
      if (isChosen(control) && control.value !== "") list.push(control.value);
      place(root, path, list);
    } else if (isChosen(control)) {
      place(root, path, control.value);
    } else if (look(root, path) === undefined) {
      place(root, path, "");
    }
  }
  for (const [name, rows] of ranks) {
    const chosen = rows.filter(([rank]) => rank > 0).sort((a, b) => a[0] - b[0]);
    place(root, name.split("."), chosen.map(([, key]) => key));
  }
  return root.answer;
}

/** Put an answer back into the form. */
export function writeAnswer(form, answer) {
  const root = { answer };
  for (const control of controlsOf(form)) {
    const value = look(root, pathOf(control.name));
    const ranked = control.name.split("@")[1];
    if (ranked !== undefined) {
      const at = Array.isArray(value) ? value.indexOf(ranked) : -1;
      control.value = at < 0 ? "" : String(at + 1);
    } else if (["radio", "checkbox"].includes(control.type)) {
      control.checked = Array.isArray(value) ? value.includes(control.value) : value === control.value;
    } else {
      control.value = value === undefined || value === null ? "" : value;
    }
  }
}

/** Tell whether nothing has been answered. */
export function isBlank(answer) {
  if (answer === undefined || answer === null) return true;
  if (typeof answer === "string") return answer.trim() === "";
  return Object.values(answer).every(isBlank);
}
