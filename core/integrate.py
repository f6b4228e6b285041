"""Time grids, integrators, and the loop that takes a batch of trials from their start to rest or to the horizon.

Nothing here knows what is integrated: dynamics offer one `step`, and their variables as relaxations towards goals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np

from core import adaptive
from core.adaptive import falling_step, second_order
from core.between import Between
from core.dynamics import Dynamics, State
from core.parameters import Refusal, parameter

GROWTH = 0.06  # of steps, one after the other, in the default grid
LONGEST_STEP = 0.25  # in the slow end, where longer ones make a run come to rest late
SHORTEST_STEP = 1e-15  # of the horizon: growth from a much shorter one would take for ever
EULER_STEP = 0.001  # that of the paper of retrieval
MOST_STEPS = 5_000_000  # more would take minutes for a single trial
HELD_FRAMES, HELD_SHARE = 5, 0.25  # rest counts as final when it has lasted so many frames and this share of the time before it


class Numerics(Protocol):
    """What settings have to say of a run's numerics: the fields below, one word each in a system that relaxes."""

    @property
    def horizon(self) -> float: ...
    @property
    def integrator(self) -> str: ...
    @property
    def resolution(self) -> float: ...
    @property
    def tolerance(self) -> float: ...


NUMERICS = ("horizon", "integrator", "resolution", "tolerance")


def horizon_field() -> Any:
    return parameter(
        10.0, "t_f", "time at which the run is cut", low=1e-6, high=1e6, shown=(0.1, 1000.0), scale="log", called="horizon"
    )


def integrator_field(**titles: str) -> Any:
    """`titles` say more of an integrator than its usual title does."""
    usual = {"split": "split steps", "adaptive": "adaptive, second order", "euler": "explicit Euler", "reference": "second order"}
    titles = {**usual, **titles}
    return parameter("split", "integrator", "how time is stepped", choices=integrator_names, choices_called=titles)


def resolution_field() -> Any:
    return parameter(
        1.0, "resolution", "divides every step of the time grid",
        low=0.01, high=1e4, shown=(0.25, 10.0), scale="log", called="finer steps",
    )  # fmt: skip


def tolerance_field(
    meaning: str = "a run has converged when everything moves by less than this fraction in its own time",
) -> Any:
    return parameter(
        1e-3, "tol", meaning, low=1e-12, high=0.5, shown=(1e-6, 1e-1), scale="log", called="tolerance of rest"
    )  # fmt: skip


@dataclass(frozen=True)
class Integrator:
    """How one step is made, how long steps are, and whether a batch may end before its horizon."""

    step: Callable[[Dynamics, State, float], State]
    grid: Callable[[Dynamics, Numerics, float], Iterator[tuple[float, float, bool]]]  # (time reached, step, is it a frame?)
    check: Callable[[Dynamics, Numerics], None]
    stops: bool
    adapts: bool = False  # whether each trial has steps of its own, which the grid can only guess


# ----------------------------------------------------------------------------------------------------------------- grids


def geometric_grid(dynamics: Dynamics, settings: Numerics, start: float) -> Iterator[tuple[float, float, bool]]:
    """Steps that start at 0.4 % of the fastest time constant, as a rule, and grow by 6 %: fine where things happen, few in all.

    They outgrow a fast time constant on purpose: split is stable at any step, and what is fast has settled by then.
    """
    h, longest = step_lengths(dynamics, settings, start, dynamics.longest_step())
    t = start
    while t < settings.horizon:
        left = settings.horizon - t
        if left <= 1.5 * h:  # no sliver at the end
            h = left
        t = settings.horizon if h == left else t + h
        yield t, h, True
        h = min(h * (1 + GROWTH / settings.resolution), longest)


def step_lengths(dynamics: Dynamics, settings: Numerics, start: float, most: float = math.inf) -> tuple[float, float]:
    """The first step and the longest, where steps grow."""
    fastest = min([1.0] + [tau for tau in dynamics.times() if tau > 0])
    longest = max(LONGEST_STEP, settings.horizon / 100) / settings.resolution
    longest = min(longest, most / max(1.0, settings.resolution))  # coarser steps do not go beyond what the energy allows
    longest = min(longest, dynamics.longest_shown_step())
    longest = max(longest, (settings.horizon - start) / MOST_STEPS)
    return min(max(dynamics.first_step * fastest / settings.resolution, SHORTEST_STEP * settings.horizon), longest), longest


