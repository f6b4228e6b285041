// What controls of all pages are made of: fields that show texts of the session and send what was typed, and how files leave.

import { button, make, symbol, textField } from "./elements.js";
import { codeShown } from "./qr.js";

export class Controls {
  // `set(changes)` sends texts by name; `words` is the frame's.
  constructor(words, set) {
    this.words = words;
    this.set = set;
    this.fields = {}; // by name: whatever has a `value` that can be set to a text
    this.rows = {}; // by name: what is hidden where the field has no use
    this.texts = {};
    this.typed = null; // the name of the field in which somebody types
  }

  // Texts of all fields; one in which somebody types is left alone until it is said.
  show(texts, unused) {
    this.texts = texts;
    for (const [name, field] of Object.entries(this.fields)) if (name in texts && name !== this.typed) field.value = texts[name];
    for (const [name, row] of Object.entries(this.rows)) row.hidden = unused.includes(name);
  }

  text(name, label) {
    const field = textField(label);
    field.addEventListener("input", () => {
      this.typed = name;
    });
    field.addEventListener("change", () => {
      this.typed = null;
      this.set({ [name]: field.value });
    });
    field.addEventListener("blur", () => {
      this.typed = null;
      field.value = this.texts[name] ?? "";
    });
    this.fields[name] = field;
    return field;
  }

  choice(name, label, choices) {
    const field = make("select", { "aria-label": label }, ...options(choices));
    field.addEventListener("change", () => this.set({ [name]: field.value }));
    this.fields[name] = field;
    return field;
  }

  // Some of several, at least one.
  several(name, label, choices) {
    const boxes = Object.entries(choices).map(([value, text]) => check(text, { value }));
    const inputs = boxes.map((box) => box.firstChild);
    const group = make("fieldset", { className: "gd-several" }, make("legend", {}, label), ...boxes);
    group.addEventListener("change", (event) => {
      const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
      if (chosen.length) this.set({ [name]: chosen.join(",") });
      else event.target.checked = true;
    });
    this.fields[name] = {
      set value(text) {
        for (const input of inputs) input.checked = text.split(",").includes(input.value);
      },
    };
    return group;
  }

  // A parameter with its symbol, name and meaning, which the row says for its field. A choice shows its symbol only where it is
  // `marked`.
  parameter({ name, symbol: letter, called, meaning, choices }, marked = true) {
    const plain = letter === called || (choices && !marked);
    const field = choices ? this.choice(name, plain ? called : `${letter} ${called}`, choices) : this.text(name, null);
    const label = plain ? [called] : [symbol(letter), " ", called];
    return this.row(name, label, [field], { title: meaning });
  }

  row(name, label, inputs, attributes = {}) {
    const row = make("label", { className: "gd-field", "data-part": name, ...attributes }, make("span", {}, ...label), ...inputs);
    this.rows[name] = row;
    return row;
  }

  // Two fields beside each other.
  range(low, high, label, ends) {
    const name = (end) => `${label.name ?? ""} ${end}`.trim();
    const pair = make("span", { className: "gd-pair" }, this.text(low, name(ends.low)), "–", this.text(high, name(ends.high)));
    this.rows[low] = make("div", { className: "gd-field" }, make("span", {}, label.text), pair);
    return this.rows[low];
  }

  // Buttons that set several fields at once: rows of [text, () => changes].
  presets(label, ...rows) {
    const preset = ([text, changes]) => button(text, { onclick: () => this.set(changes()) });
    return make(
      "div",
      { className: "gd-presets", role: "group", "aria-label": label },
      make("span", {}, label),
      ...rows.map((entries) => make("div", { className: "gd-row gd-even" }, ...entries.map(preset))),
    );
  }

  // The fold "take away": what pages have in common of it, and where a text that was asked for is shown.
  take({ savePicture, copyText }, before, after, ...below) {
    const { words } = this;
    const transparent = check(words.transparent);
    const picture = (format) =>
      button(format.toUpperCase(), { onclick: () => savePicture({ format, transparent: transparent.firstChild.checked }) });
    this.taken = make("div", { className: "gd-taken", "aria-live": "polite" });
    this.copyText = copyText;
    return fold(
      words.take_away,
      "take",
      ...before,
      titled(words.picture, picture("png"), picture("svg"), transparent),
      ...after,
      this.taken,
      ...below,
    );
  }

  // A text that the session made: lines to copy, or a drawing.
  showText({ what, content, ...more }) {
    const { words } = this;
    if (what === "qr") {
      this.taken.replaceChildren(...codeShown({ words, drawing: content, ...more }));
    } else {
      this.taken.replaceChildren(
        make("pre", { tabindex: "0" }, content),
        button(words.copy, { onclick: () => this.copyText(content) }),
      );
    }
    this.taken.scrollIntoView({ block: "nearest" });
  }
}

export function fold(title, part, ...children) {
  return make("details", { className: "gd-fold", "data-part": part }, make("summary", {}, title), ...children);
}

export function titled(title, ...children) {
  return make("div", { className: "gd-row" }, make("span", { className: "gd-row-title" }, title), ...children);
}

export function check(text, attributes = {}) {
  return make("label", { className: "gd-check" }, make("input", { type: "checkbox", ...attributes }), text);
}

export function options(choices) {
  return Object.entries(choices).map(([value, text]) => make("option", { value }, text));
}
