// The desk: header, controls and drawers around a stage. SPEC and STYLE are put in front of this file by desk.py.

const W = SPEC.words;
const PATIENCE = 500; // milliseconds after which a dragged slider speaks again though the last move was not answered
const ADDRESS_AFTER = 250; // browsers refuse to rewrite the address many times a second
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

function make(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "className" || key === "value" || key === "checked" || key === "hidden" || key === "disabled") made[key] = value;
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A symbol with its subscript set low; the accessible name keeps the plain letters.
function symbol(text) {
  const [letter, index] = text.split("_");
  return make("b", {className: "gd-symbol"}, letter, index ? make("sub", {}, index) : null);
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", path);
  return svg;
}

const ICONS = {
  undo: "M8 5 3 10l5 5v-4h6a3 3 0 0 1 0 6H9v2h5a5 5 0 0 0 0-10H8z",
  redo: "M16 5l5 5-5 5v-4h-6a3 3 0 0 0 0 6h5v2h-5a5 5 0 0 1 0-10h6z",
  link: "M10 7H7a5 5 0 0 0 0 10h3v-2H7a3 3 0 0 1 0-6h3zm4 0v2h3a3 3 0 0 1 0 6h-3v2h3a5 5 0 0 0 0-10zM8 11h8v2H8z",
  draw: "M12 5V2l5 4-5 4V7a5 5 0 1 0 5 5h2a7 7 0 1 1-7-7z",
  menu: "M3 6h18v2H3zm0 5h18v2H3zm0 5h18v2H3z",
  close: "M6 4.6 12 10.6l6-6L19.4 6l-6 6 6 6-1.4 1.4-6-6-6 6L4.6 18l6-6-6-6z",
  theme: "M12 3a9 9 0 1 0 0 18zm2 .3v17.4a9 9 0 0 0 0-17.4z",
  hall: "M3 4h18v12h-8v2.5l3 2.5H8l3-2.5V16H3zm2 2v8h14V6z",
  words: "M11 17h2v2h-2zm1-12a4.5 4.5 0 0 1 4.5 4.5c0 2-1.2 2.9-2.2 3.6-.9.6-1.3 1-1.3 1.9h-2c0-2 1.2-2.8 2.2-3.5.8-.6 1.3-1 1.3-2a2.5 2.5 0 0 0-5 0h-2A4.5 4.5 0 0 1 12 5z",
};

function button(name, attributes, picture = null) {
  const {text = true, ...rest} = attributes;
  return make("button", {type: "button", className: "gd-button", title: name, "aria-label": name, ...rest},
    picture ? icon(ICONS[picture]) : null, text ? make("span", {}, name) : null);
}

// ------------------------------------------------------------------------------------------------------------ one slider

class Slider {
  constructor(model, announce) {
    this.model = model;
    this.known = SPEC.sliders[model.label];
    this.announce = announce;
    this.held = false; // in someone's hand: what the server says meanwhile does not move it
    this.waiting = null; // where it was dragged to since the last message
    this.timer = 0;
    this.box = make("input", {
      className: "gd-exact", type: "text", autocomplete: "off", spellcheck: "false", "aria-label": W.exact.replace("{symbol}", model.label),
    });
    this.hint = make("small", {className: "gd-hint"});
    this.range = make("input", {
      type: "range", min: model.start, max: model.end, step: model.step, "aria-label": model.label, "aria-description": this.known.meaning,
    });
    this.face = make("div", {className: "gd-slider", title: this.known.meaning, "data-part": this.known.name},
      make("div", {className: "gd-slider-head"}, symbol(model.label), make("small", {}, this.known.called), this.hint, this.box), this.range);
    this.range.addEventListener("pointerdown", () => { this.held = true; });
    this.range.addEventListener("pointerup", () => { this.held = false; });
    this.range.addEventListener("input", () => this.move());
    this.range.addEventListener("change", () => this.release());
    this.box.addEventListener("change", () => {
      if (this.box.value.trim() !== model.text) announce({name: this.known.name, text: this.box.value});
    });
    this.box.addEventListener("blur", () => { this.box.value = model.text; });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { this.box.value = model.text; this.box.blur(); }
    });
    model.change.connect(() => this.follow());
    this.follow();
  }

  follow() {
    this.hint.textContent = this.model.hint;
    if (this.held || this.waiting !== null) return;
    this.range.value = this.model.value;
    this.box.value = this.model.text;
    this.paint();
  }

  paint() {
    this.range.style.setProperty("--gd-done", `${(100 * this.range.value) / Math.max(1, this.range.max)}%`);
    this.range.setAttribute("aria-valuetext", this.box.value);
  }

  move() {
    this.waiting = Number(this.range.value);
    this.box.value = this.known.options[this.waiting];
    this.paint();
    if (!this.timer) this.send();
  }

  // One move is on its way at most; of those made meanwhile only the newest is sent.
  send() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.waiting === null) return;
    if (!this.announce({name: this.known.name})) return; // the line is lost: it waits until that is back
    this.model.setv({value: this.waiting});
    this.waiting = null;
    this.timer = setTimeout(() => this.send(), PATIENCE);
  }

  // The server has answered.
  answered() {
    if (this.timer) this.send();
    this.follow();
  }

  release() {
    this.held = false;
    this.send();
    if (this.waiting === null) this.model.setv({value_throttled: Number(this.range.value)});
  }
}

