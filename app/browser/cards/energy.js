// The energy of a run over time: whole, in its parts, or the powers at which it is dissipated; and a badge that says whether it
// ever rose.

import { decadeTicks, roundTicks, tickTexts } from "../axes.js";
import { DASHES, dot, drawMoment, endLabels, ghostMark } from "../curves.js";
import { make, put } from "../elements.js";
import { fill, powerOfTen, three } from "../numbers.js";

const POWER_DECADES = 12;

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
    return { badge, parts, powers, scale: null, lines: [], others: [] };
  },

  fill(figure, scene, own) {
    const { run, ghosts, palette, time, words } = scene;
    const lines = energyLines(run, scene);
    const rose = run.largest_rise > 0; // core tells a rise from one of rounding
    const [fell, risen] =
      run.segments.length > 1 ? [words.badge_fell_between, words.badge_rose_between] : [words.badge_fell, words.badge_rose];
    put(own.badge, fill(rose ? risen : fell, { rise: three(run.largest_rise) }));
    own.badge.classList.toggle("gs-alarm", rose);
    own.badge.hidden = run.largest_rise === undefined; // of a system whose energy may rise
    own.parts.hidden = !run.parts?.length;
    own.powers.hidden = !powersOf(run).length;
    const others = ghosts.flatMap((ghost) =>
      energyLines(ghost.run, scene).map((line, i) => ({
        ...line,
        run: ghost.run,
        look: ghost.look,
        name: i === 0 ? ghost.name : "",
      })),
    );
    const wanted = Math.max(2, Math.min(4, figure.fitting("y") - 1));
    const powers = scene.view.energy === "powers";
    const pieces = powers ? [[0, run.frames]] : piecesOf(run);
    const scales = pieces.map(([from, to], i) => {
      const shown = lines.map((line) => line.values.subarray(from, to));
      return energyScale(i ? shown : [...shown, ...others.map((line) => line.values)], powers, wanted);
    });
    const scale = scales.length === 1 ? scales[0] : oneAboutTheOther(pieces, scales);
    Object.assign(own, { scale, lines, others, piece: 0 });
    // A line is broken where L becomes another function: the step from one to the other is nobody's rise or fall.
    const rows = (lines, faint) =>
      lines.flatMap((line) =>
        (powers ? [[0, line.values.length]] : piecesOf(line.run ?? run)).map(([from, to]) => ({
          xs: time.over((line.run ?? run).t.subarray(from, to)),
          ys: Float64Array.from(line.values.subarray(from, to), (value, i) => scale.at(value, faint ? 0 : from + i)),
          color: line.colour,
          width: line.width * palette.stroke * (faint ? 0.8 : 1),
          dash: faint ? line.look.dash : line.dash,
          alpha: faint ? 0.5 : 1,
        })),
      );
    const whole = scene.view.energy === "whole";
    figure.rows("whole", whole ? rows(lines) : []);
    figure.rows("parts", whole ? [] : rows(lines));
    figure.rows("ghosts", rows(others, true));
    time.dress(figure, words);
    figure.range("y", scale.start, scale.end);
    own.title = whole ? words.axis_energy : powers ? words.axis_powers : words.axis_parts;
    own.piece = null;
    this.tell(scene, own, figure);
  },

  // The numbers along the axis are those of the piece on show.
  tell(scene, own, figure = own.figure) {
    own.figure = figure;
    if (!own.scale || !figure) return;
    const piece = own.scale.pieceAt?.(scene.frame) ?? own.scale;
    if (piece === own.piece) return;
    own.piece = piece;
    figure.ticks("y", piece.ticks, piece.labels, own.title);
  },

  draw(context, figure, scene, { scale, lines, others }) {
    if (!scale) return;
    const { run, words } = scene;
    drawMoment(context, figure, scene, ({ new_energy: another }) =>
      another && scale.pieceAt ? [words.bend_energy, words.bend_energy_short, words.bend] : [words.bend],
    );
    const labels = [];
    const ends = new Set(piecesOf(run).map(([, to]) => to - 1)); // there is nothing between the end of one L and another
    for (const line of others) {
      const at = (position) => scale.at(line.run.between(line.values, position, 1, 0), 0);
      ghostMark(context, figure, scene, at(line.run.positionAt(scene.t)), line.colour, line.look);
      const { shape } = line.look;
      if (line.name) labels.push({ y: at(line.run.last), text: line.name, colour: line.colour, weight: 400, shape });
    }
    for (const line of lines) {
      const at = (position) => scale.at(run.between(line.values, position, 1, 0), position);
      dot(context, figure, scene, at(ends.has(scene.frame) ? scene.frame : scene.position), line.colour, 4.5);
      labels.push({ y: at(run.last), text: line.text, colour: line.colour, weight: 600 });
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

// From which frame to which L is one function.
function piecesOf(run) {
  const starts = run.segments.filter((segment) => segment.new_energy).map((segment) => segment.start);
  return [0, ...starts].map((from, i) => [from, starts[i] ?? run.frames]);
}

// Each piece fills the height by itself: its values are of another function, and no scale of both can be read.
function oneAboutTheOther(pieces, scales) {
  const index = (position) => pieces.findLastIndex(([from]) => from <= position);
  const fitted = scales.map(({ start, end, ticks, labels }) => {
    const at = (value) => (value - start) / (end - start);
    return { at, ticks: ticks.map(at), labels };
  });
  return {
    start: 0,
    end: 1,
    at: (value, position) => fitted[index(position)].at(value),
    pieceAt: (position) => fitted[index(position)],
  };
}

function energyScale(lines, log, wanted) {
  let low = Infinity,
    high = -Infinity;
  for (const values of lines) {
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
    const ticks = decadeTicks(start, end, wanted);
    return { start, end, ticks, labels: ticks.map(powerOfTen), at: (v) => Math.log10(Math.max(v, 10 ** start)) };
  }
  const room = 0.06 * (high - low || Math.abs(high) || 1);
  const start = low - room,
    end = high + room;
  const ticks = roundTicks(start, end, wanted);
  return { start, end, ticks, labels: tickTexts(ticks), at: (v) => v };
}
