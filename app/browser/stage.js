// The stage: one clock, and cards that all show the same run. A host hands in figures, cards, runs, options and words, and hears
// through `send`; nothing here knows what carries the messages, so the same file plays a page and a copy on disk.
//
// A card is a module with `export const card = {name, …}`. Only the name is needed:
//   name        what the page calls it: its title is words.titles[name], its place the CSS class gs-card-<name>
//   figure      the name of its Bokeh figure, which fills the body of the card; words.figures[name] says what it shows
//   scrubs      true where a drag over the figure moves the clock; its x axis is then scene.time
//   view        what a visitor may choose of it, by key, as it is at first; such a key may be among the host's options
//   build(body, head, stage)          makes its own elements, and its switches with stage.toggle(); what it returns is `own` below,
//                                     the only place for what belongs to one stage: the module itself has no state
//   fill(figure, scene, own)          after a new run or another view: all that the clock does not move
//   draw(context, figure, scene, own) what moves, on the canvas above the figure, in each frame that is painted
//   under(figure, scene, px, py)      the item under the pointer (a number), or null: it is then scene.hover for all cards
//   tell(scene, own)                  numbers, words and pictures of another frame of the run
//   destroy(own)                      lets go of timers
// `figure` is null for a card without one. `scene` is what all cards are shown:
//   run, ghosts [{name, run, look}] (see marks.js), frame, position (between frames), t, hover, view, options, words, palette, time (see axes.js),
//   until(run), the position up to which a run may be seen: its end, or where hides is true the moment on show,
//   making, how far what is awaited is, as its session tells it, or null,
//   name(item), plain (true while a picture is taken: no trace of pointer and keys)

import { TimeScale } from "./axes.js";
import { positionsOf, takeClip } from "./clip.js";
import { Clock } from "./clock.js";
import { button, download, hasTurned, make, placeTip, put } from "./elements.js";
import { Figure } from "./figure.js";
import { listenFor } from "./guess.js";
import { watchFocus } from "./keys.js";
import { ghostLook } from "./marks.js";
import { Note } from "./note.js";
import { fill } from "./numbers.js";
import { readPalette } from "./palette.js";
import { takePicture } from "./picture.js";
import { press, Transport, textToggle } from "./transport.js";

const VIEW = { time: "log", outcome: "auto", speed: 1, loop: false, stop: false };
const FADE_AFTER = 250; // milliseconds: runs that come faster than this (a slider under way) follow without a cross-fade
const SPEAK_AFTER = 400; // milliseconds: while someone scrubs, only where they stop is spoken

export function mount(element, given) {
  const stage = new Stage(element, given);
  element.gliascope = stage.root.gliascope = stage;
  return stage;
}

function isStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

class Stage {
  // `above` are elements of the host's, to stand above all others.
  constructor(
    element,
    { figures, cards, readRun, words, run = null, ghosts = [], options = {}, send = () => {}, moved = () => {}, above = null },
  ) {
    Object.assign(this, { cards, words, send, moved, readRun, items: figures });
    this.figures = {};
    this.filled = new WeakSet(); // figures that have data by now
    this.own = {};
    this.due = null; // what is to be drawn once all of several changes are made: {fill, fade, show}
    this.held = new Map(); // by reason, why the clock may not move, and what to do when somebody tries to move it
    this.goal = null; // the frame to which a step of a lesson plays
    this.onGoal = () => {}; // it is there
    this.waits = false; // whether that step is played by hand
    this.guess = null; // what is guessed of this run on one of its figures (see guess.js)
    this.isSeen = false; // whether what became of it may be shown
    this.follows = []; // switches that follow the view
    this.chosen = Object.assign({}, ...cards.map((card) => card.view));
    this.scene = {
      run: null,
      ghosts: [],
      position: 0,
      frame: 0,
      t: 0,
      hides: false,
      until: (run) => (this.scene.hides ? run.positionAt(this.scene.t) : run.last),
      hover: null,
      making: null,
      options: {},
      view: { ...VIEW, ...this.chosen },
      words,
      name: (item) => this.scene.run.called(item, words),
    };
    this.clock = new Clock((byHand) => this.show(byHand));
    this.act = {
      toggle: () => this.scene.run && this.moves(() => this.clock.toggle()),
      step: (count) => this.moves(() => this.clock.step(count)),
      toStart: () => this.moves(() => this.clock.seek(0)),
      toEnd: () => this.leap(this.clock.last),
      scrub: (frame) => this.leap(frame),
      toConvergence: () => this.clock.settled !== null && this.leap(this.clock.settled),
      mark: () => this.mark(),
      view: (change) => this.view(change, true),
    };
    this.build(element, above);
    this.setOptions(options);
    this.unwatch = this.watchTheme();
    this.arrived = this.embed();
    this.scene.ghosts = this.readGhosts(ghosts);
    if (run) this.setRun(run);
  }

