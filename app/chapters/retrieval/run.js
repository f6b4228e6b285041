// A run of retrieval: overlaps, gains and attention of every memory, the leading ones unrounded, and the patterns.

import { fill, three } from "../../browser/numbers.js";
import { PatternRun } from "../../browser/patterns.js";

export class RetrievalRun extends PatternRun {
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

  // Firing rates in a frame, in steps of which `steps.g` are one.
  rates(frame) {
    return this.arrays.g.subarray(frame * this.N, (frame + 1) * this.N);
  }

  wrongAt(frame) {
    return this.arrays.hamming[frame];
  }

  called(memory, words) {
    const given = this.names?.[memory];
    if (memory === this.target) return given ? fill(words.target_named, { name: given }) : words.target;
    return given ?? fill(words.memory, { number: memory + 1 });
  }

  tip(memory, frame, words) {
    const at = (name) => three(this.value(name, memory, frame));
    return fill(words.tip, { name: this.called(memory, words), overlap: at("overlaps"), p: at("p"), attention: at("attention") });
  }
}

export function readRun(message) {
  return new RetrievalRun(message);
}
