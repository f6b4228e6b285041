"""How far the numbers of a few trials can be trusted: intervals of shares, tests of means, what many tests together allow."""

from __future__ import annotations

import math

import numpy as np

LEVEL = 0.05  # the share of false ones among differences that are called differences
_TINY, _PRECISE, _MOST_TERMS = 1e-300, 1e-15, 10_000


def wilson(successes: float, trials: int, z: float = 1.0) -> tuple[float, float]:
    """The interval of a proportion by Wilson's score: z standard errors wide to each side, and never nothing, as ± 0 would be."""
    if trials == 0:
        return 0.0, 1.0
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))  # rounding aside


def two_sided(t: float, freedom: int) -> float:
    """How often a mean of normal numbers would be so many standard errors from zero by chance: Student's test, two-sided."""
    if math.isnan(t) or freedom < 1:
        return 1.0
    if math.isinf(t):
        return 0.0
    whole = freedom + t * t
    return _incomplete_beta(freedom / 2, 0.5, freedom / whole, t * t / whole)


def of_difference(difference: float, error: float, trials: int) -> float:
    """The same of a mean difference with its standard error; of trials that all differ alike, as of one that differs alone."""
    if math.isnan(difference) or difference == 0 or trials < 2:
        return 1.0
    if not error > 0:  # each trial differs by as much: under no difference each would be as likely to differ the other way
        return 2.0 ** (1 - trials)
    return two_sided(difference / error, trials - 1)


def discoveries(p: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Which of many tests are significant if at most this share of them may be false, by Benjamini and Hochberg."""
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, kind="stable")
    good = np.flatnonzero(p[order] <= level * np.arange(1, len(p) + 1) / max(1, len(p)))
    found = np.zeros(len(p), dtype=bool)
    if len(good):
        found[order[: good[-1] + 1]] = True
    return found


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function at x = 1 − rest, by its continued fraction (Lentz)."""
    if x == 0 or rest == 0:
        return float(rest == 0)
    if x > (a + 1) / (a + b + 2):  # where the fraction of the other side converges faster
        return 1 - _incomplete_beta(b, a, rest, x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)) / a
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    whole = d
    for m in range(1, _MOST_TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + numerator * d or _TINY)
            c = 1 + numerator / c or _TINY
            whole *= c * d
        if abs(c * d - 1) < _PRECISE:
            break
    return front * whole
