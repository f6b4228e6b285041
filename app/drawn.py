"""Cues and patterns that were drawn by hand, as compact texts of an address; and the deed that takes over such a cue."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.words import words

if TYPE_CHECKING:
    from app.chapters.session import ChapterSession

WORDS, NONSENSE = words()["address"], words()["page"]["nonsense"]
MOST_DRAWN = 16


class WrongSize(ValueError):
    """It was drawn for another number of neurons; the text finishes the sentence "it must be …"."""


def write_bits(entries: Iterable[float]) -> str:
    """±1 (and 0, for an entry that is not known) as hexadecimal: the signs, and after a dot which entries are 0 if any is."""
    array = np.asarray(list(entries))
    text = np.packbits(array > 0).tobytes().hex()
    return text if np.all(array) else f"{text}.{np.packbits(array == 0).tobytes().hex()}"


def read_bits(text: str, count: int) -> np.ndarray:
    """The entries that `write_bits` wrote; a text for another number of neurons is refused."""
    signs, _, unknown = text.partition(".")
    if len(signs) != 2 * math.ceil(count / 8) or (unknown and len(unknown) != len(signs)):
        raise WrongSize(WORDS["drawn_size"].format(count=count))
    entries = 2 * _bits(signs, count) - 1
    return np.where(_bits(unknown, count) == 1, 0, entries) if unknown else entries


def _bits(text: str, count: int) -> np.ndarray:
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8))[:count].astype(np.int8)


def write_blend(memories: Sequence[int], weights: Sequence[int]) -> str:
    """A cue that is a blend of memories: which, and how much of each, in whole numbers."""
    return "~".join(".".join(map(str, part)) for part in (memories, weights))


def read_blend(text: str) -> tuple[list[int], list[int]]:
    """The memories and weights that `write_blend` wrote."""
    memories, weights = ([int(number) for number in part.split(".")] for part in text.split("~"))
    if len(memories) != len(weights) or not any(weights):
        raise ValueError(WORDS["compact"])
    return memories, weights


def is_blend(text: str) -> bool:
    return "~" in text


def read_drawn(text: str) -> dict[int, str]:
    """Patterns drawn by hand: which memory, and its bits."""
    drawn = [entry.split(".") for entry in text.split("~")] if text else []
    if len(drawn) > MOST_DRAWN:
        raise ValueError(WORDS["too_many"])
    return {int(memory): bits for memory, bits in drawn}


def write_drawn(drawn: Mapping[int, str]) -> str:
    return "~".join(f"{memory}.{bits}" for memory, bits in sorted(drawn.items()))


def draw_cue(session: ChapterSession, entries: list[float]) -> None:
    """The cue as it was drawn: +1, −1, or 0 for what is not known."""
    if not isinstance(entries, list) or len(entries) != session.held.N or any(entry not in (-1, 0, 1) for entry in entries):
        raise ValueError(NONSENSE)
    session.change({"own_cue": write_bits(entries), "bends": ""})
