// Among the controls, while a lesson is under way: taking it home as one file, or on paper.

import { check } from "./controls.js";
import { button, make, put } from "./elements.js";
import { fill } from "./numbers.js";

export class TakeLesson {
  // `deeds`: take({notes, questions}) and print().
  constructor(words, { take, print }) {
    this.words = words;
    const notes = check(words.with_notes, { checked: true }),
      questions = check(words.with_questions, { checked: true });
    const wanted = () => ({ notes: notes.firstChild.checked, questions: questions.firstChild.checked });
    this.button = button(words.take_file, { title: words.take_meaning, onclick: () => take(wanted()) });
    this.state = make("small", { role: "status" });
    const paper = button(words.print, { title: words.print_meaning, onclick: print });
    this.face = make(
      "details",
      { className: "gd-inner", hidden: true },
      make("summary", { title: words.take_meaning }, words.take),
      make("div", { className: "gd-taken-with" }, notes, questions),
      make("div", { className: "gd-row gd-even" }, this.button, paper),
      this.state,
    );
  }

  show(isUnderWay) {
    this.face.hidden = !isUnderWay;
  }

  // How far the file is; null where none is being written.
  tell(taking) {
    const { words } = this;
    this.button.disabled = taking !== null;
    put(this.state, taking === null ? "" : taking.total ? fill(words.taking_maps, taking) : words.taking);
  }
}
