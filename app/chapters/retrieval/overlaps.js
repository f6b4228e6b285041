// The overlap of the neurons with every memory over time: the target and its rivals by name, the others as a crowd.

import { tickTexts } from "../../browser/axes.js";
import { DASHES, dot, drawMoment, endLabels, ghostMark, trace } from "../../browser/curves.js";

const CATCH = 14; // pixels from a line within which a pointer means it

export const card = {
  name: "overlaps",
  figure: "overlaps",
  scrubs: true,

  fill(figure, scene, own) {
    const { run, ghosts, palette, time, words } = scene;
    const named = run.leadersIn(scene);
    Object.assign(own, { figure, named });
    const xs = time.over(run.t);
    const crowd = [];
    for (let memory = 0; memory < run.K; memory++) {
      if (named.includes(memory)) continue;
      crowd.push({ xs, ys: run.overlaps(memory), color: palette.crowd, width: 1, alpha: 0.55 });
    }
    figure.rows("crowd", crowd);
    figure.rows(
      "rivals",
      named
        .slice(1)
        .map((memory, i) => ({
          xs,
          ys: run.overlaps(memory),
          color: palette.rival,
          width: 1.4 * palette.stroke,
          dash: DASHES[i % DASHES.length],
        })),
    );
    figure.rows("target", [{ xs, ys: run.overlaps(run.target), color: palette.neuron, width: 3.2 * palette.stroke }]);
    figure.rows(
      "ghosts",
      ghosts.map((ghost) => ({
        xs: time.over(ghost.run.t),
        ys: ghost.run.overlaps(ghost.run.target),
        color: palette.neuron,
        width: 2.2 * palette.stroke,
        dash: ghost.look.dash,
        alpha: 0.55,
      })),
    );
    time.dress(figure, words);
    const ticks = figure.fitting("y") >= 5 ? [-1, -0.5, 0, 0.5, 1] : [-1, 0, 1];
    figure.ticks("y", ticks, tickTexts(ticks), words.axis_overlap);
  },

  // Where the outcome is hidden others may come to lead.
  tell(scene, own) {
    if (own.figure && own.named.join() !== scene.run.leadersIn(scene).join()) this.fill(own.figure, scene, own);
  },

  draw(context, figure, scene, { named }) {
    const { run, ghosts, palette, hover } = scene;
    drawMoment(context, figure, scene);
    const name = (memory, colour, weight) =>
      labels.push({
        y: run.value("overlaps", memory, scene.until(run)),
        text: scene.name(memory),
        brief: run.brief(memory),
        colour,
        weight,
      });
    const lit = (memory, colour) => (memory === hover ? palette.ink : colour);
    const labels = []; // what matters most comes last
    for (const memory of named.slice(1).reverse()) {
      dot(context, figure, scene, run.value("overlaps", memory, scene.position), lit(memory, palette.rival), 2.6);
      name(memory, lit(memory, palette.rival), 400);
    }
    for (const { name: text, run: other, look } of ghosts) {
      const at = (position) => other.value("overlaps", other.target, position);
      ghostMark(context, figure, scene, at(other.positionAt(scene.t)), palette.neuron, look);
      labels.push({ y: at(scene.until(other)), text, colour: palette.neuron, weight: 400, shape: look.shape });
    }
    dot(context, figure, scene, run.value("overlaps", run.target, scene.position), lit(run.target, palette.neuron), 5);
    name(run.target, lit(run.target, palette.neuron), 700);
    if (hover !== null) {
      trace(context, figure, scene, run.overlaps(hover), palette.ink, 2.6);
      if (!named.includes(hover)) name(hover, palette.ink, 700);
    }
    endLabels(context, figure, scene, labels);
  },

  // The memory whose line passes nearest under the pointer, or null when none is near.
  under(figure, scene, px, py) {
    const { run, time } = scene;
    const named = run.leadersIn(scene);
    const position = Math.min(scene.until(run), run.positionAt(time.of(figure.ux(px))));
    let best = null,
      distance = CATCH;
    for (let memory = 0; memory < run.K; memory++) {
      const lead = named.includes(memory) ? 2 : 0; // a named line is easier to catch than one of the crowd
      const away = Math.abs(figure.sy(run.value("overlaps", memory, position)) - py) - lead;
      if (away < distance) {
        best = memory;
        distance = away;
      }
    }
    return best;
  },
};
