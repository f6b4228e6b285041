"""One run as one binary message for the stage: all segments, the way back, and the training behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.chapters.frames import Frames
from app.chapters.segments.cost import measured
from app.chapters.segments.narration import Narrator
from app.chapters.segments.walk import BACK, Walked
from core.run import Run
from core.segments.replay import METHODS
from core.segments.retention import largest_product, plasticity
from core.segments.system import SegmentsRun, lengths
from core.segments.training import BATCH, Training

CURVE_STEP = 0.1  # of the macro model: RF differs from a fine step by less than 5·10⁻⁴
KINDS = (0, 1, 4)  # of the nine synapses on their grid: all corners are alike, all edges are, and there is one centre
FORWARD_SECONDS, BACK_SECONDS = 1.7, 1.1  # that a frame is on show; its sentence can be read in either
LONGEST_SECONDS = 30.0  # of all segments there and back


def pack(segments: Sequence[SegmentsRun]) -> bytes:
    """The message for a run, or for one that was bent: several, each going on from a segment of the one before."""
    walk = Walked.of(segments)
    run, whole, T = walk.run, walk.whole, walk.count
    runs: list[Run] = [*segments[:-1], walk]
    sent = Frames(runs)
    arrays = sent.arrays
    places = np.concatenate([_places(one)[rows] for one, rows in zip(runs, sent.rows, strict=True)])
    ways = np.concatenate([_ways(one)[rows] for one, rows in zip(runs, sent.rows, strict=True)])
    arrays["place"] = (places + 1).astype("<f4")
    arrays["way"] = ways.astype("u1")
    for name in ("retention", "product", "right"):
        arrays[name] = np.concatenate([_along(one, name)[rows] for one, rows in zip(runs, sent.rows, strict=True)]).astype("<f8")
    for name, values in (("slope", whole.gradient), ("literal_slope", whole.literal)):
        arrays[f"all_{name}"] = lengths(values).astype("<f8")
        arrays[name] = arrays[f"all_{name}"][places]
    arrays["all_retention"] = walk.factors.astype("<f8")
    arrays["all_product"] = whole.products.astype("<f8")
    arrays["bound"] = np.array([largest_product(t) for t in range(1, T + 1)])
    arrays["tokens"] = whole.tokens.astype("u1").ravel()
    for name in ("attention", "before", "behind", "answers"):
        arrays[name] = getattr(whole, name).astype("<f4").ravel()
    for method in METHODS:
        one = walk.held[method]
        arrays[f"held_{method}"] = np.where(
            ways == BACK, np.array(one.back_held)[places], np.array(one.forward_held)[places]
        ).astype("<i4")
    arrays.update(_curve(walk))
    arrays.update(_learning(run.training))
    sent.header.update(_about(walk))
    _tell(sent, Narrator(walk), places, ways)
    return sent.message()


def _places(run: Any) -> np.ndarray:
    return run.places if isinstance(run, Walked) else run.t.astype(int) - 1


def _ways(run: Any) -> np.ndarray:
    return run.ways if isinstance(run, Walked) else np.zeros(len(run.t), int)


def _along(run: Any, name: str) -> np.ndarray:
    """What is observed of the segment of each frame; on the way back that of the whole run."""
    if not isinstance(run, Walked):
        return run.observables[name]
    whole = {"retention": run.factors, "product": run.whole.products, "right": run.whole.right_now}[name]
    return whole[run.places]


def _curve(walk: Walked) -> dict[str, np.ndarray]:
    """Mean p^l of the nine synapses along the cycles, on the scale of RF, with their s and p^s; none where RF is not cut out of
    it."""
    settings = walk.run.training.settings
    if settings.retention not in ("printed", "scaled") or len(walk.parts) > 1:
        return {}
    made = plasticity(walk.count, settings.theta, step=CURVE_STEP)
    slow = np.concatenate([[0.0], made.slow.mean(axis=1)])
    at = np.concatenate([[0.0], made.t]) * (walk.count / made.t[-1])
    height = walk.factors.sum() / made.curve[-1]
    curves = {"curve_at": at, "curve": slow * height}
    for name, values in (("curve_s", made.s), ("curve_fast", made.fast)):
        curves[name] = np.concatenate([np.zeros((len(KINDS), 1)), values[:, KINDS].T], axis=1).ravel()
    return {name: values.astype("<f4") for name, values in curves.items()}


def _learning(training: Training) -> dict[str, np.ndarray]:
    """Loss and accuracy, means of so many steps each."""
    reports = training.progress
    return {
        "learned_step": np.array([report.step for report in reports], "<i4"),
        "learned_loss": np.array([report.loss for report in reports], "<f4"),
        "learned_accuracy": np.array([report.accuracy for report in reports], "<f4"),
    }


def _about(walk: Walked) -> dict[str, Any]:
    run, whole = walk.run, walk.whole
    training, task = run.training, run.training.task
    a = training.settings.architecture
    learned = training.learned_at
    return {
        "T": walk.count,
        "size": {"tokens": a.tokens, "rows": a.rows, "width": a.width, "classes": a.classes},
        "task": task.name,
        "symbols": list(task.symbols),
        "answers_called": list(task.answers),
        "chance": task.chance,
        "right_answer": whole.right,
        "answer": whole.answer,
        "own": "tokens" in run.settings,
        "sequence": task.write(whole.tokens),
        "accuracy": training.accuracy,
        "steps_made": len(training.losses),
        "learned_at": learned if np.isfinite(learned) else None,
        "difference": walk.difference,
        "batch": BATCH,
        "cost": _cost(),
        "most_held": {method: one.held for method, one in walk.held.items()},
    }


def _cost() -> dict[str, Any]:
    """Time against length, as it was measured once; the same for every run."""
    known = measured()
    slopes = {kind: known.slope(kind) for kind in known.seconds}
    return {"machine": known.machine, "lengths": known.lengths, "seconds": known.seconds, "slopes": slopes}


def _tell(sent: Frames, narrator: Narrator, places: np.ndarray, ways: np.ndarray) -> None:
    """A sentence for every frame; of a long tape each is on show for a shorter time."""
    lines = narrator.lines(places, ways, sent.arrays["retention"])
    known = {line: i for i, line in enumerate(dict.fromkeys(lines))}
    sent.header["sentences"] = list(known)
    sent.arrays["sentence"] = np.array([known[line] for line in lines], dtype="<u2")
    seconds = np.where(ways == BACK, BACK_SECONDS, FORWARD_SECONDS)
    sent.arrays["seconds"] = (seconds * min(1.0, LONGEST_SECONDS / seconds.sum())).astype("<f4")
