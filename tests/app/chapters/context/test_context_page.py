"""The page of the context gate without a browser: its message, its words, and what its own cards ask of the session."""

import re

import numpy as np
import pytest

from app.chapters import chapters
from app.chapters.context.chapter import CHAPTER
from app.drawn import write_bits
from app.message import read
from core import simulate
from core.context.landscape import along, place
from core.glyphs import GLYPHS, letter_patterns
from tests.app.visitors import ChapterVisitor

NAMES = list(GLYPHS)


@pytest.fixture
def page():
    values, said = CHAPTER.opening({})
    assert said == []
    return ChapterVisitor(values, chapter=CHAPTER)


def reading(page):
    header, arrays = page.header(), page.arrays()
    return header["names"][int(arrays["p"][-1].argmax())]


def test_it_is_found_and_opens_with_the_question(page):
    assert chapters()["context"] is CHAPTER and CHAPTER.path == "context"
    assert page.header()["outcome"] == "target" and reading(page) == "S" and page.session.held.scene == "letters"
    assert [ghost["name"] for ghost in page.ghosts] == ["among digits"]
    header, arrays = read(page.ghosts[0]["run"])
    assert header["names"][int(arrays["p"][-1].argmax())] == "5" and header["target"] == page.header()["target"]
    assert page.shown["ghosts"] == []  # a companion is nobody's pin


