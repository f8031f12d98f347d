// Stands between a SCORM package and our page: the package finds the interface in its own window, we hear what it commits.

import { home, soften } from "./home.js";

const QUIET = 5;

/** Tell whether a window above, of the same package, has the interface already (a package of frames, on a host of its own). */
function standsAbove(name) {
  try {
    for (let above = window; above !== above.parent; above = above.parent) if (above.parent[name]) return true;
  } catch {
    return false;
  }
  return false;
}

/** Put the interface ``name`` where packages look for it; ``read`` says what a commit means. */
export function offer(name, API, events, read) {
  soften();
  if (standsAbove(name)) return;
  const ours = home();
  const api = new API({ autocommit: false, logLevel: QUIET });
  window[name] = api;
  if (!ours) return;
  if (ours.state) api.loadFromJSON(ours.state);
  let last = "";
  const report = () => {
    const { cmi } = api.renderCommitCMI(true);
    const said = read(JSON.parse(JSON.stringify(cmi)));
    const text = JSON.stringify(said);
    if (text === last) return;
    last = text;
    ours.keep(said.state);
    ours.tell(said);
  };
  for (const event of events) api.on(event, report);
}

/** Return a number that a package has written as text, or null. */
export const number = (text) => (text === "" || text === undefined || isNaN(text) ? null : Number(text));

/** Return a share of 0 to 1, or null. */
export const share = (value) => (value === null ? null : Math.min(1, Math.max(0, value)));
