"""From jobs to one visitor: whatever is new, at most ten times a second, without work on the event loop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any

from bokeh.document import Document

log = logging.getLogger("gliascope.laboratory")

EVERY = 0.1  # seconds
SHARE = 4  # and at least so many times as long as the last gathering took, so that a large map leaves others their turn


class Feed:
    """`wake` may be called from any thread, as often as one likes: `gather` is then called in a thread of its own and
    `deliver`, with what it returned, on the event loop."""

    def __init__(self, doc: Document, threads: Executor, gather: Callable[[], Any], deliver: Callable[[Any], None]) -> None:
        self._doc, self._threads, self._gather, self._deliver = doc, threads, gather, deliver
        self._lock = threading.Lock()
        self._busy = self._again = self._closed = False
        self._last, self._took = 0.0, 0.0

    def wake(self, _job: Any = None) -> None:
        with self._lock:
            if self._busy or self._closed:
                self._again = True
                return
            self._busy = True
        self._next_tick(self._wait)

    def close(self) -> None:
        self._closed = True

    def _wait(self) -> None:
        pause = self._last + max(EVERY, SHARE * self._took) - time.monotonic()
        if pause > 0:
            self._doc.add_timeout_callback(self._begin, int(pause * 1000))
        else:
            self._begin()

    def _begin(self) -> None:
        self._again = False
        if not self._closed:
            self._threads.submit(self._timed).add_done_callback(lambda done: self._next_tick(partial(self._end, done)))

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

    def _next_tick(self, work: Callable[[], None]) -> None:
        if self._closed:
            return
        try:
            self._doc.add_next_tick_callback(work)
        except Exception:  # the session ended between two words
            self._closed = True
