// Figure 4: one map a memory on one colour scale, and one of differences; a crosshair runs through all of them.

import { Scale } from "../browser/axes.js";
import { make, put } from "../browser/elements.js";
import { Figure, follow } from "../browser/figure.js";
import { fill, measured, share } from "../browser/numbers.js";
import { Bar, diverging, drawCrosshair, drawHatch, fillCells, Hatched, placeUnder, Ramp, setAxes, steer } from "./maps.js";

const MOST_MAPS = 6;
const PAPERS = {
  N: "20",
  models: "astrocyte,hopfield,neuron-astrocyte,dense",
  low: "",
  high: "",
  flips: "10",
  points: "25",
  trials: "50",
}; // the paper's
const HALF = 0.5; // of the neurons: what guessing gets wrong, the end of the scale

export class View {
  constructor(page) {
    this.page = page;
    this.hover = null; // {model, i, j}
    this.figures = [];
  }

  build(root) {
    const { words } = this.page;
    this.cards = Array.from({ length: MOST_MAPS }, (_, at) => {
      const title = make("h2", { "data-picture": "text" }),
        host = make("div", { className: "gl-plot", role: "img" });
      const card = make("div", { className: "gl-card", tabindex: "0", role: "group", hidden: at > 0 }, title, host);
      card.addEventListener("keydown", (event) => this.onKey(event, at));
      return { card, title, host };
    });
    this.scale = new Bar();
    this.gap = new Bar();
    this.better = make("p", { className: "gl-better" }, ...[0, 1].map(() => make("span", { "data-picture": "text" })));
    this.within = new Hatched(words.level);
    this.differing = make("div", { className: "gl-differing" }, this.gap.face, this.better, this.within.face);
    this.info = make("div", { className: "gl-card gl-info" }, this.scale.face, this.differing);
    this.grid = make("div", { className: "gl-grid" }, ...this.cards.map(({ card }) => card), this.info);
    root.append(this.grid);
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
    return [
      controls.presets(words.presets_label, [[words.presets.figure4, () => this.page.preset(PAPERS)]]),
      controls.several("models", fields.models, spec.models),
      controls.row("against", [fields.against], [controls.choice("against", fields.against, spec.models)]),
      controls.range("low", "high", { text: "K", name: "K" }, fields),
      ...["flips", "points", "trials"].map((name) => this.page.field(name)),
    ];
  }

  get all() {
    return this.figures;
  }

  async embed(items) {
    this.figures = await Promise.all(
      this.cards.map(({ host }, at) => Figure.embed(host, items[`map${at}`], (context) => this.draw(context, at))),
    );
    this.cards.forEach(({ host }, at) =>
      follow(host, {
        over: (px, py, event) => this.point(this.under(at, px, py), event),
        out: () => this.point(null),
        tap: (px, py) => this.page.press(this.under(at, px, py)),
      }),
    );
  }

  under(at, px, py) {
    if (!this.page.table || at > this.count) return null;
    const found = placeUnder(this.figures[at], this.x, this.y, px, py);
    return found && { ...found, map: at, model: this.modelOf(at) };
  }

  index({ model, i, j }) {
    return [model, i, j];
  }

  at({ map, i, j }) {
    const figure = this.figures[map];
    return [figure, figure.sx(this.x.at[i]), figure.sy(this.y.at[j])];
  }

  name({ model, i, j }) {
    const at = fill(this.page.words.tip_map, { K: this.x.axis.texts[i], n: this.y.axis.texts[j] });
    return `${this.models.texts[model]}, ${at}`;
  }

  // The map of differences is that of the first memory, too.
  modelOf(map) {
    return map === this.count ? (this.extra?.first ?? 0) : map;
  }

  place(model, i, j) {
    return (model * this.x.at.length + i) * this.y.at.length + j;
  }

  adopt(table) {
    this.models = table.axis("model");
    this.count = this.models.values.length;
    this.x = new Scale(table.axis("K"));
    this.y = new Scale(table.axis("n"));
    this.plane = this.x.at.length * this.y.at.length;
    this.hatched = new Set();
    this.differences = new Float32Array(this.count * this.plane * 2).fill(NaN);
    this.verdicts = new Int8Array(this.count * this.plane);
    this.hover = null;
    const { words } = this.page;
    this.cards.forEach(({ card }, at) => {
      card.hidden = at > this.count || (at === this.count && this.count < 2);
    });
    this.grid.dataset.maps = String(this.count + (this.count > 1 ? 1 : 0));
    this.models.texts.forEach((text, at) => {
      put(this.cards[at].title, text);
      this.label(at, fill(words.figures.map, { model: text }));
    });
    if (this.count > 1) this.label(this.count, words.figures.difference);
  }

  label(at, text) {
    this.cards[at].card.setAttribute("aria-label", text);
    this.cards[at].host.setAttribute("aria-label", text);
  }

  // Differences that have become known: from the first memory to a rival, with their standard errors.
  pairs({ index, values, verdicts }) {
    const places = Array.from(index);
    for (let row = 0; row < places.length / 3; row++) {
      const place = this.place(...places.slice(3 * row, 3 * row + 3));
      this.differences[2 * place] = values[2 * row];
      this.differences[2 * place + 1] = values[2 * row + 1];
      this.verdicts[place] = verdicts[row];
    }
  }

