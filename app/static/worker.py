"""The session of a page inside a worker of the visitor's browser: the same chapters and sessions as on a server, with a port that
hands messages to the script around it (worker.js)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from app.address import parse_address
from app.chapters import chapters
from app.chapters.session import ChapterSession
from app.ports import DirectPort, Message
from app.static.wire import split
from app.words import words

log = logging.getLogger(__name__)
NONSENSE = words()["page"]["nonsense"]
UNBOUNDED = 1e18  # work in a second: who computes for himself waits for nobody else

Post = Callable[[str, list[bytes]], None]


class WorkerPort(DirectPort):
    """Everything is done in the worker's own time; what is sent goes to the page at once, so that it can say that it waits."""

    def __init__(self, session: ChapterSession, post: Post) -> None:
        super().__init__(session)
        self._post = post

    def send(self, message: Message) -> None:
        self._post(*split(message))


class Worker:
    """One page's session, as the script sees it."""

    def __init__(self, chapter: str, query: str, post: Post) -> None:
        ChapterSession.work_per_second = UNBOUNDED
        shown = chapters()[chapter]
        values, notices = shown.opening(parse_address(query))
        self.session = ChapterSession(shown, values, notices)
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
