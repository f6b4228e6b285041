// A Bokeh figure with a canvas above it. Bokeh keeps what stands still (axes, whole curves, zoom); the canvas, in the
// figure's own coordinates, takes what moves, so that playing never asks Bokeh to paint. Views of Bokeh are touched here only.

const STILL = 6; // pixels within which a pointer counts as not moved
const SHORT = 700; // milliseconds that a finger's tap lasts at most
const PATIENCE = 500; // milliseconds
const LINES = { color: "#888888", width: 1, dash: "solid", alpha: 1 };
const TICK_WIDE = 3.6,
  TICK_HIGH = 1.7, // room for the label of a tick, by the size of the type
  TICK_TYPE = 0.92,
  TITLE_FREE = 4; // pixels
const MUTED = { border_fill_color: null, background_fill_color: null };

export class Figure {
  static async embed(host, item, draw) {
    const figure = new Figure(host, draw);
    const views = await globalThis.Bokeh.embed.embed_item(item, figure.below);
    figure.adopt(views.roots ? views.roots[0] : [...views][0]);
    return figure;
  }

  constructor(host, draw) {
    this.host = host;
    this.draw = draw;
    this.below = host.appendChild(document.createElement("div"));
    this.below.className = "gs-below";
    this.canvas = host.appendChild(document.createElement("canvas"));
    this.canvas.className = "gs-above";
    this.canvas.setAttribute("aria-hidden", "true");
    this.context = this.canvas.getContext("2d");
    this.homes = {};
    this.type = 13; // pixels
    this.family = "sans-serif";
    this.shortened = []; // names that were cut short, and where they stand
  }

  adopt(view) {
    this.view = view;
    this.model = view.model;
    this.ready = () => view.frame.bbox.width > 0;
    view.canvas_view.events_el.removeAttribute("tabindex"); // it answers no key: a stop on the way of the Tab key for nothing
    view.repainted.connect(() => {
      this.paint();
      this.onPainted?.();
    });
  }

  // Until what it was given last is painted, or it seems that nothing will be, as where it is left out.
  painted() {
    return new Promise((done) => {
      this.onPainted = done;
      setTimeout(done, PATIENCE);
    });
  }

  fill(layer, columns) {
    this.model.renderers.find((candidate) => candidate.name === `gs-${layer}`).data_source.data = columns;
  }

  // Lines or bands of a layer, all at once: [{xs, ys, color, width, dash, alpha}], with what a row does not say from `looks`.
  rows(layer, rows, looks = LINES) {
    const columns = { xs: rows.map((row) => row.xs), ys: rows.map((row) => row.ys) };
    for (const [key, usual] of Object.entries(looks)) columns[key] = rows.map((row) => row[key] ?? usual);
    this.fill(layer, columns);
  }

  borders(left, right, bottom = this.model.min_border_bottom) {
    const [min_border_left, min_border_right, min_border_bottom] = [left, right, bottom].map(Math.round);
    this.model.setv({ min_border_left, min_border_right, min_border_bottom });
  }

  // How long an axis is, in pixels, before anything is laid out.
  length(axis) {
    const { clientWidth, clientHeight } = this.host,
      { min_border_left, min_border_right, min_border_top, min_border_bottom } = this.model;
    return axis === "x" ? clientWidth - min_border_left - min_border_right : clientHeight - min_border_top - min_border_bottom;
  }

  // How many labels of ticks have room along it.
  fitting(axis) {
    return Math.max(2, Math.floor(this.length(axis) / ((axis === "x" ? TICK_WIDE : TICK_HIGH) * this.type)));
  }

  // The title of an axis stands at its middle, and may reach over its ends.
  hasRoom(axis, title) {
    const { min_border_left, min_border_right, min_border_top, min_border_bottom } = this.model;
    const over = axis === "x" ? Math.min(min_border_left, min_border_right) : Math.min(min_border_top, min_border_bottom);
    this.context.font = `${TICK_TYPE * this.type}px ${this.family}`;
    return this.context.measureText(title).width <= this.length(axis) + 2 * over - TITLE_FREE;
  }

  // The whole of a name that was cut short, where the pointer is on it.
  nameAt(px, py) {
    return this.shortened.find(({ left, top, bottom }) => px >= left && py >= top && py <= bottom)?.text ?? null;
  }

  // A zoom of the user's own survives as long as the bounds stay what they were.
  range(axis, start, end) {
    const home = `${start} ${end}`;
    if (this.homes[axis] === home) return;
    this.homes[axis] = home;
    const range = this.model[`${axis}_range`];
    range.setv({ start, end, reset_start: start, reset_end: end });
  }

  ticks(axis, ticks, labels, title, minor = []) {
    const model = axis === "x" ? this.model.below[0] : this.model.left[0];
    const overrides = new Map(ticks.map((tick, i) => [tick, labels[i]]));
    model.ticker.setv({ ticks, minor_ticks: minor });
    model.setv({ major_label_overrides: overrides, axis_label: title && this.hasRoom(axis, title) ? title : null });
  }

