"""How RMAAT is shown: one sequence read segment by segment, the walk back through it, and the training that comes before both."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from app.address import Key, compact, one_of, refusal
from app.chapters.base import Chapter, Values
from app.chapters.frames import Told
from app.chapters.segments.narration import narrate
from app.chapters.segments.pack import pack
from app.chapters.segments.quantities import CURVES, QUANTITIES
from app.chapters.session import ChapterSession
from app.engine.pieces import Work
from app.limits import check_work
from app.numbers import number
from app.takeaway import Literals, Made
from app.words import words
from core.parameters import Refusal
from core.registry import system_named
from core.segments import Progress, Trainer, train_on
from core.segments.retention import SCALINGS, products, retention
from core.segments.settings import Settings
from core.segments.tasks import TASKS, Task
from core.segments.trained import known_training, remember, shipped
from core.segments.training import new_sequence
from core.segments.training_file import safetensors_bytes

WORDS = words(__package__)["page"]
NONSENSE = words()["page"]["nonsense"]
HEX = "0123456789abcdef"  # of all tasks' symbols there are sixteen at most
LONGEST_TEXT = 4_000  # letters of a sequence that is typed
PIECE = 20  # steps of a training that a worker makes at once: some tenth of a second
MOST_TRAINING = 3_000_000_000  # numbers that a training touches: some ten seconds of one processor


class SegmentsChapter(Chapter):
    """A page of three acts on one tape: where the forgetting comes from, the way forward, and the way back."""

    system = system_named("segments")
    path = "segments"
    cards = ("tape", "attention", "memory", "forgetting", "product", "replay", "learning", "held", "cost", "facts")
    maps = (("segments", "theta"), ("segments", "retention"), ("task", "method"))
    map_size = (6, 3)  # a trial is a training
    timeless = ("seed", "sequence", "theta", "retention", "method", "task")
    always_written = ("task", "segments", "retention", "theta", "seed")
    most = {"segments": 24, "steps": 2000, "rows": 8}

    def pack(self, runs: Sequence[Any]) -> bytes:
        return pack(runs)

    def narrate(self, run: Any) -> Told:
        return narrate(run)

    # -------------------------------------------------------------------------------------------------------- parameters

    @property
    def drawn_keys(self) -> Mapping[str, Key]:
        return {"tokens": compact("tokens", r"[0-9a-f]{1,400}", lambda text: text)}

    @property
    def stage_keys(self) -> Mapping[str, Key]:
        """Segments are counted, so their axis is never logarithmic."""
        return {**super().stage_keys, "time": one_of("time", "linear", lambda: ("linear", "log"))}

    @property
    def own_deeds(self) -> Mapping[str, Callable[..., None]]:
        return {"sequence": write_sequence, "shuffle": shuffle, "another": another}

    def given(self, values: Values) -> dict[str, Any]:
        given = super().given(values)
        return {**given, "tokens": tokens_of(values["tokens"], self.settings(values))} if values["tokens"] else given

    def check_drawn(self, values: Values, settings: Settings) -> None:  # type: ignore[override]
        if values["tokens"]:
            try:
                tokens_of(values["tokens"], settings)
            except Refusal as wrong:
                raise refusal("tokens", values["tokens"], wrong.allowed) from None

    def work(self, settings: Settings) -> int:  # type: ignore[override]
        """Of the reading; a training has a limit of its own, and is made in the shared pool."""
        check_work(self.system, self.most, settings, MOST_TRAINING)
        return self.system.work(replace(settings, steps=0), 0, settings.segments)

    def literals(self, run: Any) -> Literals:
        if "tokens" not in run.settings:
            return Literals()
        task = TASKS[run.settings["task"]]
        return Literals({"tokens": repr(plain(task, run.settings["tokens"]))}, ("sequence",))

    @property
    def own_files(self) -> Mapping[str, Made]:
        """The weights of the training on show."""
        return {"safetensors": ("application/octet-stream", lambda runs, address: safetensors_bytes(runs[-1].training))}

    def difference(self, values: Values, against: Values) -> str:
        """Of two that differ in how they were steered alone, that is what is said."""
        if values["bends"] != against["bends"] and {**values, "bends": ""} == {
            name: "" if name == "bends" else against[name] for name in values
        }:
            return WORDS["steered" if values["bends"] else "unsteered"]
        return super().difference(values, against)

    def hint(self, name: str, values: Values) -> str:
        """What is left of the first segment's memory, beside the slider that decides it."""
        if name != "theta" or values["retention"] in ("off", "uniform"):
            return ""
        left = products(retention(values["segments"], values["theta"], values["retention"]))[-1]
        return WORDS["left"].format(left=number(float(left)))

    @property
    def quantities(self) -> Mapping[str, Callable[[Sequence[Any]], Any]]:
        return QUANTITIES

    @property
    def curves(self) -> Mapping[str, str]:
        return CURVES

    # -------------------------------------------------------------------------------------------------- trainings and runs

    def warm(self) -> None:
        """How many new sequences the shipped trainings answer right: reading them takes some tenth of a second each."""
        for training in shipped().values():
            _ = training.accuracy

    def awaited(self, values: Values) -> Work | None:
        """The training, unless it is known: a page never trains by itself."""
        settings = self.settings(values).of_training()
        return None if known_training(settings) is not None else training_of(settings)

    def stand_in(self, values: Values) -> Values:
        """The first scene, whose training is shipped."""
        first = self.first_scene
        return {**values, **self.run_defaults, **(first.parameters if first else {}), "pins": "", "compare": ""}

    def segments(self, values: Values) -> tuple[Any, ...]:
        if self.awaited(values) is not None:
            raise ValueError(WORDS["untrained"])
        return super().segments(values)

    def companions(self, values: Values) -> Mapping[str, Values]:
        """The same with the other retentions, as far as their trainings are known."""
        titles, found = self.words["stage"]["retentions"], {}
        for scaling in SCALINGS:
            other = {**values, "retention": scaling, "bends": ""}
            if scaling != values["retention"] and self.awaited(other) is None:
                found[titles[scaling]] = other
        return found


