"""Astrocytes with a context gate, ours: descent, its two limits, and the same cue read by two contexts."""

from __future__ import annotations

import numpy as np
import pytest

from core import Refusal, ensemble, find_equilibrium, load_run, simulate
from core.glyphs import GLYPHS, letter_patterns
from core.retrieval.names import MEMORIES
from core.retrieval.patterns import draw_patterns
from core.retrieval.settings import GATED, Settings
from core.run_file import npz_bytes
from tests.core.pixels import pixels, solved

NAMES, PICTURES = list(GLYPHS), letter_patterns().astype(float)
PAIRS = ("S5", "O0", "B8", "Z2", "I1", "G6", "J9", "A4")  # a letter and the digit most like it


def shared(letter: str, digit: str) -> np.ndarray:
    """A cue of the pixels on which both agree, the others unknown: an exact tie."""
    a, b = PICTURES[NAMES.index(letter)], PICTURES[NAMES.index(digit)]
    return np.where(a == b, a, 0.0)


def right_of_16(**given) -> int:
    """How many of eight pairs in two contexts are recalled as the context has it."""
    right = 0
    for letter, digit in PAIRS:
        for context, wanted in (("letters", letter), ("digits", digit)):
            case = {"family": "letters", "K": 36, "target": NAMES.index(wanted), "cue": shared(letter, digit), "context": context}
            run = simulate(**case, horizon=60.0, **given)
            assert run.largest_rise == 0
            right += run.outcome == "target"
    return right


# ------------------------------------------------------------------------------------------------------------ the energy


@pytest.mark.parametrize("model", GATED)
def test_the_energy_falls_at_steps_of_any_length_over_hundreds_of_random_settings(model):
    rng = np.random.default_rng(0)
    for _ in range(400):
        power = lambda low, high: float(10 ** rng.uniform(low, high))  # noqa: E731
        settings = Settings(
            model=model, N=int(rng.integers(2, 40)), K=int(rng.integers(1, 40)), T=power(-3, 2), sigma=power(-1, 1.3),
            tau_p=rng.choice([0.0, np.inf, power(-3, 3), power(-3, 3)]), tau_x=rng.choice([np.inf, power(-3, 3), power(-3, 3)]),
            tau_s=power(-3, 3), lam=power(-2, 2), u0=power(-2, 1), alpha=float(rng.choice([0.0, 0.1, 0.5, 0.9, 0.99])),
            context=str(rng.choice(["target", "none"])), seed=int(rng.integers(2**32)),
        )  # fmt: skip
        memory = MEMORIES[model](settings, draw_patterns(settings, settings.seed)[None])
        x, y, s = (power(-2, 2) * rng.standard_normal((1, size)) for size in (settings.N, settings.K, settings.K))
        state = memory.complete({"x": x, "y": y, "s": s})
        if settings.tau_p == 0:
            state = memory.at_once(state)
        before = float(memory.energy(state)[0])
        for _ in range(6):
            gates = memory.strength * np.abs(state["s"]).max() ** 2
            state = memory.step(state, power(-5, 5))
            after = float(memory.energy(state)[0])
            size = max(1.0, abs(before), abs(after), gates)
            assert after - before <= 1e-11 * size, (settings, after - before)
            parts = [float(part[0]) for part in memory.energy_parts(state).values()]
            assert sum(parts) == pytest.approx(after, rel=1e-10, abs=1e-10 * max(map(abs, parts)))
            before = after


@pytest.mark.parametrize("model", GATED)
def test_the_energy_is_the_memorys_own_and_that_of_the_gates(model):
    run = simulate(model=model, N=14, K=9, T=0.7, sigma=2.0, lam=3.0, alpha=0.4, seed=3)
    strength = {"gated": 9, "gated-linear": 1}[model]
    m, p, s = run.overlaps * 14, run.p, run.variables["s"]
    f = (m if model == "gated-linear" else m**2 / 28) + 3.0 * s
    u = 2.0 * np.eye(9)[0]
    A = 0.6 * np.eye(9) + 0.4 * run.patterns.T @ run.patterns / 14
    neurons = np.sum(run.x * run.g - np.log(np.cosh(2 * run.x)) / 2, axis=-1)
    entropy = np.sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300)), 0.0), axis=-1)
    gates = np.einsum("ti,ij,tj->t", s, A, s) / 2 - s @ u
    expected = strength * (0.7 * entropy - np.sum(p * f, axis=-1) + gates) + neurons
    np.testing.assert_allclose(run.energy, expected, rtol=1e-10, atol=1e-9)
    rest = find_equilibrium(run)
    assert rest.found and rest.stable
    np.testing.assert_allclose(A @ rest.state["s"], u + 3.0 * rest.p, atol=1e-9)
    np.testing.assert_array_equal(load_run(npz_bytes([run])).energy, run.energy)


# ------------------------------------------------------------------------------------------------------------- its limits


