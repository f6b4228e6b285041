"""Adaptive steps: SciPy is the judge, the energy never rises, and their number is bounded.

The scenes' own curves and dates are judged in tests/app/chapters/test_curves.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import Settings, ensemble, load_run, simulate
from core.adaptive import falling_step, second_order
from core.between import CHORD, Between
from core.registry import system_named
from core.retrieval.names import MEMORIES
from core.retrieval.patterns import draw_cue, draw_patterns
from core.run_file import npz_bytes
from tests.core.pixels import pixels, random_setting, solved


def adaptive(**given):
    return simulate(**given, integrator="adaptive")


def test_nine_of_ten_random_settings_are_true_to_a_pixel():
    """All 300 of them are `python -m tests.bench curves`."""
    rng = np.random.default_rng(5)
    runs = [adaptive(**random_setting(rng)) for _ in range(24)]
    off = [pixels(run, solved(run)) for run in runs]
    assert np.mean([max(found["overlaps"], found["gains"]) <= 1 for found in off]) >= 0.9, off


@pytest.mark.parametrize("case", [dict(N=12, K=8, T=0.5, sigma=1.0), dict(N=10, K=6, T=3.0, sigma=1.0, model="linear")])
def test_finer_steps_are_more_right_by_the_second_order(case):
    errors, steps = [], []
    for resolution in (1, 2, 4, 8):
        run = adaptive(**case, horizon=2.5, tolerance=1e-12, resolution=resolution, seed=2)
        exact = solved(run)
        at = np.searchsorted(exact.t, run.t)
        errors.append(np.abs(exact.p[at] - run.p).max() + np.abs(exact.x[at] - run.x).max())
        steps.append(run.steps)
    assert -np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(2, abs=0.3), (errors, steps)


# ----------------------------------------------------------------------------------------------------------- the energy


@settings(max_examples=60)
@given(
    model=st.sampled_from([name for name in MEMORIES if name != "neuron-astrocyte"]),
    seed=st.integers(0, 2**53 - 1),
    K=st.integers(1, 40),
    N=st.integers(2, 24),
    noise=st.floats(0, 1),
    T=st.floats(-3, 2).map(lambda power: 10**power),
    tau_p=st.one_of(st.sampled_from((0.0, math.inf)), st.floats(-2, 2).map(lambda power: 10**power)),
    tau_x=st.one_of(st.just(math.inf), st.floats(-2, 2).map(lambda power: 10**power)),
    sigma=st.floats(-1, 1).map(lambda power: 10**power),
)
def test_the_energy_never_rises(model, **given):
    run = adaptive(model=model, **given)
    assert run.largest_rise == 0
    assert np.all(np.isfinite(run.x)) and np.all(np.isfinite(run.p)) and np.all(np.diff(run.t) > 0)


@pytest.mark.parametrize("tau_p", [0.0, 1.0])
def test_the_energy_never_rises_where_neurons_are_instant(tau_p):
    for seed in range(3):
        assert adaptive(K=20, seed=seed, tau_x=0, tau_p=tau_p, horizon=2.0).largest_rise == 0


def test_a_step_that_would_raise_the_energy_is_one_of_split():
    """So long a step is not made in a run: of 150 random settings no run needs this."""
    s = Settings(N=20, K=50, seed=6, T=0.1, tau_p=0.1)
    memory = MEMORIES["astrocyte"](s, draw_patterns(s, 6)[None].astype(float))
    state = memory.start(draw_cue(s, memory.Xi[0], 6)[None].astype(float))
    assert memory.energy(second_order(memory, state, 5.0)[0]) > memory.energy(state) + 1
    fallen = falling_step(memory, state, 5.0)
    assert memory.energy(fallen) < memory.energy(state)
    np.testing.assert_array_equal(fallen["x"], memory.step(state, 5.0)["x"])


# ---------------------------------------------------------------------------------------------------- the instant limit


@pytest.mark.parametrize(("K", "sigma"), [(20, 5.0), (100, 5.0), (20, 1.0)])
def test_instant_neurons_end_where_ever_faster_ones_do(K, sigma):
    """τ_x = 10⁻³ itself is not there yet: the gains move by a tenth while neurons leave the cue."""
    given = dict(K=K, sigma=sigma, trials=150)
    fast = ensemble(**given, tau_x=1e-6, integrator="reference", resolution=5)
    instant = ensemble(**given, tau_x=0)
    assert np.mean(instant.hamming != fast.hamming) <= 0.02


def test_instant_neurons_by_adaptive_steps_too():
    for seed in range(6):
        given = dict(K=20, seed=seed, sigma=5.0)
        assert adaptive(**given, tau_x=0).hamming[-1] == adaptive(**given, tau_x=1e-6).hamming[-1]


def test_instant_gains_are_attention_in_every_frame():
    run = adaptive(tau_p=0, T=0.3)
    np.testing.assert_allclose(run.p, run.attention, atol=1e-12)


# ------------------------------------------------------------------------------------------------ trials, rest, the work


def test_a_trial_of_an_ensemble_is_the_run():
    given = dict(N=20, K=30, integrator="adaptive")
    many = ensemble(trials=5, **given)
    for i, seed in enumerate(many.seeds.tolist()):
        run = simulate(seed=seed, **given)
        assert (many.hamming[i], many.steps[i], many.outcome[i]) == (run.hamming[-1], run.steps, run.outcome)
        assert many.converged_at[i] == run.converged_at


def test_rest_is_dated_between_frames():
    run = adaptive(seed=3)
    after = np.searchsorted(run.t, run.converged_at)
    resting = run.memory.at_rest(run.state, run.settings["tolerance"])
    assert run.t[after - 1] < run.converged_at < run.t[after]
    assert not resting[after - 1] and np.all(resting[after:])


@pytest.mark.parametrize("given", [{}, dict(tau_x=0.01, sigma=1.0), dict(tau_p=1e-3), dict(tau_p=0), dict(K=3, horizon=100.0)])
def test_the_work_that_is_planned_is_as_much_as_is_done(given):
    retrieval = system_named("retrieval")
    run = adaptive(**given)
    steps, frames = retrieval.planned_steps(retrieval.settings_from({**given, "integrator": "adaptive"}), 10**6)
    assert run.steps <= steps and len(run.t) <= 1.3 * frames


def test_noise_is_seeded_and_its_frames_are_its_steps():
    runs = [adaptive(temperature_x=0.05, seed=1, horizon=2.0) for _ in range(2)]
    np.testing.assert_array_equal(runs[0].x, runs[1].x)
    assert runs[0].stochastic and runs[0].steps == len(runs[0].t) - 1


def test_a_file_has_the_steps_and_the_dates_that_frames_do_not_tell():
    first = adaptive(seed=7)
    runs = [first, simulate(start=first, at=40, T=3.0)]
    again = load_run(npz_bytes(runs))
    for read, run in zip(again.segments, runs, strict=True):
        assert (read.steps, read.converged_at) == (run.steps, run.converged_at)
        np.testing.assert_array_equal(read.x, run.x)


# --------------------------------------------------------------------------------------------------- between the frames


@pytest.mark.parametrize("integrator", ["split", "adaptive"])
def test_the_path_between_frames_is_the_one_that_a_step_takes(integrator):
    """A split step of one variable alone has goals that stand still."""
    run = simulate(model="hopfield", integrator=integrator, sigma=1.0, horizon=3.0)
    between = Between(run.dynamics, run.t, run.state)
    row = len(run.t) // 2
    inside = between.states(np.array([row, row]), np.array([0.5, 1.0]))
    np.testing.assert_allclose(inside["x"][1], run.x[row + 1], rtol=1e-12)
    if integrator == "split":
        half = run.dynamics.step({name: array[row] for name, array in run.state.items()}, (run.t[row + 1] - run.t[row]) / 2)
        np.testing.assert_allclose(inside["x"][0], half["x"], rtol=1e-12)


def test_straight_lines_between_frames_stay_near_the_path():
    run = adaptive(seed=84)
    between = Between(run.dynamics, run.t, run.state)
    rows = np.arange(len(run.t) - 1)
    middle = between.states(rows, np.full(len(rows), 0.5))
    line = (run.overlaps[:-1] + run.overlaps[1:]) / 2
    assert np.abs(middle["m"] / run.memory.N - line).max() <= 2 * CHORD
