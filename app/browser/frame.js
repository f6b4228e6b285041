// The frame of every page: header with the way to the other pages, notices, the line that says that the connection is lost, the
// drawer of controls, words about the page, address, and how all of it looks. What fills it is a page's own.

import { Claims } from "./claims.js";
import { addressWith, button, cameBack, copied, make, put } from "./elements.js";
import { KeyList } from "./key_list.js";
import { giveBack, Keys, watchFocus } from "./keys.js";
import { Sheet } from "./sheet.js";
import { Ways } from "./ways.js";

const MISSED_AFTER = 500; // milliseconds until a lost line is spoken of: many are back by then
const ADDRESS_AFTER = 250; // browsers refuse to rewrite the address many times a second
const ASIDE = 4000; // milliseconds that a word in passing stays
const LIT = 2500; // milliseconds that a symbol's control and figure are lit
const THEMES = ["system", "light", "dark"];
export const NARROW = "(max-width: 1000px)"; // where controls wait in a drawer, as page.css has it

export class Frame {
  // `port` carries messages (see ports/); of a page's `spec` the frame takes words, ways to all pages, the paper that the system
  // comes from, and where its equations and the paper's claims are; `className` is the page's own; `lost` is what is said of a lost
  // line; `keys` are the kinds of keys, of those in the words, that this page has besides; `skip` is a button before all others,
  // {text, to()}: where it puts the focus; a page that `isTitled` has its first heading in its main part, else the name in the header is that.
  constructor({ spec, port, skip, className = "", lost = spec.words.lost, keys = [], isTitled = false }) {
    const { words, pages, run, paper, equations, claims } = spec;
    Object.assign(this, { words, port, paper, lost });
    this.unsent = new Map(); // what was typed while the line was lost
    this.shown = { notice: "", address: "", view: { theme: "system", hall: false } };
    this.mentioned = "";
    this.closed = null; // the message that was closed
    this.awaited = null; // {step, address} of an entry of the browser's history to which the session has not come yet
    this.onLook = () => {}; // after a change of theme or hall
    this.onBack = () => {}; // the line is back
    this.onTurn = () => false; // PageDown (1) or PageUp (−1) was pressed
    this.onEscape = () => false; // whether Escape closed something of the page's own
    this.cardOf = () => null; // the element of a figure, where this page has it
    this.head = make("header", { className: "gd-head" });
    this.name = make(isTitled ? "b" : "h1", { className: "gd-name" }, words.title);
    this.skip = button(skip.text, { className: "gd-button gd-skip", onclick: () => skip.to()?.focus() });
    this.said = make("p", { role: "status" });
    const done = button(words.close_message, { text: false, onclick: () => this.closeNotice() }, "close");
    this.notice = make("div", { className: "gd-notice", hidden: true }, this.said, done);
    this.passing = make("p", { className: "gd-passing", role: "status", hidden: true });
    this.line = make("p", { className: "gd-notice gd-line", role: "status", hidden: true });
    this.ways = new Ways(pages.length > 1 ? pages : [], run);
    const links = this.ways.pages.map(([, title, here]) => make("a", { "aria-current": here ? "page" : null }, title));
    this.pages = make("nav", { className: "gd-pages", "aria-label": words.pages }, ...links);
    this.face = make("div", { className: `gd ${className}`.trim() });
    this.face.gliascope = this; // for who looks at a page with the browser's tools
    watchFocus(this.face);
    this.keyList = new KeyList(words, keys);
    this.claims = claims ? new Claims(words, claims, () => this.shown.view) : null;
    this.sheet = equations ? this.buildSheet(equations) : null; // a chapter may have none
    Object.assign(port, {
      onLost: (gone) => this.missLine(gone),
      onBack: () => this.findLine(),
      onOther: () => this.openAgain(),
      onWord: (text, more) => this.tellOfPort(text, more),
    });
  }

