"""Fixed points: equations (10) and (11) to the residuals given, and eigenvalues against a Jacobian written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core import find_equilibrium, simulate
from core.retrieval.names import MEMORIES

SOFT = dict(T=5.0, sigma=0.5, N=14, K=10, horizon=60.0)  # neurons far from saturation, gains far from a corner


def jacobian(run, x, p) -> np.ndarray:
    """∂(ẋ, ṗ)/∂(x, p) of (4)–(8), with ṗ restricted to the simplex by an orthonormal basis of its tangents."""
    Xi = run.patterns.astype(float)
    N, K = Xi.shape
    s = run.settings
    T, sigma, tau_p, tau_x = s["T"], s["sigma"], s["tau_p"], s["tau_x"]
    g = np.tanh(sigma * x)
    d = sigma * (1 - g**2)
    m = Xi.T @ g
    F = m**2 / (2 * N) - T * np.log(p)
    mean = p @ F
    xx = (K / N * Xi @ np.diag(p) @ Xi.T @ np.diag(d) - np.eye(N)) / tau_x
    xp = K / N * Xi @ np.diag(m) / tau_x
    px = (np.diag(p) - np.outer(p, p)) @ (m[:, None] * Xi.T / N * d) / tau_p
    pp = (np.diag(F - mean) - T * np.eye(K) - np.outer(p, F - T)) / tau_p
    tangents = np.linalg.svd(np.ones((1, K)))[2][1:].T
    return np.block([[xx, xp @ tangents], [tangents.T @ px, tangents.T @ pp @ tangents]])


def assert_same_spectrum(found: np.ndarray, expected: np.ndarray, atol: float = 1e-5) -> None:
    assert len(found) == len(expected)
    np.testing.assert_allclose(np.sort_complex(found), np.sort_complex(expected), atol=atol)


@pytest.mark.parametrize(
    "change",
    [{}, dict(tau_p=0.3, tau_x=2.0), dict(seed=3, K=14), dict(T=4.0, sigma=0.45), dict(tau_p=20.0, horizon=900.0)],
    ids=str,
)
def test_residuals_vanish_and_eigenvalues_are_those_of_the_jacobian_by_hand(change):
    run = simulate(**{**SOFT, **change})
    e = find_equilibrium(run)
    assert e.found and e.residual_x <= 1e-10 and e.residual_p <= 1e-10
    assert 0.05 < np.abs(np.tanh(run.settings["sigma"] * e.x)).max() < 0.999, "the case is meant to be moderate"
    expected = np.linalg.eigvals(jacobian(run, e.x, e.p))
    assert_same_spectrum(e.eigenvalues, expected)
    assert e.stable and e.stable == bool(np.all(expected.real < 0))
    assert np.all(np.diff(e.eigenvalues.real) <= 0), "largest real part first"


def test_the_fixed_point_satisfies_equations_10_and_11():
    e = find_equilibrium(run := simulate(**SOFT))
    g = np.tanh(0.5 * e.x)
    f = (run.patterns.T @ g) ** 2 / 28
    softmax = np.exp((f - f.max()) / 5)
    np.testing.assert_allclose(e.p, softmax / softmax.sum(), atol=1e-9)
    np.testing.assert_allclose(10 / 14 * run.patterns @ (e.p * (run.patterns.T @ g)), e.x, atol=1e-8)


@pytest.mark.parametrize("model", MEMORIES)
def test_every_memory_has_a_stable_point_where_its_run_ends(model):
    run = simulate(model=model, N=12, K=4, seed=1, T=1.0, horizon=50.0)
    e = find_equilibrium(run)
    assert e.found and e.stable
    np.testing.assert_allclose(e.x, run.x[-1], atol=2e-2 * np.abs(e.x).max())
    assert max(e.residual_x, e.residual_p) <= 1e-10


def test_a_recalled_memory_is_deeply_stable():
    """Saturated neurons and a single gain: neurons relax at −1/τ_x, gains at −T/τ_p."""
    run = simulate(tau_x=2.0, tau_p=0.5, horizon=30.0)
    e = find_equilibrium(run)
    assert e.stable and run.outcome == "target"
    np.testing.assert_allclose(np.sort(e.eigenvalues.real), np.sort([-0.5] * 30 + [-0.02] * 99), atol=1e-6)


# -------------------------------------------------------------------------------------------------------------- saddles


def two_alike() -> dict:
    """A cue exactly between two memories: neither can win."""
    Xi = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, -1, -1, -1, -1]]).T
    return dict(memories=Xi, cue=Xi.sum(axis=1) / 2, T=0.5, sigma=2.0, horizon=60.0)


def test_a_point_between_two_memories_is_an_unstable_saddle():
    run = simulate(**two_alike())
    e = find_equilibrium(run)
    np.testing.assert_allclose(e.p, 0.5, atol=1e-12)
    assert e.found and not e.stable and run.outcome == "mixture"
    assert e.eigenvalues[0].real > 0.1 and np.any(e.eigenvalues.real < -0.1)
    assert_same_spectrum(e.eigenvalues, np.linalg.eigvals(jacobian(run, e.x, e.p)), atol=1e-4)
    pushed = simulate(**{**two_alike(), "cue": two_alike()["cue"] + 1e-3 * np.repeat([0, 1], 4)})
    assert pushed.outcome == "target" and find_equilibrium(pushed).stable


def test_silence_is_stable_for_shallow_responses_and_a_saddle_for_steep_ones():
    """At x = 0 the neurons' block is −1 + σ·eig(ΞΞᵀ/N), and the gains relax at −T."""
    for sigma, stable in ((0.05, True), (5.0, False)):
        run = simulate(cue=np.zeros(12), N=12, K=6, sigma=sigma, T=2.0)
        e = find_equilibrium(run)
        neurons = -1 + sigma * np.linalg.eigvalsh(run.patterns @ run.patterns.T / 12)
        assert_same_spectrum(e.eigenvalues, np.concatenate([neurons, [-2.0] * 5]).astype(complex))
        assert e.stable is stable and np.all(e.x == 0)


