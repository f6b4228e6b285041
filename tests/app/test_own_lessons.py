"""A lesson of one's own: made of what is on show, sent as text, checked like any message, and then a lesson like any other."""

from __future__ import annotations

import json
import random
import subprocess
import tomllib

import pytest

from app import assets
from app.address import parse_address
from app.chapters.lessons import MOST_OWN, OWN, read_lesson
from app.static.lesson import Wanted, lesson_html
from tests.app.test_javascript import NODE
from tests.app.test_lesson_file import given
from tests.app.test_lessons import CHAPTERS, FILES, spoiled
from tests.app.visitors import ChapterVisitor

TWO = """
title = "Mine"
[[step]]
chapter = "retrieval"
address = "{first}"
say = "First."
notes = "Wait."
clock = {{ to = 1.5 }}
[[step]]
chapter = "retrieval"
address = "{second}"
say = "Second."
[step.question]
kind = "number"
ask = "How many bits are wrong in the end?"
truth = "wrong_end"
low = 0
high = 10
right = "Yes, {{truth}}."
below = "More."
above = "Fewer."
unsure = "It is {{truth}}."
"""


def kept(**query):
    """What a page that shows this would keep as a step."""
    page = ChapterVisitor(CHAPTERS["retrieval"].read_address({name: [value] for name, value in query.items()})[0])
    page.say("keep_step")
    assert page.latest("kept")["chapter"] == "retrieval"
    return page.latest("kept")["address"]


def two():
    return TWO.format(first=kept(T="0.5", energy="parts", seed="3"), second=kept(K="20", noise="0.3"))


def pieces(text, size=1000):
    return [text[at : at + size] for at in range(0, len(text), size)]


def with_lesson(text, **more):
    page = ChapterVisitor()
    page.say("own_lesson", parts=pieces(text), **more)
    return page


def test_a_kept_step_shows_what_was_on_show_and_no_looks():
    values, _ = CHAPTERS["retrieval"].read_address(
        {"T": ["0.5"], "energy": ["parts"], "pins": ["T:1"], "hall": ["1"], "at": ["2"]}
    )
    page = ChapterVisitor(values)
    page.say("keep_step")
    address = page.latest("kept")["address"]
    assert not {"hall", "theme", "lesson", "step", "at", "present"} & parse_address(address).keys()
    lesson, said = read_lesson(OWN, f'title = "x"\n[[step]]\nsay = "a"\naddress = "{address}"', CHAPTERS)
    assert said == [] and all(values[name] == value for name, value in lesson.steps[0].values.items())


def test_it_is_a_lesson_like_any_other_and_its_link_says_all_that_it_shows():
    page = with_lesson(two())
    assert page.latest("own") == {"said": [], "steps": ["First.", "Second."]}
    page.say("lesson", name=OWN, step=1)
    told = page.shown["lesson"]
    assert (told["title"], told["say"], told["notes"], told["of"]) == ("Mine", "First.", "Wait.", 2)
    assert page.values["T"] == 0.5 and page.latest("clock")["to"] == 1.5 and page.values["energy"] == "parts"
    page.say("lesson", name=OWN, step=2)
    assert page.values["T"] != 0.5 and page.values["K"] == 20  # nothing is taken over from the step before
    page.say("answer", guess=3)
    verdict = page.shown["lesson"]["verdict"]
    assert verdict["guess"] == "3" and verdict["text"]
    other = ChapterVisitor(CHAPTERS["retrieval"].read_text(page.shown["address"])[0])
    assert other.notice == "" and other.shown["lesson"] is None and other.shown["wants_own"]
    assert other.run == page.latest("ahead")  # who has the link alone sees the run
    other.say("own_lesson", parts=[two()])
    assert other.shown["lesson"]["at"] == 2 and not other.shown["wants_own"]


def test_what_is_wrong_is_said_and_the_lesson_before_stays():
    page = with_lesson(two())
    page.say("lesson", name=OWN, step=2)
    for text, words in (("[[[", "TOML"), ("title = 3", "title"), ("", "step"), ("step = 7", "step")):
        page.say("own_lesson", parts=[text])
        told = page.latest("own")
        assert told["steps"] == [] and any(words in sentence for sentence in told["said"])
        assert all(sentence.startswith("Your lesson") for sentence in told["said"])
        assert page.shown["lesson"]["say"] == "Second."
    page.say("own_lesson", parts=[two().replace("notes", "nodes").replace("wrong_end", "wrong")])
    assert [sentence.split(":")[0] for sentence in page.latest("own")["said"]] == ["Your lesson, step 1", "Your lesson, step 2"]
    assert page.shown["lesson"]["question"] is None and page.shown["lesson"]["notes"] == ""
    page.say("own_lesson", parts=[two().split("[[step]]\nchapter")[0] + '[[step]]\nsay = "Only."'])
    assert page.shown["lesson"]["say"] == "Only." and page.shown["lesson"]["at"] == 1  # it has fewer steps now
    page.say("undo")
    page.say("redo")
    assert page.shown["lesson"]["at"] == page.shown["lesson"]["of"] == 1


def test_a_file_that_is_opened_comes_back_as_a_table_with_all_that_it_says():
    text = two() + '\n[[step]]\nsay = "x"\nstrange = 1979-05-27\nbig = [inf, { a = nan }]'
    table = with_lesson(text, whole=True).latest("own")["table"]
    assert table["step"][2]["strange"] == "1979-05-27" and json.dumps(table, allow_nan=False)
    assert table["step"][1]["question"] == tomllib.loads(text)["step"][1]["question"]
    assert with_lesson("[[[", whole=True).latest("own")["table"] is None