  // ---- what a host may ask ----

  // Several changes, drawn once.
  together(change) {
    if (this.due) return change();
    this.due = { fill: false, fade: false, show: false };
    try {
      change();
    } finally {
      const { fill, fade, show } = this.due;
      this.due = null;
      if (fill) this.fill(fade);
      else if (show) this.show(true);
    }
  }

  // A run that is `anew` is seen from its beginning; any other takes the place of the one before at the moment on show.
  setRun(message, ghosts = null, anew = false) {
    const first = this.scene.run === null;
    const began = performance.now();
    const wasAtEnd = !first && !anew && !this.clock.playing && this.clock.position >= this.clock.last && this.clock.last > 0;
    const t = anew ? 0 : this.scene.t;
    this.scene.run = this.readRun(message);
    if (ghosts) this.scene.ghosts = this.readGhosts(ghosts);
    if (this.scene.hover !== null && !this.scene.run.has(this.scene.hover)) this.scene.hover = null;
    this.clock.adopt(this.scene.run, t, wasAtEnd);
    this.goal = null;
    const { at } = this.scene.options;
    const moment = first && Number.isFinite(at); // what a link to one moment shows, and does not play on
    if (moment) this.clock.position = Math.round(this.scene.run.positionAt(at));
    this.fill(!first && began - (this.lastRun ?? -Infinity) > FADE_AFTER);
    this.lastRun = began;
    if (first)
      this.arrived.then(() => {
        this.unveil();
        if (!moment) this.begin();
      });
    else if (anew) this.beginAnew();
  }

  setGhosts(ghosts) {
    this.scene.ghosts = this.readGhosts(ghosts);
    this.fill(false);
  }

  // What the session has made in the shared pool before its next run.
  setMaking(making) {
    this.scene.making = making;
    this.fill(false);
  }

  readGhosts(ghosts) {
    return ghosts.map(({ name, run, place }, i) => ({ name, run: this.readRun(run), look: ghostLook(place ?? i) }));
  }

  // To the start, and play from there.
  beginAnew() {
    this.clock.seek(0);
    this.begin();
  }

  // From one time of the run to another, as a step of a lesson has it; it plays if it may, and else waits at its beginning.
  present({ from, to, waits }) {
    const { run } = this.scene;
    this.clock.pause();
    this.goal = to === null ? run.last : run.frameAt(to);
    this.clock.until = this.goal < run.last ? this.goal : null;
    this.clock.seek(run.frameAt(from));
    this.waits = waits;
    if (!waits) this.begin();
  }

  // To where the step ends: by playing, or at once for who asks for less motion.
  playToGoal() {
    if (isStill()) this.clock.seek(this.goal);
    else this.clock.play();
  }

  // The clock stands still for this reason until it is taken away by null; `tell` is called when somebody tries to move it.
  hold(reason, tell) {
    if (tell) this.held.set(reason, tell);
    else this.held.delete(reason);
    if (this.held.size && this.clock.playing) this.clock.pause();
  }

  refuses() {
    for (const tell of this.held.values()) tell();
    return this.held.size > 0;
  }

