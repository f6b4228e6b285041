// Numbers are written as Python writes them: both read the same table of cases.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fill, measured, powerOfTen, share, three } from "../../app/browser/numbers.js";

const cases = JSON.parse(readFileSync(new URL("../number_cases.json", import.meta.url)));
const SPECIAL = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const value = (given) => SPECIAL[given] ?? given;

for (const [given, text] of cases.number) {
  test(`${given} is written ${text}`, () => assert.equal(three(value(given)), text));
}

for (const [given, error, text] of cases.measured) {
  test(`${given} with its error ${error} is written ${text}`, () => assert.equal(measured(value(given), value(error)), text));
}

for (const [given, text] of cases.share) {
  test(`a share of ${given} is written ${text}`, () => assert.equal(share(given), text));
}

test("infinity may come as text, as JSON has none", () => {
  assert.equal(three("inf"), "∞");
  assert.equal(three("-inf"), "−∞");
});

test("powers of ten are plain near one", () => {
  assert.deepEqual([-5, -3, 0, 3, 4, 5].map(powerOfTen), ["10⁻⁵", "0.001", "1", "1000", "10000", "10⁵"]);
  for (const exponent of [-3, 0, 4]) assert.equal(powerOfTen(exponent), three(10 ** exponent)); // alike on all axes
});

test("a template is filled by name", () => {
  assert.equal(fill("{a} of {b}, {a}", { a: 1, b: "two" }), "1 of two, 1");
});
