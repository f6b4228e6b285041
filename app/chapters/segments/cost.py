"""What attention costs as a segment grows: times that the benchmark has measured, and the machine that it ran on.

`python -m tests.bench segments --write` measures them and writes the file; nothing of it stands in code.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("attention_times.json")
FIRST_OF_SLOPE = 512  # places; below it, calls cost as much as numbers


@dataclass(frozen=True)
class Cost:
    """Seconds of one forward pass of N places, for each kind of attention."""

    machine: str  # its processor
    numpy: str
    threads: int
    width: int  # of queries, keys and values
    lengths: Sequence[int]
    seconds: Mapping[str, Sequence[float]]

    def slope(self, kind: str) -> float:
        """The power of N with which the time grows."""
        return slope(self.lengths, self.seconds[kind])

    def crossing(self) -> float:
        """The length from which softmax takes longer than the astrocyte's attention, between two that were measured."""
        ratio = np.log(np.array(self.seconds["softmax"]) / np.array(self.seconds["astro"]))
        if (ratio > 0).all() or (ratio <= 0).all():
            return float("nan")
        last = int(np.flatnonzero(ratio <= 0)[-1])
        return float(np.exp(np.interp(0.0, ratio[last : last + 2], np.log(self.lengths[last : last + 2]))))


def slope(lengths: Sequence[int], seconds: Sequence[float]) -> float:
    long = [i for i, N in enumerate(lengths) if N >= FIRST_OF_SLOPE]
    return float(np.polyfit(np.log([lengths[i] for i in long]), np.log([seconds[i] for i in long]), 1)[0])


@cache
def measured() -> Cost:
    return Cost(**json.loads(FILE.read_text(encoding="utf-8")))
