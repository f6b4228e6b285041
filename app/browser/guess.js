// A guess that is drawn into a figure, before the run is seen: a point of the triangle, or a curve. Afterwards it stays there, with the
// gap to what came of it. Who has no pointer moves it with the arrow keys.

import { make } from "./elements.js";
import { fill, three } from "./numbers.js";
import { CORNERS, circle, parts, place, stroke } from "./triangle.js";

const KNOTS = 13; // of a curve, evenly spaced on its axis
const TURN = 0.05; // of the whole that an arrow key moves
const SLOW = 900; // milliseconds in which a gap opens

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class Guess {
  // `changed` is called whenever there is another guess; `card` is the card of the stage on which it is drawn.
  constructor(card, words, label, changed) {
    Object.assign(this, { card, words, changed, figure: null, scene: null, verdict: null, opened: 1 });
    this.face = make("div", {
      className: "gd-drawn",
      role: "slider",
      tabindex: "0",
      "aria-label": label,
      "aria-valuenow": "0", // it has two, which its text tells
      onkeydown: (event) => this.key(event),
    });
  }

  get isOpen() {
    return this.verdict === null && !this.isSettled;
  }

  key(event) {
    const step = STEPS[event.key];
    if (!step || !this.figure || !this.isOpen) return;
    event.preventDefault();
    this.move(...step);
    this.moved();
  }

  moved() {
    const text = this.text();
    this.face.textContent = text;
    this.face.setAttribute("aria-valuetext", text);
    this.figure.paint();
    this.changed();
  }

  // Where a pointer is on the figure; `anew` where it has just come down.
  take(px, py, anew) {
    if (!this.figure) return;
    this.point(px, py, anew);
    this.moved();
  }

  // It is said, and nobody moves it any more.
  settle() {
    this.isSettled = true;
  }

  // What came of it: from now on nobody moves it. `slowly` where the gap is to be seen opening.
  tell(verdict, slowly) {
    this.verdict = verdict;
    this.adopt(verdict.from);
    if (!slowly) return;
    const began = performance.now();
    const turn = (now) => {
      this.opened = Math.min(1, Math.max(0, (now - began) / SLOW));
      this.figure?.paint();
      if (this.opened < 1) requestAnimationFrame(turn);
    };
    this.opened = 0;
    requestAnimationFrame(turn);
  }

  // On the canvas above the figure; `isSeen` where the truth may be told.
  draw(context, figure, scene, isSeen) {
    Object.assign(this, { figure, scene });
    this.paint(context, isSeen && this.verdict !== null);
    context.globalAlpha = 1;
    context.setLineDash([]);
  }
}

// Three shares of a whole, as a point of the triangle.
export class PointGuess extends Guess {
  shares = null;

  adopt(shares) {
    this.shares = shares;
  }

  value() {
    return this.shares;
  }

  text() {
    const [first, second, others] = this.shares.map((share) => `${Math.round(100 * share)} %`);
    return fill(this.words.point_text, { first, second, others });
  }

  set(x, y) {
    const found = parts([x, y]).map((part) => Math.max(0, part));
    const sum = found.reduce((a, b) => a + b, 0);
    this.shares = found.map((part) => part / sum);
  }

  move(right, up) {
    const [x, y] = place(this.shares ?? [1 / 3, 1 / 3, 1 / 3]);
    this.set(x + TURN * right, y + TURN * up);
  }

  point(px, py) {
    this.set(this.figure.ux(px), this.figure.uy(py));
  }

  paint(context, isSeen) {
    const { figure, shares, verdict, opened } = this,
      { palette } = this.scene;
    const at = (of) => {
      const [x, y] = place(of);
      return [figure.sx(x), figure.sy(y)];
    };
    if (this.isOpen) {
      context.globalAlpha = shares ? 0.06 : 0.14; // where a guess is waited for
      context.fillStyle = palette.astrocyte;
      context.beginPath();
      for (const corner of CORNERS) context.lineTo(figure.sx(corner[0]), figure.sy(corner[1]));
      context.fill();
      context.globalAlpha = 1;
    }
    if (!shares) return;
    const from = at(shares);
    if (isSeen) {
      const [x, y] = at(verdict.to);
      context.strokeStyle = palette.ink;
      context.lineWidth = 3 * palette.stroke;
      stroke(context, from, [from[0] + opened * (x - from[0]), from[1] + opened * (y - from[1])]);
      if (opened === 1) circle(context, [x, y], 8 * palette.stroke, null, palette.ink, 2.5 * palette.stroke);
    }
    context.setLineDash([4, 3]);
    circle(context, from, 10 * palette.stroke, palette.paper, palette.ink, 2.5 * palette.stroke);
    context.setLineDash([]);
    context.fillStyle = palette.ink;
    context.font = palette.font(700, 1);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText("?", ...from);
  }
}

// Heights at places along the axis of a plot; a height between two that were drawn lies on their line.
export class CurveGuess extends Guess {
  heights = Array(KNOTS).fill(null);
  at = 0;

