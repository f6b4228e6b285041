"""`simulate`: the interface, repeating and steering a run, its symmetries, how it can end, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core import OUTCOMES, Memories, simulate
from core.retrieval.names import MEMORIES

SMALL = dict(N=16, K=10)


def same(a, b) -> None:
    """Bit for bit, frame for frame."""
    assert (a.model, a.outcome, a.converged_at, a.counts) == (b.model, b.outcome, b.converged_at, b.counts)
    np.testing.assert_array_equal(a.t, b.t)
    assert a.variables.keys() == b.variables.keys()
    for name in a.variables:
        np.testing.assert_array_equal(a.variables[name], b.variables[name])
    for name in ("energy", "power_x", "power_p", "p", "overlaps", "error", "patterns", "cue"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


# -------------------------------------------------------------------------------------------------------- the interface


@pytest.mark.parametrize("model", MEMORIES)
@pytest.mark.parametrize("integrator", ["split", "adaptive", "euler", "reference"])
def test_every_name_of_a_run_has_its_shape(model, integrator):
    run = simulate(model=model, integrator=integrator, horizon=1.0, **SMALL)
    S = len(run.t)
    shapes = dict(
        t=(S,), x=(S, 16), g=(S, 16), p=(S, 10), overlaps=(S, 10), attention=(S, 10), energy=(S,), power_x=(S,), power_p=(S,),
        error=(S,), hamming=(S,), perplexity=(S,), attention_gap=(S,), kl=(S,), rises=(S - 1,), patterns=(16, 10), cue=(16,),
    )  # fmt: skip
    for name, shape in shapes.items():
        value = getattr(run, name)
        endless = name == "kl" and model == "quadratic"  # π is exactly 0 for some gains that are not
        assert value.shape == shape and np.all(np.isfinite(value) | (endless & (value == np.inf))), name
    assert all(part.shape == (S,) for part in run.energy_parts.values())
    assert run.outcome in OUTCOMES and run.sentence.endswith(".") and run.model == model
    assert run.t[0] == 0 and run.t[-1] <= 1.0 and np.all(np.diff(run.t) > 0)
    assert run.counts["steps"] > 0 and run.counts["products"] > run.counts["steps"]
    assert np.abs(run.overlaps).max() <= 1 + 1e-12 and np.abs(run.g).max() <= 1


def test_observables_are_what_they_are_called():
    run = simulate(**SMALL, T=0.5, sigma=1.0, seed=2)
    Xi, target = run.patterns, run.patterns[:, 0]
    np.testing.assert_allclose(run.g, np.tanh(run.x), atol=1e-15)
    np.testing.assert_allclose(run.overlaps, run.g @ Xi / 16, atol=1e-12)
    np.testing.assert_allclose(run.error, np.abs(target - run.g).sum(axis=-1) / 2, atol=1e-12)
    np.testing.assert_array_equal(run.hamming, np.sum(np.sign(run.x) != target, axis=-1))
    np.testing.assert_allclose(np.log(run.perplexity), -np.sum(run.p * np.log(run.p), axis=-1), atol=1e-12)
    f = (16 * run.overlaps) ** 2 / 32
    pi = np.exp((f - f.max(axis=-1, keepdims=True)) / 0.5)
    pi /= pi.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(run.attention, pi, atol=1e-12)
    np.testing.assert_allclose(run.attention_gap, np.abs(run.p - pi).max(axis=-1), atol=1e-12)
    np.testing.assert_allclose(run.kl, np.sum(run.p * np.log(run.p / pi), axis=-1), atol=1e-10)


def test_a_run_starts_at_the_cue_with_even_gains():
    run = simulate()
    np.testing.assert_array_equal(run.x[0], run.cue)
    np.testing.assert_allclose(run.p[0], 0.01, rtol=1e-12)
    assert run.hamming[0] == 6 and run.perplexity[0] == pytest.approx(100)
    assert run.overlaps[0, 0] == pytest.approx(0.6, abs=1e-3), "1 − 2·noise"


def test_the_target_can_be_any_stored_pattern():
    run = simulate(target=7)
    assert run.target == 7 and run.outcome == "target" and run.hamming[0] == 6
    np.testing.assert_array_equal(np.sign(run.x[-1]), run.patterns[:, 7])


# -------------------------------------------------------------------------------------------------------------- repeats


@pytest.mark.parametrize("model", MEMORIES)
def test_the_same_call_gives_the_same_run_bit_for_bit(model):
    same(simulate(model=model, **SMALL, seed=5), simulate(model=model, **SMALL, seed=5))


@pytest.mark.parametrize(
    "given",
    [
        {},
        dict(model="linear", T=3.0, family="letters"),
        dict(integrator="reference", tau_x=0.3),
        dict(integrator="adaptive", tau_x=0.3),
        dict(family="correlated", target=4, noise=0.3),
        dict(temperature_x=0.1, horizon=3.0),
        dict(tau_p=math.inf),
        dict(tau_x=0, T=0.1),
        dict(cue="mask"),
        dict(model="neuron-astrocyte", N=10, K=4),
    ],
    ids=str,
)
def test_a_run_is_repeated_by_its_settings(given):
    run = simulate(**given)
    same(run, simulate(**run.settings))


def own(seed: int = 0, N: int = 14, K: int = 5) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random((N, K)) < 0.5, -1, 1)


@pytest.mark.parametrize(
    "given",
    [
        dict(memories=own()),
        dict(cue=np.linspace(-1, 1, 30)),
        dict(memories=own(), cue=own()[:, 1], target=1),
        dict(memories=np.random.default_rng(0).random((4, 5, 6)), noise=0.1),
        dict(memories=own(), cue="mask", noise=0.4),
    ],
    ids=["memories", "cue", "both", "images", "mask"],
)
def test_a_run_of_own_patterns_or_cue_is_repeated_by_its_settings(given):
    run = simulate(**given)
    same(run, simulate(**run.settings))
    again = simulate(**simulate(**run.settings).settings)
    same(run, again)


def test_own_patterns_and_cue_are_what_runs():
    Xi = own()
    run = simulate(memories=Xi, cue=Xi[:, 2], target=2, T=0.1)
    np.testing.assert_array_equal(run.patterns, Xi)
    np.testing.assert_array_equal(run.x[0], Xi[:, 2])
    assert (run.settings["N"], run.settings["K"], run.settings["noise"]) == (14, 5, 0.0)
    assert run.outcome == "target" and np.all(run.hamming == 0)


def test_a_callers_arrays_are_not_changed_nor_shared():
    Xi, x0 = own(), own()[:, 0].astype(float)
    kept = Xi.copy(), x0.copy()
    run = simulate(memories=Xi, cue=x0)
    np.testing.assert_array_equal(Xi, kept[0])
    np.testing.assert_array_equal(x0, kept[1])
    Xi[:] = 1
    x0[:] = 1
    same(run, simulate(memories=kept[0], cue=kept[1]))
    np.testing.assert_array_equal(run.x[0], kept[1])


# ------------------------------------------------------------------------------------------------------------- steering


def test_steering_with_nothing_changed_goes_where_the_run_went():
    run = simulate(tolerance=1e-9, resolution=20)
    steered = simulate(start=run, at=len(run.t) // 2)
    assert steered.t[0] == run.t[len(run.t) // 2]
    np.testing.assert_array_equal(steered.x[0], run.x[len(run.t) // 2])
    np.testing.assert_allclose(steered.x[-1], run.x[-1], atol=1e-3)
    np.testing.assert_allclose(steered.p[-1], run.p[-1], atol=1e-3)


def test_steering_changes_what_is_asked_and_keeps_the_rest():
    run = simulate(seed=3)
    hot = simulate(start=run, at=40, T=50.0, horizon=25.0)
    np.testing.assert_array_equal(hot.patterns, run.patterns)
    assert hot.settings["T"] == 50.0 and hot.settings["seed"] == 3 and hot.settings["tau_p"] == 1.0
    assert hot.t[0] == run.t[40] and hot.t[-1] > 10
    np.testing.assert_allclose(hot.p[0], run.p[40], rtol=1e-9)
    assert hot.perplexity[-1] > 50 > run.perplexity[-1]


@pytest.mark.parametrize("at", [0, 30, -1])
@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({}, dict(T=1.0, horizon=20.0)),
        ({}, dict(tau_p=0, horizon=20.0)),
        ({}, dict(model="hopfield", horizon=20.0)),
        (dict(model="hopfield"), dict(model="astrocyte", horizon=20.0)),
        (dict(cue="mask"), dict(sigma=1.0, horizon=20.0)),
        (dict(memories=own(), cue=own()[:, 1]), dict(T=0.5, horizon=20.0)),
        (dict(temperature_x=0.1), dict(temperature_x=0.2, horizon=12.0)),
        (dict(model="linear", T=2.0), dict(model="neuron-astrocyte", horizon=20.0)),
    ],
    ids=str,
)
def test_a_steered_run_is_repeated_by_its_settings(first, then, at):
    steered = simulate(start=simulate(**first), at=at, **then)
    same(steered, simulate(**steered.settings))


def test_steering_can_go_on_and_on():
    run = simulate()
    for T in (1.0, 30.0, 0.01):
        earlier, run = run, simulate(start=run, T=T, horizon=run.t[-1] + 5)
        assert run.t[0] == earlier.t[-1] and run.settings["T"] == T
        np.testing.assert_array_equal(run.x[0], earlier.x[-1])
        same(run, simulate(**run.settings))


def test_what_cannot_be_steered_is_refused(refused):
    run = simulate()
    with refused("at = 99999", "frame"):
        simulate(start=run, at=99999)
    with refused("at = 1.5", "frame"):
        simulate(start=run, at=1.5)
    with refused("at = True", "frame"):
        simulate(start=run, at=True)
    with refused("start is a int", "simulate()"):
        simulate(start=3)
    with refused("memories and cue", "start="):
        simulate(start=run, memories=own())
    with refused("memories and cue", "start="):
        simulate(start=run, cue=np.ones(30))
    with refused("horizon = 0.001", "after t ="):
        simulate(start=run, horizon=0.001)
    for name, value in dict(N=31, K=7, seed=4, family="biased", target=3, noise=0.5).items():
        with refused(f"{name} = {value!r}", "as in the run"):
            simulate(start=run, **{name: value})
    with refused("T = -1", "it must be"):
        simulate(start=run, T=-1)
    with refused("Temp is not a parameter"):
        simulate(start=run, Temp=1)


# ------------------------------------------------------------------------------------------------------------ symmetries


@pytest.mark.parametrize("model", ["astrocyte", "hopfield", "dense"])
def test_a_negated_cue_gives_the_negated_run_with_the_same_gains(model):
    x0 = simulate().cue
    plus, minus = simulate(model=model, cue=x0), simulate(model=model, cue=-x0)
    np.testing.assert_array_equal(plus.t, minus.t)
    np.testing.assert_allclose(minus.x, -plus.x, atol=1e-12)
    np.testing.assert_allclose(minus.p, plus.p, atol=1e-12)
    assert (plus.outcome, minus.outcome) in [
        ("target", "flipped"),
        ("other", "other"),
        ("mixture", "mixture"),
        ("not converged",) * 2,
    ]


def test_the_linear_score_tells_the_two_signs_apart():
    x0 = simulate(noise=0.1).cue
    plus, minus = simulate(model="linear", cue=x0), simulate(model="linear", cue=-x0)
    assert plus.outcome == "target" and minus.outcome != "flipped"


@pytest.mark.parametrize("model", MEMORIES)
def test_permuting_the_patterns_permutes_gains_and_overlaps(model):
    Xi = own(3)
    order = np.array([3, 0, 4, 1, 2])
    a = simulate(model=model, memories=Xi, cue=Xi[:, 0] * np.where(np.arange(14) < 2, -1, 1))
    b = simulate(model=model, memories=Xi[:, order], cue=a.cue, target=1)
    np.testing.assert_array_equal(a.t, b.t)
    np.testing.assert_allclose(b.x, a.x, atol=1e-10)
    np.testing.assert_allclose(b.p, a.p[:, order], atol=1e-10)
    np.testing.assert_allclose(b.overlaps, a.overlaps[:, order], atol=1e-10)
    np.testing.assert_allclose(b.energy, a.energy, atol=1e-9)
    assert a.outcome == b.outcome


@pytest.mark.parametrize("model", MEMORIES)
def test_turning_the_sign_of_a_neuron_in_all_patterns_and_the_cue_changes_nothing_else(model):
    Xi, sign = own(5), np.where(np.arange(14) % 3, 1, -1)
    a, b = simulate(model=model, memories=Xi), simulate(model=model, memories=Xi * sign[:, None])
    np.testing.assert_allclose(b.x, a.x * sign, atol=1e-10)
    np.testing.assert_allclose(b.p, a.p, atol=1e-10)


@pytest.mark.parametrize("T", [0.01, 0.3, 5.0])
def test_at_rest_gains_are_attention_and_neurons_are_their_drive(T):
    run = simulate(T=T, N=20, K=12, tolerance=1e-10, horizon=200.0)
    assert run.converged_at is not None
    f = (20 * run.overlaps[-1]) ** 2 / 40
    softmax = np.exp((f - f.max()) / T)
    np.testing.assert_allclose(run.p[-1], softmax / softmax.sum(), atol=1e-8)
    W = 12 / 20 * run.patterns @ np.diag(run.p[-1]) @ run.patterns.T
    np.testing.assert_allclose(W @ run.g[-1], run.x[-1], atol=1e-7)


# -------------------------------------------------------------------------------------------------------------- outcomes


def test_outcome_target():
    run = simulate()
    assert run.outcome == "target" and run.hamming[-1] == 0 and run.error[-1] < 1e-6
    assert run.sentence.startswith("The target is recalled; at rest since t = ")


def test_outcome_flipped():
    run = simulate(noise=0.9)
    assert run.outcome == "flipped" and run.hamming[-1] == 30
    np.testing.assert_array_equal(np.sign(run.x[-1]), -run.patterns[:, 0])
    assert "mirror image" in run.sentence


@pytest.mark.parametrize("sign", [1, -1])
def test_outcome_other(sign):
    Xi = own(1, 20, 4)
    run = simulate(memories=Xi, cue=sign * Xi[:, 2], target=0)
    assert run.outcome == "other" and run.sentence.startswith("Another memory is recalled")
    np.testing.assert_array_equal(np.sign(run.x[-1]), sign * Xi[:, 2])


def test_outcome_mixture():
    """Hopfield's own: the majority of three patterns is at rest and is none of them."""
    H = np.ones((1, 1))
    for _ in range(5):
        H = np.block([[H, H], [H, -H]])
    Xi = H[:, [1, 2, 4]]
    run = simulate(model="hopfield", memories=Xi, cue=np.sign(Xi.sum(axis=1)), horizon=50.0)
    assert run.outcome == "mixture" and run.hamming[-1] == 8
    assert "rests in no stored memory" in run.sentence


