"""The toll that gains pay, gains that are silenced, and runs that begin anywhere: what of softmax and descent hangs on them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from core import ensemble, find_equilibrium, simulate
from core.retrieval.rivals.quadratic import sparsemax


@given(z=st.lists(st.floats(-50, 50), min_size=1, max_size=40))
def test_sparsemax_is_the_nearest_point_of_the_simplex(z):
    z = np.array(z)
    theta = brentq(lambda theta: np.sum(np.maximum(0, z - theta)) - 1, z.min() - 1.5, z.max(), xtol=1e-15, rtol=1e-15)
    np.testing.assert_allclose(sparsemax(z), np.maximum(0, z - theta), atol=1e-12)


@given(
    seed=st.integers(0, 10**6), K=st.integers(1, 60), N=st.integers(2, 40), T=st.sampled_from([0.01, 1.0, 8.0, 100.0]),
    tau_p=st.sampled_from([0.0, 0.01, 1.0, 30.0]), resolution=st.sampled_from([0.02, 1.0]),
    diagonal=st.sampled_from(["kept", "dropped"]),
)  # fmt: skip
def test_with_a_quadratic_toll_the_energy_never_rises_either(seed, K, N, T, tau_p, resolution, diagonal):
    given = {"seed": seed, "K": K, "N": N, "T": T, "tau_p": tau_p, "resolution": resolution, "diagonal": diagonal}
    run = simulate(model="quadratic", horizon=3.0, **given)
    assert run.largest_rise == 0
    np.testing.assert_allclose(sum(run.energy_parts.values()), run.energy, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(run.p.sum(axis=1), 1.0)


@pytest.mark.parametrize("T", [0.01, 5.0, 8.0])
def test_at_rest_the_gains_are_sparsemax_and_most_of_them_nothing(T):
    run = simulate(model="quadratic", seed=84, T=T, horizon=400.0, tolerance=1e-9)
    scores = (run.patterns.T @ run.g[-1]) ** 2 / (2 * run.patterns.shape[0])
    np.testing.assert_allclose(run.p[-1], sparsemax(scores / T), atol=1e-6)
    assert np.count_nonzero(sparsemax(scores / T)) <= 10 and run.outcome == "target"


def test_the_replicator_is_the_same_and_only_the_toll_another():
    run = simulate(model="quadratic", seed=3, T=6.0, integrator="adaptive", tau_x=float("inf"), horizon=2.0)
    p, f = run.p, run.state["f"]
    fitness = f - 6.0 * p
    expected = p * (fitness - np.sum(p * fitness, axis=1, keepdims=True))
    middle, steps = expected[1:-1], np.gradient(p, run.t, axis=0)[1:-1]
    fast = np.abs(middle).max(axis=1) > 1e-3
    assert np.abs(middle - steps)[fast].max() < 0.05 * np.abs(middle[fast]).max()


def test_a_gain_of_nothing_stays_nothing_and_its_memory_is_lost():
    for integrator in ("split", "adaptive", "reference"):
        run = simulate(seed=84, silenced=0, integrator=integrator)
        assert np.all(run.p[:, 0] == 0) and run.outcome == "other" and run.largest_rise == 0
    trials = ensemble(trials=100, seed=2, silenced=0)
    assert not np.any(trials.outcome == "target") and np.mean(ensemble(trials=100, seed=2).outcome == "target") > 0.8
    rest = find_equilibrium(simulate(seed=84, silenced=0))
    assert rest.p[0] == 0 and rest.found


def test_whatever_a_run_begins_with_it_rests_in_a_memory_with_softmax_gains():
    for K in (10, 100):
        trials = ensemble(trials=300, seed=4, K=K, origin="anywhere", horizon=200.0)
        assert not np.isnan(trials.converged_at).any() and np.max(trials.attention_gap) < 1e-3
        assert set(trials.outcome) <= {"target", "other", "flipped"}
    one = simulate(seed=int(trials.seeds[7]), K=100, origin="anywhere", horizon=200.0)
    assert one.outcome == trials.outcome[7], "a trial of an ensemble is the run of its seed"


def test_a_gain_far_from_attention_is_told_so_even_where_attention_is_too_small_for_a_float():
    run = simulate(seed=84, T=0.005)
    scores = (run.patterns.T @ run.g[0]) ** 2 / (2 * run.patterns.shape[0]) / run.settings["T"]
    log_pi = scores - scores.max() - np.log(np.sum(np.exp(scores - scores.max())))
    assert run.kl[0] == pytest.approx(np.mean(-np.log(100) - log_pi)) and run.kl[0] > 700
