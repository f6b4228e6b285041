"""Studies: cells come coarse to fine, whoever computes them; and the paper's figures by their numbers."""

from __future__ import annotations

import math
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from threading import Thread
from time import sleep

import numpy as np
import pytest

from core import PARAMETERS, ensemble
from core.retrieval.names import MEMORIES
from core.studies import (
    PERCENTILES,
    Cell,
    Study,
    figure1,
    figure2,
    figure3,
    figure4,
    figure_study,
    map2d,
    map_study,
    sweep,
    sweep_study,
    values_of,
)

ARRAYS = ("seeds", "error", "hamming", "perplexity", "attention_gap", "converged_at", "outcome", "steps")
SMALL = dict(trials=6, N=12, K=8, noise=0.25)


def by_index(cells) -> dict:
    return {cell.index: cell for cell in cells}


def identical(a: dict[tuple, Cell], b: dict[tuple, Cell]) -> None:
    assert a.keys() == b.keys()
    for index in a:
        assert a[index].point == b[index].point
        for name in ARRAYS:
            np.testing.assert_array_equal(
                getattr(a[index].trials, name), getattr(b[index].trials, name), err_msg=f"{index} {name}"
            )


# ------------------------------------------------------------------------------------------------------ order and axes


def test_a_choice_is_an_axis_of_names():
    study = map_study("cue", "T", points=3, **SMALL)
    assert study.axes["cue"] == ("flip", "mask") and study.shape == (2, 3)
    assert study.indices()[:4] == [(0, 0), (0, 2), (1, 0), (1, 2)]  # no name lies between two others
    wanted = by_index(map_study(("cue", ["flip"]), "T", points=3, **SMALL).run())
    found = by_index(study.run())
    for (_, j), cell in wanted.items():
        np.testing.assert_array_equal(found[0, j].trials.error, cell.trials.error)
        assert found[1, j].point == {"cue": "mask", "T": cell.point["T"]}


def test_a_map_over_models_has_them_all_and_no_other():
    study = map_study("model", ("K", [3, 5]), trials=2, N=12)
    assert study.axes["model"] == tuple(PARAMETERS["model"].named) and "model" not in study.common


def test_names_have_no_range():
    with pytest.raises(ValueError, match="cue has names and no range: its values must each be one of flip, mask"):
        values_of("cue", 3, (0.0, 1.0))
    assert "own" in PARAMETERS["family"].choices() and "own" not in values_of("family", 3)


def test_cells_come_coarse_to_fine():
    study = sweep_study("T", np.geomspace(0.01, 10, 9), **SMALL)
    positions = [cell.index[1] for cell in study.run()]
    assert positions[:2] == [0, 8] and positions[2] == 4 and set(positions[3:5]) == {2, 6}
    assert sorted(positions) == list(range(9))


def test_there_is_enough_to_judge_by_once_every_cell_is_in():
    study = map_study(("T", [0.01, 0.1, 1.0]), ("K", [2, 8]), trials=2, N=12, noise=0.25)
    cells = {}
    for cell in study.run():
        assert not study.is_whole(cells)
        cells[cell.index] = cell
    assert study.is_whole(cells)


def test_maps_come_coarse_to_fine_and_models_side_by_side():
    corners = [cell.index for cell in map_study("T", "K", points=5, trials=1).run()][:4]
    assert set(corners) == {(0, 0), (0, 4), (4, 0), (4, 4)}
    study = figure_study(4, points=3, trials=1)
    assert {index[0] for index in study.indices()[:12]} == {0, 1, 2}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 25])
def test_every_cell_comes_once(n):
    study = Study.of("s", {"T": np.geomspace(0.1, 1, n), "K": range(2, 5)}, 1, 0, "float64", {})
    assert sorted(study.indices()) == [(i, j) for i in range(n) for j in range(3)]


def test_a_cell_is_an_ensemble_of_its_own_settings():
    for cell in sweep("tau_p", [0.0, 1.0, math.inf], seed=5, **SMALL):
        e = ensemble(seed=5, tau_p=cell.point["tau_p"], **SMALL)
        assert cell.trials.settings == e.settings
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(cell.trials, name), getattr(e, name))


def test_all_cells_share_the_seeds_of_their_trials():
    seeds = {tuple(cell.trials.seeds) for cell in sweep("T", [0.1, 1.0, 10.0], **SMALL)}
    assert len(seeds) == 1


