// Text on a canvas that is never squeezed: it takes further lines, and where there is no room for them it ends after a whole word.

const TIED = "\u00a0"; // holds together what no line may be broken in
const MORE = "…";
const MOST_KNOWN = 500;
export const LINE = 1.05; // height of a line of names, by the size of the type
const known = new Map(); // the same few texts are asked for in every frame

// The lines of a text that fit so many pixels, at most so many, in the font of the context; the last one ends with "…" where
// words were left out. Lines break at spaces and after hyphens; a symbol and its value stay together where they can.
export function fitted(context, text, room, most) {
  const key = [context.font, Math.floor(room), most, text].join("|");
  if (!known.has(key)) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, fit(context, text, room, most));
  }
  return known.get(key);
}

function fit(context, text, room, most) {
  const fits = (line) => context.measureText(line).width <= room;
  const tied = text.replaceAll(" = ", `${TIED}=${TIED}`);
  const words = tied.split(/ |(?<=\p{L}[-–])(?=\p{L})/u).flatMap((word) => (fits(word) ? [word] : word.split(TIED)));
  const lines = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = last === undefined ? null : joined(last, word);
    if (longer !== null && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const whole = lines.length <= most && lines.every(fits);
  const shown = lines.slice(0, most);
  while (!whole && shown.length) {
    const ended = shown.at(-1).replace(/,?$/, MORE);
    if (fits(ended) && shown.every(fits)) {
      shown[shown.length - 1] = ended;
      break;
    }
    const bare = shown.at(-1).replace(/,$/, "");
    if (shown.length === 1 && !bare.includes(" ") && fits(bare)) {
      shown[0] = bare; // there is no room to say that there is more
      break;
    }
    const shorter = shown.at(-1).split(" ").slice(0, -1).join(" ");
    if (shorter) shown[shown.length - 1] = shorter;
    else shown.pop();
  }
  return { lines: shown.map((line) => line.replaceAll(TIED, " ")), whole };
}

// A word that follows a hyphen is its other half.
function joined(line, word) {
  return /\p{L}[-–]$/u.test(line) ? line + word : `${line} ${word}`;
}

// The words of one frame: within their card, and none over another.
export class Lettering {
  constructor(context, figure, scene) {
    Object.assign(this, { context, figure, scene, taken: [] });
  }

  get bounds() {
    const { clientWidth, clientHeight } = this.figure.host;
    return { left: 2, top: 1, right: clientWidth - 2, bottom: clientHeight - 1 };
  }

  // A name at a point, `side` lines below it, where no other stands; at most so wide.
  write([x, y], text, align, side, colour, memory, most = Infinity, brief = "") {
    const { context, bounds, scene } = this,
      { size } = scene.palette;
    const chosen = memory !== null && memory === scene.hover;
    context.font = scene.palette.font(chosen || memory === scene.run.target ? 700 : 400, 0.95);
    const { lines, whole } = fitted(context, text, Math.min(most, bounds.right - bounds.left - 8), 1);
    const line = whole ? lines[0] : memory === null ? brief || lines[0] : scene.run.brief(memory);
    if (!line) return;
    const wide = context.measureText(line).width;
    const from = x - wide * { left: 0, center: 0.5, right: 1 }[align];
    const left = Math.max(bounds.left, Math.min(from, bounds.right - wide));
    const middle = y + side * size * LINE;
    const found = [0, 1, -1, 2, -2]
      .map((lines) => this.around(left, middle + lines * size * 1.15, wide))
      .find((box) => this.free(box));
    if (found) this.put(line, found, chosen ? scene.palette.ink : colour);
  }

  // A symbol beside a point, on a side that is free.
  beside([x, y], text) {
    const { context, scene } = this,
      { palette } = scene,
      away = 12 * palette.stroke;
    context.font = palette.font(600, 1);
    const wide = context.measureText(text).width;
    const [right, left] = [x + away, x - away - wide];
    const lines = [0, -0.8, 0.8, -1.6, 1.6, -2.4, 2.4];
    const boxes = lines.flatMap((by) => [right, left].map((from) => this.around(from, y + by * palette.size, wide)));
    const found = boxes.find((box) => this.free(box));
    if (found) this.put(text, found, palette.astrocyte);
  }

  keepOff([x, y], radius) {
    this.taken.push({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });
  }

  around(left, middle, wide) {
    const half = 0.56 * this.scene.palette.size;
    return { left, right: left + wide, top: middle - half, bottom: middle + half, middle };
  }

  free(box) {
    const { bounds, taken } = this;
    const within = box.left >= bounds.left && box.right <= bounds.right && box.top >= bounds.top && box.bottom <= bounds.bottom;
    return (
      within &&
      taken.every((other) => box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom)
    );
  }

  put(text, box, colour) {
    const { context } = this;
    this.taken.push(box);
    context.fillStyle = colour;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, box.left, box.middle);
  }
}
