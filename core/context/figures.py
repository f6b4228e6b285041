"""Figures D.1 to D.3 of arXiv:2605.10970 as studies. What the paper leaves open is chosen: W₁ = Zᵀ, noise of σ/√N an entry."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from core.studies import Study
from core.system import Figure

SYSTEM = "context"
STILL = {"tau_q": math.inf}  # the cue is held


def accuracy(
    *, points: int = 12, trials: int = 200, seed: int = 0, dtype: Any = "float64", title: str = "d1", **given: Any
) -> Study:
    """D.1: how often the target is recalled from a noisy cue, for several couplings."""
    noise = tuple(float(f"{v:.12g}") for v in np.linspace(0, 3, points))
    axes = {"lam": given.pop("lam", (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)), "sigma_q": given.pop("sigma_q", noise)}
    # The paper iterates gates that are at rest; slower ones let the loop settle on what the noise says first.
    common = {"family": "gauss", "sigma_c": 0.3, "tau_s": 0.001, "horizon": 30.0, **STILL, **given}
    return Study.of(title, axes, trials, seed, dtype, common, SYSTEM)


def gates_alone(
    *, points: int = 25, trials: int = 20, seed: int = 0, dtype: Any = "float64", title: str = "d2", **given: Any
) -> Study:
    """D.2: the largest of softmax(βs) over competition, with gates that are driven alike and no coupling."""
    axes = {"alpha": given.pop("alpha", tuple(float(f"{v:.12g}") for v in np.linspace(0, 1.2, points)))}
    alike = {"context": "both", "u0": 0.04, "cue": "none"}  # 1/K for each gate
    common = {"family": "cluster", "lam": 0.0, "horizon": 200.0, **alike, **STILL, **given}
    return Study.of(title, axes, trials, seed, dtype, common, SYSTEM)


def feedback(
    origin: str,
    bias: str,
    *,
    points: int = 25,
    trials: int = 10,
    seed: int = 0,
    dtype: Any = "float64",
    title: str = "d3",
    **given: Any,
) -> Study:
    """D.3: the largest gain over competition, for several couplings, without a cue."""
    axes = {
        "lam": given.pop("lam", (0.5, 1.0, 1.5, 2.0, 2.5)),
        "alpha": given.pop("alpha", tuple(float(f"{v:.12g}") for v in np.linspace(0, 0.99, points))),
    }
    alike = {"context": "both", "u0": 0.04, "cue": "none", "beta": 5.0, "origin": origin, "bias": bias}
    common = {"family": "cluster", "horizon": 1000.0, **alike, **STILL, **given}
    return Study.of(title, axes, trials, seed, dtype, common, SYSTEM)


FIGURES = {
    "d1": Figure(accuracy, "noise of the cue, for several λ"),
    "d2": Figure(gates_alone, "α, the gates by themselves"),
    "d3": Figure(partial(feedback, "nudged", "none"), "α, for several λ, with feedback"),
    "d3-premise": Figure(
        partial(feedback, "nudged", "compensated"), "the same where equal gains rest, as Theorem C.2 asks (ours)"
    ),
    "d3-corner": Figure(partial(feedback, "corner", "compensated"), "the same from a recalled pattern: hysteresis (ours)"),
}
