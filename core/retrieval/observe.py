"""What is read off a run of this system: how near the target it is, what the gains do, and how it ended, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.equilibria import Equilibrium
from core.retrieval.memory import Memory
from core.run import RelaxingRun

OUTCOMES = ("target", "flipped", "other", "mixture", "not converged", "silent")
SILENT = 0.01  # rates below which no neuron says anything: what is left of x there only fades
NARROW = ("energy", "power_x", "power_p", "error", "hamming", "perplexity", "kl", "attention_gap")  # one number a frame
WIDE = ("g", "overlaps", "p", "attention")  # one row a frame


@dataclass(frozen=True)
class RetrievalRun(RelaxingRun):
    """One trial of recall, with what it was given."""

    dynamics: Memory
    patterns: np.ndarray
    cue: np.ndarray
    names: tuple[str, ...]
    shape: tuple[int, int] | None
    products: int  # with the patterns or their transpose; 0 for a run that was read from a file

    @property
    def memory(self) -> Memory:
        return self.dynamics

    @property
    def observables(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in (*NARROW, *WIDE)}

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
        return self.memory.kl(self.state)

    @cached_property
    def attention_gap(self) -> np.ndarray:
        """max_μ |p_μ − π_μ|."""
        return np.abs(self.p - self.attention).max(axis=-1)

    @property
    def stochastic(self) -> bool:
        return self.settings["temperature_x"] > 0

    @cached_property
    def outcome(self) -> str:
        rest = np.array([self.converged_at is not None])
        return OUTCOMES[int(judge(self.patterns[None], self.x[-1:], self.g[-1:], self.target, rest)[0])]

    @cached_property
    def sentence(self) -> str:
        wrong = self.hamming[-1]
        state = f"{wrong:g} of {self.memory.N} neurons {'is' if wrong == 1 else 'are'} wrong"
        text = {
            "target": "the target is recalled",
            "flipped": "the target's mirror image is recalled: the score cannot tell the two apart",
            "other": f"another memory is recalled, and {state}",
            "mixture": f"the network rests in no stored memory, and {state}",
            "silent": "the network falls silent: its neurons drive each other too little to fire",
            "not converged": f"not converged by t = {self.t[-1]:.3g}; {state}",
        }[self.outcome]
        if self.outcome != "not converged":
            text += f"; at rest since t = {self.converged_at:.3g}"
        if self.stochastic:
            text += "; the neurons are noisy, so the energy may rise"
        return text[0].upper() + text[1:] + "."

    @property
    def counts(self) -> dict[str, int]:
        """Steps taken, and products with the patterns."""
        return {"steps": self.steps, "products": self.products}


def soft_error(target: np.ndarray, g: np.ndarray) -> np.ndarray:
    """½ Σ|ξ − g| over the neurons."""
    return np.sum(np.abs(target - g), axis=-1) / 2


def perplexity(p: np.ndarray) -> np.ndarray:
    """exp(H[p])."""
    return np.exp(-np.sum(p * np.log(np.maximum(p, np.finfo(p.dtype).tiny)), axis=-1))


def judge(patterns: np.ndarray, x: np.ndarray, g: np.ndarray, target: int, at_rest: np.ndarray) -> np.ndarray:
    """Index into OUTCOMES for each trial: patterns (B, N, K), final x and rates (B, N), whether it came to rest (B,)."""
    signs = np.sign(x).astype(np.float32)
    m = np.matmul(signs[:, None, :], patterns.astype(np.float32, copy=False))[:, 0, :]
    N = patterns.shape[1]
    silent = np.abs(g).max(axis=-1) < SILENT
    conditions = [~at_rest, silent, m[:, target] == N, m[:, target] == -N, (np.abs(m) == N).any(axis=-1)]
    return np.select(conditions, [4, 5, 0, 1, 2], default=3)


@dataclass(frozen=True)
class RetrievalEquilibrium(Equilibrium):
    """x* = W(p*) φ(x*) (10) and p* = softmax(f(x*)/T) (11), to the residuals given."""

    @property
    def x(self) -> np.ndarray:
        return self.state["x"]

    @property
    def p(self) -> np.ndarray:
        return self.observed["p"]

    @property
    def residual_x(self) -> float:
        """max |x − W(p) g|, as a fraction of max(1, |x|)."""
        return self.residuals["x"]

    @property
    def residual_p(self) -> float:
        """max |p − softmax(f/T)|; a frozen gain (τ_p = ∞) need not satisfy (11)."""
        return self.residuals["p"]
