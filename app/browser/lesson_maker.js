// Making a lesson of one's own: steps that keep what was on show, their order, sentences, notes and questions. It is kept in this
// browser's tab, written to a file and read from one; the session checks what it says, and says what is wrong in it.

import { fold, options } from "./controls.js";
import { button, download, make, put } from "./elements.js";
import { giveBack } from "./keys.js";
import { fill } from "./numbers.js";
import { toml } from "./toml.js";

const KEPT = "gliascope-own-lesson"; // where the tab keeps it
const SAID_AFTER = 350; // milliseconds after the last change
const PIECE = 16_000; // letters of one text in a message
const SHORT = 44; // letters of a sentence in the list

export const OWN = "own"; // its name in the address

export class LessonMaker {
  // `spec` says what questions there are; `deeds`: say(what, more), clock(), title(), tell(sentence).
  constructor(words, spec, deeds) {
    Object.assign(this, { words, spec, deeds });
    this.table = stored() ?? { title: words.untitled, minutes: 0, step: [] };
    this.before = null; // what was there before a step was deleted, or a file opened
    this.items = new Map(); // by step, its place in the list
    this.awaited = false; // whether a file was opened, whose table is to come
    this.face = this.build();
    this.list();
  }

  get steps() {
    return this.table.step;
  }

  // ---- what the session says ----

  // It wants to know the lesson, as its address names it.
  show({ wants_own, lesson, address }) {
    const isWanted = wants_own && this.wanted !== address;
    this.wanted = wants_own ? address : null;
    if (isWanted && this.steps.length) this.send();
    else if (isWanted) this.deeds.tell(this.words.elsewhere);
    const at = lesson?.name === OWN ? lesson.at - 1 : -1;
    for (const [place, step] of this.steps.entries())
      this.items.get(step)?.head.setAttribute("aria-current", place === at ? "step" : "false");
  }

  hear({ said, steps, table }) {
    this.problems.replaceChildren(...said.map((sentence) => make("li", {}, sentence)));
    if (this.awaited && table !== undefined) {
      this.awaited = false;
      if (steps.length && Array.isArray(table?.step)) this.adopt(table);
      else this.deeds.tell(said[0] ?? this.words.no_steps);
    }
    if (this.plays && steps.length) this.deeds.say("lesson", { name: OWN, step: 1 });
    this.plays = false;
  }

  // ---- the drawer ----

  build() {
    const { words } = this;
    this.title = this.field(
      words.lesson_title,
      "input",
      () => this.table.title,
      (text) => Object.assign(this.table, { title: text }),
    );
    this.order = make("ol", { className: "gd-maker-steps" });
    this.problems = make("ul", { className: "gd-maker-said", role: "status", "aria-label": words.problems });
    this.adder = button(words.add, { title: words.add_meaning, onclick: () => this.deeds.say("keep_step") }, "draw");
    this.restorer = button(words.restore, { title: words.restore_meaning, hidden: true, onclick: () => this.restore() }, "undo");
    this.player = button(words.play, { title: words.play_meaning, onclick: () => this.play() });
    this.saver = button(words.save, { title: words.save_meaning, onclick: () => this.save() });
    const chooser = make("input", { type: "file", accept: ".toml", hidden: true, "aria-label": words.open });
    chooser.addEventListener("change", async () => {
      await this.open(chooser.files[0]);
      chooser.value = "";
    });
    const opener = button(words.open, { title: words.open_meaning, onclick: () => chooser.click() }, "open");
    const row = (...parts) => make("div", { className: "gd-row gd-even" }, ...parts);
    return fold(
      words.title,
      "maker",
      make("p", {}, words.meaning),
      this.title,
      this.order,
      row(this.adder, this.restorer),
      row(this.player, this.saver, opener),
      chooser,
      this.problems,
    );
  }

  // A labelled field of a text or a number.
  field(label, tag, read, write, attributes = {}) {
    const input = make(tag, { className: "gd-exact", autocomplete: "off", ...attributes });
    if (tag === "input" && !attributes.type) input.type = "text";
    input.value = read() ?? "";
    input.addEventListener("input", () => {
      write(input.type === "number" ? numberOf(input.value) : input.value);
      this.changed();
    });
    return make("label", { className: "gd-maker-field" }, make("span", {}, label), input);
  }

  // The steps in their order, each as it was built once.
  list() {
    const { steps, items } = this;
    for (const [step, { face }] of items) {
      if (steps.includes(step)) continue;
      face.remove();
      items.delete(step);
    }
    for (const step of steps) if (!items.has(step)) items.set(step, this.item(step));
    const faces = steps.map((step) => items.get(step).face);
    for (const [place, face] of faces.entries())
      if (this.order.children[place] !== face) this.order.insertBefore(face, this.order.children[place] ?? null);
    this.relabel();
  }

