"""What one visitor may ask of the server: sizes and work of a run, checked before it starts, with the limit in the message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.words import words
from core.parameters import BaseSettings, Refusal

if TYPE_CHECKING:
    from core.system import System

WORDS = words()["limits"]
MOST_STEPS = 20_000
MOST_WORK = 500_000_000  # numbers touched: a second or two of one processor
MOST_HELD = 12_000_000  # numbers of all frames: some 100 MB


def check_work(system: System, most: Mapping[str, int], settings: BaseSettings, most_work: int = MOST_WORK) -> int:
    """The numbers that a run will touch, or a `Refusal` that names the limit."""
    check_sizes(most, settings)
    steps, frames = check_steps(system, settings)
    work = system.work(settings, steps, frames)
    share = max(work / most_work, frames * system.frame_size(settings) / MOST_HELD)
    if share > 1:
        name = next(iter(most), "resolution")
        raise _too_much(name, settings, WORDS["smaller"], WORDS["too_large"].format(steps=steps, share=f"{share:.2g}"))
    return work


def check_sizes(most: Mapping[str, int], settings: BaseSettings) -> None:
    for name, limit in most.items():
        if getattr(settings, name) > limit:
            raise _too_much(name, settings, WORDS["most"].format(most=limit), WORDS["at_most"].format(most=limit))


def check_steps(system: System, settings: BaseSettings) -> tuple[int, int]:
    """How many steps and frames a run takes, or a `Refusal` where they are too many."""
    steps, frames = system.planned_steps(settings, MOST_STEPS)
    if steps > MOST_STEPS:
        raise _too_much("resolution", settings, WORDS["coarser"], WORDS["too_many_steps"].format(most=MOST_STEPS))
    return steps, frames


def _too_much(name: str, settings: BaseSettings, allowed: str, says: str) -> Refusal:
    value = getattr(settings, name)
    return Refusal(name, value, allowed, key="too_much", sentence=f"{name} = {value:g}: {says}")
