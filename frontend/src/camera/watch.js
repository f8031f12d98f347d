// Send a small picture of a running sitting every few seconds. The server sets the pace; answers never wait for it.
import { startNews } from "./news.js";
import { closeCamera, openCamera, takePicture, watchGaps } from "./stream.js";

const RETRY_S = 15;
const KEEP = "watch:";
const SLOW_MS = 1500; // a picture that takes longer holds up the page on this device
const SLOW_PICTURES = 3;
const SIZES = [640, 480, 320]; // the narrower the link, the smaller the picture
const LINK_SLOW_MS = 1500; // a picture that is longer on its way takes the link from answers
const LINK_QUICK_MS = 400;
const QUICK_PICTURES = 6; // so many in a row, before pictures grow again
const GIVE_UP_MS = 15000;
const ANSWER_MS = 4000; // a picture lets an answer that is on its way go first, for so long at most
const LOOK_MS = 100;
const SOURCE_MS = 5000; // by then enough pictures have come to tell how evenly they come

/** Remember across the exam's pages when the next picture is due and whether the student switched the camera off. */
function memory(session) {
  const key = KEEP + session;
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(key)) || {};
    } catch (error) {
      console.debug("watch", error);
      return {};
    }
  };
  return { read, write: (values) => sessionStorage.setItem(key, JSON.stringify({ ...read(), ...values })) };
}

/** Fit the pictures to the link: told how long each was on its way, return how wide the next one should be. */
function makeFit(kept) {
  let quick = 0;
  return {
    wide: () => SIZES[kept.read().size || 0],
    tell: (ms) => {
      const size = kept.read().size || 0;
      quick = ms < LINK_QUICK_MS ? quick + 1 : 0;
      if (ms > LINK_SLOW_MS) kept.write({ size: Math.min(size + 1, SIZES.length - 1) });
      else if (quick >= QUICK_PICTURES && size) {
        quick = 0;
        kept.write({ size: size - 1 });
      }
    },
  };
}

