// One slider: an index into the values that its parameter can take, and a box for the exact value.

import { make, onMeantInput, symbol, textField } from "./elements.js";
import { fill } from "./numbers.js";

const PATIENCE = 500; // milliseconds after which a dragged slider speaks again though the last move was not answered

// Of the values that come while one is on its way only the newest is sent. `send` says whether it could; `lapsed` is called where
// the last one was never answered.
export class Newest {
  constructor(send, lapsed = () => {}, patience = PATIENCE) {
    this.deliver = send;
    this.lapsed = lapsed;
    this.patience = patience;
    this.waiting = null;
    this.sent = null; // last
    this.timer = 0;
  }

  put(value) {
    this.waiting = value;
    if (!this.timer) this.send();
  }

  // What waits goes now; where the line is lost, it waits until that is back.
  send() {
    if (this.waiting === null || !this.deliver(this.waiting)) return;
    this.sent = this.waiting;
    this.waiting = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lapse(), this.patience);
  }

  // An answer has come, and it is about this value; whether that was the last one sent, so that what is said now holds.
  answered(value) {
    if (!this.timer) return this.waiting === null;
    if (this.waiting !== null) this.send();
    else if (value === this.sent) {
      clearTimeout(this.timer);
      this.timer = 0;
    }
    return !this.timer;
  }

  lapse() {
    this.timer = 0;
    if (this.waiting === null) this.lapsed();
    else this.send();
  }
}

export class Slider {
  // `tell` has slide(name, index), release(name) and set(name, text); each says whether the line took it.
  constructor({ name, symbol: letter, called, meaning, options }, words, tell) {
    Object.assign(this, { name, options, tell });
    this.shown = { value: 0, text: "", hint: "" };
    this.held = false; // in someone's hand: what the server says meanwhile does not move it
    this.moves = new Newest(
      (index) => tell.slide(name, index),
      () => this.show(this.shown), // as where the value was refused
    );
    this.box = textField(fill(words.exact, { symbol: letter }));
    this.hint = make("small", { className: "gd-hint" });
    this.range = make("input", {
      type: "range",
      min: 0,
      max: options.length - 1,
      step: 1,
      "aria-label": letter === called ? letter : `${letter} ${called}`,
      "aria-description": meaning,
    });
    this.mark = make("i", { className: "gd-slider-mark", hidden: true });
    this.meaning = meaning;
    this.face = make(
      "div",
      { className: "gd-slider", title: meaning, "data-part": name },
      make("div", { className: "gd-slider-head" }, symbol(letter), make("small", {}, called), this.hint, this.box),
      make("div", { className: "gd-track" }, this.range, this.mark),
    );
    onMeantInput(this.range, () => this.move());
    this.range.addEventListener("pointerdown", () => {
      this.held = true;
    });
    this.range.addEventListener("pointerup", () => {
      this.held = false;
    });
    this.range.addEventListener("pointercancel", () => this.drop()); // a finger that turned out to scroll the page
    this.range.addEventListener("change", () => this.release());
    this.box.addEventListener("change", () => {
      if (this.box.value.trim() !== this.shown.text) tell.set(name, this.box.value);
    });
    this.box.addEventListener("blur", () => {
      this.box.value = this.shown.text;
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.box.value = this.shown.text;
        this.box.blur();
      }
    });
  }

  // The server has answered.
  show(shown) {
    this.shown = shown;
    const holds = this.moves.answered(shown.value);
    this.hint.textContent = shown.hint;
    this.showMark(shown.mark);
    if (this.held || !holds) return;
    this.range.value = shown.value;
    this.box.value = shown.text;
    this.paint();
  }

  // Where something happens along the slider, and what.
  showMark(mark) {
    this.mark.hidden = !mark;
    this.range.setAttribute("aria-description", mark ? `${this.meaning}. ${mark.text}` : this.meaning);
    if (!mark) return;
    this.mark.title = mark.text;
    this.mark.style.setProperty("--gd-at", mark.at);
  }

  paint() {
    this.range.style.setProperty("--gd-done", `${(100 * this.range.value) / Math.max(1, this.range.max)}%`);
    this.range.setAttribute("aria-valuetext", this.box.value);
  }

  move() {
    this.box.value = this.options[Number(this.range.value)];
    this.paint();
    this.moves.put(Number(this.range.value));
  }

  // Let go of; the last move goes before.
  release() {
    this.held = false;
    this.moves.send();
    if (this.moves.waiting === null) this.tell.release(this.name);
  }

  // No longer in a hand, and nothing was chosen: it shows what holds.
  drop() {
    this.held = false;
    if (this.moves.waiting === null) this.show(this.shown);
  }

  // The line is back: what was moved meanwhile is said, and that it is held no longer.
  resume() {
    const moved = this.moves.waiting !== null;
    this.moves.send();
    if (moved && !this.held) this.tell.release(this.name);
  }
}
