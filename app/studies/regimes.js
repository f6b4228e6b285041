// Figures 1 to 3: error, perplexity and time of rest below each other over what is swept, median and spread of the trials.

import { decadeTicks, roundTicks, Scale } from "../browser/axes.js";
import { make, put } from "../browser/elements.js";
import { Figure, follow } from "../browser/figure.js";
import { fill, powerOfTen, share, three } from "../browser/numbers.js";

const SHOWN = ["error", "perplexity", "converged_at"];
const MEDIAN = 4,
  LOW = 0,
  HIGH = 8; // columns of the percentiles 50, 5 and 95
const BANDS = [
  [0, 8],
  [1, 7],
  [2, 6],
  [3, 5],
];
const CLASSICAL = "hopfield";
const PAPERS = { low: "", high: "", points: "25", trials: "50", models: "astrocyte,hopfield" }; // of the paper
const DECADES = 4; // ticks of a logarithmic axis
const STRIP = 0.25; // of the height of the last figure, for the trials that the horizon cut
const LABEL = 1.5, // of the strip, by the size of the type
  BARS = 24; // pixels that its bars have at least

export class View {
  constructor(page) {
    this.page = page;
    this.hover = null; // {model, i}
    this.figures = {};
  }

  build(root) {
    const { words } = this.page;
    this.legend = make("div", { className: "gl-legend" });
    this.hosts = SHOWN.map((name) => make("div", { className: `gl-plot gl-plot-${name}`, role: "img" }));
    this.stack = make(
      "div",
      { className: "gl-card gl-stack", tabindex: "0", role: "group", "aria-roledescription": words.sweep_keys },
      this.legend,
      ...this.hosts,
    );
    this.stack.addEventListener("keydown", (event) => this.onKey(event));
    root.append(this.stack);
  }

  get hint() {
    return this.page.words.watch_hint;
  }

  // The settings that only this page has.
  settings() {
    const { controls, spec, words } = this.page,
      { fields, presets } = words;
    const swept = Object.fromEntries(spec.swept.map((name) => [name, spec.axes[name]]));
    const preset = (name, axis, more = {}) => [presets[name], () => this.page.preset({ axis, ...PAPERS, ...more })];
    return [
      controls.presets(
        words.presets_label,
        [preset("figure1", "tau_p"), preset("figure2", "tau_x"), preset("figure3", "T")],
        [preset("flat", "tau_x", { sigma: "1" })],
      ),
      controls.row("axis", [fields.axis], [controls.choice("axis", fields.axis, swept)]),
      controls.range("low", "high", { text: fields.range }, fields),
      this.page.field("points"),
      this.page.field("trials"),
      controls.row("until", [fields.until], [controls.choice("until", fields.until, words.until)]),
      controls.several("models", fields.models, spec.models),
    ];
  }

  async embed(items) {
    const made = await Promise.all(
      SHOWN.map((name, i) => Figure.embed(this.hosts[i], items[name], (context) => this.draw(context, name))),
    );
    SHOWN.forEach((name, i) => {
      const figure = made[i];
      this.figures[name] = figure;
      const place = (px, py) => (this.page.table && figure.within(px, py) ? this.nearest(name, px, py) : null);
      follow(this.hosts[i], {
        over: (px, py, event) => this.point(place(px, py), event),
        out: () => this.point(null),
        tap: (px, py) => this.page.press(place(px, py)),
      });
    });
  }

  get all() {
    return SHOWN.map((name) => this.figures[name]);
  }

  index({ model, i }) {
    return [model, i];
  }

  at({ model, i, shown = "error" }) {
    const figure = this.figures[shown];
    return [figure, figure.sx(this.x.at[i]), figure.sy(this.y[shown].of(this.value(shown, model, i, MEDIAN)))];
  }

  name({ model, i }) {
    return `${this.models.texts[model]}, ${this.swept.symbol} = ${this.swept.texts[i]}`;
  }

  // ---- a new study, new cells, new colours ----

  adopt(table) {
    const { words } = this.page;
    this.swept = table.axes.find((axis) => axis.name !== "model");
    this.models = table.axis("model");
    this.x = new Scale(this.swept);
    this.lead = Math.max(
      0,
      this.models.values.findIndex((name) => name !== CLASSICAL),
    );
    this.hover = null;
    SHOWN.forEach((name, i) => this.hosts[i].setAttribute("aria-label", fill(words.figures[name], { axis: this.swept.called })));
    this.stack.setAttribute("aria-label", `${words.titles.regimes}. ${words.sweep_keys}`);
  }

