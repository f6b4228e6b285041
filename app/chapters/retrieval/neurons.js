// The neurons as grids: target, cue, now, and small ones of the ghosts now.
// The cue is drawn by pointer or keyboard; so is the target, when the page lets people draw a memory of their own.

import { make, put } from "../../browser/elements.js";
import { Grids } from "../../browser/grids.js";
import { fill } from "../../browser/numbers.js";

export const card = {
  name: "neurons",
  view: { own_pattern: false },

  build(body, head, stage) {
    const { words } = stage;
    stage.toggle(head, words.own_pattern, words.own_short, { own_pattern: true }, { own_pattern: false });
    return new Neurons(body, words, (what, more) => stage.send(what, more));
  },

  fill(_figure, scene, neurons) {
    neurons.adopt(scene);
  },

  tell(_scene, neurons) {
    neurons.paint();
  },

  destroy(neurons) {
    neurons.destroy();
  },
};

class Neurons extends Grids {
  constructor(element, words, send) {
    super(words, ["cue", "target"]);
    this.send = send;
    for (const name of ["target", "cue", "now"]) element.append(this.add(name));
    this.grids.cue.caption.append(make("small", { "data-screen": "" }, words.draw_hint));
    this.count = make("p", { className: "gs-count", "data-picture": "text" });
    element.append(this.count, this.strip, this.pad.face);
  }

  adopt(scene) {
    super.adopt(scene);
    this.showGhosts();
    this.editable("cue", scene.options.editable !== false);
    this.editable("target", scene.view.own_pattern);
  }

  values(name) {
    const { run } = this.scene;
    if (name === "cue") return this.drawn.cue ?? run.arrays.cue;
    return this.drawn.target ?? run.targetSigns;
  }

  target(name) {
    return name === "cue" ? this.values("target") : null;
  }

  paint() {
    if (!this.scene?.run) return;
    const { run, hover, frame } = this.scene;
    const target = this.values("target");
    const shown = hover === null ? target : run.pattern(hover);
    const { grids } = this;
    put(grids.target.caption, hover === null ? this.words.grid_target : this.scene.name(hover));
    this.draw(grids.target, shown, null);
    this.draw(grids.cue, this.values("cue"), target);
    this.draw(grids.now, run.rates(frame), target, run.steps.g);
    this.paintPad();
    const wrong = run.arrays.hamming[frame];
    put(this.count, fill(this.words.wrong_count, { wrong, total: run.N }));
    const label = fill(this.words.now_label, { wrong, total: run.N });
    const { canvas } = grids.now;
    if (canvas.getAttribute("aria-label") !== label) canvas.setAttribute("aria-label", label);
    this.paintGhosts();
  }

  tell(name, values) {
    if (name === "cue") this.send("cue", { entries: values });
    else this.send("memory", { index: this.scene.run.target, pattern: values });
  }
}
