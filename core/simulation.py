"""`simulate`: one trial of any system, from its settings (or from a frame of an earlier run) to a `Run`."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.parameters import Refusal
from core.registry import chosen, system_named
from core.run import Run


def simulate(*, system: str | None = None, start: Any = None, at: Any = -1, **given: Any) -> Any:
    """Let one trial run.

    Parameters
    ----------
    system : which system, "retrieval" if none is named; `model=` may name one as well.
    start, at : go on from frame `at` of an earlier run; all settings not given anew are that run's.
    given : parameters of the system, such as T, tau_p, K, noise, seed, model; and what else it takes. Retrieval takes memories
        (an (N, K) array of ±1, images of shape (K, h, w), or a `Memories`) and a cue (N numbers, or "flip" or "mask").
    """
    if start is None:
        known, given = chosen(system, given)
        return known.simulate(**given)
    if not isinstance(start, Run):
        kind = type(start).__name__
        sentence = f"start is a {kind}: it must be a run that simulate() returned"
        raise Refusal("start", kind, "a run that simulate() returned", key="start", sentence=sentence)
    if system is not None and system != start.system:
        allowed = f"{start.system!r}, as in the run that is gone on from"
        raise Refusal("system", system, allowed, key="fixed", earlier=start.system)
    frames = len(start.t)
    if isinstance(at, bool) or not isinstance(at, (int, np.integer)) or not -frames <= at < frames:
        allowed = f"a frame of the run, a whole number from {-frames} to {frames - 1}"
        raise Refusal("at", at, allowed, key="frame", low=-frames, high=frames - 1)
    return system_named(start.system).go_on(start, int(at), **given)