  done(model) {
    const places = [];
    for (let i = 0; i < this.x.at.length; i++) if (this.page.table.done[model * this.x.at.length + i]) places.push(i);
    return places;
  }

  value(name, model, i, column) {
    return this.page.table.value(name, model * this.x.at.length + i, column);
  }

  colour(model) {
    return this.page.palette.model(this.models.values[model]);
  }

  update() {
    const { page, x } = this;
    if (!page.table || !page.palette || !this.figures.error) return;
    this.heights();
    const narrow = this.stack.clientWidth < 560;
    const room = x.at.length > 1 ? 0.02 * (x.at[x.at.length - 1] - x.at[0]) : 0.5;
    const start = x.at[0] - room,
      end = x.at[x.at.length - 1] + room;
    SHOWN.forEach((name, at) => {
      const figure = this.figures[name],
        y = this.y[name],
        last = at === SHOWN.length - 1;
      // Room for the widest label, so that all three stand in line.
      figure.borders(page.hall ? 104 : narrow ? 66 : 76, narrow ? 10 : 18, last ? (page.hall ? 60 : 46) : 10);
      figure.range("x", start, end);
      figure.range("y", y.start, y.end);
      const { ticks, labels, minor } = x.ticks(start, end, narrow ? 4 : 8);
      figure.ticks("x", ticks, last ? labels : labels.map(() => ""), last ? this.axisTitle() : null, minor);
      const [title, short] = page.words.axes_sweep[name];
      figure.ticks("y", y.ticks, y.labels, figure.hasRoom("y", title) ? title : short);
      this.fillLayers(figure, name);
      figure.paint();
    });
    this.fillLegend();
  }

  axisTitle() {
    const { symbol, called } = this.swept;
    return `${called} ${symbol}`;
  }

  fillLayers(figure, name) {
    const bands = [],
      classical = [],
      medians = [];
    const { stroke } = this.page.palette;
    for (let model = this.models.values.length - 1; model >= 0; model--) {
      const places = this.done(model),
        color = this.colour(model);
      const xs = Float64Array.from(places, (i) => this.x.at[i]);
      const line = (column) => Float64Array.from(places, (i) => this.y[name].of(this.value(name, model, i, column)));
      if (!places.length) continue;
      if (this.models.values[model] === CLASSICAL) {
        classical.push({ xs, ys: line(MEDIAN), color, width: 2 * stroke, dash: [7, 4] });
        continue;
      }
      for (const [low, high] of model === this.lead ? BANDS : BANDS.slice(3)) {
        const back = [...places].reverse();
        bands.push({
          xs: [[Float64Array.from([...places, ...back], (i) => this.x.at[i])]], // a polygon of one part without holes
          ys: [[Float64Array.from([...line(high), ...line(low).reverse()])]],
          color,
          alpha: (model === this.lead ? 0.13 : 0.16) * stroke, // a projector shows less
        });
      }
      medians.push({ xs, ys: line(MEDIAN), color, width: 2.4 * stroke });
    }
    figure.rows("bands", bands, { color: "#888888", alpha: 0.1 });
    figure.rows("classical", classical);
    figure.rows("medians", medians);
  }

  // Whether each run goes on until it rests: then there is no horizon that cuts any.
  get isToRest() {
    return this.page.settings.until === "rest";
  }

  // Ends and ticks of the three y axes. They grow in round steps with the first cells, which are the ends, and then stay.
  heights() {
    const { table } = this.page;
    let error = 1,
      earliest = Infinity,
      latest = 0,
      crowd = 10;
    for (let place = 0; place < table.size; place++) {
      if (!table.done[place]) continue;
      error = Math.max(error, table.value("error", place, HIGH));
      crowd = Math.max(crowd, table.value("perplexity", place, HIGH));
      const [first, last] = [LOW, HIGH].map((column) => table.value("converged_at", place, column));
      if (first > 0) earliest = Math.min(earliest, first);
      if (Number.isFinite(last)) latest = Math.max(latest, last);
    }
    const step = error <= 2 ? 1 : error <= 5 ? 2 : error <= 12 ? 4 : 10;
    const top = Math.ceil((error + 0.02) / step) * step;
    const ticks = roundTicks(0, top, 4);
    const most = Math.log10(crowd),
      crowds = decadeTicks(0, most, DECADES),
      horizon = this.isToRest ? latest || 1 : this.page.settings.horizon,
      time = times(Math.min(earliest, horizon), horizon);
    const { size } = this.page.palette;
    const strip = this.isToRest
      ? 0.04
      : Math.min(0.5, Math.max(STRIP, (LABEL * size + BARS) / this.figures.converged_at.length("y")));
    this.y = {
      error: { start: -0.02 * top, end: top, ticks, labels: ticks.map(three), of: (v) => v },
      perplexity: {
        start: -0.04 * most,
        end: 1.05 * most,
        ticks: crowds,
        labels: crowds.map(powerOfTen),
        of: (v) => Math.log10(Math.max(1, v)),
      },
      converged_at: { ...time, end: time.horizon + (strip / (1 - strip)) * (time.horizon - time.start) },
    };
  }

