"""How many memories can be recalled: the exact rule, the search for K₉₀, and what both say of each other."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from core import Refusal, simulate
from core.archive import Archive, summary
from core.ensemble import Ensemble
from core.retrieval import capacity
from core.retrieval.capacity import (
    CUES,
    STEPS,
    capacity_study,
    channel_limit,
    crossing,
    ladder,
    recalled,
    rule_capacity,
    rule_success,
    straight,
)
from core.studies import Cell

# Measured by other code, written from the equations: K₉₀ at η = 0.2, N = 20 and 30, each to a quarter.
MEASURED = {
    "instant": (12, 124), "astrocyte": (11, 95), "attention": (28, 221), "hopfield": (3.1, 3.7),
    "cubic": (11, 31), "dense": (11, 69), "neuron-astrocyte": (6.7, None),
}  # fmt: skip
QUARTER = math.log(1.25)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("N, flips, K", [(3, 1, 3), (4, 1, 2), (4, 1, 3), (5, 1, 3), (5, 2, 3), (6, 2, 2)])
def test_the_rule_is_what_all_patterns_say(N, flips, K, signed):
    cue = np.ones(N)
    cue[:flips] = -1
    overlaps = [cue @ np.array(pattern) for pattern in itertools.product((-1, 1), repeat=N)]
    own = cue.sum()
    if not signed:
        overlaps, own = np.abs(overlaps), abs(own)
    shares = []
    for rivals in itertools.product(overlaps, repeat=K - 1):
        shares.append(1 / (1 + rivals.count(own)) if max(rivals) <= own else 0.0)
    assert rule_success(N, flips, K, signed) == pytest.approx(np.mean(shares), abs=1e-12)


def test_the_rule_has_the_numbers_that_others_found():
    shares = rule_success(30, 6, [10, 30, 100, 300, 1000, 3000])
    np.testing.assert_allclose(shares, [0.992, 0.975, 0.917, 0.773, 0.437, 0.110], atol=5e-4)
    known = {(10, 2): 2.6, (20, 4): 16, (30, 6): 122, (40, 8): 946, (45, 9): 2616, (60, 12): 53848, (20, 2): 483, (30, 3): 22933}
    for (N, flips), K in known.items():
        assert rule_capacity(N, flips) == pytest.approx(K, rel=0.03)
    for N, K in {20: 30, 30: 243, 40: 1892, 45: 5232}.items():
        assert rule_capacity(N, N // 5, signed=True) == pytest.approx(K, rel=0.02)


def test_the_rule_ends_where_half_of_the_cue_is_flipped():
    assert rule_success(10, 5, 3) == 0 and math.isnan(rule_capacity(10, 5))
    assert channel_limit(0.5) == 0 and channel_limit(0) == 1


def test_the_rule_grows_towards_the_channels_limit():
    assert channel_limit(0.2) == pytest.approx(0.278, abs=5e-4) and channel_limit(0.1) == pytest.approx(0.531, abs=5e-4)
    rates = [math.log2(rule_capacity(N + 50, (N + 50) // 5) / rule_capacity(N, N // 5)) / 50 for N in (50, 200, 800)]
    assert rates == sorted(rates, reverse=True) and rates[-1] == pytest.approx(channel_limit(0.2), abs=2e-3)


def test_a_ladder_has_so_many_different_rungs():
    for top in (1, 8, 31, 100, 1e4):
        rungs = ladder(top)
        assert len(rungs) == 2**STEPS - 1 and rungs[0] == 1 and rungs[-1] == max(round(top), len(rungs))
        assert all(a < b for a, b in itertools.pairwise(rungs))


@pytest.fixture(scope="module")
def searched():
    """K₉₀ of all memories at N = 20 and 30; the slowest one at 20 alone."""
    found = {}
    for models, sizes in ((tuple(MEASURED)[:-1], (20, 30)), (("neuron-astrocyte",), (20,))):
        study = capacity_study(models=models, N=sizes, seed=3)
        known = {cell.index: cell for cell in study.run()}
        assert len(known) == study.count == len(models) * len(sizes) * STEPS and study.is_whole(known)
        found |= {
            (name, N): study.found((m, i), known) for m, name in enumerate(models) for i, N in enumerate(sizes)
        }  # fmt: skip
    return found


def test_searches_find_the_capacities_that_others_found(searched):
    for (name, N), passed in searched.items():
        away = math.log(passed.K / MEASURED[name][N // 10 - 2])
        assert abs(away) < 3 * math.hypot(passed.error, QUARTER / 2), (name, N, passed)


def test_the_gated_memories_do_what_the_nearest_memory_does(searched):
    for (name, N), passed in searched.items():
        rule = rule_capacity(N, N // 5, signed=name in capacity.SIGNED)
        away = math.log(passed.K / rule) / passed.error
        assert away < 3, f"{name} beats the rule"
        if name in ("instant", "attention"):
            assert away > -3, f"{name} does not do what the rule does"
        if N == 30 and name in ("hopfield", "cubic", "dense"):
            assert away < -3, f"{name} does what the rule does"


@pytest.mark.parametrize("model, K", [("astrocyte", 5), ("attention", 60), ("instant", 60)])
def test_a_trial_of_a_cell_is_a_run_of_its_own(model, K):
    study = capacity_study(models=[model], N=[15], trials=70)
    rung = min(range(len(study.axes["K"])), key=lambda i: abs(study.axes["K"][i] - K))
    index = (0, 0, rung)
    parts = [work(*given) for work, given in study.work(index)]
    cell = study._cell(index, parts)
    assert len(cell.trials) == 70 and len(np.unique(cell.trials.seeds)) == math.ceil(70 / min(cell.point["K"], CUES))
    for trial in range(0, 70, 9):
        own = {"seed": int(cell.trials.seeds[trial]), "target": int(cell.trials.target[trial])}
        run = simulate(**{**cell.trials.settings, **own})
        assert run.hamming[-1] == cell.trials.hamming[trial]


def made(K, successes, draws=None):
    n = len(successes)
    columns = {"hamming": 1.0 - np.array(successes, dtype=float), "converged_at": np.zeros(n)}
    return Cell(
        (0, 0, 0), {"model": "astrocyte", "N": 20, "K": K}, Ensemble({}, np.arange(n) if draws is None else draws, **columns)
    )


def test_the_error_of_a_crossing_is_how_far_it_strays():
    rng, strayed = np.random.default_rng(1), []
    for _ in range(200):
        cells = [made(K, rng.random(200) < rule_success(30, 6, K)) for K in (30, 75, 102, 139, 351)]
        passed = crossing(cells)
        strayed.append((math.log(passed.K / rule_capacity(30, 6)), passed.error))
    away, error = np.array(strayed).T
    assert abs(away.mean()) < 0.04  # and no bias
    assert away.std() == pytest.approx(error.mean(), rel=0.3)


def test_trials_that_share_their_fate_make_the_error_larger():
    rng = np.random.default_rng(2)
    draws = np.repeat(np.arange(20), 10)
    alone, together = [], []
    for K in (30, 351):
        fate = rng.random(20) < rule_success(30, 6, K)
        together.append(made(K, np.repeat(fate, 10), draws))
        alone.append(made(K, np.repeat(fate, 10)))
    assert crossing(together).error > 2.5 * crossing(alone).error
    wide, narrow = (high - low for _, low, high in (recalled(together[1]), recalled(alone[1])))
    assert wide > 2.5 * narrow


def test_a_search_without_a_crossing_says_on_which_side_it_ended(monkeypatch):
    monkeypatch.setattr(capacity, "MOST_K", 31)
    for given, K in (({"tau_x": math.inf}, 0.0), ({"noise": 0.0}, math.inf)):  # neurons that never move keep the cue
        study = capacity_study(models=["instant"], N=[20], trials=20, **given)
        assert study.found((0, 0), {}) is None
        passed = study.found((0, 0), {cell.index: cell for cell in study.run()})
        assert passed.K == K and math.isnan(passed.error)


def test_growth_is_a_line_with_its_error():
    N = np.arange(10, 50, 5)
    line = straight(N, 0.3 * N + 1, np.full(len(N), 0.1))
    assert line.slope == pytest.approx(0.3) and line.error == pytest.approx(0.1 / math.sqrt(np.sum((N - N.mean()) ** 2)))
    assert line.misfit == pytest.approx(0, abs=1e-9)
    assert straight(N[:2], N[:2]) is None
    noisy = straight(N, 0.3 * N + np.where(N % 2, 1.0, -1.0), np.full(len(N), 0.1))
    assert noisy.misfit > 50 and noisy.error > 5 * line.error


@pytest.mark.parametrize("ending", ["npz", "csv"])
def test_a_search_goes_on_from_a_file(ending, tmp_path):
    study = capacity_study(models=["hopfield", "instant"], N=[10, 20], trials=30)
    whole = {cell.index: cell for cell in study.run()}
    archive = Archive(study, tmp_path / f"half.{ending}")
    for cell in itertools.islice(study.run(), 9):
        archive.add(cell)
    archive.save()
    again = Archive(study, archive.path)
    assert again.cells.keys() == archive.cells.keys()
    for cell in study.run(done=dict(again.cells)):
        again.add(cell)
    assert again.cells.keys() == whole.keys()
    for index, cell in whole.items():
        np.testing.assert_array_equal(cell.trials.seeds, again.cells[index].trials.seeds)
        for name in study.columns:
            np.testing.assert_array_equal(cell.trials.columns[name], again.cells[index].trials.columns[name])
    assert summary(study, again.cells).count("\n") == study.count


@pytest.mark.parametrize("given", [{"models": ["nobody"]}, {"K": 5}, {"cue": "mask"}, {"N": []}, {"models": []}, {"N": [0]}])
def test_what_cannot_be_studied_is_refused_in_words(given):
    with pytest.raises(Refusal):
        capacity_study(**given)
