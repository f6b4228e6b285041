"""Training a block: Adam on sequences that are drawn anew in every step, the same bits for the same seed.

The sequences of a step come from the seed and the number of the step alone, so that a training which was stopped and goes on
from its checkpoint is the one that was never stopped.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.parameters import Refusal, check_whole
from core.random import stream
from core.segments.block import Block, Weights
from core.segments.reading import Reading, read_sequence
from core.segments.replay import Pass, accuracy_of, read_on, way_back
from core.segments.retention import retention
from core.segments.settings import Settings
from core.segments.tasks import TASKS, Task

BATCH = 32
RATE, DECAY1, DECAY2, TINY = 5e-3, 0.9, 0.99, 1e-8  # Adam
CLIP = 1.0  # the longest gradient that is followed
NEW_SEQUENCES = 1000  # that a finished training is judged by
EVERY = 10  # steps between two reports
LEARNED = 0.95
FORMAT = 1


@dataclass(frozen=True)
class Progress:
    """How far a training is; loss and accuracy are means over the steps since the last report, each on new sequences."""

    step: int
    steps: int
    loss: float
    accuracy: float


@dataclass(frozen=True)
class Training:
    """A finished training, or one that was stopped after len(losses) steps."""

    settings: Settings
    weights: Weights
    losses: np.ndarray  # of each step, on its own batch
    accuracies: np.ndarray

    @cached_property
    def accuracy(self) -> float:
        """The share of 1000 new sequences that are answered right."""
        tokens, right = sequences_of(self.settings, "new sequences", NEW_SEQUENCES)
        return accuracy_of(read_on(self.block(), tokens, self.factors()), right)

    def block(self, dtype: Any = np.float32) -> Block:
        return Block(self.settings.architecture, self.weights.astype(dtype))

    def factors(self, dtype: Any = np.float32) -> np.ndarray:
        """RF(t, T) of each segment, as the memory is multiplied by them."""
        return factors_of(self.settings, dtype)

    @property
    def task(self) -> Task:
        return TASKS[self.settings.task]

    @property
    def learned_at(self) -> float:
        """The step at which LEARNED of the last sequences were answered right for the first time; NaN if that never was."""
        reports = self.accuracies[: len(self.accuracies) // EVERY * EVERY].reshape(-1, EVERY).mean(axis=1)
        there = np.flatnonzero(reports >= LEARNED)
        return float(EVERY * (there[0] + 1)) if len(there) else math.nan

    @property
    def progress(self) -> list[Progress]:
        """The reports of the training, as `Trainer.run` makes them."""
        done = len(self.losses)
        ends = [min(start + EVERY, done) for start in range(0, done, EVERY)]
        return [_report(self.losses, self.accuracies, step, self.settings.steps, EVERY) for step in ends]

    def held(self, method: str) -> Pass:
        """One step of the training by any method: how many numbers it holds along its way."""
        tokens, right = sequences_of(self.settings, "sequences", BATCH, 0)
        return way_back(self.block(), tokens, right, self.factors(), method)

    # ------------------------------------------------------------------------------------------------------ its reading

    def sequence(self, number: int) -> tuple[np.ndarray, int]:
        """The new sequence of that number, (segments, tokens), and its right answer."""
        return new_sequence(self.settings, number)

    def own_sequence(self, tokens: Any) -> tuple[np.ndarray, int]:
        """A sequence of the caller's own, checked: symbols of the task, or their numbers; and its right answer."""
        shape = (self.settings.segments, self.settings.architecture.tokens)
        if isinstance(tokens, str):
            tokens = self.task.read(tokens, shape[1])
        given = np.asarray(tokens)
        if given.shape != shape or given.dtype.kind not in "iu":
            allowed = f"whole numbers of the shape {shape}"
            sentence = f"tokens have the shape {given.shape}: they must be {allowed}"
            raise Refusal("tokens", given.shape, allowed, key="shape", sentence=sentence)
        most = len(self.task.symbols) - 1
        if given.min() < 0 or given.max() > most:
            raise Refusal("tokens", int(given.max()), f"whole numbers from 0 to {most}", key="range", low=0, high=most)
        own = given.astype(np.int64)
        return own, self.task.right(own)

    def read(self, sequence: Any = 0, factors: np.ndarray | None = None) -> Reading:
        """Read the new sequence of that number, or one of the caller's own (a text of symbols, or numbers of tokens), in double
        precision; `factors` take the place of the training's RF(t)."""
        number = isinstance(sequence, (int, np.integer)) and not isinstance(sequence, bool)
        tokens, right = self.sequence(int(sequence)) if number else self.own_sequence(sequence)
        factors = self.factors(np.float64) if factors is None else factors
        return read_sequence(self.block(np.float64), tokens, right, factors)


def factors_of(settings: Settings, dtype: Any = np.float32) -> np.ndarray:
    return retention(settings.segments, settings.theta, settings.retention).astype(dtype)


