// The energy of a run over time: whole, in its parts, or the powers at which it is dissipated; and a badge that says whether it
// ever rose.

import { decadeTicks, roundTicks, tickTexts } from "../axes.js";
import { DASHES, dot, drawMoment, endLabels, ghostMark } from "../curves.js";
import { make, put } from "../elements.js";
import { fill, powerOfTen, three } from "../numbers.js";

const POWER_DECADES = 12;
const OTHER_PIECE = 0.35; // how strong a piece of the energy is drawn that is on another scale than the axis

export const card = {
  name: "energy",
  figure: "energy",
  scrubs: true,
  view: { energy: "whole" },

  build(_body, head, stage) {
    const { words } = stage;
    const views = make("span", { className: "gs-switches" });
    const parts = stage.toggle(views, words.parts, words.parts_short, { energy: "parts" }, { energy: "whole" });
    const powers = stage.toggle(views, words.powers, words.powers_short, { energy: "powers" }, { energy: "whole" });
    const [said, more] = [make("span"), make("span", { className: "gs-badge-more" })];
    const badge = make("span", { className: "gs-badge", "data-picture": "text" }, said, more);
    head.append(views, badge);
    return { badge, said, more, parts, powers, scaleAt: null, lines: [], others: [] };
  },

  fill(figure, scene, own) {
    const { run, ghosts, palette, time, words } = scene;
    const lines = energyLines(run, scene);
    const rose = run.largest_rise > 0; // core tells a rise from one of rounding
    const [fell, risen] =
      run.segments.length > 1 ? [words.badge_fell_between, words.badge_rose_between] : [words.badge_fell, words.badge_rose];
    const [said, more] = rose ? risen : fell;
    put(own.said, fill(said, { rise: three(run.largest_rise) }));
    put(own.more, more ?? "");
    own.badge.classList.toggle("gs-alarm", rose);
    own.badge.hidden = run.largest_rise === undefined; // of a system whose energy may rise
    own.parts.hidden = !run.parts?.length;
    own.powers.hidden = !powersOf(run).length;
    const wanted = Math.max(2, Math.min(4, figure.fitting("y") - 1));
    const powers = scene.view.energy === "powers";
    const shown = [{ run, lines }, ...ghosts.map((ghost) => ({ ...ghost, lines: energyLines(ghost.run, scene) }))].map((one) => ({
      ...one,
      pieces: powers ? [[0, one.run.frames]] : piecesOf(one.run),
    }));
    const first = shown.flatMap(({ lines, pieces }) => lines.map(({ values }) => values.subarray(...pieces[0])));
    const common = energyScale(first, powers, wanted);
    // A line is broken where L becomes another function: the step from one to the other is nobody's rise or fall.
    const placed = shown.map(({ run, lines, pieces, look, name }) => {
      const scale = pieceByPiece(pieces, lines, common, wanted);
      return lines.map((line, i) => ({ ...line, run, look, pieces, scale, name: i === 0 ? name : "" }));
    });
    const [mine, ...others] = placed;
    Object.assign(own, { lines: mine, others: others.flat(), scaleAt: mine[0]?.scale ?? (() => common) });
    const rows = (lines, faint) =>
      lines.flatMap((line) =>
        line.pieces.map(([from, to]) => ({
          xs: time.over(line.run.t.subarray(from, to)),
          ys: Float64Array.from(line.values.subarray(from, to), line.scale(from).at),
          color: line.colour,
          width: line.width * palette.stroke * (faint ? 0.8 : 1),
          dash: faint ? line.look.dash : line.dash,
          alpha: faint ? 0.5 : line.scale(from) === own.piece ? 1 : OTHER_PIECE,
        })),
      );
    const whole = scene.view.energy === "whole";
    own.drawPieces = () => {
      figure.rows("whole", whole ? rows(mine) : []);
      figure.rows("parts", whole ? [] : rows(mine));
    };
    figure.rows("ghosts", rows(own.others, true));
    time.dress(figure, words);
    figure.range("y", common.start, common.end);
    own.title = whole ? words.axis_energy : powers ? words.axis_powers : words.axis_parts;
    own.piece = null;
    this.tell(scene, own, figure);
  },

  // The numbers along the axis are those of the piece on show; pieces of which they are not are paler.
  tell(scene, own, figure = own.figure) {
    own.figure = figure;
    own.badge.style.visibility = scene.until(scene.run) < scene.run.last ? "hidden" : ""; // it is about the whole run
    if (!own.scaleAt || !figure) return;
    const piece = own.scaleAt(scene.frame);
    if (piece === own.piece) return;
    own.piece = piece;
    own.drawPieces();
    figure.ticks("y", piece.ticks, piece.labels, own.title);
  },

  draw(context, figure, scene, { lines, others }) {
    const { run, words, view } = scene;
    const bent = ({ new_energy: another }) =>
      another && view.energy !== "powers" ? [words.bend_energy, words.bend_energy_short, words.bend] : [words.bend];
    drawMoment(context, figure, scene, bent, "top"); // it has fallen
    const labels = [];
    const valueAt = (line, position) => line.scale(position).at(line.run.between(line.values, position, 1, 0));
    for (const line of others) {
      const now = line.run.positionAt(scene.t);
      const { shape } = line.look;
      ghostMark(context, figure, scene, valueAt(line, now), line.colour, line.look);
      const y = valueAt(line, scene.until(line.run));
      if (line.name) labels.push({ y, text: line.name, colour: line.colour, weight: 400, shape });
    }
    const ends = new Set(piecesOf(run).map(([, to]) => to - 1)); // there is nothing between the end of one L and another
    const here = ends.has(scene.frame) ? scene.frame : scene.position;
    for (const line of lines) {
      dot(context, figure, scene, valueAt(line, here), line.colour, 4.5);
      labels.push({ y: valueAt(line, scene.hides ? here : run.last), text: line.text, colour: line.colour, weight: 600 });
    }
    endLabels(context, figure, scene, labels);
  },
};

