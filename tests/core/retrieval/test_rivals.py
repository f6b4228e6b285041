"""Rivals as they were published: the diagonal of the couplings, the linear state, and networks that fall silent."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from core import Settings, ensemble, simulate
from core.retrieval.names import MEMORIES
from core.retrieval.patterns import draw_cue, draw_patterns

PAPER = {"N": 20, "seed": 5}


@pytest.mark.parametrize("model", ["hopfield", "astrocyte"])
def test_without_its_diagonal_no_neuron_drives_itself(model):
    run = simulate(model=model, diagonal="dropped", N=12, K=20, seed=3, T=5.0)
    weights = np.einsum("im,tm,jm->tij", run.patterns, run.p, run.patterns) * (run.memory.K / run.memory.N)
    weights *= 1 - np.eye(run.memory.N)
    np.testing.assert_allclose(run.state["drive"], np.einsum("tij,tj->ti", weights, run.g), atol=1e-9)


@given(
    model=st.sampled_from(["hopfield", "astrocyte"]), seed=st.integers(0, 10**6), K=st.integers(1, 60), N=st.integers(2, 40),
    T=st.sampled_from([0.01, 1.0, 30.0]), sigma=st.sampled_from([0.5, 2.0, 5.0, 20.0]), tau_x=st.sampled_from([0.01, 1.0, 50.0]),
    integrator=st.sampled_from(["split", "adaptive"]),
)  # fmt: skip
def test_without_its_diagonal_the_energy_still_never_rises(model, seed, K, N, T, sigma, tau_x, integrator):
    given = {"model": model, "seed": seed, "K": K, "N": N, "T": T, "sigma": sigma, "tau_x": tau_x, "integrator": integrator}
    run = simulate(diagonal="dropped", horizon=3.0, **given)
    assert run.largest_rise == 0
    np.testing.assert_allclose(sum(run.energy_parts.values()), run.energy, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize(("K", "n", "kept", "dropped"), [(5, 4, 1.54, 2.23), (20, 4, 3.98, 6.09), (100, 4, 4.04, 7.35)])
def test_dropping_the_diagonal_makes_hopfields_network_worse_as_was_found(K, n, kept, dropped):
    for diagonal, told in (("kept", kept), ("dropped", dropped)):
        trials = ensemble(trials=400, model="hopfield", diagonal=diagonal, K=K, noise=n / 20, **PAPER)
        error = trials.hamming.std(ddof=1) / 20
        assert trials.hamming.mean() == pytest.approx(told, abs=4 * error)


def test_with_the_diagonal_dropped_the_papers_memory_is_better_in_every_cell_tried():
    for K, n in ((5, 4), (20, 2), (50, 6), (200, 6), (100, 8)):
        given = {"trials": 300, "K": K, "noise": n / 20, **PAPER}
        difference = ensemble(**given).hamming - ensemble(model="hopfield", diagonal="dropped", **given).hamming
        assert difference.mean() < 0.5 * difference.std(ddof=1) / np.sqrt(300)


def test_the_linear_state_is_ramsauers_update():
    run = simulate(model="ramsauer", seed=2, T=2.0, horizon=60.0)
    x = run.x[-1]
    weights = np.exp(run.patterns.T @ x / 2.0 - (run.patterns.T @ x / 2.0).max())
    np.testing.assert_allclose(x, run.patterns @ (weights / weights.sum()), atol=2e-3)
    lse = 2.0 * np.log(np.sum(np.exp(run.x @ run.patterns / 2.0), axis=1))
    np.testing.assert_allclose(run.energy - run.energy[0], (x0 := -lse + np.sum(run.x**2, axis=1) / 2) - x0[0], atol=1e-8)
    assert run.largest_rise == 0


def test_where_it_is_warm_the_linear_state_loses_what_the_saturating_one_keeps():
    for T, saturating, linear in ((5.0, 0.91, 0.0), (3.0, 0.92, 0.92)):
        for model, told in (("attention", saturating), ("ramsauer", linear)):
            share = np.mean(ensemble(trials=200, seed=1, model=model, T=T).hamming == 0)
            assert share == pytest.approx(told, abs=0.07), (model, T)


# ------------------------------------------------------------------------- the dense memory, by energy differences


def energy_of(Xi, s, degree):
    """Krotov & Hopfield's, of neurons of ±1."""
    N = len(s)
    return -N / degree * np.sum((Xi.T @ s / N) ** degree)


