"""The temperature at which gains let go of a memory: by the formula, by drawn patterns, and by the dynamics themselves."""

import numpy as np
import pytest

from core import simulate
from core.retrieval.melting import melting_temperature


def share_of_the_target(N, K, T, draws):
    """What softmax(f/T) leaves to a memory that the neurons hold, over patterns drawn at random."""
    shares = []
    for seed in range(draws):
        patterns = np.random.default_rng(seed).choice([-1.0, 1.0], (N, K))
        scores = (patterns.T @ patterns[:, 0]) ** 2 / (2 * N)
        weights = np.exp((scores - scores.max()) / T)
        shares.append(weights[0] / weights.sum())
    return np.mean(shares), np.std(shares) / np.sqrt(draws)


@pytest.mark.parametrize(("N", "K", "told"), [(30, 100, 3.13), (60, 100, 6.41), (30, 300, 2.52)])
def test_half_of_the_gain_is_left_there(N, K, told):
    T = melting_temperature(N, K)
    assert T == pytest.approx(told, abs=0.005)
    share, error = share_of_the_target(N, K, T, 300)
    assert share == pytest.approx(0.5, abs=4 * error + 0.01)
    assert share_of_the_target(N, K, 0.9 * T, 100)[0] > 0.55 and share_of_the_target(N, K, 1.1 * T, 100)[0] < 0.45


def test_gains_that_rest_under_neurons_that_hold_a_memory_agree():
    T = melting_temperature(30, 100)
    runs = [simulate(seed=seed, noise=0.0, T=T, tau_x=float("inf"), sigma=20.0, horizon=100.0) for seed in range(60)]
    assert np.mean([run.p[-1, run.target] for run in runs]) == pytest.approx(0.5, abs=0.02)


def test_where_nothing_melts_there_is_none():
    assert melting_temperature(30, 1) is None
    assert melting_temperature(30, 2) is None  # of two, the one that is held never has less than half
    assert melting_temperature(2, 200) is None  # of two bits, half of all memories are as near
