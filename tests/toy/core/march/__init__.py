"""A toy without energy that does not relax: its frames are steps of its own."""

from dataclasses import dataclass

import numpy as np

from core.parameters import BaseSettings, parameter
from core.random import seed_field, stream
from core.run import Run
from core.system import Observable, System


@dataclass(frozen=True)
class Settings(BaseSettings):
    segments: int = parameter(8, "T", "how many steps are made", low=2, high=64, shown=(2, 16))
    drift: float = parameter(0.1, "v", "how far a step goes on average", low=-1.0, high=1.0, shown=(-1.0, 1.0))
    seed: int = seed_field()


class MarchRun(Run):
    @property
    def observables(self):
        return {"height": self.variables["height"]}


class March(System):
    name = "march"
    title = "a march of so many steps"
    settings_class = Settings
    observables = {"height": Observable("height", highest=True)}
    columns = {"height": float, "steps": int}
    summary = ("height",)

    def simulate(self, **given):
        settings = self.settings_from(given)
        steps = settings.drift + stream(settings.seed, "march").standard_normal(settings.segments)
        heights = {"height": np.concatenate([[0.0], np.cumsum(steps)])}
        t = np.arange(settings.segments + 1.0)
        return MarchRun(self.name, t, heights, self.given(settings), settings.segments)

    def planned_steps(self, settings, most):
        return min(settings.segments, most + 1), min(settings.segments, most + 1) + 1

    def frame_size(self, settings):
        return 2

    def restore(self, settings, frames):
        return MarchRun(self.name, frames.t, {"height": frames.arrays["height"]}, self.given(settings), len(frames.t) - 1)


SYSTEM = March()