# ---------------------------------------------------------------------------------------------------------------- trainings


def training_of(settings: Settings) -> Work:
    """A training as the shared pool makes it."""
    piece = partial(train_on, settings, most=PIECE)
    return Work(("segments", settings), piece, _is_done, _keep, partial(_tell, settings), partial(_reports, settings))


def _is_done(report: Progress) -> bool:
    return report.step >= report.steps


def _keep(checkpoint: bytes) -> None:
    training = Trainer.resume(checkpoint).training()
    _ = training.accuracy  # here, and not on a visitor's loop
    remember(training)


def _reports(settings: Settings, checkpoint: bytes) -> list[Progress]:
    """Of a checkpoint that was kept, if it is one of this training."""
    trainer = Trainer.resume(checkpoint)
    if trainer.settings != settings:
        raise ValueError(settings)  # of another training
    return trainer.training().progress


def _tell(settings: Settings, reports: list[Progress]) -> dict[str, Any]:
    """Loss and accuracy so far."""
    return {
        "steps": settings.steps,
        "at": [report.step for report in reports],
        "loss": [round(report.loss, 5) for report in reports],
        "accuracy": [round(report.accuracy, 5) for report in reports],
    }


# --------------------------------------------------------------------------------------------------- a sequence of one's own


def tokens_of(text: str, settings: Settings) -> np.ndarray:
    """The tokens of an address, checked: as many as there are, of symbols that the task knows, with a right answer."""
    a = settings.architecture
    count = settings.segments * a.tokens
    if len(text) != count:
        allowed = WORDS["so_many"].format(count=count, segments=settings.segments, tokens=a.tokens)
        raise Refusal("tokens", len(text), allowed, key="sequence_length")
    tokens = np.array([int(letter, 16) for letter in text]).reshape(settings.segments, a.tokens)
    if tokens.max() >= a.vocabulary:
        raise Refusal("tokens", text, WORDS["symbols"].format(symbols=" ".join(TASKS[settings.task].symbols)), key="choice")
    TASKS[settings.task].right(tokens)
    return tokens


def in_address(tokens: np.ndarray) -> str:
    return "".join(HEX[token] for token in np.ravel(tokens).tolist())


def plain(task: Task, tokens: np.ndarray) -> str:
    """The symbols of a sequence, as `simulate` reads them."""
    return task.write(tokens).replace(" | ", " ")


def shown_tokens(session: ChapterSession) -> np.ndarray:
    """The sequence that is asked for now."""
    values, chapter = session.values, session.chapter
    settings = chapter.settings(values)
    if values["tokens"]:
        return tokens_of(values["tokens"], settings)
    return new_sequence(settings, settings.sequence)[0]


def write_sequence(session: ChapterSession, text: str) -> None:
    """The sequence as it was typed, by its symbols."""
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise ValueError(NONSENSE)
    settings = session.chapter.settings(session.values)
    tokens = TASKS[settings.task].read(text.replace("|", " "), settings.architecture.tokens)
    written = in_address(tokens)
    tokens_of(written, settings)
    session.change({"tokens": written, "bends": ""})


def shuffle(session: ChapterSession) -> None:
    """The same segments in another order; one without a right answer is left as it was."""
    settings = session.chapter.settings(session.values)
    tokens = shown_tokens(session)
    rng = np.random.default_rng(secrets.randbits(64))
    for _ in range(settings.segments * 8):
        written = in_address(tokens[rng.permutation(len(tokens))])
        try:
            tokens_of(written, settings)
        except Refusal:
            continue
        if written != in_address(tokens):
            session.change({"tokens": written, "bends": ""})
            return
    raise ValueError(WORDS["no_order"])


def another(session: ChapterSession) -> None:
    """The next of the new sequences."""
    last = session.chapter.parameters["sequence"].bounds[1]
    session.change({"tokens": "", "sequence": min(session.held.sequence + 1, int(last)), "bends": ""})


CHAPTER = SegmentsChapter()