def test_any_parameter_that_has_a_range_can_be_swept():
    ranged = [name for name, p in PARAMETERS.items() if p.shown]
    assert {"N", "K", "T", "tau_p", "tau_x", "sigma", "noise", "degree"} <= set(ranged)
    for name in ranged:
        values = values_of(name, 4)
        low, high = PARAMETERS[name].shown
        assert values[0] == pytest.approx(low) and values[-1] == pytest.approx(high) and values == sorted(values)
        assert all(PARAMETERS[name].check(v) == v for v in values)


def test_swept_values_are_even_on_the_scale_of_their_slider():
    assert values_of("T", 6) == pytest.approx([1e-3, 1e-2, 1e-1, 1, 10, 100])
    assert values_of("noise", 6) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_choices_can_be_swept_as_well():
    cells = by_index(sweep("family", ["coins", "correlated"], trials=3, N=20, K=4))
    assert [cells[0, i].trials.settings["family"] for i in (0, 1)] == ["coins", "correlated"]


def test_the_axis_of_flipped_entries_flips_exactly_n():
    for cell in Study.of("s", {"n": range(0, 13, 3)}, 4, 0, "float64", {"N": 12, "tau_x": math.inf}).run():
        np.testing.assert_array_equal(cell.trials.hamming, cell.point["n"])


def test_map2d_yields_mean_and_standard_error_of_an_observable():
    rows = list(map2d(("T", [0.01, 1.0]), ("K", [4, 8, 16]), "error", "hopfield", trials=9, N=14))
    assert len(rows) == 6 and {index for index, _, _ in rows} == {(i, j) for i in range(2) for j in range(3)}
    for (i, j), mean, error in rows:
        e = ensemble(model="hopfield", T=[0.01, 1.0][i], K=[4, 8, 16][j], trials=9, N=14).error
        assert mean == pytest.approx(e.mean()) and error == pytest.approx(e.std(ddof=1) / 3)


def test_figure4_is_the_papers_grid():
    study = figure_study(4)
    assert study.axes["model"] == ("astrocyte", "hopfield", "neuron-astrocyte")
    assert (study.axes["K"][0], study.axes["K"][-1], len(study.axes["K"])) == (2, 200, 25)
    assert study.axes["n"] == tuple(range(11)) and study.trials == 50
    s = study.settings((0, 24, 6))
    assert (s.N, s.K, s.flips, s.T, s.tau_p, s.tau_x, s.horizon) == (20, 200, 6, 0.01, 1, 1, 10)


@pytest.mark.parametrize(
    ("number", "axis", "ends"), [(1, "tau_p", (1e-3, 1e3)), (2, "tau_x", (1e-3, 1e3)), (3, "T", (1e-3, 1e2))]
)
def test_figures_1_to_3_are_the_papers_sweeps(number, axis, ends):
    study = figure_study(number)
    assert study.axes[axis][0] == ends[0] and study.axes[axis][-1] == ends[1] and len(study.axes[axis]) == 25
    s = study.settings(study.indices()[0])
    assert (s.N, s.K, s.flips, s.horizon, study.trials) == (30, 100, 6, 10, 50)


@pytest.mark.parametrize("T", [0.001, 0.01, 1.0])
def test_figure_3_by_euler_steps_as_the_paper_did(T):
    settings = figure_study(3, T=[T], integrator="euler").settings((0, 0))
    core_integrate = import_module("core.integrate")
    memory = MEMORIES["astrocyte"](settings, np.ones((30, 100)))
    assert core_integrate.euler_step(memory, settings) == pytest.approx(0.05 * T if T <= 0.01 else 0.001)


# ---------------------------------------------------------------------------------------------- observables of a cell


def cell_of(**columns) -> Cell:
    n = len(next(iter(columns.values())))
    e = ensemble(trials=n, N=6, K=2, horizon=0.01)
    for name, values in columns.items():
        getattr(e, name)[:] = values
    return Cell((0,), {}, e)


def test_trials_that_did_not_converge_count_as_later_than_any_that_did():
    cell = cell_of(converged_at=[1.0, 2.0, 3.0, math.nan])
    np.testing.assert_array_equal(cell.percentiles("converged_at", (25, 50, 75, 95)), [1, 2, 3, math.inf])
    assert cell.mean("converged_at") == 2.0 and cell.converged == 0.75
    none = cell_of(converged_at=[math.nan] * 3)
    assert math.isnan(none.mean("converged_at")) and none.converged == 0
    np.testing.assert_array_equal(none.percentiles("converged_at", (5, 50)), [math.inf, math.inf])


