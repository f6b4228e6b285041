// A sheet to draw a picture on, PNG or SVG, and how a file gets to whoever asked for it.

const SHARPNESS = 2;
const HELD = 60000; // milliseconds that a browser has for taking a file

// Bokeh's own SVG context records what the painters of the screen draw; any of its figures has one to give.
export function sheetOf(format, figure, width, height) {
  if (format === "svg") {
    const Context = figure.view.export("svg").ctx.constructor;
    const context = new Context({width, height});
    return {context, finish: () => new Blob([context.get_serialized_svg(true)], {type: "image/svg+xml"})};
  }
  const canvas = document.createElement("canvas");
  canvas.width = width * SHARPNESS;
  canvas.height = height * SHARPNESS;
  const context = canvas.getContext("2d");
  context.scale(SHARPNESS, SHARPNESS);
  return {context, finish: () => new Promise((done) => canvas.toBlob(done, "image/png"))};
}

export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), HELD);
}
