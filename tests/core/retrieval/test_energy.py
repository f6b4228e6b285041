"""The theorem of the project: the energy never rises, whatever the step, and falls by what neurons and astrocytes dissipate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core import Settings, simulate
from core.retrieval.names import MEMORIES
from core.retrieval.patterns import draw_patterns

PROVEN = ("astrocyte", "linear", "hopfield", "dense", "attention", "ramsauer")  # convex conjugate minus convex: any step descends
ROUNDING = 1e-12


def powers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers from 10^low to 10^high, even on a log scale."""
    return st.floats(low, high).map(lambda e: min(max(10.0**e, 10.0**low), 10.0**high))


time_constants = st.one_of(powers(-3, 3), powers(-1, 1), st.just(0.0), st.just(math.inf))


@st.composite
def situations(draw, sizes):
    """Settings, a random state's seed and scale, and a few steps of any length."""
    common = dict(
        N=draw(sizes), K=draw(sizes), T=draw(powers(-6, 6)), sigma=draw(powers(-2, 2)),
        tau_p=draw(time_constants), tau_x=draw(time_constants), degree=2 * draw(st.integers(1, 6)),
        seed=draw(st.integers(0, 2**32)), family=draw(st.sampled_from(["coins", "biased", "correlated"])),
    )  # fmt: skip
    x_scale, y_scale = draw(powers(-3, 4)), draw(powers(-3, 4))
    return common, x_scale, y_scale, draw(st.lists(powers(-4, 3), min_size=1, max_size=6))


def begin(model: str, common: dict, x_scale: float, y_scale: float):
    """A memory and a state that its dynamics need never have visited."""
    s = Settings(model=model, **common)
    memory = MEMORIES[model](s, draw_patterns(s, s.seed)[None])
    rng = np.random.default_rng(s.seed)
    variables = {"x": x_scale * rng.standard_normal((1, s.N))}
    if "y" in memory.variables:
        variables["y"] = y_scale * rng.standard_normal((1, s.K))
    return memory, memory.complete(variables)


def check_state(memory, state) -> float:
    """Simplex, finiteness and parts of a state; its energy."""
    for name, array in state.items():
        assert np.all(np.isfinite(array)), f"{name} is not finite"
    for p in (memory.gains(state), memory.attention(state)):
        assert np.all(p >= 0) and np.all(np.isfinite(p))
        assert abs(p.sum() - 1) <= 1e-12
    energy = float(memory.energy(state)[0])
    parts = [float(part[0]) for part in memory.energy_parts(state).values()]
    assert math.isfinite(energy) and all(map(math.isfinite, parts))
    assert abs(sum(parts) - energy) <= 1e-12 * max(1.0, sum(map(abs, parts)))
    assert memory.power_x(state)[0] >= 0 and memory.power_p(state)[0] >= 0
    return energy


def check_descent(model, situation) -> None:
    common, x_scale, y_scale, steps = situation
    memory, state = begin(model, common, x_scale, y_scale)
    before = check_state(memory, state)
    for h in steps:
        state = memory.step(state, h)
        after = check_state(memory, state)
        assert after - before <= ROUNDING * max(1.0, abs(before)), (
            f"rose by {after - before:.3g} from {before:.6g} in a step {h:g}"
        )
        before = after


@pytest.mark.parametrize("model", PROVEN)
@settings(max_examples=600)
@given(situation=situations(st.integers(1, 36)))
def test_the_energy_never_rises_whatever_the_step(model, situation):
    check_descent(model, situation)


@pytest.mark.parametrize("model", PROVEN)
@settings(max_examples=12)
@given(situation=situations(st.sampled_from([100, 257, 600])))
def test_the_energy_never_rises_in_large_memories(model, situation):
    check_descent(model, situation)


@pytest.mark.parametrize("model", PROVEN)
@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), T=powers(-6, 6), tau_p=time_constants, tau_x=time_constants, sigma=powers(-2, 2))
@example(seed=0, T=0.01, tau_p=1.0, tau_x=1.0, sigma=5.0)
def test_the_energy_never_rises_along_a_run(model, seed, T, tau_p, tau_x, sigma):
    run = simulate(model=model, seed=seed, N=20, K=15, T=T, tau_p=tau_p, tau_x=tau_x, sigma=sigma)
    assert run.largest_rise == 0
    assert np.all(np.diff(run.energy) <= ROUNDING * np.maximum(1, np.abs(run.energy[1:])))
    assert np.all(np.isfinite(run.energy)) and np.all(np.abs(run.p.sum(axis=-1) - 1) <= 1e-12)


