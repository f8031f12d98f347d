// The page of a pack that is opened from a flash drive, without any server: keeps what is typed in this browser and writes it as a
// file that the school takes in. Each answer has a number made from what it says: the same answer in two files is one.
(function () {
  const pack = JSON.parse(document.querySelector("[data-carried]").dataset.carried);
  const said = document.querySelector("[data-said]");
  const place = `marshrut-pack-${pack.pack}`;
  const bytes = new TextEncoder();
  const hex = (buffer) => [...new Uint8Array(buffer)].map((one) => one.toString(16).padStart(2, "0")).join("");
  const say = (word, values = {}) => pack.words[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);

  function fieldsOf(form) {
    const fields = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value.trim()) (fields[name] = fields[name] || []).push(value);
    }
    return fields;
  }

  /** Return what was done, each with the moment at which it was first seen so. */
  function things(before) {
    const found = [];
    for (const form of document.querySelectorAll("form[data-answer]")) {
      const fields = fieldsOf(form);
      if (Object.keys(fields).length) found.push({ kind: "answer", block_id: form.dataset.block, try_no: Number(form.dataset.try), fields });
    }
    for (const box of document.querySelectorAll("[data-done]:checked:enabled")) found.push({ kind: "done", block_id: box.dataset.done });
    const moments = new Map(before.map((one) => [JSON.stringify(one.what), one.at]));
    return found.map((what) => ({ what, at: moments.get(JSON.stringify(what)) || new Date().toISOString() }));
  }

  function remembered() {
    try {
      return JSON.parse(localStorage.getItem(place) || "[]");
    } catch (error) {
      return [];
    }
  }

  function remember() {
    const rows = things(remembered());
    try {
      localStorage.setItem(place, JSON.stringify(rows));
      said.textContent = say("kept");
    } catch (error) {
      // this browser keeps nothing of pages from a drive: the file does
    }
    return rows;
  }

  function restore() {
    for (const { what } of remembered()) {
      const box = document.querySelector(`[data-done="${what.block_id}"]`);
      const form = document.querySelector(`form[data-block="${what.block_id}"]`);
      if (what.kind === "done" && box) box.checked = true;
      if (what.kind !== "answer" || !form) continue;
      for (const control of form.elements) {
        const values = what.fields[control.name];
        if (!values) continue;
        if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
        else control.value = values[0];
      }
    }
  }

  async function file() {
    const raw = Uint8Array.from(pack.key.match(/../g), (two) => parseInt(two, 16));
    const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const code = async (text) => hex(await crypto.subtle.sign("HMAC", key, bytes.encode(text)));
    const rows = remember();
    const operations = [];
    for (const { what, at } of rows) {
      const id = (await code(JSON.stringify(what))).slice(0, 32);
      const op_id = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      operations.push({ op_id, seq: Date.parse(at), done_at: at, ...what });
    }
    const text = JSON.stringify(operations);
    const body = { format: "marshrut-lessons/1", statement: pack.statement, signature: pack.signature, operations: text, code: await code(text) };
    return [operations.length, JSON.stringify(body, null, 1)];
  }

  async function save() {
    const [number, text] = await file();
    if (number) {
      const name = `answers-${pack.pack.slice(-6)}.json`;
      const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      Object.assign(document.createElement("a"), { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10000);
      said.textContent = say("saved", { name, number });
    } else said.textContent = say("none");
    said.focus();
  }

  document.querySelectorAll("[data-with-scripts]").forEach((part) => (part.hidden = false));
  restore();
  addEventListener("input", remember);
  addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("[data-save]").addEventListener("click", () =>
    save().catch(() => {
      said.textContent = say("cannot");
      said.focus();
    })
  );
})();
