// Everything that this script changes on the page that the server has made.

const QUIET_MS = 700;

export class Screen {
  constructor(root, say) {
    this.root = root;
    this.say = say;
    this.cells = new Map(JSON.parse(root.dataset.cells || "[]").map((cell) => [cell.number, cell]));
    this.news = null;
    this.soon = 0;
  }

  /* ---- questions and their strip ---- */

  /** The addresses of all questions, the nearest ones after the present first, the present one last. */
  addresses() {
    const all = [...this.cells.values()].map((cell) => cell.href);
    const here = Math.max(all.indexOf(location.pathname), 0);
    return [...all.slice(here + 1), ...all.slice(0, here + 1)];
  }

  addressOf(number) {
    return this.cells.get(number)?.href;
  }

  isQuestion(path) {
    return [...this.cells.values()].some((cell) => cell.href === path);
  }

  swap(fresh) {
    const place = document.querySelector("[data-question-place]");
    const other = fresh.querySelector("[data-question-place]");
    if (!place || !other) return false;
    place.replaceChildren(...[...other.childNodes].map((node) => document.importNode(node, true)));
    document.title = fresh.title;
    const form = place.querySelector("form[data-question]");
    document.querySelectorAll("[data-cell]").forEach((cell) => cell.removeAttribute("aria-current"));
    const current = form && document.querySelector(`[data-cell="${form.dataset.slot}"]`);
    if (current) current.setAttribute("aria-current", "step");
    this.number = form ? Number(form.dataset.slot) : 0;
    this.showAll();
    this.showNews();
    return true;
  }

  focusHeading() {
    const heading = document.querySelector("[data-question-place] h1");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    document.querySelector(".exam-top").scrollIntoView({ block: "start" });
  }

  /** With scripts the answer saves itself, so the button only goes on. */
  relabel(form) {
    form.querySelectorAll("[data-label]").forEach((button) => (button.querySelector("[data-label-text]") || button).replaceChildren(button.dataset.label));
  }

  /** Take what this device knows better than the page: answers and flags that the server has not heard of yet. */
  marks(local, isNewer, isBlank) {
    for (const cell of this.cells.values()) {
      const answer = local.get(`answer:${cell.number}`);
      const flag = local.get(`flag:${cell.number}`);
      if (answer && isNewer(answer)) cell.answered = !isBlank(answer.payload.fields);
      if (flag && isNewer(flag)) cell.flagged = flag.payload.on;
      const row = document.querySelector(`[data-review-row="${cell.number}"]`);
      if (row && answer && !answer.receipt) row.querySelector("[data-review-state]").textContent = this.say(cell.answered ? "answeredHere" : "openHere");
    }
    const form = document.querySelector("form[data-question]");
    this.number = form ? Number(form.dataset.slot) : 0;
    this.showAll();
  }

