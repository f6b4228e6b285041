// The page of a study: the frame, its settings, a sentence, progress and what to take away; the figures are a view's.
//
// A view is a class `View` in the script of its page (regimes.js, benchmark.js …), made with its page:
//   settings()      the controls that only this page has
//   hint            what a visitor can do with the figures
//   build(root)     its elements; embed(items) its Bokeh figures; `all` are those figures
//   adopt(table)    another study; pairs(given) more of what cells say together; update() after new cells, colours or sizes
//   coarse          what is said while cells are missing, if anything
//   hover           the place under a mouse, or null; a place is whatever the view knows a cell by, and of each one it says
//   index(place), at(place), name(place), describe(place)   its indices, its figure and pixels there, and words short and long
//   chose()         another place is chosen now, or none
//   found(look)     what the session says of a cell, where it says more than where its run can be watched

import { Controls, fold, titled } from "../browser/controls.js";
import { button, download, make, placeTip, put } from "../browser/elements.js";
import { Frame } from "../browser/frame.js";
import { Keys } from "../browser/keys.js";
import { fill } from "../browser/numbers.js";
import { readPalette } from "../browser/palette.js";
import { takePicture } from "../browser/picture.js";
import { Table } from "./table.js";

const ASK_AFTER = 250; // milliseconds that a cell is chosen before its trial is looked for: keys go through many
const LONG = 90; // seconds from which on the time left is told in minutes

export class StudyPage {
  // `port` carries messages; `spec` is what is the same for every visitor.
  constructor(port, { spec, figures, View }) {
    Object.assign(this, { spec, items: figures, name: spec.page, words: spec.words });
    this.table = null;
    this.palette = null;
    this.chosen = null;
    this.looked = {};
    this.frame = new Frame({
      spec,
      port,
      className: "gl-page",
      lost: spec.words.lost_here,
      skip: { text: spec.words.skip_to_figures, to: () => this.root },
      keys: ["study"],
      isTitled: true,
    });
    this.face = this.frame.face;
    this.controls = new Controls(spec.words, (changes) => this.set(changes));
    this.view = new View(this);
    this.build();
    this.frame.onLook = () => this.redress();
    this.frame.onBack = () => this.say("ready");
    this.keys = new Keys({ " ": () => this.goOnOrPause() });
  }

  say(what, more) {
    return this.frame.say(what, more);
  }

  set(changes) {
    this.say("set", { changes });
  }

  // Say what is meant for the study on show, by its number: where another one has been asked for meanwhile, it comes too late.
  sayOfStudy(what, more) {
    return this.say(what, { ...more, number: this.number });
  }

  // The page is in the document now; before that no figure can be embedded.
  async stand() {
    if (this.stands) return;
    this.stands = true;
    this.say("ready"); // cells come while the figures are made
    await this.view.embed(this.items);
    this.size = new ResizeObserver(() => requestAnimationFrame(() => this.view.update()));
    this.size.observe(this.root);
    this.redress();
  }

  destroy() {
    this.keys.destroy();
    this.frame.destroy();
    this.size?.disconnect();
  }

  // ---- building ----

  build() {
    const { words } = this;
    this.coarse = make("small", {}, this.view.coarse);
    const title = make(
      "header",
      { className: "gl-title" },
      make("h1", {}, words.titles[this.name]),
      make("p", {}, words.purpose),
      this.coarse,
    );
    this.sentence = make("p", { className: "gl-sentence" });
    this.room = make("div", { className: "gl-said" }, this.sentence); // as large as its longest sentence
    this.voice = make("p", { className: "gl-voice", "aria-live": "polite" });
    this.bubble = make("div", { className: "gl-tip", hidden: true });
    this.figures = make("div", { className: "gl-figures" });
    this.view.build(this.figures);
    this.root = make(
      "section",
      { className: "gl", "aria-label": words.titles[this.name], tabindex: "-1" },
      title,
      this.room,
      this.figures,
      this.buildProgress(),
      this.voice,
      this.bubble,
    );
    this.root.gliascope = this;
    Object.assign(this.root.dataset, { page: this.name, state: "preparing", done: "0", total: "0", empty: "" });
    this.frame.fill({ controls: this.buildControls(), main: [this.root] });
  }

  buildProgress() {
    const { words } = this;
    this.bar = make("progress", { max: 1, value: 0, "aria-label": words.titles[this.name] });
    this.count = make("span", { className: "gl-count" });
    this.pause = button(words.pause, { onclick: () => this.sayOfStudy("pause") });
    this.resume = button(words.resume, { onclick: () => this.sayOfStudy("resume"), hidden: true });
    this.cancel = button(words.cancel, { onclick: () => this.sayOfStudy("cancel") });
    this.watch = make("a", { className: "gd-button gl-watch", hidden: true }, words.watch);
    this.hint = make("small", { className: "gl-hint" }, this.view.hint);
    return make(
      "div",
      { className: "gl-progress" },
      this.bar,
      this.count,
      this.pause,
      this.resume,
      this.cancel,
      make("span", { className: "gd-gap" }),
      this.hint,
      this.watch,
    );
  }

