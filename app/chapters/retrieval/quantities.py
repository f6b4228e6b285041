"""Numbers and words of a run that lessons ask for and promise: one name each, computed from the run and never written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from core.ensemble import ensemble
from core.registry import system_named
from core.retrieval.events import course, events


def _event(kind: str) -> Callable[[Sequence[Any]], float | None]:
    """When something happens first, if it does; of a run that was bent, after the bend."""
    return lambda runs: next((event.t for event in events(runs[-1]) if event.kind == kind), None)


def _overlap(memory: Callable[[Any], int], frame: int) -> Callable[[Sequence[Any]], float]:
    return lambda runs: float(runs[frame].overlaps[frame, memory(runs[frame])])


def _leaders(runs: Sequence[Any]) -> str:
    """Who leads, one after the other."""
    run = runs[-1]
    leader = course(run).leader
    order = leader[np.concatenate([[0], np.flatnonzero(np.diff(leader)) + 1])]
    return " ".join(run.names[memory] for memory in order if memory >= 0)


def _changed_at(runs: Sequence[Any]) -> float | None:
    """When the lead passes from one memory to another, the last time."""
    found = [event.t for event in events(runs[-1]) if event.kind == "leader"]
    return found[-1] if len(found) > 1 else None


def _rest(runs: Sequence[Any]) -> float | None:
    rest = runs[-1].converged_at
    return None if rest is None else float(rest)


TRIALS = 200  # of a study of which a lesson tells a number


@lru_cache(maxsize=64)
def _ensemble(settings: tuple[tuple[str, Any], ...]) -> Any:
    return ensemble(trials=TRIALS, **dict(settings))


def _trials(runs: Sequence[Any], **other: Any) -> Any:
    """Many trials with other draws, at the settings of a run, or with some of them changed; by the integrator of studies."""
    known = system_named("retrieval").parameters
    given = {name: value for name, value in runs[0].settings.items() if name in known and name != "integrator"}
    return _ensemble(tuple({**given, **other}.items()))


def _shares(gains: np.ndarray, first: int) -> list[float]:
    """Target, the strongest rival, all others: the corners of the triangle."""
    rivals = np.delete(gains, first)
    return [float(gains[first]), float(rivals.max()), float(max(0.0, 1 - gains[first] - rivals.max()))]


# What can be guessed by pointing or drawing, and on which card.
POINTS = {"shares_end": "simplex"}
CURVES = {"target_overlap": "overlaps"}
QUANTITIES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "outcome": lambda runs: runs[-1].outcome,
    "recalled": lambda runs: runs[-1].names[int(np.abs(runs[-1].overlaps[-1]).argmax())],
    "first_leader": lambda runs: _leaders(runs).split(" ")[0],
    "leaders": _leaders,
    "neurons": lambda runs: int(runs[0].x.shape[1]),
    "memories": lambda runs: int(runs[0].p.shape[1]),
    "wrong_start": lambda runs: int(course(runs[0]).wrong[0]),
    "wrong_most": lambda runs: int(course(runs[-1]).wrong.max()),
    "wrong_end": lambda runs: int(course(runs[-1]).wrong[-1]),
    "target_overlap_start": _overlap(lambda run: run.target, 0),
    "target_overlap_end": _overlap(lambda run: run.target, -1),
    "gain_start": lambda runs: float(runs[0].p[0].max()),
    "gain_end": lambda runs: float(runs[-1].p[-1].max()),
    "target_gain_end": lambda runs: float(runs[-1].p[-1, runs[-1].target]),
    "rival_gain_most": lambda runs: float(np.delete(runs[-1].p, runs[-1].target, axis=1).max()),
    "gains_left": lambda runs: int(np.count_nonzero(runs[-1].p[-1] > 1e-9)),
    "perplexity_start": lambda runs: float(runs[0].perplexity[0]),
    "perplexity_end": lambda runs: float(runs[-1].perplexity[-1]),
    "gap_most": lambda runs: float(runs[-1].attention_gap.max()),
    "gap_end": lambda runs: float(runs[-1].attention_gap[-1]),
    "energy_start": lambda runs: float(runs[0].energy[0]),
    "energy_end": lambda runs: float(runs[-1].energy[-1]),
    "largest_rise": lambda runs: max(float(run.largest_rise) for run in runs),
    "half_at": _event("half"),
    "decided_at": _event("decided"),
    "corrected_at": _event("corrected"),
    "changed_at": _changed_at,
    "rest_at": _rest,
    "end_at": lambda runs: float(runs[-1].t[-1]),
    "shares_end": lambda runs: _shares(runs[-1].p[-1], runs[-1].target),
    "target_overlap": lambda runs: (runs[-1].t, runs[-1].overlaps[:, runs[-1].target]),
    "T_end": lambda runs: float(runs[-1].settings["T"]),
    "trials_recalled": lambda runs: 100 * float(_trials(runs).success.mean()),
    "trials_recalled_error": lambda runs: 100 * float(np.sqrt(_trials(runs).success.var() / TRIALS)),
    "trials_wrong": lambda runs: float(_trials(runs).hamming.mean()),
    "trials_wrong_median": lambda runs: float(np.median(_trials(runs).hamming)),
    "trials_behind": lambda runs: float(_trials(runs).hamming.mean() - _trials(runs, model="hopfield").hamming.mean()),
}
