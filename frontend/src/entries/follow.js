// How far something is that goes on without this page: that part is fetched anew until it is over. The link does the same.

const PAUSE_MS = 3000;

async function follow(place) {
  while (place.dataset.follow === "yes") {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const reply = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
    if (!reply) continue;
    if (!reply.ok || reply.redirected) return;
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").querySelector("[data-follow]");
    if (!fresh) return;
    const status = place.querySelector('[role="status"]'); // stays, so that its news are read aloud
    status.replaceChildren(...fresh.querySelector('[role="status"]').childNodes);
    const rest = [...fresh.children].filter((part) => part.getAttribute("role") !== "status");
    if (!place.contains(document.activeElement)) place.replaceChildren(status, ...rest);
    place.dataset.follow = fresh.dataset.follow;
  }
}

document.querySelectorAll("[data-follow]").forEach(follow);
