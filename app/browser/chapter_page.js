// A chapter's page: the frame, controls for one run, and the stage that plays it. All it shows comes from its session.

import { About } from "./about.js";
import { recordsVideo } from "./clip.js";
import { Controls, check, fold, options, titled } from "./controls.js";
import { Curtain } from "./curtain.js";
import { Dock } from "./dock.js";
import { addressWith, button, download, make, put, symbol } from "./elements.js";
import { Ends } from "./ends.js";
import { Refused, readFiles } from "./files.js";
import { adoptStyle, Frame, NARROW } from "./frame.js";
import { Handout } from "./handout.js";
import { Lesson } from "./lesson.js";
import { LessonMaker, OWN } from "./lesson_maker.js";
import { ghostLook, sample } from "./marks.js";
import { fill, three } from "./numbers.js";
import { Slider } from "./slider.js";
import { Slides } from "./slides.js";
import { Line, Speaker } from "./speaker.js";
import { mount } from "./stage.js";
import { StudyFrames } from "./study_frames.js";
import { TakeLesson } from "./take_lesson.js";

const FILES_READ = "image/*,.npz,.csv,.txt";
const FRAME_HEIGHT = 700; // pixels: stage, clock and sliders without scrolling

// HTML that shows a page within another one.
function frameOf(src, title) {
  return make("iframe", { src, title, width: "100%", height: String(FRAME_HEIGHT), style: "border: 0" }).outerHTML;
}

function kindsOfKeys({ scenes, lessons }) {
  return ["stage", ...(scenes.length ? ["scenes"] : []), ...(lessons.length ? ["lessons"] : []), "hall"];
}

export class ChapterPage {
  // `port` carries messages; `spec` is what is the same for every visitor; `style` has the CSS of page and stage.
  constructor(port, { spec, figures, style, cards, readRun }) {
    Object.assign(this, { spec, words: spec.words, style: style.stage, figures, cards, readRun });
    const skip = { text: spec.words.skip_to_clock, to: () => this.stage?.transport.play };
    this.frame = new Frame({ spec, port, skip, keys: kindsOfKeys(spec) });
    this.face = this.frame.face;
    this.controls = new Controls(spec.words, (changes) => this.set(changes));
    const tell = {
      slide: (name, index) => this.bend() && this.frame.say("slide", { name, index }),
      release: (name) => this.frame.say("release", { name }),
      set: (name, text) => this.set({ [name]: text }),
    };
    this.lesson = new Lesson(spec.words.lesson, {
      go: (step) => this.openLesson(this.shown.lesson.name, step),
      leave: () => this.openLesson(""),
      answer: (guess) => this.answer(guess),
      present: () => this.openSpeaker(),
      print: () => this.printLesson(),
      ask: () => this.frame.tellQuietly(spec.words.lesson.ask_first),
      beyond: (by) => this.frame.tellQuietly(by > 0 ? spec.words.lesson.last_step : spec.words.lesson.first_step),
    });
    this.taking = new TakeLesson(spec.words.lesson, {
      take: (wanted) => this.frame.say("take_lesson", { ...wanted, url: this.frame.href() }),
      print: () => this.printLesson(),
    });
    this.handout = new Handout(spec.words.lesson);
    this.maker = spec.maker
      ? new LessonMaker(spec.words.maker, spec.maker, {
          say: (what, more) => this.frame.say(what, more),
          clock: () => this.clockNow(),
          title: () => spec.scenes.find(({ key }) => key === this.scene.value)?.title,
          tell: (sentence) => this.frame.tellQuietly(sentence),
        })
      : null; // in a file there is nothing to make one of
    this.curtain = new Curtain(spec.words.lesson, (on) => this.freeze(on));
    this.makeSliders = () => spec.sliders.map((slider) => new Slider(slider, spec.words, tell));
    this.drawn = this.makeSliders();
    this.sliders = this.drawn;
    this.dock = null; // where there is no drawer, none is made
    this.model = make("p", { className: "gs-model", hidden: true });
    this.given = { options: {} }; // for the stage, until it stands
    this.host = make("div");
    this.studies = new StudyFrames(spec.words.lesson, port.mapOf);
    this.main = make("div", {}, this.lesson.face, make("div", { className: "gd-figures" }, this.host, this.studies.face));
    this.ahead = this.ghostsAhead = null; // the run of the next step, and those behind it
    this.speaker = null; // in the window of who speaks
    this.line = new Line((message) => this.follow(message), port.carrier);
    this.slides = new Slides(this);
    this.about = spec.words.about ? new About(spec, () => this.stage.note) : null;
    this.frame.fill({ controls: this.buildControls(), main: [this.main], before: [this.buildHead()] });
    this.face.append(...this.curtain.faces, this.handout.face);
    this.frame.onEscape = () => this.curtain.open();
    this.frame.onTurn = (by) => this.turn(by);
    this.frame.cardOf = (name) => this.stage?.root.querySelector(`[data-card="${CSS.escape(name)}"]`) ?? null;
    this.frame.onBack = () => {
      this.frame.say("ready");
      for (const slider of this.sliders) slider.resume();
    };
    this.keys = (event) => this.onKey(event);
    document.addEventListener("keydown", this.keys);
    this.narrow = matchMedia(NARROW);
    this.settle = () => this.place();
    this.narrow.addEventListener("change", this.settle);
    this.place();
  }