def test_outcome_not_converged_is_never_called_a_failure():
    run = simulate(horizon=0.5)
    assert run.outcome == "not converged" and run.converged_at is None
    assert run.sentence.startswith("Not converged by t = 0.5")


def test_a_cue_that_knows_nothing_recalls_the_mirror_image_as_often_as_the_target():
    cues = np.where(np.random.default_rng(0).random((120, 31)) < 0.5, -1, 1)
    outcomes = [simulate(N=31, K=2, seed=s, cue=x0).outcome for s, x0 in enumerate(cues)]
    target, flipped = outcomes.count("target"), outcomes.count("flipped")
    assert target + flipped > 40 and abs(target - flipped) < 3 * math.sqrt(target + flipped)


# -------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(T=0), ("T = 0", "1e-06")),
        (dict(T=math.nan), ("T = nan",)),
        (dict(tau_p=-1), ("tau_p = -1", "at least 0 (or inf)")),
        (dict(K=0), ("K = 0", "at least 1")),
        (dict(N=2.5), ("N = 2.5", "whole number")),
        (dict(noise=1.01), ("noise = 1.01", "from 0 to 1")),
        (dict(noise=-0.1), ("noise = -0.1", "from 0 to 1")),
        (dict(model="transformer"), ("model = 'transformer'", "astrocyte", "neuron-astrocyte")),
        (dict(integrator="rk4"), ("integrator = 'rk4'", "split", "adaptive", "euler", "reference")),
        (dict(family="faces"), ("family = 'faces'", "coins", "letters")),
        (dict(seed=-1), ("seed = -1",)),
        (dict(seed=2**53), (f"seed = {2**53}",)),
        (dict(horizon=0), ("horizon = 0",)),
        (dict(sigma=1000), ("sigma = 1000", "from 0.01 to 100")),
        (dict(target=100), ("target = 100", "from 0 to 99")),
        (dict(degree=1), ("degree = 1", "from 2 to 30")),
        (dict(beta=1.0), ("beta is not a parameter", "sigma")),
        (dict(model="neuron-astrocyte", N=500), ("N = 500", "at most 128")),
        (dict(memories=[[1, 0]]), ("memories holds 0", "−1 or +1")),
        (dict(memories=own(), cue=np.ones(3)), ("cue has shape (3,)", "14")),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_in_one_sentence(refused, given, words):
    with refused(*words):
        simulate(**given)


def test_arguments_are_given_by_name_only():
    with pytest.raises(TypeError):
        simulate(30, 100)


def test_a_memories_object_can_be_given_as_it_is():
    stored = Memories(own().astype(np.int8), (2, 7), tuple("abcde"))
    run = simulate(memories=stored)
    assert run.names == tuple("abcde") and run.shape == (2, 7)
    assert run.memory.name == "astrocyte" and run.memory.K == 5
