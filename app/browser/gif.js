// An animated GIF, frame by frame. Its 255 colours are those that sample frames show most; of each frame only what has changed is
// written, within the smallest rectangle that holds it.

const COLOURS = 255,
  UNCHANGED = 255; // the index of what stays as it was
const BITS = 8; // of an index
const MOST_CODES = 4096;
const SAMPLED = 5; // one pixel of so many is counted: figures are made of few colours

export class Gif {
  // `samples` are frames (bytes of RGBA) out of the film.
  constructor(width, height, samples) {
    Object.assign(this, { width, height });
    this.palette = paletteOf(samples);
    this.nearest = new Int16Array(1 << 15).fill(-1);
    this.before = null;
    this.parts = [header(width, height, this.palette)];
  }

  // A frame, and for how many hundredths of a second it is shown.
  add(pixels, hundredths) {
    const { width, height, before } = this;
    const now = this.indexed(pixels);
    const box = before ? changed(before, now, width, height) : { left: 0, top: 0, right: width, bottom: height };
    const wide = box.right - box.left;
    const part = new Uint8Array(wide * (box.bottom - box.top));
    for (let y = box.top, at = 0; y < box.bottom; y++)
      for (let x = box.left; x < box.right; x++, at++) {
        const i = y * width + x;
        part[at] = before && before[i] === now[i] ? UNCHANGED : now[i];
      }
    this.parts.push(frameHead(box, hundredths), compressed(part));
    this.before = now;
  }

  finish() {
    return new Blob([...this.parts, new Uint8Array([0x3b])], { type: "image/gif" });
  }

  // Each pixel as the nearest colour there is; of five bits a channel that is looked for once.
  indexed(pixels) {
    const { nearest, palette } = this;
    const indices = new Uint8Array(pixels.length / 4);
    for (let i = 0; i < indices.length; i++) {
      const key = keyOf(pixels, 4 * i);
      if (nearest[key] < 0) nearest[key] = nearestIn(palette, pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]);
      indices[i] = nearest[key];
    }
    return indices;
  }
}

function keyOf(pixels, at) {
  return ((pixels[at] >> 3) << 10) | ((pixels[at + 1] >> 3) << 5) | (pixels[at + 2] >> 3);
}

// The colours that are seen most, each the mean of what falls together with it at five bits a channel.
function paletteOf(samples) {
  const sums = new Map();
  for (const pixels of samples)
    for (let at = 0; at < pixels.length; at += 4 * SAMPLED) {
      const key = keyOf(pixels, at);
      const sum = sums.get(key) ?? [0, 0, 0, 0];
      for (let channel = 0; channel < 3; channel++) sum[channel] += pixels[at + channel];
      sum[3]++;
      sums.set(key, sum);
    }
  const seen = [...sums.values()].sort((a, b) => b[3] - a[3]).slice(0, COLOURS);
  return seen.map(([red, green, blue, count]) => [red, green, blue].map((sum) => Math.round(sum / count)));
}

function nearestIn(palette, red, green, blue) {
  let found = 0,
    least = Number.POSITIVE_INFINITY;
  palette.forEach((colour, index) => {
    const away = (colour[0] - red) ** 2 + (colour[1] - green) ** 2 + (colour[2] - blue) ** 2;
    if (away < least) [found, least] = [index, away];
  });
  return found;
}

// The smallest rectangle outside of which two frames are alike; one pixel where nothing has changed, since a frame has to have one.
function changed(before, now, width, height) {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let i = 0; i < now.length; i++) {
    if (before[i] === now[i]) continue;
    const x = i % width,
      y = (i - x) / width;
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x + 1);
    box.top = Math.min(box.top, y);
    box.bottom = y + 1;
  }
  return box.right ? box : { left: 0, top: 0, right: 1, bottom: 1 };
}

function header(width, height, palette) {
  const bytes = [...ascii("GIF89a"), ...word(width), ...word(height), 0xf0 | (BITS - 1), 0, 0];
  for (let i = 0; i <= COLOURS; i++) bytes.push(...(palette[i] ?? [0, 0, 0]));
  return new Uint8Array([...bytes, 0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0]); // again and again
}

function frameHead({ left, top, right, bottom }, hundredths) {
  const control = [0x21, 0xf9, 4, 0b101, ...word(hundredths), UNCHANGED, 0]; // leave it standing; one index is transparent
  return new Uint8Array([...control, 0x2c, ...word(left), ...word(top), ...word(right - left), ...word(bottom - top), 0]);
}

function word(number) {
  return [number & 255, number >> 8];
}

function ascii(text) {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

// LZW as GIF has it: codes grow from nine bits to twelve, and the table begins anew when it is full.
function compressed(indices) {
  const clear = 1 << BITS,
    end = clear + 1;
  const blocks = new Blocks();
  let table = new Map(),
    next = end + 1,
    size = BITS + 1;
  blocks.write(clear, size);
  let prefix = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const key = (prefix << BITS) | indices[i];
    const known = table.get(key);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    blocks.write(prefix, size);
    if (next < MOST_CODES) {
      if (next === 1 << size) size++;
      table.set(key, next++);
    } else {
      blocks.write(clear, size);
      table = new Map();
      next = end + 1;
      size = BITS + 1;
    }
    prefix = indices[i];
  }
  blocks.write(prefix, size);
  blocks.write(end, size);
  return blocks.finish();
}

// Codes as bits, the lowest first, in blocks of at most 255 bytes that each say how long they are.
class Blocks {
  constructor() {
    this.bytes = new Uint8Array(1024);
    this.bytes[0] = BITS;
    this.length = 1;
    this.begin();
    this.bits = this.held = 0;
  }

  begin() {
    this.block = this.length;
    this.put(0);
  }

  put(byte) {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
  }

  write(code, size) {
    this.bits |= code << this.held;
    this.held += size;
    while (this.held >= 8) this.byte();
  }

  byte() {
    if (this.bytes[this.block] === 255) this.begin();
    this.put(this.bits & 255);
    this.bytes[this.block]++;
    this.bits >>>= 8;
    this.held -= 8;
  }

  finish() {
    if (this.held > 0) this.byte();
    if (this.bytes[this.block] > 0) this.begin(); // a block of no length is the last
    return this.bytes.subarray(0, this.length);
  }
}
