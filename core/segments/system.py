"""The system as `core` knows it: a run is one sequence, read segment by segment by a block that was trained for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from core.run import Run
from core.segments import shell
from core.segments.block import Architecture, Block, Weights
from core.segments.reading import Reading
from core.segments.replay import numbers_of_segment
from core.segments.retention import products
from core.segments.settings import Settings
from core.segments.studies import FIGURES
from core.segments.trained import shipped, trained
from core.segments.training import BATCH, Training, factors_of
from core.segments.training_file import arrays_of, training_of
from core.system import Command, Frames, Observable, Paper, System, Unfit, refuse_other

RIGHT, WRONG = "right", "wrong"
PASSES = 3  # forward, forward again, back: how often a step of a training touches what a segment holds
LAST = 50  # steps over which the last loss is averaged
VARIABLES = ("tokens", "attention", "before", "behind", "answers", "gradient", "literal")


def lengths(vectors: np.ndarray) -> np.ndarray:
    """The length of what each frame holds."""
    return np.linalg.norm(vectors.reshape(len(vectors), -1), axis=1)


@dataclass(frozen=True)
class SegmentsRun(Run):
    """Frames are segments; the first is t = 1. A run that goes on from another has read its first frame with that one's RF."""

    training: Training
    reading: Reading

    @property
    def observables(self) -> dict[str, np.ndarray]:
        read = self.reading
        carried = lengths(read.behind) * read.factors
        return {
            "retention": read.factors,
            "product": read.products,
            "right": read.right_now,
            "memory": lengths(read.behind),
            "carried": carried,
            "slope": lengths(read.gradient),
            "literal_slope": lengths(read.literal),
        }

    @property
    def accuracy(self) -> float:
        """The share of 1000 new sequences that the training answers right."""
        return self.training.accuracy

    @property
    def loss(self) -> float:
        losses = self.training.losses[-LAST:]
        return float(losses.mean()) if len(losses) else float("nan")

    @property
    def learned_at(self) -> float:
        return self.training.learned_at

    @property
    def answer(self) -> str:
        """What is answered in the end, as a symbol of the task."""
        return self.training.task.answers[self.reading.answer]

    @property
    def right_answer(self) -> str:
        return self.training.task.answers[self.reading.right]

    @property
    def outcome(self) -> str:
        return RIGHT if self.reading.answer == self.reading.right else WRONG

    @property
    def sentence(self) -> str:
        sure = self.reading.answers[-1].max()
        judged = "which is right" if self.outcome == RIGHT else f"and {self.right_answer} was right"
        return f"After {int(self.t[-1])} segments the answer is {self.answer} (p = {sure:.2f}), {judged}."

    @property
    def counts(self) -> dict[str, int]:
        return {"steps": self.steps, "segments": len(self.t)}


