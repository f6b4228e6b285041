"""The engine behind the maps: shares are fair, jobs are shared, stopped and resumed, and results survive mishaps."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.engine.cache import Cache
from app.engine.fair_executor import FairExecutor
from app.engine.jobs import Jobs
from app.engine.pools import dask_cluster, process_pool
from core.ensemble import run_batch
from core.studies import figure_study, map_study

SMALL = {"points": 3, "trials": 4, "K": 10, "horizon": 1.0}
LONG = {"points": 40, "trials": 40, "K": 100}


class Watch:
    """A visitor: remembers what was told, and can wait for something to become true."""

    def __init__(self):
        self.told = threading.Condition()

    def __call__(self, job):
        with self.told:
            self.told.notify_all()

    def until(self, true, seconds=60):
        with self.told:
            assert self.told.wait_for(true, seconds)


@pytest.fixture
def executor():
    executor = FairExecutor(lambda: process_pool(2), at_once=4)
    yield executor
    executor.close()


@pytest.fixture
def jobs(executor, tmp_path):
    jobs = Jobs(executor, Cache(tmp_path / "cache", 1 << 20))
    yield jobs
    jobs.close()


def finish(jobs, study, who="somebody"):
    watch = Watch()
    job = jobs.watch(study, who, watch)
    watch.until(lambda: job.state in ("done", "failed"))
    job.thread.join(10)
    return job


def same(cells, others):
    assert cells.keys() == others.keys()
    for index, cell in cells.items():
        for name in ("error", "hamming", "perplexity", "converged_at", "seeds"):
            np.testing.assert_array_equal(getattr(cell.trials, name), getattr(others[index].trials, name))


def plain(study):
    return {cell.index: cell for cell in study.run()}


def test_a_job_gives_the_numbers_of_the_plain_study(jobs):
    study = map_study("T", "noise", **SMALL)
    job = finish(jobs, study)
    assert job.state == "done"
    same(job.cells, plain(study))


def test_the_same_study_is_one_job_for_all_who_watch_it(jobs):
    study = map_study("T", "noise", **LONG)
    first = jobs.watch(study, "a", Watch())
    second = jobs.watch(map_study("T", "noise", **LONG), "b", Watch())
    assert first is second
    jobs.leave(first, "a")
    assert first.state == "running"  # the other one still looks


def test_a_job_that_nobody_watches_stops_and_its_cells_are_kept(jobs, executor):
    study = map_study("T", "noise", **LONG)
    watch = Watch()
    job = jobs.watch(study, "a", watch)
    watch.until(lambda: len(job.cells) >= 3)
    jobs.leave(job, "a")
    job.thread.join(30)
    assert job.state == "stopped"
    assert executor.waiting == 0
    deadline = time.monotonic() + 30
    while executor.under_way and time.monotonic() < deadline:
        time.sleep(0.05)
    assert executor.under_way == 0  # no worker computes for a visitor who left
    kept = jobs.cache.load(study)
    assert 3 <= len(kept) < job.total
    same(kept, job.cells)


def test_a_paused_job_computes_nothing_until_it_is_resumed(jobs, executor):
    watch = Watch()
    job = jobs.watch(map_study("T", "noise", **{**LONG, "points": 6}), "a", watch)
    watch.until(lambda: len(job.cells) >= 1)
    job.pause("a")
    assert job.state == "paused"
    deadline = time.monotonic() + 30
    while executor.under_way and time.monotonic() < deadline:
        time.sleep(0.05)
    held = len(job.cells)
    time.sleep(0.3)
    assert len(job.cells) <= held + 1  # a cell whose last batch was under way may still come
    job.resume("a")
    watch.until(lambda: job.state == "done")
    assert len(job.cells) == 36


def test_two_jobs_share_the_workers_in_turn():
    running, order = threading.Event(), []
    executor = FairExecutor(lambda: ThreadPoolExecutor(1), at_once=1)
    first, second = executor.share(), executor.share()
    head = first.submit(running.wait)
    futures = [first.submit(order.append, "first") for _ in range(3)] + [second.submit(order.append, "second") for _ in range(3)]
    running.set()
    for future in [head, *futures]:
        future.result(10)
    assert order in (["second", "first"] * 3, ["first", "second"] * 3)
    executor.close()


def test_a_result_survives_a_restart_and_is_taken_at_once(executor, tmp_path):
    study = figure_study(3, points=3, trials=4, K=10)
    finish(Jobs(executor, Cache(tmp_path, 1 << 20)), study)
    cache = Cache(tmp_path, 1 << 20)
    again = finish(Jobs(executor, cache), study)
    assert cache.hits == 1
    same(again.cells, plain(study))
    assert again._taken_over == again.total  # nothing was computed


def test_results_of_another_core_are_not_taken(jobs, monkeypatch):
    study = map_study("T", "noise", **SMALL)
    finish(jobs, study)
    assert len(jobs.cache.load(study)) == 9
    monkeypatch.setattr("app.engine.cache._numerics", lambda: b"another core")
    assert jobs.cache.load(study) == {}


def test_a_damaged_file_is_recomputed_and_never_shown(jobs):
    study = map_study("T", "noise", **SMALL)
    finish(jobs, study)
    path = next(jobs.cache.folder.glob("*.npz"))
    path.write_bytes(path.read_bytes()[:200])
    assert jobs.cache.load(study) == {}
    same(finish(jobs, study).cells, plain(study))


def test_the_cache_keeps_to_its_bound_and_drops_the_oldest_first(executor, tmp_path):
    cache = Cache(tmp_path, 12_000)
    jobs = Jobs(executor, cache)
    studies = [map_study("T", "noise", seed=seed, **SMALL) for seed in range(4)]
    for age, study in enumerate(studies):
        finish(jobs, study)
        path = tmp_path / f"{cache.key(study)}.npz"
        os.utime(path, (1000 + age, 1000 + age))
    assert sum(path.stat().st_size for path in tmp_path.glob("*.npz")) <= 12_000
    assert cache.load(studies[0]) == {}
    assert len(cache.load(studies[-1])) == 9


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_cache(executor, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    study = map_study("T", "noise", **SMALL)
    job = finish(Jobs(executor, Cache(blocked / "cache", 1 << 20)), study)
    assert (job.state, job.mishaps) == ("done", ["not_kept"])
    same(job.cells, plain(study))


def test_a_worker_that_dies_loses_no_cell_and_counts_none_twice(jobs, executor):
    study = map_study("T", "noise", **{**LONG, "points": 7})
    watch = Watch()
    job = jobs.watch(study, "a", watch)
    watch.until(lambda: len(job.cells) >= 2)
    os.kill(next(iter(executor._executor._processes)), signal.SIGKILL)
    watch.until(lambda: job.state in ("done", "failed"), 120)
    assert (job.state, job.mishaps) == ("done", ["worker_died"])
    assert sorted(job.order) == sorted(set(job.order))
    same(job.cells, plain(study))
    assert finish(jobs, map_study("T", "noise", **SMALL)).mishaps == []  # what happened to others' studies is not told


def test_whoever_waits_for_a_pool_that_does_not_come_holds_up_nobody(tmp_path):
    """A cluster that is gone keeps its clients waiting; pages go on asking, leaving and counting meanwhile."""
    asked, answer = threading.Event(), threading.Event()

    def gone():
        asked.set()
        answer.wait(30)
        raise TimeoutError

    executor = FairExecutor(gone, at_once=2)
    jobs = Jobs(executor, Cache(tmp_path, 1 << 20))
    watch = Watch()
    job = jobs.watch(map_study("T", "noise", **SMALL), "a", watch)
    assert asked.wait(10)
    done = threading.Event()

    def go_on():
        other = jobs.watch(map_study("T", "noise", **LONG), "b", lambda job: None)
        jobs.leave(other, "b")
        assert executor.waiting >= 0 and executor.under_way == 0
        done.set()

    threading.Thread(target=go_on, daemon=True).start()
    assert done.wait(5)
    answer.set()
    watch.until(lambda: job.state == "failed", 10)
    assert job.trouble == "TimeoutError"
    executor._make = lambda: ThreadPoolExecutor(1)
    assert finish(jobs, map_study("T", "noise", **SMALL)).state == "done"  # the next one asks for a pool again
    jobs.close()


def test_a_study_that_fails_says_so_and_the_next_one_runs(jobs, monkeypatch):
    broken = map_study("T", "noise", **SMALL)
    monkeypatch.setattr("core.studies.run_batch", _fail)
    job = finish(jobs, broken)
    assert job.state == "failed"
    assert job.trouble == "ZeroDivisionError"
    monkeypatch.setattr("core.studies.run_batch", run_batch)
    assert finish(jobs, broken).state == "done"


def _fail(*arguments):
    return 1 / 0


def test_a_dask_cluster_loses_no_cell_when_a_worker_is_killed(tmp_path):
    from distributed import LocalCluster

    study = map_study("T", "noise", **{**LONG, "points": 7})
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        executor = FairExecutor(lambda: dask_cluster(cluster.scheduler_address), at_once=8)
        jobs = Jobs(executor, Cache(tmp_path, 1 << 20))
        watch = Watch()
        job = jobs.watch(study, "a", watch)
        watch.until(lambda: len(job.cells) >= 2, 120)
        os.kill(cluster.workers[0].pid, signal.SIGKILL)
        watch.until(lambda: job.state in ("done", "failed"), 180)
        assert job.state == "done"
        assert sorted(job.order) == sorted(set(job.order))
        same(job.cells, plain(study))
        jobs.close()
