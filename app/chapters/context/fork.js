// How far apart the gains of a tie come to rest, over the coupling λ: the pitchfork m = tanh(κm), where one state of rest is proved to
// be all there is, and where the run is.

import { decadeTicks, minorTicks, tickTexts } from "../../browser/axes.js";
import { make, put } from "../../browser/elements.js";
import { mark } from "../../browser/marks.js";
import { fill, three } from "../../browser/numbers.js";

export const card = {
  name: "fork",
  figure: "fork",

  build(_body, head) {
    const kappa = make("span", { "data-picture": "text" });
    head.append(make("span", { className: "gs-note" }, kappa));
    return { kappa };
  },

  fill(figure, scene) {
    const { run, palette, words } = scene;
    const { fork } = run;
    figure.borders(3.6 * palette.size, 0.8 * palette.size, 3 * palette.size);
    const [start, end] = run.couplings.map(Math.log10);
    figure.range("x", start, end + 0.04);
    const decades = decadeTicks(start, end, 3);
    const ticks = tickTexts([...decades.map((u) => 10 ** u), run.couplings[1]]);
    figure.ticks("x", [...decades, end], ticks, words.axis_coupling, minorTicks(start, end));
    const shown = figure.fitting("y") >= 5 ? [-1, -0.5, 0, 0.5, 1] : [-1, 0, 1];
    figure.ticks("y", shown, tickTexts(shown), words.axis_apart);
    if (!fork) {
      figure.rows("proved", [], { color: "#888888", alpha: 0 });
      figure.rows("fork", []);
      return;
    }
    const proved = Math.min(Math.max(Math.log10(fork.unique), start), end);
    const shade = {
      xs: [[Float64Array.of(start, proved, proved, start)]], // a polygon of one part without holes
      ys: [[Float64Array.of(-1.08, -1.08, 1.08, 1.08)]],
      color: palette.crowd,
      alpha: 0.35,
    };
    figure.rows("proved", [shade], { color: "#888888", alpha: 0 });
    const xs = Float64Array.from(fork.lam, Math.log10),
      tie = Math.log10(fork.tie);
    const look = { color: palette.ink, width: 2 * palette.stroke };
    const above = fork.apart.map((m, i) => (m > 0 ? i : -1)).filter((i) => i >= 0);
    const branch = (sign) => ({
      xs: Float64Array.from([tie, ...above.map((i) => xs[i])]),
      ys: Float64Array.from([0, ...above.map((i) => sign * fork.apart[i])]),
      ...look,
    });
    const middle = Math.min(Math.max(tie, start), end);
    figure.rows("fork", [
      { xs: [start, middle], ys: [0, 0], ...look },
      { xs: [middle, end], ys: [0, 0], ...look, width: palette.stroke, dash: [4, 4], color: palette.soft },
      ...(above.length ? [branch(1), branch(-1)] : []),
    ]);
  },

  // κ of the moment on show: a run may be bent.
  tell({ run, frame, words }, { kappa }) {
    const known = run.fork?.kappas[run.arrays.segment[frame]];
    put(kappa, known === undefined ? "" : fill(words.kappa, { kappa: three(known) }));
  },

  draw(context, figure, scene) {
    const { run, ghosts, palette, position } = scene;
    const [low, high] = run.couplings;
    const place = (of, at) => {
      const coupling = of.settingsAt(at).lam;
      const apart = of.value("p", run.target, at) - of.value("p", run.other, at);
      return [figure.sx(Math.log10(Math.min(high, Math.max(low, coupling)))), figure.sy(apart)];
    };
    for (const { run: ghost, look } of ghosts) {
      const where = place(ghost, ghost.positionAt(scene.t));
      mark(context, where, look.shape, 4.2 * palette.stroke, palette.paper, palette.soft, 1.6 * palette.stroke);
    }
    mark(context, place(run, position), "circle", 5.2 * palette.stroke, palette.astrocyte, palette.paper, 1.4);
  },
};
