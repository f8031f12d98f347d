// Take a few pictures into a form's own file fields, so that sending is an ordinary post.
import { closeCamera, makeMeter, openCamera, takePicture, watchGaps } from "./stream.js";
import { makeSpeaker } from "./speak.js";

const BETWEEN_MS = 700;
const LOOK_MS = 600;
const DARK = 45;
const RESTLESS = 14;
const HOLD_MS = 2000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const part = (form, name) => form.querySelector(`[data-camera-${name}]`);

/** Open the camera of one form and take pictures when asked. */
export async function startCapture(form) {
  const [live, video, take, send, again, shots, files] = ["live", "video", "take", "send", "again", "shots", "files"].map((n) => part(form, n));
  const say = makeSpeaker(part(form, "say"), part(form, "voice"));
  const field = files.querySelector("input[type=file]");
  const answers = [...files.querySelectorAll("[data-camera-answer]")];
  const ofTask = part(form, "task");
  const count = Number(form.dataset.count);
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
  setInterval(() => {
    if (isTaking || !video.srcObject || shots.children.length) return;
    const { brightness, change } = meter();
    say(brightness < DARK ? form.dataset.sayDark : change > RESTLESS ? form.dataset.sayMove : form.dataset.sayReady);
  }, LOOK_MS);

  async function takeAll() {
    if (isTaking) return;
    isTaking = true;
    reset();
    take.hidden = true;
    const box = new DataTransfer();
    for (let n = 1; n <= count; n += 1) {
      const blob = await takePicture(video, 0.92);
      box.items.add(new File([blob], `picture-${n}.jpg`, { type: "image/jpeg" }));
      show(blob, form.dataset.sayTaken.replace("{n}", n).replace("{all}", count));
      say(form.dataset.sayTaken.replace("{n}", n).replace("{all}", count));
      if (n < count) await wait(BETWEEN_MS);
    }
    field.files = box.files;
    isTaking = false;
    again.hidden = false;
    ask(0);
  }

  /** Ask for a task by its number; after the last one the pictures can be sent. */
  function ask(number) {
    next = number;
    const isOver = number >= answers.length;
    if (ofTask) ofTask.hidden = isOver;
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
    shots.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    shots.replaceChildren();
    [field, ...answers].forEach((input) => (input.value = ""));
    send.hidden = again.hidden = true;
    if (ofTask) ofTask.hidden = true;
    take.hidden = false;
  }

  take.addEventListener("click", takeAll);
  if (ofTask) ofTask.addEventListener("click", takeTask);
  form.addEventListener("submit", tellCamera);
  again.addEventListener("click", () => {
    reset();
    take.focus();
  });
  take.disabled = false;
  addEventListener("pagehide", () => closeCamera(video));
}
