// Equations and words as a sheet over the stage: one after the other, fit to be shown to a class, each lighting the figure it
// speaks of; or all of them, to be read. It is no modal window: the stage plays on, and sliders can be moved beside it.

import { button, make, put } from "./elements.js";
import { fill } from "./numbers.js";

const LEAF = 0.9; // of what is in sight
const ROOM = 6; // pixels between the sheet and what it lights below it
const TURNS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Sheet {
  // `address` is where the words are; `light(name)` lights a figure as long as it is spoken of, none for null, and returns its
  // element, if there is one; `mark(element)` lights what a symbol means for a moment; `opened(on)` is told.
  constructor(words, address, { light, mark, opened }) {
    Object.assign(this, { words, address, light, mark, opened });
    this.at = 0;
    this.steps = [];
    this.back = button(words.previous, { text: false, onclick: () => this.turn(-1) }, "back");
    this.next = button(words.next, { text: false, onclick: () => this.turn(1) }, "next");
    this.count = make("span", { className: "gd-count" });
    this.all = button(words.all, { "aria-pressed": "false", title: words.all_meaning, onclick: () => this.show(!this.isWhole) });
    const close = button(words.close, { text: false, onclick: () => this.close() }, "close");
    this.body = make("div", { className: "gd-words", tabindex: "-1", "aria-live": "polite" });
    this.face = make(
      "dialog",
      { className: "gd-sheet", "aria-label": words.title },
      make(
        "div",
        { className: "gd-sheet-head" },
        this.back,
        this.count,
        this.next,
        make("span", { className: "gd-gap" }),
        this.all,
        close,
      ),
      this.body,
    );
    this.body.addEventListener("click", (event) => {
      const marked = event.target.closest("[data-symbol]");
      if (marked) this.mark(marked);
    });
    this.face.addEventListener("keydown", (event) => {
      if (this.isWhole || !(event.key in TURNS)) return;
      event.preventDefault(); // here they turn the leaf, they do not step the clock
      this.turn(TURNS[event.key]);
    });
  }

  get isOpen() {
    return this.face.open;
  }

  async open() {
    this.next.autofocus = true; // not before: a page within another one may not ask for the focus as it opens
    this.face.show();
    this.opened(true);
    if (!this.steps.length) await this.load();
    this.show(false);
  }

  close() {
    this.opened(false); // while it is open: a window that closes with the focus in it gives it back by itself
    this.face.close();
    this.light(null);
  }

  async load() {
    this.body.innerHTML = await (await fetch(this.address)).text(); // a static file of our own server
    // A page that shows none of the figures has the equations alone.
    const figures = [...this.body.querySelectorAll("li[data-step]")];
    const isThere = figures.some((part) => this.light(part.dataset.figure));
    for (const part of isThere ? [] : this.body.querySelectorAll("[data-figures]")) part.remove();
    this.steps = [...this.body.querySelectorAll("[data-step]")];
    this.parts = [...this.body.querySelectorAll("h3, [data-step]")];
  }

  turn(by) {
    if (this.isWhole) return this.body.scrollBy({ top: by * LEAF * this.body.clientHeight });
    if (!this.steps.length) return; // they are on their way
    this.at = Math.max(0, Math.min(this.steps.length - 1, this.at + by));
    this.show(false);
  }

  // All, or the one whose turn it is, under the title of its section.
  show(whole) {
    this.isWhole = whole;
    const now = this.steps[this.at];
    const heading = this.parts.slice(0, this.parts.indexOf(now)).findLast((part) => part.matches("h3"));
    for (const part of this.parts) part.hidden = !whole && part !== now && part !== heading;
    this.face.toggleAttribute("data-whole", whole);
    this.all.setAttribute("aria-pressed", String(whole));
    this.back.setAttribute("aria-disabled", String(whole || this.at === 0)); // not `disabled`: the focus would be lost
    this.next.setAttribute("aria-disabled", String(whole || this.at === this.steps.length - 1));
    put(this.count, fill(this.words.count, { at: this.at + 1, count: this.steps.length }));
    this.body.scrollTop = 0;
    if (whole) now.scrollIntoView({ block: "nearest" });
    this.place(this.light(whole ? null : (now.dataset.figure ?? null)));
  }

  // Where it does not cover what it lights; on a page that scrolls it stands above, and what it lights is brought below it.
  place(lit) {
    const { top, bottom } = this.face.getBoundingClientRect();
    const isAtTop = top <= 0;
    if (lit) lit.style.scrollMarginTop = isAtTop ? `${bottom + ROOM}px` : "";
    lit?.scrollIntoView({ block: isAtTop ? "start" : "nearest" });
    const box = lit?.getBoundingClientRect();
    this.face.toggleAttribute("data-above", Boolean(box) && box.top + box.height / 2 > innerHeight / 2);
  }
}
