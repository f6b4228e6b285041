"""What breaks, what a visitor sees of it, and that nothing else stops."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import time
from contextlib import suppress

import psutil
import pytest

from app.words import words
from tests.bench._visitors import Served, Visitor, go

LABORATORY = words("app.studies")["study"]

STUDY = "benchmark?trials=400&models=astrocyte,hopfield"


def workers(served: Served) -> list[psutil.Process]:
    """The processes of the pool, which a server starts by way of a helper of its own."""
    return [one for one in served.family() if "forkserver" in " ".join(one.cmdline()) and one.ppid() != served.process.pid]


async def until(good, seconds: float = 30.0):
    end = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.1)


async def watch(served: Served, path: str = STUDY) -> Visitor:
    visitor = Visitor(served.url + path)
    visitor.url = served.url + path.partition("?")[0] + "?" + path.partition("?")[2]
    await visitor.arrive()
    await visitor.tell({"do": "ready"})
    return visitor


def reads(visitor: Visitor, sentence: str) -> bool:
    """Whether a visitor was told a sentence, up to what is filled in or is no plain letter."""
    start = re.split(r"[{’“]", sentence)[0]
    return any(start in said for said in visitor.heard)


async def others_are_served(served: Served) -> None:
    visitor = Visitor(served.url)
    await visitor.arrive()
    await visitor.slide("T")
    visitor.leave()


def test_a_worker_is_killed_in_the_middle_of_a_map():
    with Served("--workers", "1") as served:

        async def lose():
            visitor = await watch(served)
            await until(lambda: served.figure("pool_running") > 0 and workers(served))
            workers(served)[0].kill()
            await until(lambda: "a worker died; the pool is replaced" in served.log.read_text())
            await others_are_served(served)
            await until(lambda: reads(visitor, LABORATORY["worker_died"]))
            visitor.heard = []
            await until(lambda: reads(visitor, '"index"'))  # cells come again
            assert not reads(visitor, "Traceback") and not reads(visitor, LABORATORY["trouble"])
            visitor.leave()

        go(lose())
        assert "ready" in served.get("readyz")


def test_the_disk_of_the_cache_is_full():
    with Served("--workers", "1") as served:
        psutil.Process(served.process.pid).rlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # any file larger than this is refused

        async def fill():
            visitor = await watch(served, "benchmark?trials=2&models=astrocyte")
            await until(lambda: reads(visitor, LABORATORY["not_kept"]), 60)
            await until(lambda: reads(visitor, '"done"'))  # all cells came nevertheless
            await others_are_served(served)
            visitor.leave()

        go(fill())
        assert "ready" in served.get("readyz")


def test_the_scheduler_of_the_cluster_stops():
    distributed = pytest.importorskip("distributed")
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
    try:
        with Served("--scheduler", cluster.scheduler_address) as served:

            async def lose():
                visitor = await watch(served)
                await until(lambda: served.figure("pool_running") > 0)
                await asyncio.to_thread(cluster.close)
                await others_are_served(served)
                await until(lambda: reads(visitor, LABORATORY["trouble"]), 90)
                await others_are_served(served)
                visitor.leave()

            go(lose())
            assert served.get("healthz") == "ok\n"
            assert served.stop() < 5
    finally:
        with suppress(Exception):
            cluster.close()


def test_a_study_whose_visitor_was_cut_off_frees_the_pool():
    with Served("--workers", "1", GLIASCOPE_UNUSED_SECONDS="600") as served:

        async def leave():
            visitor = await watch(served)
            await until(lambda: served.figure("pool_running") > 0)
            visitor.vanish()  # no word, the line is just gone
            await until(lambda: served.figure("pool_running") + served.figure("pool_waiting") == 0, 20)
            assert served.figure("sessions") == 1  # it may come back

        go(leave())


def test_logs_are_one_json_object_a_line():
    with Served(GLIASCOPE_LOG="json") as served:
        go(others_are_served(served))
        lines = [line for line in served.log.read_text().splitlines() if not line.startswith("Gliascope is at")]
        assert lines and all(json.loads(line)["event"] for line in lines)
