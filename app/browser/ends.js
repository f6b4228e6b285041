// How all runs on show end, in a table that can be copied as text. Which numbers there are, and in which order, is said by
// words.ends of the stage: a series of the message by its name, "outcome" or "convergence".

import { button, copied, make, put } from "./elements.js";
import { sample } from "./marks.js";
import { fill, three } from "./numbers.js";

const SINGLE = 7; // digits that a number of four bytes has

export class Ends {
  // `words` are the frame's, `told` the stage's.
  constructor(words, told) {
    Object.assign(this, { words, told });
    this.table = make("table");
    this.said = make("output");
    this.face = make(
      "dialog",
      { className: "gd-ends", "aria-label": words.ends_title },
      make("h2", {}, words.ends_title),
      make("div", { className: "gd-wide", tabindex: "0", role: "group", "aria-label": words.ends_title }, this.table),
      make(
        "div",
        { className: "gd-row" },
        button(words.copy_table, { onclick: () => this.copy() }),
        this.said,
        make("span", { className: "gd-gap" }),
        button(words.close, { onclick: () => this.face.close() }),
      ),
    );
  }

  // Where the outcome is hidden, it is so here, too, until it happens.
  open({ run, ghosts, until }) {
    this.waits = until(run) < run.last;
    const rows = [{ name: this.words.this_run, run }, ...ghosts];
    const columns = Object.entries(this.told.ends).filter(([key]) => rows.some((row) => this.end(key, row.run) !== null));
    const cells = (read) => rows.map((row) => columns.map(([key]) => read(this.end(key, row.run))));
    const head = [this.words.run_column, ...columns.map(([, called]) => called)];
    const shown = cells((end) => (typeof end === "string" ? end : three(end ?? NaN)));
    const exact = cells((end) => (end === null ? "" : String(end)));
    this.text = [head, ...rows.map(({ name }, i) => [name, ...exact[i]])].map((line) => line.join("\t")).join("\n");
    put(this.said, "");
    this.table.replaceChildren(
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make(
        "tbody",
        {},
        ...rows.map(({ name, look }, i) =>
          make(
            "tr",
            {},
            make("th", { scope: "row" }, look ? sample(look) : null, name),
            ...shown[i].map((text) => make("td", {}, text)),
          ),
        ),
      ),
    );
    this.face.showModal();
  }

  // What a run ends with: a number, words, or null where it has no such thing.
  end(key, run) {
    const { told } = this;
    if (this.waits) return told.not_yet;
    if (key === "outcome") return run.ending(told);
    if (key === "convergence") return run.converged_at ?? fill(told.not_converged, { t: three(run.t[run.last]) });
    const series = run.arrays[key];
    if (!series) return null;
    return series instanceof Float32Array ? Number(series[run.last].toPrecision(SINGLE)) : series[run.last];
  }

  async copy() {
    put(this.said, (await copied(this.text, this.face)) ? this.words.copied : this.words.copy_by_hand);
  }
}
