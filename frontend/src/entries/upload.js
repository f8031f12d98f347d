// Large files of a step's form go up in parts as soon as they are chosen: a lost network only delays them, and after a reload
// the same file goes on where it was broken off. Small ones go with the form, as without this script.

import { wordsOf } from "../exam/words.js";

const PAUSES_MS = [1000, 2000, 5000, 10000, 20000];
const LOOK_MS = 1000;
const form = document.querySelector("form[data-uploads]");
const base = form.dataset.uploads;
const say = wordsOf(form);
const csrf = document.querySelector('meta[name="csrf-token"]').content;
const going = new Set();

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Refused extends Error {}

/** Ask the server; what it cannot take is `Refused` with its words, and a network that is not there is waited for. */
async function ask(path, options, it) {
  for (let tries = 0; ; tries += 1) {
    if (it.isStopped) throw new Refused(say("stopped"));
    let reply = null;
    try {
      reply = await fetch(base + path, { credentials: "same-origin", ...options, headers: { Accept: "application/json", "X-CSRFToken": csrf, ...options.headers } });
    } catch (error) {
      reply = null;
    }
    if (reply && (reply.ok || reply.status === 409)) {
      const said = await reply.json();
      if ("offset" in said) return said;
      throw new Refused(said.title || say("failed"));
    }
    if (reply && reply.status < 500) throw new Refused((await reply.json().catch(() => ({}))).title || say("failed"));
    it.tell(say("waits"));
    await pause(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
  }
}

class Going {
  constructor(place) {
    this.place = place;
    this.input = place.querySelector("input[type=file]");
    this.status = place.querySelector("[data-status]");
    this.bar = place.querySelector("progress");
    this.stop = place.querySelector("[data-stop]");
    this.isStopped = false;
    this.stop.onclick = () => (this.isStopped = true);
  }

  tell(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  show(isOn) {
    this.bar.hidden = this.stop.hidden = !isOn;
  }

  async run(file) {
    going.add(this);
    this.show(true);
    this.tell(say("begins"));
    try {
      const done = await this.send(file);
      this.keep(done);
      this.tell(say("done", { name: done.name }));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.tell(error.message);
    } finally {
      this.input.value = "";
      this.show(false);
      going.delete(this);
    }
  }

  async send(file) {
    const about = JSON.stringify({ name: file.name, size: file.size, mark: String(file.lastModified) });
    let at = await ask("", { method: "POST", body: about, headers: { "Content-Type": "application/json" } }, this);
    while (at.state === "receiving") {
      this.progress(at);
      const part = file.slice(at.offset, Math.min(at.offset + at.part, file.size));
      at = await ask(`/${at.id}?offset=${at.offset}`, { method: "POST", body: part, headers: { "Content-Type": "application/octet-stream" } }, this);
    }
    while (at.state === "checking") {
      this.bar.value = 1;
      this.tell(say("checking"));
      await pause(LOOK_MS);
      at = await ask(`/${at.id}`, {}, this);
    }
    if (at.state !== "done") throw new Refused(at.problem || say("failed"));
    return at;
  }

  /** Move the bar always, and say how far it is in tens: what is said each second is heard by nobody. */
  progress(at) {
    this.bar.value = at.offset / at.size;
    this.tell(say("progress", { percent: Math.floor((at.offset / at.size) * 10) * 10 }));
  }

  keep(done) {
    const name = `${this.input.name}.kept`;
    let kept = form.elements[name];
    if (!kept) {
      kept = Object.assign(document.createElement("input"), { type: "hidden", name });
      form.append(kept);
    }
    kept.value = done.media;
  }
}

for (const place of form.querySelectorAll("[data-upload]")) {
  place.querySelector("input[type=file]").addEventListener("change", (event) => {
    for (const each of going) if (each.place === place) each.isStopped = true;
    const [file] = event.target.files;
    if (file && file.size > Number(form.dataset.small)) new Going(place).run(file);
  });
}
form.addEventListener("submit", (event) => {
  if (!going.size) return;
  event.preventDefault();
  const [first] = going;
  first.tell(say("wait"));
  first.stop.focus();
});
