"""Time grids, integrators, and the loop that takes a batch of trials from their start to rest or to the horizon.

Nothing here knows what is integrated: a memory offers one `step`, and its variables as relaxations towards goals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from core.memories import stream
from core.memory import Memory, State, rate
from core.parameters import Settings
from core.registry import INTEGRATORS, MEMORIES

FIRST_STEP, GROWTH = 0.004, 0.06  # of the default grid: the first step in units of the fastest time constant, and growth a step
LONGEST_STEP = 0.25  # in the slow end, where longer ones make a run come to rest late
SHORTEST_STEP = 1e-15  # of the horizon: growth from a much shorter one would take for ever
EULER_STEP = 0.001  # the paper's
MOST_STEPS = 5_000_000  # more would take minutes for a single trial
HELD_FRAMES, HELD_SHARE = 5, 0.25  # rest counts as final when it has lasted so many frames and this share of the time before it


@dataclass(frozen=True)
class Integrator:
    """How one step is made, how long steps are, and whether a batch may end before its horizon."""

    step: Callable[[Memory, State, float], State]
    grid: Callable[[Memory, Settings, float], Iterator[tuple[float, float, bool]]]  # (time reached, step, is it a frame?)
    check: Callable[[Memory, Settings], None]
    stops: bool


# ----------------------------------------------------------------------------------------------------------------- grids


def geometric_grid(memory: Memory, settings: Settings, start: float) -> Iterator[tuple[float, float, bool]]:
    """Steps that start at 0.4 % of the fastest time constant and grow by 6 %: fine where things happen, few in all.

    They outgrow a fast time constant on purpose: split is stable at any step, and what is fast has settled by then.
    """
    fastest = min([1.0] + [tau for tau in memory.times() if tau > 0])
    longest = min(max(LONGEST_STEP, settings.horizon / 100), memory.longest_step()) / settings.resolution
    if settings.temperature_x > 0:  # a noisy path is drawn at steps that show it
        longest = min(longest, max(0.05 * (settings.tau_x or 1.0), settings.horizon / 1000))
    longest = max(longest, (settings.horizon - start) / MOST_STEPS)
    h = min(max(FIRST_STEP * fastest / settings.resolution, SHORTEST_STEP * settings.horizon), longest)
    t = start
    while t < settings.horizon:
        left = settings.horizon - t
        if left <= 1.5 * h:  # no sliver at the end
            h = left
        t = settings.horizon if h == left else t + h
        yield t, h, True
        h = min(h * (1 + GROWTH / settings.resolution), longest)


def euler_step(memory: Memory, settings: Settings) -> float:
    """The paper's step (1e-3, or 0.05 of a time constant of at most 0.01), shortened where gains could leave the simplex."""
    slowest_allowed = min([math.inf] + [tau for tau in memory.times() if tau > 0])
    protocol = 0.05 * slowest_allowed if slowest_allowed <= 0.01 else EULER_STEP
    return min(protocol / settings.resolution, 0.999 * memory.longest_euler_step())


def uniform_grid(memory: Memory, settings: Settings, start: float) -> Iterator[tuple[float, float, bool]]:
    """Equal steps; frames are thinned to one a per cent of the time gone by, as no eye or file needs ten thousand."""
    steps = math.ceil((settings.horizon - start) / euler_step(memory, settings) - 1e-9)
    h = (settings.horizon - start) / steps
    next_frame = 0.0
    for i in range(1, steps + 1):
        frame = i * h >= next_frame or i == steps
        if frame:
            next_frame = max(i * h * 1.01, i * h + 0.5 * h)
        yield start + (settings.horizon - start) * (i / steps), h, frame


# ----------------------------------------------------------------------------------------------------------- integrators


def split_step(memory: Memory, state: State, h: float) -> State:
    return memory.step(state, h)


def explicit_euler_step(memory: Memory, state: State, h: float) -> State:
    return memory.euler(state, h)


def reference_step(memory: Memory, state: State, h: float) -> State:
    """Exponential Runge–Kutta of second order (ETD2RK) on all variables at once."""
    before = memory.relaxations(state)
    half = {v: state[v] - math.expm1(-h * speed) * (goal - state[v]) for v, (speed, goal) in before.items()}
    after = memory.relaxations(memory.complete(half))
    return memory.complete({v: half[v] + _second_weight(h * before[v][0]) * (after[v][1] - before[v][1]) for v in half})


def _second_weight(z: float) -> float:
    """1 − (1 − e^{−z})/z, by its series where that would cancel."""
    return z / 2 - z * z / 6 + z**3 / 24 if z < 1e-3 else 1 + math.expm1(-z) / z


def _any_time_constant(memory: Memory, settings: Settings) -> None:
    pass


def _finite_time_constants(memory: Memory, settings: Settings) -> None:
    for name in memory.time_constants:
        if getattr(settings, name) == 0:
            raise ValueError(
                f"{name} = 0: it must be above 0 with integrator = '{settings.integrator}'; 'split' takes the true limit"
            )


