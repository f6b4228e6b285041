// The two plots over time: overlaps with the memories, and the Lyapunov energy with its parts and powers.

import { fill, powerOfTen, roundTicks, three, tickTexts } from "./numbers.js";

const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4]];
const POWER_DECADES = 12;

// Time as the plots see it; logarithms are ours, the axis stays linear (see figures.py).
export class TimeScale {
  constructor(scene) {
    this.log = scene.view.time === "log";
    const runs = [scene.run, ...scene.ghosts.map((ghost) => ghost.run)];
    this.horizon = Math.max(...runs.map((run) => Math.max(Number(run.settings.horizon) || 0, run.t[run.last])));
    const earliest = Math.min(...runs.map((run) => run.t.find((t) => t > 0) ?? 1));
    this.floor = Math.min(-3, Math.floor(Math.log10(earliest)));
  }

  at(t) { return this.log ? Math.log10(Math.max(t, 10 ** this.floor)) : t; }
  of(u) { return this.log ? (u <= this.floor ? 0 : 10 ** u) : u; }
  over(times) { return Float64Array.from(times, (t) => this.at(t)); }

  dress(figure, words) {
    if (!this.log) {
      const ticks = roundTicks(0, this.horizon, 5);
      figure.range("x", 0, this.horizon);
      return figure.ticks("x", ticks, tickTexts(ticks), words.axis_time);
    }
    const end = Math.log10(this.horizon);
    const every = Math.ceil((end - this.floor) / 6);
    const ticks = [], minor = [];
    for (let decade = this.floor; decade <= end + 1e-9; decade++) {
      if ((decade - this.floor) % every === 0) ticks.push(decade);
      for (let digit = 2; digit < 10; digit++) {
        const u = decade + Math.log10(digit);
        if (u <= end) minor.push(u);
      }
    }
    figure.range("x", this.floor, end);
    figure.ticks("x", ticks, ticks.map((u) => (u === this.floor ? "0" : powerOfTen(u))), words.axis_log_time, minor);
  }
}

export function fillOverlaps(figure, scene) {
  const {run, ghosts, palette, time, words} = scene;
  const xs = time.over(run.t);
  const crowd = [];
  for (let memory = 0; memory < run.K; memory++) {
    if (run.place.has(memory)) continue;
    crowd.push({xs, ys: run.overlaps(memory), color: palette.crowd, width: 1, alpha: 0.55});
  }
  figure.lines("crowd", crowd);
  figure.lines("rivals", run.leaders.slice(1).map((memory, i) => ({
    xs, ys: run.overlaps(memory), color: palette.rival, width: 1.4 * palette.stroke, dash: DASHES[i % DASHES.length],
  })));
  figure.lines("target", [
    {xs, ys: run.overlaps(run.target), color: palette.neuron, width: 3.2 * palette.stroke},
  ]);
  figure.lines("ghosts", ghosts.map((ghost) => ({
    xs: time.over(ghost.run.t), ys: ghost.run.overlaps(ghost.run.target), color: palette.neuron,
    width: 2.2 * palette.stroke, dash: [6, 5], alpha: 0.55,
  })));
  time.dress(figure, words);
  figure.ticks("y", [-1, -0.5, 0, 0.5, 1], ["−1", "−0.5", "0", "0.5", "1"], words.axis_overlap);
}

export function drawOverlaps(context, figure, scene) {
  const {run, ghosts, palette, hover} = scene;
  veil(context, figure, scene);
  bends(context, figure, scene);
  cursor(context, figure, scene);
  const labels = ghosts.map((ghost) => ({
    y: ghost.run.value("overlaps", ghost.run.target, ghost.run.last), text: ghost.name, colour: palette.neuron, weight: 400,
  }));
  for (const memory of [...run.leaders].reverse()) {
    const leads = memory === run.target;
    const colour = memory === hover ? palette.ink : leads ? palette.neuron : palette.rival;
    dot(context, figure, scene, run.value("overlaps", memory, scene.position), colour, leads ? 5 : 2.6);
    labels.push({y: run.value("overlaps", memory, run.last), text: scene.name(memory), colour, weight: leads ? 700 : 400});
  }
  for (const ghost of ghosts) {
    const position = ghost.run.positionAt(scene.t);
    ring(context, figure, scene, ghost.run.value("overlaps", ghost.run.target, position), palette.neuron);
  }
  if (hover !== null) {
    trace(context, figure, scene, run.overlaps(hover), palette.ink, 2.6);
    if (!run.place.has(hover)) {
      labels.push({y: run.value("overlaps", hover, run.last), text: scene.name(hover), colour: palette.ink, weight: 700});
    }
  }
  endLabels(context, figure, scene, labels);
}

