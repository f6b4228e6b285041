// Where fingers draw: the cells of one grid, large enough for a finger. On the page itself a finger scrolls.

import { make } from "./elements.js";

const CELL = 30; // pixels, at least
const ROOM = [48, 190]; // pixels beside and above the cells: edges, title, buttons
const WAYS = { left: [-1, 0, "←"], right: [1, 0, "→"], up: [0, -1, "↑"], down: [0, 1, "↓"] };

export class Pad {
  constructor(words) {
    this.words = words;
    this.name = null; // of the grid that is drawn
    this.title = make("h2");
    this.canvas = make("canvas", { role: "img" });
    this.window = make("div", { className: "gs-pad-window" }, this.canvas);
    const key = (text, label, onclick) =>
      make("button", { type: "button", className: "gs-button gs-text", "aria-label": label, title: label, onclick }, text);
    this.ways = make(
      "span",
      { className: "gs-pad-ways" },
      ...Object.entries(WAYS).map(([name, [x, y, sign]]) => key(sign, words[`pad_${name}`], () => this.move(x, y))),
    );
    const done = make(
      "button",
      { type: "button", className: "gs-button gs-text", onclick: () => this.face.close() },
      words.pad_done,
    );
    this.face = make(
      "dialog",
      { className: "gs-pad" },
      this.title,
      this.window,
      make("div", { className: "gs-pad-foot" }, this.ways, done),
    );
  }

  get isOpen() {
    return this.face.open;
  }

  // The whole grid if its cells are large enough so, else a part of it that is moved by buttons: a finger on it draws.
  open(name, { rows, columns }) {
    this.name = name;
    this.title.textContent = this.words[`pad_${name}`];
    this.canvas.setAttribute("aria-label", this.title.textContent);
    const cell = Math.max(CELL, Math.min((innerWidth - ROOM[0]) / columns, (innerHeight - ROOM[1]) / rows, 2 * CELL));
    Object.assign(this.canvas.style, { width: `${cell * columns + 2}px`, height: `${cell * rows + 2}px` });
    this.face.showModal();
    this.ways.hidden = this.window.scrollWidth <= this.window.clientWidth && this.window.scrollHeight <= this.window.clientHeight;
  }

  move(x, y) {
    const { clientWidth, clientHeight } = this.window;
    this.window.scrollBy({ left: (x * clientWidth) / 2, top: (y * clientHeight) / 2 });
  }
}
