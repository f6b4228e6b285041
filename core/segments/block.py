"""The block that reads one segment: attention and a small network between residuals, forward and backward by hand.

    X = [tokens ; memory] + positions,  X1 = X + O(LN X),  X2 = X1 + FFN(LN X1),  memory' = the memory's rows of X2.

One layer, one head. Where the norms stand, the learned first memory and the read-out (mean of LN(memory'), linear) are choices.
Rows of all sequences of a batch lie one below the other, (batch·N, ·), so that every product with weights is a single one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.random import stream
from core.segments.attention import KernelKept, Relative, SoftmaxKept, attention_of, softmax

EPSILON = 1e-5  # of the norms
TOKENS = 6  # of a segment


@dataclass(frozen=True)
class Architecture:
    """All sizes of a block, and which attention it has."""

    vocabulary: int
    classes: int
    tokens: int = TOKENS
    rows: int = 2  # of the memory
    width: int = 16  # d
    kernel: int = 16  # m, the numbers of a query
    hidden: int = 32
    attention: str = "astro"
    feedback: float = 0.25
    astro_positions: bool = True
    positions: bool = True

    @property
    def places(self) -> int:
        """N: tokens and memory rows of a segment."""
        return self.tokens + self.rows

    @property
    def has_relative(self) -> bool:
        return self.attention == "astro" and self.astro_positions

    def layout(self) -> dict[str, tuple[int, ...]]:
        """The weights by name, with their shapes; query, key and value are one matrix."""
        d, m, N = self.width, self.kernel, self.places
        shapes: dict[str, tuple[int, ...]] = {"embedding": (self.vocabulary, d), "memory": (self.rows, d)}
        if self.positions:
            shapes["positions"] = (N, d)
        if self.has_relative:
            shapes["astrocyte"] = (m, N)
        shapes["query_key_value"] = (d, 2 * m + d)
        shapes |= {"hidden": (d, self.hidden), "hidden_shift": (self.hidden,), "out": (self.hidden, d), "out_shift": (d,)}
        for norm in ("attention_norm", "network_norm", "answer_norm"):
            shapes |= {f"{norm}_gain": (d,), f"{norm}_shift": (d,)}
        return shapes | {"answer": (d, self.classes), "answer_shift": (self.classes,)}


class Weights(Mapping[str, np.ndarray]):
    """Weights by name, which are views of one vector: what is done to all of them is done once."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], flat: np.ndarray) -> None:
        self.flat, self._named, start = flat, {}, 0
        for name, shape in shapes.items():
            size = math.prod(shape)
            self._named[name] = flat[start : start + size].reshape(shape)
            start += size
        assert start == len(flat), "a vector of as many numbers as there are weights"

    def __getitem__(self, name: str) -> np.ndarray:
        return self._named[name]

    def __iter__(self) -> Any:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    @classmethod
    def zeros(cls, architecture: Architecture, dtype: Any = np.float32) -> Weights:
        shapes = architecture.layout()
        return cls(shapes, np.zeros(sum(map(math.prod, shapes.values())), dtype))

    @classmethod
    def drawn(cls, architecture: Architecture, seed: int, dtype: Any = np.float32) -> Weights:
        """Weights before any training. Each has a stream of its own, so that leaving one out leaves the others."""
        made = cls.zeros(architecture, dtype)
        for name, values in made.items():
            if name.endswith("_gain"):
                values[...] = 1
            elif not name.endswith("_shift"):
                deviation = _DEVIATIONS.get(name) or values.shape[name == "astrocyte"] ** -0.5
                values[...] = deviation * stream(seed, f"weights {name}").standard_normal(values.shape)
        return made

    def astype(self, dtype: Any) -> Weights:
        return Weights({name: values.shape for name, values in self.items()}, self.flat.astype(dtype))


_DEVIATIONS = {"embedding": 1.0, "memory": 1.0, "positions": 0.3}  # all others by the number of their inputs


