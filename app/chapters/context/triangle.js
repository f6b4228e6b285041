// The gains on the triangle target – the other of the pair – all others; both contexts as two ways from one start. A filled dot is p,
// a hollow ring is where it would rest if gates and cue stood still.

import { Lettering, LINE } from "../../browser/lettering.js";
import { mark } from "../../browser/marks.js";
import { fill } from "../../browser/numbers.js";
import { CORNERS, chase, drawWay, EDGE, place, RING, square, way } from "../../browser/triangle.js";

export const card = {
  name: "triangle",
  figure: "triangle",

  fill(figure, scene, own) {
    const { run, ghosts, palette } = scene;
    own.trail = way(run.frames, (frame) => place(shares(scene, run, "p", frame)));
    own.others = ghosts.map(({ run: ghost }) => way(ghost.frames, (frame) => place(shares(scene, ghost, "p", frame))));
    figure.rows("edges", [{ ...EDGE, color: palette.soft, width: 1.4 * palette.stroke }]);
    const faded = !scene.hides; // whole ways, those that are still to come included
    figure.rows("trail", faded ? [{ ...own.trail, color: palette.astrocyte, width: 1.4 * palette.stroke, alpha: 0.35 }] : []);
    const looks = { color: palette.soft, width: 1.6 * palette.stroke, alpha: 0.8 };
    figure.rows("ghosts", faded ? ghosts.map(({ look }, i) => ({ ...own.others[i], ...looks, dash: look.dash })) : []);
  },

  draw(context, figure, scene, { trail, others }) {
    if (!trail) return;
    square(figure, 1.36, 0.38); // with names below also where the card is low
    const { run, ghosts, palette, position, words } = scene;
    const at = ([x, y]) => [figure.sx(x), figure.sy(y)];
    const lettering = new Lettering(context, figure, scene);
    const here = place(shares(scene, run, "p", position));
    context.strokeStyle = palette.astrocyte;
    drawWay(context, at, trail, position, here, 2.4 * palette.stroke);
    for (const [i, { run: ghost, look }] of ghosts.entries()) {
      const until = ghost.positionAt(scene.t),
        where = place(shares(scene, ghost, "p", until));
      context.strokeStyle = palette.soft;
      if (scene.hides) drawWay(context, at, others[i], until, where, 1.6 * palette.stroke, look.dash);
      mark(context, at(where), look.shape, 4.4 * palette.stroke, palette.paper, palette.soft, 1.6 * palette.stroke);
    }
    const away = (RING * palette.stroke + 2) / (LINE * palette.size) + 0.55;
    lettering.write(at(CORNERS[0]), run.brief(run.target), "center", -away, palette.ink, run.target);
    lettering.write(at(CORNERS[1]), run.brief(run.other), "left", away, palette.soft, run.other);
    if (run.K > 2)
      lettering.write(at(CORNERS[2]), fill(words.all_others, { count: run.K - 2 }), "right", away, palette.soft, null);
    chase(context, at(here), at(place(shares(scene, run, "attention", position))), scene, lettering);
  },

  under(figure, { run }, px, py) {
    const near = (corner) => Math.hypot(figure.sx(corner[0]) - px, figure.sy(corner[1]) - py) < 46;
    return near(CORNERS[0]) ? run.target : near(CORNERS[1]) ? run.other : null;
  },
};

// Of a ghost, too, the corners are those of the run on show: another context means another target.
function shares({ run }, of, name, position) {
  const first = of.value(name, run.target, position),
    second = of.value(name, run.other, position);
  return [first, second, Math.max(0, 1 - first - second)];
}
