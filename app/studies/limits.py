"""What one study may cost, checked before it starts; the sentence says the limit and what would fit."""

from __future__ import annotations

from typing import Any

from app.chapters.base import Chapter
from app.limits import check_sizes, check_steps
from app.words import words
from core.studies import Study

WORDS = words(__package__)["study"]
MOST_CELLS = 2_500
MOST_TRIALS = 1_000
MOST_POINTS = 100
MOST_WORK = 5e11  # numbers touched: some ten minutes of one processor


def check_grid(cells: int, trials: int) -> None:
    """The sizes that can be judged before there is a study."""
    if trials > MOST_TRIALS:
        raise ValueError(WORDS["too_many_trials"].format(trials=trials, most=MOST_TRIALS))
    if cells > MOST_CELLS:
        raise ValueError(WORDS["too_many_cells"].format(cells=cells, most=MOST_CELLS))


def check_study(study: Study, chapter: Chapter) -> float:
    """Trials × steps × numbers of a trial, over all cells, or a `ValueError` with the limit and what would fit."""
    check_grid(len(study.indices()), study.trials)
    system = chapter.system
    timed = [name for name in system.parameters if name not in chapter.timeless]
    steps_of: dict[tuple[Any, ...], int] = {}
    work = 0.0
    for index in study.indices():
        settings = study.settings(index)
        chapter.check_settings(settings)
        check_sizes(chapter.most, settings)
        alike = tuple(getattr(settings, name) for name in timed)
        if alike not in steps_of:
            steps_of[alike], _ = check_steps(system, settings)
        work += system.trial_size(settings) * steps_of[alike]
    return check_work(work * study.trials, study.trials)


def check_work(work: float, trials: int) -> float:
    """The work of so many trials a cell, unless it is too much."""
    if work > MOST_WORK:
        fitting = int(trials * MOST_WORK / work)
        fits = WORDS["fitting_trials"].format(trials=fitting) if fitting else WORDS["fitting_points"]
        raise ValueError(WORDS["too_much"].format(trials=trials, times=f"{work / MOST_WORK:.3g}", fits=fits))
    return work
