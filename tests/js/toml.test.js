// A table is written as TOML; that Python reads the same table in it is tested in tests/app/test_own_lessons.py.

import assert from "node:assert/strict";
import { test } from "node:test";
import { toml } from "../../app/browser/toml.js";

test("a lesson is a head and steps, each with its question in a table of its own", () => {
  const step = {
    say: 'Look: "B"',
    clock: { to: 1.5, waits: true },
    minutes: 2,
    question: { kind: "choice", choices: [{ text: "a", means: [0, 1] }] },
  };
  assert.equal(
    toml({ title: "Mine", step: [step] }),
    [
      'title = "Mine"',
      "",
      "[[step]]",
      'say = "Look: \\"B\\""',
      "clock = { to = 1.5, waits = true }",
      "minutes = 2",
      "[step.question]",
      'kind = "choice"',
      'choices = [{ text = "a", means = [0, 1] }]',
      "",
    ].join("\n"),
  );
});

test("what is not there is not written, and odd keys are quoted", () => {
  assert.equal(toml({ "a b": null, "c d": 1, e: undefined }), '"c d" = 1\n');
});
