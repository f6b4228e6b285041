"""Studies under way: the same study asked for twice is one job; a job that nobody watches any more stops.

Cells that a job has computed are kept on disk, whole or half done, and taken up again by whoever asks for the study next.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

from app.engine.cache import Cache
from app.engine.driving import Drive, Waiting, in_thread
from app.engine.fair_executor import FairExecutor
from core.studies import Cell, Study

log = logging.getLogger("gliascope.laboratory")

SAVE_EVERY = 5.0  # seconds

Watcher = Callable[["Job"], None]  # called from the job's thread whenever there is something new; must return at once


class Job:
    """One study being computed. `cells` only grows; `state` is "running", "paused", "done", "stopped" or "failed"."""

    def __init__(self, study: Study, jobs: Jobs) -> None:
        self.study, self._jobs = study, jobs
        self.cells: dict[tuple[int, ...], Cell] = {}
        self.order: list[tuple[int, ...]] = []  # in which cells came: a watcher keeps how many it has seen
        self.total = study.count
        self.state = "running"
        self.trouble = ""
        self._watchers: dict[object, Watcher] = {}
        self._paused_by: set[object] = set()
        self._share = jobs.executor.share()
        self._replaced = jobs.executor.replaced
        self._kept = True
        self._began, self._taken_over = time.monotonic(), 0
        self._stopping = threading.Event()
        self.thread = jobs.drive(self._compute(), "gliascope-job")

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the pace so far; None before there is any."""
        fresh = len(self.cells) - self._taken_over
        if fresh <= 0:
            return None
        return (time.monotonic() - self._began) / fresh * (self.total - len(self.cells))

    @property
    def mishaps(self) -> list[str]:
        """What went wrong without stopping the job."""
        happened = {"worker_died": self._jobs.executor.replaced > self._replaced, "not_kept": not self._kept}
        return [name for name, so in happened.items() if so]

    def pause(self, who: object) -> None:
        """Hold the job, if everyone who watches it has paused it."""
        with self._jobs.lock:
            self._paused_by.add(who)
            if self.state == "running" and self._paused_by >= set(self._watchers):
                self._share.pause()
                self.state = "paused"
        self._tell()

    def resume(self, who: object) -> None:
        with self._jobs.lock:
            self._paused_by.discard(who)
            if self.state == "paused":
                self.state = "running"
                self._began, self._taken_over = time.monotonic(), len(self.cells)
                self._share.resume()
        self._tell()

    def _compute(self) -> Waiting:
        cache = self._jobs.cache
        try:
            for cell in cache.load(self.study).values():
                self._add(cell)
            self._taken_over, saved = len(self.cells), time.monotonic()
            self._tell()
            with closing(self.study.steps(self._share, dict(self.cells))) as steps:
                for step in steps:
                    if not isinstance(step, Cell):
                        yield step
                        continue
                    self._add(step)
                    self._tell()
                    if time.monotonic() - saved > SAVE_EVERY:
                        self._kept = cache.save(self.study, self.cells)
                        saved = time.monotonic()
            end = "done"
        except BaseException as error:  # cancelled batches included; the server goes on whatever a study does
            end = "stopped" if self._stopping.is_set() else "failed"
            if end == "failed":
                log.exception("a study failed")
                self.trouble = f"{type(error).__name__}"
        if len(self.cells) > self._taken_over:
            self._kept = cache.save(self.study, self.cells)
        self.state = end
        self._jobs.ended(self)
        self._tell()

    def _add(self, cell: Cell) -> None:
        self.cells[cell.index] = cell
        self.order.append(cell.index)

    def _tell(self) -> None:
        for watcher in list(self._watchers.values()):
            try:
                watcher(self)
            except Exception:  # a page that is gone must not stop the others' study
                log.exception("a watcher failed")

    def stop(self) -> None:
        self._stopping.set()
        self._share.shutdown()


class Jobs:
    """All jobs of this server."""

    def __init__(self, executor: FairExecutor, cache: Cache, drive: Drive = in_thread) -> None:
        self.executor, self.cache, self.drive = executor, cache, drive
        self.lock = threading.RLock()
        self._by_study: dict[str, Job] = {}

    def __len__(self) -> int:
        return len(self._by_study)

    def watch(self, study: Study, who: object, watcher: Watcher) -> Job:
        """The job of this study, begun if there is none; `watcher` hears of everything new in it."""
        key = self.cache.key(study)
        with self.lock:
            known = self._by_study.get(key)
            fresh = known is None or known.state in ("stopped", "failed")
            job = self._by_study[key] = Job(study, self) if known is None or fresh else known
            job._watchers[who] = watcher
        if fresh:
            job.thread.start()
        else:
            job.resume(who)
            watcher(job)
        return job

    def leave(self, job: Job, who: object) -> None:
        """Stop watching; the last one to leave stops the job."""
        with self.lock:
            job._watchers.pop(who, None)
            job._paused_by.discard(who)
            if not job._watchers:
                if job.state in ("running", "paused"):
                    job.stop()
                key = self.cache.key(job.study)
                if self._by_study.get(key) is job:
                    del self._by_study[key]

    def ended(self, job: Job) -> None:
        """A job that is done stays as long as somebody looks at it, so that a hall with one link holds its cells once."""
        with self.lock:
            key = self.cache.key(job.study)
            if self._by_study.get(key) is job and not (job.state == "done" and job._watchers):
                del self._by_study[key]
        job._share.shutdown()

    def close(self) -> None:
        with self.lock:
            jobs = list(self._by_study.values())
        for job in jobs:
            job.stop()
        self.executor.close()
