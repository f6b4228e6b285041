// The cells of a study as they have come so far: typed arrays over the whole grid, and which cells are done.

export class Table {
  constructor(study) {
    this.study = study; // with whatever else a page introduces it by
    this.axes = study.axes;
    this.trials = study.trials;
    this.shape = study.axes.map((axis) => axis.values.length);
    this.size = this.shape.reduce((product, n) => product * n, 1);
    this.done = new Uint8Array(this.size);
    this.count = 0;
    this.fields = {};
  }

  axis(name) {
    return this.axes.find((axis) => axis.name === name);
  }

  flat(index) {
    return index.reduce((place, i, axis) => place * this.shape[axis] + i, 0);
  }

  take(given, fields) {
    const index = Array.from(given),
      rank = this.shape.length,
      rows = index.length / rank;
    for (let row = 0; row < rows; row++) {
      const place = this.flat(index.slice(row * rank, (row + 1) * rank));
      if (!this.done[place]) this.count += 1;
      this.done[place] = 1;
      for (const [name, values] of Object.entries(fields)) {
        const width = values.length / rows;
        this.fields[name] ??= { width, values: new Float32Array(this.size * width).fill(NaN) };
        const kept = this.fields[name];
        for (let i = 0; i < width; i++) kept.values[place * width + i] = values[row * width + i];
      }
    }
  }

  value(name, place, column = 0) {
    const field = this.fields[name];
    return field ? field.values[place * field.width + column] : NaN;
  }
}

// For each cell of a plane the nearest one that is done (itself, if it is), or −1 while none is. Along an axis of names nothing is
// near: there only what has the same name counts.
export function nearestDone(done, columns, rows, { namedColumns = false, namedRows = false } = {}) {
  const nearest = new Int32Array(columns * rows).fill(-1);
  const ready = [];
  for (let place = 0; place < done.length; place++) if (done[place]) ready.push(place);
  for (let place = 0; place < nearest.length; place++) {
    if (done[place]) {
      nearest[place] = place;
      continue;
    }
    let least = Infinity;
    const i = Math.floor(place / rows),
      j = place % rows;
    for (const other of ready) {
      if (namedColumns && Math.floor(other / rows) !== i) continue;
      if (namedRows && other % rows !== j) continue;
      const di = (Math.floor(other / rows) - i) / columns,
        dj = ((other % rows) - j) / rows;
      const away = di * di + dj * dj;
      if (away < least) {
        least = away;
        nearest[place] = other;
      }
    }
  }
  return nearest;
}
