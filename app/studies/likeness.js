// Recall over τ_p/τ_x: a line for each number of stored memories, and on each where half are predicted to fail.

import { Scale } from "../browser/axes.js";
import { make, put } from "../browser/elements.js";
import { Figure, follow } from "../browser/figure.js";
import { fill, share, three } from "../browser/numbers.js";

const HALF = 0.5;
const SHARE = 0,
  LOW = 1,
  HIGH = 2; // columns of a cell
const TICKS = [0, 0.25, HALF, 0.75, 1];
const ABOVE = 1.04, // ends of the axis of shares: marks at 0 and 1 are whole
  BELOW = -0.04;
// Of the colour scale, as far as it stands out from the paper.
const ON_LIGHT = [0, 0.6],
  ON_DARK = [0.42, 1];

export class View {
  constructor(page) {
    this.page = page;
    this.hover = null; // {line, i}
    this.figures = [];
  }

  build(root) {
    const { words } = this.page;
    this.legend = make("div", { className: "gl-legend" });
    this.host = make("div", { className: "gl-plot", role: "img", "aria-label": words.figure_likeness });
    this.card = make(
      "div",
      {
        className: "gl-card gl-stack gl-map",
        tabindex: "0",
        role: "group",
        "aria-label": `${words.titles.likeness}. ${words.likeness_keys}`,
        "aria-roledescription": words.likeness_keys,
      },
      this.legend,
      this.host,
    );
    this.card.addEventListener("keydown", (event) => this.onKey(event));
    root.append(this.card);
  }

  get hint() {
    return this.page.words.watch_hint;
  }

  // The settings that only this page has.
  settings() {
    const { controls, words } = this.page,
      { fields } = words;
    return [
      this.page.field("stored"),
      this.page.field("n"),
      controls.range("low", "high", { text: fields.range }, fields),
      this.page.field("points"),
      this.page.field("trials"),
    ];
  }

  get all() {
    return this.figures;
  }

  async embed(items) {
    this.figures = [await Figure.embed(this.host, items.error, (context) => this.draw(context))];
    const place = (px, py) => (this.page.table && this.figures[0].within(px, py) ? this.nearest(px, py) : null);
    follow(this.host, {
      over: (px, py, event) => this.point(place(px, py), event),
      out: () => this.point(null),
      tap: (px, py) => this.page.press(place(px, py)),
    });
  }

  index({ line, i }) {
    return [line, i];
  }

  at({ line, i }) {
    const [figure] = this.figures;
    return [figure, figure.sx(this.x.at[i]), figure.sy(this.recalled(line, i))];
  }

  name({ line, i }) {
    const { words } = this.page;
    return `${this.called(line)}, ${words.ratio} = ${this.x.axis.texts[i]}`;
  }

  called(line) {
    return fill(this.page.words.line_likeness, { K: this.stored.texts[line] });
  }

  // ---- a new study, new cells, new colours ----

  adopt(table) {
    this.stored = table.axis("K");
    this.x = new Scale(table.axis("tau_p"));
    this.hover = null;
  }

  place(line, i) {
    return line * this.x.at.length + i;
  }

  done(line) {
    return [...this.x.at.keys()].filter((i) => this.page.table.done[this.place(line, i)]);
  }

  // The share, or an end of its interval.
  recalled(line, i, column = SHARE) {
    return this.page.table.value("success", this.place(line, i), column);
  }

  get lines() {
    return [...this.stored.values.keys()];
  }

  colour(line) {
    const { colours } = this.page.spec,
      isDark = "dark" in this.page.root.closest(".gl-page").dataset;
    const [first, last] = isDark ? ON_DARK : ON_LIGHT,
      part = this.stored.values.length > 1 ? line / (this.stored.values.length - 1) : 0;
    return colours[Math.round((first + (last - first) * part) * (colours.length - 1))];
  }

