// Says what has changed to a screen reader: only while it is switched on, never more often than every few seconds, and
// then what holds by then, not all that happened in between.

const EVERY = 5000; // milliseconds between two messages
const SETTLES = 300; // what changes together is one message

export class Announcer {
  #said = "";
  #wanted = "";
  #at = -Infinity;
  #timer = null;

  constructor(speak, { on = () => true, now = () => performance.now(), later = (act, wait) => setTimeout(act, wait) } = {}) {
    Object.assign(this, { speak, on, now, later });
  }

  // `text`: how things stand. It is said if it is not what was said last.
  tell(text) {
    this.#wanted = text;
    if (this.#timer !== null || !this.on() || text === this.#said) return;
    this.#timer = this.later(() => this.#flush(), Math.max(SETTLES, this.#at + EVERY - this.now()));
  }

  #flush() {
    this.#timer = null;
    if (!this.on() || this.#wanted === this.#said) return;
    this.#said = this.#wanted;
    this.#at = this.now();
    this.speak(this.#said);
  }
}

// The page's own, with its switch and its live region (macros/parts.html, announce_switch); null where it has none.
export function pageAnnouncer() {
  const [box, region] = [document.getElementById("announce"), document.getElementById("announcement")];
  return box && region && new Announcer((text) => (region.textContent = text), { on: () => box.checked });
}
