// Capacity: on the left K₉₀ over N for every memory, on the right how often one N recalls over K; beside both what the nearest
// memory does, which is exact.

import { decadeTicks, roundTicks, Scale } from "../browser/axes.js";
import { make, put } from "../browser/elements.js";
import { Figure, follow } from "../browser/figure.js";
import { fill, measured, powerOfTen, share, three } from "../browser/numbers.js";

const SIDES = ["capacity", "recalled"]; // the two figures
const K90 = 0,
  ERROR = 1,
  IS_FINAL = 2; // columns of what a search found
const LOW = 1,
  HIGH = 2; // columns of the share that is recalled: the ends of its interval
const RULE = [7, 4],
  SIGNED = [8, 3, 1.5, 3],
  LIMIT = [1.5, 4]; // dashes
const PALE = 0.35;
const REACH = 40; // pixels from which on a pointer means no point

export class View {
  constructor(page) {
    this.page = page;
    this.hover = null; // {model, i, rung, side}
    this.figures = {};
  }

  build(root) {
    const { words } = this.page;
    this.legend = make("div", { className: "gl-legend gl-card" });
    this.cards = SIDES.map((side) => {
      const title = make("h2", { "data-picture": "text" }, words[`title_${side}`]),
        host = make("div", { className: "gl-plot", role: "img" });
      const about = { tabindex: "0", role: "group", "aria-roledescription": words[`keys_${side}`] };
      const card = make("div", { className: "gl-card", ...about }, title, host);
      card.addEventListener("keydown", (event) => this.onKey(event, side));
      return { side, card, title, host };
    });
    root.append(this.legend, make("div", { className: "gl-pair" }, ...this.cards.map(({ card }) => card)));
  }

  get hint() {
    return this.page.words.watch_hint;
  }

  get coarse() {
    return this.page.words.searching;
  }

  // The settings that only this page has.
  settings() {
    const { controls, spec, words } = this.page,
      { fields, presets, variants } = words;
    const preset = (name, changes) => [presets[name], () => this.page.preset(changes)];
    const fives = { low: "10", high: "45", points: "8", trials: "200" };
    return [
      controls.presets(
        words.presets_label,
        [preset("fifth", fives), preset("tenth", { noise: "0.1", low: "10", high: "30", points: "3", trials: "200" })],
        [preset("growing", { ...fives, models: "instant,astrocyte,attention" })],
      ),
      controls.several("models", fields.models, { ...spec.models, ...variants }),
      controls.range("low", "high", { text: "N", name: "N" }, fields),
      ...["points", "trials", "shown"].map((name) => this.page.field(name)),
    ];
  }

  async embed(items) {
    const made = await Promise.all(
      this.cards.map(({ host, side }) => Figure.embed(host, items[side], (context) => this.draw(context, side))),
    );
    this.cards.forEach(({ host, side }, at) => {
      const figure = made[at];
      this.figures[side] = figure;
      const place = (px, py) => (this.page.table && figure.within(px, py) ? this.nearest(side, px, py) : null);
      follow(host, {
        over: (px, py, event) => this.point(place(px, py), event),
        out: () => this.point(null),
        tap: (px, py) => this.page.press(place(px, py)),
      });
    });
  }

  get all() {
    return SIDES.map((side) => this.figures[side]);
  }

  index({ model, i, rung }) {
    return [model, i, rung];
  }

  at({ model, i, rung, side }) {
    const figure = this.figures[side];
    if (side === "capacity") return [figure, figure.sx(this.x.at[i]), figure.sy(this.height(model, i))];
    return [figure, figure.sx(this.rungs.at[rung]), figure.sy(this.share(model, rung))];
  }

  name({ model, i, rung }) {
    const [N, K] = [this.x.axis.texts[i], this.rungs.axis.texts[rung]];
    return fill(this.page.words.cell, { model: this.models.texts[model], N, K });
  }

  // ---- a new study, new cells, new colours ----

  adopt(table) {
    const { words } = this.page;
    this.models = table.axis("model");
    this.x = new Scale(table.axis("N"));
    this.rungs = new Scale({ ...table.axis("K"), log: true });
    this.hover = null;
    for (const { side, card, host } of this.cards) {
      host.setAttribute("aria-label", words[`title_${side}`].replace("{N}", ""));
      card.setAttribute("aria-label", `${words.titles.capacity}. ${words[`keys_${side}`]}`);
    }
  }

  // Which N the right figure shows: the one that the address has, or the nearest.
  get shown() {
    return this.x.nearest(Number(this.page.shown.fields.shown));
  }

