"""One run as one binary message for the stage: what to show in each frame, and nothing it would have to compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.chapters.frames import MOST, Frames, Told
from app.chapters.packing import signed, valley
from core.retrieval import landscape
from core.retrieval.observe import RetrievalRun

LEADERS = 6  # the target and its strongest rivals: drawn by name, and sent unrounded
OVERLAP_STEPS = 32767  # overlaps in [-1, 1] as int16
GAIN_STEPS = 65535  # gains in [0, 1] as uint16
ARROWS, TILES = 8, 16  # of the gain simplex of three memories: their squares are how many
RATE_STEPS = 127  # firing rates in [-1, 1] as int8

SERIES = ("error", "hamming", "perplexity", "kl", "attention_gap", "power_x", "power_p")


def pack(
    segments: RetrievalRun | Sequence[RetrievalRun],
    *,
    frames: int = MOST,
    names: Sequence[str | None] | None = None,
    narrate: Callable[[Any], Told] | None = None,
) -> bytes:
    """The message for a run, or for a steered run: several, each bending off from a moment of the one before.

    Parameters
    ----------
    segments : runs as `core.simulate` returns them; all on the same memories.
    frames : at most so many of the recorded moments are sent; first and last of each segment always are.
    names : what to call each memory; the stage numbers those without.
    narrate : from a run, one sentence for each of its recorded moments, and which are to be heard.
    """
    runs = [segments] if isinstance(segments, RetrievalRun) else list(segments)
    last = runs[-1]
    sent = Frames(runs, frames, _moved)
    arrays, ranked = sent.arrays, _leaders(sent)
    leaders = ranked[-1].tolist()
    count, memories = last.patterns.shape
    for name in SERIES:
        arrays[name] = sent.gather(name).astype("<f4")
    for name, leading, steps, dtype in (
        ("overlaps", "leader_overlaps", OVERLAP_STEPS, "<i2"),
        ("p", "leader_p", GAIN_STEPS, "<u2"),
        ("attention", "leader_attention", GAIN_STEPS, "<u2"),
    ):
        values = sent.gather(name)
        arrays[leading] = values[:, leaders].astype("<f4")
        arrays[name] = np.rint(np.clip(values, -1.0, 1.0) * steps).astype(dtype)
    arrays["leaders_so_far"] = ranked.astype("<u2")
    arrays["g"] = signed(sent.gather("g"), RATE_STEPS)
    arrays["cue"] = np.sign(last.cue).astype("i1")
    arrays["memories"] = np.packbits(last.patterns.T > 0, axis=1)
    sent.header.update({
        "model": last.model,
        "N": count,
        "K": memories,
        "shape": list(last.shape) if last.shape else None,
        "target": int(last.target),
        "leaders": leaders,
        "steps": {"overlaps": OVERLAP_STEPS, "p": GAIN_STEPS, "attention": GAIN_STEPS, "g": RATE_STEPS},
        "names": list(names) if names is not None else None,
    })  # fmt: skip
    if narrate is not None:
        sent.narrate(narrate)
    if all(landscape.has_landscape(run) for run in runs):
        arrays.update(_landscape(sent))
    if len(leaders) > 1 and all(landscape.has_gains(run) for run in runs):
        rival = leaders[1]
        arrays.update(
            valley(
                sent,
                lambda run, rows, at: landscape.along(run, rows, rival, at),
                lambda run, rows: landscape.stands(run, rows, rival),
            )
        )
        sent.header["valley_ends"] = [rival, int(last.target)]
    return sent.message()


def _moved(run: RetrievalRun, rows: np.ndarray) -> np.ndarray:
    """How much happens from row to row: in overlaps, gains, energy and error."""
    energy = run.energy[rows]
    moved = np.abs(np.diff(run.overlaps[rows], axis=0)).max(axis=1)
    moved += 0.5 * np.abs(np.diff(run.p[rows], axis=0)).sum(axis=1)
    moved += np.abs(np.diff(energy)) / (np.ptp(energy) or 1.0)
    return moved + np.abs(np.diff(run.error[rows])) / run.patterns.shape[0]


def _leaders(sent: Frames) -> np.ndarray:
    """In each frame, of what has happened so far: the target, then the memory with the most gain of all, the closest at first,
    and who gains or overlaps most."""
    gain = np.maximum.accumulate(sent.gather("p"), axis=0)
    reach = np.maximum.accumulate(np.abs(sent.gather("overlaps")), axis=0)
    strength = gain / np.maximum(gain.max(axis=1, keepdims=True), 1e-300) + reach
    closest = int(reach[0].argmax())
    by_gain, by_strength = np.lexsort((-reach, -gain)), np.argsort(-strength, axis=1, kind="stable")
    target, count = int(sent.last.target), min(LEADERS, gain.shape[1])
    found = []
    for first, then in zip(by_gain[:, :2].tolist(), by_strength[:, :LEADERS].tolist(), strict=True):
        strongest = next((memory for memory in first if memory != target), target)
        found.append(list(dict.fromkeys([target, strongest, closest, *then]))[:count])
    return np.array(found)


def _landscape(sent: Frames) -> dict[str, np.ndarray]:
    """Flow and energy over the simplex in every frame: the energy as 0 (lowest in its frame) … 255."""
    arrows, tiles = landscape.simplex_points(ARROWS), landscape.simplex_points(TILES)
    pairs = list(zip(sent.runs, sent.rows, strict=True))
    flow = np.concatenate([landscape.flow(run, rows, arrows) for run, rows in pairs])
    height = np.concatenate([landscape.energy(run, rows, tiles) for run, rows in pairs])
    height = height - height.min(axis=1, keepdims=True)
    shade = np.rint(height * (255 / np.maximum(height.max(axis=1, keepdims=True), 1e-300)))
    return {
        "flow_at": arrows[:, :2].astype("<f4"),
        "flow": flow[:, :, :2].astype("<f4"),
        "shade_at": tiles[:, :2].astype("<f4"),
        "shade": shade.astype("u1"),
    }