# --------------------------------------------------------------------------------------------------------------- limits


def test_frozen_gains_leave_the_neurons_alone():
    run = simulate(**{**SOFT, "sigma": 2.0}, tau_p=math.inf, tau_x=2.0)
    e = find_equilibrium(run)
    W = run.patterns @ run.patterns.T / 14
    assert e.found and e.residual_p == 0 and len(e.eigenvalues) == 14
    assert_same_spectrum(e.eigenvalues, np.linalg.eigvals((W * (2 * (1 - np.tanh(2 * e.x) ** 2)) - np.eye(14)) / 2))


def test_frozen_neurons_leave_the_gains_alone():
    run = simulate(**SOFT, tau_x=math.inf, tau_p=4.0)
    e = find_equilibrium(run)
    np.testing.assert_array_equal(e.x, run.cue)
    assert e.found and e.residual_x == 0
    np.testing.assert_allclose(e.eigenvalues, [-5 / 4] * 9, atol=1e-6)


@pytest.mark.parametrize("instant", [dict(tau_p=0), dict(tau_x=0)])
def test_instant_cells_follow_and_the_slow_ones_decide(instant):
    run = simulate(**SOFT, **instant)
    e = find_equilibrium(run)
    J, N = jacobian(simulate(**SOFT), e.x, e.p), 14
    xx, xp, px, pp = J[:N, :N], J[:N, N:], J[N:, :N], J[N:, N:]
    reduced = xx - xp @ np.linalg.solve(pp, px) if "tau_p" in instant else pp - px @ np.linalg.solve(xx, xp)
    assert e.found and e.stable
    assert_same_spectrum(e.eigenvalues, np.linalg.eigvals(reduced), atol=1e-4)


def test_all_instant_is_stable_where_recalled():
    e = find_equilibrium(simulate(tau_p=0, tau_x=0))
    assert e.found and e.stable


def test_all_frozen_has_no_eigenvalues():
    e = find_equilibrium(simulate(tau_p=math.inf, tau_x=math.inf))
    assert e.found and len(e.eigenvalues) == 0


def test_a_run_that_was_cut_short_is_still_followed_to_its_rest():
    run = simulate(horizon=1.0)
    assert run.outcome == "not converged"
    e = find_equilibrium(run)
    assert e.found and e.stable
    np.testing.assert_array_equal(np.sign(e.x), run.patterns[:, 0])


def test_what_would_take_minutes_is_refused(refused):
    with refused("2030 variables", "at most"):
        find_equilibrium(simulate(K=2000, horizon=0.01))
