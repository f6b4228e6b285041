// Where controls wait in a drawer, one parameter at a time stands above the clock: its slider and the picture are seen together.

import { button, make } from "./elements.js";

const SWIPE = 40; // pixels

export class Dock {
  // `sliders` are its own: the drawer has others for the same parameters.
  constructor(words, sliders) {
    this.sliders = sliders;
    this.at = 0;
    const place = make("div", { className: "gd-docked" }, ...sliders.map((slider) => slider.face));
    this.face = make(
      "div",
      { className: "gd-dock", role: "group", "aria-label": words.one_parameter, "data-part": "sliders" },
      button(words.previous, { text: false, onclick: () => this.turn(-1) }, "back"),
      place,
      button(words.next, { text: false, onclick: () => this.turn(1) }, "next"),
    );
    let from = null;
    place.addEventListener("pointerdown", (event) => {
      from = event.target.closest("input") ? null : event.clientX;
    });
    place.addEventListener("pointerup", (event) => {
      const way = from === null ? 0 : event.clientX - from;
      from = null;
      if (Math.abs(way) > SWIPE) this.turn(way < 0 ? 1 : -1);
    });
    place.addEventListener("pointercancel", () => {
      from = null;
    });
  }

  // To the next of those that a teacher's link has not left out; by 0, to one that is there.
  turn(by) {
    const there = this.sliders.filter(({ face }) => !face.classList.contains("gd-left-out"));
    const before = Math.max(0, there.indexOf(this.sliders[this.at]));
    const next = there[(before + by + there.length) % there.length];
    this.face.hidden = !next;
    for (const slider of this.sliders) slider.face.hidden = slider !== next;
    if (next) this.at = this.sliders.indexOf(next);
  }
}
