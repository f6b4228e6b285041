// Who may drive a page from outside its frame: the origins that the server lets frame it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { mayFrame } from "../../app/browser/slides.js";

const HERE = "https://page.org";
const CASES = [
  [["*"], "https://anyone.org", true],
  [["*"], "null", true],
  [["'self'"], HERE, true],
  [["'self'"], "https://slides.org", false],
  [["'self'"], "null", false],
  [["'self'", "slides.org"], "https://slides.org", true],
  [["'self'", "Slides.org"], "https://slides.org", true],
  [["slides.org"], "http://slides.org", false], // of a page that came by TLS
  [["http://slides.org"], "http://slides.org", true],
  [["http://slides.org"], "https://slides.org", true],
  [["https://slides.org"], "http://slides.org", false],
  [["slides.org"], "https://slides.org:8443", false],
  [["slides.org:8443"], "https://slides.org:8443", true],
  [["slides.org:443"], "https://slides.org", true],
  [["slides.org:*"], "https://slides.org:1", true],
  [["slides.org"], "https://slides.org.evil.org", false],
  [["slides.org"], "https://evilslides.org", false],
  [["*.uni.org"], "https://a.b.uni.org", true],
  [["*.uni.org"], "https://uni.org", false],
  [["*.uni.org"], "https://eviluni.org", false],
  [["slides.org"], "file://slides.org", false],
];

for (const [frames, origin, allowed] of CASES)
  test(`${origin} ${allowed ? "may" : "may not"} drive what ${frames} may frame`, () => {
    assert.equal(mayFrame(origin, frames, HERE), allowed);
  });

test("without TLS a page is driven by pages with and without it", () => {
  for (const origin of ["http://slides.org", "https://slides.org"])
    assert.ok(mayFrame(origin, ["slides.org"], "http://page.org"));
});
