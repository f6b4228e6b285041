// The energy along the line between two memories, with all else as it is in the frame on show, and the ball on it: normalised in each
// frame, its range said. A message has `valley` (0 the lowest of its frame … 65535), `valley_range`, `ball`, the place of the ball
// from 0 to 1, and in its header `valley_ends`, the two memories.

import { make, put } from "../elements.js";
import { mark } from "../marks.js";
import { fill, three } from "../numbers.js";

const FULL = 65535;

export const card = {
  name: "landscape",
  figure: "landscape",

  build(_body, head) {
    const range = make("span", { "data-picture": "text" });
    head.append(make("span", { className: "gs-note" }, range));
    return { range };
  },

  fill(figure, scene) {
    const { run, palette, words } = scene;
    figure.borders(palette.size, palette.size, 3 * palette.size);
    figure.range("x", -0.03, 1.03);
    figure.range("y", -0.1, 1.16);
    const ends = run.arrays.valley ? run.valley_ends : [];
    figure.ticks(
      "x",
      ends.map((_, i) => i),
      ends.map((memory) => run.brief(memory)),
      words.axis_valley,
    );
    figure.ticks("y", [], [], null);
  },

  draw(context, figure, scene) {
    drawValley(context, figure, scene, scene.palette.astrocyte);
  },

  tell({ run, frame, words }, { range }) {
    put(range, run.arrays.valley ? fill(words.valley_range, { range: three(run.arrays.valley_range[frame]) }) : words.no_valley);
  },
};

// On a plane with `sx` and `sy` from 0 to 1, which a figure of another card may lend: all runs, and their balls, that of the run on
// show in a colour that says what is rolling.
export function drawValley(context, plane, scene, colour) {
  const { run, ghosts, palette } = scene;
  if (!run.arrays.valley) return;
  for (const { run: ghost, look } of ghosts) {
    const turned = String(ghost.valley_ends) === String(run.valley_ends?.toReversed());
    if (!ghost.arrays.valley || (!turned && String(ghost.valley_ends) !== String(run.valley_ends))) continue;
    const position = ghost.positionAt(scene.t);
    valley(context, plane, ghost, Math.floor(position), turned, palette.soft, 1.5 * palette.stroke, look.dash);
    ball(context, plane, ghost, position, turned, look.shape, palette.paper, palette.soft, palette);
  }
  valley(context, plane, run, scene.frame, false, palette.ink, 2.4 * palette.stroke, []);
  ball(context, plane, run, scene.position, false, "circle", colour, palette.paper, palette);
}

function valley(context, plane, run, frame, turned, colour, width, dash) {
  const count = run.arrays.valley.length / run.frames;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  for (let k = 0; k < count; k++) {
    const x = k / (count - 1);
    context.lineTo(plane.sx(turned ? 1 - x : x), plane.sy(run.arrays.valley[frame * count + k] / FULL));
  }
  context.stroke();
  context.setLineDash([]);
}

// On the line, a little above it.
function ball(context, plane, run, position, turned, shape, fillColour, edge, palette) {
  const count = run.arrays.valley.length / run.frames,
    frame = Math.min(Math.floor(position), run.last);
  const x = run.between(run.arrays.ball, position, 1, 0);
  const k = Math.min(count - 2, Math.floor(x * (count - 1))),
    rest = x * (count - 1) - k;
  const at = (i) => run.arrays.valley[frame * count + i] / FULL;
  const radius = 5.6 * palette.stroke;
  const y = plane.sy(at(k) + rest * (at(k + 1) - at(k))) - radius;
  mark(context, [plane.sx(turned ? 1 - x : x), y], shape, radius, fillColour, edge, 1.5 * palette.stroke);
}
