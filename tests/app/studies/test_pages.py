"""The laboratory's pages without a browser: what is said to them, what they compute, and what reaches the browser."""

import math
import shlex
import threading
import time

import numpy as np
import psutil
import pytest
from scipy import stats

from app.address import parse_address
from app.chapters.retrieval.chapter import CHAPTER
from app.engine import service
from app.engine.service import Engine
from app.hosting.options import Options
from app.numbers import measured, share
from app.studies.benchmark import Benchmark
from app.studies.regimes import Regimes
from app.studies.tune import Tune
from app.words import words
from core import PARAMETERS, simulate
from core.__main__ import parser, study_of
from core.archive import Archive
from core.registry import system_named
from core.studies import best_region, figure_study, map_study, paired_difference, sweep_study
from tests.app.visitors import TickingPort

OBSERVABLES = words("app.studies")["study"]["observables"]
PAGES = (Regimes, Benchmark, Tune)
SMALL = {
    Regimes: {"points": "4", "trials": "5", "K": "12", "horizon": "2"},
    Benchmark: {"points": "3", "trials": "5", "flips": "2", "high": "20", "models": "astrocyte,hopfield,dense", "horizon": "2"},
    Tune: {"points": "4", "trials": "5", "K": "12", "horizon": "2"},
}
LONG = {
    Regimes: {"points": "60", "trials": "1000"},
    Benchmark: {"points": "50", "trials": "200"},
    Tune: {"points": "40", "trials": "100"},
}


class Visitor:
    """A page with an event loop and a browser that the test plays: what reaches the browser is kept."""

    def __init__(self, kind, query=None, ready=True):
        values, notices = kind.opening_of({key: [value.encode()] for key, value in (query or {}).items()})
        self.page = kind(values, notices)
        self.first = self.page.opening()[0]
        self.port = TickingPort(self.page)
        self.told = self.port.sent
        if ready:
            self.say("ready")

    def say(self, deed, **more):
        self.page.hear({"do": deed, **more})

    def set(self, **changes):
        self.say("set", changes=changes)

    def until(self, true, seconds=60):
        self.port.until(true, seconds, lambda: (self.state, self.notice))

    def finish(self):
        self.until(lambda: self.state == "done")
        return self

    def latest(self, name):
        return next((message[name] for message in reversed([self.first, *self.told]) if name in message), None)

    @property
    def mine(self):
        """What was said about the study that is asked for now."""
        cells = [message["cells"] for message in self.told if "cells" in message]
        return [message for message in cells if message["id"] == self.page.state()["id"]]

    @property
    def state(self):
        told = [message["progress"]["state"] for message in self.mine if "progress" in message]
        return told[-1] if told else "preparing"

    @property
    def notice(self):
        return self.page.state()["notice"]

    @property
    def sentence(self):
        return next(message["sentence"] for message in reversed(self.mine) if "sentence" in message)

    @property
    def job(self):
        return self.page.job

    @property
    def verdicts(self):
        """Who is better in which cell, as the browser draws it."""
        told = [message["pairs"] for message in self.mine if "pairs" in message]
        return {tuple(place): v for pairs in told for place, v in zip(pairs["index"].tolist(), pairs["verdicts"], strict=True)}

    def fields(self):
        """What the browser drew: field → index → values, from its messages alone."""
        drawn = {}
        for message in self.mine:
            for row, index in enumerate(map(tuple, message.get("index", np.zeros((0, 2))).tolist())):
                for name, values in message["fields"].items():
                    assert index not in drawn.setdefault(name, {}), "a cell came twice"
                    drawn[name][index] = values[row]
        return drawn


@pytest.fixture
def lab(tmp_path, monkeypatch):
    opened = Engine(Options(workers=2, scheduler="", cache=tmp_path / "cache", cache_mb=64))
    monkeypatch.setattr(service, "_opened", opened)
    yield opened
    opened.close()


def plain(study):
    return {cell.index: cell for cell in study.run()}


# ------------------------------------------------------------------------------------------------------------- the numbers