def test_a_long_step_takes_the_energy_down_and_not_merely_nowhere():
    memory, state = begin("astrocyte", dict(N=20, K=10), 1.0, 1.0)
    assert memory.energy(memory.step(state, 1e3)) < memory.energy(state) - 1


def test_a_dense_memory_of_odd_degree_may_rise():
    """Its potential is not convex: the theorem does not hold for want of a reason, and the bound above is not idle."""
    rises = []
    for seed in range(20):
        memory, state = begin("dense", dict(N=4, K=12, degree=3, sigma=30.0, seed=seed), 1.0, 1.0)
        for _ in range(5):
            before, state = memory.energy(state)[0], memory.step(state, 1e3)
            rises.append(memory.energy(state)[0] - before)
    assert max(rises) > 0.1


@settings(max_examples=150)
@given(situation=situations(st.integers(1, 36)), degree=st.integers(2, 12))
def test_the_energy_of_the_dense_memory_by_differences_never_rises_whatever_the_step_and_the_degree(situation, degree):
    common, *others = situation
    check_descent("krotov", ({**common, "degree": min(degree, max(4, 2 * common["N"]))}, *others))


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), N=st.integers(1, 12), degree=st.integers(2, 6), a=st.floats(0.01, 1.0), sigma=powers(-1, 2))
def test_neurons_that_move_one_after_the_other_lower_it_by_any_step(seed, N, degree, a, sigma):
    """The fall-back: rates of a steep memory cannot all move at once."""
    memory, state = begin("krotov", dict(N=N, K=12, degree=min(degree, max(4, 2 * N)), sigma=sigma, seed=seed), 1.0, 1.0)
    before = memory.energy(state)[0]
    for _ in range(3):
        state = memory.in_turn(state, -math.log1p(-a) if a < 1 else math.inf)
        after = memory.energy(state)[0]
        assert after - before <= ROUNDING * max(1.0, abs(before))
        before = after


# ------------------------------------------------------------------------------------- the neuron–astrocyte memory


@settings(max_examples=60)
@given(
    N=st.integers(2, 14), K=st.integers(1, 20), seed=st.integers(0, 10**6), sigma=powers(-1, 1),
    tau_p=powers(-1, 1), tau_x=powers(-1, 1), scale=powers(-1, 1), fine=st.floats(0.05, 1.0),
)  # fmt: skip
def test_the_neuron_astrocyte_energy_falls_at_steps_that_resolve_it(N, K, seed, sigma, tau_p, tau_x, scale, fine):
    s = Settings(model="neuron-astrocyte", N=N, K=K, seed=seed, sigma=sigma, tau_p=tau_p, tau_x=tau_x)
    memory = MEMORIES[s.model](s, draw_patterns(s, seed)[None])
    state = memory.start(scale * np.random.default_rng(seed).standard_normal((1, N)))
    h = fine * memory.longest_step()
    before = check_state(memory, state)
    for _ in range(40):
        state = memory.step(state, h)
        after = check_state(memory, state)
        assert after - before <= ROUNDING * max(1.0, abs(before)), f"rose by {after - before:.3g} from {before:.6g}"
        before = after


def test_the_neuron_astrocyte_energy_is_the_formula_of_its_paper():
    s = Settings(model="neuron-astrocyte", N=6, K=3, sigma=1.5)
    Xi = draw_patterns(s, 0).astype(float)
    memory = MEMORIES[s.model](s, Xi[None])
    rng = np.random.default_rng(0)
    x, S, Q = rng.standard_normal(6), rng.standard_normal((6, 6)), rng.standard_normal((6, 6))
    state = memory.complete({"x": x[None], "s": S[None], "q": Q[None]})
    phi, g, psi = (np.tanh(1.5 * v) for v in (x, S, Q))
    tensor = np.einsum("im,jm,km,lm->ijkl", Xi, Xi, Xi, Xi) / 6**3
    L_x, L_s, L_q = (np.log(np.cosh(1.5 * v)) / 1.5 for v in (x, S, Q))
    expected = np.sum(x * phi - L_x) + np.sum(S * g - L_s) / 2 + np.sum(Q * psi - L_q) / 2
    expected -= phi @ g @ phi / 2 + np.sum(psi * g) / 2 + np.einsum("ijkl,ij,kl", tensor, psi, psi) / 4
    assert memory.energy(state)[0] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(memory.tensor(psi[None])[0], np.einsum("ijkl,kl->ij", tensor, psi), atol=1e-12)