  setOptions(options) {
    const before = this.look;
    this.scene.options = { ...this.scene.options, ...options };
    const { theme, hall, hide = [] } = this.scene.options;
    if (theme === "light" || theme === "dark") this.root.dataset.theme = theme;
    else delete this.root.dataset.theme;
    this.root.toggleAttribute("data-hall", Boolean(hall));
    for (const card of this.grid.children) card.hidden = hide.includes(card.dataset.card);
    this.grid.dataset.hidden = hide.join(" "); // so that a grid can close up
    this.transport.face.hidden = hide.includes("clock");
    this.inherit();
    this.view(
      Object.fromEntries(
        Object.keys(this.scene.view)
          .filter((key) => key in options)
          .map((key) => [key, options[key]]),
      ),
      false,
    );
    if (this.scene.palette && this.look === before) this.fill(false);
    else this.redress();
  }

  get look() {
    return `${this.root.dataset.theme} ${this.root.hasAttribute("data-hall")}`;
  }

  command(name, args = {}) {
    const deeds = {
      play: () => this.clock.play(),
      pause: () => this.clock.pause(),
      seek: () => this.leap(args.frame ?? 0),
      restart: () => {
        this.clock.seek(0);
        this.clock.play();
      },
      export: () => this.savePicture(args),
      hover: () => this.hover(args.item ?? null),
    };
    if (!Object.hasOwn(deeds, name)) throw new Error(`the stage knows no command "${name}"`);
    return deeds[name]();
  }

  // Where the clock is, in the terms of the runs that were packed: which segment, which of its recorded rows.
  now() {
    const { run, frame } = this.scene;
    return run ? { frame, t: run.t[frame], segment: run.arrays.segment[frame], row: run.arrays.row[frame] } : null;
  }

  exportPicture({ format = "png", transparent = false, ground = null } = {}) {
    return this.plainly(transparent || ground === "white", (drawn) =>
      takePicture({ ...drawn, foot: [this.parameterLine()], format, transparent }),
    );
  }

  // The whole run as a film, GIF or WebM, or from one time to another with a sentence over it; null if another run came meanwhile.
  // `progress` is told which share of it is done.
  exportClip({ format = "gif", progress = () => {}, span = null, head = "" } = {}) {
    const { clock, scene } = this,
      { run } = scene,
      { position } = clock;
    const frames = span && { from: run.frameAt(span.from), to: span.to === null ? run.last : run.frameAt(span.to) };
    if (clock.playing) clock.pause();
    const show = (moment) => {
      if (scene.run !== run || clock.playing || this.held.size) return null;
      clock.seek(moment);
      return [this.parameterLine()];
    };
    return this.plainly(false, async (drawn) => {
      const made = await takeClip({ ...drawn, positions: positionsOf(clock, frames), show, progress, format, head });
      if (made) clock.seek(position);
      return made;
    });
  }

  // Draw without what is for the screen alone, on the ground of the page or on white.
  async plainly(light, draw) {
    const before = this.root.dataset.theme,
      { scene } = this,
      { hover } = scene;
    if (light) this.root.dataset.theme = "light";
    Object.assign(scene, { plain: true, hover: null }); // what a pointer or a key is at is for the screen
    this.redress();
    try {
      return await draw({ root: this.grid, figures: Object.values(this.figures), palette: scene.palette });
    } finally {
      if (light && before) this.root.dataset.theme = before;
      else if (light) delete this.root.dataset.theme;
      Object.assign(scene, { plain: false, hover });
      this.redress();
    }
  }

  async savePicture(args) {
    const blob = await this.exportPicture(args);
    download(blob, `gliascope.${args.format === "svg" ? "svg" : "png"}`);
  }

  // Whether it is there: another run, or play, ends it.
  async saveClip({ name = "gliascope", ...asked }) {
    const blob = await this.exportClip(asked);
    if (blob) download(blob, `${name}.${asked.format}`);
    return blob !== null;
  }

  destroy() {
    this.note.close();
    this.clock.destroy();
    this.transport.destroy();
    for (const card of this.cards) card.destroy?.(this.own[card.name]);
    this.unwatch();
    this.hold("gone", () => {});
    this.arrived.finally(() => this.root.remove()); // figures that are being made need their place
  }

  // ---- building ----

