// The overlap of the neurons with every memory over time: the target and its rivals by name, the others as a crowd.

import { DASHES, dot, drawMoment, endLabels, ring, trace } from "../../browser/curves.js";

const CATCH = 14; // pixels from a line within which a pointer means it

export const card = {
  name: "overlaps",
  figure: "overlaps",
  scrubs: true,

  fill(figure, scene) {
    const { run, ghosts, palette, time, words } = scene;
    const xs = time.over(run.t);
    const crowd = [];
    for (let memory = 0; memory < run.K; memory++) {
      if (run.place.has(memory)) continue;
      crowd.push({ xs, ys: run.overlaps(memory), color: palette.crowd, width: 1, alpha: 0.55 });
    }
    figure.rows("crowd", crowd);
    figure.rows(
      "rivals",
      run.leaders
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
        dash: [6, 5],
        alpha: 0.55,
      })),
    );
    time.dress(figure, words);
    figure.ticks("y", [-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "0.5", "1"], words.axis_overlap);
  },

  draw(context, figure, scene) {
    const { run, ghosts, palette, hover } = scene;
    drawMoment(context, figure, scene);
    const labels = ghosts.map((ghost) => ({
      y: ghost.run.value("overlaps", ghost.run.target, ghost.run.last),
      text: ghost.name,
      colour: palette.neuron,
      weight: 400,
    }));
    for (const memory of [...run.leaders].reverse()) {
      const leads = memory === run.target;
      const colour = memory === hover ? palette.ink : leads ? palette.neuron : palette.rival;
      dot(context, figure, scene, run.value("overlaps", memory, scene.position), colour, leads ? 5 : 2.6);
      labels.push({ y: run.value("overlaps", memory, run.last), text: scene.name(memory), colour, weight: leads ? 700 : 400 });
    }
    for (const ghost of ghosts) {
      const position = ghost.run.positionAt(scene.t);
      ring(context, figure, scene, ghost.run.value("overlaps", ghost.run.target, position), palette.neuron);
    }
    if (hover !== null) {
      trace(context, figure, scene, run.overlaps(hover), palette.ink, 2.6);
      if (!run.place.has(hover)) {
        labels.push({ y: run.value("overlaps", hover, run.last), text: scene.name(hover), colour: palette.ink, weight: 700 });
      }
    }
    endLabels(context, figure, scene, labels);
  },

  // The memory whose line passes nearest under the pointer, or null when none is near.
  under(figure, scene, px, py) {
    const { run, time } = scene;
    const position = run.positionAt(time.of(figure.ux(px)));
    let best = null,
      distance = CATCH;
    for (let memory = 0; memory < run.K; memory++) {
      const lead = run.place.has(memory) ? 2 : 0; // a named line is easier to catch than one of the crowd
      const away = Math.abs(figure.sy(run.value("overlaps", memory, position)) - py) - lead;
      if (away < distance) {
        best = memory;
        distance = away;
      }
    }
    return best;
  },
};