def test_regimes_shows_the_percentiles_of_the_study(lab):
    visitor = Visitor(Regimes, SMALL[Regimes]).finish()
    cells = plain(sweep_study("tau_p", points=4, trials=5, models=("astrocyte", "hopfield"), K=12, horizon=2.0))
    fields = visitor.fields()
    assert fields["error"].keys() == cells.keys()
    for index, cell in cells.items():
        for name in ("error", "perplexity", "converged_at"):
            np.testing.assert_array_equal(fields[name][index], cell.percentiles(name).astype(np.float32))
        assert fields["converged"][index] == np.float32(cell.converged)


def test_benchmark_shows_the_means_of_the_study_and_paired_differences(lab):
    visitor = Visitor(Benchmark, SMALL[Benchmark]).finish()
    models = ("astrocyte", "hopfield", "dense")
    cells = plain(figure_study(4, models=models, K=[2, 11, 20], n=(0, 1, 2), trials=5, horizon=2.0))
    fields = visitor.fields()
    pairs = {}
    for message in visitor.mine:
        if "pairs" in message:
            pairs |= dict(zip(map(tuple, message["pairs"]["index"].tolist()), message["pairs"]["values"].tolist(), strict=True))
    assert fields["hamming"].keys() == cells.keys()
    assert len(pairs) == 2 * 9
    for index, cell in cells.items():
        expected = np.array([cell.mean("hamming"), cell.standard_error("hamming")], dtype=np.float32)
        np.testing.assert_array_equal(fields["hamming"][index], expected)
        if index[0]:
            wanted = paired_difference(cells[(0, *index[1:])], cell, "hamming")
            assert pairs[index] == pytest.approx(wanted, abs=1e-6)


def test_tune_shows_every_observable_and_the_best_region(lab):
    visitor = Visitor(Tune, {**SMALL[Tune], "observable": "success"}).finish()
    cells = plain(map_study("tau_p", "T", points=4, trials=5, K=12, horizon=2.0))
    fields = visitor.fields()
    for name in OBSERVABLES:
        for index, cell in cells.items():
            expected = np.array([cell.mean(name), cell.standard_error(name)], dtype=np.float32)
            np.testing.assert_array_equal(fields[name][index], expected)
    region = visitor.mine[-1]["extra"]["region"]
    assert {tuple(place) for place in region.tolist()} == {
        cell.index for cell in best_region(list(cells.values()), "success", True)
    }


def test_tune_maps_a_choice_by_its_names(lab):
    visitor = Visitor(
        Tune, {"system": "segments", "axis_a": "task", "axis_b": "method", "trials": "2", "steps": "10", "segments": "2"}
    )
    visitor.finish()
    study = map_study("task", "method", system="segments", trials=2, steps=10, segments=2)
    task, method = visitor.mine[0]["study"]["axes"]
    assert task["values"] == list(study.axes["task"]) and task["named"] and method["values"] == list(study.axes["method"])
    assert task["texts"][0] == "the key of the first segment" and method["texts"][0] == "everything kept"
    fields, cells = visitor.fields(), plain(study)
    for index, cell in cells.items():
        expected = np.array([cell.mean("accuracy"), cell.standard_error("accuracy")], dtype=np.float32)
        np.testing.assert_array_equal(fields["accuracy"][index], expected)
    best = best_region(list(cells.values()), "accuracy", True)[0]
    assert f"at task = {task['texts'][best.index[0]]}" in visitor.sentence
    shown = visitor.page.state()
    assert {"low_a", "high_a", "low_b", "high_b", "points"} <= set(shown["unused"])
    line = visitor.page.command(visitor.page.values, study)
    assert study_of(parser(system_named("segments")).parse_args(line)) == study


def test_a_range_of_names_is_none_and_comes_back_with_numbers(lab):
    visitor = Visitor(Tune, {"axis_a": "cue", "axis_b": "T", "low_a": "3", **SMALL[Tune]})
    assert visitor.page.values["low_a"] is None and visitor.page.values["low_b"] == PARAMETERS["T"].shown[0]
    visitor.set(axis_a="tau_p")
    assert visitor.page.values["low_a"] == PARAMETERS["tau_p"].shown[0]


