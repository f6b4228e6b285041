// What makes the scores of the leading patterns: the cue's evidence, the context's bias and the loop's feedback, one after the other;
// and the line that the target's score has to reach for Theorem 3.1 to make sure of it.

import { roundTicks, tickTexts } from "../../browser/axes.js";
import { make, put } from "../../browser/elements.js";
import { fitted } from "../../browser/lettering.js";
import { fill, three } from "../../browser/numbers.js";

const PARTS = ["evidence", "context", "feedback"];
const THICK = 0.56; // of a row

export const card = {
  name: "shares",
  figure: "shares",

  build(_body, head, { words }) {
    const margin = make("span", { "data-picture": "text" });
    const key = PARTS.map((name) =>
      make(
        "span",
        { className: "gs-share", "data-picture": "text" },
        make("span", { className: `gs-swatch gs-swatch-${name}`, "aria-hidden": "true" }),
        words.shares[name],
      ),
    );
    head.append(make("span", { className: "gs-note" }, ...key, margin));
    return { margin };
  },

  fill(figure, scene, own) {
    const { run, palette, words } = scene;
    const rows = run.leaders.length;
    own.known = PARTS.every((name) => run.arrays[name]);
    let [low, high] = [0, 0.1];
    for (let frame = 0; frame < run.frames && own.known; frame++) {
      for (let place = 0; place < rows; place++) {
        const [left, right] = ends(run, place, frame);
        low = Math.min(low, left);
        high = Math.max(high, right);
      }
      high = Math.max(high, run.arrays.needed_score[frame]);
    }
    const room = 0.04 * (high - low);
    figure.borders(2.6 * palette.size, palette.size);
    figure.range("x", low - room, high + room);
    figure.range("y", 0.5 - rows, 0.5);
    const ticks = own.known ? roundTicks(low - room, high + room, Math.min(5, figure.fitting("x"))) : [];
    figure.ticks("x", ticks, tickTexts(ticks), words.axis_score);
  },

  draw(context, figure, scene, { known }) {
    const { run, palette, position, hover, words } = scene;
    const { left, right, top, bottom } = figure.box;
    context.textBaseline = "middle";
    if (!known) {
      context.fillStyle = palette.soft;
      context.font = palette.font(400, 1);
      context.textAlign = "center";
      const { lines } = fitted(context, words.no_sum, right - left, 3);
      lines.forEach((line, i) => {
        const y = (top + bottom) / 2 + (i - (lines.length - 1) / 2) * 1.3 * palette.size;
        context.fillText(line, (left + right) / 2, y);
      });
      return;
    }
    const fills = { evidence: palette.neuron, context: palette.astrocyte, feedback: palette.paper };
    const pitch = figure.sy(0) - figure.sy(1);
    run.leaders.forEach((pattern, place) => {
      const y = figure.sy(-place),
        high = Math.abs(pitch) * THICK;
      const chosen = pattern === hover,
        meant = pattern === run.target;
      context.textAlign = "right";
      context.fillStyle = meant || chosen ? palette.ink : palette.soft;
      context.font = palette.font(meant || chosen ? 700 : 400, 1);
      context.fillText(run.brief(pattern), left - 6, y);
      let [up, down] = [0, 0];
      for (const name of PARTS) {
        const value = run.ofLeader(name, place, position);
        const from = value > 0 ? up : down;
        const [x0, x1] = [figure.sx(from), figure.sx(from + value)];
        if (value > 0) up += value;
        else down += value;
        context.globalAlpha = chosen || meant ? 1 : 0.8;
        context.fillStyle = fills[name];
        context.fillRect(Math.min(x0, x1), y - high / 2, Math.abs(x1 - x0), high);
        context.globalAlpha = 1;
        context.strokeStyle = name === "feedback" ? palette.ink : palette.paper;
        context.lineWidth = 1;
        context.strokeRect(Math.min(x0, x1), y - high / 2, Math.abs(x1 - x0), high);
      }
    });
    const x = figure.sx(0);
    context.strokeStyle = palette.soft;
    context.lineWidth = palette.stroke;
    line(context, [x, top], [x, bottom]);
    const goal = figure.sx(run.arrays.needed_score[Math.floor(position)]);
    context.strokeStyle = context.fillStyle = palette.ink;
    context.lineWidth = 1.6 * palette.stroke;
    context.setLineDash([6, 4]);
    line(context, [goal, top], [goal, bottom]);
    context.setLineDash([]);
  },

  tell({ run, frame, words }, { margin }) {
    const values = { margin: three(run.arrays.rest_margin?.[frame]), needed: three(run.arrays.needed[frame]), sure: run.sure };
    put(margin, fill(words.margin, values));
  },

  under(figure, { run }, _px, py) {
    return run.leaders[Math.round(-figure.uy(py))] ?? null;
  },
};

// From where to where the bars of a pattern reach.
function ends(run, place, frame) {
  const values = PARTS.map((name) => run.ofLeader(name, place, frame));
  const sum = (sign) => values.reduce((total, value) => total + (value * sign > 0 ? value : 0), 0);
  return [sum(-1), sum(1)];
}

function line(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
