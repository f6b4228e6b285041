"""What a run is: the moments that were computed, everything that is observed along them, and how it ended, in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from core.between import with_frames_between
from core.dynamics import Dynamics, State
from core.integrate import INTEGRATORS, Numerics, integrate

AT_REST, NOT_CONVERGED = "at rest", "not converged"


@dataclass(frozen=True)
class Run:
    """Frames s = 0 … S−1 of one trial. A system whose frames are steps of its own derives its runs from this."""

    system: str
    t: np.ndarray
    variables: State  # the system's own variables, frames first
    settings: dict[str, Any]  # simulate(**run.settings) repeats the run
    steps: int

    @property
    def observables(self) -> dict[str, np.ndarray]:
        """What can be read off the frames, by name: one number or one row a frame."""
        return {}

    @property
    def has_energy(self) -> bool:
        """Whether there is an energy that never rises; without one, what speaks of energy raises an AttributeError."""
        return False

    @property
    def energy_parts(self) -> dict[str, np.ndarray]:
        raise AttributeError(f"a run of the system {self.system!r} has no energy")

    @property
    def energy(self) -> np.ndarray:
        raise AttributeError(f"a run of the system {self.system!r} has no energy")

    @cached_property
    def rises(self) -> np.ndarray:
        """How much the energy rose from each frame to the next (0 where it fell or only rounding moved it)."""
        rise = np.diff(self.energy)
        return np.where(rise > 1e-12 * np.maximum(1.0, np.abs(self.energy[1:])), rise, 0.0)

    @property
    def largest_rise(self) -> float:
        return float(self.rises.max(initial=0.0))

    @property
    def outcome(self) -> str:
        """How it ended: one of the system's `outcomes`, or nothing where it has none."""
        return ""

    @property
    def sentence(self) -> str:
        """How it ended, for people."""
        return f"Finished after {len(self.t)} frames."

    @property
    def counts(self) -> dict[str, int]:
        """The work, by kind."""
        return {"steps": self.steps}

    @property
    def segments(self) -> tuple[Run, ...]:
        """This run and those that it goes on from, the first one first."""
        earlier = self.settings.get("start")
        return (*earlier.segments, self) if isinstance(earlier, Run) else (self,)


@dataclass(frozen=True)
class Recording:
    """What the loop kept of one trial."""

    t: np.ndarray
    variables: State
    converged_at: float | None
    steps: int

    @classmethod
    def of(cls, dynamics: Dynamics, state: State, settings: Numerics, seed: int, start: float = 0.0) -> Self:
        """Integrate a batch of one trial and keep every frame."""
        times: list[float] = []
        frames: dict[str, list[np.ndarray]] = {v: [] for v in dynamics.variables}

        def record(t: float, state: State) -> None:
            times.append(t)
            for v, kept in frames.items():
                kept.append(state[v])

        ending = integrate(dynamics, state, settings, [seed], start=start, record=record)
        rest = float(ending.converged_at[0])
        t, variables = np.array(times), {v: np.concatenate(kept) for v, kept in frames.items()}
        if INTEGRATORS[settings.integrator].adapts and dynamics.noise([seed], start) is None:
            one = dynamics.take(0)
            t, variables = with_frames_between(one, t, one.complete(variables))
        return cls(t, variables, None if math.isnan(rest) else rest, int(ending.steps[0]))


@dataclass(frozen=True)
class RelaxingRun(Run):
    """The run of a system that relaxes. Observables are computed when first asked for, from the states of the frames."""

    dynamics: Dynamics
    converged_at: float | None

    @cached_property
    def state(self) -> State:
        """The complete states of all frames, as the dynamics complete them from their variables."""
        return self.dynamics.complete(self.variables)

    @cached_property
    def observables(self) -> dict[str, np.ndarray]:
        return self.dynamics.observe(self.state)

    @property
    def has_energy(self) -> bool:
        return self.dynamics.has_energy

    @cached_property
    def energy(self) -> np.ndarray:
        return self._with_energy(self.dynamics.energy)

    @cached_property
    def energy_parts(self) -> dict[str, np.ndarray]:
        return self._with_energy(self.dynamics.energy_parts)

    def _with_energy(self, read: Callable[[State], Any]) -> Any:
        if not self.has_energy:
            raise AttributeError(f"a run of the system {self.system!r} has no energy")
        return read(self.state)

    @property
    def outcome(self) -> str:
        return NOT_CONVERGED if self.converged_at is None else AT_REST

    @property
    def sentence(self) -> str:
        if self.converged_at is None:
            return f"Not converged by t = {self.t[-1]:.3g}."
        return f"At rest since t = {self.converged_at:.3g}."
