"""Ensembles: trial i is `simulate` on its own seed, whatever its company, its batch, its precision or its process."""

from __future__ import annotations

import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module

import numpy as np
import pytest

from core import OUTCOMES, ensemble, simulate
from core.ensemble import trial_settings
from core.registry import system_named
from core.retrieval.names import MEMORIES
from core.retrieval.settings import settings_from

module = import_module("core.ensemble")  # the name `core.ensemble` is the function
ARRAYS = ("seeds", *system_named("retrieval").columns)


def identical(a, b) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def agree(a, b) -> None:
    """To the rounding of products that were summed in another order."""
    for name in ("seeds", "outcome", "steps", "hamming"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    for name in ("error", "perplexity", "attention_gap", "converged_at"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-8, atol=1e-9, err_msg=name)


CASES = [
    {},
    dict(model="linear", T=2.0),
    dict(model="hopfield", K=5),
    dict(model="dense"),
    dict(model="attention", T=1.0),
    dict(model="neuron-astrocyte", N=12, K=6),
    dict(tau_p=0),
    dict(tau_p=math.inf),
    dict(tau_x=0, T=0.3),
    dict(tau_x=math.inf),
    dict(tau_p=0, tau_x=0),
    dict(family="correlated", noise=0.3, target=2),
    dict(family="letters", cue="mask"),
    dict(integrator="reference"),
    dict(integrator="adaptive"),
    dict(integrator="euler", horizon=0.5),
    dict(temperature_x=0.05, horizon=4.0),
    dict(memories=np.where(np.random.default_rng(0).random((15, 4)) < 0.5, -1, 1)),
]


@pytest.mark.parametrize(
    "given", CASES, ids=lambda given: ",".join(f"{k}={v}" for k, v in given.items() if k != "memories") or "plain"
)
def test_each_trial_is_simulate_on_its_own_seed(given):
    e = ensemble(trials=6, seed=11, **given)
    assert len(e) == 6 and len(set(e.seeds)) == 6
    for i, seed in enumerate(e.seeds.tolist()):
        run = simulate(seed=seed, **given)
        assert run.outcome == e.outcome[i] and run.steps == e.steps[i]
        assert run.hamming[-1] == e.hamming[i]
        for name in ("error", "perplexity", "attention_gap"):
            assert getattr(run, name)[-1] == pytest.approx(getattr(e, name)[i], rel=1e-8, abs=1e-9), name
        since = math.nan if run.converged_at is None else run.converged_at
        assert since == pytest.approx(e.converged_at[i], nan_ok=True)


def test_trials_have_the_patterns_and_the_flips_of_simulate():
    """Frozen neurons keep the cue, frozen gains keep nothing else: what is wrong at the end was flipped at the start."""
    e = ensemble(trials=5, tau_x=math.inf, noise=0.3)
    np.testing.assert_array_equal(e.hamming, 9)
    runs = [simulate(seed=s, noise=0.3, tau_x=math.inf) for s in e.seeds.tolist()]
    np.testing.assert_allclose(e.perplexity, [run.perplexity[-1] for run in runs], rtol=1e-9)
    assert len({run.patterns.tobytes() for run in runs}) == 5
    assert len({tuple(run.cue != run.patterns[:, 0]) for run in runs}) == 5


def test_trial_settings_are_what_simulate_needs_to_watch_a_trial():
    e = ensemble(trials=8, seed=4, K=60, noise=0.35)
    run = simulate(**trial_settings(dict(K=60, noise=0.35), 4, 5))
    assert run.settings["seed"] == e.seeds[5] and run.outcome == e.outcome[5] and run.hamming[-1] == e.hamming[5]


def test_arrays_have_one_entry_a_trial():
    e = ensemble(trials=7, tau_p=10.0)
    for name in ARRAYS:
        assert getattr(e, name).shape == (7,), name
    assert set(e.outcome) <= set(OUTCOMES)
    np.testing.assert_array_equal(np.isnan(e.converged_at), e.outcome == "not converged")
    np.testing.assert_array_equal(e.success, e.hamming == 0)
    assert e.settings["tau_p"] == 10.0 and np.all(e.steps > 0)


def test_the_same_call_gives_the_same_arrays():
    identical(ensemble(trials=20, seed=3), ensemble(trials=20, seed=3))
    assert not np.array_equal(ensemble(trials=20, seed=4).seeds, ensemble(trials=20, seed=3).seeds)


def test_the_first_trials_of_a_larger_ensemble_are_those_of_a_smaller_one():
    few, many = ensemble(trials=5, noise=0.3), ensemble(trials=40, noise=0.3)
    for name in ("seeds", "outcome", "steps", "hamming"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:5])
    np.testing.assert_allclose(few.error, many.error[:5], atol=1e-9)


