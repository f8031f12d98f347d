// Try the camera before an exam: does it work, is there light. Nothing leaves the page.
import { closeCamera, makeMeter, openCamera } from "./stream.js";
import { makeSpeaker } from "./speak.js";

/** Open the camera and say in words how it is. */
export async function startTrial(box) {
  const video = box.querySelector("[data-camera-video]");
  const say = makeSpeaker(box.querySelector("[data-camera-say]"), null);
  const outcome = await openCamera(video);
  if (outcome !== "on") {
    say(outcome === "refused" ? box.dataset.sayRefused : box.dataset.sayAbsent);
    return;
  }
  video.hidden = false;
  const meter = makeMeter(video);
  const look = () => video.srcObject && say(meter().brightness < 45 ? box.dataset.sayDark : box.dataset.sayStart);
  setInterval(look, 1500);
  setTimeout(look, 400);
  addEventListener("pagehide", () => closeCamera(video));
}