def sequences_of(settings: Settings, name: str, count: int, *more: int) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of the task and their answers from a named random stream of the seed."""
    rng = stream(settings.seed, name, *more)
    return TASKS[settings.task].draw(rng, count, settings.segments, settings.architecture.tokens)


def new_sequence(settings: Settings, number: int) -> tuple[np.ndarray, int]:
    """The new sequence of that number, (segments, tokens), and its right answer; no training is needed for it."""
    check_whole("sequence", number, 0)
    tokens, right = sequences_of(settings, "sequence", 1, number)
    return tokens[0], int(right[0])


def _report(losses: np.ndarray, accuracies: np.ndarray, step: int, steps: int, every: int) -> Progress:
    since = slice(max(0, (step - 1) // every * every), max(step, 1))
    return Progress(step, steps, float(losses[since].mean()), float(accuracies[since].mean()))


class Trainer:
    """A training under way. `run` makes steps and reports; leave it when you like, and go on with `run`, or elsewhere with
    `Trainer.resume(trainer.checkpoint())`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.of_training()
        self.architecture = self.settings.architecture
        self.weights = Weights.drawn(self.architecture, self.settings.seed)
        self.step = 0
        self.losses: np.ndarray = np.zeros(settings.steps, np.float32)
        self.accuracies: np.ndarray = np.zeros(settings.steps, np.float32)
        self._mean, self._square = np.zeros_like(self.weights.flat), np.zeros_like(self.weights.flat)
        self._factors = factors_of(self.settings)

    @property
    def done(self) -> bool:
        return self.step >= self.settings.steps

    def run(self, every: int = EVERY, most: int | None = None) -> Iterator[Progress]:
        """Make steps up to the last one, or `most` of them, and report after each `every` of them."""
        check_whole("every", every, 1)
        end = self.settings.steps if most is None else min(self.settings.steps, self.step + most)
        while self.step < end:
            self._advance()
            if self.step % every == 0 or self.step == end:
                yield self.progress(every)

    def progress(self, every: int = EVERY) -> Progress:
        return _report(self.losses, self.accuracies, self.step, self.settings.steps, every)

    def training(self) -> Training:
        """What has been learned so far."""
        learned = self.weights.astype(self.weights.flat.dtype)
        return Training(self.settings, learned, self.losses[: self.step].copy(), self.accuracies[: self.step].copy())

    def _advance(self) -> None:
        tokens, right = sequences_of(self.settings, "sequences", BATCH, self.step)
        block = Block(self.architecture, self.weights)
        with np.errstate(over="ignore", invalid="ignore"):  # the literal way back grows with every segment
            found = way_back(block, tokens, right, self._factors, self.settings.method)
        self.losses[self.step], self.accuracies[self.step] = found.loss, found.accuracy
        self.step += 1
        self._adam(found.gradient.flat)

    def _adam(self, gradient: np.ndarray) -> None:
        length = float(np.linalg.norm(gradient.astype(np.float64)))
        if not np.isfinite(length):  # there is no direction to follow: the step is left out
            return
        g = gradient * np.float32(min(1.0, CLIP / (length + 1e-12)))
        self._mean += np.float32(1 - DECAY1) * (g - self._mean)
        self._square += np.float32(1 - DECAY2) * (g * g - self._square)
        mean = self._mean / np.float32(1 - DECAY1**self.step)
        square = self._square / np.float32(1 - DECAY2**self.step)
        self.weights.flat -= np.float32(RATE) * mean / (np.sqrt(square) + np.float32(TINY))

    # ----------------------------------------------------------------------------------------------------- checkpoints

    def checkpoint(self) -> bytes:
        """All that the training goes on from, as an NPZ file."""
        about = {"format": FORMAT, "settings": self.settings.as_dict(), "step": self.step}
        buffer = io.BytesIO()
        arrays: dict[str, Any] = self._arrays()
        np.savez(buffer, about=np.array(json.dumps(about)), **arrays)
        return buffer.getvalue()

    @classmethod
    def resume(cls, checkpoint: bytes) -> Trainer:
        """The training that a checkpoint was made of; whatever is none is refused."""
        try:
            with np.load(io.BytesIO(checkpoint), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            about = json.loads(str(arrays["about"]))
            trainer = cls(Settings(**about["settings"]))
            trainer.step = int(about["step"])
            for name, values in trainer._arrays().items():
                if arrays[name].shape != values.shape or not 0 <= trainer.step <= trainer.settings.steps:
                    raise TypeError("the state of a training of these settings")
                values[...] = arrays[name]
        except Exception:  # a damaged file makes its readers raise a dozen kinds
            sentence = "the file does not hold the state of a training"
            raise Refusal("checkpoint", None, "the state of a training", key="file_unreadable", sentence=sentence) from None
        return trainer

    def _arrays(self) -> dict[str, np.ndarray]:
        """All numbers that change in a step."""
        return {
            "weights": self.weights.flat,
            "mean": self._mean,
            "square": self._square,
            "losses": self.losses,
            "accuracies": self.accuracies,
        }


def train_on(settings: Settings, checkpoint: bytes | None = None, most: int = 50) -> tuple[bytes, list[Progress]]:
    """So many steps of a training, from its beginning or a checkpoint: the next checkpoint, and a report after each EVERY steps.
    It is for workers: whatever becomes of one, the checkpoint before is all that another needs."""
    trainer = Trainer(settings) if checkpoint is None else Trainer.resume(checkpoint)
    reports = list(trainer.run(most=most))
    return trainer.checkpoint(), reports


def train(**given: Any) -> Training:
    """Train a block: `train(task="latest", segments=8, retention="printed", theta=0.3, method="replay", seed=0, …)`, any of the
    system's parameters."""
    if "sequence" in given:
        sentence = "sequence: it must be left out, since a training reads none; give it to read()"
        raise Refusal("sequence", given["sequence"], "left out", key="untrained", sentence=sentence)
    trainer = Trainer(Settings.of(given))
    for _ in trainer.run():
        pass
    return trainer.training()
