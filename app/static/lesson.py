"""A lesson as one HTML file that plays from disk, with no network: the page that a server shows, and all that it would be sent.

What a session says at each step is recorded, runs once however often they are shown, maps when all their cells are in; truths are
computed here, and the file has with each question what is said to any guess.
"""

from __future__ import annotations

import argparse
import html
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from app import assets, runs
from app.address import parse_address
from app.chapters import chapters
from app.chapters.answers import verdict
from app.chapters.base import Chapter
from app.chapters.lessons import MOST_MEMORIES, OWN, REPLIES, Lesson, Question, Step
from app.chapters.session import ChapterSession
from app.ports import DirectPort, Message, Port
from app.static import wire
from app.static.offline import HEAD, bokeh_text, inside_script
from app.studies import studies
from app.takeaway import qr_svg
from app.words import words

WORDS = words()["lessons"]
Result = TypeVar("Result")
MOST_BYTES = 16_000_000  # of runs in one file, before they are packed
PAGE = (
    HEAD
    + """<style id="ground">{ground}</style>
</head>
<body>
<div id="page"></div>
<script id="bokeh">{bokeh}</script>
<script type="text/plain" id="given">{given}</script>
<script type="module" id="script">
{script}
</script>
</body>
</html>
"""
)


@dataclass(frozen=True)
class Wanted:
    """What a file of a lesson is to have in it."""

    notes: bool = True
    questions: bool = True
    base: str = ""  # the address of a server to which its links lead; without one it has none


