// The frame of a laboratory page: header, settings, sentence, progress and what to take away; the figures are a view's.
// SPEC, STYLE and FIGURES are put in front of the modules by board.py.

import { addressWith, button, cameBack, copied, make, put, symbol } from "../pages/elements.js";
import { fill, three } from "../stage/numbers.js";
import { readPalette } from "../stage/palette.js";
import { download } from "../stage/paper.js";
import { takePicture } from "./sheet.js";
import { Sweeps } from "./sweeps.js";
import { Benchmark } from "./benchmark.js";
import { Tune } from "./tune.js";
import { Table } from "./table.js";

const ADDRESS_AFTER = 250; // browsers refuse to rewrite the address many times a second
const VIEWS = {regimes: Sweeps, benchmark: Benchmark, tune: Tune};
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

export function render({view, model, el}) {
  const root = el.getRootNode();
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const board = new Board(model);
  model.on("shown", () => board.show(model.shown));
  model.on("msg:custom", (message) => board.hear(message));
  model.on("after_render", () => board.open());
  model.on("remove", () => board.destroy());
  board.listenToLine(view.model.document);
  board.show(model.shown);
  if (cameBack()) board.tellQuietly(SPEC.words.back);
  return board.face;
}

class Board {
  constructor(model) {
    this.model = model;
    this.page = model.page;
    this.words = SPEC.words;
    this.fields = {};
    this.table = null;
    this.palette = null;
    this.looked = {};
    this.view = new VIEWS[this.page](this);
    this.build();
    for (const part of document.querySelectorAll("[data-skeleton]")) part.remove();
  }

  say(what, more = {}) { this.model.send_msg({do: what, ...more}); }

  set(changes) { this.say("set", {changes}); }

  // ---- building ----

  build() {
    this.notice = make("p", {className: "gd-notice", role: "status"});
    this.line = make("p", {className: "gd-notice gd-line", role: "status", hidden: true});
    this.sentence = make("p", {className: "gl-sentence"});
    this.voice = make("p", {className: "gl-voice", "aria-live": "polite"});
    this.bubble = make("div", {className: "gl-tip", hidden: true});
    this.figures = make("div", {className: "gl-figures"});
    this.view.build(this.figures);
    this.root = make("section", {className: "gl", "aria-label": this.words.titles[this.page]},
      this.sentence, this.figures, this.buildProgress(), this.voice, this.bubble);
    this.root.gliascope = this;
    Object.assign(this.root.dataset, {page: this.page, state: "preparing", done: "0", total: "0"});
    this.controls = this.buildControls();
    this.face = make("div", {className: "gd gl-page"}, this.buildHead(), this.notice, this.line,
      make("div", {className: "gd-body"}, this.controls, make("main", {className: "gd-main"}, this.root)));
  }

  buildHead() {
    const {words} = this;
    this.hallButton = button(words.hall, {title: words.hall_meaning, onclick: () => this.set({hall: this.shown.hall ? "0" : "1"})}, "hall");
    this.theme = button(words.theme.system, {text: false, onclick: () => this.nextTheme()}, "theme");
    this.opener = button(words.show_controls, {className: "gd-button gd-opener", "aria-expanded": "false", onclick: () => this.openControls(!this.face.classList.contains("gd-open"))}, "menu");
    this.links = Object.entries(words.pages).map(([path, title]) => make("a", {href: `./${path}`, "aria-current": path === this.page ? "page" : null}, title));
    return make("header", {className: "gd-head"}, make("h1", {}, words.title), make("nav", {className: "gd-pages", "aria-label": words.pages_label ?? words.title}, ...this.links),
      make("span", {className: "gd-gap"}), button(words.copy_link, {onclick: () => this.copyText(this.href(), words.copied)}, "link"),
      this.hallButton, this.theme, this.opener);
  }