  buildControls() {
    const { words, spec } = this;
    const parameters = (names) => names.map((name) => this.controls.parameter({ name, ...spec.parameters[name] }));
    return make(
      "aside",
      { className: "gd-controls", "aria-label": words.controls, tabindex: "-1" },
      ...this.view.settings(),
      make("div", { className: "gl-parameters" }, ...parameters(spec.main)),
      fold(words.more, "more", ...parameters(spec.folded)),
      this.buildTake(),
    );
  }

  // A field of the studies' own.
  field(name) {
    const called = this.words.fields[name];
    return this.controls.row(name, [called], [this.controls.text(name, called)]);
  }

  buildTake() {
    const { words } = this;
    const want = (what, text) => button(text, { onclick: () => this.say("want", { what }) });
    const doing = { savePicture: (asked) => this.savePicture(asked), copyText: (text) => this.frame.copyText(text) };
    return this.controls.take(
      doing,
      [],
      [titled(words.data, want("npz", words.npz), want("csv", words.csv)), titled(words.shell, want("command", words.shell))],
    );
  }

  // Changes to a study that is known, with the defaults of all else that this page has.
  preset(changes) {
    const { fields } = this.shown;
    return { ...Object.fromEntries(Object.entries(this.spec.defaults).filter(([name]) => name in fields)), ...changes };
  }

  // ---- what the session says ----

  hear({ shown, file, text, cells, look }) {
    if (shown) this.show(shown);
    if (file) download(new Blob([file.content], { type: file.kind }), file.name);
    if (text) this.controls.showText(text);
    if (cells && cells.id === this.shown.id) this.take(cells); // and not of a study that is no longer asked for
    if (look && look.id === this.number) this.found(look);
  }

  show(shown) {
    this.shown = shown;
    this.controls.show(shown.fields, shown.unused);
    this.room.dataset.longest = shown.room;
    if (this.number !== shown.id) this.state({ state: "preparing", done: 0, total: 1, left: null, trouble: "" });
    this.frame.show(shown);
    const taken = this.frame.ways.taken.map((name) => `${this.spec.parameters[name].symbol} = ${shown.fields[name]}`);
    if (taken.length) this.frame.mention(fill(this.words.taken_over, { values: taken.join(", ") }));
  }

  take({ id, study, index, fields, pairs, sentence, extra, progress }) {
    if (study) {
      const { horizon, until, N, K } = this.shown.fields;
      this.number = id;
      this.table = new Table(study);
      this.looked = {};
      this.asked = new Set();
      this.settings = { horizon: Number(horizon), until, N: Number(N), K: Number(K) };
      this.view.adopt(this.table);
      this.choose(null); // what was chosen was a cell of the study before
    }
    if (!this.table) return;
    if (index) this.table.take(index, fields);
    if (pairs) this.view.pairs(pairs);
    this.extra = { ...(study ? {} : this.extra), ...extra };
    if (sentence !== undefined) put(this.sentence, sentence);
    if (index || study || extra) this.view.update();
    this.retell();
    this.unveil();
    this.state(progress);
  }

  state({ state, done, total, left, trouble }) {
    const { words } = this;
    Object.assign(this.root.dataset, { state, done: String(done), total: String(total) });
    this.bar.value = state === "preparing" ? 0 : done / total;
    this.bar.classList.toggle("gl-unseen", state === "done");
    this.coarse.classList.toggle("gl-unseen", state === "done"); // its place stays
    const parts = [state === "preparing" ? words.states.preparing : fill(words.progress, { done, total })];
    if (state === "done" && this.table) parts.push(fill(words.trials_each, { count: this.table.trials }));
    if (left !== null && left !== undefined) parts.push(fill(words.left, { time: this.duration(left) }));
    if (words.states[state] && state !== "preparing" && state !== "done") parts.push(words.states[state]);
    put(this.count, parts.join(" · "));
    this.pause.hidden = state !== "running";
    this.cancel.hidden = !["running", "paused"].includes(state);
    this.resume.hidden = !["paused", "stopped", "failed"].includes(state);
    if (trouble) this.frame.note(trouble);
  }

  goOnOrPause() {
    if (!this.pause.hidden) this.say("pause");
    else if (!this.resume.hidden) this.say("resume");
  }

  duration(seconds) {
    const { words } = this;
    return seconds < LONG
      ? fill(words.seconds, { count: Math.ceil(seconds) })
      : fill(words.minutes, { count: Math.ceil(seconds / 60) });
  }

