// The server's clock, kept going on this device by the monotonic clock: changing the device's time changes nothing.

/** Keep an estimate of the server's present moment. */
export class ServerClock {
  constructor() {
    this.at = Date.now();
    this.mark = performance.now();
  }

  /** Take the server's word for what time it is; `tookMs` = how long the request took. */
  set(serverNow, tookMs = 0) {
    this.at = serverNow + tookMs / 2;
    this.mark = performance.now();
  }

  now() {
    return this.at + (performance.now() - this.mark);
  }
}

const MINUTE = 60000;

/** Show the minutes left in words and say them aloud at the half, at ten minutes and at one. */
export class Timer {
  constructor(element, clock, say, onEnd) {
    Object.assign(this, { element, clock, say, onEnd });
    this.words = element.querySelector("[data-timer-words]");
    this.spoken = element.querySelector("[data-timer-spoken]");
    this.until = element.querySelector("[data-timer-until]");
    this.deadline = null;
    this.told = new Set();
    this.isOver = false;
    this.isPaused = false;
  }

  /** Begin, or follow a deadline that the server has moved. */
  follow(deadline, startedAt) {
    const moved = this.deadline !== null && deadline - this.deadline > 1000;
    this.deadline = deadline;
    this.total = deadline - startedAt;
    this.isOver = false;
    if (this.until && moved) this.until.textContent = this.say("until", { time: this.say.time(deadline) });
    if (moved) this.aloud(this.say("longer", { time: this.say.time(deadline) }));
    this.skipPast();
    this.show();
  }

  /** What was due before the page was opened is not said again. */
  skipPast() {
    const left = this.deadline - this.clock.now();
    for (const [key, at] of this.marks()) if (left < at - 2000) this.told.add(key);
  }

  marks() {
    const half = this.total / 2;
    return [["half", half], ["ten", 10 * MINUTE], ["one", MINUTE]].filter(([key, at]) => key === "half" || at < half);
  }

  aloud(text) {
    if (this.spoken) this.spoken.textContent = text;
  }

  inWords(left) {
    const minutes = Math.ceil(left / MINUTE);
    if (minutes < 60) return this.say.count("left", minutes);
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    const parts = [this.say.count("hours", hours), rest ? this.say.count("minutes", rest) : ""];
    return this.say("leftLong", { time: parts.join(" ").trim() });
  }

  show() {
    if (this.deadline === null || this.isPaused) return;
    const left = this.deadline - this.clock.now();
    const text = left > 0 ? this.inWords(left) : this.say("over");
    if (this.words && this.words.textContent !== text) this.words.textContent = text;
    for (const [key, at] of this.marks()) {
      if (left > 0 && left <= at && !this.told.has(key)) {
        this.told.add(key);
        this.aloud(this.say("spoken", { left: this.inWords(left), time: this.say.time(this.deadline) }));
      }
    }
    if (left <= 0 && !this.isOver) {
      this.isOver = true;
      this.aloud(this.say("over"));
      this.onEnd();
    }
  }
}