def test_tune_says_how_many_cells_share_the_best(lab):
    visitor = Visitor(Tune, {**SMALL[Tune], "observable": "success", "noise": "0", "K": "2"}).finish()
    cells = visitor.job.cells
    best = max(cell.mean("success") for cell in cells.values())
    sharing = sorted(index for index, cell in cells.items() if cell.mean("success") == best)
    assert len(sharing) > 1 and f"the same in {len(sharing)} cells" in visitor.sentence
    assert tuple(visitor.mine[-1]["extra"]["region"][0]) == sharing[0]


def test_another_observable_computes_nothing_anew(lab):
    visitor = Visitor(Tune, SMALL[Tune]).finish()
    number, job = visitor.page.state()["id"], visitor.job
    visitor.set(observable="perplexity")
    visitor.until(lambda: visitor.mine[-1]["extra"]["observable"] == "perplexity")
    assert (visitor.page.state()["id"], visitor.job) == (number, job)
    assert "perplexity" in visitor.sentence


def test_the_benchmark_says_from_the_numbers_where_the_claim_holds(lab):
    visitor = Visitor(Benchmark, {**SMALL[Benchmark], "trials": "40"}).finish()
    cells = visitor.job.cells
    places = [(i, j) for i in range(3) for j in range(3)]
    grid = np.array([paired_difference(cells[0, i, j], cells[1, i, j], "hamming") for i, j in places])
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(
            grid[:, 1] > 0, 2 * stats.t.sf(np.abs(grid[:, 0] / grid[:, 1]), 39), np.where(grid[:, 0] == 0, 1.0, 2.0**-39)
        )
    sure = stats.false_discovery_control(p) <= 0.05
    better, worse = (int(np.sum(sure & (sign * grid[:, 0] > 0))) for sign in (-1, 1))
    assert f"at 5 % false discoveries lower in {better} of 9 cells, higher in {worse}" in visitor.sentence
    assert ("does not hold" in visitor.sentence) == bool(worse)
    cut = sum(np.isnan(cell.trials.converged_at).sum() for cell in cells.values())
    assert f"At t = 2 the horizon cut {cut} of {27 * 40} trials before they rested." in visitor.sentence
    shares = [np.mean([cell.trials.hamming == 0 for index, cell in cells.items() if index[0] == m]) for m in (0, 1)]
    assert f"recalls every bit in {share(shares[0])} of the trials, Hopfield in {share(shares[1])}" in visitor.sentence
    verdicts = visitor.verdicts
    for sign, count in ((-1, better), (1, worse)):  # the browser judges nothing itself
        assert [v for (model, *_), v in verdicts.items() if model == 1].count(sign) == count
    visitor.set(against="dense")
    visitor.until(lambda: "claims nothing" in visitor.sentence)


def test_where_the_first_is_worst_of_many_cells_that_one_is_measured_again(lab):
    """The largest of many noisy differences is too large: what is said of it comes of other draws."""
    query = {"models": "hopfield,attention,dense", "against": "attention", "points": "3", "flips": "3", "trials": "30"}
    visitor = Visitor(Benchmark, query).finish()
    visitor.until(lambda: "measured again, " in visitor.sentence)
    cells = visitor.job.cells
    differences = {index: paired_difference(cells[0, *index[1:]], cells[index], "hamming")[0] for index in visitor.verdicts}
    worse = {index: differences[index] for index, verdict in visitor.verdicts.items() if verdict > 0 and index[0] == 1}
    largest = max(worse, key=worse.get)
    study = visitor.page._request.study.again([(0, *largest[1:]), largest], 1000)
    assert study.seed != visitor.page._request.study.seed
    mine, theirs = (cell for _, cell in sorted((cell.index, cell) for cell in study.run()))
    assert measured(*paired_difference(mine, theirs, "hamming")) in visitor.sentence
    assert "measured again, 1000 fresh trials" in visitor.sentence
    assert not np.intersect1d(mine.trials.seeds, cells[largest].trials.seeds).size
    visitor.set(against="dense")  # another one is the worst against another rival
    visitor.until(lambda: visitor.sentence.startswith("Against dense") and "measured again, " in visitor.sentence)
    assert measured(*paired_difference(mine, theirs, "hamming")) not in visitor.sentence


