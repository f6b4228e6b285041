// A picture of the figures as they stand, PNG or SVG, with titles, sentence and settings: drawn by the painters of the screen.

import { sheetOf } from "../stage/paper.js";

const FOOT = 30;

export async function takePicture({root, plates, palette, bars, foot, format, transparent}) {
  const origin = root.getBoundingClientRect();
  const width = Math.ceil(origin.width);
  const lines = foot.flatMap((line) => wrap(line, Math.floor(width / 6.6)));
  const height = Math.ceil(origin.height) + FOOT + 18 * lines.length;
  const {context, finish} = sheetOf(format, plates[0], width, height);
  if (!transparent) {
    context.fillStyle = palette.paper;
    context.fillRect(0, 0, width, height);
  }
  for (const plate of plates) {
    const box = plate.host.getBoundingClientRect();
    if (!box.width) continue;
    context.save();
    context.translate(box.left - origin.left, box.top - origin.top);
    context.drawImage(plate.view.export(format === "svg" ? "svg" : "png").canvas, 0, 0, box.width, box.height);
    plate.draw(context, plate);
    context.restore();
  }
  const within = (element, draw) => {
    const box = element.getBoundingClientRect();
    if (box.width) draw(box.left - origin.left, box.top - origin.top, box.width, box.height);
  };
  const write = (element, weight, colour, indent = 0) => within(element, (x, y, _, tall) => {
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.font = palette.font(weight);
    context.fillStyle = colour;
    context.fillText(element.textContent, x + indent, y + tall / 2);
  });
  for (const title of root.querySelectorAll("h3")) write(title, 600, palette.ink);
  for (const key of root.querySelectorAll(".gl-key")) { // a sample of a line, and whose it is
    const sample = key.querySelector("canvas");
    within(sample, (x, y, wide, tall) => {
      context.drawImage(sample, x, y, wide, tall);
      write(key, 500, palette.ink, wide + 6);
    });
  }
  for (const told of root.querySelectorAll(".gl-legend small")) write(told, 400, palette.soft);
  for (const {title, strip, marks, ramp} of bars) {
    write(title, 400, palette.ink);
    within(strip, (x, y, wide, tall) => ramp?.colours.forEach((colour, i, {length}) => {
      context.fillStyle = colour;
      context.fillRect(x + (wide * i) / length, y, wide / length + 0.5, tall);
    }));
    for (const mark of marks.children) write(mark, 400, palette.soft);
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = palette.font(400, 0.92);
  context.fillStyle = palette.soft;
  lines.forEach((line, i) => context.fillText(line, 8, height - FOOT / 2 - 18 * (lines.length - 1 - i)));
  return finish();
}

function wrap(text, letters) {
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line && line.length + word.length + 1 > letters) { lines.push(line); line = word; } else line = line ? `${line} ${word}` : word;
  }
  return line ? [...lines, line] : lines;
}
