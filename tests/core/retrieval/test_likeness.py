"""What likeness does to recall, and what the race predicts of it, against the numbers of an independent code.

Those are from draws of their own, so that both sides have an error; of how many trials they are was not written down, so 100 are
assumed for what was measured, and 40 for what was predicted.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from core import ensemble
from core.random import trial_seeds
from core.retrieval.race import half_recalled, race, selection_time
from core.retrieval.settings import settings_from

FLIPPED = 6 / 64
TRIALS, THEIRS, THEIRS_PREDICTED = 60, 100, 40
TIMES = (0.0, 0.1, 1.0)
MEASURED = {30: (1.0, 1.0, 0.98), 100: (0.97, 0.97, 0.29), 300: (0.98, 0.53, 0.07), 1000: (0.90, 0.04, 0.0)}
PREDICTED = {30: 1.5, 100: 0.34, 300: 0.117, 1000: 0.023}
HALF = {30: 4.8, 100: 0.62, 300: 0.119, 1000: 0.019}


def recalled(K: int, tau_p: float, **given) -> float:
    settings = {"family": "digits", "N": 64, "noise": FLIPPED, "dtype": "float32", **given}
    return float(ensemble(K=K, tau_p=tau_p, trials=TRIALS, **settings).success.mean())


def tolerance(share: float) -> float:
    """Three standard errors of the difference of two shares, each of at least one trial."""
    spread = max(share * (1 - share), 1 / THEIRS)
    return 3 * math.sqrt(spread * (1 / TRIALS + 1 / THEIRS))


@pytest.mark.parametrize("K", MEASURED)
def test_slow_gains_lose_alike_memories(K):
    for tau_p, share in zip(TIMES, MEASURED[K], strict=True):
        assert recalled(K, tau_p) == pytest.approx(share, abs=tolerance(share)), tau_p


@pytest.mark.parametrize("K", HALF)
def test_half_are_recalled_at_the_measured_thresholds(K):
    assert recalled(K, HALF[K], horizon=30.0) == pytest.approx(0.5, abs=tolerance(0.5))


def test_fair_coins_are_recalled_at_any_speed():
    for tau_p in (0.0, 1.0, 30.0):
        assert recalled(300, tau_p, family="coins", noise=13 / 64, horizon=100.0) >= 1 - tolerance(1.0)


def test_only_the_ratio_of_the_time_constants_counts():
    given = dict(family="digits", K=100, noise=FLIPPED, resolution=8.0, trials=20)
    one = ensemble(tau_p=0.5, horizon=20.0, **given)
    ten = ensemble(tau_p=5.0, tau_x=10.0, horizon=200.0, **given)
    assert np.mean(one.success == ten.success) >= 0.95  # the steps are not the same, and a trial may be close to the edge
    assert 3 < one.success.sum() < 17


@pytest.mark.parametrize("K", PREDICTED)
def test_the_race_predicts_the_thresholds(K):
    found = race(settings_from({"family": "digits", "K": K, "noise": FLIPPED}), trial_seeds(0, 200))
    drawn = np.random.default_rng(0).integers(0, 200, (300, THEIRS_PREDICTED))
    error = np.median(found.thresholds[drawn], axis=1).std()  # of a median over so many trials
    assert found.threshold == pytest.approx(PREDICTED[K], abs=3 * error * math.sqrt(1 + THEIRS_PREDICTED / 200))
    assert found.likeness.mean() == pytest.approx(0.47, abs=0.01)


def test_the_race_tells_families_apart():
    def threshold(**given):
        return race(settings_from({"N": 64, "noise": FLIPPED, **given}), trial_seeds(0, 60)).threshold

    assert threshold(family="coins", K=300) == math.inf
    assert threshold(family="digits", K=100) < threshold(family="digits", K=30) < 3
    assert threshold(family="biased", activity=0.2, K=100) < threshold(family="biased", activity=0.3, K=100) < math.inf
    # Groups of alike memories are lost, too, and the prediction is right within a factor of two.
    for K in (100, 300):
        at = threshold(family="correlated", K=K)
        assert recalled(K, at / 2, family="correlated") > 0.5 > recalled(K, at * 2, family="correlated")


@pytest.mark.parametrize("T", [1e-6, 0.01, 2.0, 30.0])
def test_the_time_of_selection_solves_the_flow_of_frozen_scores(T):
    f = np.array([14.0, 22.0, 18.5, 3.0])
    t = selection_time(f, 1, T)
    if math.isinf(t):  # so hot that even at rest no gain is ½
        assert T == 30.0 and np.exp(f / T)[1] < np.exp(f / T).sum() / 2
        return
    y = f * -math.expm1(-T * t) / T
    p = np.exp(y - y.max())
    assert p[1] / p.sum() == pytest.approx(0.5, abs=1e-6)


def test_the_time_of_selection_has_its_limits():
    assert selection_time(np.array([5.0]), 0, 0.01) == 0.0
    assert selection_time(np.array([5.0, 5.0]), 0, 0.01) == math.inf
    assert selection_time(np.array([5.0, 6.0]), 0, 0.01) == math.inf


def test_half_recalled_is_read_off_between_two_points():
    assert half_recalled([0.1, 1.0, 10.0], [1.0, 0.75, 0.25]) == pytest.approx(10**0.5)
    assert half_recalled([0.1, 1.0], [0.9, 0.5]) == math.inf
    assert half_recalled([0.1, 1.0], [0.4, 0.9]) == 0.0
