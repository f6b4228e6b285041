// The rows of the memory: as the segment on show is given them, as it leaves them, and what the retention factor lets through.

import { fill, three } from "../../browser/numbers.js";
import { cells, cleared, newCanvas } from "./canvas.js";

const HEAD = 1.55; // lines of a strip's name, by the size of the type

export const card = {
  name: "memory",

  build(body, _head, { words }) {
    const made = newCanvas(words.figures.memory);
    body.append(made.canvas);
    return made;
  },

  fill(_figure, scene, own) {
    this.tell(scene, own);
  },

  tell(scene, own) {
    const { run, palette, frame, words } = scene;
    const place = cleared(own);
    if (!place) return;
    const { context, width, height } = place;
    const segment = run.place(frame),
      { rows, width: columns } = run.size,
      { size } = palette;
    const factor = run.arrays.retention[frame];
    const most = [...run.arrays.before, ...run.arrays.behind].reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const behind = run.memory("behind", segment);
    const last = segment === run.T; // nothing is carried on from the last one: it is what is answered from
    const strips = [
      [fill(words.memory_before, { segment }), run.memory("before", segment), 1],
      [fill(words.memory_behind, { segment }), behind, 1],
      [
        last ? words.memory_read : fill(words.memory_carried, { RF: three(factor) }),
        behind.map((x) => x * (last ? 1 : factor)),
        1,
      ],
    ];
    const each = height / strips.length,
      high = (each - HEAD * size - 4) / rows,
      wide = (width - 2) / columns;
    strips.forEach(([name, values], i) => {
      const top = i * each;
      context.font = palette.font(i === 2 ? 600 : 400, 0.92);
      context.fillStyle = i === 2 ? palette.astrocyte : palette.soft;
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.fillText(name, 1, top + (HEAD * size) / 2);
      cells(
        context,
        Array.from(values),
        columns,
        most,
        { left: 1, top: top + HEAD * size, wide, high },
        [palette.neuron, palette.astrocyte],
        palette,
      );
    });
  },
};