// -------------------------------------------------------------------------------------------------------------- the desk

function renderDesk({view, model, el}) {
  const root = el.getRootNode();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const [shown, ...sliders] = view.model.tags;
  const desk = new DeskView(model, sliders);
  shown.change.connect(() => desk.show(plain(shown.state)));
  model.on("msg:custom", (message) => desk.hear(message));
  model.on("remove", () => desk.destroy());
  desk.listenToLine(view.model.document);
  desk.show(plain(shown.state));
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
    this.aside = "";
    this.build();
    this.keys = (event) => this.onKey(event);
    document.addEventListener("keydown", this.keys);
    for (const part of document.querySelectorAll("[data-skeleton]")) part.remove();
  }

  destroy() { document.removeEventListener("keydown", this.keys); }

  say(what, more = {}) {
    if (!this.lost) this.model.send_msg({do: what, ...more});
  }

  get stage() { return deepFind(this.main, ".gs")?.gliascope; }

  // ---- building ----

  build() {
    const head = this.buildHead();
    this.notice = make("p", {className: "gd-notice", role: "status"});
    this.line = make("p", {className: "gd-notice gd-line", role: "status", hidden: true});
    this.controls = this.buildControls();
    this.main = make("main", {className: "gd-main"}, this.model.get_child("stage"));
    this.words = make("aside", {className: "gd-words", "aria-label": W.words, hidden: true, "data-part": "words"});
    this.face = make("div", {className: "gd"}, head, this.notice, this.line,
      make("div", {className: "gd-body"}, this.controls, this.main, this.words));
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
    return make("details", {className: "gd-fold", "data-part": "more"}, make("summary", {}, W.more), ...rows);
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
    const put = (input, value) => { if (input.getRootNode().activeElement !== input || input.tagName === "SELECT") input.value = value; };
    for (const [name, input] of Object.entries(this.fields)) if (name in shown.fields) put(input, shown.fields[name]);
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
      const url = URL.createObjectURL(new Blob([content], {type: kind}));
      make("a", {href: url, download: file}).click();
      setTimeout(() => URL.revokeObjectURL(url), 60000);
    } else if (say === "python") {
      const code = make("pre", {tabindex: "0"}, content);
      this.taken.replaceChildren(code, button(W.copy, {onclick: () => this.copyText(content, W.copied)}));
    } else if (say === "qr") {
      this.taken.innerHTML = content; // made by our own server from this page's own link
      this.taken.firstElementChild?.setAttribute("aria-label", W.qr_label);
    }
  }

  // ---- what the visitor does ----

  href() {
    const url = new URL(location.href);
    url.search = this.shown.address;
    url.hash = "";
    return url.href;
  }

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
    try {
      await navigator.clipboard.writeText(text);
      this.tellQuietly(done);
    } catch {
      this.tellQuietly(this.copyOldWay(text) ? done : W.copy_by_hand);
    }
  }

  // Where a page is served without TLS the clipboard is closed to it; a selection still works.
  copyOldWay(text) {
    const area = make("textarea", {value: text, className: "gd-offstage"});
    this.face.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
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
    if (this.notice.textContent !== text) this.notice.textContent = text;
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
      }, gone ? 0 : PATIENCE);
    });
    page.on_event("client_reconnected", () => {
      this.lost = false;
      clearTimeout(this.missing);
      if (!this.line.hidden) this.tellQuietly(W.back);
      this.line.hidden = true;
      for (const slider of this.sliders) slider.send();
    });
    // On its way back BokehJS 3.9 builds the whole document anew, and cannot where there are bytes in it. The session is still
    // there, so the document on show is right as it is; if it is not the same any more, the address opens it again.
    page.replace_with_json = (json) => {
      const there = json.roots.map((root) => root.id);
      if (page.roots().every((root) => there.includes(root.id))) return;
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

export default {Desk: {render: renderDesk}};
