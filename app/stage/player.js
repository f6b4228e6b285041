// The stage: one clock, six views of one run. A host hands in figures, runs, options and words, and hears through `send`;
// nothing here knows of Panel, so the same file plays the page and the offline copy.

import { barUnder, drawBars, fillBars } from "./bars.js";
import { Clock } from "./clock.js";
import { buildControls, listenToKeys, relabel, textToggle } from "./controls.js";
import { badge, drawEnergy, drawOverlaps, fillEnergy, fillOverlaps, memoryUnder, TimeScale } from "./curves.js";
import { Figure } from "./figure.js";
import { readRun } from "./message.js";
import { Neurons } from "./neurons.js";
import { fill, three } from "./numbers.js";
import { readPalette } from "./palette.js";
import { takePicture } from "./picture.js";
import { download } from "./paper.js";
import { drawSimplex, fillSimplex, gainUnder } from "./simplex.js";

const VIEW = {time: "log", energy: "whole", gains: "triangle", own_pattern: false, speed: 1, loop: false, stop: false};
const FACTS = ["t", "error", "perplexity", "outcome", "convergence"];
const FADE_AFTER = 250; // milliseconds: runs that come faster than this (a slider under way) follow without a cross-fade

const PLOTS = {
  overlaps: {fill: fillOverlaps, draw: drawOverlaps, under: memoryUnder},
  simplex: {fill: fillSimplex, draw: drawSimplex, under: gainUnder},
  energy: {fill: fillEnergy, draw: drawEnergy, under: () => null},
  attention: {fill: fillBars, draw: drawBars, under: barUnder},
};

export function mount(element, given) {
  const stage = new Stage(element, given);
  element.gliascope = stage.root.gliascope = stage;
  return stage;
}

class Stage {
  constructor(element, {figures, run = null, ghosts = [], options = {}, words, send = () => {}}) {
    this.words = words;
    this.send = send;
    this.items = figures;
    this.figures = {};
    this.scene = {
      run: null, ghosts: [], position: 0, frame: 0, t: 0, hover: null, options: {}, view: {...VIEW}, words,
      name: (memory) => this.name(memory),
    };
    this.clock = new Clock((byHand) => this.show(byHand));
    this.act = {
      toggle: () => this.scene.run && this.clock.toggle(), step: (count) => this.clock.step(count),
      toStart: () => this.clock.seek(0), toEnd: () => this.leap(this.clock.last), scrub: (frame) => this.leap(frame),
      toConvergence: () => this.clock.settled !== null && this.leap(this.clock.settled),
      mark: () => this.mark(), view: (change) => this.view(change, true),
    };
    this.build(element);
    this.setOptions(options);
    this.cleanUp = [listenToKeys(this.act, this.parts.scrub), this.watchTheme()];
    this.arrived = this.embed();
    this.setGhosts(ghosts);
    if (run) this.setRun(run);
  }

  // ---- what a host may ask ----

  setRun(message) {
    const first = this.scene.run === null;
    const began = performance.now();
    const wasAtEnd = !first && !this.clock.playing && this.clock.position >= this.clock.last && this.clock.last > 0;
    const t = this.scene.t;
    this.scene.run = readRun(message);
    if (this.scene.hover >= this.scene.run.K) this.scene.hover = null;
    this.clock.adopt(this.scene.run, t, wasAtEnd);
    this.fill(!first && began - (this.lastRun ?? -Infinity) > FADE_AFTER);
    this.lastRun = began;
    this.paintTime = performance.now() - began;
    if (first) this.arrived.then(() => this.begin());
  }

  setGhosts(ghosts) {
    this.scene.ghosts = ghosts.map(({name, run}) => ({name, run: readRun(run)}));
    this.fill(false);
  }

  setOptions(options) {
    this.scene.options = {...this.scene.options, ...options};
    const {theme, hall, command} = this.scene.options;
    if (theme === "light" || theme === "dark") this.root.dataset.theme = theme; else delete this.root.dataset.theme;
    this.root.toggleAttribute("data-hall", Boolean(hall));
    for (const card of this.cards.children) card.hidden = (this.scene.options.hide ?? []).includes(card.dataset.card);
    this.bar.hidden = (this.scene.options.hide ?? []).includes("clock");
    this.inherit();
    const view = Object.fromEntries(Object.keys(VIEW).filter((key) => key in options).map((key) => [key, options[key]]));
    this.view(view, false);
    this.redress();
    if (command && command.id !== this.commanded) {
      this.commanded = command.id;
      this.command(command.name, command.args ?? {});
    }
  }

