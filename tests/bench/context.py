"""The context gate: what one run costs beside one of retrieval, and how soon a map of sixteen cases a cell is there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app import runs
from app.chapters import chapters
from core import simulate
from core.studies import map_study
from tests.bench._engine import by_engine
from tests.bench._table import heading, in_turn, row, seconds

CASES = {"pair": "drawn", "context": "target", "horizon": 20.0}


def main(arguments: Sequence[str] = ()) -> None:
    heading("One run, in this process")
    gate, usual = in_turn(lambda: simulate(model="context"), simulate, repeats=20)
    row("S or 5, split steps, of a default run of retrieval", f"{gate / usual:.2f}×")
    row("  by itself", f"{1e3 * gate:.1f} ms", "≤ 3 ms", gate <= 3e-3)
    adaptive, usual = in_turn(
        lambda: simulate(model="context", integrator="adaptive"), lambda: simulate(integrator="adaptive"), repeats=20
    )
    row("as pages play it, adaptive, of retrieval's likewise", f"{adaptive / usual:.2f}×")
    row("  by itself", f"{1e3 * adaptive:.1f} ms")
    chapter = chapters()["context"]
    values, _ = chapter.opening({})
    made = chapter.segments(values)
    packed = seconds(lambda: chapter.pack(made))
    row("  packed and told", f"{1e3 * packed:.1f} ms")
    row("  its message", f"{len(runs.message(chapter, runs.key_of(chapter, values))) / 1e3:.0f} kB")

    heading("A map of 16 × 16 cells over λ and α, 16 cases in each, by an engine of two workers that are there already")
    lam = tuple(float(f"{v:.6g}") for v in np.geomspace(0.01, 8, 16))
    alpha = tuple(float(f"{v:.6g}") for v in np.linspace(0, 0.95, 16))
    study = map_study(("lam", lam), ("alpha", alpha), trials=16, system="context", **CASES)
    first, whole = by_engine(study, 1)
    row("until the first cells", f"{first:.2f} s", "≤ 0.5 s", first <= 0.5)
    row("whole", f"{whole:.2f} s", "≤ 10 s", whole <= 10)
    row("  cells a second", f"{study.count / whole:.0f}")


if __name__ == "__main__":
    main()
