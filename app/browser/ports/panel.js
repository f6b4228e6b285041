// The line of a Panel session: messages go out as events of the page's one model, and come in as its custom messages. What a page
// begins with stands in the model's `opening`, so that it comes with the document.

import { adoptStyle } from "../frame.js";

// What Panel is to load for a page: `open(port)` makes it, `style` is its CSS.
export function component(open, style) {
  return {
    render({ view, model, el }) {
      adoptStyle(el.getRootNode(), style);
      const page = open(new PanelPort(model, view.model.document));
      let heard = 0;
      const hearOpening = () => {
        const { opening } = model;
        while (heard < opening.length) page.hear(plain(opening[heard++]));
      };
      model.on("opening", hearOpening); // what is said before this page has spoken is put there, too
      model.on("msg:custom", (message) => page.hear(plain(message)));
      model.on("after_render", () => page.stand());
      model.on("remove", () => page.destroy());
      hearOpening();
      return page.face;
    },
  };
}

class PanelPort {
  constructor(model, document) {
    this.model = model;
    this.onLost = this.onBack = this.onOther = () => {};
    this.listen(document);
  }

  send(message) {
    this.model.send_msg(message);
  }

  listen(page) {
    page.on_event("connection_lost", (_, { timeout }) => this.onLost(timeout === null || timeout === undefined));
    page.on_event("client_reconnected", () => this.onBack());
    // On its way back BokehJS 3.9 builds the whole document anew, and cannot where there are bytes in it. The session is still
    // there, so the document on show is right as it is; if it is not the same any more, the address opens it again. The script
    // that opened this page's session sees to that, where there is one.
    page.replace_with_json = (json) => {
      const there = json.roots.map((root) => root.id);
      if (page.roots().every((root) => there.includes(root.id)) || globalThis.document.getElementById("gliascope-entrance"))
        return;
      this.onOther();
    };
  }
}

// BokehJS makes maps of some dictionaries.
export function plain(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  return value?.constructor === Object
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
    : value;
}