/** Let an answer that is on its way to the server go first. */
async function afterAnswers() {
  const place = document.querySelector("[data-save]");
  for (let waited = 0; place && place.dataset.kind === "device" && waited < ANSWER_MS; waited += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Watch one sitting: switch, state in words, pictures. */
export function startWatch(box) {
  const { session, frames, events, cadence } = box.dataset;
  const video = box.querySelector("[data-watch-video]");
  const say = box.querySelector("[data-watch-say]");
  const stop = box.querySelector("[data-watch-stop]");
  const start = box.querySelector("[data-watch-start]");
  const csrf = document.querySelector("meta[name=csrf-token]");
  const kept = memory(session);
  const fit = makeFit(kept);
  const next = { seq: Number(box.dataset.seq), nonce: box.dataset.nonce };
  let timer = 0;
  let onItsWay = null;
  let isOn = false;
  let slow = 0;
  let wasCompared = false;
  let isUncompared = false;

  const headers = (type) => ({ "Content-Type": type, Accept: "application/json", "X-CSRFToken": csrf ? csrf.content : "" });

  function tell(state, text) {
    box.dataset.state = state;
    if (say.textContent !== text) say.textContent = text;
    stop.hidden = !isOn;
    start.hidden = isOn || state === "ended";
  }

  function later(seconds) {
    clearTimeout(timer);
    kept.write({ due: Date.now() + seconds * 1000 });
    timer = setTimeout(sendOne, seconds * 1000);
  }

  async function report(kind, more = {}) {
    try {
      const reply = await fetch(events, { method: "POST", headers: headers("application/json"), body: JSON.stringify({ kind, ...more }), credentials: "same-origin", keepalive: true });
      if (reply.ok) Object.assign(next, await reply.json());
    } catch (error) {
      console.debug("watch", error); // the sweep on the server notes a camera that fell silent
    }
  }

  async function sendOne() {
    if (!isOn) return;
    try {
      await afterAnswers();
      if (!isOn) return;
      const wide = fit.wide();
      const began = performance.now();
      const picture = await takePicture(video, 0.85, wide);
      slow = performance.now() - began > SLOW_MS ? slow + 1 : 0;
      if (slow >= SLOW_PICTURES) {
        kept.write({ isOff: true });
        switchOff("off", box.dataset.saySlow);
        report("camera_slow");
        return;
      }
      box.dataset.wide = wide;
      await send(picture);
    } catch (error) {
      console.debug("watch", error);
      if (!isOn) return;
      fit.tell(GIVE_UP_MS);
      tell("wait", box.dataset.sayWait);
      later(RETRY_S);
    }
  }

  /** Send one picture, one at a time, behind everything else; a link that takes it too slowly gets a smaller one next. */
  async function send(picture) {
    const abort = new AbortController();
    onItsWay = abort;
    const limit = setTimeout(() => abort.abort(), GIVE_UP_MS);
    const began = performance.now();
    try {
      const reply = await fetch(`${frames}?seq=${next.seq}&nonce=${next.nonce}`, { method: "POST", headers: headers("image/jpeg"), body: picture, credentials: "same-origin", priority: "low", signal: abort.signal });
      fit.tell(performance.now() - began);
      await settle(reply);
    } finally {
      clearTimeout(limit);
    }
  }

  async function settle(reply) {
    const body = await reply.json().catch(() => ({}));
    if (reply.status === 202) {
      next.seq = body.seq;
      next.nonce = body.nonce;
      if (!isOn) return; // it was switched off while the picture was on its way
      isUncompared = isUncompared || (wasCompared && !body.compared); // the consent was taken back meanwhile
      wasCompared = body.compared;
      tell("on", isUncompared ? box.dataset.sayUncompared : box.dataset.sayOn);
      later(body.next_in_s);
    } else if (body.code === "proctoring.not_watching" || reply.status === 401 || reply.status === 404) {
      switchOff("ended", box.dataset.sayEnded);
    } else if (!isOn) {
      return;
    } else if (body.code === "proctoring.frame_order") {
      await report("camera_on"); // another tab was first: ask where we are
      later(Number(cadence));
    } else {
      later(RETRY_S);
    }
  }

  function switchOff(state, text) {
    isOn = false;
    if (onItsWay) onItsWay.abort(); // a picture that came after the switch would say that the camera is on
    clearTimeout(timer);
    closeCamera(video);
    tell(state, text);
  }

  /** The camera was pulled out or taken away: its last picture would stand still for ever. */
  function loseCamera() {
    switchOff("absent", box.dataset.sayAbsent);
    report("camera_absent");
  }

  async function switchOn() {
    const outcome = await openCamera(video);
    if (outcome !== "on") {
      tell("absent", box.dataset.sayAbsent);
      report("camera_absent");
      return;
    }
    isOn = true;
    kept.write({ isOff: false });
    const [track] = video.srcObject.getVideoTracks();
    const gaps = watchGaps(video);
    track.addEventListener("ended", () => isOn && loseCamera());
    setTimeout(() => isOn && report("source", { camera: track.label.slice(0, 200), gaps: gaps.join(",") }), SOURCE_MS);
    tell("on", box.dataset.sayOn);
    const due = (kept.read().due || 0) - Date.now();
    later(Math.min(Math.max(due / 1000, 0.4), Number(cadence) * 2));
  }

  stop.addEventListener("click", () => {
    kept.write({ isOff: true });
    switchOff("off", box.dataset.sayOff);
    report("camera_stopped");
    start.focus();
  });
  start.addEventListener("click", () => {
    switchOn().then(() => isOn && stop.focus());
  });
  addEventListener("pagehide", () => closeCamera(video));
  startNews(session, kept, report);
  const { isOff } = kept.read();
  if (isOff === true) tell("off", box.dataset.sayOff);
  else if (isOff === false || box.dataset.auto === "yes") switchOn();
  else tell("off", box.dataset.sayYours);
}
