// Tell the server what the exam's page notices about itself: how long it was left, how much was pasted (never what).

const AWAY_S = 2; // shorter is a slip of the mouse

/** Measure a state that begins and ends; `done` hears for how many seconds it lasted. */
function stretch(done, least) {
  let since = 0;
  return {
    begin: () => {
      since = since || performance.now();
    },
    end: () => {
      const seconds = since ? (performance.now() - since) / 1000 : 0;
      since = 0;
      if (seconds >= least) done(Math.round(seconds * 10) / 10);
    },
  };
}

/** Say once a session that another screen is connected. */
function tellScreens(kept, report) {
  if (!window.screen.isExtended || kept.read().screens) return;
  kept.write({ screens: true });
  report("screens", { amount: 2 });
}

/** Hear from other tabs that show the same sitting. */
function tellTwins(session, report) {
  if (!window.BroadcastChannel) return;
  const channel = new BroadcastChannel(`watch:${session}`);
  channel.addEventListener("message", () => report("twin", { amount: 1 }));
  channel.postMessage("here");
  addEventListener("pagehide", () => channel.close());
}

/** Begin to notice; `report(kind, {seconds, amount})` sends. */
export function startNews(session, kept, report) {
  const hidden = stretch((seconds) => report("hidden", { seconds }), AWAY_S);
  const blurred = stretch((seconds) => report("blurred", { seconds }), AWAY_S);
  const offline = stretch((seconds) => report("offline", { seconds }), AWAY_S);
  document.addEventListener("visibilitychange", () => (document.hidden ? hidden.begin() : hidden.end()));
  addEventListener("blur", () => document.hidden || blurred.begin());
  addEventListener("focus", blurred.end);
  addEventListener("offline", offline.begin);
  addEventListener("online", offline.end);
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData ? event.clipboardData.getData("text") : "";
    report("pasted", { amount: text.length });
  });
  tellScreens(kept, report);
  tellTwins(session, report);
}
