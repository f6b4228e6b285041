// A run of segments: what was read, attended to, carried on and answered in each of them, and the gradient on the way back.

import { Run } from "../../browser/message.js";
import { fill, three } from "../../browser/numbers.js";

export class SegmentsRun extends Run {
  constructor(message) {
    super(message);
    const { tokens, rows } = this.size;
    this.places = tokens + rows; // of the attention: tokens first, memory rows behind them
  }

  // The segment of a frame, from 1, and whether the way back is at it.
  place(frame) {
    return this.arrays.place[frame];
  }
  isBack(frame) {
    return this.arrays.way[frame] === 1;
  }

  // The frame in which a segment is read, as the run was in the end.
  frameOf(segment) {
    for (let frame = this.last; frame >= 0; frame--) if (!this.isBack(frame) && this.place(frame) === segment) return frame;
    return 0;
  }

  tokensOf(segment) {
    const { tokens } = this.size;
    return Array.from(this.arrays.tokens.subarray((segment - 1) * tokens, segment * tokens), (token) => this.symbols[token]);
  }

  // How much each place (row) takes of each place (column).
  attention(segment) {
    const size = this.places ** 2;
    return this.arrays.attention.subarray((segment - 1) * size, segment * size);
  }

  // Rows of the memory: "before" a segment, or "behind" it.
  memory(name, segment) {
    const size = this.size.rows * this.size.width;
    return this.arrays[name].subarray((segment - 1) * size, segment * size);
  }

  // The probability of each answer, were it read off behind this segment.
  answers(segment) {
    const { classes } = this.size;
    return this.arrays.answers.subarray((segment - 1) * classes, segment * classes);
  }

  rightAt(segment) {
    return this.answers(segment)[this.right_answer];
  }

  clockText(frame, words) {
    return fill(this.isBack(frame) ? words.clock_back : words.clock_forward, { segment: this.place(frame) });
  }

  // What a pointer can light up is a segment.
  has(segment) {
    return segment >= 1 && segment <= this.T;
  }
  called(segment, words) {
    return fill(words.segment, { segment });
  }
  tip(segment, _frame, words) {
    const { all_retention, all_product, all_slope } = this.arrays;
    return fill(words.tip, {
      segment,
      tokens: this.tokensOf(segment).join(" "),
      RF: three(all_retention[segment - 1]),
      product: three(all_product[segment - 1]),
      right: three(this.rightAt(segment)),
      slope: three(all_slope[segment - 1]),
    });
  }
}

export function readRun(message) {
  return new SegmentsRun(message);
}
