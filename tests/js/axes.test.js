// Ticks of every kind of axis, and where values lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decadeTicks, minorTicks, roundTicks, Scale, TimeScale, tickTexts } from "../../app/browser/axes.js";

const near = (values, wanted) => {
  assert.equal(values.length, wanted.length);
  values.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 1e-9, `${value} is not ${wanted[i]}`));
};

test("round ticks are one, two or five times a power of ten", () => {
  assert.deepEqual(roundTicks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(roundTicks(-1, 1, 4), [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(roundTicks(0.0001, 0.0009, 4), [0.0002, 0.0004, 0.0006, 0.0008]);
});

test("neighbouring ticks are never called the same", () => {
  assert.deepEqual(tickTexts([1, 1.5]), ["1", "1.5"]);
  assert.deepEqual(tickTexts([-100001, -100002]), ["−100001", "−100002"]);
});

test("decades are counted from a tick that is wanted", () => {
  assert.deepEqual(decadeTicks(0, 3.2, 4), [0, 1, 2, 3]);
  assert.deepEqual(decadeTicks(-3, 1, 6, -3), [-3, -2, -1, 0, 1]);
  assert.deepEqual(decadeTicks(-12, 0, 4), [-12, -9, -6, -3, 0]);
  assert.deepEqual(decadeTicks(-3.1, 3.1, 3, 0), [-3, 0, 3]);
  assert.deepEqual(decadeTicks(-7, 4, 6, -7), [-7, -5, -3, -1, 1, 3]);
});

test("minor ticks are the digits between decades", () => {
  near(minorTicks(0, 1), [2, 3, 4, 5, 6, 7, 8, 9].map(Math.log10));
  assert.ok(minorTicks(-1.2, 0.4).every((u) => u >= -1.2 - 1e-9 && u <= 0.4 + 1e-9));
});

test("time is logarithmic down to its first moment, with zero at the left end", () => {
  const run = { settings: { horizon: 10 }, t: Float64Array.of(0, 0.002, 5, 10), last: 3 };
  const scale = new TimeScale([run], true);
  assert.equal(scale.floor, -3);
  assert.equal(scale.at(0), -3);
  assert.equal(scale.of(-3), 0);
  assert.ok(Math.abs(scale.of(scale.at(2.5)) - 2.5) < 1e-12);
  const linear = new TimeScale([run], false);
  assert.equal(linear.of(linear.at(2.5)), 2.5);
});

test("the axis of time fits the longest run that is shown", () => {
  const shown = (horizon, end) => ({ settings: { horizon }, t: Float64Array.of(0, end), last: 1 });
  assert.equal(new TimeScale([shown(10, 4), shown(2, 30)], false).horizon, 30);
});

test("the axis of a study has edges between its values", () => {
  const scale = new Scale({ values: [1, 10, 100], log: true });
  near([...scale.edges], [-0.5, 0.5, 1.5, 2.5]);
  assert.equal(scale.nearest(1.4), 1);
  assert.deepEqual(scale.ticks(0, 2, 6).labels, ["1", "10", "100"]);
  near([...new Scale({ values: [3], log: false }).edges], [2.5, 3.5]);
});

test("less than two decades are read by more than their powers", () => {
  const scale = new Scale({ values: [1, 2, 4], log: true });
  assert.ok(scale.ticks(0, Math.log10(4), 5).labels.includes("2"));
});
