"""The moments of a run that are sent to the browser, and what the message of any run says of them.

A run that was bent is several, each going on from a moment of the one before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from app.message import write
from core.parameters import unused_of
from core.registry import system_of_run
from core.run import RelaxingRun, Run

VERSION = 1
MOST = 240  # frames of one message
PROBES = 2000  # rows looked at when frames are chosen; a run by explicit Euler has ten thousand
PASSING = 0.2  # so much of all that happens is the passing of time, so that quiet stretches have frames too

FRAMES_A_SECOND = 15  # of the clock, as long as nothing happens; app/browser/clock.js plays so where a message says nothing
SENTENCE_SECONDS = 0.9  # the shortest time in which a sentence can be read
LONGEST_SECONDS = 12.0  # of playing a run at speed 1
MOST_SENTENCES = int(LONGEST_SECONDS / SENTENCE_SECONDS)  # besides the last, which has all the time there is
LINGER_SECONDS = 1.6  # at most, where something happened: what is still to be said does not wait longer
APART = 24  # frames without an event after which the numbers are said again

Moved = Callable[[Any, np.ndarray], np.ndarray]  # how much happens from each of some rows to the next


def moved_at_all(run: Run, rows: np.ndarray) -> np.ndarray:
    """How much happens in the energy and in all that is observed, each by its own range."""
    moved = np.zeros(len(rows) - 1)
    for values in [*([run.energy] if run.has_energy else []), *run.observables.values()]:
        seen = np.asarray(values, dtype=float)[rows].reshape(len(rows), -1)
        moved += np.abs(np.diff(seen, axis=0)).max(axis=1) / (np.ptp(seen) or 1.0)
    return moved


@dataclass(frozen=True)
class Told:
    """A run in words: one sentence for each recorded moment, true of that moment, and the moments at which one is to be heard,
    each with how much that matters."""

    lines: Sequence[str]
    moments: Mapping[int, int] = field(default_factory=dict)


class Frames:
    """Which recorded moments of each run are sent: first and last of each always are, and the more the more happens."""

    def __init__(self, runs: Sequence[Any], most: int = MOST, moved: Moved = moved_at_all) -> None:
        self.runs, self.last = list(runs), runs[-1]
        self.rows = _choose(self.runs, most, moved)

    def __len__(self) -> int:
        return sum(map(len, self.rows))

    def gather(self, read: str | Callable[[Any], np.ndarray]) -> np.ndarray:
        """What is read off the frames, one after the other: an attribute of the runs, or a function of them."""
        pieces = [
            np.asarray(getattr(run, read) if isinstance(read, str) else read(run))[rows]
            for run, rows in zip(self.runs, self.rows, strict=True)
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Time, and where each frame stands among the recorded ones; the energy with its parts, if there is one."""
        arrays = {
            "t": self.gather("t").astype("<f8"),
            "segment": np.repeat(np.arange(len(self.rows)), [len(rows) for rows in self.rows]).astype("<i4"),
            "row": np.concatenate(self.rows).astype("<i4"),
        }
        if self.last.has_energy:
            arrays["energy"] = self.gather("energy").astype("<f8")
            parts = [self.gather(_part(part)) for part in self.last.energy_parts]
            arrays["parts"] = np.array(parts, dtype="<f4").reshape(len(parts), len(self))
        return arrays

    @cached_property
    def header(self) -> dict[str, Any]:
        """What is said of the whole run."""
        last, settings = self.last, _settings(self.last)
        starts = np.cumsum([0] + [len(rows) for rows in self.rows[:-1]])
        header = {
            "version": VERSION,
            "system": last.system,
            "frames": len(self),
            "settings": settings,
            "unused": unused_of(system_of_run(last).parameters, settings),
            "outcome": last.outcome,
            "sentence": last.sentence,
            "converged_at": getattr(last, "converged_at", None),
            "segments": [
                {"start": int(start), "t": float(run.t[rows[0]]), "settings": _settings(run), "new_energy": new}
                for start, run, rows, new in zip(starts, self.runs, self.rows, self._new_energies(), strict=True)
            ],
        }
        if last.has_energy:
            header["largest_rise"] = max(float(run.largest_rise) for run in self.runs)
            header["parts"] = list(last.energy_parts)
        return header

    def _new_energies(self) -> list[bool]:
        """For each run whether its energy is another function than that of the run before, as after a change of temperature."""
        found = [False]
        for before, run in pairwise(self.runs):
            both = isinstance(run, RelaxingRun) and isinstance(before, RelaxingRun) and run.has_energy and before.has_energy
            found.append(both and not np.allclose(before.dynamics.energy(run.state), run.energy, rtol=1e-9))
        return found

    def narrate(self, narrate: Callable[[Any], Told]) -> None:
        """The sentence that is on show in each frame, and how long each frame is: long enough to read what is said of it."""
        lines: list[str] = []
        weights: list[int] = []
        for run, rows in zip(self.runs, self.rows, strict=True):
            told = narrate(run)
            heard = np.zeros(len(rows), dtype=int)
            for row, weight in told.moments.items():
                place = int(np.searchsorted(rows, row))
                if place < len(rows):
                    heard[place] = max(heard[place], weight)
            lines += [told.lines[row] for row in rows]
            weights += heard.tolist()
        weights[0] = max(weights[0], 1)
        begins = _beats(weights)
        lengths = np.diff([*begins, len(lines)])
        places = {line: i for i, line in enumerate(dict.fromkeys(lines[frame] for frame in begins))}
        self.header["sentences"] = list(places)
        self.arrays["sentence"] = np.repeat([places[lines[frame]] for frame in begins], lengths).astype("<u2")
        played = _seconds(lengths[:-1], [weights[frame] > 0 for frame in begins[:-1]])
        self.arrays["seconds"] = np.append(played, SENTENCE_SECONDS).astype("<f4")

    def message(self) -> bytes:
        return write(self.header, self.arrays)


