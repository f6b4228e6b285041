"""Numbers and words of a run of segments that lessons ask for and promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from app.chapters.segments.walk import Walked


def _read(runs: Sequence[Any]) -> list[str]:
    """What would be answered behind each segment."""
    walk = Walked.of(runs)
    return [walk.run.training.task.answers[i] for i in walk.whole.answers.argmax(axis=1)]


def _answers(runs: Sequence[Any]) -> str:
    said = _read(runs)
    return " ".join(answer for i, answer in enumerate(said) if i == 0 or said[i - 1] != answer)


def _of_walk(read: Callable[[Walked], Any]) -> Callable[[Sequence[Any]], float]:
    return lambda runs: float(read(Walked.of(runs)))


def _right(runs: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """The probability of the right answer, were it read off behind each segment."""
    whole = Walked.of(runs).whole
    return np.arange(1.0, len(whole.right_now) + 1), whole.right_now


# What can be guessed by drawing, and on which card.
CURVES: Mapping[str, str] = {"product_course": "product"}
QUANTITIES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "outcome": lambda runs: runs[-1].outcome,
    "answer": lambda runs: runs[-1].answer,
    "right_answer": lambda runs: runs[-1].right_answer,
    "answers": _answers,
    "segments": _of_walk(lambda walk: walk.count),
    "right_start": lambda runs: float(_right(runs)[1][0]),
    "right_end": lambda runs: float(_right(runs)[1][-1]),
    "accuracy": lambda runs: 100 * float(runs[-1].accuracy),
    "retention_first": _of_walk(lambda walk: walk.factors[0]),
    "retention_last": _of_walk(lambda walk: walk.factors[-1]),
    "retention_sum": _of_walk(lambda walk: walk.factors.sum()),
    "product_end": _of_walk(lambda walk: walk.whole.products[-1]),
    "product_power": _of_walk(lambda walk: np.log10(walk.whole.products[-1])),
    "slope_first": _of_walk(lambda walk: np.linalg.norm(walk.whole.gradient[0])),
    "slope_last": _of_walk(lambda walk: np.linalg.norm(walk.whole.gradient[-1])),
    "slope_times": _of_walk(lambda walk: np.linalg.norm(walk.whole.gradient[-1]) / np.linalg.norm(walk.whole.gradient[0])),
    "literal_times": _of_walk(lambda walk: np.linalg.norm(walk.whole.literal[0]) / np.linalg.norm(walk.whole.gradient[0])),
    "difference": _of_walk(lambda walk: walk.difference),
    "times_held": _of_walk(lambda walk: walk.held["bptt"].held / walk.held["replay"].held),
    "bent_at": lambda runs: float(runs[-1].t[0]) if len(runs) > 1 else None,
    "read_at": _of_walk(lambda walk: walk.count),
    "end_at": _of_walk(lambda walk: walk.t[-1]),
    "product_course": lambda runs: (np.arange(1.0, Walked.of(runs).count + 1), np.log10(Walked.of(runs).whole.products)),
}
