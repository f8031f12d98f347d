// Camera pages: take pictures for identity and samples, try the camera, watch a sitting, wait for the worker.
import { startCapture } from "../camera/capture.js";
import { startFresh, startLine } from "../camera/fresh.js";
import { startPolling } from "../camera/poll.js";
import { startReading } from "../camera/speak.js";
import { startTrial } from "../camera/trial.js";
import { startWatch } from "../camera/watch.js";

document.querySelectorAll("form[data-camera]").forEach(startCapture);
document.querySelectorAll("form[data-device]").forEach(startTrial);
document.querySelectorAll("[data-watch]").forEach(startWatch);
document.querySelectorAll("[data-poll]").forEach(startPolling);
startFresh();
document.querySelectorAll("form[data-line-form]").forEach(startLine);
document.querySelectorAll("button[data-aloud-of]").forEach(startReading);
