"""One executor shared fairly: every job has a `Share` of it, and batches are taken from the shares in turn.

A share is itself a `concurrent.futures.Executor`, so `core.studies` runs on it unchanged; behind it stands a pool of processes or
a Dask cluster. A pool that breaks because a worker died is replaced, and the batches it had are given to the new one.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

log = logging.getLogger("gliascope.laboratory")

TRIES = 3  # a batch that has seen so many workers die is given up: it may be what kills them


@dataclass
class _Batch:
    share: Share
    future: Future
    work: Callable
    arguments: tuple
    keywords: dict
    tries: int = 0


class FairExecutor:
    """Hands batches of all shares to one executor, a few at a time, each share in its turn."""

    def __init__(self, make_executor: Callable[[], Executor], at_once: int) -> None:
        self._make, self._at_once = make_executor, at_once
        self._lock = threading.RLock()
        self._executor: Executor | None = None  # opened when the first batch comes
        self._opening = self._closed = False
        self._turn: deque[Share] = deque()
        self._under_way = 0
        self.replaced = 0  # so many executors broke

    def share(self) -> Share:
        """A new share; batches submitted to it wait for their turn."""
        share = Share(self)
        with self._lock:
            self._turn.append(share)
        return share

    @property
    def waiting(self) -> int:
        """Batches that have not been given to a worker yet."""
        with self._lock:
            return sum(len(share.queue) for share in self._turn)

    @property
    def under_way(self) -> int:
        return self._under_way

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for share in list(self._turn):
                share.closed = True
                share.clear()
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False)

    def _aside(self, work: Callable[[], None]) -> None:
        """Where nobody waits for it."""
        threading.Thread(target=work, name="gliascope-pool", daemon=True).start()

    def _remove(self, share: Share) -> None:
        with self._lock:
            if share in self._turn:
                self._turn.remove(share)

    def _pump(self) -> None:
        """Give out batches while there is room, one from each share that has any, then round again."""
        with self._lock:
            while not self._closed and self._under_way < self._at_once:
                if self._executor is None:
                    self._open()
                    return
                batch = self._next()
                if batch is None:
                    return
                self._give(batch)

    def _open(self) -> None:
        """Have an executor made in a thread of its own: a cluster that is gone is waited for, and nobody must wait with it."""
        if not self._opening and any(share.queue for share in self._turn):
            self._opening = True
            self._aside(self._opened)

    def _opened(self) -> None:
        try:
            made = self._make()
        except Exception as error:  # no worker can be had: the jobs that wait say so, those that come later try again
            with self._lock:
                self._opening = False
                for share in list(self._turn):
                    share.clear(error)
            return
        with self._lock:
            self._opening = False
            if not self._closed:
                self._executor = made
        if self._closed:
            made.shutdown(wait=False)
        self._pump()

    def _next(self) -> _Batch | None:
        for _ in range(len(self._turn)):
            share = self._turn[0]
            self._turn.rotate(-1)
            while share.queue and not share.paused:
                batch = share.queue.popleft()
                if batch.tries or batch.future.set_running_or_notify_cancel():
                    return batch
        return None

    def _give(self, batch: _Batch) -> None:
        executor = self._executor
        assert executor is not None, "batches are given out once there is an executor"
        batch.tries += 1
        try:
            real = executor.submit(batch.work, *batch.arguments, **batch.keywords)
        except Exception as error:
            self._again(batch, executor, error)
            return
        self._under_way += 1
        real.add_done_callback(lambda done: self._ended(batch, executor, done))

    def _ended(self, batch: _Batch, executor: Executor, real: Future) -> None:
        with self._lock:
            self._under_way -= 1
            try:
                result = real.result()
            except (BrokenExecutor, CancelledError) as error:
                self._again(batch, executor, error)
            except BaseException as error:
                batch.future.set_exception(error)
            else:
                batch.future.set_result(result)
        self._pump()

    def _again(self, batch: _Batch, executor: Executor, error: BaseException) -> None:
        """The worker died under a batch: replace the pool (once, however many batches it had) and give the batch out again."""
        if executor is self._executor:
            log.warning("a worker died; the pool is replaced")
            self.replaced += 1
            self._executor = None
            self._aside(partial(executor.shutdown, wait=False))
        if self._closed or batch.share.closed:
            batch.future.set_exception(CancelledError())
        elif batch.tries >= TRIES:
            batch.future.set_exception(error)
        else:
            batch.share.queue.appendleft(batch)


class Share(Executor):
    """One job's part of the executor."""

    def __init__(self, executor: FairExecutor) -> None:
        self.executor = executor
        self.queue: deque[_Batch] = deque()
        self.paused = self.closed = False

    def submit(self, work: Callable, /, *arguments: Any, **keywords: Any) -> Future:
        future: Future = Future()
        with self.executor._lock:
            if self.closed:
                raise RuntimeError("the share has been given back")
            self.queue.append(_Batch(self, future, work, arguments, keywords))
        self.executor._pump()
        return future

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self.executor._pump()

    def clear(self, error: BaseException | None = None) -> None:
        """Cancel what has not begun, or let it fail for this reason."""
        with self.executor._lock:
            while self.queue:
                batch = self.queue.popleft()
                if error is not None or batch.tries:  # one that was begun by a worker who died cannot be cancelled any more
                    batch.future.set_exception(error or CancelledError())
                elif batch.future.cancel():
                    batch.future.set_running_or_notify_cancel()  # whoever waits for it is told only by this

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.closed = True
        self.clear()
        self.executor._remove(self)
