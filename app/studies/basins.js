// Two triangles between three memories, coloured by what the run from each cue recalls; what is chosen in one is marked in both.

import { make, put } from "../browser/elements.js";
import { Figure, follow } from "../browser/figure.js";
import { fill, share, three } from "../browser/numbers.js";
import { Slider } from "../browser/slider.js";
import { mixed } from "./maps.js";

const HIGH = Math.sqrt(3) / 2; // of a triangle whose sides are 1
const COARSE = 20; // steps along a side of what comes first, as core has it
const PALER = 0.55; // so far towards the ground is what only repeats a coarser point
const SEAM = 1; // pixels by which pieces lie over each other, so that no ground shines through
const NAMED = 0.02; // of a triangle: a smaller region has no room for its name
const CORNERS = [0, 1, 2], // kinds, as core numbers them
  MIRRORED = [3, 4, 5],
  ANOTHER = 6,
  MIXTURE = 7,
  NOT_CONVERGED = 8;
const STRIPED = [...MIRRORED, NOT_CONVERGED];
const ALWAYS = [...CORNERS, ANOTHER, MIXTURE, NOT_CONVERGED]; // in the legend, whether there is any or not

export class View {
  constructor(page) {
    this.page = page;
    this.hover = null; // {side, j, k}: j and k steps has the second and the third memory
    this.figures = [];
    this.pieces = [[], []];
    this.labels = [[], []];
  }

  build(root) {
    this.cards = [0, 1].map((side) => {
      const title = make("h2", { "data-picture": "text" }),
        host = make("div", { className: "gl-plot", role: "img" });
      const card = make("div", { className: "gl-card", tabindex: "0", role: "group" }, title, host);
      card.addEventListener("keydown", (event) => this.onKey(event, side));
      return { card, title, host };
    });
    this.shares = make("table", { className: "gl-shares" });
    this.margin = make("p", { className: "gl-margin", "aria-live": "polite" });
    const info = make("div", { className: "gl-card gl-info" }, this.shares, this.margin);
    root.append(make("div", { className: "gl-basins" }, ...this.cards.map(({ card }) => card), info));
  }

  get hint() {
    return this.page.words.watch_hint;
  }

  get coarse() {
    return this.page.words.coarse;
  }

  get all() {
    return this.figures;
  }

  // ---- the settings that only this page has ----

  settings() {
    const { controls, spec, words } = this.page,
      { fields } = words;
    const choice = (name, choices) => controls.row(name, [fields[name]], [controls.choice(name, fields[name], choices)]);
    const called = ({ symbol, called }) => (symbol === called ? called : `${symbol} ${called}`);
    const compared = spec.swept.map((name) => [name, name === "model" ? fields.model : called(spec.parameters[name])]);
    return [
      this.page.field("memories"),
      choice("blend", words.blends),
      choice("model", spec.models),
      ...Object.keys(spec.sliders).map((name) => this.slider(name, name).face),
      choice("differs", Object.fromEntries(compared)),
      ...this.others(),
      choice("points", Object.fromEntries(this.sizes())),
    ];
  }

  sizes() {
    return [1, 2, 4, 8].map((times) => [String(times * COARSE + 1), String(times * COARSE + 1)]);
  }

  // The slider of a parameter, which sets the field of that name.
  slider(name, field) {
    const { page } = this,
      { options } = page.spec.sliders[name];
    const made = new Slider({ ...page.spec.sliders[name], name: field }, page.words, {
      slide: (_, index) => page.say("slide", { changes: { [field]: options[index] } }),
      release: () => page.say("release"),
      set: (_, text) => page.say("set", { changes: { [field]: text } }),
    });
    const show = (text) => made.show({ value: nearest(options, text), text, hint: "" });
    if (name === field) {
      page.controls.fields[field] = {
        set value(text) {
          show(text);
        },
      };
    }
    return { face: made.face, show };
  }

  // What the other setting has: a slider, a menu or a field, as the parameter is.
  others() {
    const { page } = this,
      { spec, words, controls } = page;
    const choices = { model: spec.models };
    for (const name of spec.swept) if (spec.parameters[name]?.choices) choices[name] = spec.parameters[name].choices;
    const rows = {};
    const field = (name, input) => {
      const face = make("label", { className: "gd-field" }, make("span", {}, words.fields.other), input);
      rows[name] = { face, show: (text) => Object.assign(input, { value: text }) };
    };
    for (const name of Object.keys(spec.sliders)) rows[name] = this.slider(name, "other");
    for (const [name, titles] of Object.entries(choices)) field(name, controls.choice("other", words.fields.other, titles));
    field("", controls.text("other", words.fields.other));
    controls.fields.other = {
      set value(text) {
        const shown = rows[page.shown.fields.differs] ?? rows[""];
        for (const row of Object.values(rows)) row.face.hidden = row !== shown;
        shown.show(text);
      },
    };
    return Object.values(rows).map(({ face }) => face);
  }

