// A map of one observable over two parameters: crosshair, best region, and a closer look at a part of it.

import { roundTicks, Scale } from "../browser/axes.js";
import { button, make, put } from "../browser/elements.js";
import { Figure, follow } from "../browser/figure.js";
import { fill, measured, share } from "../browser/numbers.js";
import {
  Bar,
  drawCrosshair,
  drawHatch,
  fillCells,
  Hatched,
  outline,
  placeUnder,
  Ramp,
  setAxes,
  setBorders,
  steer,
  writeCells,
} from "./maps.js";

const CLOSER = 0.2; // of the range to each side of the crosshair
const BOTTOM = 44; // pixels under a map
const LOGARITHMIC = ["perplexity"];
const LOOKS = { color: "#ffffff", width: 2, dash: "solid", alpha: 1 };

export class View {
  constructor(page) {
    this.page = page;
    this.hover = null; // {i, j}
    this.figures = [];
    this.hatched = new Set(); // places with no value
    this.box = null; // while one is drawn: two corners in pixels
  }

  build(root) {
    const { words } = this.page;
    this.title = make("h2", { "data-picture": "text" });
    this.host = make("div", { className: "gl-plot", role: "img" });
    this.card = make("div", { className: "gl-card gl-map", tabindex: "0", role: "group" }, this.title, this.host);
    this.card.addEventListener("keydown", (event) => this.onKey(event));
    this.scale = new Bar();
    this.readout = make("p", { className: "gl-readout" });
    this.refine = button(words.refine, { title: words.refine_meaning, disabled: true, onclick: () => this.closer() });
    this.whole = button(words.zoom_out, { onclick: () => this.page.set({ low_a: "", high_a: "", low_b: "", high_b: "" }) });
    this.without = new Hatched("");
    this.closerBy = [
      make("div", { className: "gd-row" }, this.refine, this.whole),
      make("small", { className: "gl-box" }, words.refine_box),
    ];
    this.info = make(
      "div",
      { className: "gl-card gl-info" },
      this.scale.face,
      make("small", { "data-picture": "text" }, words.best_region),
      this.readout,
      ...this.closerBy,
      this.without.face,
    );
    root.append(make("div", { className: "gl-beside" }, this.card, this.info));
  }

  get hint() {
    return this.page.words.watch_hint_cell;
  }

  get coarse() {
    return this.page.words.coarse;
  }

  // The settings that only this page has.
  settings() {
    const { controls, spec, words } = this.page,
      { fields } = words;
    const choice = (name, choices) => controls.row(name, [fields[name]], [controls.choice(name, fields[name], choices)]);
    const range = (side) => controls.range(`low_${side}`, `high_${side}`, { text: fields.range }, fields);
    const worthIt = spec.maps.length > 1; // one alone is what the page begins with
    const called = (name) => spec.parameters[name].symbol;
    const map = ([a, b]) => [
      `${called(a)} × ${called(b)}`,
      () => ({ axis_a: a, axis_b: b, low_a: "", high_a: "", low_b: "", high_b: "" }),
    ];
    return [
      ...(worthIt ? [controls.presets(words.maps_label, spec.maps.map(map))] : []),
      choice("observable", words.observables),
      ...(Object.keys(spec.models).length ? [choice("model", spec.models)] : []), // a system may have one alone
      choice("axis_a", spec.axes),
      range("a"),
      choice("axis_b", spec.axes),
      range("b"),
      this.page.field("points"),
      this.page.field("trials"),
    ];
  }

  get all() {
    return this.figures;
  }

  async embed(items) {
    this.figures = [await Figure.embed(this.host, items.map0, (context) => this.draw(context))];
    const under = (px, py) => (this.page.table ? placeUnder(this.figures[0], this.x, this.y, px, py) : null);
    follow(this.host, {
      over: (px, py, event) => this.point(under(px, py), event),
      out: () => {
        this.box = null;
        this.point(null);
      },
      tap: (px, py) => this.page.press(under(px, py)),
      drag: (from, to, done) => this.drag(from, to, done),
    });
  }

  index({ i, j }) {
    return [i, j];
  }

  at({ i, j }) {
    const [figure] = this.figures;
    return [figure, figure.sx(this.x.at[i]), figure.sy(this.y.at[j])];
  }

  name({ i, j }) {
    const at = (axis, k) => `${axis.symbol} = ${axis.texts[k]}`;
    return `${at(this.x.axis, i)}, ${at(this.y.axis, j)}`;
  }

  place(i, j) {
    return i * this.y.at.length + j;
  }

