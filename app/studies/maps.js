// What maps of two parameters have in common: colours of cells, crosshair, outlines, and the bar that says what a colour means.

import { roundTicks } from "../browser/axes.js";
import { make, put } from "../browser/elements.js";
import { three } from "../browser/numbers.js";
import { nearestDone } from "./table.js";

const PALER = 0.55; // so far towards the ground is a cell that only repeats its nearest neighbour
const EMPTY = { color: "#888888", alpha: 0 };
const HATCH = 6; // pixels between two lines
const NAME_TYPE = 0.92, // of a name beside an axis
  NAME_LINE = 1.25,
  NAME_ROOM = 3.2, // for the axis' own title and the tick; all by the size of the type
  NAME_GAP = 8, // pixels between two names
  NAME_SHARE = 0.26; // of the figure that names beside it take at most
const CELL_TYPE = 0.88,
  CELL_LINE = 1.15,
  CELL_WIDE = 4.6,
  CELL_HIGH = 2.7;
const mixtures = new Map(); // by the pair of colours: a map has many cells and few colours

// From values to colours: evenly between two ends, or between their logarithms.
export class Ramp {
  constructor(colours, low, high, log = false) {
    Object.assign(this, { colours, low, high, log });
  }

  share(value) {
    const of = this.log ? Math.log10 : (v) => v;
    const share = (of(value) - of(this.low)) / (of(this.high) - of(this.low) || 1);
    return Math.max(0, Math.min(1, share));
  }

  of(value) {
    return this.colours[Math.round(this.share(value) * (this.colours.length - 1))];
  }

  ticks() {
    if (!this.log) return roundTicks(this.low, this.high, 4);
    const low = Math.log10(this.low),
      high = Math.log10(this.high),
      ticks = [];
    for (let decade = Math.ceil(low - 1e-9); decade <= high + 1e-9; decade++) ticks.push(10 ** decade);
    const inner = ticks.filter((v) => this.share(v) > 0.12 && this.share(v) < 0.88);
    return [this.low, ...inner, this.high];
  }
}

// A colour as far towards another as the share says, both in any form that CSS knows.
export function mixed(colour, other, share) {
  const key = `${colour} ${other}`;
  if (!mixtures.has(key)) {
    const [a, b] = [channels(colour), channels(other)];
    mixtures.set(key, `rgb(${a.map((v, i) => Math.round(v + share * (b[i] - v))).join(" ")})`);
  }
  return mixtures.get(key);
}

// From one colour over another to a third, in steps: for differences.
export function diverging(first, middle, last, steps) {
  const half = (steps - 1) / 2,
    [a, b, c] = [first, middle, last].map(channels);
  const between = (from, to, share) => `rgb(${from.map((v, i) => Math.round(v + share * (to[i] - v))).join(" ")})`;
  return Array.from({ length: steps }, (_, i) => (i <= half ? between(a, b, i / half) : between(b, c, (i - half) / half)));
}

