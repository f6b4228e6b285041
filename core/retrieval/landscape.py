"""The gain simplex of three memories as a landscape: which way gains would move from anywhere in it, and how high the energy is.

Neurons are held as they are in a frame of a run; the landscape changes with them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.retrieval.model import AstrocyteMemory
from core.retrieval.observe import RetrievalRun


def has_landscape(run: RetrievalRun) -> bool:
    """Whether the run has gains of its own, on a simplex that is a triangle."""
    return isinstance(run.memory, AstrocyteMemory) and run.memory.K == 3


def simplex_points(steps: int) -> np.ndarray:
    """Gains (M, 3) spread evenly over the inside of the triangle: the centres of its steps² small triangles."""
    up = [(i + 1 / 3, j + 1 / 3) for i in range(steps) for j in range(steps - i)]
    down = [(i + 2 / 3, j + 2 / 3) for i in range(steps - 1) for j in range(steps - 1 - i)]
    two = np.array(up + down) / steps
    return np.column_stack([two, 1 - two.sum(axis=1)])


def flow(run: RetrievalRun, rows: Sequence[int] | np.ndarray, points: np.ndarray) -> np.ndarray:
    """τ_p ṗ (6) at each point with the neurons of each row: (rows, M, 3)."""
    state = {"f": run.state["f"][rows][:, None, :], "p": points, "y": np.log(points)}
    memory = run.memory
    assert isinstance(memory, AstrocyteMemory)  # as has_landscape says
    return points * memory.advantage(state)


def energy(run: RetrievalRun, rows: Sequence[int] | np.ndarray, points: np.ndarray) -> np.ndarray:
    """L (9) at each point with the neurons of each row: (rows, M)."""
    held = {v: run.variables[v][rows][:, None, :] for v in run.variables if v != "y"}
    return run.memory.energy({**held, "f": run.state["f"][rows][:, None, :], "p": points, "y": np.log(points)})
