"""A toy that relaxes: one variable, two parameters."""

from dataclasses import dataclass

import numpy as np

from core.dynamics import Dynamics
from core.integrate import horizon_field, integrator_field, resolution_field, tolerance_field
from core.parameters import BaseSettings, parameter
from core.random import seed_field, stream
from core.system import Observable, RelaxingSystem


@dataclass(frozen=True)
class Settings(BaseSettings):
    rate: float = parameter(1.0, "k", "how fast it falls", low=0.1, high=10.0, shown=(0.5, 5.0), slider=1, bends=True)
    height: float = parameter(2.0, "h", "from where it falls", low=0.0, high=9.0, shown=(1.0, 4.0), called="height")
    seed: int = seed_field()
    horizon: float = horizon_field()
    integrator: str = integrator_field()
    resolution: float = resolution_field()
    tolerance: float = tolerance_field()


class Decay(Dynamics):
    def start(self, seeds):
        drawn = [self.settings.height + stream(seed, "height").random() for seed in seeds]
        return self.complete({"x": np.array(drawn, dtype=self.dtype)[:, None]})

    def relaxations(self, state):
        return {"x": (self.settings.rate, np.zeros_like(state["x"]))}

    def energy_parts(self, state):
        return {"square": state["x"][..., 0] ** 2}

    def observe(self, state):
        return {"left": state["x"][..., 0]}


class DecaySystem(RelaxingSystem):
    name = "decay"
    title = "something that falls"
    settings_class = Settings
    dynamics_class = Decay
    observables = {"left": Observable("what is left", "metres"), "converged_at": Observable("time of rest", late=True)}


SYSTEM = DecaySystem()