# ------------------------------------------------------------------------------------------------ parts and dissipation


@pytest.mark.parametrize("model", MEMORIES)
def test_parts_sum_to_the_whole_along_a_run(model):
    run = simulate(model=model, N=16, K=12, T=0.3)
    np.testing.assert_allclose(sum(run.energy_parts.values()), run.energy, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("T", [0.01, 1.0, 30.0])
def test_the_astrocyte_energy_is_equation_9_in_both_of_its_forms(T):
    run = simulate(N=14, K=9, T=T, sigma=2.0)
    f = (run.overlaps * 14) ** 2 / 28
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.where(run.p > 0, run.p * np.log(run.p), 0.0).sum(axis=-1)
    neurons = np.sum(run.x * run.g - np.log(np.cosh(2 * run.x)) / 2, axis=-1)
    np.testing.assert_allclose(run.energy, -9 * np.sum(run.p * f, axis=-1) + 9 * T * entropy + neurons, rtol=1e-11, atol=1e-10)
    assert list(run.energy_parts) == ["divergence", "partition", "neurons"]
    log_Z = np.log(np.sum(np.exp((f - f.max(axis=-1, keepdims=True)) / T), axis=-1)) + f.max(axis=-1) / T
    np.testing.assert_allclose(run.energy_parts["partition"], -9 * T * log_Z, rtol=1e-12)
    np.testing.assert_allclose(run.energy_parts["divergence"], 9 * T * run.kl, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(run.energy_parts["neurons"], neurons, rtol=1e-10, atol=1e-10)
    assert np.all(run.energy_parts["divergence"] >= 0)


@pytest.mark.parametrize("model", MEMORIES)
@pytest.mark.parametrize(("tau_p", "tau_x"), [(1.0, 1.0), (0.3, 2.0), (3.0, 0.5)])
def test_the_energy_falls_by_what_neurons_and_astrocytes_dissipate(model, tau_p, tau_x):
    given_ = dict(model=model, N=12, K=8, T=0.5, sigma=1.0, tau_p=tau_p, tau_x=tau_x, horizon=3.0, seed=4)
    run = simulate(**given_, integrator="reference", resolution=40, tolerance=1e-9)
    power = run.power_x + run.power_p
    slope = np.diff(run.energy) / np.diff(run.t)
    # 1e-3 is the second-order error of the difference at these steps; a wrong factor in either power would be of order 1
    np.testing.assert_allclose(slope, -(power[1:] + power[:-1]) / 2, atol=1e-3 * power.max(), rtol=1e-3)
    assert power.max() > 0.1


def test_each_of_the_two_cells_dissipates_alone_when_the_other_is_frozen():
    frozen_gains, frozen_neurons = simulate(tau_p=math.inf), simulate(tau_x=math.inf)
    assert np.all(frozen_gains.power_p == 0) and frozen_gains.power_x.max() > 0
    assert np.all(frozen_neurons.power_x == 0) and frozen_neurons.power_p.max() > 0


def test_powers_are_the_formulas_of_the_model():
    run = simulate(N=10, K=6, T=0.7, sigma=1.5, tau_p=0.5, tau_x=2.0)
    g, m, p = run.g, run.overlaps * 10, run.p
    drive = 6 / 10 * (p * m) @ run.patterns.T
    power_x = np.sum(1.5 * (1 - g**2) * (run.x - drive) ** 2, axis=-1) / 2.0
    F = m**2 / 20 - 0.7 * np.log(p)
    mean = np.sum(p * F, axis=-1, keepdims=True)
    np.testing.assert_allclose(run.power_x, power_x, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(run.power_p, 6 / 0.5 * np.sum(p * (F - mean) ** 2, axis=-1), rtol=1e-9, atol=1e-12)