  build(element, above) {
    const { words } = this;
    this.note = new Note("gs-note-box");
    this.narration = make("p", { className: "gs-narration" });
    this.voice = make("p", { className: "gs-voice", "aria-live": "polite" });
    this.grid = make("div", { className: "gs-cards" });
    this.hosts = {};
    for (const card of this.cards) this.buildCard(card);
    this.tip = make("div", { className: "gs-tip", hidden: true });
    this.transport = new Transport(words, this.act);
    this.root = make(
      "section",
      { className: "gs", "aria-label": words.stage, "data-empty": "" },
      above,
      this.narration,
      this.voice,
      this.grid,
      this.tip,
      this.note.face,
      make("div", { className: "gs-foot" }, make("slot"), this.transport.face), // a page may put something above the clock
    );
    Object.assign(this.root.dataset, { frame: "0", frames: "0", playing: "false" });
    watchFocus(this.root);
    element.append(this.root);
  }

  buildCard(card) {
    const { name, figure, scrubs } = card;
    const head = make("header", {}, make("h2", { "data-picture": "text" }, this.words.titles[name]), this.legend(name));
    const body = make("div", { className: `gs-body gs-${name}` });
    this.grid.append(make("section", { className: `gs-card gs-card-${name}`, "data-card": name }, head, body));
    if (figure) {
      this.hosts[name] = body;
      body.setAttribute("role", "img");
      body.setAttribute("aria-label", this.words.figures[name]);
      body.classList.toggle("gs-scrubs", Boolean(scrubs));
      this.point(card, body);
    }
    this.own[name] = card.build?.(body, head, this) ?? {};
  }

  // What the signs of a card mean, on demand.
  legend(name) {
    const said = this.words.legends?.[name];
    if (!said) return null;
    const label = fill(this.words.legend, { title: this.words.titles[name] });
    const list = make("ul", {}, ...said.map((sentence) => make("li", {}, sentence)));
    const asker = button(
      label,
      { text: false, className: "gs-button gs-legend", "aria-expanded": "false", onclick: () => this.note.toggle(asker, list) },
      "legend",
    );
    return asker;
  }

  // A switch between two views, for the head of a card; it follows the view by itself.
  toggle(head, label, text, on, off) {
    const button = textToggle(label, text, (pressed) => this.view(pressed ? on : off, true));
    this.follows.push((view) =>
      press(
        button,
        Object.entries(on).every(([key, value]) => view[key] === value),
      ),
    );
    head.append(button);
    return button;
  }

  async embed() {
    const drawn = this.cards.filter((card) => card.figure);
    const made = await Promise.all(
      drawn.map((card) =>
        Figure.embed(this.hosts[card.name], this.items[card.figure], (context, figure) => this.draw(card, context, figure)),
      ),
    );
    drawn.forEach((card, i) => {
      this.figures[card.name] = made[i];
    });
    this.redress();
  }

  draw(card, context, figure) {
    const { scene, guess } = this;
    if (!scene.run || this.isLeftOut(card) || !this.filled.has(figure)) return; // Bokeh may paint it before it has its data
    card.draw?.(context, figure, scene, this.own[card.name]);
    if (guess?.card === card.name) guess.draw(context, figure, scene, this.isSeen);
  }

  // A guess that is drawn on a figure, or none any more; while anything is asked, nothing tells where the run goes.
  setGuess(guess, isSeen, isAsked) {
    Object.assign(this, { guess, isSeen });
    this.scene.isAsked = isAsked;
    for (const [name, host] of Object.entries(this.hosts)) {
      host.classList.toggle("gs-guessed", Boolean(guess?.isOpen && guess.card === name));
      host.parentNode.toggleAttribute("data-guess", guess?.card === name);
    }
    this.show(true);
  }

  // Cards are seen once there is something on them.
  async unveil() {
    if (!this.scene.run || !this.scene.palette || !("empty" in this.root.dataset)) return;
    await Promise.all(Object.values(this.figures).map((figure) => figure.painted()));
    delete this.root.dataset.empty;
  }

  begin() {
    if (this.scene.options.autoplay !== false && !isStill() && !this.held.size) this.clock.play();
  }