  adopt(table) {
    [this.x, this.y] = table.axes.map((axis) => new Scale(axis));
    this.hover = null;
    for (const element of this.closerBy) element.hidden = this.isNamed;
  }

  update() {
    const { page } = this,
      { table, palette, words, extra } = page;
    if (!table || !palette || !this.figures.length || !extra?.observable) return;
    const [figure] = this.figures,
      name = extra.observable;
    const values = [];
    for (let place = 0; place < table.size; place++) {
      const value = table.done[place] ? table.value(name, place, 0) : NaN;
      if (!Number.isNaN(value)) values.push(value);
    }
    this.ramp = rampOver(page.spec.colours, values, LOGARITHMIC.includes(name));
    const called = (axis) => (axis.named || axis.called === axis.symbol ? axis.called : `${axis.called} ${axis.symbol}`);
    setBorders(figure, this.x, this.y, { left: page.hall ? 84 : 62, right: 14, bottom: BOTTOM });
    setAxes(figure, this.x, this.y, called(this.x.axis), called(this.y.axis), 6);
    this.hatched = new Set();
    fillCells(
      figure,
      this.x,
      this.y,
      table.done,
      (place) => {
        const value = table.value(name, place, 0);
        return Number.isNaN(value) ? { color: palette.middle } : { color: this.ramp.of(value) };
      },
      palette.paper,
    );
    for (let place = 0; place < table.size; place++)
      if (table.done[place] && Number.isNaN(table.value(name, place, 0))) this.hatched.add(place);
    this.without.face.classList.toggle("gl-unseen", !this.hatched.size);
    this.without.show(palette, this.withoutValue(name));
    const region = Array.from(extra.region ?? []),
      inside = new Set();
    for (let k = 0; k < region.length; k += 2) inside.add(this.place(region[k], region[k + 1]));
    this.best = region.length ? { i: region[0], j: region[1] } : null;
    const rows = outline(this.x, this.y, (i, j) => inside.has(this.place(i, j)));
    figure.rows("region", [...rows.map((row) => ({ ...row, color: "#000000", width: 4.5 })), ...rows], LOOKS);
    this.scale.show(this.ramp, words.units[name]);
    const model = [this.x, this.y].some(({ axis }) => axis.name === "model") ? null : page.shownModel;
    put(this.title, [words.units[name], model].filter(Boolean).join(" · "));
    const label = fill(words.figures.tune, { observable: words.units[name], a: this.x.axis.called, b: this.y.axis.called });
    this.card.setAttribute("aria-label", label);
    this.host.setAttribute("aria-label", label);
    figure.paint();
    this.tell();
  }

