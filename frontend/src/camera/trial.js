// Try a device days before an exam: camera, microphone, storage, connection, clock. Nothing is sent but a few empty bytes
// until the student keeps the result.
import { closeCamera, makeMeter, openCamera } from "./stream.js";
import { makeSpeaker } from "./speak.js";

const LOOK_MS = 1200;
const DARK = 45;
const LISTEN_MS = 2000;
const HEARD = 0.01;
const UPLOAD_BYTES = 65536;
const CLOCK_S = 60;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function tryCamera(video) {
  const outcome = await openCamera(video);
  if (outcome !== "on") return outcome;
  video.hidden = false;
  const meter = makeMeter(video);
  await wait(LOOK_MS);
  return meter().brightness < DARK ? "dark" : "works";
}

/** Listen for two seconds; the sound goes nowhere. */
async function tryMicrophone() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    return error.name === "NotAllowedError" || error.name === "SecurityError" ? "refused" : "absent";
  }
  const context = new AudioContext();
  const look = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(look);
  const wave = new Float32Array(look.fftSize);
  let loudest = 0;
  for (const end = performance.now() + LISTEN_MS; performance.now() < end && loudest < HEARD; await wait(50)) {
    look.getFloatTimeDomainData(wave);
    loudest = Math.max(loudest, ...wave);
  }
  stream.getTracks().forEach((track) => track.stop());
  await context.close();
  return loudest < HEARD ? "silent" : "works";
}

async function tryStorage() {
  if (!navigator.storage || !navigator.storage.estimate || !window.indexedDB) return "";
  const { quota = 0, usage = 0 } = await navigator.storage.estimate().catch(() => ({}));
  return String(Math.round((quota - usage) / 1e6));
}

/** Measure how soon the server answers, how fast it takes bytes, and how far the clocks are apart. */
async function tryLink(form) {
  const headers = { "X-CSRFToken": document.querySelector("meta[name=csrf-token]")?.content || "" };
  const send = async (body) => {
    const began = performance.now();
    const reply = await fetch(form.dataset.link, { method: "POST", headers, body, credentials: "same-origin", cache: "no-store" });
    const { now_ms: now } = await reply.json();
    return { took: performance.now() - began, now };
  };
  try {
    await send(""); // opens the connection
    const { took, now } = await send("");
    const off = Math.round((Date.now() - took / 2 - now) / 1000);
    const loaded = await send(new Uint8Array(UPLOAD_BYTES));
    const seconds = Math.max(loaded.took - took, 1) / 1000;
    return { reply_ms: String(Math.round(took)), upload_kb_s: String(Math.round(UPLOAD_BYTES / 1024 / seconds)), clock_off_s: String(off) };
  } catch (error) {
    console.debug("trial", error);
    return {};
  }
}

/** Try one thing after the other and say each result. */
export function startTrial(form) {
  const words = form.dataset;
  const video = form.querySelector("[data-camera-video]");
  const say = makeSpeaker(form.querySelector("[data-camera-say]"), null);
  const found = form.querySelector("[data-device-found]");
  const [start, keep] = ["start", "keep"].map((name) => form.querySelector(`[data-device-${name}]`));
  const told = (name, value) => (form.elements[name].value = value);
  const add = (text) => found.append(Object.assign(document.createElement("li"), { textContent: text }));

  async function tryAll() {
    start.hidden = true;
    found.replaceChildren();
    say(words.sayBegin);
    told("camera", await tryCamera(video));
    add(form.dataset[`camera${title(form.elements.camera.value)}`]);
    told("microphone", await tryMicrophone());
    add(form.dataset[`microphone${title(form.elements.microphone.value)}`]);
    const storage = await tryStorage();
    told("storage_mb", storage);
    add(storage ? words.storage.replace("{mb}", number(storage)) : words.storageNone);
    const link = await tryLink(form);
    Object.entries(link).forEach(([name, value]) => told(name, value));
    add(link.reply_ms ? words.linkGood.replace("{ms}", number(link.reply_ms)).replace("{kb}", number(link.upload_kb_s)) : words.linkNone);
    if (link.reply_ms) add(Math.abs(link.clock_off_s) > CLOCK_S ? words.clockOff.replace("{seconds}", link.clock_off_s) : words.clockRight);
    say(words.sayEnd);
    keep.hidden = start.hidden = false;
    start.classList.add("btn--quiet");
    keep.focus();
  }

  say(words.sayReady);
  start.hidden = false;
  start.addEventListener("click", tryAll);
  addEventListener("pagehide", () => closeCamera(video));
}

const title = (word) => word[0].toUpperCase() + word.slice(1);
const number = (digits) => Number(digits).toLocaleString(document.documentElement.lang);
