"""Random numbers: every draw comes from one seed through streams of their own names, so that changing one leaves the others."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from core.parameters import parameter

LARGEST_SEED = 2**53 - 1  # the largest integer that JSON and a browser keep exact

_NUMBERED = {"patterns": 0, "cue": 1, "noise": 2, "trials": 3}  # fixed by the runs that people have links to


def seed_field() -> Any:
    """The field `seed`, which every system has."""
    return parameter(0, "seed", "decides every random draw", low=0, high=LARGEST_SEED)


def stream(seed: int, name: str, *more: int) -> np.random.Generator:
    """The named random stream of a seed; streams of different names (or with other numbers behind it) are independent."""
    number = _NUMBERED.get(name)
    if number is None:  # a system's own name needs no entry in a table
        number = 2**32 + zlib.crc32(name.encode())
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number, *more))))


def trial_seeds(seed: int, trials: int) -> list[int]:
    """The own seed of each trial of an ensemble: the same whatever the number of trials, and small enough for a link."""
    return [int(s) for s in stream(seed, "trials").integers(0, 2**53, size=trials)]
