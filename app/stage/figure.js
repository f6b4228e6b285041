// A Bokeh figure with a canvas above it. Bokeh keeps what stands still (axes, whole curves, zoom); the canvas, in the
// figure's own coordinates, takes what moves, so that playing never asks Bokeh to paint.

const MUTED = {border_fill_color: null, background_fill_color: null};

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
  }

  adopt(view) {
    this.view = view;
    this.model = view.model;
    this.ready = () => view.frame.bbox.width > 0;
    view.repainted.connect(() => this.paint());
  }

  // Lines of a layer, all at once: [{xs, ys, color, width, dash, alpha}].
  lines(layer, rows) {
    const renderer = this.model.renderers.find((candidate) => candidate.name === `gs-${layer}`);
    const column = (key, fallback) => rows.map((row) => row[key] ?? fallback);
    renderer.data_source.data = {
      xs: column("xs"), ys: column("ys"), color: column("color"), width: column("width", 1),
      dash: column("dash", "solid"), alpha: column("alpha", 1),
    };
  }

  // A zoom of the user's own survives as long as the bounds stay what they were.
  range(axis, start, end) {
    const home = `${start} ${end}`;
    if (this.homes[axis] === home) return;
    this.homes[axis] = home;
    const range = this.model[`${axis}_range`];
    range.setv({start, end, reset_start: start, reset_end: end});
  }

  ticks(axis, ticks, labels, title, minor = []) {
    const model = axis === "x" ? this.model.below[0] : this.model.left[0];
    const overrides = new Map(ticks.map((tick, i) => [tick, labels[i]]));
    model.ticker.setv({ticks, minor_ticks: minor});
    model.setv({major_label_overrides: overrides, axis_label: title});
  }

  dress(palette) {
    this.model.setv(MUTED);
    const size = `${Math.round(palette.size * 0.92)}px`;
    for (const axis of [...this.model.below, ...this.model.left]) {
      if (!axis.axis_label_text_color) continue;
      axis.setv({
        axis_line_color: palette.rule, major_tick_line_color: palette.rule, minor_tick_line_color: palette.rule,
        major_label_text_color: palette.soft, axis_label_text_color: palette.soft, major_tick_in: 0,
        major_label_text_font_size: size, axis_label_text_font_size: size, axis_label_text_font_style: "normal",
        major_label_text_font: palette.family, axis_label_text_font: palette.family, axis_label_standoff: 4,
      });
    }
    for (const grid of this.model.center) {
      if (grid.grid_line_color !== undefined) grid.setv({grid_line_color: palette.rule, grid_line_alpha: 0.45});
    }
  }

  get box() { return this.view.frame.bbox; }
  sx(x) { return this.view.frame.x_scale.compute(x); }
  sy(y) { return this.view.frame.y_scale.compute(y); }
  ux(px) { return this.view.frame.x_scale.invert(px); }
  uy(px) { return this.view.frame.y_scale.invert(px); }

  toolInHand() { return this.model.toolbar.gestures?.pan?.active != null; }

  fit() {
    const ratio = globalThis.devicePixelRatio || 1;
    const width = this.host.clientWidth, height = this.host.clientHeight;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    return {ratio, width, height};
  }

  paint() {
    if (!this.view || !this.ready()) return;
    const {ratio, width, height} = this.fit();
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
    still.animate([{opacity: 1}, {opacity: 0}], {duration: 180, easing: "ease-out"}).onfinish = () => still.remove();
  }
}
