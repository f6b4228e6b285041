// A message that Python wrote is read back: header, arrays of every type, and the questions that a run answers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readMessage, readRun } from "../../app/browser/message.js";
import { readRun as readRetrieval } from "../../app/chapters/retrieval/run.js";

const folder = new URL("messages/", import.meta.url);
const bytes = (name) => readFileSync(new URL(name, folder));
const numbers = JSON.parse(bytes("arrays.json"));

test("every type of array is read where it lies", () => {
  const { header, arrays } = readMessage(bytes("arrays.bin"));
  assert.deepEqual(header, numbers.header);
  assert.deepEqual(Object.keys(arrays).sort(), Object.keys(numbers.arrays).sort());
  for (const [name, { type, values }] of Object.entries(numbers.arrays)) {
    assert.equal(arrays[name].constructor.name, type);
    assert.deepEqual([...arrays[name]], values);
  }
});

test("a message may be a view that begins anywhere in its buffer", () => {
  const message = bytes("arrays.bin");
  const shifted = new Uint8Array(message.length + 3);
  shifted.set(message, 3);
  assert.deepEqual(readMessage(shifted.subarray(3)).header, numbers.header);
});

test("a run finds frames, and positions between them, by time", () => {
  const run = readRun(bytes("retrieval.bin"));
  assert.equal(run.frameAt(0), 0);
  assert.equal(run.frameAt(1e9), run.last);
  for (const frame of [1, 5, run.last]) {
    assert.equal(run.frameAt(run.t[frame]), frame);
    assert.equal(run.positionAt(run.t[frame]), frame);
    const middle = (run.t[frame - 1] + run.t[frame]) / 2;
    assert.ok(Math.abs(run.positionAt(middle) - (frame - 0.5)) < 1e-9);
    assert.ok(Math.abs(run.between(run.t, frame - 0.5, 1, 0) - middle) < 1e-12);
  }
  assert.equal(run.settledFrame, run.converged_at === null ? null : run.frameAt(run.converged_at));
});

test("sentences are found by frame, and a run without them has one at its end", () => {
  const run = readRun(bytes("retrieval.bin"));
  assert.equal(run.sentenceAt(0), "first");
  assert.equal(run.sentenceAt(1), "then");
  const silent = readRun(bytes("silent.bin"));
  assert.equal(silent.sentenceAt(0), "");
  assert.equal(silent.sentenceAt(silent.last), silent.sentence);
});

test("leading memories are exact, and the others within a step", () => {
  const run = readRetrieval(bytes("retrieval.bin"));
  const { overlaps, p, target, patterns } = JSON.parse(bytes("retrieval.json"));
  assert.equal(run.leaders[0], target);
  for (let memory = 0; memory < run.K; memory++) {
    const within = (value, wanted, steps) => Math.abs(value - wanted) <= (run.place.has(memory) ? 1e-7 : 0.501 / steps);
    overlaps.forEach((row, frame) => {
      assert.ok(within(run.overlaps(memory)[frame], row[memory], run.steps.overlaps));
      assert.ok(within(run.value("p", memory, frame), p[frame][memory], run.steps.p));
    });
    assert.deepEqual([...run.pattern(memory)], patterns[memory]);
  }
});

test("memories are called by number or by name, and the target is marked", () => {
  const words = { target: "target", target_named: "target {name}", memory: "memory {number}" };
  const run = readRetrieval(bytes("retrieval.bin"));
  assert.equal(run.called(run.target, words), "target");
  assert.equal(run.called(1, words), "memory 2");
  run.names = ["A", "B", "C", "D", "E"];
  assert.equal(run.called(run.target, words), `target ${run.names[run.target]}`);
  assert.equal(run.called(1, words), "B");
  assert.ok(run.has(run.K - 1) && !run.has(run.K));
});
