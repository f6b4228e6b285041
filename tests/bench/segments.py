"""What segments cost: attention against their length, a training, and replay against everything kept.

`--write` keeps the times of attention, with the name of the processor, in the file that the page of segments shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy comes: one thread, as a worker of the page has

import numpy as np
from playwright.sync_api import sync_playwright

from app.chapters.segments.chapter import CHAPTER as SEGMENTS
from app.chapters.segments.cost import FILE, FIRST_OF_SLOPE, Cost
from core.segments import train
from core.segments.attention import KernelAttention, SoftmaxAttention, attention_of, phi
from core.segments.block import Block, Weights
from core.segments.replay import numbers_held, way_back
from core.segments.settings import Settings
from core.segments.training import BATCH, factors_of, sequences_of
from tests.bench import page
from tests.bench._table import heading, in_turn, row, seconds
from tests.bench._visitors import PATIENCE, Served, Visitor, go, quantile

WIDTH = 64
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
KINDS = ("astro", "linear", "softmax")
ROUNDS, MOVES, GAP = 5, 20, 0.05  # seconds between two moves
MOST_LATER = 1.3  # times
LOOPED = 4096  # short ones are repeated until they take as long as one of this length


def main(arguments: Sequence[str] = ()) -> int:
    cost = attention_cost()
    heading(
        f"Attention of N places, d = m = {WIDTH}, float32, forward ({cost.machine}, {cost.threads} thread, NumPy {cost.numpy})"
    )
    for i, N in enumerate(LENGTHS):
        row(f"N = {N}", "  ".join(f"{name} {taken[i] * 1e3:.2f} ms" for name, taken in cost.seconds.items()))
    for name, wanted, most in (("astro", 1.0, 0.2), ("linear", 1.0, 0.2), ("softmax", 2.0, 0.25)):
        slope = cost.slope(name)
        row(f"  slope of {name} from N = {FIRST_OF_SLOPE}", f"{slope:.2f}", f"{wanted:g} ± {most:g}", abs(slope - wanted) <= most)
    row("  softmax takes longer from N =", f"{cost.crossing():.0f}")
    if "--write" in arguments:
        FILE.write_text(json.dumps(asdict(cost), indent=1) + "\n", encoding="utf-8")
        print(f"wrote {FILE.name}")
        return 0

    heading("A training of 300 steps, float32, with its way back")
    default = seconds(train, 3)
    row("the default, 8 segments", f"{default:.2f} s", "≤ 3 s", default <= 3)
    for segments in (2, 4, 16):
        row(f"{segments} segments", f"{seconds(lambda n=segments: train(segments=n), 1, warm=False):.2f} s")
    for name in ("linear", "softmax"):
        row(f"8 segments, {name}", f"{seconds(lambda n=name: train(attention=n), 1, warm=False):.2f} s")
    training = train(steps=1)
    row("accuracy on 1000 new sequences", f"{seconds(lambda: replace(training).accuracy) * 1e3:.0f} ms")  # a copy knows none
    row("one sequence read, with both walks back", f"{seconds(lambda: training.read(0)) * 1e3:.1f} ms")

    held = [default <= 3, *elsewhere(), *page.sessions(SEGMENTS)]
    with Served() as served, sync_playwright() as playwright:
        chromium = page.launched(playwright)
        held += page.playing(chromium, served, SEGMENTS)
        chromium.close()

    heading(f"One step back by replay, and with everything kept: batch {BATCH}, time in turn, numbers held")
    for segments in (2, 4, 8, 12, 16):
        compare(segments)
    return 0 if all(held) else 1


def elsewhere() -> list[bool]:
    """How soon a slider of another page is answered while a training is made, and while none is, in turn."""
    heading(f"A slider of the first page while one visitor's training is made, {ROUNDS} × {MOVES} moves of each kind")
    with Served() as served:
        quiet, training = go(_moved(served.url))
    p95 = {name: 1e3 * quantile(times, 0.95) for name, times in (("quiet", quiet), ("training", training))}
    ratio = p95["training"] / p95["quiet"]
    row("ms to the answer while nothing is trained, p95", f"{p95['quiet']:.1f}")
    row("ms to the answer while one trains, p95", f"{p95['training']:.1f}")
    row("  times as long", f"{ratio:.2f}×", f"≤ {MOST_LATER:g}×", ratio <= MOST_LATER)
    return [ratio <= MOST_LATER]


async def _moved(url: str) -> tuple[list[float], list[float]]:
    mover, learner = Visitor(f"{url}?seed=1"), Visitor(f"{url}segments")
    for visitor in (mover, learner):
        await visitor.arrive()
    await learner.tell({"do": "ready"})
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        for kind, kept in enumerate(times):
            if kind:
                learner.heard.clear()
                changes = [["steps", str(2000 - number)]]  # another training each time
                await learner.tell({"do": "set", "changes": {"type": "map", "entries": changes}})
                await asyncio.wait_for(_making(learner), PATIENCE)
            for _ in range(MOVES):
                took = await mover.slide()
                if number:  # the first round makes what is made once
                    kept.append(took)
                await asyncio.sleep(GAP)
            if kind:
                await learner.tell({"do": "cancel"})
                await asyncio.sleep(0.5)
    for visitor in (mover, learner):
        visitor.leave()
    return times


async def _making(learner: Visitor) -> None:
    while not any('"making"' in said for said in learner.heard):
        await asyncio.sleep(0.05)


def attention_cost() -> Cost:
    seconds_of = {kind: [float(f"{attention_time(kind, N):.4g}") for N in LENGTHS] for kind in KINDS}
    return Cost(processor(), np.__version__, int(os.environ["OPENBLAS_NUM_THREADS"]), WIDTH, LENGTHS, seconds_of)


def processor() -> str:
    """As its maker calls it, where the system says so."""
    known = Path("/proc/cpuinfo")
    lines = known.read_text().splitlines() if known.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (names or [platform.processor() or platform.machine()])[0]


def attention_time(name: str, N: int) -> float:
    rng = np.random.default_rng(0)
    Q, K, V = rng.standard_normal((3, 1, N, WIDTH)).astype(np.float32)
    relative = phi(rng.standard_normal((N, WIDTH))).astype(np.float32)
    attention: KernelAttention | SoftmaxAttention = attention_of(name, WIDTH, 0.25, relative if name == "astro" else None)
    loops = max(1, LOOPED // N) if name != "softmax" else max(1, LOOPED // N // 8)

    def work() -> None:
        for _ in range(loops):
            attention.forward(Q, K, V)

    return seconds(work, 3 if N * (name == "softmax") > 2048 else 7) / loops


def compare(segments: int) -> None:
    settings = Settings(segments=segments)
    block = Block(settings.architecture, Weights.drawn(settings.architecture, 0))
    tokens, right = sequences_of(settings, "sequences", BATCH, 0)
    factors = factors_of(settings)

    def back(method: str) -> None:
        for _ in range(10):
            way_back(block, tokens, right, factors, method)

    replayed, kept = in_turn(lambda: back("replay"), lambda: back("bptt"), 9)
    few, many = (numbers_held(block, BATCH, segments, method) for method in ("replay", "bptt"))
    row(f"{segments} segments: {few} numbers held against {many}, {many / few:.2f}× fewer", f"{replayed / kept - 1:+.0%} time")
