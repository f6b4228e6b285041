"""Whether gains win the race against the neurons, predicted from the cue alone; the argument, and when it counts, are ours.

At first all gains are equal, and the neurons are driven as in a Hopfield network, by d = W_H g. Among memories that are alike the
crosstalk has one direction, towards what they have in common, so that bits which are right are driven away:

    t_leave   = median of ln(1 + 1/|d_i|) over right bits with a wrong drive, in τ_x: x_i = d_i + (x_i(0) − d_i) e^{−t} is 0
    t_select  = when the gain of the target is ½, in τ_p: softmax(f_μ (1 − e^{−Tt})/T) = ½, were the scores to stay

so that half of such bits have left before the gains have chosen where τ_p/τ_x > t_leave/t_select. Where the sign of d alone is
nearer to the target than to any other memory nothing is lost by leaving, and the threshold is ∞. Where the cue is not nearest to
the target gains choose another memory at any speed, and it is 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.retrieval.model import AstrocyteMemory
from core.retrieval.patterns import draw_cue, draw_patterns
from core.retrieval.settings import Settings

CLOSE = 1e-9


@dataclass(frozen=True)
class Race:
    """Of each trial both times, whether leaving loses the target, and the mean overlap of two stored patterns."""

    leave: np.ndarray
    select: np.ndarray
    loses: np.ndarray
    likeness: np.ndarray

    @property
    def thresholds(self) -> np.ndarray:
        """τ_p/τ_x up to which each trial recalls."""
        lost = np.isfinite(self.select)
        never = ~self.loses | np.isinf(self.leave)
        ratio = np.divide(self.leave, self.select, out=np.full(len(self.leave), np.inf), where=lost & (self.select > 0))
        return np.where(lost, np.where(never, np.inf, ratio), 0.0)

    @property
    def threshold(self) -> float:
        """τ_p/τ_x up to which half of the trials recall."""
        return float(np.percentile(self.thresholds, 50, method="inverted_cdf"))


def race(settings: Settings, seeds: Sequence[int]) -> Race:
    """The race of the trials with these seeds."""
    trials = [_trial(settings, seed) for seed in seeds]
    leave, select, loses, likeness = (np.array(column) for column in zip(*trials, strict=True))
    return Race(leave, select, loses, likeness)


def _trial(settings: Settings, seed: int) -> tuple[float, float, bool, float]:
    Xi = draw_patterns(settings, seed)
    cue = draw_cue(settings, Xi, seed).astype(float)
    target, rivals = Xi[:, settings.target], np.delete(np.arange(settings.K), settings.target)
    begun = AstrocyteMemory(replace(settings, tau_p=math.inf), Xi).start(cue)  # all gains are equal
    drive, f = begun["drive"], begun["f"]
    leaving = np.abs(drive[(cue == target) & (drive * target < 0)])
    leave = float(np.median(np.log1p(1 / leaving))) if len(leaving) else math.inf
    there = np.abs(np.sign(drive) @ Xi)
    loses = bool(len(rivals)) and bool(there[settings.target] <= there[rivals].max() + CLOSE)
    return leave, selection_time(f, settings.target, settings.T), loses, _likeness(Xi.astype(float))


def selection_time(f: np.ndarray, target: int, T: float) -> float:
    """When the gain of the target is ½, in τ_p, if the scores f stay as they are; ∞ if a rival's is as high."""
    behind = np.delete(f, target) - f[target]
    if not len(behind):
        return 0.0
    if behind.max() > -CLOSE:
        return math.inf
    s, above = 0.0, math.log(len(behind))  # Newton's method on a convex function, from the left: it never goes too far
    while above > CLOSE:
        weights = np.exp(behind * s)
        total = float(weights.sum())
        above = math.log(total)
        s -= above * total / float(behind @ weights)
    return -math.log1p(-T * s) / T if T * s < 1 else math.inf


def _likeness(Xi: np.ndarray) -> float:
    """⟨ξ_μ, ξ_ν⟩/N, the mean over all pairs."""
    N, K = Xi.shape
    return float((np.sum(Xi.sum(axis=1) ** 2) - N * K) / (N * K * (K - 1))) if K > 1 else math.nan


def half_recalled(at: Sequence[float], shares: Sequence[float]) -> float:
    """The value up to which at least half are recalled, between two that were tried on a logarithmic scale: ∞ if nowhere less,
    0 if less from the first one on."""
    for i, share in enumerate(shares):
        if share >= 0.5:
            continue
        if i == 0:
            return 0.0
        part = (shares[i - 1] - 0.5) / (shares[i - 1] - share)
        return float(at[i - 1] * (at[i] / at[i - 1]) ** part)
    return math.inf
