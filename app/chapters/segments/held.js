// How many numbers each way back holds at the moment on show, in a bar as long as the most of them; and the most that it ever holds.

import { make, put } from "../../browser/elements.js";
import { fill } from "../../browser/numbers.js";

const METHODS = ["bptt", "replay", "literal", "truncated"];

export const card = {
  name: "held",

  build(body, _head, { words }) {
    const rows = {};
    const faces = METHODS.map((method) => {
      const now = make("i", {}),
        most = make("u", {}),
        said = make("span", { className: "gs-held-said", "data-picture": "text" });
      rows[method] = { now, most, said };
      return make(
        "div",
        { className: `gs-held-row gs-held-${method}` },
        make("span", { "data-picture": "text" }, words.methods[method]),
        make("div", { className: "gs-held-bar" }, most, now),
        said,
      );
    });
    body.append(...faces);
    return rows;
  },

  tell({ run, frame, words }, rows) {
    const whole = Math.max(...Object.values(run.most_held));
    for (const method of METHODS) {
      const { now, most, said } = rows[method];
      const held = run.arrays[`held_${method}`][frame],
        limit = run.most_held[method];
      now.style.width = `${(100 * held) / whole}%`;
      most.style.width = `${(100 * limit) / whole}%`;
      put(said, fill(words.held_of, { held: thousands(held), most: thousands(limit) }));
    }
  },
};

function thousands(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
