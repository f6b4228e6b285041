// The gains at one moment: the triangle target – strongest rival – all others, or a wheel with a spoke for each memory.
// A filled dot is p, a hollow ring is π, which p chases; a ghost's p is its mark. Or what these gains make of the energy: the line
// from the strongest rival to the target, and the neurons as a ball on it.

import { drawValley } from "../../browser/cards/landscape.js";
import { make } from "../../browser/elements.js";
import { Lettering, LINE } from "../../browser/lettering.js";
import { mark } from "../../browser/marks.js";
import { fill, three } from "../../browser/numbers.js";
import { CORNERS, chase, circle, drawWay, EDGE, place, RING, square, stroke, way } from "../../browser/triangle.js";

const RIM = 1.7; // lines of type between the wheel and the edge of its card
const BESIDE = 0.3; // of the width, for the names beside the wheel
const BELOW = 3.6,
  ABOVE = 0.6; // lines of type below the landscape and above it
const SEEN = 0.01; // gains from which a spoke has a mark

export const card = {
  name: "simplex",
  figure: "simplex",
  view: { gains: "triangle" },

  build(_body, head, stage) {
    const { words } = stage;
    const views = make("span", { className: "gs-switches" });
    stage.toggle(views, words.wheel, words.wheel_short, { gains: "wheel" }, { gains: "triangle" });
    stage.toggle(views, words.landscape, words.landscape_short, { gains: "landscape" }, { gains: "triangle" });
    head.append(views);
    return { trail: null, chased: null, tiles: [], others: [] };
  },

  fill(figure, scene, own) {
    const { run, ghosts, palette } = scene;
    const wheel = scene.view.gains === "wheel",
      triangle = scene.view.gains === "triangle";
    Object.assign(own, { figure, rivals: rivals(scene) });
    const path = (of, name) => way(of.frames, (frame) => place(shares(scene, of, name, frame)));
    own.trail = path(run, "p");
    own.chased = path(run, "attention");
    own.tiles = run.arrays.flow ? tilesOf(run) : [];
    own.others = ghosts.map(({ run: ghost }) => (wheel ? (ghost.K === run.K ? arrows(ghost) : null) : path(ghost, "p")));
    figure.rows("edges", !triangle ? [] : [{ ...EDGE, color: palette.soft, width: 1.4 * palette.stroke }]);
    const faded = triangle && !scene.hides; // whole ways, those that are still to come included
    figure.rows(
      "trail",
      !faded
        ? []
        : [
            { ...own.chased, color: palette.astrocyte, width: palette.stroke, dash: [2, 4], alpha: 0.6 },
            { ...own.trail, color: palette.astrocyte, width: 1.4 * palette.stroke, alpha: 0.35 },
          ],
    );
    figure.rows(
      "ghosts",
      !faded
        ? []
        : ghosts.map((ghost, i) => ({
            ...own.others[i],
            color: palette.soft,
            width: 1.6 * palette.stroke,
            dash: ghost.look.dash,
            alpha: 0.8,
          })),
    );
  },

  tell(scene, own) {
    if (own.figure && own.rivals !== rivals(scene)) this.fill(own.figure, scene, own);
  },

  draw(context, figure, scene, { trail, chased, tiles, others }) {
    if (!trail) return;
    square(figure);
    const lettering = new Lettering(context, figure, scene);
    if (scene.view.gains === "wheel") return drawWheel(context, figure, scene, others, lettering);
    if (scene.view.gains === "landscape") return drawLandscape(context, figure, scene, lettering);
    const { run, ghosts, palette, position, words } = scene;
    const at = ([x, y]) => [figure.sx(x), figure.sy(y)];
    if (run.arrays.flow) {
      drawShade(context, at, scene, tiles);
      drawFlow(context, at, scene);
    }
    const upTo = (path, until, end, colour, width, dash) => {
      context.strokeStyle = colour;
      drawWay(context, at, path, until, end, width * palette.stroke, dash);
    };
    if (scene.hides) upTo(chased, position, place(shares(scene, run, "attention", position)), palette.astrocyte, 1, [2, 4]);
    upTo(trail, position, place(shares(scene, run, "p", position)), palette.astrocyte, 2.4);
    for (const [i, { run: ghost, look }] of ghosts.entries()) {
      const until = ghost.positionAt(scene.t),
        where = place(shares(scene, ghost, "p", until));
      if (scene.hides) upTo(others[i], until, where, palette.soft, 1.6, look.dash);
      mark(context, at(where), look.shape, 4.4 * palette.stroke, palette.paper, palette.soft, 1.6 * palette.stroke);
    }
    const { target, rival } = corners(scene);
    const away = (RING * palette.stroke + 2) / (LINE * palette.size) + 0.55; // lines from a corner: the ring comes there
    lettering.write(at(CORNERS[0]), scene.name(target), "center", -away, palette.ink, target);
    const third = run.K === 3 ? 3 - target - rival : null;
    const rest = third === null ? fill(words.all_others, { count: run.K - 2 }) : scene.name(third);
    const base = at(CORNERS[2])[0] - at(CORNERS[1])[0];
    const half = run.K > 2 ? base / 2 - 0.3 * palette.size : Infinity; // for each of the names below
    if (run.K > 1) lettering.write(at(CORNERS[1]), scene.name(rival), "left", away, palette.soft, rival, half);
    if (run.K > 2) lettering.write(at(CORNERS[2]), rest, "right", away, palette.soft, third, half, words.others);
    chase(
      context,
      at(place(shares(scene, run, "p", position))),
      at(place(shares(scene, run, "attention", position))),
      scene,
      lettering,
    );
  },

  under(figure, scene, px, py) {
    const { run } = scene;
    if (scene.view.gains === "landscape") return endUnder(figure, scene, px, py);
    if (scene.view.gains === "wheel") {
      const { centre, radius } = wheelIn(figure, scene);
      const [x, y] = [px - centre[0], centre[1] - py];
      const away = Math.hypot(x, y) / radius;
      if (away < 0.08 || away > 1.24) return null;
      const turn = (Math.PI / 2 - Math.atan2(y, x)) / (2 * Math.PI);
      return Math.round((turn - Math.floor(turn)) * run.K) % run.K;
    }
    const near = (corner) => Math.hypot(figure.sx(corner[0]) - px, figure.sy(corner[1]) - py) < 46;
    if (near(CORNERS[0])) return run.target;
    if (near(CORNERS[1])) return corners(scene).rival;
    if (run.K === 3 && near(CORNERS[2])) return 3 - corners(scene).target - corners(scene).rival;
    return null;
  },
};

