// Colours and sizes for canvases and Bokeh models, read from the style sheet's variables, so that CSS stays their home.

const COLOURS = ["paper", "ink", "soft", "rule", "neuron", "astrocyte", "crowd", "rival", "wrong"];

export function readPalette(root) {
  const style = getComputedStyle(root);
  const palette = {};
  for (const name of COLOURS) palette[name] = style.getPropertyValue(`--gs-${name}`).trim();
  palette.size = parseFloat(style.fontSize);
  palette.stroke = parseFloat(style.getPropertyValue("--gs-stroke")) || 1;
  palette.family = style.fontFamily;
  palette.font = (weight = 400, scale = 1) => `${weight} ${palette.size * scale}px ${palette.family}`;
  return palette;
}
