"""A run: the moments that were computed, everything that is observed along them, and how it ended, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.memory import Memory, State

OUTCOMES = ("target", "flipped", "other", "mixture", "not converged")


@dataclass(frozen=True)
class Run:
    """Frames s = 0 … S−1 of one trial. Observables are computed when first asked for, from the states of the frames."""

    t: np.ndarray
    variables: State  # the memory's own variables, frames first
    memory: Memory
    settings: dict[str, Any]  # simulate(**run.settings) repeats the run
    patterns: np.ndarray
    cue: np.ndarray
    names: tuple[str, ...]
    shape: tuple[int, int] | None
    converged_at: float | None
    steps: int
    products: int

    @cached_property
    def state(self) -> State:
        """The complete states of all frames, as the memory completes them from its variables."""
        return self.memory.complete(self.variables)

    @property
    def target(self) -> int:
        return self.settings["target"]

    @property
    def model(self) -> str:
        return self.memory.name

    @property
    def x(self) -> np.ndarray:
        return self.variables["x"]

    @property
    def g(self) -> np.ndarray:
        """Firing rates φ(x)."""
        return self.state["g"]

    @cached_property
    def overlaps(self) -> np.ndarray:
        """m_μ/N, within [−1, 1]."""
        return self.state["m"] / self.memory.N

    @cached_property
    def p(self) -> np.ndarray:
        return self.memory.gains(self.state)

    @cached_property
    def attention(self) -> np.ndarray:
        """π, what the gains are chasing  (11)."""
        return self.memory.attention(self.state)

    @cached_property
    def energy(self) -> np.ndarray:
        return self.memory.energy(self.state)

    @cached_property
    def energy_parts(self) -> dict[str, np.ndarray]:
        return self.memory.energy_parts(self.state)

    @cached_property
    def power_x(self) -> np.ndarray:
        return self.memory.power_x(self.state)

    @cached_property
    def power_p(self) -> np.ndarray:
        return self.memory.power_p(self.state)

    @cached_property
    def error(self) -> np.ndarray:
        """Soft error ½ Σ|ξ_0 − φ(x)|  (13), in neurons."""
        return soft_error(self.patterns[:, self.target], self.g)

    @cached_property
    def hamming(self) -> np.ndarray:
        """The same with sign(x)  (15)."""
        return soft_error(self.patterns[:, self.target], np.sign(self.x))

    @cached_property
    def perplexity(self) -> np.ndarray:
        """exp of the gains' entropy  (14), 1 … K."""
        return perplexity(self.p)

    @cached_property
    def kl(self) -> np.ndarray:
        """KL(p‖π)."""
        return kl_divergence(self.p, self.attention)

    @cached_property
    def attention_gap(self) -> np.ndarray:
        """max_μ |p_μ − π_μ|."""
        return np.abs(self.p - self.attention).max(axis=-1)

    @cached_property
    def rises(self) -> np.ndarray:
        """How much the energy rose from each frame to the next (0 where it fell or only rounding moved it)."""
        rise = np.diff(self.energy)
        return np.where(rise > 1e-12 * np.maximum(1.0, np.abs(self.energy[1:])), rise, 0.0)

    @property
    def largest_rise(self) -> float:
        return float(self.rises.max(initial=0.0))

    @property
    def stochastic(self) -> bool:
        return self.settings["temperature_x"] > 0

    @cached_property
    def outcome(self) -> str:
        rest = np.array([self.converged_at is not None])
        return OUTCOMES[int(judge(self.patterns[None], self.x[-1:], self.target, rest)[0])]

    @cached_property
    def sentence(self) -> str:
        """How the run ended, for people."""
        wrong = self.hamming[-1]
        state = f"{wrong:g} of {self.memory.N} neurons {'is' if wrong == 1 else 'are'} wrong"
        text = {
            "target": "the target is recalled",
            "flipped": "the target's mirror image is recalled: the score cannot tell the two apart",
            "other": f"another memory is recalled, and {state}",
            "mixture": f"the network rests in no stored memory, and {state}",
            "not converged": f"not converged by t = {self.t[-1]:.3g}; {state}",
        }[self.outcome]
        if self.outcome != "not converged":
            text += f"; at rest since t = {self.converged_at:.3g}"
        if self.stochastic:
            text += "; the neurons are noisy, so the energy may rise"
        return text[0].upper() + text[1:] + "."

    @property
    def counts(self) -> dict[str, int]:
        """The work: steps taken, and products with the patterns."""
        return {"steps": self.steps, "products": self.products}


def soft_error(target: np.ndarray, g: np.ndarray) -> np.ndarray:
    """½ Σ|ξ − g| over the neurons."""
    return np.sum(np.abs(target - g), axis=-1) / 2


def perplexity(p: np.ndarray) -> np.ndarray:
    """exp(H[p])."""
    return np.exp(-np.sum(p * np.log(np.maximum(p, np.finfo(p.dtype).tiny)), axis=-1))


def kl_divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """KL(p‖q), with terms too small for a float counted as the smallest float."""
    tiny = np.finfo(p.dtype).tiny
    d = np.log(np.maximum(p, tiny)) - np.log(np.maximum(q, tiny))
    return np.maximum(0.0, np.sum(p * d, axis=-1))


def judge(patterns: np.ndarray, x: np.ndarray, target: int, at_rest: np.ndarray) -> np.ndarray:
    """Index into OUTCOMES for each trial: patterns (B, N, K), final x (B, N), whether it came to rest (B,)."""
    signs = np.sign(x).astype(np.float32)
    m = np.matmul(signs[:, None, :], patterns.astype(np.float32, copy=False))[:, 0, :]
    N = patterns.shape[1]
    conditions = [~at_rest, m[:, target] == N, m[:, target] == -N, (np.abs(m) == N).any(axis=-1)]
    return np.select(conditions, [4, 0, 1, 2], default=3)
