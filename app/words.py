"""Every text a visitor reads is data: one words.toml for the frame of all pages, and one beside whatever else speaks.

A translation is a folder of such files with the same keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words(package: str = "app", stem: str = "words") -> dict[str, Any]:
    """The tables of a package's words.toml, such as "app.hosting", or of another stem beside it."""
    return tomllib.loads(files(package).joinpath(f"{stem}.toml").read_text(encoding="utf-8"))


def merged(*tables: dict[str, Any]) -> dict[str, Any]:
    """One table out of several; where tables stand under one key, they are merged too, else the later one wins."""
    whole: dict[str, Any] = {}
    for table in tables:
        for key, value in table.items():
            known = whole.get(key)
            whole[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return whole


def plural(forms: Sequence[str], n: int, **values: Any) -> str:
    """Of a sentence for one and a sentence for several the right one, filled in."""
    one, many = forms
    return (one if n == 1 else many).format(n=n, **values)
