"""The one face of every memory of this system: dynamics of neurons that are driven by stored patterns, and perhaps of more.

A memory holds patterns Ξ beside its constants. A new memory is a new file with one subclass that has a `name`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from core.dynamics import Dynamics, Kick, State, fraction, phi_slope, rate
from core.parameters import Refusal
from core.random import stream
from core.retrieval.names import MEMORIES
from core.retrieval.settings import Settings

REST_ROUNDS = 1000  # at most so many rounds bring instantaneous neurons (τ_x = 0) to rest within a step


class Memory(Dynamics):
    """Patterns Ξ of shape (…, N, K) with the constants of `Settings`."""

    name: ClassVar[str] = ""  # as in simulate(model=name); a subclass with a name can be named everywhere
    title: ClassVar[str] = ""  # as people call it
    time_constants: ClassVar[tuple[str, ...]] = ("tau_x", "tau_p")  # those that this memory knows
    shift_free: ClassVar[tuple[str, ...]] = ("y",)  # the softmax of y = log p does not see it
    largest_N: ClassVar[int | None] = None  # for a memory whose state grows faster than N

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            MEMORIES[cls.name] = cls

    def __init__(self, settings: Settings, patterns: np.ndarray, dtype: type = np.float64) -> None:
        super().__init__(settings, dtype)
        self.Xi: np.ndarray = np.ascontiguousarray(patterns, dtype=dtype)
        self.N, self.K = self.Xi.shape[-2:]
        if self.largest_N is not None and self.N > self.largest_N:
            allowed = f"at most {self.largest_N}"
            sentence = f"N = {self.N}: it must be {allowed} with model = '{self.name}', whose state holds N² gates"
            raise Refusal("N", self.N, allowed, key="largest_N", sentence=sentence, high=self.largest_N, model=self.name)
        self.T, self.sigma = settings.T, settings.sigma
        self.tau_p, self.tau_x = settings.tau_p, settings.tau_x
        self.products = 0  # how many products with Ξ or its transpose were made

    @classmethod
    def trial_size(cls, settings: Settings) -> int:
        """Numbers that one trial keeps in reach during a step: what a batch is bounded by."""
        return settings.N * settings.K + 6 * settings.K + 4 * settings.N

    @classmethod
    def frame_size(cls, settings: Settings) -> int:
        """Numbers that a run holds of one moment, with what is read off it."""
        return 3 * settings.N + 7 * settings.K

    def take(self, trials: np.ndarray | int) -> Self:
        shared = self.Xi.ndim == 2  # by all trials
        return type(self)(self.settings, self.Xi if shared else self.Xi[trials], self.Xi.dtype.type)

    # ------------------------------------------------------------------------------------- what a subclass has to say

    def start(self, cue: np.ndarray) -> State:
        """The complete state at t = 0 for a cue x(0) of shape (…, N)."""
        return self.complete({"x": cue})

    def complete(self, variables: State) -> State:
        """The variables together with all that follows from them; "g" and "m" and "drive" are always among it."""
        raise NotImplementedError

    def relaxations(self, state: State) -> dict[str, tuple[float, np.ndarray]]:
        """For each variable v its (rate, goal): v̇ = rate · (goal − v)."""
        return {"x": (rate(self.tau_x), state["drive"])}

    def step(self, state: State, h: float) -> State:
        """One split step: each variable in turn relaxes exactly towards its frozen goal."""
        if self.tau_x == 0:
            return self.settle(state)
        return self.complete({"x": state["x"] + fraction(h, rate(self.tau_x)) * (state["drive"] - state["x"])})

    def gains(self, state: State) -> np.ndarray:
        """The weight p of each memory, on the simplex; a memory without astrocytes gives those that its read-out implies."""
        raise NotImplementedError

    def attention(self, state: State) -> np.ndarray:
        """π, what the gains would be at rest; implied gains always are."""
        return self.gains(state)

    def power_x(self, state: State) -> np.ndarray:
        """P_x = (1/τ_x) Σ φ'(x_i) (x_i − drive_i)²: energy that the neurons dissipate, ≥ 0."""
        if self.tau_x == 0:  # neurons at rest at every moment follow without cost
            return np.zeros(state["x"].shape[:-1])
        return rate(self.tau_x) * np.sum(phi_slope(state["x"], self.sigma) * (state["x"] - state["drive"]) ** 2, axis=-1)

    def power_p(self, state: State) -> np.ndarray:
        """What is dissipated beside the neurons, ≥ 0."""
        return np.zeros(state["x"].shape[:-1])

    def at_rest(self, state: State, tolerance: float) -> np.ndarray:
        if math.isinf(self.tau_x):
            return np.ones(state["x"].shape[:-1], dtype=bool)
        moves = np.abs(state["drive"] - state["x"]).max(axis=-1)
        return moves <= tolerance * np.maximum(1.0, np.abs(state["x"]).max(axis=-1))

    def observe(self, state: State) -> dict[str, np.ndarray]:
        return {"p": self.gains(state)}

    def residuals(self, state: State) -> dict[str, float]:
        """Of (10), as a fraction of max(1, |x|), and of (11) in the gains themselves; what is frozen need not satisfy its own."""
        x = np.abs(state["x"] - state["drive"]).max() / max(1.0, np.abs(state["x"]).max())
        p = np.abs(self.gains(state) - self.attention(state)).max()
        frozen_x, frozen_p = (math.isinf(tau) for tau in (self.tau_x, self.tau_p))
        return {"x": 0.0 if frozen_x else float(x), "p": 0.0 if frozen_p else float(p)}

    # noise

    def longest_shown_step(self) -> float:
        """A noisy path is drawn at steps that show it."""
        if self.settings.temperature_x == 0:
            return math.inf
        return max(0.05 * (self.tau_x or 1.0), self.settings.horizon / 1000)

    def noise(self, seeds: Sequence[int], start: float) -> Kick | None:
        return Langevin(self.settings, seeds, start) if self.settings.temperature_x > 0 else None

    # ------------------------------------------------------------------------------------------ what all of them share

    def overlaps(self, g: np.ndarray) -> np.ndarray:
        """m = Ξᵀg, of shape (…, K)."""
        self.products += 1
        if self.Xi.ndim == 2:
            return g @ self.Xi
        return np.matmul(g[..., None, :], self.Xi)[..., 0, :]

    def recall(self, weights: np.ndarray) -> np.ndarray:
        """Ξ·weights, of shape (…, N)."""
        self.products += 1
        if self.Xi.ndim == 2:
            return weights @ self.Xi.T
        return np.matmul(self.Xi, weights[..., None])[..., 0]

    def settle(self, state: State) -> State:
        """The neurons brought to rest, everything else frozen: step 1 with its whole length, until it changes nothing."""
        for _ in range(REST_ROUNDS):
            moved = self.complete({**{v: state[v] for v in self.variables}, "x": state["drive"]})
            change = np.abs(moved["x"] - state["x"])
            state = moved
            if np.all(change <= 1e-12 * np.maximum(1.0, np.abs(state["x"]))):
                break
        return state


class Langevin:
    """White noise on the neurons: exact for a frozen drive, so that x alone would vary by `temperature_x`."""

    def __init__(self, settings: Settings, seeds: Sequence[int], start: float) -> None:
        self.temperature, self.speed = settings.temperature_x, rate(settings.tau_x)
        bent = (int(start * 2**32),) if start else ()  # a run that is gone on from must not meet the same noise again
        self.streams = [stream(seed, "noise", *bent) for seed in seeds]

    def __call__(self, memory: Dynamics, state: State, h: float, active: np.ndarray) -> State:
        spread = math.sqrt(-self.temperature * math.expm1(-2 * h * self.speed)) if self.speed else 0.0
        noise = np.array([self.streams[trial].standard_normal(state["x"].shape[-1]) for trial in active])
        x = (state["x"] + spread * noise).astype(state["x"].dtype)
        return memory.complete({**{v: state[v] for v in memory.variables}, "x": x})
