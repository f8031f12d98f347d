// Shows a three-dimensional model in a sealed frame: turned with the mouse, a finger or the arrow keys.

import "@google/model-viewer";

import { home } from "../player/home.js";

const ours = home();
const viewer = document.querySelector("model-viewer");
if (ours?.alt) viewer.alt = ours.alt;
viewer.addEventListener("load", () => ours?.tell({ status: "completed", score: null, state: null }));
