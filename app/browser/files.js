// A file that a visitor opens is read here, in the browser, and is never sent: of a picture or a table the server gets signs,
// of a run that was taken away its address. So there is no upload that could be too large, or not what it says.

import { fill } from "./numbers.js";

const LARGEST_MB = 30;
const LARGEST_ABOUT = 1e6; // bytes of what a saved run says of itself; its arrays are not unpacked
const LEAST_NEURONS = 64,
  USUAL_SIDE = 16; // a picture on fewer neurons would not be known again
const DARK = 0.5; // of the way from a picture's darkest to its brightest: ink is +1, paper is −1
const SEPARATORS = /[\s,;]+/;

export class Refused extends Error {}

// What files hold: {N, patterns} for memories, patterns as hexadecimal, or {address} of a run. What cannot be read is refused
// with a sentence; so is what would be too much, though the server checks that too.
export async function readFiles(files, { words, most }, N) {
  const patterns = [];
  const side = Math.sqrt(N) % 1 === 0 && N >= LEAST_NEURONS ? Math.sqrt(N) : USUAL_SIDE;
  const [rows, columns] = most.shape && N === most.shape[0] * most.shape[1] ? most.shape : [side, side];
  for (const file of files) {
    const refuse = (why) => {
      throw new Refused(fill(words[why], { name: file.name, megabytes: LARGEST_MB }));
    };
    if (file.size > LARGEST_MB * 1e6) refuse("too_large");
    if (file.type.startsWith("image/")) {
      patterns.push((await pictureSigns(file, rows, columns)) ?? refuse("unreadable"));
      continue;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    const zipped = bytes[0] === 0x50 && bytes[1] === 0x4b;
    const address = zipped ? await addressOfArchive(bytes).catch(() => null) : addressOf(firstLine(bytes));
    if (address) return { address };
    const table = zipped ? null : tableSigns(new TextDecoder().decode(bytes));
    patterns.push(...(table ?? refuse("unreadable")));
  }
  const [{ length }] = patterns;
  if (patterns.some((signs) => signs.length !== length)) throw new Refused(words.ragged);
  if (length > most.N) throw new Refused(fill(words.too_wide, { most: most.N }));
  if (patterns.length > most.memories) throw new Refused(fill(words.too_many, { most: most.memories }));
  return { N: length, patterns: patterns.map(packed) };
}

// A picture's middle, of the shape of the patterns, on rows × columns neurons; null if it is no picture.
async function pictureSigns(file, rows, columns) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  const canvas = new OffscreenCanvas(columns, rows),
    context = canvas.getContext("2d", { willReadFrequently: true });
  const cell = Math.min(picture.width / columns, picture.height / rows);
  const [wide, high] = [cell * columns, cell * rows];
  context.fillStyle = "#ffffff"; // what is transparent is paper
  context.fillRect(0, 0, columns, rows);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, (picture.width - wide) / 2, (picture.height - high) / 2, wide, high, 0, 0, columns, rows);
  picture.close();
  const { data } = context.getImageData(0, 0, columns, rows);
  const light = Array.from(
    { length: rows * columns },
    (_, i) => 0.2126 * data[4 * i] + 0.7152 * data[4 * i + 1] + 0.0722 * data[4 * i + 2],
  );
  const darkest = Math.min(...light),
    brightest = Math.max(...light);
  return light.map((value) => (value < darkest + DARK * (brightest - darkest) ? 1 : -1));
}

// Rows of −1 and +1 (or 0 and 1), one memory each; null if the text is anything else.
function tableSigns(text) {
  const rows = text
    .replaceAll("−", "-")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  const table = rows.map((row) => row.split(SEPARATORS).filter(Boolean).map(Number));
  const known = new Set(table.flat());
  const good =
    known.size > 0 &&
    ([...known].every((value) => value === 1 || value === -1) || [...known].every((value) => value === 1 || value === 0));
  return good ? table.map((row) => row.map((value) => (value > 0 ? 1 : -1))) : null;
}

// Signs as the address writes them: one bit each, first the highest of a byte.
function packed(signs) {
  const bytes = new Uint8Array(Math.ceil(signs.length / 8));
  signs.forEach((sign, i) => {
    if (sign > 0) bytes[i >> 3] |= 128 >> (i & 7);
  });
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---- runs that were taken away ----

function addressOf(about) {
  try {
    const { address } = JSON.parse(about);
    return typeof address === "string" ? address : null;
  } catch {
    return null;
  }
}

// A saved run as CSV says on its first line, behind a "#", what it is.
function firstLine(bytes) {
  const end = bytes.indexOf(10);
  return bytes[0] === 35 && end > 0 && end < LARGEST_ABOUT ? new TextDecoder().decode(bytes.subarray(1, end)) : "";
}

// NPZ is a zip archive of arrays; only the one text among them is unpacked, and no more of it than it may have.
async function addressOfArchive(bytes) {
  const view = new DataView(bytes.buffer);
  let end = bytes.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end--;
  let at = view.getUint32(end + 16, true);
  for (let entries = view.getUint16(end + 10, true); entries > 0; entries--) {
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (name === "about.npy") return addressOf(textOfArray(await unpacked(bytes, view, at)));
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return null;
}

async function unpacked(bytes, view, entry) {
  const local = view.getUint32(entry + 42, true),
    size = view.getUint32(entry + 20, true);
  const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  const raw = bytes.subarray(from, from + size);
  if (view.getUint16(entry + 10, true) === 0) return raw.slice(0, LARGEST_ABOUT);
  const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const whole = new Uint8Array(LARGEST_ABOUT);
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > LARGEST_ABOUT) throw new RangeError();
    whole.set(part.value, length);
    length += part.value.length;
  }
  return whole.subarray(0, length);
}

// The text of a NumPy array that holds one: behind its header, four bytes a letter.
function textOfArray(bytes) {
  const from = 10 + bytes[8] + 256 * bytes[9];
  return Array.from(new Uint32Array(bytes.slice(from).buffer), (letter) => String.fromCodePoint(letter)).join("");
}
