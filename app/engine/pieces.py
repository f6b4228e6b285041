"""Long work that is made piece by piece in the shared pool, each piece from the state that the one before has left.

Equal work is one job for all who ask for it. A worker that dies costs one piece: the next one begins where that piece began. What
nobody watches any more stops, and goes on from its last state when somebody asks again. Last states, of whole work too, are kept
on disk beside the studies, for whoever asks next in this process or another one.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.engine.cache import Cache

log = logging.getLogger("gliascope.laboratory")

KEPT = 32  # states of work that was stopped
Result = TypeVar("Result")


@dataclass(frozen=True)
class Work:
    """What is made, and how. Two of the same key, which is written out to name it on disk, are the same work."""

    key: Hashable
    piece: Callable[[bytes | None], tuple[bytes, list[Any]]] = field(compare=False)  # in a worker: the next state, and reports
    is_done: Callable[[Any], bool] = field(compare=False)  # by the last report
    keep: Callable[[bytes], None] = field(compare=False)  # what becomes of the last state, in this process
    tell: Callable[[list[Any]], Mapping[str, Any]] = field(compare=False)  # the reports as a page shows them
    reports: Callable[[bytes], list[Any]] = field(compare=False)  # of a state that was kept; a `ValueError` if it is none of this


Watcher = Callable[["Making"], None]  # called from the job's thread whenever there is something new; must return at once


class Making:
    """One work under way. `state` is "running", "paused", "done", "stopped" or "failed"; `reports` only grows."""

    def __init__(self, work: Work, pieces: Pieces) -> None:
        self.work, self._pieces = work, pieces
        self.reports: list[Any] = []
        self.state = "running"
        self.from_before = False  # whether it went on from where somebody had stopped it
        self._watchers: dict[object, Watcher] = {}
        self._paused_by: set[object] = set()
        self._share = pieces.share()
        self._replaced = pieces.replaced()
        self._going = threading.Event()
        self._going.set()
        self._stopping = False
        self.thread = threading.Thread(target=self._make, name="gliascope-making", daemon=True)

    @property
    def worker_died(self) -> bool:
        return self._pieces.replaced() > self._replaced

    def pause(self, who: object) -> None:
        """Hold it, if everyone who watches it has paused it."""
        with self._pieces.lock:
            self._paused_by.add(who)
            if self.state == "running" and self._paused_by >= set(self._watchers):
                self._going.clear()
                self.state = "paused"
        self._tell()

    def resume(self, who: object) -> None:
        with self._pieces.lock:
            self._paused_by.discard(who)
            if self.state == "paused":
                self.state = "running"
                self._going.set()
        self._tell()

    def stop(self) -> None:
        self._stopping = True
        self._going.set()

    def _make(self) -> None:
        begun, self.reports = self._pieces.left(self.work)
        state = begun
        self.from_before = state is not None
        end = "done"
        try:
            while not (state is not None and (not self.reports or self.work.is_done(self.reports[-1]))):
                self._going.wait()
                if self._stopping:
                    end = "stopped"
                    break
                state, fresh = self._share.submit(self.work.piece, state).result()
                self.reports = [*self.reports, *fresh]
                self._tell()
            if end == "done" and state is not None:
                self.work.keep(state)
        except BaseException:  # whatever becomes of a worker, the server goes on
            end = "stopped" if self._stopping else "failed"
            if end == "failed":
                log.exception("a piece of work failed")
        if state is not None and end != "done":
            self._pieces.leave_state(self.work, state, self.reports)
        if state is not None and state is not begun:
            self._pieces.keep_state(self.work, state)
        self.state = end
        self._pieces.ended(self)
        self._share.shutdown()
        self._tell()

    def _tell(self) -> None:
        for watcher in list(self._watchers.values()):
            try:
                watcher(self)
            except Exception:  # a page that is gone must not stop the others' work
                log.exception("a watcher failed")


class Pieces:
    """All work of this process that is made in pieces; `share` gives a part of the pool, `replaced` counts dead workers."""

    def __init__(
        self, share: Callable[[], Executor], replaced: Callable[[], int] = lambda: 0, cache: Cache | None = None
    ) -> None:
        self.share, self.replaced, self.cache = share, replaced, cache or Cache(None, 0)
        self.lock = threading.RLock()
        self._under_way: dict[Hashable, Making] = {}
        self._left: OrderedDict[Hashable, tuple[bytes, list[Any]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._under_way)

    def watch(self, work: Work, who: object, watcher: Watcher) -> Making:
        """The job of this work, begun if there is none; `watcher` hears of everything new in it."""
        with self.lock:
            known = self._under_way.get(work.key)
            fresh = known is None or known._stopping
            making = self._under_way[work.key] = Making(work, self) if known is None or fresh else known
            making._watchers[who] = watcher
        if fresh:
            making.thread.start()
        else:
            making.resume(who)
        watcher(making)
        return making

    def leave(self, making: Making, who: object) -> None:
        """Stop watching; the last one to leave stops the work."""
        with self.lock:
            making._watchers.pop(who, None)
            making._paused_by.discard(who)
            if not making._watchers:
                making.stop()

    def ended(self, making: Making) -> None:
        with self.lock:
            if self._under_way.get(making.work.key) is making:
                del self._under_way[making.work.key]

    def left(self, work: Work) -> tuple[bytes | None, list[Any]]:
        """Where this work was stopped, here or by another process, with all reports until then."""
        with self.lock:
            state, reports = self._left.pop(work.key, (None, []))
        if state is None and (kept := self.cache.state(work.key)) is not None:
            try:
                return kept, work.reports(kept)
            except ValueError:
                self.cache.forget_state(work.key)
        return state, reports

    def keep_state(self, work: Work, state: bytes) -> None:
        self.cache.save_state(work.key, state)

    def leave_state(self, work: Work, state: bytes, reports: list[Any]) -> None:
        with self.lock:
            self._left[work.key] = (state, reports)
            while len(self._left) > KEPT:
                self._left.popitem(last=False)

    def close(self) -> None:
        with self.lock:
            for making in self._under_way.values():
                making.stop()


class Borrowed(Executor):
    """An executor that others use, too: whoever has done with it does not end it."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, work: Callable[..., Result], /, *given: Any, **named: Any) -> Future[Result]:
        return self._executor.submit(work, *given, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Others go on."""
