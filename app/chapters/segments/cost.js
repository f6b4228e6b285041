// What attention costs as a segment grows: measured times over its length, both on scales of exponents.

import { decadeTicks } from "../../browser/axes.js";
import { endLabels } from "../../browser/curves.js";
import { make, put } from "../../browser/elements.js";
import { fill, powerOfTen } from "../../browser/numbers.js";
import { path } from "./plots.js";

const LEFT = 4.2,
  RIGHT = 9, // room for names
  BOTTOM = 3.1,
  LOW = 1.7, // the same without a title,
  FLAT = 9; // in a card that is not higher; all by the size of the type
const KINDS = ["softmax", "linear", "astro"]; // the last one lies above the others

export const card = {
  name: "cost",
  figure: "cost",

  build(_body, head) {
    const said = make("span", { "data-picture": "text" });
    head.append(make("span", { className: "gs-note" }, said));
    return { said };
  },

  fill(figure, scene, { said }) {
    const { run, words } = scene,
      { lengths, seconds, machine } = run.cost;
    const { type, host } = figure,
      flat = host.clientHeight < FLAT * type;
    figure.borders(LEFT * type, Math.min(RIGHT * type, 0.36 * host.clientWidth), (flat ? LOW : BOTTOM) * type);
    const powers = Object.values(seconds).flat().map(milliseconds);
    const along = lengths.map(Math.log10);
    const [low, high] = [Math.min(...powers), Math.max(...powers)];
    figure.range("x", along[0], along.at(-1));
    figure.range("y", low - 0.15, high + 0.15);
    const x = decadeTicks(along[0], along.at(-1), 4),
      y = decadeTicks(low, high, Math.max(2, Math.min(5, figure.fitting("y"))), 0);
    figure.ticks("x", x, x.map(powerOfTen), flat ? null : words.axis_length);
    figure.ticks("y", y, y.map(powerOfTen), words.axis_time);
    put(said, fill(words.measured_on, { machine }));
    said.parentElement.title = said.textContent; // where there is no room for the whole name
  },

  draw(context, figure, { run, palette, words, ...scene }) {
    const { lengths, seconds, slopes } = run.cost;
    const colours = { softmax: palette.ink, linear: palette.soft, astro: palette.astrocyte };
    const labels = KINDS.map((kind) => {
      const colour = colours[kind],
        points = seconds[kind].map((time, i) => [figure.sx(Math.log10(lengths[i])), figure.sy(milliseconds(time))]);
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = (kind === "linear" ? 1.2 : 2) * palette.stroke;
      context.setLineDash(kind === "linear" ? [4, 3] : []);
      path(context, points);
      context.setLineDash([]);
      for (const [px, py] of points) {
        context.beginPath();
        context.arc(px, py, 2 * palette.stroke, 0, 2 * Math.PI);
        context.fill();
      }
      const text = fill(words.costs[kind], { slope: slopes[kind].toFixed(2) });
      return { kind, y: milliseconds(seconds[kind].at(-1)), text, brief: words.attentions[kind], colour, weight: 600 };
    });
    const named = labels.filter(({ kind }) => kind !== "linear"); // which lies on the astrocyte's; the legend names it
    endLabels(context, figure, { ...scene, run, palette, words }, named);
  },
};

// The exponent of a time in milliseconds.
function milliseconds(time) {
  return Math.log10(1000 * time);
}
