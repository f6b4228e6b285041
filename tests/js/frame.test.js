// Addresses that the frame writes, and lines of text under a picture.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addressWith } from "../../app/browser/elements.js";
import { wrap } from "../../app/browser/picture.js";
import { plain } from "../../app/browser/ports/panel.js";

test("the address keeps its place and takes another query", () => {
  assert.equal(addressWith("v=1&T=2", "https://example.org/demo/tune?T=1#x"), "https://example.org/demo/tune?v=1&T=2");
});

test("lines are broken at words, never between a symbol and its value", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(
    wrap("astrocyte · T = 0.01 · K = 100", 14),
    ["astrocyte ·", "T = 0.01 · ", "K = 100"].map((line) => line.trim()),
  );
});

test("maps that come over the line are plain, and bytes stay as they are", () => {
  const bytes = new ArrayBuffer(4);
  const index = Int32Array.of(1, 2);
  const given = new Map([
    ["run", bytes],
    ["list", [new Map()]],
    ["cells", { index }],
  ]);
  assert.deepEqual(plain(given), { run: bytes, list: [{}], cells: { index } });
  assert.equal(plain(given).run, bytes);
  assert.equal(plain(given).cells.index, index);
});