def test_every_number_of_the_message_is_cores(page):
    run = simulate(model="context", integrator="adaptive")
    arrays, header = page.arrays(), page.header()
    rows = arrays["row"]
    leaders = header["leaders"]
    assert leaders[:2] == [NAMES.index("S"), NAMES.index("5")]
    np.testing.assert_allclose(arrays["leader_p"], run.p[rows][:, leaders], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(arrays["p"] / header["steps"]["p"], run.p[rows], atol=1e-5)
    np.testing.assert_allclose(arrays["s"], run.s[rows], rtol=1e-6, atol=1e-7)
    for name in ("evidence", "context", "feedback"):
        np.testing.assert_allclose(arrays[name], run.shares[name][rows][:, leaders], rtol=1e-6, atol=1e-6)
    for name in ("gain", "margin", "wrong"):
        np.testing.assert_allclose(arrays[name], run.observables[name][rows], rtol=1e-6, atol=1e-6)
    for name, power in run.powers.items():
        np.testing.assert_allclose(arrays[f"power_{name}"], power[rows], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(arrays["q"] / header["steps"]["g"], run.q[rows] * np.sqrt(35), atol=0.01)
    assert np.array_equal(np.sign(arrays["q"]), np.sign(run.q[rows]))
    assert header["fork"]["kappas"] == [run.kappa] and header["fork"]["tie"] == run.tie_coupling
    assert header["largest_rise"] == run.largest_rise == 0
    assert len(page.run) < 200_000


def test_the_landscape_is_the_energy_along_a_line():
    """Of gains on the line alone, everything else frozen: E itself, but for what does not depend on the gains."""
    run = simulate(model="context", integrator="adaptive")
    rows, points = np.array([3, 20]), np.array([0.0, 0.25, 0.8])
    found = along(run, rows, points)
    for i, row in enumerate(rows):
        state = {name: values[row][None] for name, values in run.state.items()}
        energies = []
        for x in points:
            p = np.zeros((1, 36))
            p[0, run.target], p[0, run.other] = x, 1 - x
            with np.errstate(divide="ignore"):
                log_p = np.where(p > 0, np.log(p), 0.0)
            energies.append(run.dynamics.energy({**state, "p": p, "log_p": log_p})[0])
        np.testing.assert_allclose(np.diff(found[i]), np.diff(energies), rtol=1e-9)
    assert np.all((place(run, rows) >= 0) & (place(run, rows) <= 1))


def test_a_context_is_chosen_written_beside_it_and_bends_a_run(page):
    page.say("set", changes={"context": "digits"})
    assert reading(page) == "5" and [ghost["name"] for ghost in page.ghosts] == ["among letters"]
    page.say("beside", text="a b!")
    assert page.session.held.context == "letters" and page.session.held.beside == "AB" and reading(page) == "S"
    assert "“!” is left out" in page.notice
    page.say("beside", text="12")
    assert page.session.held.context == "digits" and reading(page) == "5"
    page.say("beside", text="A1")
    assert page.session.held.context == "both" and page.ghosts == []
    page.say("beside", text="")
    assert page.session.held.context == "none"
    values, said = CHAPTER.read_text(page.shown["address"])
    assert said == [] and values["context"] == "none"
    page.say("set", changes={"context": "letters"})
    page.say("steer", on=True)
    page.say("moment", segment=0, row=30)
    page.say("set", changes={"context": "digits"})
    assert len(page.header()["segments"]) == 2 and page.header()["target"] == NAMES.index("S")
    assert re.fullmatch(r"t[\d.e-]+~context~digits", page.session.held.bends)
    page.say("beside", text=3)
    assert page.notice


def test_another_pair_and_a_drawn_cue(page):
    page.say("set", changes={"pair": "B8"})
    assert reading(page) == "B"
    page.say("set", changes={"context": "digits"})
    assert reading(page) == "8"
    entries = [0] * 35
    entries[:10] = [1, -1] * 5
    page.say("cue", entries=entries)
    assert page.session.held.own_cue == write_bits(entries)
    assert page.arrays()["cue"].tolist() == entries
    page.say("want", what="python")
    python = page.latest("text")["content"]
    found = {}
    exec(python, found)
    assert found["run"].trial.cue == pytest.approx(np.array(entries) / np.sqrt(35))
    before = page.run
    page.say("cue", entries=[2] * 35)
    assert page.run is before and page.notice


def test_a_row_out_of_a_file_is_the_cue(page):
    entries = [1, -1, 1, 1, -1] * 7
    page.say("store", N=35, patterns=[write_bits(entries)])
    assert page.arrays()["cue"].tolist() == entries and "the cue now" in page.notice
    page.say("store", N=16, patterns=["ffff"])
    assert "16 entries" in page.notice and page.arrays()["cue"].tolist() == entries
    for wrong in (
        {"N": 35, "patterns": []},
        {"N": 35, "patterns": ["zz"]},
        {"N": True, "patterns": ["ff"]},
        {"N": 35, "patterns": [3]},
    ):
        before = page.run
        page.say("store", **wrong)
        assert page.run is before and page.notice


def test_pairs_are_offered_most_alike_first_and_each_once():
    pairs = CHAPTER.words["stage"]["pairs"]
    shared = [int(re.search(r": (\d+) of 35", text)[1]) for _, text in pairs]
    assert len(pairs) == 36 * 35 // 2 and shared == sorted(shared, reverse=True)
    assert len({frozenset(pair) for pair, _ in pairs}) == len(pairs)


def test_marks_are_where_theory_has_them():
    values = {**CHAPTER.defaults}
    assert CHAPTER.mark("lam", values)[0] == pytest.approx(0.308, abs=1e-3)
    assert CHAPTER.mark("alpha", values)[0] == pytest.approx(1.0)
    steepest = CHAPTER.mark("beta", values)[0]
    assert simulate(model="context", beta=steepest).kappa == pytest.approx(1.0)
    assert CHAPTER.mark("beta", {**values, "lam": 0.0}) is None and CHAPTER.mark("u0", values) is None
    assert CHAPTER.mark("lam", {**values, "alpha": 1.1}) is None


@pytest.mark.parametrize(
    "given",
    [{"family": "gauss"}, {"family": "cluster"}, {"family": "cued"}, {"family": "coins"}, {"alpha": "1.2"}, {"pair": "IW"},
     {"context": "noisy"}, {"cue": "second"}, {"cue": "none"}, {"neurons": "tanh"}, {"lam": "0"}, {"lam": "8", "beta": "200"}],
)  # fmt: skip
def test_any_choice_plays(given):
    values, _ = CHAPTER.read_address({name: [value] for name, value in given.items()})
    page = ChapterVisitor(values, chapter=CHAPTER)
    header, arrays = page.header(), page.arrays()
    assert header["outcome"] and all(np.isfinite(array).all() for array in arrays.values())
    said = header["sentences"]
    assert all(line.startswith("t = ") and line.endswith(".") and "{" not in line for line in said)


@pytest.mark.parametrize(
    "given", [{"context": "own"}, {"cue": "own"}, {"pair": "S"}, {"K": "7"}, {"own_cue": "ff"}, {"beside": "!"}, {"N": "9" * 40}]
)
def test_what_makes_no_sense_is_said_and_the_rest_plays(given):
    values, said = CHAPTER.read_address({name: [value] for name, value in given.items()})
    assert len(said) >= 1 and all("\n" not in sentence for sentence in said)
    assert ChapterVisitor(values, chapter=CHAPTER).header()["outcome"]


def narration(page):
    header, arrays = page.header(), page.arrays()
    return [header["sentences"][place] for place in arrays["sentence"]]


def test_where_nothing_tells_a_pair_apart_it_says_what_did(page):
    page.say("set", changes={"context": "none"})
    patterns = letter_patterns()
    own, less = ((patterns @ patterns[NAMES.index(name)] / 35).mean() for name in "S5")
    told = "nothing told it from 5: a free cue drifts to what is more like the other patterns"
    told += f" (mean overlap {own:.3g}, 5 has {less:.3g})"
    assert told in narration(page)[-1]
    page.say("set", changes={"context": "letters"})
    assert "nothing told" not in narration(page)[-1]


def test_a_cue_that_is_held_is_not_judged(page):
    page.say("set", changes={"tau_q": "inf"})
    said = "\n".join(narration(page))
    assert "the cue is held" in said and "not as in" not in said and "are right" not in said


def test_who_leads_in_the_end_is_always_among_the_bars(page):
    for seed in range(12):
        values, said = CHAPTER.opening({"family": ["cluster"], "seed": [str(seed)]})
        header, arrays = read(ChapterVisitor(values, chapter=CHAPTER).run)
        assert said == [] and int(arrays["p"][-1].argmax()) in header["leaders"]


def test_pinned_runs_that_were_steered_are_named_by_what_was_changed():
    values = {**CHAPTER.defaults}
    steered = [{**values, "bends": f"t0.1~lam~{lam}"} for lam in ("0.1", "4")]
    assert [CHAPTER.difference(one, values) for one in steered] == ["λ → 0.1", "λ → 4"]
    assert CHAPTER.difference(values, steered[0]) == "not steered" and CHAPTER.difference(values, values) == "the same"


def test_a_context_that_tells_a_pair_apart_leaves_no_tie():
    """Two letters among letters have another competition each; a context that is cut off tells nothing."""
    tied = [
        simulate(model="context", **given).is_tied for given in ({"pair": "IN"}, {"context": "both"}, {"lam": 0.0}, {"u0": 0.0})
    ]
    assert tied == [False, False, True, True]


def test_the_margin_beside_the_bars_is_theirs():
    run = simulate(model="context")
    scores = sum(run.shares.values())
    others = np.delete(scores, run.target, axis=1).max(axis=1)
    np.testing.assert_allclose(run.rest_margin, scores[:, run.target] - others)
    reached = run.rest_margin[-1] >= run.needed_margin
    assert reached and run.observables["gain"][-1] >= 0.95 and run.observables["margin"][0] == 0 < run.rest_margin[0]
