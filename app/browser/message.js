// The binary message of a run, read back: typed arrays over its one buffer (the layout is that of safetensors, see
// app/message.py), and the questions that can be asked of any run.

import { three } from "./numbers.js";

const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
};

export function readMessage(message) {
  const buffer = ArrayBuffer.isView(message)
    ? message.buffer.slice(message.byteOffset, message.byteOffset + message.byteLength)
    : message;
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const { __metadata__: about, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const arrays = {};
  for (const [
    name,
    {
      dtype,
      data_offsets: [from, to],
    },
  ] of Object.entries(entries)) {
    const Values = ARRAYS[dtype];
    arrays[name] = new Values(buffer, 8 + length + from, (to - from) / Values.BYTES_PER_ELEMENT);
  }
  return { header: JSON.parse(about.gliascope), arrays };
}

// A run of any system. A chapter whose run can be asked more extends this in its run.js.
export class Run {
  constructor(message) {
    const { header, arrays } = readMessage(message);
    Object.assign(this, { settings: {}, segments: [] }, header, { arrays, header });
    this.t = arrays.t;
    this.last = this.frames - 1;
    const settled = this.converged_at ?? null;
    this.settledFrame = settled === null ? null : this.frameAt(settled);
  }

  // Between two computed frames the picture moves on a straight line, as the curves do; numbers are read at frames only.
  between(values, position, width, index) {
    const frame = Math.min(Math.floor(position), this.last);
    const here = values[frame * width + index];
    if (frame === position || frame === this.last) return here;
    return here + (position - frame) * (values[(frame + 1) * width + index] - here);
  }

  part(index) {
    return this.arrays.parts.subarray(index * this.frames, (index + 1) * this.frames);
  }

  sentenceAt(frame) {
    return this.arrays.sentence ? this.sentences[this.arrays.sentence[frame]] : frame === this.last ? this.sentence : "";
  }

  // The settings in force at a position: a run may be bent.
  settingsAt(position) {
    return (this.segments.findLast((segment) => segment.start <= position) ?? this).settings;
  }

  // A read-out of a frame, and how the run ended. A chapter whose words name parts of a run fills them in.
  fact(name, frame) {
    return three(this.arrays[name]?.[frame]);
  }
  worded(text) {
    return text;
  }
  ending(words) {
    const text = words.outcomes?.[this.outcome] ?? this.outcome;
    return text === undefined ? null : this.worded(text);
  }

  // What the clock shows in a frame.
  clockText(frame) {
    return `t = ${three(this.t[frame])}`;
  }

  // The first frame at or after time t.
  frameAt(t) {
    let low = 0,
      high = this.last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.t[middle] < t) low = middle + 1;
      else high = middle;
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

  // What a pointer can light up in every card, such as one of the stored patterns: whether there is such an item, how it is
  // called, and what the stage says of it in a frame.
  has() {
    return false;
  }
  called(item) {
    return String(item);
  }
  tip() {
    return "";
  }
}

export function readRun(message) {
  return new Run(message);
}
