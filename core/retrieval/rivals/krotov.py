"""The dense memory as Krotov & Hopfield published it (arXiv:1606.01164): a neuron turns where turning lowers the energy.

    E(s) = −Σ_μ V(Σ_i ξ_μi s_i),  V(m) = (N/n)(m/N)ⁿ,  s = ±1:  s_i becomes the sign of ½ [E(s_i = −1) − E(s_i = +1)]

Between the corners ±1 the energy is the mean of E over independent s_i with means g_i, which is linear in each g_i; what drives a
neuron, −∂E/∂g_i, is half the energy difference of its two signs there, and at the corners that of the paper (the continuation is
ours). No neuron acts on itself: for n = 2 it is Hopfield's network without its diagonal. `dense` keeps what a neuron does to
itself, and recalls half as many patterns (N = 100, n = 4).

The mean comes from the cumulants of S_μ = Σ_i ξ_μi s_i: κ_k is Σ_i ξ_μi^k κ_k(g_i) with κ_1(a) = a and
κ_{k+1}(a) = (1 − a²) κ_k'(a), and moments are M_n = Σ_k C(n−1, k) κ_{k+1} M_{n−1−k}.
"""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
from numpy.polynomial import Polynomial

from core.dynamics import State, fraction, rate
from core.parameters import Refusal
from core.retrieval.rivals.hopfield_family import DenseMemory
from core.retrieval.settings import Settings

HIGHEST = 8  # degree: beyond, cumulants of ±1 are sums of terms that cancel
HALVINGS = 30  # at most, of a step that would raise the energy
ROUNDING = 1e-12


@cache
def cumulant(order: int) -> Polynomial:
    """κ_k of ±1 with mean a, as a polynomial in a."""
    if order == 1:
        return Polynomial([0.0, 1.0])
    return Polynomial([1.0, 0.0, -1.0]) * cumulant(order - 1).deriv()


class KrotovMemory(DenseMemory):
    """Energy differences in place of a slope."""

    name = "krotov"
    title = "dense memory by energy differences (Krotov & Hopfield)"

    def __init__(self, settings: Settings, patterns: np.ndarray, dtype: type = np.float64) -> None:
        if settings.degree > HIGHEST:
            allowed = f"at most {HIGHEST} with model = '{self.name}'"
            raise Refusal("degree", settings.degree, allowed, key="range", low=2, high=HIGHEST)
        super().__init__(settings, patterns, dtype)

    def complete(self, variables: State) -> State:
        x = np.asarray(variables["x"], dtype=self.Xi.dtype)
        g = self.rates(x)
        m = self.overlaps(g)
        moments = self._moments(g, m)
        return {"x": x, "g": g, "m": m, "moments": moments, "drive": self._drive(g, moments)}

    def _moments(self, g: np.ndarray, m: np.ndarray) -> np.ndarray:
        """E[(S_μ/N)^k] for k = 0 … n, of shape (…, n + 1, K)."""
        n, N = self.settings.degree, self.N
        cumulants = [m / N]
        for k in range(2, n + 1):
            of_neurons = cumulant(k)(g)
            whole = self.overlaps(of_neurons) if k % 2 else of_neurons.sum(axis=-1, keepdims=True)
            cumulants.append(np.broadcast_to(whole / float(N) ** k, m.shape))
        moments = [np.ones_like(m)]
        for order in range(1, n + 1):
            terms = (comb(order - 1, k) * cumulants[k] * moments[order - 1 - k] for k in range(order))
            moments.append(sum(terms, np.zeros_like(m)))
        return np.stack(moments, axis=-2)

    def _drive(self, g: np.ndarray, moments: np.ndarray) -> np.ndarray:
        """−∂E/∂g_i: ∂E[V]/∂κ_k is E[V^(k)]/k!."""
        n, N = self.settings.degree, self.N
        drive = np.zeros_like(g)
        for k in range(1, n + 1):
            slope = cumulant(k).deriv()(g) * (comb(n, k) / n * float(N) ** (1 - k))
            weight = moments[..., n - k, :]
            drive = drive + slope * (self.recall(weight) if k % 2 else weight.sum(axis=-1, keepdims=True))
        return drive

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        coupling = -state["moments"][..., -1, :].sum(axis=-1) * (self.N / self.settings.degree)
        return {"coupling": coupling, "neurons": self.neurons_energy(state["x"])}

    def step(self, state: State, h: float) -> State:
        """Part of the way to the drive, and half of that where it would raise the energy: for neurons that all move at once no
        length is safe, and every short one is."""
        if self.tau_x == 0:
            return self.settle(state)
        energy, way = self.energy(state), state["drive"] - state["x"]
        share = np.full((*energy.shape, 1), fraction(h, rate(self.tau_x)), dtype=state["x"].dtype)
        for _ in range(HALVINGS):
            after = self.complete({"x": state["x"] + share * way})
            later = self.energy(after)
            rises = later - energy > ROUNDING * np.maximum(1.0, np.abs(later))
            if not rises.any():
                return after
            share = np.where(rises[..., None], share / 2, share)
        return self.complete({"x": state["x"] + np.where(rises[..., None], 0.0, share) * way})