  relabel() {
    const { words, steps } = this;
    for (const [place, step] of steps.entries()) {
      const { head, up, down, remove } = this.items.get(step);
      const say = String(step.say ?? "");
      put(head, `${place + 1}. ${say.length > SHORT ? `${say.slice(0, SHORT)}…` : say}`);
      const called = [
        [up, words.up],
        [down, words.down],
        [remove, words.remove],
      ];
      for (const [face, text] of called) {
        const name = fill(text, { at: place + 1 });
        face.title = name;
        face.setAttribute("aria-label", name);
      }
      up.disabled = place === 0;
      down.disabled = place === steps.length - 1;
    }
    this.player.disabled = this.saver.disabled = !steps.length;
    this.restorer.hidden = !this.before;
  }

  item(step) {
    const { words } = this;
    const small = (sign, act) => button(words[sign], { text: false, onclick: act }, sign);
    const head = make("button", { type: "button", className: "gd-button gd-maker-head", "aria-expanded": "false" });
    const form = make("div", { className: "gd-maker-form", hidden: true });
    const up = small("up", () => this.move(step, -1, up)),
      down = small("down", () => this.move(step, 1, down)),
      remove = small("remove", () => this.remove(step));
    const face = make("li", {}, make("div", { className: "gd-maker-line" }, head, up, down, remove), form);
    head.addEventListener("click", () => this.unfold(step, form.hidden));
    return { face, head, form, up, down, remove };
  }

  unfold(step, on) {
    const { head, form } = this.items.get(step);
    if (on && !form.children.length) form.append(...this.form(step));
    form.hidden = !on;
    head.setAttribute("aria-expanded", String(on));
  }

  form(step) {
    const { words, spec } = this;
    const set = (name) => (text) => Object.assign(step, { [name]: text });
    const longest = (name) => ({ maxlength: String(spec.longest[name]) });
    const asked = make("div", {});
    const kind = make(
      "select",
      {},
      ...options({ "": words.no_question, ...Object.fromEntries(spec.kinds.map((name) => [name, words.kinds[name]])) }),
    );
    const ask = () => {
      asked.replaceChildren(...(step.question ? this.question(step) : []));
      kind.value = step.question?.kind ?? "";
    };
    kind.addEventListener("change", () => {
      step.question = kind.value ? this.newQuestion(kind.value, step.chapter) : undefined;
      if (step.question) step.view = { ...step.view, outcome: "hidden" }; // which would give the answer away
      ask();
      this.changed();
    });
    ask();
    const show = button(words.show, {
      onclick: () => this.deeds.say("lesson", { name: OWN, step: this.steps.indexOf(step) + 1 }),
    });
    return [
      this.field(words.say, "textarea", () => step.say, set("say"), { rows: "2", ...longest("say") }),
      this.field(words.notes, "textarea", () => step.notes, set("notes"), { rows: "3", ...longest("notes") }),
      this.field(words.minutes, "input", () => step.minutes, set("minutes"), { type: "number", min: "0", max: "180" }),
      make("label", { className: "gd-maker-field" }, make("span", {}, words.question), kind),
      asked,
      make("div", { className: "gd-row" }, show),
    ];
  }

  // ---- a question ----

  newQuestion(kind, chapter) {
    const { words, spec } = this;
    const replies = Object.fromEntries(spec.replies[kind].map((name) => [name, words.replies[name]]));
    const more = {
      number: { low: 0, high: 10, tick: 1, tolerance: 0 },
      choice: { choices: [this.newChoice(), this.newChoice()] },
      curve: { tolerance: 0.1 },
      point: { tolerance: 0.1 },
    };
    return { kind, ask: "", truth: this.truths(kind, chapter)[0], ...more[kind], ...replies };
  }

  newChoice() {
    return { text: "", means: [0, 0], wrong: this.words.replies.wrong };
  }

  truths(kind, chapter) {
    const { truths, first } = this.spec;
    const known = truths[chapter ?? first] ?? truths[first];
    return known[kind] ?? known.number;
  }

  question(step) {
    const { words, spec } = this,
      { question } = step;
    const set = (table, name) => (value) => Object.assign(table, { [name]: value });
    const plain = (name, tag = "input", more = {}) =>
      this.field(words[name] ?? name, tag, () => question[name], set(question, name), more);
    const names = this.truths(question.kind, step.chapter);
    const truth = make(
      "select",
      {},
      ...options(Object.fromEntries([...new Set([...names, question.truth])].map((name) => [name, name]))),
    );
    truth.value = question.truth;
    truth.addEventListener("change", () => {
      question.truth = truth.value;
      this.changed();
    });
    const number = (name) => plain(name, "input", { type: "number", step: "any" });
    const parts = {
      number: () => [...["low", "high", "tick", "tolerance"].map(number), plain("unit")],
      choice: () => [this.choices(question)],
      point: () => [number("tolerance")],
      curve: () => [number("tolerance"), plain("unit")],
    };
    return [
      plain("ask", "textarea", { rows: "2", maxlength: String(spec.longest.ask) }),
      make("label", { className: "gd-maker-field" }, make("span", {}, words.truth), truth),
      ...(parts[question.kind]?.() ?? []),
      ...(spec.replies[question.kind] ?? []).map((reply) =>
        this.field(words.reply[reply], "input", () => question[reply], set(question, reply), {
          maxlength: String(spec.longest.then),
        }),
      ),
    ];
  }

