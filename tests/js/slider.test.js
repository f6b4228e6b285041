// While a slider is dragged, one move is on its way at most, and of those made meanwhile the newest goes next.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Newest } from "../../app/browser/slider.js";

let sent;
let isThere;
let moves;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  sent = [];
  isThere = true;
  moves = new Newest((value) => {
    if (isThere) sent.push(value);
    return isThere;
  }, 500);
});

test("the first move goes at once, the newest of the next when it is answered", () => {
  for (const value of [1, 2, 3, 4]) moves.put(value);
  assert.deepEqual(sent, [1]);
  moves.answered();
  assert.deepEqual(sent, [1, 4]);
  moves.answered();
  assert.deepEqual(sent, [1, 4]);
});

test("where no answer comes, it speaks again after a while", () => {
  moves.put(1);
  moves.put(2);
  mock.timers.tick(499);
  assert.deepEqual(sent, [1]);
  mock.timers.tick(1);
  assert.deepEqual(sent, [1, 2]);
});

test("after a pause the next move goes at once", () => {
  moves.put(1);
  moves.answered();
  moves.put(2);
  assert.deepEqual(sent, [1, 2]);
});

test("what is moved while the line is lost waits, and the newest goes when it is back", () => {
  isThere = false;
  moves.put(7);
  moves.put(8);
  assert.equal(moves.waiting, 8);
  isThere = true;
  moves.send();
  assert.deepEqual(sent, [8]);
  assert.equal(moves.waiting, null);
});
