// One line above the stage for who has never seen it: what it is, what its colours are, where it comes from.

import { make } from "./elements.js";

export class About {
  // `note` gives the note of the stage, in which a word is explained.
  constructor({ words, paper }, note) {
    const { about, terms } = words;
    this.words = about;
    this.what = make("span");
    this.face = make("p", { className: "gs-about" }, this.what, ...withTerms(` ${about.colours} `, terms, note));
    if (paper)
      this.face.append(make("a", { href: paper.href, target: "_blank", rel: "noopener", title: paper.text }, paper.short));
  }

  // The scene says what happens, where it has a word for it.
  show({ scene, view }) {
    const { what, scenes } = this.words;
    this.what.textContent = scenes?.[scene] ?? what;
    this.face.hidden = view.embed !== "full" || view.hide.includes("about");
  }
}

// A text in which each {word} is a button that explains it: `terms` are what it is called, and what it is.
function withTerms(text, terms, note) {
  return text.split(/\{(\w+)\}/).map((part, i) => {
    if (i % 2 === 0) return part;
    const [called, meaning] = terms[part];
    const attributes = { type: "button", className: "gs-term", "aria-expanded": "false" };
    const asker = make("button", { ...attributes, onclick: () => note().toggle(asker, meaning) }, called);
    return asker;
  });
}
