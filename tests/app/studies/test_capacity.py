"""The page Capacity without a browser: its address, its searches as they come, and what the numbers say."""

import math
import shlex

import numpy as np
import pytest

from app.address import parse_address
from app.chapters.retrieval.chapter import CHAPTER
from app.studies.capacity import Capacity
from core import PARAMETERS, simulate
from core.__main__ import parser, study_of
from core.archive import Archive
from core.retrieval.capacity import COMPARED, STEPS, capacity_study, channel_limit, rule_capacity
from tests.app.studies.test_pages import Visitor, lab, plain

__all__ = ["lab"]  # a fixture

SMALL = {"models": "astrocyte,hopfield", "low": "10", "high": "20", "points": "3", "trials": "60"}
LONG = {"trials": "1000", "low": "30", "high": "45", "models": "instant,attention"}


def found(visitor):
    """K₉₀, the error of its logarithm and whether its search is over, as the browser has them last."""
    return next(message["extra"]["found"] for message in reversed(visitor.mine) if "extra" in message)


def test_searches_stream_and_their_numbers_are_the_cores(lab):
    visitor = Visitor(Capacity, SMALL).finish()
    study = capacity_study(models=("astrocyte", "hopfield"), N=[10, 15, 20], trials=60)
    cells = plain(study)
    assert visitor.fields()["success"].keys() == cells.keys() and len(cells) == 2 * 3 * STEPS
    for index, cell in cells.items():
        share, low, high = visitor.fields()["success"][index]
        assert share == np.float32(cell.mean("success")) and low <= share <= high and low < high
    for at in study.series:
        passed = study.found(at, cells)
        np.testing.assert_allclose(found(visitor)[at], [passed.K, passed.error, 1], rtol=1e-6)
    first, last = visitor.mine[0], visitor.mine[-1]
    assert first["study"]["axes"][0]["texts"] == ["astrocytes, τ_p = 1", "Hopfield"]
    assert last["progress"]["done"] == last["progress"]["total"] == len(cells)


def test_exact_lines_come_with_the_first_message(lab):
    visitor = Visitor(Capacity, {**SMALL, "models": "attention,hopfield", "noise": "0.1", "trials": "10"})
    visitor.until(lambda: visitor.mine)
    rules = visitor.mine[0]["extra"]["rules"]
    assert rules["limit"] == channel_limit(0.1) and rules["signed"] == [1, 0]
    wanted = [[rule_capacity(N, round(N / 10), signed=signed) for N in (10, 15, 20)] for signed in (False, True)]
    np.testing.assert_allclose(rules["capacity"], wanted, rtol=1e-6)
    assert rules["success"].shape == (2, 3, len(rules["K"])) and rules["success"][0, 0, 0] > 0.99
    visitor.finish()
    assert sum("rules" in message.get("extra", {}) for message in visitor.mine) == 1


def test_nothing_is_concluded_before_all_searches_are_over(lab):
    visitor = Visitor(Capacity, SMALL).finish()
    for message in visitor.mine[:-1]:
        progress = message["progress"]
        if progress["done"] < progress["total"]:
            assert message["sentence"].startswith(f"{progress['done']} of {progress['total']} cells are in; ")
            assert "bits" not in message["sentence"]
    assert visitor.sentence.startswith("Growth of K₉₀ in bits a neuron, N = 10 to 20: ")
    assert "the nearest-memory rule: 0.2" in visitor.sentence and "→ 0.278 as N grows" in visitor.sentence


def test_the_sentence_tells_what_grows_as_a_power_from_what_grows_exponentially(lab):
    visitor = Visitor(Capacity, {"models": "instant,hopfield", "low": "10", "high": "35", "points": "6"}).finish()
    bits, powers = visitor.sentence.split(" As powers of N: ")
    assert "astrocytes, τ_p = 0: 0." in bits and "Hopfield: 0." in powers
    rate, error = (float(text) for text in bits.partition("τ_p = 0: ")[2].partition(";")[0].split(" ± "))
    assert abs(rate - 0.30) < 3 * error + 0.01  # measured by other code: 0.30
    assert len(visitor.sentence) <= 1.1 * len(visitor.latest("shown")["room"])


def test_what_lies_beyond_a_search_is_said(lab):
    visitor = Visitor(Capacity, {**SMALL, "models": "astrocyte", "tau_x": "inf"}).finish()
    assert visitor.sentence.endswith("K₉₀ lies beyond the search: astrocytes, τ_p = 1 at 3 of 3 N.")
    assert np.all(found(visitor)[..., 0] == 0)


def test_another_n_on_the_right_computes_nothing_anew(lab):
    visitor = Visitor(Capacity, SMALL).finish()
    number, job = visitor.page.state()["id"], visitor.job
    visitor.set(shown="15")
    assert (visitor.page.state()["id"], visitor.job) == (number, job)
    assert "shown=15" in visitor.page.state()["address"]


def test_pause_holds_and_a_second_visitor_gets_the_result_at_once(lab):
    first = Visitor(Capacity, LONG)
    first.until(lambda: first.job is not None and first.job.cells)
    first.say("pause")
    first.until(lambda: first.state == "paused")
    first.say("resume")
    first.until(lambda: first.state == "running")
    first.set(**SMALL)
    first.finish()
    first.page.close()
    second = Visitor(Capacity, SMALL).finish()
    assert second.job._taken_over == second.job.total == 2 * 3 * STEPS  # from the disk, nothing computed
    assert second.sentence == first.sentence