  // Labels of ticks upright, where they are too long to stand side by side.
  turnTicks(axis, turned) {
    const model = axis === "x" ? this.model.below[0] : this.model.left[0];
    model.major_label_orientation = turned ? "vertical" : "horizontal";
  }

  dress(palette) {
    this.model.setv(MUTED);
    Object.assign(this, { type: palette.size, family: palette.family });
    const size = `${Math.round(palette.size * TICK_TYPE)}px`;
    for (const axis of [...this.model.below, ...this.model.left]) {
      if (!axis.axis_label_text_color) continue;
      axis.setv({
        axis_line_color: palette.rule,
        major_tick_line_color: palette.rule,
        minor_tick_line_color: palette.rule,
        major_label_text_color: palette.soft,
        axis_label_text_color: palette.soft,
        major_tick_in: 0,
        major_label_text_font_size: size,
        axis_label_text_font_size: size,
        axis_label_text_font_style: "normal",
        major_label_text_font: palette.family,
        axis_label_text_font: palette.family,
        axis_label_standoff: 4,
      });
    }
    for (const grid of this.model.center) {
      if (grid.grid_line_color !== undefined) grid.setv({ grid_line_color: palette.rule, grid_line_alpha: 0.45 });
    }
  }

  get box() {
    return this.view.frame.bbox;
  }
  sx(x) {
    return this.view.frame.x_scale.compute(x);
  }
  sy(y) {
    return this.view.frame.y_scale.compute(y);
  }
  ux(px) {
    return this.view.frame.x_scale.invert(px);
  }
  uy(px) {
    return this.view.frame.y_scale.invert(px);
  }

  within(px, py) {
    const { left, right, top, bottom } = this.box;
    return px >= left && px <= right && py >= top && py <= bottom;
  }

  // What Bokeh has drawn, as a canvas or as its SVG.
  layer(format) {
    return this.view.export(format).canvas;
  }

  // Bokeh's own SVG context records what is drawn on it; any of its figures has one to give.
  svgContext(width, height) {
    const Context = this.view.export("svg").ctx.constructor;
    return new Context({ width, height });
  }

  // Whether a pointer is busy with Bokeh's own tools.
  onToolbar(event) {
    return event.composedPath().some((node) => node.classList?.contains("bk-Toolbar"));
  }
  toolInHand() {
    return this.model.toolbar.gestures?.pan?.active != null;
  }

  fit() {
    const ratio = globalThis.devicePixelRatio || 1;
    const width = this.host.clientWidth,
      height = this.host.clientHeight;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    return { ratio, width, height };
  }

  paint() {
    if (!this.view || !this.ready()) return;
    const { ratio, width, height } = this.fit();
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.draw(this.context, this);
  }

  // A still of the old curves that fades over the new ones, so that a new run does not flash.
  crossfade() {
    const shown = this.view?.canvas_view?.primary?.canvas;
    if (!shown?.width) return;
    const still = document.createElement("canvas");
    still.className = "gs-still";
    still.width = shown.width;
    still.height = shown.height;
    still.getContext("2d").drawImage(shown, 0, 0);
    this.host.insertBefore(still, this.canvas);
    still.animate([{ opacity: 1 }, { opacity: 0 }], { duration: 180, easing: "ease-out" }).onfinish = () => still.remove();
  }
}

// Follows the pointer over a figure: `over(px, py, event)` while a mouse or a pen is there, `out()` once it is gone; `tap(px, py)`
// where one is let go unmoved; `drag(from, to, done)` while a mouse draws a box, if anyone asks for boxes. A finger does not hover:
// it taps, shortly and without straying, or it scrolls the page.
export function follow(host, { over, out, tap, drag = null }) {
  let down = null; // {from, began, strayed}
  const at = (event) => {
    const box = host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const away = (place) => Math.hypot(place[0] - down.from[0], place[1] - down.from[1]) > STILL;
  const isFinger = (event) => event.pointerType === "touch";
  host.addEventListener("pointermove", (event) => {
    const place = at(event);
    if (!isFinger(event)) over(...place, event);
    if (!down || !away(place)) return;
    down.strayed = true;
    if (drag && event.pointerType === "mouse") drag(down.from, place, false);
  });
  host.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down = { from: at(event), began: event.timeStamp, strayed: false };
    if (!isFinger(event)) over(...down.from, event);
  });
  host.addEventListener("pointerup", (event) => {
    if (!down) return;
    const place = at(event);
    const isTap = isFinger(event) ? !down.strayed && event.timeStamp - down.began < SHORT : !away(place);
    if (isTap) tap(...place);
    else if (drag && event.pointerType === "mouse") drag(down.from, place, true);
    down = null;
  });
  for (const end of ["pointerleave", "pointercancel"]) {
    host.addEventListener(end, (event) => {
      down = null;
      if (!isFinger(event)) out();
    });
  }
}
