"""The landscape over the simplex is the model's own: same energy, same rates, downhill everywhere."""

import numpy as np
import pytest

from core import simulate
from core.retrieval.landscape import along, energy, flow, has_gains, has_landscape, simplex_points, stands

POINTS = simplex_points(8)


@pytest.fixture(scope="module", params=["astrocyte", "linear", "gated"])
def run(request):
    return simulate(model=request.param, K=3, N=20, T=0.5, seed=3)


def test_the_points_lie_inside_the_simplex_one_for_each_small_triangle():
    assert POINTS.shape == (64, 3)
    assert np.all(POINTS > 0)
    np.testing.assert_allclose(POINTS.sum(axis=1), 1)
    assert len({tuple(point) for point in POINTS.round(9)}) == 64


def test_at_the_gains_of_a_frame_it_is_the_energy_and_the_velocity_of_the_run(run):
    row = 20
    point = run.p[row][None]
    np.testing.assert_allclose(energy(run, [row], point)[0, 0], run.energy[row], rtol=1e-12)
    power = run.memory.strength * np.sum(flow(run, [row], point)[0, 0] ** 2 / point[0])  # K Var_p(F), as τ_p = 1
    gates = run.memory.strength / 0.05 * np.sum(run.memory._away(run.state)[row] ** 2) if run.model == "gated" else 0.0
    np.testing.assert_allclose(power + gates, run.power_p[row], rtol=1e-9)


def test_the_flow_stays_on_the_simplex_and_leads_downhill_everywhere(run):
    rows = range(0, len(run.t), 10)
    velocity = flow(run, rows, POINTS)
    np.testing.assert_allclose(velocity.sum(axis=2), 0, atol=1e-12)
    ahead = POINTS + 1e-6 * velocity
    for row, moved in zip(rows, ahead, strict=True):
        assert np.all(energy(run, [row], moved)[0] <= energy(run, [row], POINTS)[0] + 1e-12)


def test_only_three_memories_with_gains_of_their_own_have_a_landscape(run):
    assert has_landscape(run)
    assert not has_landscape(simulate(K=4))
    assert not has_landscape(simulate(K=3, model="hopfield"))


# ------------------------------------------------------------------------------------------------ from a rival to the target

MODELS = ("astrocyte", "linear", "quadratic", "gated", "gated-linear")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("diagonal", ["kept", "dropped"])
def test_along_the_line_it_is_the_energy_of_neurons_put_there(model, diagonal):
    run = simulate(model=model, N=20, K=7, T=0.5, sigma=2.0, seed=3, diagonal=diagonal)
    rows, points = np.array([0, 10, 30]), np.linspace(0.05, 0.95, 9)
    height = along(run, rows, 2, points)
    apart = run.patterns[:, 0] != run.patterns[:, 2]
    for i, row in enumerate(rows):
        told = []
        for point in points:
            g = np.where(apart, (2 * point - 1) * run.patterns[:, 0], run.g[row])
            here = {v: run.variables[v][row] for v in run.variables}
            there = {**here, "x": np.where(apart, np.arctanh(g * apart) / 2, here["x"])}
            told.append(run.memory.energy(run.memory.complete(there)))
        np.testing.assert_allclose(np.diff(height[i]), np.diff(told), atol=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_it_tilts_from_what_is_alike_on_both_sides_into_a_slope_to_the_target(model):
    """Of two memories with equal gains neither is nearer; once the target has all the gain it is downhill all the way to it."""
    run = simulate(model=model, N=30, K=2, T=0.5, seed=84, noise=0.3)
    rows, points = np.array([0, len(run.t) - 1]), np.linspace(0, 1, 21)
    first, last = along(run, rows, 1, points)
    assert run.outcome == "target"
    np.testing.assert_allclose(first, first[::-1], atol=1e-9)
    assert last.argmin() == 20 and np.all(np.diff(last)[1:-1] < 0)
    assert first.argmax() == 10 if "linear" not in model else first.argmin() == 10
    where = stands(run, np.arange(len(run.t)), 1)
    assert 0.5 < where[0] < 0.95 and where[-1] == pytest.approx(1, abs=1e-3)
    assert np.all((where >= 0) & (where <= 1))


def test_its_ends_are_the_memories_and_one_that_is_the_target_itself_is_no_line():
    xi = np.sign(np.random.default_rng(0).standard_normal((12, 2)))
    run = simulate(memories=np.column_stack([xi, xi[:, 0]]), horizon=0.5)
    rows = np.arange(3)
    assert np.ptp(along(run, rows, 2, np.linspace(0, 1, 5))) >= 0 and np.all(stands(run, rows, 2) == 0.5)
    assert has_gains(run) and not has_gains(simulate(model="hopfield", horizon=0.1))
