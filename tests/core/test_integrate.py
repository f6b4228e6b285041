"""Integration: SciPy as the judge, measured orders, true limits, bounds on the work, and endings that say what happened."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from core import Settings, ensemble, simulate
from core.dynamics import Dynamics, fraction, log_softmax, neuron_energy, phi_slope
from core.integrate import GROWTH, INTEGRATORS, geometric_grid
from core.retrieval.names import MEMORIES
from core.retrieval.patterns import draw_cue, draw_patterns
from core.retrieval.settings import GATED


def slopes_in_the_gains(run):
    """The paper's equations (4)–(8), in x and p themselves."""
    Xi = run.patterns.astype(float)
    N, K = Xi.shape
    s = run.settings
    linear = run.model == "linear"

    def slopes(t, xp):
        x, p = xp[:N], xp[N:]
        g = np.tanh(s["sigma"] * x)
        m = Xi.T @ g
        f = m if linear else m**2 / (2 * N)
        drive = Xi @ p if linear else K / N * Xi @ (p * m)
        F = f - s["T"] * np.log(np.maximum(p, 1e-300))
        return np.concatenate([(drive - x) / s["tau_x"], p * (F - p @ F) / s["tau_p"]])

    return slopes


def judged(run) -> float:
    """Largest distance of a run, in neurons and gains, from SciPy's solution at tight tolerance."""
    start = np.concatenate([run.cue, np.full(run.p.shape[1], 1 / run.p.shape[1])])
    exact = solve_ivp(slopes_in_the_gains(run), (0, run.t[-1]), start, "LSODA", t_eval=run.t, rtol=1e-11, atol=1e-13)
    assert exact.success
    return float(np.abs(np.hstack([run.x, run.p]) - exact.y.T).max())


