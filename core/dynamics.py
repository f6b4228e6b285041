"""The one face of every system that relaxes, and the few formulas that such systems share.

Dynamics hold constants (and what was drawn for them); they have no running state. A *state* is a dict of named arrays whose
leading axis is a batch of trials, or the frames of a run, or is not there: so formulas count axes from the end. It holds the
`variables`, and what follows from them, filled in by `complete`.
Every variable v relaxes, τ v̇ = goal − v at its own rate, towards a goal that the others set; split steps, the reference
integrator and explicit Euler all read that one description, `relaxations`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self, cast

import numpy as np

State = dict[str, np.ndarray]
NO_TIME = 5e-324  # the shortest step there is: within it only what is instant moves
Kick = Callable[["Dynamics", State, float, np.ndarray], State]  # (dynamics, state, step, trial of each row) → state


class Dynamics:
    """Equations with the constants of their settings, for a batch of trials."""

    variables: ClassVar[tuple[str, ...]] = ("x",)
    time_constants: ClassVar[tuple[str, ...]] = ()  # the settings that are time constants: 0 is instant, inf frozen
    shift_free: ClassVar[tuple[str, ...]] = ()  # variables of which a common shift means nothing, such as y = log p
    has_energy: ClassVar[bool] = True
    first_step: ClassVar[float] = 0.004  # of steps that grow, in units of the fastest time constant

    def __init__(self, settings: Any, dtype: type = np.float64) -> None:
        self.settings, self.dtype = settings, dtype

    # ------------------------------------------------------------------------------------- what a subclass has to say

    def start(self, given: Any) -> State:
        """The complete state at t = 0 of trials of which their system gives the seeds, or what it draws for them."""
        raise NotImplementedError

    def complete(self, variables: State) -> State:
        """The variables together with all that follows from them."""
        return {v: variables[v] for v in self.variables}

    def relaxations(self, state: State) -> dict[str, tuple[float, np.ndarray]]:
        """For each variable v its (rate, goal): v̇ = rate · (goal − v)."""
        raise NotImplementedError

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        """The energy, part by part: their sum is what never rises. Nothing where there is no energy."""
        raise NotImplementedError

    def observe(self, state: State) -> dict[str, np.ndarray]:
        """What is read off a state, by name: one entry for each trial or frame, or one row."""
        return {}

    # -------------------------------------------------------------------------------------- what a subclass may do better

    def take(self, trials: np.ndarray | int) -> Self:
        """The same dynamics for these trials of the batch only; whoever holds arrays for each trial has to say which."""
        return self

    def step(self, state: State, h: float) -> State:
        """One split step: each variable in turn relaxes exactly towards its goal, frozen meanwhile."""
        for v in self.variables:
            speed, goal = self.relaxations(state)[v]
            moved = state[v] + fraction(h, speed) * (goal - state[v])
            state = self.complete({**{w: state[w] for w in self.variables}, v: moved})
        return state

    def at_once(self, state: State) -> State:
        """The state with all that is instant (a time constant of 0) where the rest of it has it; nothing else moves."""
        return self.step(state, NO_TIME) if 0 in self.times() else state

    def seen(self, state: State) -> np.ndarray:
        """What a plot shows of a state, as numbers of order 1 along the last axis: by it the error of a step is judged."""
        lead = state[self.variables[0]].shape[:1]
        return np.concatenate([state[v].reshape(*lead, -1) for v in self.variables], axis=-1)

    def euler(self, state: State, h: float) -> State:
        """One explicit Euler step."""
        relaxations = self.relaxations(state).items()
        return self.complete({v: state[v] + h * speed * (goal - state[v]) for v, (speed, goal) in relaxations})

    def energy(self, state: State) -> np.ndarray:
        return cast(np.ndarray, sum(self.energy_parts(state).values()))

    def at_rest(self, state: State, tolerance: float) -> np.ndarray:
        """Whether everything moves by less than the tolerance, as a fraction of its size, in its own time constant."""
        still = np.ones(len(state[self.variables[0]]), dtype=bool)
        for v, (speed, goal) in self.relaxations(state).items():
            if speed > 0:
                still &= _largest(goal - state[v]) <= tolerance * np.maximum(1.0, _largest(state[v]))
                if not still.any():
                    break
        return still

    def lost(self, state: State) -> np.ndarray | None:
        """Which trials have run away and are to end at once, as not converged; None where none can."""
        return None

    def longest_step(self) -> float:
        """The longest split step for which the energy is known not to rise."""
        return math.inf

    def longest_euler_step(self) -> float:
        """The longest explicit step that keeps every variable within its bounds."""
        return min(self.times(), default=math.inf)

    def longest_shown_step(self) -> float:
        """The longest step that still shows the path, where that is not smooth; the resolution has no say in it."""
        return math.inf

    def noise(self, seeds: Sequence[int], start: float) -> Kick | None:
        """What is added to the state after each step of the trials with these seeds, if anything is."""
        return None

    def residuals(self, state: State) -> dict[str, float]:
        """How far each variable of a single state is from its goal, as a fraction of its size; 0 for one that is frozen."""
        found = {}
        for v, (speed, goal) in self.relaxations(state).items():
            away = np.abs(goal - state[v]).max() / max(1.0, np.abs(state[v]).max())
            found[v] = float(away) if speed > 0 else 0.0
        return found

    def times(self) -> list[float]:
        return [getattr(self.settings, name) for name in self.time_constants]


def _largest(array: np.ndarray) -> np.ndarray:
    """The largest absolute value of each trial or frame."""
    return np.abs(array).reshape(len(array), -1).max(axis=-1)


def phi(x: np.ndarray, sigma: float) -> np.ndarray:
    """Firing rates φ(x) = tanh(σx)."""
    return np.tanh(sigma * x)


def phi_slope(x: np.ndarray, sigma: float) -> np.ndarray:
    """φ'(x) = σ/cosh²(σx), without the cancellation of 1 − tanh²."""
    e = np.exp(-2 * sigma * np.abs(x))
    return 4 * sigma * e / (1 + e) ** 2


def neuron_energy(x: np.ndarray, sigma: float, axis: int | tuple[int, ...] = -1) -> np.ndarray:
    """Σ [x g − (1/σ) log cosh(σx)], written so that nothing overflows and large terms do not cancel."""
    z = np.abs(x)
    e = np.exp(-2 * sigma * z)
    return ((math.log(2) - np.log1p(e)) / sigma - 2 * z * e / (1 + e)).sum(axis=axis)


def softmax(y: np.ndarray) -> np.ndarray:
    """softmax(y) along the last axis."""
    e = y - np.maximum.reduce(y, axis=-1, keepdims=True)
    np.exp(e, out=e)
    e /= np.add.reduce(e, axis=-1, keepdims=True)
    return e


def log_softmax(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(softmax(y), log softmax(y)) along the last axis."""
    z = y - np.maximum.reduce(y, axis=-1, keepdims=True)
    e = np.exp(z)
    total = np.add.reduce(e, axis=-1, keepdims=True)
    e /= total
    z -= np.log(total)
    return e, z


def rate(tau: float) -> float:
    """1/τ, with the true limits τ = 0 and τ = ∞."""
    return math.inf if tau == 0 else 1 / tau


def fraction(h: float, speed: float) -> float:
    """1 − e^{−h·speed}, the share of the way to a frozen goal that a step h takes: 0 if frozen, 1 if instant."""
    return 0.0 if speed == 0 else -math.expm1(-h * speed)