function corners(scene, run = scene.run) {
  const leaders = run.K === 3 ? run.leaders : run.leadersIn(scene); // of three memories each has its corner
  return { target: run.target, rival: leaders[1] ?? run.target };
}

// Who stands at the left: where the outcome is hidden others may come to lead.
function rivals(scene) {
  return [scene.run, ...scene.ghosts.map(({ run }) => run)].map((run) => corners(scene, run).rival).join();
}

// Exact: the leaders travel unrounded, and what is left of one belongs to the others.
function shares(scene, run, name, position) {
  const { target, rival } = corners(scene, run);
  const first = run.value(name, target, position);
  const second = rival === target ? 0 : run.value(name, rival, position);
  return [first, second, Math.max(0, 1 - first - second)];
}

function spoke(memory, count) {
  const angle = Math.PI / 2 - (2 * Math.PI * memory) / count;
  return [Math.cos(angle), Math.sin(angle)];
}

// Gains of memories 0, 1 (and 2) in the order of the corners.
function cornerOrder(run, [first, second]) {
  const gains = [first, second, 1 - first - second];
  const [target, rival] = run.leaders;
  return [gains[target], gains[rival], gains[3 - target - rival]];
}

// The corners of the small triangles that tile the simplex of three memories.
function tilesOf(run) {
  const centres = run.arrays.shade_at;
  const count = centres.length / 2;
  const side = Math.round(Math.sqrt(count)); // n² small triangles: those that point up come first
  const upright = (side * (side + 1)) / 2;
  return Array.from({ length: count }, (_, tile) => {
    const reach = (tile < upright ? 1 : -1) / (3 * side);
    const steps = [
      [2, -1],
      [-1, 2],
      [-1, -1],
    ];
    return steps.map((step) =>
      place(
        cornerOrder(
          run,
          step.map((by, i) => centres[2 * tile + i] + reach * by),
        ),
      ),
    );
  });
}