  // The page is in the document now; before that no figure can be embedded.
  stand() {
    if (this.stage) return;
    const root = this.host.attachShadow({ mode: "open" }); // so that the styles of page and stage do not meet
    adoptStyle(root, this.style);
    const { figures, cards, readRun } = this;
    this.stage = mount(root.appendChild(make("div")), {
      figures,
      cards,
      readRun,
      words: this.spec.stage_words,
      send: (what, more) => this.frame.say(what, more),
      moved: (t, playing) => this.tellOther({ clock: { t, playing } }),
      above: this.buildAbove(),
      ...this.given,
    });
    const { clock, options } = this.given;
    this.given = null;
    this.stage.onGoal = () => {
      if (!this.lesson.isUnderWay || this.lesson.isOpen || this.lesson.isSeen) return;
      this.lesson.see();
      this.showGuess();
      this.slides.reach();
    };
    this.holdForQuestion();
    this.coverFigure();
    this.showGuess();
    this.showStudy(this.shown?.lesson);
    if (clock && !Number.isFinite(options.at)) this.stage.arrived.then(() => this.present(clock));
    this.place();
    this.keepOutcome();
    this.tellEnd();
    this.frame.say("ready");
    this.slides.stand();
  }

  // Where controls wait in a drawer, what has to be in view beside the stage stands with the stage.
  place() {
    this.about?.place(this.narrow.matches);
    this.placeScene();
    if (!this.narrow.matches) this.dock?.face.remove();
    else if (this.stage) this.host.append(this.buildDock().face); // into the slot above the clock
    if (!this.shown) return;
    this.frame.dress(this.shown.view);
    this.dock?.turn(0);
  }

  buildDock() {
    if (this.dock) return this.dock;
    this.dock = new Dock(this.words, this.makeSliders());
    this.sliders = [...this.drawn, ...this.dock.sliders];
    if (this.shown) this.showSliders();
    return this.dock;
  }

  placeScene() {
    const drawer = this.narrow.matches || this.shown?.view.hall;
    const place = drawer ? this.main : this.scenes;
    this.sceneLine.classList.toggle("gd-told-elsewhere", this.lesson.isUnderWay);
    if (this.sceneLine.parentNode === place) return;
    if (drawer) this.lesson.face.after(this.sceneLine);
    else place.append(this.sceneLine);
  }

  destroy() {
    document.removeEventListener("keydown", this.keys);
    this.narrow.removeEventListener("change", this.settle);
    this.curtain.destroy();
    this.line.close();
    this.slides.destroy();
    this.speaker?.destroy();
    this.frame.destroy();
    this.stage?.destroy();
  }

  // ---- what the session says ----

  hear(message) {
    if (this.stage) this.stage.together(() => this.take(message));
    else this.take(message);
  }