  // ---- figures ----

  async embed(items) {
    this.figures = await Promise.all(
      this.cards.map(({ host }, side) => Figure.embed(host, items[`triangle${side}`], (context) => this.draw(context, side))),
    );
    this.cards.forEach(({ host }, side) =>
      follow(host, {
        over: (px, py, event) => this.point(this.under(side, px, py), event),
        out: () => this.point(null),
        tap: (px, py) => this.page.press(this.under(side, px, py)),
      }),
    );
  }

  adopt(table) {
    const { study } = table;
    [this.sides] = table.axes;
    this.last = table.shape[1] - 1;
    const widest = this.last % COARSE === 0 ? this.last / COARSE : 1;
    this.strides = [];
    for (let stride = 1; stride <= widest; stride *= 2) this.strides.push(stride);
    this.hover = null;
    Object.assign(this, { names: study.names, short: study.short, memories: study.memories });
    this.isAsked = false;
    put(this.margin, "");
  }

  // Where the corners of a triangle are, in pixels, and how long a step is.
  ground(side) {
    const { left, right, top, bottom } = this.figures[side].box,
      room = 1.7 * this.page.palette.size; // for the names of the corners
    const long = Math.max(10, Math.min(right - left - 2 * room, (bottom - top - 2 * room) / HIGH));
    const spare = (bottom - top - 2 * room - HIGH * long) / 2;
    return { x: (left + right - long) / 2, y: bottom - room - spare, step: long / this.last };
  }

  pixel({ x, y, step }, j, k) {
    return [x + (j + k / 2) * step, y - k * HIGH * step];
  }

  under(side, px, py) {
    if (!this.page.table) return null;
    const { x, y, step } = this.ground(side);
    const k = Math.round((y - py) / (HIGH * step)),
      j = Math.round((px - x) / step - k / 2);
    return this.isInside(j, k) ? { side, j, k } : null;
  }

  isInside(j, k) {
    return j >= 0 && k >= 0 && j + k <= this.last;
  }

  flat(side, j, k) {
    return this.page.table.flat([side, j, k]);
  }

  kind(side, j, k) {
    return this.page.table.value("kind", this.flat(side, j, k));
  }

  // The nearest point that is in, on the finest lattice that has one; null while there is none.
  source(side, j, k) {
    for (const stride of this.strides) {
      let [a, b] = [j, k].map((at) => Math.round(at / stride) * stride);
      if (a + b > this.last) {
        if (a - j > b - k) a -= stride;
        else b -= stride;
      }
      if (this.page.table.done[this.flat(side, a, b)]) return { j: a, k: b };
    }
    return null;
  }

  update() {
    const { page } = this,
      { table, palette, words, extra } = page;
    if (!table || !palette || !this.figures.length) return;
    const style = getComputedStyle(page.root);
    const corner = ["first", "second", "third"].map((name) => style.getPropertyValue(`--gl-${name}`).trim());
    this.colours = [...corner, ...corner, style.getPropertyValue("--gl-another").trim(), palette.middle, palette.paper];
    const three = this.memories.map((memory) => this.names[memory]);
    this.cards.forEach(({ card, title, host }, side) => {
      put(title, this.sides.texts[side]);
      const label = fill(words.triangle, { at: this.sides.texts[side], names: three.join(", ") });
      card.setAttribute("aria-label", label);
      host.setAttribute("aria-label", label);
      this.pieces[side] = this.cut(side);
      this.labels[side] = this.middles(side);
      this.figures[side].paint();
    });
    if (extra?.shares) this.tabulate(extra.shares);
    this.askFirst();
  }

  // Rows of the triangle in pieces of one colour.
  cut(side) {
    const pieces = [],
      { paper } = this.page.palette;
    for (let k = 0; k <= this.last; k++) {
      let piece = null;
      for (let j = 0; j + k <= this.last; j++) {
        const from = this.source(side, j, k);
        const kind = from && this.kind(side, from.j, from.k),
          isOwn = from && from.j === j && from.k === k;
        if (!piece || piece.kind !== kind || piece.isOwn !== isOwn) {
          const colour = kind === null ? null : isOwn ? this.colours[kind] : mixed(this.colours[kind], paper, PALER);
          piece = { k, from: j, to: j, kind, isOwn, colour };
          if (colour) pieces.push(piece);
        }
        piece.to = j;
      }
    }
    return pieces;
  }

