"""What one visitor may ask of the server: sizes and work of a run, checked before it starts, with the limit in the message."""

from __future__ import annotations

from core import Settings
from core.integrate import planned_steps

MOST = {"N": 1024, "K": 512}
MOST_STEPS = 20_000
MOST_WORK = 200_000_000  # N·K·steps: about a second of one processor


def check_work(settings: Settings) -> int:
    """N·K·steps of a run that is about to start, or a `ValueError` whose sentence names the limit."""
    for name, most in MOST.items():
        value = getattr(settings, name)
        if value > most:
            raise ValueError(f"{name} = {value}: this page takes at most {most}")
    if settings.family == "own":
        return 0
    steps = planned_steps(settings, MOST_STEPS)
    if steps > MOST_STEPS:
        raise ValueError(
            f"resolution = {settings.resolution:g}: this run would take more than {MOST_STEPS} steps, the most of this page"
        )
    work = settings.N * settings.K * steps
    if work > MOST_WORK:
        raise ValueError(f"N = {settings.N}: N·K·steps would be {work:.2g}, and this page takes at most {MOST_WORK:.0e}")
    return work
