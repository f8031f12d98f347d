// Service worker of /courses and /home: lessons that were taken along open without a network; everything else comes from it, as
// ever. Keeps no page that was not taken along, and nothing that was posted.

import { Keeper, fromNetwork } from "../exam/keeper.js";

const PAGE = /^\/courses\/([0-9a-f-]{36})(\/offline|\/steps\/[0-9a-f-]{36})?$/;
const MEDIA = /^\/courses\/([0-9a-f-]{36})\/media\/[0-9a-f-]{36}$/;
const GONE = [401, 403, 404, 410];
const keeper = new Keeper("course");

/** Return the page that says what is here (packs of old have only that of their course), for whoever asks for another one. */
async function anyKept() {
  const courses = (await keeper.names()).map((name) => name.slice(-36));
  for (const course of courses) {
    const found = (await keeper.kept("/courses/on-device", course)) || (await keeper.kept(`/courses/${course}/offline`, course));
    if (found) return found;
  }
  return undefined;
}

async function page(request, pathname, course) {
  const own = course && (await keeper.kept(pathname, course));
  let reply;
  try {
    reply = await (own ? fromNetwork(request) : fetch(request)); // without a copy here there is nothing better than to wait
    if (reply.status >= 502) throw new Error(String(reply.status));
  } catch (error) {
    const kept = own || (request.mode === "navigate" && (await anyKept()));
    if (kept) return kept;
    if (reply) return reply;
    throw error;
  }
  const owner = await keeper.belongsTo(reply);
  if (!course) return reply;
  if (owner) await renew(keeper.name(owner, course), pathname, reply.clone());
  else if (GONE.includes(reply.status)) await keeper.drop((name) => name.endsWith(course));
  return reply;
}

/** A page that was taken along is kept as it is now; others are not kept. */
async function renew(name, pathname, copy) {
  if (!(await caches.has(name))) return;
  const cache = await caches.open(name);
  if (await cache.match(pathname, { ignoreVary: true })) await cache.put(pathname, copy);
}

/** Hand out a kept file; a player of films asks for parts of it. */
async function media(request, pathname, course) {
  const kept = await keeper.kept(pathname, course);
  if (!kept) return fetch(request);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("Range") || "");
  if (!range) return kept;
  const whole = await kept.blob();
  const from = Number(range[1]);
  const to = range[2] ? Math.min(Number(range[2]), whole.size - 1) : whole.size - 1;
  const headers = { "Content-Type": kept.headers.get("Content-Type"), "Content-Range": `bytes ${from}-${to}/${whole.size}` };
  return new Response(whole.slice(from, to + 1), { status: 206, headers });
}

keeper.listen((request, pathname) => {
  const file = MEDIA.exec(pathname);
  if (file) return media(request, pathname, file[1]);
  const found = PAGE.exec(pathname);
  return found || request.mode === "navigate" ? page(request, pathname, found && found[1]) : undefined;
});
