// The lesson under way: its title, the sentence for the hall, how far it is, and what is asked before the run is seen. It stands
// above the figures, where else the scene is told, and covers none.

import { button, make, put } from "./elements.js";
import { CurveGuess, PointGuess } from "./guess.js";
import { fill, three } from "./numbers.js";
import { onSwipe } from "./swipe.js";

const DRAWN = { point: PointGuess, curve: CurveGuess };

export class Lesson {
  // `deeds`: go(step) and leave(), present() and print(), answer(guess), ask(), which says that there is a question first.
  constructor(words, deeds) {
    this.words = words;
    this.deeds = deeds;
    this.shown = null;
    this.isWarned = false; // whether the question on show has been asked once more
    this.isSeen = false; // whether the clock has come to where the step ends, so that the truth may be told
    this.guess = null; // that is drawn on a figure
    this.title = make("b", {});
    this.count = make("span", { className: "gd-lesson-count" });
    this.say = make("p", { className: "gd-lesson-say" });
    this.changed = make("span", { className: "gd-lesson-changed", hidden: true }, words.changed);
    this.asked = make("div", { className: "gd-ask", role: "group", "aria-live": "polite", hidden: true });
    this.back = button(words.back, { text: false, className: "gd-button gd-lesson-turn", onclick: () => this.turn(-1) }, "back");
    this.next = button(words.next, { text: false, className: "gd-button gd-lesson-turn", onclick: () => this.turn(1) }, "next");
    const speaker = button(words.speaker, {
      title: words.speaker_meaning,
      className: "gd-button gd-lesson-speaker",
      onclick: deeds.present,
    });
    const paper = button(words.print, {
      title: words.print_meaning,
      className: "gd-button gd-lesson-print",
      onclick: deeds.print,
    });
    const leave = button(words.leave, { text: false, className: "gd-button gd-lesson-leave", onclick: deeds.leave }, "close");
    this.face = make(
      "section",
      { className: "gd-lesson", "aria-label": words.title, hidden: true },
      make("div", { className: "gd-lesson-head" }, this.title, this.count, this.changed, speaker, paper, leave),
      make("div", { className: "gd-lesson-body" }, this.back, this.say, this.next),
      this.asked,
    );
    onSwipe(this.face, (by) => this.turn(by));
  }

  get isUnderWay() {
    return this.shown !== null;
  }

  // Whether the run may not be seen yet: a guess comes first.
  get isOpen() {
    return Boolean(this.shown?.question && !this.shown.verdict);
  }

  show(shown) {
    const before = this.shown;
    this.shown = shown;
    this.face.hidden = !shown;
    if (!shown) return;
    const isOther = before?.name !== shown.name || before.at !== shown.at;
    if (isOther) {
      this.isWarned = this.isSeen = false;
      this.guess = null;
    }
    put(this.title, shown.title);
    const [left] = shown.minutes;
    put(
      this.count,
      fill(shown.sheet ? this.words.count_tasks : this.words.count, { at: shown.at, of: shown.of, left: Math.round(left) }),
    );
    put(this.say, shown.say);
    this.changed.hidden = !shown.changed;
    this.back.disabled = shown.at === 1;
    this.next.disabled = shown.at === shown.of;
    const what = JSON.stringify([shown.name, shown.at, shown.question, shown.verdict, shown.task, this.isSeen]);
    if (what === this.what) return;
    this.what = what;
    const said = shown.question ? this.question(shown) : shown.task ? this.task(shown.task) : [];
    this.face.toggleAttribute("data-asks", said.length > 0);
    this.asked.hidden = !said.length;
    this.asked.removeAttribute("data-warned");
    this.asked.replaceChildren(...said);
  }

  // What is to be brought about, and whether the run on show has.
  task({ done, text, hint, wrong }) {
    if (done)
      return [
        make("p", {}, make("b", { className: "gd-truth", "data-right": "" }, this.words.done)),
        make("p", { className: "gd-reply" }, text),
      ];
    const help = hint && make("details", { className: "gd-hint" }, make("summary", {}, this.words.hint), make("p", {}, hint));
    return [make("p", { className: "gd-asked" }, this.words.open_task, wrong && ` ${wrong}`), help].filter(Boolean);
  }

  // The clock has come to the end of the step.
  see() {
    if (this.isSeen) return;
    this.isSeen = true;
    this.show(this.shown);
  }

  // The step before or after. A question that has no answer is asked once more; the second time on is an answer, "not sure".
  turn(by) {
    const { at, of } = this.shown;
    if (by > 0 && this.isOpen) {
      if (this.isWarned) this.deeds.answer(null);
      else this.remind();
      this.isWarned = true;
      return;
    }
    const step = at + by;
    if (step >= 1 && step <= of) this.deeds.go(step);
    else this.deeds.beyond(by);
  }

  // There is a question first.
  remind() {
    this.asked.removeAttribute("data-warned");
    requestAnimationFrame(() => this.asked.setAttribute("data-warned", ""));
    this.deeds.ask();
  }

  // ---- a question, a guess, and what became of it ----

