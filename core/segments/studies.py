"""What is studied of the system: accuracy where forgetting helps and where it makes the first segment unlearnable.

Every trial is a training of its own seed, one to two seconds of a processor at eight segments.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from core.segments.replay import METHODS
from core.segments.retention import SCALINGS
from core.segments.tasks import TASKS
from core.studies import Study
from core.system import Figure

SYSTEM = "segments"
SEEDS = 5  # enough for an error bar, few enough to wait for: the first weights decide single trainings
LONGEST, THETAS = 16, (0.01, 1.0)


def _segments(points: int) -> list[int]:
    return sorted({round(v) for v in np.linspace(2, LONGEST, points)})


def _thetas(points: int) -> list[float]:
    return [float(f"{v:.12g}") for v in np.geomspace(*THETAS, points)]


AXES = {
    "segments": _segments,
    "theta": _thetas,
    "retention": lambda points: list(SCALINGS),
    "task": lambda points: list(TASKS),
    "method": lambda points: list(METHODS),
}


def trainings(
    across: str, up: str, *, title: str, points: int = 8, trials: int = SEEDS, seed: int = 0, dtype: Any = "float64", **given: Any
) -> Study:
    """Trainings over two parameters; values of an axis may be given by its name."""
    axes = {name: given.pop(name, None) or AXES[name](points) for name in (across, up)}
    return Study.of(title, axes, trials, seed, dtype, given, SYSTEM)


FIGURES = {
    name: Figure(partial(trainings, across, up, title=name), f"accuracy over {across} × {up} (not in the paper)")
    for name, across, up in (
        ("forgetting", "segments", "theta"),
        ("scalings", "segments", "retention"),
        ("methods", "task", "method"),
    )
}
