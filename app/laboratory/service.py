"""The one laboratory of this process: its pool, its cache, and the threads that make tables of results for the pages."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from app.laboratory.cache import Cache
from app.laboratory.jobs import Jobs
from app.laboratory.shares import Shares, dask_cluster, process_pool

OF_A_CLUSTER = 32  # batches that a cluster of unknown size is given at once
CACHE_MB = 256


@dataclass(frozen=True)
class Options:
    """What whoever starts the server may say about the laboratory."""

    workers: int
    scheduler: str  # a Dask scheduler's address; empty: a pool of processes here
    cache: Path | None
    cache_mb: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Options:
        """The options as the environment has them; an empty GLIASCOPE_CACHE keeps nothing on disk."""
        home = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gliascope"
        folder = environment.get("GLIASCOPE_CACHE", str(home))
        return cls(
            workers=_whole(environment, "GLIASCOPE_WORKERS", os.cpu_count() or 1),
            scheduler=environment.get("GLIASCOPE_SCHEDULER", ""),
            cache=Path(folder) if folder else None,
            cache_mb=_whole(environment, "GLIASCOPE_CACHE_MB", CACHE_MB),
        )


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdigit() or int(text) < 1:
        raise ValueError(f"{name} = {text!r}: it must be a whole number of at least 1")
    return int(text)


class Laboratory:
    """Jobs of all visitors, and the threads that turn cells into what a page draws, so that no event loop has to."""

    def __init__(self, options: Options) -> None:
        self.options = options
        if options.scheduler:
            shares = Shares(lambda: dask_cluster(options.scheduler), at_once=OF_A_CLUSTER)
        else:
            shares = Shares(lambda: process_pool(options.workers), at_once=2 * options.workers)
        self.jobs = Jobs(shares, Cache(options.cache, options.cache_mb << 20))
        self.tables = ThreadPoolExecutor(max_workers=2, thread_name_prefix="gliascope-table")

    def warm(self) -> None:
        """Have workers started while the page is still on its way to its visitor."""
        self.tables.submit(self._start_workers)

    def _start_workers(self) -> None:
        share = self.jobs.shares.share()
        try:
            for future in [share.submit(os.getpid) for _ in range(self.options.workers)]:
                future.result(30)
        finally:
            share.shutdown()

    def close(self) -> None:
        self.jobs.close()
        self.tables.shutdown(wait=False, cancel_futures=True)


_lock = threading.Lock()
_opened: Laboratory | None = None
_options: Options | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the laboratory on a command line; each has an environment variable that stands in for it."""
    group = parser.add_argument_group("laboratory")
    group.add_argument("--workers", type=int, help="processes that compute maps (GLIASCOPE_WORKERS; one for each processor)")
    group.add_argument(
        "--scheduler", metavar="tcp://HOST:PORT", help="a Dask scheduler that computes instead (GLIASCOPE_SCHEDULER)"
    )
    group.add_argument("--cache", metavar="FOLDER", help="where results are kept; empty: nowhere (GLIASCOPE_CACHE)")
    group.add_argument("--cache-mb", type=int, metavar="MB", help="the most that is kept (GLIASCOPE_CACHE_MB)")


def configure(asked: argparse.Namespace) -> None:
    """Take the options of a command line, or those of the environment where it says nothing."""
    global _options
    names = {"workers": asked.workers, "scheduler": asked.scheduler, "cache": asked.cache, "cache_mb": asked.cache_mb}
    given = {f"GLIASCOPE_{name.upper()}": str(value) for name, value in names.items() if value is not None}
    _options = Options.from_environment({**os.environ, **given})


def laboratory() -> Laboratory:
    """The laboratory of this process, opened when it is first asked for: after a server has split into its processes."""
    global _opened
    with _lock:
        if _opened is None:
            _opened = Laboratory(_options or Options.from_environment())
        return _opened


def opened() -> Laboratory | None:
    """The laboratory if anybody has asked for it."""
    return _opened


def close() -> None:
    """Give back workers and threads; whoever asks next opens another."""
    global _opened
    with _lock:
        opened, _opened = _opened, None
    if opened is not None:
        opened.close()