function channels(colour) {
  const context = make("canvas", { width: 1, height: 1 }).getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

// All cells of a plane: those not yet computed repeat their nearest computed neighbour, paler.
export function fillCells(figure, x, y, done, look, paper) {
  const columns = x.at.length,
    rows = y.at.length,
    nearest = nearestDone(done, columns, rows, { namedColumns: x.axis.named, namedRows: y.axis.named });
  const cells = { left: [], right: [], bottom: [], top: [], color: [], alpha: [] };
  for (let place = 0; place < columns * rows; place++) {
    const i = Math.floor(place / rows),
      j = place % rows,
      from = nearest[place];
    const { color, alpha } = from < 0 ? EMPTY : { ...EMPTY, alpha: 1, ...look(from) };
    cells.left.push(x.edges[i]);
    cells.right.push(x.edges[i + 1]);
    cells.bottom.push(y.edges[j]);
    cells.top.push(y.edges[j + 1]);
    cells.color.push(from === place || from < 0 ? color : mixed(color, paper, PALER)); // opaque, or seams would show
    cells.alpha.push(alpha);
  }
  figure.fill("cells", cells);
}

// Lines across cells that need telling apart by more than colour. Bokeh's own hatching makes a canvas for every cell.
export function drawHatch(context, figure, x, y, places, palette) {
  context.strokeStyle = palette.soft;
  context.lineWidth = palette.stroke;
  context.beginPath();
  for (const place of places) {
    const i = Math.floor(place / y.at.length),
      j = place % y.at.length;
    const [left, right, top, bottom] = [
      figure.sx(x.edges[i]),
      figure.sx(x.edges[i + 1]),
      figure.sy(y.edges[j + 1]),
      figure.sy(y.edges[j]),
    ];
    for (let sum = Math.ceil((left + top) / HATCH) * HATCH; sum < right + bottom; sum += HATCH) {
      const from = Math.max(left, sum - bottom),
        to = Math.min(right, sum - top);
      context.moveTo(from, sum - from);
      context.lineTo(to, sum - to);
    }
  }
  context.stroke();
}

// The border of a set of cells, as lines along the cells' edges.
export function outline(x, y, inside) {
  const rows = [],
    has = (i, j) => i >= 0 && j >= 0 && i < x.at.length && j < y.at.length && inside(i, j);
  for (let i = 0; i < x.at.length; i++) {
    for (let j = 0; j < y.at.length; j++) {
      if (!has(i, j)) continue;
      const [left, right, bottom, top] = [x.edges[i], x.edges[i + 1], y.edges[j], y.edges[j + 1]];
      if (!has(i - 1, j)) rows.push({ xs: [left, left], ys: [bottom, top] });
      if (!has(i + 1, j)) rows.push({ xs: [right, right], ys: [bottom, top] });
      if (!has(i, j - 1)) rows.push({ xs: [left, right], ys: [bottom, bottom] });
      if (!has(i, j + 1)) rows.push({ xs: [left, right], ys: [top, top] });
    }
  }
  return rows;
}

// Borders of a map; names beside its axes get the room that they need, in lines as long as there is room for.
export function setBorders(figure, x, y, { left, right, bottom }) {
  const { context, type, family, host } = figure;
  context.font = `${NAME_TYPE * type}px ${family}`;
  const measured = (text) => context.measureText(text).width;
  if (y.axis.named) {
    y.labels = y.axis.texts.map((text) => inLines(text, NAME_SHARE * host.clientWidth, measured));
    const widest = Math.max(...y.labels.flatMap((text) => text.split("\n")).map(measured));
    left = Math.max(left, widest + NAME_ROOM * type);
  }
  if (x.axis.named) {
    const wide = (host.clientWidth - left - right) / x.at.length - NAME_GAP;
    const words = x.axis.texts.flatMap((text) => text.split(" ")).map(measured);
    const turned = Math.max(...words) > wide; // then they stand upright
    x.labels = x.axis.texts.map((text) => inLines(text, turned ? NAME_SHARE * host.clientHeight : wide, measured));
    const lines = x.labels.map((text) => text.split("\n"));
    const longest = Math.max(...lines.flat().map(measured)),
      most = Math.max(...lines.map((each) => each.length));
    bottom += (turned ? longest : most * NAME_LINE * type) - NAME_LINE * type;
    figure.turnTicks("x", turned);
  } else figure.turnTicks("x", false);
  figure.borders(left, right, bottom);
}

// A text in lines that are not longer than this, as far as its words allow it.
export function inLines(text, most, measured) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && measured(longer) <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join("\n");
}

// Means with their standard errors in the cells, where there is room for two lines; says whether there was.
export function writeCells(context, figure, x, y, { palette, value, colour }) {
  const wide = Math.abs(figure.sx(x.edges[1]) - figure.sx(x.edges[0])),
    high = Math.abs(figure.sy(y.edges[1]) - figure.sy(y.edges[0]));
  if (wide < CELL_WIDE * palette.size || high < CELL_HIGH * palette.size) return false;
  context.font = palette.font(400, CELL_TYPE);
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let i = 0; i < x.at.length; i++) {
    for (let j = 0; j < y.at.length; j++) {
      const text = value(i, j);
      if (!text) continue;
      const [mean, error] = text.split(" ± ");
      context.fillStyle = isLight(colour(i, j)) ? "#000000" : "#ffffff";
      const [px, py] = [figure.sx(x.at[i]), figure.sy(y.at[j])];
      context.fillText(mean, px, py - 0.5 * CELL_LINE * palette.size);
      context.fillText(`± ${error}`, px, py + 0.5 * CELL_LINE * palette.size);
    }
  }
  return true;
}

// Whether black is read better on a colour than white.
function isLight(colour) {
  const [r, g, b] = channels(colour).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179;
}

export function setAxes(figure, x, y, xTitle, yTitle, wanted) {
  figure.range("x", x.edges[0], x.edges[x.at.length]);
  figure.range("y", y.edges[0], y.edges[y.at.length]);
  const across = x.ticks(x.edges[0], x.edges[x.at.length], wanted),
    up = y.ticks(y.edges[0], y.edges[y.at.length], wanted);
  figure.ticks("x", across.ticks, across.labels, xTitle, across.minor);
  figure.ticks("y", up.ticks, up.labels, yTitle, up.minor);
}