def test_bands_are_the_papers_percentiles():
    assert PERCENTILES == (5, 10, 20, 25, 50, 75, 80, 90, 95)
    cell = cell_of(error=np.arange(101.0))
    np.testing.assert_allclose(cell.percentiles("error"), PERCENTILES)
    assert cell.standard_error("error") == pytest.approx(np.arange(101).std(ddof=1) / math.sqrt(101))


def test_success_is_the_share_of_right_signs():
    assert cell_of(hamming=[0, 0, 1, 3]).mean("success") == 0.5


@pytest.mark.parametrize("observable", ["outcome", "seeds", "loss"])
def test_unknown_observables_are_refused(refused, observable):
    with refused(f"observable = {observable!r}", "hamming", "success"):
        cell_of(error=[0.0]).mean(observable)
    with refused(f"observable = {observable!r}", "hamming", "success"):
        map2d("T", "K", observable)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: sweep("Temp", [1]), ("axis = 'Temp'", "tau_p")),
        (lambda: sweep("seed"), ("axis = 'seed'", "with its values")),
        (lambda: sweep("T", []), ("axis T has no values",)),
        (lambda: sweep("T", "0.1"), ("axis T has no values",)),
        (lambda: figure4(K=None), ("axis K has no values",)),
        (lambda: sweep("T", [0.1, -1]), ("T = -1", "it must be")),
        (lambda: sweep("T", [0.1], T=2), ("T = 2", "left out")),
        (lambda: sweep("T", points=1), ("points = 1", "at least 2")),
        (lambda: sweep("T", trials=0), ("trials = 0",)),
        (lambda: sweep("T", dtype="int8"), ("dtype = 'int8'",)),
        (lambda: sweep("T", models=("astrocyte", "brain")), ("model = 'brain'", "hopfield")),
        (lambda: sweep("T", weather=1), ("weather is not a parameter",)),
        (lambda: map2d("T", "T"), ("axis = 'T'", "differ")),
        (lambda: figure4(n=[3, 21]), ("n = 21", "from 0 to 20")),
        (lambda: figure4(n=[0.5]), ("n = 0.5", "whole number")),
    ],
)
def test_wrong_studies_are_refused_before_anything_is_computed(refused, monkeypatch, make, words):
    monkeypatch.setattr(import_module("core.studies"), "run_batch", None)
    with refused(*words):
        make()


# ------------------------------------------------------------------------------------------------------------ executors


def small_study() -> Study:
    return Study.of("small", {"model": ("astrocyte", "hopfield"), "K": (5, 20, 60)}, 30, 7, "float64", {"N": 16, "noise": 0.25})


@pytest.fixture
def expected(monkeypatch) -> dict[tuple, Cell]:
    monkeypatch.setattr(import_module("core.ensemble"), "BATCH_BYTES", 100_000)  # several batches in a cell
    return by_index(small_study().run())


@pytest.mark.parametrize("pool", [ProcessPoolExecutor, ThreadPoolExecutor])
def test_results_do_not_depend_on_the_executor(expected, pool):
    with pool(2) as executor:
        identical(by_index(small_study().run(executor)), expected)


