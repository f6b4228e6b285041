"""The context gate: what one run costs beside one of retrieval, and how soon a map of sixteen cases a cell is there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app import runs
from app.chapters import chapters
from core import simulate
from core.context.settings import Settings
from core.context.system import SYSTEM
from core.studies import map_study
from tests.bench._engine import by_engine
from tests.bench._table import heading, in_turn, row, seconds

CASES = {"pair": "drawn", "context": "target", "horizon": 20.0}
AXES = {
    name: (name, tuple(float(f"{value:.6g}") for value in values))
    for name, values in {
        "lam": np.geomspace(0.01, 8, 16), "alpha": np.linspace(0, 0.95, 16), "u0": np.geomspace(0.1, 100, 16),
        "tau_s": np.geomspace(0.01, 10, 16), "tau_q": np.geomspace(0.01, 10, 16),
    }.items()
}  # fmt: skip
MAPS = [(AXES["lam"], AXES["alpha"]), (AXES["lam"], AXES["u0"]), (AXES["tau_s"], AXES["tau_q"])]


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
    study = map_study(*MAPS[0], trials=16, system="context", **CASES)
    first, whole = by_engine(study, 1)
    row("until the first cells", f"{first:.2f} s", "≤ 0.5 s", first <= 0.5)
    row("whole", f"{whole:.2f} s", "≤ 10 s", whole <= 10)
    row("  cells a second", f"{study.count / whole:.0f}")

    heading("The same cases on whole maps, by the default steps and by half of them: share of equal outcomes")
    for (a, first_values), (b, second_values) in MAPS:
        halves = [
            [
                SYSTEM.run_batch(Settings.of({**CASES, a: x, b: y, "resolution": resolution}), range(16), "float64")["outcome"]
                for x in first_values
                for y in second_values
            ]
            for resolution in (1.0, 2.0)
        ]
        same = float((np.array(halves[0]) == np.array(halves[1])).mean())
        row(f"{a} × {b}", f"{100 * same:.2f} %", "≥ 99 %", same >= 0.99)


if __name__ == "__main__":
    main()
