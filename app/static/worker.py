"""The session of a page inside a worker of the visitor's browser: the same chapters, studies and sessions as on a server, with a
port that hands messages to the script around it (worker.js)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.address import parse_address
from app.chapters import chapter_in
from app.chapters.session import ChapterSession
from app.engine import service
from app.ports import DirectPort, Message
from app.session import Session
from app.static.engine import Engine, StoredCache, Workers
from app.static.wire import split
from app.studies import study_in
from app.words import words

log = logging.getLogger(__name__)
NONSENSE = words()["page"]["nonsense"]
UNBOUNDED = 1e18  # work in a second: who computes for himself waits for nobody else

Post = Callable[[str, list[bytes]], None]


class WorkerPort(DirectPort):
    """Everything is done in the worker's own time; what is sent goes to the page at once, so that it can say that it waits."""

    def __init__(self, session: Session, post: Post) -> None:
        self._post, self._loop = post, asyncio.get_event_loop()
        super().__init__(session)

    def send(self, message: Message) -> None:
        self._post(*split(message))

    def soon(self, work: Callable[[], None]) -> None:
        super().soon(work)
        self._loop.call_soon(self.catch_up)  # where nobody listens just now

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        self._loop.call_later(seconds, self.soon, work)


class Worker:
    """One page's session, as the script sees it: what is `shown` is what `session_of` is given. In what is hired `hand` gives a
    call to another worker, `end` stops all, `count` is how many there may be, `folder` one that lasts, if there is one, and
    `store` is called when something is new in it."""

    def __init__(self, shown: Mapping[str, str], post: Post, hired: Mapping[str, Any]) -> None:
        ChapterSession.work_per_second = UNBOUNDED
        folder = Path(hired["folder"]) if hired["folder"] else None
        self._workers: Workers | None = None
        self._hired = hired
        service.use(Engine(self._open_workers, hired["count"], StoredCache(folder, hired["store"])))
        self.session = session_of(**shown)
        for message in self.session.opening():
            post(*split(message))
        self._port = WorkerPort(self.session, post)

    def hear(self, deed: Any) -> None:
        """A message of the page; what goes wrong in answering one does not end the session."""
        try:
            self._port.hear(deed)
        except Exception:
            log.exception("a message could not be answered")
            self.session.refuse(NONSENSE)

    def _open_workers(self) -> Workers:
        self._workers = Workers(self._hired["hand"], self._hired["end"])
        return self._workers

    def answered(self, number: int, answer: Any) -> None:
        """By another worker."""
        if self._workers is not None:
            self._workers.hear(number, answer.to_bytes())

    def broke(self) -> None:
        if self._workers is not None:
            self._workers.break_off()


def session_of(folder: str, stem: str, query: str) -> Session:
    """A session of the page of the chapter in this folder, or of a study's; what other pages need is not read."""
    asked = parse_address(query)
    kind = study_in(stem) if stem else None
    if kind is not None:
        return kind(*kind.opening_of(asked))
    chapter = chapter_in(folder)
    return ChapterSession(chapter, *chapter.opening(asked))
