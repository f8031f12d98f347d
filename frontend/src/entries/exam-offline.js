// Service worker of /attempts/: answers from the network while there is one, else from what was kept of this very
// attempt. Keeps questions and their style, scripts and fonts; nothing of other pages and nothing that was posted.

import { Keeper, fromNetwork } from "../exam/keeper.js";

const QUESTION = /^\/attempts\/([0-9a-f-]{36})\/(q\/\d+|review|submit)$/;
const keeper = new Keeper("exam");

async function page(request, pathname, attempt) {
  let reply;
  try {
    reply = await fromNetwork(request);
  } catch (error) {
    const kept = await keeper.kept(pathname, attempt);
    if (kept) return kept;
    throw error;
  }
  const owner = await keeper.belongsTo(reply);
  if (owner) {
    const copy = reply.clone();
    await (await caches.open(keeper.name(owner, attempt))).put(pathname, copy);
  } else if ([401, 403, 404, 410].includes(reply.status) || reply.type === "opaqueredirect") {
    await keeper.drop((name) => name.endsWith(attempt));
  }
  return reply;
}

keeper.listen((request, pathname) => {
  const question = QUESTION.exec(pathname);
  return question && page(request, pathname, question[1]);
});
