// Three shares of a whole as a place in a triangle: target above, rival left, the others right. And the marks that stand in it: a
// filled dot, and the hollow ring that it follows.

const HEIGHT = Math.sqrt(3) / 2;
export const CORNERS = [
  [0.5, HEIGHT],
  [0, 0],
  [1, 0],
];
export const EDGE = { xs: [0, 1, 0.5, 0], ys: [0, 0, HEIGHT, 0] };
export const RING = 9; // radius of the hollow ring

export function place(parts) {
  const at = (axis) => parts.reduce((sum, part, i) => sum + part * CORNERS[i][axis], 0);
  return [at(0), at(1)];
}

// The shares of a place.
export function parts([x, y]) {
  const first = y / HEIGHT,
    third = x - first / 2;
  return [first, 1 - first - third, third];
}

// One unit is as long to the right as it is upwards, whatever the shape of the card; `room` is how many of them it is high.
export function square(figure, room = 1.16, middle = 0.45) {
  const { width, height } = figure.box;
  const unit = Math.min(width / 1.3, height / room);
  figure.range("x", 0.5 - width / unit / 2, 0.5 + width / unit / 2);
  figure.range("y", middle - height / unit / 2, middle + height / unit / 2);
}

// A way up to a moment, and on to where it is between two frames.
export function drawWay(context, at, { xs, ys }, until, end, width, dash = []) {
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  for (let frame = 0; frame <= until; frame++) context.lineTo(...at([xs[frame], ys[frame]]));
  context.lineTo(...at(end));
  context.stroke();
  context.setLineDash([]);
}

// Ways of places, as figures and `drawWay` take them.
export function way(count, placeAt) {
  const points = Array.from({ length: count }, (_, frame) => placeAt(frame));
  return { xs: Float64Array.from(points, ([x]) => x), ys: Float64Array.from(points, ([, y]) => y) };
}

export function chase(context, dot, ring, scene, lettering) {
  const { palette, words } = scene;
  if (scene.isAsked) return circle(context, dot, 5.2 * palette.stroke, palette.astrocyte, palette.paper, 1.4); // the ring tells where it goes
  context.strokeStyle = palette.astrocyte;
  context.lineWidth = 1.2;
  context.setLineDash([3, 3]);
  stroke(context, dot, ring);
  context.setLineDash([]);
  circle(context, ring, RING * palette.stroke, null, palette.astrocyte, 2.2 * palette.stroke);
  circle(context, dot, 5.2 * palette.stroke, palette.astrocyte, palette.paper, 1.4);
  lettering.keepOff(ring, RING * palette.stroke);
  lettering.keepOff(dot, 5.2 * palette.stroke);
  lettering.beside(ring, words.ring);
  lettering.beside(dot, words.dot);
}

export function circle(context, [x, y], radius, fill, edge, width) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  context.strokeStyle = edge;
  context.lineWidth = width;
  context.stroke();
}

export function stroke(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
