// The neurons as grids: target, cue, now, and small ones of the ghosts now.
// The cue is drawn by pointer or keyboard; so is the target, when the page lets people draw a memory of their own.

import { make, put } from "../../browser/elements.js";
import { arrange, Grids, newGrid } from "../../browser/grids.js";
import { fitted } from "../../browser/lettering.js";
import { mark } from "../../browser/marks.js";
import { fill } from "../../browser/numbers.js";

const MOST_GHOSTS = 4,
  SIGN = 16; // half of a mark's side, in device pixels

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
    this.thumbs = [];
    for (const name of ["target", "cue", "now"]) element.append(this.add(name));
    this.grids.cue.caption.append(make("small", { "data-screen": "" }, words.draw_hint));
    this.count = make("p", { className: "gs-count", "data-picture": "text" });
    this.strip = make("div", { className: "gs-thumbs" });
    element.append(this.count, this.strip, this.pad.face);
  }

  adopt(scene) {
    super.adopt(scene);
    this.showGhosts(scene);
    this.editable("cue", scene.options.editable !== false);
    this.editable("target", scene.view.own_pattern);
  }

  showGhosts({ ghosts, palette }) {
    if (this.strip.ghosts === ghosts && this.strip.palette === palette) return;
    Object.assign(this.strip, { ghosts, palette, hidden: ghosts.length === 0 });
    const most = ghosts.length > 2 ? 1 : 2; // lines of a name
    this.thumbs = ghosts.slice(0, MOST_GHOSTS).map(({ name, run, look }) => {
      const grid = newGrid({ "aria-label": name });
      arrange(grid, run);
      const sign = make("canvas", { width: 2 * SIGN, height: 2 * SIGN, "aria-hidden": "true", "data-picture": "canvas" });
      const context = sign.getContext("2d");
      mark(context, [SIGN, SIGN], look.shape, 0.55 * SIGN, palette.paper, palette.neuron, 0.2 * SIGN);
      const called = make("span", { "data-picture": "text", title: name }),
        wrong = make("span", { "data-picture": "text" });
      const lines = make("div", {}, called, make("div", { className: "gs-thumb-count" }, sign, wrong));
      return { ...grid, run, name, called, wrong, lines, face: make("div", { className: "gs-thumb" }, grid.canvas, lines) };
    });
    this.strip.replaceChildren(...this.thumbs.map(({ face }) => face));
    for (const { context, name, called, lines } of this.thumbs) {
      const { fontWeight, fontSize, fontFamily } = getComputedStyle(called);
      context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
      put(called, fitted(context, name, lines.clientWidth, most).lines.join("\n"));
    }
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
    const { run, hover, frame, t } = this.scene;
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
    for (const { run: ghost, wrong: count, ...grid } of this.thumbs) {
      const at = ghost.t[ghost.last] <= t ? ghost.last : Math.floor(ghost.positionAt(t));
      this.draw(grid, ghost.rates(at), ghost.targetSigns, ghost.steps.g);
      put(count, fill(this.words.ghost_wrong, { wrong: ghost.arrays.hamming[at] }));
    }
  }

  tell(name, values) {
    if (name === "cue") this.send("cue", { entries: values });
    else this.send("memory", { index: this.scene.run.target, pattern: values });
  }
}