  found(model, i, column) {
    const { found } = this.page.extra;
    return found ? found[3 * (model * this.x.at.length + i) + column] : Number.NaN;
  }

  // The height of K₉₀ on its axis; one beyond the search stands at its end.
  height(model, i) {
    const [first, last] = [this.rungs.at[0], this.rungs.at.at(-1)];
    return Math.max(first, Math.min(last, Math.log10(this.found(model, i, K90))));
  }

  share(model, rung, column = 0, i = this.shown) {
    const { table } = this.page;
    return table.value("success", table.flat([model, i, rung]), column);
  }

  colour(model) {
    return this.page.palette.model(this.models.values[model]);
  }

  // The places of a memory in a figure, from left to right.
  places(side, model) {
    const { table } = this.page;
    const isDone = (i, rung) => table.done[table.flat([model, i, rung])];
    const rungs = (i) => [...this.rungs.at.keys()].filter((rung) => isDone(i, rung));
    if (side === "recalled") return rungs(this.shown).map((rung) => ({ model, i: this.shown, rung, side }));
    const near = (i) => {
      const away = (rung) => Math.abs(this.rungs.at[rung] - this.height(model, i));
      return rungs(i).reduce((best, rung) => (away(rung) < away(best) ? rung : best));
    };
    const sizes = [...this.x.at.keys()].filter((i) => !Number.isNaN(this.found(model, i, K90)));
    return sizes.map((i) => ({ model, i, rung: near(i), side }));
  }

  update() {
    const { page } = this,
      { rules } = page.extra ?? {};
    if (!page.table || !page.palette || !this.figures.recalled || !rules) return;
    const { words, hall } = page;
    const narrow = this.cards[0].host.clientWidth < 420;
    this.fillLegend(); // which may take room from the figures
    put(this.cards[1].title, fill(words.title_recalled, { N: this.x.axis.texts[this.shown] }));
    for (const side of SIDES) {
      const figure = this.figures[side],
        isLeft = side === "capacity";
      figure.borders(hall ? 96 : 66, narrow ? 10 : 18, hall ? 60 : 46);
      const x = isLeft ? this.x : this.rungs;
      const room = 0.04 * (x.at.at(-1) - x.at[0] || 1);
      const [start, end] = [x.at[0] - room, x.at.at(-1) + room];
      figure.range("x", start, end);
      const across = x.ticks(start, end, Math.min(8, figure.fitting("x")));
      figure.ticks("x", across.ticks, across.labels, isLeft ? words.axis_N : words.axis_K, across.minor);
      const y = isLeft ? this.heights() : { start: -0.03, end: 1.03, ticks: roundTicks(0, 1, 5), minor: [] };
      figure.range("y", y.start, y.end);
      const [title, short] = words[`axis_${side}`];
      const labels = y.ticks.map(isLeft ? powerOfTen : share);
      figure.ticks("y", y.ticks, labels, figure.hasRoom("y", title) ? title : short, y.minor);
      figure.rows("lines", isLeft ? this.linesOfCapacity(rules) : this.linesOfRecall(rules));
      figure.paint();
    }
  }

  // Up to the exact line, which nothing is above but by chance.
  heights() {
    const { capacity } = this.page.extra.rules;
    const most = Math.max(...capacity.filter(Number.isFinite), 10, ...this.page.extra.found.filter(Number.isFinite));
    const end = Math.min(Math.log10(most), this.rungs.at.at(-1)) + 0.2;
    const ticks = decadeTicks(0, end, this.figures.capacity.fitting("y"));
    return { start: -0.1, end, ticks, minor: [] };
  }

  linesOfCapacity({ capacity, limit }) {
    const { palette } = this.page,
      { stroke, ink, soft } = palette;
    const n = this.x.at.length,
      lines = [];
    for (let from = 0; from < capacity.length; from += n) {
      const ys = Float64Array.from(capacity.slice(from, from + n), Math.log10);
      lines.push({ xs: this.x.at, ys, color: from ? soft : ink, width: 1.6 * stroke, dash: from ? SIGNED : RULE });
    }
    const ys = this.x.at.map((N) => N * limit * Math.LOG10E * Math.LN2);
    lines.push({ xs: this.x.at, ys, color: ink, width: 1.6 * stroke, dash: LIMIT });
    for (const model of this.models.values.keys()) {
      const places = this.places("capacity", model);
      const xs = Float64Array.from(places, ({ i }) => this.x.at[i]);
      const line = { xs, ys: Float64Array.from(places, ({ i }) => this.height(model, i)) };
      lines.push({ ...line, color: this.colour(model), width: 1.2 * stroke, alpha: 0.6 });
    }
    return lines;
  }

