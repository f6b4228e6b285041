"""Stored patterns and cues: what each family draws, how a cue is spoilt, and which draws depend on which settings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Settings, memories_from_images, simulate
from core.glyphs import GLYPHS, LETTER_SHAPE, letter_patterns
from core.random import stream, trial_seeds
from core.retrieval.patterns import draw_cue, draw_memories, own_memories
from core.retrieval.settings import settings_from

DRAWN = ("coins", "biased", "correlated", "letters", "digits")


def patterns(**given) -> np.ndarray:
    return draw_memories(settings_from(given)).patterns


def cue(**given) -> np.ndarray:
    settings = settings_from(given)
    return draw_cue(settings, draw_memories(settings).patterns, settings.seed)


# ------------------------------------------------------------------------------------------------------------- families


@pytest.mark.parametrize("family", DRAWN)
def test_every_family_draws_an_N_by_K_array_of_plus_and_minus_one(family):
    settings = settings_from({"family": family, "K": 12})
    stored = draw_memories(settings)
    assert stored.patterns.shape == (settings.N, 12)
    assert set(np.unique(stored.patterns)) == {-1, 1}
    assert len(stored.names) == 12


def test_fair_coins_are_fair_and_independent():
    Xi = patterns(N=400, K=400, seed=3).astype(float)
    assert abs(Xi.mean()) < 4 / 400
    overlaps = Xi.T @ Xi / 400
    np.fill_diagonal(overlaps, 0)
    assert overlaps.std() == pytest.approx(1 / 20, rel=0.1) and np.abs(overlaps).max() < 6 / 20


@pytest.mark.parametrize("activity", [0.05, 0.3, 0.9])
def test_biased_coins_show_plus_one_with_their_activity(activity):
    share = np.mean(patterns(family="biased", activity=activity, N=300, K=300) == 1)
    assert share == pytest.approx(activity, abs=5 * np.sqrt(activity * (1 - activity)) / 300)


def test_correlated_patterns_differ_from_their_prototype_in_exactly_the_spread():
    prototypes = patterns(family="correlated", groups=4, spread=0.0, N=40, K=4)
    Xi = patterns(family="correlated", groups=4, spread=0.1, N=40, K=20)
    for mu in range(20):
        assert np.sum(Xi[:, mu] != prototypes[:, mu % 4]) == 4
    flat = patterns(family="correlated", groups=4, spread=0.0, N=40, K=20)
    np.testing.assert_array_equal(flat[:, 4:8], prototypes)


def test_letters_are_36_distinct_glyphs_of_five_by_seven():
    glyphs = letter_patterns()
    assert "".join(GLYPHS) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    assert glyphs.shape == (36, 35) and LETTER_SHAPE == (7, 5)
    assert set(np.unique(glyphs)) == {-1, 1}
    overlap = glyphs.astype(int) @ glyphs.T
    np.fill_diagonal(overlap, 0)
    assert np.abs(overlap).max() < 35, "no glyph is another one or its negative"


def test_letters_know_their_shape_and_names():
    stored = draw_memories(settings_from({"family": "letters", "K": 3}))
    assert stored.shape == (7, 5) and stored.names == ("A", "B", "C")
    T = draw_memories(settings_from({"family": "letters"})).patterns[:, 19].reshape(7, 5)
    np.testing.assert_array_equal(T, [[1] * 5] + [[-1, -1, 1, -1, -1]] * 6)


# ----------------------------------------------------------------------------------------------------------------- cues


@given(N=st.integers(1, 60), K=st.integers(1, 8), noise=st.floats(0, 1), seed=st.integers(0, 2**53 - 1), data=st.data())
def test_a_cue_differs_from_its_target_in_exactly_n_entries(N, K, noise, seed, data):
    target = data.draw(st.integers(0, K - 1))
    given_ = dict(N=N, K=K, noise=noise, seed=seed, target=target)
    Xi, x0 = patterns(**given_), cue(**given_)
    wrong = x0 != Xi[:, target]
    assert wrong.sum() == round(noise * N)
    np.testing.assert_array_equal(x0[wrong], -Xi[wrong, target])


@given(N=st.integers(1, 60), noise=st.floats(0, 1), seed=st.integers(0, 1000))
def test_a_masked_cue_has_exactly_n_zeros_and_is_right_elsewhere(N, noise, seed):
    given_ = dict(N=N, K=3, noise=noise, seed=seed)
    Xi, x0 = patterns(**given_), cue(**given_, cue="mask")
    assert np.sum(x0 == 0) == round(noise * N)
    np.testing.assert_array_equal(x0[x0 != 0], Xi[x0 != 0, 0])


def test_flipped_entries_are_spread_over_all_neurons():
    counts = sum((cue(N=20, K=1, noise=0.25, seed=s) != patterns(N=20, K=1, seed=s)[:, 0]).astype(int) for s in range(400))
    assert counts.sum() == 400 * 5
    assert counts.min() > 60 and counts.max() < 140  # 100 each on average, with a standard deviation of 8.7


def test_the_cue_is_not_passed_through_the_response():
    run = simulate(sigma=0.1)
    np.testing.assert_array_equal(np.abs(run.x[0]), 1.0)
    np.testing.assert_array_equal(run.x[0], run.cue)


# -------------------------------------------------------------------------------------------------------------- streams


@pytest.mark.parametrize("family", DRAWN)
@pytest.mark.parametrize(
    "change", [{"noise": 0.4}, {"cue": "mask"}, {"T": 1.0}, {"model": "hopfield"}, {"target": 3}, {"temperature_x": 0.1}]
)
def test_patterns_do_not_change_with_the_cue_or_the_dynamics(family, change):
    np.testing.assert_array_equal(patterns(family=family, K=9), patterns(family=family, K=9, **change))


@pytest.mark.parametrize("family", DRAWN)
def test_more_patterns_keep_the_first_ones(family):
    few, many = patterns(family=family, K=7), patterns(family=family, K=29)
    np.testing.assert_array_equal(few, many[:, :7])


@given(seed=st.integers(0, 10_000), low=st.floats(0, 1), high=st.floats(0, 1))
def test_more_noise_keeps_the_entries_already_spoilt(seed, low, high):
    low, high = sorted((low, high))
    target = patterns(N=37, K=2, seed=seed)[:, 0]
    few, many = (cue(N=37, K=2, seed=seed, noise=noise) != target for noise in (low, high))
    assert np.all(many[few])


def test_flips_do_not_change_with_the_number_of_patterns():
    few, many = (cue(K=K, seed=5) != patterns(K=K, seed=5)[:, 0] for K in (2, 200))
    np.testing.assert_array_equal(few, many)


def test_other_seeds_give_other_patterns_and_other_flips():
    assert not np.array_equal(patterns(seed=1), patterns(seed=2))
    flips = {tuple(np.flatnonzero(cue(seed=s) != patterns(seed=s)[:, 0])) for s in range(20)}
    assert len(flips) > 15


def test_patterns_cue_noise_and_trials_have_streams_of_their_own():
    draws = {name: tuple(stream(3, name).random(4)) for name in ("patterns", "cue", "noise", "trials")}
    assert len(set(draws.values())) == 4
    assert draws["noise"] == tuple(stream(3, "noise").random(4)) != tuple(stream(4, "noise").random(4))


def test_a_larger_ensemble_keeps_the_seeds_of_the_first_trials():
    seeds = trial_seeds(7, 100)
    assert trial_seeds(7, 10) == seeds[:10] and len(set(seeds)) == 100
    assert all(0 <= s < 2**53 for s in seeds)


# ------------------------------------------------------------------------------------------------------- a caller's own


def test_images_are_thresholded_at_their_own_mid_grey():
    images = np.array([[[0.0, 1.0, 0.4], [0.6, 1.0, 0.0]], [[10, 20, 14], [16, 20, 10]]])
    stored = memories_from_images(images)
    assert stored.shape == (2, 3) and stored.patterns.shape == (6, 2)
    np.testing.assert_array_equal(stored.patterns[:, 0], [-1, 1, -1, 1, 1, -1])
    np.testing.assert_array_equal(stored.patterns[:, 1], stored.patterns[:, 0])


def test_images_are_thresholded_where_the_caller_says():
    stored = memories_from_images(np.array([[[0, 100, 200, 255]]], dtype=np.uint8), threshold=150)
    np.testing.assert_array_equal(stored.patterns[:, 0], [-1, -1, 1, 1])


def test_boolean_images_are_patterns():
    stored = memories_from_images([[[True, False], [False, True]]])
    np.testing.assert_array_equal(stored.patterns[:, 0], [1, -1, -1, 1])


def test_images_can_be_recalled():
    rng = np.random.default_rng(0)
    run = simulate(memories=rng.random((5, 8, 6)), noise=0.2)
    assert run.shape == (8, 6) and run.patterns.shape == (48, 5)
    assert run.outcome == "target"


def test_a_callers_patterns_are_taken_as_they_are():
    Xi = np.where(np.random.default_rng(1).random((12, 4)) < 0.5, 1.0, -1.0)
    stored = own_memories(Xi.tolist())
    np.testing.assert_array_equal(stored.patterns, Xi)
    assert stored.shape is None and own_memories(stored) is stored


@pytest.mark.parametrize(
    ("memories", "words"),
    [
        (np.zeros((4, 3)), ("memories holds 0", "−1 or +1")),
        ([[1, -1], [1, 2]], ("memories holds 2", "−1 or +1")),
        ([[1, np.nan], [1, 1]], ("memories holds nan", "(N, K)")),
        ([[1, np.inf], [1, 1]], ("memories holds inf", "(N, K)")),
        ([1, -1, 1], ("memories has shape (3,)", "(N, K)")),
        (np.ones((0, 3)), ("memories has shape (0, 3)", "(N, K)")),
        (np.ones((2, 2, 2, 2)), ("memories has shape (2, 2, 2, 2)", "(N, K)")),
        (np.ones((2, 0, 2)), ("shape (2, 0, 2)", "(K, h, w)")),
        ("letters", ("memories", "(N, K)")),
        ([[1, -1], [1]], ("memories", "(N, K)")),
        ([[1j, 1], [1, 1]], ("memories", "real")),
        (5, ("memories has shape ()", "(N, K)")),
    ],
)
def test_patterns_that_are_no_patterns_are_refused(refused, memories, words):
    with refused(*words):
        simulate(memories=memories)


@pytest.mark.parametrize(
    ("cue", "words"),
    [
        (np.ones(5), ("cue has shape (5,)", "30")),
        (np.ones((30, 1)), ("cue has shape (30, 1)", "30")),
        (np.full(30, np.nan), ("cue holds nan", "finite")),
        (np.full(30, np.inf), ("cue holds inf", "finite")),
        ([None] * 30, ("cue", "30 finite numbers")),
        ("scrambled", ("cue = 'scrambled'", "flip", "mask")),
        ("own", ("cue = 'own'", "cue=")),
    ],
)
def test_cues_that_do_not_fit_are_refused(refused, cue, words):
    with refused(*words):
        simulate(cue=cue)


@pytest.mark.parametrize("images", [np.ones((2, 3)), np.ones((0, 3, 3)), np.full((1, 2, 2), np.nan), "cat.png"])
def test_images_that_are_none_are_refused(refused, images):
    with refused("images", "(K, h, w)"):
        memories_from_images(images)


def test_sizes_that_contradict_the_patterns_are_refused(refused):
    Xi = np.ones((6, 2))
    with refused("N = 7", "6"):
        simulate(memories=Xi, N=7)
    with refused("K = 3", "2"):
        simulate(memories=Xi, K=3)
    assert simulate(memories=Xi, N=6, K=2).patterns.shape == (6, 2)


def test_own_patterns_must_be_given(refused):
    with refused("family = 'own'", "memories="):
        simulate(family="own")


def test_settings_know_the_family_by_name():
    assert Settings(family="biased").family == "biased"
