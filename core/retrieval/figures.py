"""The figures of arXiv:2604.25481 as studies, in the paper's settings, and one that it has not: capacity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from core.retrieval.capacity import capacity_study
from core.studies import FLIPS, Study, sweep_study
from core.system import Figure

SYSTEM = "retrieval"


def swept(
    axis: str, low: float, high: float, *, points: int = 25, models: Sequence[str] = ("astrocyte",), title: str, **given: Any
) -> Study:
    """Error, perplexity and convergence time over one parameter: figures 1 to 3."""
    values = given.pop(axis, None)
    if values is None:
        values = [float(f"{v:.12g}") for v in np.geomspace(low, high, points)]
    return sweep_study(axis, values, models=models, title=title, system=SYSTEM, **given)


def compared(
    *, points: int = 25, trials: int = 50, seed: int = 0, dtype: Any = "float64", title: str = "figure4", **given: Any
) -> Study:
    """Mean Hamming error over K × n, models side by side: figure 4."""
    models = given.pop("models", ("astrocyte", "hopfield", "neuron-astrocyte"))
    axes = {
        "model": tuple(models),
        "K": given.pop("K", sorted({round(k) for k in np.linspace(2, 200, points)})),
        FLIPS: given.pop(FLIPS, tuple(range(11))),
    }
    return Study.of(title, axes, trials, seed, dtype, {"N": 20, **given}, SYSTEM)


FIGURES = {
    "figure1": Figure(partial(swept, "tau_p", 1e-3, 1e3, title="figure1"), "τ_p"),
    "figure2": Figure(partial(swept, "tau_x", 1e-3, 1e3, title="figure2"), "τ_x"),
    "figure3": Figure(partial(swept, "T", 1e-3, 1e2, title="figure3"), "T"),
    "figure4": Figure(compared, "K × flipped entries, models side by side"),
    "capacity": Figure(capacity_study, "how many memories can be recalled, over N (not in the paper)"),
}
