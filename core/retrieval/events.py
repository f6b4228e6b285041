"""What happens in a run, as dated numbers: who leads, when the gains decide, when bits are lost and won, how it ends.

Nothing here is prose: pages have their own words. Bits are counted by sign; an entry of exactly 0 is *unknown*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.between import Between
from core.retrieval.observe import OUTCOMES, SILENT, RetrievalRun

COMMITTED = 0.9  # a neuron has made up its mind when its rate is beyond this
STANDS_OUT = 2.0, 0.1  # gains decide once the largest is twice the uniform share, or a tenth of the way from it to 1
CLEAR_OVERLAP, CLEAR_GAIN = 0.01, 0.05  # memories within this overlap, or this part of the largest gain, are level
CROWD = 2.0  # a memory is above the crowd with so many times the gain that all others have on average
SIGNED_SCORES = ("linear", "attention", "ramsauer")  # memories to which a mirrored pattern is a stranger


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened by a frame, and when; memories are counted from 0."""

    frame: int
    t: float
    kind: str
    numbers: dict[str, Any]  # whole numbers and fractions


@dataclass(frozen=True, slots=True)
class Course:
    """Frame by frame: which bits are right, how many are wrong or unknown, and which memories are ahead."""

    right: np.ndarray  # (S, N): has the neuron the target's sign?
    wrong: np.ndarray
    unknown: np.ndarray
    decided: np.ndarray  # do the gains, and not only the overlaps, say who is ahead?
    first: np.ndarray
    second: np.ndarray
    level: np.ndarray  # how many are too close to the first to tell; 1 is the first alone
    overlap: np.ndarray  # m/N of the first, with its sign
    gain: np.ndarray  # p of the first

    @property
    def leader(self) -> np.ndarray:
        """The first memory, or −1 in frames in which several are level."""
        return np.where(self.level == 1, self.first, -1)


def has_gains(run: RetrievalRun) -> bool:
    """Whether astrocytes hold gains in this model; elsewhere `run.p` is only what a read-out implies."""
    return "y" in run.variables


def quiet(run: RetrievalRun) -> np.ndarray:
    """The frames in which a network that falls silent has done so: the signs of what is left mean nothing."""
    return (run.outcome == "silent") & (np.abs(run.g).max(axis=1) < SILENT)


def course(run: RetrievalRun) -> Course:
    """The run, frame by frame, in the numbers that events are made of."""
    return _course(run, run.x, run.overlaps, run.p)


def _course(run: RetrievalRun, x: np.ndarray, overlaps: np.ndarray, p: np.ndarray) -> Course:
    toward = x * run.patterns[:, run.target]
    right = toward > 0
    wrong = np.count_nonzero(toward < 0, axis=1)
    unknown = x.shape[1] - wrong - np.count_nonzero(right, axis=1)

    frames, K = np.arange(len(p)), p.shape[1]
    strength = overlaps if run.model in SIGNED_SCORES else np.abs(overlaps)
    decided = np.zeros(len(p), dtype=bool)
    if has_gains(run):
        decided = p.max(axis=1) > min(STANDS_OUT[0] / K, 1 / K + STANDS_OUT[1] * (1 - 1 / K))
        strength = np.where(decided[:, None], p, strength)
    first = strength.argmax(axis=1)
    top = strength[frames, first]
    floor = top - np.where(decided, CLEAR_GAIN * top, CLEAR_OVERLAP)
    level = np.count_nonzero(strength >= floor[:, None], axis=1)
    second = first.copy()
    shared = np.flatnonzero(level > 1)
    others = strength[shared].copy()
    others[np.arange(len(shared)), first[shared]] = -np.inf
    second[shared] = others.argmax(axis=1)
    return Course(right, wrong, unknown, decided, first, second, level, overlaps[frames, first], p[frames, first])


