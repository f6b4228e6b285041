"""Krotov & Hopfield's dense memory as they published it (arXiv:1606.01164): a neuron is set by the energies of its two states.

    s_i ← sgn Σ_μ [V(Σ_{j≠i} ξ_j s_j + ξ_i) − V(Σ_{j≠i} ξ_j s_j − ξ_i)],    E = −Σ_μ V(ξ_μ·s),    V(m) = (N/n)(m/N)ⁿ

So no neuron acts on itself, as one does in `dense`, whose drive is the slope of V. Here neurons are continuous, as those of all
memories are: a rate g_i stands for the mean of a neuron of ±1 that is independent of the others, and E is the mean energy,

    τ_x ẋ = −x − ∂E/∂g,    E(g) = −Σ_μ ⟨V(ξ_μ·s)⟩,    −∂E/∂g_i = half the mean difference of the two energies that flip i.

At rates of ±1 that is their energy and their update, so that both rest in the same states. Fewer cues reach them by flips one by
one, in whatever order: these commit before the rest has moved (at N = 100, n = 4 and 20 flipped K₉₀ is 2 600, and 5 600 here).
E is linear in each rate, so that moves of one neuron after the other lower the whole energy by any step, as that update does. For
moves at once this is not proven: a step that would raise it is halved, and in the end made by one neuron after the other.

Moments follow from cumulants, which add up over neurons: the odd ones are overlaps with the patterns, the even ones are the same
for all patterns, since ξ² = 1.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from core.dynamics import State, fraction, rate
from core.parameters import Refusal
from core.retrieval.rivals.hopfield_family import DenseMemory
from core.retrieval.settings import Settings

if TYPE_CHECKING:
    from numpy.polynomial import Polynomial

HALVINGS = 4  # at most so many times a step is halved before neurons move one after the other
ROUNDING = 1e-12  # of the energy
A_NEURON = 2  # so high may the degree be for each neuron: with higher ones moments lose their digits


@cache
def cumulants(degree: int) -> tuple[tuple[Polynomial, Polynomial], ...]:
    """κ_1 … κ_n of a neuron of ±1 as polynomials of its mean, each with its slope: κ_{k+1} = (1 − g²) κ_k'."""
    from numpy.polynomial import Polynomial  # a page in a browser is to begin without it

    found = [Polynomial([0, 1])]
    while len(found) < degree:
        found.append(Polynomial([1, 0, -1]) * found[-1].deriv())
    return tuple((kappa, kappa.deriv()) for kappa in found)


class KrotovMemory(DenseMemory):
    """The polynomial memory without self-coupling; n = 2 is Hopfield's network with its diagonal dropped."""

    name = "krotov"
    title = "dense associative memory, energy differences (Krotov & Hopfield)"

    def __init__(self, settings: Settings, patterns: np.ndarray, dtype: type = np.float64) -> None:
        super().__init__(settings, patterns, dtype)
        most = max(4, A_NEURON * self.N)
        if settings.degree > most:
            raise Refusal("degree", settings.degree, f"a whole number from 2 to {most}", key="range", low=2, high=most)

    @classmethod
    def trial_size(cls, settings: Settings) -> int:
        return super().trial_size(settings) + settings.degree * settings.K

    def complete(self, variables: State) -> State:
        x = np.asarray(variables["x"], dtype=self.Xi.dtype)
        g, n = self.rates(x), self.settings.degree
        sums, slopes = [], []  # of the cumulants, in units of N
        for k, (kappa, slope) in enumerate(cumulants(n), 1):
            each = (kappa(g) / self.N**k).astype(x.dtype)
            sums.append(self.overlaps(each) if k % 2 else each.sum(axis=-1, keepdims=True))
            slopes.append((slope(g) / self.N**k).astype(x.dtype))
        m = sums[0] * self.N
        moments = [np.ones_like(m)]  # ⟨(ξ_μ·s/N)^j⟩
        for j in range(n):
            moments.append(sum(math.comb(j, k) * sums[k] * moments[j - k] for k in range(j + 1)))
        drive = np.zeros_like(x)
        for k, slope in enumerate(slopes, 1):
            left = moments[n - k]
            drive += math.comb(n, k) * slope * (self.recall(left) if k % 2 else left.sum(axis=-1, keepdims=True))
        return {"x": x, "g": g, "m": m, "moment": moments[n].sum(axis=-1), "drive": self.N / n * drive}

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        return {
            "coupling": -self.N / self.settings.degree * state["moment"],
            "neurons": self.neurons_energy(state["x"]),
        }

    def step(self, state: State, h: float) -> State:
        return self._falling(state, h, HALVINGS)

    def _falling(self, state: State, h: float, halvings: int) -> State:
        after, before = super().step(state, h), self.energy(state)
        rounding = max(ROUNDING, 16 * float(np.finfo(before.dtype).eps))
        rises = self.energy(after) - before > rounding * np.maximum(1.0, np.abs(before))
        if not rises.any():
            return after
        alone = bool(rises.all())
        memory = self if alone else self.take(rises)
        part = state if alone else {name: array[rises] for name, array in state.items()}
        if halvings and self.tau_x != 0:
            part = memory._falling(memory._falling(part, h / 2, halvings - 1), h / 2, halvings - 1)
        else:
            part = memory.in_turn(part, h)
        if alone:
            return part
        self.products += memory.products
        mixed = {name: array.copy() for name, array in after.items()}
        for name, array in mixed.items():
            array[rises] = part[name]
        return mixed

    def in_turn(self, state: State, h: float) -> State:
        """One neuron after the other, each with the others as they are by then."""
        a = fraction(h, rate(self.tau_x))
        for i in range(self.N):
            x = state["x"].copy()
            x[..., i] += a * (state["drive"][..., i] - x[..., i])
            state = self.complete({"x": x})
        return state
