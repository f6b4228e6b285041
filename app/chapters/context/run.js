// A run of the context gate: gains and gates of every pattern, the leading ones unrounded, and the patterns.

import { Run } from "../../browser/message.js";
import { fill, three } from "../../browser/numbers.js";

const LEADING = { p: "leader_p", attention: "leader_attention" };

export class ContextRun extends Run {
  constructor(message) {
    super(message);
    this.place = new Map(this.leaders.map((pattern, i) => [pattern, i]));
    this.targetSigns = this.pattern(this.target);
  }

  value(name, pattern, position) {
    const place = this.place.get(pattern);
    if (place !== undefined) return this.between(this.arrays[LEADING[name]], position, this.leaders.length, place);
    return this.between(this.arrays[name], position, this.K, pattern) / this.steps[name];
  }

  gate(pattern, position) {
    return this.between(this.arrays.s, position, this.K, pattern);
  }

  // One of the leaders, by its place among them: what the cue, the context or the feedback adds to its score, or the score itself.
  part(name, place, position) {
    return this.between(this.arrays[name], position, this.leaders.length, place);
  }

  // The cue in a frame, in steps of which `steps.g` are one.
  rates(frame) {
    return this.arrays.q.subarray(frame * this.N, (frame + 1) * this.N);
  }

  wrongAt(frame) {
    return this.arrays.wrong[frame];
  }

  pattern(index) {
    const stride = Math.ceil(this.N / 8);
    const bits = this.arrays.patterns;
    return Int8Array.from({ length: this.N }, (_, i) => ((bits[index * stride + (i >> 3)] >> (7 - (i & 7))) & 1 ? 1 : -1));
  }

  has(pattern) {
    return pattern < this.K;
  }

  called(pattern, words) {
    return fill(pattern === this.target ? words.target : words.pattern, { name: this.names[pattern] });
  }

  brief(pattern) {
    return this.names[pattern];
  }

  tip(pattern, frame, words) {
    const at = (name) => three(this.value(name, pattern, frame));
    const gate = three(this.gate(pattern, frame));
    return fill(words.tip, { name: this.called(pattern, words), p: at("p"), attention: at("attention"), gate });
  }
}

export function readRun(message) {
  return new ContextRun(message);
}