def test_steps_of_another_chapter_are_on_its_page():
    page = with_lesson(two() + '\n[[step]]\nchapter = "context"\nsay = "There."\nparameters = { lam = 0.5 }')
    assert page.latest("own")["said"] == []
    page.say("lesson", name=OWN, step=3)
    path, _, query = page.latest("go").partition("?")
    values, notices = CHAPTERS["context"].opening(parse_address(query))
    assert path == "./context" and notices == [] and (values["lesson"], values["step"], values["lam"]) == (OWN, 3, 0.5)


def test_it_can_be_taken_home():
    lesson, _ = read_lesson(OWN, two(), CHAPTERS)
    page, said = lesson_html(lesson, Wanted(base="http://hall.example/"), {})
    steps = given(page)["steps"]
    assert said == [] and [step["message"]["shown"]["lesson"]["say"] for step in steps] == ["First.", "Second."]
    assert steps[1]["question"]["exact"] is not None and steps[0]["code"]


def test_the_page_hands_over_the_file_and_the_codes_of_its_links():
    page = with_lesson(two())
    url = "http://hall.example/p/context?T=1"
    page.say("take_lesson", url=url)
    assert page.notice == "No lesson is under way." and page.latest("file") is None
    page.say("lesson", name=OWN, step=1)
    page.say("take_lesson", url=url, notes=False)
    file = page.latest("file")
    assert file["name"] == "mine.html" and page.latest("taking") is None
    assert all(step["message"]["shown"]["lesson"]["notes"] == "" for step in given(file["content"])["steps"])
    page.say("codes", url=url)
    assert len(page.latest("codes")) == 2 and all(code.startswith("<svg") for code in page.latest("codes"))
    for wrong in (None, 3, "x" * 9000):
        page.say("codes", url=wrong)
        assert page.notice.endswith(".")
    asked = []
    page.session.may_work = lambda work: asked.append(work)
    for deed in ("codes", "take_lesson"):
        page.say(deed, url=url)
        assert page.notice.startswith("These runs are long")
    assert 0 < asked[0] < asked[1]  # whoever asks for much waits


@pytest.mark.parametrize(
    "parts", [None, "x", 3, [1], [None], ["x", {}], [["x"]], {"0": "x"}, ["x" * (MOST_OWN + 1)], ["x" * 20_000] * 9]
)  # fmt: skip
def test_a_message_that_is_none_is_refused_in_a_sentence(parts):
    page = ChapterVisitor()
    page.say("own_lesson", parts=parts)
    assert page.notice.endswith(".") and page.latest("own") is None


def test_who_sends_too_many_waits():
    page = ChapterVisitor()
    for _ in range(40):
        page.say("own_lesson", parts=["[[["])
    assert page.notice.startswith("Your lesson comes too often")
    assert 30 <= sum("own" in message for message in page.messages) < 40


def test_hostile_files_that_come_as_a_message_leave_the_page_as_it_was():
    """Few, since the reader is the one of all files, which tests/app/test_lessons.py tries ten thousand times."""
    chance = random.Random(16)
    texts = [path.read_text(encoding="utf-8") for path in FILES] + [two()] * 3
    page = with_lesson(two())
    for case in range(150):
        head, *steps = chance.choice(texts).split("[[step]]")
        at = chance.randrange(len(steps))
        text = spoiled("[[step]]".join([head, *steps[at : at + 2]]), chance)
        page.session.lecture._own_reads.take = lambda amount=1.0: True  # it is the text that is tried, not its rate
        page.say("own_lesson", parts=pieces(text[:MOST_OWN]), whole=case % 2 == 0)
        told = page.latest("own")
        json.dumps(told, allow_nan=False)
        assert all(sentence.endswith(".") for sentence in told["said"]) and (told["steps"] or told["said"])
        for step in range(1, len(page.session.lecture.own.steps) + 1):
            page.say("lesson", name=OWN, step=step)
            page.session.chapter.check(page.values)


@pytest.mark.skipif(NODE is None, reason="there is no Node to run the script")
def test_python_reads_the_same_table_that_the_browser_writes():
    odd = ['a "b" \\ c', "tab\tnew\nline", "\x7f\x00\x1f", "½ ∞ 💣", "", "'''", '"""', "x = 1", "\u2028"]
    step = {"say": odd[0], "notes": odd[1], "clock": {"to": 1e-7, "waits": False}, "hide": ["a", "b"], "minutes": 2.5, "n": -3,
            "question": {"choices": [{"text": text, "means": [0, 1e21]} for text in odd]}, "b c": {"é": [True, []]}}  # fmt: skip
    table = {"title": "".join(odd), "minutes": 4, "step": [step, {"say": "x"}]}
    script = f"""import {{ toml }} from {json.dumps((assets.BROWSER / "toml.js").as_uri())};
let text = ""; for await (const part of process.stdin) text += part;
process.stdout.write(toml(JSON.parse(text)));"""
    done = subprocess.run(
        [NODE, "--input-type=module", "-e", script], input=json.dumps(table), capture_output=True, text=True, check=True
    )
    assert tomllib.loads(done.stdout) == table
