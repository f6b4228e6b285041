// How runs on show are told apart without colour: a dash and a mark each, the same in every figure and list.

const DASHES = [
  [7, 4],
  [2, 3],
  [11, 4, 2, 4],
  [4, 2, 4, 6],
];
const CORNERS = {
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  down: [
    [0, 1.3],
    [1.2, -0.8],
    [-1.2, -0.8],
  ],
  diamond: [
    [0, -1.3],
    [1.2, 0],
    [0, 1.3],
    [-1.2, 0],
  ],
  up: [
    [0, -1.3],
    [1.2, 0.8],
    [-1.2, 0.8],
  ],
  hourglass: [
    [-1, -1.1],
    [1, -1.1],
    [-1, 1.1],
    [1, 1.1],
  ],
};
const GHOSTS = Object.keys(CORNERS); // the run itself is round
export const SHAPES = ["circle", "square", "down", "diamond"];
const SVG = "http://www.w3.org/2000/svg";
const WIDE = 34,
  HIGH = 14,
  RADIUS = 4.5; // of a sample, in pixels

// The dash and the shape of a ghost, by its place among them: no two of the first twenty are alike in both.
export function ghostLook(place) {
  return { dash: DASHES[place % DASHES.length], shape: GHOSTS[place % GHOSTS.length] };
}

export function mark(context, [x, y], shape, radius, fill, edge, width) {
  context.beginPath();
  if (shape === "circle") context.arc(x, y, radius, 0, 2 * Math.PI);
  else {
    for (const [right, down] of CORNERS[shape]) context.lineTo(x + right * radius, y + down * radius);
    context.closePath();
  }
  context.fillStyle = fill;
  context.strokeStyle = edge;
  context.lineWidth = width;
  context.fill();
  context.stroke();
}

// A ghost's dash and mark for a list, in the colour of the text around it.
export function sample({ dash, shape }) {
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, "aria-hidden": "true" });
  const middle = HIGH / 2;
  const points = CORNERS[shape].map(([right, down]) => `${WIDE / 2 + right * RADIUS},${middle + down * RADIUS}`).join(" ");
  picture.append(
    svg("line", { x1: 0, x2: WIDE, y1: middle, y2: middle, stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": dash }),
    svg("polygon", { points, fill: "var(--gd-paper, #ffffff)", stroke: "currentColor", "stroke-width": 1.6 }),
  );
  return picture;
}

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
