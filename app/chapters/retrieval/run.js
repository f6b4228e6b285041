// A run of retrieval: overlaps, gains and attention of every memory, the leading ones unrounded, and the patterns.

import { Run } from "../../browser/message.js";
import { fill, three } from "../../browser/numbers.js";

const LEADING = { overlaps: "leader_overlaps", p: "leader_p", attention: "leader_attention" };

export class RetrievalRun extends Run {
  constructor(message) {
    super(message);
    this.place = new Map(this.leaders.map((memory, i) => [memory, i]));
    this.targetSigns = this.pattern(this.target);
  }

  // The target and the strongest others: of the whole run, or where the outcome is hidden of what has happened so far.
  leadersIn(scene) {
    if (!scene.hides) return this.leaders;
    const count = this.leaders.length,
      frame = Math.floor(this.positionAt(scene.t));
    return [...this.arrays.leaders_so_far.subarray(frame * count, (frame + 1) * count)];
  }

  // The overlap with a memory at every frame: exact for the leaders, to a part in 30 000 for the crowd.
  overlaps(memory) {
    return Float32Array.from({ length: this.frames }, (_, frame) => this.value("overlaps", memory, frame));
  }

  value(name, memory, position) {
    const place = this.place.get(memory);
    if (place !== undefined) return this.between(this.arrays[LEADING[name]], position, this.leaders.length, place);
    return this.between(this.arrays[name], position, this.K, memory) / this.steps[name];
  }

  // Firing rates in a frame, in steps of which `steps.g` are one.
  rates(frame) {
    return this.arrays.g.subarray(frame * this.N, (frame + 1) * this.N);
  }

  wrongAt(frame) {
    return this.arrays.hamming[frame];
  }

  pattern(memory) {
    const stride = Math.ceil(this.N / 8);
    const bits = this.arrays.memories;
    return Int8Array.from({ length: this.N }, (_, i) => ((bits[memory * stride + (i >> 3)] >> (7 - (i & 7))) & 1 ? 1 : -1));
  }

  has(memory) {
    return memory < this.K;
  }

  called(memory, words) {
    const given = this.names?.[memory];
    if (memory === this.target) return given ? fill(words.target_named, { name: given }) : words.target;
    return given ?? fill(words.memory, { number: memory + 1 });
  }

  // Where there is no room for more.
  brief(memory) {
    return this.names?.[memory] ?? String(memory + 1);
  }

  tip(memory, frame, words) {
    const at = (name) => three(this.value(name, memory, frame));
    return fill(words.tip, { name: this.called(memory, words), overlap: at("overlaps"), p: at("p"), attention: at("attention") });
  }
}

export function readRun(message) {
  return new RetrievalRun(message);
}