def lesson_html(lesson: Lesson, wanted: Wanted, maps: Mapping[str, Message]) -> tuple[str, list[str]]:
    """The page, and a sentence for what is left out of it. `maps` are what the lesson's studies say, by their addresses."""
    steps, said = list[dict[str, Any]](), list[str]()
    pieces: dict[bytes, None] = {}
    for at in range(1, len(lesson.steps) + 1):
        recorded = _recorded(lesson, at, wanted)
        pieces |= dict.fromkeys(wire.split(recorded["message"])[1])
        if sum(map(len, pieces)) > MOST_BYTES and steps:
            said.append(WORDS["left_out"].format(first=at, last=len(lesson.steps), megabytes=MOST_BYTES // 10**6))
            break
        steps.append({**recorded, "code": _code(lesson, at, wanted.base)})
    used = {step["chapter"] for step in steps}
    there = [chapter for name, chapter in chapters().items() if name in used]
    charted = {step["study"]: maps[step["study"]] for step in steps if step["study"] in maps}
    kinds = {address: address.partition("?")[0] for address in charted}
    given = {
        "lesson": {"name": lesson.name, "title": lesson.title, "says": [step.say for step in lesson.steps[: len(steps)]]},
        "specs": {chapter.name: _spec(chapter, lesson) for chapter in there},
        "figures": {chapter.name: json.loads(chapter.figures()) for chapter in there},
        "steps": steps,
        "maps": {address: {"page": kinds[address], **message} for address, message in charted.items()},
        "study_specs": {kind: _study_spec(kind) for kind in {*kinds.values()}},
        "study_figures": json.loads(_study_figures()) if kinds else {},
    }
    page = PAGE.format(
        title=html.escape(lesson.title),
        ground=assets.css("ground.css"),
        bokeh=inside_script(bokeh_text()),
        given=wire.packed(given),
        script=inside_script(_entry(there, sorted({*kinds.values()})).inline()),
    )
    return page, said


def studied(lesson: Lesson) -> list[str]:
    """The addresses of the studies that its steps show, each once."""
    return list(dict.fromkeys(step.study for step in lesson.steps if step.study))


def keys_of(lesson: Lesson) -> Iterator[tuple[Chapter, runs.Key]]:
    """All runs of a lesson, for who has to know what they cost."""
    for step in lesson.steps:
        chapter = chapters()[step.chapter]
        for key in runs.keys_of(chapter, step.values):
            yield chapter, key


# ------------------------------------------------------------------------------------------------------------------ a step


def _recorded(lesson: Lesson, at: int, wanted: Wanted) -> dict[str, Any]:
    """What a session says when it comes to a step, and its question with the truth."""
    step = lesson.step(at)
    chapter = chapters()[step.chapter]
    session = ChapterSession(chapter, {**chapter.defaults, **step.values, "lesson": lesson.name, "step": at})
    session.lecture.own = lesson if lesson.name == OWN else None
    [message] = session.opening()
    told = message["shown"]["lesson"]
    if not wanted.notes:
        told["notes"] = ""
    if not wanted.questions:
        told["question"] = None
    if told["task"]:
        told["task"]["wrong"] = WORDS["needs_page"]
    question = sealed(chapter, step, step.question) if step.question and wanted.questions else None
    return {"chapter": chapter.name, "study": step.study, "message": message, "question": question}


def sealed(chapter: Chapter, step: Step, question: Question) -> dict[str, Any]:
    """A question with all that a page needs to answer any guess by itself (app/browser/judge.js)."""
    truth = chapter.quantities[question.truth](runs.segments(chapter, runs.key_of(chapter, step.values)))
    names = tuple(chapter.memories(step.values)) if question.kind == "memory" else ()
    unsure = verdict(question, None, truth, names)
    known = {"truth": unsure["truth"], "value": unsure["value"], "guess": "{guess}", "gap": "{gap}"}
    sealed = {
        "kind": question.kind,
        "truth": unsure["truth"],
        "value": unsure["value"],
        "replies": {reply: question.replies.get(reply, "").format(**known) for reply in REPLIES[question.kind]},
        "tolerance": question.tolerance,
        "unit": question.unit,
    }
    if question.kind == "number":
        is_known = unsure["to"] is not None
        return {**sealed, "low": question.low, "high": question.high, "exact": float(truth) if is_known else None}
    if question.kind == "point":
        return {**sealed, "shares": WORDS["shares"], "exact": [float(part) for part in truth]}
    if question.kind == "curve":
        return {**sealed, "exact": [[float(value) for value in values] for values in truth]}
    texts = names[:MOST_MEMORIES] if question.kind == "memory" else [choice.text for choice in question.choices]
    wrong = [choice.wrong.format(**known) for choice in question.choices]
    return {**sealed, "texts": list(texts), "place": unsure["true"], "wrong": wrong}


def codes(lesson: Lesson, base: str) -> list[str]:
    """The QR codes of the links to its steps."""
    return [_code(lesson, at, base) for at in range(1, len(lesson.steps) + 1)]


def step_link(lesson: Lesson, at: int, base: str) -> str:
    """The link to a step on a server. A lesson of one's own is on none: its steps are led to by all that they show."""
    chapter = chapters()[lesson.step(at).chapter]
    link = chapter.step_address(lesson, at, {}) if lesson.name == OWN else chapter.lesson_address(lesson, at, {})
    return base + link[2:]


def _code(lesson: Lesson, at: int, base: str) -> str:
    """The QR code of the link to a step; none where there is no link, or where it is too long for one."""
    if not base:
        return ""
    try:
        return qr_svg(step_link(lesson, at, base))
    except ValueError:
        return ""


# ------------------------------------------------------------------------------------------------------------------ scripts


def _spec(chapter: Chapter, lesson: Lesson) -> dict[str, Any]:
    from app.pages import chapter_spec

    own = {"lessons": [{"name": lesson.name, "title": lesson.title}], "scenes": [], "most": None, "maker": None}
    return {**chapter_spec(chapter), **own, "equations": "", "claims": "", "pages": [], "paper": None}


def _study_spec(kind: str) -> dict[str, Any]:
    from app.pages import study_spec
    from app.studies.figures import COLOURS
    from app.studies.page import FIRST_SYSTEM

    spec = study_spec(studies()[kind], chapters()[FIRST_SYSTEM], COLOURS)
    said = {**spec["words"], **dict.fromkeys(("watch_hint", "watch_hint_cell"), WORDS["map_kept"])}
    return {**spec, "words": said, "equations": "", "claims": "", "pages": [], "paper": None}


@cache
def _study_figures() -> str:
    from app.studies.figures import figures  # HoloViews is slow to import

    return figures()


def _entry(there: list[Chapter], kinds: list[str]) -> assets.Entry:
    scripts = [studies()[kind].script() for kind in kinds]
    return assets.lesson_entry({chapter.name: chapter.card_scripts for chapter in there}, scripts)


# --------------------------------------------------------------------------------------------------------------------- maps


class MapVisit:
    """Visits a page of studies until all of it is computed, in the pool that all share; `then` is given all that it says."""

    def __init__(self, port: Port, address: str, then: Callable[[Message | None], None]) -> None:
        path, _, query = address.partition("?")
        kind = studies()[path]
        self._port, self._then = port, then
        self._shown: Mapping[str, Any] = {}
        self._is_asked = False
        self.page = kind(*kind.opening_of(parse_address(query)))
        self.page.attach(self)
        self.page.ready()

    def leave(self) -> None:
        self.page.close()

    # What a session's port does.

    def send(self, message: Message) -> None:
        self._shown = message.get("shown", self._shown)
        cells = message.get("cells")
        if cells is None:
            return
        state = cells["progress"]["state"]
        if self._is_asked and "study" in cells and self.page.is_whole:
            self._end({"shown": self._shown, "cells": cells})
        elif state in ("failed", "stopped"):
            self._end(None)
        elif self.page.is_whole:
            self._is_asked = True
            self.page.ready()

    def _end(self, whole: Message | None) -> None:
        self.leave()
        self._then(whole)

    def soon(self, work: Callable[[], None]) -> None:
        self._port.soon(work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        self._port.later(seconds, work)

    def compute(self, work: Callable[[], Result], then: Callable[[Future[Result]], None]) -> None:
        self._port.compute(work, then)


class Writing:
    """Writes the file of a lesson once its maps are there, one after the other; `progress` hears how many are, `done` is given
    what `lesson_html` returns, or a `ValueError` if a map cannot be had."""

    def __init__(
        self,
        port: Port,
        lesson: Lesson,
        wanted: Wanted,
        progress: Callable[[int, int], None],
        done: Callable[[Future[tuple[str, list[str]]]], None],
    ) -> None:
        self._port, self._lesson, self._wanted = port, lesson, wanted
        self._progress, self._done = progress, done
        self._wished, self._maps = studied(lesson), dict[str, Message]()
        self._visit: MapVisit | None = None
        self._next()

    def leave(self) -> None:
        if self._visit is not None:
            self._visit.leave()

    def _next(self) -> None:
        missing = [address for address in self._wished if address not in self._maps]
        if not missing:
            self._port.compute(partial(lesson_html, self._lesson, self._wanted, self._maps), self._done)
            return
        self._progress(len(self._maps), len(self._wished))
        self._visit = MapVisit(self._port, missing[0], partial(self._take, missing[0]))

    def _take(self, address: str, whole: Message | None) -> None:
        self._visit = None
        if whole is None:
            failed: Future[tuple[str, list[str]]] = Future()
            failed.set_exception(ValueError(WORDS["no_map"].format(address=address)))
            self._done(failed)
            return
        self._maps[address] = whole
        self._next()


# -------------------------------------------------------------------------------------------------------------------- shell

EVERY = 0.02  # seconds between two looks at what the pool has done


class _Nobody:
    """Whoever a file is written for hears nothing of it."""

    def attach(self, port: Port) -> None: ...

    def hear(self, message: Any) -> None: ...


def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(prog="python -m app lesson", description=(__doc__ or "").split("\n\n")[0])
    commands.add_argument("name", metavar="NAME", help="of the lesson, as in its address")
    commands.add_argument("out", type=Path, metavar="OUT.html", help="the file to write")
    commands.add_argument("--no-notes", action="store_true", help="for the hall: without the notes for who teaches")
    commands.add_argument("--no-questions", action="store_true", help="nothing is asked, every step plays")
    commands.add_argument("--link", default="", metavar="URL", help="of a server, to which the QR codes of a printed sheet lead")
    return commands


def main(given: Sequence[str]) -> int | str:
    """What the process ends with: a sentence where the file cannot be written. The engine has been configured."""
    asked = parser().parse_args(given)
    known = {name: lesson for chapter in chapters().values() for name, lesson in chapter.lessons.items()}
    if asked.name not in known:
        return WORDS["no_lesson"].format(name=asked.name, all=", ".join(known))
    base = f"{asked.link.rstrip('/')}/" if asked.link else ""
    wanted = Wanted(not asked.no_notes, not asked.no_questions, base)
    port, ended = DirectPort(_Nobody()), list[Future[tuple[str, list[str]]]]()

    def progress(done: int, total: int) -> None:
        print(WORDS["mapping"].format(done=done, total=total))

    Writing(port, known[asked.name], wanted, progress, ended.append)
    while not ended:
        port.catch_up()
        time.sleep(EVERY)
    try:
        page, said = ended[0].result()
    except ValueError as wrong:
        return str(wrong)
    asked.out.write_text(page, encoding="utf-8")
    for sentence in [WORDS["written"].format(file=asked.out, megabytes=f"{asked.out.stat().st_size / 1e6:.2f}"), *said]:
        print(sentence)
    return 0
