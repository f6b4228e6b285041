// Text on a canvas that is never squeezed: it takes further lines, and where there is no room for them it ends after a whole word.

const TIED = "\u00a0"; // holds together what no line may be broken in
const MORE = "…";
const MOST_KNOWN = 500;
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
