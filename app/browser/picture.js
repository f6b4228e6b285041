// A picture of figures and what stands around them, PNG or SVG, with lines of text under it, and perhaps a sentence over it. The painters of the screen draw it, so
// that picture and screen cannot differ. Elements that are to be in it say so: data-picture="text" or "canvas"; what a text says to
// whoever is at the screen alone is in an element with data-screen.

const SHARPNESS = 2;
const FOOT = 2.3,
  LINE = 1.4,
  LETTER = 0.51, // by the size of the type
  HEAD = 1.7, // of a sentence over it, whose letters are wider
  BOLD = 0.6;
const TIED = "\u00a0"; // holds together what no line may be broken in

export async function takePicture({ root, figures, palette, foot, format = "png", transparent = false }) {
  const sheet = sheetSize(root, palette, foot);
  const { context, finish } = sheetOf(format, figures[0], sheet.width, sheet.height);
  const layers = figures.map((figure) => figure.layer(format));
  paintSheet(context, { root, figures, layers, palette, sheet, transparent });
  return finish();
}

// How large it is, its lines of text, and how far down all else stands under a sentence.
export function sheetSize(root, palette, foot, head = "") {
  const { width, height } = root.getBoundingClientRect();
  const { size } = palette;
  const wide = Math.ceil(width);
  const lines = foot.flatMap((line) => wrap(line, Math.floor(wide / (LETTER * size))));
  const heads = wrap(head, Math.floor(wide / (BOLD * HEAD * size)));
  const down = heads.length ? Math.ceil((heads.length * LINE + 1) * HEAD * size) : 0;
  return { width: wide, height: Math.ceil(down + height + (FOOT + LINE * lines.length) * size), lines, heads, down };
}

// `layers` are what Bokeh has drawn of each figure.
export function paintSheet(context, { root, figures, layers, palette, sheet, transparent = false }) {
  const origin = root.getBoundingClientRect();
  const { size } = palette;
  const { width, height, lines, heads, down } = sheet;
  if (!transparent) {
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, width, height);
  }
  const within = (element, draw) => {
    const box = element.getBoundingClientRect();
    if (!box.width || !element.checkVisibility({ visibilityProperty: true })) return;
    context.save();
    context.translate(box.left - origin.left, down + box.top - origin.top);
    draw(box);
    context.restore();
  };
  figures.forEach((figure, i) => {
    within(figure.host, (box) => {
      context.drawImage(layers[i], 0, 0, box.width, box.height);
      figure.draw(context, figure);
    });
  });
  for (const element of root.querySelectorAll("[data-picture]")) {
    within(element, (box) => {
      if (element.dataset.picture === "canvas") context.drawImage(element, 0, 0, box.width, box.height);
      else write(context, element, box);
    });
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = palette.font(600, HEAD);
  context.fillStyle = palette.ink;
  heads.forEach((line, i) => context.fillText(line, 8, (LINE * (i + 0.5) + 0.5) * HEAD * size));
  context.font = palette.font(400, 0.92);
  context.fillStyle = palette.soft;
  lines.forEach((line, i) => context.fillText(line, 8, height - (FOOT / 2 + LINE * (lines.length - 1 - i)) * size));
}

function sheetOf(format, figure, width, height) {
  if (format === "svg") {
    const context = figure.svgContext(width, height);
    return { context, finish: () => new Blob([context.get_serialized_svg(true)], { type: "image/svg+xml" }) };
  }
  const canvas = document.createElement("canvas");
  canvas.width = width * SHARPNESS;
  canvas.height = height * SHARPNESS;
  const context = canvas.getContext("2d");
  context.scale(SHARPNESS, SHARPNESS);
  return { context, finish: () => new Promise((done) => canvas.toBlob(done, "image/png")) };
}

// The text of an element as it stands on the page, line by line.
function write(context, element, box) {
  const style = getComputedStyle(element);
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const { text, left, top, bottom } of linesOf(element))
    context.fillText(text, left - box.left, (top + bottom) / 2 - box.top);
}

function linesOf(element) {
  const lines = [],
    range = document.createRange();
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest("[data-screen]")) continue;
    for (const { 0: text, index } of node.data.matchAll(/\S+\s*/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + text.trimEnd().length);
      const { left, top, bottom, width } = range.getBoundingClientRect();
      if (!width) continue; // there was no room for it
      const last = lines.at(-1);
      if (last && top < (last.top + last.bottom) / 2 && bottom > (last.top + last.bottom) / 2) last.text += text;
      else lines.push({ text, left, top, bottom });
    }
  }
  return lines;
}

// Lines of at most so many letters; a symbol and its value stay together.
export function wrap(text, letters) {
  const lines = [];
  let line = "";
  for (const word of text.replaceAll(" = ", `${TIED}=${TIED}`).split(" ")) {
    if (line && line.length + word.length + 1 > letters) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return (line ? [...lines, line] : lines).map((each) => each.replaceAll(TIED, " "));
}
