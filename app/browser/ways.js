// The ways to the other pages. A page is found again as it was left in this visit, with the parameters that were chosen since; what
// a page does not know, such as a scene, a cue drawn by hand or a view, it keeps to itself. What nobody chose stays where it is.

import { wayTo } from "./elements.js";

const LEFT = "gliascope-left"; // of each page the query with which it was left
const CHOSEN = "gliascope-chosen"; // parameters by name, as texts

export class Ways {
  // `pages` are [address, title, whether it is this one, the parameters that both pages know, what the first link to a run there
  // says besides]; `run` says of this page its system, the texts of its parameters where nobody chose any, the scene with which it
  // opens by itself (null for a study, which may have to leave out what was chosen elsewhere), and by family what comes in one
  // size only.
  constructor(pages, { system, usual, scene = null, sizes = {} }, storage = sessionStorageOf(globalThis)) {
    Object.assign(this, { pages, system, usual, scene, sizes, storage });
    this.memory = {};
    this.taken = []; // parameters that a study has taken over from other pages, until it shows something else
  }

  read(name) {
    try {
      return JSON.parse(this.storage.getItem(name)) ?? {};
    } catch {
      return this.memory[name] ?? {}; // without storage a page still knows what was chosen on it
    }
  }

  write(name, value) {
    this.memory[name] = value;
    try {
      this.storage.setItem(name, JSON.stringify(value));
    } catch {
      /* as it is */
    }
  }

  // Of a page that has just opened: what was chosen elsewhere since it was left, and is not what it shows by itself.
  takenOver(query, left, chosen, unused) {
    const isTaken = (name) => query.get(name) === chosen[name] && query.get(name) !== (left.get(name) ?? this.usual[name]);
    return Object.entries(this.usual)
      .filter(([name, usual]) => name in chosen && !unused.includes(name) && chosen[name] !== usual && isTaken(name))
      .map(([name]) => name);
  }

  // What this page shows now; returns the addresses of all pages, in their order.
  from({ address, scene, unused = [], view }) {
    const query = new URLSearchParams(address);
    this.touched ||= !this.scene || scene !== this.scene;
    const chosen = this.read(`${CHOSEN}-${this.system}`);
    const left = this.read(LEFT),
      here = this.pages.find(([, , isHere]) => isHere);
    const isFirst = this.scene === null && here && !this.before;
    this.taken = isFirst ? this.takenOver(query, new URLSearchParams(left[here[0]] ?? ""), chosen, unused) : [];
    for (const [name, usual] of Object.entries(this.touched ? this.usual : {})) {
      const text = query.get(name);
      const isMeant = this.scene !== null || (this.before && this.before.get(name) !== text);
      if (!unused.includes(name) && (text !== usual || (name in chosen && isMeant))) chosen[name] = text;
    }
    this.before = query;
    this.write(`${CHOSEN}-${this.system}`, chosen);
    if (here) left[here[0]] = address;
    this.write(LEFT, left);
    return this.pages.map(([href, , , known, plays]) =>
      wayTo(href, carried(left[href] ?? "", { ...this, chosen, known, plays, view })),
    );
  }
}

// The query of a page as it was left, with what was chosen of the parameters it knows, and with this page's theme and hall.
export function carried(left, { system, sizes = {}, chosen, known = [], plays = {}, view }) {
  const query = new URLSearchParams(left);
  const swept = ["axis", "axis_a", "axis_b"].map((name) => query.get(name));
  const sized = sizes[chosen.family] ?? [];
  const isBound = sized.some((name) => !known.includes(name) || swept.includes(name)); // one size only, and that page varies it
  const others = isBound ? ["family", ...sized] : [];
  const isSame = (query.get("system") ?? system) === system;
  for (const name of isSame ? known : []) {
    if (!(name in chosen) || others.includes(name) || query.get(name) === chosen[name]) continue;
    query.set(name, chosen[name]);
    if (query.get("scene")) query.set("scene", ""); // it is another run now
    for (const [key, text] of Object.entries(left ? {} : plays)) query.set(key, text);
  }
  query.set("theme", view.theme);
  query.set("hall", view.hall ? "1" : "0");
  return query;
}

function sessionStorageOf(browser) {
  try {
    return browser.sessionStorage ?? null;
  } catch {
    return null; // a frame may have none
  }
}