  // Put together what belongs in it: `before` are buttons of the page's own in the header.
  fill({ controls, main, before = [] }) {
    const { words } = this;
    this.controls = controls;
    if (this.paper) {
      const { text, href } = this.paper;
      controls.append(make("p", { className: "gd-paper" }, make("a", { href, target: "_blank", rel: "noopener" }, text)));
    }
    if (this.claims) controls.append(make("div", { className: "gd-row gd-even", "data-part": "words" }, this.claims.opener));
    this.hall = button(
      words.hall,
      {
        className: "gd-button gd-hall",
        title: words.hall_meaning,
        onclick: () => this.look({ hall: this.shown.view.hall ? "0" : "1" }),
      },
      "hall",
    );
    this.theme = button(words.theme.system, { text: false, onclick: () => this.nextTheme() }, "theme");
    this.opener = button(
      words.show_controls,
      { className: "gd-button gd-opener", "aria-expanded": "false", onclick: () => this.open(!this.isOpen) },
      "menu",
    );
    const copy = button(words.copy_link, { className: "gd-button gd-copy", onclick: () => this.copyText(this.href()) }, "link");
    this.head.replaceChildren(
      this.skip,
      this.name,
      this.pages,
      make("span", { className: "gd-gap" }),
      ...before,
      copy,
      this.theme,
      this.keyList.opener,
      ...(this.sheet ? [this.asker] : []),
      this.opener,
      this.hall, // the last one stays where it is when all others change their sizes
    );
    this.face.replaceChildren(
      this.head,
      make("div", { className: "gd-messages" }, this.notice, this.line),
      this.passing,
      make("div", { className: "gd-body" }, controls, make("main", { className: "gd-main" }, ...main)),
      ...(this.sheet ? [this.sheet.face] : []),
      ...(this.claims ? [this.claims.face] : []),
      this.keyList.face,
    );
    const close = button(words.close, { text: false, onclick: () => this.open(false) }, "close");
    controls.prepend(make("div", { className: "gd-drawer-head" }, close));
    this.face.addEventListener("pointerdown", (event) => {
      const path = event.composedPath();
      if (this.isOpen && !path.includes(controls) && !path.includes(this.opener)) this.open(false);
    });
    this.keys = new Keys({
      "?": () => this.keyList.open(),
      Escape: () => this.closeOne(),
      PageDown: () => this.turn(1),
      PageUp: () => this.turn(-1),
    });
    this.returned = (event) => this.returnTo(event.state?.step);
    addEventListener("popstate", this.returned);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.follow = () => this.dress(this.shown.view);
    this.dark.addEventListener("change", this.follow);
    for (const part of document.querySelectorAll("[data-skeleton]")) part.remove();
    this.isBack = cameBack();
  }

  destroy() {
    clearTimeout(this.writing);
    this.keys.destroy();
    removeEventListener("popstate", this.returned);
    this.dark.removeEventListener("change", this.follow);
  }

  // ---- the line ----

  // Whether the line took it. What was typed while it is lost is said when it is back; all else is left out.
  say(what, more = {}) {
    this.closed = null;
    if (["set", "open"].includes(what)) this.mentioned = "";
    if (!this.isLost) {
      return this.port.send({ do: what, ...more }) !== false; // a port may say that it cannot yet
    }
    if (what === "set") for (const [name, text] of Object.entries(more.changes)) this.unsent.set(name, text);
    return false;
  }

  // A lost line is said once it has lasted; what is on show needs none. `gone` where it will not come back by itself.
  missLine(gone) {
    const { words } = this;
    this.isLost = true;
    clearTimeout(this.missing);
    this.missing = setTimeout(
      () => {
        this.line.replaceChildren(
          gone ? `${words.gone} ` : this.lost,
          gone ? make("a", { href: this.href() }, words.reload) : "",
        );
        this.line.hidden = false;
      },
      gone ? 0 : MISSED_AFTER,
    );
  }

  findLine() {
    this.isLost = false;
    clearTimeout(this.missing);
    if (!this.line.hidden) this.tellQuietly(this.words.back);
    this.line.hidden = true;
    this.onBack();
    if (this.awaited) this.say("open", this.awaited);
    for (const [name, text] of this.unsent) this.say("set", { changes: { [name]: text } });
    this.unsent.clear();
  }

  // The server has another page now than the one on show: the address opens it again.
  openAgain() {
    history.replaceState(history.state, "", this.href());
    location.reload();
  }

  // What a port has to say of itself: for good, or in passing until it says otherwise; `share` is how far it has come.
  tellOfPort(text, { stays = false, share } = {}) {
    const place = stays ? this.line : this.passing;
    if (!stays) clearTimeout(this.quiet);
    place.replaceChildren(text, ...(share === undefined ? [] : [make("progress", { max: 1, value: share, "aria-label": text })]));
    place.hidden = !text;
  }

  // ---- what the session says ----

  show(shown) {
    if (shown.notice && shown.notice !== this.shown.notice) this.passing.hidden = true;
    this.shown = shown;
    if (this.awaited?.step === shown.step) this.awaited = null; // else it was said before the browser went back
    this.note(shown.notice);
    if (this.step === undefined) this.showWay();
    this.ways.from(shown).forEach((href, i) => {
      this.pages.children[i].setAttribute("href", href);
    });
    this.dress(shown.view);
    if (this.isBack) this.tellQuietly(this.words.back);
    this.isBack = false; // said once, after what the session says first
    clearTimeout(this.writing);
    if (this.step === undefined)
      this.writeAddress(); // what the page opened with is a step to come back to
    else this.writing = setTimeout(() => this.writeAddress(), ADDRESS_AFTER);
  }

  // Where not all ways to pages have room, the one to this page is in sight.
  showWay() {
    const here = this.pages.querySelector("[aria-current]");
    if (here) this.pages.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - this.pages.clientWidth / 2;
  }

  // A step that the session remembers is an entry of the browser's history; all within one step rewrites its address.
  writeAddress() {
    const { step } = this.shown,
      href = this.href();
    if (this.awaited || this.port.isInset) return;
    const begun = this.step !== undefined && step !== this.step && href !== location.href;
    this.step = step;
    const state = { ...history.state, step };
    if (begun) history.pushState(state, "", href);
    else history.replaceState(state, "", href);
  }

