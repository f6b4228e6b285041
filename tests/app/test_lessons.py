"""Lessons: their files are right, every number and truth they rely on is measured, and no file of a stranger breaks anything."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from app import runs
from app.chapters import chapters
from app.chapters.lessons import LONGEST, MOST_STEPS, guessed, read_lesson, verdict
from tests.app.visitors import ChapterVisitor

FILES = sorted((Path(__file__).parents[2] / "app").rglob("lessons/*.toml"))
LESSONS = [(chapter, lesson) for chapter in chapters().values() for lesson in chapter.lessons.values()]
STEPS = [(chapter, lesson, at) for chapter, lesson in LESSONS for at in range(1, len(lesson.steps) + 1)]
ASKED = [(chapter, lesson, at) for chapter, lesson, at in STEPS if lesson.steps[at - 1].question]
RETRIEVAL = chapters()["retrieval"]
CASES = 300


def called(case):
    return case.name if hasattr(case, "name") else str(case)


def segments(chapter, step):
    return runs.segments(chapter, runs.key_of(chapter, step.values))


def truth_of(chapter, step):
    return chapter.quantities[step.question.truth](segments(chapter, step))


def visitor(chapter, lesson, at):
    values, notices = chapter.opening({"lesson": [lesson.name], "step": [str(at)]})
    assert notices == []
    return ChapterVisitor(values, chapter=chapter)


# ----------------------------------------------------------------------------------------------------------------- files


def test_nothing_is_wrong_in_any_file_and_stems_are_unique():
    assert [sentence for chapter in chapters().values() for sentence in chapter.wrong_in_lessons] == []
    stems = [path.stem for path in FILES]
    assert len({*stems}) == len(stems) == len(LESSONS) >= 1


@pytest.mark.parametrize(("chapter", "lesson"), LESSONS, ids=called)
def test_a_lesson_is_a_lecture(chapter, lesson):
    assert 12 <= len(lesson.steps) <= 20 and 35 <= lesson.minutes <= 45
    assert sum(step.minutes for step in lesson.steps) == pytest.approx(lesson.minutes, abs=4)
    assert len([step for step in lesson.steps if step.question]) >= 5
    for step in lesson.steps:
        assert step.say and step.notes and step.minutes and step.promise


@pytest.mark.parametrize(("chapter", "lesson", "at"), STEPS, ids=called)
def test_a_step_keeps_its_promise(chapter, lesson, at):
    step = lesson.steps[at - 1]
    found = segments(chapter, step)
    for name, wanted in step.promise.items():
        value = chapter.quantities[name](found)
        kept = wanted[0] <= value <= wanted[1] if isinstance(wanted, list) else value == wanted
        assert kept, f"{name} is {value!r}, promised {wanted!r}"
    end = chapter.quantities["end_at"](found)
    for when in (step.clock.begin, step.clock.end):
        time = chapter.quantities[when](found) if isinstance(when, str) else when
        assert when is None or (time is not None and 0 <= time <= end), when


@pytest.mark.parametrize(("chapter", "lesson", "at"), ASKED, ids=called)
def test_a_question_has_one_true_answer_and_speaks_to_every_guess(chapter, lesson, at):
    step = lesson.steps[at - 1]
    question, truth = step.question, truth_of(chapter, step)
    names = chapter.memories(step.values)
    if question.kind == "number":
        assert question.low <= truth <= question.high
        guesses = np.linspace(question.low, question.high, 9)
        # The scale does not give it away: both sides of the truth can be guessed, or it stands at an end of its own accord.
        assert {verdict(question, float(guess), truth, names)["right"] for guess in guesses} >= {False}
    elif question.kind == "choice":
        assert sum(choice.holds(truth) for choice in question.choices) == 1
        assert all(choice.wrong for choice in question.choices if not choice.holds(truth))
        guesses = range(len(question.choices))
    else:
        assert truth in names
        guesses = range(len(names))
    told = [verdict(question, guess, truth, names) for guess in (*guesses, None)]
    assert all(one["text"].endswith((".", "?")) and "{" not in one["text"] for one in told)
    assert told[-1]["guess"] is None and not told[-1]["right"]
    right = [one for one in told if one["right"]]
    assert len(right) == 1 or question.kind == "number"


def test_no_file_has_a_truth_in_it():
    for path in FILES:
        for step in tomllib.loads(path.read_text(encoding="utf-8"))["step"]:
            assert isinstance(step.get("question", {}).get("truth", ""), str)
            assert not step.get("question", {}).keys() & {"answer", "value", "true"}


@pytest.mark.parametrize(("chapter", "lesson", "at"), STEPS, ids=called)
def test_numbers_that_are_said_are_promised_or_set(chapter, lesson, at):
    """Whoever writes a number into the sentence for the hall has it measured, or it is a setting of the step."""
    step = lesson.steps[at - 1]
    said = [float(text) for text in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", re.sub(r"\(\d\)|A{0}½", "", step.say))]
    known = [value for value in step.values.values() if isinstance(value, (int, float))]
    known += [value for wanted in step.promise.values() for value in (wanted if isinstance(wanted, list) else [wanted])]
    known += [float(text) for text in re.findall(r"\d+(?:\.\d+)?", str(step.values.get("bends", "")))]
    assert all(any(number == value for value in known if isinstance(value, (int, float))) for number in said), said


# --------------------------------------------------------------------------------------------------- address and session


@pytest.mark.parametrize(("chapter", "lesson", "at"), STEPS, ids=called)
def test_a_step_is_a_function_of_its_address(chapter, lesson, at):
    """Whether one comes by its link or from any other step, it is the same; and the link says all of it."""
    linked = visitor(chapter, lesson, at)
    wanderer = visitor(chapter, lesson, 1)
    wanderer.say("lesson", name=lesson.name, step=len(lesson.steps))
    wanderer.say("lesson", name=lesson.name, step=at)
    assert wanderer.notice == "" and wanderer.shown["address"] == linked.shown["address"]
    assert linked.shown["lesson"]["at"] == at and linked.shown["lesson"]["say"] == lesson.steps[at - 1].say
    values, notices = chapter.read_text(linked.shown["address"])
    assert notices == [] and values == linked.values
    if at > 1:
        clock, step = wanderer.latest("clock"), lesson.steps[at - 1]
        assert clock["waits"] == step.clock.waits and (clock["to"] is None) == (step.clock.end is None)


def test_a_link_has_the_last_word_and_what_is_wrong_in_it_is_said():
    lesson = LESSONS[0][1]
    values, notices = RETRIEVAL.opening({"lesson": [lesson.name], "step": ["5"], "T": ["2"]})
    assert notices == [] and values["T"] == 2 and values["lesson"] == lesson.name and values["scene"] == "recall"
    page = ChapterVisitor(values)
    assert page.shown["lesson"]["changed"] and page.shown["lesson"]["question"] is None
    for query, used in (({"lesson": ["none-such"]}, ("", 1)), ({"lesson": [lesson.name], "step": ["0"]}, (lesson.name, 1)),
                        ({"lesson": [lesson.name], "step": ["39"]}, (lesson.name, len(lesson.steps))),
                        ({"lesson": [lesson.name], "step": ["9" * 50]}, None), ({"lesson": ["A" * 500]}, ("", 1))):  # fmt: skip
        values, notices = RETRIEVAL.opening(query)
        assert len(notices) == 1 and notices[0].endswith("."), query
        assert used is None or (values["lesson"], values["step"]) == used


def test_leaving_a_lesson_undoes_it():
    page = ChapterVisitor()
    page.say("set", changes={"T": "2"})
    page.say("pin")
    before = {name: value for name, value in page.values.items() if name not in ("lesson", "step")}
    page.say("lesson", name="noise-to-letter", step=3)
    assert page.values["hide"] and page.values["pins"] == ""
    page.say("lesson", name="")
    assert {name: value for name, value in page.values.items() if name not in ("lesson", "step")} == before
    assert page.shown["lesson"] is None
    page.say("undo")
    assert page.shown["lesson"]["at"] == 3 and page.values["hide"]
    page.say("redo")
    assert page.shown["lesson"] is None and page.values["hide"] == ""


@pytest.mark.parametrize(("chapter", "lesson", "at"), ASKED, ids=called)
def test_the_answer_comes_after_the_guess_and_not_before(chapter, lesson, at):
    page = visitor(chapter, lesson, at)
    told, step = page.shown["lesson"], lesson.steps[at - 1]
    assert told["verdict"] is None and not {"truth", "right", "means"} & told["question"].keys()
    page.say("answer", guess=step.question.low if step.question.kind == "number" else 0)
    found = page.shown["lesson"]["verdict"]
    assert page.notice == "" and found["guess"] and found["truth"] and found["text"]
    page.say("lesson", name=lesson.name, step=1)
    page.say("lesson", name=lesson.name, step=at)
    assert page.shown["lesson"]["verdict"] == found  # it is remembered for as long as the visit lasts
    page.say("set", changes={"seed": "99"})
    assert page.shown["lesson"]["changed"] and page.shown["lesson"]["verdict"] is None


@pytest.mark.parametrize("guess", [-1, 99, 0.5, "0", True, float("nan"), float("inf"), [], {}, 10**400])
def test_a_hostile_guess_is_refused_in_a_sentence(guess):
    chapter, lesson, at = next(case for case in ASKED if case[1].steps[case[2] - 1].question.kind == "choice")
    page = visitor(chapter, lesson, at)
    page.say("answer", guess=guess)
    assert page.notice.endswith(".") and page.shown["lesson"]["verdict"] is None
    page.say("answer", guess=None)
    assert page.shown["lesson"]["verdict"]["guess"] is None
    number = next(case for case in ASKED if case[1].steps[case[2] - 1].question.kind == "number")
    question = number[1].steps[number[2] - 1].question
    assert guessed(question, 1e200, ()) == question.high


def test_nothing_is_asked_where_nothing_is():
    page = ChapterVisitor()
    page.say("answer", guess=0)
    assert page.notice
    for name, step in (("none", 1), ("noise-to-letter", 0), ("noise-to-letter", 99), ("noise-to-letter", "x"), (3, 1), (None, 1)):
        page.say("lesson", name=name, step=step)
        assert page.values["lesson"] == ""


# --------------------------------------------------------------------------------------------------------- hostile files


def spoiled(text: str, chance: random.Random) -> str:
    """A file with some of its lines lost, doubled, cut or changed."""
    lines = text.splitlines()
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(lines))
        kind = chance.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif kind == 2:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        else:
            key, is_pair, _ = lines[at].partition(" = ")
            hostile = ("inf", "nan", "-1", "1e400", '""', "[]", "{}", "true", "9" * 30, '"\\u0000"', f'"{"x" * 500}"', "[[[1]]]",
                       '"{truth.__class__}"', '"{0}"', '"{"', "1979-05-27", '["a", 3]', "{ T = -4, N = 1e9 }")  # fmt: skip
            lines[at] = f"{key} = {chance.choice(hostile)}" if is_pair else chance.choice(hostile)
    return "\n".join(lines)


def test_no_file_breaks_the_reader_and_what_is_left_of_it_can_be_shown():
    chance = random.Random(15)
    texts = [path.read_text(encoding="utf-8") for path in FILES if "retrieval" in path.parts]
    read = 0
    for _ in range(CASES):
        lesson, said = read_lesson("stranger", spoiled(chance.choice(texts), chance), {"retrieval": RETRIEVAL})
        assert all(isinstance(sentence, str) and sentence.endswith(".") and len(sentence) < 700 for sentence in said)
        if lesson is None:
            assert said
            continue
        read += 1
        assert 1 <= len(lesson.steps) <= MOST_STEPS
        for step in lesson.steps:
            RETRIEVAL.check(step.values)
            assert len(step.say) <= LONGEST["say"] and step.light in ("", *RETRIEVAL.cards)
    assert read > CASES / 20


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "a = " + "[" * 5000, "step = 3", "[[step]]", "[step]", 'title = "x"\nstep = [1, "a", {}]', "x" * 500_000,
     "[[step]]\nsay = 'a'\nscene = 3\nparameters = 'T'\nview = []\nclock = 1\nhide = {}\nlight = []\nquestion = 7\n"
     "promise = 2\nminutes = 'x'",
     "[[step]]\nsay = 'a'\nparameters = { bends = 't1~N~4' }", "[[step]]\nsay = 'a'\nparameters = { K = 100000, N = 100000 }",
     "[[step]]\nsay = 'a'\nview = { lesson = 'x', hall = true }"],
)  # fmt: skip
def test_a_wrong_file_is_a_sentence(text):
    lesson, said = read_lesson("stranger", text, {"retrieval": RETRIEVAL})
    assert said and all(sentence.endswith(".") for sentence in said)
    if lesson is not None:
        for step in lesson.steps:
            RETRIEVAL.check(step.values)
    assert read_lesson("No Name!", "", {"retrieval": RETRIEVAL})[0] is None