  take({ options: view, ghosts: behind, run: sent, anew, clock, command, shown, making, go, ...more }) {
    if (go) return this.go(go);
    const run = sent === "ahead" ? this.ahead : sent,
      ghosts = behind === "ahead" ? this.ghostsAhead : behind;
    this.ahead = more.ahead ?? this.ahead;
    this.ghostsAhead = more.ghosts_ahead ?? this.ghostsAhead;
    if (shown) this.show(shown);
    if (this.stage) {
      if (view) this.stage.setOptions(view);
      if (run) this.stage.setRun(run, ghosts, anew);
      else if (ghosts) this.stage.setGhosts(ghosts);
      this.keepOutcome();
      if (run) this.tellEnd();
      if (clock) this.present(clock);
      if (making !== undefined) this.stage.setMaking(making);
      if (command) this.stage.command(command.name, command.args);
    } else {
      Object.assign(this.given.options, view);
      if (clock) this.given.clock = clock;
      if (run) this.given.run = run;
      if (ghosts) this.given.ghosts = ghosts;
    }
    this.takeAside(more);
  }

  // What comes beside the picture: files and texts to take away, and a lesson that is made or taken home.
  takeAside({ file, text, taking, codes, kept, own }) {
    if (file) download(new Blob([file.content], { type: file.kind }), file.name);
    if (taking !== undefined) this.taking.tell(taking);
    if (codes) this.codesCame?.(codes);
    if (kept) this.maker?.keep(kept);
    if (own) {
      this.maker?.hear(own);
      this.clearHandout();
    }
    if (text) this.controls.showText(text);
    if (text?.what === "python") this.pythonCame?.(text.content);
  }

  // A link may be to a moment that its run does not reach.
  tellEnd() {
    const { run, options } = this.stage.scene;
    if (!run || this.isTold) return;
    this.isTold = true;
    if (options.at > run.t[run.last]) this.frame.tellQuietly(fill(this.words.beyond_end, { t: three(run.t[run.last]) }));
  }

  // What is told of a scene tells how it ends.
  keepOutcome() {
    this.sceneLine.toggleAttribute("data-hides", this.stage.scene.hides);
  }

  show(shown) {
    this.shown = shown;
    this.controls.show(shown.fields, shown.unused);
    this.lastScene = shown.scene || this.lastScene;
    this.about?.show(shown);
    this.showScene(shown.scene);
    this.values.replaceChildren(
      ...this.spec.sliders.flatMap((slider, i) => [i ? " · " : "", symbol(slider.symbol), ` = ${shown.fields[slider.name]}`]),
    );
    this.undo.disabled = !shown.undo;
    this.redo.disabled = !shown.redo;
    this.steer.checked = shown.steer;
    this.goOn.hidden = !shown.mark;
    for (const option of this.compare.options) option.disabled = option.value === shown.fields.model;
    this.ghosts.replaceChildren(
      ...shown.ghosts.map(({ kind, which, name }, place) =>
        make(
          "li",
          {},
          sample(ghostLook(place)),
          make("span", { title: name }, name),
          button(
            fill(this.words.unpin, { name }),
            { text: false, onclick: () => this.frame.say("unpin", { kind, which }) },
            "close",
          ),
        ),
      ),
    );
    this.table.hidden = !shown.ghosts.length || !this.ends;
    this.showModel(shown.fields.model);
    this.showSliders();
    this.frame.show(shown);
    this.showLesson(shown.lesson);
    this.showSpeaker(shown);
    this.slides.show(shown);
    this.placeScene();
    this.dock?.turn(0);
  }

  // In the speaker's window; and the other one hears where this one is now.
  showSpeaker(shown) {
    const { present } = shown.view;
    this.face.toggleAttribute("data-present", present);
    if (present && !this.speaker) {
      this.speaker = new Speaker(this.words.lesson, {
        isFrozen: (on) => {
          this.line.say({ freeze: on });
          if (!on) this.tellPresent();
        },
        isBlank: (on) => this.line.say({ blank: on }),
        go: (step) => this.openLesson(shown.lesson.name, step),
      });
      this.main.after(this.speaker.face);
      if (this.line.hasLed) this.line.say({ hello: true, address: shown.address, path: location.pathname });
      else {
        this.followed = this.sameRun(shown.address); // a window that was opened just now leads nobody
        this.line.say({ hello: true });
      }
    }
    this.speaker?.show(shown.lesson);
    const here = this.sameRun(shown.address);
    if (here !== this.followed) this.tellOther({ address: shown.address, path: location.pathname });
    this.followed = here;
  }

