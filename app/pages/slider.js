// One slider: what its model holds on the server, drawn and dragged here.

import { make, symbol } from "./elements.js";

const PATIENCE = 500; // milliseconds after which a dragged slider speaks again though the last move was not answered

export class Slider {
  constructor(model, announce) {
    this.model = model;
    this.known = SPEC.sliders[model.label];
    this.announce = announce;
    this.held = false; // in someone's hand: what the server says meanwhile does not move it
    this.waiting = null; // where it was dragged to since the last message
    this.timer = 0;
    this.box = make("input", {
      className: "gd-exact", type: "text", autocomplete: "off", spellcheck: "false", "aria-label": SPEC.words.exact.replace("{symbol}", model.label),
    });
    this.hint = make("small", {className: "gd-hint"});
    this.range = make("input", {
      type: "range", min: model.start, max: model.end, step: model.step, "aria-label": model.label, "aria-description": this.known.meaning,
    });
    this.face = make("div", {className: "gd-slider", title: this.known.meaning, "data-part": this.known.name},
      make("div", {className: "gd-slider-head"}, symbol(model.label), make("small", {}, this.known.called), this.hint, this.box), this.range);
    this.range.addEventListener("pointerdown", () => { this.held = true; });
    this.range.addEventListener("pointerup", () => { this.held = false; });
    this.range.addEventListener("input", () => this.move());
    this.range.addEventListener("change", () => this.release());
    this.box.addEventListener("change", () => {
      if (this.box.value.trim() !== model.text) announce({name: this.known.name, text: this.box.value});
    });
    this.box.addEventListener("blur", () => { this.box.value = model.text; });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.box.value = model.text; this.box.blur(); }
    });
    model.change.connect(() => this.follow());
    this.follow();
  }

  follow() {
    this.hint.textContent = this.model.hint;
    if (this.held || this.waiting !== null) return;
    this.range.value = this.model.value;
    this.box.value = this.model.text;
    this.paint();
  }

  paint() {
    this.range.style.setProperty("--gd-done", `${(100 * this.range.value) / Math.max(1, this.range.max)}%`);
    this.range.setAttribute("aria-valuetext", this.box.value);
  }

  move() {
    this.waiting = Number(this.range.value);
    this.box.value = this.known.options[this.waiting];
    this.paint();
    if (!this.timer) this.send();
  }

  // One move is on its way at most; of those made meanwhile only the newest is sent.
  send() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.waiting === null) return;
    if (!this.announce({name: this.known.name})) return; // the line is lost: it waits until that is back
    this.model.setv({value: this.waiting});
    this.waiting = null;
    this.timer = setTimeout(() => this.send(), PATIENCE);
  }

  // The server has answered.
  answered() {
    if (this.timer) this.send();
    this.follow();
  }

  release() {
    this.held = false;
    this.send();
    if (this.waiting === null) this.model.setv({value_throttled: Number(this.range.value)});
  }
}
