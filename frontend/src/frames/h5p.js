// Begins an H5P package in a sealed frame and tells our page what came of it.

import { home, soften } from "../player/home.js";

soften();
const ours = home();
const place = document.querySelector("[data-h5p]");
const core = place.dataset.h5p;

function listen() {
  H5P.externalDispatcher.on("xAPI", (event) => {
    const { statement } = event.data;
    const isPart = statement.context?.contextActivities?.parent?.length;
    if (isPart || !["completed", "answered"].includes(event.getVerb())) return;
    const most = event.getMaxScore();
    const reached = event.getScore();
    ours?.tell({ status: "completed", score: most > 0 && reached !== null ? reached / most : null, state: null });
  });
}

new H5PStandalone.H5P(place, {
  id: "1",
  h5pJsonPath: ".",
  embedType: "div",
  frameJs: `${core}/frame.bundle.js`,
  frameCss: `${core}/styles/h5p.css`,
}).then(listen);

new ResizeObserver(() => ours?.tell({ height: document.documentElement.scrollHeight })).observe(document.body);
