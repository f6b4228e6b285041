"""The astrocyte-gated memory with another toll on its gains, ours: ½T Σ p² where the paper has its entropy, T Σ p log p.

    F_μ = f_μ − T p_μ,    L(x, p) = −K⟨p, f⟩ + ½KT⟨p, p⟩ + Σ_i [x_i g_i − (1/σ) log cosh(σx_i)],    at rest p = sparsemax(f/T)

The replicator equation (6) is the same. Its gains rest at a softmax because of the toll that they pay: with this one they rest
at the point of the simplex that is nearest to f/T, where most of them are exactly 0 (Martins & Astudillo, arXiv:1602.02068).
"""

from __future__ import annotations

import numpy as np

from core.dynamics import State, rate
from core.retrieval.model import AstrocyteMemory


class QuadraticMemory(AstrocyteMemory):
    """In y = log p a step of b ≤ 1 towards y + f/T − p is a mirror step of ½|p|², which is 1-smooth relative to the entropy: it
    cannot raise L, however long the time step is."""

    name = "quadratic"
    title = "astrocyte-gated memory, quadratic toll"

    def start(self, cue: np.ndarray) -> State:
        return self._at_once(super().start(cue))

    def _at_once(self, state: State) -> State:
        """Gains without inertia are at rest."""
        if self.tau_p != 0:
            return state
        y = np.log(np.maximum(self.attention(state), np.finfo(state["x"].dtype).tiny))
        return self.complete({"x": state["x"], "y": y})

    def relaxations(self, state: State) -> dict[str, tuple[float, np.ndarray]]:
        return {**super().relaxations(state), "y": (self.T * rate(self.tau_p), state["y"] + state["f"] / self.T - state["p"])}

    def step(self, state: State, h: float) -> State:
        return self._at_once(super().step(state, h))

    def _later(self, state: State, f: np.ndarray, b: float) -> np.ndarray:
        return state["y"] + b * (f / self.T - state["p"])

    def advantage(self, state: State) -> np.ndarray:
        F = state["f"] - self.T * state["p"]
        return F - np.sum(state["p"] * F, axis=-1, keepdims=True)

    def attention(self, state: State) -> np.ndarray:
        """sparsemax(f/T), what the gains are chasing."""
        return sparsemax(state["f"] / self.T)

    def divergence(self, state: State) -> np.ndarray:
        """KL(p‖π): infinite as long as a gain is left where π is 0."""
        p, pi = state["p"], self.attention(state)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(p > 0, p * (np.log(p) - np.log(pi)), 0.0)
        return np.maximum(0.0, np.sum(terms, axis=-1))

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        return {
            "agreement": -self.strength * np.sum(state["p"] * state["f"], axis=-1),
            "toll": self.strength * self.T / 2 * np.sum(state["p"] ** 2, axis=-1),
            "neurons": self.neurons_energy(state["x"]) + self.own_coupling(state["x"]),
        }

    def energy(self, state: State) -> np.ndarray:
        gains = np.sum(state["p"] * (self.T / 2 * state["p"] - state["f"]), axis=-1)
        return self.strength * gains + self.neurons_energy(state["x"]) + self.own_coupling(state["x"])


def sparsemax(z: np.ndarray) -> np.ndarray:
    """The point of the simplex nearest to z: max(0, z − θ), with the θ for which that sums to 1."""
    falling = -np.sort(-z, axis=-1)
    ranks = np.arange(1, z.shape[-1] + 1)
    sums = np.cumsum(falling, axis=-1) - 1
    kept = np.count_nonzero(ranks * falling > sums, axis=-1, keepdims=True)
    theta = np.take_along_axis(sums, kept - 1, axis=-1) / kept
    return np.maximum(0.0, z - theta)