// The memory whose line passes nearest under the pointer, or null when none is near.
export function memoryUnder(figure, scene, px, py) {
  const {run, time} = scene;
  const position = run.positionAt(time.of(figure.ux(px)));
  let best = null, distance = 14;
  for (let memory = 0; memory < run.K; memory++) {
    const lead = run.place.has(memory) ? 2 : 0; // a named line is easier to catch than one of the crowd
    const away = Math.abs(figure.sy(run.value("overlaps", memory, position)) - py) - lead;
    if (away < distance) { best = memory; distance = away; }
  }
  return best;
}

function energyLines(run, scene) {
  const {palette, words} = scene;
  if (scene.view.energy === "parts") {
    const looks = {divergence: [palette.astrocyte, []], neurons: [palette.neuron, []]};
    return run.parts.map((part, i) => {
      const [colour, dash] = looks[part] ?? [palette.ink, DASHES[1 + (i % 4)]];
      return {values: run.part(i), colour, dash, width: 2, text: words.energy_parts[part] ?? part};
    });
  }
  if (scene.view.energy === "powers") {
    return [
      {values: run.arrays.power_x, colour: palette.neuron, dash: [], width: 2.2, text: words.power_neurons},
      {values: run.arrays.power_p, colour: palette.astrocyte, dash: [7, 3], width: 2.2, text: words.power_astrocytes},
    ];
  }
  return [{values: run.arrays.energy, colour: palette.ink, dash: [], width: 2.8, text: words.energy_whole}];
}

export function fillEnergy(figure, scene) {
  const {run, ghosts, palette, time, words} = scene;
  const own = energyLines(run, scene);
  const others = ghosts.flatMap((ghost) => energyLines(ghost.run, scene).map((line) => ({...line, run: ghost.run, name: ghost.name})));
  scene.energyScale = energyScale([...own, ...others], scene.view.energy === "powers");
  const rows = (lines, faint) => lines.map((line) => ({
    xs: time.over((line.run ?? run).t), ys: Float64Array.from(line.values, scene.energyScale.at), color: line.colour,
    width: line.width * palette.stroke * (faint ? 0.8 : 1), dash: faint ? [6, 5] : line.dash, alpha: faint ? 0.5 : 1,
  }));
  const whole = scene.view.energy === "whole";
  figure.lines("whole", whole ? rows(own) : []);
  figure.lines("parts", whole ? [] : rows(own));
  figure.lines("ghosts", rows(others, true));
  time.dress(figure, words);
  const {start, end, ticks, labels} = scene.energyScale;
  figure.range("y", start, end);
  figure.ticks("y", ticks, labels, whole ? words.axis_energy : scene.view.energy === "parts" ? words.axis_parts : words.axis_powers);
}

function energyScale(lines, log) {
  let low = Infinity, high = -Infinity;
  for (const {values} of lines) {
    for (const value of values) {
      if (Number.isFinite(value)) { low = Math.min(low, value); high = Math.max(high, value); }
    }
  }
  if (!Number.isFinite(low)) { low = 0; high = 1; }
  if (log) {
    const end = high > 0 ? Math.ceil(Math.log10(high)) : 0;
    const start = end - POWER_DECADES;
    const ticks = [0, 1, 2, 3, 4].map((i) => start + (i * POWER_DECADES) / 4);
    return {start, end, ticks, labels: ticks.map(powerOfTen), at: (v) => Math.log10(Math.max(v, 10 ** start))};
  }
  const room = 0.06 * (high - low || Math.abs(high) || 1);
  const start = low - room, end = high + room;
  const ticks = roundTicks(start, end, 4);
  return {start, end, ticks, labels: tickTexts(ticks), at: (v) => v};
}

export function drawEnergy(context, figure, scene) {
  if (!scene.energyScale) return;
  const {run, ghosts} = scene;
  veil(context, figure, scene);
  bends(context, figure, scene);
  cursor(context, figure, scene);
  const labels = [];
  for (const line of energyLines(run, scene)) {
    const at = (position) => scene.energyScale.at(run.between(line.values, position, 1, 0));
    dot(context, figure, scene, at(scene.position), line.colour, 4.5);
    labels.push({y: at(run.last), text: line.text, colour: line.colour, weight: 600});
  }
  for (const ghost of ghosts) {
    const position = ghost.run.positionAt(scene.t);
    energyLines(ghost.run, scene).forEach((line, i) => {
      const at = (where) => scene.energyScale.at(ghost.run.between(line.values, where, 1, 0));
      ring(context, figure, scene, at(position), line.colour);
      if (i === 0) labels.push({y: at(ghost.run.last), text: ghost.name, colour: line.colour, weight: 400});
    });
  }
  endLabels(context, figure, scene, labels);
}