  // ---- showing ----

  // A card that the options hide takes no part: to lay out its figure would cost as much as of one that is seen.
  isLeftOut({ name }) {
    return (this.scene.options.hide ?? []).includes(name);
  }

  // All that changes with a run or a view, not with the clock.
  fill(fade) {
    const { scene } = this;
    const { run } = scene;
    if (!run || !scene.palette) return;
    if (this.due) {
      this.due.fill = true;
      this.due.fade ||= fade;
      return;
    }
    scene.time = new TimeScale([run, ...scene.ghosts.map((ghost) => ghost.run)], scene.view.time === "log");
    const smooth = fade && !isStill();
    for (const card of this.cards) {
      const figure = this.figures[card.name] ?? null;
      if ((card.figure && !figure) || this.isLeftOut(card)) continue; // it is being made, or will be filled when it is wanted
      if (smooth) figure?.crossfade();
      card.fill?.(figure, scene, this.own[card.name]);
      if (figure) this.filled.add(figure);
    }
    this.transport.adopt(run);
    this.root.dataset.frames = String(run.frames);
    this.show(true);
  }

  // One frame: whatever the clock moves.
  show(byHand) {
    const { scene, clock } = this;
    const { run } = scene;
    if (!run) return;
    const before = this.shownFrame;
    scene.position = clock.position;
    scene.frame = clock.frame;
    scene.t = run.between(run.t, clock.position, 1, 0);
    if (this.due) {
      this.due.show = true;
      return;
    }
    if (scene.palette) for (const figure of Object.values(this.figures)) figure.paint();
    if (byHand || before !== scene.frame) this.tell();
    this.shownFrame = scene.frame;
    if (this.goal !== null && clock.position >= this.goal) this.onGoal();
  }

  // Numbers and words of the frame on show.
  tell() {
    const { scene, clock } = this;
    const { run, frame } = scene;
    // Cards first: they measure themselves, which costs a layout once anything has been written.
    if (scene.palette) for (const card of this.cards) if (!this.isLeftOut(card)) card.tell?.(scene, this.own[card.name]);
    this.root.dataset.frame = String(frame);
    this.root.dataset.playing = String(clock.playing);
    put(this.narration, run.sentenceAt(frame));
    this.transport.tell(run, frame, clock.playing);
    if (!clock.playing && this.narration.textContent !== this.voice.textContent) {
      clearTimeout(this.speaking);
      this.speaking = setTimeout(() => put(this.voice, this.narration.textContent), SPEAK_AFTER);
    }
    if (!this.tip.hidden) this.fillTip();
  }

  // What is still to come can be kept from view; in a hall it is, unless its lecturer has it shown.
  keepOutcome() {
    const { scene } = this,
      { view } = scene;
    scene.hides = view.outcome === "hidden" || (view.outcome === "auto" && this.root.hasAttribute("data-hall"));
    this.transport.view({ ...view, hides: scene.hides });
  }

  leap(frame) {
    this.moves(() => {
      if (this.clock.playing) this.clock.pause();
      this.clock.seek(Math.round(frame));
    });
  }

  // The clock as a visitor moves it, if it may be moved; the host hears where it is now.
  moves(deed) {
    if (this.refuses()) return;
    deed();
    this.moved(this.scene.t, this.clock.playing);
  }

  mark() {
    if (!this.scene.run) return;
    const { frame, segment, row } = this.now();
    this.send("mark", { frame, segment, row });
    this.transport.marked();
  }

  // Another view. The host hears of what its visitor chose, if it is among the options that the host gave.
  view(change, byHand) {
    const { view, options } = this.scene;
    Object.assign(view, change);
    Object.assign(this.clock, { speed: view.speed, loop: view.loop, stop: view.stop });
    this.keepOutcome();
    for (const follow of this.follows) follow(view);
    if (Object.keys(change).some((key) => key === "time" || key === "outcome" || key in this.chosen)) this.fill(false);
    const changes = Object.fromEntries(Object.entries(change).filter(([key]) => key in options));
    if (byHand && Object.keys(changes).length) this.send("view", { changes });
  }