  fillLegend() {
    const { words, palette } = this.page;
    const sample = (model) => {
      const classical = this.models.values[model] === CLASSICAL;
      const canvas = make("canvas", { width: 64, height: 28, "aria-hidden": "true", "data-picture": "canvas" });
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      context.strokeStyle = this.colour(model);
      context.lineWidth = 2.4;
      context.setLineDash(classical ? [7, 4] : []);
      context.beginPath();
      context.moveTo(0, 7);
      context.lineTo(32, 7);
      context.stroke();
      if (!classical) mark(context, 16, 7, model, this.colour(model), palette.paper, 4);
      const called = `${this.models.texts[model]}${classical ? ` (${words.classical})` : ""}`;
      return make("span", { className: "gl-key" }, canvas, make("span", { "data-picture": "text" }, called));
    };
    const several = this.models.values.filter((name) => name !== CLASSICAL).length > 1;
    this.legend.replaceChildren(
      ...this.models.values.map((_, model) => sample(model)),
      make("small", { "data-picture": "text" }, several ? `${words.bands}; ${words.one_band}` : words.bands),
    );
  }

  // ---- what moves: marks, the cut trials, the crosshair ----

  draw(context, name) {
    const figure = this.figures[name];
    const { page, x } = this,
      chosen = this.hover ?? page.chosen;
    if (!page.table || !page.palette || !figure || !this.y) return;
    const { palette } = page,
      { left, right, top, bottom } = figure.box;
    if (chosen) {
      context.strokeStyle = palette.soft;
      context.lineWidth = palette.stroke;
      context.beginPath();
      context.moveTo(figure.sx(x.at[chosen.i]), top);
      context.lineTo(figure.sx(x.at[chosen.i]), bottom);
      context.stroke();
    }
    for (let model = this.models.values.length - 1; model >= 0; model--) {
      if (this.models.values[model] === CLASSICAL) continue;
      for (const i of this.done(model)) {
        const value = this.value(name, model, i, MEDIAN),
          late = value === Infinity;
        const lit = chosen && chosen.model === model && chosen.i === i;
        const px = figure.sx(x.at[i]),
          py = figure.sy(this.y[name].of(value));
        mark(context, px, py, late ? "late" : model, this.colour(model), palette.paper, (lit ? 6 : 3.4) * palette.stroke);
      }
    }
    if (chosen && this.models.values[chosen.model] === CLASSICAL) {
      const py = figure.sy(this.y[name].of(this.value(name, chosen.model, chosen.i, MEDIAN)));
      mark(context, figure.sx(x.at[chosen.i]), py, chosen.model, this.colour(chosen.model), palette.paper, 6 * palette.stroke);
    }
    if (name === "converged_at" && !this.isToRest) this.drawStrip(context, figure, left, right, top);
  }

  // Above the horizon: how many of the trials it cut, as bars, point by point.
  drawStrip(context, figure, left, right, top) {
    const { palette, words, settings } = this.page;
    const floor = figure.sy(this.y.converged_at.horizon),
      height = floor - top - LABEL * palette.size;
    context.fillStyle = palette.ground;
    context.fillRect(left + 1, top + 1, right - left - 2, floor - top - 1);
    context.strokeStyle = palette.soft;
    context.lineWidth = palette.stroke;
    context.setLineDash([4, 3]);
    context.beginPath();
    context.moveTo(left, floor);
    context.lineTo(right, floor);
    context.stroke();
    context.setLineDash([]);
    const models = this.models.values.map((_, model) => model);
    const gap = (right - left) / this.x.at.length,
      wide = Math.max(2, Math.min(9, (0.7 * gap) / models.length));
    for (const model of models) {
      context.fillStyle = this.colour(model);
      for (const i of this.done(model)) {
        const cut = 1 - this.value("converged", model, i, 0);
        if (cut <= 0) continue;
        const px = figure.sx(this.x.at[i]) + (model - (models.length - 1) / 2) * wide;
        context.fillRect(px - wide / 2, floor - 1 - Math.max(1.5, cut * height), wide - 1, Math.max(1.5, cut * height));
      }
    }
    context.font = palette.font(400, 0.85);
    context.textAlign = "left";
    context.textBaseline = "top";
    const text = fill(words.cut, { t: three(settings.horizon) });
    context.fillStyle = palette.soft;
    context.fillText(text, left + 6, top + 3);
  }

