// The keys of a page, in a window of their own.

import { button, make } from "./elements.js";
import { hasVisibleFocus } from "./keys.js";

export class KeyList {
  // `kinds` are those of the words' lists that hold on this page.
  constructor(words, kinds) {
    const { title, list } = words.keys;
    const rows = [...kinds, "all"]
      .flatMap((kind) => Object.values(list[kind]))
      .flatMap(([keys, meaning]) => [
        make("dt", {}, ...keys.split(" ").map((key) => make("kbd", {}, key))),
        make("dd", {}, meaning),
      ]);
    const done = button(words.close, { onclick: () => this.face.close() });
    this.face = make(
      "dialog",
      { className: "gd-keys", "aria-label": title, tabindex: "-1" },
      make("div", {}, make("h2", {}, title), make("dl", {}, ...rows), done),
    );
    this.face.addEventListener("click", (event) => {
      if (event.target === this.face) this.face.close(); // beside what is in it
    });
    this.opener = button(
      title,
      { text: false, className: "gd-button gd-key-opener", "aria-keyshortcuts": "?", onclick: () => this.open() },
      "keys",
    );
  }

  // The browser gives the focus back to what had it.
  open() {
    const isPressed = !hasVisibleFocus(this.opener); // by a pointer, if at all
    this.face.showModal();
    this.face.addEventListener("close", () => isPressed && this.opener.blur(), { once: true });
  }
}
