"""What can be taken away of a run: its files, the Python that repeats it, and a QR code of its link.

A run that was bent is several segments, each a `Run` that goes on from a frame of the one before it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from app.words import words
from core.registry import DEFAULT
from core.run import Run
from core.run_file import csv_text, npz_bytes
from core.system import System

WORDS = words()["takeaway"]
Made = tuple[
    str, Callable[[Sequence[Run], str], bytes | str]
]  # of a file: its type, and how it is made of segments and an address
# What every run gives, by suffix.
FILES: dict[str, Made] = {
    "npz": ("application/octet-stream", npz_bytes),
    "csv": ("text/csv", csv_text),
}


@dataclass(frozen=True)
class Literals:
    """Arguments that Python has to write out: the expression that makes each, and the parameters which then have no say."""

    made: Mapping[str, str] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()


def python_lines(system: System, runs: Sequence[Run], literals: Literals, always: Sequence[str]) -> str:
    """Python that repeats the run to the last bit: three lines, and one more for each bend or each thing drawn by hand; above
    them a comment that says where core is found."""
    first = runs[0].settings
    lines = [f"# {WORDS['source']}"]
    if any("np." in made for made in literals.made.values()):
        lines.append("import numpy as np")
    lines.append("from core import simulate")
    lines += [f"{name} = {made}" for name, made in literals.made.items()]
    given = {} if system.name == DEFAULT else {"system": json.dumps(system.name)}
    given |= {name: name for name in literals.made}
    for name, parameter in system.parameters.items():
        if name not in literals.unsaid and (name in always or first[name] != parameter.default):
            given[name] = _literal(first[name])
    lines.append(f"run = simulate({_arguments(given)})")
    for before, run in pairwise(runs):
        changes = {name: _literal(run.settings[name]) for name in _changed(system, before.settings, run.settings)}
        lines.append(f"run = simulate({_arguments({'start': 'run', 'at': str(run.settings['at']), **changes})})")
    lines.append("print(run.sentence)")
    return "\n".join(lines) + "\n"


def _changed(system: System, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What a bend changed; a cue was drawn before it, whatever it is called after."""
    return [name for name in system.parameters if name != "cue" and after[name] != before[name]]


def _arguments(given: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in given.items())


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    return 'float("inf")' if value == math.inf else repr(value)


def qr_svg(url: str) -> str:
    """The link as a QR code, black on white with its quiet zone: an inline SVG that scales with the page."""
    import segno  # with much of the standard library behind it, and few ask for a code

    try:
        code = segno.make(url, error="l", micro=False, boost_error=True)
    except segno.DataOverflowError:
        raise ValueError(WORDS["qr_too_long"]) from None
    return code.svg_inline(border=4, omitsize=True, dark="#000", light="#fff", title=WORDS["qr_title"])
