// A picture of figures and what stands around them, PNG or SVG, with lines of text under it. The painters of the screen draw it, so
// that picture and screen cannot differ. Elements that are to be in it say so: data-picture="text" or "canvas".

const SHARPNESS = 2;
const FOOT = 30,
  LINE = 18,
  LETTER = 6.6; // pixels
const TIED = "\u00a0"; // holds together what no line may be broken in

export async function takePicture({ root, figures, palette, foot, format = "png", transparent = false }) {
  const origin = root.getBoundingClientRect();
  const width = Math.ceil(origin.width);
  const lines = foot.flatMap((line) => wrap(line, Math.floor(width / LETTER)));
  const height = Math.ceil(origin.height) + FOOT + LINE * lines.length;
  const { context, finish } = sheetOf(format, figures[0], width, height);
  if (!transparent) {
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, width, height);
  }
  const within = (element, draw) => {
    const box = element.getBoundingClientRect();
    if (!box.width || !element.checkVisibility()) return;
    context.save();
    context.translate(box.left - origin.left, box.top - origin.top);
    draw(box);
    context.restore();
  };
  for (const figure of figures) {
    within(figure.host, (box) => {
      context.drawImage(figure.layer(format), 0, 0, box.width, box.height);
      figure.draw(context, figure);
    });
  }
  for (const element of root.querySelectorAll("[data-picture]")) {
    within(element, (box) => {
      if (element.dataset.picture === "canvas") context.drawImage(element, 0, 0, box.width, box.height);
      else write(context, element, box);
    });
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = palette.font(400, 0.92);
  context.fillStyle = palette.soft;
  lines.forEach((line, i) => context.fillText(line, 8, height - FOOT / 2 - LINE * (lines.length - 1 - i)));
  return finish();
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

// The text of an element as it stands on the page.
function write(context, element, { width, height }) {
  const style = getComputedStyle(element);
  const centred = style.textAlign === "center";
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textAlign = centred ? "center" : "left";
  context.textBaseline = "middle";
  context.fillText(element.textContent, centred ? width / 2 : 0, height / 2);
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
