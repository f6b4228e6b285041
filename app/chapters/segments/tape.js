// The tape: the tokens of every segment, the one on show lit, and the answer as it would be read off now. A sequence of one's own is
// typed below it.

import { button, make, put } from "../../browser/elements.js";
import { choice } from "./choice.js";
import { madeSoFar } from "./learning.js";

export const card = {
  name: "tape",

  build(body, head, stage) {
    const { words } = stage;
    const made = make("output", { className: "gs-made", hidden: true, "data-picture": "text" });
    head.append(made);
    const follow = choice(stage, head, "task", words.task, words.tasks);
    const tape = make("ol", { className: "gs-tape-segments" }),
      answers = make("div", { className: "gs-answers" }),
      question = make("p", { className: "gs-question", "data-picture": "text" });
    const field = make("input", {
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": words.sequence,
      title: words.sequence_meaning,
      placeholder: words.sequence_hint,
    });
    // The tape shows the sequence; here it stands while somebody changes it.
    field.addEventListener("focus", () => {
      field.value = stage.scene.run?.sequence ?? "";
      field.select();
    });
    field.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") field.value = "";
      if (key === "Enter" || key === "Escape") field.blur();
    });
    field.addEventListener("blur", () => {
      if (field.value && field.value !== stage.scene.run?.sequence) stage.send("sequence", { text: field.value });
      field.value = "";
    });
    const ways = [
      button(words.another, {
        title: words.another_meaning,
        onclick: () => stage.send("another"),
        className: "gs-button gs-text",
      }),
      button(words.shuffle, {
        title: words.shuffle_meaning,
        onclick: () => stage.send("shuffle"),
        className: "gs-button gs-text",
      }),
    ];
    const typed = make("div", { className: "gs-sequence" }, field, ...ways);
    body.append(question, tape, answers, typed);
    return { stage, made, tape, answers, question, field, follow, cells: [], bars: [], run: null, typed };
  },

  fill(_figure, scene, own) {
    const { run, words, making } = scene;
    own.made.hidden = !making;
    own.typed.hidden = scene.options.editable === false;
    own.follow(scene);
    if (making) put(own.made, madeSoFar(making, words));
    if (own.run !== run) {
      own.run = run;
      this.lay(scene, own);
    }
    this.tell(scene, own);
  },

  lay({ run, words }, own) {
    const { stage } = own;
    put(own.question, words.questions[run.task]);
    own.tape.dataset.many = run.T > 8 ? (run.T > 16 ? "2" : "1") : "0";
    own.cells = Array.from({ length: run.T }, (_, i) => {
      const segment = i + 1;
      const bar = make("i", {});
      const tokens = run.tokensOf(segment).map((token) => {
        const telling = run.answers_called.includes(token) || token.startsWith("[") || token === "]";
        return make("span", { className: telling ? "gs-key" : "", "data-picture": "text" }, token);
      });
      const face = make(
        "button",
        { type: "button", className: "gs-segment", onclick: () => stage.leap(run.frameOf(segment)) },
        make("small", { "data-picture": "text" }, make("span", { className: "gs-voice" }, words.segment_label), String(segment)),
        make("span", { className: "gs-tokens" }, ...tokens.flatMap((token) => [" ", token])),
        make("span", { className: "gs-right", title: words.right_here }, bar),
      );
      return { face, bar, item: make("li", {}, face) };
    });
    own.tape.replaceChildren(...own.cells.map(({ item }) => item));
    own.bars = run.answers_called.map((called, i) => {
      const bar = make("i", {}),
        said = make("span", { "data-picture": "text" });
      const right = i === run.right_answer;
      const face = make(
        "div",
        { className: `gs-answer${right ? " gs-is-right" : ""}`, title: right ? words.is_right : "" },
        make("div", { className: "gs-answer-bar" }, bar),
        make("b", { "data-picture": "text" }, called),
        said,
      );
      return { face, bar, said };
    });
    own.answers.replaceChildren(...own.bars.map(({ face }) => face));
  },

  tell(scene, own) {
    const { run, frame } = scene;
    if (own.run !== run) return;
    const at = run.place(frame),
      back = run.isBack(frame);
    own.cells.forEach(({ face, bar }, i) => {
      const segment = i + 1;
      const state = segment === at ? (back ? "back" : "now") : back || segment < at ? "read" : "waits";
      if (face.dataset.state !== state) face.dataset.state = state;
      const seen = state !== "waits" || !scene.hides;
      bar.style.height = seen ? `${(100 * run.rightAt(segment)).toFixed(1)}%` : "0";
    });
    const answers = run.answers(back ? run.T : at);
    const lead = answers.indexOf(Math.max(...answers));
    own.bars.forEach(({ face, bar, said }, i) => {
      bar.style.height = `${(100 * answers[i]).toFixed(1)}%`;
      face.toggleAttribute("data-leads", i === lead);
      put(said, percent(answers[i]));
    });
  },
};

// Whole per cents: there is room for no more.
function percent(p) {
  return p > 0 && p < 0.005 ? "<1 %" : p > 0.995 && p < 1 ? ">99 %" : `${Math.round(100 * p)} %`;
}