def _part(name: str) -> Callable[[Run], np.ndarray]:
    return lambda run: run.energy_parts[name]


def _settings(run: Run) -> dict[str, Any]:
    """The parameters alone: patterns, cues and earlier runs that a run may come from are not for the header."""
    named = {name: run.settings[name] for name in system_of_run(run).parameters}
    return {name: value if isinstance(value, (str, int, float)) else "own" for name, value in named.items()}


def _choose(runs: Sequence[Run], most: int, moved: Moved) -> list[np.ndarray]:
    """For each run the rows to send; what a later run replaced is dropped."""
    ends = []
    for k, run in enumerate(runs):
        until = min((later.t[0] for later in runs[k + 1 :]), default=math.inf)
        ends.append(max(1, int(np.searchsorted(run.t, until, side="right"))))
    if sum(ends) <= most:
        return [np.arange(end) for end in ends]
    probes = [np.unique(np.linspace(0, end - 1, min(end, PROBES)).astype(int)) for end in ends]
    paths = [_path(run, probe, moved) for run, probe in zip(runs, probes, strict=True)]
    total = sum(path[-1] for path in paths) or 1.0
    chosen = []
    for probe, path in zip(probes, paths, strict=True):
        share = max(2, int(most * path[-1] / total))
        picks = np.searchsorted(path, np.linspace(0.0, path[-1], share))
        chosen.append(probe[np.unique(np.concatenate([[0], picks, [len(probe) - 1]]).clip(0, len(probe) - 1))])
    while sum(map(len, chosen)) > most and max(map(len, chosen)) > 2:
        longest = max(range(len(chosen)), key=lambda k: len(chosen[k]))
        chosen[longest] = np.delete(chosen[longest], len(chosen[longest]) // 2)
    return chosen


def _path(run: Run, rows: np.ndarray, moved: Moved) -> np.ndarray:
    """How much has happened up to each row, with a little for the passing of time."""
    if len(rows) < 2:
        return np.zeros(len(rows))
    happened = np.nan_to_num(moved(run, rows), posinf=0.0)
    quiet = np.diff(np.log1p(run.t[rows] - run.t[rows[0]]))
    return np.concatenate([[0.0], np.cumsum(happened + PASSING * quiet / (quiet.sum() or 1.0))])


def _beats(weights: Sequence[int]) -> list[int]:
    """The frames with which another sentence comes: the first and the last, those that matter most, and some in between."""
    last = len(weights) - 1
    heaviest = sorted(np.flatnonzero(weights).tolist(), key=lambda frame: (-weights[frame], frame))
    begins = sorted({0, last, *[frame for frame in heaviest if 0 < frame < last][: MOST_SENTENCES - 1]})
    while len(begins) <= MOST_SENTENCES:
        gaps = np.diff(begins)
        if not len(gaps) or gaps.max() <= APART:
            break
        at = int(gaps.argmax())
        begins.insert(at + 1, begins[at] + int(gaps[at]) // 2)
    return begins


def _seconds(lengths: np.ndarray, eventful: Sequence[bool]) -> np.ndarray:
    """How long each frame is on show, by the sentences: where much happens time is slow, where nothing does it is fast."""
    usual = np.where(eventful, LINGER_SECONDS, SENTENCE_SECONDS)
    spare = np.clip(lengths / FRAMES_A_SECOND, SENTENCE_SECONDS, usual) - SENTENCE_SECONDS
    room = LONGEST_SECONDS - SENTENCE_SECONDS * len(lengths)
    return np.repeat((SENTENCE_SECONDS + spare * min(1.0, room / (spare.sum() or 1.0))) / lengths, lengths)
