// Elements that all pages are made of.

const HELD = 60000; // milliseconds that a browser has for taking a file
const ICONS = {
  undo: "M8 5 3 10l5 5v-4h6a3 3 0 0 1 0 6H9v2h5a5 5 0 0 0 0-10H8z",
  redo: "M16 5l5 5-5 5v-4h-6a3 3 0 0 0 0 6h5v2h-5a5 5 0 0 1 0-10h6z",
  link: "M10 7H7a5 5 0 0 0 0 10h3v-2H7a3 3 0 0 1 0-6h3zm4 0v2h3a3 3 0 0 1 0 6h-3v2h3a5 5 0 0 0 0-10zM8 11h8v2H8z",
  draw: "M12 5V2l5 4-5 4V7a5 5 0 1 0 5 5h2a7 7 0 1 1-7-7z",
  open: "M3 5h7l2 2h9v12H3zm2 2v10h14V9h-7.8l-2-2z",
  menu: "M3 6h18v2H3zm0 5h18v2H3zm0 5h18v2H3z",
  close: "M6 4.6 12 10.6l6-6L19.4 6l-6 6 6 6-1.4 1.4-6-6-6 6L4.6 18l6-6-6-6z",
  theme: "M12 3a9 9 0 1 0 0 18zm2 .3v17.4a9 9 0 0 0 0-17.4z",
  legend: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2a8 8 0 1 1 0 16 8 8 0 0 1 0-16zm-1 3v2h2V7zm0 4v6h2v-6z",
  keys: "M2 6h20v12H2zm2 2v8h16V8zm2 1.5h2v2H6zm4 0h2v2h-2zm4 0h2v2h-2zM6 13h2v2H6zm3.5 0h7v2h-7z",
  back: "M15.4 5 17 6.6 11.6 12l5.4 5.4-1.6 1.6-7-7z",
  next: "M8.6 5 7 6.6 12.4 12 7 17.4 8.6 19l7-7z",
  up: "M12 7 5 14l1.6 1.6L12 10.2l5.4 5.4L19 14z",
  down: "M12 17l7-7-1.6-1.6L12 13.8 6.6 8.4 5 10z",
  remove: "M9 3h6l1 2h4v2H4V5h4zM6 9h12l-1 12H7zm3 2 .4 8h1.4l-.3-8zm4.5 0-.3 8h1.4l.4-8z",
  hall: "M3 4h18v12h-8v2.5l3 2.5H8l3-2.5V16H3zm2 2v8h14V6z",
  words:
    "M11 17h2v2h-2zm1-12a4.5 4.5 0 0 1 4.5 4.5c0 2-1.2 2.9-2.2 3.6-.9.6-1.3 1-1.3 1.9h-2c0-2 1.2-2.8 2.2-3.5.8-.6 1.3-1 1.3-2a2.5 2.5 0 0 0-5 0h-2A4.5 4.5 0 0 1 12 5z",
};

export function make(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (["className", "value", "checked", "hidden", "disabled"].includes(key)) made[key] = value;
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A symbol with its subscript set low; the accessible name keeps the plain letters.
export function symbol(text) {
  const [letter, index] = text.split("_");
  return make("b", { className: "gd-symbol" }, letter, index ? make("sub", {}, index) : null);
}

export function button(name, attributes = {}, picture = null) {
  const { text = true, ...rest } = attributes;
  return make(
    "button",
    { type: "button", className: "gd-button", title: name, "aria-label": name, ...rest },
    picture ? icon(ICONS[picture]) : null,
    text ? make("span", {}, name) : null,
  );
}

export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Whether a text, or what it is a promise of, is in the clipboard now. Where a page is served without TLS that is closed to it; a
// selection still works. A promise goes along as one: some browsers let a page copy in the moment of the click alone.
export async function copied(text, within) {
  try {
    if (typeof text === "string" || !("ClipboardItem" in globalThis)) await navigator.clipboard.writeText(await text);
    else await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then(plainBlob) })]);
    return true;
  } catch {
    const area = make("textarea", { value: await text, className: "gd-offstage" });
    within.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function plainBlob(text) {
  return new Blob([text], { type: "text/plain" });
}

export function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), HELD);
}

const PAGE = "#page=";

// The address of another page, where it stands in the same site or file, with a query.
export function wayTo(page, query) {
  const [path, hash] = page.split("#");
  return `${path}?${query}${hash === undefined ? "" : `#${hash}`}`;
}

// The address of this page with another query.
export function addressWith(query, href = location.href) {
  const url = new URL(href);
  url.search = query;
  if (!url.hash.startsWith(PAGE)) url.hash = ""; // in a file that has all pages, it says which one this is
  return url.href;
}

// Whether this page has lost its server and was opened anew by itself; it says so once.
export function cameBack() {
  try {
    const back = sessionStorage.getItem("gliascope-back") !== null;
    sessionStorage.removeItem("gliascope-back");
    return back;
  } catch {
    return false;
  }
}

export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", path);
  return svg;
}

// A field for a text that a person types.
export function textField(label) {
  const attributes = { type: "text", autocomplete: "off", spellcheck: "false", className: "gd-exact" };
  return make("input", { ...attributes, "aria-label": label });
}

const TIP_ROOM = [260, 160]; // pixels that a tip needs to the right of the pointer and below it

// Put a tip beside the pointer, on the side where there is room.
export function placeTip(tip, root, event) {
  const box = root.getBoundingClientRect();
  const x = event.clientX - box.left,
    y = event.clientY - box.top;
  const right = x > box.width - TIP_ROOM[0],
    below = event.clientY > innerHeight - TIP_ROOM[1];
  tip.style.transform = `translate(${x + (right ? -14 : 14)}px, ${y + (below ? -14 : 14)}px) translate(${right ? "-100%" : "0"}, ${below ? "-100%" : "0"})`;
}

const TURNED = 8; // pixels

// Whether a finger has moved so far to a side that it does not scroll the page.
export function hasTurned(from, to) {
  return Math.abs(to - from) > TURNED;
}

// A finger that comes down on a slider may be scrolling the page: it counts once it moves along the slider, or is lifted.
export function onMeantInput(range, input) {
  let touched = null;
  range.addEventListener("pointerdown", ({ pointerType, clientX }) => {
    touched = pointerType === "touch" ? { clientX, value: range.value } : null;
  });
  range.addEventListener("pointermove", ({ clientX }) => {
    if (!touched || !hasTurned(touched.clientX, clientX)) return;
    touched = null;
    input();
  });
  range.addEventListener("pointerup", () => {
    if (!touched) return;
    touched = null;
    input();
  });
  range.addEventListener("pointercancel", () => {
    if (touched) range.value = touched.value;
    touched = null;
  });
  range.addEventListener("input", () => touched || input());
}
