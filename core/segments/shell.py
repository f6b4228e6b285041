"""`python -m core train`: train a block from the shell, into a file that other programs open; what was interrupted goes on."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.parameters import Refusal
from core.segments.settings import Settings, training_parameters
from core.segments.training import Progress, Trainer
from core.segments.training_file import WRITERS, save_training

REPORTS = 10  # lines that a training prints


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", type=Path, help="a .npz or .safetensors file; beside it, an interrupted training leaves its state"
    )
    for name, known in training_parameters().items():
        said = f"{known.meaning} (default {known.default}; {known.allowed()})"
        parser.add_argument(f"--{name.replace('_', '-')}", dest=f"set_{name}", metavar=known.symbol, help=said.replace("%", "%%"))


def run(arguments: argparse.Namespace) -> int:
    try:
        settings, out = _settings_of(arguments), _checked(arguments.out)
        state = out.with_suffix(".training") if out else None
        trainer = _begun(settings, state)
    except Refusal as wrong:
        print(f"python -m core: {wrong}", file=sys.stderr)
        return 2
    every = max(1, settings.steps // REPORTS)
    with _asked_to_stop() as stop:
        for progress in trainer.run(every=1):  # between two steps its state is whole
            if stop or progress.step % every == 0:
                _report(trainer.progress(every))
            if stop:
                break
    if not trainer.done:
        if state is not None:
            state.write_bytes(trainer.checkpoint())
        where = f"; the same command goes on from {state}" if state else ""
        print(f"\nstopped after {trainer.step} of {settings.steps} steps{where}", file=sys.stderr)
        return 130
    training = trainer.training()
    print(f"accuracy on new sequences {training.accuracy:.3f}")
    if out is not None and state is not None:
        save_training(training, out)
        state.unlink(missing_ok=True)
        print(f"wrote {out}", file=sys.stderr)
    return 0


def _report(progress: Progress) -> None:
    done = f"step {progress.step} of {progress.steps}"
    print(f"{done}: loss {progress.loss:.3f}, accuracy {progress.accuracy:.3f}", file=sys.stderr, flush=True)


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """A list that is empty until Ctrl-C is pressed, which then does not break into a step."""
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _settings_of(arguments: argparse.Namespace) -> Settings:
    texts = {name: getattr(arguments, f"set_{name}") for name in training_parameters()}
    known = training_parameters()
    return Settings.of({name: known[name].read(text) for name, text in texts.items() if text is not None})


def _checked(out: Path | None) -> Path | None:
    if out is not None and out.suffix not in WRITERS:
        raise _refused(out, f"it must end in {' or '.join(WRITERS)}", "ending")
    if out is not None and not out.parent.is_dir():
        raise _refused(out, "its folder must exist", "folder")
    return out


def _begun(settings: Settings, state: Path | None) -> Trainer:
    """A training from its first step, or from where it was interrupted."""
    if state is None or not state.is_file():
        return Trainer(settings)
    trainer = Trainer.resume(state.read_bytes())
    if trainer.settings != settings.of_training():
        raise _refused(state, "it is of a training with other settings; move it away, or name another file", "other_study")
    print(f"going on from {state}: {trainer.step} of {settings.steps} steps are done", file=sys.stderr)
    return trainer


def _refused(path: Path, wrong: str, key: str) -> Refusal:
    return Refusal("out", str(path), wrong.removeprefix("it must "), key=key, sentence=f"out = '{path}': {wrong}")
