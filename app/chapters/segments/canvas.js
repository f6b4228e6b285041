// A canvas of a card without axes, as sharp as the screen, and a matrix of numbers as cells on it.

import { make } from "../../browser/elements.js";

export function newCanvas(label) {
  const canvas = make("canvas", { role: "img", "aria-label": label, "data-picture": "canvas" });
  return { canvas, context: canvas.getContext("2d") };
}

// The canvas cleared, in the pixels of the page; null where it is not laid out.
export function cleared({ canvas, context }) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const ratio = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

// Cells in rows of so many columns: what is above 0 in one hue, what is below in the other, the stronger the farther from 0,
// by the root of it, lest what is small be lost.
export function cells(context, values, columns, most, { left, top, wide, high }, [above, below], palette) {
  const gap = wide > 5 && high > 5 ? 1 : 0;
  values.forEach((value, i) => {
    const x = left + (i % columns) * wide,
      y = top + Math.floor(i / columns) * high;
    context.fillStyle = palette.rule;
    context.globalAlpha = 0.35;
    context.fillRect(x, y, wide - gap, high - gap);
    context.fillStyle = value >= 0 ? above : below;
    context.globalAlpha = Math.sqrt(Math.min(1, Math.abs(value) / (most || 1)));
    context.fillRect(x, y, wide - gap, high - gap);
  });
  context.globalAlpha = 1;
}
