// Pages of studies in the place of the figures, as a step of a lesson shows one. They are loaded ahead and stand behind until their
// step comes; keys that mean the lesson are the lesson's there, too.

import { make } from "./elements.js";
import { isUsed } from "./keys.js";

const LATER = 400; // milliseconds that the page of the next step waits, so that this one comes first
const KEYS = ["PageDown", "PageUp", "b", "B", "f", "F"];

export class StudyFrames {
  // `mapOf` says what a frame is given in the place of an address, where pages of studies are not to be had.
  constructor(words, mapOf = null) {
    Object.assign(this, { words, mapOf });
    this.frames = new Map();
    this.face = make("div", { className: "gd-studies" });
  }

  // The one to be seen, if any, among those that are to be there.
  show(href, wanted) {
    for (const [known, frame] of this.frames) {
      if (wanted.includes(known)) continue;
      frame.remove();
      this.frames.delete(known);
    }
    clearTimeout(this.waiting);
    if (href && !this.frames.has(href)) this.add(href);
    this.waiting = setTimeout(() => {
      for (const address of wanted) if (!this.frames.has(address)) this.add(address);
    }, LATER);
    for (const [known, frame] of this.frames) frame.toggleAttribute("data-shown", known === href);
  }

  add(src) {
    const frame = make("iframe", { src: this.mapOf ? null : src, title: this.words.study });
    if (this.mapOf) Object.assign(frame, this.mapOf(src));
    frame.addEventListener("load", () => {
      frame.contentDocument?.addEventListener("keydown", (event) => this.hear(event));
    });
    this.frames.set(src, frame);
    this.face.append(frame);
  }

  hear(event) {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS.includes(key) || isUsed(event.composedPath()[0], key)) return;
    event.preventDefault();
    document.dispatchEvent(new KeyboardEvent("keydown", { key }));
  }
}
