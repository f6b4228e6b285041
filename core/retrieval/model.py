"""The astrocyte-gated memory of Vivet & Arenas (2026) and its linear-score variant; equation numbers are the paper's.

    overlap  m_μ = ⟨ξ_μ, g⟩,  g = φ(x) = tanh(σx)               score  f_μ = m_μ²/(2N)                      (8)
    neurons      τ_x ẋ   = −x + W(p) g,                          W(p) = (K/N) Ξ diag(p) Ξᵀ                   (4, 5)
    astrocytes   τ_p ṗ_μ = p_μ (F_μ − Σ_ν p_ν F_ν),              F_μ = f_μ − T log p_μ                       (6, 7)
    energy       L(x, p) = −K⟨p, f⟩ + K T⟨p, log p⟩ + Σ_i [x_i g_i − (1/σ) log cosh(σx_i)]                   (9)

The gains are kept as y = log p up to a common shift, which the softmax does not see; so (6) is the linear equation
τ_p ẏ_μ = f_μ − T y_μ: p never leaves the simplex, and for frozen neurons the flow is exact. W(p) is never formed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from core.dynamics import State, fraction, log_softmax, phi, rate, softmax
from core.random import stream
from core.retrieval.memory import Memory

GONE = 1e6  # log p of a gain that is 0


class AstrocyteMemory(Memory):
    """Gains p on the simplex select memories by the squared score."""

    name = "astrocyte"
    title = "astrocyte-gated memory"
    has_diagonal = True
    variables: ClassVar[tuple[str, ...]] = ("x", "y")

    # the score, the drive that goes with it, and the factor before the gains in the energy

    def score(self, m: np.ndarray) -> np.ndarray:
        """f_μ = m_μ²/(2N)  (8)."""
        return m * m * (0.5 / self.N)

    def scores(self, m: np.ndarray, state: State) -> np.ndarray:
        """The score with all that a memory may add to it."""
        return self.score(m)

    def drive(self, p: np.ndarray, m: np.ndarray) -> np.ndarray:
        """W(p) g = (K/N) Ξ (p ⊙ m)  (5)."""
        return (self.K / self.N) * self.recall(p * m)

    @property
    def strength(self) -> float:
        return float(self.K)

    # dynamics

    def start(self, cue: np.ndarray) -> State:
        """x(0) = the cue, p(0) = 1/K; gains without inertia (τ_p = 0) are at rest from the first moment."""
        x = np.asarray(cue, dtype=self.Xi.dtype)
        uniform = np.full((*x.shape[:-1], self.K), -math.log(self.K), dtype=x.dtype)
        state = self.complete({"x": x, "y": uniform})
        return self.complete({"x": x, "y": state["f"] / self.T}) if self.tau_p == 0 else state

    def complete(self, variables: State) -> State:
        g = phi(variables["x"], self.sigma)
        m = self.overlaps(g)
        return self._gated(variables["x"], g, m, self.scores(m, variables), variables["y"])

    def anywhere(self, state: State, seeds: Sequence[int]) -> State:
        """Neurons of any size in any direction, and gains anywhere on the simplex (a flat Dirichlet draw)."""
        drawn = super().anywhere(state, seeds)
        streams = [stream(seed, "anywhere", 1) for seed in seeds]
        gains = np.array([one.standard_exponential(self.K) for one in streams])
        return self.complete({"x": drawn["x"], "y": np.log(gains).astype(drawn["x"].dtype)})

    def _gated(self, x: np.ndarray, g: np.ndarray, m: np.ndarray, f: np.ndarray, y: np.ndarray) -> State:
        silenced = self.settings.silenced
        if silenced >= 0:  # (6) keeps a gain of 0 at 0; a score that makes 0 its rest says the same in y
            f, y = f.copy(), y.copy()
            f[..., silenced], y[..., silenced] = -GONE * self.T, -GONE
        y = y - y.max(axis=-1, keepdims=True)
        p = np.exp(y)
        p /= p.sum(axis=-1, keepdims=True)
        drive = self.drive(p, m)
        if self.self_coupling:  # Σ_μ p_μ ξ_i² = 1: it is the same for every neuron, whatever the gains
            drive = drive - self.self_coupling * g
        return {"x": x, "y": y, "g": g, "m": m, "f": f, "p": p, "drive": drive}

    def relaxations(self, state: State) -> dict[str, tuple[float, np.ndarray]]:
        """(4) and, in y = log p, (6)."""
        return {"x": (rate(self.tau_x), state["drive"]), "y": (self.T * rate(self.tau_p), state["f"] / self.T)}

    def step(self, state: State, h: float) -> State:
        """Neurons with the gains of before, then gains with the neurons of after: two mirror steps, so L never rises."""
        if self.tau_x == 0:
            state = self.settle(state)
            x, g, m, f = (state[name] for name in "xgmf")
        else:
            a = fraction(h, rate(self.tau_x))
            x = state["x"] + a * (state["drive"] - state["x"])
            g = phi(x, self.sigma)
            m = self.overlaps(g)
            f = self.scores(m, state)
        b = fraction(h, self.T * rate(self.tau_p))
        return self._gated(x, g, m, f, self._later(state, f, b))

    def _later(self, state: State, f: np.ndarray, b: float) -> np.ndarray:
        """y after a share b of its way to rest: exact for frozen neurons."""
        return (1 - b) * state["y"] + (b / self.T) * f

    def euler(self, state: State, h: float) -> State:
        """The paper's protocol: explicit Euler on x and p; p (1 + ε) is log p + log(1 + ε), lest small gains underflow."""
        x = state["x"] + h * rate(self.tau_x) * (state["drive"] - state["x"])
        y = state["y"] + np.log1p(h * rate(self.tau_p) * self.advantage(state))
        return self.complete({"x": x, "y": y})

    def advantage(self, state: State) -> np.ndarray:
        """F_μ − Σ_ν p_ν F_ν, the growth rate of a gain in its own time  (6, 7)."""
        F = state["f"] - self.T * state["y"]
        return F - np.sum(state["p"] * F, axis=-1, keepdims=True)

    # what is observed

    def gains(self, state: State) -> np.ndarray:
        return state["p"]

    def attention(self, state: State) -> np.ndarray:
        """π = softmax(f/T), what the gains are chasing  (11)."""
        return softmax(state["f"] / self.T)

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        """L (9) as K·T·KL(p‖π) − K·T·log Z + neurons, π = softmax(f/T), Z = Σ e^{f/T}; K is `strength`."""
        scaled = state["f"] / self.T
        log_Z = np.log(np.sum(np.exp(scaled - scaled.max(axis=-1, keepdims=True)), axis=-1)) + scaled.max(axis=-1)
        return {
            "divergence": self.strength * self.T * self.divergence(state),
            "partition": -self.strength * self.T * log_Z,
            "neurons": self.neurons_energy(state["x"]) + self.own_coupling(state["x"]),
        }

    def energy(self, state: State) -> np.ndarray:
        """L by (9) itself: its terms do not cancel, as the parts do when T is large."""
        p, y = state["p"], state["y"]
        log_p = y - y.max(axis=-1, keepdims=True) + np.log(p.max(axis=-1, keepdims=True))
        gains = (p * (self.T * log_p - state["f"])).sum(axis=-1)
        return self.strength * gains + self.neurons_energy(state["x"]) + self.own_coupling(state["x"])

    def kl(self, state: State) -> np.ndarray:
        return self.divergence(state)

    def divergence(self, state: State) -> np.ndarray:
        """KL(p‖π) as a sum of terms that are none of them negative."""
        pi, log_pi = log_softmax(state["f"] / self.T)
        d = log_softmax(state["y"])[1] - log_pi
        with np.errstate(over="ignore", invalid="ignore"):
            terms = np.where(d > -1, state["p"] * (d + np.expm1(-d)), state["p"] * (d - 1) + pi)
        return np.sum(terms, axis=-1)

    def power_p(self, state: State) -> np.ndarray:
        """P_p = (K/τ_p) Var_p(F)."""
        if self.tau_p == 0:  # gains at rest at every moment follow without cost
            return np.zeros(state["p"].shape[:-1])
        return self.strength * rate(self.tau_p) * np.sum(state["p"] * self.advantage(state) ** 2, axis=-1)

    def at_rest(self, state: State, tolerance: float) -> np.ndarray:
        still = super().at_rest(state, tolerance)
        if math.isinf(self.tau_p) or not still.any():
            return still
        moves = np.abs(state["p"] * self.advantage(state)).max(axis=-1)
        return still & (moves <= tolerance * state["p"].max(axis=-1))

    def longest_euler_step(self) -> float:
        """Beyond it a gain could turn negative: F lies within the range of f and T log K of its mean."""
        return min(self.tau_x, self.tau_p / (self.range_of_f() + self.T * math.log(self.K) + 1e-300))

    def range_of_f(self) -> float:
        return self.N / 2


class LinearMemory(AstrocyteMemory):
    """The paper's linear score f_μ = ⟨ξ_μ, g⟩: τ_x ẋ = −x + Ξp, whose fast-gain limit is the attention read-out."""

    name = "linear"
    title = "linear-score astrocyte memory"
    strength = 1.0
    has_diagonal = False

    def score(self, m: np.ndarray) -> np.ndarray:
        return m

    def drive(self, p: np.ndarray, m: np.ndarray) -> np.ndarray:
        return self.recall(p)

    def range_of_f(self) -> float:
        return 2.0 * self.N
