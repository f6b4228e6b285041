// A run of the context gate: gains, attention and gates of every pattern, and of the leading ones what their scores are made of.

import { fill, three } from "../../browser/numbers.js";
import { PatternRun } from "../../browser/patterns.js";

export class ContextRun extends PatternRun {
  constructor(message) {
    super(message);
    const { category } = this.arrays;
    const [target, other, leader] = [this.target, this.other, this.leaderAt(this.last).leader].map((one) => this.brief(one));
    this.named = { target, other, leader }; // in words
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

  // A cue that is held stays as it is, whatever is recalled.
  isHeld(frame) {
    return this.settingsAt(frame).tau_q === "inf";
  }

  // Who has most of the gain, and how much.
  leaderAt(frame) {
    const gains = Array.from({ length: this.K }, (_, pattern) => this.value("p", pattern, frame));
    const gain = Math.max(...gains);
    return { leader: gains.indexOf(gain), gain, gains };
  }

  // Which pattern is read, by core's own rule, or why none is.
  reading(frame, words) {
    const { leader, gain, gains } = this.leaderAt(frame);
    const next = Math.max(...gains.filter((_, pattern) => pattern !== leader));
    const given = { name: this.brief(leader), gain: three(gain) };
    if (gain > this.half && gain >= this.lead * next) return fill(words.reading, given);
    if (gain - next <= this.apart * gain) {
      const level = gains.flatMap((value, pattern) =>
        gain - value <= this.apart * gain ? [`${this.brief(pattern)} ${three(value)}`] : [],
      );
      return level.length === 2 ? fill(words.level, { names: level.join(words.and) }) : fill(words.all_level, given);
    }
    const isAtRest = this.settledFrame !== null && frame >= this.settledFrame;
    return fill(isAtRest ? words.unread : words.unread_yet, given);
  }

  // What the target is to this run: with no category named there are only the two of the pair, and a context may change in flight.
  meant(frame, words) {
    const name = this.brief(this.target);
    const { context: first } = this.settingsAt(0);
    const none = first === "none" || first === "both";
    const same = first === this.settingsAt(frame).context;
    return fill(none ? words.grid_pair : same ? words.grid_meant : words.grid_meant_first, { name });
  }

  fact(name, frame, words) {
    return name === "wrong" && this.isHeld(frame) ? words.held : super.fact(name, frame);
  }

  worded(text) {
    return fill(text, this.named);
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