  showSliders() {
    for (const slider of this.sliders) slider.show(this.shown.sliders[slider.name]);
  }

  // A step under way; once it is answered, its run is played.
  showLesson(shown) {
    const { lesson } = this,
      before = lesson.shown,
      wasOpen = lesson.isOpen;
    lesson.show(shown);
    this.face.toggleAttribute("data-lesson", lesson.isUnderWay);
    this.face.toggleAttribute("data-sheet", Boolean(shown?.sheet));
    this.lessons.value = shown?.name ?? "";
    this.maker?.show(this.shown);
    if (before?.name !== shown?.name) this.clearHandout();
    this.taking.show(lesson.isUnderWay && Boolean(this.spec.takes_lessons));
    put(this.notes, shown?.notes ?? "");
    this.notes.parentNode.hidden = !shown?.notes;
    this.showStudy(shown);
    if (!this.stage) return;
    this.holdForQuestion();
    this.coverFigure();
    this.showGuess();
    const isSame = before?.name === shown?.name && before?.at === shown?.at;
    if (!isSame) {
      this.stage.goal = null; // until its run is there, which may take a while
      this.isAnswered = false;
    } else if (wasOpen && shown.verdict) this.playAnswered();
  }

  // A study stands in the place of the figures, once what is asked of it is answered; that of the next step waits behind.
  showStudy(shown) {
    const study = shown?.study && !this.lesson.isOpen ? shown.study : "";
    this.studies.show(study, [shown?.study, shown?.next_study].filter(Boolean));
    this.host.toggleAttribute("data-behind", Boolean(study));
    this.stage?.hold("study", study ? () => {} : null);
    if (study && shown.verdict) this.lesson.see();
  }

  // The figure of which the step speaks would give the answer away, unless it is the one on which the guess is drawn.
  coverFigure() {
    const { lesson } = this;
    const covered = lesson.isOpen && lesson.shown.light !== lesson.shown.question.card ? lesson.shown.light : "";
    for (const card of this.stage.root.querySelectorAll("[data-card]"))
      card.toggleAttribute("data-covered", card.dataset.card === covered);
  }

  showGuess() {
    this.stage.setGuess(this.lesson.onFigure(), this.lesson.isSeen, this.lesson.isOpen);
  }

  holdForQuestion() {
    this.stage.hold("question", this.lesson.isOpen ? () => this.lesson.remind() : null);
  }

  // What a film is of: the step under way, from where to where it plays, with its sentence over it; else the whole run.
  filmed() {
    const { shown } = this.lesson;
    if (!shown || shown.changed || !this.span) return {};
    return { span: this.span, head: shown.say, name: `${shown.name}-${shown.at}` };
  }

  // A guess may be quicker than the run.
  playAnswered() {
    this.isAnswered = this.stage.goal === null;
    if (!this.isAnswered) this.stage.playToGoal();
  }

  present(clock) {
    this.frame.light(this.shown.lesson?.light || null);
    this.span = clock;
    this.slides.tell("step");
    this.stage.present(clock);
    if (this.isAnswered) this.playAnswered();
  }

  answer(guess) {
    this.frame.say("answer", { guess });
    this.tellOther({ answer: guess });
  }

  // From where to where a step plays that keeps what is on show: to the moment on show, or by hand where that is the beginning.
  clockNow() {
    const { scene } = this.stage;
    if (!scene.run || scene.frame === 0) return { waits: true };
    return scene.frame === scene.run.last ? {} : { to: Number(scene.t.toPrecision(6)) };
  }

  // On paper: drawn first, which takes a while, then handed to the browser; what is printed by its own menu is the same from then on.
  async printLesson() {
    const { frame, handout, words } = this,
      { lesson } = this.shown;
    if (this.isDrawing || !lesson) return;
    this.isDrawing = true;
    const progress = (at) => frame.tellOfPort(fill(words.lesson.printing, { at, of: lesson.of }));
    try {
      const codes = new Promise((come) => {
        this.codesCame = come;
      });
      frame.say("codes", { url: frame.href() });
      await handout.draw(lesson, await codes, this.lessonFrame(), progress);
      this.face.toggleAttribute("data-handout", true);
      frame.tellOfPort("");
      print();
    } catch (wrong) {
      console.warn(wrong);
      frame.tellQuietly(words.lesson.print_cut);
    }
    this.isDrawing = false;
  }

