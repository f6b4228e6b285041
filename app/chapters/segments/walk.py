"""The frames of the page: all segments forward, then all of them backward, on one clock.

At t = 1 … T segment t has been read. At t = T + 1 … 2T the way back is at segment 2T + 1 − t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.run import Run
from core.segments import Reading
from core.segments.block import Architecture, Block, Weights
from core.segments.replay import METHODS, Pass, way_back
from core.segments.system import SegmentsRun, factors_read
from core.segments.training import BATCH

FORWARD, BACK = 0, 1


@dataclass(frozen=True)
class Walked(Run):
    """A run, and behind its last segment the way back through all of them."""

    parts: tuple[SegmentsRun, ...]  # the run with all its bends; this is the last one

    @classmethod
    def of(cls, parts: Sequence[SegmentsRun]) -> Walked:
        run = parts[-1]
        last = run.t[-1]
        t = np.concatenate([run.t, last + np.arange(1, last + 1)])
        return cls(run.system, t, {}, run.settings, run.steps, tuple(parts))

    @property
    def run(self) -> SegmentsRun:
        return self.parts[-1]

    @property
    def outcome(self) -> str:
        return self.run.outcome

    @property
    def sentence(self) -> str:
        return self.run.sentence

    @property
    def count(self) -> int:
        """T."""
        return self.run.training.settings.segments

    @cached_property
    def places(self) -> np.ndarray:
        """The segment of each frame, from 0."""
        t = self.t.astype(int)
        return np.where(t <= self.count, t - 1, 2 * self.count - t)

    @cached_property
    def ways(self) -> np.ndarray:
        return np.where(self.t <= self.count, FORWARD, BACK)

    @cached_property
    def factors(self) -> np.ndarray:
        """RF of all segments as they were read, bends included."""
        return factors_read(self.parts)

    @cached_property
    def whole(self) -> Reading:
        """All segments, those before a bend included, with the gradient of the whole way back."""
        first = self.parts[0]
        if len(self.parts) == 1:
            return first.reading
        return first.training.read(first.reading.tokens, self.factors)

    @cached_property
    def difference(self) -> float:
        """The largest difference between the gradient on any memory by replay and with everything kept."""
        whole, training = self.whole, self.run.training
        answers = np.array([whole.right])
        kept = way_back(training.block(np.float64), whole.tokens[None], answers, self.factors, "bptt", remember=True)
        return float(np.abs(np.array([d[0] for d in kept.walk]) - whole.gradient).max())

    @cached_property
    def held(self) -> dict[str, Pass]:
        """One step of the training by each method: how many numbers it holds along its way."""
        settings = self.run.training.settings
        return passes(settings.architecture, settings.segments)


@lru_cache(maxsize=64)
def passes(architecture: Architecture, segments: int) -> dict[str, Pass]:
    """They hang on the sizes alone, so any weights and tokens do."""
    block = Block(architecture, Weights.drawn(architecture, 0))
    tokens = np.zeros((BATCH, segments, architecture.tokens), np.int64)
    right, factors = np.zeros(BATCH, np.int64), np.ones(segments, np.float32)
    return {method: way_back(block, tokens, right, factors, method) for method in METHODS}
