// The page on which a part of a course is taken along: fetches it, says how far it is and what is on this device.

import { Device } from "../course/device.js";
import { wordsOf } from "../exam/words.js";

const root = document.querySelector("[data-take-along]");
const say = wordsOf(root);
const device = new Device(root.dataset.course, () => showWaiting());
const day = (moment) => new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "long" }).format(moment);

async function showTaken() {
  const { parts } = await device.pack();
  for (const place of root.querySelectorAll("[data-pack]")) {
    const times = place.dataset.pack.split(" ").map((key) => parts[key]);
    place.querySelector("[data-taken]").textContent = times.every(Boolean) ? say("taken", { day: day(Math.min(...times)) }) : "";
  }
  root.querySelector("[data-leave]").hidden = !(await device.isTaken());
}

async function showWaiting() {
  const left = (await device.outbox.waiting()).length;
  root.querySelector("[data-waiting]").textContent = left ? say("device") : "";
}

async function showOthers() {
  const others = (await device.store.all("attempts")).filter((row) => row.owner === device.owner && row.attempt !== device.course);
  const list = root.querySelector("[data-others]");
  for (const row of others) {
    const link = document.createElement("a");
    link.href = `/courses/${row.attempt}`;
    link.textContent = row.title;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  list.closest("section").hidden = !others.length;
}

async function take(place, button) {
  const said = place.querySelector("[data-taken]");
  const films = place.querySelector("[data-films]");
  const addresses = JSON.parse(button.dataset.addresses);
  if (films && films.checked) addresses.push(...JSON.parse(films.dataset.films));
  button.disabled = true;
  try {
    const progress = (done, all) => {
      said.textContent = say("fetching", { done, all });
    };
    const isWhole = await device.take(place.dataset.pack.split(" "), addresses, { title: root.dataset.title }, progress);
    if (isWhole) await showTaken();
    else said.textContent = say("partly");
  } catch (error) {
    said.textContent = say(error.name === "QuotaExceededError" ? "full" : "partly");
  }
  button.disabled = false;
}

async function start() {
  if (!window.caches || !navigator.serviceWorker) return;
  await device.start();
  root.querySelectorAll("[data-with-scripts]").forEach((part) => (part.hidden = false));
  root.querySelector("[data-without-scripts]").hidden = true;
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-addresses]");
    if (button) await take(button.closest("[data-pack]"), button);
    if (!event.target.closest("[data-leave]")) return;
    await device.leave();
    await showTaken();
    root.querySelector("[data-waiting]").textContent = say("gone");
  });
  await showTaken();
  await showWaiting();
  await showOthers();
  device.outbox.poke();
  root.dataset.ready = "yes";
}

start();
