// A film of a run or of a step of a lesson, moment by moment as the clock plays it at its speed: as GIF, or as WebM where the browser
// records one.

import { Gif } from "./gif.js";
import { paintSheet, sheetSize } from "./picture.js";

const WIDEST = 960; // pixels: what slides and messages take
const HUNDREDTHS = 8; // of a second that a picture stands; a GIF counts in these
const LAST = 150; // that the last one stands
const VIDEO = "video/webm";
const SAMPLES = [0, 0.15, 0.5, 1]; // of the film, for the colours of a GIF

export function recordsVideo() {
  return Boolean(globalThis.MediaRecorder?.isTypeSupported(VIDEO) && HTMLCanvasElement.prototype.captureStream);
}

// The positions that the clock has in such a film: those of the whole run, or from one frame to another, as slowly as they play.
export function positionsOf(clock, span = null) {
  const { position, until } = clock;
  // A whole run that plays slower than at speed 1 would only be a longer film.
  const speed = span ? clock.speed : Math.max(1, clock.speed);
  const positions = [span?.from ?? 0];
  Object.assign(clock, { position: positions[0], until: span?.to ?? null });
  while (clock.position < clock.end) {
    clock.advance((HUNDREDTHS / 100) * speed);
    positions.push(clock.position);
  }
  Object.assign(clock, { position, until });
  return positions;
}

// `show(position)` brings that moment on the stage and gives the lines under it, or null if there is nothing left to film;
// `progress(share)` is told how far it is; `head` is a sentence over it.
export async function takeClip({ root, figures, palette, positions, show, progress, format, head }) {
  const foot = show(positions.at(-1)); // the longest of its lines is the last
  if (!foot) return null;
  const sheet = sheetSize(root, palette, foot, head);
  const scale = Math.min(1, WIDEST / sheet.width);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(sheet.width * scale);
  canvas.height = Math.round(sheet.height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: format === "gif" });
  context.scale(scale, scale);
  const layers = figures.map((figure) => figure.layer("png")); // they stand as long as the run does
  const paint = (position) => {
    const foot = show(position);
    if (!foot) return false;
    const { lines } = sheetSize(root, palette, foot);
    paintSheet(context, { root, figures, layers, palette, sheet: { ...sheet, lines } });
    return true;
  };
  const film = format === "gif" ? filmGif : filmVideo;
  return film(canvas, context, positions, paint, progress);
}

async function filmGif(canvas, context, positions, paint, progress) {
  const { width, height } = canvas;
  const pixels = () => context.getImageData(0, 0, width, height).data;
  const samples = [];
  for (const share of SAMPLES) {
    if (!paint(positions[Math.round(share * (positions.length - 1))])) return null;
    samples.push(pixels());
  }
  const gif = new Gif(width, height, samples);
  for (const [at, position] of positions.entries()) {
    if (!paint(position)) return null;
    gif.add(pixels(), at === positions.length - 1 ? LAST : HUNDREDTHS);
    progress(at / positions.length);
    await new Promise((done) => setTimeout(done)); // the page answers meanwhile
  }
  return gif.finish();
}

// A recorder keeps the time of the clock on the wall, so it takes as long as the film lasts.
async function filmVideo(canvas, _context, positions, paint, progress) {
  const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: VIDEO, videoBitsPerSecond: 4e6 });
  const parts = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const ended = new Promise((done) => recorder.addEventListener("stop", done));
  let whole = paint(positions[0]);
  recorder.start();
  let due = performance.now();
  for (const [at, position] of positions.entries()) {
    whole &&= paint(position);
    if (!whole) break;
    progress(at / positions.length);
    due += 10 * (at === positions.length - 1 ? LAST : HUNDREDTHS);
    await new Promise((done) => setTimeout(done, due - performance.now()));
  }
  recorder.stop();
  await ended;
  return whole ? new Blob(parts, { type: VIDEO }) : null;
}
