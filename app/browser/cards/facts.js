// Read-outs of the frame on show, and how the run ends. Which ones there are, and in which order, is said by words.facts: a series
// of the message by its name, or "outcome" and "convergence".

import { make, put } from "../elements.js";
import { fill, three } from "../numbers.js";

const ENDINGS = ["outcome", "convergence"]; // the same in every frame

export const card = {
  name: "facts",

  build(body, _head, { words }) {
    const facts = {};
    const pairs = Object.entries(words.facts).map(([name, called]) => {
      facts[name] = make("dd", { "data-fact": name, "data-picture": "text" });
      return make(
        "div",
        { className: ENDINGS.includes(name) ? "gs-ending" : "" },
        make("dt", { "data-picture": "text" }, called),
        facts[name],
      );
    });
    body.append(make("dl", { className: "gs-list" }, ...pairs));
    return facts;
  },

  fill(_figure, { run, words }, { outcome, convergence }) {
    const at = run.converged_at ?? null;
    if (convergence)
      put(
        convergence,
        at === null ? fill(words.not_converged, { t: three(run.t[run.last]) }) : fill(words.converged, { t: three(at) }),
      );
    if (!outcome) return;
    put(outcome, words.outcomes?.[run.outcome] ?? run.outcome);
    outcome.dataset.outcome = run.outcome;
  },

  tell({ run, frame }, facts) {
    for (const [name, element] of Object.entries(facts)) {
      if (!ENDINGS.includes(name)) put(element, three(run.arrays[name]?.[frame]));
    }
  },
};
