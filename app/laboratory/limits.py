"""What one study may cost, checked before it starts; the sentence says the limit and what would fit."""

from __future__ import annotations

from dataclasses import replace

from app.limits import MOST, MOST_STEPS
from app.words import ADDRESS
from app.words import LABORATORY as WORDS
from core import Settings
from core.integrate import planned_steps
from core.registry import MEMORIES
from core.studies import Study

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


def check_study(study: Study) -> float:
    """Trials × steps × numbers of a trial, over all cells, or a `ValueError` with the limit and what would fit."""
    check_grid(len(study.indices()), study.trials)
    steps_of: dict[Settings, int] = {}
    work = 0.0
    for index in study.indices():
        settings = study.settings(index)
        _check_one(settings)
        alike = replace(settings, noise=0.0, seed=0)  # neither changes the time grid
        if alike not in steps_of:
            steps_of[alike] = _steps(alike)
        work += MEMORIES[settings.model].trial_size(settings.N, settings.K) * steps_of[alike]
    work *= study.trials
    if work > MOST_WORK:
        fitting = int(study.trials * MOST_WORK / work)
        fits = WORDS["fitting_trials"].format(trials=fitting) if fitting else WORDS["fitting_points"]
        raise ValueError(WORDS["too_much"].format(trials=study.trials, times=f"{work / MOST_WORK:.3g}", fits=fits))
    return work


def _check_one(settings: Settings) -> None:
    for name in ("family", "cue"):  # which only the retrieval page can draw
        if getattr(settings, name) == "own":
            raise ValueError(ADDRESS["own_by_hand"].format(name=name))
    for name, most in MOST.items():
        if getattr(settings, name) > most:
            raise ValueError(f"{name} = {getattr(settings, name)}: {WORDS['at_most'].format(most=most)}")


def _steps(settings: Settings) -> int:
    steps, _ = planned_steps(settings, MOST_STEPS)
    if steps > MOST_STEPS:
        raise ValueError(f"resolution = {settings.resolution:g}: {WORDS['too_many_steps'].format(most=MOST_STEPS)}")
    return steps