def likely_grid(dynamics: Dynamics, settings: Numerics, start: float) -> Iterator[tuple[float, float, bool]]:
    """What adaptive steps are likely to cost: no more frames than split steps have, and for each of them two stages."""
    for t, h, frame in geometric_grid(dynamics, settings, start):
        yield t, h / 2, False
        yield t, h / 2, frame


def euler_step(dynamics: Dynamics, settings: Numerics) -> float:
    """The usual step (1e-3, or 0.05 of a time constant of at most 0.01), shortened where a variable could leave its bounds."""
    slowest_allowed = min([math.inf] + [tau for tau in dynamics.times() if tau > 0])
    protocol = 0.05 * slowest_allowed if slowest_allowed <= 0.01 else EULER_STEP
    return min(protocol / settings.resolution, 0.999 * dynamics.longest_euler_step())


def uniform_grid(dynamics: Dynamics, settings: Numerics, start: float) -> Iterator[tuple[float, float, bool]]:
    """Equal steps; frames are thinned to one a per cent of the time gone by, as no eye or file needs ten thousand."""
    steps = math.ceil((settings.horizon - start) / euler_step(dynamics, settings) - 1e-9)
    h = (settings.horizon - start) / steps
    next_frame = 0.0
    for i in range(1, steps + 1):
        frame = i * h >= next_frame or i == steps
        if frame:
            next_frame = max(i * h * 1.01, i * h + 0.5 * h)
        yield start + (settings.horizon - start) * (i / steps), h, frame


# ----------------------------------------------------------------------------------------------------------- integrators


def split_step(dynamics: Dynamics, state: State, h: float) -> State:
    return dynamics.step(state, h)


def explicit_euler_step(dynamics: Dynamics, state: State, h: float) -> State:
    return dynamics.euler(state, h)


def reference_step(dynamics: Dynamics, state: State, h: float) -> State:
    return second_order(dynamics, state, h)[0]


def _any_time_constant(dynamics: Dynamics, settings: Numerics) -> None:
    pass


def _finite_time_constants(dynamics: Dynamics, settings: Numerics) -> None:
    for name in dynamics.time_constants:
        if getattr(settings, name) == 0:
            sentence = f"{name} = 0: it must be above 0 with integrator = '{settings.integrator}'; 'split' takes the true limit"
            raise Refusal(name, 0, "above 0", key="instant", sentence=sentence, integrator=settings.integrator)


def _affordable_euler(dynamics: Dynamics, settings: Numerics) -> None:
    _finite_time_constants(dynamics, settings)
    h = euler_step(dynamics, settings)
    steps = settings.horizon / h if h > 0 else math.inf
    if steps > MOST_STEPS:
        sentence = (
            f"integrator = 'euler': it would need {steps:.2g} steps, and at most {MOST_STEPS:.0e} are made; 'split' needs few"
        )
        raise Refusal("integrator", "euler", "'split'", key="steps", sentence=sentence, steps=steps, most=MOST_STEPS)


INTEGRATORS: dict[str, Integrator] = dict(
    split=Integrator(split_step, geometric_grid, _any_time_constant, stops=True),
    adaptive=Integrator(falling_step, likely_grid, _any_time_constant, stops=True, adapts=True),
    euler=Integrator(explicit_euler_step, uniform_grid, _affordable_euler, stops=False),
    reference=Integrator(reference_step, geometric_grid, _finite_time_constants, stops=True),
)


def integrator_names() -> tuple[str, ...]:
    return tuple(INTEGRATORS)


