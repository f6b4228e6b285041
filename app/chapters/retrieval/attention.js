// The attention check: for each leading memory a filled bar of p above a hollow bar of π; at rest they are equal.

import { make, put } from "../../browser/elements.js";
import { fill, three } from "../../browser/numbers.js";

export const card = {
  name: "attention",
  figure: "attention",

  build(_body, head) {
    const note = make("span", { className: "gs-note", "data-picture": "text" });
    head.append(note);
    return { note };
  },

  fill(figure, scene) {
    const rows = rowsOf(scene.run).length;
    figure.range("y", -rows + 0.4, 0.6);
    const ticks = [0, 0.25, 0.5, 0.75, 1];
    figure.ticks("x", ticks, ["0", "", "0.5", "", "1"], scene.words.axis_gain);
  },

  draw(context, figure, scene) {
    const { run, ghosts, palette, position, hover } = scene;
    const zero = figure.sx(0);
    const pitch = Math.abs(figure.sy(1) - figure.sy(0));
    const room = figure.host.clientWidth - figure.box.right - 6;
    const thick = Math.max(3, Math.min(pitch * 0.36, 16));
    rowsOf(run).forEach((memory, row) => {
      const y = figure.sy(-row);
      const p = share(run, "p", memory, position),
        attention = share(run, "attention", memory, position);
      const chosen = memory !== null && memory === hover;
      context.fillStyle = chosen ? palette.ink : palette.astrocyte;
      context.fillRect(zero, y - thick, Math.max(0, figure.sx(p) - zero), thick);
      context.strokeStyle = chosen ? palette.ink : palette.astrocyte;
      context.lineWidth = 1.5 * palette.stroke;
      context.strokeRect(zero, y + 1, Math.max(0, figure.sx(attention) - zero), thick - 1);
      for (const ghost of ghosts) {
        if (memory === null || memory >= ghost.run.K) continue;
        const x = figure.sx(ghost.run.value("p", memory, ghost.run.positionAt(scene.t)));
        context.strokeStyle = palette.soft;
        context.setLineDash([3, 2]);
        context.beginPath();
        context.moveTo(x, y - thick - 2);
        context.lineTo(x, y + thick + 2);
        context.stroke();
        context.setLineDash([]);
      }
      context.textBaseline = "middle";
      context.textAlign = "right";
      context.fillStyle = chosen || memory === run.target ? palette.ink : palette.soft;
      context.font = palette.font(chosen || memory === run.target ? 700 : 400, 0.9);
      context.fillText(memory === null ? scene.words.others : scene.name(memory), zero - 6, y, zero - 10);
      context.textAlign = "left";
      context.font = palette.font(400, 0.85);
      context.fillText(short(p), figure.box.right + 5, y - thick / 2, room); // narrower rather than cut
      if (pitch > 22) context.fillText(short(attention), figure.box.right + 5, y + thick / 2 + 1, room);
    });
  },

  under(figure, scene, _px, py) {
    const row = Math.round(-figure.uy(py));
    return rowsOf(scene.run)[row] ?? null;
  },

  tell({ run, frame, words }, { note }) {
    put(note, fill(words.kl_and_gap, { kl: three(run.arrays.kl[frame]), gap: three(run.arrays.attention_gap[frame]) }));
  },
};

// The leaders, and one row for all who are left.
function rowsOf(run) {
  return run.K > run.leaders.length ? [...run.leaders, null] : run.leaders;
}

function share(run, name, memory, position) {
  if (memory !== null) return run.value(name, memory, position);
  return Math.max(
    0,
    run.leaders.reduce((rest, leader) => rest - run.value(name, leader, position), 1),
  );
}

// As many places for all, so that they stand in columns; what is too small for them is said to be small.
function short(gain) {
  return gain > 0 && gain < 5e-4 ? "<0.001" : gain.toFixed(3);
}