  command(name, args = {}) {
    const deeds = {
      play: () => this.clock.play(), pause: () => this.clock.pause(), seek: () => this.leap(args.frame ?? 0),
      restart: () => { this.clock.seek(0); this.clock.play(); }, export: () => this.savePicture(args),
      hover: () => this.hover(args.memory ?? null),
    };
    if (!Object.hasOwn(deeds, name)) throw new Error(`the stage knows no command "${name}"`);
    return deeds[name]();
  }

  // Where the clock is, in the terms of the runs that were packed: which segment, which of its recorded rows, what time.
  now() {
    const {run, frame} = this.scene;
    return run ? {frame, segment: run.arrays.segment[frame], row: run.arrays.row[frame], t: run.t[frame]} : null;
  }

  async exportPicture({format = "png", transparent = false, ground = null} = {}) {
    const light = transparent || ground === "white";
    const before = this.root.dataset.theme;
    if (light) { this.root.dataset.theme = "light"; this.redress(); }
    try {
      return await takePicture(this, {format, transparent});
    } finally {
      if (light) {
        if (before) this.root.dataset.theme = before; else delete this.root.dataset.theme;
        this.redress();
      }
    }
  }

  async savePicture(args) {
    const blob = await this.exportPicture(args);
    download(blob, `gliascope.${args.format === "svg" ? "svg" : "png"}`);
  }

  destroy() {
    this.clock.destroy();
    this.neurons.destroy();
    for (const undo of this.cleanUp) undo();
    this.root.remove();
  }

  // ---- building ----

  build(element) {
    const make = (parent, tag, name) => {
      const made = parent.appendChild(document.createElement(tag));
      if (name) made.className = name;
      return made;
    };
    const {words} = this;
    this.root = make(element, "section", "gs");
    this.root.setAttribute("aria-label", words.stage);
    Object.assign(this.root.dataset, {frame: "0", frames: "0", playing: "false"});
    this.narration = make(this.root, "p", "gs-narration");
    this.voice = make(this.root, "p", "gs-voice");
    this.voice.setAttribute("aria-live", "polite");
    this.cards = make(this.root, "div", "gs-cards");
    const heads = {}, bodies = {};
    for (const name of ["neurons", "overlaps", "simplex", "attention", "energy", "facts"]) {
      const card = make(this.cards, "section", `gs-card gs-card-${name}`);
      card.dataset.card = name;
      heads[name] = make(card, "header");
      make(heads[name], "h3").textContent = words.titles[name];
      bodies[name] = make(card, name === "facts" ? "dl" : "div", name === "facts" ? "gs-facts" : `gs-body gs-${name}`);
    }
    this.neurons = new Neurons(bodies.neurons, words, this.send);
    this.hosts = {};
    for (const name of Object.keys(PLOTS)) {
      this.hosts[name] = bodies[name];
      bodies[name].setAttribute("role", "img");
      bodies[name].setAttribute("aria-label", words.figures[name]);
      this.point(name, bodies[name]);
    }
    this.tip = make(this.root, "div", "gs-tip");
    this.tip.hidden = true;
    this.toggles = {
      own_pattern: textToggle(heads.neurons, words.own_pattern, words.own_short, (on) => this.view({own_pattern: on}, true)),
      wheel: textToggle(heads.simplex, words.wheel, words.wheel_short, (on) => this.view({gains: on ? "wheel" : "triangle"}, true)),
      parts: textToggle(heads.energy, words.parts, words.parts_short, (on) => this.view({energy: on ? "parts" : "whole"}, true)),
      powers: textToggle(heads.energy, words.powers, words.powers_short, (on) => this.view({energy: on ? "powers" : "whole"}, true)),
    };
    this.badge = make(heads.energy, "span", "gs-badge");
    this.note = make(heads.attention, "span", "gs-note");
    this.facts = {};
    for (const fact of FACTS) {
      const pair = make(bodies.facts, "div");
      make(pair, "dt").textContent = words.facts[fact];
      this.facts[fact] = make(pair, "dd");
      this.facts[fact].dataset.fact = fact;
    }
    this.bar = make(this.root, "div", "gs-clock");
    this.parts = buildControls(this.bar, words, this.act);
  }