CASES = {
    "plain": dict(N=12, K=8, T=0.5, sigma=1.0),
    "cold": dict(N=20, K=10, T=0.01, sigma=5.0),
    "fast gains": dict(N=14, K=6, T=0.3, sigma=2.0, tau_p=0.2),
    "fast neurons": dict(N=14, K=6, T=0.3, sigma=0.5, tau_x=0.2),
    "linear": dict(N=10, K=6, T=3.0, sigma=1.0, model="linear"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("integrator", "order"), [("split", 1), ("reference", 2)])
def test_the_order_measured_against_scipy(case, integrator, order):
    """Errors against the paper's ODEs in the gains, as the grid is refined."""
    resolutions = (8, 16, 32, 64) if integrator == "split" else (4, 8, 16, 32)
    errors = [
        judged(simulate(**CASES[case], horizon=2.5, tolerance=1e-12, integrator=integrator, resolution=r, seed=2))
        for r in resolutions
    ]
    measured = -np.polyfit(np.log(resolutions), np.log(errors), 1)[0]
    assert measured == pytest.approx(order, abs=0.12 * order), errors
    assert errors[-1] < (5e-2 if order == 1 else 2e-4)


@pytest.mark.parametrize("model", ["neuron-astrocyte", "dense", "krotov", "attention", "hopfield"])
@pytest.mark.parametrize(("integrator", "order"), [("split", 1), ("reference", 2), ("adaptive", 2)])
def test_the_order_of_the_rivals(model, integrator, order):
    """By a much finer reference run; the neuron–astrocyte system is judged by SciPy below."""
    common = dict(model=model, N=8, K=5, T=0.5, sigma=1.0, horizon=2.0, tolerance=1e-12, seed=1)
    exact = simulate(**common, integrator="reference", resolution=150).x[-1]
    resolutions = (4, 8, 16)
    errors = [np.abs(simulate(**common, integrator=integrator, resolution=r).x[-1] - exact).max() for r in resolutions]
    order = 2 if model == "neuron-astrocyte" else order  # its split steps are of second order too
    measured = -np.polyfit(np.log(resolutions), np.log(errors), 1)[0]
    assert measured == pytest.approx(order, abs=0.2 * order), errors


def test_the_neuron_astrocyte_system_is_the_one_of_its_paper():
    """ẋ = −x + gφ, ṡ = −s + φφᵀ + ψ, q̇ = −q + Tψ + g with the four-index tensor formed, and its start, by SciPy."""
    N, beta = 6, 1.2
    run = simulate(
        model="neuron-astrocyte", N=N, K=4, sigma=beta, horizon=2.0, integrator="reference", resolution=20, tolerance=1e-12
    )
    Xi = run.patterns.astype(float)
    tensor = np.einsum("im,jm,km,lm->ijkl", Xi, Xi, Xi, Xi) / N**3

    def slopes(t, v):
        x, s, q = v[:N], v[N : N + N * N].reshape(N, N), v[N + N * N :].reshape(N, N)
        phi, g, psi = (np.tanh(beta * u) for u in (x, s, q))
        dq = -q + np.einsum("ijkl,kl->ij", tensor, psi) + g
        return np.concatenate([-x + g @ phi, (-s + np.outer(phi, phi) + psi).ravel(), dq.ravel()])

    h = np.tanh(beta * run.cue)
    hh = np.outer(h, h)
    g0 = np.clip(np.einsum("ijkl,kl->ij", tensor, hh), -1 + 1e-9, 1 - 1e-9)
    start = np.concatenate([run.cue, np.arctanh(g0).ravel() / beta, np.arctanh(-hh).ravel() / beta])
    exact = solve_ivp(slopes, (0, 2), start, "LSODA", t_eval=run.t, rtol=1e-10, atol=1e-12).y[:N].T
    np.testing.assert_allclose(run.x, exact, atol=2e-5)


def test_euler_is_the_papers_protocol_to_the_letter():
    run = simulate(N=15, K=12, T=0.05, sigma=5.0, integrator="euler", horizon=2.0, seed=3)
    slopes = slopes_in_the_gains(run)
    state, h = np.concatenate([run.cue, np.full(12, 1 / 12)]), 0.001
    for _ in range(2000):
        state = state + h * slopes(0.0, state)
    assert run.steps == 2000
    np.testing.assert_allclose(np.concatenate([run.x[-1], run.p[-1]]), state, rtol=1e-9, atol=1e-12)


def test_euler_steps_are_the_papers():
    assert simulate(N=10, K=5, integrator="euler").steps == 10_000
    assert simulate(N=10, K=5, integrator="euler", tau_x=0.01, horizon=1.0).steps == 2_000  # h = 0.05·0.01


def test_default_and_euler_end_in_the_same_signs():
    both = [ensemble(trials=40, N=20, K=50, integrator=i, horizon=10.0) for i in ("split", "euler")]
    np.testing.assert_array_equal(both[0].hamming, both[1].hamming)


def test_the_default_grid_ends_in_the_same_signs_as_a_fine_one():
    coarse, fine = (ensemble(trials=200, N=20, K=200, noise=0.15, resolution=r) for r in (1, 10))
    assert np.mean(coarse.hamming == fine.hamming) >= 0.997


# --------------------------------------------------------------------------------------------------------------- limits


def final(**given):
    run = simulate(**{**dict(N=16, K=6, T=0.5, sigma=0.5, tolerance=1e-8), **given})
    return run.x[-1], run.p[-1]


@pytest.mark.parametrize("model", ["astrocyte", "linear"])
@pytest.mark.parametrize(
    ("limit", "near"),
    [
        (dict(tau_p=0), dict(tau_p=1e-6)),
        (dict(tau_p=math.inf), dict(tau_p=1e9)),
        (dict(tau_x=0), dict(tau_x=1e-6)),
        (dict(tau_x=math.inf), dict(tau_x=1e9)),
    ],
)
def test_true_limits_are_approached(model, limit, near):
    """What is instant follows, what is frozen stays."""
    for seed in range(3):
        x, p = final(model=model, seed=seed, horizon=3.0, resolution=10, **limit)
        x_near, p_near = final(model=model, seed=seed, horizon=3.0, resolution=10, **near)
        np.testing.assert_allclose(x, x_near, atol=0.02)
        np.testing.assert_allclose(p, p_near, atol=2e-3)


def test_instant_gains_are_attention_at_every_moment():
    run = simulate(tau_p=0, T=0.3)
    np.testing.assert_allclose(run.p, run.attention, atol=1e-12)
    assert run.attention_gap.max() <= 1e-12 and np.all(run.power_p == 0)


def test_frozen_gains_stay_uniform():
    run = simulate(tau_p=math.inf)
    np.testing.assert_allclose(run.p, 1 / 100, atol=1e-15)


def test_frozen_neurons_stay_at_the_cue():
    run = simulate(tau_x=math.inf)
    np.testing.assert_array_equal(run.x, np.broadcast_to(run.cue, run.x.shape))
    assert np.ptp(run.hamming) == 0 and run.hamming[0] == 6


def test_instant_neurons_are_at_rest_at_every_moment_after_the_start():
    run = simulate(tau_x=0, T=0.5)
    drive = run.state["drive"] if "drive" in run.state else None
    # at rest with the gains of the step before, which the last frames share
    np.testing.assert_allclose(drive[-1], run.x[-1], rtol=1e-2)
    assert np.all(run.power_x == 0)
    assert (run.outcome, run.hamming[-1]) == ("other", 11), "as with τ_x = 1e-6, which ends elsewhere than τ_x = 1"


def test_hopfield_is_the_frozen_limit_bit_for_bit_of_nothing_but_rounding():
    for seed in range(4):
        hopfield = simulate(model="hopfield", seed=seed)
        frozen = simulate(tau_p=math.inf, seed=seed)
        np.testing.assert_array_equal(hopfield.t, frozen.t)
        np.testing.assert_allclose(hopfield.x, frozen.x, atol=1e-12)


def test_hopfield_is_the_hot_limit():
    for seed in range(4):
        hopfield, hot = simulate(model="hopfield", seed=seed), simulate(T=1e6, seed=seed)
        np.testing.assert_allclose(hot.x[-1], hopfield.x[-1], atol=1e-3)


def test_a_dense_memory_of_degree_two_is_hopfield():
    a, b = simulate(model="hopfield", seed=1), simulate(model="dense", degree=2, seed=1)
    np.testing.assert_allclose(a.x, b.x, atol=1e-12)
    np.testing.assert_allclose(a.energy, b.energy, atol=1e-9)


def test_attention_is_the_linear_memory_with_instant_gains():
    a, b = simulate(model="attention", seed=1, T=2.0), simulate(model="linear", tau_p=0, seed=1, T=2.0)
    np.testing.assert_allclose(a.x, b.x, atol=1e-12)
    np.testing.assert_allclose(a.energy, b.energy, atol=1e-9)


@pytest.mark.parametrize("T", [1e-6, 0.01, 0.7, 4.0, 1e6])
@pytest.mark.parametrize("h", [1e-4, 1.0, 1e3])
def test_one_step_of_the_linear_memory_is_scaled_dot_product_attention(T, h):
    """Query φ(x), keys and values the patterns, scale 1/T, when both time constants are 0."""
    s = Settings(model="linear", N=12, K=9, T=T, tau_p=0, tau_x=0)
    Xi = draw_patterns(s, 3).astype(float)
    memory = MEMORIES["linear"](s, Xi[None])
    x = np.random.default_rng(0).standard_normal(12)
    scores = np.tanh(5 * x) @ Xi / T
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    stepped = memory.step(memory.start(x[None]), h)
    np.testing.assert_allclose(stepped["x"][0], Xi @ weights, rtol=1e-9, atol=1e-12)


# ------------------------------------------------------------------------------------------------- endings and the work


def test_the_default_grid_starts_fine_and_grows_geometrically():
    s = Settings()
    grid = list(geometric_grid(MEMORIES["hopfield"](s, np.ones((30, 100))), s, 0.0))
    t, h = np.array([row[0] for row in grid]), np.array([row[1] for row in grid])
    first = Dynamics.first_step
    assert first <= 0.005 and GROWTH <= 0.1
    assert h[0] == pytest.approx(first) and h[1] / h[0] == pytest.approx(1 + GROWTH)
    assert t[-1] == 10.0 and np.all(np.diff(t) > 0) and h.sum() == pytest.approx(10)
    assert h.max() <= 0.375 and len(grid) <= 130


@pytest.mark.parametrize("model", [name for name in MEMORIES if name not in ("neuron-astrocyte", "krotov")])
@pytest.mark.parametrize("change", [{}, {"tau_p": 1000.0}, {"T": 100.0}, {"T": 1e-6}, {"tau_p": math.inf}, {"tau_x": math.inf}])
def test_steps_to_the_horizon_are_few(model, change):
    run = simulate(model=model, **change)
    most = 190 if model in GATED else 130  # their gates are twenty times as fast, and steps grow by 6 %
    assert run.steps <= most and run.counts["steps"] == len(run.t) - 1
    assert run.counts["products"] <= 2 * run.steps + 4, "one product with Ξ and one with its transpose a step"


@pytest.mark.parametrize(
    ("change", "most"), [({"tau_p": 1e-3}, 260), ({"tau_x": 1e-3}, 260), ({"tau_p": 1e-6, "tau_x": 1e-6}, 400)]
)
def test_fast_time_constants_cost_their_logarithm_only(change, most):
    run = simulate(**change)
    assert run.steps <= most and run.products <= 2 * most + 4


def test_the_neuron_astrocyte_memory_resolves_its_time_constants_in_few_steps():
    run = simulate(model="neuron-astrocyte")
    assert run.steps <= 260 and run.products <= 7 * run.steps, "two stages of three products a step, and some steps halved"


def test_instant_neurons_settle_in_few_rounds():
    run = simulate(tau_x=0)
    assert run.products <= 1500


@pytest.mark.parametrize("tau", [5e-324, 1e-300, 1e-30])
def test_time_constants_too_small_for_a_step_do_not_hang(tau, refused):
    """0.002·5e-324 is 0, and a step of 0 would never grow."""
    run = simulate(N=8, K=4, tau_p=tau)
    assert run.outcome == "target" and run.steps < 1500
    np.testing.assert_allclose(run.x[-1], simulate(N=8, K=4, tau_p=0).x[-1], atol=1e-2)
    with refused("integrator = 'euler'", "steps"):
        simulate(N=8, K=4, tau_x=tau, integrator="euler")


def test_a_run_stops_when_it_has_converged_and_says_since_when():
    run = simulate(horizon=1000.0)
    assert run.converged_at < run.t[-1] < 50
    assert run.outcome == "target" and "at rest since" in run.sentence
    resting = run.t >= run.converged_at
    assert np.all(run.memory.at_rest(run.state, run.settings["tolerance"])[resting])
    assert not run.memory.at_rest(run.state, run.settings["tolerance"])[~resting][-1]


def test_a_run_cut_by_its_horizon_says_so():
    run = simulate(tau_p=1000.0)
    assert run.converged_at is None and run.outcome == "not converged" and run.t[-1] == 10.0
    assert run.sentence.startswith("Not converged by t = 10")


def test_stopping_early_does_not_change_where_a_run_goes():
    early, late = simulate(), simulate(tolerance=1e-12, horizon=40.0)
    assert early.t[-1] < late.t[-1]
    np.testing.assert_allclose(early.x[-1], late.x[-1], atol=5e-3 * np.abs(late.x[-1]).max())
    shared = min(len(early.t), 60)
    np.testing.assert_array_equal(early.x[:shared], late.x[:shared])


@pytest.mark.parametrize("tau", ["tau_p", "tau_x"])
@pytest.mark.parametrize("integrator", ["euler", "reference"])
def test_explicit_integrators_refuse_the_instant_limits(refused, tau, integrator):
    with refused(f"{tau} = 0", "above 0", integrator, "split"):
        simulate(**{tau: 0}, integrator=integrator)


def test_euler_refuses_what_would_take_minutes(refused):
    with refused("integrator = 'euler'", "steps", "split"):
        simulate(integrator="euler", horizon=1e6)


def test_a_step_can_be_made_by_hand_and_changes_nothing_it_was_given():
    s = Settings(N=10, K=6)
    memory = MEMORIES["astrocyte"](s, draw_patterns(s, 0)[None])
    state = memory.start(draw_cue(s, memory.Xi[0], 0)[None].astype(float))
    kept = {name: array.copy() for name, array in state.items()}
    for integrator in INTEGRATORS.values():
        once, again = integrator.step(memory, state, 0.1), integrator.step(memory, state, 0.1)
        assert not np.array_equal(once["x"], state["x"])
        np.testing.assert_array_equal(once["x"], again["x"])
        for name, array in kept.items():
            np.testing.assert_array_equal(array, state[name])


# ------------------------------------------------------------------------------------------------------------ the noise


def test_langevin_noise_is_seeded_and_says_that_it_is_there():
    runs = [simulate(temperature_x=0.05, seed=s, horizon=2.0) for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0].x, runs[1].x)
    assert not np.array_equal(runs[0].x, runs[2].x)
    assert runs[0].stochastic and "noisy" in runs[0].sentence and "may rise" in runs[0].sentence
    calm = simulate(seed=1, horizon=2.0)
    assert not calm.stochastic and "noisy" not in calm.sentence
    np.testing.assert_array_equal(calm.patterns, runs[0].patterns)
    np.testing.assert_array_equal(calm.cue, runs[0].cue)


