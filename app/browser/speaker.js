// The window of who speaks before a class, beside the one that the class sees: notes, the next step as a small stage, the time, and
// what the hall is shown. Both windows are pages of the same lesson; a line says to the other what was done in one of them, and each
// has its own run of the same address, which is the same run.

import { options } from "./controls.js";
import { button, make, put } from "./elements.js";
import { fill } from "./numbers.js";

const LED = "gliascope-led"; // by which a window knows that it has gone on from another page of the lesson
const KEPT = "gliascope-line"; // where a window keeps the name of its line, which one that it opens has, too
const EVERY = 1000; // milliseconds between two looks at the time

// What two windows say to each other: {address, path}, {clock: {t, playing}}, {answer}, {freeze}, {blank}, and {hello}, which asks for
// the present; a window that has gone on says with it where it is, {hello, address, path}, and who is elsewhere comes. Without a
// second window there is no line. `carrier` takes what is said to the other window where pages have no common origin, as files
// have not (carrier.js).
export class Line {
  constructor(hear, carrier = null) {
    Object.assign(this, { hear, carrier });
    if (globalThis.top !== globalThis) return; // a frame is nobody's window, such as that of the next step, and may have no storage
    if (carrier) {
      carrier.hear = hear;
      this.hasLed = carrier.isTaken; // a chapter's page after another one's, in the same file
      carrier.isTaken = true;
      return;
    }
    this.hasLed = sessionStorage.getItem(LED) !== null;
    sessionStorage.removeItem(LED);
    if (sessionStorage.getItem(KEPT)) this.open();
  }

  // This window goes on to another page, where the other one is to follow.
  lead() {
    if (this.channel) sessionStorage.setItem(LED, "");
  }

  open(name = sessionStorage.getItem(KEPT) ?? crypto.randomUUID?.() ?? String(Math.random())) {
    if (this.channel || this.carrier) return;
    sessionStorage.setItem(KEPT, name);
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }) => this.hear(data);
  }

  // The other window was opened by this one.
  reach(other) {
    if (this.carrier) this.carrier.other = other;
  }

  say(message) {
    (this.channel ?? this.carrier)?.postMessage(message);
  }

  close() {
    this.channel?.close();
    if (this.carrier) this.carrier.hear = null;
  }
}

export class Speaker {
  // `deeds`: freeze(on), blank(on), go(step).
  constructor(words, deeds) {
    this.words = words;
    this.isFrozen = this.isBlank = false;
    this.began = Date.now();
    this.notes = make("div", { className: "gd-speaker-notes" });
    this.next = make("p", { className: "gd-speaker-next" });
    this.ahead = make("iframe", { title: words.next_step });
    this.time = make("b", { className: "gd-speaker-time" });
    this.left = make("span", {});
    const pressed = (name, text) => {
      const made = button(text, {
        "aria-pressed": "false",
        onclick: () => {
          this[name] = !this[name];
          made.setAttribute("aria-pressed", String(this[name]));
          deeds[name](this[name]);
        },
      });
      return made;
    };
    this.jump = make("select", { "aria-label": words.jump, onchange: () => deeds.go(Number(this.jump.value)) });
    this.face = make(
      "aside",
      { className: "gd-speaker", "aria-label": words.speaker },
      make("div", { className: "gd-row" }, this.time, this.left),
      make("div", { className: "gd-row gd-even" }, pressed("isFrozen", words.freeze_hall), pressed("isBlank", words.blank_hall)),
      make("label", { className: "gd-row" }, make("span", {}, words.jump), this.jump),
      this.notes,
      this.next,
      make("div", { className: "gd-speaker-ahead" }, this.ahead),
    );
    this.ticking = setInterval(() => this.tick(), EVERY);
  }

  show(lesson) {
    put(this.notes, lesson?.notes ?? "");
    const { next, steps } = lesson?.speaker ?? {};
    put(this.next, next ? fill(this.words.then, next) : this.words.last_step);
    this.ahead.hidden = !next;
    if (next && this.ahead.getAttribute("src") !== next.href) this.ahead.src = next.href;
    if (steps && this.jump.options.length !== steps.length)
      this.jump.replaceChildren(...options(Object.fromEntries(steps.map((say, i) => [i + 1, `${i + 1}. ${say}`]))));
    if (lesson) this.jump.value = String(lesson.at);
    this.planned = lesson?.minutes[0] ?? 0;
    this.tick();
  }

  tick() {
    const minutes = Math.floor((Date.now() - this.began) / 60_000);
    put(this.time, new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    put(this.left, fill(this.words.speaker_time, { minutes, left: Math.round(this.planned ?? 0) }));
  }

  destroy() {
    clearInterval(this.ticking);
  }
}
