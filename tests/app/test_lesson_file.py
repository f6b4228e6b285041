"""A lesson in a file: what is in it, what is not, and that its page says to every guess what a session says."""

from __future__ import annotations

import json
import re
import subprocess

import numpy as np
import pytest

from app import assets, runs
from app.chapters.answers import verdict
from app.chapters.lessons import MOST_MEMORIES
from app.static import lesson as lesson_file
from app.static import wire
from app.static.lesson import Wanted, lesson_html, sealed, studied
from tests.app.test_javascript import NODE
from tests.app.test_lessons import ASKED, CHAPTERS, chapter_of, measured
from tests.static.packed import unpacked_small

LESSON = CHAPTERS["retrieval"].lessons["noise-to-letter"]
CROSSING = CHAPTERS["context"].lessons["context-decides"]


def given(page):
    return unpacked_small(re.search(r'id="given">(.*?)</script>', page, re.DOTALL)[1])


def guesses(question, truth, names):
    if question.kind == "number":
        return [None, *np.linspace(question.low, question.high, 7).tolist(), truth]
    if question.kind == "point":
        return [None, list(map(float, truth)), [1.0, 0.0, 0.0], [0.25, 0.5, 0.25]]
    if question.kind == "curve":
        t, values = truth
        end = float(t[-1])
        return [None, *([[end * i / 6, float(values[-1]) + off] for i in range(8)] for off in (-0.5, 0.0, 2.0))]
    return [None, *range(min(len(names), MOST_MEMORIES) or len(question.choices))]


def in_json(told):
    """As JSON has it, floats in ten digits: the sums of two languages may differ in their last ones."""
    return json.loads(json.dumps(told), parse_float=lambda text: float(f"{float(text):.10g}"))


@pytest.mark.skipif(NODE is None, reason="there is no Node to run the script")
def test_the_page_says_to_every_guess_what_a_session_says():
    asked, expected = [], []
    for lesson, at in ASKED:
        step = lesson.steps[at - 1]
        question, truth, chapter = step.question, measured(step, step.question.truth), chapter_of(step)
        names = tuple(chapter.memories(step.values)) if question.kind == "memory" else ()
        for guess in guesses(question, truth, names):
            asked.append([sealed(chapter, step, question), guess])
            told = verdict(question, guess, truth, names)
            expected.append(in_json({name: value for name, value in told.items() if name != "key"}))
    script = f"""import {{ judged }} from {json.dumps((assets.BROWSER / "judge.js").as_uri())};
let text = ""; for await (const part of process.stdin) text += part;
console.log(JSON.stringify(JSON.parse(text).map(([question, guess]) => judged(question, guess))));"""
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found = [in_json(told) for told in json.loads(done.stdout)]
    assert len(found) == len(expected) > 150
    for (question, guess), told, wanted in zip(asked, found, expected, strict=True):
        assert told == wanted, (question["kind"], guess)


def test_a_file_has_every_step_and_every_run_once():
    page, said = lesson_html(LESSON, Wanted(base="http://hall.example/"), {})
    known = given(page)
    assert said == [] and len(known["steps"]) == len(LESSON.steps) == len(known["lesson"]["says"])
    for step, kept in zip(LESSON.steps, known["steps"], strict=True):
        chapter = chapter_of(step)
        assert kept["message"]["run"] == runs.message(chapter, runs.key_of(chapter, step.values))
        told = kept["message"]["shown"]["lesson"]
        assert (told["say"], told["notes"]) == (step.say, step.notes) and told["verdict"] is None
        assert (kept["question"] is None) == (told["question"] is None) == (step.question is None)
        assert kept["code"].startswith("<svg")
    distinct = {kept["message"]["run"] for kept in known["steps"]}
    assert len(distinct) < len(LESSON.steps)  # some steps show one run
    assert len(page) < 3_000_000
    assert not re.search(r"<(?:script|link|img)[^>]*(?:src|href)=", page)  # it asks for nothing beside it


def test_notes_and_questions_may_be_left_out():
    page, _ = lesson_html(LESSON, Wanted(notes=False, questions=False), {})
    for kept in given(page)["steps"]:
        told = kept["message"]["shown"]["lesson"]
        assert told["notes"] == "" and told["question"] is kept["question"] is None and kept["code"] == ""


def test_a_lesson_of_two_chapters_has_the_cards_of_both():
    page, _ = lesson_html(CROSSING, Wanted(), {})
    known = given(page)
    assert {*known["specs"]} == {*known["figures"]} == {step.chapter for step in CROSSING.steps} == {"context", "retrieval"}


def test_what_would_be_too_large_is_left_out_and_said(monkeypatch):
    monkeypatch.setattr(lesson_file, "MOST_BYTES", 200_000)
    page, said = lesson_html(LESSON, Wanted(), {})
    kept = len(given(page)["steps"])
    assert 1 <= kept < len(LESSON.steps)
    assert len(said) == 1 and said[0].startswith(f"Steps {kept + 1} to {len(LESSON.steps)} are left out")


def test_a_task_says_that_it_is_done_on_the_page():
    sheet = CHAPTERS["retrieval"].lessons["exercises-recall"]
    told = [step["message"]["shown"]["lesson"]["task"] for step in given(lesson_html(sheet, Wanted(), {})[0])["steps"]]
    assert all(task["wrong"].startswith("A task is done on the page") and not task["done"] for task in told)


def test_the_shell_writes_the_same_file_and_says_how_large_it_is(tmp_path, capsys):
    out = tmp_path / "lesson.html"
    assert lesson_file.main([LESSON.name, str(out), "--no-notes", "--link", "http://hall.example"]) == 0
    wanted = Wanted(notes=False, base="http://hall.example/")
    assert out.read_text(encoding="utf-8") == lesson_html(LESSON, wanted, {})[0]
    assert f"{out.stat().st_size / 1e6:.2f} MB" in capsys.readouterr().out
    assert "There is no lesson nothing" in lesson_file.main(["nothing", str(out)])


def test_studies_of_a_lesson_are_known_by_their_addresses():
    claim = CHAPTERS["retrieval"].lessons["does-the-claim-hold"]
    assert len(studied(claim)) == len({step.study for step in claim.steps} - {""})


def test_bytes_that_are_there_several_times_are_packed_once():
    message = {"a": b"x" * 50_000, "b": [b"x" * 50_000, b"y"], "t": np.arange(3.0)}
    known = unpacked_small(wire.packed(message))
    assert (known["a"], known["b"]) == (message["a"], message["b"]) and np.array_equal(known["t"], message["t"])
