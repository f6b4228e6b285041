"""Every parameter of the system once: symbol, meaning, default, what is accepted, what a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.parameters import BaseSettings, parameter, parameters_of, unused_of
from core.random import LARGEST_SEED, seed_field
from core.segments.attention import ATTENTIONS
from core.segments.block import Architecture
from core.segments.replay import METHODS
from core.segments.retention import SCALINGS
from core.segments.tasks import TASKS

ON, OFF = "on", "off"


def _on_off() -> tuple[str, ...]:
    return ON, OFF


@dataclass(frozen=True)
class Settings(BaseSettings):
    """All that decides a training, and the sequence that is read after it."""

    segments: int = parameter(
        8, "segments", "how many segments a sequence is cut into", low=1, high=64, shown=(2, 16), called="segments", slider=1
    )
    theta: float = parameter(
        0.3, "θ", "how fast the retention factor falls from segment to segment: a cycle in units of the slow process’s time",
        low=0.001, high=5.0, shown=(0.01, 1.0), scale="log", called="forgetting", axis="decay θ of the retention factor",
        slider=2, bends=True, only_with=("retention", ("printed", "scaled")),
    )  # fmt: skip
    retention: str = parameter(
        "printed", "RF", "what the memory is multiplied by between segments: nothing, RF as printed (sum 1), RF × segments "
        "(mean 1), or the same share for all",
        choices=lambda: SCALINGS, called="retention", bends=True,
        choices_called={"off": "off", "printed": "as printed, sum 1", "scaled": "× T, mean 1", "uniform": "uniform, 1/T"},
    )  # fmt: skip
    task: str = parameter(
        "latest", "task", "what is to be answered after the last segment",
        choices=lambda: TASKS, choices_called={name: task.title for name, task in TASKS.items()},
    )  # fmt: skip
    attention: str = parameter(
        "astro", "attention", "attention inside a segment",
        choices=lambda: ATTENTIONS, choices_called={"astro": "astrocyte’s", "linear": "plain linear", "softmax": "softmax"},
    )  # fmt: skip
    feedback: float = parameter(
        0.25, "α", "exponent of the astrocyte’s feedback, which divides what a query finds",
        low=0.01, high=4.0, shown=(0.1, 1.0), called="feedback", axis="exponent of the feedback", slider=3,
        only_with=("attention", "astro"),
    )  # fmt: skip
    astro_positions: str = parameter(
        ON, "H_astro", "whether the astrocyte’s attention has its term of relative positions",
        choices=_on_off, called="astrocyte’s positions", only_with=("attention", "astro"),
    )  # fmt: skip
    positions: str = parameter(
        ON, "positions", "whether tokens are given positions that are learned", choices=_on_off, called="learned positions"
    )
    method: str = parameter(
        "replay", "method", "how the gradient is found on the way back through the segments",
        choices=lambda: METHODS, called="backward pass",
        choices_called={
            "bptt": "everything kept", "replay": "replay", "literal": "replay, as printed if taken literally",
            "truncated": "truncated at the segment",
        },
    )  # fmt: skip
    rows: int = parameter(2, "M", "rows of the memory", low=1, high=8, shown=(1, 4), called="memory rows", slider=4)
    steps: int = parameter(300, "steps", "steps of training", low=0, high=5000, shown=(100, 1000), called="steps", slider=5)
    seed: int = seed_field()
    sequence: int = parameter(
        0, "sequence", "which of the new sequences is read after the training", low=0, high=LARGEST_SEED, called="sequence read"
    )

    @property
    def architecture(self) -> Architecture:
        task = TASKS[self.task]
        return Architecture(
            len(task.symbols),
            len(task.answers),
            rows=self.rows,
            attention=self.attention,
            feedback=self.feedback,
            astro_positions=self.astro_positions == ON,
            positions=self.positions == ON,
        )

    def of_training(self) -> Settings:
        """The same training in its plainest settings: what has no say in it is at its default."""
        known, values = parameters_of(type(self)), self.as_dict()
        return type(self)(**{**values, "sequence": 0, **{name: known[name].default for name in unused_of(known, values)}})


def training_parameters() -> Mapping[str, Any]:
    """The parameters that decide a training: all but the sequence that is read."""
    return {name: known for name, known in parameters_of(Settings).items() if name != "sequence"}