  difference(model, i, j) {
    const place = this.place(model, i, j);
    return [this.differences[2 * place], this.differences[2 * place + 1]];
  }

  update() {
    const { page } = this,
      { table, palette, words } = page;
    if (!table || !palette || !this.figures.length) return;
    this.extra = page.extra;
    const N = page.settings.N;
    this.errors = new Ramp(this.page.spec.colours, 0, HALF * N);
    const narrow = this.grid.clientWidth < 700;
    const axes = (at) => setAxes(this.figures[at], this.x, this.y, words.axes_map.K, words.axes_map.n, narrow ? 4 : 5);
    for (let model = 0; model < this.count; model++) {
      const first = this.place(model, 0, 0);
      axes(model);
      this.border(this.figures[model]);
      fillCells(
        this.figures[model],
        this.x,
        this.y,
        table.done.subarray(first, first + this.plane),
        (place) => ({ color: this.errors.of(table.value("hamming", first + place)) }),
        palette.paper,
      );
    }
    this.scale.show(this.errors, words.scale_hamming, ["", "≥ "]);
    this.updateDifference();
    this.figures.forEach((figure) => figure.paint());
  }

  border(figure) {
    figure.borders(this.page.hall ? 72 : 56, 12);
  }

  updateDifference() {
    const { page } = this,
      { palette, words } = page,
      { first, against } = this.extra ?? {};
    const shown = this.count > 1 && against >= 0;
    this.differing.hidden = !shown;
    if (!shown) return;
    const figure = this.figures[this.count],
      start = this.place(against, 0, 0);
    let most = 0;
    for (let place = 0; place < this.plane; place++) most = Math.max(most, Math.abs(this.differences[2 * (start + place)]) || 0);
    const end = Math.max(1, Math.ceil(most)); // grows with the first cells, then stays
    const ramp = new Ramp(
      diverging(palette.astrocyte, palette.middle, palette.neuron, this.page.spec.colours.length + 1),
      -end,
      end,
    );
    const done = Uint8Array.from({ length: this.plane }, (_, place) =>
      Number.isNaN(this.differences[2 * (start + place)]) ? 0 : 1,
    );
    setAxes(figure, this.x, this.y, words.axes_map.K, words.axes_map.n, 5);
    this.border(figure);
    this.hatched = new Set();
    fillCells(
      figure,
      this.x,
      this.y,
      done,
      (place) => {
        const isEven = this.verdicts[start + place] === 0;
        if (isEven) this.hatched.add(place);
        return { color: isEven ? palette.middle : ramp.of(this.differences[2 * (start + place)]) };
      },
      palette.paper,
    );
    const [mine, rival] = [this.models.texts[first], this.models.texts[against]];
    put(this.cards[this.count].title, fill(words.difference, { first: mine, rival }));
    this.gap.show(ramp, words.scale_difference);
    this.within.show(palette);
    put(this.better.firstChild, `◀ ${fill(words.wins, { model: mine })}`);
    put(this.better.lastChild, `${fill(words.wins, { model: rival })} ▶`);
  }

  draw(context, at) {
    const { page } = this,
      lit = this.hover ?? page.chosen;
    if (!page.table || !page.palette || !this.figures[at] || at > this.count) return;
    if (at === this.count) drawHatch(context, this.figures[at], this.x, this.y, this.hatched, page.palette);
    if (lit) drawCrosshair(context, this.figures[at], this.x, this.y, lit, page.palette);
  }

  point(found, event = null) {
    this.hover = found;
    this.chose();
    this.page.tell(found, event);
  }

  chose() {
    for (const figure of this.figures) figure.paint();
  }

  describe({ i, j }) {
    const { words, table } = this.page,
      { first, against } = this.extra ?? {};
    const lines = [fill(words.tip_map, { K: this.x.axis.texts[i], n: this.y.axis.texts[j] })];
    this.models.texts.forEach((model, m) => {
      const place = this.place(m, i, j);
      const cut = 1 - table.value("converged", place),
        exact = share(table.value("success", place));
      const value = measured(table.value("hamming", place, 0), table.value("hamming", place, 1)),
        line = cut > 0 ? words.line_map_cut : words.line_map;
      lines.push(table.done[place] ? fill(line, { model, value, exact, share: share(cut) }) : `${model}: ${words.not_yet}`);
    });
    if (against >= 0) {
      const [value, error] = this.difference(against, i, j);
      if (!Number.isNaN(value))
        lines.push(
          fill(words.line_difference, {
            first: this.models.texts[first],
            rival: this.models.texts[against],
            value: measured(value, error),
          }),
        );
    }
    lines.push(fill(words.trials, { count: table.trials }));
    return lines.join("\n");
  }

  onKey(event, at) {
    if (!this.page.table) return;
    steer(event, this.page, this.x.at.length, this.y.at.length, (place) => ({ ...place, map: at, model: this.modelOf(at) }));
  }
}
