// The gates of all patterns as bars, one category beside the other: what the context lifts, and what the loop adds to the leader.

import { roundTicks, tickTexts } from "../../browser/axes.js";

export const card = {
  name: "gates",
  figure: "gates",

  fill(figure, scene) {
    const { run, palette, words } = scene;
    let [low, high] = [0, 0.1];
    for (const value of run.arrays.s) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const room = 0.12 * (high - low);
    figure.borders(3.6 * palette.size, 0.8 * palette.size, 2.1 * palette.size);
    figure.range("x", -0.7, run.K - 0.3);
    figure.range("y", low - (low < 0 ? room : 0), high + room);
    const ticks = roundTicks(low, high, Math.max(1, Math.min(4, figure.fitting("y") - 1)));
    figure.ticks("y", ticks, tickTexts(ticks), words.axis_gate);
    figure.ticks("x", [], [], null);
  },

  draw(context, figure, scene) {
    const { run, palette, position, hover, words } = scene;
    const { bottom } = figure.box;
    const zero = figure.sy(0);
    const width = Math.max(1, 0.72 * (figure.sx(1) - figure.sx(0)));
    context.textBaseline = "top";
    context.textAlign = "center";
    const names = [];
    run.byCategory.forEach((pattern, place) => {
      const x = figure.sx(place),
        y = figure.sy(run.gate(pattern, position));
      const named = pattern === run.target || pattern === run.other || pattern === hover;
      context.fillStyle = pattern === run.target ? palette.astrocyte : pattern === run.other ? palette.soft : palette.crowd;
      context.fillRect(x - width / 2, Math.min(y, zero), width, Math.max(1, Math.abs(zero - y)));
      if (!named) return;
      names.push({ text: run.brief(pattern), x, weight: pattern === run.target ? 700 : 400 });
    });
    // Neighbours whose names would touch are named together.
    context.fillStyle = palette.ink;
    for (const [i, { text, x, weight }] of names.entries()) {
      const next = names[i + 1];
      context.font = palette.font(weight, 0.9);
      const close =
        next && next.x - x < (context.measureText(text).width + context.measureText(next.text).width) / 2 + 0.4 * palette.size;
      if (close) names[i + 1] = { text: `${text}, ${next.text}`, x: (x + next.x) / 2, weight };
      else context.fillText(text, x, bottom + 3);
    }
    // Categories by name under their bars, where they are two.
    if (run.settings.family !== "glyphs") return;
    context.font = palette.font(400, 0.85);
    context.fillStyle = palette.soft;
    const { category } = run.arrays;
    for (const [kind, name] of ["letters", "digits"].entries()) {
      const places = run.byCategory.flatMap((pattern, place) => (category[pattern] === kind ? [place] : []));
      const middle = (figure.sx(places[0]) + figure.sx(places.at(-1))) / 2;
      context.fillText(words.contexts[name], middle, bottom + 3 + 1.05 * palette.size);
    }
  },

  under(figure, { run }, px) {
    return run.byCategory[Math.round(figure.ux(px))] ?? null;
  },
};
