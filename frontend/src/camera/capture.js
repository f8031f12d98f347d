// Take a few pictures into a form's own file field, so that sending is an ordinary post.
import { closeCamera, makeMeter, openCamera, takePicture } from "./stream.js";
import { makeSpeaker } from "./speak.js";

const BETWEEN_MS = 700;
const LOOK_MS = 600;
const DARK = 45;
const RESTLESS = 14;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const part = (form, name) => form.querySelector(`[data-camera-${name}]`);

/** Open the camera of one form and take pictures when asked. */
export async function startCapture(form) {
  const [live, video, take, send, again, shots, files] = ["live", "video", "take", "send", "again", "shots", "files"].map((n) => part(form, n));
  const say = makeSpeaker(part(form, "say"), part(form, "voice"));
  const field = files.querySelector("input[type=file]");
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
      show(blob, n);
      say(form.dataset.sayTaken.replace("{n}", n).replace("{all}", count));
      if (n < count) await wait(BETWEEN_MS);
    }
    field.files = box.files;
    send.hidden = again.hidden = false;
    isTaking = false;
    say(form.dataset.sayDone);
    send.focus();
  }

  function show(blob, n) {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(blob);
    image.alt = form.dataset.sayTaken.replace("{n}", n).replace("{all}", count);
    item.append(image);
    shots.append(item);
  }

  function reset() {
    shots.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    shots.replaceChildren();
    field.value = "";
    send.hidden = again.hidden = true;
    take.hidden = false;
  }

  take.addEventListener("click", takeAll);
  again.addEventListener("click", () => {
    reset();
    take.focus();
  });
  take.disabled = false;
  addEventListener("pagehide", () => closeCamera(video));
}
