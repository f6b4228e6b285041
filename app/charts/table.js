// The cells of a study as they have come so far: typed arrays over the whole grid, and which cells are done.

import { powerOfTen, roundTicks, three, tickTexts } from "../stage/numbers.js";

export class Table {
  constructor(study) {
    this.axes = study.axes;
    this.trials = study.trials;
    this.shape = study.axes.map((axis) => axis.values.length);
    this.size = this.shape.reduce((product, n) => product * n, 1);
    this.done = new Uint8Array(this.size);
    this.count = 0;
    this.fields = {};
  }

  axis(name) { return this.axes.find((axis) => axis.name === name); }

  flat(index) { return index.reduce((place, i, axis) => place * this.shape[axis] + i, 0); }

  take(given, fields) {
    const index = Array.from(given), rank = this.shape.length, rows = index.length / rank;
    for (let row = 0; row < rows; row++) {
      const place = this.flat(index.slice(row * rank, (row + 1) * rank));
      if (!this.done[place]) this.count += 1;
      this.done[place] = 1;
      for (const [name, values] of Object.entries(fields)) {
        const width = values.length / rows;
        const kept = this.fields[name] ??= {width, values: new Float32Array(this.size * width).fill(NaN)};
        for (let i = 0; i < width; i++) kept.values[place * width + i] = values[row * width + i];
      }
    }
  }

  value(name, place, column = 0) {
    const field = this.fields[name];
    return field ? field.values[place * field.width + column] : NaN;
  }
}

// How an axis is drawn: its values on its own scale, the edges between them, and round ticks.
export class Scale {
  constructor(axis) {
    this.axis = axis;
    this.log = axis.log;
    this.at = Float64Array.from(axis.values, (value) => this.of(value));
    const n = this.at.length;
    this.edges = new Float64Array(n + 1);
    for (let i = 1; i < n; i++) this.edges[i] = (this.at[i - 1] + this.at[i]) / 2;
    this.edges[0] = n > 1 ? this.at[0] - (this.edges[1] - this.at[0]) : this.at[0] - 0.5;
    this.edges[n] = n > 1 ? this.at[n - 1] + (this.at[n - 1] - this.edges[n - 1]) : this.at[0] + 0.5;
  }

  of(value) { return this.log ? Math.log10(value) : value; }

  // The place whose value is nearest.
  nearest(u) {
    let best = 0;
    for (let i = 1; i < this.at.length; i++) if (Math.abs(this.at[i] - u) < Math.abs(this.at[best] - u)) best = i;
    return best;
  }

  ticks(start, end, wanted) {
    if (!this.log) {
      const ticks = roundTicks(start, end, wanted);
      return {ticks, labels: tickTexts(ticks), minor: []};
    }
    const minor = [], span = end - start;
    for (let decade = Math.floor(start); decade <= end; decade++) {
      for (let digit = 2; digit < 10; digit++) {
        const u = decade + Math.log10(digit);
        if (u >= start && u <= end) minor.push(u);
      }
    }
    if (span < 1.7) { // not enough whole decades to read it by
      const digits = span < 0.7 ? [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5];
      const ticks = [];
      for (let decade = Math.floor(start); decade <= end; decade++) {
        for (const digit of digits) {
          const u = decade + Math.log10(digit);
          if (u >= start - 1e-9 && u <= end + 1e-9) ticks.push(u);
        }
      }
      if (ticks.length > 1) return {ticks, labels: ticks.map((u) => three(10 ** u)), minor};
    }
    const every = Math.max(1, Math.ceil(span / wanted));
    const ticks = [];
    for (let decade = Math.ceil(start - 1e-9); decade <= end + 1e-9; decade++) if (decade % every === 0) ticks.push(decade);
    return {ticks, labels: ticks.map(powerOfTen), minor};
  }
}

// For each cell of a plane the nearest one that is done (itself, if it is), or −1 while none is.
export function nearestDone(done, columns, rows) {
  const nearest = new Int32Array(columns * rows).fill(-1);
  const ready = [];
  for (let place = 0; place < done.length; place++) if (done[place]) ready.push(place);
  for (let place = 0; place < nearest.length; place++) {
    if (done[place]) { nearest[place] = place; continue; }
    let least = Infinity;
    const i = Math.floor(place / rows), j = place % rows;
    for (const other of ready) {
      const di = (Math.floor(other / rows) - i) / columns, dj = (other % rows - j) / rows;
      const away = di * di + dj * dj;
      if (away < least) { least = away; nearest[place] = other; }
    }
  }
  return nearest;
}