def planned_steps(dynamics: Dynamics, settings: Numerics, most: int) -> tuple[int, int]:
    """How many steps a run would take to its horizon, and how many frames it would hold, counted no further than one step above
    `most`: for limits."""
    integrator = INTEGRATORS[settings.integrator]
    integrator.check(dynamics, settings)
    held = [frame for _, _, frame in islice(integrator.grid(dynamics, settings, 0.0), most + 1)]
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
    dynamics: Dynamics,
    state: State,
    settings: Numerics,
    seeds: Sequence[int],
    *,
    start: float = 0.0,
    record: Callable[[float, State], None] | None = None,
) -> Ending:
    """Step a batch until each trial has converged or reached the horizon; `record` sees every frame of an undivided batch.

    A trial ends by itself: what becomes of it does not depend on its company.
    """
    integrator = INTEGRATORS[settings.integrator]
    integrator.check(dynamics, settings)
    trials = len(seeds)
    final = {v: np.array(state[v]) for v in dynamics.variables}
    ending = Ending(final, np.full(trials, start), np.full(trials, np.nan), np.zeros(trials, dtype=int))
    if integrator.adapts:
        for trial, seed in enumerate(seeds):
            one = dynamics if trials == 1 else dynamics.take(np.array([trial]))
            alone = {name: array[trial : trial + 1] for name, array in state.items()}
            _adapt(ending, trial, one, alone, settings, seed, start, record)
        return ending
    kick = dynamics.noise(seeds, start)

    active = np.arange(trials)  # which trial each row of the state is
    going = np.ones(trials, dtype=bool)  # by row: rows that have ended stay until it pays to drop them
    since = np.full(trials, np.nan)  # by row: time since which the trial rests
    held = np.zeros(trials, dtype=int)
    some_rest = False  # whether any row rested in the frame before
    if record is not None:
        record(start, state)
    t, steps = start, 0
    for t, h, frame in integrator.grid(dynamics, settings, start):
        state = integrator.step(dynamics, state, h)
        if kick is not None:
            state = kick(dynamics, state, h, active)
        steps += 1
        if not frame:
            continue
        if record is not None:
            record(t, state)
        lost = dynamics.lost(state)
        rest = dynamics.at_rest(state, settings.tolerance)
        if np.count_nonzero(rest):  # the cheapest way to ask whether there is any
            held = np.where(rest, held + 1, 0)
            since = np.where(rest, np.where(np.isnan(since), t, since), np.nan)
            some_rest = True
        else:  # as long as everything moves everywhere
            if some_rest:
                held[:], since[:], some_rest = 0, np.nan, False
            if lost is None:
                continue
        ended = going & (lost if lost is not None else False)
        if integrator.stops:
            ended |= going & (held >= HELD_FRAMES) & (t - since >= HELD_SHARE * (since - start))
        if np.count_nonzero(ended):
            _note(ending, dynamics, state, active, ended, since, t, steps)
            going &= ~ended
            if not going.any():
                return ending
            if lost is not None or going.sum() <= len(active) / 2:  # numbers that run away must not be computed on
                dynamics = dynamics.take(going)
                state = {name: array[going] for name, array in state.items()}
                active, since, held = active[going], since[going], held[going]
                going = np.ones(len(active), dtype=bool)
    _note(ending, dynamics, state, active, going, since, t, steps)
    return ending


def _adapt(
    ending: Ending,
    trial: int,
    dynamics: Dynamics,
    state: State,
    settings: Numerics,
    seed: int,
    start: float,
    record: Callable[[float, State], None] | None,
) -> None:
    """One trial of the batch by steps of its own; since when it rests is told between its frames."""
    first, longest = step_lengths(dynamics, settings, start)
    tolerance = adaptive.TOLERANCE / settings.resolution**2
    kick = dynamics.noise([seed], start)
    if record is not None:
        record(start, state)
    t, since, held, steps = start, math.nan, 0, 0
    last, before = start, state
    for t, state in adaptive.path(dynamics, state, start, settings.horizon, first, longest, tolerance, kick):  # noqa: B020
        steps += 1
        if record is not None:
            record(t, state)
        if dynamics.at_rest(state, settings.tolerance)[0]:
            if not held:
                frames = {name: np.concatenate([before[name], state[name]]) for name in state}
                between = Between(dynamics, np.array([last, t]), frames)
                since = between.date(0, dynamics.at_rest(between.inside(0), settings.tolerance))
            held += 1
            if held >= HELD_FRAMES and t - since >= HELD_SHARE * (since - start):
                break
        else:
            since, held = math.nan, 0
        lost = dynamics.lost(state)
        if lost is not None and lost[0]:
            break
        last, before = t, state
    _note(ending, dynamics, state, np.array([trial]), np.array([True]), np.array([since]), t, steps)


def _note(
    ending: Ending,
    dynamics: Dynamics,
    state: State,
    active: np.ndarray,
    rows: np.ndarray,
    since: np.ndarray,
    t: float,
    steps: int,
) -> None:
    which = active[rows]
    for v in dynamics.variables:
        ending.variables[v][which] = state[v][rows]
    ending.t[which], ending.converged_at[which], ending.steps[which] = t, since[rows], steps
