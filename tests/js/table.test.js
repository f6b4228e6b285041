// Axes of names: what stands side by side borrows nothing from its neighbours, and long names come in lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Scale } from "../../app/browser/axes.js";
import { inLines } from "../../app/studies/maps.js";
import { nearestDone } from "../../app/studies/table.js";

test("a cell that is missing repeats its nearest neighbour, but never one of another name", () => {
  const done = [1, 0, 0, 0, 0, 0]; // 2 columns of 3 rows
  assert.deepEqual([...nearestDone(done, 2, 3)], [0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...nearestDone(done, 2, 3, { namedColumns: true })], [0, 0, 0, -1, -1, -1]);
  assert.deepEqual([...nearestDone(done, 2, 3, { namedRows: true })], [0, -1, -1, 0, -1, -1]);
  assert.deepEqual([...nearestDone(done, 2, 3, { namedColumns: true, namedRows: true })], [0, -1, -1, -1, -1, -1]);
});

test("names stand at whole places, each with a tick of its own", () => {
  const scale = new Scale({ named: true, values: ["off", "printed"], texts: ["off", "as printed"] });
  assert.deepEqual([...scale.edges], [-0.5, 0.5, 1.5]);
  assert.deepEqual(scale.ticks(-0.5, 1.5, 6), { ticks: [0, 1], labels: ["off", "as printed"], minor: [] });
});

test("a name is cut into lines between its words only", () => {
  const measured = (text) => text.length;
  assert.equal(inLines("replay, as printed", 10, measured), "replay, as\nprinted");
  assert.equal(inLines("replay, as printed", 3, measured), "replay,\nas\nprinted");
  assert.equal(inLines("replay", 3, measured), "replay");
});
