// The clock moves by itself, by hand and from run to run, on animation frames that are driven here.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Clock } from "../../app/browser/clock.js";

let due = [];
let now = 0;
globalThis.requestAnimationFrame = (work) => due.push(work);
globalThis.cancelAnimationFrame = (number) => {
  if (number) due[number - 1] = () => {};
};

function pass(seconds) {
  const end = now + 1000 * seconds;
  for (now += 50; now <= end; now += 50) {
    const works = due;
    due = [];
    for (const work of works) work(now);
  }
  now = end;
}

const run = (last, settledFrame = null) => ({ last, settledFrame, positionAt: (t) => t });

let clock;
let moves;
beforeEach(() => {
  due = [];
  moves = [];
  clock = new Clock((byHand) => moves.push(byHand));
  clock.adopt(run(100, 40), 0, false);
});

test("it plays fifteen frames a second, and twice as many at twice the speed", () => {
  clock.play();
  pass(1.05);
  assert.ok(Math.abs(clock.position - 15) < 1.1, String(clock.position));
  clock.speed = 2;
  const before = clock.position;
  pass(1);
  assert.ok(Math.abs(clock.position - before - 30) < 1.6, String(clock.position));
});

test("where a run says how long its frames are shown, it plays them so long", () => {
  const seconds = Float32Array.from({ length: 101 }, (_, frame) => (frame === 1 ? 1 : 0.05));
  clock.adopt({ ...run(100, 40), arrays: { seconds } }, 0, false);
  clock.play();
  pass(0.55);
  assert.ok(Math.abs(clock.position - 1.45) < 0.06, String(clock.position));
  clock.speed = 2;
  pass(0.5);
  assert.ok(clock.position > 8 && clock.position < 12.5, String(clock.position));
  clock.step(-1);
  assert.equal(clock.position % 1, 0);
  clock.adopt(run(100), 20, false);
  clock.speed = 1;
  clock.play();
  pass(1.05);
  assert.ok(Math.abs(clock.position - 35) < 1.1, String(clock.position));
});

test("it stops at the end, and plays from the start when asked again", () => {
  clock.speed = 4;
  clock.play();
  pass(5);
  assert.equal(clock.position, 100);
  assert.equal(clock.playing, false);
  clock.play();
  assert.equal(clock.position, 0);
});

test("it loops after a rest", () => {
  Object.assign(clock, { speed: 4, loop: true });
  clock.play();
  pass(1.8);
  assert.equal(clock.position, 100);
  pass(0.9);
  assert.ok(clock.position < 60, String(clock.position));
});

test("it can stop where the run has settled", () => {
  Object.assign(clock, { speed: 4, stop: true });
  clock.play();
  pass(4);
  assert.equal(clock.position, 40);
});

test("a step pauses and moves by whole frames, within the run", () => {
  clock.play();
  pass(0.5);
  clock.step(1);
  assert.equal(clock.playing, false);
  assert.equal(clock.position % 1, 0);
  clock.seek(1e9);
  assert.equal(clock.position, 100);
  clock.step(-1e9);
  assert.equal(clock.position, 0);
});

test("another run keeps the moment of time, and the end stays the end", () => {
  clock.adopt(run(50), 20.5, false);
  assert.equal(clock.position, 20);
  clock.adopt(run(70), 20.5, true);
  assert.equal(clock.position, 70);
  clock.play();
  pass(0.3);
  clock.adopt(run(70), 20.5, false);
  assert.equal(clock.position, 20.5);
});

test("moves by hand are told apart", () => {
  clock.seek(3);
  clock.play();
  pass(0.2);
  assert.deepEqual(moves.slice(0, 2), [true, true]);
  assert.equal(moves.at(-1), false);
});
