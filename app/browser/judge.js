// What is said to a guess where no session is there to say it: in a lesson's file. app/chapters/answers.py says the same of the same
// question, and one table of guesses is the test of both. The truth was computed before, and came sealed with the question.

import { fill, share, three } from "./numbers.js";

const TELLERS = { choice: ofText, memory: ofText, number: ofNumber, point: ofPoint, curve: ofCurve };

// `question` as the file has it (app/static/lesson.py); `guess` is null for who is not sure.
export function judged(question, guess) {
  const { key, ...told } = TELLERS[question.kind](question, guess);
  const own = key === "wrong" && question.kind === "choice" ? question.wrong[guess] : "";
  const text = fill(own || question.replies[key] || "", { guess: told.guess ?? "", gap: told.gap });
  return { ...told, value: question.value, kind: question.kind, text };
}

function ofText({ texts, place, truth }, guess) {
  const right = guess !== null && guess === place;
  const key = guess === null ? "unsure" : right ? "right" : "wrong";
  return { guess: guess === null ? null : texts[guess], truth, right, chosen: guess, true: place, gap: "", key };
}

function ofNumber({ low, high, tolerance, unit, truth, exact }, guess) {
  const gap = exact === null || guess === null ? null : Math.abs(exact - guess);
  const key = gap === null ? "unsure" : gap <= tolerance ? "right" : guess < exact ? "below" : "above";
  const at = (value) => (value - low) / (high - low);
  return {
    guess: guess === null ? null : three(guess),
    truth,
    gap: gap === null ? "" : three(gap),
    right: key === "right",
    from: guess === null ? null : at(guess),
    to: exact === null ? null : Math.min(1, Math.max(0, at(exact))),
    unit,
    key,
  };
}

function ofPoint({ shares, tolerance, truth, exact }, guess) {
  const gap = guess === null ? null : 0.5 * guess.reduce((sum, part, i) => sum + Math.abs(part - exact[i]), 0);
  const key = gap === null ? "unsure" : gap <= tolerance ? "right" : "wrong";
  const [first, second, others] = (guess ?? []).map(share);
  return {
    guess: guess === null ? null : fill(shares, { first, second, others }),
    truth,
    gap: gap === null ? "" : share(gap),
    right: key === "right",
    from: guess,
    to: exact,
    key,
  };
}

function ofCurve({ tolerance, unit, truth, exact }, guess) {
  const to = (guess ?? []).map(([t]) => [t, heightAt(exact, t)]);
  const off = (guess ?? []).map(([, height], knot) => height - to[knot][1]);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const gap = guess === null ? null : mean(off.map(Math.abs));
  const key = gap === null ? "unsure" : gap <= tolerance ? "right" : mean(off) < 0 ? "below" : "above";
  const told = { guess: guess === null ? null : "", truth, gap: gap === null ? "" : three(gap), right: key === "right" };
  return { ...told, unit, from: guess, to, key };
}

// Between two places on their line, and beyond the ends as at them.
function heightAt([places, heights], t) {
  const after = places.findIndex((place) => place >= t);
  if (after === -1) return heights.at(-1);
  if (after === 0 || places[after] === t) return heights[after];
  const part = (t - places[after - 1]) / (places[after] - places[after - 1]);
  return heights[after - 1] + part * (heights[after] - heights[after - 1]);
}