  // What was drawn of another lesson is not printed any more.
  clearHandout() {
    this.face.toggleAttribute("data-handout", false);
  }

  // A frame with the lesson in it, as it is for a class.
  lessonFrame() {
    const { port } = this.frame;
    if (port.lessonFrame) return Object.assign(make("iframe"), port.lessonFrame());
    const looks = { embed: "none", theme: "light", hall: "0", present: "0" };
    return make("iframe", { src: this.elsewhere(location.pathname, this.shown.address, looks) });
  }

  // ---- two windows of one lesson ----

  // What is done here, for the other window; nothing while the hall is frozen, whose picture stays.
  tellOther(message) {
    if (this.lesson.isUnderWay && !this.isFollowing && !this.isLeaving && !this.speaker?.isFrozen && !this.curtain.isFrozen)
      this.line.say(message);
  }

  tellPresent() {
    const { clock, scene } = this.stage ?? {};
    this.tellOther({ address: this.shown.address, path: location.pathname });
    if (scene?.run) this.tellOther({ clock: { t: scene.t, playing: clock.playing } });
  }

  // To the page of another chapter, in the same window.
  go(address) {
    const url = new URL(address, location.href);
    if (this.speaker) url.searchParams.set("present", "1");
    this.line.lead();
    this.isLeaving = true;
    location.assign(url);
  }

  openSpeaker() {
    this.line.open();
    const href = this.elsewhere(location.pathname, this.shown.address, { present: "1", hall: "0" });
    this.line.reach(open(href, "gliascope-speaker", "popup"));
  }

  // The address of a page in how this window looks, or as `looks` say.
  elsewhere(path, address, looks) {
    const url = new URL(addressWith(address));
    url.pathname = path;
    for (const [name, value] of Object.entries(looks)) url.searchParams.set(name, value);
    return url.href;
  }

  // What was done in the other window.
  follow({ hello, address, path, clock, answer, freeze, blank }) {
    if (!this.shown || !this.stage) return;
    if (freeze !== undefined && !this.speaker && freeze !== this.curtain.isFrozen) this.curtain.freeze();
    if (blank !== undefined && !this.speaker && blank !== this.curtain.isBlank) this.curtain.blank();
    const isHere =
      path === undefined || (path === location.pathname && this.sameRun(address) === this.sameRun(this.shown.address));
    if (hello && isHere) this.tellPresent();
    if (this.curtain.isFrozen || this.speaker?.isFrozen) return;
    if (path !== undefined && path !== location.pathname) {
      const { theme, hall, present } = this.shown.view;
      this.isLeaving = true; // what is here is past by now
      location.assign(this.elsewhere(path, address, { theme, hall: Number(hall), present: Number(present) }));
    } else if (address !== undefined) {
      this.followed = this.sameRun(address);
      if (this.followed !== this.sameRun(this.shown.address)) this.frame.say("open", { address });
    }
    if (answer !== undefined && this.lesson.isOpen) this.frame.say("answer", { guess: answer });
    if (clock) this.followClock(clock);
  }

  followClock({ t, playing }) {
    const { clock, scene } = this.stage;
    this.isFollowing = true;
    if (clock.playing && !playing) clock.pause();
    if (scene.run && !this.stage.held.size) {
      if (!playing || Math.abs(scene.run.positionAt(t) - clock.position) > 1) clock.seek(scene.run.positionAt(t));
      if (playing && !clock.playing) clock.play();
    }
    this.isFollowing = false;
  }

  // An address without how either window looks.
  sameRun(address) {
    const query = new URLSearchParams(address);
    for (const name of ["hall", "theme", "embed", "present"]) query.delete(name);
    return query.toString();
  }

  // What played goes on where it was held.
  freeze(on) {
    if (!this.stage) return;
    if (on) this.isHeldPlaying = this.stage.clock.playing;
    this.stage.hold("frozen", on ? () => {} : null);
    if (!on && this.isHeldPlaying && !this.stage.refuses()) this.stage.clock.play();
  }

