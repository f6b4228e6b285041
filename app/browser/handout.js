// A lesson on paper: for each step a picture of its figures, its sentence, a QR code of its link, and room to answer what is asked.
// The pictures are taken of the very page, which goes through the steps in a frame that nobody sees.

import { make } from "./elements.js";
import { fill } from "./numbers.js";

const LOOK_EVERY = 50, // milliseconds
  PATIENCE = 120_000; // of one step, whose map may have to be computed
const SIZE = { width: 1120, height: 720 }; // of the frame, in pixels
const MOST_NAMES = 12; // of memories that are offered by name; more of them are not written out

export class Handout {
  constructor(words) {
    this.words = words;
    this.face = make("section", { className: "gd-handout", "aria-hidden": "true" });
  }

  // `lesson` is what the session told of it, `codes` are drawings by step, and `frame` shows the lesson's page. `progress` is called
  // before each step.
  async draw({ name, title, sheet, of }, codes, frame, progress) {
    const parts = [];
    Object.assign(frame.style, {
      position: "fixed",
      inset: "0 auto auto 0",
      width: `${SIZE.width}px`,
      height: `${SIZE.height}px`,
      opacity: "0",
      pointerEvents: "none",
      border: "0",
      zIndex: "-1",
    });
    frame.setAttribute("aria-hidden", "true");
    frame.tabIndex = -1;
    this.face.after(frame);
    try {
      for (let at = 1; at <= of; at++) {
        progress(at);
        const { picture, told } = await stepIn(frame, name, at);
        parts.push(this.step(told, picture, codes[at - 1], sheet));
      }
    } finally {
      frame.remove();
    }
    this.clear();
    this.face.replaceChildren(make("h1", {}, title), ...parts);
    await Promise.all([...this.face.querySelectorAll("img")].map((image) => image.decode()));
  }

  clear() {
    for (const image of this.face.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  }

  step({ at, say, question, task }, picture, code, isSheet) {
    const drawing = make("span", { className: "gd-handout-code" });
    if (code) drawing.innerHTML = code; // an SVG that our own server or file has made
    const room = question || isSheet ? this.room(question, task) : [];
    return make(
      "section",
      { className: "gd-handout-step" },
      make("h2", {}, `${at}. `, make("span", {}, say)),
      make("img", { src: URL.createObjectURL(picture), alt: "" }),
      drawing,
      ...room,
    );
  }

  // What is asked, what can be said to it, and lines to write on.
  room(question, task) {
    const { words } = this;
    if (!question) return [make("p", { className: "gd-handout-room" }, task ? words.print_task : words.print_room)];
    const { ask, choices = [], kind, low, high, unit } = question;
    const offered = choices.length <= MOST_NAMES ? choices : [];
    const range = kind === "number" ? fill(words.print_range, { low, high, unit }).replace(" )", ")") : "";
    return [
      make(
        "div",
        { className: "gd-handout-asked" },
        make("p", {}, make("b", {}, ask), range && ` ${range}`),
        kind === "point" || kind === "curve" ? make("p", {}, words.print_draw) : null,
        offered.length ? make("ul", {}, ...offered.map((text) => make("li", {}, text))) : null,
        make("p", { className: "gd-handout-room" }, words.print_room),
      ),
    ];
  }
}

// ---- the page in the frame ----

async function stepIn(frame, name, at) {
  const page = await until(() => pageIn(frame));
  if (page.frame.shown.lesson.at !== at) page.frame.say("lesson", { name, step: at });
  const { stage, lesson } = await until(() => {
    const there = pageIn(frame);
    return there?.lesson.at === at && there.stage.goal !== null && there;
  });
  const told = { ...lesson };
  if (lesson.study && !lesson.question) return { told, picture: await mapIn(frame) };
  if (stage.clock.playing) stage.clock.pause();
  if (lesson.question || lesson.task) stage.view({ outcome: "hidden" }, false);
  else stage.clock.seek(stage.goal);
  return { told, picture: await stage.exportPicture({ ground: "white" }) };
}

// What is there of the page: its frame, its stage with a run on it, and the step; null while it comes.
function pageIn({ contentDocument }) {
  const frame = contentDocument && within(contentDocument, ".gd")?.gliascope;
  const stage = frame && within(frame.face, ".gs")?.gliascope;
  const lesson = frame?.shown.lesson;
  return stage && lesson && !("empty" in stage.root.dataset) ? { frame, stage, lesson } : null;
}

async function mapIn({ contentDocument }) {
  const map = await until(() => {
    const shown = within(contentDocument, ".gd-studies iframe[data-shown]")?.contentDocument;
    const page = shown && within(shown, ".gl");
    return page?.dataset.state === "done" && !("empty" in page.dataset) && page;
  });
  return map.gliascope.exportPicture({ format: "png" });
}

async function until(true_) {
  const begun = performance.now();
  while (performance.now() - begun < PATIENCE) {
    const found = true_();
    if (found) return found;
    await new Promise((done) => setTimeout(done, LOOK_EVERY));
  }
  throw new Error("too slow");
}

// The first such element, also in shadow roots.
function within(root, selector) {
  const found = root.querySelector(selector);
  if (found) return found;
  for (const element of root.querySelectorAll("*")) {
    const inner = element.shadowRoot && within(element.shadowRoot, selector);
    if (inner) return inner;
  }
  return null;
}
