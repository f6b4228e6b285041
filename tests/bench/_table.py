"""A table that is printed row by row, and the clock that all benchmarks share."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], repeats: int = 5, warm: bool = True) -> float:
    """The median time of a piece of work."""
    if warm:
        work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def in_turn(first: Callable[[], object], second: Callable[[], object], repeats: int = 5) -> tuple[float, float]:
    """The median times of two pieces of work, taken in turn: a processor that changes its pace meanwhile does so for both."""
    rounds = [(seconds(first, 1, warm=False), seconds(second, 1, warm=False)) for _ in range(repeats + 1)][1:]
    return statistics.median(one for one, _ in rounds), statistics.median(other for _, other in rounds)


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def row(name: str, value: str, wanted: str = "", held: bool | None = None) -> None:
    """One line: what, how much, what was wanted, and whether it was so."""
    mark = "" if held is None else ("  yes" if held else "  NO")
    print(f"{name:<74}{value:>22}{wanted:>14}{mark}", flush=True)