def test_with_noise_the_energy_may_rise():
    assert simulate(temperature_x=0.5, sigma=1.0, T=1.0).largest_rise > 0


def test_a_free_neuron_varies_by_the_noise_temperature():
    """With gains too weak to drive (σ = 0.01) each neuron is an Ornstein–Uhlenbeck process of variance T_x."""
    run = simulate(N=400, K=1, sigma=0.01, temperature_x=0.3, horizon=40.0, seed=1)
    assert run.x[run.t > 10].var() == pytest.approx(0.3, rel=0.1)


# -------------------------------------------------------------------------------------------------------------- extremes


@pytest.mark.parametrize("model", ["astrocyte", "linear", "attention", "dense", "hopfield"])
@pytest.mark.parametrize("T", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(
    ("tau_p", "tau_x"), [(0, 0), (0, 1e3), (math.inf, 1e-3), (1e-3, math.inf), (1e-3, 1e-3), (1e3, 0), (math.inf, math.inf)]
)
@pytest.mark.parametrize("sigma", [0.01, 100.0])
def test_everything_is_finite_at_the_ends_of_all_ranges(model, T, tau_p, tau_x, sigma):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        run = simulate(model=model, N=9, K=40, T=T, tau_p=tau_p, tau_x=tau_x, sigma=sigma, horizon=2.0)
    for name in (
        "t",
        "x",
        "g",
        "p",
        "overlaps",
        "energy",
        "power_x",
        "power_p",
        "attention",
        "error",
        "perplexity",
        "attention_gap",
        "kl",
    ):
        assert np.all(np.isfinite(getattr(run, name))), name
    assert np.abs(run.p.sum(axis=-1) - 1).max() <= 1e-12 and run.p.min() >= 0
    assert np.all((run.perplexity >= 1 - 1e-9) & (run.perplexity <= 40 + 1e-9))
    assert run.largest_rise == 0


@pytest.mark.parametrize("T", [1e-6, 0.01, 1e6])
def test_five_thousand_patterns_are_finite_and_on_the_simplex(T):
    run = simulate(N=64, K=5000, T=T, horizon=3.0, family="biased", activity=0.02)
    assert np.all(np.isfinite(run.energy)) and np.all(np.isfinite(run.x))
    assert np.abs(run.p.sum(axis=-1) - 1).max() <= 1e-12
    assert run.largest_rise == 0


@pytest.mark.parametrize("integrator", ["adaptive", "euler", "reference"])
@pytest.mark.parametrize("T", [1e-6, 0.01, 50.0])
def test_the_other_integrators_stay_on_the_simplex(integrator, T):
    run = simulate(N=12, K=30, T=T, integrator=integrator, horizon=2.0)
    assert np.all(np.isfinite(run.x)) and np.all(np.isfinite(run.energy))
    assert np.abs(run.p.sum(axis=-1) - 1).max() <= 1e-12


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1e6, 1e150])
def test_cues_of_any_finite_size_are_taken(scale):
    run = simulate(N=8, K=4, cue=scale * np.where(np.arange(8) % 2, 1.0, -1.0))
    assert np.all(np.isfinite(run.x)) and np.all(np.isfinite(run.energy))


# ---------------------------------------------------------------------------------------------------- the small formulas


def test_shared_formulas_against_their_definitions():
    x = np.linspace(-3, 3, 41)
    for sigma in (0.01, 1.0, 20.0):
        g = np.tanh(sigma * x)
        direct = x * g - np.log(np.cosh(np.clip(sigma * x, -700, 700))) / sigma
        np.testing.assert_allclose([neuron_energy(np.array([v]), sigma) for v in x], direct, atol=1e-11)
        np.testing.assert_allclose(phi_slope(x, sigma), sigma / np.cosh(sigma * x) ** 2, rtol=1e-9)
    p, log_p = log_softmax(np.array([1e6, 1e6 - 1, -1e6]))
    np.testing.assert_allclose(p, [1 / (1 + math.exp(-1)), 1 / (1 + math.e), 0], atol=1e-12)
    np.testing.assert_allclose(log_p[:2], np.log(p[:2]), atol=1e-12)
    assert fraction(1.0, 0.0) == 0 and fraction(1.0, math.inf) == 1 and fraction(1e-12, 1.0) == pytest.approx(1e-12, rel=1e-9)
