"""The page Basins without a browser: its address, what reaches the browser, and what is taken away."""

import math

import numpy as np
import pytest

from app.address import parse_address
from app.chapters.retrieval.chapter import CHAPTER
from app.studies.basins import Basins
from core import simulate
from core.archive import Archive
from core.retrieval.basins import KINDS, basin_study, kinds, margin, shares
from core.retrieval.patterns import draw_patterns
from tests.app.studies.test_pages import Visitor, lab

__all__ = ["lab"]  # a fixture

SMALL = {"points": "21"}
LETTERS = {"family": "letters", "horizon": 1000.0}


def study_of(values, **given):
    return basin_study("tau_p", values, memories=(1, 4, 11), points=21, **{**LETTERS, **given})


def computed(study):
    return {cell.index: cell for cell in study.run()}


def opened(visitor, index):
    """Where the run of a cell can be watched, as a person would find it."""
    before = len([message for message in visitor.told if "look" in message])
    visitor.say("look", index=list(index), number=visitor.page.state()["id"])
    visitor.until(lambda: len([message for message in visitor.told if "look" in message]) > before)
    look = visitor.latest("look")
    values, said = CHAPTER.read_text(look["href"].partition("?")[2])
    assert said == []
    return look, values


def test_the_page_shows_which_memory_each_run_recalls_and_says_the_shares(lab):
    visitor = Visitor(Basins, SMALL).finish()
    study = study_of((0.0, 10.0))
    cells = computed(study)
    drawn = visitor.fields()
    assert drawn["kind"].keys() == cells.keys() and len(cells) == 462
    for index, cell in cells.items():
        assert drawn["kind"][index][0] == kinds(cell.trials.columns, study.memories)[0]
        np.testing.assert_array_equal(drawn["recalled"][index], cell.trials.columns["recalled"].astype(np.float32))
    found = [shares(study, cells, side) for side in range(2)]
    sent = visitor.mine[-1]["extra"]["shares"]
    np.testing.assert_allclose(sent, [[side[kind] for kind in KINDS] for side in found], atol=1e-6)
    first, second = visitor.sentence.split(" of the triangle.")[:2]
    assert first.startswith(f"τ_p = 0: B {100 * found[0]['first']:.0f} %, E {100 * found[0]['second']:.0f} %")
    assert f"another memory {100 * found[1]['another']:.0f} %" in second


def test_the_coarse_lattice_comes_first_and_nothing_is_final_before_all_is_in(lab):
    visitor = Visitor(Basins, {"points": "161", "K": "36"})
    visitor.until(lambda: visitor.mine and len(visitor.mine[-1].get("index", [])) > 0)
    visitor.say("cancel")
    visitor.until(lambda: visitor.state == "stopped")
    assert visitor.sentence.startswith(f"{visitor.mine[-1]['progress']['done']} of 26082 cells are in")
    coarse = visitor.job.study.indices()[: 2 * 231]
    assert {side for side, _, _ in coarse} == {0, 1} and all(j % 8 == 0 and k % 8 == 0 for _, j, k in coarse)
    visitor.set(points="21")
    visitor.finish()
    assert "are in" not in visitor.sentence


def test_what_was_computed_once_is_there_at_once(lab):
    first = Visitor(Basins, SMALL).finish()
    first.page.close()
    again = Visitor(Basins, SMALL).finish()
    assert again.job._taken_over == again.job.total == 462


def test_a_browser_that_comes_back_counts_nothing_twice(lab):
    visitor = Visitor(Basins, SMALL).finish()
    sentence, before = visitor.sentence, len(visitor.told)
    visitor.say("ready")
    visitor.until(lambda: any("cells" in message for message in visitor.told[before:]))
    assert visitor.sentence == sentence


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"memories": "A,Q,7", "K": "36", "differs": "T", "other": "2.5"},
        {
            "family": "coins",
            "memories": "1,2,30",
            "N": "30",
            "K": "40",
            "differs": "model",
            "other": "hopfield",
            "blend": "signs",
        },
        {"differs": "tau_p", "other": "inf", "points": "41"},
    ],
)
def test_an_address_is_read_back_as_it_was_written(query, lab):
    visitor = Visitor(Basins, query)
    assert not visitor.notice
    address = visitor.page.state()["address"]
    values, said = Basins.opening_of(parse_address(address))
    assert said == [] and values == visitor.page.values
    assert all(address.split(f"{name}=")[1].split("&")[0] == text for name, text in query.items())


