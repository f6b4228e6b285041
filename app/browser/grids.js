// Patterns as grids of cells: filled for +1, empty for −1, paler for what is undecided; a cross marks one that is wrong. Some of them
// can be drawn on, by pointer, by keyboard, or by a finger on a pad of its own.
// What is drawn is kept until a run answers it. A card that shows grids derives from `Grids`.

import { make, put } from "./elements.js";
import { hasVisibleFocus } from "./keys.js";
import { fitted } from "./lettering.js";
import { mark } from "./marks.js";
import { fill } from "./numbers.js";
import { Pad } from "./pad.js";

const SMALL = 11; // pixels
const MOST_GHOSTS = 4,
  SIGN = 16; // half of a mark's side, in device pixels
const SEND_EVERY = 60; // milliseconds between messages while drawing: the newest counts

export class Grids {
  // `drawable` are the names of the grids that may be drawn on. A run has `rates(frame)`, in steps of which `steps.g` are one,
  // `targetSigns` and `wrongAt(frame)`; a subclass says what a grid holds, `values(name)`, what it is
  // compared with, `target(name)`, and how what was drawn is told, `tell(name, values)`.
  constructor(words, drawable) {
    Object.assign(this, { words, scene: null, grids: {} });
    this.drawn = Object.fromEntries(drawable.map((name) => [name, null])); // what the server has not answered yet
    this.thumbs = [];
    this.strip = make("div", { className: "gs-thumbs" });
    this.pad = new Pad(words);
    this.grids.pad = { canvas: this.pad.canvas, context: this.pad.canvas.getContext("2d"), at: 0 };
    this.listen("pad");
  }

  // A grid with its caption, for the body of the card.
  add(name) {
    const caption = make("span", { "data-picture": "text" }, this.words[`grid_${name}`]);
    const grid = newGrid({ "data-grid": name, "aria-label": this.words[`grid_${name}`] });
    this.grids[name] = { ...grid, caption, at: 0 };
    if (name in this.drawn) this.listen(name);
    return make("div", { className: `gs-grid gs-grid-${name}` }, caption, grid.canvas);
  }

  // A new run has come: it answers what was drawn, unless a stroke is still under way.
  adopt(scene) {
    this.scene = scene;
    if (!this.stroke && !this.waiting) for (const name of Object.keys(this.drawn)) this.drawn[name] = null;
    for (const grid of Object.values(this.grids)) arrange(grid, scene.run);
  }

  target() {
    return null;
  }

  // What a small grid says of its ghost, and what it is compared with.
  ghostText(ghost, frame) {
    return fill(this.words.ghost_wrong, { wrong: ghost.wrongAt(frame) });
  }
  ghostTarget(ghost, _frame) {
    return ghost.targetSigns;
  }

  // Small grids of the ghosts, each with its mark, its name and what is said of it.
  showGhosts() {
    const { ghosts, palette } = this.scene;
    if (this.strip.ghosts === ghosts && this.strip.palette === palette) return;
    Object.assign(this.strip, { ghosts, palette, hidden: ghosts.length === 0 });
    const most = ghosts.length > 2 ? 1 : 2; // lines of a name
    this.thumbs = ghosts.slice(0, MOST_GHOSTS).map(({ name, run, look }) => {
      const grid = newGrid({ "aria-label": name });
      arrange(grid, run);
      const sign = make("canvas", { width: 2 * SIGN, height: 2 * SIGN, "aria-hidden": "true", "data-picture": "canvas" });
      const context = sign.getContext("2d");
      mark(context, [SIGN, SIGN], look.shape, 0.55 * SIGN, palette.paper, palette.neuron, 0.2 * SIGN);
      const called = make("span", { "data-picture": "text", title: name }),
        said = make("span", { "data-picture": "text" });
      const lines = make("div", {}, called, make("div", { className: "gs-thumb-count" }, sign, said));
      return { ...grid, run, name, called, said, lines, face: make("div", { className: "gs-thumb" }, grid.canvas, lines) };
    });
    this.strip.replaceChildren(...this.thumbs.map(({ face }) => face));
    for (const { context, name, called, lines } of this.thumbs) {
      const { fontWeight, fontSize, fontFamily } = getComputedStyle(called);
      context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
      put(called, fitted(context, name, lines.clientWidth, most).lines.join("\n"));
    }
  }

