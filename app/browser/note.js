// A note beside the button that asks for it. The same button closes it, Escape, and a press beside it.

import { make } from "./elements.js";

const ROOM = 6; // pixels between a button and its note

export class Note {
  // It is to be appended to an element that is positioned.
  constructor(className) {
    this.face = make("div", { className, role: "note", "aria-live": "polite", hidden: true });
    this.onKey = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // whatever else is open stays
      this.close();
    };
    this.onPress = (event) => {
      const path = event.composedPath();
      if (!path.includes(this.face) && !path.includes(this.asker)) this.close();
    };
  }

  toggle(asker, ...content) {
    const wasHere = this.asker === asker;
    this.close();
    if (wasHere) return;
    this.asker = asker;
    asker.setAttribute("aria-expanded", "true");
    this.face.hidden = false;
    this.face.replaceChildren(...content);
    this.place(asker.getBoundingClientRect());
    document.addEventListener("keydown", this.onKey, true);
    document.addEventListener("pointerdown", this.onPress, true);
  }

  close() {
    if (!this.asker) return;
    this.asker.setAttribute("aria-expanded", "false");
    this.asker = null;
    this.face.hidden = true;
    document.removeEventListener("keydown", this.onKey, true);
    document.removeEventListener("pointerdown", this.onPress, true);
  }

  // Below its button, or above it where there is no room, and never beside the page.
  place({ left, top, bottom }) {
    const root = this.face.parentElement.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.face;
    const x = Math.max(0, Math.min(left - root.left, root.width - width));
    const isBelow = bottom + ROOM + height <= innerHeight || top - ROOM - height < 0;
    const y = isBelow ? bottom + ROOM - root.top : top - ROOM - height - root.top;
    this.face.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }
}
