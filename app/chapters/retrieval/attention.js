// The attention check: for each leading memory a filled bar of p above a hollow bar of π; at rest they are equal.

import { make, put } from "../../browser/elements.js";
import { fitted } from "../../browser/lettering.js";
import { mark } from "../../browser/marks.js";
import { fill, three } from "../../browser/numbers.js";

const SMALL = "<0.001";
const NAME = 0.9,
  NUMBER = 0.85; // sizes of type
const MOST_NAME = 0.4; // of the width
const ROW = 1.25,
  BOTH = 2.1; // heights of a row with one number and with two, by the size of the type
const EDGE = 3.2; // under the plot, by the same
const MARK = 3.4; // radius of a ghost's mark

export const card = {
  name: "attention",
  figure: "attention",

  build(_body, head) {
    const [kl, gap] = [0, 1].map(() => make("span", { "data-picture": "text" }));
    head.append(make("span", { className: "gs-note" }, kl, gap));
    return { kl, gap };
  },

  fill(figure, scene) {
    const { context, type, host } = figure,
      { palette, words } = scene;
    const wide = (text, weight, size) => {
      context.font = palette.font(weight, size);
      return context.measureText(text).width;
    };
    const named = new Set([...rowsOf(scene), ...scene.run.leaders]); // where the outcome is hidden, rows may change
    const names = [...named].map((memory) => wide(called(scene, memory), 700, NAME));
    const left = Math.min(Math.max(...names) + 6 + beside(scene), MOST_NAME * host.clientWidth);
    figure.borders(left, wide(SMALL, 400, NUMBER) + 4 + beside(scene), EDGE * type);
    const ticks = [0, 0.25, 0.5, 0.75, 1];
    figure.ticks("x", ticks, ["0", "", "0.5", "", "1"], words.axis_gain);
  },

  draw(context, figure, scene) {
    const { run, ghosts, palette, hover } = scene;
    const { box, type } = figure;
    const rows = rowsOf(scene, mostRows(figure));
    figure.range("y", 0.4 - rows.length, 0.6);
    const zero = figure.sx(0);
    const pitch = Math.abs(figure.sy(1) - figure.sy(0));
    const thick = Math.max(3, Math.min(pitch * 0.36, 16));
    rows.forEach((memory, row) => {
      const y = figure.sy(-row);
      const p = share(scene, rows, "p", memory),
        attention = share(scene, rows, "attention", memory);
      const chosen = memory !== null && memory === hover;
      context.fillStyle = chosen ? palette.ink : palette.astrocyte;
      context.fillRect(zero, y - thick, Math.max(0, figure.sx(p) - zero), thick);
      context.strokeStyle = chosen ? palette.ink : palette.astrocyte;
      context.lineWidth = 1.5 * palette.stroke;
      context.strokeRect(zero, y + 1, Math.max(0, figure.sx(attention) - zero), thick - 1);
      for (const { run: ghost, look } of ghosts) {
        if (memory === null || memory >= ghost.K) continue;
        const x = figure.sx(ghost.value("p", memory, ghost.positionAt(scene.t)));
        mark(context, [x, y], look.shape, MARK * palette.stroke, palette.paper, palette.soft, 1.2 * palette.stroke);
      }
      const leads = chosen || memory === run.target;
      context.textBaseline = "middle";
      context.textAlign = "right";
      context.fillStyle = leads ? palette.ink : palette.soft;
      context.font = palette.font(leads ? 700 : 400, NAME);
      const { lines, whole } = fitted(context, called(scene, memory), zero - 2 - beside(scene), 1);
      context.fillText(whole || memory === null ? lines.join() : run.brief(memory), zero - beside(scene), y);
      context.textAlign = "left";
      context.font = palette.font(400, NUMBER);
      const both = pitch >= BOTH * type;
      const apart = both ? Math.max(thick / 2, NUMBER * 0.6 * type) : 0;
      context.fillText(short(p), box.right - 1 + beside(scene), y - apart);
      if (both) context.fillText(short(attention), box.right - 1 + beside(scene), y + apart);
    });
  },

  under(figure, scene, _px, py) {
    const row = Math.round(-figure.uy(py));
    return rowsOf(scene, mostRows(figure))[row] ?? null;
  },

  tell({ run, frame, words }, { kl, gap }) {
    put(kl, fill(words.kl, { kl: three(run.arrays.kl[frame]) }));
    put(gap, fill(words.largest_gap, { gap: three(run.arrays.attention_gap[frame]) }));
  },
};

// From a name to its bars: a mark may stand where they begin.
function beside({ ghosts, palette }) {
  return 6 + (ghosts.length ? (MARK + 2) * palette.stroke : 0);
}

function mostRows(figure) {
  return Math.floor(figure.box.height / (ROW * figure.type));
}

// As many leaders as there is room for, and one row for all who are left.
function rowsOf(scene, most = Infinity) {
  const { run } = scene,
    leaders = run.leadersIn(scene);
  if (run.K <= leaders.length && run.K <= most) return leaders;
  return [...leaders.slice(0, Math.max(1, most - 1)), null];
}

function called(scene, memory) {
  return memory === null ? scene.words.others : scene.name(memory);
}

// What a row holds: of one memory, or of all that have no row of their own.
function share({ run, position }, rows, name, memory) {
  if (memory !== null) return run.value(name, memory, position);
  const named = rows.filter((other) => other !== null);
  return Math.max(
    0,
    named.reduce((rest, other) => rest - run.value(name, other, position), 1),
  );
}

// As many places for all, so that they stand in columns; what is too small for them is said to be small.
function short(gain) {
  return gain > 0 && gain < 5e-4 ? SMALL : gain.toFixed(3);
}