  // ---- pointer and keys ----

  nearest(name, px, py) {
    const figure = this.figures[name];
    const i = this.x.nearest(figure.ux(px));
    let found = null,
      least = Infinity;
    for (let model = 0; model < this.models.values.length; model++) {
      if (!this.done(model).includes(i)) continue;
      const away = Math.abs(figure.sy(this.y[name].of(this.value(name, model, i, MEDIAN))) - py) - (model === this.lead ? 3 : 0);
      if (away < least) {
        least = away;
        found = { model, i, shown: name };
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
    for (const figure of this.all) figure?.paint();
  }

  describe({ model, i }) {
    const { words, table } = this.page;
    const place = model * this.x.at.length + i;
    const column = (name, at) => three(table.value(name, place, at));
    const rest = table.value("converged_at", place, MEDIAN),
      cut = 1 - table.value("converged", place);
    const given = { t: three(rest), share: share(cut) };
    const told = rest === Infinity ? fill(words.never, given) : fill(cut > 0 ? words.rest_cut : words.rest, given);
    return fill(words.tip_sweep, {
      model: this.models.texts[model],
      at: `${this.swept.symbol} = ${this.swept.texts[i]}`,
      rest: told,
      error: column("error", MEDIAN),
      error_low: column("error", LOW),
      error_high: column("error", HIGH),
      perplexity: column("perplexity", MEDIAN),
      perplexity_low: column("perplexity", LOW),
      perplexity_high: column("perplexity", HIGH),
    });
  }

  onKey(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!this.page.table) return;
    if (event.key === "Enter") this.page.open();
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const count = this.models.values.length;
    const from = this.page.chosen ?? { model: this.lead, i: move[1] < 0 ? this.x.at.length : -1 };
    const model = (from.model + move[0] + count) % count;
    const places = this.done(model);
    const next =
      move[1] > 0
        ? places.find((i) => i > from.i)
        : move[1] < 0
          ? places.findLast((i) => i < from.i)
          : (places.find((i) => i >= from.i) ?? places.at(-1));
    if (next === undefined) return;
    this.page.choose({ model, i: next });
    put(this.page.voice, this.describe(this.page.chosen));
  }
}

// The axis of times: logarithmic if they differ much, else linear; later than the horizon is nowhere.
function times(earliest, horizon) {
  if (earliest > horizon / 30) {
    const ticks = roundTicks(0, horizon, 4);
    return { start: 0, horizon, ticks, labels: ticks.map(three), of: (v) => Math.min(v, horizon) };
  }
  const start = Math.max(-6, Math.floor(Math.log10(earliest))),
    end = Math.log10(horizon),
    ticks = decadeTicks(start, end, DECADES);
  return { start, horizon: end, ticks, labels: ticks.map(powerOfTen), of: (v) => Math.max(start, Math.min(Math.log10(v), end)) };
}

// One shape a memory, so that no one has to tell colours; a triangle that points up is a median the horizon cut.
function mark(context, x, y, which, colour, paper, r) {
  context.beginPath();
  if (which === "late") {
    context.moveTo(x, y - 1.3 * r);
    context.lineTo(x + 1.2 * r, y + 0.8 * r);
    context.lineTo(x - 1.2 * r, y + 0.8 * r);
    context.closePath();
  } else if (which % 4 === 0) context.arc(x, y, r, 0, 2 * Math.PI);
  else if (which % 4 === 1) context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  else if (which % 4 === 2) {
    context.moveTo(x, y + 1.3 * r);
    context.lineTo(x + 1.2 * r, y - 0.8 * r);
    context.lineTo(x - 1.2 * r, y - 0.8 * r);
    context.closePath();
  } else {
    context.moveTo(x, y - 1.3 * r);
    context.lineTo(x + 1.2 * r, y);
    context.lineTo(x, y + 1.3 * r);
    context.lineTo(x - 1.2 * r, y);
    context.closePath();
  }
  context.fillStyle = colour;
  context.strokeStyle = paper;
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}
