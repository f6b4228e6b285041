"""Sessions opened, used and left, many times over: nothing may stay behind."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Sequence

import psutil
from tornado.httpclient import AsyncHTTPClient

from tests.bench._table import heading, row
from tests.bench._visitors import Served, Visitor

UNUSED_SECONDS = 2.0
SETTLE = 12.0


async def one(url: str, chance: random.Random) -> bool:
    """A visitor who changes a few things and leaves, now and then without a word."""
    visitor = Visitor(url)
    try:
        await visitor.arrive()
        for label in chance.sample(["T", "tau_p", "tau_x"], 2):
            await visitor.slide(label)
        await visitor.tell({"do": "undo"})
        if chance.random() < 0.1:
            visitor.vanish()
        else:
            visitor.leave()
        return True
    except Exception:
        visitor.leave()
        return False


async def use(url: str, sessions: int, at_once: int, seed: int = 1) -> int:
    """How many of so many sessions failed."""
    AsyncHTTPClient.configure(None, max_clients=at_once + 10)
    chance, left, failed = random.Random(seed), sessions, 0

    async def visitors() -> None:
        nonlocal left, failed
        while left > 0:
            left -= 1
            if not await one(url, chance):  # counted after the wait, not around it
                failed += 1

    await asyncio.gather(*(visitors() for _ in range(at_once)))
    return failed


def held(served: Served) -> dict[str, int]:
    """What a server holds: processes, threads, files and sockets."""
    process = psutil.Process(served.process.pid)
    return {"processes": len(served.family()), "threads": process.num_threads(), "files": process.num_fds()}


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench endurance", description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--at-once", type=int, default=20)
    asked = parser.parse_args(given)
    part = asked.sessions // 4
    with Served(GLIASCOPE_UNUSED_SECONDS=str(UNUSED_SECONDS)) as served:
        heading(f"{asked.sessions} sessions opened, used and left, {asked.at_once} at a time")
        memory, things, failures, began = [], [], 0, time.perf_counter()
        for quarter in range(4):
            failures += asyncio.run(use(served.url, part, asked.at_once, seed=quarter))
            time.sleep(SETTLE)
            memory.append(served.memory())
            things.append(held(served))
            row(
                f"after {part * (quarter + 1)}: memory (MB), processes, threads, files",
                f"{memory[-1]:.0f}, {[*things[-1].values()]}",
            )
        row("seconds", f"{time.perf_counter() - began:.0f}")
        growth = memory[-1] / memory[0] - 1
        row("memory after the last quarter against the first", f"{100 * growth:+.1f} %", "≤ 10 %", growth <= 0.10)
        same = all(things[-1][name] <= things[0][name] + 2 for name in things[0])
        row("processes, threads and files left behind", "none" if same else str(things[-1]), "none", same)
        left = served.figure("sessions")
        row("sessions left", f"{left:.0f}", "0", left == 0)
        row("sessions that failed", str(failures), "0", failures == 0)
        trouble = served.trouble()
        row("unforeseen errors in the log", str(len(trouble)), "0", not trouble)
        for line in trouble[:3]:
            print("   ", line[:160])
    return 0 if growth <= 0.10 and same and not left else 1
