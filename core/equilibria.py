"""Where a run comes to rest: the fixed point near its end, how exactly it satisfies (10) and (11), and whether it is stable."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.memory import Memory, State
from core.trajectory import Run

MOST_ROUNDS = 20_000
LARGEST = 1500  # variables of which the Jacobian's eigenvalues are still computed: they take about ten seconds there


@dataclass(frozen=True)
class Equilibrium:
    """x* = W(p*) φ(x*) (10) and p* = softmax(f(x*)/T) (11), to the residuals given."""

    x: np.ndarray
    p: np.ndarray
    state: State
    residual_x: float  # max |x − W(p) g|, as a fraction of max(1, |x|)
    residual_p: float  # max |p − softmax(f/T)|; a frozen gain (τ_p = ∞) need not satisfy (11)
    eigenvalues: np.ndarray  # of the Jacobian of the dynamics there, largest real part first
    found: bool  # whether the residuals are below the tolerance

    @property
    def stable(self) -> bool:
        """Whether every small displacement dies out."""
        return bool(np.all(self.eigenvalues.real < 1e-9))


def find_equilibrium(run: Run, tolerance: float = 1e-10) -> Equilibrium:
    """The fixed point into whose basin the last frame of a run has fallen: the same descent, with steps of full length."""
    memory = run.memory
    size = sum(run.variables[v][0].size for v in memory.variables)
    if size > LARGEST:
        raise ValueError(f"the run has {size} variables: it must have at most {LARGEST} for the Jacobian at its equilibrium")
    state = memory.complete({v: run.variables[v][-1] for v in memory.variables})
    h = memory.longest_step()
    for _ in range(MOST_ROUNDS):
        if max(_residuals(memory, state)) <= tolerance:
            break
        state = memory.step(state, h)
    residual_x, residual_p = _residuals(memory, state)
    p = memory.gains(state)
    found = residual_x <= tolerance and residual_p <= tolerance
    return Equilibrium(state["x"], p, state, residual_x, residual_p, _eigenvalues(memory, state), found)


def _residuals(memory: Memory, state: State) -> tuple[float, float]:
    x = np.abs(state["x"] - state["drive"]).max() / max(1.0, np.abs(state["x"]).max())
    p = np.abs(memory.gains(state) - memory.attention(state)).max()
    frozen_x, frozen_p = (math.isinf(tau) for tau in (memory.tau_x, memory.tau_p))
    return 0.0 if frozen_x else float(x), 0.0 if frozen_p else float(p)


def _eigenvalues(memory: Memory, state: State) -> np.ndarray:
    """Of the Jacobian of v̇ = rate (goal(v) − v): frozen variables stay out, instant ones are eliminated by what they follow.

    The gains enter as y = log p, whose common shift softmax does not see: that direction is left out.
    """
    relaxations = memory.relaxations(state)
    live = [v for v, (speed, _) in relaxations.items() if speed > 0]
    if not live:
        return np.zeros(0)
    inward = {v: _basis(v, state[v].size) for v in live}
    blocks = {v: _derivatives(memory, state, v, inward[v], live) for v in live}  # ∂goal_w/∂v
    jacobian = {(w, v): inward[w].T @ blocks[v][w] - (np.eye(inward[v].shape[1]) if w == v else 0) for v in live for w in live}
    instant = [v for v in live if math.isinf(relaxations[v][0])]
    slow = [v for v in live if v not in instant]

    def stack(rows: list[str], columns: list[str]) -> np.ndarray:
        return np.block([[jacobian[w, v] for v in columns] for w in rows])

    if not slow:  # everything is instant: stable where the iteration contracts
        return _sorted(np.linalg.eigvals(stack(live, live)))
    whole = stack(slow, slow)
    if instant:
        whole = whole - stack(slow, instant) @ np.linalg.solve(stack(instant, instant), stack(instant, slow))
    speeds = np.concatenate([np.full(inward[v].shape[1], relaxations[v][0]) for v in slow])
    return _sorted(np.linalg.eigvals(speeds[:, None] * whole))


def _basis(variable: str, size: int) -> np.ndarray:
    """Orthonormal directions in which a variable can move: all, but for the common shift of y."""
    if variable != "y" or size == 1:
        return np.eye(size)
    shift = np.ones((size, 1)) / math.sqrt(size)
    return np.linalg.qr(np.hstack([shift, np.eye(size)[:, 1:]]))[0][:, 1:]


def _derivatives(memory: Memory, state: State, v: str, directions: np.ndarray, of: list[str]) -> dict[str, np.ndarray]:
    """Central differences of every goal along the directions of one variable, all directions in one batch."""
    shape = state[v].shape
    step = 1e-6 * max(1.0, float(np.abs(state[v]).max()) * 1e-2)
    change = (directions.T * step).reshape(-1, *shape)
    still = {w: np.broadcast_to(state[w], (len(change), *state[w].shape)) for w in memory.variables}
    ahead, behind = (
        memory.relaxations(memory.complete({**still, v: state[v] + sign * change})) for sign in (1.0, -1.0)
    )  # fmt: skip
    return {w: ((ahead[w][1] - behind[w][1]) / (2 * step)).reshape(len(change), -1).T for w in of}


def _sorted(eigenvalues: np.ndarray) -> np.ndarray:
    return eigenvalues[np.argsort(-eigenvalues.real)]
