"""Trainings by their settings: some are shipped as files, others are kept in this process once they were asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from core.segments.retention import SCALINGS
from core.segments.settings import Settings
from core.segments.training import Trainer, Training
from core.segments.training_file import load_training

FOLDER = Path(__file__).parent / "trainings"
# By the names of their files: the default with what it is compared with, and blocks that are to answer the first key.
_FIRST = {"task": "first", "steps": 400}
SHIPPED: Mapping[str, Mapping[str, Any]] = {
    **{name: {"retention": name} for name in SCALINGS},
    **{f"first-{name}": {**_FIRST, "retention": name} for name in ("off", "printed", "scaled")},
    "first-few": {**_FIRST, "segments": 4},
    "first-true": {**_FIRST, "segments": 6},
    "first-literal": {**_FIRST, "segments": 6, "method": "literal"},
}
MOST_KEPT = 256  # some 15 kB each

_kept: OrderedDict[Settings, Training] = OrderedDict()
_lock = Lock()


@cache
def shipped() -> Mapping[Settings, Training]:
    """The trainings whose files are there; `python -m core.segments.make_default` makes them."""
    files = [FOLDER / f"{name}.safetensors" for name in SHIPPED]
    found = [load_training(path) for path in files if path.is_file()]
    return {training.settings: training for training in found}


def known_training(settings: Settings) -> Training | None:
    """The training of these settings if nothing has to be computed for it."""
    wanted = settings.of_training()
    if wanted in shipped():
        return shipped()[wanted]
    with _lock:
        if wanted in _kept:
            _kept.move_to_end(wanted)
        return _kept.get(wanted)


def remember(training: Training) -> None:
    """Keep a training, such as one that another process has made."""
    with _lock:
        _kept[training.settings.of_training()] = training
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)


def trained(settings: Settings) -> Training:
    """The training of these settings: shipped, kept, or made now."""
    training = known_training(settings)
    if training is None:
        trainer = Trainer(settings)
        for _ in trainer.run():
            pass
        training = trainer.training()
        remember(training)
    return training
