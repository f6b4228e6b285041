"""What one visitor may ask of the server: sizes and work of a run, checked before it starts, with the limit in the message."""

from __future__ import annotations

from itertools import islice

from core import Settings
from core.integrate import INTEGRATORS
from core.memories import draw_memories
from core.registry import MEMORIES

MOST = {"N": 1024, "K": 512}
MOST_STEPS = 20_000
MOST_WORK = 200_000_000  # N·K·steps: about a second of one processor


def check_work(settings: Settings) -> int:
    """N·K·steps of a run that is about to start, or a `ValueError` whose sentence names the limit."""
    for name, most in MOST.items():
        value = getattr(settings, name)
        if value > most:
            raise ValueError(f"{name} = {value}: this page takes at most {most}")
    stored = draw_memories(settings) if settings.family != "own" else None
    if stored is None:
        return 0
    memory = MEMORIES[settings.model](settings, stored.patterns[None])
    integrator = INTEGRATORS[settings.integrator]
    integrator.check(memory, settings)
    steps = sum(1 for _ in islice(integrator.grid(memory, settings, 0.0), MOST_STEPS + 1))
    if steps > MOST_STEPS:
        raise ValueError(
            f"resolution = {settings.resolution:g}: this run would take more than {MOST_STEPS} steps, the most of this page"
        )
    work = settings.N * settings.K * steps
    if work > MOST_WORK:
        raise ValueError(f"N = {settings.N}: N·K·steps would be {work:.2g}, and this page takes at most {MOST_WORK:.0e}")
    return work
