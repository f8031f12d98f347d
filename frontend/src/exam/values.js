// Read and write what stands in a question's form, as plain fields: {name: [values]}. The server reads the very same
// fields when the form is sent without scripts, so a kind of question that nobody here has heard of works too.

function controlsOf(form) {
  const prefix = form.dataset.prefix;
  return [...form.querySelectorAll("input, select, textarea")].filter((control) => control.name.startsWith(prefix));
}

const isTicked = (control) => !["radio", "checkbox"].includes(control.type) || control.checked;

/** Return the fields as a form would send them, without the question's prefix. */
export function readFields(form) {
  const fields = {};
  for (const control of controlsOf(form)) {
    const name = control.name.slice(form.dataset.prefix.length);
    if (isTicked(control)) (fields[name] = fields[name] || []).push(control.value);
  }
  return fields;
}

/** Return the fields as the page brought them, whatever has been typed since. */
export function givenFields(form) {
  const copy = form.cloneNode(true);
  copy.reset();
  return readFields(copy);
}

/** Put fields back into the form. */
export function writeFields(form, fields) {
  const left = {};
  for (const control of controlsOf(form)) {
    const name = control.name.slice(form.dataset.prefix.length);
    const values = (left[name] = left[name] || [...(fields[name] || [])]);
    if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
    else control.value = values.length ? values.shift() : "";
  }
}

/** Tell whether nothing has been answered. */
export function isBlank(fields) {
  const own = Object.entries(fields || {}).filter(([name]) => !name.startsWith("_")); // "_certainty" is no answer
  return own.every(([, values]) => values.every((value) => value.trim() === ""));
}
