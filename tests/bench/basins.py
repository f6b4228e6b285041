"""Basins: how soon the coarse triangles are seen, how fast the whole ones are there, and what that is in cells a second."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from core.retrieval.basins import basin_study
from tests.bench._engine import by_engine
from tests.bench._table import heading, row, seconds

COARSE = 2 * 231  # 21 points along the sides of two triangles
BEL = (1, 4, 11)
LETTERS = {"memories": BEL, "family": "letters", "horizon": 1000.0}
COINS = {"N": 30, "K": 100, "horizon": 1000.0}
REPEATS = 3


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench basins", description=__doc__)
    parser.add_argument("--points", type=int, default=81, help="along a side")
    points = parser.parse_args(arguments).points
    studies = {
        "letters B, E, L: τ_p = 0 and 10 (the page's default)": basin_study(points=points, **LETTERS),
        "  with signs": basin_study(points=points, blend="signs", **LETTERS),
        "random, N = 30, K = 100: τ_p = 0 and 10": basin_study(points=points, **COINS),
        "  Hopfield instead, and dense": basin_study("model", ("hopfield", "dense"), points=points, **COINS),
    }
    heading(f"Two triangles of {points} points along a side, in this process")
    for name, study in studies.items():
        took = seconds(lambda study=study: list(study.run()), REPEATS)
        row(name, f"{took:.2f} s", "≤ 3 s", took <= 3)
        row("  cells a second", f"{study.count / took:.0f}")
    heading("The same by an engine of two workers that are there already: until the coarse triangles, and the whole ones")
    for name, study in studies.items():
        coarse, whole = by_engine(study, COARSE)
        row(name, f"{coarse:.2f} s coarse", "≤ 0.5 s", coarse <= 0.5)
        row("  whole", f"{whole:.2f} s")
        row("  cells a second", f"{study.count / whole:.0f}")


if __name__ == "__main__":
    main()
