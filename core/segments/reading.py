"""One sequence read segment by segment with certain weights, and the walk back through it: what can be seen of each segment."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from core.segments.block import Block
from core.segments.replay import way_back
from core.segments.retention import products


@dataclass(frozen=True)
class Reading:
    """All arrays have one entry a segment."""

    tokens: np.ndarray  # (T, n)
    attention: np.ndarray  # (T, N, N): how much each place takes of each, tokens first, memory rows behind them
    before: np.ndarray  # (T, M, d): the memory that the segment is given, mem_t
    behind: np.ndarray  # (T, M, d): the memory as the segment leaves it, mem'_t; RF(t) of it is the next mem
    factors: np.ndarray  # (T,): RF(t)
    products: np.ndarray  # (T,): what is left, before the segment, of what the first one wrote
    answers: np.ndarray  # (T, classes): the probability of each answer, were it read off now
    gradient: np.ndarray  # (T, M, d): ∂L/∂mem_t
    literal: np.ndarray  # (T, M, d): the same if the way back forgets RF
    right: int

    @property
    def right_now(self) -> np.ndarray:
        """The probability of the right answer, were it read off now."""
        return self.answers[:, self.right]

    @property
    def answer(self) -> int:
        """What is answered in the end."""
        return int(self.answers[-1].argmax())

    def since(self, segment: int) -> Reading:
        """Only the segments from this one on."""
        return replace(self, **{name: getattr(self, name)[segment:] for name in ARRAYS})


ARRAYS = tuple(field.name for field in fields(Reading) if field.name != "right")


def read_sequence(block: Block, tokens: np.ndarray, right: int, factors: np.ndarray) -> Reading:
    """Read (T, n) tokens and walk back."""
    batch, answers = tokens[None], np.array([right])
    kept: dict[str, list[Any]] = {name: [] for name in ("attention", "before", "behind", "answers")}
    memory = block.first_memory(1)
    for t, factor in enumerate(factors):
        out, seen = block.forward(batch[:, t], memory)
        kept["attention"].append(block.implied(seen)[0])
        kept["before"].append(memory[0].copy())
        kept["behind"].append(out[0].copy())
        kept["answers"].append(block.answer(out).probabilities[0])
        memory = out * factor
    walks = {
        name: np.array([d[0] for d in way_back(block, batch, answers, factors, method, remember=True).walk])
        for name, method in (("gradient", "replay"), ("literal", "literal"))
    }
    arrays = {name: np.array(values) for name, values in kept.items()}
    return Reading(tokens=tokens, factors=factors, products=products(factors), right=right, **arrays, **walks)