@pytest.mark.parametrize(("N", "K", "degree"), [(8, 5, 4), (10, 7, 3), (9, 30, 6), (12, 5, 2)])
def test_a_neuron_is_driven_by_the_energies_of_its_two_states(N, K, degree):
    rng = np.random.default_rng(N)
    Xi, s, x = rng.choice([-1.0, 1.0], (N, K)), rng.choice([-1.0, 1.0], N), 0.1 * rng.standard_normal(N)
    memory = MEMORIES["krotov"](Settings(model="krotov", N=N, K=K, degree=degree), Xi)
    at_corner = memory.complete({"x": 30 * s})
    assert memory.energy_parts(at_corner)["coupling"] == pytest.approx(energy_of(Xi, s, degree), abs=1e-12)
    up, down = (np.where(np.eye(N, dtype=bool), sign, s) for sign in (1.0, -1.0))
    gained = [energy_of(Xi, b, degree) - energy_of(Xi, a, degree) for a, b in zip(up, down, strict=True)]
    np.testing.assert_allclose(at_corner["drive"], np.array(gained) / 2, atol=1e-12)
    g, mean = np.tanh(5 * x), 0.0
    for corner in itertools.product((-1.0, 1.0), repeat=N):
        mean += energy_of(Xi, np.array(corner), degree) * np.prod((1 + g * corner) / 2)
    assert memory.energy_parts(memory.complete({"x": x}))["coupling"] == pytest.approx(mean, abs=1e-12)


def test_by_energy_differences_degree_two_is_hopfields_network_without_its_diagonal():
    ours, textbook = simulate(model="krotov", degree=2, seed=3), simulate(model="hopfield", diagonal="dropped", seed=3)
    np.testing.assert_allclose(ours.memory.complete({"x": textbook.x})["drive"], textbook.state["drive"], atol=1e-12)
    np.testing.assert_array_equal(np.sign(ours.x[-1]), np.sign(textbook.x[-1]))


def flipped_one_by_one(Xi, cue, degree, rounds=20):
    """Krotov & Hopfield's own update of neurons of ±1, until none flips."""
    s, N = cue.astype(float), len(cue)
    m = Xi.T @ s
    for _ in range(rounds):
        before = s.copy()
        for i in range(N):
            rest = m - Xi[i] * s[i]
            s[i] = np.sign(np.sum(((rest + Xi[i]) / N) ** degree - ((rest - Xi[i]) / N) ** degree)) or s[i]
            m = rest + Xi[i] * s[i]
        if np.array_equal(s, before):
            break
    return s


def test_it_rests_where_no_neuron_flips_and_more_cues_reach_their_memory():
    given = {"model": "krotov", "N": 40, "K": 150, "sigma": 20.0, "horizon": 30.0}
    ours, published = [], []
    for seed in range(60):
        run = simulate(seed=seed, **given)
        Xi, end = run.patterns.astype(float), np.sign(run.x[-1])
        if run.outcome != "not converged" and np.abs(run.g[-1]).min() > 0.999:
            np.testing.assert_array_equal(flipped_one_by_one(Xi, end, 4), end)
        ours.append(run.hamming[-1] == 0)
        published.append(np.array_equal(flipped_one_by_one(Xi, run.cue, 4), Xi[:, 0]))
    assert np.mean(published) == pytest.approx(0.69, abs=0.2)
    assert np.mean(ours) > np.mean(published)


def test_without_self_coupling_the_dense_memory_holds_more():
    """K₉₀ as searched at N = 60 and 100: 825 and 5 550 (± 6 %) by differences, a power of 3.7; else 510 and 1 480."""
    for model, K, share in (("krotov", 825, 0.9), ("dense", 510, 0.9), ("dense", 825, 0.09)):
        trials = ensemble(trials=150, model=model, N=60, K=K, seed=4)
        assert np.mean(trials.hamming == 0) == pytest.approx(share, abs=0.12), (model, K)