  // Whose run plays, where it is not the chapter's own memory: a study opens those of others, too.
  showModel(name) {
    const { run, models } = this.spec;
    this.model.hidden = name === run.usual.model;
    put(this.model, fill(this.words.model_named, { model: models[name] ?? name }));
  }

  // What is told of a scene stays after a change, and says that it was changed: nothing moves under the finger that slides.
  showScene(key) {
    const { words, spec } = this;
    const scene = spec.scenes.find((known) => known.key === key);
    this.told = scene ?? this.told;
    const changed = this.told && fill(words.scene_changed, this.told);
    put(this.scene.options[0], scene || !this.told ? words.own_settings : changed);
    this.scene.value = key;
    put(this.sceneTitle, scene ? scene.title : (changed ?? ""));
    put(this.watch, scene || !this.told ? (scene?.watch ?? "") : fill(words.scene_was, this.told));
    this.sceneLine.hidden = !this.told && !this.shown.view.hall;
  }

  // ---- building ----

  buildAbove() {
    const above = new DocumentFragment();
    above.append(this.model, ...(this.about ? [this.about.face] : []));
    return above;
  }

  act(what) {
    return () => this.frame.say(what);
  }

  buildHead() {
    const { words } = this;
    this.undo = button(words.undo, { text: false, onclick: this.act("undo") }, "undo");
    this.redo = button(words.redo, { text: false, onclick: this.act("redo") }, "redo");
    return make("span", { className: "gd-group", "data-part": "buttons" }, this.undo, this.redo);
  }

  buildControls() {
    const { words, spec } = this,
      say = (what, more) => this.frame.say(what, more);
    this.scene = make(
      "select",
      { "aria-label": words.scenes, onchange: () => this.openScene(this.scene.value) },
      make("option", { value: "" }, words.own_settings),
      ...spec.scenes.map((scene) => make("option", { value: scene.key }, scene.title)),
    );
    this.sceneTitle = make("b", { className: "gd-scene" });
    this.values = make("span", { className: "gd-values" });
    this.watch = make("p", { className: "gd-watch" });
    this.lessons = make(
      "select",
      { "aria-label": words.lesson.title, onchange: () => this.openLesson(this.lessons.value) },
      make("option", { value: "" }, words.lesson.none),
      ...spec.lessons.map(({ name, title }) => make("option", { value: name }, title)),
      make("option", { value: OWN, hidden: true }, words.maker.yours),
    );
    this.notes = make("p", { className: "gd-lesson-notes" });
    const told = [this.sceneTitle, this.values, this.watch];
    this.sceneLine = make("div", { className: "gd-scene-line", "data-part": "scenes" }, ...told);
    this.scenes = make(
      "div",
      { "data-part": "scenes" },
      make("label", { className: "gd-row" }, make("span", {}, words.scenes), this.scene),
      make(
        "label",
        { className: "gd-row gd-lesson-menu", hidden: !spec.lessons.length },
        make("span", {}, words.lesson.title),
        this.lessons,
      ),
      make("details", { className: "gd-inner", hidden: true }, make("summary", {}, words.lesson.notes), this.notes),
      this.taking.face,
    );
    this.steer = make("input", {
      type: "checkbox",
      role: "switch",
      "aria-label": words.steer,
      onchange: () => {
        this.tellMoment();
        say("steer", { on: this.steer.checked });
      },
    });
    this.goOn = button(words.go_on, { title: words.go_on_meaning, onclick: this.act("go_on") });
    this.compare = make(
      "select",
      {
        "aria-label": words.compare,
        title: words.compare_meaning,
        onchange: () => {
          if (this.compare.value) say("compare", { model: this.compare.value });
          this.compare.value = "";
        },
      },
      make("option", { value: "" }, words.compare_with),
      ...options(spec.models),
    );
    this.compare.hidden = Object.keys(spec.models).length < 2;
    this.ghosts = make("ul", { className: "gd-ghosts" });
    this.ends = spec.stage_words.ends ? new Ends(words, spec.stage_words) : null;
    this.table = button(words.ends, { title: words.ends_meaning, hidden: true, onclick: () => this.ends.open(this.stage.scene) });
    const restart = () => {
      this.stage?.beginAnew();
      say("restart");
    };
    const reset = () => {
      this.told = null;
      say("reset");
    };
    return make(
      "aside",
      { className: "gd-controls", "aria-label": words.controls, tabindex: "-1" },
      this.scenes,
      make("div", { "data-part": "sliders", className: "gd-sliders" }, ...this.drawn.map((slider) => slider.face)),
      make(
        "div",
        { className: "gd-row", "data-part": "seed" },
        make("b", { className: "gd-symbol" }, words.seed),
        this.controls.text("seed", words.seed),
        button(words.new_draw, { title: words.new_draw_meaning, onclick: this.act("draw") }, "draw"),
      ),
      make(
        "div",
        { className: "gd-row gd-even", "data-part": "buttons" },
        button(words.restart, { title: words.restart_meaning, onclick: restart }),
        button(words.reset, { title: words.reset_meaning, onclick: reset }),
      ),
      make(
        "div",
        { className: "gd-row", "data-part": "steer" },
        make("label", { className: "gd-switch", title: words.steer_meaning }, this.steer, make("span", {}, words.steer)),
        this.goOn,
      ),
      make(
        "div",
        { "data-part": "compare" },
        make(
          "div",
          { className: "gd-row gd-even" },
          button(words.pin, { title: words.pin_meaning, onclick: this.act("pin") }),
          this.compare,
        ),
        this.ghosts,
        make("div", { className: "gd-row" }, this.table),
        this.ends?.face,
      ),
      fold(
        words.more,
        "more",
        spec.most ? this.buildOpen() : null,
        ...spec.fields.map((field) => this.controls.parameter(field, false)),
      ),
      this.maker?.face,
      this.buildTake(),
    );
  }

