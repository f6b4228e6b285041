"""What carries messages between a session and its visitor's browser; a session knows nothing else of where it runs.

A server's line, a worker in the browser and a test are each a `Port`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")
Message = Mapping[str, Any]


class Listener(Protocol):
    """What a port needs of a session."""

    def attach(self, port: Port) -> None: ...

    def hear(self, message: Any) -> None: ...


class Port(Protocol):
    """All that a session asks of its surroundings."""

    def send(self, message: Message) -> None:
        """One message to the browser; messages keep their order."""

    def soon(self, work: Callable[[], None]) -> None:
        """Do this on the session's own loop, after what is under way; may be called from any thread."""

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """The same after some time."""

    def compute(self, work: Callable[[], Result], then: Callable[[Future[Result]], None]) -> None:
        """Do long work away from the session's loop, then this with its end, on the loop."""


class DirectPort:
    """Does everything in the caller's own time, and keeps what is sent: for a notebook, a build, a worker, a test."""

    def __init__(self, session: Listener) -> None:
        self.sent: list[Message] = []
        self._session = session
        self._waiting: deque[Callable[[], None]] = deque()
        session.attach(self)

    def hear(self, message: Any) -> list[Message]:
        """Let the session hear this, and do all that follows; what it said comes back."""
        before = len(self.sent)
        self._session.hear(message)
        self.catch_up()
        return self.sent[before:]

    def catch_up(self) -> None:
        """Do all that waits."""
        while self._waiting:
            self._waiting.popleft()()

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def soon(self, work: Callable[[], None]) -> None:
        self._waiting.append(work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        self._waiting.append(work)

    def compute(self, work: Callable[[], Result], then: Callable[[Future[Result]], None]) -> None:
        done: Future[Result] = Future()
        try:
            done.set_result(work())
        except Exception as error:
            done.set_exception(error)
        self.soon(lambda: then(done))
