// Where the forgetting comes from: what drives the synapses and the fast process over the cycles, the curve of long-term plasticity
// under them, and its increments cut out of it and laid side by side, which are the retention factors.

import { roundTicks, tickTexts } from "../../browser/axes.js";
import { choice } from "./choice.js";
import { isPassed, lightSegment, path, segmentAxis, segmentUnder } from "./plots.js";

const WIDE = 0.72; // of a bar, in segments
const STRIP = 0.34; // of the plot that s and p^s take, above the curve

export const card = {
  name: "forgetting",
  figure: "forgetting",

  build(_body, head, stage) {
    const { words } = stage;
    return { follow: choice(stage, head, "retention", words.retention, words.retentions) };
  },

  fill(figure, scene, { follow }) {
    const { run, words } = scene;
    follow(scene);
    segmentAxis(figure, scene);
    const high = 1.08 * Math.max(...run.arrays.all_retention, ...(run.arrays.curve ?? []), 0.1);
    const ticks = roundTicks(0, high, Math.max(2, Math.min(4, figure.fitting("y") - 1)));
    figure.range("y", 0, run.arrays.curve ? high / (1 - STRIP) : high);
    figure.ticks("y", ticks, tickTexts(ticks), words.axis_retention);
  },

  draw(context, figure, scene) {
    const { run, palette, words } = scene;
    const { all_retention: factors, curve, curve_at: at } = run.arrays;
    lightSegment(context, figure, scene);
    const floor = figure.sy(0);
    if (curve) {
      const before = (t) => factors.slice(0, t).reduce((sum, factor) => sum + factor, 0);
      factors.forEach((factor, i) => {
        // the increment of this cycle, where it stands in the curve
        const bottom = figure.sy(before(i)),
          top = figure.sy(before(i) + factor);
        const [left, right] = [figure.sx(i + 0.5), figure.sx(i + 1.5)];
        context.globalAlpha = 0.25;
        context.fillStyle = palette.astrocyte;
        context.fillRect(left, top, right - left, bottom - top);
        context.globalAlpha = 1;
      });
      context.strokeStyle = palette.astrocyte;
      context.lineWidth = 1.8 * palette.stroke;
      path(
        context,
        Array.from(curve, (height, i) => [figure.sx(at[i] + 0.5), figure.sy(height)]),
      );
    }
    factors.forEach((factor, i) => {
      const [left, right] = [figure.sx(i + 1 - WIDE / 2), figure.sx(i + 1 + WIDE / 2)];
      const top = figure.sy(factor);
      context.globalAlpha = isPassed(scene, i + 1) ? 1 : 0.45;
      context.fillStyle = palette.astrocyte;
      context.fillRect(left, top, right - left, floor - top);
      context.globalAlpha = 1;
    });
    if (!curve) return;
    drawStrip(context, figure, scene);
    context.font = palette.font(600, 0.92);
    context.fillStyle = palette.astrocyte;
    context.textAlign = "right";
    context.textBaseline = "top";
    context.fillText(words.curve, figure.box.right - 4, figure.sy(0.94 * curve.at(-1)) + 1.2 * palette.size);
  },

  under: segmentUnder,
};

// s and p^s of the synapses, on a scale of their own, which both share.
function drawStrip(context, figure, { run, palette, words }) {
  const { curve_at: at, curve_s: drive, curve_fast: fast } = run.arrays,
    { left, right, top, height } = figure.box;
  const floor = top + STRIP * height - 0.5 * palette.size,
    most = Math.max(...drive, ...fast),
    ceiling = top + 0.4 * palette.size;
  const py = (value) => floor - (value / most) * (floor - ceiling);
  context.strokeStyle = palette.rule;
  context.lineWidth = palette.stroke;
  path(context, [
    [left, floor],
    [right, floor],
  ]);
  for (const [values, colour, dash] of [
    [drive, palette.neuron, []],
    [fast, palette.astrocyte, [3, 2]],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = palette.stroke;
    context.setLineDash(dash);
    for (let from = 0; from < values.length; from += at.length)
      path(
        context,
        Array.from(at, (t, i) => [figure.sx(t + 0.5), py(values[from + i])]),
      );
    context.setLineDash([]);
  }
  context.font = palette.font(600, 0.86);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const [text, values, colour] of [
    [words.drive, drive, palette.neuron],
    [words.fast, fast, palette.astrocyte],
  ]) {
    const half = Math.max(...values.subarray(0, at.length)) / 2;
    context.fillStyle = colour;
    context.fillText(text, left - 4, py(text === words.drive ? 2 * half : half));
  }
}