  // For each memory that is recalled the point of its region that is nearest to the middle of it.
  middles(side) {
    const points = CORNERS.map(() => []);
    for (let k = 0; k <= this.last; k++) for (let j = 0; j + k <= this.last; j++) points[this.kind(side, j, k)]?.push([j, k]);
    const every = ((this.last + 1) * (this.last + 2)) / 2;
    return points.flatMap((region, kind) => {
      if (region.length < NAMED * every) return [];
      const [mj, mk] = [0, 1].map((at) => region.reduce((sum, point) => sum + point[at], 0) / region.length);
      const away = ([j, k]) => (j - mj) ** 2 + (k - mk) ** 2 + (j - mj) * (k - mk);
      const [j, k] = region.reduce((best, point) => (away(point) < away(best) ? point : best));
      return [{ j, k, kind }];
    });
  }

  // ---- drawing ----

  draw(context, side) {
    const { page } = this;
    if (!page.table || !page.palette || !this.colours) return;
    const ground = this.ground(side);
    for (const piece of this.pieces[side]) this.drawPiece(context, ground, piece);
    this.drawNames(context, ground, side);
    const lit = this.hover ?? page.chosen;
    if (lit) this.drawMark(context, ground, lit, lit.side === side);
  }

  // A piece ends with the side of the triangle, half a step outside of its last points, or upright between two points.
  drawPiece(context, ground, { k, from, to, kind, colour }) {
    const [low, high] = [k - 0.5, k + 0.5];
    const left = (v) => (from === 0 ? v / 2 - 0.5 : from + k / 2 - 0.5),
      right = (v) => (to === this.last - k ? this.last - v / 2 + 0.5 : to + k / 2 + 0.5);
    const at = (u, v) => [ground.x + u * ground.step, ground.y - v * HIGH * ground.step];
    const corners = [at(left(low), low), at(right(low), low), at(right(high), high), at(left(high), high)];
    corners[1][0] += SEAM;
    corners[2][0] += SEAM;
    corners[0][1] += SEAM;
    corners[1][1] += SEAM;
    context.fillStyle = colour;
    context.beginPath();
    for (const [x, y] of corners) context.lineTo(x, y);
    context.closePath();
    context.fill();
    if (!STRIPED.includes(kind)) return;
    const { palette } = this.page;
    context.strokeStyle = kind === NOT_CONVERGED ? palette.soft : palette.paper;
    context.lineWidth = Math.max(0.5, 0.3 * ground.step);
    context.beginPath();
    context.moveTo(...at(left(k), k));
    context.lineTo(...at(right(k), k));
    context.stroke();
  }

  drawNames(context, ground, side) {
    const { palette } = this.page,
      { last } = this;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = palette.font(700, 1.1);
    context.fillStyle = palette.ink;
    const away = 0.95 * palette.size;
    [
      [0, 0, 1],
      [last, 0, 1],
      [0, last, -1],
    ].forEach(([j, k, down], kind) => {
      const [x, y] = this.pixel(ground, j, k);
      context.fillText(this.short[kind], x, y + down * away);
    });
    context.lineJoin = "round";
    for (const { j, k, kind } of this.labels[side]) {
      const [x, y] = this.pixel(ground, j, k);
      context.strokeStyle = palette.paper;
      context.lineWidth = 4;
      context.strokeText(this.short[kind], x, y);
      context.fillText(this.short[kind], x, y);
    }
  }

