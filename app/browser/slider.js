// One slider: an index into the values that its parameter can take, and a box for the exact value.

import { make, onMeantInput, symbol, textField } from "./elements.js";
import { fill } from "./numbers.js";

const PATIENCE = 500; // milliseconds after which a dragged slider speaks again though the last move was not answered

// At most one value is on its way; of those that come meanwhile only the newest is sent. `send` says whether it could.
export class Newest {
  constructor(send, patience = PATIENCE) {
    this.deliver = send;
    this.patience = patience;
    this.waiting = null;
    this.timer = 0;
  }

  put(value) {
    this.waiting = value;
    if (!this.timer) this.send();
  }

  send() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.waiting === null || !this.deliver(this.waiting)) return; // where the line is lost, it waits until that is back
    this.waiting = null;
    this.timer = setTimeout(() => this.send(), this.patience);
  }

  answered() {
    if (this.timer) this.send();
  }
}

export class Slider {
  // `tell` has slide(name, index), release(name) and set(name, text); each says whether the line took it.
  constructor({ name, symbol: letter, called, meaning, options }, words, tell) {
    Object.assign(this, { name, options, tell });
    this.shown = { value: 0, text: "", hint: "" };
    this.held = false; // in someone's hand: what the server says meanwhile does not move it
    this.moves = new Newest((index) => tell.slide(name, index));
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
    this.moves.answered();
    this.hint.textContent = shown.hint;
    this.showMark(shown.mark);
    if (this.held || this.moves.waiting !== null) return;
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
