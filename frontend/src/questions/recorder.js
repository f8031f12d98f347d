// Record an answer with the microphone into the form's own field for files, so that sending is an ordinary post.

import { fill } from "../exam/words.js";

const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const BITS_PER_SECOND = 48000;
const WARN_MS = 60000;
const STOP_MS = 10000; // of what is left: enough for the recording to reach the server in time
const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Begin with a press, end with a press or by the clock; then listen, record again, or send by the button below. */
export function recorder(box) {
  if (!window.MediaRecorder || !navigator.mediaDevices) return;
  const [begin, end, time, said, heard] = ["begin", "end", "time", "said", "heard"].map((name) => box.querySelector(`[data-recorder-${name}]`));
  const field = box.closest("form").querySelector('input[type="file"]');
  const longest = Number(box.dataset.seconds);
  let recording = null;
  let ticking = 0;
  let kept = null; // settled once the last recording stands in the field

  async function start() {
    begin.disabled = true;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      said.textContent = error.name === "NotAllowedError" ? box.dataset.sayRefused : box.dataset.sayAbsent;
      begin.disabled = false;
      return;
    }
    forget();
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const parts = [];
    const now = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    now.addEventListener("dataavailable", (event) => parts.push(event.data));
    kept = new Promise((resolve) =>
      now.addEventListener("stop", () => {
        clearInterval(ticking);
        stream.getTracks().forEach((track) => track.stop());
        recording = null;
        if (box.isConnected) keep(new Blob(parts, { type: now.mimeType.split(";")[0] }));
        resolve();
      })
    );
    const began = performance.now();
    const tick = () => {
      const seconds = (performance.now() - began) / 1000;
      time.textContent = fill(box.dataset.sayTime, { now: clock(seconds), most: clock(longest) });
      if (seconds >= longest || !box.isConnected) stop();
    };
    recording = now;
    now.start();
    ticking = setInterval(tick, 500);
    tick();
    begin.hidden = true;
    end.hidden = time.hidden = false;
    said.textContent = box.dataset.sayOn;
    end.focus();
  }

  function stop() {
    if (recording && recording.state !== "inactive") recording.stop();
  }

  function keep(blob) {
    const files = new DataTransfer();
    files.items.add(new File([blob], `recording.${ENDINGS[blob.type] || "webm"}`, { type: blob.type }));
    field.files = files.files;
    heard.src = URL.createObjectURL(blob);
    heard.hidden = begin.hidden = begin.disabled = false;
    end.hidden = time.hidden = true;
    begin.querySelector("[data-recorder-label]").textContent = box.dataset.sayAgain;
    said.textContent = box.dataset.sayDone;
    heard.focus();
  }

  function forget() {
    if (heard.src) URL.revokeObjectURL(heard.src);
    heard.hidden = true;
    heard.removeAttribute("src");
    field.value = "";
  }

  /** An examination says how long its clock still runs: a recording ends by itself while there is time to send it. */
  function hurry({ detail }) {
    if (!recording) return;
    if (detail.leftMs <= STOP_MS) {
      stop();
      detail.wait.push(kept);
    } else if (detail.leftMs <= WARN_MS) said.textContent = box.dataset.sayEnding;
  }

  box.closest("form").addEventListener("timeleft", hurry);
  begin.addEventListener("click", start);
  end.addEventListener("click", stop);
  addEventListener("pagehide", stop);
  box.hidden = false;
}
