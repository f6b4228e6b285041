"""Memories of neurons alone, τ_x ẋ = −x + Ξ V'(m), with energy −Σ_μ V(m_μ) + Σ_i [x_i g_i − (1/σ) log cosh(σx_i)].

A convex V makes that energy fall at any step, by the same proof as the astrocyte-gated memory's.
"""

from __future__ import annotations

import numpy as np

from core.dynamics import State, softmax
from core.retrieval.memory import Memory


class NeuronMemory(Memory):
    """One potential V of the overlaps decides all."""

    time_constants = ("tau_x",)

    def potential(self, m: np.ndarray) -> np.ndarray:
        """Σ_μ V(m_μ), of shape (…)."""
        raise NotImplementedError

    def slope(self, m: np.ndarray) -> np.ndarray:
        """V'(m_μ), of shape (…, K)."""
        raise NotImplementedError

    def complete(self, variables: State) -> State:
        x = np.asarray(variables["x"], dtype=self.Xi.dtype)
        g = self.rates(x)
        m = self.overlaps(g)
        return {"x": x, "g": g, "m": m, "drive": self.recall(self.slope(m)) - self.self_coupling * g}

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        coupling = self.own_coupling(state["x"]) - self.potential(state["m"])
        return {"coupling": coupling, "neurons": self.neurons_energy(state["x"])}


class HopfieldMemory(NeuronMemory):
    """The classical network (1, 2), W_H = ΞΞᵀ/N: the astrocyte-gated memory with its gains frozen at 1/K."""

    name = "hopfield"
    title = "classical Hopfield network"
    has_diagonal = True

    def potential(self, m: np.ndarray) -> np.ndarray:
        return np.sum(m * m, axis=-1) / (2 * self.N)

    def slope(self, m: np.ndarray) -> np.ndarray:
        return m * (1.0 / self.N)

    def gains(self, state: State) -> np.ndarray:
        return np.full_like(state["m"], 1 / self.K)


class DenseMemory(NeuronMemory):
    """Krotov & Hopfield's polynomial memory of degree n, V(m) = (N/n)(m/N)ⁿ.

    n = 2 is Hopfield's network, n = 4 the reduced neuron–astrocyte memory. Neurons follow the slope of V, and so act on
    themselves; those of the paper are set by differences of energies, and do not (krotov.py). V is convex for even n only: at
    odd n the energy can rise, and a run says so.
    """

    name = "dense"
    title = "dense associative memory, self-coupled"

    def potential(self, m: np.ndarray) -> np.ndarray:
        n = self.settings.degree
        return np.sum((m / self.N) ** n, axis=-1) * (self.N / n)

    def slope(self, m: np.ndarray) -> np.ndarray:
        return (m / self.N) ** (self.settings.degree - 1)

    def gains(self, state: State) -> np.ndarray:
        """Ξ V'(m) read as Ξ (p ⊙ m): p_μ ∝ |m_μ|^{n−2}."""
        weight = np.abs(state["m"] / self.N) ** (self.settings.degree - 2) + np.finfo(self.Xi.dtype).tiny
        return weight / weight.sum(axis=-1, keepdims=True)


class AttentionMemory(NeuronMemory):
    """A modern Hopfield network, V = T log Σ e^{m/T}: its read-out Ξ softmax(m/T) is attention with β = 1/T.

    The state passes φ, as that of all memories here; that of Ramsauer et al. does not (ramsauer.py).
    """

    name = "attention"
    title = "modern Hopfield network, saturating neurons"

    def potential(self, m: np.ndarray) -> np.ndarray:
        top = m.max(axis=-1)
        return top + self.T * np.log(np.sum(np.exp((m - top[..., None]) / self.T), axis=-1))

    def slope(self, m: np.ndarray) -> np.ndarray:
        return softmax(m / self.T)

    def gains(self, state: State) -> np.ndarray:
        return self.slope(state["m"])