  linesOfRecall({ success, K, level }) {
    const { palette } = this.page,
      { stroke, ink, soft } = palette;
    const n = this.x.at.length,
      xs = Float64Array.from(K, Math.log10),
      lines = [];
    const ends = Float64Array.from([this.rungs.edges[0], this.rungs.edges.at(-1)]);
    lines.push({ xs: ends, ys: ends.map(() => level), color: palette.rule, width: stroke });
    for (let from = 0; from < success.length; from += n * K.length) {
      const at = from + this.shown * K.length;
      const ys = Float64Array.from(success.slice(at, at + K.length));
      lines.push({ xs, ys, color: from ? soft : ink, width: 1.6 * stroke, dash: from ? SIGNED : RULE });
    }
    for (const model of this.models.values.keys()) {
      const places = this.places("recalled", model);
      const line = { xs: Float64Array.from(places, ({ rung }) => this.rungs.at[rung]) };
      line.ys = Float64Array.from(places, ({ rung }) => this.share(model, rung));
      lines.push({ ...line, color: this.colour(model), width: 1.2 * stroke, alpha: 0.6 });
    }
    return lines;
  }

  fillLegend() {
    const { words, palette, extra } = this.page;
    const key = (text, draw) => {
      const canvas = make("canvas", { width: 64, height: 28, "aria-hidden": "true", "data-picture": "canvas" });
      const context = canvas.getContext("2d");
      context.scale(2, 2);
      draw(context);
      return make("span", { className: "gl-key" }, canvas, make("span", { "data-picture": "text" }, text));
    };
    const line = (color, dash) => (context) => {
      Object.assign(context, { strokeStyle: color, lineWidth: 2 });
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(0, 7);
      context.lineTo(32, 7);
      context.stroke();
    };
    const { rules } = extra;
    const hasSigned = rules.capacity.length > this.x.at.length;
    this.legend.replaceChildren(
      ...this.models.values.map((_, model) =>
        key(this.models.texts[model], (context) => {
          line(this.colour(model), [])(context);
          mark(context, 16, 7, model, this.colour(model), palette.paper, 4.5);
        }),
      ),
      key(words.nearest, line(palette.ink, RULE)),
      ...(hasSigned ? [key(words.nearest_signed, line(palette.soft, SIGNED))] : []),
      key(fill(words.limit, { bits: three(rules.limit) }), line(palette.ink, LIMIT)),
    );
  }

  // ---- what moves: marks with their errors, the crosshair ----

  draw(context, side) {
    const figure = this.figures[side],
      { page } = this,
      chosen = this.hover ?? page.chosen;
    if (!page.table || !page.palette || !figure || !page.extra?.rules) return;
    const { palette } = page,
      { top, bottom } = figure.box;
    const across = side === "capacity" ? figure.sx(this.x.at[chosen ? chosen.i : this.shown]) : null;
    const along = side === "recalled" && chosen?.i === this.shown ? figure.sx(this.rungs.at[chosen.rung]) : null;
    for (const px of [across, along]) {
      if (px === null) continue;
      Object.assign(context, { strokeStyle: palette.soft, lineWidth: palette.stroke });
      context.beginPath();
      context.moveTo(px, top);
      context.lineTo(px, bottom);
      context.stroke();
    }
    for (let model = this.models.values.length - 1; model >= 0; model--) {
      for (const place of this.places(side, model)) {
        const [, px, py] = this.at(place);
        const isLit =
          chosen && chosen.model === model && chosen.i === place.i && (side === "capacity" || chosen.rung === place.rung);
        context.globalAlpha = side === "capacity" && !this.found(model, place.i, IS_FINAL) ? PALE : 1;
        const [low, high] = this.ends(place).map((y) => figure.sy(y));
        Object.assign(context, { strokeStyle: this.colour(model), lineWidth: 1.4 * palette.stroke });
        context.beginPath();
        context.moveTo(px, Math.min(low, bottom));
        context.lineTo(px, Math.max(high, top));
        context.stroke();
        mark(context, px, py, model, this.colour(model), palette.paper, (isLit ? 7 : 4.5) * palette.stroke);
        context.globalAlpha = 1;
      }
    }
  }

  // The ends of a bar of one standard error.
  ends({ model, i, rung, side }) {
    if (side === "recalled") return [this.share(model, rung, LOW), this.share(model, rung, HIGH)];
    const error = (this.found(model, i, ERROR) || 0) * Math.LOG10E,
      height = this.height(model, i);
    return [height - error, height + error];
  }

