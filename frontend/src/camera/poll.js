// Wait for the worker or a person: ask now and then, and show the page anew when something has changed.

const FIRST_MS = 1200;
const SLOWEST_MS = 10000;

/** Ask the address of `box` until what it waits for is over. */
export function startPolling(box) {
  const waitingFor = box.dataset.pollWhile;
  let first = null;
  let pause = FIRST_MS;
  async function ask() {
    try {
      const reply = await fetch(box.dataset.poll, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      const now = await reply.json();
      const key = JSON.stringify(now);
      first = first === null ? key : first;
      const isOver = waitingFor === "computing" ? !now.computing : now.state !== waitingFor;
      if (reply.ok && (isOver || key !== first)) {
        location.reload();
        return;
      }
    } catch (error) {
      console.debug("poll", error); // no connection: the next try may have one
    }
    pause = Math.min(SLOWEST_MS, pause * 1.3);
    setTimeout(ask, pause);
  }
  setTimeout(ask, pause);
}
