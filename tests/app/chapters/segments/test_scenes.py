"""Every scene keeps its promise: what its sentence tells people to watch is true of that very run."""

from __future__ import annotations

import numpy as np
import pytest

from app.chapters.base import frame_at
from app.chapters.segments.chapter import CHAPTER, tokens_of
from app.chapters.segments.walk import Walked
from core import simulate
from core.segments.settings import Settings
from core.segments.system import SegmentsRun
from core.segments.trained import shipped

SCENES = CHAPTER.scenes
PROMISES = [
    (f"{key}-{number}", {**scene.parameters, **one}, promise)
    for key, scene in SCENES.items()
    for number, (one, promise) in enumerate([({}, scene.promise), *((c.parameters, c.promise) for c in scene.contrast)])
]


def played(parameters) -> SegmentsRun:
    own = {name: value for name, value in parameters.items() if name not in ("bends", "tokens")}
    if parameters.get("tokens"):
        own["tokens"] = tokens_of(parameters["tokens"], Settings(**own))
    run = simulate(system="segments", **own)
    for when, changes in CHAPTER.read_bends(parameters.get("bends", "")):
        run = simulate(start=run, at=frame_at(run, when), **changes)
    return run


def measure(run: SegmentsRun) -> dict[str, object]:
    """The numbers that promises are made of."""
    walk = Walked.of([part for part in run.segments])
    said = [run.training.task.answers[i] for i in walk.whole.answers.argmax(axis=1)]
    held = walk.held
    return {
        "outcome": run.outcome,
        "answer": run.answer,
        "path": " ".join(answer for i, answer in enumerate(said) if i == 0 or said[i - 1] != answer),
        "p_end": float(run.reading.right_now[-1]),
        "accuracy": run.accuracy,
        "learned_at": run.learned_at,
        "product": float(walk.whole.products[-1]),
        "slope_first": float(np.linalg.norm(walk.whole.gradient[0])),
        "difference": walk.difference,
        "times_held": held["bptt"].held / held["replay"].held,
        "bent_at": float(run.t[0]),
    }


def test_there_are_eight_at_least_and_the_first_ones_play_at_once():
    assert len(SCENES) >= 8
    for scene in list(SCENES.values())[:5]:
        own = {name: value for name, value in scene.parameters.items() if name not in ("bends", "tokens")}
        assert Settings(**own).of_training() in shipped(), scene.key


@pytest.mark.parametrize("key, parameters, promise", PROMISES, ids=[key for key, _, _ in PROMISES])
def test_a_scene_keeps_its_promise(key, parameters, promise):
    found = measure(played(parameters))
    for name, wanted in promise.items():
        if isinstance(wanted, list):
            assert wanted[0] <= found[name] <= wanted[1], (name, found[name])
        else:
            assert found[name] == wanted, (name, found[name])


@pytest.mark.parametrize("key", SCENES)
def test_a_scene_opens_as_its_address_says_and_within_the_limits(key):
    values, notices = CHAPTER.read_text(f"scene={key}")
    assert notices == [] and values["scene"] == key
    assert all(values[name] == value for name, value in SCENES[key].parameters.items())
    assert len(SCENES[key].watch) < 260
