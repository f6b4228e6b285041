// What attention inside the segment on show comes to: how much each place (a row) takes of each place (a column). Tokens come first,
// the rows of the memory behind them.

import { cells, cleared, newCanvas } from "./canvas.js";
import { choice } from "./choice.js";

const LABEL = 1.5; // room for a symbol, by the size of the type

export const card = {
  name: "attention",

  build(body, head, stage) {
    const { words } = stage;
    const made = newCanvas(words.figures.attention);
    body.append(made.canvas);
    return { ...made, follow: choice(stage, head, "attention", words.attention, words.attentions) };
  },

  fill(_figure, scene, own) {
    own.follow(scene);
    this.tell(scene, own);
  },

  tell(scene, own) {
    const { run, palette, frame, words } = scene;
    const place = cleared(own);
    if (!place) return;
    const { context, width, height } = place;
    const segment = run.place(frame),
      count = run.places,
      { size } = palette;
    const values = run.attention(segment);
    const label = LABEL * size * (longest(run) > 2 ? 1.9 : 1.4);
    const side = Math.max(4, Math.min((width - label - 2) / count, (height - LABEL * size - 2) / count));
    const left = label + (width - label - side * count) / 2,
      top = LABEL * size;
    const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    cells(context, values, count, most, { left, top, wide: side, high: side }, [palette.neuron, palette.wrong], palette);
    const { tokens, rows } = run.size;
    context.strokeStyle = palette.astrocyte;
    context.lineWidth = 2 * palette.stroke;
    context.strokeRect(left + tokens * side, top, rows * side, count * side);
    context.strokeRect(left, top + tokens * side, count * side, rows * side);
    const names = [...run.tokensOf(segment), ...Array.from({ length: rows }, (_, i) => `${words.row}${i + 1}`)];
    context.textBaseline = "middle";
    context.font = palette.font(700, 0.86);
    const short = context.measureText(`${words.row}1`).width > side - 2; // the frame says which they are
    names.forEach((name, i) => {
      context.font = palette.font(i < tokens ? 600 : 700, Math.min(0.86, (0.86 * side) / size));
      context.fillStyle = i < tokens ? palette.ink : palette.astrocyte;
      context.textAlign = "center";
      context.fillText(
        i >= tokens && short ? name.slice(words.row.length) : name.slice(0, 1 + Math.floor(side / size)),
        left + (i + 0.5) * side,
        top / 2,
      );
      context.textAlign = "right";
      context.fillText(name, left - 4, top + (i + 0.5) * side);
    });
  },
};

function longest(run) {
  return Math.max(...run.symbols.map((symbol) => symbol.length));
}
