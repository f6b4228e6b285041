// The desk: header, controls and drawers around a stage. SPEC and STYLE are put in front of the modules by desk.py.

import { download } from "../stage/paper.js";
import { addressWith, button, cameBack, copied, make, put, symbol } from "./elements.js";
import { readFiles, Refused } from "./files.js";
import { Slider } from "./slider.js";

const W = SPEC.words;
const MISSED_AFTER = 500; // milliseconds until a lost line is spoken of: many are back by then
const ADDRESS_AFTER = 250; // browsers refuse to rewrite the address many times a second
const FILES_READ = "image/*,.npz,.csv,.txt";
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

export function render({view, model, el}) {
  const root = el.getRootNode();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const [shown, ...sliders] = view.model.tags;
  const desk = new DeskView(model, sliders);
  shown.change.connect(() => desk.show(plain(shown.state)));
  model.on("msg:custom", (message) => desk.hear(message));
  model.on("remove", () => desk.destroy());
  desk.listenToLine(view.model.document);
  desk.show(plain(shown.state));
  if (cameBack()) desk.tellQuietly(W.back);
  return desk.face;
}

// BokehJS makes maps of some dictionaries.
function plain(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

class DeskView {
  constructor(model, sliders) {
    this.model = model;
    this.sliders = sliders.map((slider) => new Slider(slider, (detail) => this.onSlider(detail)));
    this.fields = {};
    this.unsaid = new Map(); // what was typed while the line was lost
    this.aside = "";
    this.build();
    this.keys = (event) => this.onKey(event);
    document.addEventListener("keydown", this.keys);
    for (const part of document.querySelectorAll("[data-skeleton]")) part.remove();
  }

  destroy() { document.removeEventListener("keydown", this.keys); }

  say(what, more = {}) {
    if (!this.lost) this.model.send_msg({do: what, ...more});
    else if (what === "set") this.unsaid.set(more.name, more);
  }

  get stage() { return deepFind(this.main, ".gs")?.gliascope; }

  // ---- building ----

  build() {
    const head = this.buildHead();
    this.notice = make("p", {className: "gd-notice", role: "status"});
    this.line = make("p", {className: "gd-notice gd-line", role: "status", hidden: true});
    this.face = make("div", {className: "gd"});
    this.controls = this.buildControls();
    this.main = make("main", {className: "gd-main"}, this.model.get_child("stage"));
    this.words = make("aside", {className: "gd-words", "aria-label": W.words, hidden: true, "data-part": "words"});
    this.face.append(head, this.notice, this.line, make("div", {className: "gd-body"}, this.controls, this.main, this.words));
    this.face.addEventListener("pointerdown", (event) => {
      if (this.face.classList.contains("gd-open") && !event.composedPath().includes(this.controls) && !event.composedPath().includes(this.opener)) this.open(false);
    });
  }

  buildHead() {
    const act = (what) => () => this.say(what);
    this.undo = button(W.undo, {text: false, onclick: act("undo")}, "undo");
    this.redo = button(W.redo, {text: false, onclick: act("redo")}, "redo");
    this.copy = button(W.copy_link, {onclick: () => this.copyText(this.href(), W.copied)}, "link");
    this.hall = button(W.hall, {className: "gd-button gd-hall", title: W.hall_meaning, onclick: () => this.say("view", {name: "hall", text: this.shown.view.hall ? "0" : "1"})}, "hall");
    this.theme = button(W.theme.system, {text: false, onclick: () => this.nextTheme()}, "theme");
    this.asker = button(W.words, {text: false, "aria-expanded": "false", onclick: () => this.toggleWords()}, "words");
    this.asker.dataset.part = "words";
    this.opener = button(W.show_controls, {className: "gd-button gd-opener", "aria-expanded": "false", onclick: () => this.open(!this.face.classList.contains("gd-open"))}, "menu");
    this.pages = make("nav", {className: "gd-pages", "aria-label": W.pages});
    return make("header", {className: "gd-head"}, make("h1", {}, W.title), this.pages, make("span", {className: "gd-gap"}),
      make("span", {className: "gd-group", "data-part": "buttons"}, this.undo, this.redo), this.copy, this.hall, this.theme, this.asker, this.opener);
  }

  buildControls() {
    this.scene = make("select", {"aria-label": W.scenes, onchange: () => this.say("scene", {key: this.scene.value})},
      make("option", {value: ""}, W.own_settings), ...SPEC.scenes.map((scene) => make("option", {value: scene.key}, scene.title)));
    this.watch = make("p", {className: "gd-watch"});
    const seed = this.fields.seed = this.textField("seed", W.seed);
    this.steer = make("input", {type: "checkbox", role: "switch", "aria-label": W.steer, onchange: () => {
      this.tellMoment();
      this.say("steer", {on: this.steer.checked});
    }});
    this.goOn = button(W.go_on, {title: W.go_on_meaning, onclick: () => this.say("go_on")});
    this.compare = make("select", {"aria-label": W.compare, title: W.compare_meaning, onchange: () => {
      if (this.compare.value) this.say("compare", {model: this.compare.value});
      this.compare.value = "";
    }}, make("option", {value: ""}, W.compare_with), ...Object.entries(SPEC.models).map(([value, text]) => make("option", {value}, text)));
    this.ghosts = make("ul", {className: "gd-ghosts"});
    const act = (what, text, meaning) => button(text, {title: meaning, onclick: () => this.say(what)});
    const restart = button(W.restart, {title: W.restart_meaning, onclick: () => {
      this.stage?.act.toStart(); // the clock goes to the start and plays on, or stays paused, as it was
      this.say("restart");
    }});
    return make("aside", {className: "gd-controls", "aria-label": W.controls, tabindex: "-1"},
      make("div", {"data-part": "scenes"}, make("label", {className: "gd-row"}, make("span", {}, W.scenes), this.scene), this.watch),
      make("div", {"data-part": "sliders", className: "gd-sliders"}, ...this.sliders.map((slider) => slider.face)),
      make("div", {className: "gd-row", "data-part": "seed"}, make("b", {className: "gd-symbol"}, W.seed), seed,
        button(W.new_draw, {title: W.new_draw_meaning, onclick: () => this.say("draw")}, "draw")),
      make("div", {className: "gd-row gd-even", "data-part": "buttons"}, restart, act("reset", W.reset, W.reset_meaning)),
      make("div", {className: "gd-row", "data-part": "steer"}, make("label", {className: "gd-switch", title: W.steer_meaning}, this.steer, make("span", {}, W.steer)), this.goOn),
      make("div", {"data-part": "compare"}, make("div", {className: "gd-row gd-even"}, act("pin", W.pin, W.pin_meaning), this.compare), this.ghosts),
      this.buildMore(), this.buildTake());
  }

  buildMore() {
    const rows = SPEC.fields.map((field) => {
      const input = field.choices ? this.choiceField(field) : this.textField(field.name, field.symbol);
      this.fields[field.name] = input;
      const face = field.choices ? null : symbol(field.symbol);
      return make("label", {className: "gd-field", title: field.meaning, "data-part": field.name}, make("span", {}, face, " ", field.called), input);
    });
    return make("details", {className: "gd-fold", "data-part": "more"}, make("summary", {}, W.more), this.buildOpen(), ...rows);
  }

  // A file can be chosen, or dropped anywhere on the page.
  buildOpen() {
    const chooser = make("input", {type: "file", multiple: "", accept: FILES_READ, hidden: true, "aria-label": W.files.open});
    chooser.addEventListener("change", async () => {
      await this.openFiles([...chooser.files]);
      chooser.value = ""; // the same file may be chosen again
    });
    this.face.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); });
    this.face.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.openFiles([...event.dataTransfer.files]);
    });
    return make("div", {className: "gd-row gd-even"}, chooser,
      button(W.files.open, {title: W.files.meaning, onclick: () => chooser.click()}, "open"));
  }

  async openFiles(files) {
    if (!files.length) return;
    try {
      const {address, ...memories} = await readFiles(files, {words: W.files, most: SPEC.most}, Number(this.shown.fields.N));
      if (address) this.say("open", {address}); else this.say("store", memories);
    } catch (wrong) {
      this.tellQuietly(wrong instanceof Refused ? wrong.message : W.files.failed);
    }
  }

  textField(name, label) {
    const input = make("input", {type: "text", autocomplete: "off", spellcheck: "false", className: "gd-exact", "aria-label": label});
    input.addEventListener("change", () => this.say("set", {name, text: input.value}));
    input.addEventListener("blur", () => { input.value = this.shown.fields[name]; });
    return input;
  }

  choiceField(field) {
    const options = Object.entries(field.choices).map(([value, text]) => make("option", {value}, text));
    const select = make("select", {"aria-label": field.called}, ...options);
    select.addEventListener("change", () => this.say("set", {name: field.name, text: select.value}));
    return select;
  }

  buildTake() {
    const want = (what, text, meaning) => button(text, {title: meaning ?? text, onclick: () => this.say("want", {what, url: this.href()})});
    const transparent = make("input", {type: "checkbox"});
    const picture = (format) => button(format.toUpperCase(), {onclick: () => this.stage?.savePicture({format, transparent: transparent.checked, ground: "white"})});
    this.taken = make("div", {className: "gd-taken", "aria-live": "polite"});
    const row = (title, ...children) => make("div", {className: "gd-row"}, make("span", {className: "gd-row-title"}, title), ...children);
    return make("details", {className: "gd-fold", "data-part": "take"}, make("summary", {}, W.take_away),
      row(W.copy_link, button(W.copy_link, {"aria-label": W.copy_link, onclick: () => this.copyText(this.href(), W.copied)}, "link"), want("qr", W.qr)),
      row(W.picture, picture("png"), picture("svg"), make("label", {className: "gd-check"}, transparent, W.transparent)),
      row(W.data, want("npz", W.npz), want("csv", W.csv), want("python", W.python)),
      row(W.offline, want("html", "HTML", W.offline_meaning)),
      this.taken, this.buildClass());
  }

  buildClass() {
    const embed = make("select", {"aria-label": W.for_class}, ...Object.entries(W.embed).map(([value, text]) => make("option", {value}, text)));
    const boxes = Object.entries(W.parts).map(([value, text]) => make("label", {className: "gd-check"}, make("input", {type: "checkbox", value}), text));
    const link = () => {
      const url = new URL(this.href());
      url.searchParams.set("embed", embed.value);
      url.searchParams.set("hide", boxes.map((box) => box.firstChild).filter((box) => box.checked).map((box) => box.value).join(","));
      return url.href;
    };
    return make("details", {className: "gd-inner"}, make("summary", {title: W.for_class_meaning}, W.for_class),
      make("div", {className: "gd-row"}, embed), make("fieldset", {}, make("legend", {}, W.hide), ...boxes),
      make("div", {className: "gd-row"}, button(W.copy_class_link, {onclick: () => this.copyText(link(), W.copied)}, "link")));
  }

  // ---- what the server says ----

  show(shown) {
    if (shown.notice !== this.shown?.notice && shown.notice) this.aside = "";
    this.shown = shown;
    const {view} = shown;
    for (const [name, input] of Object.entries(this.fields)) {
      const typing = input.tagName === "INPUT" && input.getRootNode().activeElement === input;
      if (name in shown.fields && !typing) input.value = shown.fields[name];
    }
    for (const field of SPEC.fields) {
      if (field.with) this.fields[field.name].parentElement.hidden = shown.fields[field.with[0]] !== field.with[1];
    }
    this.scene.value = shown.scene;
    this.watch.textContent = SPEC.scenes.find((scene) => scene.key === shown.scene)?.watch ?? "";
    this.watch.hidden = !this.watch.textContent;
    this.undo.disabled = !shown.undo;
    this.redo.disabled = !shown.redo;
    this.steer.checked = shown.steer;
    this.goOn.hidden = !shown.mark;
    this.putNotice();
    for (const option of this.compare.options) option.disabled = option.value === shown.fields.model;
    this.ghosts.replaceChildren(...shown.ghosts.map((ghost) => make("li", {}, make("span", {title: ghost.name}, ghost.name),
      button(W.unpin.replace("{name}", ghost.name), {text: false, onclick: () => this.say("unpin", {kind: ghost.kind, which: ghost.which})}, "close"))));
    if (this.pages.childElementCount !== shown.pages.length && shown.pages.length > 1) {
      this.pages.replaceChildren(...shown.pages.map(([path, title, here]) => make("a", {href: path, "aria-current": here ? "page" : null}, title)));
    }
    for (const slider of this.sliders) slider.answered();
    this.dressAs(view);
    clearTimeout(this.writing);
    this.writing = setTimeout(() => history.replaceState(history.state, "", this.href()), ADDRESS_AFTER);
  }

  dressAs({theme, hall, embed, hide}) {
    const page = document.documentElement.dataset;
    if (theme === "system") delete page.theme; else page.theme = theme;
    if (hall) page.hall = ""; else delete page.hall;
    const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    this.face.dataset.theme = theme;
    this.face.toggleAttribute("data-hall", hall);
    this.face.dataset.embed = embed;
    this.hall.setAttribute("aria-pressed", String(hall));
    this.theme.title = W.theme[theme];
    this.theme.setAttribute("aria-label", W.theme[theme]);
    document.documentElement.style.colorScheme = dark && !hall ? "dark" : "light";
    for (const part of this.face.querySelectorAll("[data-part]")) part.classList.toggle("gd-left-out", hide.includes(part.dataset.part));
  }

  hear({file, kind, content, say}) {
    if (file) {
      download(new Blob([content], {type: kind}), file);
    } else if (say === "python") {
      const code = make("pre", {tabindex: "0"}, content);
      this.taken.replaceChildren(code, button(W.copy, {onclick: () => this.copyText(content, W.copied)}));
    } else if (say === "qr") {
      this.taken.innerHTML = content; // made by our own server from this page's own link
      this.taken.firstElementChild?.setAttribute("aria-label", W.qr_label);
    }
  }

  // ---- what the visitor does ----

  href() { return addressWith(this.shown.address); }

  // Where the clock is, told before the change it is meant for: the messages of one page keep their order.
  tellMoment() {
    const now = this.stage?.now();
    if (now) this.say("moment", {segment: now.segment, row: now.row, t: now.t});
  }

  onSlider({name, text}) {
    if (this.lost) return false;
    if (this.shown.steer) this.tellMoment();
    if (text !== undefined) this.say("set", {name, text});
    return true;
  }

  nextTheme() {
    const order = ["system", "light", "dark"];
    this.say("view", {name: "theme", text: order[(order.indexOf(this.shown.view.theme) + 1) % order.length]});
  }

  async copyText(text, done) {
    this.tellQuietly(await copied(text, this.face) ? done : W.copy_by_hand);
  }

  // For a few seconds, or until the server has something new to say.
  tellQuietly(text) {
    this.aside = text;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.aside = "";
      this.putNotice();
    }, 4000);
    this.putNotice();
  }

  putNotice() {
    const text = this.aside || this.shown.notice;
    put(this.notice, text);
    this.notice.hidden = !text;
  }

  open(on) {
    this.face.classList.toggle("gd-open", on);
    this.opener.setAttribute("aria-expanded", String(on));
    if (on) this.controls.focus({preventScroll: true}); else if (this.controls.matches(":focus-within")) this.opener.focus();
  }

  async toggleWords() {
    const on = this.words.hidden;
    this.words.hidden = !on;
    this.asker.setAttribute("aria-expanded", String(on));
    if (!on || this.words.childElementCount) return;
    const text = await (await fetch(this.shown.words)).text();
    const body = make("div", {className: "gd-words-body"});
    body.innerHTML = text; // a static file of our own server
    body.addEventListener("click", (event) => this.light(event.target.closest("[data-symbol]")));
    this.words.replaceChildren(button(W.close, {text: false, className: "gd-button gd-close", onclick: () => this.toggleWords()}, "close"), body);
  }

  // A symbol of the words lights its control, and the figure that shows it.
  light(marked) {
    if (!marked) return;
    const figure = marked.dataset.figure ?? marked.dataset.symbol;
    const found = [
      this.face.querySelector(`[data-part="${CSS.escape(marked.dataset.symbol)}"]`), deepFind(this.main, `[data-card="${CSS.escape(figure)}"]`),
    ].filter(Boolean);
    const colour = getComputedStyle(this.face).getPropertyValue("--gd-orange");
    for (const element of found) {
      const fold = element.closest("details");
      if (fold) fold.open = true;
      element.scrollIntoView({block: "nearest"});
      element.animate([0, 1].map((at) => ({boxShadow: `0 0 0 3px ${at ? "transparent" : colour}`})), {duration: 2500, easing: "ease-in"});
    }
  }

  onKey(event) {
    if (event.key === "Escape" && this.face.classList.contains("gd-open")) return this.open(false);
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(event.key.toLowerCase())) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement && target.type === "text") return;
    event.preventDefault();
    this.say(event.shiftKey || event.key.toLowerCase() === "y" ? "redo" : "undo");
  }

  // A lost line is said once it has lasted; the picture needs none. When it is back, what was moved meanwhile is said again.
  listenToLine(page) {
    page.on_event("connection_lost", (_, event) => {
      const gone = event.timeout === null || event.timeout === undefined;
      this.lost = true;
      clearTimeout(this.missing);
      this.missing = setTimeout(() => {
        this.line.replaceChildren(gone ? `${W.gone} ` : W.lost, gone ? make("a", {href: this.href()}, W.reload) : "");
        this.line.hidden = false;
      }, gone ? 0 : MISSED_AFTER);
    });
    page.on_event("client_reconnected", () => {
      this.lost = false;
      clearTimeout(this.missing);
      if (!this.line.hidden) this.tellQuietly(W.back);
      this.line.hidden = true;
      for (const slider of this.sliders) slider.send();
      for (const typed of this.unsaid.values()) this.say("set", typed);
      this.unsaid.clear();
    });
    // On its way back BokehJS 3.9 builds the whole document anew, and cannot where there are bytes in it. The session is still
    // there, so the document on show is right as it is; if it is not the same any more, the address opens it again: entrance.js sees
    // to that, where there is one.
    page.replace_with_json = (json) => {
      const there = json.roots.map((root) => root.id);
      if (page.roots().every((root) => there.includes(root.id)) || document.getElementById("gliascope-entrance")) return;
      history.replaceState(history.state, "", this.href());
      location.reload();
    };
  }
}

// The first match in an element and in the shadow roots below it.
function deepFind(from, selector) {
  if (!from) return null;
  const found = from.matches?.(selector) ? from : from.querySelector?.(selector);
  if (found) return found;
  const inside = from.shadowRoot ? deepFind(from.shadowRoot, selector) : null;
  if (inside) return inside;
  for (const child of from.querySelectorAll?.("*") ?? []) {
    const deeper = child.shadowRoot ? deepFind(child.shadowRoot, selector) : null;
    if (deeper) return deeper;
  }
  return null;
}
