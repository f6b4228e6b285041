"""What segments cost: attention against their length, a training, and replay against everything kept."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.segments import train
from core.segments.attention import KernelAttention, SoftmaxAttention, attention_of, phi
from core.segments.block import Block, Weights
from core.segments.replay import numbers_held, way_back
from core.segments.settings import Settings
from core.segments.training import BATCH, factors_of, sequences_of
from tests.bench._table import heading, in_turn, row, seconds

WIDTH = 64
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096, 8192)
FIRST_OF_SLOPE = 512  # below it, calls cost as much as numbers
LOOPED = 4096  # short ones are repeated until they take as long as one of this length


def main(arguments: Sequence[str] = ()) -> None:
    heading(f"Attention of N places, d = m = {WIDTH}, float32, forward ({platform.machine()}, NumPy {np.__version__})")
    times = {name: [attention_time(name, N) for N in LENGTHS] for name in ("astro", "linear", "softmax")}
    for i, N in enumerate(LENGTHS):
        row(f"N = {N}", "  ".join(f"{name} {taken[i] * 1e3:.2f} ms" for name, taken in times.items()))
    for name, wanted, most in (("astro", 1.0, 0.2), ("linear", 1.0, 0.2), ("softmax", 2.0, 0.25)):
        slope = slope_of(times[name])
        row(f"  slope of {name} from N = {FIRST_OF_SLOPE}", f"{slope:.2f}", f"{wanted:g} ± {most:g}", abs(slope - wanted) <= most)

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

    heading(f"One step back by replay, and with everything kept: batch {BATCH}, time in turn, numbers held")
    for segments in (2, 4, 8, 12, 16):
        compare(segments)


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


def slope_of(times: Sequence[float]) -> float:
    long = [i for i, N in enumerate(LENGTHS) if N >= FIRST_OF_SLOPE]
    return float(np.polyfit(np.log([LENGTHS[i] for i in long]), np.log([times[i] for i in long]), 1)[0])


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