  /** List the files that wait on this device; beside as many as the question takes there is no field for another. */
  unsentFiles(form, files) {
    const place = form.querySelector("[data-unsent-files]");
    if (!place) return;
    place.hidden = !files.length;
    place.replaceChildren(
      ...files.map(({ id, name }) => {
        const row = document.createElement("p");
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: `${form.dataset.prefix}file`, value: id });
        row.append(place.dataset.unsentFiles.replace("{name}", name), field);
        return row;
      })
    );
    const isFull = form.querySelectorAll(`input[name="${form.dataset.prefix}file"]`).length >= Number(place.dataset.most);
    const adding = form.querySelector("[data-file-adding]");
    if (adding) adding.hidden = isFull;
  }

  mark(number, isAnswered) {
    const cell = this.cells.get(Number(number));
    if (cell) cell.answered = isAnswered;
    this.showAll();
  }

  isFlagged(number) {
    return Boolean(this.cells.get(Number(number))?.flagged);
  }

  flag(number, isFlagged) {
    this.cells.get(Number(number)).flagged = isFlagged;
    this.showAll();
  }

  showAll() {
    for (const cell of this.cells.values()) this.showCell(cell);
    const heading = document.querySelector("[data-strip-heading]");
    const asking = [...this.cells.values()].filter((cell) => cell.asks);
    const done = asking.filter((cell) => cell.answered).length;
    if (heading) heading.textContent = this.say("answered", { done, of: asking.length });
    const flag = document.querySelector("[data-flag-text]");
    if (flag) flag.textContent = this.say(this.isFlagged(this.number) ? "unflag" : "flag");
  }

  showCell(cell) {
    const link = document.querySelector(`[data-cell="${cell.number}"]`);
    if (!link) return;
    const is = cell.flagged ? "flagged" : cell.answered ? "answered" : cell.asks ? "open" : "read";
    link.classList.toggle("cell--done", is === "answered");
    link.classList.toggle("cell--flag", is === "flagged");
    link.querySelectorAll("svg").forEach((old) => old.remove());
    const icon = { answered: "check", flagged: "flag" }[is];
    if (icon) link.append(this.icon(icon));
    const words = [this.say(`is_${is}`)];
    if (is === "flagged" && cell.answered) words.unshift(this.say("is_answered"));
    if (link.hasAttribute("aria-current")) words.push(this.say("is_now"));
    const spoken = link.querySelectorAll(".vh");
    if (spoken[1]) spoken[1].textContent = `, ${words.join(", ")}`;
  }

  icon(name) {
    return document.querySelector(`template[data-icon="${name}"]`).content.firstElementChild.cloneNode(true);
  }

  /* ---- saving ---- */

  /** Say where the answer is. A reply within a moment spares the reader the words «on this device»: it is being saved. */
  saveState(news) {
    clearTimeout(this.soon);
    const wasTyping = this.news?.kind === "typing";
    this.news = news;
    if (news.kind === "device" && wasTyping) this.soon = setTimeout(() => this.showNews(), QUIET_MS);
    else this.showNews();
  }

  showNews() {
    const place = document.querySelector("[data-save]");
    if (!place || !this.news) return;
    const { kind, at, text, waiting, isDurable } = this.news;
    const look = { server: "server", late: "server", device: "device", typing: "device" }[kind] || "offline";
    const key = ["device", "typing", "offline"].includes(kind) && !isDurable ? "notDurable" : kind;
    const said = kind === "refused" ? text : this.say(key, { time: at ? this.say.time(at) : "", n: waiting });
    for (const name of ["server", "device", "offline"]) place.classList.toggle(`save--${name}`, name === look);
    place.dataset.kind = kind;
    place.querySelector("[data-save-icon]").replaceChildren(this.icon({ server: "saved" }[look] || look));
    const words = place.querySelector("[data-save-text]");
    if (words.textContent !== said) words.textContent = said;
    document.querySelectorAll("[data-when]").forEach((part) => {
      part.hidden = ![kind, key].some((name) => part.dataset.when.split(" ").includes(name));
    });
  }

  /* ---- notices ---- */

  tell(key) {
    const place = document.querySelector("[data-exam-notice]");
    place.hidden = !key;
    place.querySelector("p").textContent = key ? this.say(key) : "";
  }

  secondTab(isSecond) {
    const place = document.querySelector("[data-second-tab]");
    if (place) place.hidden = !isSecond;
  }

  writable(isWritable) {
    document.querySelectorAll("[data-question] fieldset[data-answer]").forEach((set) => (set.disabled = !isWritable));
    document.querySelectorAll('[data-exam-do="flag"]').forEach((button) => (button.disabled = !isWritable));
  }

  handingIn(state) {
    const place = document.querySelector("[data-handing-in]") || document.querySelector("[data-exam-notice]");
    place.hidden = false;
    place.querySelector("p").textContent = this.say(state === "sending" ? "sending" : "waitingToSend");
    document.querySelectorAll("form[data-submit] button").forEach((button) => (button.disabled = true));
  }

  /* ---- time ---- */

  /** Hide and show the time here and now; the page without scripts asks the server for the same. */
  timerToggle(element) {
    const button = element.querySelector("[data-timer-toggle]");
    if (!button) return;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const parts = element.querySelectorAll("[data-timer-left], [data-timer-until]");
      const hide = !parts[0].hidden;
      parts.forEach((part) => (part.hidden = hide));
      button.textContent = this.say(hide ? "showTime" : "hideTime");
      const form = button.closest("form");
      const body = new URLSearchParams(new FormData(form));
      body.set("timer", hide ? "hide" : "show");
      form.querySelector('[name="timer"]').value = hide ? "show" : "hide";
      fetch(form.action, { method: "POST", body, credentials: "same-origin" }).catch(() => {});
    });
  }
}
