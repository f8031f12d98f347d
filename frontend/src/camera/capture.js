// Take a few pictures into a form's own file fields, so that sending is an ordinary post.
import { closeCamera, makeMeter, openCamera, takePicture, watchGaps } from "./stream.js";
import { makeSpeaker } from "./speak.js";

const BETWEEN_MS = 700;
const LOOK_MS = 600;
const DARK = 45;
const RESTLESS = 14;
const HOLD_MS = 2000;
const SHARE = 3; // of the time, looking for the face takes a quarter at most, however slow the device

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const part = (form, name) => form.querySelector(`[data-camera-${name}]`);

/** Return where(): what to do about where the face is, "" when all is well or nothing is known. */
function makeWhere(form, video) {
  let found = "";
  let after = 0;
  return () => {
    const began = performance.now();
    if (!form.findFace || began < after) return found;
    found = form.findFace(video);
    const ended = performance.now();
    after = ended + SHARE * (ended - began);
    return found;
  };
}

/** Open the camera of one form and take pictures when asked. */
export async function startCapture(form) {
  const [live, video, take, send, again, shots, files] = ["live", "video", "take", "send", "again", "shots", "files"].map((n) => part(form, n));
  const say = makeSpeaker(part(form, "say"), part(form, "voice"));
  const field = files.querySelector("input[type=file]");
  const answers = [...files.querySelectorAll("[data-camera-answer]")];
  const ofTask = part(form, "task");
  const more = part(form, "more");
  const read = part(form, "read"); // digits may be read aloud instead of shown
  let voice = null;
  const count = Number(form.dataset.count);
  const most = Number(form.dataset.most || count);
  if (form.closest("details:not([open])")) {
    form.closest("details").addEventListener("toggle", () => startCapture(form), { once: true });
    return;
  }
  take.disabled = true; // until somebody listens to it
  live.hidden = false;
  const outcome = await openCamera(video);
  if (outcome !== "on") {
    say(outcome === "refused" ? form.dataset.sayRefused : form.dataset.sayAbsent);
    video.hidden = take.hidden = true;
    return;
  }
  files.open = false;
  say(form.dataset.sayStart);
  let isTaking = false;
  let next = 0;
  const gaps = watchGaps(video);
  const meter = makeMeter(video);
  const where = makeWhere(form, video);
  setInterval(() => {
    if (isTaking || !video.srcObject || shots.children.length) return;
    const { brightness, change } = meter();
    const advice = where();
    if (brightness < DARK) say(form.dataset.sayDark);
    else if (advice) say(form.dataset[`say${advice[0].toUpperCase()}${advice.slice(1)}`]);
    else say(change > RESTLESS ? form.dataset.sayMove : form.dataset.sayReady);
  }, LOOK_MS);

  async function takeAll() {
    if (isTaking) return;
    isTaking = true;
    reset();
    take.hidden = true;
    for (let n = 1; n <= count; n += 1) {
      await takeOne(n, count);
      if (n < count) await wait(BETWEEN_MS);
    }
    isTaking = false;
    again.hidden = false;
    if (more) more.hidden = count >= most;
    ask(0);
  }

  /** Take the n-th picture and put it beside those that are there. */
  async function takeOne(n, all) {
    const blob = await takePicture(video, 0.92);
    const box = new DataTransfer();
    [...field.files, new File([blob], `picture-${n}.jpg`, { type: "image/jpeg" })].forEach((file) => box.items.add(file));
    field.files = box.files;
    const words = form.dataset.sayTaken.replace("{n}", n).replace("{all}", all);
    show(blob, words);
    say(words);
  }

  /** One picture more makes a better sample; there is no need. */
  async function takeMore() {
    if (isTaking) return;
    isTaking = true;
    const n = field.files.length + 1;
    await takeOne(n, n);
    more.hidden = n >= most;
    isTaking = false;
    if (more.hidden) send.focus();
  }

  /** Ask for a task by its number; after the last one the pictures can be sent. */
  function ask(number) {
    next = number;
    const isOver = number >= answers.length;
    if (ofTask) ofTask.hidden = isOver;
    if (read) read.hidden = isOver || !form.startVoice || !voiceFieldOf(answers[number]);
    send.hidden = !isOver;
    say(isOver ? form.dataset.sayDone : form.dataset.sayTask.replace("{task}", answers[number].dataset.cameraAnswer));
    (isOver ? send : ofTask).focus();
  }

  async function takeTask() {
    if (isTaking) return;
    isTaking = true;
    say(form.dataset.sayHold);
    await wait(HOLD_MS);
    const blob = await takePicture(video, 0.92);
    const box = new DataTransfer();
    box.items.add(new File([blob], "task.jpg", { type: "image/jpeg" }));
    answers[next].files = box.files;
    show(blob, form.dataset.sayTaskTaken);
    isTaking = false;
    ask(next + 1);
  }

  const voiceFieldOf = (answer) => files.querySelector(`[data-camera-recording="${answer.name}"]`);

  /** Read the digits aloud into a recording: a press begins, another ends it, and so do ten seconds. */
  async function readAloud() {
    if (voice) return void voice.stop();
    if (isTaking) return;
    isTaking = true;
    voice = await form.startVoice();
    if (!voice) {
      say(form.dataset.sayNoMicrophone);
      isTaking = false;
      return;
    }
    say(form.dataset.sayRecording);
    read.setAttribute("aria-pressed", "true");
    const file = await voice.done;
    voice = null;
    isTaking = false;
    read.setAttribute("aria-pressed", "false");
    const box = new DataTransfer();
    box.items.add(file);
    voiceFieldOf(answers[next]).files = box.files;
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("audio"), { controls: true, src: URL.createObjectURL(file) }));
    item.firstChild.setAttribute("aria-label", form.dataset.sayRecorded);
    shots.append(item);
    say(form.dataset.sayRecorded);
    ask(next + 1);
  }

  function tellCamera() {
    const [track] = video.srcObject ? video.srcObject.getVideoTracks() : [];
    for (const [name, value] of [["camera", track ? track.label : ""], ["gaps", gaps.join(",")]]) {
      const told = form.elements[name] || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
      told.value = value;
    }
  }

  function show(blob, words) {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(blob);
    image.alt = words;
    item.append(image);
    shots.append(item);
  }

  function reset() {
    shots.querySelectorAll("img, audio").forEach((image) => URL.revokeObjectURL(image.src));
    shots.replaceChildren();
    files.querySelectorAll("input[type=file]").forEach((input) => (input.value = ""));
    send.hidden = again.hidden = true;
    if (ofTask) ofTask.hidden = true;
    if (more) more.hidden = true;
    if (read) read.hidden = true;
    take.hidden = false;
  }

  take.addEventListener("click", takeAll);
  if (ofTask) ofTask.addEventListener("click", takeTask);
  if (more) more.addEventListener("click", takeMore);
  if (read) read.addEventListener("click", readAloud);
  form.addEventListener("submit", tellCamera);
  again.addEventListener("click", () => {
    reset();
    take.focus();
  });
  take.disabled = false;
  addEventListener("pagehide", () => closeCamera(video));
}
