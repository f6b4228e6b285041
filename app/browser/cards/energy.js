// The energy of a run over time: whole, in its parts, or the powers at which it is dissipated; and a badge that says whether it
// ever rose.

import { decadeTicks, roundTicks, tickTexts } from "../axes.js";
import { DASHES, dot, drawMoment, endLabels, ring } from "../curves.js";
import { make, put } from "../elements.js";
import { fill, powerOfTen, three } from "../numbers.js";

const POWER_DECADES = 12;
const ROUNDING = 1e-12; // of the largest energy: a rise within it is one of arithmetic

export const card = {
  name: "energy",
  figure: "energy",
  scrubs: true,
  view: { energy: "whole" },

  build(_body, head, stage) {
    const { words } = stage;
    const parts = stage.toggle(head, words.parts, words.parts_short, { energy: "parts" }, { energy: "whole" });
    const powers = stage.toggle(head, words.powers, words.powers_short, { energy: "powers" }, { energy: "whole" });
    const badge = make("span", { className: "gs-badge", "data-picture": "text" });
    head.append(badge);
    return { badge, parts, powers, scale: null };
  },

  fill(figure, scene, own) {
    const { run, ghosts, palette, time, words } = scene;
    const lines = energyLines(run, scene);
    const { text, fell } = judge(run, words);
    put(own.badge, text);
    own.badge.classList.toggle("gs-alarm", !fell);
    own.badge.hidden = run.largest_rise === undefined; // of a system whose energy may rise
    own.parts.hidden = !run.parts?.length;
    own.powers.hidden = !powersOf(run).length;
    const others = ghosts.flatMap((ghost) =>
      energyLines(ghost.run, scene).map((line) => ({ ...line, run: ghost.run, name: ghost.name })),
    );
    const scale = energyScale([...lines, ...others], scene.view.energy === "powers");
    own.scale = scale;
    const rows = (lines, faint) =>
      lines.map((line) => ({
        xs: time.over((line.run ?? run).t),
        ys: Float64Array.from(line.values, scale.at),
        color: line.colour,
        width: line.width * palette.stroke * (faint ? 0.8 : 1),
        dash: faint ? [6, 5] : line.dash,
        alpha: faint ? 0.5 : 1,
      }));
    const whole = scene.view.energy === "whole";
    figure.rows("whole", whole ? rows(lines) : []);
    figure.rows("parts", whole ? [] : rows(lines));
    figure.rows("ghosts", rows(others, true));
    time.dress(figure, words);
    const { start, end, ticks, labels } = scale;
    figure.range("y", start, end);
    figure.ticks(
      "y",
      ticks,
      labels,
      whole ? words.axis_energy : scene.view.energy === "parts" ? words.axis_parts : words.axis_powers,
    );
  },

  draw(context, figure, scene, { scale }) {
    if (!scale) return;
    const { run, ghosts } = scene;
    drawMoment(context, figure, scene);
    const labels = [];
    for (const line of energyLines(run, scene)) {
      const at = (position) => scale.at(run.between(line.values, position, 1, 0));
      dot(context, figure, scene, at(scene.position), line.colour, 4.5);
      labels.push({ y: at(run.last), text: line.text, colour: line.colour, weight: 600 });
    }
    for (const ghost of ghosts) {
      const position = ghost.run.positionAt(scene.t);
      energyLines(ghost.run, scene).forEach((line, i) => {
        const at = (where) => scale.at(ghost.run.between(line.values, where, 1, 0));
        ring(context, figure, scene, at(position), line.colour);
        if (i === 0) labels.push({ y: at(ghost.run.last), text: ghost.name, colour: line.colour, weight: 400 });
      });
    }
    endLabels(context, figure, scene, labels);
  },
};

const POWERS = [
  ["x", "neuron", []],
  ["p", "astrocyte", [7, 3]],
]; // whose it is, its hue, its dash

function powersOf(run) {
  return POWERS.filter(([name]) => `power_${name}` in run.arrays);
}

function energyLines(run, scene) {
  const { palette, words } = scene;
  if (scene.view.energy === "parts") {
    const looks = { divergence: [palette.astrocyte, []], neurons: [palette.neuron, []] };
    return (run.parts ?? []).map((part, i) => {
      const [colour, dash] = looks[part] ?? [palette.ink, DASHES[1 + (i % 4)]];
      return { values: run.part(i), colour, dash, width: 2, text: words.energy_parts?.[part] ?? part };
    });
  }
  if (scene.view.energy === "powers") {
    return powersOf(run).map(([name, hue, dash]) => ({
      values: run.arrays[`power_${name}`],
      colour: palette[hue],
      dash,
      width: 2.2,
      text: words[`power_${hue}s`],
    }));
  }
  return [{ values: run.arrays.energy, colour: palette.ink, dash: [], width: 2.8, text: words.energy_whole }];
}

function energyScale(lines, log) {
  let low = Infinity,
    high = -Infinity;
  for (const { values } of lines) {
    for (const value of values) {
      if (Number.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }
  if (!Number.isFinite(low)) {
    low = 0;
    high = 1;
  }
  if (log) {
    const end = high > 0 ? Math.ceil(Math.log10(high)) : 0;
    const start = end - POWER_DECADES;
    const ticks = decadeTicks(start, end, 4);
    return { start, end, ticks, labels: ticks.map(powerOfTen), at: (v) => Math.log10(Math.max(v, 10 ** start)) };
  }
  const room = 0.06 * (high - low || Math.abs(high) || 1);
  const start = low - room,
    end = high + room;
  const ticks = roundTicks(start, end, 4);
  return { start, end, ticks, labels: tickTexts(ticks), at: (v) => v };
}

function judge(run, words) {
  const size = run.arrays.energy.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const template =
    run.largest_rise === 0 ? words.badge_fell : run.largest_rise <= ROUNDING * size ? words.badge_rounding : words.badge_rose;
  return { text: fill(template, { rise: three(run.largest_rise) }), fell: run.largest_rise <= ROUNDING * size };
}
