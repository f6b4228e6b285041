// Slides drive this page: whoever shows it in a frame says what it is to do, and hears what became of it. What may be said, and what
// is told, stands in the README. Nothing is heard from any other window, and nothing told to an origin that may not frame this page.

import { fill } from "./numbers.js";

const MOST = 20; // values in one message
const LONGEST = 40; // letters of what was not understood, when it is repeated

export class Slides {
  // `page` is a chapter's page (see chapter_page.js).
  constructor(page) {
    Object.assign(this, { page, words: page.words.slides, origin: null, told: "", place: "", isAnswered: false });
    this.verbs = {
      step: (message) => this.step(message),
      play: () => this.move(() => page.stage.clock.play()),
      pause: () => this.move(() => page.stage.clock.pause()),
      seek: (message) => this.seek(message),
      set: (message) => this.set(message),
      ask: () => this.ask(),
    };
    this.hear = (event) => this.take(event);
    this.resting = new MutationObserver((changes) => this.rest(changes));
    if (!isFramed()) return;
    this.frames = framesAllowed();
    addEventListener("message", this.hear);
  }

  // The page stands: from now on it can be driven.
  stand() {
    if (!isFramed()) return;
    this.know(originAround());
    this.resting.observe(this.page.stage.root, { attributeFilter: ["data-playing"], attributeOldValue: true });
    this.tell("ready");
  }

  destroy() {
    removeEventListener("message", this.hear);
    this.resting.disconnect();
  }

  // ---- what is told ----

  know(origin) {
    if (origin && mayFrame(origin, this.frames)) this.origin = origin === "null" ? "*" : origin; // a file has no name of its own
  }

  tell(what, more = {}) {
    const { name: lesson = null, at: step = null } = this.page.shown?.lesson ?? {};
    if (this.origin) globalThis.parent.postMessage({ gliascope: what, lesson, step, ...more }, this.origin);
  }

  // What the session says: another notice, or that there is a guess now.
  show({ lesson, notice }) {
    if (notice && notice !== this.told) this.tell("says", { text: notice });
    this.told = notice;
    const place = lesson ? `${lesson.name} ${lesson.at}` : "",
      isAnswered = Boolean(lesson?.verdict);
    if (isAnswered && !(this.isAnswered && place === this.place)) this.tellGuess();
    Object.assign(this, { place, isAnswered });
  }

  tellGuess() {
    this.tell("answered", { guess: this.page.shown.lesson.verdict.guess });
  }

  // The clock is where the step on show ends.
  reach() {
    this.tell("reached", { t: this.page.stage.scene.t, right: this.page.shown.lesson.verdict?.right ?? null });
  }

  rest(changes) {
    const { scene, clock } = this.page.stage;
    if (clock.playing || !changes.some(({ oldValue }) => oldValue === "true")) return;
    this.tell("rests", { t: scene.t, end: clock.position >= clock.last });
  }

  // ---- what is asked for ----

  take({ source, origin, data }) {
    if (source !== globalThis.parent || typeof data !== "object" || data === null || !Object.hasOwn(data, "gliascope")) return;
    if (!mayFrame(origin, this.frames)) return;
    this.know(origin);
    const { gliascope: verb } = data;
    const wrong = Object.hasOwn(this.verbs, verb) ? this.obey(this.verbs[verb], data) : this.unknown(verb);
    if (wrong) this.tell("says", { text: wrong });
  }

  // What is wrong, in a sentence, or nothing.
  obey(deed, message) {
    return this.page.stage && this.page.shown ? deed(message) : this.words.not_yet;
  }

  unknown(verb) {
    const named = typeof verb === "string" ? verb.slice(0, LONGEST) : typeof verb;
    return fill(this.words.unknown, { verb: named, verbs: Object.keys(this.verbs).join(", ") });
  }

  // What keeps the clock where it is: a question, or whoever froze the picture.
  get held() {
    const { lesson, stage } = this.page;
    if (!stage.held.size) return "";
    if (lesson.isOpen) lesson.remind();
    return lesson.isOpen ? this.page.words.lesson.ask_first : this.words.held;
  }

  move(deed) {
    const { held } = this;
    if (!held) this.page.stage.moves(deed);
    return held;
  }

  step({ step, lesson = this.page.shown.lesson?.name }) {
    const { page, words } = this,
      { shown } = page,
      known = page.spec.lessons.find(({ name }) => name === lesson);
    if (!known) return fill(words.lesson, { names: page.spec.lessons.map(({ name }) => name).join(", ") });
    if (!Number.isInteger(step) || step < 1 || step > known.steps) return fill(words.step, known);
    if (page.curtain.isFrozen) return words.held;
    const isHere = shown.lesson?.name === lesson && shown.lesson.at === step && !shown.lesson.changed;
    if (isHere) this.tell("step");
    else if (page.openLesson(lesson, step) === false) return words.not_yet;
  }

  seek({ t }) {
    const { stage } = this.page;
    if (!Number.isFinite(t) || t < 0) return this.words.time;
    return this.held || stage.leap(stage.scene.run.positionAt(t));
  }

  set({ changes }) {
    const { page, words } = this;
    const given = typeof changes === "object" && changes !== null ? Object.entries(changes) : [];
    const isValue = ([, value]) => typeof value === "string" || Number.isFinite(value);
    if (!given.length || given.length > MOST || !given.every(isValue)) return fill(words.values, { most: MOST });
    const strange = given.find(([name]) => !Object.hasOwn(page.shown.fields, name));
    if (strange) return fill(words.parameter, { name: strange[0].slice(0, LONGEST) });
    for (const [name, value] of given) page.set({ [name]: String(value) });
  }

  // The question of the step is asked once more; who has answered it is heard again.
  ask() {
    const { lesson } = this.page;
    if (!lesson.shown?.question) return this.words.nothing_asked;
    if (lesson.isOpen) lesson.remind();
    else this.tellGuess();
  }
}

function isFramed() {
  return globalThis.parent !== globalThis;
}

// Who may show this page in a frame, as its server has said; where there is none, whoever can.
function framesAllowed() {
  const entrance = document.getElementById("gliascope-entrance");
  return (entrance && JSON.parse(entrance.textContent).frames) ?? ["*"];
}

// The origin of the page around this one, where the browser tells it.
function originAround() {
  const [around] = globalThis.location.ancestorOrigins ?? [];
  if (around) return around;
  return document.referrer ? new URL(document.referrer).origin : null;
}

// As a browser reads the list of a policy's frame-ancestors.
export function mayFrame(origin, frames, here = globalThis.location.origin) {
  if (origin === here || frames.includes("*")) return true;
  if (!/^https?:\/\//.test(origin)) return false;
  const { protocol, hostname, port } = new URL(origin);
  return frames.some((frame) => {
    const [, scheme, host, wanted = ""] = /^(https?:)?(?:\/\/)?([\w*.-]+)(?::(\d+|\*))?$/.exec(frame) ?? [];
    if (!host) return false; // 'self'
    const isScheme = protocol === "https:" || protocol === (scheme ?? new URL(here).protocol);
    const isHost = host.startsWith("*.") ? hostname.endsWith(host.slice(1)) : hostname === host.toLowerCase();
    return isScheme && isHost && (wanted === "*" || port === (wanted === defaultPort(protocol) ? "" : wanted));
  });
}

function defaultPort(protocol) {
  return protocol === "https:" ? "443" : "80";
}
