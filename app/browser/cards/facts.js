// Read-outs of the frame on show, and how the run ends. Which ones there are, and in which order, is said by words.facts: a series
// of the message by its name, or "outcome" and "convergence".

import { make, put } from "../elements.js";
import { fill, three } from "../numbers.js";

const ENDINGS = ["outcome", "convergence"]; // the same in every frame

// Since when nothing moves any more, as far as the run may be seen.
function restOf(run, ended, until, words) {
  if (run.settledFrame !== null && run.settledFrame <= until) return fill(words.converged, { t: three(run.converged_at) });
  return ended ? fill(words.not_converged, { t: three(run.t[run.last]) }) : words.not_yet;
}

export const card = {
  name: "facts",

  build(body, _head, { words }) {
    const facts = {};
    const names = new Map(); // by their element, whose words a run may complete
    const pairs = Object.entries(words.facts).map(([name, called]) => {
      facts[name] = make("dd", { "data-fact": name, "data-picture": "text" });
      const title = make("dt", { "data-picture": "text" });
      names.set(title, called);
      return make("div", { className: ENDINGS.includes(name) ? "gs-ending" : "" }, title, facts[name]);
    });
    body.append(make("dl", { className: "gs-list" }, ...pairs));
    return { facts, names };
  },

  tell({ run, frame, until: seen, words }, { facts, names }) {
    for (const [title, called] of names) put(title, run.worded(called));
    const until = seen(run);
    const { outcome, convergence } = facts;
    for (const [name, element] of Object.entries(facts)) {
      if (!ENDINGS.includes(name)) put(element, run.fact(name, frame, words));
    }
    const ended = until >= run.last;
    if (convergence) put(convergence, restOf(run, ended, until, words));
    if (!outcome) return;
    put(outcome, ended ? run.ending(words) : words.not_yet);
    outcome.dataset.outcome = ended ? run.outcome : "";
  },
};
