// What is left of the first segment's memory: the product of all retention factors so far, under the line that no curve can pass
// whose sum is 1.

import { endLabels } from "../../browser/curves.js";
import { mark } from "../../browser/marks.js";
import { isPassed, lightSegment, path, power, powerAxis, segmentAxis, segmentUnder, strength } from "./plots.js";

const NAMES = 6.6; // room at the right, by the size of the type

export const card = {
  name: "product",
  figure: "product",

  fill(figure, scene) {
    const { run, ghosts, words } = scene;
    segmentAxis(figure, scene, NAMES);
    const values = [run, ...ghosts.map((ghost) => ghost.run)].flatMap((one) => [...one.arrays.all_product]);
    powerAxis(figure, [...values, ...run.arrays.bound], words.axis_product);
  },

  draw(context, figure, scene) {
    const { run, ghosts, palette, words } = scene;
    lightSegment(context, figure, scene);
    const points = (values) => Array.from(values, (value, i) => [figure.sx(i + 1), figure.sy(power(value))]);
    const labels = [];
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.4 * palette.stroke;
    context.setLineDash([3, 3]);
    const seen = (of) => (scene.hides && !run.isBack(scene.frame) ? Math.min(of.T, run.place(scene.frame)) : of.T); // segments
    path(context, points(run.arrays.bound).slice(0, seen(run)));
    labels.push({ y: power(run.arrays.bound[seen(run) - 1]), text: words.bound, colour: palette.ink, weight: 400 });
    for (const { name, run: other, look } of ghosts) {
      context.strokeStyle = palette.soft;
      context.setLineDash(look.dash);
      context.globalAlpha = 0.6;
      const line = points(other.arrays.all_product).slice(0, seen(other));
      path(context, line);
      context.setLineDash([]);
      context.globalAlpha = 1;
      const at = Math.min(other.T, run.place(scene.frame)) - 1;
      mark(context, line[at], look.shape, 3.6 * palette.stroke, palette.paper, palette.soft, 1.4 * palette.stroke);
      labels.push({
        y: power(other.arrays.all_product[seen(other) - 1]),
        text: name,
        colour: palette.soft,
        weight: 400,
        shape: look.shape,
      });
    }
    context.setLineDash([]);
    const own = points(run.arrays.all_product);
    context.strokeStyle = palette.astrocyte;
    context.lineWidth = 2.4 * palette.stroke;
    own.slice(1).forEach((to, i) => {
      context.globalAlpha = strength(scene, isPassed(scene, i + 2));
      path(context, [own[i], to]);
    });
    own.forEach(([x, y], i) => {
      context.globalAlpha = strength(scene, isPassed(scene, i + 1));
      context.fillStyle = palette.astrocyte;
      context.beginPath();
      context.arc(x, y, (i + 1 === run.place(scene.frame) ? 5 : 3) * palette.stroke, 0, 2 * Math.PI);
      context.fill();
    });
    context.globalAlpha = 1;
    labels.push({
      y: power(run.arrays.all_product[seen(run) - 1]),
      text: words.this_run,
      colour: palette.astrocyte,
      weight: 700,
    });
    endLabels(context, figure, scene, labels);
  },

  under: segmentUnder,
};
