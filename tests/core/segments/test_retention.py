"""The retention factor: what the macro model gives, its geometric form, and the bound that no curve can pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.segments.retention import SCALINGS, geometric, largest_product, plasticity, products, retention

LENGTHS = (4, 8, 16)


@given(st.integers(2, 64), st.floats(0.001, 5.0))
def test_the_geometric_form_sums_to_one_and_falls(segments, theta):
    factors = geometric(segments, theta)
    assert abs(factors.sum() - 1) <= 1e-12 and (np.diff(factors) < 0).all()


@given(st.integers(2, 40), st.floats(0.01, 1.0))
def test_more_segments_leave_less_to_each(segments, theta):
    more, fewer = geometric(segments + 1, theta)[:segments], geometric(segments, theta)
    assert (more < fewer).all() if theta * segments < 30 else (more <= fewer).all()  # beyond that, by less than rounding


@given(st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=32))
def test_no_curve_of_sum_one_passes_the_bound(shares):
    factors = np.array(shares) / sum(shares)
    assert np.prod(factors[:-1]) <= largest_product(len(factors)) * (1 + 1e-9)


@pytest.mark.parametrize(("segments", "bound"), [(2, 1.0), (4, 3.7e-2), (8, 1.2e-6), (16, 2.3e-18)])
def test_the_bound_is_what_the_page_says(segments, bound):
    assert float(f"{largest_product(segments):.2g}") == bound


@pytest.mark.parametrize("theta", [0.05, 0.3, 1.0])
def test_the_macro_model_gives_a_falling_factor_of_sum_one(theta):
    run = plasticity(16, theta)
    found = {segments: run.factors(segments) for segments in LENGTHS}
    for factors in found.values():
        assert abs(factors.sum() - 1) <= 1e-12 and (np.diff(factors) < 0).all()
    assert (found[8][:4] < found[4]).all() and (found[16][:8] < found[8]).all()


@pytest.mark.parametrize("theta", [0.01, 0.05, 0.3, 1.0])
def test_without_feedback_the_macro_model_is_the_geometric_form(theta):
    """With it, the first cycle lags behind: within 0.0063 at θ = 0.3, and 0.011 at θ = 1."""
    alone, coupled = plasticity(16, theta, feedback=False), plasticity(16, theta)
    for segments in LENGTHS:
        assert np.abs(alone.factors(segments) - geometric(segments, theta)).max() <= 5e-4
        assert np.abs(coupled.factors(segments) - geometric(segments, theta)).max() <= 0.011


def test_the_factors_at_the_default_are_those_that_are_written_down():
    assert plasticity(16, 0.3).factors(8).round(3).tolist() == [0.28, 0.213, 0.158, 0.117, 0.086, 0.064, 0.047, 0.035]
    assert plasticity(16, 0.25).factors(4).round(3).tolist() == [0.344, 0.275, 0.214, 0.167]


def test_a_finer_step_changes_nothing_that_can_be_seen():
    assert np.abs(plasticity(8, 0.3).factors() - plasticity(8, 0.3, step=0.005).factors()).max() <= 1e-4


def test_equal_distances_give_equal_fast_processes_and_a_grid_a_strong_centre():
    equal, grid = plasticity(4, 0.3, places="equal"), plasticity(4, 0.3)
    assert np.ptp(equal.fast, axis=1).max() <= 1e-12
    corner, edge, centre = (grid.fast[:, i].max() for i in (0, 1, 4))
    assert corner < edge < centre


def test_random_places_are_those_of_a_seed(refused):
    one, again, other = (plasticity(2, 0.3, places="random", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.fast, again.fast) and not np.array_equal(one.fast, other.fast)
    with refused("places = 'ring'", "grid"):
        plasticity(2, places="ring")


def test_the_scalings():
    off, printed, scaled, uniform = (retention(8, 0.3, name) for name in SCALINGS)
    assert (off == 1).all() and (uniform == 1 / 8).all()
    assert abs(printed.sum() - 1) <= 1e-12 and np.allclose(scaled, 8 * printed, rtol=1e-15) and abs(scaled.mean() - 1) <= 1e-12
    assert products(printed)[0] == 1 and np.isclose(products(printed)[-1], np.prod(printed[:-1]), rtol=1e-12)