  // A ghost at the moment on show.
  paintGhosts() {
    const { t } = this.scene;
    for (const { run: ghost, said, ...grid } of this.thumbs) {
      const at = ghost.t[ghost.last] <= t ? ghost.last : Math.floor(ghost.positionAt(t));
      this.draw(grid, ghost.rates(at), this.ghostTarget(ghost, at), ghost.steps.g);
      put(said, this.ghostText(ghost, at));
    }
  }

  paintPad() {
    if (this.pad.isOpen) this.draw(this.grids.pad, this.values(this.pad.name), this.target(this.pad.name));
  }

  editable(name, on) {
    const { canvas } = this.grids[name];
    canvas.classList.toggle("gs-editable", on);
    canvas.tabIndex = on ? 0 : -1;
    canvas.setAttribute("role", on ? "application" : "img");
    canvas.setAttribute("aria-label", on ? this.words[`draw_${name}`] : this.words[`grid_${name}`]);
  }

  draw(grid, values, target, full = 1) {
    const { canvas, context } = grid;
    const ratio = globalThis.devicePixelRatio || 1;
    const side = this.side(canvas);
    const width = Math.round(side.width * ratio),
      height = Math.round(side.height * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, side.width, side.height);
    this.cells(grid, side, values, target, full);
  }

  side(canvas) {
    return { width: canvas.clientWidth, height: canvas.clientHeight };
  }

  layout({ rows, columns }, { width, height }) {
    const cell = Math.max(1, Math.min((width - 2) / columns, (height - 2) / rows));
    return { cell, left: (width - cell * columns) / 2, top: 1 };
  }

  cells(grid, side, values, target, full) {
    const { palette, plain } = this.scene;
    const { context, columns } = grid;
    const { cell, left, top } = this.layout(grid, side);
    const gap = cell > 7 ? 1.2 : cell > 3 ? 0.5 : 0;
    for (let i = 0; i < values.length; i++) {
      const x = left + (i % columns) * cell + gap / 2,
        y = top + Math.floor(i / columns) * cell + gap / 2;
      const value = values[i] / full,
        size = cell - gap;
      context.globalAlpha = 1;
      context.fillStyle = palette.rule;
      context.fillRect(x, y, size, size);
      context.fillStyle = value > 0 ? palette.neuron : palette.paper;
      context.globalAlpha = value === 0 ? 0 : 0.25 + 0.75 * Math.min(1, Math.abs(value));
      const inset = value > 0 || size < 5 ? 0 : 1;
      context.fillRect(x + inset, y + inset, size - 2 * inset, size - 2 * inset);
      context.globalAlpha = 1;
      if (target && value !== 0 && value > 0 !== target[i] > 0) this.cross(context, x, y, size, value > 0);
    }
    if (grid.focused && !plain) {
      const i = grid.at;
      context.strokeStyle = palette.ink;
      context.lineWidth = 2.5;
      context.strokeRect(left + (i % columns) * cell, top + Math.floor(i / columns) * cell, cell, cell);
    }
  }

  cross(context, x, y, size, onFill) {
    const { palette } = this.scene;
    if (size < SMALL) return this.smallCross(context, x, y, size, onFill);
    context.strokeStyle = palette.wrong;
    context.lineWidth = Math.max(1, size * 0.1);
    context.strokeRect(x + context.lineWidth / 2, y + context.lineWidth / 2, size - context.lineWidth, size - context.lineWidth);
    const arm = size * 0.27;
    if (onFill) {
      // a rim of paper keeps the cross legible on a filled cell
      context.strokeStyle = palette.paper;
      context.lineWidth = Math.max(2, size * 0.24);
      diagonals(context, x, y, size, arm);
    }
    context.strokeStyle = palette.wrong;
    context.lineWidth = Math.max(1.2, size * 0.13);
    diagonals(context, x, y, size, arm);
  }

  smallCross(context, x, y, size, onFill) {
    const { palette } = this.scene;
    context.fillStyle = onFill ? palette.wrong : palette.paper;
    context.fillRect(x, y, size, size);
    context.strokeStyle = onFill ? palette.paper : palette.wrong;
    context.lineWidth = Math.max(1, size * 0.16);
    diagonals(context, x, y, size, 1);
  }