class Segments(System):
    """A block that reads a sequence in segments, and carries a few memory rows from one to the next. A trial is a training of its
    own seed, in float32 whatever the precision of a study."""

    name = "segments"
    title = "memory across segments"
    paper = Paper(
        "Mia, Bal & Sengupta",
        2026,
        "RMAAT: Astrocyte-Inspired Memory Compression and Replay for Efficient Long-Context Transformers",
        "2601.00426",
    )
    settings_class = Settings
    outcomes = (RIGHT, WRONG)
    observables = {
        "accuracy": Observable("accuracy", "share of new sequences answered right", highest=True),
        "loss": Observable("loss", "cross-entropy of the last 50 steps"),
        "learned_at": Observable("steps to 95 %", "steps until 95 % are right, mean of those that come there", late=True),
        "right": Observable("p of the right answer", "probability of the right answer in the end", highest=True),
        "product": Observable("product of RF", "what is left of the first segment’s memory", highest=True),
    }
    columns = {**dict.fromkeys(observables, float), "steps": int, "outcome": str}
    summary = ("accuracy", "loss", "right")
    figures = FIGURES
    commands = {"train": Command("train a block of segments, and write it to a file", shell.options, shell.run)}

    # ------------------------------------------------------------------------------------------------------------- runs

    def simulate(self, tokens: Any = None, **given: Any) -> SegmentsRun:
        """One sequence read: the new one of the number `sequence`, or the caller's own `tokens`, a text of symbols or numbers."""
        settings = self.settings_from(given)
        training = trained(settings)
        repeat = self.given(settings)
        if tokens is None:
            return self._run(training, training.read(settings.sequence), repeat)
        own, _ = training.own_sequence(tokens)
        return self._run(training, training.read(own), {**repeat, "tokens": own})

    def go_on(self, run: SegmentsRun, at: int, **given: Any) -> SegmentsRun:
        """The same block reads on from a segment with another retention."""
        earlier = {name: value for name, value in run.settings.items() if name in self.parameters}
        for name, value in given.items():
            if name in earlier and value != earlier[name] and not self.parameters[name].bends:
                refuse_other(name, value, earlier[name])
        settings = self.settings_from({**earlier, **given})
        segment = int(run.t[at]) - 1
        factors = np.concatenate([factors_read(_parts(run))[:segment], factors_of(settings, float)[segment:]])
        reading = run.training.read(_tokens(run), factors)
        repeat = {**self.given(settings), "start": run, "at": int(at)}
        return self._run(run.training, reading.since(segment), repeat)

    def _run(self, training: Training, reading: Reading, repeat: dict[str, Any]) -> SegmentsRun:
        last = training.settings.segments
        t = np.arange(last - len(reading.factors) + 1.0, last + 1.0)
        variables = {name: getattr(reading, name) for name in VARIABLES}
        return SegmentsRun(self.name, t, variables, repeat, len(training.losses), training, reading)

    # ------------------------------------------------------------------------------------------------- what they cost

    def planned_steps(self, settings: Settings, most: int) -> tuple[int, int]:
        """Steps of the training; a frame is a segment."""
        return min(settings.steps, most + 1), min(settings.segments, most + 1)

    def frame_size(self, settings: Settings) -> int:
        a = settings.architecture
        return a.tokens + a.places**2 + 4 * a.rows * a.width + a.classes + len(("factor", "product"))

    def trial_size(self, settings: Settings) -> int:
        """Weights with their gradient and what Adam keeps of them, and what a batch holds on its way back."""
        weights = len(Weights.zeros(settings.architecture).flat)
        return 4 * weights + settings.segments * BATCH * _held(settings.architecture)

    def work(self, settings: Settings, steps: int, frames: int) -> int:
        """A training that is shipped need not be made."""
        made = settings.of_training() not in shipped()
        return (made * PASSES * steps * BATCH + PASSES) * settings.segments * _held(settings.architecture)

    # ----------------------------------------------------------------------------------------------------------- files

    def file_arrays(self, run: SegmentsRun) -> dict[str, np.ndarray]:
        """The weights, so that a run can be read back without its training; and the right answer."""
        arrays = {f"{_WEIGHT}{name}": values for name, values in arrays_of(run.training).items()}
        return {**arrays, "right_answer": np.array(run.reading.right)}

    def restore(self, settings: Settings, frames: Frames) -> SegmentsRun:
        prefix = {name.removeprefix(_WEIGHT): values for name, values in frames.shared.items() if name.startswith(_WEIGHT)}
        earlier: Any = frames.earlier
        try:
            training = training_of(settings, prefix) if earlier is None else earlier.training
        except (TypeError, ValueError):
            raise Unfit("weights") from None
        count, first = len(frames.t), settings.segments - len(frames.t)
        if first < 0 or not np.array_equal(frames.t, np.arange(first + 1.0, settings.segments + 1.0)):
            raise Unfit("t")
        right = frames.shared["right_answer"]
        a = settings.architecture
        if right.shape != () or right.dtype.kind != "i" or not 0 <= right < a.classes:
            raise Unfit("right_answer")
        memory = (a.rows, a.width)
        shapes = {
            "attention": (a.places, a.places), "before": memory, "behind": memory, "answers": (a.classes,),
            "gradient": memory, "literal": memory,
        }  # fmt: skip
        arrays = {name: _fitting(name, frames.arrays[name], (count, *shape)) for name, shape in shapes.items()}
        tokens = frames.arrays["tokens"]
        if tokens.shape != (count, a.tokens) or tokens.dtype.kind != "i" or tokens.min() < 0 or tokens.max() >= a.vocabulary:
            raise Unfit("tokens")
        factors = factors_of(settings, float)
        if earlier is not None:
            factors[:first] = factors_read(_parts(earlier))[:first]
        reading = Reading(tokens=tokens, factors=factors[first:], products=products(factors)[first:], right=int(right), **arrays)
        repeat = {**self.given(settings), **frames.goes_on}
        if earlier is None and not np.array_equal(training.sequence(settings.sequence)[0], tokens):
            repeat["tokens"] = tokens
        return self._run(training, reading, repeat)


_WEIGHT = "training_"


@lru_cache(maxsize=64)
def _held(architecture: Architecture) -> int:
    """Numbers that the way back needs of one segment of one sequence."""
    return numbers_of_segment(Block(architecture, Weights.drawn(architecture, 0)), 1)


def _parts(run: Any) -> tuple[SegmentsRun, ...]:
    """The run that was read first, and one more for each bend."""
    parts: tuple[SegmentsRun, ...] = run.segments
    return parts


def factors_read(parts: Sequence[SegmentsRun]) -> np.ndarray:
    """RF of all segments as a run and its bends were read: each part goes on until the next begins."""
    counts = [int(after.t[0] - part.t[0]) for part, after in pairwise(parts)]
    return np.concatenate([part.reading.factors[:count] for part, count in zip(parts, [*counts, None], strict=True)])


def _tokens(run: SegmentsRun) -> np.ndarray:
    """The whole sequence, that before the first frame included."""
    return _parts(run)[0].reading.tokens


def _fitting(name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if values.shape != shape or values.dtype != np.float64 or not np.isfinite(values).all():
        raise Unfit(name)
    return values


SYSTEM = Segments()
