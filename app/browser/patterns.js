// A run over stored patterns: series that are known of each of them, the leading ones unrounded, and what each pattern looks like.

import { Run } from "./message.js";

export class PatternRun extends Run {
  constructor(message) {
    super(message);
    this.place = new Map(this.leaders.map((pattern, i) => [pattern, i]));
    this.targetSigns = this.pattern(this.target);
  }

  value(name, pattern, position) {
    const place = this.place.get(pattern);
    if (place !== undefined) return this.ofLeader(`leader_${name}`, place, position);
    return this.between(this.arrays[name], position, this.K, pattern) / this.steps[name];
  }

  // What is sent of the leaders alone, by the place among them.
  ofLeader(name, place, position) {
    return this.between(this.arrays[name], position, this.leaders.length, place);
  }

  pattern(index) {
    const stride = Math.ceil(this.N / 8);
    const bits = this.arrays.memories;
    return Int8Array.from({ length: this.N }, (_, i) => ((bits[index * stride + (i >> 3)] >> (7 - (i & 7))) & 1 ? 1 : -1));
  }

  has(pattern) {
    return pattern < this.K;
  }

  // Where there is no room for more.
  brief(pattern) {
    return this.names?.[pattern] ?? String(pattern + 1);
  }
}
