// A run of the context gate: gains, attention and gates of every pattern, and of the leading ones what their scores are made of.

import { fill, three } from "../../browser/numbers.js";
import { PatternRun } from "../../browser/patterns.js";

export class ContextRun extends PatternRun {
  constructor(message) {
    super(message);
    const { category } = this.arrays;
    this.byCategory = Array.from({ length: this.K }, (_, k) => k).sort((a, b) => category[a] - category[b] || a - b);
  }

  gate(pattern, position) {
    return this.between(this.arrays.s, position, this.K, pattern);
  }

  // The cue in a frame, in steps of which `steps.g` are one.
  rates(frame) {
    return this.arrays.q.subarray(frame * this.N, (frame + 1) * this.N);
  }

  wrongAt(frame) {
    return this.arrays.wrong[frame];
  }

  // Who has most of the gain.
  leaderAt(frame) {
    let best = 0;
    for (let pattern = 1; pattern < this.K; pattern++)
      if (this.value("p", pattern, frame) > this.value("p", best, frame)) best = pattern;
    return best;
  }

  called(pattern, words) {
    return fill(pattern === this.target ? words.target : words.pattern, { name: this.names[pattern] });
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
