// A pack that came on a flash drive: believed only if the school has signed it, unpacked only for whom it was made. Its ZIP is
// without compression, so nothing in it can swell; what is taken in is what the signed list names, and nothing else.

const MOST_BYTES = 1024 * 1024 * 1024;
const MOST_FILES = 2000;
const LIST_BYTES = 2 * 1024 * 1024;
const SIGNED_AS = "marshrut-pack/1\n";
const UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";

/** Why a pack is not opened: the name of a sentence. */
export class Refused extends Error {}
const need = (isTrue, why = "damaged") => {
  if (!isTrue) throw new Refused(why);
};

const hex = (buffer) => [...new Uint8Array(buffer)].map((one) => one.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (two) => parseInt(two, 16));
const view = async (file, from, to) => new DataView(await file.slice(from, to).arrayBuffer());

/** Return where each file of the archive lies: name → [start, size]. */
async function directory(file) {
  need(file.size >= 22);
  need(file.size <= MOST_BYTES, "tooLarge");
  const from = Math.max(0, file.size - 22 - 65535);
  const tail = await view(file, from, file.size);
  let at = tail.byteLength - 22;
  while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at -= 1;
  need(at >= 0);
  const [count, size, start] = [tail.getUint16(at + 10, true), tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  need(count <= MOST_FILES && start + size <= from + at && size <= LIST_BYTES);
  const rows = await view(file, start, start + size);
  const found = new Map();
  let [place, sum] = [0, 0];
  for (let number = 0; number < count; number += 1) {
    need(place + 46 <= rows.byteLength && rows.getUint32(place, true) === 0x02014b50);
    const [packed, whole, length] = [rows.getUint32(place + 20, true), rows.getUint32(place + 24, true), rows.getUint16(place + 28, true)];
    const offset = rows.getUint32(place + 42, true);
    need(rows.getUint16(place + 10, true) === 0 && packed === whole && place + 46 + length <= rows.byteLength);
    const name = new TextDecoder().decode(new Uint8Array(rows.buffer, place + 46, length));
    need(!found.has(name) && (sum += whole) <= file.size);
    found.set(name, [offset, whole]);
    place += 46 + length + rows.getUint16(place + 30, true) + rows.getUint16(place + 32, true);
  }
  return found;
}

/** Return the bytes of one file of the archive, not read yet. */
async function part(file, [offset, size]) {
  need(offset + 30 <= file.size);
  const head = await view(file, offset, offset + 30);
  need(head.getUint32(0, true) === 0x04034b50);
  const start = offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  need(start + size <= file.size);
  return file.slice(start, start + size);
}

async function isSigned(text, signature, key) {
  let checker;
  try {
    checker = await crypto.subtle.importKey("raw", unhex(key), "Ed25519", false, ["verify"]);
  } catch (error) {
    throw new Refused("noCheck");
  }
  const message = new Blob([SIGNED_AS, text]);
  return crypto.subtle.verify("Ed25519", checker, unhex(signature), await message.arrayBuffer());
}

async function listOf(file, places, { key, owner }) {
  const [list, sign] = [places.get("manifest.json"), places.get("manifest.sig")];
  need(list && sign && list[1] <= LIST_BYTES && sign[1] === 128);
  const text = await (await part(file, list)).arrayBuffer();
  const signature = await (await part(file, sign)).text();
  let manifest;
  try {
    manifest = JSON.parse(new TextDecoder().decode(text));
  } catch (error) {
    throw new Refused("damaged");
  }
  need(manifest && manifest.format === "marshrut-pack/1");
  need(manifest.key === key, "otherKey");
  need(await isSigned(text, signature, key), "altered");
  need(manifest.account === owner, "otherChild");
  return manifest;
}

/** Tell where a file of the pack may stand on this device: pages and files of its own course, and what they look like. */
function standsAt(row, course) {
  if (!row.address) return "";
  const own = new RegExp(`^/courses/(on-device|${course}(/(steps|media)/${UUID})?)$`);
  if (own.test(row.address)) return "pages";
  return /^\/static\/dist\/(fonts\/|illustrations\/)?[\w.-]+$/.test(row.address) ? "assets" : "";
}

/**
 * Check a pack from beginning to end, then unpack it; nothing of one that is refused is kept. `progress(done, all)` hears of each
 * file. Returns the signed list. Throws Refused with the name of the reason.
 */
export async function openPack(file, { key, owner, caches: names, isOlder }, progress) {
  const places = await directory(file);
  const manifest = await listOf(file, places, { key, owner });
  const rows = manifest.files;
  need(places.size === rows.length + 2, "altered"); // nothing beside what is listed
  const blobs = [];
  for (const row of rows) {
    const place = places.get(row.path);
    need(place && place[1] === row.size, "altered");
    const blob = await part(file, place);
    need(hex(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer())) === row.sha256, "altered");
    blobs.push(blob);
    progress(blobs.length, rows.length);
  }
  const { pages, assets } = names(manifest.course);
  const kept = { pages: await caches.open(pages), assets: await caches.open(assets) };
  const keepsNewer = await isOlder(manifest);
  for (const [at, row] of rows.entries()) {
    const where = standsAt(row, manifest.course);
    if (!where || ((keepsNewer || where === "assets") && (await kept[where].match(row.address)))) continue;
    const headers = new Headers(manifest.headers[row.headers] || {});
    headers.set("Content-Type", row.type);
    await kept[where].put(row.address, new Response(blobs[at], { headers }));
  }
  return manifest;
}
