"""From jobs to one visitor: whatever is new, at most ten times a second, without work on the event loop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from app.ports import Port

log = logging.getLogger("gliascope.laboratory")

EVERY = 0.1  # seconds
SHARE = 4  # and at least so many times as long as the last gathering took, so that a large map leaves others their turn


class Throttle:
    """`wake` may be called from any thread, as often as one likes: `gather` is then called away from the port's loop, and
    `deliver`, with what it returned, on it."""

    def __init__(self, port: Port, gather: Callable[[], Any], deliver: Callable[[Any], None]) -> None:
        self._port, self._gather, self._deliver = port, gather, deliver
        self._lock = threading.Lock()
        self._busy = self._again = self._closed = False
        self._last, self._took = 0.0, 0.0

    def wake(self, _job: Any = None) -> None:
        with self._lock:
            if self._busy or self._closed:
                self._again = True
                return
            self._busy = True
        self._port.soon(self._wait)

    def close(self) -> None:
        self._closed = True

    def _wait(self) -> None:
        pause = self._last + max(EVERY, SHARE * self._took) - time.monotonic()
        if pause > 0:
            self._port.later(pause, self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        self._again = False
        if not self._closed:
            self._port.compute(self._timed, self._end)

    def _timed(self) -> Any:
        began = time.monotonic()
        try:
            return self._gather()
        finally:
            self._took = time.monotonic() - began

    def _end(self, done: Future) -> None:
        self._last = time.monotonic()
        try:
            if not self._closed:
                self._deliver(done.result())
        except Exception:  # one update is lost; the next one is whole
            log.exception("an update could not be made")
        with self._lock:
            self._busy = self._again and not self._closed
        if self._busy:
            self._wait()