def test_the_best_of_a_map_is_measured_again_before_it_is_called_so(lab):
    visitor = Visitor(Tune, {**SMALL[Tune], "observable": "success"}).finish()
    visitor.until(lambda: "measured again with" in visitor.sentence)
    told = [message["sentence"] for message in visitor.mine if "sentence" in message]
    assert not any("Best" in sentence for sentence in told if "measured again with" not in sentence)
    best = visitor.mine[-1]["extra"]["region"][0]
    cell = next(iter(visitor.page._request.study.again([tuple(best)], 80).run()))
    low, high = stats.binomtest(int((cell.trials.hamming == 0).sum()), 80).proportion_ci(method="wilson")
    assert f"{share(np.mean(cell.trials.hamming == 0))} (95 % interval: {share(low)} to {share(high)})" in visitor.sentence


def test_runs_of_a_sweep_can_be_run_to_rest(lab):
    visitor = Visitor(Regimes, {**SMALL[Regimes], "until": "rest"}).finish()
    assert all(cell.converged == 1 for cell in visitor.job.cells.values()) and "horizon" not in visitor.sentence
    visitor.say("want", what="command")
    visitor.until(lambda: visitor.latest("text"))
    assert "--horizon 1000000" in visitor.latest("text")["content"]


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_is_judged_before_every_cell_is_in(kind, lab):
    judged = {Regimes: "Median error", Benchmark: "paper’s claim", Tune: "est Hamming error"}[kind]
    so_far = {
        Regimes: "So far the median error",
        Benchmark: "no verdict before all are.",
        Tune: "So far the Hamming error",
    }
    many = {"points": "100"} if kind is Regimes else {"points": "40"}  # more than can be there before they are cancelled
    visitor = Visitor(kind, {**SMALL[kind], **many, "trials": "40"})
    visitor.until(lambda: visitor.mine and visitor.mine[-1]["progress"]["done"] > 8)
    visitor.say("cancel")
    visitor.until(lambda: visitor.state == "stopped")
    for message in visitor.mine:
        progress = message["progress"]
        assert message["sentence"].startswith(f"{progress['done']} of {progress['total']} cells are in; ")
        assert judged not in message["sentence"] and not len(message.get("extra", {}).get("region", []))
    assert so_far[kind] in visitor.sentence
    visitor.set(**SMALL[kind])
    visitor.finish()
    assert judged in visitor.sentence and "are in" not in visitor.sentence


def test_regimes_tells_of_the_classical_limit_the_horizon_and_the_unknown_sigma(lab):
    query = {"axis": "tau_x", "points": "5", "trials": "20"}
    visitor = Visitor(Regimes, query).finish()
    cells = visitor.job.cells
    median = cells[0, 0].percentiles("error", [50])[0]
    quarter = cells[0, 0].percentiles("error", [75])[0]
    assert f"Median error {median:g} at τ_x = 0.001" in visitor.sentence
    assert "The classical limit is" in visitor.sentence and "the horizon cuts trials" in visitor.sentence
    for model, name in enumerate(("astrocyte-gated memory", "Hopfield")):  # of every memory that is on show
        late = sum(1 for (m, _), cell in cells.items() if m == model and cell.converged < 1)
        assert (f"{name} at {late} of 5 points" in visitor.sentence) == bool(late)
    assert f"at least {float(f'{quarter:.3g}'):g}. The paper does not say its σ" in visitor.sentence
    assert "leaves frozen neurons at 6, as printed" in visitor.sentence
    other = Visitor(Regimes, {**query, "sigma": "1"}).finish()
    assert other.job.cells[0, 0].percentiles("error", [50])[0] > 5
    assert (
        f"frozen neurons stay at {15 - 9 * np.tanh(1):.3g}, where the paper has 6, as many as were flipped: no single σ"
        in other.sentence
    )


# ---------------------------------------------------------------------------------------------------------- work and its end


