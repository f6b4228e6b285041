"""One run as one binary message for the player: what to show in each frame, and nothing it would have to compute.

Layout (little-endian): a uint32 with the length of the header, the header (UTF-8 JSON), zeros up to a multiple of 8,
then the arrays one after another, each aligned to 8 bytes and described in ``header["arrays"]``.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core import PARAMETERS, landscape

VERSION = 1
LEADERS = 6  # the target and its strongest rivals: drawn by name, and sent unrounded
PROBES = 2000  # rows looked at when frames are chosen; a run by explicit Euler has ten thousand
OVERLAP_STEPS = 32767  # overlaps in [-1, 1] as int16
GAIN_STEPS = 65535  # gains in [0, 1] as uint16
ARROWS, TILES = 8, 16  # of the gain simplex of three memories: their squares are how many
RATE_STEPS = 127  # firing rates in [-1, 1] as int8

SERIES = ("error", "hamming", "perplexity", "kl", "attention_gap", "power_x", "power_p")


def pack(
    segments: Sequence[Any],
    *,
    frames: int = 240,
    names: Sequence[str] | None = None,
    narrate: Callable[[Any], Sequence[str]] | None = None,
) -> bytes:
    """The message for a run, or for a steered run: several, each bending off from a moment of the one before.

    Parameters
    ----------
    segments : runs as `core.simulate` returns them; all on the same memories.
    frames : at most so many of the recorded moments are sent; first and last of each segment always are.
    names : what to call each memory; without it the player numbers them.
    narrate : from a run, one sentence for each of its recorded moments.
    """
    runs = [segments] if hasattr(segments, "overlaps") else list(segments)
    last = runs[-1]
    rows = _rows(runs, frames)
    leaders = _leaders(runs, rows)
    count, memories = last.patterns.shape

    arrays: dict[str, np.ndarray] = {
        "t": _gather(runs, rows, "t").astype("<f8"),
        "energy": _gather(runs, rows, "energy").astype("<f8"),
        "segment": np.repeat(np.arange(len(rows)), [len(r) for r in rows]).astype("<i4"),
        "row": np.concatenate(rows).astype("<i4"),
    }
    for name in SERIES:
        arrays[name] = _gather(runs, rows, name).astype("<f4")
    parts = list(last.energy_parts)
    arrays["parts"] = np.array(
        [np.concatenate([run.energy_parts[part][row] for run, row in zip(runs, rows, strict=True)]) for part in parts],
        dtype="<f4",
    ).reshape(len(parts), len(arrays["t"]))

    for name, leading, steps, dtype in (
        ("overlaps", "leader_overlaps", OVERLAP_STEPS, "<i2"),
        ("p", "leader_p", GAIN_STEPS, "<u2"),
        ("attention", "leader_attention", GAIN_STEPS, "<u2"),
    ):
        values = _gather(runs, rows, name)
        arrays[leading] = values[:, leaders].astype("<f4")
        arrays[name] = np.rint(np.clip(values, -1.0, 1.0) * steps).astype(dtype)
    arrays["g"] = _rates(_gather(runs, rows, "g"))
    arrays["cue"] = np.sign(last.cue).astype("i1")
    arrays["memories"] = np.packbits(last.patterns.T > 0, axis=1)

    sentences: list[str] = []
    if narrate is not None:
        spoken = [narrate(run) for run in runs]
        lines = [spoken[k][i] for k, row in enumerate(rows) for i in row]
        table = {line: i for i, line in enumerate(dict.fromkeys(lines))}
        sentences = list(table)
        arrays["said"] = np.array([table[line] for line in lines], dtype="<u2")
    if all(landscape.has_landscape(run) for run in runs):
        arrays.update(_landscape(runs, rows))

    starts = np.cumsum([0] + [len(row) for row in rows[:-1]])
    header = {
        "version": VERSION,
        "model": last.model,
        "N": count,
        "K": memories,
        "shape": list(last.shape) if last.shape else None,
        "frames": len(arrays["t"]),
        "target": int(last.target),
        "leaders": leaders,
        "names": list(names) if names is not None else None,
        "settings": _settings(last),
        "outcome": last.outcome,
        "sentence": last.sentence,
        "converged_at": last.converged_at,
        "largest_rise": max(float(run.largest_rise) for run in runs),
        "parts": parts,
        "sentences": sentences,
        "segments": [
            {"start": int(start), "t": float(run.t[row[0]]), "settings": _settings(run)}
            for start, run, row in zip(starts, runs, rows, strict=True)
        ],
    }
    return _write(header, arrays)


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a message, as the player reads them."""
    (length,) = struct.unpack_from("<I", message)
    header = json.loads(message[4 : 4 + length].decode())
    start = _aligned(4 + length)
    arrays = {}
    for entry in header["arrays"]:
        shape = tuple(entry["shape"])
        values = np.frombuffer(message, entry["dtype"], count=math.prod(shape), offset=start + entry["offset"])
        arrays[entry["name"]] = values.reshape(shape)
    return header, arrays


def _settings(run: Any) -> dict[str, Any]:
    """The parameters alone: patterns, cues and earlier runs that a run may come from are not for the header."""
    return {
        name: "own" if name == "cue" and not isinstance(run.settings["cue"], str) else run.settings[name] for name in PARAMETERS
    }


