"""Handwritten digits on a grid of 8×8, from a public data set (digits.txt says which, how they were made, and their licence).

`digits.txt` was written once, in a Python that has scikit-learn, whose `load_digits` is the test set of that data:

    known = {}
    for digit, picture in zip(data.target, data.data >= 8):
        known.setdefault(np.packbits(picture).tobytes().hex(), digit)

They are alike: two of them share 73 % of their pixels, a mean overlap of 0.47, where fair coins share half.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

DIGIT_SHAPE = (8, 8)
MOST_DIGITS = 1750
FILE = Path(__file__).with_suffix(".txt")


@cache
def _read() -> tuple[np.ndarray, str]:
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    packed = np.frombuffer(bytes.fromhex("".join(line[2:] for line in lines)), np.uint8)
    patterns = 2 * np.unpackbits(packed).view(np.int8).reshape(len(lines), -1) - 1
    patterns.flags.writeable = False  # one copy for everybody
    return patterns, "".join(line[0] for line in lines)


def digit_patterns() -> np.ndarray:
    """All of them as rows, (1750, 64) of ±1, each read row by row from the top left."""
    return _read()[0]


def digit_kinds() -> str:
    """Which digit each of them is."""
    return _read()[1]


def numbered(kinds: str) -> tuple[str, ...]:
    """A name for each of some digits: the first seven is 7a, the second one 7b, the 27th one 7aa."""
    counts: dict[str, int] = {}
    names = []
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
        names.append(kind + _letters(counts[kind]))
    return tuple(names)


def _letters(count: int) -> str:
    """1 is a, 26 is z, 27 is aa, as the columns of a table are called."""
    before, last = divmod(count - 1, 26)
    return (_letters(before) if before else "") + chr(ord("a") + last)