def test_results_do_not_depend_on_a_dask_cluster_of_two_workers(expected):
    distributed = pytest.importorskip("dask.distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert len(client.scheduler_info()["workers"]) == 2
        executor = client.get_executor()
        identical(by_index(small_study().run(executor)), expected)
        e = ensemble(trials=20, seed=1, K=60, executor=executor)
    np.testing.assert_array_equal(e.error, ensemble(trials=20, seed=1, K=60).error)


class Backwards:
    """An executor of one thread that begins with what it was given last."""

    def __init__(self, fail: bool = False) -> None:
        self.futures: list[Future] = []
        self.waiting: list[tuple] = []
        self.fail = fail
        Thread(target=self._work, daemon=True).start()

    def submit(self, function, *arguments) -> Future:
        future = Future()
        self.futures.append(future)
        self.waiting.append((future, function, arguments))
        return future

    def _work(self) -> None:
        for _ in range(2000):
            sleep(0.01)  # until all of a round have been given
            if not self.waiting:
                continue
            future, function, arguments = self.waiting.pop()
            if not future.set_running_or_notify_cancel():
                continue
            if self.fail:
                future.set_exception(MemoryError("no room"))
            else:
                future.set_result(function(*arguments))


def test_results_do_not_depend_on_the_order_in_which_cells_finish(expected):
    cells = list(small_study().run(Backwards()))
    assert [cell.index for cell in cells] != small_study().indices()
    identical(by_index(cells), expected)


def test_few_batches_are_given_out_ahead_and_closing_cancels_them():
    executor = Backwards()
    run = sweep_study("T", np.geomspace(0.01, 1, 60), **SMALL).run(executor)
    next(run)
    run.close()
    submitted = len(executor.futures)
    assert submitted <= 40 and any(future.cancelled() for future in executor.futures)
    with pytest.raises(StopIteration):
        next(run)
    assert len(executor.futures) == submitted


def test_closing_stops_the_work_in_this_process(monkeypatch):
    studies = import_module("core.studies")
    calls, real = [], studies.run_batch
    monkeypatch.setattr(studies, "run_batch", lambda *arguments: calls.append(1) or real(*arguments))
    run = sweep_study("T", [0.1, 0.2, 0.3, 0.4], **SMALL).run()
    next(run)
    run.close()
    assert len(calls) == 1


@pytest.mark.parametrize("executor", [None, "threads"])
def test_cells_that_are_done_are_not_computed_again(expected, executor):
    done = set(small_study().indices()[:4])
    if executor is None:
        rest = by_index(small_study().run(done=done))
    else:
        with ThreadPoolExecutor(2) as pool:
            rest = by_index(small_study().run(pool, done))
    assert rest.keys() == set(small_study().indices()) - done
    identical(rest, {index: expected[index] for index in rest})
    assert list(small_study().run(done=small_study().indices())) == []


def test_a_failure_in_a_worker_comes_out():
    with pytest.raises(MemoryError, match="no room"):
        list(small_study().run(Backwards(fail=True)))


# -------------------------------------------------------------------------------------------------------------- figures
# Medians of the errors of 50 trials, N = 30, K = 100, 6 flips. The last lines of model.md were seen with σ = 1; with our own σ
# of 5 the neurons are harder to move, and what fails there fails in the upper percentiles. All at seed 0, ±1.5 neurons.

MARGIN = 1.5


def medians(cells, axis: str) -> dict[float, float]:
    return {cell.point[axis]: float(cell.percentiles("error", (50,))[0]) for cell in cells}


def test_figure_1_medians_over_tau_p():
    seen = medians(figure1(tau_p=[0.001, 0.1, 1.0, 3.0, 30.0, 1000.0, math.inf], sigma=1.0), "tau_p")
    for tau_p in (0.001, 0.1, 1.0, 3.0):
        assert seen[tau_p] == pytest.approx(0, abs=0.1), tau_p
    assert seen[30.0] == pytest.approx(6.5, abs=MARGIN)
    assert seen[1000.0] == pytest.approx(7, abs=MARGIN)
    assert seen[math.inf] == pytest.approx(seen[1000.0], abs=0.1), "the classical Hopfield network"


def test_figure_2_medians_over_tau_x():
    seen = medians(figure2(tau_x=[0.001, 0.01, 0.3, 1.0, 10.0, 100.0, 1000.0], sigma=1.0), "tau_x")
    for tau_x in (0.3, 1.0, 10.0, 100.0):
        assert seen[tau_x] == pytest.approx(0, abs=0.1), tau_x
    assert seen[0.001] == pytest.approx(8.5, abs=MARGIN) and seen[0.01] == pytest.approx(8.5, abs=MARGIN)
    assert seen[1000.0] == pytest.approx(6, abs=0.5)


def test_figure_3_medians_over_T():
    seen = medians(figure3(T=[0.001, 0.1, 1.0, 3.0, 10.0, 100.0], sigma=1.0), "T")
    for T in (0.001, 0.1, 1.0, 3.0):
        assert seen[T] == pytest.approx(0, abs=0.1), T
    assert seen[10.0] == pytest.approx(6, abs=MARGIN) and seen[100.0] == pytest.approx(7, abs=MARGIN)


def test_between_recall_and_failure_trials_are_of_two_kinds():
    """model.md's medians of 3 at τ_p = 10 and τ_x = 0.1 lie in a gap: some trials recall, the others err by 6 or more."""
    for given in (dict(tau_p=10.0), dict(tau_x=0.1)):
        error = ensemble(trials=200, sigma=1.0, **given).error
        assert np.mean(error < 1) > 0.25 and np.mean(error > 5) > 0.25
        assert np.mean((error > 1) & (error < 4)) < 0.15
        assert 2 < error.mean() < 7


def test_perplexity_and_convergence_follow_the_paper():
    over_T = {cell.point["T"]: cell for cell in figure3(T=[0.001, 100.0])}
    assert over_T[0.001].percentiles("perplexity", (95,))[0] < 1.5, "a cold network selects one memory"
    assert over_T[100.0].percentiles("perplexity", (5,))[0] > 90, "a hot one weighs all alike"
    over_p = {cell.point["tau_p"]: cell for cell in figure1(tau_p=[0.01, 1000.0])}
    assert over_p[0.01].converged > 0.9 and over_p[1000.0].converged < 0.1, "slow gains are cut by the horizon"


def test_at_our_sigma_medians_are_0_wherever_gains_are_fast_or_cold():
    for axis, values in {"tau_p": [0.001, 1.0, 10.0], "tau_x": [0.01, 0.1, 1.0, 100.0], "T": [0.001, 0.1, 3.0]}.items():
        for value, median in medians(sweep(axis, values), axis).items():
            assert median < 0.1, (axis, value)


def test_at_our_sigma_slow_gains_and_hot_gains_are_hopfields():
    hopfield = ensemble(model="hopfield")
    assert float(np.median(hopfield.error)) == pytest.approx(6, abs=0.5)
    for given in (dict(tau_p=math.inf), dict(tau_p=1e6), dict(T=1e5)):
        np.testing.assert_allclose(ensemble(**given).error, hopfield.error, atol=0.05)


def test_at_our_sigma_frozen_neurons_keep_exactly_the_flips():
    slow, frozen = ensemble(tau_x=1000.0), ensemble(tau_x=math.inf)
    assert np.abs(np.median(slow.error) - 6) < 0.1 and np.all(slow.hamming == 6)
    np.testing.assert_array_equal(frozen.hamming, 6)
    np.testing.assert_allclose(frozen.error, 6, atol=2e-3)


def test_hasty_neurons_commit_before_the_gains_can_act():
    """τ_x → 0: the mean error is high and falls as the neurons take their time; perplexity is low."""
    errors = [ensemble(trials=200, tau_x=tau_x).error for tau_x in (0.001, 0.1, 0.3, 1.0)]
    means = [e.mean() for e in errors]
    assert means == sorted(means, reverse=True) and means[0] > 2.5 and means[-1] < 1.5
    assert np.percentile(errors[0], 90) > 6 > np.percentile(errors[-1], 80)
    assert np.median(ensemble(tau_x=0.001).perplexity) < 1.5


def difference(n: int, K: int, trials: int = 300) -> tuple[float, float, float, float]:
    """Mean Hamming errors of astrocyte and hopfield on the same trials, their mean difference and its standard error."""
    cells = {c.point["model"]: c for c in figure4(models=("astrocyte", "hopfield"), K=[K], n=[n], trials=trials)}
    a, h = (cells[model].values("hamming") for model in ("astrocyte", "hopfield"))
    return a.mean(), h.mean(), (a - h).mean(), (a - h).std(ddof=1) / math.sqrt(trials)


@pytest.mark.parametrize(("n", "K"), [(1, 50), (2, 50), (2, 200), (3, 100), (3, 200), (4, 50), (4, 100)])
def test_the_astrocytes_win_at_up_to_four_flips(n, K):
    _, _, mean, error = difference(n, K)
    assert mean < -4 * error


def test_at_four_flips_and_200_patterns_neither_wins():
    _, _, mean, error = difference(4, 200)
    assert abs(mean) < 4 * error and error < 0.25


@pytest.mark.parametrize(("n", "K"), [(5, 100), (6, 100), (8, 100), (5, 200), (6, 200), (8, 200)])
def test_the_papers_lower_on_the_whole_grid_fails_at_many_patterns_and_flips(n, K):
    _, hopfield, mean, error = difference(n, K)
    assert mean > 4 * error
    assert hopfield == pytest.approx(n, abs=0.3), "the classical network merely holds its cue"


def test_the_numbers_of_that_failure():
    astrocyte, hopfield, mean, error = difference(6, 200)
    assert 7.1 <= astrocyte <= 7.6 and hopfield == pytest.approx(6.0, abs=0.15)
    assert mean == pytest.approx(1.4, abs=4 * error)


def test_the_neuron_astrocyte_baseline_corrects_few_patterns():
    cells = {c.point["n"]: c for c in figure4(models=("neuron-astrocyte",), K=[20], n=[2, 4])}
    assert cells[2].mean("hamming") <= 0.6
    assert 1.0 <= cells[4].mean("hamming") <= 2.6


def test_the_neuron_astrocyte_baseline_keeps_what_it_was_given_of_many_patterns():
    for cell in figure4(models=("neuron-astrocyte",), K=[200], n=[2, 4, 6]):
        assert cell.mean("hamming") == pytest.approx(cell.point["n"], abs=0.5)