def test_a_network_that_is_driven_too_little_falls_silent_and_that_is_said():
    run = simulate(sigma=0.1, T=100.0, horizon=100.0, seed=84)
    assert run.outcome == "silent" and "falls silent" in run.sentence and np.abs(run.g[-1]).max() < 0.01
    trials = ensemble(trials=20, sigma=0.1, T=100.0, horizon=100.0, seed=84)
    assert set(trials.outcome) == {"silent"}
    assert set(ensemble(trials=50, seed=84).outcome) <= {"target", "other", "flipped", "mixture", "not converged"}


# ------------------------------------------------------------- the neuron–astrocyte memory, which starts near saddles


def neuron_astrocyte_exactly(K: int, n: int, seed: int) -> float:
    """Neurons wrong at t = 10, by SciPy and from the equations alone."""
    N, beta = 20, 5.0
    drawn = Settings(N=N, K=K, noise=n / N)
    Xi = draw_patterns(drawn, seed).astype(float)
    cue = draw_cue(drawn, Xi, seed).astype(float)

    def recalled(psi):
        return (Xi * (np.sum((psi @ Xi) * Xi, axis=0) / N**3)) @ Xi.T

    def slopes(t, v):
        x, s, q = v[:N], v[N : N + N * N].reshape(N, N), v[N + N * N :].reshape(N, N)
        rates, gates, psi = np.tanh(beta * x), np.tanh(beta * s), np.tanh(beta * q)
        ds = -s + np.outer(rates, rates) + psi
        return np.concatenate([-x + gates @ rates, ds.ravel(), (-q + recalled(psi) + gates).ravel()])

    hh = np.outer(np.tanh(beta * cue), np.tanh(beta * cue))
    s, q = (np.arctanh(np.clip(r, 1e-9 - 1, 1 - 1e-9)).ravel() / beta for r in (recalled(hh), -hh))
    x = solve_ivp(slopes, (0, 10), np.concatenate([cue, s, q]), "DOP853", rtol=1e-7, atol=1e-9).y[:N, -1]
    return float(np.sum(np.abs(np.sign(x) - Xi[:, 0])) / 2)


@pytest.mark.parametrize(("K", "n"), [(2, 6), (20, 4)])
def test_the_neuron_astrocyte_memory_leaves_its_saddles_as_scipy_does(K, n):
    """Steps of first order had 9.9 neurons wrong at K = 2 where the truth is 0.8, and 1.3 at K = 20 where it is 1.7."""
    trials = ensemble(trials=200, model="neuron-astrocyte", N=20, K=K, noise=n / 20, seed=3)
    exact = np.array([neuron_astrocyte_exactly(K, n, int(seed)) for seed in trials.seeds])
    assert np.mean(trials.hamming == exact) >= 0.9
    assert abs(trials.hamming.mean() - exact.mean()) < 0.5 * exact.std(ddof=1) / np.sqrt(200)


def test_the_neuron_astrocyte_memory_at_its_default_steps_is_that_of_fine_ones():
    given = {"trials": 200, "model": "neuron-astrocyte", "N": 20, "K": 2, "noise": 0.3, "seed": 0, "horizon": 6.0}
    usual, fine = ensemble(**given).hamming, ensemble(resolution=8, **given).hamming
    assert np.mean(usual == fine) >= 0.99 and abs(usual.mean() - fine.mean()) < 0.5 * fine.std(ddof=1) / np.sqrt(200)


@given(
    seed=st.integers(0, 10**6), K=st.integers(1, 30), N=st.integers(2, 24), sigma=st.sampled_from([0.5, 2.0, 5.0, 20.0]),
    tau_x=st.sampled_from([0.01, 1.0, 50.0]), tau_p=st.sampled_from([0.1, 1.0, 10.0]),
)  # fmt: skip
@settings(max_examples=15)
def test_the_neuron_astrocyte_energy_never_rises_along_a_run(seed, K, N, sigma, tau_x, tau_p):
    given = {"seed": seed, "K": K, "N": N, "sigma": sigma, "tau_x": tau_x, "tau_p": tau_p}
    assert simulate(model="neuron-astrocyte", horizon=1.0, **given).largest_rise == 0
