"""The one engine of this process: its pool, its cache, and the threads that make tables of results for the pages."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from app.engine.cache import Cache
from app.engine.fair_executor import FairExecutor, dask_cluster, process_pool
from app.engine.jobs import Jobs
from app.engine.pieces import Borrowed, Pieces

OF_A_CLUSTER = 32  # batches that a cluster of unknown size is given at once


class Choices(Protocol):
    """What whoever starts it says about the engine."""

    @property
    def workers(self) -> int: ...

    @property
    def scheduler(self) -> str: ...  # a Dask scheduler's address; empty: a pool of processes here

    @property
    def cache(self) -> Path | None: ...

    @property
    def cache_mb(self) -> int: ...


class Engine:
    """Jobs of all visitors, and the threads that turn cells into what a page draws, so that no event loop has to."""

    def __init__(self, options: Choices) -> None:
        self.options = options
        if options.scheduler:
            executor = FairExecutor(lambda: dask_cluster(options.scheduler), at_once=OF_A_CLUSTER)
        else:
            executor = FairExecutor(lambda: process_pool(options.workers), at_once=2 * options.workers)
        cache = Cache(options.cache, options.cache_mb << 20)
        self.jobs = Jobs(executor, cache)
        self.pieces = Pieces(executor.share, lambda: executor.replaced, cache)
        self.tables = ThreadPoolExecutor(max_workers=2, thread_name_prefix="gliascope-table")
        self._warm = False

    def warm(self) -> None:
        """Have workers started while the first page is still on its way to its visitor."""
        if not self._warm:
            self._warm = True
            self.tables.submit(self._start_workers)

    def _start_workers(self) -> None:
        share = self.jobs.executor.share()
        try:
            for future in [share.submit(os.getpid) for _ in range(self.options.workers)]:
                future.result(30)
        finally:
            share.shutdown()

    def close(self) -> None:
        self.pieces.close()
        self.jobs.close()
        self.tables.shutdown(wait=False, cancel_futures=True)


_lock = threading.Lock()
_opened: Engine | None = None
_options: Choices | None = None
_without_workers: Pieces | None = None


def configure(options: Choices) -> None:
    """Take what whoever starts the server has chosen; nobody can ask for an engine before."""
    global _options
    _options = options


def engine() -> Engine:
    """The engine of this process, opened when it is first asked for: after a server has split into its processes."""
    global _opened
    with _lock:
        if _opened is None:
            if _options is None:
                raise RuntimeError("the engine has not been configured")
            _opened = Engine(_options)
        return _opened


def pieces(threads: Executor) -> Pieces:
    """Work that is made in pieces: by the workers of this process, or where nobody has configured any, in these threads."""
    global _without_workers
    if _options is not None:
        return engine().pieces
    with _lock:
        if _without_workers is None:
            _without_workers = Pieces(lambda: Borrowed(threads))
        return _without_workers


def opened() -> Engine | None:
    """The engine if anybody has asked for it."""
    return _opened


def close() -> None:
    """Give back workers and threads; whoever asks next opens another."""
    global _opened
    with _lock:
        opened, _opened = _opened, None
    if opened is not None:
        opened.close()
