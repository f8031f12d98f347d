// The page that says what of one's courses is on this device, for days without a network.

import { account } from "../exam/leaving.js";
import { openStore } from "../exam/store.js";
import { wordsOf } from "../exam/words.js";

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

async function start() {
  if (!window.caches) return;
  const store = await openStore("marshrut-course");
  const owner = account();
  const held = new Set((await caches.keys()).map((name) => name.slice(-36)));
  const rows = (await store.all("attempts")).filter((row) => row.owner === owner && held.has(row.attempt) && row.title);
  root.querySelector("[data-courses]").append(...rows.map(line));
  root.querySelector("[data-some]").hidden = !rows.length;
  root.querySelector("[data-none]").hidden = rows.length > 0;
  const left = (await store.all("ops")).filter((op) => op.owner === owner && !op.receipt).length;
  root.querySelector("[data-waiting]").textContent = left ? say("waits", { number: left }) : say("nothing");
  root.dataset.ready = "yes";
}

start();
