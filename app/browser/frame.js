// The frame of every page: header with the way to the other pages, notices, the line that says that the connection is lost, the
// drawer of controls, words about the page, address, and how all of it looks. What fills it is a page's own.

import { addressWith, button, cameBack, copied, make, put } from "./elements.js";

const MISSED_AFTER = 500; // milliseconds until a lost line is spoken of: many are back by then
const ADDRESS_AFTER = 250; // browsers refuse to rewrite the address many times a second
const ASIDE = 4000; // milliseconds that a word in passing stays
const THEMES = ["system", "light", "dark"];

export class Frame {
  // `port` carries messages (see ports/); `pages` are the ways to all pages and `paper` is where the system comes from,
  // {text, href}; `className` is the page's own;
  // `lost` is what is said of a lost line.
  constructor({ words, port, pages = [], paper = null, className = "", lost = words.lost }) {
    Object.assign(this, { words, port, paper, lost });
    this.unsent = new Map(); // what was typed while the line was lost
    this.shown = { notice: "", address: "", view: { theme: "system", hall: false } };
    this.aside = "";
    this.onLook = () => {}; // after a change of theme or hall
    this.onBack = () => {}; // the line is back
    this.head = make("header", { className: "gd-head" });
    this.notice = make("p", { className: "gd-notice", role: "status", hidden: true });
    this.line = make("p", { className: "gd-notice gd-line", role: "status", hidden: true });
    this.ways = pages.length > 1 ? pages : [];
    const links = this.ways.map(([, title, here]) => make("a", { "aria-current": here ? "page" : null }, title));
    this.pages = make("nav", { className: "gd-pages", "aria-label": words.pages }, ...links);
    this.face = make("div", { className: `gd ${className}`.trim() });
    this.face.gliascope = this;
    Object.assign(port, {
      onLost: (gone) => this.missLine(gone),
      onBack: () => this.findLine(),
      onOther: () => this.openAgain(),
    });
  }

  // Put together what belongs in it: `before` and `after` are buttons of the page's own in the header.
  fill({ controls, main, drawer = null, before = [], after = [] }) {
    const { words } = this;
    this.controls = controls;
    if (this.paper) {
      const { text, href } = this.paper;
      controls.append(make("p", { className: "gd-paper" }, make("a", { href, target: "_blank", rel: "noopener" }, text)));
    }
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
    const copy = button(words.copy_link, { onclick: () => this.copyText(this.href()) }, "link");
    this.head.replaceChildren(
      make("h1", {}, words.title),
      this.pages,
      make("span", { className: "gd-gap" }),
      ...before,
      copy,
      this.hall,
      this.theme,
      ...after,
      this.opener,
    );
    this.face.replaceChildren(
      this.head,
      this.notice,
      this.line,
      make("div", { className: "gd-body" }, controls, make("main", { className: "gd-main" }, main), ...(drawer ? [drawer] : [])),
    );
    this.face.addEventListener("pointerdown", (event) => {
      const path = event.composedPath();
      if (this.isOpen && !path.includes(controls) && !path.includes(this.opener)) this.open(false);
    });
    this.keys = (event) => {
      if (event.key === "Escape" && this.isOpen) this.open(false);
    };
    document.addEventListener("keydown", this.keys);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.follow = () => this.dress(this.shown.view);
    this.dark.addEventListener("change", this.follow);
    for (const part of document.querySelectorAll("[data-skeleton]")) part.remove();
    this.isBack = cameBack();
  }

  destroy() {
    document.removeEventListener("keydown", this.keys);
    this.dark.removeEventListener("change", this.follow);
  }

  // ---- the line ----

  // Whether the line took it. What was typed while it is lost is said when it is back; all else is left out.
  say(what, more = {}) {
    if (!this.isLost) {
      this.port.send({ do: what, ...more });
      return true;
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
    for (const [name, text] of this.unsent) this.say("set", { changes: { [name]: text } });
    this.unsent.clear();
  }

  // The server has another page now than the one on show: the address opens it again.
  openAgain() {
    history.replaceState(history.state, "", this.href());
    location.reload();
  }

  // ---- what the session says ----

  show(shown) {
    if (shown.notice && shown.notice !== this.shown.notice) this.aside = "";
    this.shown = shown;
    this.note(shown.notice);
    [...this.pages.children].forEach((link, i) => link.setAttribute("href", carried(this.ways[i][0], shown.view)));
    this.dress(shown.view);
    if (this.isBack) this.tellQuietly(this.words.back);
    this.isBack = false; // said once, after what the session says first
    clearTimeout(this.writing);
    this.writing = setTimeout(() => history.replaceState(history.state, "", this.href()), ADDRESS_AFTER);
  }

  note(text) {
    this.text = text;
    this.putNotice();
  }

  // For a few seconds, or until the session has something new to say.
  tellQuietly(text) {
    this.aside = text;
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.aside = "";
      this.putNotice();
    }, ASIDE);
    this.putNotice();
  }

  putNotice() {
    const text = this.aside || this.text || "";
    put(this.notice, text);
    this.notice.hidden = !text;
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

  async copyText(text) {
    this.tellQuietly((await copied(text, this.face)) ? this.words.copied : this.words.copy_by_hand);
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
    else if (this.controls.matches(":focus-within")) this.opener.focus();
  }
}

// The address of another page, with this one's theme and hall unless it says more itself.
export function carried(href, { theme, hall }) {
  return href.includes("?") ? href : `${href}?${new URLSearchParams({ theme, hall: hall ? "1" : "0" })}`;
}

export function adoptStyle(root, text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
