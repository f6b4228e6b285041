// Axes: where values lie, and which ticks say so. Every axis of Bokeh is linear here; logarithms are taken by us, so that
// switching them on and off changes data and tick labels, not the figure.

import { minus, powerOfTen, three } from "./numbers.js";

const FEW_DECADES = 1.7; // below which whole decades are too few ticks to read by
const FINE_DECADES = 0.7;
const DIGITS = [1, 2, 5];
const FINE_DIGITS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
const EPSILON = 1e-9;

// Labels of round ticks: three digits where that is all they have, else all of them, lest two neighbours are called the same.
export function tickTexts(ticks) {
  const short = ticks.every((tick) => Number(tick.toPrecision(3)) === tick);
  return ticks.map((tick) => (short ? three(tick) : minus(String(tick))));
}

// Round steps (1, 2, 5 × 10ᵏ) that cut an interval into about `wanted` pieces.
export function roundTicks(start, end, wanted) {
  const ticks = ticksAbout(start, end, wanted);
  return ticks.length > 1 ? ticks : ticksAbout(start, end, 2 * wanted); // one number alone is no scale
}

function ticksAbout(start, end, wanted) {
  const rough = (end - start) / wanted;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * scale >= rough * 0.999) * scale;
  const ticks = [];
  for (let tick = Math.ceil(start / step - 1e-9) * step; tick <= end + step * 1e-9; tick += step) {
    ticks.push(Number(tick.toPrecision(12)));
  }
  return ticks;
}

// On a scale of exponents: whole decades, at most about `wanted` of them. `anchor` is a decade that has a tick if it is in sight.
export function decadeTicks(start, end, wanted, anchor = Math.ceil(start - EPSILON)) {
  const every = Math.max(1, Math.ceil((end - start) / wanted));
  const first = anchor + every * Math.ceil((start - anchor) / every - EPSILON) + 0; // never −0
  const ticks = [];
  for (let decade = first; decade <= end + EPSILON; decade += every) ticks.push(decade);
  return ticks;
}

// On a scale of exponents: the places of these digits in every decade.
export function digitTicks(start, end, digits) {
  const ticks = [];
  for (let decade = Math.floor(start); decade <= end; decade++) {
    for (const digit of digits) {
      const u = decade + Math.log10(digit);
      if (u >= start - EPSILON && u <= end + EPSILON) ticks.push(u);
    }
  }
  return ticks;
}

export const minorTicks = (start, end) => digitTicks(start, end, [2, 3, 4, 5, 6, 7, 8, 9]);

// Borders of all plots over time, by the size of the type, so that one cursor runs straight through them; names of runs are longer
// than those of memories.
const LEFT = 5.2,
  RIGHT = 7.1,
  RIGHT_OF_RUNS = 9.2,
  BOTTOM = 3.2;
const MOST_RIGHT = 0.3; // of a plot's width

// Time as plots see it, over all runs that are shown; t = 0 has its place at the left end of a logarithmic axis.
export class TimeScale {
  constructor(runs, log) {
    this.log = log;
    this.right = runs.length > 1 ? RIGHT_OF_RUNS : RIGHT;
    this.horizon = Math.max(...runs.map((run) => Math.max(Number(run.settings.horizon) || 0, run.t[run.last])));
    const earliest = Math.min(...runs.map((run) => run.t.find((t) => t > 0) ?? 1));
    this.floor = Math.min(-3, Math.floor(Math.log10(earliest)));
  }

  at(t) {
    return this.log ? Math.log10(Math.max(t, 10 ** this.floor)) : t;
  }
  of(u) {
    return this.log ? (u <= this.floor ? 0 : 10 ** u) : u;
  }
  over(times) {
    return Float64Array.from(times, (t) => this.at(t));
  }

  dress(figure, words) {
    const { type, host } = figure;
    figure.borders(LEFT * type, Math.min(this.right * type, MOST_RIGHT * host.clientWidth), BOTTOM * type);
    const wanted = Math.min(6, figure.fitting("x") - 1);
    if (!this.log) {
      const ticks = roundTicks(0, this.horizon, Math.min(5, wanted));
      figure.range("x", 0, this.horizon);
      return figure.ticks("x", ticks, tickTexts(ticks), words.axis_time);
    }
    const end = Math.log10(this.horizon);
    const ticks = decadeTicks(this.floor, end, wanted);
    figure.range("x", this.floor, end);
    const labels = ticks.map((u) => (u === this.floor ? "0" : powerOfTen(u)));
    return figure.ticks("x", ticks, labels, words.axis_log_time, minorTicks(this.floor, end));
  }
}

// The axis of a study: its values on its own scale, the edges between them, and round ticks.
export class Scale {
  constructor(axis) {
    this.axis = axis;
    this.log = axis.log;
    this.labels = axis.texts; // of names, which stand side by side; in lines where they are long
    this.at = Float64Array.from(axis.values, (value, i) => (axis.named ? i : this.of(value)));
    const n = this.at.length;
    this.edges = new Float64Array(n + 1);
    for (let i = 1; i < n; i++) this.edges[i] = (this.at[i - 1] + this.at[i]) / 2;
    this.edges[0] = n > 1 ? this.at[0] - (this.edges[1] - this.at[0]) : this.at[0] - 0.5;
    this.edges[n] = n > 1 ? this.at[n - 1] + (this.at[n - 1] - this.edges[n - 1]) : this.at[0] + 0.5;
  }

  of(value) {
    return this.log ? Math.log10(value) : value;
  }

  // The place whose value is nearest.
  nearest(u) {
    let best = 0;
    for (let i = 1; i < this.at.length; i++) if (Math.abs(this.at[i] - u) < Math.abs(this.at[best] - u)) best = i;
    return best;
  }

  ticks(start, end, wanted) {
    if (this.axis.named) return { ticks: Array.from(this.at), labels: this.labels, minor: [] };
    if (!this.log) {
      const ticks = roundTicks(start, end, wanted);
      return { ticks, labels: tickTexts(ticks), minor: [] };
    }
    const span = end - start,
      minor = minorTicks(start, end);
    if (span < FEW_DECADES) {
      const ticks = digitTicks(start, end, span < FINE_DECADES ? FINE_DIGITS : DIGITS);
      if (ticks.length > 1) return { ticks, labels: ticks.map((u) => three(10 ** u)), minor };
    }
    const ticks = decadeTicks(start, end, wanted, 0);
    return { ticks, labels: ticks.map(powerOfTen), minor };
  }
}
