"""Numbers and words of a run of the context gate that lessons ask for and promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

HALF = 0.5


def read_as(run: Any, frame: int = -1) -> str:
    """The pattern with the largest gain."""
    return str(run.names[int(run.p[frame].argmax())])


def _half(runs: Sequence[Any]) -> float | None:
    """The first frame in which one pattern has more than half of the gain."""
    run = runs[-1]
    above = run.p.max(axis=1) > HALF
    return float(run.t[above.argmax()]) if above.any() else None


def _changed(runs: Sequence[Any]) -> float | None:
    """The last frame in which another pattern takes the lead."""
    run = runs[-1]
    changes = np.flatnonzero(np.diff(run.p.argmax(axis=1)))
    return float(run.t[changes[-1] + 1]) if len(changes) else None


def _apart(runs: Sequence[Any]) -> float:
    gains = np.sort(runs[-1].p[-1])
    return float(gains[-1] - gains[-2])


def _shares(run: Any) -> list[float]:
    """The first pattern of the pair that is meant, the other one, all others: the corners of the triangle."""
    target, other = run.trial.target, next(one for one in run.trial.pair if one != run.trial.target)
    first, second = float(run.p[-1, target]), float(run.p[-1, other])
    return [first, second, max(0.0, 1 - first - second)]


# What can be guessed by pointing or drawing, and on which card.
POINTS = {"shares_end": "triangle"}
QUANTITIES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "outcome": lambda runs: runs[-1].outcome,
    "read": lambda runs: read_as(runs[-1]),
    "read_before": lambda runs: read_as(runs[0]),
    "patterns": lambda runs: int(runs[0].p.shape[1]),
    "unknown_start": lambda runs: int(np.count_nonzero(runs[0].trial.cue == 0)),
    "known_start": lambda runs: int(np.count_nonzero(runs[0].trial.cue)),
    "wrong_end": lambda runs: int(runs[-1].wrong[-1].sum()),
    "gain_end": lambda runs: float(runs[-1].p[-1].max()),
    "apart_end": _apart,
    "gate_most": lambda runs: float(np.abs(runs[-1].s[-1]).max()),
    "strength": lambda runs: float(runs[-1].settings["u0"]),
    "parts": len,
    "kappa": lambda runs: float(runs[-1].kappa),
    "alpha_crit": lambda runs: float(runs[-1].alpha_crit),
    "shares_end": lambda runs: _shares(runs[-1]),
    "largest_rise": lambda runs: max(float(run.largest_rise) for run in runs),
    "half_at": _half,
    "changed_at": _changed,
    "rest_at": lambda runs: None if runs[-1].converged_at is None else float(runs[-1].converged_at),
    "bent_at": lambda runs: float(runs[-1].t[0]) if len(runs) > 1 else None,
    "end_at": lambda runs: float(runs[-1].t[-1]),
}
