"""What can be taken away: the run as NPZ and CSV, the Python that repeats it, and a QR code of its link.

A run that was bent is several segments, each a `Run` that goes on from a frame of the one before it.
"""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import segno

from app.words import EXPORTS as WORDS
from core import PARAMETERS, Memories, Run, Settings, simulate
from core.events import has_gains

FORMAT = 1
MOST_BYTES = 256_000_000  # of a file that is read back, unpacked
MOST_ENTRIES = 1000
OBSERVED = ("energy", "power_x", "power_p", "error", "hamming", "perplexity", "kl", "attention_gap")
WIDE = ("g", "overlaps", "p", "attention")
ALWAYS_SAID = ("model", "N", "K", "T", "tau_p", "tau_x", "noise", "seed")  # in the Python, be they defaults or not
MARKS = "-0+"  # how a cue of −1, 0 and +1 is written


# ---------------------------------------------------------------------------------------------------------------- files


def header(runs: Sequence[Run], address: str = "") -> str:
    """Everything but the numbers, as JSON: format, settings of each segment, names, how it ended, where a page shows it again."""
    last = runs[-1]
    about = {
        "format": FORMAT,
        "address": address,
        "segments": [_segment(run) for run in runs],
        "own_memories": "memories" in runs[0].settings,
        "own_cue": not isinstance(runs[0].settings["cue"], str),
        "names": list(last.names),
        "shape": list(last.shape) if last.shape else None,
        "outcome": last.outcome,
        "sentence": last.sentence,
        "converged_at": last.converged_at,
    }
    return json.dumps(about, ensure_ascii=False, allow_nan=False)


def _segment(run: Run) -> dict[str, Any]:
    settings = {name: run.settings[name] for name in PARAMETERS if isinstance(run.settings[name], (str, int, float))}
    settings.setdefault("cue", "own")
    plain = {name: str(value) if value == math.inf else value for name, value in settings.items()}  # JSON has no infinity
    return {"settings": plain, "at": run.settings.get("at")}


