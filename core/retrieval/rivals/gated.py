"""Our own extension: astrocytes with a context gate. Neither paper has it; each has one half.

The memories of Vivet & Arenas (arXiv:2604.25481) get the gates of Choraria et al. (arXiv:2605.10970) as one more variable s, with
one gate for each stored pattern; A = (1 − α) I + α ΞᵀΞ/N, and u is what a context that is given says for each pattern.

    score    f = the memory's own + λ s                   gates    τ_s ṡ = u + λ p − A s
    energy   the memory's own + strength · (½ sᵀA s − u·s), strength being the factor before ⟨p, f⟩

The drive of the neurons stays as it is. The gates' flow is that of the energy itself for gains that are held, and the two steps
that follow are the memory's own with f shifted by what is constant meanwhile; so the energy falls, however long a step is.
A gain follows the same equation as a score r of the context gate: y = βr with T = 1/β and τ_r = τ_p/T.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Self

import numpy as np

from core.dynamics import State, rate
from core.gates import Gates, longest_linear_step, relative
from core.glyphs import GLYPHS
from core.retrieval.model import AstrocyteMemory, LinearMemory
from core.retrieval.settings import Settings


class _Gated(AstrocyteMemory):
    """What both scores have in common."""

    variables = ("x", "y", "s")
    time_constants = ("tau_x", "tau_p", "tau_s")

    @classmethod
    def trial_size(cls, settings: Settings) -> int:
        return super().trial_size(settings) + settings.K * min(settings.N, settings.K) + 6 * settings.K

    @classmethod
    def frame_size(cls, settings: Settings) -> int:
        return super().frame_size(settings) + 2 * settings.K

    def take(self, trials: np.ndarray | int) -> Self:
        taken = super().take(trials)
        if "gates" in self.__dict__:  # they are costly to find
            taken.gates = self.gates.take(trials)
        return taken

    @cached_property
    def gates(self) -> Gates:
        patterns = self.Xi if self.Xi.ndim == 3 else self.Xi[None]
        return Gates(patterns / np.asarray(math.sqrt(self.N), self.Xi.dtype), self.settings.alpha)

    @cached_property
    def u(self) -> np.ndarray:
        """What the context says for each pattern, (K,)."""
        return (self.settings.u0 * named(self.settings)).astype(self.Xi.dtype)

    # --------------------------------------------------------------------------------------------------------- dynamics

    def complete(self, variables: State) -> State:
        """Gates that nothing is said of are at 0."""
        s = variables["s"] if "s" in variables else np.zeros_like(variables["y"])
        return {**super().complete({**variables, "s": s}), "s": s}

    def scores(self, m: np.ndarray, state: State) -> np.ndarray:
        return self.score(m) + self.settings.lam * state["s"]

    def relaxations(self, state: State) -> dict[str, tuple[float, np.ndarray]]:
        return {**super().relaxations(state), "s": (rate(self.settings.tau_s), state["s"] + self._away(state))}

    def _away(self, state: State) -> np.ndarray:
        """u + λp − A s, which is 0 where the gates rest."""
        return self.u + self.settings.lam * state["p"] - self._times(state["s"])

    def _times(self, s: np.ndarray) -> np.ndarray:
        """A s, also for the one row of a single trial."""
        return _rowwise(self.gates.times, s)

    def step(self, state: State, h: float) -> State:
        """Gates with the gains of before, exactly; then the memory's own step with these gates."""
        pull = self.u + self.settings.lam * state["p"]
        both = np.stack([state["s"], pull])
        if state["s"].ndim == 1:
            both = both[:, None]
        s = self.gates.exact_step(both[0], both[1], h / self.settings.tau_s).reshape(state["s"].shape)
        before = {**state, "s": s}
        if self.tau_x == 0:  # neurons that have nothing to settle leave the score as they find it
            before = self.complete({v: before[v] for v in self.variables})
        return {**super().step(before, h), "s": s}

    def euler(self, state: State, h: float) -> State:
        """On y = log p and not on p itself: gates may push a gain by more than a step on p could take."""
        relaxations = self.relaxations(state).items()
        return self.complete({v: state[v] + h * speed * (goal - state[v]) for v, (speed, goal) in relaxations})

    def longest_euler_step(self) -> float:
        return min(self.tau_x, self.tau_p / self.T, self.settings.tau_s / self._stiffest)

    def longest_step(self) -> float:
        """Split steps may be of any length."""
        longest = super().longest_step()
        is_limited = self.settings.integrator == "reference"
        return min(longest, longest_linear_step(self.settings.tau_s, self._stiffest)) if is_limited else longest

    @property
    def _stiffest(self) -> float:
        """The largest eigenvalue of A; of patterns that are not drawn yet, what it would be if they were all alike."""
        alpha = self.settings.alpha
        return self.gates.eta_max if self.Xi.any() else 1 - alpha + alpha * self.K

    def seen(self, state: State) -> np.ndarray:
        """Gates beside the rest, as a part of the largest."""
        return np.concatenate([super().seen(state), relative(state["s"], self.settings.u0)], axis=-1)

    # ------------------------------------------------------------------------------------------------- what is observed

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        return {**super().energy_parts(state), "gates": self.gates_energy(state)}

    def energy(self, state: State) -> np.ndarray:
        return np.asarray(super().energy(state) + self.gates_energy(state))

    def gates_energy(self, state: State) -> np.ndarray:
        """strength · (½ sᵀA s − u·s); what couples gates and gains is among the score's part."""
        s = state["s"]
        return np.asarray(self.strength * (s * (self._times(s) / 2 - self.u)).sum(axis=-1))

    def power_p(self, state: State) -> np.ndarray:
        """Gains and gates together."""
        gates = self.strength * rate(self.settings.tau_s) * np.sum(self._away(state) ** 2, axis=-1)
        return np.asarray(super().power_p(state) + gates)

    def at_rest(self, state: State, tolerance: float) -> np.ndarray:
        still = super().at_rest(state, tolerance)
        if not still.any():
            return still
        size = np.maximum(1.0, np.abs(state["s"]).max(axis=-1))
        return still & (np.abs(self._away(state)).max(axis=-1) <= tolerance * size)

    def residuals(self, state: State) -> dict[str, float]:
        size = max(1.0, float(np.abs(state["s"]).max()))
        return {**super().residuals(state), "s": float(np.abs(self._away(state)).max()) / size}


class GatedMemory(_Gated, AstrocyteMemory):
    """The squared score, ours with the gates."""

    name = "gated"
    title = "astrocyte-gated memory with a context (ours)"


class GatedLinearMemory(_Gated, LinearMemory):
    """The linear score, ours with the gates."""

    name = "gated-linear"
    title = "linear-score astrocyte memory with a context (ours)"


def named(settings: Settings) -> np.ndarray:
    """Which patterns the context names: 1 for those, 0 for all others."""
    if settings.context == "target":
        return (np.arange(settings.K) == settings.target).astype(float)
    digit = np.array([glyph.isdigit() for glyph in GLYPHS])[: settings.K]
    return {"letters": ~digit, "digits": digit}.get(settings.context, np.zeros(settings.K)).astype(float)


def _rowwise(function: Callable[[np.ndarray], np.ndarray], s: np.ndarray) -> np.ndarray:
    """Of a function that takes rows, also for one row alone; in the precision that was given."""
    return function(s if s.ndim > 1 else s[None]).reshape(s.shape).astype(s.dtype, copy=False)