// Of each variable of a system: its hue and its dash.
const POWERS = { x: ["neuron", []], p: ["astrocyte", [7, 3]], q: ["neuron", []], r: ["astrocyte", [7, 3]], s: ["ink", [2, 3]] };

function powersOf(run) {
  return Object.entries(POWERS).filter(([name]) => `power_${name}` in run.arrays);
}

function energyLines(run, scene) {
  const { palette, words } = scene;
  if (scene.view.energy === "parts") {
    const looks = {
      divergence: [palette.astrocyte, []],
      neurons: [palette.neuron, []],
      context: [palette.astrocyte, []],
      query: [palette.neuron, []],
    };
    return (run.parts ?? []).map((part, i) => {
      const [colour, dash] = looks[part] ?? [palette.ink, DASHES[1 + (i % 4)]];
      return { values: run.part(i), colour, dash, width: 2, text: words.energy_parts?.[part] ?? part };
    });
  }
  if (scene.view.energy === "powers") {
    return powersOf(run).map(([name, [hue, dash]]) => ({
      values: run.arrays[`power_${name}`],
      colour: palette[hue],
      dash,
      width: 2.2,
      text: words.powers_of[name],
    }));
  }
  return [{ values: run.arrays.energy, colour: palette.ink, dash: [], width: 2.8, text: words.energy_whole }];
}

// From which frame to which L is one function.
function piecesOf(run) {
  const starts = run.segments.filter((segment) => segment.new_energy).map((segment) => segment.start);
  return [0, ...starts].map((from, i) => [from, starts[i] ?? run.frames]);
}

// The scale at a position of a run: the common one, and behind a bend one that fills the same height by itself, as its values are of
// another function and no scale of both could be read.
function pieceByPiece(pieces, lines, common, wanted) {
  const scales = pieces.map(([from, to], i) => {
    if (i === 0) return common;
    const values = lines.map((line) => line.values.subarray(from, to));
    const { start, end, ticks, labels } = energyScale(values, false, wanted);
    const at = (value) => common.start + ((common.end - common.start) * (value - start)) / (end - start);
    return { at, ticks: ticks.map(at), labels };
  });
  return (position) => scales[pieces.findLastIndex(([from]) => from <= position)];
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
    const top = high > 0 ? Math.ceil(Math.log10(high)) : 0;
    const start = top - POWER_DECADES;
    const ticks = decadeTicks(start, top, wanted);
    return { start, end: top + 0.3, ticks, labels: ticks.map(powerOfTen), at: (v) => Math.log10(Math.max(v, 10 ** start)) };
  }
  const room = 0.06 * (high - low || Math.abs(high) || 1);
  const start = low - room,
    end = high + room;
  const ticks = roundTicks(start, end, wanted);
  return { start, end, ticks, labels: tickTexts(ticks), at: (v) => v };
}
