// A figure of the laboratory: the stage's figure, with layers filled by columns, and a pointer that knows its place.

import { Figure } from "../stage/figure.js";

export class Plate extends Figure {
  static async embed(host, item, draw) {
    const plate = new Plate(host, draw);
    const views = await globalThis.Bokeh.embed.embed_item(item, plate.below);
    plate.adopt(views.roots ? views.roots[0] : [...views][0]);
    return plate;
  }

  fill(layer, columns) {
    this.model.renderers.find((candidate) => candidate.name === `gs-${layer}`).data_source.data = columns;
  }

  // Lines, bands: [{xs, ys, color, …}] as columns.
  rows(layer, rows, looks) {
    const columns = {xs: rows.map((row) => row.xs), ys: rows.map((row) => row.ys)};
    for (const [key, fallback] of Object.entries(looks)) columns[key] = rows.map((row) => row[key] ?? fallback);
    this.fill(layer, columns);
  }

  borders(left, right) { this.model.setv({min_border_left: left, min_border_right: right}); }

  within(px, py) {
    const {left, right, top, bottom} = this.box;
    return px >= left && px <= right && py >= top && py <= bottom;
  }
}

// Follows the pointer over a plate: `over(px, py, event)` while it moves, `tap(px, py, event)` where it is let go unmoved,
// `drag(from, to, done)` while a mouse draws a box, if anyone asks for boxes.
export function follow(host, {over, out, tap, drag = null}) {
  const STILL = 6;
  let down = null;
  const at = (event) => {
    const box = host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  host.addEventListener("pointermove", (event) => {
    const [px, py] = at(event);
    over(px, py, event);
    if (down && drag && event.pointerType === "mouse" && Math.hypot(px - down[0], py - down[1]) > STILL) drag(down, [px, py], false);
  });
  host.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down = at(event);
    over(...down, event);
  });
  host.addEventListener("pointerup", (event) => {
    if (!down) return;
    const [px, py] = at(event);
    const moved = Math.hypot(px - down[0], py - down[1]) > STILL;
    if (!moved) tap(px, py, event);
    else if (drag && event.pointerType === "mouse") drag(down, [px, py], true);
    down = null;
  });
  host.addEventListener("pointerleave", () => { down = null; out(); });
  host.addEventListener("pointercancel", () => { down = null; out(); });
}
