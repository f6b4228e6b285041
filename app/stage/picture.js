// A picture of the stage as it stands, with the parameters printed under it. The painters of the screen draw it, so picture and
// screen cannot differ.

import { sheetOf } from "./paper.js";

const FOOT = 46;

export async function takePicture(stage, {format = "png", transparent = false} = {}) {
  const {scene, figures, neurons, root, cards} = stage;
  const origin = cards.getBoundingClientRect();
  const width = Math.ceil(origin.width), height = Math.ceil(origin.height) + FOOT;
  const {context, finish} = sheetOf(format, Object.values(figures)[0], width, height);
  if (!transparent) {
    context.fillStyle = scene.palette.paper;
    context.fillRect(0, 0, width, height);
  }
  const within = (element, draw) => {
    const box = element.getBoundingClientRect();
    if (!box.width) return;
    context.save();
    context.translate(box.left - origin.left, box.top - origin.top);
    draw(box);
    context.restore();
  };
  const write = (element, weight = 400) => within(element, (box) => {
    const style = getComputedStyle(element);
    context.font = `${weight} ${style.fontSize} ${scene.palette.family}`;
    context.fillStyle = scene.palette.ink;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(element.textContent, 0, box.height / 2);
  });
  for (const figure of Object.values(figures)) {
    within(figure.host, (box) => {
      const layer = figure.view.export(format === "svg" ? "svg" : "png");
      context.drawImage(layer.canvas, 0, 0, box.width, box.height);
      figure.draw(context, figure);
    });
  }
  for (const {canvas, box, caption} of Object.values(neurons.grids)) {
    if (box.hidden) continue;
    write(caption);
    within(canvas, () => context.drawImage(canvas, 0, 0, canvas.clientWidth, canvas.clientHeight));
  }
  for (const element of root.querySelectorAll(".gs-card h3")) write(element, 600);
  for (const element of root.querySelectorAll(".gs-count, .gs-note, .gs-badge, .gs-facts dt, .gs-facts dd")) write(element);
  context.font = scene.palette.font(400, 0.95);
  context.fillStyle = scene.palette.soft;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(stage.parameterLine(), 4, height - FOOT / 2, width - 8);
  return finish();
}