  parameterLine() {
    const { words } = this,
      { run, frame } = this.scene;
    const listed = Object.entries(words.symbols ?? {}).filter(([key]) => run.settings[key] != null && !run.unused.includes(key));
    const values = listed.map(([key, symbol]) => `${symbol} = ${run.settings[key]}`); // to the last digit, to be repeated
    const said = [words.title, words.models?.[run.model] ?? run.model, ...values, run.clockText(frame, words)];
    return said.filter(Boolean).join(" · ");
  }

  // ---- pointer: what is under it lights up in every card; dragged over a plot of time, it takes the clock along ----

  point({ name, under, scrubs }, host) {
    const at = (event) => {
      const box = host.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const scrub = (event) => {
      const { scene } = this;
      const [px] = at(event);
      this.leap(scene.run.positionAt(Math.max(0, scene.time.of(this.figures[name].ux(px)))));
    };
    listenFor(host, name, () => this.guess);
    let down = null; // where a finger has come down that has not yet said what it wants
    host.addEventListener("pointermove", (event) => {
      if (!this.scene.run || !this.figures[name]) return;
      if (down && hasTurned(down.clientX, event.clientX)) {
        down = null;
        this.scrubbing = name;
      }
      if (this.scrubbing === name) return scrub(event);
      if (down) return;
      const [px, py] = at(event);
      const cut = this.figures[name].nameAt(px, py);
      this.hover(cut ? null : (under?.(this.figures[name], this.scene, px, py) ?? null), event);
      if (cut) this.whisper(cut, event);
    });
    host.addEventListener("pointerleave", () => this.hover(null));
    if (!scrubs) return;
    host.addEventListener("pointerdown", (event) => {
      const figure = this.figures[name];
      if (!this.scene.run || !figure || event.button !== 0 || figure.toolInHand() || figure.onToolbar(event)) return;
      if (!figure.within(...at(event))) return;
      if (event.pointerType !== "mouse") {
        down = event;
        return;
      }
      this.scrubbing = name;
      scrub(event);
    });
    host.addEventListener("pointerup", (event) => down && scrub(event)); // a tap
    const release = () => {
      down = null;
      this.scrubbing = null;
    };
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) host.addEventListener(end, release);
  }

  hover(item, event = null) {
    const { scene } = this;
    this.tip.hidden = item === null || event === null;
    if (!this.tip.hidden) placeTip(this.tip, this.root, event);
    if (item === scene.hover) return;
    scene.hover = item;
    if (item === null) delete this.root.dataset.hover;
    else this.root.dataset.hover = String(item);
    if (item !== null && scene.run) this.fillTip();
    this.show(true);
  }

  // A few words beside the pointer.
  whisper(text, event) {
    this.tip.hidden = false;
    this.tip.textContent = text;
    placeTip(this.tip, this.root, event);
  }

  fillTip() {
    const { run, hover, frame } = this.scene;
    if (hover !== null) this.tip.textContent = run.tip(hover, frame, this.words);
  }

  // ---- light, dark, hall: by option, by the page's root element, else as the system has it ----

  watchTheme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
      this.inherit();
      this.redress();
    };
    const page = new MutationObserver(follow);
    page.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-hall"] });
    dark.addEventListener("change", follow);
    const size = new ResizeObserver(() => requestAnimationFrame(() => this.redress())); // type and ticks follow the width
    size.observe(this.root);
    return () => {
      page.disconnect();
      dark.removeEventListener("change", follow);
      size.disconnect();
    };
  }

  inherit() {
    const { theme, hall } = this.scene.options;
    const page = document.documentElement.dataset;
    if (theme !== "light" && theme !== "dark") {
      if (page.theme) this.root.dataset.theme = page.theme;
      else delete this.root.dataset.theme;
    }
    if (hall === undefined || hall === null) this.root.toggleAttribute("data-hall", "hall" in page && page.hall !== "false");
    this.keepOutcome();
  }

  redress() {
    this.scene.palette = readPalette(this.root);
    for (const figure of Object.values(this.figures)) figure.dress(this.scene.palette);
    this.fill(false);
  }
}
