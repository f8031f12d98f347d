// The page that says what of one's courses is on this device, for days without a network.

import { Device } from "../course/device.js";
import { Refused, openPack } from "../course/pack.js";
import { account } from "../exam/leaving.js";
import { openStore } from "../exam/store.js";
import { wordsOf } from "../exam/words.js";

const ASSETS = "marshrut-course-assets";
const root = document.querySelector("[data-on-device]");
const say = wordsOf(root);
const day = (moment) => new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "long" }).format(moment);

function line(row) {
  const link = document.createElement("a");
  link.href = `/courses/${row.attempt}`;
  link.textContent = row.title;
  const item = document.createElement("li");
  item.append(link, ` — ${say("taken", { day: day(Math.min(...Object.values(row.parts))) })}`);
  return item;
}

async function show() {
  const store = await openStore("marshrut-course");
  const owner = account();
  const held = new Set((await caches.keys()).map((name) => name.slice(-36)));
  const rows = (await store.all("attempts")).filter((row) => row.owner === owner && held.has(row.attempt) && row.title);
  root.querySelector("[data-courses]").replaceChildren(...rows.map(line));
  root.querySelector("[data-some]").hidden = !rows.length;
  root.querySelector("[data-none]").hidden = rows.length > 0;
  const left = (await store.all("ops")).filter((op) => op.owner === owner && !op.receipt).length;
  root.querySelector("[data-waiting]").textContent = left ? say("waits", { number: left }) : say("nothing");
}

/** Open a pack from a flash drive; what is wrong with it is said, and nothing of it stays. */
async function open(file) {
  const said = root.querySelector("[data-opened]");
  const device = (course) => new Device(course, () => {});
  const store = await openStore("marshrut-course");
  const about = {
    key: root.dataset.key,
    owner: account(),
    caches: (course) => ({ pages: device(course).cacheName, assets: ASSETS }),
    isOlder: async ({ course, made_at }) => {
      const row = await store.get("attempts", course);
      return Boolean(row) && row.owner === account() && Math.max(...Object.values(row.parts)) > Date.parse(made_at);
    },
  };
  try {
    const pack = await openPack(file, about, (done, all) => {
      said.textContent = say("reading", { done, all });
    });
    await device(pack.course).remember(store, pack.parts, { title: pack.title }, Date.parse(pack.made_at));
    said.textContent = say("opened", { title: pack.title });
  } catch (error) {
    if (!(error instanceof Refused) && error.name !== "QuotaExceededError") throw error;
    said.textContent = say(error instanceof Refused ? error.message : "full");
  }
  await show();
  said.focus();
}

/** Make this page open without a network from now on: a pack can be opened where there has never been one. */
async function prepare() {
  const nowhere = new Device("00000000-0000-0000-0000-000000000000", () => {});
  if (account() && navigator.onLine) await nowhere.take([], ["/courses/on-device"], null, () => {});
}

async function start() {
  if (!window.caches) return;
  await show();
  const chosen = root.querySelector("[data-pack-file]");
  let before = Promise.resolve(); // one pack after another: what is said last is about the file chosen last
  chosen.addEventListener("change", () => {
    const file = chosen.files[0];
    if (!file) return;
    root.querySelector("[data-opened]").textContent = "";
    before = before.catch(() => {}).then(() => open(file)).finally(() => (chosen.value = ""));
  });
  root.querySelector("[data-with-scripts]").hidden = !navigator.serviceWorker;
  await prepare().catch(() => {});
  root.dataset.ready = "yes";
}

start();