  update() {
    const { page, x } = this;
    if (!page.table || !page.palette || !this.figures.length) return;
    const [figure] = this.figures,
      { words, palette } = page,
      narrow = this.card.clientWidth < 560;
    figure.borders(page.hall ? 104 : narrow ? 60 : 76, narrow ? 10 : 18, page.hall ? 64 : 48);
    const room = 0.02 * (x.at[x.at.length - 1] - x.at[0]),
      start = x.at[0] - room,
      end = x.at[x.at.length - 1] + room;
    figure.range("x", start, end);
    figure.range("y", BELOW, ABOVE);
    const { ticks, labels, minor } = x.ticks(start, end, narrow ? 4 : 8);
    const titled = (axis, [title, short]) => (figure.hasRoom(axis, title) ? title : short);
    figure.ticks("x", ticks, labels, titled("x", words.axis_ratio), minor);
    figure.ticks("y", TICKS, TICKS.map(share), titled("y", words.axis_recalled));
    const bands = [],
      medians = [];
    for (const line of this.lines) {
      const places = this.done(line),
        color = this.colour(line);
      if (!places.length) continue;
      const xs = Float64Array.from(places, (i) => x.at[i]);
      const edge = (column) => places.map((i) => this.recalled(line, i, column));
      bands.push({
        xs: [[Float64Array.from([...xs, ...[...xs].reverse()])]], // a polygon of one part without holes
        ys: [[Float64Array.from([...edge(HIGH), ...edge(LOW).reverse()])]],
        color,
        alpha: 0.18 * palette.stroke,
      });
      medians.push({ xs, ys: Float64Array.from(places, (i) => this.recalled(line, i)), color, width: 2.4 * palette.stroke });
    }
    figure.rows("bands", bands, { color: "#888888", alpha: 0.1 });
    figure.rows("medians", medians);
    figure.paint();
    this.fillLegend(narrow);
  }

  fillLegend(narrow) {
    const { words, palette } = this.page;
    const sample = (text, draw) => {
      const canvas = make("canvas", { width: 64, height: 28, "aria-hidden": "true", "data-picture": "canvas" });
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      draw(context);
      return make("span", { className: "gl-key" }, canvas, make("span", { "data-picture": "text" }, text));
    };
    const ofLine = (line) =>
      sample(this.called(line), (context) => {
        context.strokeStyle = this.colour(line);
        context.lineWidth = 2.4;
        context.beginPath();
        context.moveTo(0, 7);
        context.lineTo(32, 7);
        context.stroke();
        point(context, 16, 7, line, this.colour(line), palette.paper, 4);
      });
    const expected = narrow ? words.legend_predicted_short : words.legend_predicted;
    this.legend.replaceChildren(
      ...this.lines.map(ofLine),
      sample(expected, (context) => diamond(context, 16, 7, 5, palette.soft, palette.paper, 1.6)),
      make("small", { "data-picture": "text" }, words.legend_error),
    );
  }

  // ---- marks, the predicted thresholds, the crosshair ----

  draw(context) {
    const { page, x } = this,
      chosen = this.hover ?? page.chosen,
      [figure] = this.figures;
    if (!page.table || !page.palette || !figure) return;
    const { palette, extra } = page,
      { left, right, top, bottom } = figure.box;
    const rule = (points, dash, colour = palette.soft) => {
      context.strokeStyle = colour;
      context.lineWidth = palette.stroke;
      context.setLineDash(dash);
      context.beginPath();
      points.forEach(([px, py], k) => {
        if (k) context.lineTo(px, py);
        else context.moveTo(px, py);
      });
      context.stroke();
      context.setLineDash([]);
    };
    const half = figure.sy(HALF);
    rule(
      [
        [left, half],
        [right, half],
      ],
      [4, 4],
    );
    if (chosen) {
      const px = figure.sx(x.at[chosen.i]);
      rule(
        [
          [px, top],
          [px, bottom],
        ],
        [],
      );
    }
    for (const line of this.lines) {
      const colour = this.colour(line);
      for (const i of this.done(line)) {
        const lit = chosen && chosen.line === line && chosen.i === i;
        point(context, ...this.at({ line, i }).slice(1), line, colour, palette.paper, (lit ? 6.5 : 3.6) * palette.stroke);
      }
      const u = x.of(extra?.predicted?.[line] ?? 0);
      if (!(u >= x.at[0] && u <= x.at[x.at.length - 1])) continue; // nowhere, everywhere, or out of sight
      const px = figure.sx(u),
        share = this.between(line, u);
      if (!Number.isNaN(share)) {
        const meets = [
          [px, half],
          [px, figure.sy(share)],
        ];
        rule(meets, [2, 3], colour);
      }
      diamond(context, px, half, 6.5 * palette.stroke, colour, palette.paper, 2 * palette.stroke);
    }
  }

