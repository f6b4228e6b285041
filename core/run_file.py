"""Runs as files: NPZ with every state and observable, from which the run comes back bit for bit, and CSV for other programs.

A run that was bent is several segments, each a `Run` that goes on from a frame of the one before it.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.parameters import Refusal
from core.registry import DEFAULT, system_named, system_of_run
from core.run import Run
from core.system import Frames, System, Unfit

FORMAT = 1
MOST_BYTES = 256_000_000  # of a file that is read back, unpacked
MOST_ENTRIES = 1000
MOST_SEGMENTS = 100


# --------------------------------------------------------------------------------------------------------------- writing


def header(runs: Sequence[Run], address: str = "") -> str:
    """Everything but the numbers, as JSON: format, settings of each segment, how it ended, where a page shows it again."""
    last = runs[-1]
    about: dict[str, Any] = {"format": FORMAT, "address": address}
    if last.system != DEFAULT:  # as files have it from before there was another
        about["system"] = last.system
    about["segments"] = [_segment(run) for run in runs]
    about.update(system_of_run(last).file_about(runs))
    about.update(outcome=last.outcome, sentence=last.sentence, converged_at=getattr(last, "converged_at", None))
    return json.dumps(about, ensure_ascii=False, allow_nan=False)


def _segment(run: Run) -> dict[str, Any]:
    parameters = system_of_run(run).parameters
    settings = {name: run.settings[name] for name in parameters if isinstance(run.settings[name], (str, int, float))}
    if "cue" in parameters:  # of the caller's own, it is an array of the file
        settings.setdefault("cue", "own")
    plain = {name: str(value) if value == math.inf else value for name, value in settings.items()}  # JSON has no infinity
    ended = {"converged_at": getattr(run, "converged_at", None), "steps": run.steps}
    return {"settings": plain, "at": run.settings.get("at"), **ended}


def npz_bytes(runs: Sequence[Run], address: str = "") -> bytes:
    """All states and observables of all frames; a bent run's arrays are named after their segments."""
    system = system_of_run(runs[-1])
    arrays: dict[str, Any] = {"about": np.array(header(runs, address)), **system.file_arrays(runs[-1])}
    for i, run in enumerate(runs):
        prefix = _prefix(i, len(runs))
        arrays[prefix + "t"] = run.t
        for name, values in run.observables.items():
            arrays[prefix + name] = values
        if run.has_energy:
            arrays[prefix + "energy"] = run.energy
            for part, values in run.energy_parts.items():
                arrays[f"{prefix}energy_{part}"] = values
        for name, values in run.variables.items():
            arrays[prefix + name] = values
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _prefix(segment: int, segments: int) -> str:
    return f"segment{segment}_" if segments > 1 else ""


def csv_text(runs: Sequence[Run], address: str = "") -> str:
    """One row for each frame, under a comment with the settings and a row of names."""
    system = system_of_run(runs[-1])
    narrow = [name for name, values in runs[-1].observables.items() if values.ndim == 1]
    if runs[-1].has_energy and "energy" not in narrow:
        narrow.append("energy")
    parts = list(dict.fromkeys(part for run in runs if run.has_energy for part in run.energy_parts))
    wide = system.file_columns(runs)
    text = io.StringIO()
    text.write(f"# {header(runs, address)}\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["segment", "t", *narrow, *(f"energy_{part}" for part in parts), *wide])
    for i, run in enumerate(runs):
        missing = np.full(len(run.t), math.nan)
        columns = [
            run.t,
            *(run.energy if name == "energy" else run.observables[name] for name in narrow),
            *(run.energy_parts.get(part, missing) for part in parts),
            *(values[i] for values in wide.values()),
        ]
        rows.writerows([i, *row] for row in np.column_stack(columns).tolist())
    return text.getvalue()


# --------------------------------------------------------------------------------------------------------------- reading


def load_run(source: bytes | str | os.PathLike[str]) -> Any:
    """The run that an NPZ file (its path, or its bytes) holds, as it was when it was taken away: its frames are the file's.

    Of a run that was bent it is the last segment; `run.segments` are all of them. Whatever is no such file is refused.
    """
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    arrays = _arrays(data)
    try:
        about = json.loads(str(arrays["about"]))
        if about["format"] != FORMAT:
            found = about["format"]
            sentence = f"the file has format {found!r}, and only format {FORMAT} can be read"
            raise Refusal("file", found, f"format {FORMAT}", key="file_format", sentence=sentence)
        system = system_named(about.get("system", DEFAULT))
        segments = about["segments"]
        if not 1 <= len(segments) <= MOST_SEGMENTS:
            raise IndexError
        run: Run | None = None
        for i, segment in enumerate(segments):
            run = _restored(system, about, arrays, i, segment, run)
    except Refusal:
        raise
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, OverflowError, RecursionError, MemoryError):
        raise _unreadable() from None
    return run


def _restored(
    system: System, about: dict[str, Any], arrays: dict[str, np.ndarray], i: int, segment: dict[str, Any], earlier: Run | None
) -> Run:
    prefix = _prefix(i, len(about["segments"]))
    settings = _settings(system, segment["settings"])
    t, at = arrays[prefix + "t"], segment["at"]
    right = t.ndim == 1 and len(t) >= 1 and t.dtype == np.float64 and bool(np.all(np.isfinite(t)) and np.all(np.diff(t) > 0))
    if earlier is None:
        right &= at is None
    else:
        right &= type(at) is int and -len(earlier.t) <= at < len(earlier.t) and earlier.t[at] == t[0]
    if not right or 8 * system.frame_size(settings) > MOST_BYTES:
        raise Unfit("t")
    mine = {name.removeprefix(prefix): values for name, values in arrays.items() if name.startswith(prefix)}
    return system.restore(settings, Frames(mine, arrays, about, segment, earlier, at, last=i == len(about["segments"]) - 1))


def _settings(system: System, given: dict[str, Any]) -> Any:
    """The settings as the core accepts them; text that stands for an infinite number is read as one."""
    known = system.parameters
    read = {name: known[name].read(value) if isinstance(value, str) else value for name, value in given.items()}
    return system.settings_class(**read)


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a file that a stranger may have made: bounded before it is unpacked, and never unpickled."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
        fits = len(entries) <= MOST_ENTRIES and sum(entry.file_size for entry in entries) <= MOST_BYTES
        if fits:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, OSError, EOFError, MemoryError):
        raise _unreadable() from None
    megabytes = MOST_BYTES // 10**6
    sentence = f"the file is larger than {megabytes} MB unpacked, the most that is read"
    raise Refusal("file", None, f"at most {megabytes} MB", key="file_too_large", sentence=sentence, megabytes=megabytes)


def _unreadable() -> Refusal:
    sentence = "the file does not hold a run as it is taken away from here"
    return Refusal("file", None, "a run that was taken away from here", key="file_unreadable", sentence=sentence)