  adopt(knots) {
    if (knots) this.known = knots;
  }

  // Along the axis as it is drawn, which for most plots is that of time.
  axis() {
    const { left, right } = this.figure.box,
      from = this.figure.ux(left),
      to = this.figure.ux(right);
    const timed = this.figure.host.classList.contains("gs-scrubs");
    const { time, t } = this.scene;
    return {
      of: (knot) => from + ((to - from) * knot) / (KNOTS - 1),
      near: (px) => Math.max(0, Math.min(KNOTS - 1, Math.round(((this.figure.ux(px) - from) / (to - from)) * (KNOTS - 1)))),
      u: (value) => (timed ? time.at(value) : value),
      value: (u) => (timed ? time.of(u) : u),
      now: Math.min(to, timed ? time.at(t) : t),
    };
  }

  range() {
    const { top, bottom } = this.figure.box;
    return [this.figure.uy(bottom), this.figure.uy(top)];
  }

  value() {
    if (this.heights.every((height) => height === null)) return null;
    const { of, value } = this.axis();
    return this.filled().map((height, knot) => [value(of(knot)), height]);
  }

  filled() {
    const { heights } = this;
    const drawn = heights.flatMap((height, knot) => (height === null ? [] : [knot]));
    return heights.map((height, knot) => {
      if (height !== null) return height;
      const before = drawn.findLast((other) => other < knot) ?? drawn[0],
        after = drawn.find((other) => other > knot) ?? drawn.at(-1);
      if (before >= after) return heights[after];
      return heights[before] + ((heights[after] - heights[before]) * (knot - before)) / (after - before);
    });
  }

  text() {
    const { of, value } = this.axis();
    return fill(this.words.curve_text, {
      t: three(value(of(this.at))),
      y: three(this.heights[this.at] ?? this.filled()[this.at]),
    });
  }

  move(right, up) {
    const [low, high] = this.range();
    this.at = Math.max(0, Math.min(KNOTS - 1, this.at + right));
    const before = this.value() ? this.filled()[this.at] : (low + high) / 2;
    this.heights[this.at] = Math.max(low, Math.min(high, before + TURN * up * (high - low)));
  }

  // A stroke that goes over several places at once has drawn all of them.
  point(px, py, anew) {
    const [low, high] = this.range();
    const knot = this.axis().near(px),
      height = Math.max(low, Math.min(high, this.figure.uy(py)));
    const before = anew ? knot : this.at,
      from = anew ? height : this.heights[before];
    const count = Math.abs(knot - before);
    for (let i = 1; i < count; i++) this.heights[before + Math.sign(knot - before) * i] = from + ((height - from) * i) / count;
    this.heights[knot] = height;
    this.at = knot;
  }

  paint(context, isSeen) {
    const { figure, verdict, opened } = this,
      { palette } = this.scene,
      { left, top, width, height } = figure.box;
    const axis = this.axis();
    if (this.isOpen && this.value() === null) {
      context.globalAlpha = 0.1; // where a guess is waited for
      context.fillStyle = palette.astrocyte;
      context.fillRect(left, top, width, height);
      return;
    }
    const knots = this.known ?? this.value();
    if (!knots) return;
    const spot = ([t, y]) => [figure.sx(axis.u(t)), figure.sy(y)];
    if (isSeen) {
      context.save();
      context.beginPath();
      context.rect(left, top, Math.min(figure.sx(axis.now) - left, opened * width), height);
      context.clip();
      context.globalAlpha = 0.28;
      context.fillStyle = palette.astrocyte;
      context.beginPath();
      for (const knot of [...knots, ...verdict.to.toReversed()]) context.lineTo(...spot(knot));
      context.fill();
      context.restore();
    }
    context.strokeStyle = palette.ink;
    context.lineWidth = 2.4 * palette.stroke;
    context.setLineDash([8, 5]);
    context.beginPath();
    for (const knot of knots) context.lineTo(...spot(knot));
    context.stroke();
    context.setLineDash([]);
    if (!this.isOpen) return;
    for (const [i, knot] of knots.entries())
      if (this.heights[i] !== null) circle(context, spot(knot), 4 * palette.stroke, palette.paper, palette.ink, 2);
  }
}

// What a pointer does on the figure of a card is the guess's, as long as one is waited for there.
export function listenFor(host, name, guessOf) {
  let down = false;
  const open = () => {
    const guess = guessOf();
    return guess?.isOpen && guess.card === name ? guess : null;
  };
  const hear = (event) => {
    const guess = open();
    if (!guess || event.button > 0) return;
    const box = host.getBoundingClientRect();
    const { type } = event;
    if (type === "pointerdown") host.setPointerCapture(event.pointerId);
    if (type === "pointerdown" || (type === "pointermove" && down)) {
      guess.take(event.clientX - box.left, event.clientY - box.top, type === "pointerdown");
      event.preventDefault();
    }
    down = type === "pointerdown" || (down && type === "pointermove");
    event.stopImmediatePropagation();
  };
  for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) host.addEventListener(kind, hear, true);
}
