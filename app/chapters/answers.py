"""Questions of lessons as they are answered: what is asked, what a guess may be, and what is said to it once there is a truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from app.chapters.lessons import MOST_KNOTS, MOST_MEMORIES, TOLD, Question, is_number
from app.numbers import number, share
from app.words import words

WORDS = words()["lessons"]


def asked(question: Question, names: Sequence[str]) -> dict[str, Any]:
    """A question as a page shows it, without its answer."""
    shown: dict[str, Any] = {"kind": question.kind, "ask": question.ask}
    if question.kind == "number":
        return {**shown, "low": question.low, "high": question.high, "tick": question.tick, "unit": question.unit}
    if question.card:
        return {**shown, "card": question.card}
    texts = list(names[:MOST_MEMORIES]) if question.kind == "memory" else [choice.text for choice in question.choices]
    return {**shown, "choices": texts}


def guessed(question: Question, guess: Any, names: Sequence[str]) -> Any:
    """A guess that came from a browser: the place of a choice or a memory, a number, three shares, a curve as [[t, y], …];
    None for who is not sure."""
    if guess is None:
        return None
    if question.kind == "point":
        if not _are_numbers(guess, 3, 3) or min(guess) < -1e-6 or not 0.5 < sum(guess) < 1.5:
            raise ValueError(WORDS["no_answer"])
        return [max(0.0, float(part)) / sum(max(0.0, part) for part in guess) for part in guess]
    if question.kind == "curve":
        is_list = isinstance(guess, list) and 2 <= len(guess) <= MOST_KNOTS
        if not is_list or not all(_are_numbers(knot, 2, 2) for knot in guess):
            raise ValueError(WORDS["no_answer"])
        return sorted([float(t), float(y)] for t, y in guess)
    if not is_number(guess):
        raise ValueError(WORDS["no_answer"])
    if question.kind == "number":
        return min(question.high, max(question.low, float(guess)))
    count = len(question.choices) if question.kind == "choice" else min(len(names), MOST_MEMORIES)
    if guess != int(guess) or not 0 <= guess < count:
        raise ValueError(WORDS["no_answer"])
    return int(guess)


def _are_numbers(given: Any, least: int, most: int) -> bool:
    return isinstance(given, list) and least <= len(given) <= most and all(map(is_number, given))


def verdict(question: Question, guess: Any, truth: Any, names: Sequence[str]) -> dict[str, Any]:
    """What is said to a guess: both in words, the gap between them, and a sentence that speaks to this guess."""
    told = TELLERS[question.kind](question, guess, truth, names)
    told["value"] = number(float(truth)) if is_number(truth) else told["truth"]
    own = question.choices[guess].wrong if question.kind == "choice" and told["key"] == "wrong" else ""
    text = own or question.replies.get(told.pop("key"), "")
    filled = {name: "" if told[name] is None else told[name] for name in TOLD}
    return {**told, "kind": question.kind, "text": text.format(**filled)}


def _told_text(question: Question, guess: int | None, truth: Any, names: Sequence[str]) -> dict[str, Any]:
    texts = list(names) if question.kind == "memory" else [choice.text for choice in question.choices]
    place = _place_of(question, truth, names)
    is_right = guess is not None and guess == place
    return {
        "guess": None if guess is None else texts[guess],
        "truth": texts[place] if place is not None else WORDS["none_of_these"],
        "right": is_right,
        "chosen": guess,
        "true": place,
        "gap": "",
        "key": "unsure" if guess is None else "right" if is_right else "wrong",
    }


def _told_number(question: Question, guess: float | None, truth: Any, names: Sequence[str]) -> dict[str, Any]:
    known = truth is not None and is_number(truth)
    gap = abs(truth - guess) if known and guess is not None else None
    key = "unsure" if gap is None else "right" if gap <= question.tolerance else "below" if guess < truth else "above"
    span = question.high - question.low
    return {
        "guess": None if guess is None else number(guess),
        "truth": number(float(truth)) if known else WORDS["never"],
        "gap": "" if gap is None else number(gap),
        "right": key == "right",
        "from": None if guess is None else (guess - question.low) / span,
        "to": min(1.0, max(0.0, (truth - question.low) / span)) if known else None,
        "unit": question.unit,
        "key": key,
    }


def _told_point(question: Question, guess: list[float] | None, truth: Any, names: Sequence[str]) -> dict[str, Any]:
    """The gap of two points of the triangle is the share that would have to be moved."""
    gap = None if guess is None else 0.5 * sum(abs(a - b) for a, b in zip(guess, truth, strict=True))
    key = "unsure" if gap is None else "right" if gap <= question.tolerance else "wrong"
    return {
        "guess": None if guess is None else _shares(guess),
        "truth": _shares(truth),
        "gap": "" if gap is None else share(gap),
        "right": key == "right",
        "from": guess,
        "to": [float(part) for part in truth],
        "key": key,
    }


def _told_curve(question: Question, guess: list[list[float]] | None, truth: Any, names: Sequence[str]) -> dict[str, Any]:
    """Two curves are as far apart as they are on average, at the places where one was drawn."""
    t, values = truth
    at = [] if guess is None else [knot[0] for knot in guess]
    true = np.interp(at, t, values)
    off = np.array([knot[1] for knot in guess or []]) - true
    gap = None if guess is None else float(np.abs(off).mean())
    key = "unsure" if gap is None else "right" if gap <= question.tolerance else "below" if off.mean() < 0 else "above"
    return {
        "guess": None if guess is None else "",
        "truth": number(float(values[-1])),
        "gap": "" if gap is None else number(gap),
        "right": key == "right",
        "unit": question.unit,
        "from": guess,
        "to": [[float(a), float(b)] for a, b in zip(at, true, strict=True)],
        "key": key,
    }


TELLERS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "choice": _told_text,
    "memory": _told_text,
    "number": _told_number,
    "point": _told_point,
    "curve": _told_curve,
}


def _shares(parts: Sequence[float]) -> str:
    return WORDS["shares"].format(**dict(zip(("first", "second", "others"), (share(float(part)) for part in parts), strict=True)))


def _place_of(question: Question, truth: Any, names: Sequence[str]) -> int | None:
    if question.kind == "memory":
        return list(names).index(truth) if truth in names else None
    return next((place for place, choice in enumerate(question.choices) if choice.holds(truth)), None)


def is_kept(wanted: Any, found: Any) -> bool:
    """Whether a quantity is what was promised of it: a value, or from least to most."""
    if isinstance(wanted, list):
        return is_number(found) and wanted[0] <= found <= wanted[1]
    return bool(found == wanted)