  buildProgress() {
    const {words} = this;
    this.bar = make("progress", {max: 1, value: 0, "aria-label": words.titles[this.page]});
    this.told = make("span", {className: "gl-told"});
    this.pause = button(words.pause, {onclick: () => this.say("pause")});
    this.resume = button(words.resume, {onclick: () => this.say("resume"), hidden: true});
    this.cancel = button(words.cancel, {onclick: () => this.say("cancel")});
    this.watch = make("a", {className: "gd-button gl-watch", hidden: true});
    this.hint = make("small", {className: "gl-hint"}, this.page === "regimes" ? words.watch_hint : words.watch_hint_cell);
    return make("div", {className: "gl-progress"}, this.bar, this.told, this.pause, this.resume, this.cancel, make("span", {className: "gd-gap"}), this.hint, this.watch);
  }

  buildControls() {
    const {words} = this;
    const parameters = (names) => names.map((name) => this.field(name));
    return make("aside", {className: "gd-controls", "aria-label": words.controls, tabindex: "-1"},
      ...SETTINGS[this.page](this),
      make("div", {className: "gl-parameters"}, ...parameters(SPEC.main)),
      make("details", {className: "gd-fold"}, make("summary", {}, words.more), ...parameters(SPEC.folded)),
      this.buildTake());
  }

  // A field for a parameter of the core.
  field(name) {
    const known = SPEC.parameters[name];
    const input = known.choices ? this.select(name, known.called, known.choices) : this.input(name, known.symbol);
    return make("label", {className: "gd-field", title: known.meaning, "data-field": name}, make("span", {}, symbol(known.symbol), " ", known.called), input);
  }

  // A field of the page's own.
  own(name, ...inputs) {
    return make("label", {className: "gd-field", "data-field": name}, make("span", {}, this.words.fields[name]), ...inputs);
  }

  input(name, label) {
    const field = make("input", {type: "text", autocomplete: "off", spellcheck: "false", className: "gd-exact", "aria-label": label});
    field.addEventListener("change", () => this.set({[name]: field.value}));
    field.addEventListener("blur", () => { field.value = this.shown.fields[name]; });
    return this.fields[name] = field;
  }

  select(name, label, choices) {
    const field = make("select", {"aria-label": label}, ...Object.entries(choices).map(([value, text]) => make("option", {value}, text)));
    field.addEventListener("change", () => this.set({[name]: field.value}));
    return this.fields[name] = field;
  }

  range(low, high, label) {
    const {words} = this;
    return make("div", {className: "gd-field"}, make("span", {}, label ?? words.fields.range),
      make("span", {className: "gl-pair"}, this.input(low, `${label ?? ""} ${words.fields.low}`.trim()), "–", this.input(high, `${label ?? ""} ${words.fields.high}`.trim())));
  }

  several(name, choices) {
    const boxes = Object.entries(choices).map(([value, text]) => make("label", {className: "gd-check"}, make("input", {type: "checkbox", value}), text));
    const chosen = () => boxes.map((box) => box.firstChild).filter((box) => box.checked).map((box) => box.value);
    const group = make("fieldset", {className: "gl-several"}, make("legend", {}, this.words.fields[name]), ...boxes);
    group.addEventListener("change", (event) => {
      if (!chosen().length) { event.target.checked = true; return; }
      this.set({[name]: chosen().join(",")});
    });
    this.fields[name] = {set value(text) { for (const box of boxes) box.firstChild.checked = text.split(",").includes(box.firstChild.value); }};
    return group;
  }

  presets(...rows) {
    const {words} = this;
    const preset = ([text, changes]) => button(text, {onclick: () => this.set({...this.defaults(), ...changes})});
    return make("div", {className: "gl-presets", role: "group", "aria-label": words.presets_label}, make("span", {}, words.presets_label),
      ...rows.map((entries) => make("div", {className: "gd-row gd-even"}, ...entries.map(preset))));
  }

  // The parameters of the core that this page has, as they are by default.
  defaults() { return Object.fromEntries(Object.entries(SPEC.defaults).filter(([name]) => name in this.shown.fields)); }