def _affordable_euler(memory: Memory, settings: Settings) -> None:
    _finite_time_constants(memory, settings)
    h = euler_step(memory, settings)
    steps = settings.horizon / h if h > 0 else math.inf
    if steps > MOST_STEPS:
        raise ValueError(
            f"integrator = 'euler': it would need {steps:.2g} steps, and at most {MOST_STEPS:.0e} are made; 'split' needs few"
        )


INTEGRATORS.update(
    split=Integrator(split_step, geometric_grid, _any_time_constant, stops=True),
    euler=Integrator(explicit_euler_step, uniform_grid, _affordable_euler, stops=False),
    reference=Integrator(reference_step, geometric_grid, _finite_time_constants, stops=True),
)


def planned_steps(settings: Settings, most: int) -> tuple[int, int]:
    """How many steps a run would take to its horizon, and how many frames it would hold, counted no further than one step above
    `most`: for limits."""
    memory = MEMORIES[settings.model](settings, np.zeros((settings.N, settings.K), dtype=np.float32), np.float32)
    integrator = INTEGRATORS[settings.integrator]
    integrator.check(memory, settings)
    held = [frame for _, _, frame in islice(integrator.grid(memory, settings, 0.0), most + 1)]
    return len(held), 1 + sum(held)


# -------------------------------------------------------------------------------------------------------------- the loop


@dataclass
class Ending:
    """How each trial of a batch ended: its final variables, when, since when at rest (NaN: not), after how many steps."""

    variables: State
    t: np.ndarray
    converged_at: np.ndarray
    steps: np.ndarray


def integrate(
    memory: Memory,
    state: State,
    settings: Settings,
    seeds: Sequence[int],
    *,
    start: float = 0.0,
    record: Callable[[float, State], None] | None = None,
) -> Ending:
    """Step a batch until each trial has converged or reached the horizon; `record` sees every frame of an undivided batch.

    A trial ends by itself: what becomes of it does not depend on its company.
    """
    integrator = INTEGRATORS[settings.integrator]
    integrator.check(memory, settings)
    trials = len(seeds)
    final = {v: np.array(state[v]) for v in memory.variables}
    ending = Ending(final, np.full(trials, start), np.full(trials, np.nan), np.zeros(trials, dtype=int))
    kick = _Langevin(settings, seeds, start) if settings.temperature_x > 0 else None

    active = np.arange(trials)  # which trial each row of the state is
    going = np.ones(trials, dtype=bool)  # by row: rows that have ended stay until it pays to drop them
    since = np.full(trials, np.nan)  # by row: time since which the trial rests
    held = np.zeros(trials, dtype=int)
    if record is not None:
        record(start, state)
    t, steps = start, 0
    for t, h, frame in integrator.grid(memory, settings, start):
        state = integrator.step(memory, state, h)
        if kick is not None:
            state = kick(memory, state, h, active)
        steps += 1
        if not frame:
            continue
        if record is not None:
            record(t, state)
        rest = memory.at_rest(state, settings.tolerance)
        if not rest.any():  # as long as anything happens anywhere
            held[:], since[:] = 0, np.nan
            continue
        held = np.where(rest, held + 1, 0)
        since = np.where(rest, np.where(np.isnan(since), t, since), np.nan)
        if not integrator.stops:
            continue
        ended = going & (held >= HELD_FRAMES) & (t - since >= HELD_SHARE * (since - start))
        if ended.any():
            _note(ending, memory, state, active, ended, since, t, steps)
            going &= ~ended
            if not going.any():
                return ending
            if going.sum() <= len(active) / 2:
                memory = memory.take(going)
                state = {name: array[going] for name, array in state.items()}
                active, since, held = active[going], since[going], held[going]
                going = np.ones(len(active), dtype=bool)
    _note(ending, memory, state, active, going, since, t, steps)
    return ending


def _note(ending: Ending, memory: Memory, state: State, active, rows, since, t: float, steps: int) -> None:
    which = active[rows]
    for v in memory.variables:
        ending.variables[v][which] = state[v][rows]
    ending.t[which], ending.converged_at[which], ending.steps[which] = t, since[rows], steps


class _Langevin:
    """White noise on the neurons: exact for a frozen drive, so that x alone would vary by `temperature_x`."""

    def __init__(self, settings: Settings, seeds: Sequence[int], start: float) -> None:
        self.temperature, self.speed = settings.temperature_x, rate(settings.tau_x)
        bent = (int(start * 2**32),) if start else ()  # a run that is gone on from must not meet the same noise again
        self.streams = [stream(seed, "noise", *bent) for seed in seeds]

    def __call__(self, memory: Memory, state: State, h: float, active: np.ndarray) -> State:
        spread = math.sqrt(-self.temperature * math.expm1(-2 * h * self.speed)) if self.speed else 0.0
        noise = np.array([self.streams[trial].standard_normal(memory.N) for trial in active])
        x = (state["x"] + spread * noise).astype(state["x"].dtype)
        return memory.complete({**{v: state[v] for v in memory.variables}, "x": x})
