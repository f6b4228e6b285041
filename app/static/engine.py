"""The engine of a page that has no server: what a server gives to its pool of processes goes to more workers of the browser.

There are no threads, so what waits goes on from the event loop of the worker that has the session.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections.abc import Callable, Hashable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from pathlib import Path
from typing import Any

from app.engine.cache import Cache
from app.engine.driving import Waiting
from app.engine.fair_executor import FairExecutor
from app.engine.jobs import Jobs
from app.engine.pieces import Pieces
from core.studies import Cell, Study

log = logging.getLogger(__name__)
MOST_KEPT = 32 << 20  # bytes of finished studies in the browser's own store

Hand = Callable[[int, bytes], None]


class Workers(Executor):
    """Workers of the browser with the same Python in them. A call goes over as a pool of processes sends it: pickled by this
    page's own code for its own code, and nothing that comes from elsewhere is ever unpickled."""

    def __init__(self, hand: Hand, end: Callable[[], None]) -> None:
        self._hand, self._end = hand, end  # over to a worker that is free, by a number; and stop them all
        self._under_way: dict[int, Future[Any]] = {}
        self._number = 0

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self._number += 1
        future = self._under_way[self._number] = Future()
        future.set_running_or_notify_cancel()
        self._hand(self._number, pickle.dumps((work, given, named)))
        return future

    def hear(self, number: int, answer: bytes) -> None:
        """What a worker answers to a call."""
        future = self._under_way.pop(number)
        result, error = pickle.loads(answer)
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def break_off(self) -> None:
        """A worker has died, or none can be had."""
        under_way, self._under_way = self._under_way, {}
        for future in under_way.values():
            future.set_exception(BrokenExecutor())

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._end()


def answer(call: Any) -> bytes:
    """In such a worker: do what is asked for, in a buffer of JavaScript."""
    work, given, named = pickle.loads(call.to_bytes())
    try:
        return pickle.dumps((work(*given, **named), None))
    except Exception as error:
        log.exception("a piece of work failed")
        return pickle.dumps((None, error))


class _Unthreaded(FairExecutor):
    def _aside(self, work: Callable[[], None]) -> None:
        work()


class FromTheLoop:
    """Goes on with work when one of the futures is done for which it waits."""

    def __init__(self, work: Waiting, name: str) -> None:
        self._work, self._turn = work, 0

    def start(self) -> None:
        asyncio.get_event_loop().call_soon(self._go)

    def join(self, timeout: float | None = None) -> None:
        """Nobody can wait here."""

    def _go(self) -> None:
        self._turn += 1
        for futures in self._work:
            if not any(future.done() for future in futures):
                for future in futures:
                    future.add_done_callback(partial(self._wake, self._turn))
                return

    def _wake(self, turn: int, _: Future[Any]) -> None:
        if turn == self._turn:
            self._turn += 1
            self.start()


class StoredCache(Cache):
    """A cache whose folder the browser stores when something was added."""

    def __init__(self, folder: Path | None, store: Callable[[], None]) -> None:
        super().__init__(folder, MOST_KEPT)
        self._store = store

    def save(self, study: Study, cells: dict[tuple[int, ...], Cell]) -> bool:
        is_kept = super().save(study, cells)
        self._store_folder()
        return is_kept

    def save_state(self, work: Hashable, state: bytes) -> None:
        super().save_state(work, state)
        self._store_folder()

    def _store_folder(self) -> None:
        if self.folder is not None:
            self._store()


class Engine:
    """What pages ask of a server's engine."""

    def __init__(self, workers: Callable[[], Executor], count: int, cache: Cache) -> None:
        executor = _Unthreaded(workers, at_once=count)
        self.jobs = Jobs(executor, cache, FromTheLoop)
        self.pieces = Pieces(executor.share, lambda: executor.replaced, cache, FromTheLoop)

    def warm(self) -> None:
        """Workers begin when there is something for them to do."""
