"""What a page draws of a scene, and when it says that something happens, is what SciPy has there."""

from __future__ import annotations

import numpy as np
import pytest

from app.chapters.retrieval.chapter import CHAPTER
from core import simulate
from tests.core.pixels import late, pixels, solved

SCENES = {key: scene.parameters for key, scene in CHAPTER.scenes.items() if "bends" not in scene.parameters}
# Of the hard ones, pixels, dates, and frames for each of split steps: neurons a hundred times faster than the gains; a cue that
# stands long between several memories; and gains that become nothing at all.
WITHIN, FRAMES = {"hasty": 1.5, "silenced": 4.0}, {"hasty": 1.6, "toll": 1.7}
DATE = {"silenced": 0.025}


@pytest.fixture(scope="module")
def true():
    """Each scene as the page plays it, and as SciPy has it."""
    runs = {key: simulate(**{**CHAPTER.played, **given}) for key, given in SCENES.items()}
    return {key: (run, solved(run)) for key, run in runs.items()}


@pytest.mark.parametrize("key", SCENES)
def test_curves_of_the_scenes_are_true_to_a_pixel(true, key):
    run, exact = true[key]
    off = pixels(run, exact)
    assert max(off["overlaps"], off.get("gains", 0)) <= WITHIN.get(key, 1.0), off


@pytest.mark.parametrize("key", SCENES)
def test_dates_of_the_scenes_are_true_to_a_hundredth(true, key):
    run, exact = true[key]
    found = late(run, exact)
    assert {"committed", "rest"} <= set(found) and max(found.values()) <= DATE.get(key, 0.01), found


@pytest.mark.parametrize("key", SCENES)
def test_scenes_have_hardly_more_frames_than_split_steps_give_them(true, key):
    run, _ = true[key]
    assert len(run.t) <= FRAMES.get(key, 1.3) * len(simulate(**SCENES[key]).t)
    assert run.steps < len(run.t) and np.all(np.diff(run.t) > 0)