  // Back and Forward go through the steps of this visit: the session opens the address of the one where they arrive.
  returnTo(step) {
    if (!Number.isInteger(step)) return; // an entry of somebody else's
    clearTimeout(this.writing);
    this.step = step;
    this.awaited = { step, address: location.search.slice(1) };
    this.say("open", this.awaited);
  }

  // A message lies over the page, until it holds no longer or is closed.
  note(text) {
    const whole = [text, this.mentioned].filter(Boolean).join(" ");
    put(this.said, whole);
    this.notice.hidden = !whole || whole === this.closed;
  }

  // What the page itself has to say besides the session, until something is changed.
  mention(text) {
    this.mentioned = text;
    this.note(this.shown.notice);
  }

  closeNotice() {
    this.closed = this.said.textContent;
    this.notice.hidden = true;
  }

  // For a few seconds, or until the session has something new to say; it moves nothing on the page.
  tellQuietly(text) {
    put(this.passing, text);
    this.passing.hidden = !text;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.passing.hidden = true;
    }, ASIDE);
  }

  dress({ theme, hall, embed = "full", hide = [] }) {
    const page = document.documentElement.dataset;
    const dark = !hall && (theme === "dark" || (theme === "system" && this.dark.matches));
    if (theme === "system") delete page.theme;
    else page.theme = theme;
    if (hall) page.hall = "";
    else delete page.hall;
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    Object.assign(this.face.dataset, { theme, embed });
    this.face.toggleAttribute("data-hall", hall);
    this.face.toggleAttribute("data-dark", dark);
    this.hall.setAttribute("aria-pressed", String(hall));
    this.theme.hidden = hall; // which is light for every projector
    this.theme.title = this.words.theme[theme];
    this.theme.setAttribute("aria-label", this.words.theme[theme]);
    for (const part of this.face.querySelectorAll("[data-part]"))
      part.classList.toggle("gd-left-out", hide.includes(part.dataset.part));
    const look = `${theme} ${hall} ${dark}`;
    if (look === this.before) return;
    this.before = look;
    this.onLook();
  }

  // ---- what the visitor does ----

  href() {
    return addressWith(this.shown.address);
  }

  // `text` may be a promise of one; `otherwise` is said where the browser does not let the page copy.
  async copyText(text, otherwise = this.words.copy_by_hand) {
    this.tellQuietly((await copied(text, this.face)) ? this.words.copied : otherwise);
  }

  look(changes) {
    this.say("view", { changes });
  }

  nextTheme() {
    this.look({ theme: THEMES[(THEMES.indexOf(this.shown.view.theme) + 1) % THEMES.length] });
  }

  get isOpen() {
    return this.face.classList.contains("gd-open");
  }

  open(on) {
    this.face.classList.toggle("gd-open", on);
    this.opener.setAttribute("aria-expanded", String(on));
    if (on) this.controls.focus({ preventScroll: true });
    else if (this.controls.matches(":focus-within")) giveBack(this.opener);
  }

  // What a clicker says is the sheet's while it is open, else the page's.
  turn(by) {
    return this.sheet?.isOpen ? this.sheet.turn(by) : this.onTurn(by);
  }

  closeOne() {
    if (this.onEscape()) return true;
    if (this.sheet?.isOpen) return this.sheet.close();
    if (this.isOpen) return this.open(false);
    return this.notice.hidden ? false : this.closeNotice();
  }

  // ---- equations and words ----

  buildSheet(address) {
    const { words } = this;
    const ask = () => (this.sheet.isOpen ? this.sheet.close() : this.sheet.open());
    this.asker = button(words.words, { text: false, "aria-expanded": "false", "data-part": "words", onclick: ask }, "words");
    return new Sheet(words.sheet, address, {
      light: (name) => this.light(name),
      mark: (symbol) => this.mark(symbol),
      opened: (on) => {
        this.asker.setAttribute("aria-expanded", String(on));
        if (!on) giveBack(this.asker);
      },
    });
  }

  // A figure is lit as long as it is spoken of.
  light(name) {
    this.lit?.removeAttribute("data-lit");
    this.lit = name ? this.cardOf(name) : null;
    this.lit?.setAttribute("data-lit", "");
    return this.lit;
  }

  // A symbol lights its control, and the figure that shows it.
  mark({ dataset: { symbol, figure = symbol } }) {
    const found = [this.face.querySelector(`[data-part="${CSS.escape(symbol)}"]`), this.cardOf(figure)].filter(Boolean);
    const colour = getComputedStyle(this.face).getPropertyValue("--gd-orange");
    for (const element of found) {
      const closed = element.closest("details");
      if (closed) closed.open = true;
      element.scrollIntoView({ block: "nearest" });
      element.animate(
        [0, 1].map((at) => ({ boxShadow: `0 0 0 3px ${at ? "transparent" : colour}` })),
        { duration: LIT, easing: "ease-in" },
      );
    }
  }
}

export function adoptStyle(root, text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
