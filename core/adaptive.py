"""Steps of second order whose length follows the error that they are seen to make, and whose energy cannot rise.

Where a step is too coarse is different in each trial, so trials take these steps one by one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from core.dynamics import Dynamics, Kick, State

TOLERANCE = 1e-3  # of what is seen: how far the first order within a step may be from the second
OF_MOVE, LEAST_TOLERANCE = 0.15, 1e-5  # nor by more than this part of its move, lest it leaves a saddle late
TAKEN = 1.5  # a step whose error is up to so many tolerances is not made again
SAFETY, LEAST, MOST = 0.8, 0.2, 2.0  # a step is this part of the longest one that would do; and its change from one to the next
SHORTEST = 1e-3  # of the time gone by: a jump, such as instant neurons make, is drawn no narrower
ROUNDING = 1e-12  # of the energy


def second_order(dynamics: Dynamics, state: State, h: float) -> tuple[State, float]:
    """A step of second order, and how far the first order within it is off in what is seen."""
    first, second = stages(dynamics, state, h)
    return second, float(np.abs(dynamics.seen(second) - dynamics.seen(first)).max())


def stages(dynamics: Dynamics, state: State, h: float) -> tuple[State, State]:
    """Exponential Runge–Kutta on all variables at once: the step of first order, and that of second (ETD2RK) that it is part of.

    What is instant has no rate: it follows the others within each stage.
    """
    before, half, whole = dynamics.relaxations(state), {}, {}
    for v, (speed, goal) in before.items():
        half[v] = state[v] if math.isinf(speed) else state[v] - math.expm1(-h * speed) * (goal - state[v])
    first = dynamics.at_once(dynamics.complete(half))
    for v, (speed, goal) in dynamics.relaxations(first).items():
        whole[v] = first[v] if math.isinf(speed) else half[v] + second_weight(h * speed) * (goal - before[v][1])
    return first, dynamics.at_once(dynamics.complete(whole))


def second_weight(z: float) -> float:
    """1 − (1 − e^{−z})/z, by its series where that would cancel."""
    return z / 2 - z * z / 6 + z**3 / 24 if z < 1e-3 else 1 + math.expm1(-z) / z


def falling_step(dynamics: Dynamics, state: State, h: float) -> State:
    """A step of second order, or one of `split` where the energy would rise."""
    after, _ = second_order(dynamics, state, h)
    return dynamics.step(state, h) if _rises(_energy(dynamics, state), _energy(dynamics, after)) else after


def path(
    dynamics: Dynamics,
    state: State,
    start: float,
    horizon: float,
    first: float,
    longest: float,
    tolerance: float,
    kick: Kick | None = None,
) -> Iterator[tuple[float, State]]:
    """The states of one trial after each step, until the horizon: the first step and the longest are given."""
    t, h, alone = start, first, np.zeros(1, dtype=int)
    finer = math.sqrt(tolerance / TOLERANCE)  # as steps are, and so what moves in one
    state = dynamics.at_once(state)  # what is instant is there before anything else has moved
    energy, before = _energy(dynamics, state), dynamics.seen(state)
    while t < horizon:
        left = horizon - t
        h = min(h, longest)
        h = left if left <= h else left / 2 if left < 2 * h else h  # no sliver at the end
        after, error = second_order(dynamics, state, h)
        moved = float(np.abs(dynamics.seen(after) - before).max())
        allowed = min(tolerance, max(LEAST_TOLERANCE * finer**2, OF_MOVE * finer * moved))
        change = SAFETY * math.sqrt(allowed / error) if error > 0 else MOST
        if error > TAKEN * allowed and h > max(first, SHORTEST * (t - start)):
            h *= max(LEAST, change)
            continue
        lower = _energy(dynamics, after)
        if _rises(energy, lower):
            if h > dynamics.longest_step():
                h = dynamics.longest_step()
                continue
            after = dynamics.step(state, h)
            lower = _energy(dynamics, after)
        if kick is not None:
            after = kick(dynamics, after, h, alone)
            lower = _energy(dynamics, after)
        state, energy, before = after, lower, dynamics.seen(after)
        t = horizon if h == left else t + h
        yield t, state
        h *= min(MOST, max(LEAST, change))


def _energy(dynamics: Dynamics, state: State) -> float:
    return float(dynamics.energy(state)[0]) if dynamics.has_energy else 0.0


def _rises(energy: float, later: float) -> bool:
    return later - energy > ROUNDING * max(1.0, abs(later))
