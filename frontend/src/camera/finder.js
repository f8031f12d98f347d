// Say where the face is before a picture is taken: "a little to the left", "come closer". Everything happens in the page.
import { readNet } from "./net.js";

const WIDE = 160;
const HIGH = 128; // 120 of the picture, the rest is black: 32 divides it
const SURE = 0.7;
const STRIDES = [8, 16, 32];
const NAMES = STRIDES.flatMap((stride) => ["cls", "obj", "bbox"].map((what) => `${what}_${stride}`));
const AS_LARGE = 0.3; // another face counts from this share of the main one's area on
const [FAR, NEAR] = [0.12, 0.6]; // the face's width beside the picture's: the gate asks for 50 pixels of 640, here are 77
const [ASIDE, ABOVE] = [0.16, 0.33]; // the face's middle off the picture's

/** Return the faces in a picture as {x, y, width, height} of its middle and size, shares of the picture, the largest first. */
export function facesIn(run, pixels, high) {
  const picture = { c: 3, h: HIGH, w: WIDE, data: new Float32Array(3 * HIGH * WIDE) };
  for (let i = 0; i < WIDE * high; i += 1) for (let c = 0; c < 3; c += 1) picture.data[c * HIGH * WIDE + i] = pixels[4 * i + 2 - c]; // blue first
  const values = run(picture, NAMES);
  const found = [];
  STRIDES.forEach((stride, level) => {
    const [sure, there, box] = values.slice(3 * level, 3 * level + 3);
    const size = sure.h * sure.w;
    for (let i = 0; i < size; i += 1) {
      const score = Math.sqrt(sure.data[i] * there.data[i]);
      if (score < SURE) continue;
      const [x, y, w, h] = [0, 1, 2, 3].map((part) => box.data[part * size + i]);
      const [left, top] = [((i % sure.w) + x) * stride, (Math.floor(i / sure.w) + y) * stride];
      found.push({ score, x: left / WIDE, y: top / high, width: (Math.exp(w) * stride) / WIDE, height: (Math.exp(h) * stride) / high });
    }
  });
  const kept = [];
  for (const face of found.sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => Math.abs(other.x - face.x) > other.width / 2 || Math.abs(other.y - face.y) > other.height / 2)) kept.push(face);
  }
  return kept.sort((a, b) => b.width * b.height - a.width * a.height);
}

/** Return what to do about where the faces are, as the name of a hint; "" when all is well. Left is the person's own left. */
export function hintFor([face, other]) {
  if (!face) return "nobody";
  if (other && other.width * other.height >= AS_LARGE * face.width * face.height) return "several";
  if (face.width < FAR) return "closer";
  if (face.width > NEAR) return "farther";
  if (face.x < 0.5 - ASIDE) return "left";
  if (face.x > 0.5 + ASIDE) return "right";
  if (face.y < 0.5 - ABOVE) return "lower";
  return face.y > 0.5 + ABOVE ? "higher" : "";
}

/** Load the detector from `url`; resolves to look(video), which returns a hint's name, or to null where there is none. */
export async function makeFinder(url) {
  const reply = await fetch(url, { credentials: "same-origin" }).catch(() => null);
  if (!reply || !reply.ok) return null;
  const run = readNet(new Uint8Array(await reply.arrayBuffer()));
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDE, height: HIGH });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return (video) => {
    const high = Math.min(HIGH, Math.round((WIDE * video.videoHeight) / video.videoWidth) || 120);
    context.drawImage(video, 0, 0, WIDE, high);
    return hintFor(facesIn(run, context.getImageData(0, 0, WIDE, high).data, high));
  };
}