// What has not happened yet is veiled, so that curves seem to be drawn by the clock.
function veil(context, figure, scene) {
  const {left, right, top, height} = figure.box;
  const from = Math.max(left, figure.sx(scene.time.at(scene.t)));
  if (from >= right) return;
  context.globalAlpha = 0.7;
  context.fillStyle = scene.palette.paper;
  context.fillRect(from, top + 1, right - from + 1, height - 2);
  context.globalAlpha = 1;
}

function cursor(context, figure, scene) {
  const {left, right, top, bottom} = figure.box;
  const x = figure.sx(scene.time.at(scene.t));
  if (x < left - 1 || x > right + 1) return;
  context.strokeStyle = scene.palette.ink;
  context.lineWidth = 1.5 * scene.palette.stroke;
  line(context, [[x, top], [x, bottom]]);
}

// Where a steered run was bent, in both plots: a dotted line and a notch.
function bends(context, figure, scene) {
  const {top, bottom} = figure.box;
  for (const {t} of scene.run.segments.slice(1)) {
    const x = figure.sx(scene.time.at(t));
    context.strokeStyle = context.fillStyle = scene.palette.soft;
    context.lineWidth = scene.palette.stroke;
    context.setLineDash([2, 3]);
    line(context, [[x, top], [x, bottom]]);
    context.setLineDash([]);
    context.font = scene.palette.font(400, 0.85);
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillText(scene.words.bend, x + 4, top + 2);
  }
}

function dot(context, figure, scene, value, colour, radius) {
  const x = figure.sx(scene.time.at(scene.t)), y = figure.sy(value);
  if (!inside(figure, x, y)) return;
  context.fillStyle = colour;
  context.strokeStyle = scene.palette.paper;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, radius * scene.palette.stroke, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

function ring(context, figure, scene, value, colour) {
  const x = figure.sx(scene.time.at(scene.t)), y = figure.sy(value);
  if (!inside(figure, x, y)) return;
  context.strokeStyle = colour;
  context.lineWidth = 1.6 * scene.palette.stroke;
  context.beginPath();
  context.arc(x, y, 4 * scene.palette.stroke, 0, 2 * Math.PI);
  context.stroke();
}

function trace(context, figure, scene, values, colour, width) {
  const {left, top, width: wide, height} = figure.box;
  context.save();
  context.beginPath();
  context.rect(left, top, wide, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = width * scene.palette.stroke;
  const points = Array.from(values, (value, frame) => [figure.sx(scene.time.at(scene.run.t[frame])), figure.sy(value)]);
  line(context, points);
  context.restore();
}

// Names at the ends of lines, moved apart where they would collide.
function endLabels(context, figure, scene, labels) {
  const {right, top, bottom} = figure.box;
  const height = scene.palette.size * 1.12;
  const placed = labels
    .map((label) => ({...label, at: Math.max(top, Math.min(bottom, figure.sy(label.y)))}))
    .sort((a, b) => a.at - b.at);
  for (let i = 1; i < placed.length; i++) placed[i].at = Math.max(placed[i].at, placed[i - 1].at + height);
  let floor = bottom + height / 2;
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i].at = Math.min(placed[i].at, floor);
    floor = placed[i].at - height;
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  const room = figure.host.clientWidth - right - 12;
  for (const label of placed) {
    context.font = scene.palette.font(label.weight, 0.92);
    context.fillStyle = label.colour;
    context.fillText(label.text, right + 9, label.at, room);
    context.strokeStyle = label.colour;
    context.lineWidth = 1;
    line(context, [[right + 2, figure.sy(label.y)], [right + 7, label.at]]);
  }
}

function inside(figure, x, y) {
  const {left, right, top, bottom} = figure.box;
  return x >= left - 2 && x <= right + 2 && y >= top - 4 && y <= bottom + 4;
}

function line(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

export function badge(run, words) {
  const size = run.arrays.energy.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const template = run.largest_rise === 0 ? words.badge_fell
    : run.largest_rise <= 1e-12 * size ? words.badge_rounding : words.badge_rose;
  return {text: fill(template, {rise: three(run.largest_rise)}), fell: run.largest_rise <= 1e-12 * size};
}