  buildTake() {
    const {words} = this;
    const transparent = make("input", {type: "checkbox"});
    const picture = (format) => button(format.toUpperCase(), {onclick: () => this.savePicture(format, transparent.checked)});
    const want = (what, text) => button(text, {onclick: () => this.say("want", {what})});
    this.taken = make("div", {className: "gd-taken", "aria-live": "polite"});
    const row = (title, ...children) => make("div", {className: "gd-row"}, make("span", {className: "gd-row-title"}, title), ...children);
    return make("details", {className: "gd-fold"}, make("summary", {}, words.take_away),
      row(words.picture, picture("png"), picture("svg"), make("label", {className: "gd-check"}, transparent, words.transparent)),
      row(words.data, want("npz", words.npz), want("csv", words.csv)), row(words.shell, want("command", words.shell)), this.taken);
  }

  // ---- coming and going ----

  async open() {
    if (this.opened) return;
    this.opened = true;
    this.say("ready"); // cells come while the figures are made
    await this.view.embed(FIGURES);
    this.unwatch = this.watchTheme();
    this.redress();
    this.away = () => this.say("leave");
    this.back = (event) => { if (event.persisted) this.say("ready"); };
    addEventListener("pagehide", this.away);
    addEventListener("pageshow", this.back);
  }

  destroy() {
    this.unwatch?.();
    removeEventListener("pagehide", this.away);
    removeEventListener("pageshow", this.back);
  }

  listenToLine(page) {
    const {words} = this;
    page.on_event("connection_lost", (_, event) => {
      const gone = event.timeout === null || event.timeout === undefined;
      this.line.replaceChildren(gone ? `${words.lost_here} ` : words.lost_here, gone ? make("a", {href: this.href()}, words.reload) : "");
      this.line.hidden = false;
    });
    page.on_event("client_reconnected", () => {
      this.line.hidden = true;
      this.tellQuietly(words.back);
      this.say("ready");
    });
  }

  // ---- what the server says ----

  show(shown) {
    if (!shown.fields) return;
    this.shown = shown;
    const {hidden, fields} = shown;
    const root = this.face.getRootNode();
    for (const [name, input] of Object.entries(this.fields)) {
      if (input.tagName !== "INPUT" || root.activeElement !== input) input.value = fields[name] ?? "";
    }
    for (const row of this.controls.querySelectorAll("[data-field]")) row.hidden = hidden.includes(row.dataset.field) || this.idle(row.dataset.field);
    put(this.notice, shown.notice);
    this.notice.hidden = !shown.notice;
    if (this.number !== shown.id) this.state({state: "preparing", done: 0, total: 1, left: null, trouble: ""});
    this.dressAs(shown);
    this.view.settle?.(shown);
    const carried = new URLSearchParams({theme: shown.theme, hall: shown.hall ? "1" : "0"});
    for (const link of this.links) link.search = `?${carried}`;
    clearTimeout(this.writing);
    this.writing = setTimeout(() => history.replaceState(history.state, "", this.href()), ADDRESS_AFTER);
  }

  // A parameter that only one choice of another has a use for.
  idle(name) {
    const only = {activity: ["family", "biased"], groups: ["family", "correlated"], spread: ["family", "correlated"]}[name];
    return Boolean(only) && this.shown.fields[only[0]] !== only[1];
  }

  hear(message) {
    if (message.shown) return this.show(message.shown);
    if (message.file) return download(new Blob([message.content], {type: message.kind}), message.file);
    if (message.id !== this.shown.id) return; // of a study that is no longer asked for
    if (message.say) return this.showCommand(message.say);
    if (message.look) return this.found(message.look);
    if (message.study) {
      this.number = message.id;
      this.table = new Table(message.study);
      this.looked = {};
      this.settings = {horizon: Number(this.shown.fields.horizon), N: Number(this.shown.fields.N), K: Number(this.shown.fields.K)};
      this.watch.hidden = true;
      this.hint.hidden = false;
      this.bubble.hidden = true;
      this.view.adopt(this.table);
    }
    if (!this.table) return;
    if (message.index) this.table.take(message.index, message.fields);
    if (message.pairs) this.view.pairs(message.pairs);
    this.extra = {...(message.study ? {} : this.extra), ...message.extra};
    if (message.sentence !== undefined) put(this.sentence, message.sentence);
    if (message.index || message.study || message.extra) this.view.update();
    this.state(message.progress);
  }