// The energy over that simplex, with the neurons as they are now: the darker, the lower.
function drawShade(context, at, scene, tiles) {
  const { run, frame, palette } = scene;
  const first = frame * tiles.length;
  context.fillStyle = palette.ink;
  tiles.forEach((corners, tile) => {
    context.globalAlpha = 0.02 + 0.3 * (1 - run.arrays.shade[first + tile] / 255);
    context.beginPath();
    for (const corner of corners) context.lineTo(...at(corner));
    context.fill();
  });
  context.globalAlpha = 1;
}

// Which way the gains would go from anywhere, with the neurons as they are now: arrows of one length, the faster the stronger.
function drawFlow(context, at, scene) {
  const { run, frame, palette } = scene;
  const { flow, flow_at: points } = run.arrays;
  const first = frame * points.length;
  let fastest = 0;
  for (let k = 0; k < points.length; k += 2) fastest = Math.max(fastest, Math.hypot(flow[first + k], flow[first + k + 1]));
  context.strokeStyle = palette.astrocyte;
  for (let k = 0; k < points.length; k += 2) {
    const velocity = [flow[first + k], flow[first + k + 1]];
    const speed = Math.hypot(...velocity);
    if (!(speed > 0)) continue;
    const here = [points[k], points[k + 1]];
    const ahead = here.map((gain, i) => gain + (0.05 * velocity[i]) / speed);
    const [x0, y0] = at(place(cornerOrder(run, here)));
    const [x1, y1] = at(place(cornerOrder(run, ahead)));
    const angle = Math.atan2(y1 - y0, x1 - x0);
    context.globalAlpha = 0.25 + 0.5 * Math.sqrt(speed / fastest);
    context.lineWidth = 1.2 * palette.stroke;
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(x1, y1);
      context.lineTo(x1 + 5 * Math.cos(angle + turn), y1 + 5 * Math.sin(angle + turn));
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

// All gains of a moment as one arrow: each memory pulls along its spoke.
function sum(run, name, position) {
  let [right, up] = [0, 0];
  for (let memory = 0; memory < run.K; memory++) {
    const [x, y] = spoke(memory, run.K),
      gain = run.value(name, memory, position);
    right += gain * x;
    up += gain * y;
  }
  return [right, up];
}

function arrows(run) {
  return Array.from({ length: run.frames }, (_, frame) => sum(run, "p", frame));
}

// Where the wheel stands, with room for names around it.
function wheelIn(figure, scene) {
  const { left, top, width, height } = figure.box,
    { size, stroke } = scene.palette;
  const radius = Math.max(20, Math.min((width / 2) * (1 - BESIDE), height / 2 - RIM * size - RING * stroke));
  return { centre: [left + width / 2, top + height / 2 - 0.3 * size], radius };
}

function drawWheel(context, figure, scene, others, lettering) {
  const { run, ghosts, palette, position, hover, words } = scene;
  const { centre, radius } = wheelIn(figure, scene);
  const at = ([x, y], length) => [centre[0] + x * length * radius, centre[1] - y * length * radius];
  circle(context, centre, radius, null, palette.rule, 1);
  circle(context, centre, radius / 2, null, palette.rule, 1);
  for (let memory = 0; memory < run.K; memory++) {
    const along = spoke(memory, run.K);
    const gain = run.value("p", memory, position),
      attention = run.value("attention", memory, position);
    const chosen = memory === hover;
    context.strokeStyle = chosen ? palette.ink : palette.rule;
    context.lineWidth = chosen ? 2 : 0.7;
    stroke(context, centre, at(along, 1));
    context.strokeStyle = chosen ? palette.ink : palette.astrocyte;
    context.lineWidth = (memory === run.target ? 5 : 3) * palette.stroke;
    stroke(context, centre, at(along, gain));
    if (attention > SEEN) circle(context, at(along, attention), 4 * palette.stroke, palette.paper, palette.astrocyte, 1.5);
  }
  ghosts.forEach(({ run: ghost, look }, i) => {
    const where = ghost.positionAt(scene.t);
    const draw = (point, radius) =>
      mark(context, point, look.shape, radius * palette.stroke, palette.paper, palette.soft, 1.6 * palette.stroke);
    for (let memory = 0; memory < Math.min(run.K, ghost.K); memory++) {
      const gain = ghost.value("p", memory, where);
      if (gain > SEEN) draw(at(spoke(memory, run.K), gain), 3);
    }
    if (!others[i]) return; // with another number of spokes its arrow would mean something else
    context.strokeStyle = palette.soft;
    context.lineWidth = 1.4 * palette.stroke;
    context.setLineDash(look.dash);
    context.beginPath();
    for (let frame = 0; frame <= scene.until(ghost); frame++) context.lineTo(...at(others[i][frame], 1));
    context.stroke();
    context.setLineDash([]);
    draw(at(sum(ghost, "p", where), 1), 4.4);
  });
  const named = [...new Set([hover, run.target, corners(scene).rival])].filter((memory) => memory !== null);
  for (const memory of named) {
    const along = spoke(memory, run.K);
    const align = along[0] > 0.3 ? "left" : along[0] < -0.3 ? "right" : "center";
    const side = along[1] > 0.3 ? -0.5 : along[1] < -0.3 ? 0.5 : 0;
    lettering.write(
      at(along, 1 + (RING * palette.stroke + 3) / radius),
      scene.name(memory),
      align,
      side,
      memory === hover ? palette.ink : palette.soft,
      memory,
    );
  }
  chase(context, at(sum(run, "p", position), 1), at(sum(run, "attention", position), 1), scene, lettering);
  const { left, bottom } = figure.box;
  lettering.write([left + 4, bottom - 0.6 * palette.size], words.wheel_hint, "left", 0, palette.soft, null);
}

// Where the landscape stands: below it the names of its ends and how deep it is, above it a line for the ball.
function plane(figure, scene) {
  const { left, right, top, bottom } = figure.box,
    { size, stroke } = scene.palette;
  const edge = 12 * stroke;
  const [from, to, low, high] = [left + edge, right - edge, bottom - BELOW * size, top + ABOVE * size + edge];
  return { sx: (x) => from + x * (to - from), sy: (y) => low - y * (low - high), low, middle: (from + to) / 2, wide: to - from };
}

function drawLandscape(context, figure, scene, lettering) {
  const { run, palette, words } = scene;
  const { sx, sy, low, middle, wide } = plane(figure, scene);
  if (!run.arrays.valley) return lettering.write([middle, sy(0.5)], words.no_valley, "center", 0, palette.soft, null);
  context.strokeStyle = palette.rule;
  context.lineWidth = 1;
  stroke(context, [sx(0), low + 6], [sx(1), low + 6]);
  drawValley(context, { sx, sy }, scene, palette.neuron);
  const [rival, target] = run.valley_ends;
  const half = wide / 2 - 0.3 * palette.size;
  const known = !scene.hides || run.leadersIn(scene)[1] === rival; // who will come to lead is no more said than elsewhere
  const name = known ? scene.name(rival) : words.rival;
  lettering.write([sx(0), low], name, "left", 1.3, palette.soft, known ? rival : null, half);
  lettering.write([sx(1), low], scene.name(target), "right", 1.3, palette.ink, target, half);
  const depth = fill(words.valley_range, { range: three(run.arrays.valley_range[scene.frame]) });
  lettering.write([middle, low], depth, "center", 2.6, palette.soft, null);
}

function endUnder(figure, scene, px, py) {
  const { run } = scene;
  if (!run.arrays.valley) return null;
  const { sx, low } = plane(figure, scene);
  if (py < low) return null;
  const end = [0, 1].find((x) => Math.abs(sx(x) - px) < 46);
  return end === undefined || (end === 0 && scene.hides) ? null : run.valley_ends[end];
}