  // A ring that is seen on any colour; a small one in the triangle where nobody points.
  drawMark(context, ground, { j, k }, isHere) {
    const [x, y] = this.pixel(ground, j, k),
      radius = (isHere ? 8 : 4) * this.page.palette.stroke;
    for (const [colour, width] of [
      ["#000000", 4],
      ["#ffffff", 2],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  // ---- legend and shares in one table ----

  tabulate(shares) {
    const { words } = this.page,
      count = this.colours.length;
    const of = (side, kind) => shares[side * count + kind];
    const kinds = this.colours.map((_, kind) => kind).filter((kind) => ALWAYS.includes(kind) || of(0, kind) || of(1, kind));
    const text = (tag, given, content) => make(tag, given, make("span", { "data-picture": "text" }, content));
    this.shares.replaceChildren(
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          text("th", { scope: "col" }, words.legend),
          ...this.sides.texts.map((at) => text("th", { scope: "col" }, at)),
        ),
      ),
      make(
        "tbody",
        {},
        ...kinds.map((kind) => {
          const head = make(
            "th",
            { scope: "row" },
            this.sample(kind),
            make("span", { "data-picture": "text" }, this.called(kind)),
          );
          return make("tr", {}, head, ...[0, 1].map((side) => text("td", {}, share(of(side, kind)))));
        }),
      ),
    );
  }

  sample(kind) {
    const canvas = make("canvas", { width: 36, height: 28, "aria-hidden": "true", "data-picture": "canvas" }),
      context = canvas.getContext("2d"),
      { palette } = this.page;
    context.fillStyle = this.colours[kind];
    context.fillRect(0, 0, 36, 28);
    context.strokeStyle = palette.rule;
    context.strokeRect(0.5, 0.5, 35, 27);
    if (STRIPED.includes(kind)) {
      context.fillStyle = kind === NOT_CONVERGED ? palette.soft : palette.paper;
      for (let y = 4; y < 28; y += 8) context.fillRect(0, y, 36, 3);
    }
    return canvas;
  }

  called(kind) {
    const { words } = this.page,
      name = this.names[this.memories[kind % 3]];
    if (CORNERS.includes(kind)) return name;
    if (MIRRORED.includes(kind)) return fill(words.mirrored, { name });
    return { [ANOTHER]: words.another, [MIXTURE]: words.mixture, [NOT_CONVERGED]: words.not_converged }[kind];
  }

  // ---- a place in words ----

  index({ side, j, k }) {
    return [side, j, k];
  }

  at({ side, j, k }) {
    return [this.figures[side], ...this.pixel(this.ground(side), j, k)];
  }

  // How much there is of each memory.
  blend({ j, k }) {
    const parts = [this.last - j - k, j, k].map((steps, i) => [this.names[this.memories[i]], steps / this.last]);
    const some = parts.filter(([, part]) => part > 0);
    return some.map(([name, part]) => `${share(part)} ${name}`.replaceAll(" ", "\u00a0")).join(" + ");
  }

  name(place) {
    return `${this.sides.texts[place.side]}, ${this.blend(place)}`;
  }

  describe(place) {
    const { words, table } = this.page,
      { side, j, k } = place,
      flat = this.flat(side, j, k);
    if (!table.done[flat]) return [this.name(place), words.not_yet].join("\n");
    const kind = this.kind(side, j, k),
      rest = table.value("rest", flat),
      recalled = table.value("recalled", flat);
    const what = kind === ANOTHER ? fill(words.recalled, { name: this.names[recalled] }) : this.called(kind);
    const lines = [this.name(place), CORNERS.includes(kind) ? fill(words.recalled, { name: what }) : what];
    if (!Number.isNaN(rest)) lines.push(fill(words.rest, { t: three(rest) }));
    return lines.join("\n");
  }

  // ---- the margin of a cue ----

  // Before anyone chooses a cue, that of the first memory as its own.
  askFirst() {
    const first = [0, 0, 0];
    if (this.isAsked || !this.page.table.done[this.page.table.flat(first)]) return;
    this.isAsked = this.page.sayOfStudy("look", { index: first });
  }

  found({ index, margin }) {
    const { page } = this;
    if (page.chosen && String(index) !== page.chosenKey) return;
    put(this.margin, fill(page.words.margin, { cue: this.blend({ j: index[1], k: index[2] }), margin }));
  }

  // ---- pointer and keys ----

  point(found, event = null) {
    this.hover = found;
    for (const figure of this.figures) figure.paint();
    this.page.tell(found, event);
  }

  chose() {
    for (const figure of this.figures) figure.paint();
    const known = this.page.looked[this.page.chosenKey];
    if (known) this.found(known);
  }

  onKey(event, side) {
    const { page, last } = this;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (!page.table || event.target !== this.cards[side].card) return;
    if (event.key === "Enter" && page.chosen) {
      event.preventDefault();
      page.open();
    }
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const from = page.chosen ?? { j: Math.round(last / 3), k: Math.round(last / 3) };
    const [j, k] = page.chosen ? [from.j + move[0], from.k + move[1]] : [from.j, from.k];
    const to = this.isInside(j, k) ? { j, k } : this.isInside(j - 1, k) ? { j: j - 1, k } : from; // up along the right side
    page.choose({ side, j: to.j, k: to.k });
    put(page.voice, this.describe(page.chosen));
  }
}

// The option that a text is, or the one that is next to it as a number.
function nearest(options, text) {
  const is = options.indexOf(text);
  if (is >= 0) return is;
  const number = (option) => (option === "∞" ? Infinity : Number(option.replace("−", "-")));
  const away = options.map((option) => Math.abs(number(option) - number(text)));
  return away.indexOf(Math.min(...away));
}
