"""Every text a visitor reads is data: one words.toml for the frame of all pages, and one beside whatever else speaks.

A translation is a folder of such files with the same keys.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words(package: str = "app") -> dict[str, Any]:
    """The tables of a package's words.toml, such as "app.hosting"."""
    return tomllib.loads(files(package).joinpath("words.toml").read_text(encoding="utf-8"))


def merged(*tables: dict[str, Any]) -> dict[str, Any]:
    """One table out of several; where tables stand under one key, they are merged too, else the later one wins."""
    whole: dict[str, Any] = {}
    for table in tables:
        for key, value in table.items():
            known = whole.get(key)
            whole[key] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return whole


_FRAME, _RETRIEVAL, _STUDIES = words(), words("app.chapters.retrieval"), words("app.studies")
PAGE = merged(_FRAME["page"], _RETRIEVAL["page"])
STAGE = merged(_FRAME["stage"], _RETRIEVAL["stage"])
ADDRESS, EXPORTS = _FRAME["address"], _FRAME["takeaway"]
NARRATION, EQUATIONS = _RETRIEVAL["narration"], _RETRIEVAL["equations"]
LABORATORY, LABORATORY_PAGE = _STUDIES["study"], _STUDIES["page"]
HOSTING = words("app.hosting")["hosting"]