  // ---- choosing a cell, and watching its trial ----

  // A tap or a click chooses a cell; the same cell once more opens its trial, as its link does.
  press(place) {
    const isSame = place && this.chosen && String(this.view.index(place)) === String(this.view.index(this.chosen));
    if (isSame) this.open();
    else this.choose(place);
  }

  // Say what a cell is, and have the link to its trial ready as soon as there is one.
  choose(place) {
    this.chosen = place;
    this.going = null;
    clearTimeout(this.asking);
    if (place) this.asking = setTimeout(() => this.ask(), ASK_AFTER);
    this.view.chose();
    this.tell(place);
    this.offer();
  }

  get chosenKey() {
    return this.chosen && String(this.view.index(this.chosen));
  }

  get isThere() {
    return Boolean(this.chosen) && Boolean(this.table.done[this.table.flat(this.view.index(this.chosen))]);
  }

  // Where the trial of the chosen cell can be watched; before the cell is in there is none.
  ask() {
    const key = this.chosenKey;
    if (!this.isThere || this.asked.has(key)) return;
    if (this.sayOfStudy("look", { index: this.view.index(this.chosen) })) this.asked.add(key);
  }

  open() {
    if (!this.isThere) return;
    const known = this.looked[this.chosenKey];
    if (known) return location.assign(known.href);
    this.going = this.chosenKey;
    this.ask();
  }

  found(look) {
    const key = String(look.index);
    this.looked[key] = look;
    this.view.found?.(look);
    if (key === this.going) location.assign(look.href);
    else this.offer();
  }

  offer() {
    const { words, view, chosen } = this,
      known = this.looked[this.chosenKey];
    this.watch.hidden = !known;
    if (known) this.watch.href = known.href;
    const cell = chosen && view.name(chosen);
    const text = known
      ? fill(words.chosen, { cell, trial: known.trial + 1 }) + known.note
      : this.isThere
        ? cell
        : `${cell}: ${words.not_yet}`;
    put(this.hint, chosen ? text : view.hint);
  }

  // What is told of a cell beside it, at the pointer or at the cell itself; none for null.
  tell(place, event = place && this.pointAt(place)) {
    this.told = place;
    this.bubble.hidden = !place;
    if (!place) return;
    put(this.bubble, this.view.describe(place));
    placeTip(this.bubble, this.root, event);
  }

  // More cells are in: what was said of one may be another by now.
  retell() {
    if (this.told) put(this.bubble, this.view.describe(this.told));
    if (!this.chosen) return;
    this.ask();
    this.offer();
  }

  pointAt(place) {
    const [figure, px, py] = this.view.at(place),
      box = figure.host.getBoundingClientRect();
    return { clientX: box.left + px, clientY: box.top + py };
  }

  // ---- taking away ----

  async savePicture(asked) {
    download(await this.exportPicture(asked), `gliascope-${this.name}.${asked.format}`);
  }

  exportPicture({ format, transparent }) {
    const { spec, words, shown } = this;
    const figures = this.view.all.filter((figure) => figure && figure.host.clientWidth > 0);
    const changed = Object.entries(spec.parameters).filter(
      ([name]) => !shown.unused.includes(name) && (spec.main.includes(name) || shown.fields[name] !== spec.defaults[name]),
    );
    const settings = changed.map(([name, known]) => `${known.symbol} = ${shown.fields[name]}`).join(" · ");
    const foot = [
      this.sentence.textContent,
      `${words.title} · ${words.titles[this.name]} · ${settings} · ${this.count.textContent}`,
    ];
    const { view, chosen } = this,
      { hover } = view;
    view.hover = this.chosen = null; // the crosshair is for the screen
    const made = takePicture({ root: this.figures, figures, palette: this.palette, foot, format, transparent });
    Object.assign(this, { chosen }); // all is drawn by now
    view.hover = hover;
    return made;
  }

  // ---- light, dark, hall ----

  get shownModel() {
    return this.spec.models[this.shown.fields.model];
  }

  get hall() {
    return Boolean(this.shown.view.hall);
  }

  redress() {
    if (!this.root.isConnected) return;
    const style = getComputedStyle(this.root);
    this.palette = readPalette(this.root);
    this.palette.ground = style.getPropertyValue("--gs-ground").trim();
    this.palette.middle = style.getPropertyValue("--gl-middle").trim();
    this.palette.model = (name) => style.getPropertyValue(`--gl-${name}`).trim() || this.palette.rival;
    for (const figure of this.view.all) figure?.dress(this.palette);
    this.view.update();
    this.unveil();
  }

  // Figures are seen once there is something on them.
  unveil() {
    if (this.palette && this.table?.count) delete this.root.dataset.empty;
  }
}