  choices(question) {
    const { words, spec } = this;
    const face = make("fieldset", {}, make("legend", {}, words.choices));
    const again = () => face.replaceWith(this.choices(question));
    question.choices = Array.isArray(question.choices) ? question.choices : [];
    for (const choice of question.choices) {
      const set = (name) => (text) => Object.assign(choice, { [name]: text });
      face.append(
        this.field(words.choice_text, "input", () => choice.text, set("text")),
        this.field(
          words.choice_means,
          "input",
          () => meantText(choice.means),
          (text) => set("means")(meant(text)),
          { title: words.choice_means_meaning },
        ),
        this.field(words.choice_wrong, "input", () => choice.wrong, set("wrong")),
      );
    }
    const change = (count) => () => {
      if (count > 0) question.choices.push(this.newChoice());
      else question.choices.pop();
      again();
      this.changed();
    };
    const more = button(words.more_choices, { disabled: question.choices.length >= spec.most_choices, onclick: change(1) });
    const fewer = button(words.fewer_choices, { disabled: question.choices.length <= 2, onclick: change(-1) });
    face.append(make("div", { className: "gd-row gd-even" }, more, fewer));
    return face;
  }

  // ---- what the visitor does ----

  // What is on show, as the session has told it, becomes the last step.
  keep({ chapter, address }) {
    if (this.steps.length >= this.spec.most_steps) return this.deeds.tell(fill(this.words.full, { most: this.spec.most_steps }));
    const step = {
      chapter,
      address,
      say: this.deeds.title() || this.words.new_step,
      notes: "",
      minutes: 2,
      clock: this.deeds.clock(),
    };
    this.steps.push(step);
    this.list();
    this.changed();
    this.unfold(step, true);
    this.items.get(step).form.querySelector("textarea").select();
  }

  move(step, by, pressed) {
    const { steps } = this,
      place = steps.indexOf(step);
    steps.splice(place, 1);
    steps.splice(place + by, 0, step);
    this.list();
    if (pressed.disabled) this.items.get(step).head.focus();
    else pressed.focus(); // which it loses where its line is moved
    this.changed();
  }

  remove(step) {
    const place = this.steps.indexOf(step);
    this.before = { ...this.table, step: [...this.steps] };
    this.steps.splice(place, 1);
    this.list();
    (this.items.get(this.steps[place])?.head ?? this.adder).focus();
    this.changed();
  }

  restore() {
    this.adopt(this.before, null);
    this.adder.focus();
    this.changed();
  }

  // Another table, as of a file; the one before can be had back.
  adopt(table, before = this.steps.length ? { ...this.table, step: [...this.steps] } : null) {
    this.before = before;
    const steps = table.step.filter((step) => typeof step === "object" && step !== null);
    let { first } = this.spec; // of which chapter a step is must not change with its place, nor with the page
    for (const step of steps) first = step.chapter ??= first;
    this.table = { ...table, step: steps };
    this.title.querySelector("input").value = this.table.title ?? "";
    this.list();
    store(this.table);
  }

  play() {
    this.plays = true;
    this.send();
  }

  save() {
    download(new Blob([toml(this.table)], { type: "application/toml" }), `${fileName(this.table.title)}.toml`);
    giveBack(this.saver);
  }

  async open(file) {
    if (!file) return;
    this.face.open = true;
    const text = file.size <= 4 * this.spec.most_letters ? await file.text() : null;
    if (text === null || text.length > this.spec.most_letters)
      return this.deeds.tell(fill(this.words.too_large, { name: file.name, most: this.spec.most_letters }));
    this.awaited = true;
    this.say(text, true);
  }

  changed() {
    this.relabel();
    store(this.table);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.send(), SAID_AFTER);
  }

  send() {
    clearTimeout(this.waiting);
    if (!this.steps.length) return;
    const text = toml(this.table);
    if (text.length > this.spec.most_letters)
      this.deeds.tell(fill(this.words.too_large, { name: this.words.yours, most: this.spec.most_letters }));
    else this.say(text, false);
  }

  say(text, whole) {
    const parts = [];
    for (let at = 0; at < text.length; at += PIECE) parts.push(text.slice(at, at + PIECE));
    this.deeds.say("own_lesson", { parts, whole });
  }
}

// The tab may keep nothing.
function stored() {
  try {
    const table = JSON.parse(sessionStorage.getItem(KEPT));
    return Array.isArray(table?.step) ? table : null;
  } catch {
    return null;
  }
}

function store(table) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(table));
  } catch {
    /* it is still on the page */
  }
}

function numberOf(text) {
  return text.trim() === "" ? 0 : Number(text);
}

// For which values of a quantity an answer is the truth: names, or one number, or from least to most.
function meant(text) {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  const numbers = parts.map(Number);
  if (!parts.length || numbers.some(Number.isNaN)) return parts;
  return [numbers[0], numbers.at(-1)];
}

function meantText(means) {
  const all = [means].flat();
  return [...new Set(all)].join(", ");
}

function fileName(title) {
  return (
    String(title ?? "")
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^[^a-z]+|-$/g, "")
      .slice(0, 40) || "lesson"
  );
}
