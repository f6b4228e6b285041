"""What one visitor may ask of the server: sizes and work of a run, checked before it starts, with the limit in the message."""

from __future__ import annotations

from core import Settings
from core.integrate import planned_steps
from core.registry import MEMORIES

MOST = {"N": 1024, "K": 512}
MOST_STEPS = 20_000
MOST_WORK = 500_000_000  # numbers touched: a second or two of one processor
MOST_HELD = 12_000_000  # numbers of all frames: some 100 MB
# So many times a frame's numbers are touched in a step; and once more for what is read off a frame and sent.
IN_STEP, READ_OFF = 4, 30


def check_work(settings: Settings) -> int:
    """The numbers that a run will touch, or a `ValueError` whose sentence names the limit."""
    for name, most in MOST.items():
        value = getattr(settings, name)
        if value > most:
            raise ValueError(f"{name} = {value}: this page takes at most {most}")
    if settings.family == "own":
        return 0
    steps, frames = planned_steps(settings, MOST_STEPS)
    if steps > MOST_STEPS:
        raise ValueError(
            f"resolution = {settings.resolution:g}: this run would take more than {MOST_STEPS} steps, the most of this page"
        )
    frame = MEMORIES[settings.model].frame_size(settings.N, settings.K)
    work = steps * (settings.N * settings.K + IN_STEP * frame) + frames * READ_OFF * frame
    share = max(work / MOST_WORK, frames * frame / MOST_HELD)
    if share > 1:
        raise ValueError(
            f"N = {settings.N}: with {settings.K} memories and {steps} steps this run is {share:.2g} times what this page takes"
        )
    return work