  state({state, done, total, left, trouble}) {
    const {words} = this;
    Object.assign(this.root.dataset, {state, done: String(done), total: String(total)});
    this.bar.value = state === "preparing" ? 0 : done / total;
    this.bar.hidden = state === "done";
    if (this.view.coarse) this.view.coarse.hidden = state === "done";
    const parts = [state === "preparing" ? words.states.preparing : fill(words.progress, {done, total})];
    if (state === "done" && this.table) parts.push(fill(words.trials_each, {count: this.table.trials}));
    if (left !== null && left !== undefined) parts.push(fill(words.left, {time: left < 90 ? fill(words.seconds, {count: Math.ceil(left)}) : fill(words.minutes, {count: Math.ceil(left / 60)})}));
    if (words.states[state] && state !== "preparing" && state !== "done") parts.push(words.states[state]);
    put(this.told, parts.join(" · "));
    this.pause.hidden = state !== "running";
    this.cancel.hidden = !["running", "paused"].includes(state);
    this.resume.hidden = !["paused", "stopped", "failed"].includes(state);
    if (trouble) { put(this.notice, trouble); this.notice.hidden = false; }
  }

  // ---- watching a trial ----

  // Ask where a cell's trial can be watched; go there, or have the link ready.
  look(index, go) {
    const key = index.join(" ");
    if (this.looked[key]) return this.found(this.looked[key], go);
    clearTimeout(this.asking);
    this.going = go ? key : null;
    this.wanted = key;
    const ask = () => this.say("look", {index, number: this.shown.id});
    if (go) ask(); else this.asking = setTimeout(ask, 250);
  }

  found(place, go = this.going === place.index.join(" ")) {
    const key = place.index.join(" ");
    this.looked[key] = place;
    if (go) { location.assign(place.href); return; }
    if (this.wanted !== undefined && key !== this.wanted && this.wanted in this.looked) return;
    this.watch.href = place.href;
    put(this.watch, fill(this.words.watch, {trial: place.trial + 1}));
    this.watch.hidden = false;
    this.hint.hidden = true;
  }

  tip(text, event, within) {
    this.bubble.hidden = text === null || !event;
    if (this.bubble.hidden) return;
    put(this.bubble, text);
    const box = this.root.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const right = x > box.width - 260, below = event.clientY > innerHeight - 160;
    this.bubble.style.transform = `translate(${x + (right ? -14 : 14)}px, ${y + (below ? -14 : 14)}px) translate(${right ? "-100%" : "0"}, ${below ? "-100%" : "0"})`;
  }

  // ---- taking away ----

  showCommand(line) {
    this.taken.replaceChildren(make("pre", {tabindex: "0"}, line), button(this.words.copy, {onclick: () => this.copyText(line, this.words.copied)}));
  }

  async savePicture(format, transparent) {
    const plates = this.view.all.filter((plate) => plate && plate.host.clientWidth > 0);
    const changed = Object.entries(SPEC.parameters).filter(([name]) => !this.shown.hidden.includes(name) && (SPEC.main.includes(name) || this.shown.fields[name] !== SPEC.defaults[name]));
    const settings = changed.map(([name, known]) => `${known.symbol} = ${this.shown.fields[name]}`).join(" · ");
    const blob = await takePicture({
      root: this.figures, plates, palette: this.palette, bars: this.view.bars, format, transparent,
      foot: [this.sentence.textContent, `${this.words.title} · ${this.words.titles[this.page]} · ${settings} · ${this.told.textContent}`],
    });
    download(blob, `gliascope-${this.page}.${format}`);
  }

  href() { return addressWith(this.shown.address); }

  async copyText(text, done) {
    this.tellQuietly(await copied(text, this.face) ? done : this.words.copy_by_hand);
  }

