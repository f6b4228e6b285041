"""The page Likeness without a browser: its address, what it computes and predicts, and what its sentence says of the numbers."""

import math
import shlex

import numpy as np
import pytest

from app.address import parse_address
from app.chapters.retrieval.chapter import CHAPTER
from app.engine import service
from app.engine.service import Engine
from app.hosting.options import Options
from app.studies.likeness import RANGE, STORED, Likeness, races, thresholds
from core import PARAMETERS, simulate
from core.__main__ import parser, study_of
from core.archive import Archive
from core.judging import wilson
from core.random import trial_seeds
from core.retrieval.race import half_recalled, race
from core.studies import map_study
from tests.app.studies.test_pages import HOSTILE, Visitor

SMALL = {"stored": "20,60", "points": "4", "trials": "10"}


@pytest.fixture
def lab(tmp_path, monkeypatch):
    opened = Engine(Options(workers=1, scheduler="", cache=tmp_path / "cache", cache_mb=64))
    monkeypatch.setattr(service, "_opened", opened)
    yield opened
    opened.close()


def values_at(**query):
    return Likeness.opening_of(parse_address("&".join(f"{name}={text}" for name, text in query.items())))


def settled(**query):
    values, notices = values_at(**query)
    assert notices == []
    return Likeness(values).values


def test_it_shows_the_shares_of_the_study_and_streams_them(lab):
    visitor = Visitor(Likeness, SMALL).finish()
    ratios = np.geomspace(*RANGE, 4).tolist()
    given = {"family": "digits", "N": 64, "noise": 6 / 64, "horizon": 100.0}
    study = map_study(("K", [20, 60]), ("tau_p", [float(f"{ratio:.12g}") for ratio in ratios]), trials=10, **given)
    fields = visitor.fields()
    for cell in study.run():
        low, high = wilson(int(cell.trials.success.sum()), 10)
        expected = np.array([cell.mean("success"), low, high], dtype=np.float32)
        assert low < high, "no share is known for sure"
        np.testing.assert_array_equal(fields["success"][cell.index], expected)
        assert fields["converged"][cell.index] == np.float32(cell.converged)
    assert sum(len(message.get("index", [])) for message in visitor.mine) == 8


def test_the_prediction_is_the_cores_and_there_before_the_cells(lab):
    visitor = Visitor(Likeness, SMALL).finish()
    study = visitor.job.study
    for i in range(2):
        one = race(study.settings((i, 0)), trial_seeds(0, 10))
        for message in visitor.mine:
            assert message["extra"]["predicted"][i] == np.float32(one.threshold)


def test_the_sentence_is_what_the_numbers_say(lab):
    visitor = Visitor(Likeness, {**SMALL, "stored": "30,100", "points": "7", "trials": "40"}).finish()
    study, cells = visitor.job.study, visitor.job.cells
    ratios = study.axes["tau_p"]
    halves = [half_recalled(ratios, [cells[i, j].mean("success") for j in range(7)]) for i in range(2)]
    assert halves == thresholds(study, cells) and all(0 < half < math.inf for half in halves)
    predicted = [one.threshold for one in races(study)]
    told = [
        f"at K = {K} up to τ_p/τ_x = {half:.3g} (predicted {expected:.3g})"
        for K, half, expected in zip((30, 100), halves, predicted, strict=True)
    ]
    overlap = "Two memories overlap by 0.47 on average, and slow gains lose: half of the cues are recalled "
    assert visitor.sentence.startswith(f"{overlap}{', '.join(told)}.")
    cut = 1 - min(cell.converged for cell in cells.values())
    assert ("The horizon cuts" in visitor.sentence) == (cut > 0)
    for message in visitor.mine[:-1]:
        progress = message["progress"]
        if progress["done"] < progress["total"]:
            assert message["sentence"].startswith(f"{progress['done']} of {progress['total']} cells are in; the thresholds")


def test_fair_coins_lose_nothing_and_are_said_to(lab):
    visitor = Visitor(Likeness, {**SMALL, "family": "coins"}).finish()
    kept = "overlap by 0.00 on average, and slow gains lose nothing: at least half of the cues are recalled"
    assert kept in visitor.sentence  # and not by −0.00
    assert "at K = 60 at every τ_p/τ_x shown (predicted everywhere)" in visitor.sentence
    assert np.isinf(visitor.mine[-1]["extra"]["predicted"]).all()


def test_where_nothing_is_recalled_it_says_so(lab):
    visitor = Visitor(Likeness, {**SMALL, "T": "1000"}).finish()
    assert "at K = 60 nowhere (predicted nowhere)" in visitor.sentence


def test_a_finding_is_never_longer_than_the_room_for_it(lab):
    for query in (SMALL, {**SMALL, "family": "coins"}, {**SMALL, "T": "1000"}):
        visitor = Visitor(Likeness, query).finish()
        assert len(visitor.sentence) <= len(visitor.page.room(visitor.page.values))


def test_a_tap_opens_the_very_trial(lab):
    visitor = Visitor(Likeness, SMALL).finish()
    for index in ((0, 0), (1, 2), (1, 3)):
        visitor.say("look", index=list(index), number=visitor.page.state()["id"])
        look, cell = visitor.latest("look"), visitor.job.cells[index]
        values, said = CHAPTER.read_text(look["href"].partition("?")[2])
        assert said == [] and (values["family"], values["K"]) == ("digits", cell.point["K"])
        run = simulate(**{name: values[name] for name in PARAMETERS})
        assert run.hamming[-1] == cell.trials.hamming[look["trial"]]


