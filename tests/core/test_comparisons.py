"""Cells against each other: paired differences, the best region, the typical trial, ranges of one's own."""

import math

import numpy as np
import pytest

from core.__main__ import parser, study_of
from core.ensemble import Ensemble
from core.studies import (
    Cell,
    best_region,
    equally_good,
    figure_study,
    map_study,
    paired_difference,
    sweep_study,
    values_of,
    verdict,
)


def cell(hamming, converged_at=None, seeds=None, index=(0,)):
    hamming = np.array(hamming, dtype=float)
    count = len(hamming)
    rest = np.ones(count) if converged_at is None else np.array(converged_at, dtype=float)
    seeds = np.arange(count) if seeds is None else np.array(seeds)
    outcome = np.array(["target"] * count)
    columns = dict.fromkeys(("error", "hamming", "perplexity", "attention_gap"), hamming)
    steps = np.ones(count, int)
    return Cell(index, {}, Ensemble({}, seeds, **columns, converged_at=rest, outcome=outcome, steps=steps))


def test_a_paired_difference_has_the_error_of_the_differences():
    a, b = cell([1, 2, 3, 9]), cell([0, 1, 3, 8])
    mean, error = paired_difference(a, b, "hamming")
    assert mean == pytest.approx(0.75)
    assert error == pytest.approx(np.std([1, 1, 0, 1], ddof=1) / 2)
    assert error < math.hypot(a.standard_error("hamming"), b.standard_error("hamming")) / 5  # what pairing is for
    assert paired_difference(b, a, "hamming") == (pytest.approx(-mean), pytest.approx(error))


def test_only_trials_that_both_cells_have_are_paired():
    nan = math.nan
    mean, error = paired_difference(cell([0] * 3, [1, nan, 3]), cell([0] * 3, [2, 2, nan]), "converged_at")
    assert mean == -1 and math.isnan(error)
    assert all(map(math.isnan, paired_difference(cell([0], [nan]), cell([0], [1.0]), "converged_at")))
    with pytest.raises(ValueError, match="other seeds"):
        paired_difference(cell([0, 1]), cell([0, 1], seeds=[5, 6]), "hamming")


def test_the_best_region_is_the_best_cell_and_those_within_the_standard_error_of_the_difference():
    best = cell([0, 0, 1, 0], index=(0,))
    near = cell([0, 0, 1, 1], index=(1,))  # worse by 0.25 ± 0.25
    far = cell([3, 3, 4, 3], index=(2,))  # worse by 3 ± 0
    assert best_region([far, near, best], "hamming") == [best, near]
    assert best_region([far, near, best], "hamming", highest=True) == [far]
    assert best_region([], "hamming") == []


def test_rounding_decides_neither_who_is_within_the_standard_error_nor_who_is_best():
    for trials in range(2, 60):  # one trial that differs by 1 makes a difference of 1/trials, and a standard error as large
        even, odd = cell([0] * trials, index=(0,)), cell([1] + [0] * (trials - 1), index=(1,))
        assert verdict(*paired_difference(odd, even, "hamming")) == verdict(*paired_difference(even, odd, "hamming")) == 0
    tenths, three = cell([0] * 3, [0.1, 0.1, 0.1], index=(1,)), cell([0] * 3, [0.1, 0.2, 0.3], index=(2,))
    also = cell([0] * 3, [0.3, 0.2, 0.1], index=(0,))
    region = best_region([three, also], "converged_at", highest=True)
    assert region == [also, three] and equally_good(region, "converged_at") == region
    assert equally_good(best_region([three, tenths], "converged_at"), "converged_at") == [tenths]


def test_cells_in_which_most_trials_never_rest_do_not_win():
    nan = math.nan
    lucky = cell([0] * 4, [0.1, nan, nan, nan], index=(0,))
    steady = cell([0] * 4, [1, 2, 3, nan], index=(1,))
    assert best_region([lucky, steady], "converged_at") == [steady]
    assert best_region([lucky], "converged_at") == []


def test_the_typical_trial_is_the_one_at_the_median():
    assert cell([5, 1, 3]).typical("hamming") == 2
    assert cell([4, 1, 3, 2]).typical("hamming") == 3  # of two in the middle the lower
    assert cell([0, 0], [math.nan, 2.0]).typical("converged_at") == 1


def test_values_over_a_range_of_ones_own():
    assert values_of("T", 3, (0.01, 1)) == [0.01, 0.1, 1.0]
    assert values_of("K", 3, (2, 6)) == [2, 4, 6]
    assert values_of("noise", 3, (0, 0.5)) == values_of("noise", 3)
    for wrong in ((1, 1), (2, 1), (0, 1), (math.inf, math.inf), (-1, 1)):
        with pytest.raises(ValueError):
            values_of("tau_p", 3, wrong)


@pytest.mark.parametrize(
    "line, study",
    [
        ("sweep T --points 3 --range T=0.01,1", sweep_study("T", [0.01, 0.1, 1.0])),
        ("map T K --points 3 --range K=2,6", map_study("T", ("K", [2, 4, 6]), points=3)),
        ("figure4 --points 3 --range K=2,6 --range n=0,2", figure_study(4, K=[2, 4, 6], n=(0, 1, 2))),
        ("figure1 --points 3 --range tau_p=0.1,10", figure_study(1, tau_p=[0.1, 1.0, 10.0])),
    ],
)
def test_the_shell_takes_ranges(line, study):
    assert study_of(parser().parse_args(line.split())) == study


@pytest.mark.parametrize(
    "line", ["map T K --range noise=0,0.1", "sweep T --range T", "sweep T --range K=2,9", "map T K --range T=1,x"]
)
def test_a_range_that_makes_no_sense_is_a_sentence(line):
    with pytest.raises(ValueError, match="--range"):
        study_of(parser().parse_args(line.split()))