def events(run: RetrievalRun, seen: Course | None = None) -> list[Event]:
    """All events of a run in the order of time; `seen` is its course, if that has been taken already."""
    seen = seen or course(run)
    last = len(run.t) - 1
    found: list[Event] = []
    dates = _Dates(run)

    def note(frame: Any, kind: str, holds: Holds | None = None, **numbers: Any) -> None:
        plain = {name: np.asarray(value).item() for name, value in numbers.items()}
        found.append(Event(int(frame), dates.of(int(frame), holds), kind, plain))

    note(0, "cue" if run.t[0] == 0 else "steered", wrong=seen.wrong[0], unknown=seen.unknown[0], neurons=run.x.shape[1])
    ahead, leader = -1, seen.leader
    for frame in np.concatenate([[0], np.flatnonzero(np.diff(leader)) + 1]):
        if leader[frame] < 0:
            numbers = {"memories": seen.level[frame], "first": seen.first[frame], "second": seen.second[frame]}
            note(frame, "tie", lambda inside: inside.seen.level > 1, **numbers)
        elif leader[frame] != ahead:
            overlap, gain = seen.overlap[frame], seen.gain[frame]
            numbers = {"memory": leader[frame], "overlap": overlap, "gain": gain, "before": _overtaken(run, seen, frame)}
            note(frame, "leader", _leads(leader[frame]), **numbers)
            ahead = leader[frame]

    if has_gains(run):
        if seen.decided.any() and not seen.decided[0]:
            note(seen.decided.argmax(), "decided", lambda inside: inside.seen.decided)
        above = run.p.max(axis=1) > 0.5
        if above.any():
            frame = above.argmax()
            note(frame, "half", lambda inside: inside.p.max(axis=1) > 0.5, memory=run.p[frame].argmax(), gain=run.p[frame].max())

    lost = np.count_nonzero(seen.right[:-1] & ~seen.right[1:], axis=1) * ~quiet(run)[1:]
    won = np.count_nonzero(~seen.right[:-1] & seen.right[1:], axis=1)
    for frame in np.flatnonzero(lost) + 1:
        gone = seen.right[frame - 1] & ~seen.right[frame]
        note(frame, "lost", _are_wrong(gone), bits=lost[frame - 1], won=won[frame - 1], wrong=seen.wrong[frame])
    corrected = _from_then_on(seen.right.all(axis=1))
    if corrected:
        turned = np.count_nonzero(~seen.right[corrected - 1])
        note(corrected, "corrected", lambda inside: _all(inside.seen.right), bits=turned)

    def stays(right: np.ndarray, g: np.ndarray) -> np.ndarray:
        return _all((right == seen.right[-1]) & (np.abs(g) > COMMITTED))

    committed = _from_then_on(stays(seen.right, run.g))
    if committed is not None:
        note(committed, "committed", lambda inside: stays(inside.seen.right, inside.g), wrong=seen.wrong[committed])

    if run.converged_at is None:
        note(last, "horizon", wrong=seen.wrong[last])
    else:
        since = run.converged_at
        found.append(Event(int(np.searchsorted(run.t, since)), since, "rest", {"since": since}))
    note(last, "outcome", outcome=OUTCOMES.index(run.outcome), wrong=seen.wrong[last], neurons=run.x.shape[1])
    return sorted(found, key=lambda event: event.frame)


@dataclass(frozen=True, slots=True)
class _Inside:
    """What is seen at some moments between two frames."""

    seen: Course
    p: np.ndarray
    g: np.ndarray


Holds = Callable[[_Inside], np.ndarray]


class _Dates:
    """When something began that a frame is the first to show: between frames, or at it where noise leaves no path between."""

    def __init__(self, run: RetrievalRun) -> None:
        self.run = run
        self.between = Between(run.dynamics, run.t, run.state)
        self.known: dict[int, _Inside] = {}

    def of(self, frame: int, holds: Holds | None) -> float:
        if frame == 0 or holds is None or self.run.stochastic:
            return float(self.run.t[frame])
        if frame not in self.known:
            state, memory = self.between.inside(frame - 1), self.run.memory
            p = memory.gains(state)
            self.known[frame] = _Inside(_course(self.run, state["x"], state["m"] / memory.N, p), p, state["g"])
        return self.between.date(frame - 1, holds(self.known[frame]))


def _leads(memory: int) -> Holds:
    return lambda inside: inside.seen.leader == memory


def _are_wrong(bits: np.ndarray) -> Holds:
    return lambda inside: _all(~inside.seen.right[:, bits])


def _all(holds: np.ndarray) -> np.ndarray:
    return np.asarray(holds.all(axis=1))


def _overtaken(run: RetrievalRun, seen: Course, frame: int) -> int:
    """The memory that was ahead, or level, in the frame before; −1 for none, several, and one that fell into the crowd."""
    if frame == 0 or seen.level[frame - 1] > 2:
        return -1
    leader = seen.first[frame]
    was = seen.first[frame - 1]
    rival = seen.second[frame - 1] if was == leader else was
    if rival != leader and seen.decided[frame] and run.p.shape[1] > 2:
        gain = run.p[frame, rival]
        crowd = (1.0 - run.p[frame, leader] - gain) / (run.p.shape[1] - 2)
        return int(rival) if gain > CROWD * crowd else -1
    return int(rival) if rival != leader else -1


def _from_then_on(holds: Any) -> int | None:
    """The first frame from which something holds until the end."""
    if not holds[-1]:
        return None
    broken = np.flatnonzero(~holds)
    return int(broken[-1]) + 1 if len(broken) else 0
