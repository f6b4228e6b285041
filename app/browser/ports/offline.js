// Copies on disk: of one run, where all that a session would send is in the file and nobody hears what the stage says; and of a
// lesson, where a page hears at each step what a session has said there when the file was written.

import { WindowCarrier } from "../carrier.js";
import { addressWith } from "../elements.js";
import { adoptStyle } from "../frame.js";
import { judged } from "../judge.js";
import { mount } from "../stage.js";
import { bytes, unpacked } from "./wire.js";

export function play(element, { figures, words, options, run, ghosts }, { cards, readRun }) {
  return mount(element, {
    figures,
    words,
    options,
    cards,
    readRun,
    run: bytes(run),
    ghosts: ghosts.map((ghost) => ({ name: ghost.name, run: bytes(ghost.run) })),
  });
}

// ---- a lesson ----

// `chapters` have by name their `cards`, `readRun` and `style`; `ChapterPage` and `StudyPage` make pages, `views` are those of
// studies by name; `style` is the CSS of both kinds of page. A frame of a map is the same file, which is given its map alone.
export async function openLesson({ chapters, views, ChapterPage, StudyPage, style }) {
  const root = document.getElementById("page").attachShadow({ mode: "open" });
  const map = structuredClone(globalThis.frameElement?.map ?? null); // so that its objects are this frame's own
  adoptStyle(root, map ? style.study : style.page);
  if (map) {
    const page = new StudyPage(new MapPort(), { spec: map.spec, figures: map.figures, View: views[map.page] });
    page.hear({ shown: map.shown });
    root.append(page.face);
    page.stand();
    page.hear({ cells: map.cells });
    return;
  }
  const drawn = structuredClone(globalThis.frameElement?.lesson ?? null); // to be drawn for a printed sheet
  const given = drawn ?? (await unpacked(document.getElementById("given").textContent));
  const open = (port, name) => {
    const { cards, readRun, style: stage } = chapters[name];
    return new ChapterPage(port, { spec: given.specs[name], figures: given.figures[name], style: { stage }, cards, readRun });
  };
  new LessonFile(given, root, open, drawn !== null).begin();
}

const INSET = "embed=none&theme=light";

// Nobody computes here: what a page says goes nowhere.
class MapPort {
  isInset = true; // its address is nobody's

  send() {
    return true;
  }
}

class LessonPort {
  constructor(file) {
    this.mapOf = (href) => file.mapOf(href);
    this.lessonFrame = () => ({ srcdoc: file.document(), lesson: file.given });
    this.isInset = file.isInset;
    this.carrier = file.carrier;
    this.file = file;
  }

  send({ do: what, ...more }) {
    return this.file.hear(what, more);
  }
}

class LessonFile {
  // `isDrawn` in a frame of the same file, where nothing is asked for by an address.
  constructor(given, root, open, isDrawn) {
    const query = new URLSearchParams(isDrawn ? INSET : location.search);
    Object.assign(this, { given, root, open, steps: given.steps, page: null, chapter: "" });
    this.verdicts = new Map(); // by step
    this.number = 0; // of the browser's history
    this.isInset = query.get("embed") === "none";
    this.at = this.isInset ? this.stepAhead() : this.stepOf(query);
    if (this.isInset) addEventListener("hashchange", () => this.go(this.stepAhead()));
    this.view = {
      theme: query.get("theme") ?? "system",
      hall: query.get("hall") === "1",
      embed: this.isInset ? "none" : "lesson",
      present: query.get("present") === "1",
      hide: [],
    };
    this.carrier = this.isInset ? null : new WindowCarrier(this.view.present); // one, though each chapter's steps have a page of their own
  }

  get step() {
    return this.steps[this.at - 1];
  }

  stepOf(query) {
    return Math.min(this.steps.length, Math.max(1, Math.trunc(Number(query.get("step"))) || 1));
  }

  // In the speaker's window, where the next step is shown without this file being read once more.
  stepAhead() {
    return this.stepOf(new URLSearchParams(location.hash.slice(1)));
  }

  begin() {
    this.show(null);
  }

  // ---- what the page says ----

