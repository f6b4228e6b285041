"""The energy along the line between two patterns, with gates and cue as they are in a frame: what a gain would roll down."""

from __future__ import annotations

import numpy as np

from core.context.run import ContextRun


def along(run: ContextRun, rows: np.ndarray, points: np.ndarray) -> np.ndarray:
    """E with a share x of the gain at the target and 1 − x at the other, for each row and each x of `points`: (rows, M).

    Gates and cue are frozen, so what does not depend on the gains is left out.
    """
    goal = run.state["b"][rows] + run.settings["lam"] * run.s[rows]
    target, other = goal[:, run.target, None], goal[:, run.other, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.nan_to_num(points * np.log(points)) + np.nan_to_num((1 - points) * np.log1p(-points))
    return np.asarray(-points * target - (1 - points) * other + spread / run.settings["beta"])


def place(run: ContextRun, rows: np.ndarray) -> np.ndarray:
    """Where on that line the gains of each row are: the target's part of what both have, however little that is."""
    apart = run.r[rows, run.target] - run.r[rows, run.other]
    return np.asarray((1 + np.tanh(run.settings["beta"] * apart / 2)) / 2)