  draw(context) {
    const { page } = this,
      lit = this.hover ?? page.chosen;
    if (!page.table || !page.palette || !this.ramp) return;
    const [figure] = this.figures;
    drawHatch(context, figure, this.x, this.y, this.hatched, page.palette);
    const written = writeCells(context, figure, this.x, this.y, {
      palette: page.palette,
      value: (i, j) => this.written(this.place(i, j)),
      colour: (i, j) => this.ramp.of(page.table.value(page.extra.observable, this.place(i, j), 0)),
    });
    if (this.best) {
      const { i, j } = this.best,
        r = 8 * page.palette.stroke;
      const corner = [figure.sx(this.x.edges[i + 1]) - 1.4 * r, figure.sy(this.y.edges[j + 1]) + 1.4 * r]; // beside the number
      star(context, ...(written ? corner : [figure.sx(this.x.at[i]), figure.sy(this.y.at[j])]), written ? 0.8 * r : r);
    }
    if (lit) drawCrosshair(context, figure, this.x, this.y, lit, page.palette);
    if (this.box) {
      const [[ax, ay], [bx, by]] = this.box;
      context.setLineDash([5, 4]);
      for (const [colour, width] of [
        ["#000000", 3],
        ["#ffffff", 1.5],
      ]) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.strokeRect(Math.min(ax, bx), Math.min(ay, by), Math.abs(bx - ax), Math.abs(by - ay));
      }
      context.setLineDash([]);
    }
  }

  // The mean of a cell with its standard error; nothing where there is none.
  written(place) {
    const { table, extra } = this.page;
    const [mean, error] = [0, 1].map((column) => table.value(extra.observable, place, column));
    return table.done[place] && !Number.isNaN(error) ? measured(mean, error) : "";
  }

  // ---- pointer and keys ----

  point(found, event = null) {
    this.hover = found;
    this.figures[0].paint();
    this.tell();
    this.page.tell(found, event);
  }

  chose() {
    this.refine.disabled = !this.page.chosen;
    this.figures[0]?.paint();
    this.tell();
  }

  describe({ i, j }) {
    const { words, table, extra } = this.page,
      place = this.place(i, j),
      name = extra?.observable;
    const best = this.best && this.best.i === i && this.best.j === j ? "★ " : "";
    const lines = [`${best}${this.name({ i, j })}`];
    if (!table.done[place]) return [...lines, words.not_yet].join("\n");
    const [mean, error] = [table.value(name, place, 0), table.value(name, place, 1)];
    lines.push(`${words.observables[name]}: ${Number.isNaN(mean) ? this.withoutValue(name) : measured(mean, error)}`);
    lines.push(fill(words.trials, { count: table.trials }));
    const atRest = table.value("converged", place); // a system that does not relax has none
    if (!Number.isNaN(atRest)) lines.push(fill(words.at_rest, { share: share(atRest) }));
    return lines.join("\n");
  }

  // Of a cell in which no trial has one, such as a time of rest.
  withoutValue(name) {
    const { without } = this.page.words;
    return without[name] ?? without.other;
  }

  tell() {
    const shown = this.hover ?? this.page.chosen ?? this.best; // before anyone points, what there is to find
    put(this.readout, shown && this.page.table ? this.describe(shown) : "");
  }

  drag(from, to, done) {
    if (!this.page.table) return; // there is nothing to zoom into yet
    this.box = done ? null : [from, to];
    this.page.tell(null);
    this.figures[0].paint();
    if (!done) return;
    const [figure] = this.figures;
    const ends = (scale, invert, a, b) =>
      [a, b]
        .map(invert)
        .map((u) => Math.max(scale.edges[0], Math.min(u, scale.edges[scale.at.length])))
        .sort((u, v) => u - v);
    this.zoom(
      ends(this.x, (px) => figure.ux(px), from[0], to[0]),
      ends(this.y, (py) => figure.uy(py), from[1], to[1]),
    );
  }

  closer() {
    const around = (scale, k) => {
      const span = CLOSER * (scale.edges[scale.at.length] - scale.edges[0]);
      return [scale.at[k] - span, scale.at[k] + span];
    };
    const { i, j } = this.page.chosen;
    this.zoom(around(this.x, i), around(this.y, j));
  }

  // Whether neither axis has a range.
  get isNamed() {
    return this.x.axis.named && this.y.axis.named;
  }

  // A new range for both axes, within what their parameters can be; names have none.
  zoom(across, up) {
    if (this.isNamed) return;
    const text = (scale, [low, high]) => {
      if (scale.axis.named) return ["", ""];
      const name = scale.axis.name,
        [least, most] = this.page.spec.limits[name];
      let ends = [low, high]
        .map((u) => (scale.log ? 10 ** u : u))
        .map((v) => Math.max(least, most === null ? v : Math.min(v, most)));
      if (this.page.spec.whole.includes(name)) ends = ends.map(Math.round);
      return ends[0] < ends[1] ? ends.map((v) => String(Number(v.toPrecision(4)))) : null;
    };
    const a = text(this.x, across),
      b = text(this.y, up);
    if (a && b) this.page.sayOfStudy("set", { changes: { low_a: a[0], high_a: a[1], low_b: b[0], high_b: b[1] } });
  }

  onKey(event) {
    if (!this.page.table || event.target !== this.card) return;
    steer(event, this.page, this.x.at.length, this.y.at.length);
  }
}

// The colour scale over the values there are, between round ends.
function rampOver(colours, values, log) {
  let low = values.length ? Math.min(...values) : 0,
    high = values.length ? Math.max(...values) : 1;
  if (log) return new Ramp(colours, Math.max(1, low), Math.max(high, 1.1 * low, 1.1), true);
  if (low === high) high = low + 1;
  const ticks = roundTicks(low, high, 4),
    step = ticks[1] - ticks[0] || high - low;
  low = Math.floor(low / step + 1e-9) * step;
  high = Math.ceil(high / step - 1e-9) * step;
  return new Ramp(colours, low, high);
}

function star(context, x, y, r) {
  context.beginPath();
  for (let k = 0; k < 10; k++) {
    const angle = -Math.PI / 2 + (k * Math.PI) / 5,
      radius = k % 2 ? r * 0.45 : r;
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = "#ffffff";
  context.strokeStyle = "#000000";
  context.lineWidth = 1.5;
  context.fill();
  context.stroke();
}
