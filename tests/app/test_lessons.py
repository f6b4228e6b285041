"""Lessons: their files are right, every number and truth they rely on is measured, and no file of a stranger breaks anything."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from app import runs
from app.address import parse_address
from app.chapters import chapters, crossing_lessons
from app.chapters.answers import guessed, is_kept, verdict
from app.chapters.lessons import KINDS, LONGEST, MOST_STEPS, read_lesson
from app.pages import led_to, pages, studies
from tests.app.visitors import ChapterVisitor

FILES = sorted((Path(__file__).parents[2] / "app").rglob("lessons/*.toml"))
CHAPTERS = chapters()
LESSONS = list({lesson.name: lesson for chapter in CHAPTERS.values() for lesson in chapter.lessons.values()}.values())
LECTURES, SHEETS = [one for one in LESSONS if not one.sheet], [one for one in LESSONS if one.sheet]
STEPS = [(lesson, at) for lesson in LESSONS for at in range(1, len(lesson.steps) + 1)]
ASKED = [(lesson, at) for lesson, at in STEPS if lesson.steps[at - 1].question]
STUDIED = [(lesson, at) for lesson, at in STEPS if lesson.steps[at - 1].study]
RETRIEVAL = CHAPTERS["retrieval"]
CASES = 10_000
# What a student does in each task, as the deeds of a page.
SOLUTIONS = {
    "exercises-recall": [
        {"noise": "0.5"}, {"T": "3.18"}, {"T": "0.01", "bends": "t4.081~T~8"}, {"tau_x": "1"}, {"tau_p": "1"}, {"tau_p": "0.1"},
    ],
    "exercises-context": [
        {"context": "digits"}, {"u0": "0.25"}, {"bends": "t0.5~context~digits"}, {"lam": "0.1"},
        {"retention": "scaled"}, {"bends": "t6.0~retention~off"}, {"retention": "uniform"},
    ],
}  # fmt: skip


def called(case):
    return case.name if hasattr(case, "name") else str(case)


def chapter_of(step):
    return CHAPTERS[step.chapter]


def segments(step):
    chapter = chapter_of(step)
    return runs.segments(chapter, runs.key_of(chapter, step.values))


def measured(step, name):
    return chapter_of(step).quantities[name](segments(step))


def visitor(lesson, at):
    chapter = chapter_of(lesson.steps[at - 1])
    values, notices = chapter.opening({"lesson": [lesson.name], "step": [str(at)]})
    assert notices == []
    return ChapterVisitor(values, chapter=chapter)


# ----------------------------------------------------------------------------------------------------------------- files


def test_nothing_is_wrong_in_any_file_and_stems_are_unique():
    assert [sentence for chapter in CHAPTERS.values() for sentence in chapter.wrong_in_lessons] == []
    assert crossing_lessons(CHAPTERS)[1] == []
    stems = [path.stem for path in FILES]
    assert len({*stems}) == len(stems) == len(LESSONS)
    assert len(LECTURES) >= 4 and len(SHEETS) >= 2


@pytest.mark.parametrize("lesson", LECTURES, ids=called)
def test_a_lesson_is_a_lecture(lesson):
    assert 12 <= len(lesson.steps) <= 20 and 35 <= lesson.minutes <= 45
    assert sum(step.minutes for step in lesson.steps) == pytest.approx(lesson.minutes, abs=4)
    assert len([step for step in lesson.steps if step.question]) >= 5
    for step in lesson.steps:
        assert step.say and step.notes and step.minutes and step.promise


def test_all_five_kinds_of_question_are_asked():
    assert {lesson.steps[at - 1].question.kind for lesson, at in ASKED} == set(KINDS)


@pytest.mark.parametrize(("lesson", "at"), STEPS, ids=called)
def test_a_step_keeps_its_promise(lesson, at):
    step = lesson.steps[at - 1]
    for name, wanted in step.promise.items():
        value = measured(step, name)
        assert is_kept(wanted, value), f"{name} is {value!r}, promised {wanted!r}"
    end = measured(step, "end_at")
    for when in (step.clock.begin, step.clock.end):
        time = measured(step, when) if isinstance(when, str) else when
        assert when is None or (time is not None and 0 <= time <= end), when
    hidden = step.values["hide"].split(",")
    drawn_on = step.question.card if step.question else ""
    assert not {step.light, drawn_on} - {""} & {*hidden} and {*hidden} - {""} <= {*chapter_of(step).cards}
    assert chapter_of(step).awaited(step.values) is None  # whatever has to be made for it is shipped


@pytest.mark.parametrize(("lesson", "at"), ASKED, ids=called)
def test_a_question_has_one_true_answer_and_speaks_to_every_guess(lesson, at):
    step = lesson.steps[at - 1]
    question, truth = step.question, measured(step, step.question.truth)
    names = chapter_of(step).memories(step.values)
    if question.kind == "number":
        assert question.low <= truth <= question.high
        guesses = [float(guess) for guess in np.linspace(question.low, question.high, 9)]
        # The scale does not give it away: both sides of the truth can be guessed, or it stands at an end of its own accord.
        assert {verdict(question, guess, truth, names)["right"] for guess in guesses} >= {False}
    elif question.kind == "choice":
        assert sum(choice.holds(truth) for choice in question.choices) == 1
        assert all(choice.wrong for choice in question.choices if not choice.holds(truth))
        guesses = range(len(question.choices))
    elif question.kind == "memory":
        assert truth in names
        guesses = range(len(names))
    elif question.kind == "point":
        assert sum(truth) == pytest.approx(1)
        guesses = [truth, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    else:
        t, values = truth
        guesses = [[[float(when), float(value) + off] for when, value in zip(t, values, strict=True)] for off in (0, 1, -1)]
        keys = [verdict(question, guess, truth, names)["right"] for guess in guesses]
        assert keys == [True, False, False]
    told = [verdict(question, guess, truth, names) for guess in (*guesses, None)]
    assert all(one["text"].endswith((".", "?", "!")) and "{" not in one["text"] for one in told)
    assert told[-1]["guess"] is None and not told[-1]["right"]
    right = [one for one in told if one["right"]]
    assert len(right) == 1 or question.kind == "number"


def test_no_file_has_a_truth_in_it():
    for path in FILES:
        for step in tomllib.loads(path.read_text(encoding="utf-8"))["step"]:
            assert isinstance(step.get("question", {}).get("truth", ""), str)
            assert not step.get("question", {}).keys() & {"answer", "value", "true"}


def numbers_in(text):
    return [float(one) for one in re.findall(r"(?<![\w.·/^])\d+(?:\.\d+)?(?![\w^]|\.\d)", text.replace("1 000", "1000"))]


def is_known(number, step, lesson):
    """A setting of the step, or within what is promised or wanted of any step; as it is or in per cent."""
    wholes = [one.promise for one in lesson.steps] + [one.task.goal for one in lesson.steps if one.task]
    texts = [step.values["bends"], step.values["pins"], *(str(wanted) for whole in wholes for wanted in whole.values())]
    known = [value for value in step.values.values() if isinstance(value, (int, float))]
    known += [float(text) for text in re.findall(r"\d+(?:\.\d+)?", " ".join(texts))]
    ranges = [(value, value) for value in known]
    for whole in wholes:
        for wanted in whole.values():
            low, high = wanted if isinstance(wanted, list) else (wanted, wanted)
            if isinstance(low, (int, float)):
                ranges += [(low, high), (100 * low, 100 * high)]
    return any(low <= one <= high for low, high in ranges for one in (number, -number))


@pytest.mark.parametrize(("lesson", "at"), STEPS, ids=called)
def test_numbers_that_are_said_are_promised_or_set(lesson, at):
    """Whoever writes a number into the sentence for the hall has it measured, or it is a setting of the step."""
    step = lesson.steps[at - 1]
    assert [number for number in numbers_in(step.say) if not is_known(number, step, lesson)] == []


@pytest.mark.parametrize(("lesson", "at"), STEPS, ids=called)
def test_numbers_in_notes_and_replies_are_promised_or_set(lesson, at):
    step = lesson.steps[at - 1]
    question = step.question
    own = [choice.wrong for choice in question.choices] if question else []
    replies = [question.ask, *question.replies.values(), *own] if question else []
    task = [step.task.done, step.task.hint] if step.task else []
    assert [
        (one, text) for text in (step.notes, *replies, *task) for one in numbers_in(text) if not is_known(one, step, lesson)
    ] == []


@pytest.mark.parametrize(("lesson", "at"), STUDIED, ids=called)
def test_the_study_of_a_step_is_one_that_a_page_takes_as_it_stands(lesson, at):
    path, _, query = lesson.steps[at - 1].study.partition("?")
    values, notices = studies()[path].opening_of(parse_address(query))
    assert notices == [] and all(values[name] for name in ("points", "trials"))


# ----------------------------------------------------------------------------------------------------------------- tasks


@pytest.mark.parametrize(("lesson", "at"), [(lesson, at) for lesson, at in STEPS if lesson.sheet], ids=called)
def test_a_task_is_done_when_the_runs_own_outcome_says_so(lesson, at):
    page = visitor(lesson, at)
    assert page.shown["lesson"]["task"]["done"] is False and page.shown["lesson"]["task"]["text"] == ""
    task, solution = lesson.steps[at - 1].task, SOLUTIONS[lesson.name][at - 1]
    assert {*solution} <= {*task.free}
    page.session.change(
        page.chapter.agree({**page.values, **{n: page.chapter.run_keys[n].read(v) for n, v in solution.items()}})[0]
    )
    page.hear({"do": "steer", "on": False})
    told = page.shown["lesson"]["task"]
    assert told["done"] and told["text"] == task.done, page.notice
    page.say("lesson", name=lesson.name, step=at)
    assert page.shown["lesson"]["task"]["done"]  # it stays done


def test_a_task_is_not_done_by_changing_what_it_keeps():
    page = visitor(SHEETS[0], 2)
    assert SHEETS[0].steps[1].task.free == ("T",)
    page.say("set", changes={"K": "30"})
    page.say("set", changes={"T": "3.18"})
    told = page.shown["lesson"]["task"]
    assert not told["done"] and told["wrong"].startswith("Only T may")


# --------------------------------------------------------------------------------------------------- address and session


@pytest.mark.parametrize(("lesson", "at"), STEPS, ids=called)
def test_a_step_is_a_function_of_its_address(lesson, at):
    """Whether one comes by its link or from any other step, it is the same; and the link says all of it."""
    step = lesson.steps[at - 1]
    chapter = chapter_of(step)
    linked = visitor(lesson, at)
    here = [number for number, one in enumerate(lesson.steps, 1) if one.chapter == chapter.name]
    wanderer = visitor(lesson, here[0])
    wanderer.say("lesson", name=lesson.name, step=here[-1])
    wanderer.say("lesson", name=lesson.name, step=at)
    assert wanderer.notice == "" and wanderer.shown["address"] == linked.shown["address"]
    assert linked.shown["lesson"]["at"] == at and linked.shown["lesson"]["say"] == step.say
    values, notices = chapter.read_text(linked.shown["address"])
    assert notices == [] and values == linked.values
    if at > here[0]:
        clock = wanderer.latest("clock")
        assert clock["waits"] == step.clock.waits and (clock["to"] is None) == (step.clock.end is None)


def test_a_step_of_another_chapter_is_on_its_page_wherever_its_address_is_opened():
    lesson, at = next(
        (lesson, at) for lesson, at in STEPS if at > 1 and lesson.steps[at - 2].chapter != lesson.steps[at - 1].chapter
    )
    before, step = lesson.steps[at - 2], lesson.steps[at - 1]
    page = visitor(lesson, at - 1)
    page.say("lesson", name=lesson.name, step=at)
    address = page.latest("go")
    assert address.startswith(f"./{step.path}?") and page.values["step"] == at - 1  # what is on show stays meanwhile
    values, notices = chapter_of(step).opening(parse_address(address.partition("?")[2]))
    assert notices == [] and (values["lesson"], values["step"]) == (lesson.name, at)
    for path, known in pages().items():
        query = {"lesson": [lesson.name.encode()], "step": [str(at).encode()], "hall": [b"1"]}
        led = led_to(path, query)
        assert led == ("" if known.chapter is chapter_of(step) else f"./{step.path}?lesson={lesson.name}&step={at}&hall=1")
    values, notices = CHAPTERS[before.chapter].opening({"lesson": [lesson.name], "step": [str(at)]})
    assert values["lesson"] == "" and len(notices) == 1  # who is not led there is told


def test_the_run_of_the_next_step_comes_before_it_is_asked_for():
    lesson = RETRIEVAL.lessons["noise-to-letter"]
    page = visitor(lesson, 3)
    page.say("ready")
    (ahead,) = [message["ahead"] for message in page.messages if "ahead" in message]
    page.say("lesson", name=lesson.name, step=4)
    assert page.latest("run") == "ahead"
    step = lesson.steps[3]
    assert ahead == runs.message(RETRIEVAL, runs.key_of(RETRIEVAL, step.values))
    page.say("ready")  # the line was lost, and with it what had come
    assert page.latest("run") == ahead


def test_the_runs_behind_that_of_the_next_step_come_before_they_are_asked_for_too():
    lesson = RETRIEVAL.lessons["noise-to-letter"]
    at = next(at for at, step in enumerate(lesson.steps, 1) if step.values["compare"] == "hopfield")
    page = visitor(lesson, at - 1)
    page.say("ready")
    (ahead,) = [message["ghosts_ahead"] for message in page.messages if "ghosts_ahead" in message]
    page.say("lesson", name=lesson.name, step=at)
    assert page.latest("ghosts") == "ahead" and len(ahead) == 1
    page.say("ready")
    assert page.latest("ghosts") == ahead
    assert len(visitor(lesson, at).ghosts) == 1  # whoever comes by a link has had nothing before


def test_a_link_has_the_last_word_and_what_is_wrong_in_it_is_said():
    lesson = RETRIEVAL.lessons["noise-to-letter"]
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


def a_guess(question):
    return {"number": question.low, "point": [0.2, 0.2, 0.6], "curve": [[0.1, 0.0], [1.0, 0.5]]}.get(question.kind, 0)


@pytest.mark.parametrize(("lesson", "at"), ASKED, ids=called)
def test_the_answer_comes_after_the_guess_and_not_before(lesson, at):
    page = visitor(lesson, at)
    told, step = page.shown["lesson"], lesson.steps[at - 1]
    assert told["verdict"] is None and not {"truth", "right", "means"} & told["question"].keys()
    page.say("answer", guess=a_guess(step.question))
    found = page.shown["lesson"]["verdict"]
    assert page.notice == "" and found["guess"] is not None and found["truth"] and found["text"]
    other = at - 1 if at > 1 and lesson.steps[at - 2].chapter == step.chapter else at + 1
    page.say("lesson", name=lesson.name, step=other)
    page.say("lesson", name=lesson.name, step=at)
    assert page.shown["lesson"]["verdict"] == found  # it is remembered for as long as the visit lasts
    page.say("set", changes={"sequence" if step.chapter == "segments" else "seed": "99"})  # another seed would be a training
    assert page.shown["lesson"]["changed"] and page.shown["lesson"]["verdict"] is None


HOSTILE = [-1, 99, 0.5, "0", True, float("nan"), float("inf"), [], {}, 10**400, [1, 2], [[]], [[1, 2, 3]], [["a", 1]] * 3,
           [0, 0, 0], [-1, 1, 1], [[0, float("nan")]] * 4, [[0, 1]] * 500, [1e308, 1e308, 1e308], "x" * 10_000]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_guess_is_refused_in_a_sentence(kind):
    lesson, at = next(case for case in ASKED if case[0].steps[case[1] - 1].question.kind == kind)
    for guess in HOSTILE:
        page = visitor(lesson, at)
        page.say("answer", guess=guess)
        told = page.shown["lesson"]["verdict"]
        assert (told is None and page.notice.endswith(".")) or (kind == "number" and told["guess"] is not None), guess
        if told is None:
            page.say("answer", guess=None)
            assert page.shown["lesson"]["verdict"]["guess"] is None
    number = next(case for case in ASKED if case[0].steps[case[1] - 1].question.kind == "number")
    question = number[0].steps[number[1] - 1].question
    assert guessed(question, 1e200, ()) == question.high


def test_nothing_is_asked_where_nothing_is():
    page = ChapterVisitor()
    page.say("answer", guess=0)
    assert page.notice
    for name, step in (("none", 1), ("noise-to-letter", 0), ("noise-to-letter", 99), ("noise-to-letter", "x"), (3, 1), (None, 1)):
        page.say("lesson", name=name, step=step)
        assert page.values["lesson"] == ""


# --------------------------------------------------------------------------------------------------------- hostile files


ADDRESSES = ('"T=0.5&K=7"', '"http://x/y?lesson=a&step=9&T=nan"', '"K=9999&N=9999"', '"%00=%ff&bends=t1~T~2!t0~N~3"', '"&&=&?"',
             "3", '"pins=T:1;T:2&compare=x&hide=a,b&scene=none"', '"own_patterns=0:ff&own_cue=zz&speed=7&time=log"')  # fmt: skip


def spoiled(text: str, chance: random.Random) -> str:
    """A file with some of its lines lost, doubled, cut or changed."""
    lines = text.splitlines()
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(lines))
        kind = chance.randrange(7)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[chance.randrange(len(lines))])
        elif kind == 2:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
        elif kind == 3:
            lines.insert(at, f"address = {chance.choice(ADDRESSES)}")
        else:
            key, is_pair, _ = lines[at].partition(" = ")
            hostile = ("inf", "nan", "-1", "1e400", '""', "[]", "{}", "true", "9" * 30, '"\\u0000"', f'"{"x" * 500}"', "[[[1]]]",
                       '"{truth.__class__}"', '"{0}"', '"{"', "1979-05-27", '["a", 3]', "{ T = -4, N = 1e9 }")  # fmt: skip
            lines[at] = f"{key} = {chance.choice(hostile)}" if is_pair else chance.choice(hostile)
    return "\n".join(lines)


def unharmed(cases: int) -> int:
    """Read so many spoiled files; how many of them were still lessons."""
    chance = random.Random(15)
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    # Whole files are slow to read: most cases are a few steps of one.
    read = 0
    for case in range(cases):
        text = chance.choice(texts)
        if case % 10:
            head, *steps = text.split("[[step]]")
            at = chance.randrange(len(steps))
            text = "[[step]]".join([head, *steps[at : at + 2]])
        lesson, said = read_lesson("stranger", spoiled(text, chance), CHAPTERS)
        assert all(isinstance(sentence, str) and sentence.endswith(".") and len(sentence) < 700 for sentence in said)
        if lesson is None:
            assert said
            continue
        read += 1
        assert 1 <= len(lesson.steps) <= MOST_STEPS
        for step in lesson.steps:
            chapter = chapter_of(step)
            chapter.check(step.values)
            assert len(step.say) <= LONGEST["say"] and step.light in ("", *chapter.cards)
    return read


def test_no_file_breaks_the_reader_and_what_is_left_of_it_can_be_shown():
    assert unharmed(CASES) > CASES / 20


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "a = " + "[" * 5000, "step = 3", "[[step]]", "[step]", 'title = "x"\nstep = [1, "a", {}]', "x" * 500_000,
     "[[step]]\nsay = 'a'\nscene = 3\nparameters = 'T'\nview = []\nclock = 1\nhide = {}\nlight = []\nquestion = 7\n"
     "promise = 2\nminutes = 'x'",
     "[[step]]\nsay = 'a'\nparameters = { bends = 't1~N~4' }", "[[step]]\nsay = 'a'\nparameters = { K = 100000, N = 100000 }",
     "[[step]]\nsay = 'a'\nview = { lesson = 'x', hall = true }"],
)  # fmt: skip
def test_a_wrong_file_is_a_sentence(text):
    lesson, said = read_lesson("stranger", text, CHAPTERS)
    assert said and all(sentence.endswith(".") for sentence in said)
    if lesson is not None:
        for step in lesson.steps:
            chapter_of(step).check(step.values)
    assert read_lesson("No Name!", "", CHAPTERS)[0] is None
