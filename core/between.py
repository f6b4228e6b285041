"""The path of a trial between its frames: dates of what happens there, and frames where straight lines would miss it.

Within an interval the goal of each variable moves evenly, so that the variable arrives where the next frame has it. Steps of
second order are just that, and so is a split step, whose goals stand still.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from core.adaptive import ROUNDING
from core.dynamics import Dynamics, State

CHORD = 2e-3  # a straight line between two frames is off by no more of what is seen, nor by more of the energy's range
PROBES = (0.3, 0.7)  # where in an interval lines are compared with the path
MOST_PIECES = 16
BLOCK = 64  # intervals that are looked at together: states may be large
FINE = 32  # moments of an interval that are looked at for a date


class Between:
    """The path between frames, which are complete states of one trial at the times t."""

    def __init__(self, dynamics: Dynamics, t: np.ndarray, state: State) -> None:
        self.dynamics, self.t, self.state = dynamics, t, state
        self._relaxations = dynamics.relaxations(state)
        self._lengths = np.diff(t)

    @cached_property
    def seen(self) -> np.ndarray:
        return self.dynamics.seen(self.state)

    @cached_property
    def energy(self) -> np.ndarray:
        return self.dynamics.energy(self.state)

    def states(self, rows: np.ndarray, shares: np.ndarray) -> State:
        """Complete states: of each interval, counted by the frame at its left, at this share of its length."""
        moved = {}
        for v, (speed, goal) in self._relaxations.items():
            left, right = self.state[v][rows], self.state[v][rows + 1]
            if speed == 0 or math.isinf(speed):
                z = np.zeros(len(rows))
            else:
                z = speed * self._lengths[rows]
            sides = (len(rows), *(1,) * (left.ndim - 1))
            away = goal[rows] - left if 0 < speed < math.inf else 0.0
            missing = right - left + np.expm1(-z).reshape(sides) * away
            later = shares * _ratio(shares, z)
            moved[v] = left - np.expm1(-z * shares).reshape(sides) * away + later.reshape(sides) * missing
        return self.dynamics.at_once(self.dynamics.complete(moved))

    def inside(self, row: int) -> State:
        """Moments evenly spread within an interval, from which `date` is told what holds there."""
        return self.states(np.full(FINE - 1, row), np.arange(1, FINE) / FINE)

    def date(self, row: int, holds: np.ndarray) -> float:
        """When something began that holds at the end of an interval, and at these of the moments inside."""
        failing = np.flatnonzero(~holds)
        place = (failing[-1] + 1 if len(failing) else 0) + 0.5
        return float(self.t[row] + self._lengths[row] * place / FINE)


def _ratio(shares: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The weight of a goal's movement after a share of an interval, as a part of that after the whole."""
    small = z < 1e-4
    z = np.where(small, 1.0, z)
    part = z * shares
    return np.where(small, shares, (1 + np.expm1(-part) / part) / (1 + np.expm1(-z) / z))


def with_frames_between(dynamics: Dynamics, t: np.ndarray, state: State) -> tuple[np.ndarray, State]:
    """The frames, and more where a straight line from one to the next leaves the path, on a linear or on a logarithmic axis of
    time. A frame at which the energy would not lie between its neighbours' is left out."""
    between = Between(dynamics, t, state)
    count = len(t) - 1
    if count < 1:
        return t, state
    blocks = np.array_split(np.arange(count), math.ceil(count / BLOCK))
    pieces = np.concatenate([_pieces(between, block) for block in blocks])
    rows = np.repeat(np.arange(count), pieces - 1)
    if not len(rows):
        return t, state
    shares = np.concatenate([np.arange(1, n) / n for n in pieces])
    more = between.states(rows, shares)
    if dynamics.has_energy:
        kept = _falling(between.energy, dynamics.energy(more), rows)
        rows, shares, more = rows[kept], shares[kept], {name: array[kept] for name, array in more.items()}
    times = np.concatenate([t, t[rows] + shares * np.diff(t)[rows]])
    order = np.argsort(times, kind="stable")
    return times[order], {v: np.concatenate([state[v], more[v]])[order] for v in dynamics.variables}


def _pieces(between: Between, intervals: np.ndarray) -> np.ndarray:
    """Into how many lines each interval is to be divided."""
    rows, shares = np.repeat(intervals, len(PROBES)), np.tile(PROBES, len(intervals))
    dynamics, t = between.dynamics, between.t
    probed = between.states(rows, shares)
    with np.errstate(divide="ignore", invalid="ignore"):  # t = 0 has no place on a logarithmic axis
        late = np.log1p(shares * (t[rows + 1] / t[rows] - 1)) / np.log(t[rows + 1] / t[rows])
    late = np.where(t[rows] > 0, late, shares)
    pairs = [(between.seen, dynamics.seen(probed), 1.0)]
    if dynamics.has_energy:
        energy = between.energy
        pairs.append((energy[:, None], dynamics.energy(probed)[:, None], float(np.ptp(energy)) or 1.0))
    off = np.zeros(len(rows))
    for at_frames, at_probes, scale in pairs:
        left = at_frames[rows]
        moved, change = at_probes - left, at_frames[rows + 1] - left
        for place in (shares, late):
            off = np.maximum(off, np.abs(moved - place[:, None] * change).max(axis=-1) / scale)
    worst = off.reshape(len(intervals), len(PROBES)).max(axis=1)
    return np.clip(np.ceil(np.sqrt(worst / CHORD)), 1, MOST_PIECES).astype(int)


def _falling(energy: np.ndarray, between: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Which of the frames between others go down step by step: all of an interval's, or none."""
    above = np.where(np.diff(rows, prepend=-1) > 0, energy[rows], np.roll(between, 1))
    below = np.where(np.diff(rows, append=len(energy)) > 0, energy[rows + 1], np.roll(between, -1))
    slack = ROUNDING * np.maximum(1.0, np.abs(between))
    broken = (between - above > slack) | (below - between > slack)
    return ~np.isin(rows, rows[broken])