@pytest.mark.parametrize("model", MEMORIES)
@pytest.mark.parametrize("size", [1, 30_000, 1 << 30])
def test_the_split_into_batches_changes_nothing(monkeypatch, model, size):
    common = dict(trials=13, model=model, N=12, K=20, noise=0.25, tau_p=3.0)
    whole = ensemble(**common)
    monkeypatch.setattr(module, "BATCH_BYTES", size)
    agree(ensemble(**common), whole)


@pytest.mark.parametrize(("size", "count"), [(1, 13), (1 << 40, 1), (150_000, 3)])
def test_batches_are_bounded_by_memory_and_lose_no_trial(monkeypatch, size, count):
    monkeypatch.setattr(module, "BATCH_BYTES", size)
    s = settings_from({})
    chunks = list(module.batches(s, list(range(13)), "float64"))
    assert [trial for chunk in chunks for trial in chunk] == list(range(13)) and len(chunks) == count
    most = max(map(len, chunks)) * MEMORIES["astrocyte"].trial_size(s) * 8
    assert most <= size or max(map(len, chunks)) == 1


def test_single_precision_recalls_the_same():
    double, single = (ensemble(trials=100, N=20, K=50, noise=0.15, dtype=d) for d in ("float64", "float32"))
    assert np.mean(double.hamming == single.hamming) >= 0.98
    assert np.mean(double.outcome == single.outcome) >= 0.95
    assert single.error.dtype == np.float64 and np.all(np.isfinite(single.error))


def test_precisions_are_named_as_in_numpy():
    identical(ensemble(trials=3, dtype=np.float32), ensemble(trials=3, dtype="float32"))


@pytest.mark.parametrize("model", MEMORIES)
def test_single_precision_computes_in_single_precision(model):
    s = settings_from(dict(model=model, N=8, K=4))
    memory = MEMORIES[model](s, np.ones((2, 8, 4)), np.float32)
    state = memory.step(memory.start(np.ones((2, 8), dtype=np.float32)), 0.1)
    assert {array.dtype for array in state.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("pool", [ProcessPoolExecutor, ThreadPoolExecutor])
def test_an_executor_gives_identical_arrays(monkeypatch, pool):
    monkeypatch.setattr(module, "BATCH_BYTES", 300_000)  # several batches
    common = dict(trials=25, seed=2, K=60, noise=0.3)
    with pool(2) as executor:
        identical(ensemble(**common, executor=executor), ensemble(**common))


def test_own_patterns_are_shared_and_flips_differ():
    Xi = np.where(np.random.default_rng(0).random((40, 3)) < 0.5, -1, 1)
    e = ensemble(trials=10, memories=Xi, noise=0.1)
    assert e.settings["N"] == 40 and e.settings["family"] == "own"
    assert np.mean(e.outcome == "target") == 1 and len(set(e.attention_gap)) > 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(trials=0), ("trials = 0", "at least 1")),
        (dict(trials=2.0), ("trials = 2.0", "whole number")),
        (dict(trials=True), ("trials = True", "whole number")),
        (dict(dtype="float16"), ("dtype = 'float16'", "float32, float64")),
        (dict(dtype="many"), ("dtype = 'many'", "float32, float64")),
        (dict(T=0), ("T = 0", "it must be")),
        (dict(seed=-3), ("seed = -3", "it must be")),
        (dict(cue="own"), ("cue = 'own'", "cue=")),
        (dict(family="own"), ("family = 'own'", "memories=")),
        (dict(memories=[[0.5]]), ("memories holds 0.5",)),
        (dict(tau_x=0, integrator="euler"), ("tau_x = 0", "above 0")),
        (dict(colour="red"), ("colour is not a parameter",)),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_in_one_sentence(refused, given, words):
    with refused(*words):
        ensemble(**{"trials": 2, **given})
