// The binary message of pack.py, read back: typed arrays over the one buffer, and the questions painters ask of a run.

const ARRAYS = {
  "<f8": Float64Array, "<f4": Float32Array, "<i4": Int32Array, "<i2": Int16Array, "<u2": Uint16Array,
  "|i1": Int8Array, "|u1": Uint8Array,
};
const OVERLAP_STEPS = 32767;
const GAIN_STEPS = 65535;

export function readRun(message) {
  const buffer = ArrayBuffer.isView(message)
    ? message.buffer.slice(message.byteOffset, message.byteOffset + message.byteLength)
    : message;
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = Math.ceil((4 + length) / 8) * 8;
  const arrays = {};
  for (const {name, dtype, shape, offset} of header.arrays) {
    const size = shape.reduce((product, n) => product * n, 1);
    arrays[name] = new ARRAYS[dtype](buffer, start + offset, size);
  }
  return new Run(header, arrays);
}

class Run {
  constructor(header, arrays) {
    Object.assign(this, header, {arrays, header});
    this.t = arrays.t;
    this.last = this.frames - 1;
    this.place = new Map(this.leaders.map((memory, i) => [memory, i]));
    this.targetSigns = this.pattern(this.target);
    this.settledFrame = this.converged_at === null ? null : this.frameAt(this.converged_at);
  }

  // Values of a memory at every frame: exact for the leaders, to a part in 30 000 for the crowd.
  overlaps(memory) { return this.column("overlaps", "leader_overlaps", OVERLAP_STEPS, memory); }
  gains(memory) { return this.column("p", "leader_p", GAIN_STEPS, memory); }
  attention(memory) { return this.column("attention", "leader_attention", GAIN_STEPS, memory); }

  column(name, leading, steps, memory) {
    const place = this.place.get(memory);
    const [source, width, index, scale] = place === undefined
      ? [this.arrays[name], this.K, memory, 1 / steps]
      : [this.arrays[leading], this.leaders.length, place, 1];
    return Float32Array.from({length: this.frames}, (_, frame) => source[frame * width + index] * scale);
  }

  value(name, memory, position) {
    const leading = {overlaps: "leader_overlaps", p: "leader_p", attention: "leader_attention"}[name];
    const place = this.place.get(memory);
    if (place !== undefined) return this.between(this.arrays[leading], position, this.leaders.length, place);
    return this.between(this.arrays[name], position, this.K, memory) / (name === "overlaps" ? OVERLAP_STEPS : GAIN_STEPS);
  }

  series(name, position) { return this.between(this.arrays[name], position, 1, 0); }

  // Between two computed frames the picture moves on a straight line, as the curves do; numbers are read at frames only.
  between(values, position, width, index) {
    const frame = Math.min(Math.floor(position), this.last);
    const here = values[frame * width + index];
    if (frame === position || frame === this.last) return here;
    return here + (position - frame) * (values[(frame + 1) * width + index] - here);
  }

  part(index) { return this.arrays.parts.subarray(index * this.frames, (index + 1) * this.frames); }

  rates(frame) { return this.arrays.g.subarray(frame * this.N, (frame + 1) * this.N); }

  pattern(memory) {
    const stride = Math.ceil(this.N / 8);
    const bits = this.arrays.memories;
    return Int8Array.from({length: this.N}, (_, i) => (bits[memory * stride + (i >> 3)] >> (7 - (i & 7))) & 1 ? 1 : -1);
  }

  sentence_at(frame) {
    return this.arrays.said ? this.sentences[this.arrays.said[frame]] : frame === this.last ? this.sentence : "";
  }

  // The first frame at or after time t.
  frameAt(t) {
    let low = 0, high = this.last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.t[middle] < t) low = middle + 1; else high = middle;
    }
    return low;
  }

  // The position, between frames if need be, at time t.
  positionAt(t) {
    const after = this.frameAt(t);
    if (after === 0 || this.t[after] <= t) return after;
    const before = this.t[after - 1];
    return after - 1 + (t - before) / (this.t[after] - before);
  }
}
