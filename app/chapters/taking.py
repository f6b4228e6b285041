"""Taking the lesson under way home: its file is written away from the loop, once the maps that it shows are computed."""

from __future__ import annotations

import re
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from app import runs
from app.chapters import chapters
from app.chapters.lessons import OWN, Lesson
from app.words import words

if TYPE_CHECKING:
    from app.chapters.session import ChapterSession
    from app.static.lesson import Writing

PAGE, LESSONS = words()["page"], words()["lessons"]
LONGEST_URL = 8_000
WORK_OF_STEP = 1_500_000  # of recording a step and drawing its code, in the numbers touched in that time


class Taking:
    """One file at a time for one visitor."""

    def __init__(self, session: ChapterSession) -> None:
        self._session = session
        self._writing: Writing | None = None

    def begin(self, lesson: Lesson | None, url: Any, notes: Any, questions: Any) -> None:
        """`url` is where the visitor's page is: the links of the file lead to the same server."""
        from app.static.lesson import Wanted, Writing, keys_of  # which makes sessions of its own

        session, base = self._session, base_of(url)
        if lesson is None:
            raise ValueError(LESSONS["no_lesson_here"])
        if self._writing is not None or session.port is None:
            raise ValueError(LESSONS["being_written"])
        if any(chapters()[step.chapter].awaited(step.values) is not None for step in lesson.steps):
            raise ValueError(LESSONS["not_made_yet"])
        self._charge(lesson, sum(runs.cost(chapter, key) for chapter, key in keys_of(lesson)))
        wanted = Wanted(notes is True, questions is True, base)
        session.send({"taking": {"done": 0, "total": 0}})
        self._name = file_name(lesson)
        self._writing = Writing(session.port, lesson, wanted, self._progress, self._hand_over)

    def make_codes(self, lesson: Lesson | None, url: Any) -> None:
        """QR codes of the links to all its steps, in their order."""
        from app.static.lesson import codes

        port, base = self._session.port, base_of(url)
        if lesson is None or port is None:
            raise ValueError(LESSONS["no_lesson_here"])
        self._charge(lesson)
        port.compute(partial(codes, lesson, base), lambda done: self._session.send({"codes": done.result()}))

    def _charge(self, lesson: Lesson, work: int = 0) -> None:
        if not self._session.may_work(work + WORK_OF_STEP * len(lesson.steps)):
            raise ValueError(PAGE["too_much_work"])

    def leave(self) -> None:
        """The visitor is away, or has given it up."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.leave()
            self._session.send({"taking": None})

    def _progress(self, done: int, total: int) -> None:
        self._session.send({"taking": {"done": done, "total": total}})

    def _hand_over(self, done: Future[tuple[str, list[str]]]) -> None:
        if self._writing is None:  # given up meanwhile
            return
        self._writing = None
        self._session.send({"taking": None})
        try:
            page, said = done.result()
        except ValueError as wrong:
            self._session.refuse(str(wrong))
            return
        self._session.send({"file": {"name": f"{self._name}.html", "kind": "text/html", "content": page}})
        if said:
            self._session.refuse(" ".join(said))


def base_of(url: Any) -> str:
    """The address of the server whose page this is; nothing where it is no server's."""
    if not isinstance(url, str) or len(url) > LONGEST_URL:
        raise TypeError
    return urljoin(url.partition("?")[0], "./") if url.startswith("http") else ""


def file_name(lesson: Lesson) -> str:
    """Of its file, without a suffix: its own, or one made of the title that its visitor gave it."""
    if lesson.name != OWN:
        return lesson.name
    return re.sub(r"[^a-z0-9]+", "-", lesson.title.lower()).strip("-")[:40] or OWN
