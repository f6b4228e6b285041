// What the plots over segments have in common: their axis, the segment on show, and which one is under the pointer.

import { decadeTicks } from "../../browser/axes.js";
import { powerOfTen } from "../../browser/numbers.js";

const LEFT = 4.6,
  RIGHT = 1,
  BOTTOM = 3.2,
  DIGITS = 1.9; // room for the number of a segment; all by the size of the type
const LEAST_POWER = -40; // of what is drawn on a scale of exponents

// Segments along x, and room for names at the right where there are any.
export function segmentAxis(figure, scene, right = RIGHT) {
  const { type, host } = figure;
  const T = Math.max(scene.run.T, ...scene.ghosts.map(({ run }) => run.T));
  figure.borders(LEFT * type, Math.min(right * type, 0.36 * host.clientWidth), BOTTOM * type);
  const every = Math.max(1, Math.ceil((DIGITS * type * T) / Math.max(1, figure.length("x"))));
  const ticks = Array.from({ length: T }, (_, i) => i + 1).filter((t) => (t - 1) % every === 0);
  figure.range("x", 0.5, T + 0.5);
  figure.ticks("x", ticks, ticks.map(String), scene.words.axis_segment);
}

export function power(value) {
  return value > 0 ? Math.max(LEAST_POWER, Math.log10(value)) : LEAST_POWER;
}

// A scale of exponents that holds these values.
export function powerAxis(figure, values, title) {
  const powers = values.filter((value) => value > 0 && Number.isFinite(value)).map(power);
  const low = Math.floor(Math.min(-1, ...powers)),
    high = Math.max(0.3, ...powers.map((p) => p + 0.06 * (Math.max(...powers) - low + 1)));
  const ticks = decadeTicks(low, high, Math.max(2, Math.min(5, figure.fitting("y") - 1)), 0);
  figure.range("y", low, high);
  figure.ticks("y", ticks, ticks.map(powerOfTen), title);
}

// The column of the segment on show, and of the one under the pointer.
export function lightSegment(context, figure, scene) {
  const { run, palette, hover, frame } = scene;
  const { top, height } = figure.box;
  const at = run.place(frame);
  const column = (segment, alpha) => {
    const left = figure.sx(segment - 0.5),
      right = figure.sx(segment + 0.5);
    context.globalAlpha = alpha;
    context.fillStyle = palette.rule;
    context.fillRect(left, top + 1, right - left, height - 2);
    context.globalAlpha = 1;
  };
  if (hover !== null && hover !== at) column(hover, 0.3);
  column(at, 0.55);
}

export function segmentUnder(figure, scene, px, py) {
  if (!figure.within(px, py)) return null;
  const segment = Math.round(figure.ux(px));
  return scene.run.has(segment) ? segment : null;
}

// Whether a segment has been read by the moment on show; the way back has passed it where `back` is asked for.
export function isPassed(scene, segment, back = false) {
  const { run, frame } = scene;
  if (back) return run.isBack(frame) && segment >= run.place(frame);
  return run.isBack(frame) || segment <= run.place(frame);
}

// What is still to come: pale, or where the outcome is hidden not at all.
export function strength(scene, passed) {
  return passed ? 1 : scene.hides ? 0 : 0.22;
}

export function path(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}
