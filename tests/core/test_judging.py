"""Intervals and tests against SciPy, and against what they promise: how often they are wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.judging import discoveries, of_difference, two_sided, wilson


@given(t=st.floats(-40, 40), freedom=st.integers(1, 2000))
def test_students_test_is_scipys(t, freedom):
    assert two_sided(t, freedom) == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-9, abs=1e-300)


@given(trials=st.integers(1, 2000), data=st.data(), z=st.floats(0.5, 3))
def test_wilsons_interval_is_scipys_and_never_empty(trials, data, z):
    successes = data.draw(st.integers(0, trials))
    low, high = wilson(successes, trials, z)
    known = stats.binomtest(successes, trials).proportion_ci(stats.chi2.cdf(z * z, 1), method="wilson")
    assert (low, high) == pytest.approx((known.low, known.high), abs=1e-9)
    assert 0 <= low < high <= 1 and low <= successes / trials <= high


@given(p=st.lists(st.floats(0, 1), max_size=60), level=st.floats(0.001, 0.5))
def test_discoveries_are_those_of_scipy(p, level):
    expected = stats.false_discovery_control(p) <= level if p else np.zeros(0, dtype=bool)
    rounding = [abs(q - level) < 1e-12 for q in stats.false_discovery_control(p)] if p else []
    assert all((discoveries(np.array(p), level) == expected) | np.array(rounding, dtype=bool))


def test_of_what_is_called_different_few_are_not():
    """Four of five cells have no difference at all; of those that are called different at most 5 % may be among them."""
    draws, shares = np.random.default_rng(5), []
    for _ in range(200):
        differences = draws.normal(np.where(np.arange(200) < 160, 0.0, 0.8)[:, None], 1.0, (200, 50))
        means, errors = differences.mean(axis=1), differences.std(axis=1, ddof=1) / np.sqrt(50)
        found = discoveries(np.array([of_difference(m, e, 50) for m, e in zip(means, errors, strict=True)]))
        shares.append(np.mean(np.flatnonzero(found) < 160) if found.any() else 0.0)
    assert np.mean(shares) < 0.05


def test_trials_that_all_differ_alike_are_no_proof_where_they_are_few():
    assert of_difference(-1.0, 0.0, 3) == 0.25 and of_difference(-1.0, 0.0, 30) < 1e-8
    assert of_difference(0.0, 0.0, 30) == of_difference(float("nan"), 0.1, 30) == of_difference(2.0, float("nan"), 1) == 1.0