@pytest.mark.parametrize("kind", PAGES)
def test_the_first_picture_is_coarse_and_the_last_is_whole(kind, lab):
    visitor = Visitor(kind, SMALL[kind]).finish()
    order = visitor.job.order
    assert len(order) == math.prod(visitor.job.study.shape) == len(set(order))
    assert sum(len(message.get("index", [])) for message in visitor.mine) == len(order)


@pytest.mark.parametrize("kind", PAGES)
def test_a_changed_setting_cancels_what_runs_and_the_newest_wins(kind, lab):
    visitor = Visitor(kind, LONG[kind])
    visitor.until(lambda: visitor.job is not None and visitor.job.cells)
    first = visitor.job
    visitor.set(**{**SMALL[kind], "seed": "1"})
    visitor.set(**{**SMALL[kind], "seed": "2"})
    visitor.finish()
    first.thread.join(20)
    assert first.state == "stopped"
    assert visitor.job.study.seed == 2
    assert {message["cells"]["id"] for message in visitor.told if "cells" in message} <= {
        1,
        3,
    }  # of the one in between nothing was ever shown


def test_cancel_stops_the_work_and_what_is_done_is_kept(lab):
    visitor = Visitor(Tune, LONG[Tune])
    visitor.until(lambda: visitor.job is not None and len(visitor.job.cells) >= 4)
    visitor.say("cancel")
    visitor.until(lambda: visitor.state == "stopped")
    until(lambda: not lab.jobs.executor.under_way)
    assert lab.jobs.executor.waiting == 0
    workers = [psutil.Process(pid) for pid in lab.jobs.executor._executor._processes]
    before = sum(sum(worker.cpu_times()[:2]) for worker in workers)
    time.sleep(0.5)
    assert sum(sum(worker.cpu_times()[:2]) for worker in workers) - before < 0.1
    done = visitor.mine[-1]["progress"]["done"]
    visitor.job.thread.join(20)
    visitor.say("resume")
    visitor.until(lambda: visitor.job is not None and visitor.mine and visitor.mine[-1]["progress"]["done"] >= done)
    visitor.say("cancel")


def test_pause_holds_and_resume_goes_on(lab):
    visitor = Visitor(Regimes, {"points": "20", "trials": "60"})
    visitor.until(lambda: visitor.job is not None and visitor.job.cells)
    visitor.say("pause")
    visitor.until(lambda: visitor.state == "paused")
    visitor.say("resume")
    visitor.finish()


@pytest.mark.parametrize("leave", ["cut off", "gone"])
def test_a_visitor_who_leaves_frees_the_workers(leave, lab):
    visitor = Visitor(Tune, LONG[Tune])
    visitor.until(lambda: visitor.job is not None and visitor.job.cells)
    if leave == "cut off":
        visitor.page.away()
    else:
        visitor.page.close()
    visitor.job.thread.join(20)
    assert visitor.job.state == "stopped"
    until(lambda: not lab.jobs.executor.under_way and not lab.jobs.executor.waiting)
    assert len(lab.jobs) == 0
    if leave == "cut off":  # and comes back
        visitor.say("ready")
        visitor.until(lambda: visitor.job is not None and visitor.state == "running")
        visitor.page.away()


def test_a_second_visitor_gets_the_result_at_once(lab):
    first = Visitor(Regimes, SMALL[Regimes]).finish()
    second = Visitor(Regimes, SMALL[Regimes]).finish()
    assert second.job is first.job  # held once, however many look at it
    first.page.close()
    second.page.close()
    assert len(lab.jobs) == 0
    third = Visitor(Regimes, SMALL[Regimes]).finish()
    assert third.job._taken_over == third.job.total  # from the disk, nothing computed
    assert len([message for message in third.mine if "index" in message]) == 1


def test_a_browser_that_comes_back_is_told_everything_again(lab):
    visitor = Visitor(Regimes, SMALL[Regimes]).finish()
    before = len(visitor.told)
    visitor.say("ready")
    visitor.until(lambda: len(visitor.told) > before + 1)
    assert len(visitor.told[-1]["cells"]["index"]) == 8 and "study" in visitor.told[-1]["cells"]


