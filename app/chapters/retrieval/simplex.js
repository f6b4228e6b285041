// The gains at one moment: the triangle target – strongest rival – all others, or a wheel with a spoke for each memory.
// A filled dot is p, a hollow ring is π, which p chases.

const HEIGHT = Math.sqrt(3) / 2;
const CORNERS = [
  [0.5, HEIGHT],
  [0, 0],
  [1, 0],
]; // target above, rival left, the others right
const RADIUS = 0.5;
const CENTRE = [0.5, HEIGHT / 2];
const DASH = [6, 5];

export const card = {
  name: "simplex",
  figure: "simplex",
  view: { gains: "triangle" },

  build(_body, head, stage) {
    stage.toggle(head, stage.words.wheel, stage.words.wheel_short, { gains: "wheel" }, { gains: "triangle" });
    return { trail: null, tiles: [] };
  },

  fill(figure, scene, own) {
    const { run, ghosts, palette } = scene;
    const wheel = scene.view.gains === "wheel";
    const path = (of, name) => {
      const points = Array.from({ length: of.frames }, (_, frame) => place(shares(of, name, frame)));
      return { xs: Float64Array.from(points, ([x]) => x), ys: Float64Array.from(points, ([, y]) => y) };
    };
    own.trail = path(run, "p");
    own.tiles = run.arrays.flow ? tilesOf(run) : [];
    const edge = { xs: [0, 1, 0.5, 0], ys: [0, 0, HEIGHT, 0], color: palette.soft, width: 1.4 * palette.stroke };
    figure.rows("edges", wheel ? [] : [edge]);
    figure.rows(
      "trail",
      wheel
        ? []
        : [
            { ...path(run, "attention"), color: palette.astrocyte, width: palette.stroke, dash: [2, 4], alpha: 0.6 },
            { ...own.trail, color: palette.astrocyte, width: 1.4 * palette.stroke, alpha: 0.35 },
          ],
    );
    figure.rows(
      "ghosts",
      wheel
        ? []
        : ghosts.map((ghost) => ({
            ...path(ghost.run, "p"),
            color: palette.soft,
            width: 1.6 * palette.stroke,
            dash: DASH,
            alpha: 0.8,
          })),
    );
  },

  draw(context, figure, scene, { trail, tiles }) {
    if (!trail) return;
    square(figure);
    if (scene.view.gains === "wheel") return drawWheel(context, figure, scene);
    const { run, ghosts, palette, position, words } = scene;
    const at = ([x, y]) => [figure.sx(x), figure.sy(y)];
    if (run.arrays.flow) {
      drawShade(context, at, scene, tiles);
      drawFlow(context, at, scene);
    }
    context.strokeStyle = palette.astrocyte;
    context.lineWidth = 2.4 * palette.stroke;
    context.lineJoin = "round";
    context.beginPath();
    for (let frame = 0; frame <= position; frame++) context.lineTo(...at([trail.xs[frame], trail.ys[frame]]));
    context.lineTo(...at(place(shares(run, "p", position))));
    context.stroke();
    for (const ghost of ghosts) {
      const where = ghost.run.positionAt(scene.t);
      circle(context, at(place(shares(ghost.run, "p", where))), 4 * palette.stroke, null, palette.soft, 2);
    }
    chase(context, at(place(shares(run, "p", position))), at(place(shares(run, "attention", position))), scene);
    const third =
      run.K === 3
        ? scene.name(3 - corners(run).target - corners(run).rival)
        : run.K === 2
          ? ""
          : words.all_others.replace("{count}", String(run.K - 2));
    label(context, scene, at(CORNERS[0]), scene.name(run.target), "center", -1.9, palette.ink, run.target);
    if (run.K > 1)
      label(context, scene, at(CORNERS[1]), scene.name(corners(run).rival), "left", 1, palette.soft, corners(run).rival);
    label(context, scene, at(CORNERS[2]), third, "right", 1, palette.soft, null);
  },

  under(figure, scene, px, py) {
    const { run } = scene;
    if (scene.view.gains === "wheel") {
      const x = figure.ux(px) - CENTRE[0],
        y = figure.uy(py) - CENTRE[1];
      const away = Math.hypot(x, y);
      if (away < 0.04 || away > 0.62) return null;
      const turn = (Math.PI / 2 - Math.atan2(y, x)) / (2 * Math.PI);
      return Math.round((turn - Math.floor(turn)) * run.K) % run.K;
    }
    const near = (corner) => Math.hypot(figure.sx(corner[0]) - px, figure.sy(corner[1]) - py) < 46;
    if (near(CORNERS[0])) return run.target;
    if (near(CORNERS[1])) return corners(run).rival;
    if (run.K === 3 && near(CORNERS[2])) return 3 - corners(run).target - corners(run).rival;
    return null;
  },
};

