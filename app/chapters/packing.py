"""What the messages of several chapters pack alike: entries in few bytes, and the landscape between two patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from app.chapters.frames import Frames

VALLEY = 41  # places along the line from one pattern to the other
VALLEY_STEPS = 65535  # heights of it, in each frame from the lowest to the highest, as uint16


def signed(values: np.ndarray, steps: int) -> np.ndarray:
    """Values as int8, in steps of which `steps` are one; a small one keeps its sign, which makes an entry right or wrong."""
    whole = np.rint(values * steps)
    return np.where((whole == 0) & (values != 0), np.sign(values), whole).astype("i1")


def valley(
    sent: Frames,
    along: Callable[[Any, np.ndarray, np.ndarray], np.ndarray],  # of a run, in these rows, at these places from 0 to 1
    place: Callable[[Any, np.ndarray], np.ndarray],
) -> dict[str, np.ndarray]:
    """The energy along the line in every frame, how deep it is, and where on it the run stands; app/browser/cards/landscape.js
    draws it."""
    points = np.linspace(0.0, 1.0, VALLEY)
    pairs = list(zip(sent.runs, sent.rows, strict=True))
    height = np.concatenate([along(run, rows, points) for run, rows in pairs])
    low, high = height.min(axis=1, keepdims=True), height.max(axis=1, keepdims=True)
    level = np.rint((height - low) * (VALLEY_STEPS / np.maximum(high - low, 1e-300)))
    return {
        "valley": level.astype("<u2"),
        "valley_range": (high - low)[:, 0].astype("<f4"),
        "ball": np.concatenate([place(run, rows) for run, rows in pairs]).astype("<f4"),
    }
