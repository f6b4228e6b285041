"""The one face of every memory, and the few formulas they all share.

A memory holds patterns Ξ and constants; it has no running state. A *state* is a dict of named arrays whose leading axes are a
batch: the memory's own `variables`, and what follows from them (rates g, overlaps m, gains p …), filled in by `complete`.
Every variable v relaxes, τ v̇ = goal − v at its own rate, towards a goal that the others set; split steps, the reference
integrator and explicit Euler all read that one description. A new memory is a new file with one subclass that has a `name`.
"""

from __future__ import annotations

import math

import numpy as np

from core.parameters import Settings
from core.registry import MEMORIES

State = dict[str, np.ndarray]
REST_ROUNDS = 1000  # at most so many rounds bring instantaneous neurons (τ_x = 0) to rest within a step


class Memory:
    """Patterns Ξ of shape (…, N, K) with the constants of `Settings`."""

    name: str = ""  # as in simulate(model=name); a subclass with a name can be named everywhere
    title: str = ""  # as people call it
    variables: tuple[str, ...] = ("x",)
    time_constants: tuple[str, ...] = ("tau_x", "tau_p")  # those that this memory knows
    largest_N: int | None = None  # for a memory whose state grows faster than N

    def __init_subclass__(cls, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        if "name" in cls.__dict__:
            MEMORIES[cls.name] = cls

    def __init__(self, settings: Settings, patterns: np.ndarray, dtype: type = np.float64) -> None:
        self.Xi = np.ascontiguousarray(patterns, dtype=dtype)
        self.N, self.K = self.Xi.shape[-2:]
        if self.largest_N is not None and self.N > self.largest_N:
            raise ValueError(
                f"N = {self.N}: it must be at most {self.largest_N} with model = '{self.name}', whose state holds N² gates"
            )
        self.settings = settings
        self.T, self.sigma = settings.T, settings.sigma
        self.tau_p, self.tau_x = settings.tau_p, settings.tau_x
        self.products = 0  # how many products with Ξ or its transpose were made

    @classmethod
    def trial_size(cls, N: int, K: int) -> int:
        """Numbers that one trial keeps in reach during a step: what a batch is bounded by."""
        return N * K + 6 * K + 4 * N

    @classmethod
    def frame_size(cls, N: int, K: int) -> int:
        """Numbers that a run holds of one moment, with what is read off it."""
        return 3 * N + 7 * K

    def times(self) -> list[float]:
        return [getattr(self, name) for name in self.time_constants]

    def take(self, trials: np.ndarray | int) -> Memory:
        """The same memory for these trials of the batch only."""
        return type(self)(self.settings, self.Xi[trials], self.Xi.dtype.type)

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

    def euler(self, state: State, h: float) -> State:
        """One explicit Euler step."""
        relaxations = self.relaxations(state).items()
        return self.complete({v: state[v] + h * speed * (goal - state[v]) for v, (speed, goal) in relaxations})

    def gains(self, state: State) -> np.ndarray:
        """The weight p of each memory, on the simplex; a memory without astrocytes gives those that its read-out implies."""
        raise NotImplementedError

    def attention(self, state: State) -> np.ndarray:
        """π, what the gains would be at rest; implied gains always are."""
        return self.gains(state)

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        """The energy, part by part: their sum is what never rises."""
        raise NotImplementedError

    def energy(self, state: State) -> np.ndarray:
        return sum(self.energy_parts(state).values())

    def power_x(self, state: State) -> np.ndarray:
        """P_x = (1/τ_x) Σ φ'(x_i) (x_i − drive_i)²: energy that the neurons dissipate, ≥ 0."""
        if self.tau_x == 0:  # neurons at rest at every moment follow without cost
            return np.zeros(state["x"].shape[:-1])
        return rate(self.tau_x) * np.sum(phi_slope(state["x"], self.sigma) * (state["x"] - state["drive"]) ** 2, axis=-1)

    def power_p(self, state: State) -> np.ndarray:
        """What is dissipated beside the neurons, ≥ 0."""
        return np.zeros(state["x"].shape[:-1])

    def at_rest(self, state: State, tolerance: float) -> np.ndarray:
        """Whether everything moves by less than the tolerance, as a fraction of its size, in its own time constant."""
        if math.isinf(self.tau_x):
            return np.ones(state["x"].shape[:-1], dtype=bool)
        moves = np.abs(state["drive"] - state["x"]).max(axis=-1)
        return moves <= tolerance * np.maximum(1.0, np.abs(state["x"]).max(axis=-1))

    def longest_step(self) -> float:
        """The longest split step for which the energy is known not to rise."""
        return math.inf

    def longest_euler_step(self) -> float:
        """The longest explicit step that keeps every variable within its bounds."""
        return min(self.times())

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
    return np.sum((math.log(2) - np.log1p(e)) / sigma - 2 * z * e / (1 + e), axis=axis)


def log_softmax(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(softmax(y), log softmax(y)) along the last axis."""
    z = y - y.max(axis=-1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=-1, keepdims=True)
    return e / total, z - np.log(total)


def rate(tau: float) -> float:
    """1/τ, with the true limits τ = 0 and τ = ∞."""
    return math.inf if tau == 0 else 1 / tau


def fraction(h: float, speed: float) -> float:
    """1 − e^{−h·speed}, the share of the way to a frozen goal that a step h takes: 0 if frozen, 1 if instant."""
    return 0.0 if speed == 0 else -math.expm1(-h * speed)
