"""The landscape over the simplex is the model's own: same energy, same rates, downhill everywhere."""

import numpy as np
import pytest

from core import simulate
from core.retrieval.landscape import energy, flow, has_landscape, simplex_points

POINTS = simplex_points(8)


@pytest.fixture(scope="module", params=["astrocyte", "linear"])
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
    np.testing.assert_allclose(power, run.power_p[row], rtol=1e-9)


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
