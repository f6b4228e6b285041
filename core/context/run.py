"""What a run of the context gate is, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.context.model import RUNAWAY, ContextGate
from core.context.patterns import Trial
from core.context.theory import kappa, needed_margin, tie_coupling
from core.dynamics import softmax
from core.glyphs import GLYPHS, LETTER_SHAPE
from core.run import RelaxingRun

TARGET, OTHER, STRANGER, UNDECIDED, RAN_AWAY, NOT_CONVERGED = OUTCOMES = (
    "target", "other", "stranger", "undecided", "runaway", "not converged",
)  # fmt: skip
TIED = 1e-9  # scores that differ by less are level
HALF, LEAD = 0.5, 2.0  # a pattern is recalled with more than half of the gain, and so many times that of the next


def judge(p: np.ndarray, pairs: np.ndarray, growing: np.ndarray, at_rest: np.ndarray) -> np.ndarray:
    """The outcome of each trial, as its place in OUTCOMES."""
    order = np.argsort(p, axis=-1)
    rows = np.arange(len(p))
    first, second = order[:, -1], order[:, -2]
    clear = (p[rows, first] > HALF) & (p[rows, first] >= LEAD * p[rows, second])
    found = np.select([first == pairs[:, 0], first == pairs[:, 1]], [0, 1], 2)
    found = np.where(clear, found, OUTCOMES.index(UNDECIDED))
    found = np.where(at_rest, found, OUTCOMES.index(NOT_CONVERGED))
    return np.where(growing & ~at_rest, OUTCOMES.index(RAN_AWAY), found)


def grows(dynamics: ContextGate, s: np.ndarray) -> np.ndarray:
    """Whether the gates have run away, or are about to: competition is beyond its critical value."""
    return (np.abs(s).max(axis=-1) > RUNAWAY) | np.broadcast_to(dynamics.gates.eta_min <= 0, s.shape[:1])


@dataclass(frozen=True)
class ContextRun(RelaxingRun):
    """A run of the context gate."""

    trial: Trial

    @property
    def p(self) -> np.ndarray:
        """Gains, (S, K)."""
        return self.state["p"]

    @property
    def s(self) -> np.ndarray:
        return self.variables["s"]

    @property
    def r(self) -> np.ndarray:
        return self.variables["r"]

    @property
    def q(self) -> np.ndarray:
        return self.variables["q"]

    @property
    def names(self) -> tuple[str, ...]:
        K = self.p.shape[1]
        return tuple(GLYPHS) if self.settings["family"] == "glyphs" else tuple(str(k + 1) for k in range(K))

    @property
    def shape(self) -> tuple[int, int] | None:
        """Rows and columns, where patterns are pictures."""
        return LETTER_SHAPE if self.settings["family"] == "glyphs" else None

    @property
    def target(self) -> int:
        return self.trial.target

    @property
    def other(self) -> int:
        return self.trial.other

    @property
    def context(self) -> np.ndarray:
        """u, what the context gives each gate."""
        return np.asarray(self.dynamics.u[0])  # type: ignore[attr-defined]

    @property
    def likeness(self) -> np.ndarray:
        """The mean overlap of each pattern with all that are stored, (K,)."""
        return np.asarray(self.trial.Z.T @ self.trial.Z.mean(axis=1))

    @property
    def is_tied(self) -> bool:
        """Whether nothing that is given tells the pair apart, cue, context or first scores. What is recalled all the same comes
        of the other patterns, which a free cue leans to as well."""
        if self.dynamics.gates.grow:  # type: ignore[attr-defined]
            return False
        given = (self.state["b"][0], self.shares["context"][0], self.r[0])
        return all(abs(float(values[self.target] - values[self.other])) < TIED for values in given)

    @cached_property
    def shares(self) -> dict[str, np.ndarray]:
        """b + λA⁻¹u + λ²A⁻¹p, which r comes to, frame by frame: what the cue, the context and the feedback add to it, (S, K)
        each. Without a state of rest of the gates there is no such sum."""
        gates, lam = self.dynamics.gates, self.settings["lam"]  # type: ignore[attr-defined]
        context = np.broadcast_to(lam * gates.solve(self.context[None]), self.p.shape)
        return {"evidence": self.state["b"], "context": context, "feedback": lam**2 * gates.solve(self.p)}

    @cached_property
    def attention(self) -> np.ndarray:
        """softmax(β(b + λs)): where the gains would rest if gates and cue stood still, (S, K)."""
        return softmax(self.settings["beta"] * (self.state["b"] + self.settings["lam"] * self.s))

    @cached_property
    def powers(self) -> dict[str, np.ndarray]:
        return self.dynamics.powers(self.state)  # type: ignore[attr-defined]

    @cached_property
    def wrong(self) -> np.ndarray:
        """Entries of the cue that have not the target's sign, (S, N)."""
        return self.dynamics.wrong(self.state)  # type: ignore[attr-defined]

    @property
    def needed_margin(self) -> float:
        """The margin with which Theorem 3.1 makes sure of a gain of 0.95."""
        return needed_margin(self.p.shape[1], self.settings["beta"])

    @cached_property
    def needed_score(self) -> np.ndarray:
        """The score at rest with which the target has that margin over the highest of all others, frame by frame."""
        return self._rivals + self.needed_margin

    @cached_property
    def rest_margin(self) -> np.ndarray:
        """By how much the target is ahead of all others in what the scores come to if cue and gains stay as they are, (S,)."""
        return np.asarray(sum(self.shares.values())[:, self.target] - self._rivals)  # type: ignore[index]

    @cached_property
    def _rivals(self) -> np.ndarray:
        scores = sum(self.shares.values())
        return np.asarray(np.delete(scores, self.target, axis=1).max(axis=1))

    @property
    def kappa(self) -> float:
        return kappa(self.dynamics.settings, self.dynamics.gates)  # type: ignore[attr-defined]

    @property
    def tie_coupling(self) -> float:
        """λ_c, at which a tie of the pair breaks by itself."""
        return tie_coupling(self.dynamics.settings, self.dynamics.gates, self.target, self.other)  # type: ignore[attr-defined]

    @property
    def alpha_crit(self) -> float:
        return float(self.dynamics.gates.alpha_crit[0])  # type: ignore[attr-defined]

    @cached_property
    def outcome(self) -> str:
        at_rest = np.array([self.converged_at is not None])
        pair: Any = np.array([[self.target, self.other]])
        return OUTCOMES[int(judge(self.p[-1:], pair, grows(self.dynamics, self.s[-1:]), at_rest)[0])]  # type: ignore[arg-type]

    @property
    def sentence(self) -> str:
        first = int(self.p[-1].argmax())
        name, wanted, gain = self.names[first], self.names[self.target], float(self.p[-1, first])
        since = f", at rest since t = {self.converged_at:.3g}" if self.converged_at is not None else ""
        if self.outcome == RAN_AWAY:
            alpha = self.settings["alpha"]
            return f"The gates run away: competition α = {alpha:g} is above its critical value {self.alpha_crit:.3g}."
        if self.outcome == NOT_CONVERGED:
            return f"Not converged by t = {self.t[-1]:.3g}; {name} holds {gain:.2f} of the gain."
        if self.outcome == UNDECIDED:
            return f"Undecided: the largest gain is {gain:.2f}, of {name}{since}."
        said = f"{name} is recalled with {gain:.2f} of the gain"
        return f"{said}{since}." if first == self.target else f"{said}, and not {wanted}{since}."