def test_nothing_is_sent_before_the_browser_is_there(lab):
    visitor = Visitor(Regimes, SMALL[Regimes], ready=False)
    visitor.until(lambda: visitor.job is not None and visitor.job.state == "done")
    visitor.until(lambda: not visitor.port.ticks)
    assert visitor.told == []
    visitor.say("ready")
    visitor.finish()


def test_updates_are_few_however_fast_cells_come(lab):
    began = time.monotonic()
    visitor = Visitor(Tune, {**SMALL[Tune], "points": "12"}, ready=False)
    visitor.port.later = lambda seconds, work: threading.Timer(seconds, visitor.port.soon, [work]).start()
    visitor.say("ready")
    visitor.finish()
    assert len(visitor.mine) <= (time.monotonic() - began) / 0.1 + 2


def test_a_study_that_fails_is_a_sentence_and_can_be_tried_again(lab, monkeypatch):
    monkeypatch.setattr("core.studies.run_batch", _fail)
    visitor = Visitor(Regimes, SMALL[Regimes])
    visitor.until(lambda: visitor.state == "failed")
    assert "ZeroDivisionError" in visitor.mine[-1]["progress"]["trouble"]
    monkeypatch.undo()
    monkeypatch.setattr(service, "_opened", lab)
    visitor.say("resume")
    visitor.finish()


def _fail(*_arguments):
    return 1 / 0


@pytest.mark.parametrize("kind", PAGES)
def test_what_is_said_of_an_earlier_study_comes_too_late_and_is_left_out(kind, lab):
    visitor = Visitor(kind, SMALL[kind]).finish()
    earlier = visitor.page.state()["id"]
    index = list(visitor.job.order[-1])
    visitor.set(**LONG[kind], seed="8")
    visitor.until(lambda: visitor.state == "running")
    before, told = dict(visitor.page.values), len([message for message in visitor.told if "look" in message])
    visitor.say("look", index=index, number=earlier)
    visitor.say("pause", number=earlier)
    visitor.say("cancel", number=earlier)
    visitor.say("set", changes={"points": "7"}, number=earlier)
    assert visitor.notice == "" and visitor.page.values == before
    assert len([message for message in visitor.told if "look" in message]) == told
    assert visitor.job.state == "running"
    visitor.say("cancel", number=visitor.page.state()["id"])
    visitor.until(lambda: visitor.state == "stopped")
    visitor.say("look", index=[99, 99], number=visitor.page.state()["id"])
    assert visitor.notice  # of the study that is asked for, it would be nonsense


def test_steps_of_a_study_are_numbered_and_back_opens_their_addresses(lab):
    visitor = Visitor(Tune, SMALL[Tune]).finish()
    first = visitor.page.state()
    visitor.set(axis_a="sigma")
    visitor.set(theme="dark")
    second = visitor.page.state()
    assert second["step"] == first["step"] + 1  # a look is no step
    visitor.say("open", address=first["address"], step=first["step"])
    now = visitor.page.state()
    assert (now["step"], now["fields"]) == (first["step"], {**first["fields"], "theme": "dark"})
    visitor.finish()
    visitor.set(K="5")
    assert visitor.page.state()["step"] == second["step"] + 1
    before = visitor.page.state()["address"]
    for address, step in (("T=1", -1), ("T=1", None), (3, 1), ("T=1", "2")):
        visitor.say("open", address=address, step=step)
        assert visitor.page.state()["address"] == before and visitor.notice


# ------------------------------------------------------------------------------------------------------ watching, taking away


