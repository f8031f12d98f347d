import { Scorm2004API } from "scorm-again/scorm2004/min";

import { number, offer, share } from "../player/scorm.js";

offer("API_1484_11", Scorm2004API, ["Commit", "Terminate"], (cmi) => {
  const { completion_status, success_status, location, suspend_data, score, total_time } = cmi;
  const judged = ["passed", "failed"].includes(success_status) ? success_status : "";
  return {
    status: judged || (completion_status === "completed" ? "completed" : "begun"),
    score: share(number(score.scaled)),
    state: { completion_status, success_status, location, suspend_data, score, total_time, entry: "resume" },
  };
});