  // What a line says between two points that are in.
  between(line, u) {
    const places = this.done(line);
    const after = places.find((i) => this.x.at[i] >= u),
      before = places.findLast((i) => this.x.at[i] <= u);
    if (after === undefined || before === undefined) return NaN;
    const [a, b] = [this.x.at[before], this.x.at[after]],
      part = b > a ? (u - a) / (b - a) : 0;
    return (1 - part) * this.recalled(line, before) + part * this.recalled(line, after);
  }

  // ---- pointer and keys ----

  nearest(px, py) {
    const [figure] = this.figures,
      i = this.x.nearest(figure.ux(px));
    let found = null,
      least = Infinity;
    for (const line of this.lines) {
      if (!this.page.table.done[this.place(line, i)]) continue;
      const away = Math.abs(figure.sy(this.recalled(line, i)) - py);
      if (away < least) {
        least = away;
        found = { line, i };
      }
    }
    return found;
  }

  point(found, event = null) {
    this.hover = found;
    this.chose();
    this.page.tell(found, event);
  }

  chose() {
    this.figures[0]?.paint();
  }

  describe({ line, i }) {
    const { words, table, extra } = this.page,
      predicted = extra?.predicted?.[line];
    const expected =
      predicted === Infinity
        ? words.tip_predicted_every
        : predicted > 0
          ? fill(words.tip_predicted, { value: three(predicted) })
          : words.tip_predicted_nowhere;
    return fill(words.tip_likeness, {
      name: this.name({ line, i }),
      share: share(this.recalled(line, i)),
      low: share(this.recalled(line, i, LOW)),
      high: share(this.recalled(line, i, HIGH)),
      trials: fill(words.trials, { count: table.trials }),
      rest: fill(words.at_rest, { share: share(table.value("converged", this.place(line, i))) }),
      predicted: expected,
    });
  }

  onKey(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!this.page.table) return;
    if (event.key === "Enter") this.page.open();
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const count = this.lines.length,
      last = this.x.at.length - 1;
    const from = this.page.chosen ?? { line: 0, i: move[1] < 0 ? last + 1 : -1 };
    const i = Math.max(0, Math.min(last, from.i + move[1]));
    this.page.choose({ line: (from.line + move[0] + count) % count, i });
    put(this.page.voice, this.describe(this.page.chosen));
  }
}

// One shape a line, so that no one has to tell colours.
function point(context, x, y, which, colour, paper, r) {
  context.beginPath();
  const sides = [0, 4, 3, 5, 6, 7][which % 6];
  if (!sides) context.arc(x, y, r, 0, 2 * Math.PI);
  for (let k = 0; k < sides; k++) {
    const angle = -Math.PI / 2 + ((k + (sides === 4 ? 0.5 : 0)) * 2 * Math.PI) / sides;
    context.lineTo(x + 1.25 * r * Math.cos(angle), y + 1.25 * r * Math.sin(angle));
  }
  context.closePath();
  context.fillStyle = colour;
  context.strokeStyle = paper;
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}

function diamond(context, x, y, r, colour, paper, width) {
  context.beginPath();
  context.moveTo(x, y - r);
  context.lineTo(x + r, y);
  context.lineTo(x, y + r);
  context.lineTo(x - r, y);
  context.closePath();
  context.fillStyle = paper;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.fill();
  context.stroke();
}