  tellQuietly(text) {
    put(this.notice, text);
    this.notice.hidden = false;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      put(this.notice, this.shown.notice);
      this.notice.hidden = !this.shown.notice;
    }, 4000);
  }

  openControls(on) {
    this.face.classList.toggle("gd-open", on);
    this.opener.setAttribute("aria-expanded", String(on));
    if (on) this.controls.focus({preventScroll: true}); else if (this.controls.matches(":focus-within")) this.opener.focus();
  }

  // ---- light, dark, hall ----

  get shownModel() { return SPEC.models[this.shown.fields.model]; }

  get hall() { return Boolean(this.shown.hall); }

  nextTheme() {
    const order = ["system", "light", "dark"];
    this.set({theme: order[(order.indexOf(this.shown.theme) + 1) % order.length]});
  }

  dressAs({theme, hall}) {
    const page = document.documentElement.dataset;
    const before = `${page.theme} ${page.hall}`;
    if (theme === "system") delete page.theme; else page.theme = theme;
    if (hall) page.hall = ""; else delete page.hall;
    this.face.toggleAttribute("data-hall", hall);
    this.hallButton.setAttribute("aria-pressed", String(hall));
    this.theme.title = this.words.theme[theme];
    this.theme.setAttribute("aria-label", this.words.theme[theme]);
    const dark = !hall && (theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches));
    this.face.toggleAttribute("data-dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    if (before !== `${page.theme} ${page.hall}`) this.redress();
  }

  watchTheme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => { this.dressAs(this.shown); this.redress(); };
    dark.addEventListener("change", follow);
    const size = new ResizeObserver(() => requestAnimationFrame(() => this.view.update()));
    size.observe(this.root);
    return () => { dark.removeEventListener("change", follow); size.disconnect(); };
  }

  redress() {
    if (!this.root.isConnected) return;
    const style = getComputedStyle(this.root);
    this.palette = readPalette(this.root);
    this.palette.ground = style.getPropertyValue("--gs-ground").trim();
    this.palette.middle = style.getPropertyValue("--gl-middle").trim();
    this.palette.model = (name) => style.getPropertyValue(`--gl-${name}`).trim() || this.palette.rival;
    for (const plate of this.view.all) plate?.dress(this.palette);
    this.view.update();
  }
}

// The settings that only one page has.
const SETTINGS = {
  regimes: (board) => {
    const swept = Object.fromEntries(SPEC.swept.map((name) => [name, SPEC.axes[name]]));
    const grid = {low: "", high: "", points: "25", trials: "50", models: "astrocyte,hopfield"};
    const figure = (name, axis, more = {}) => [board.words.presets[name], {axis, ...grid, ...more}];
    return [
      board.presets([figure("figure1", "tau_p"), figure("figure2", "tau_x"), figure("figure3", "T")], [figure("flat", "tau_x", {sigma: "1"})]),
      board.own("axis", board.select("axis", board.words.fields.axis, swept)),
      board.range("low", "high"),
      board.own("points", board.input("points", board.words.fields.points)),
      board.own("trials", board.input("trials", board.words.fields.trials)),
      board.several("models", SPEC.models),
    ];
  },
  benchmark: (board) => [
    board.presets([[board.words.presets.figure4, {N: "20", models: "astrocyte,hopfield,neuron-astrocyte,dense", low: "", high: "", flips: "10", points: "25", trials: "50"}]]),
    board.several("models", SPEC.models),
    board.own("against", board.select("against", board.words.fields.against, SPEC.models)),
    board.range("low", "high", "K"),
    board.own("flips", board.input("flips", board.words.fields.flips)),
    board.own("points", board.input("points", board.words.fields.points)),
    board.own("trials", board.input("trials", board.words.fields.trials)),
  ],
  tune: (board) => [
    board.own("observable", board.select("observable", board.words.fields.observable, board.words.observables)),
    board.own("model", board.select("model", board.words.fields.model, SPEC.models)),
    board.own("axis_a", board.select("axis_a", board.words.fields.axis_a, SPEC.axes)),
    board.range("low_a", "high_a"),
    board.own("axis_b", board.select("axis_b", board.words.fields.axis_b, SPEC.axes)),
    board.range("low_b", "high_b"),
    board.own("points", board.input("points", board.words.fields.points)),
    board.own("trials", board.input("trials", board.words.fields.trials)),
  ],
};
