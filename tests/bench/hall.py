"""A lecture hall: so many visitors within ten seconds, then each changes something every five; beside a stock Panel page."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tornado.httpclient import AsyncHTTPClient

from tests.bench._table import heading
from tests.bench._visitors import Served, Visitor, quantile

ARRIVE, STAY, GAP = 10.0, 20.0, 5.0  # seconds
LIMIT = 100  # visitors for whom the promises are made, on two processors
TO_DOCUMENT, TO_ANSWER = 5.0, 0.5


@dataclass
class Told:
    """What a hall has seen."""

    loads: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


async def visit(url: str, told: Told, until: float, least: int) -> None:
    visitor = Visitor(url)
    visitor.least = least
    try:
        told.loads.append(await visitor.arrive())
        await asyncio.sleep(random.random() * GAP)
        while time.perf_counter() < until:
            told.changes.append(await visitor.slide("T"))
            await asyncio.sleep(random.expovariate(1 / GAP))
    except Exception as error:
        told.failures.append(f"{type(error).__name__}: {error}"[:80])
    finally:
        visitor.leave()


async def hall(url: str, visitors: int, least: int) -> Told:
    AsyncHTTPClient.configure(None, max_clients=visitors + 10)
    told, until = Told(), time.perf_counter() + ARRIVE + STAY
    tasks = []
    for _ in range(visitors):
        tasks.append(asyncio.ensure_future(visit(url, told, until, least)))
        await asyncio.sleep(ARRIVE / visitors)
    await asyncio.gather(*tasks)
    return told


def measure(name: str, module: str, processes: int, visitors: int, least: int) -> bool:
    with Served("--num-procs", str(processes), module=module) as served:
        empty, busy, began = served.memory(), served.cpu(), time.perf_counter()
        told = asyncio.run(hall(served.url, visitors, least))
        took = time.perf_counter() - began
        held = quantile(told.loads, 0.95) <= TO_DOCUMENT and quantile(told.changes, 0.95) <= TO_ANSWER and not told.failures
        print(
            f"{name:<12}{processes:>6}{visitors:>10}"
            f"{1e3 * quantile(told.loads, 0.5):>10.0f}{1e3 * quantile(told.loads, 0.95):>8.0f}"
            f"{len(told.changes):>10}{1e3 * quantile(told.changes, 0.5):>8.0f}{1e3 * quantile(told.changes, 0.95):>8.0f}"
            f"{len(told.failures):>8}{100 * (served.cpu() - busy) / took:>8.0f}{empty:>8.0f}{served.memory():>6.0f}"
            f"{'  yes' if held else '  NO'}",
            flush=True,
        )
        for failure in sorted(set(told.failures))[:3]:
            print(f"    {failure}")
    return held


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench hall", description=__doc__)
    parser.add_argument("--visitors", default="25,50,100,200,300")
    parser.add_argument("--processes", default="1,2")
    parser.add_argument("--stock", default="25,50,100,200,300", help="visitors of the stock page; empty: none")
    asked = parser.parse_args(given)
    heading(f"A hall: arriving within {ARRIVE:g} s, then a change every {GAP:g} s each, for {STAY:g} s; times in ms")
    print(
        f"{'page':<12}{'procs':>6}{'visitors':>10}{'load p50':>10}{'p95':>8}{'changes':>10}{'p50':>8}{'p95':>8}"
        f"{'failed':>8}{'CPU %':>8}{'MB':>8}{'then':>6}  p95 ≤ {TO_DOCUMENT:g} s and ≤ {1e3 * TO_ANSWER:g} ms, none failed"
    )
    held = True
    for processes in _numbers(asked.processes):
        for visitors in _numbers(asked.visitors):
            good = measure("Gliascope", "app", processes, visitors, 2_000)
            held = held and (good or visitors > LIMIT)
        for visitors in _numbers(asked.stock):
            measure("stock Panel", "tests.bench.stock_page", processes, visitors, 500)
    return 0 if held else 1


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]
