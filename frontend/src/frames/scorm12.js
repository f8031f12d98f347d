import { Scorm12API } from "scorm-again/scorm12/min";

import { number, offer, share } from "../player/scorm.js";

const STATES = { passed: "passed", completed: "completed", failed: "failed" };

offer("API", Scorm12API, ["LMSCommit", "LMSFinish"], ({ core, suspend_data }) => {
  const { raw, min, max } = core.score;
  const least = number(min) ?? 0;
  const most = number(max) ?? 100;
  const reached = number(raw);
  const { lesson_location, lesson_status, score, total_time } = core;
  return {
    status: STATES[lesson_status] || "begun",
    score: reached === null || most <= least ? null : share((reached - least) / (most - least)),
    state: { core: { lesson_location, lesson_status, score, total_time, entry: "resume" }, suspend_data },
  };
});
