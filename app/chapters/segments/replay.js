// The way back: the length of the gradient on the memory before each segment, on a scale of exponents; red where the printed
// algorithm, taken literally, has another.

import { make, put } from "../../browser/elements.js";
import { mark } from "../../browser/marks.js";
import { choice } from "./choice.js";
import { isPassed, lightSegment, path, power, powerAxis, segmentAxis, segmentUnder, strength } from "./plots.js";

const WIDE = 0.56,
  ALIKE = 1e-9;

export const card = {
  name: "replay",
  figure: "replay",

  build(_body, head, stage) {
    const { words } = stage;
    const follow = choice(stage, head, "method", words.method, words.methods);
    const said = make("span", { "data-picture": "text" });
    head.append(make("span", { className: "gs-note" }, said));
    return { said, follow };
  },

  fill(figure, scene, { follow }) {
    const { run, words } = scene;
    follow(scene);
    segmentAxis(figure, scene);
    powerAxis(figure, [...run.arrays.all_slope, ...run.arrays.all_literal_slope], words.axis_slope);
  },

  draw(context, figure, scene) {
    const { run, palette } = scene;
    const { all_slope: slopes, all_literal_slope: literal } = run.arrays;
    lightSegment(context, figure, scene);
    const { bottom } = figure.box;
    slopes.forEach((slope, i) => {
      const x = figure.sx(i + 1),
        half = (figure.sx(i + 1 + WIDE / 2) - figure.sx(i + 1 - WIDE / 2)) / 2;
      const top = figure.sy(power(slope)),
        other = figure.sy(power(literal[i]));
      context.globalAlpha = strength(scene, isPassed(scene, i + 1, true));
      context.fillStyle = palette.neuron;
      context.fillRect(x - half, top, 2 * half, bottom - top);
      if (Math.abs(literal[i] - slope) > ALIKE * Math.max(literal[i], slope)) {
        context.strokeStyle = palette.wrong;
        context.lineWidth = 1.6 * palette.stroke;
        path(context, [
          [x, top],
          [x, other],
        ]);
        mark(context, [x, other], "diamond", 3.6 * palette.stroke, palette.paper, palette.wrong, 1.8 * palette.stroke);
      }
      context.globalAlpha = 1;
    });
  },

  under: segmentUnder,

  tell({ run, frame, words }, { said }) {
    put(said, run.isBack(frame) ? words.walk_back : words.walk_waits);
  },
};
