"""The energy as a landscape, of which a part is held as it is in a frame of a run, and which changes with that part.

The gain simplex of three memories, with the neurons held: which way gains would move from anywhere in it, and how high it is.
The line from a rival to the target, with the gains held: what neurons would roll down.
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


# ------------------------------------------------------------------------------------------------ from a rival to the target

WHOLE = 1 - 1e-12  # the largest rate there is: a whole ±1 would need an endless activation


def has_gains(run: RetrievalRun) -> bool:
    """Whether the run has gains of its own, which shape the energy of its neurons."""
    return isinstance(run.memory, AstrocyteMemory)


def along(run: RetrievalRun, rows: np.ndarray, rival: int, points: np.ndarray) -> np.ndarray:
    """L (9) on the line from a rival (0) to the target (1), for the gains of each row: (rows, M), up to a constant of the row.

    Only the neurons in which the two memories differ go along it, all at the same rate; all else is as it is.
    """
    memory = run.memory
    assert isinstance(memory, AstrocyteMemory)  # as has_gains says
    signs, p, rates = _apart(run, rival), run.p[rows], 2 * points - 1
    count = np.count_nonzero(signs)
    held = np.where(signs == 0, run.g[rows], 0.0) @ run.patterns
    toward = signs @ run.patterns
    x = np.arctanh(np.clip(rates, -WHOLE, WHOLE))[:, None] / memory.sigma
    neurons = count * (memory.neurons_energy(x) + memory.own_coupling(x))
    gained = [np.sum(p * memory.score(held + rate * toward), axis=-1) for rate in rates]
    return np.asarray(neurons - memory.strength * np.stack(gained, axis=-1))


def stands(run: RetrievalRun, rows: np.ndarray, rival: int) -> np.ndarray:
    """Where on that line the neurons of each row are, by the mean rate of those that differ."""
    signs = _apart(run, rival)
    return np.asarray((1 + run.g[rows] @ signs / max(1, np.count_nonzero(signs))) / 2)


def _apart(run: RetrievalRun, rival: int) -> np.ndarray:
    """The target's sign where a rival has another, 0 elsewhere."""
    target, other = run.patterns[:, run.target].astype(float), run.patterns[:, rival]
    return np.where(target == other, 0.0, target)