  hear(what, { step, address, guess, changes }) {
    if (what === "lesson" && this.steps[step - 1]) this.go(step);
    else if (what === "open") this.go(this.stepOf(new URLSearchParams(address)), step);
    else if (what === "answer") this.answer(guess);
    else if (what === "view") this.look(changes);
    else if (what === "codes") setTimeout(() => this.page.hear({ codes: this.steps.map(({ code }) => code) }));
    return true;
  }

  // `number` is that of an entry of the browser's history to which it has returned.
  go(at, number) {
    const before = this.step;
    Object.assign(this, { at, number: number ?? this.number + 1 });
    const isOther = this.chapter !== this.step.chapter; // whose page begins with the entry that is there
    if (isOther && number === undefined && !this.isInset)
      history.pushState({ step: this.number }, "", addressWith(this.address()));
    this.show(before);
  }

  answer(guess) {
    const { question } = this.step;
    if (!question || this.verdicts.has(this.at)) return;
    this.verdicts.set(this.at, judged(question, guess));
    this.tell({});
  }

  look({ theme = this.view.theme, hall = this.view.hall }) {
    Object.assign(this.view, { theme, hall: hall === true || hall === "1" });
    this.tell({});
  }

  // ---- what it hears ----

  // The step that it is at now; a step of another chapter has a page of its own.
  show(before) {
    const { chapter, message } = this.step;
    const { run, ghosts, options, clock } = message;
    const isSame = before?.chapter === chapter && before.message.run === run;
    const told = {
      options: { ...options, editable: false },
      clock,
      ...(isSame ? {} : { run, anew: before !== null }),
      ghosts: ghosts ?? [],
    };
    if (this.chapter === chapter) return this.tell(told);
    if (this.page) this.leavePage(this.page);
    this.chapter = chapter;
    this.page = this.open(new LessonPort(this), chapter);
    this.tell(told);
    this.root.append(this.page.face);
    this.page.stand();
  }

  leavePage(page) {
    page.destroy();
    page.face.style.cssText = "position: absolute; visibility: hidden;";
    page.stage.arrived.finally(() => page.face.remove());
  }

  tell(told) {
    this.page.hear({ ...told, shown: this.shown() });
  }

  shown() {
    const { shown } = this.step.message;
    const lesson = {
      ...shown.lesson,
      of: this.steps.length,
      study: this.mapAt(this.at),
      next_study: this.mapAt(this.at + 1),
      verdict: this.verdicts.get(this.at) ?? null,
      speaker: this.view.present ? this.speaker() : null,
    };
    return { ...shown, lesson, view: { ...this.view }, address: this.address(), step: this.number, notice: "" };
  }

  speaker() {
    const { says } = this.given.lesson;
    const say = says[this.at];
    const { theme } = this.view;
    const href = `?${new URLSearchParams({ embed: "none", theme })}#step=${this.at + 1}`;
    return { next: say === undefined ? null : { say, href }, steps: says };
  }

  address() {
    const { theme, hall, present } = this.view;
    const looks = { theme, hall: Number(hall), present: Number(present) };
    return String(new URLSearchParams({ lesson: this.given.lesson.name, step: this.at, ...looks }));
  }

  // ---- maps, each in a frame ----

  mapAt(at) {
    const { study } = this.steps[at - 1] ?? {};
    return study && this.given.maps[study] ? `${study}#${this.view.theme},${Number(this.view.hall)}` : "";
  }

  // What a frame is given in the place of an address.
  mapOf(href) {
    const { maps, study_specs, study_figures } = this.given;
    const map = maps[href.split("#")[0]];
    const { theme, hall } = this.view;
    const shown = { ...map.shown, notice: "", view: { theme, hall, embed: "none", hide: [] } };
    return { srcdoc: this.document(), map: { ...map, shown, spec: study_specs[map.page], figures: study_figures } };
  }

  // This file without what it was given.
  document() {
    const [ground, bokeh, script] = ["ground", "bokeh", "script"].map((id) => document.getElementById(id).textContent);
    return [
      `<!doctype html><meta charset="utf-8"><style id="ground">${ground}</style><div id="page"></div>`,
      `<script id="bokeh">${bokeh}</script><script type="module" id="script">${script}</script>`,
    ].join("");
  }
}