def npz_bytes(runs: Sequence[Run], address: str = "") -> bytes:
    """All states and observables of all frames; a bent run's arrays are named after their segments."""
    arrays: dict[str, np.ndarray] = {
        "about": np.array(header(runs, address)),
        "patterns": runs[-1].patterns,
        "cue": runs[-1].cue,
    }
    for i, run in enumerate(runs):
        prefix = _prefix(i, len(runs))
        arrays[prefix + "t"] = run.t
        for name in (*OBSERVED, *WIDE):
            arrays[prefix + name] = getattr(run, name)
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
    parts = list(dict.fromkeys(part for run in runs for part in run.energy_parts))
    gain = "gain" if all(map(has_gains, runs)) else "implied_gain"
    columns = ["segment", "t", *OBSERVED, *(f"energy_{part}" for part in parts)]
    columns += [f"{what}_{name}" for what in ("overlap", gain) for name in runs[-1].names]
    text = io.StringIO()
    text.write(f"# {header(runs, address)}\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    for i, run in enumerate(runs):
        missing = np.full(len(run.t), math.nan)
        narrow = [
            run.t,
            *(getattr(run, name) for name in OBSERVED),
            *(run.energy_parts.get(part, missing) for part in parts),
        ]
        table = np.column_stack([*narrow, run.overlaps, run.p])
        rows.writerows([i, *row] for row in table.tolist())
    return text.getvalue()


@dataclass(frozen=True)
class Saved:
    """A run read back from NPZ: settings, and at which frame it goes on (None for the first), and arrays, by segment."""

    settings: list[dict[str, Any]]
    at: list[int | None]
    arrays: list[dict[str, np.ndarray]]
    patterns: np.ndarray
    cue: np.ndarray
    about: dict[str, Any]

    def repeat(self) -> list[Run]:
        """The same run, computed again."""
        given: dict[str, Any] = dict(self.settings[0])
        if self.about["own_memories"]:
            shape = tuple(self.about["shape"]) if self.about["shape"] else None
            given["memories"] = Memories(self.patterns, shape, tuple(self.about["names"]))
        if self.about["own_cue"]:
            given["cue"] = self.cue
        runs = [simulate(**given)]
        for at, settings in zip(self.at[1:], self.settings[1:], strict=True):
            changes = {name: settings[name] for name in _changed(runs[-1].settings, settings)}
            runs.append(simulate(start=runs[-1], at=at, **changes))
        return runs


def load_npz(data: bytes) -> Saved:
    """A run that `npz_bytes` wrote, checked; anything else raises a `ValueError` with one sentence."""
    arrays = _arrays(data)
    try:
        about = json.loads(str(arrays["about"]))
        if about["format"] != FORMAT:
            raise ValueError(WORDS["file_other_format"].format(found=about["format"], known=FORMAT))
        settings = [_checked(segment["settings"]) for segment in about["segments"]]
        at = [segment["at"] for segment in about["segments"]]
        prefixes = [_prefix(i, len(settings)) for i in range(len(settings))]
        shared = {"about", "patterns", "cue"}
        segments = [
            {name.removeprefix(prefix): arrays[name] for name in set(arrays) - shared if name.startswith(prefix)}
            for prefix in prefixes
        ]
        _check_shapes(settings, segments, arrays["patterns"], arrays["cue"])
    except (KeyError, TypeError, AttributeError, IndexError, json.JSONDecodeError):
        raise ValueError(WORDS["file_unreadable"]) from None
    return Saved(settings, at, segments, arrays["patterns"], arrays["cue"], about)


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
        raise ValueError(WORDS["file_unreadable"]) from None
    raise ValueError(WORDS["file_too_large"].format(megabytes=MOST_BYTES // 10**6))


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as the core accepts them; text that stands for an infinite number is read as one."""
    read = {name: PARAMETERS[name].read(value) if isinstance(value, str) else value for name, value in settings.items()}
    return Settings(**read).as_dict()


def _check_shapes(
    settings: list[dict[str, Any]], segments: list[dict[str, np.ndarray]], patterns: np.ndarray, cue: np.ndarray
) -> None:
    N, K = settings[0]["N"], settings[0]["K"]
    right = patterns.shape == (N, K) and cue.shape == (N,) and bool(np.all(np.abs(patterns) == 1))
    for arrays in segments:
        frames = len(arrays["t"])
        right &= all(arrays[name].shape == (frames,) for name in OBSERVED)
        right &= all(arrays[name].shape == (frames, K) for name in ("overlaps", "p", "attention"))
        right &= all(arrays[name].shape == (frames, N) for name in ("x", "g"))
    if not right:
        raise ValueError(WORDS["file_unreadable"])


# --------------------------------------------------------------------------------------------------------------- Python


def python_lines(runs: Sequence[Run]) -> str:
    """Python that repeats the run to the last bit: three lines, and one more for each bend or each thing drawn by hand."""
    first = runs[0].settings
    lines = ["from core import simulate"]
    given: dict[str, str] = {}
    if "memories" in first:
        lines.insert(0, "import numpy as np")
        lines.append(f"memories = {_patterns_literal(runs[0].patterns)}")
        given["memories"] = "memories"
    if not isinstance(first["cue"], str):
        lines.append(f"cue = {_cue_literal(runs[0].cue)}")
        given["cue"] = "cue"
    skipped = {"N", "K", "family"} if "memories" in given else set()
    skipped |= {"noise", "cue"} if "cue" in given else set()
    for name, parameter in PARAMETERS.items():
        if name not in skipped and (name in ALWAYS_SAID or first[name] != parameter.default):
            given[name] = _literal(first[name])
    lines.append(f"run = simulate({_arguments(given)})")
    for before, run in pairwise(runs):
        changes = {name: _literal(run.settings[name]) for name in _changed(before.settings, run.settings)}
        lines.append(f"run = simulate({_arguments({'start': 'run', 'at': str(run.settings['at']), **changes})})")
    lines.append("print(run.sentence)")
    return "\n".join(lines) + "\n"


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What a bend changed; the cue was drawn before it, whatever it is called after."""
    return [name for name in PARAMETERS if name != "cue" and after[name] != before[name]]


def _arguments(given: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in given.items())


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    return 'float("inf")' if value == math.inf else repr(value)


def _cue_literal(cue: np.ndarray) -> str:
    if np.all(np.isin(cue, (-1, 0, 1))):
        return f'["{MARKS}".index(mark) - 1 for mark in "{"".join(MARKS[int(entry) + 1] for entry in cue)}"]'
    return repr([float(entry) for entry in cue])


def _patterns_literal(patterns: np.ndarray) -> str:
    bits = np.packbits(patterns > 0).tobytes().hex()
    N, K = patterns.shape
    return f'np.unpackbits(np.frombuffer(bytes.fromhex("{bits}"), np.uint8), count={N * K}).reshape({N}, {K}) * 2.0 - 1'


# -------------------------------------------------------------------------------------------------------------- QR code


def qr_svg(url: str) -> str:
    """The link as a QR code, black on white with its quiet zone: an inline SVG that scales with the page."""
    try:
        code = segno.make(url, error="l", micro=False, boost_error=True)
    except segno.DataOverflowError:
        raise ValueError(WORDS["qr_too_long"]) from None
    return code.svg_inline(border=4, omitsize=True, dark="#000", light="#fff", title=WORDS["qr_title"])