  // ---- pointer and keys ----

  nearest(side, px, py) {
    let found = null,
      least = REACH;
    for (const model of this.models.values.keys()) {
      for (const place of this.places(side, model)) {
        const [, x, y] = this.at(place);
        const away = Math.hypot(x - px, y - py);
        if (away < least) [least, found] = [away, place];
      }
    }
    return found;
  }

  point(found, event = null) {
    this.hover = found;
    this.paint();
    this.page.tell(found, event);
  }

  // The right figure follows what is chosen on the left.
  chose() {
    const { chosen } = this.page;
    if (chosen && chosen.i !== this.shown) {
      const shown = this.x.axis.texts[chosen.i];
      this.page.shown.fields.shown = shown;
      this.page.set({ shown });
      this.update();
    }
    this.paint();
  }

  paint() {
    for (const figure of this.all) figure?.paint();
  }

  describe({ model, i, rung, side }) {
    const { words, extra } = this.page,
      { rules } = extra;
    const kind = Number(rules.signed[model] && rules.capacity.length > this.x.at.length);
    const told = { model: this.models.texts[model], N: this.x.axis.texts[i], cell: this.rungs.axis.texts[rung] };
    if (side === "capacity") {
      const rule = three(rules.capacity[kind * this.x.at.length + i]);
      return fill(words.tip_capacity, { ...told, K: this.tellK90(model, i), rule });
    }
    const [recalled, low, high] = [0, LOW, HIGH].map((column) => share(this.share(model, rung, column, i)));
    return fill(words.tip_recalled, {
      ...told,
      share: recalled,
      low,
      high,
      rule: share(this.ruleAt(kind, i, this.rungs.at[rung])),
    });
  }

  tellK90(model, i) {
    const K = this.found(model, i, K90);
    if (Number.isFinite(K) && K > 0) return measured(K, K * this.found(model, i, ERROR));
    const { words } = this.page;
    return K > 0 ? fill(words.no_crossing_above, { K: this.rungs.axis.texts.at(-1) }) : words.no_crossing_below;
  }

  // Between the points at which the exact success was sent.
  ruleAt(kind, i, u) {
    const { success, K } = this.page.extra.rules;
    const at = (kind * this.x.at.length + i) * K.length;
    const above = Math.max(
      1,
      [...K].findIndex((k) => Math.log10(k) >= u - 1e-9),
    );
    const [low, high] = [Math.log10(K[above - 1]), Math.log10(K[above])];
    const share = (u - low) / (high - low);
    return (1 - share) * success[at + above - 1] + share * success[at + above];
  }

  onKey(event, side) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (!this.page.table) return;
    if (event.key === "Enter") this.page.open();
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const count = this.models.values.length,
      { chosen } = this.page;
    const where = (place) => (side === "capacity" ? place.i : place.rung);
    const from = chosen ? where(chosen) : move[1] < 0 ? Infinity : -1;
    const every = this.places(side, ((chosen?.model ?? 0) + move[0] + count) % count);
    const next =
      move[1] > 0
        ? every.find((place) => where(place) > from)
        : move[1] < 0
          ? every.findLast((place) => where(place) < from)
          : (every.find((place) => where(place) >= from) ?? every.at(-1));
    if (!next) return;
    this.page.choose(next);
    put(this.page.voice, this.describe(next));
  }
}

// One shape a memory, so that no one has to tell colours: four, and the same four hollow.
function mark(context, x, y, which, colour, paper, r) {
  const corners = [
    [],
    [
      [-0.85, -0.85],
      [0.85, -0.85],
      [0.85, 0.85],
      [-0.85, 0.85],
    ],
    [
      [0, 1.2],
      [1.1, -0.8],
      [-1.1, -0.8],
    ],
    [
      [0, -1.2],
      [1.1, 0],
      [0, 1.2],
      [-1.1, 0],
    ],
  ][which % 4];
  const isHollow = which % 8 > 3;
  context.beginPath();
  if (corners.length) for (const [dx, dy] of corners) context.lineTo(x + r * dx, y + r * dy);
  else context.arc(x, y, r, 0, 2 * Math.PI);
  context.closePath();
  Object.assign(context, { fillStyle: isHollow ? paper : colour, strokeStyle: isHollow ? colour : paper });
  context.lineWidth = isHollow ? 0.4 * r : 1;
  context.fill();
  context.stroke();
}
