// For who speaks before a class: B blanks the page, F holds the picture as it is until it is pressed again.

import { make } from "./elements.js";
import { Keys } from "./keys.js";

export class Curtain {
  // `hold(on)` is called where the picture is to stand still, or may move again.
  constructor(words, hold) {
    this.hold = hold;
    this.black = make("div", {
      className: "gd-blank",
      role: "img",
      "aria-label": words.blank,
      hidden: true,
      onclick: () => this.blank(),
    });
    this.glass = make("div", { className: "gd-frozen", hidden: true }, make("span", { role: "status" }, words.frozen));
    this.faces = [this.glass, this.black];
    const blank = () => this.blank(),
      freeze = () => this.freeze();
    this.keys = new Keys({ b: blank, B: blank, f: freeze, F: freeze });
  }

  get isBlank() {
    return !this.black.hidden;
  }
  get isFrozen() {
    return !this.glass.hidden;
  }

  blank() {
    this.black.hidden = !this.black.hidden;
  }

  freeze() {
    this.glass.hidden = !this.glass.hidden;
    this.hold(this.isFrozen);
  }

  // Whether there was something to open.
  open() {
    if (!this.black.hidden) this.blank();
    else if (this.isFrozen) this.freeze();
    else return false;
    return true;
  }

  destroy() {
    this.keys.destroy();
  }
}
