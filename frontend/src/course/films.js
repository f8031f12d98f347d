// A film or a recording goes on where it was left, on this device and, where there is a network, on any other.

const EVERY_S = 20;
const END_S = 5; // who has seen all but this begins again

const remembered = (key) => {
  try {
    return Number(localStorage.getItem(key)) || 0;
  } catch {
    return 0;
  }
};

const remember = (key, value) => {
  try {
    localStorage.setItem(key, String(value));
  } catch {
    // a device that keeps nothing: the server does
  }
};

export function films(section, post) {
  const player = section.querySelector("video, audio");
  if (!player) return;
  const account = document.querySelector('meta[name="account"]')?.content || "";
  const url = section.dataset.place;
  const key = `place:${account}:${url}`;
  let last = remembered(key) || Number(section.dataset.at) || 0;
  const back = () => {
    if (last > 0 && last < player.duration - END_S) player.currentTime = last;
  };
  if (player.readyState >= 1) back();
  else player.addEventListener("loadedmetadata", back, { once: true });
  const keep = (isSent) => {
    const now = player.ended ? 0 : Math.floor(player.currentTime);
    if (now === last) return;
    remember(key, now);
    if (!isSent) return;
    last = now;
    post(url, { position: now });
  };
  player.addEventListener("timeupdate", () => keep(Math.abs(player.currentTime - last) >= EVERY_S));
  for (const kind of ["pause", "ended"]) player.addEventListener(kind, () => keep(true));
  addEventListener("pagehide", () => player.currentTime && keep(true));
  chapters(section, player);
  renditions(section, player);
}

/** List the chapters of a film as buttons: browsers read them, few show them. */
function chapters(section, player) {
  const place = section.querySelector("[data-chapters]");
  const track = [...player.textTracks].find((one) => one.kind === "chapters");
  if (!place || !track) return;
  track.mode = "hidden";
  const list = () => {
    if (!track.cues || !track.cues.length || place.querySelector("li")) return;
    for (const cue of track.cues) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "linkish", textContent: cue.text });
      button.addEventListener("click", () => {
        player.currentTime = cue.startTime;
        player.play();
      });
      const row = document.createElement("li");
      row.append(button);
      place.querySelector("ol").append(row);
    }
    place.hidden = false;
  };
  const element = section.querySelector('track[kind="chapters"]');
  element.addEventListener("load", list);
  list();
}

/** Play another rendition from the same second on; the sound alone is a rendition, too. */
function renditions(section, player) {
  for (const link of section.querySelectorAll("a[data-rendition]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const [at, wasPlaying] = [player.currentTime, !player.paused];
      player.src = link.href;
      player.addEventListener(
        "loadedmetadata",
        () => {
          player.currentTime = at;
          if (wasPlaying) player.play();
        },
        { once: true }
      );
      for (const other of section.querySelectorAll("a[data-rendition]")) other.setAttribute("aria-current", String(other === link));
    });
  }
}
