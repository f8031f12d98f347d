// Record digits that are read aloud into a form's own field for files; nothing listens but the person who decides.

const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const ENDINGS = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };
const BITS_PER_SECOND = 24000;
const MOST_MS = 10000;

/** Begin a recording of ten seconds at most; resolves to {stop, done}, done to the recorded file; null without a microphone. */
export async function startVoice() {
  if (!window.MediaRecorder || !navigator.mediaDevices) return null;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
  if (!stream) return null;
  const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
  const recording = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
  const parts = [];
  const stop = () => recording.state !== "inactive" && recording.stop();
  const done = new Promise((resolve) => {
    recording.addEventListener("dataavailable", (event) => parts.push(event.data));
    recording.addEventListener("stop", () => {
      stream.getTracks().forEach((track) => track.stop());
      const type = recording.mimeType.split(";")[0];
      resolve(new File(parts, `digits.${ENDINGS[type] || "webm"}`, { type }));
    });
  });
  recording.start();
  setTimeout(stop, MOST_MS);
  addEventListener("pagehide", stop, { once: true });
  return { stop, done };
}