@pytest.mark.parametrize(
    "changes, part",
    [
        ({"memories": "B, B, L"}, "three different names"),
        ({"memories": "B, Æ, L"}, "three different names"),
        ({"other": "-3"}, "τ_p = "),
        ({"differs": "model", "other": "magic"}, "memory = "),
        ({"differs": "K", "other": "3"}, "from 0 to 2"),
        ({"family": "coins", "N": "1000", "K": "500", "points": "161"}, "would fit"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_on_show_stays(changes, part, lab):
    visitor = Visitor(Basins, SMALL).finish()
    before = dict(visitor.page.values)
    visitor.set(**changes)
    visitor.until(lambda: visitor.notice)
    assert part in visitor.notice and visitor.page.values == before


def test_other_patterns_have_other_names_and_another_parameter_another_value(lab):
    visitor = Visitor(Basins, SMALL)
    visitor.set(family="coins")
    assert visitor.page.values["memories"] == "1,2,3"
    visitor.set(family="letters")
    assert visitor.page.values["memories"] == "B,E,L"
    for name, other in (("T", "100"), ("K", "13"), ("model", "linear"), ("tau_p", "1000")):
        visitor.set(differs=name)
        assert visitor.page.values["other"] == other
    visitor.set(memories="7 8, A", K="36")
    assert visitor.page.state()["fields"]["memories"] == "7, 8, A"


def test_all_moves_of_a_slider_are_one_step_back(lab):
    visitor = Visitor(Basins, SMALL)
    first = visitor.page.state()["step"]
    for text in ("0.1", "0.2", "∞"):
        visitor.say("slide", changes={"tau_p": text})
    assert visitor.page.state()["step"] == first + 1 and visitor.page.values["tau_p"] == math.inf
    visitor.say("release")
    visitor.say("slide", changes={"other": "3"})
    assert visitor.page.state()["step"] == first + 2 and visitor.page.second(visitor.page.values) == 3.0


@pytest.mark.parametrize("blend", ["values", "signs"])
def test_the_link_of_a_point_plays_exactly_that_cue(blend, lab):
    visitor = Visitor(Basins, {**SMALL, "blend": blend}).finish()
    study = study_of((0.0, 10.0), blend=blend)
    for index in [(0, 0, 0), (1, 7, 5), (0, 6, 9), (1, 2, 17), (1, 10, 10)]:
        look, values = opened(visitor, index)
        run = simulate(**CHAPTER.given(values))
        np.testing.assert_allclose(run.cue, study.cue(index), atol=1e-15)
        assert run.settings["tau_p"] == (0.0, 10.0)[index[0]] and run.settings["horizon"] == 1000.0
        cell = visitor.job.cells[index].trials.columns
        signs = np.sign(run.x[-1])
        recalled = cell["recalled"][0]
        assert math.isnan(recalled) or np.array_equal(signs, run.patterns[:, int(recalled)])
        assert look["index"] == list(index)


def test_the_margin_of_a_cue_is_said_for_both_settings(lab):
    visitor = Visitor(Basins, SMALL).finish()
    look, _ = opened(visitor, (0, 14, 3))
    study = study_of((0.0, 10.0))
    for side, settings in enumerate(study.sides):
        index = (side, 14, 3)
        recalled = int(visitor.job.cells[index].trials.columns["recalled"][0])
        known = margin(settings, draw_patterns(settings, 0), study.cue(index), recalled)
        said = f"right with {known.held} of the cue’s {known.right} right entries flipped, lost with {known.held + 1}"
        assert f"τ_p = {settings.tau_p:g}: " in look["margin"] and said in look["margin"]
    visitor.set(differs="tau_p", other="inf")
    visitor.finish()
    look, _ = opened(visitor, (0, 14, 3))
    assert "τ_p = ∞: no memory is recalled" in look["margin"]


@pytest.mark.parametrize("what", ["npz", "csv"])
def test_what_is_taken_away_is_the_map_and_python_repeats_it(what, lab, tmp_path, capsys):
    visitor = Visitor(Basins, {**SMALL, "differs": "tau_p", "other": "inf", "seed": "3"}).finish()
    visitor.say("want", what=what)
    visitor.until(lambda: any("file" in message for message in visitor.told))
    path = tmp_path / visitor.latest("file")["name"]
    path.write_bytes(visitor.latest("file")["content"])
    kept = Archive(visitor.job.study, path).cells
    assert kept.keys() == visitor.job.cells.keys()
    visitor.say("want", what="command")
    made = {}
    exec(visitor.latest("text")["content"], made)
    assert made["study"] == visitor.job.study
    assert capsys.readouterr().out.count("another") == 2
    for index, cell in made["cells"].items():
        np.testing.assert_array_equal(cell.trials.columns["recalled"], kept[index].trials.columns["recalled"])