def _rows(runs: Sequence[Any], frames: int) -> list[np.ndarray]:
    """For each segment the recorded moments to send; what a later segment replaced is dropped."""
    ends = []
    for k, run in enumerate(runs):
        until = min((later.t[0] for later in runs[k + 1 :]), default=math.inf)
        ends.append(max(1, int(np.searchsorted(run.t, until, side="right"))))
    if sum(ends) <= frames:
        return [np.arange(end) for end in ends]
    probes = [np.unique(np.linspace(0, end - 1, min(end, PROBES)).astype(int)) for end in ends]
    paths = [_path(run, probe) for run, probe in zip(runs, probes, strict=True)]
    total = sum(path[-1] for path in paths) or 1.0
    chosen = []
    for probe, path in zip(probes, paths, strict=True):
        share = max(2, int(frames * path[-1] / total))
        picks = np.searchsorted(path, np.linspace(0.0, path[-1], share))
        chosen.append(probe[np.unique(np.concatenate([[0], picks, [len(probe) - 1]]).clip(0, len(probe) - 1))])
    while sum(map(len, chosen)) > frames and max(map(len, chosen)) > 2:
        longest = max(range(len(chosen)), key=lambda k: len(chosen[k]))
        chosen[longest] = np.delete(chosen[longest], len(chosen[longest]) // 2)
    return chosen


def _path(run: Any, rows: np.ndarray) -> np.ndarray:
    """How much has happened up to each row: in overlaps, gains, energy, error, and a little for the passing of time."""
    if len(rows) < 2:
        return np.zeros(len(rows))
    energy = run.energy[rows]
    moved = np.abs(np.diff(run.overlaps[rows], axis=0)).max(axis=1)
    moved += 0.5 * np.abs(np.diff(run.p[rows], axis=0)).sum(axis=1)
    moved += np.abs(np.diff(energy)) / (np.ptp(energy) or 1.0)
    moved += np.abs(np.diff(run.error[rows])) / run.patterns.shape[0]
    moved = np.nan_to_num(moved, posinf=0.0)
    quiet = np.diff(np.log1p(run.t[rows] - run.t[rows[0]]))
    return np.concatenate([[0.0], np.cumsum(moved + 0.2 * quiet / (quiet.sum() or 1.0))])


def _leaders(runs: Sequence[Any], rows: Sequence[np.ndarray]) -> list[int]:
    """The target, then the memory with the most gain of all, the closest at first, and who gains or overlaps most."""
    target = int(runs[-1].target)
    gain = np.max([run.p[row].max(axis=0) for run, row in zip(runs, rows, strict=True)], axis=0)
    reach = np.max([np.abs(run.overlaps[row]).max(axis=0) for run, row in zip(runs, rows, strict=True)], axis=0)
    strongest = next((int(i) for i in np.lexsort((-reach, -gain)) if i != target), target)
    closest = int(np.abs(runs[0].overlaps[0]).argmax())
    strength = gain / (gain.max() or 1.0) + reach
    ranked = [target, strongest, closest, *(int(i) for i in np.argsort(-strength, kind="stable"))]
    return list(dict.fromkeys(ranked))[:LEADERS]


def _landscape(runs: Sequence[Any], rows: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Flow and energy over the simplex in every frame: the energy as 0 (lowest in its frame) … 255."""
    arrows, tiles = landscape.simplex_points(ARROWS), landscape.simplex_points(TILES)
    flow = np.concatenate([landscape.flow(run, row, arrows) for run, row in zip(runs, rows, strict=True)])
    height = np.concatenate([landscape.energy(run, row, tiles) for run, row in zip(runs, rows, strict=True)])
    height = height - height.min(axis=1, keepdims=True)
    shade = np.rint(height * (255 / np.maximum(height.max(axis=1, keepdims=True), 1e-300)))
    return {
        "flow_at": arrows[:, :2].astype("<f4"),
        "flow": flow[:, :, :2].astype("<f4"),
        "shade_at": tiles[:, :2].astype("<f4"),
        "shade": shade.astype("u1"),
    }


def _gather(runs: Sequence[Any], rows: Sequence[np.ndarray], name: str) -> np.ndarray:
    pieces = [getattr(run, name)[row] for run, row in zip(runs, rows, strict=True)]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _rates(g: np.ndarray) -> np.ndarray:
    """Firing rates as int8; a small rate keeps its sign, since the sign is what makes a cell right or wrong."""
    steps = np.rint(g * RATE_STEPS)
    return np.where((steps == 0) & (g != 0), np.sign(g), steps).astype("i1")


def _write(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    offset, entries, pieces = 0, [], []
    for name, values in arrays.items():
        data = np.ascontiguousarray(values).tobytes()
        entries.append({"name": name, "dtype": values.dtype.str, "shape": list(values.shape), "offset": offset})
        pieces.append(data.ljust(_aligned(len(data)), b"\0"))
        offset += len(pieces[-1])
    text = json.dumps(_plain({**header, "arrays": entries}), ensure_ascii=False, allow_nan=False).encode()
    head = struct.pack("<I", len(text)) + text
    return b"".join([head.ljust(_aligned(len(head)), b"\0"), *pieces])


def _aligned(length: int) -> int:
    return -(-length // 8) * 8


def _plain(value: Any) -> Any:
    """The value in JSON's own types; JSON has no NaN and no infinity, so ±∞ become "inf" and "-inf", NaN null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        if math.isfinite(value):
            return float(value)
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, np.bool_):
        return bool(value)
    return str(value)
