// The cue, what it becomes, and what is meant, as grids; the contexts as two large buttons, a line to write beside the glyph, and
// which two patterns are in question.

import { make, put } from "../../browser/elements.js";
import { Grids } from "../../browser/grids.js";
import { fill } from "../../browser/numbers.js";

const BUTTONS = { glyphs: ["letters", "none", "digits"], cued: ["target", "none", "other"] };

export const card = {
  name: "glyphs",
  view: { beside: "" },

  build(body, head, stage) {
    return new Glyphs(body, head, stage);
  },

  fill(_figure, scene, glyphs) {
    glyphs.adopt(scene);
  },

  tell(_scene, glyphs) {
    glyphs.paint();
  },

  destroy(glyphs) {
    glyphs.destroy();
  },
};

class Glyphs extends Grids {
  constructor(body, head, stage) {
    super(stage.words, ["cue"]);
    const { words } = this;
    this.send = (what, more) => stage.send(what, more);
    this.pair = make(
      "select",
      {
        className: "gs-pair",
        "aria-label": words.pair,
        onchange: () => this.send("set", { changes: { pair: this.pair.value } }),
      },
      ...words.pairs.map(([value, text]) => make("option", { value }, text)),
    );
    head.append(this.pair);
    this.buttons = make("div", { className: "gs-contexts", role: "group", "aria-label": words.contexts_title });
    this.beside = make("input", {
      type: "text",
      className: "gs-beside",
      maxlength: "12",
      spellcheck: "false",
      autocomplete: "off",
      "aria-label": words.beside_meaning,
      title: words.beside_meaning,
      placeholder: words.beside,
    });
    this.beside.addEventListener("change", () => {
      stage.view({ beside: this.beside.value.toUpperCase() }, false); // the session hears it with the context it names
      this.send("beside", { text: this.beside.value });
    });
    this.reading = make("p", { className: "gs-reading", "data-picture": "text" });
    body.append(
      this.buttons,
      make("label", { className: "gs-beside-row", "data-screen": "" }, make("span", {}, words.beside_title), this.beside),
      make("div", { className: "gs-grids" }, ...["cue", "now", "target"].map((name) => this.add(name))),
      this.reading,
      this.strip,
      this.pad.face,
    );
    this.grids.cue.caption.append(make("small", { "data-screen": "" }, words.draw_hint));
  }

  adopt(scene) {
    super.adopt(scene);
    const { run, view } = scene,
      { settings } = run;
    this.showGhosts();
    const live = scene.options.editable !== false; // a copy on disk plays its one run
    this.editable("cue", live);
    this.offerContexts(settings);
    this.pair.hidden = settings.family !== "glyphs";
    for (const control of [this.pair, this.beside, ...this.buttons.children]) control.disabled = !live;
    const [first, second] = [run.brief(run.target), run.brief(run.other)];
    this.pair.value = first + second;
    if (this.pair.selectedIndex < 0) this.pair.value = second + first; // each two are offered in one order
    // What stands beside the glyph holds as long as the context is what it says.
    const written = view.beside ?? "";
    if (document.activeElement !== this.beside && this.beside.getRootNode().activeElement !== this.beside)
      this.beside.value = category(written) === run.settingsAt(run.last).context ? written : "";
    this.beside.parentNode.hidden = settings.family !== "glyphs";
  }

  offerContexts({ family }) {
    const names = BUTTONS[family] ?? [];
    const { contexts } = this.words;
    if (this.offered !== family) {
      this.offered = family;
      this.buttons.replaceChildren(
        ...names.map((name) =>
          make(
            "button",
            {
              type: "button",
              className: "gs-button gs-text gs-context",
              "data-context": name,
              onclick: () => this.send("set", { changes: { context: name } }),
            },
            contexts[name],
          ),
        ),
      );
    }
    this.buttons.hidden = !names.length;
  }

  values() {
    return this.drawn.cue ?? this.scene.run.arrays.cue;
  }

  target() {
    return null; // a cue is not wrong: it does not decide
  }

  // Another run may mean another pattern, under another context none at all: what counts is what it reads.
  ghostText(ghost, frame) {
    return ghost.reading(frame, this.words);
  }
  ghostTarget() {
    return null;
  }

  paint() {
    if (!this.scene?.run) return;
    const { run, hover, frame } = this.scene;
    const { grids, words } = this;
    put(grids.target.caption, hover === null ? run.meant(frame, words) : this.scene.name(hover));
    put(grids.now.caption, run.isHeld(frame) ? words.grid_held : words.grid_now);
    this.draw(grids.target, hover === null ? run.targetSigns : run.pattern(hover), null);
    this.draw(grids.cue, this.values(), null);
    this.draw(grids.now, run.rates(frame), run.isHeld(frame) ? null : run.targetSigns, run.steps.g); // held, it cannot be wrong
    this.paintPad();
    this.paintGhosts();
    put(this.reading, run.reading(frame, words));
    const { context } = run.settingsAt(frame);
    for (const button of this.buttons.children) {
      const pressed = String(button.dataset.context === context); // in the frame on show, as it may change in flight
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
    const now = { wrong: run.wrongAt(frame), total: run.N, target: run.brief(run.target) };
    const label = run.isHeld(frame) ? words.held_label : fill(words.now_label, now);
    if (grids.now.canvas.getAttribute("aria-label") !== label) grids.now.canvas.setAttribute("aria-label", label);
  }

  tell(_name, values) {
    this.send("cue", { entries: values });
  }
}

function category(text) {
  const digits = /\d/.test(text),
    letters = /[A-Z]/i.test(text);
  return digits && letters ? "both" : digits ? "digits" : letters ? "letters" : "none";
}
