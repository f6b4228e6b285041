// What plots over time have in common: the veil over what is still to come, the cursor, bends, dots, and names at the ends of lines.

export const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4]];

// Veil, bends and cursor lie under whatever a plot draws at the moment on show.
export function drawMoment(context, figure, scene) {
  veil(context, figure, scene);
  bends(context, figure, scene);
  cursor(context, figure, scene);
}

// What has not happened yet is veiled, so that curves seem to be drawn by the clock.
function veil(context, figure, scene) {
  const { left, right, top, height } = figure.box;
  const from = Math.max(left, figure.sx(scene.time.at(scene.t)));
  if (from >= right) return;
  context.globalAlpha = 0.7;
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
function bends(context, figure, scene) {
  const { top, bottom } = figure.box;
  for (const { t } of scene.run.segments.slice(1)) {
    const x = figure.sx(scene.time.at(t));
    context.strokeStyle = context.fillStyle = scene.palette.soft;
    context.lineWidth = scene.palette.stroke;
    context.setLineDash([2, 3]);
    line(context, [
      [x, top],
      [x, bottom],
    ]);
    context.setLineDash([]);
    context.font = scene.palette.font(400, 0.85);
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillText(scene.words.bend, x + 4, top + 2);
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

export function ring(context, figure, scene, value, colour) {
  const x = figure.sx(scene.time.at(scene.t)),
    y = figure.sy(value);
  if (!inside(figure, x, y)) return;
  context.strokeStyle = colour;
  context.lineWidth = 1.6 * scene.palette.stroke;
  context.beginPath();
  context.arc(x, y, 4 * scene.palette.stroke, 0, 2 * Math.PI);
  context.stroke();
}

export function trace(context, figure, scene, values, colour, width) {
  const { left, top, width: wide, height } = figure.box;
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
export function endLabels(context, figure, scene, labels) {
  const { right, top, bottom } = figure.box;
  const height = scene.palette.size * 1.12;
  const placed = labels
    .map((label) => ({ ...label, at: Math.max(top, Math.min(bottom, figure.sy(label.y))) }))
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
    line(context, [
      [right + 2, figure.sy(label.y)],
      [right + 7, label.at],
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
