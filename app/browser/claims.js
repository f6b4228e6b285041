// What the paper says, and what is found when it is tried: a table over any page, whose rows lead to the very run or study.

import { button, make } from "./elements.js";

export class Claims {
  // `address` is where the table is; `look` gives {theme, hall} of this page, which its links carry.
  constructor({ claims: words, close }, address, look) {
    Object.assign(this, { address, look });
    this.table = make("div", { className: "gd-wide", tabindex: "0", role: "group", "aria-label": words.title });
    this.face = make(
      "dialog",
      { className: "gd-ends gd-claims", "aria-label": words.title },
      make(
        "div",
        { className: "gd-claims-head" },
        make("h2", {}, words.title),
        button(close, { text: false, onclick: () => this.face.close() }, "close"),
      ),
      this.table,
    );
    this.opener = button(words.title, {
      className: "gd-button gd-claims-open",
      title: words.meaning,
      onclick: () => this.open(),
    });
  }

  async open() {
    if (!this.table.firstChild) this.table.innerHTML = await (await fetch(this.address)).text(); // a static file of our own server
    const { theme, hall } = this.look();
    for (const link of this.table.querySelectorAll("a")) {
      const url = new URL(link.getAttribute("href"), location.href);
      url.searchParams.set("theme", theme);
      url.searchParams.set("hall", hall ? "1" : "0");
      link.href = url.href;
    }
    this.face.showModal();
  }
}
