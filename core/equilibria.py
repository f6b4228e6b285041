"""Where a run comes to rest: the fixed point near its end, how exactly, and whether it is stable."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core import registry
from core.dynamics import Dynamics, State
from core.parameters import Refusal
from core.run import RelaxingRun, Run

MOST_ROUNDS = 20_000
LARGEST = 1500  # variables of which the Jacobian's eigenvalues are still computed: they take about ten seconds there


@dataclass(frozen=True)
class Equilibrium:
    """A state in which every variable is at its goal, to the residuals given."""

    state: State
    observed: dict[str, np.ndarray]  # what is read off that state
    residuals: dict[str, float]  # by variable, as a fraction of its size; 0 for what is frozen
    eigenvalues: np.ndarray  # of the Jacobian of the dynamics there, largest real part first
    found: bool  # whether the residuals are below the tolerance

    @property
    def stable(self) -> bool:
        """Whether every small displacement dies out."""
        return bool(np.all(self.eigenvalues.real < 1e-9))


def find_equilibrium(run: Run, tolerance: float = 1e-10) -> Equilibrium:
    """The fixed point into whose basin the last frame of a run has fallen: the same descent, with steps of full length."""
    if not isinstance(run, RelaxingRun):
        kind = type(run).__name__
        sentence = f"the run is a {kind}: it must be one of a system that relaxes, for others have no rest states"
        raise Refusal("run", kind, "a run of a system that relaxes", key="relaxing", sentence=sentence)
    dynamics = run.dynamics
    size = sum(run.variables[v][0].size for v in dynamics.variables)
    if size > LARGEST:
        sentence = f"the run has {size} variables: it must have at most {LARGEST} for the Jacobian at its equilibrium"
        raise Refusal("run", size, f"at most {LARGEST} variables", key="jacobian", sentence=sentence, most=LARGEST)
    state = dynamics.complete({v: run.variables[v][-1] for v in dynamics.variables})
    h = dynamics.longest_step()
    for _ in range(MOST_ROUNDS):
        if max(dynamics.residuals(state).values()) <= tolerance:
            break
        state = dynamics.step(state, h)
    residuals = dynamics.residuals(state)
    found = max(residuals.values()) <= tolerance
    found_class = registry.system_named(run.system).equilibrium_class or Equilibrium
    return found_class(state, dynamics.observe(state), residuals, _eigenvalues(dynamics, state), found)


def _eigenvalues(dynamics: Dynamics, state: State) -> np.ndarray:
    """Of the Jacobian of v̇ = rate (goal(v) − v): frozen variables stay out, instant ones are eliminated by what they follow.

    A common shift of a variable that is known only up to one is left out.
    """
    relaxations = dynamics.relaxations(state)
    live = [v for v, (speed, _) in relaxations.items() if speed > 0]
    if not live:
        return np.zeros(0)
    inward = {v: _basis(state[v].size, v in dynamics.shift_free) for v in live}
    blocks = {v: _derivatives(dynamics, state, v, inward[v], live) for v in live}  # ∂goal_w/∂v
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


def _basis(size: int, shift_free: bool) -> np.ndarray:
    """Orthonormal directions in which a variable can move: all, but for a common shift that means nothing."""
    if not shift_free or size == 1:
        return np.eye(size)
    shift = np.ones((size, 1)) / math.sqrt(size)
    return np.linalg.qr(np.hstack([shift, np.eye(size)[:, 1:]]))[0][:, 1:]


def _derivatives(dynamics: Dynamics, state: State, v: str, directions: np.ndarray, of: list[str]) -> dict[str, np.ndarray]:
    """Central differences of every goal along the directions of one variable, all directions in one batch."""
    shape = state[v].shape
    step = 1e-6 * max(1.0, float(np.abs(state[v]).max()) * 1e-2)
    change = (directions.T * step).reshape(-1, *shape)
    still = {w: np.broadcast_to(state[w], (len(change), *state[w].shape)) for w in dynamics.variables}
    ahead, behind = (
        dynamics.relaxations(dynamics.complete({**still, v: state[v] + sign * change})) for sign in (1.0, -1.0)
    )  # fmt: skip
    return {w: ((ahead[w][1] - behind[w][1]) / (2 * step)).reshape(len(change), -1).T for w in of}


def _sorted(eigenvalues: np.ndarray) -> np.ndarray:
    return eigenvalues[np.argsort(-eigenvalues.real)]
