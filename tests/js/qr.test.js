// Which links lead to nobody else's computer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isOwn } from "../../app/browser/qr.js";

test("a link to this computer is known by its host", () => {
  for (const own of [
    "http://localhost:5006/s/bcdfgh",
    "http://demo.localhost/",
    "http://127.0.0.1:5006/",
    "http://127.1/",
    "http://[::1]:5006/",
  ])
    assert.ok(isOwn(own), own);
  for (const other of [
    "https://demo.org/s/bcdfgh",
    "http://192.168.0.7:5006/",
    "http://localhost.org/",
    "http://127.0.0.1.org/",
    "http://[::2]/",
  ])
    assert.ok(!isOwn(other), other);
});
