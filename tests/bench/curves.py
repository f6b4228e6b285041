"""How many pixels drawn curves are from SciPy's, how late their dates, and what that costs: adaptive steps against split ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.chapters.retrieval.chapter import CHAPTER
from core import simulate
from tests.bench._table import heading, in_turn, row
from tests.core.pixels import late, pixels, random_setting, solved

PIXEL, SHARE, DATE = 1.0, 0.9, 0.01
NAMED = ("recall", "mirror", "simplex", "linear", "hot", "attention")  # scenes that are promised to be true to a pixel
REPEATS = 25


def main(arguments: Sequence[str] = ()) -> None:
    count = int(arguments[0]) if arguments else 300
    scenes = [(key, scene) for key, scene in CHAPTER.scenes.items() if "bends" not in scene.parameters]
    for integrator in ("split", "adaptive"):
        heading(f"{integrator}: pixels of 520 × 230 from SciPy (overlaps or gains; energy), the worst date")
        for key, scene in scenes:
            off, energy, wrong = judged(scene.parameters, integrator)
            value = f"{off:.2f} px; {energy:.2f} px; {wrong:.2%}"
            wanted = integrator == "adaptive" and key in NAMED
            row(key, value, "≤ 1 px, 1 %" if wanted else "", (off <= PIXEL and wrong <= DATE) if wanted else None)
        rng = np.random.default_rng(0)
        found = np.array([judged(random_setting(rng), integrator) for _ in range(count)])
        for name, values, most in (("pixels", found[:, 0], PIXEL), ("worst date", found[:, 2], DATE)):
            share = float(np.mean(values <= most))
            told = " ".join(f"{value:.3g}" for value in np.percentile(values, [50, 90, 95, 99, 100], method="lower"))
            held = share >= SHARE if integrator == "adaptive" else None
            row(f"{count} random settings, {name}: share within {most:g}", f"{share:.1%}", f"≥ {SHARE:.0%}", held)
            row("  its 50, 90, 95, 99 and 100 %", told)

    heading("Time and frames of a run, adaptive against split")
    for key, scene in scenes:
        runs = [simulate(**scene.parameters, integrator=integrator) for integrator in ("split", "adaptive")]
        split, adaptive = in_turn(
            lambda given=scene.parameters: simulate(**given),
            lambda given=scene.parameters: simulate(**given, integrator="adaptive"),
            REPEATS,
        )
        frames = len(runs[1].t) / len(runs[0].t)
        row(key, f"{adaptive / split:.2f}×, frames {frames:.2f}×", "≤ 4×, 1.3×", adaptive <= 4 * split and frames <= 1.3)


def judged(given: dict[str, Any], integrator: str) -> tuple[float, float, float]:
    run = simulate(**given, integrator=integrator)
    true = solved(run)
    off = pixels(run, true)
    return max(off["overlaps"], off.get("gains", 0.0)), off["energy"], max(late(run, true).values(), default=0.0)
