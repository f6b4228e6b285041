// While a slider is dragged, one move is on its way at most, and of those made meanwhile the newest goes next.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Newest } from "../../app/browser/slider.js";

let sent;
let isThere;
let moves;
let lapsed;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  sent = [];
  isThere = true;
  lapsed = 0;
  const deliver = (value) => {
    if (isThere) sent.push(value);
    return isThere;
  };
  moves = new Newest(
    deliver,
    () => {
      lapsed += 1;
    },
    500,
  );
});

test("the first move goes at once, the newest of the next when it is answered", () => {
  for (const value of [1, 2, 3, 4]) moves.put(value);
  assert.deepEqual(sent, [1]);
  moves.answered(1);
  assert.deepEqual(sent, [1, 4]);
  moves.answered(4);
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
  moves.answered(1);
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

test("an answer to an older move does not hold, that to the newest does", () => {
  moves.put(1);
  moves.put(2);
  moves.send(); // as when a key is let go of: both are on their way
  assert.deepEqual(sent, [1, 2]);
  assert.equal(moves.answered(1), false);
  assert.equal(moves.answered(2), true);
});

test("a value that is refused holds no longer than patience lasts", () => {
  moves.put(1);
  assert.equal(moves.answered(0), false);
  mock.timers.tick(500);
  assert.equal(lapsed, 1);
  assert.equal(moves.answered(0), true);
});