  // A file can be chosen, or dropped anywhere on the page.
  buildOpen() {
    const { files } = this.words,
      { face } = this;
    const chooser = make("input", { type: "file", multiple: "", accept: FILES_READ, hidden: true, "aria-label": files.open });
    chooser.addEventListener("change", async () => {
      await this.openFiles([...chooser.files]);
      chooser.value = ""; // the same file may be chosen again
    });
    face.addEventListener("dragover", (event) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
    face.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.openFiles([...event.dataTransfer.files]);
    });
    return make(
      "div",
      { className: "gd-row gd-even" },
      chooser,
      button(files.open, { title: files.meaning, onclick: () => chooser.click() }, "open"),
    );
  }

  buildTake() {
    const { words, frame } = this;
    const want = (what, text, meaning) =>
      button(text, { title: meaning ?? text, onclick: () => frame.say("want", { what, url: frame.href() }) });
    const copyText = (text) => frame.copyText(text);
    const moment = () => {
      const url = new URL(frame.href());
      url.searchParams.set("at", Number(this.stage.now().t.toPrecision(9)));
      return url.href;
    };
    const python = () => {
      frame.say("want", { what: "python" });
      const lines = new Promise((come) => {
        this.pythonCame = come;
      });
      frame.copyText(lines, words.copy_text_by_hand);
    };
    const copy = button(words.copy_link, { "aria-label": words.copy_link, onclick: () => copyText(frame.href()) }, "link");
    const savePicture = (asked) => this.stage?.savePicture({ ...asked, ground: "white" });
    const file = this.spec.whole; // of a site without a server that has all its pages in one
    const whole = file
      ? button(words.whole, { title: words.whole_meaning, onclick: () => make("a", { href: file, download: file }).click() })
      : null;
    const clip = (format, name) => {
      const face = button(name, { title: words.clip_meaning, onclick: () => take() });
      const take = async () => {
        if (this.lesson.isOpen) return frame.tellQuietly(words.clip_asked);
        face.disabled = true;
        const progress = (share) => put(face.firstChild, `${name} ${Math.round(100 * share)} %`);
        const whole = await this.stage?.saveClip({ format, progress, ...this.filmed() }).catch(() => false);
        if (!whole) frame.tellQuietly(words.clip_cut);
        put(face.firstChild, name);
        face.disabled = false;
      };
      return face;
    };
    return this.controls.take(
      { savePicture, copyText },
      [
        titled(words.copy_link, copy, want("qr", words.qr)),
        make(
          "div",
          { className: "gd-row gd-even" },
          button(words.copy_moment, { title: words.copy_moment_meaning, onclick: () => copyText(moment()) }, "link"),
        ),
      ],
      [
        titled(words.clip, clip("gif", words.gif), recordsVideo() ? clip("webm", words.webm) : null),
        titled(
          words.data,
          want("npz", words.npz),
          want("csv", words.csv),
          ...Object.entries(words.own_files).map(([what, [called, meaning]]) => want(what, called, meaning)),
          button(words.python, { title: words.python_meaning, onclick: python }),
        ),
        titled(words.offline, want("html", "HTML", words.offline_meaning), whole),
      ],
      this.buildClass(),
    );
  }

  // A teacher's link to this page, with fewer controls.
  buildClass() {
    const { words, frame } = this;
    const embed = make("select", { "aria-label": words.for_class }, ...options(words.embed));
    const boxes = Object.entries(words.parts).map(([value, text]) => check(text, { value }));
    const link = () => {
      const url = new URL(frame.href());
      url.searchParams.set("embed", embed.value);
      url.searchParams.set(
        "hide",
        boxes
          .map((box) => box.firstChild)
          .filter((box) => box.checked)
          .map((box) => box.value)
          .join(","),
      );
      return url.href;
    };
    return make(
      "details",
      { className: "gd-inner" },
      make("summary", { title: words.for_class_meaning }, words.for_class),
      make("div", { className: "gd-row" }, embed),
      make("fieldset", {}, make("legend", {}, words.hide), ...boxes),
      make(
        "div",
        { className: "gd-row gd-even" },
        button(words.copy_class_link, { onclick: () => frame.copyText(link()) }, "link"),
        button(words.copy_frame, {
          title: words.copy_frame_meaning,
          onclick: () => frame.copyText(frameOf(link(), words.title)),
        }),
      ),
    );
  }

  // ---- what the visitor does ----

  async openFiles(files) {
    if (!files.length) return;
    const { words, most } = this.spec;
    const lesson = files.find(({ name }) => name.endsWith(".toml"));
    if (lesson && this.maker) return this.maker.open(lesson);
    try {
      const { address, ...patterns } = await readFiles(files, { words: words.files, most }, Number(this.shown.fields.N));
      if (address) this.frame.say("open", { address });
      else this.frame.say("store", patterns);
    } catch (wrong) {
      this.frame.tellQuietly(wrong instanceof Refused ? wrong.message : words.files.failed);
    }
  }

  // Where the clock is, told before the change it is meant for: messages keep their order.
  tellMoment() {
    const now = this.stage?.now();
    return !now || this.frame.say("moment", { segment: now.segment, row: now.row });
  }

  // The scene before or after the one that was chosen last; there is none beyond the ends.
  turn(by) {
    if (this.curtain.isFrozen) return true;
    if (this.lesson.isUnderWay) {
      this.lesson.turn(by);
      return true;
    }
    const { scenes } = this.spec;
    const at = scenes.findIndex((scene) => scene.key === (this.scene.value || this.lastScene));
    const next = scenes[at + by];
    if (next) {
      this.scene.value = next.key;
      this.openScene(next.key);
    } else if (at >= 0) this.frame.tellQuietly(by > 0 ? this.words.last_scene : this.words.first_scene);
    return scenes.length > 0;
  }

  // A scene begins at its beginning, and the run before it goes there at once.
  openScene(key) {
    this.lastScene = key || this.lastScene;
    if (key) this.stage?.beginAnew();
    else this.told = null;
    this.frame.say("scene", { key });
  }

  // A step of a lesson begins as it says; without a name, the lesson is left.
  openLesson(name, step = 1) {
    if (!name) this.told = null;
    return this.frame.say("lesson", { name, step });
  }

  // Values that were typed or chosen.
  set(changes) {
    this.bend();
    this.frame.say("set", { changes });
  }

  // While steering, a change bends the run at the frame on show.
  bend() {
    return !this.shown?.steer || this.tellMoment();
  }

  onKey(event) {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement && target.type === "text") return;
    event.preventDefault();
    this.frame.say(event.shiftKey || key === "y" ? "redo" : "undo");
  }
}