  listen(name) {
    const { canvas } = this.grids[name];
    const editable = () => this.scene?.run && (name === "pad" || canvas.classList.contains("gs-editable"));
    let pointer = "mouse";
    canvas.addEventListener("pointerdown", (event) => {
      pointer = event.pointerType;
      const i = editable() && (pointer === "mouse" || name === "pad") ? this.cellAt(name, event) : null;
      if (i === null) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      const drawn = name === "pad" ? this.pad.name : name;
      this.stroke = { on: name, drawn, value: this.values(drawn)[i] > 0 ? -1 : 1 };
      this.put(drawn, i, this.stroke.value);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.stroke?.on !== name) return;
      const i = this.cellAt(name, event);
      if (i !== null) this.put(this.stroke.drawn, i, this.stroke.value);
    });
    canvas.addEventListener("click", () => {
      if (pointer === "mouse" || name === "pad" || !editable()) return;
      this.pad.open(name, this.grids[name]);
      this.paint();
    });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, () => {
        this.stroke = null;
      });
    if (name === "pad") return;
    canvas.addEventListener("focus", () => {
      this.grids[name].focused = canvas.matches(":focus-visible");
      this.paint();
    });
    canvas.addEventListener("blur", () => {
      this.grids[name].focused = false;
      this.paint();
    });
    canvas.addEventListener("keydown", (event) => {
      if (!editable() || !hasVisibleFocus(canvas)) return; // after a click, keys are the clock's
      const grid = this.grids[name];
      const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.columns, ArrowDown: grid.columns }[event.key];
      if (move !== undefined) grid.at = Math.max(0, Math.min(this.scene.run.N - 1, grid.at + move));
      else if (event.key === " " || event.key === "Enter") this.put(name, grid.at, this.values(name)[grid.at] > 0 ? -1 : 1);
      else return;
      grid.focused = true;
      event.preventDefault();
      event.stopPropagation(); // arrows move over the cells here, they do not step the clock
      this.paint();
    });
  }

  cellAt(name, event) {
    const { canvas, rows, columns } = this.grids[name];
    const box = canvas.getBoundingClientRect();
    const { cell, left, top } = this.layout(this.grids[name], this.side(canvas));
    const column = Math.floor((event.clientX - box.left - left) / cell),
      row = Math.floor((event.clientY - box.top - top) / cell);
    if (column < 0 || column >= columns || row < 0 || row >= rows) return null;
    const i = row * columns + column;
    return i < this.scene.run.N ? i : null;
  }

  put(name, i, value) {
    const values = Int8Array.from(this.values(name));
    if (values[i] === value && this.drawn[name]) return;
    values[i] = value;
    this.drawn[name] = values;
    this.paint();
    this.later(name);
  }

  later(name) {
    this.next = name;
    if (this.waiting) return;
    this.tellNext();
    this.waiting = setTimeout(() => {
      this.waiting = null;
      if (this.next) this.later(this.next);
    }, SEND_EVERY);
  }

  tellNext() {
    const name = this.next;
    this.next = null;
    this.tell(name, Array.from(this.values(name)));
  }

  destroy() {
    clearTimeout(this.waiting);
  }
}

function newGrid(attributes) {
  const canvas = make("canvas", { role: "img", "data-picture": "canvas", ...attributes });
  return { canvas, context: canvas.getContext("2d") };
}

function arrange(grid, run) {
  [grid.rows, grid.columns] = run.shape ?? nearSquare(run.N);
}

// Rows and columns for a pattern without a shape: an even split if one is near a square, else a ragged last row.
function nearSquare(count) {
  for (let rows = Math.floor(Math.sqrt(count)); rows > 1; rows--) {
    if (count % rows === 0 && count / rows <= 2 * rows) return [rows, count / rows];
  }
  const columns = Math.ceil(Math.sqrt(count));
  return [Math.ceil(count / columns), columns];
}

function diagonals(context, x, y, size, arm) {
  context.beginPath();
  context.moveTo(x + arm, y + arm);
  context.lineTo(x + size - arm, y + size - arm);
  context.moveTo(x + size - arm, y + arm);
  context.lineTo(x + arm, y + size - arm);
  context.stroke();
}