  question({ question, verdict }) {
    if (verdict) return this.isSeen ? this.told(verdict, question) : this.waiting(verdict, question);
    const unsure = button(this.words.unsure, { onclick: () => this.deeds.answer(null) });
    const answers = {
      number: () => this.number(question),
      choice: () => this.choice(question),
      memory: () => this.memory(question),
      point: () => this.drawn(question),
      curve: () => this.drawn(question),
    };
    return [
      make("p", { className: "gd-asked" }, question.ask),
      make("div", { className: "gd-answers" }, ...answers[question.kind](), unsure),
    ];
  }

  choice({ choices }) {
    return choices.map((text, place) => button(text, { onclick: () => this.deeds.answer(place) }));
  }

  memory({ ask, choices }) {
    if (choices.length <= 6) return this.choice({ choices });
    const chosen = make(
      "select",
      { "aria-label": ask },
      make("option", { value: "" }, this.words.which),
      ...choices.map((text, place) => make("option", { value: String(place) }, text)),
    );
    const commit = button(this.words.commit, { disabled: true, onclick: () => this.deeds.answer(Number(chosen.value)) });
    chosen.addEventListener("change", () => {
      commit.disabled = chosen.value === "";
    });
    return [chosen, commit];
  }

  number({ ask, low, high, tick, unit }) {
    const range = make("input", {
      type: "range",
      min: String(low),
      max: String(high),
      step: String(tick),
      value: String((low + high) / 2),
      "aria-label": ask,
    });
    const said = make("output", { className: "gd-guess" });
    const follow = () => put(said, `${three(Number(range.value))} ${unit}`.trim());
    range.addEventListener("input", follow);
    follow();
    return [range, said, button(this.words.commit, { onclick: () => this.deeds.answer(Number(range.value)) })];
  }

  // On the figure itself.
  drawn({ kind, card, ask }) {
    const commit = button(this.words.commit, { disabled: true, onclick: () => this.deeds.answer(this.guess.value()) });
    this.guess = new DRAWN[kind](card, this.words, ask, () => {
      commit.disabled = this.guess.value() === null;
    });
    put(this.guess.face, this.words[`${kind}_hint`]);
    return [this.guess.face, commit];
  }

  // The guess on the figure, if there is one, and whether what became of it may be shown: after it was told, the gap opens once.
  onFigure() {
    const { question, verdict } = this.shown ?? {};
    if (!question?.card) return null;
    if (verdict && !this.guess) this.guess = new DRAWN[question.kind](question.card, this.words, question.ask, () => {});
    if (verdict && this.isSeen && this.guess.verdict === null)
      this.guess.tell(verdict, !matchMedia("(prefers-reduced-motion: reduce)").matches);
    else if (verdict && this.guess.verdict === null) this.guess.settle();
    return this.guess;
  }

  was(verdict) {
    if (verdict.guess === null) return this.words.was_unsure;
    if (verdict.kind === "curve") return this.words.was_drawn;
    return fill(this.words.was, { guess: `${verdict.guess} ${verdict.unit ?? ""}`.trim() });
  }

  waiting(verdict, question) {
    return [make("p", { className: "gd-asked" }, question.ask), make("p", {}, this.was(verdict), " ", this.words.watch)];
  }

  // Guess and truth, the gap between them, and what is said to this guess.
  told(verdict, question) {
    const off =
      verdict.kind === "curve" && verdict.gap ? fill(this.words.gap, { gap: `${verdict.gap} ${verdict.unit}`.trim() }) : "";
    const truth = off || fill(this.words.is, { truth: `${verdict.truth} ${verdict.unit ?? ""}`.trim() });
    const mark = make("b", { className: "gd-truth", "data-right": verdict.right ? "" : null }, truth);
    return [
      make("p", {}, this.was(verdict), " ", mark),
      verdict.kind === "number" ? this.gap(verdict, question) : null,
      make("p", { className: "gd-reply" }, verdict.text),
    ].filter(Boolean);
  }

  // On the scale on which the guess was made: a hollow ring where it was, a full dot at the truth, and the way between them.
  gap({ from, to, guess, truth }, { low, high }) {
    if (to === null) return null;
    const at = (share) => `${100 * share}%`;
    const begin = from ?? to;
    const way = make("span", {
      className: "gd-gap-way",
      style: `left: ${at(Math.min(begin, to))}; width: ${at(Math.abs(to - begin))}`,
    });
    const dot = make("span", { className: "gd-gap-truth", title: truth, style: `left: ${at(to)}` });
    const ring = from === null ? null : make("span", { className: "gd-gap-guess", title: guess, style: `left: ${at(from)}` });
    const face = make(
      "div",
      { className: "gd-gap-bar" },
      make("small", {}, three(low)),
      make("div", { className: "gd-gap-line" }, way, dot, ring),
      make("small", {}, three(high)),
    );
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      const slow = { duration: 900, easing: "ease-in-out" };
      dot.animate([{ left: at(begin) }, { left: at(to) }], slow);
      way.animate(
        [
          { left: at(begin), width: "0%" },
          { left: at(Math.min(begin, to)), width: at(Math.abs(to - begin)) },
        ],
        slow,
      );
    }
    return face;
  }
}
