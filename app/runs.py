"""From a page's values to its runs and to the message that plays them; equal questions of all visitors are answered once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from cachetools import LRUCache, cached

from app.limits import MOST_WORK
from app.words import words
from core.parameters import Refusal
from core.run import Run

if TYPE_CHECKING:
    from app.chapters.base import Chapter

log = logging.getLogger(__name__)
PAGE = words()["page"]

Result = TypeVar("Result")
Key = tuple[Any, ...]  # the values of a chapter's run keys, in their order
QUICK_WORK = 10_000_000  # up to this the event loop computes by itself: handing over would cost more than it saves
KEPT_COSTS = 1024
RUNS_BYTES, MESSAGES_BYTES = 24 << 20, 16 << 20  # of what is kept; at the defaults a run takes 0.6 MB, a message 0.08


class Threads(ThreadPoolExecutor):
    """Threads that know how much waits for them."""

    waiting = 0

    def submit(self, work: Callable[..., Result], /, *given: Any, **named: Any) -> Future[Result]:
        def begin() -> Result:
            self.waiting -= 1
            return work(*given, **named)

        self.waiting += 1
        return super().submit(begin)


# Long runs of all visitors share these threads; NumPy lets go of the interpreter in its products.
pool = Threads(max_workers=max(1, (os.cpu_count() or 2) - 1), thread_name_prefix="run")


def key_of(chapter: Chapter, values: Mapping[str, Any]) -> Key:
    """What decides a run, and nothing else."""
    return tuple(values[name] for name in chapter.run_keys)


def values_of(chapter: Chapter, key: Key) -> dict[str, Any]:
    return dict(zip(chapter.run_keys, key, strict=True))


def compared(chapter: Chapter, values: Mapping[str, Any]) -> list[tuple[str, Key]]:
    """The runs of other models from the same start, with their names."""
    others = [model for model in chapter.read_compare(values["compare"]) if model != values["model"]]
    return [(model, key_of(chapter, {**values, "model": model, "bends": ""})) for model in others]


def companions(chapter: Chapter, values: Mapping[str, Any]) -> list[tuple[str, Key]]:
    """The runs that the chapter always shows beside it, with their names."""
    return [(name, key_of(chapter, other)) for name, other in chapter.companions(values).items()]


def keys_of(chapter: Chapter, values: Mapping[str, Any]) -> list[Key]:
    """All runs of a picture. A `Refusal` if the first cannot be run; a ghost that cannot is left out."""
    first = key_of(chapter, values)
    cost(chapter, first)
    keys = [first]
    pinned = [key_of(chapter, pin) for pin in chapter.read_pins(values["pins"])]
    for key in (*pinned, *(key for _, key in (*compared(chapter, values), *companions(chapter, values)))):
        with suppress(ValueError):
            cost(chapter, key)
            keys.append(key)
    return keys


@lru_cache(maxsize=KEPT_COSTS)
def cost(chapter: Chapter, key: Key) -> int:
    """The work of a run, or a `Refusal` with the limit."""
    return check(chapter, values_of(chapter, key))


def is_quick(chapter: Chapter, key: Key) -> bool:
    return cost(chapter, key) <= QUICK_WORK


def check(chapter: Chapter, values: Mapping[str, Any]) -> int:
    """The work of a run with all its bends, or a `Refusal` with the limit."""
    bends = chapter.read_bends(values["bends"])
    work = chapter.work(chapter.settings(values)) * (1 + len(bends))
    if work > MOST_WORK:
        sentence = f"bends = {len(bends)}: {PAGE['too_many_bends']}"
        raise Refusal("bends", len(bends), PAGE["fewer_bends"], key="too_much", sentence=sentence)
    return work


class Segments(tuple[Run, ...]):
    """A run with all its bends, and how many bytes it holds once all has been read off it."""

    nbytes: int


def _bytes_of(runs: Segments) -> int:
    return runs.nbytes


@cached(LRUCache(RUNS_BYTES, getsizeof=_bytes_of), lock=Lock(), info=True)
def segments(chapter: Chapter, key: Key) -> Segments:
    """The run, and one more for each moment at which it was bent. Two who ask at the same time may both compute."""
    cost(chapter, key)
    values = values_of(chapter, key)
    made = Segments(chapter.segments(values))
    settings = chapter.settings(values)
    frame, shared = chapter.system.frame_size(settings), chapter.system.trial_size(settings)
    made.nbytes = 8 * sum(len(run.t) * frame + shared for run in made)
    return made


@cached(LRUCache(MESSAGES_BYTES, getsizeof=len), lock=Lock(), info=True)
def message(chapter: Chapter, key: Key) -> bytes:
    """What the stage plays."""
    return chapter.pack(segments(chapter, key))


def prepare(chapter: Chapter, keys: Sequence[Key]) -> None:
    """Fill the cache, away from the event loop; what goes wrong is met again, and said, when the cache is asked."""
    for key in keys:
        try:
            message(chapter, key)
        except ValueError as wrong:
            log.debug("a run of %s cannot be made: %s", chapter.name, wrong)