  async embed() {
    const order = Object.keys(PLOTS);
    const made = await Promise.all(order.map((name) => Figure.embed(
      this.hosts[name], this.items[name], (context, figure) => this.scene.run && PLOTS[name].draw(context, figure, this.scene),
    )));
    order.forEach((name, i) => { this.figures[name] = made[i]; });
    this.redress();
  }

  begin() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.scene.options.autoplay !== false && !still) this.clock.play();
  }

  // ---- showing ----

  // All that changes with a run or a view, not with the clock.
  fill(fade) {
    const {scene} = this;
    if (!scene.run || !scene.palette) return;
    scene.time = new TimeScale(scene);
    const smooth = fade && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const [name, figure] of Object.entries(this.figures)) {
      if (smooth) figure.crossfade();
      PLOTS[name].fill(figure, scene);
    }
    this.neurons.adopt(scene);
    const {run} = scene;
    const {text, fell} = badge(run, this.words);
    this.badge.textContent = text;
    this.badge.classList.toggle("gs-alarm", !fell);
    this.parts.scrub.max = String(run.last);
    this.parts.settle.disabled = run.settledFrame === null;
    this.root.dataset.frames = String(run.frames);
    const at = run.converged_at;
    this.facts.convergence.textContent = at === null
      ? fill(this.words.not_converged, {t: three(run.t[run.last])}) : fill(this.words.converged, {t: three(at)});
    this.facts.outcome.textContent = this.words.outcomes[run.outcome] ?? run.outcome;
    this.facts.outcome.dataset.outcome = run.outcome;
    this.show(true);
  }

  // One frame: whatever the clock moves.
  show(byHand) {
    const {scene, clock} = this;
    const {run} = scene;
    if (!run) return;
    const before = this.shownFrame;
    scene.position = clock.position;
    scene.frame = clock.frame;
    scene.t = run.between(run.t, clock.position, 1, 0);
    if (scene.palette) {
      for (const figure of Object.values(this.figures)) figure.paint();
      if (byHand || before !== scene.frame) this.neurons.paint();
    }
    if (byHand || before !== scene.frame) this.tell();
    this.shownFrame = scene.frame;
  }

  // Numbers and words of the frame on show.
  tell() {
    const {run, frame} = this.scene;
    const {words, parts, clock} = this;
    const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };
    const t = three(run.t[frame]);
    this.root.dataset.frame = String(frame);
    this.root.dataset.playing = String(clock.playing);
    put(this.narration, run.sentence_at(frame));
    put(this.facts.t, t);
    put(this.facts.error, three(run.arrays.error[frame]));
    put(this.facts.perplexity, three(run.arrays.perplexity[frame]));
    put(this.note, fill(words.kl_and_gap, {kl: three(run.arrays.kl[frame]), gap: three(run.arrays.attention_gap[frame])}));
    put(parts.time, `t = ${t}`);
    parts.scrub.value = String(frame);
    parts.scrub.setAttribute("aria-valuetext", fill(words.frame_text, {t, frame: frame + 1, frames: run.frames}));
    parts.scrub.style.setProperty("--gs-done", `${(100 * frame) / Math.max(1, run.last)}%`);
    relabel(parts.play, clock.playing ? "pause" : "play", clock.playing ? words.pause : words.play);
    if (!clock.playing && this.narration.textContent !== this.voice.textContent) {
      clearTimeout(this.speaking); // while someone scrubs, only where they stop is spoken
      this.speaking = setTimeout(() => put(this.voice, this.narration.textContent), 400);
    }
    if (!this.tip.hidden) this.fillTip();
  }

  leap(frame) {
    if (this.clock.playing) this.clock.pause();
    this.clock.seek(Math.round(frame));
  }

  mark() {
    if (!this.scene.run) return;
    this.send("mark", this.now());
    this.parts.mark.animate([{transform: "scale(1.25)"}, {transform: "none"}], {duration: 200});
  }

  view(change, byHand) {
    const {view} = this.scene;
    Object.assign(view, change);
    Object.assign(this.clock, {speed: view.speed, loop: view.loop, stop: view.stop});
    const pressed = (button, on) => button.setAttribute("aria-pressed", String(on));
    pressed(this.parts.loop, view.loop);
    pressed(this.parts.stop, view.stop);
    pressed(this.parts.log, view.time === "log");
    pressed(this.toggles.own_pattern, view.own_pattern);
    pressed(this.toggles.wheel, view.gains === "wheel");
    pressed(this.toggles.parts, view.energy === "parts");
    pressed(this.toggles.powers, view.energy === "powers");
    this.parts.speed.value = String(view.speed);
    if (Object.keys(change).some((key) => ["time", "energy", "gains", "own_pattern"].includes(key))) this.fill(false);
    if (byHand) this.send("view", {...view});
  }

  name(memory) {
    const given = this.scene.run.names?.[memory];
    const number = given ?? fill(this.words.memory, {number: memory + 1});
    return memory === this.scene.run.target ? (given ? fill(this.words.target_named, {name: given}) : this.words.target) : number;
  }

  parameterLine() {
    const {run} = this.scene;
    const listed = Object.entries(this.words.symbols).filter(([key]) => run.settings[key] !== undefined && run.settings[key] !== null);
    const written = listed.map(([key, symbol]) => `${symbol} = ${typeof run.settings[key] === "string" ? run.settings[key] : three(run.settings[key])}`);
    return [this.words.title, this.words.models[run.model] ?? run.model, ...written, `t = ${three(run.t[this.scene.frame])}`].join(" · ");
  }

  // ---- pointer: hover one memory and it lights up everywhere; drag a time plot and the clock follows ----

  point(name, host) {
    const at = (event) => {
      const box = host.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const scrub = (event) => {
      const {scene} = this;
      const [px] = at(event);
      this.leap(scene.run.positionAt(Math.max(0, scene.time.of(this.figures[name].ux(px)))));
    };
    host.addEventListener("pointermove", (event) => {
      if (!this.scene.run || !this.figures[name]) return;
      if (this.scrubbing === name) return scrub(event);
      const [px, py] = at(event);
      this.hover(PLOTS[name].under(this.figures[name], this.scene, px, py), event);
    });
    host.addEventListener("pointerleave", () => this.hover(null));
    if (name !== "overlaps" && name !== "energy") return;
    host.addEventListener("pointerdown", (event) => {
      const figure = this.figures[name];
      if (!this.scene.run || !figure || event.button !== 0 || figure.toolInHand()) return;
      const [px, py] = at(event);
      const {left, right, top, bottom} = figure.box;
      if (px < left || px > right || py < top || py > bottom || event.composedPath().some((node) => node.classList?.contains("bk-Toolbar"))) return;
      this.scrubbing = name;
      scrub(event);
    });
    const release = () => { this.scrubbing = null; };
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) host.addEventListener(end, release);
  }

  hover(memory, event = null) {
    const {scene} = this;
    this.tip.hidden = memory === null || event === null;
    if (!this.tip.hidden) {
      const box = this.root.getBoundingClientRect();
      const right = event.clientX - box.left > box.width - 240;
      this.tip.style.transform = `translate(${event.clientX - box.left + (right ? -14 : 14)}px, ${event.clientY - box.top + 12}px)`
        + (right ? " translateX(-100%)" : "");
    }
    if (memory === scene.hover) return;
    scene.hover = memory;
    if (memory === null) delete this.root.dataset.hover; else this.root.dataset.hover = String(memory);
    if (memory !== null && scene.run) this.fillTip();
    this.show(true);
  }

  fillTip() {
    const {run, hover, frame} = this.scene;
    if (hover === null) return;
    this.tip.textContent = fill(this.words.tip, {
      name: this.name(hover), overlap: three(run.value("overlaps", hover, frame)),
      p: three(run.value("p", hover, frame)), attention: three(run.value("attention", hover, frame)),
    });
  }

  // ---- light, dark, hall: by option, by the page's root element, else as the system has it ----

  watchTheme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => { this.inherit(); this.redress(); };
    const page = new MutationObserver(follow);
    page.observe(document.documentElement, {attributes: true, attributeFilter: ["data-theme", "data-hall"]});
    dark.addEventListener("change", follow);
    const size = new ResizeObserver(() => requestAnimationFrame(() => this.show(true)));
    size.observe(this.root);
    return () => { page.disconnect(); dark.removeEventListener("change", follow); size.disconnect(); };
  }

  inherit() {
    const {theme, hall} = this.scene.options;
    const page = document.documentElement.dataset;
    if (theme !== "light" && theme !== "dark") {
      if (page.theme) this.root.dataset.theme = page.theme; else delete this.root.dataset.theme;
    }
    if (hall === undefined || hall === null) this.root.toggleAttribute("data-hall", "hall" in page && page.hall !== "false");
  }

  redress() {
    this.scene.palette = readPalette(this.root);
    for (const figure of Object.values(this.figures)) figure.dress(this.scene.palette);
    this.fill(false);
  }
}
