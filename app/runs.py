"""From a page's parameters to its runs and to the message that plays them; equal questions of all visitors are answered once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

from app.answers import Answers
from app.limits import MOST_WORK, check_work
from app.narration import narrate
from app.parameters import BENDING, RUN, RUN_DEFAULTS, drawn_by_hand, read_bends, settings_of, spoken
from app.stage.pack import pack
from app.words import PAGE as WORDS
from core import PARAMETERS, Run, simulate

Key = tuple[Any, ...]
QUICK_WORK = 10_000_000  # up to this the event loop computes by itself: handing over would cost more than it saves
KEPT_COSTS = 1024
RUNS_BYTES, MESSAGES_BYTES = 24 << 20, 16 << 20  # of what is kept; at the defaults a run takes 0.6 MB, a message 0.08

# Long runs of all visitors share these threads; NumPy lets go of the interpreter in its products.
pool = ThreadPoolExecutor(max_workers=max(1, (os.cpu_count() or 2) - 1), thread_name_prefix="run")


def key_of(values: Mapping[str, Any]) -> Key:
    """What decides a run, and nothing else."""
    return tuple(values[name] for name in RUN)


def values_of(key: Key) -> dict[str, Any]:
    return dict(zip(RUN, key, strict=True))


@lru_cache(maxsize=KEPT_COSTS)
def cost(key: Key) -> int:
    """The work of a run, or a `ValueError` with the limit."""
    return work(values_of(key))


def is_quick(key: Key) -> bool:
    return cost(key) <= QUICK_WORK


def work(values: Mapping[str, Any]) -> int:
    """The work of a run with all its bends, or a `ValueError` with the limit."""
    bends = read_bends(values["bends"])
    whole = check_work(settings_of(values)) * (1 + len(bends))
    if whole > MOST_WORK:
        raise ValueError(WORDS["too_many_bends"].format(count=len(bends)))
    return whole


def _segments(key: Key) -> tuple[Run, ...]:
    """The run, and one more for each moment at which it was bent."""
    values = values_of(key)
    work(values)
    settings = settings_of(values)
    own = drawn_by_hand(values, settings)
    given = {name: values[name] for name in PARAMETERS}
    if "memories" in own:  # the memories come as they are, so their family says nothing
        del given["family"]
    if "cue" in own:
        given["cue"] = own.pop("cue")
    runs = [simulate(**own, **given)]
    for row, changes in read_bends(values["bends"]):
        runs.append(simulate(start=runs[-1], at=min(row, len(runs[-1].t) - 1), **changes))
    return tuple(runs)


def _size(runs: tuple[Run, ...]) -> int:
    N, K = runs[0].memory.N, runs[0].memory.K
    return sum(8 * (N * K + len(run.t) * run.memory.frame_size(N, K)) for run in runs)


segments = Answers(_segments, _size, RUNS_BYTES)


def _message(key: Key) -> bytes:
    """What the stage plays."""
    runs = segments(key)
    return pack(runs, names=None if all(name.isdigit() for name in runs[0].names) else runs[0].names, narrate=narrate)


message = Answers(_message, len, MESSAGES_BYTES)


def bent_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in force at the end: those of the start with every bend applied."""
    merged = dict(values)
    for _, changes in read_bends(values["bends"]):
        merged.update(changes)
    return merged


def told(values: Mapping[str, Any], against: Mapping[str, Any] = RUN_DEFAULTS) -> str:
    """How a pinned run is called: its model and what differs from the run on show."""
    differing = [name for name in (*BENDING, "K", "N", "noise", "seed", "model") if values[name] != against[name]]
    parts = []
    for name in differing[:3]:
        parts.append(f"{PARAMETERS[name].symbol} = {spoken(name, values[name])}")
    return ", ".join(parts) or WORDS["same"]
