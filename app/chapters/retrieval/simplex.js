// The gains at one moment: the triangle target – strongest rival – all others, or a wheel with a spoke for each memory.
// A filled dot is p, a hollow ring is π, which p chases; a ghost's p is its mark.

import { fitted } from "../../browser/lettering.js";
import { mark } from "../../browser/marks.js";
import { fill } from "../../browser/numbers.js";

const HEIGHT = Math.sqrt(3) / 2;
const CORNERS = [
  [0.5, HEIGHT],
  [0, 0],
  [1, 0],
]; // target above, rival left, the others right
const RIM = 1.7; // lines of type between the wheel and the edge of its card
const BESIDE = 0.3; // of the width, for the names beside the wheel
const LINE = 1.05; // height of a line of names, by the size of the type
const RING = 9; // radius of the hollow ring
const SEEN = 0.01; // gains from which a spoke has a mark

export const card = {
  name: "simplex",
  figure: "simplex",
  view: { gains: "triangle" },

  build(_body, head, stage) {
    stage.toggle(head, stage.words.wheel, stage.words.wheel_short, { gains: "wheel" }, { gains: "triangle" });
    return { trail: null, chased: null, tiles: [], others: [] };
  },

  fill(figure, scene, own) {
    const { run, ghosts, palette } = scene;
    const wheel = scene.view.gains === "wheel";
    Object.assign(own, { figure, rivals: rivals(scene) });
    const path = (of, name) => {
      const points = Array.from({ length: of.frames }, (_, frame) => place(shares(scene, of, name, frame)));
      return { xs: Float64Array.from(points, ([x]) => x), ys: Float64Array.from(points, ([, y]) => y) };
    };
    own.trail = path(run, "p");
    own.chased = path(run, "attention");
    own.tiles = run.arrays.flow ? tilesOf(run) : [];
    own.others = ghosts.map(({ run: ghost }) => (wheel ? (ghost.K === run.K ? way(ghost) : null) : path(ghost, "p")));
    const edge = { xs: [0, 1, 0.5, 0], ys: [0, 0, HEIGHT, 0], color: palette.soft, width: 1.4 * palette.stroke };
    figure.rows("edges", wheel ? [] : [edge]);
    const faded = !wheel && !scene.hides; // whole ways, those that are still to come included
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
    const { run, ghosts, palette, position, words } = scene;
    const at = ([x, y]) => [figure.sx(x), figure.sy(y)];
    if (run.arrays.flow) {
      drawShade(context, at, scene, tiles);
      drawFlow(context, at, scene);
    }
    context.lineJoin = "round";
    const upTo = ({ xs, ys }, until, end, colour, width, dash = []) => {
      context.strokeStyle = colour;
      context.lineWidth = width * palette.stroke;
      context.setLineDash(dash);
      context.beginPath();
      for (let frame = 0; frame <= until; frame++) context.lineTo(...at([xs[frame], ys[frame]]));
      context.lineTo(...at(end));
      context.stroke();
      context.setLineDash([]);
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

function place(parts) {
  const at = (axis) => parts.reduce((sum, part, i) => sum + part * CORNERS[i][axis], 0);
  return [at(0), at(1)];
}

function spoke(memory, count) {
  const angle = Math.PI / 2 - (2 * Math.PI * memory) / count;
  return [Math.cos(angle), Math.sin(angle)];
}

// One unit is as long to the right as it is upwards, whatever the shape of the card.
function square(figure) {
  const { width, height } = figure.box;
  const unit = Math.min(width / 1.3, height / 1.16);
  figure.range("x", 0.5 - width / unit / 2, 0.5 + width / unit / 2);
  figure.range("y", 0.45 - height / unit / 2, 0.45 + height / unit / 2);
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

function way(run) {
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

function chase(context, dot, ring, scene, lettering) {
  const { palette, words } = scene;
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

// The words of one frame: within their card, and none over another.
class Lettering {
  constructor(context, figure, scene) {
    Object.assign(this, { context, figure, scene, taken: [] });
  }

  get bounds() {
    const { clientWidth, clientHeight } = this.figure.host;
    return { left: 2, top: 1, right: clientWidth - 2, bottom: clientHeight - 1 };
  }

  // A name at a point, `side` lines below it, where no other stands; at most so wide.
  write([x, y], text, align, side, colour, memory, most = Infinity, brief = "") {
    const { context, bounds, scene } = this,
      { size } = scene.palette;
    const chosen = memory !== null && memory === scene.hover;
    context.font = scene.palette.font(chosen || memory === scene.run.target ? 700 : 400, 0.95);
    const { lines, whole } = fitted(context, text, Math.min(most, bounds.right - bounds.left - 8), 1);
    const line = whole ? lines[0] : memory === null ? brief || lines[0] : scene.run.brief(memory);
    if (!line) return;
    const wide = context.measureText(line).width;
    const from = x - wide * { left: 0, center: 0.5, right: 1 }[align];
    const left = Math.max(bounds.left, Math.min(from, bounds.right - wide));
    const middle = y + side * size * LINE;
    const found = [0, 1, -1, 2, -2]
      .map((lines) => this.around(left, middle + lines * size * 1.15, wide))
      .find((box) => this.free(box));
    if (found) this.put(line, found, chosen ? scene.palette.ink : colour);
  }

  // A symbol beside a point, on a side that is free.
  beside([x, y], text) {
    const { context, scene } = this,
      { palette } = scene,
      away = 12 * palette.stroke;
    context.font = palette.font(600, 1);
    const wide = context.measureText(text).width;
    const [right, left] = [x + away, x - away - wide];
    const lines = [0, -0.8, 0.8, -1.6, 1.6, -2.4, 2.4];
    const boxes = lines.flatMap((by) => [right, left].map((from) => this.around(from, y + by * palette.size, wide)));
    const found = boxes.find((box) => this.free(box));
    if (found) this.put(text, found, palette.astrocyte);
  }

  keepOff([x, y], radius) {
    this.taken.push({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });
  }

  around(left, middle, wide) {
    const half = 0.56 * this.scene.palette.size;
    return { left, right: left + wide, top: middle - half, bottom: middle + half, middle };
  }

  free(box) {
    const { bounds, taken } = this;
    const within = box.left >= bounds.left && box.right <= bounds.right && box.top >= bounds.top && box.bottom <= bounds.bottom;
    return (
      within &&
      taken.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom)
    );
  }

  put(text, box, colour) {
    const { context } = this;
    this.taken.push(box);
    context.fillStyle = colour;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, box.left, box.middle);
  }
}

function circle(context, [x, y], radius, fill, edge, width) {
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

function stroke(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}
