"""What happens in a run, as dated numbers: who leads, when the gains decide, when bits are lost and won, how it ends.

Nothing here is prose: a page or a paper puts its own words to it. Bits are counted by sign; an entry of exactly 0 is *unknown*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.trajectory import OUTCOMES, Run

COMMITTED = 0.9  # a neuron has made up its mind when its rate is beyond this
STANDS_OUT = 2.0  # gains decide who leads once the largest is so many times the uniform share; before that overlaps do
CLEAR_OVERLAP, CLEAR_GAIN = 0.01, 0.05  # a lead that changes hands is clear by this overlap, or by this fraction of the gain
SIGNED_SCORES = ("linear", "attention")  # memories to which a mirrored pattern is a stranger


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a frame; memories are counted from 0."""

    frame: int
    t: float
    kind: str
    numbers: dict[str, float]


@dataclass(frozen=True, slots=True)
class Course:
    """Frame by frame: bits wrong and unknown, and the leading memory (−1 while several are level) with its overlap and gain."""

    right: np.ndarray  # (S, N): has the neuron the target's sign?
    wrong: np.ndarray
    unknown: np.ndarray
    leader: np.ndarray
    overlap: np.ndarray  # m/N of the leader, with its sign
    gain: np.ndarray  # p of the leader
    decided: np.ndarray  # do the gains, and not yet only the overlaps, say who leads?


def has_gains(run: Run) -> bool:
    """Whether astrocytes hold gains in this model; elsewhere `run.p` is only what a read-out implies."""
    return "y" in run.variables


def course(run: Run) -> Course:
    """The run, frame by frame, in the numbers that events are made of."""
    toward = run.x * run.patterns[:, run.target]
    right = toward > 0
    wrong = np.count_nonzero(toward < 0, axis=1)
    unknown = run.x.shape[1] - wrong - np.count_nonzero(right, axis=1)

    overlaps, p = run.overlaps, run.p
    close = overlaps if run.model in SIGNED_SCORES else np.abs(overlaps)
    K = p.shape[1]
    decided = np.zeros(len(p), dtype=bool)
    if has_gains(run):
        decided = p.max(axis=1) > min(STANDS_OUT / K, (1 + 1 / K) / 2)
    leader = _leaders(np.where(decided[:, None], p, close), decided)
    frames, shown = np.arange(len(p)), np.maximum(leader, 0)
    return Course(right, wrong, unknown, leader, overlaps[frames, shown], p[frames, shown], decided)


def _leaders(strength: np.ndarray, decided: np.ndarray) -> np.ndarray:
    """Who leads in each frame; whoever does keeps the lead until another is clearly ahead, so that rounding elects nobody."""
    best = strength.argmax(axis=1)
    top = strength.max(axis=1)
    margin = np.where(decided, CLEAR_GAIN * top, CLEAR_OVERLAP)
    level = np.count_nonzero(strength[0] > top[0] - 1e-9)
    leader = np.empty(len(best), dtype=int)
    begin, current = 0, -1 if level > 1 else int(best[0])
    while True:
        behind = np.partition(strength[begin:], -2, axis=1)[:, -2] if current < 0 else strength[begin:, current]
        ahead = top[begin:] - behind > margin[begin:]
        change = int(ahead.argmax())
        if not ahead[change]:
            leader[begin:] = current
            return leader
        leader[begin : begin + change] = current
        begin += change
        current = int(best[begin])


def events(run: Run, seen: Course | None = None) -> list[Event]:
    """All events of a run in the order of time; `seen` is its course, if that has been taken already."""
    seen = seen or course(run)
    last = len(run.t) - 1
    found: list[Event] = []

    def note(frame: int, kind: str, **numbers: float) -> None:
        found.append(Event(int(frame), float(run.t[frame]), kind, {k: np.asarray(v).item() for k, v in numbers.items()}))

    note(0, "cue" if run.t[0] == 0 else "steered", wrong=seen.wrong[0], unknown=seen.unknown[0], neurons=run.x.shape[1])
    if seen.leader[0] < 0:
        close = run.p[0] if seen.decided[0] else np.abs(run.overlaps[0])
        level = np.flatnonzero(close > close.max() - 1e-9)
        note(0, "tie", memories=len(level), first=level[0], second=level[1])
    else:
        note(0, "leader", memory=seen.leader[0], overlap=seen.overlap[0], gain=seen.gain[0])
    for frame in np.flatnonzero(np.diff(seen.leader)) + 1:
        now, before = seen.leader[frame], seen.leader[frame - 1]
        note(frame, "leader", memory=now, overlap=seen.overlap[frame], gain=seen.gain[frame], before=before)

    if has_gains(run):
        above = run.p.max(axis=1) > 0.5
        if above.any():
            frame = above.argmax()
            note(frame, "half", memory=run.p[frame].argmax(), gain=run.p[frame].max())

    lost = np.count_nonzero(seen.right[:-1] & ~seen.right[1:], axis=1)
    for frame in np.flatnonzero(lost) + 1:
        note(frame, "lost", bits=lost[frame - 1], wrong=seen.wrong[frame])
    corrected = _from_then_on(seen.right.all(axis=1))
    if corrected:
        note(corrected, "corrected", bits=np.count_nonzero(~seen.right[corrected - 1]))
    committed = _from_then_on((np.abs(run.g) > COMMITTED).all(axis=1))
    if committed is not None:
        note(committed, "committed", wrong=seen.wrong[committed])

    if run.converged_at is None:
        note(last, "horizon", wrong=seen.wrong[last])
    else:
        note(np.searchsorted(run.t, run.converged_at), "rest", since=run.converged_at)
    note(last, "outcome", outcome=OUTCOMES.index(run.outcome), wrong=seen.wrong[last], neurons=run.x.shape[1])
    return sorted(found, key=lambda event: event.frame)


def _from_then_on(holds: np.ndarray) -> int | None:
    """The first frame from which something holds until the end."""
    if not holds[-1]:
        return None
    broken = np.flatnonzero(~holds)
    return int(broken[-1]) + 1 if len(broken) else 0