@dataclass(frozen=True)
class Kept:
    """What the backward pass needs of one segment, beside its tokens."""

    unit1: np.ndarray
    inverse1: np.ndarray
    x: np.ndarray  # LN X
    attention: KernelKept | SoftmaxKept
    unit2: np.ndarray
    inverse2: np.ndarray
    y: np.ndarray  # LN X1
    hidden: np.ndarray

    @property
    def size(self) -> int:
        """How many numbers are held."""
        own = (self.unit1, self.inverse1, self.x, self.unit2, self.inverse2, self.y, self.hidden)
        return sum(a.size for a in own) + sum(a.size for a in vars(self.attention).values())


@dataclass(frozen=True)
class Answer:
    """What is read off the memory, and what its backward pass needs."""

    unit: np.ndarray
    inverse: np.ndarray
    mean: np.ndarray
    probabilities: np.ndarray


class Gradient(Weights):
    """A gradient under way: that on φ(R) is gathered over the segments, and goes to the weights at the end."""

    relative: np.ndarray | float = 0.0


class Block:
    """The block with certain weights."""

    def __init__(self, architecture: Architecture, weights: Weights) -> None:
        self.architecture, self.weights = architecture, weights
        self.dtype = weights.flat.dtype
        self.relative = Relative.of(weights["astrocyte"]) if architecture.has_relative else None
        value = None if self.relative is None else self.relative.value
        self.attention: Any = attention_of(architecture.attention, architecture.kernel, architecture.feedback, value)
        self._mean: np.ndarray = np.full(architecture.width, 1 / architecture.width, self.dtype)

    def first_memory(self, batch: int) -> np.ndarray:
        """The learned memory that every sequence begins with."""
        return np.broadcast_to(self.weights["memory"], (batch, *self.weights["memory"].shape))

    # ----------------------------------------------------------------------------------------------------- one segment

    def forward(self, tokens: np.ndarray, memory: np.ndarray) -> tuple[np.ndarray, Kept]:
        """(batch, n) tokens and (batch, M, d) memory → the memory behind the segment, and what is kept of it."""
        w, a = self.weights, self.architecture
        batch, n, N, m = len(tokens), a.tokens, a.places, a.kernel
        X: np.ndarray = np.empty((batch, N, a.width), self.dtype)
        X[:, :n] = w["embedding"][tokens]
        X[:, n:] = memory
        if a.positions:
            X += w["positions"]
        rows = X.reshape(batch * N, a.width)
        x, unit1, inverse1 = self._norm(rows, "attention_norm")
        projected = (x @ w["query_key_value"]).reshape(batch, N, -1)
        out, seen = self.attention.forward(projected[..., :m], projected[..., m : 2 * m], projected[..., 2 * m :])
        x1 = rows + out.reshape(rows.shape)
        y, unit2, inverse2 = self._norm(x1, "network_norm")
        hidden = y @ w["hidden"]
        hidden += w["hidden_shift"]
        np.maximum(hidden, 0, out=hidden)
        x1 += hidden @ w["out"]
        x1 += w["out_shift"]
        return x1.reshape(X.shape)[:, n:], Kept(unit1, inverse1, x, seen, unit2, inverse2, y, hidden)

    def backward(self, kept: Kept, tokens: np.ndarray, d_memory: np.ndarray, gradient: Gradient) -> np.ndarray:
        """The gradient on the memory behind the segment → that on the memory before it; those on weights are added."""
        w, a = self.weights, self.architecture
        batch, n, N, d = len(tokens), a.tokens, a.places, a.width
        dX: np.ndarray = np.zeros((batch, N, d), self.dtype)
        dX[:, n:] = d_memory
        rows = dX.reshape(batch * N, d)
        gradient["out_shift"][...] += rows.sum(axis=0)
        gradient["out"][...] += kept.hidden.T @ rows
        d_hidden = rows @ w["out"].T
        d_hidden *= kept.hidden > 0
        gradient["hidden_shift"][...] += d_hidden.sum(axis=0)
        gradient["hidden"][...] += kept.y.T @ d_hidden
        d_x1 = rows + self._norm_back(d_hidden @ w["hidden"].T, "network_norm", kept.unit2, kept.inverse2, gradient)
        dq, dk, dv, d_relative = self.attention.backward(kept.attention, d_x1.reshape(batch, N, d))
        if d_relative is not None:
            gradient.relative = gradient.relative + d_relative
        projected = np.concatenate([dq, dk, dv], axis=-1).reshape(batch * N, -1)
        gradient["query_key_value"][...] += kept.x.T @ projected
        d_x1 += self._norm_back(projected @ w["query_key_value"].T, "attention_norm", kept.unit1, kept.inverse1, gradient)
        dX = d_x1.reshape(batch, N, d)
        if a.positions:
            gradient["positions"][...] += dX.sum(axis=0)
        named = (np.arange(a.vocabulary)[:, None] == tokens.reshape(-1)).astype(self.dtype)
        gradient["embedding"][...] += named @ dX[:, :n].reshape(-1, d)
        return dX[:, n:]

    def implied(self, kept: Kept) -> np.ndarray:
        """(batch, N, N): how much each place takes of each."""
        return self.attention.weights(kept.attention)

    # ------------------------------------------------------------------------------------------------------ the answer

    def answer(self, memory: np.ndarray) -> Answer:
        """What would be answered if the sequence ended here."""
        batch, rows, d = memory.shape
        normed, unit, inverse = self._norm(memory.reshape(batch * rows, d), "answer_norm")
        mean = normed.reshape(batch, rows, d).mean(axis=1)
        return Answer(unit, inverse, mean, softmax(mean @ self.weights["answer"] + self.weights["answer_shift"]))

    def answer_back(self, answer: Answer, right: np.ndarray, gradient: Gradient) -> np.ndarray:
        """The gradient of the mean cross-entropy on the memory that the answer was read off."""
        batch, rows = len(right), self.architecture.rows
        dz = answer.probabilities.copy()
        dz[np.arange(batch), right] -= 1
        dz /= batch
        gradient["answer"][...] += answer.mean.T @ dz
        gradient["answer_shift"][...] += dz.sum(axis=0)
        d_mean = np.repeat(dz @ self.weights["answer"].T / rows, rows, axis=0)
        return self._norm_back(d_mean, "answer_norm", answer.unit, answer.inverse, gradient).reshape(batch, rows, -1)

    def begin(self) -> Gradient:
        """A gradient to which nothing has been added."""
        return Gradient({name: values.shape for name, values in self.weights.items()}, np.zeros_like(self.weights.flat))

    def finish(self, gradient: Gradient) -> None:
        """Bring what was gathered on φ(R) to its weights."""
        if self.relative is not None and isinstance(gradient.relative, np.ndarray):
            gradient["astrocyte"][...] += self.relative.backward(gradient.relative)

    # ----------------------------------------------------------------------------------------------------------- norms

    def _norm(self, rows: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """LN, the unit rows before gain and shift, and one over their deviation."""
        unit = rows - (rows @ self._mean)[:, None]  # as a product: several times faster than mean() on rows this short
        inverse = (((unit * unit) @ self._mean + self.dtype.type(EPSILON)) ** -0.5)[:, None]
        unit *= inverse
        normed = unit * self.weights[f"{name}_gain"]
        normed += self.weights[f"{name}_shift"]
        return normed, unit, inverse

    def _norm_back(self, dy: np.ndarray, name: str, unit: np.ndarray, inverse: np.ndarray, gradient: Gradient) -> np.ndarray:
        along = dy * unit
        gradient[f"{name}_gain"][...] += along.sum(axis=0)
        gradient[f"{name}_shift"][...] += dy.sum(axis=0)
        gain = self.weights[f"{name}_gain"] * self._mean
        dx = dy * self.weights[f"{name}_gain"]
        dx -= (dy @ gain)[:, None]
        dx -= unit * (along @ gain)[:, None]
        dx *= inverse
        return dx