@pytest.mark.parametrize(("model", "own"), [("gated", "astrocyte"), ("gated-linear", "linear")])
@pytest.mark.parametrize("given", [{}, {"tau_p": 0.0}, {"tau_x": 0.0}, {"T": 5.0, "sigma": 1.0}, {"silenced": 3}])
def test_gates_that_are_not_coupled_leave_the_memory_as_it_is(model, own, given):
    case = {"seed": 84, "T": 0.5, **given}
    gated, alone = simulate(model=model, lam=0.0, tau_s=1.0, **case), simulate(model=own, **case)
    count = min(len(gated.t), len(alone.t))
    for name in ("t", "x", "p", "attention"):
        np.testing.assert_allclose(getattr(gated, name)[:count], getattr(alone, name)[:count], rtol=1e-12, atol=1e-12)
    assert gated.hamming[-1] == alone.hamming[-1]


def test_a_gain_follows_the_equation_of_the_context_gates_score():
    """y = βr, T = 1/β, τ_r = τ_p/T, where neurons and cue are held, here as rates and there as they are."""
    beta, lam, tau_p, tau_s, rates = 20.0, 0.25, 0.025, 0.02, shared("S", "5") / 35
    sigma, times = 5.0, {"tau_s": tau_s, "horizon": 5.0, "integrator": "reference", "resolution": 4}
    given = {"T": 1 / beta, "lam": lam, "tau_p": tau_p, "tau_x": np.inf, "sigma": sigma, "alpha": 0.1, "u0": 2.0}
    ours = simulate(
        model="gated-linear", family="letters", K=36, cue=np.arctanh(rates) / sigma, context="letters", **given, **times
    )
    theirs = simulate(
        system="context", pair="S5", context="letters", cue=np.sqrt(35) * rates, tau_q=np.inf, lam=lam, beta=beta,
        tau_r=tau_p * beta, **times,
    )  # fmt: skip
    assert len(ours.t) > 50 and theirs.state["b"][0] == pytest.approx(ours.state["m"][0], abs=1e-12)
    level = lambda values: values - values.mean(axis=-1, keepdims=True)  # noqa: E731
    same = {
        "p": (ours.p, theirs.p),
        "s": (ours.variables["s"], theirs.s),
        "y": (level(ours.variables["y"]), beta * level(theirs.r)),
    }
    seen = ours.t <= min(ours.t[-1], theirs.t[-1])
    for name, (here, there) in same.items():
        read = np.stack([np.interp(ours.t[seen], theirs.t, there[:, k]) for k in range(36)], axis=1)
        np.testing.assert_allclose(here[seen], read, atol=2e-4 * max(1.0, np.abs(there).max()), err_msg=name)
    assert ours.p[seen][-1].max() > 0.5


# --------------------------------------------------------------------------------------------- one cue and two contexts


@pytest.mark.parametrize("T", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("lam", [3.0, 10.0, 30.0])
def test_the_context_decides_between_two_that_the_cue_does_not_tell_apart(T, lam):
    assert right_of_16(model="gated-linear", T=T, lam=lam) >= 15


def test_with_the_squared_score_neurons_have_to_wait_for_the_gates():
    assert right_of_16(model="gated", T=0.1, lam=10.0, tau_x=5.0) == 16
    assert 10 <= right_of_16(model="gated", T=0.1, lam=10.0) <= 14
    assert right_of_16(model="gated", T=0.1, lam=100.0, tau_x=5.0) < 10, "too strong a context forgets the cue"


@pytest.mark.parametrize("changes", [{"lam": 0.0}, {"u0": 0.0}])
def test_without_a_context_one_of_each_pair_is_recalled_whatever_was_meant(changes):
    assert right_of_16(model="gated", **{"T": 0.1, "lam": 10.0, "tau_x": 5.0, **changes}) == 8


def test_a_context_that_changes_bends_a_run():
    run = simulate(model="gated-linear", family="letters", K=36, target=18, cue=shared("S", "5"), context="letters", T=0.3)
    bent = simulate(start=run, at=len(run.t) // 2, context="digits")
    np.testing.assert_array_equal(bent.variables["s"][0], run.variables["s"][len(run.t) // 2])
    assert bent.variables["s"][-1, 31] > 1 and bent.variables["s"][-1, 3] < 0.5


def test_a_context_that_names_the_target_helps_where_memories_are_many():
    alone, helped = (ensemble(trials=100, seed=1, K=300, model="gated", context=context) for context in ("none", "target"))
    assert np.mean(helped.hamming == 0) > np.mean(alone.hamming == 0) + 0.05


def test_letters_and_digits_are_named_only_where_there_are_some():
    with pytest.raises(Refusal, match="context = 'digits': it must be 'target' or 'none', since the patterns are 'coins'"):
        simulate(model="gated", context="digits")
    assert simulate(model="astrocyte", context="digits", horizon=0.1).model == "astrocyte", "where it has no say it is no fault"


@pytest.mark.parametrize("given", [{}, {"model": "gated-linear", "T": 2.0}, {"tau_p": 0.0}, {"tau_s": 3.0, "alpha": 0.8}])
def test_a_drawn_run_is_what_scipy_makes_of_the_equations(given):
    run = simulate(**{"model": "gated", "seed": 5, "K": 20, "T": 0.5, "integrator": "adaptive", **given})
    true = solved(run)
    assert max(pixels(run, true).values()) < 1.5
    gates = np.stack([np.interp(run.t, true.t, true.variables["s"][:, k]) for k in range(20)], axis=1)
    np.testing.assert_allclose(run.variables["s"], gates, atol=0.02 * np.abs(gates).max())