def test_a_search_that_was_cut_goes_on_where_it_was(lab):
    visitor = Visitor(Capacity, LONG)
    visitor.until(lambda: visitor.job is not None and len(visitor.job.cells) >= 5)
    visitor.say("cancel")
    visitor.until(lambda: visitor.state == "stopped")
    visitor.job.thread.join(30)
    done = len(visitor.job.cells)
    visitor.say("resume")
    visitor.until(lambda: visitor.mine and visitor.mine[-1]["progress"]["done"] >= done)
    assert visitor.job._taken_over == done
    visitor.page.close()


def test_the_tap_opens_the_very_trial(lab):
    visitor = Visitor(Capacity, SMALL).finish()
    for index in visitor.job.order[::4]:
        visitor.say("look", index=list(index), number=visitor.page.state()["id"])
        look, cell = visitor.latest("look"), visitor.job.cells[index]
        values, said = CHAPTER.read_text(look["href"].partition("?")[2])
        assert said == [] and look["note"] == ""
        run = simulate(**{name: values[name] for name in PARAMETERS})
        assert (run.settings["seed"], run.target) == (cell.trials.seeds[look["trial"]], cell.trials.target[look["trial"]])
        assert run.settings["K"] == cell.point["K"]
        assert run.hamming[-1] == cell.trials.hamming[look["trial"]]


def test_a_trial_with_more_memories_than_its_page_takes_is_the_same_cue_among_the_first(lab):
    visitor = Visitor(Capacity, {"models": "attention", "low": "35", "high": "36", "points": "2", "trials": "10"}).finish()
    index = max(visitor.job.order, key=lambda place: visitor.job.cells[place].point["K"])
    cell = visitor.job.cells[index]
    most = CHAPTER.most["K"]
    assert cell.point["K"] > most
    visitor.say("look", index=list(index), number=visitor.page.state()["id"])
    look = visitor.latest("look")
    assert look["note"] == f"; the page plays its cue among the first {most} of its {cell.point['K']} memories"
    values, said = CHAPTER.read_text(look["href"].partition("?")[2])
    assert said == [] and values["K"] == most
    run, whole = (
        simulate(**{**{name: values[name] for name in PARAMETERS}, "K": K, "horizon": 0.1}) for K in (most, cell.point["K"])
    )
    np.testing.assert_array_equal(run.cue, whole.cue)
    np.testing.assert_array_equal(run.patterns, whole.patterns[:, :most])


@pytest.mark.parametrize("what", ["npz", "csv"])
def test_what_is_taken_away_is_the_study_and_the_shell_command_repeats_it(what, lab, tmp_path):
    visitor = Visitor(Capacity, {**SMALL, "tau_p": "0.5", "noise": "0.1", "seed": "7"}).finish()
    visitor.say("want", what=what)
    visitor.until(lambda: any("file" in message for message in visitor.told))
    path = tmp_path / visitor.latest("file")["name"]
    path.write_bytes(visitor.latest("file")["content"])
    archive = Archive(visitor.job.study, path)
    for index, cell in visitor.job.cells.items():
        np.testing.assert_array_equal(archive.cells[index].trials.hamming, cell.trials.hamming)
    visitor.say("want", what="command")
    line = shlex.split(visitor.latest("text")["content"])
    repeated = study_of(parser().parse_args(line[3:]))
    assert Archive.header_of(repeated) == Archive.header_of(visitor.job.study)


def test_the_address_holds_everything(lab):
    page = Visitor(Capacity, {**SMALL, "theme": "dark", "shown": "20", "T": "0.125", "tau_p": "inf"}, ready=False).page
    text = page.address.write(page.values)
    assert parse_address(text).keys() == {"v", *page.address.keys}
    assert Capacity.opening_of(parse_address(text)) == (page.values, [])
    for key in ("N", "K", "target", "family", "activity", "cue"):  # axes, and what the rule is exact for
        assert key not in page.address.keys
    assert page.values["models"] == ("astrocyte", "hopfield") and Capacity.opening_of({})[0]["models"] == COMPARED


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"models": "astrocyte,nobody"}, "nobody"),
        ({"high": "200"}, "N = 200: this page takes at most 100"),
        ({"low": "20", "high": "10"}, "N from 20 to 10"),
        ({"trials": "1000", "high": "90", "models": ",".join(COMPARED)}, "would fit"),
        ({"trials": "5"}, "trials = '5'"),
    ],
)
def test_what_is_too_much_is_said_and_what_was_there_stays(changes, sentence, lab):
    visitor = Visitor(Capacity, SMALL).finish()
    before = dict(visitor.page.values)
    visitor.set(**changes)
    visitor.until(lambda: sentence in visitor.notice)
    assert visitor.page.values == before


def test_a_cue_that_is_half_wrong_has_no_rule_and_stops_no_page(lab):
    visitor = Visitor(Capacity, {**SMALL, "noise": "0.5"}).finish()
    assert "nearest-memory" not in visitor.sentence
    assert all(math.isnan(value) for value in visitor.mine[0]["extra"]["rules"]["capacity"].ravel())
