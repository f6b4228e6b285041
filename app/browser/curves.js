// What plots over time have in common: the veil over what is still to come, the cursor, bends, dots, and names at the ends of lines.

import { fitted } from "./lettering.js";
import { mark } from "./marks.js";

const LABEL_AT = 9, // pixels to the right of a plot
  SIGN = 1.1; // room for a mark before a label, by the size of the type

export const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4]];

// Veil, bends and cursor lie under whatever a plot draws at the moment on show.
// `edge`: where the words stand that say where a run was bent; where most curves are not.
export function drawMoment(context, figure, scene, bendWords = () => [scene.words.bend], edge = "bottom") {
  veil(context, figure, scene);
  bends(context, figure, scene, bendWords, edge);
  cursor(context, figure, scene);
}

// What has not happened yet is veiled, so that curves seem to be drawn by the clock; where the outcome is hidden, altogether.
function veil(context, figure, scene) {
  const { left, right, top, height } = figure.box;
  const from = Math.max(left, figure.sx(scene.time.at(scene.t)));
  if (from >= right) return;
  context.globalAlpha = scene.hides ? 1 : 0.7;
  context.fillStyle = scene.palette.paper;
  context.fillRect(from, top + 1, right - from + 1, height - 2);
  context.globalAlpha = 1;
}

function cursor(context, figure, scene) {
  const { left, right, top, bottom } = figure.box;
  const x = figure.sx(scene.time.at(scene.t));
  if (x < left - 1 || x > right + 1) return;
  context.strokeStyle = scene.palette.ink;
  context.lineWidth = 1.5 * scene.palette.stroke;
  line(context, [
    [x, top],
    [x, bottom],
  ]);
}

// Where a steered run was bent, in both plots: a dotted line and a notch.
// What is said of one is the longest of `bendWords` that has room to the right or to the left of it.
function bends(context, figure, scene, bendWords, edge) {
  const { left, right, top, bottom } = figure.box;
  for (const segment of scene.run.segments.slice(1)) {
    if (scene.hides && segment.t > scene.t) continue;
    const x = figure.sx(scene.time.at(segment.t));
    context.strokeStyle = context.fillStyle = scene.palette.soft;
    context.lineWidth = scene.palette.stroke;
    context.setLineDash([2, 3]);
    line(context, [
      [x, top],
      [x, bottom],
    ]);
    context.setLineDash([]);
    context.font = scene.palette.font(400, 0.85);
    context.textBaseline = edge;
    const room = Math.max(right - x, x - left) - 8;
    const texts = bendWords(segment);
    const text = texts.find((text) => context.measureText(text).width <= room) ?? texts.at(-1);
    const after = x + 4 + context.measureText(text).width <= right;
    context.textAlign = after ? "left" : "right";
    const place = [text, x + (after ? 4 : -4), edge === "top" ? top + 3 : bottom - 3];
    context.strokeStyle = scene.palette.paper; // curves may run there
    context.lineWidth = 4;
    context.strokeText(...place);
    context.fillText(...place);
  }
}

export function dot(context, figure, scene, value, colour, radius) {
  const x = figure.sx(scene.time.at(scene.t)),
    y = figure.sy(value);
  if (!inside(figure, x, y)) return;
  context.fillStyle = colour;
  context.strokeStyle = scene.palette.paper;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, radius * scene.palette.stroke, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

// Where a ghost is at the moment on show.
export function ghostMark(context, figure, scene, value, colour, { shape }) {
  const x = figure.sx(scene.time.at(scene.t)),
    y = figure.sy(value);
  if (!inside(figure, x, y)) return;
  const { palette } = scene;
  mark(context, [x, y], shape, 4 * palette.stroke, palette.paper, colour, 1.6 * palette.stroke);
}

export function trace(context, figure, scene, values, colour, width) {
  const { left, top, width: wide, height } = figure.box;
  context.save();
  context.beginPath();
  context.rect(left, top, scene.hides ? Math.min(wide, figure.sx(scene.time.at(scene.t)) - left) : wide, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = width * scene.palette.stroke;
  const points = Array.from(values, (value, frame) => [figure.sx(scene.time.at(scene.run.t[frame])), figure.sy(value)]);
  line(context, points);
  context.restore();
}

// Names at the ends of lines, {y, text, brief, colour, weight, shape}: moved apart where they would collide, on two lines where there
// is room for them, and those that matter least, the first ones, left out where there is no room for all.
export function endLabels(context, figure, scene, labels) {
  const { palette } = scene;
  const { right, top, bottom } = figure.box;
  const height = palette.size * 1.12;
  const from = Math.max(top, height / 2),
    places = Math.max(1, Math.floor((bottom - from) / height) + 1);
  const shown = labels.slice(-places);
  const room = figure.host.clientWidth - right - LABEL_AT - 2;
  let spare = places - shown.length;
  const placed = shown
    .toReversed() // the first ones to have a second line are those that matter most
    .map((label) => {
      context.font = palette.font(label.weight, 0.92);
      const sign = label.shape ? SIGN * palette.size : 0;
      const long = fitted(context, label.text, room - sign, spare > 0 ? 2 : 1);
      const { lines, whole } = long.whole || !label.brief ? long : { lines: [label.brief], whole: false };
      spare -= Math.max(0, lines.length - 1);
      const rows = Math.max(1, lines.length);
      return { ...label, sign, lines, whole, rows, at: Math.min(bottom, Math.max(top, figure.sy(label.y))) };
    })
    .sort((a, b) => a.at - b.at);
  const half = ({ rows }) => ((rows - 1) * height) / 2;
  let floor = from - height;
  for (const label of placed) {
    label.at = Math.max(label.at, floor + height + half(label));
    floor = label.at + half(label);
  }
  floor = bottom + height;
  for (const label of placed.toReversed()) {
    label.at = Math.min(label.at, floor - height - half(label));
    floor = label.at - half(label);
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  figure.shortened = [];
  for (const label of placed) {
    const first = label.at - half(label);
    context.font = palette.font(label.weight, 0.92);
    context.fillStyle = label.colour;
    label.lines.forEach((text, i) => context.fillText(text, right + LABEL_AT + label.sign, first + i * height));
    if (label.shape) {
      const at = [right + LABEL_AT + label.sign * 0.4, first];
      mark(context, at, label.shape, 0.3 * palette.size, palette.paper, label.colour, 1.3 * palette.stroke);
    }
    if (!label.whole)
      figure.shortened.push({
        text: label.text,
        left: right,
        top: first - height / 2,
        bottom: first + (label.rows - 0.5) * height,
      });
    context.strokeStyle = label.colour;
    context.lineWidth = 1;
    line(context, [
      [right + 2, figure.sy(label.y)],
      [right + 7, first],
    ]);
  }
}

function inside(figure, x, y) {
  const { left, right, top, bottom } = figure.box;
  return x >= left - 2 && x <= right + 2 && y >= top - 4 && y <= bottom + 4;
}

function line(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}