export function placeUnder(figure, x, y, px, py) {
  if (!figure.within(px, py)) return null;
  const of = (edges, u) => {
    let i = 0;
    while (i < edges.length - 2 && u >= edges[i + 1]) i++;
    return i;
  };
  return { i: of(x.edges, figure.ux(px)), j: of(y.edges, figure.uy(py)) };
}

export function drawCrosshair(context, figure, x, y, { i, j }, palette) {
  const { left, right, top, bottom } = figure.box;
  const px = figure.sx(x.at[i]),
    py = figure.sy(y.at[j]);
  const [x0, x1] = [figure.sx(x.edges[i]), figure.sx(x.edges[i + 1])],
    [y0, y1] = [figure.sy(y.edges[j + 1]), figure.sy(y.edges[j])];
  context.lineWidth = palette.stroke;
  for (const [colour, dash] of [
    ["#000000", []],
    ["#ffffff", [4, 4]],
  ]) {
    // seen on any colour
    context.strokeStyle = colour;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(left, py);
    context.lineTo(x0, py);
    context.moveTo(x1, py);
    context.lineTo(right, py);
    context.moveTo(px, top);
    context.lineTo(px, y0);
    context.moveTo(px, y1);
    context.lineTo(px, bottom);
    context.stroke();
  }
  context.setLineDash([]);
  for (const [colour, width] of [
    ["#000000", 4],
    ["#ffffff", 2],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }
}

// What the colours mean: a bar with numbers under it, and a title above.
export class Bar {
  constructor() {
    this.title = make("span", { "data-picture": "text" });
    this.strip = make("canvas", { className: "gl-bar-strip", height: 1, "aria-hidden": "true", "data-picture": "canvas" });
    this.marks = make("div", { className: "gl-bar-marks" });
    this.face = make("div", { className: "gl-bar" }, this.title, this.strip, this.marks);
  }

  show(ramp, title, ends = ["", ""]) {
    this.title.textContent = title;
    this.strip.width = ramp.colours.length;
    const context = this.strip.getContext("2d");
    ramp.colours.forEach((colour, i) => {
      context.fillStyle = colour;
      context.fillRect(i, 0, 1, 1);
    });
    this.marks.replaceChildren(
      ...ramp.ticks().map((value) => {
        const [before, after] = [value <= ramp.low ? ends[0] : "", value >= ramp.high ? ends[1] : ""];
        const share = ramp.share(value); // the last label ends with the bar, as it may be long
        return make(
          "span",
          { "data-picture": "text", className: share > 0.99 ? "gl-bar-last" : "", style: `left: ${100 * share}%` },
          `${before}${after}${three(value)}`,
        );
      }),
    );
  }
}

// What hatched cells are.
export class Hatched {
  constructor(text) {
    this.sample = make("canvas", { width: 44, height: 28, "aria-hidden": "true", "data-picture": "canvas" });
    this.text = make("span", { "data-picture": "text" }, text);
    this.face = make("p", { className: "gl-hatched" }, this.sample, this.text);
  }

  show(palette, text = this.text.textContent) {
    put(this.text, text);
    const { width, height } = this.sample,
      context = this.sample.getContext("2d");
    context.fillStyle = palette.middle;
    context.fillRect(0, 0, width, height);
    context.strokeStyle = palette.soft;
    context.lineWidth = 2;
    context.beginPath();
    for (let sum = 2 * HATCH; sum < width + height; sum += 2 * HATCH) {
      context.moveTo(sum, 0);
      context.lineTo(sum - height, height);
    }
    context.stroke();
  }
}

// Arrow keys go from cell to cell of a plane, Enter opens the trial of the one that is chosen. `meant` makes a view's place of a cell.
export function steer(event, page, columns, rows, meant = (cell) => cell) {
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const { chosen } = page;
  if (event.key === "Enter" && chosen) {
    event.preventDefault();
    page.open();
  }
  const step = moves[event.key];
  if (!step) return;
  event.preventDefault();
  const within = (at, by, count) => Math.max(0, Math.min(count - 1, at + by));
  const cell = chosen
    ? { i: within(chosen.i, step[0], columns), j: within(chosen.j, step[1], rows) }
    : { i: Math.floor(columns / 2), j: Math.floor(rows / 2) };
  page.choose(meant(cell));
  put(page.voice, page.view.describe(page.chosen));
}