@pytest.mark.parametrize(
    "query",
    [
        {},
        SMALL,
        {"family": "letters", "N": "35", "stored": "5,36", "n": "7"},
        {"family": "biased", "activity": "0.2", "N": "40", "T": "0.5", "low": "0.1", "high": "3", "seed": "4"},
    ],
)
def test_the_shell_command_repeats_the_study(query, lab):
    page = Visitor(Likeness, query, ready=False).page
    study = page.study(page.values)
    words = shlex.split(" ".join(page.command(page.values, study)))
    assert Archive.header_of(study_of(parser().parse_args(words))) == Archive.header_of(study)


def test_its_files_hold_the_study(lab, tmp_path):
    visitor = Visitor(Likeness, SMALL).finish()
    visitor.say("want", what="npz")
    visitor.until(lambda: any("file" in message for message in visitor.told))
    sent = visitor.latest("file")
    (tmp_path / sent["name"]).write_bytes(sent["content"])
    assert Archive(visitor.job.study, tmp_path / sent["name"]).cells.keys() == visitor.job.cells.keys()


def test_it_is_cached_paused_and_gone_on_with(lab):
    visitor = Visitor(Likeness, {**SMALL, "points": "30", "trials": "100", "stored": "60,100"})
    visitor.until(lambda: visitor.job is not None and visitor.job.cells)
    visitor.say("pause")
    visitor.until(lambda: visitor.state == "paused")
    visitor.say("resume")
    visitor.finish()
    visitor.page.close()
    again = Visitor(Likeness, {**SMALL, "points": "30", "trials": "100", "stored": "60,100"}).finish()
    assert again.job._taken_over == again.job.total


# ------------------------------------------------------------------------------------------------------- address and limits


def test_the_address_holds_everything(lab):
    page = Visitor(Likeness, {**SMALL, "theme": "dark", "hall": "1", "T": "0.125"}, ready=False).page
    given = parse_address(page.address.write(page.values))
    assert given.keys() == {"v", *page.address.keys}
    assert Likeness.opening_of(given) == (page.values, [])


def test_numbers_of_memories_are_read_as_people_type_them():
    read = Likeness.address_of("retrieval").keys["stored"].read
    assert read("300, 30;100 30") == (30, 100, 300)
    for text in ("", ",", "0", "-3", "1.5", "30,x", "1e3", "9" * 400, "1,2,3,4,5,6,7", "٣"):
        with pytest.raises(ValueError, match="such as 30,100,300"):
            read(text)


def test_a_typed_list_keeps_its_commas(lab):
    visitor = Visitor(Likeness, SMALL).finish()
    visitor.set(stored="10, 40")
    assert visitor.page.values["stored"] == (10, 40) and visitor.page.state()["fields"]["stored"] == "10,40"
    visitor.finish()


def test_a_family_of_one_size_brings_it_and_no_more_than_there_are(lab):
    assert (settled()["N"], settled()["stored"]) == (64, STORED)
    letters = settled(family="letters")
    assert (letters["N"], letters["stored"]) == (35, (30, 36))
    page = Visitor(Likeness, SMALL, ready=False).page
    page.hear({"do": "set", "changes": {"family": "letters"}})
    assert (page.values["N"], page.values["stored"]) == (35, (20, 36))
    page.hear({"do": "set", "changes": {"family": "correlated"}})
    assert (page.values["N"], page.values["stored"]) == (64, STORED)
    page.hear({"do": "set", "changes": {"N": "40"}})
    page.hear({"do": "set", "changes": {"family": "biased"}})
    assert page.values["N"] == 40
    page.hear({"do": "set", "changes": {"family": "digits"}})
    assert page.values["N"] == 64 and page.notice == ""


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"trials": "5000"}, "trials = '5000'"),
        ({"points": "100", "stored": "1,2,3,4,5,6", "trials": "1000", "resolution": "50"}, "would fit"),
        ({"stored": "30,1000"}, "K = 1000: this page takes at most 512"),
        ({"stored": "many"}, "such as 30,100,300"),
        ({"N": "50"}, "N = 50: it must be 64"),
        ({"n": "65"}, "n = 65"),
        ({"target": "20"}, "target = 20"),
        ({"low": "5", "high": "1"}, "τ_p from 5 to 1"),
        ({"family": "own"}, "patterns = 'own': it must be drawn on the page"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_there_stays(changes, sentence, lab):
    visitor = Visitor(Likeness, SMALL).finish()
    before = dict(visitor.page.values)
    visitor.set(**changes)
    visitor.until(lambda: sentence in visitor.notice)
    assert visitor.page.values == before


def test_a_hostile_address_opens_the_defaults(lab):
    for name, text in {**HOSTILE, "stored": "../../etc", "n": "<b>"}.items():
        values, said = Likeness.opening_of({name.encode(): [text.encode()]})
        assert values == Likeness.address_of("retrieval").defaults
        assert len(said) == 1 and said[0].endswith(".") and len(said[0]) < 400