function corners(run) {
  return { target: run.target, rival: run.leaders[1] ?? run.target };
}

// Exact: the leaders travel unrounded, and what is left of one belongs to the others.
function shares(run, name, position) {
  const { target, rival } = corners(run);
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
  const { target, rival } = corners(run);
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

function drawWheel(context, figure, scene) {
  const { run, palette, position, hover, words } = scene;
  const [cx, cy] = [figure.sx(CENTRE[0]), figure.sy(CENTRE[1])];
  const radius = Math.min(Math.abs(figure.sx(RADIUS) - figure.sx(0)), Math.abs(figure.sy(RADIUS) - figure.sy(0)));
  const at = ([x, y], length) => [cx + x * length * radius, cy - y * length * radius];
  circle(context, [cx, cy], radius, null, palette.rule, 1);
  circle(context, [cx, cy], radius / 2, null, palette.rule, 1);
  let sum = [0, 0],
    pull = [0, 0];
  for (let memory = 0; memory < run.K; memory++) {
    const way = spoke(memory, run.K);
    const gain = run.value("p", memory, position),
      attention = run.value("attention", memory, position);
    sum = [sum[0] + gain * way[0], sum[1] + gain * way[1]];
    pull = [pull[0] + attention * way[0], pull[1] + attention * way[1]];
    const chosen = memory === hover;
    context.strokeStyle = chosen ? palette.ink : palette.rule;
    context.lineWidth = chosen ? 2 : 0.7;
    stroke(context, [cx, cy], at(way, 1));
    context.strokeStyle = chosen ? palette.ink : palette.astrocyte;
    context.lineWidth = (memory === run.target ? 5 : 3) * palette.stroke;
    stroke(context, [cx, cy], at(way, gain));
    if (attention > 0.01) circle(context, at(way, attention), 4 * palette.stroke, palette.paper, palette.astrocyte, 1.5);
    const named = chosen || memory === run.target || memory === corners(run).rival;
    if (named) {
      const end = at(way, 1.06);
      label(
        context,
        scene,
        end,
        scene.name(memory),
        way[0] > 0.3 ? "left" : way[0] < -0.3 ? "right" : "center",
        way[1] > 0.3 ? -0.4 : way[1] < -0.3 ? 0.4 : 0,
        chosen ? palette.ink : palette.soft,
        memory,
      );
    }
  }
  chase(context, at(sum, 1), at(pull, 1), scene);
  context.font = palette.font(400, 0.85);
  context.fillStyle = palette.soft;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillText(words.wheel_hint, figure.box.left + 4, figure.box.bottom - 2);
}

function chase(context, dot, ring, scene) {
  const { palette, words } = scene;
  context.strokeStyle = palette.astrocyte;
  context.lineWidth = 1.2;
  context.setLineDash([3, 3]);
  stroke(context, dot, ring);
  context.setLineDash([]);
  circle(context, ring, 9 * palette.stroke, null, palette.astrocyte, 2.2 * palette.stroke);
  circle(context, dot, 5.2 * palette.stroke, palette.astrocyte, palette.paper, 1.4);
  context.font = palette.font(600, 1);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillStyle = palette.astrocyte;
  const apart = Math.hypot(dot[0] - ring[0], dot[1] - ring[1]) > 24;
  context.fillText(words.ring, ring[0] + 13 * palette.stroke, ring[1] + (apart ? 0 : -9));
  context.fillText(words.dot, dot[0] + 13 * palette.stroke, dot[1] + (apart ? 0 : 8));
}

function label(context, scene, [x, y], text, align, side, colour, memory) {
  const chosen = memory !== null && memory === scene.hover;
  context.font = scene.palette.font(chosen || memory === scene.run.target ? 700 : 400, 0.95);
  context.fillStyle = chosen ? scene.palette.ink : colour;
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, x, y + side * scene.palette.size * 1.05);
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