@pytest.mark.parametrize("kind", PAGES)
def test_the_tap_opens_the_very_trial(kind, lab):
    visitor = Visitor(kind, SMALL[kind]).finish()
    for index in visitor.job.order[:: max(1, len(visitor.job.order) // 5)]:
        visitor.say("look", index=list(index), number=visitor.page.state()["id"])
        look = visitor.latest("look")
        cell = visitor.job.cells[index]
        assert look["trial"] == cell.typical(visitor.page.observable(visitor.page.values))
        values, said = CHAPTER.read_text(look["href"].partition("?")[2])
        assert said == []
        run = simulate(**{name: values[name] for name in PARAMETERS})
        assert run.settings["seed"] == cell.trials.seeds[look["trial"]] == look["seed"]
        assert run.error[-1] == pytest.approx(cell.trials.error[look["trial"]], abs=1e-6)
        assert run.hamming[-1] == cell.trials.hamming[look["trial"]]


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("what", ["npz", "csv"])
def test_what_is_taken_away_is_the_study_and_the_shell_command_repeats_it(kind, what, lab, tmp_path):
    visitor = Visitor(kind, SMALL[kind]).finish()
    visitor.say("want", what=what)
    visitor.until(lambda: any("file" in message for message in visitor.told))
    sent = visitor.latest("file")
    path = tmp_path / sent["name"]
    path.write_bytes(sent["content"])
    archive = Archive(visitor.job.study, path)
    assert archive.cells.keys() == visitor.job.cells.keys()
    for index, cell in archive.cells.items():
        np.testing.assert_array_equal(cell.trials.hamming, visitor.job.cells[index].trials.hamming)
    visitor.say("want", what="command")
    line = visitor.latest("text")["content"]
    words = shlex.split(line)
    assert words[:3] == ["python", "-m", "core"]
    repeated = study_of(parser().parse_args(words[3:]))
    assert Archive.header_of(repeated) == Archive.header_of(visitor.job.study)  # so the file goes on where the page stopped


@pytest.mark.parametrize(
    "kind, query",
    [
        (Regimes, {"axis": "K", "low": "5", "high": "50", "models": "dense", "degree": "3"}),
        (Regimes, {"axis": "noise", "tau_p": "inf", "family": "biased", "activity": "0.2"}),
        (Regimes, {"axis": "T", "integrator": "euler", "horizon": "0.5", "tau_x": "0.5"}),
        (Tune, {"axis_a": "T", "axis_b": "sigma", "family": "letters", "N": "35", "K": "26"}),
        (Benchmark, {"N": "16", "models": "hopfield,attention", "T": "0.1"}),
        (Tune, {"axis_a": "noise", "axis_b": "sigma", "low_b": "0.5", "high_b": "8", "model": "linear"}),
    ],
)
def test_the_command_repeats_any_study(kind, query, lab):
    page = Visitor(kind, {**query, "points": "3", "trials": "3"}, ready=False).page
    study = page.study(page.values)
    line = page.command(page.values, study)
    assert Archive.header_of(study_of(parser().parse_args(line))) == Archive.header_of(study)


# ------------------------------------------------------------------------------------------------------- addresses and limits


@pytest.mark.parametrize("kind", PAGES)
def test_the_address_holds_everything(kind, lab):
    page = Visitor(kind, {**SMALL[kind], "theme": "dark", "hall": "1", "T": "0.125", "tau_p": "inf"}, ready=False).page
    text = page.address.write(page.values)
    given = parse_address(text)
    assert given.keys() == {"v", *page.address.keys}
    assert kind.opening_of(given) == (page.values, [])


HOSTILE = {
    "T": "abc",
    "points": "1e99",
    "trials": "-4",
    "models": "astrocyte,rm -rf",
    "model": "<script>",
    "axis": "__class__",
    "low": "nan",
    "high_a": "1e999",
    "axis_a": "seed",
    "hall": "maybe",
    "theme": "x" * 5000,
    "colour": "blue",
    "v": "99",
    "seed": "9" * 400,
    "observable": "outcome",
    "against": "nobody",
    "flips": "1.5",
}


@pytest.mark.parametrize("kind", PAGES)
def test_a_hostile_address_opens_the_defaults_and_says_so(kind, lab):
    for name, text in HOSTILE.items():
        values, said = kind.opening_of({name.encode(): [text.encode()]})
        assert values == kind.address_of("retrieval").defaults
        assert len(said) == 1 and said[0].endswith(".") and len(said[0]) < 400 and "<class" not in said[0]
    visitor = Visitor(kind, HOSTILE, ready=False)
    for part in ("T = 'abc'", "trials = '-4'", "keys that this page does not know", "version 99"):
        assert part in visitor.notice
    huge = {f"key{i}".encode(): [b"x" * 1000] for i in range(500)}
    values, said = kind.opening_of({**huge, b"T": [b"1"]})
    assert values == kind.address_of("retrieval").defaults and len(said) == 2


@pytest.mark.parametrize("kind", PAGES)
def test_contradictions_at_the_door_are_a_sentence_and_the_defaults(kind, lab):
    visitor = Visitor(kind, {"target": "50", "K": "3", "low": "2", "high": "9", "low_a": "5", "high_a": "1", "N": "1025"})
    visitor.until(lambda: visitor.job is not None)
    assert "the defaults are used instead" in visitor.notice
    assert visitor.page.values["target"] == 0


@pytest.mark.parametrize(
    "kind, changes, sentence",
    [
        (Regimes, {"trials": "5000"}, "trials = '5000'"),
        (Tune, {"points": "90"}, "8100 cells: this page takes at most 2500"),
        (Tune, {"N": "1024", "K": "512", "trials": "1000"}, "would fit"),
        (Tune, {"N": "2000"}, "N = 2000: this page takes at most 1024"),
        (Regimes, {"integrator": "euler", "horizon": "100"}, "more than 20000 steps"),
        (Regimes, {"integrator": "euler", "tau_x": "0"}, "τ_x = 0"),
        (Regimes, {"low": "7", "high": "3"}, "τ_p from 7 to 3"),
        (Benchmark, {"low": "few"}, "lowest K = 'few'"),
        (Tune, {"high_b": "warm"}, "highest T = 'warm'"),
        (Regimes, {"T": "warm"}, "T = 'warm'"),
        (Tune, {"family": "own"}, "patterns = 'own': it must be drawn on the page"),
        (Tune, {"cue": "own"}, "cue = 'own': it must be drawn on the page"),
    ],
)
def test_what_is_too_much_is_said_and_what_was_there_stays(kind, changes, sentence, lab):
    visitor = Visitor(kind, SMALL[kind]).finish()
    before = dict(visitor.page.values)
    visitor.set(**changes)
    visitor.until(lambda: sentence in visitor.notice)
    assert visitor.page.values == before
    visitor.finish()


def test_what_would_fit_does_fit(lab):
    visitor = Visitor(Tune, SMALL[Tune]).finish()
    visitor.set(N="300", K="300", points="16", trials="1000")
    visitor.until(lambda: "would fit" in visitor.notice)
    fitting = visitor.notice.partition("; trials = ")[2].split()[0]
    visitor.set(N="300", K="300", points="16", trials=fitting)
    visitor.until(lambda: visitor.page.values["trials"] == int(fitting) and visitor.job is not None)
    visitor.say("cancel")


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        [],
        {},
        {"do": "explode"},
        {"do": ["set"]},
        {"do": "set"},
        {"do": "set", "changes": 3},
        {"do": "set", "changes": {"colour": "blue"}},
        {"do": "set", "changes": {"seed": "9" * 9999}},
        {"do": "look", "index": [99, 99], "number": 1},
        {"do": "look", "index": "abc", "number": 1},
        {"do": "look", "index": [[1]], "number": None},
        {"do": "want", "what": "passwd"},
        {"do": "pause", "extra": 1},
    ],
)
def test_nonsense_from_a_browser_changes_nothing(message, lab):
    visitor = Visitor(Regimes, SMALL[Regimes], ready=False)
    before = dict(visitor.page.values)
    visitor.page.hear(message)
    assert visitor.notice.endswith(".")
    assert visitor.page.values == before


def test_axes_change_places_and_bring_their_ranges(lab):
    visitor = Visitor(Tune, SMALL[Tune], ready=False)
    visitor.set(axis_a="T")
    values = visitor.page.values
    assert (values["axis_a"], values["axis_b"]) == ("T", "tau_p")
    assert (values["low_a"], values["high_a"]) == PARAMETERS["T"].shown
    assert (values["low_b"], values["high_b"]) == PARAMETERS["tau_p"].shown
    visitor.set(low_a="0.01", high_a="1")
    visitor.set(axis_b="noise")
    assert (visitor.page.values["low_a"], visitor.page.values["high_b"]) == (0.01, 0.5)


def until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
