"""Visitors of sessions, without a browser and without a server: what they say, and what reaches them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.session import ChapterSession
from app.message import read
from app.ports import DirectPort


class ChapterVisitor:
    """One visitor of a chapter's page; all that a change brings has come when the call returns."""

    def __init__(self, values: dict[str, Any] | None = None, notices: tuple[str, ...] = (), chapter: Any = CHAPTER) -> None:
        self.chapter = chapter
        self.session = ChapterSession(chapter, chapter.defaults if values is None else values, notices)
        self.messages = list(self.session.opening())
        self.port = DirectPort(self.session)

    def hear(self, message: Any) -> None:
        self.messages += self.port.hear(message)

    def say(self, deed: str, **more: Any) -> None:
        self.hear({"do": deed, **more})

    def latest(self, name: str) -> Any:
        """What stands under this name in the newest message that has it."""
        return next((message[name] for message in reversed(self.messages) if name in message), None)

    @property
    def run(self) -> bytes:
        return self.latest("run")

    @property
    def ghosts(self) -> list[dict[str, Any]]:
        return self.latest("ghosts") or []

    @property
    def shown(self) -> dict[str, Any]:
        return self.latest("shown")

    @property
    def values(self) -> dict[str, Any]:
        return self.session.values

    @property
    def notice(self) -> str:
        return self.shown["notice"]

    def header(self) -> dict[str, Any]:
        return read(self.run)[0]

    def arrays(self) -> dict[str, Any]:
        return read(self.run)[1]


class TickingPort:
    """A port whose loop the test turns by hand, and whose long work is done by threads."""

    def __init__(self, session: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.ticks: list[Callable[[], None]] = []
        self.lock = threading.Condition()
        self.threads = ThreadPoolExecutor(2)
        session.attach(self)

    def send(self, message: Any) -> None:
        self.sent.append(dict(message))

    def soon(self, work: Callable[[], None]) -> None:
        with self.lock:
            self.ticks.append(work)
            self.lock.notify_all()

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        self.soon(work)

    def compute(self, work: Callable[[], Any], then: Callable[[Future[Any]], None]) -> None:
        self.threads.submit(work).add_done_callback(lambda done: self.soon(lambda: then(done)))

    def turn(self) -> None:
        """Do what waits, without what that brings."""
        with self.lock:
            ready, self.ticks = self.ticks, []
        for work in ready:
            work()

    def until(self, true: Callable[[], bool], seconds: float = 60, about: Callable[[], Any] = lambda: None) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            with self.lock:
                if not self.ticks:
                    self.lock.wait(0.05)
            self.turn()
            assert time.monotonic() < deadline, about()
