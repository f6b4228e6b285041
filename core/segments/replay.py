"""Four ways back through the segments, and how many numbers each has to hold.

bptt       keeps what every segment needs on the way back.
replay     keeps the memory between segments only; on the way back each segment is computed again. The same gradient, bit for bit.
literal    replay as Algorithm 1 of the paper reads if it is taken literally: the retention factor is forgotten on the way back.
truncated  goes back through the last segment only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from core.segments.block import Answer, Block, Gradient, Kept

METHODS = ("bptt", "replay", "literal", "truncated")


@dataclass
class Held:
    """Numbers that are held at once beside weights and tokens, and the most there were."""

    now: int = 0
    most: int = 0

    def add(self, count: int) -> None:
        self.now += count
        self.most = max(self.most, self.now)


@dataclass(frozen=True)
class Pass:
    """One way forward and back of a batch."""

    loss: float
    accuracy: float
    gradient: Gradient
    held: int  # the most numbers at once
    forward_held: list[int]  # behind each segment on the way forward
    back_held: list[int]  # while each segment is gone back through; the first segment first, 0 where truncation stops before
    walk: list[np.ndarray] = field(default_factory=list)  # ∂L/∂mem_t, the first segment first; what truncation leaves out is 0


def loss_of(answer: Answer, right: np.ndarray) -> float:
    p = answer.probabilities[np.arange(len(right)), right]
    return float(-np.log(p + p.dtype.type(1e-30)).mean())


def accuracy_of(answer: Answer, right: np.ndarray) -> float:
    return float((answer.probabilities.argmax(axis=1) == right).mean())


def read_on(block: Block, tokens: np.ndarray, factors: np.ndarray) -> Answer:
    """The answer to (batch, T, n) tokens; nothing is kept."""
    memory = out = block.first_memory(len(tokens))
    for t in range(tokens.shape[1]):
        out, _ = block.forward(tokens[:, t], memory)
        memory = out * factors[t]
    return block.answer(out)


def way_back(
    block: Block, tokens: np.ndarray, right: np.ndarray, factors: np.ndarray, method: str, remember: bool = False
) -> Pass:
    """Loss, accuracy and gradient of a batch; `factors` have the block's dtype. `remember` keeps the gradient on each memory."""
    segments, held = tokens.shape[1], Held()
    memories: list[np.ndarray] = []
    kept: list[Kept] = []
    forward_held, back_held = [], [0] * segments
    memory = out = block.first_memory(len(tokens))
    for t in range(segments):
        if method in ("replay", "literal"):
            memories.append(memory)
            held.add(memory.size if t else 0)  # the first one is a weight
        out, seen = block.forward(tokens[:, t], memory)
        if method == "bptt" or t == segments - 1:
            kept.append(seen)
            held.add(seen.size)
        forward_held.append(held.now)
        memory = out * factors[t]
    answer = block.answer(out)
    gradient = block.begin()
    d = block.answer_back(answer, right, gradient)
    walk = [np.zeros_like(d) for _ in range(segments)] if remember else []
    for t in reversed(range(segments)):
        if kept:
            seen = kept.pop()
        else:
            _, seen = block.forward(tokens[:, t], memories[t])
            held.add(seen.size)
        back_held[t] = held.now
        d = block.backward(seen, tokens[:, t], d, gradient)
        held.add(-seen.size)
        if remember:
            walk[t] = d
        if t == 0:
            gradient["memory"][...] += d.sum(axis=0)
        elif method == "truncated":
            break
        elif method != "literal":
            d = d * factors[t - 1]
        if memories:
            held.add(-memories.pop().size if t else 0)
    block.finish(gradient)
    loss, accuracy = loss_of(answer, right), accuracy_of(answer, right)
    return Pass(loss, accuracy, gradient, held.most, forward_held, back_held, walk)


# ---------------------------------------------------------------------------------------------------------- numbers held


def numbers_of_segment(block: Block, batch: int) -> int:
    """S: what the way back needs of one segment."""
    tokens = np.zeros((batch, block.architecture.tokens), np.int64)
    return block.forward(tokens, block.first_memory(batch))[1].size


FORMULAS: dict[str, Callable[[int, int, int], int]] = {
    "bptt": lambda segments, one, memory: segments * one,
    "replay": lambda segments, one, memory: one + (segments - 1) * memory,
    "literal": lambda segments, one, memory: one + (segments - 1) * memory,
    "truncated": lambda segments, one, memory: one,
}


def numbers_held(block: Block, batch: int, segments: int, method: str) -> int:
    """The most numbers that a method holds at once: T S, S + (T − 1) B M d, or S."""
    memory = batch * block.architecture.rows * block.architecture.width
    return FORMULAS[method](segments, numbers_of_segment(block, batch), memory)
