// Open the camera and look at what it shows: 640 x 480, no sound.

const GAPS = 40;
const WANTED = { audio: false, video: { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: "user" } };

/** Open the camera into a video element; resolves to "on", "refused" or "absent". */
export async function openCamera(video) {
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return "absent";
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia(WANTED);
    await video.play();
    return "on";
  } catch (error) {
    return error.name === "NotAllowedError" || error.name === "SecurityError" ? "refused" : "absent";
  }
}

/** Switch the camera off. */
export function closeCamera(video) {
  const stream = video.srcObject;
  if (stream) stream.getTracks().forEach((track) => track.stop());
  video.srcObject = null;
}

/** Return one picture as a JPEG blob, at most `wide` (640) x three quarters of it, the aspect ratio kept. */
export function takePicture(video, quality = 0.85, wide = 640) {
  const scale = Math.min(1, wide / video.videoWidth, (0.75 * wide) / video.videoHeight) || 1;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

/** Measure brightness (0..255) and how much changed since the last look. Numbers for hints only, nothing is sent. */
export function makeMeter(video) {
  const canvas = document.createElement("canvas");
  canvas.width = 32;
  canvas.height = 24;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let before = null;
  return () => {
    context.drawImage(video, 0, 0, 32, 24);
    const { data } = context.getImageData(0, 0, 32, 24);
    const now = new Float32Array(32 * 24);
    let sum = 0;
    let change = 0;
    for (let i = 0; i < now.length; i += 1) {
      now[i] = 0.3 * data[4 * i] + 0.6 * data[4 * i + 1] + 0.1 * data[4 * i + 2];
      sum += now[i];
      if (before) change += Math.abs(now[i] - before[i]);
    }
    before = now;
    return { brightness: sum / now.length, change: change / now.length };
  };
}

/** Collect the times in ms between the camera's first pictures, where the browser tells when they were taken. */
export function watchGaps(video) {
  const gaps = [];
  let before = 0;
  function look(_, { captureTime }) {
    if (before && captureTime) gaps.push((captureTime - before).toFixed(2));
    before = captureTime;
    if (captureTime && gaps.length < GAPS) video.requestVideoFrameCallback(look);
  }
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(look);
  return gaps;
}
