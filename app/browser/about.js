// One line above the stage for who has never seen it: what it is, what its colours are, where it comes from.

import { make } from "./elements.js";

export class About {
  // `note` gives the note of the stage, in which a word is explained.
  constructor({ words, paper }, note) {
    const { about, terms } = words;
    Object.assign(this, { words: about, terms, note });
    this.what = make("span");
    this.paper = paper
      ? make("a", { href: paper.href, target: "_blank", rel: "noopener", title: paper.text }, paper.short)
      : null;
    this.face = make("p", { className: "gs-about" });
  }

  // The scene says what happens, where it has a word for it.
  show({ scene, view, lesson }) {
    const { what, scenes } = this.words;
    this.what.textContent = scenes?.[scene] ?? what;
    this.face.hidden = view.embed !== "full" || view.hide.includes("about") || Boolean(lesson);
  }

  // Each word is a button that explains it; for a finger they stand too close, and the whole line is one that explains them all.
  place(narrow) {
    const { terms, words } = this;
    const parts = ` ${words.colours} `.split(/\{(\w+)\}/);
    const line = parts.map((part, i) => (i % 2 === 0 ? part : this.term(part, narrow)));
    const said = narrow
      ? [this.button("gs-terms", make("ul", {}, ...Object.values(terms).map((term) => explained(...term))), this.what, ...line)]
      : [this.what, ...line];
    this.face.replaceChildren(...said, ...(this.paper ? [this.paper] : []));
  }

  term(key, narrow) {
    const [called, meaning] = this.terms[key];
    return narrow ? make("u", {}, called) : this.button("gs-term", meaning, called);
  }

  button(className, meaning, ...text) {
    const asker = make(
      "button",
      { type: "button", className, "aria-expanded": "false", onclick: () => this.note().toggle(asker, meaning) },
      ...text,
    );
    return asker;
  }
}

function explained(called, meaning) {
  return make("li", {}, make("b", {}, called), `: ${meaning}`);
}
