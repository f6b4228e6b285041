"""The named presets of `scenes.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from core import PARAMETERS


@dataclass(frozen=True)
class Contrast:
    """The scene's own draw with some parameters changed, and what is promised of it."""

    parameters: Mapping[str, Any]
    promise: Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """Settings worth seeing, and one sentence of what to watch."""

    key: str
    title: str
    watch: str
    parameters: Mapping[str, Any]
    view: Mapping[str, Any] = field(default_factory=dict)
    promise: Mapping[str, Any] = field(default_factory=dict)
    contrast: tuple[Contrast, ...] = ()


@cache
def load_scenes() -> tuple[Scene, ...]:
    """All scenes in the order of the file."""
    text = files(__package__).joinpath("scenes.toml").read_text(encoding="utf-8")
    return tuple(_scene(entry) for entry in tomllib.loads(text)["scene"])


def first() -> Scene:
    """The scene that plays by itself on a first visit."""
    return load_scenes()[0]


def scene(key: str) -> Scene:
    """The scene of that key; a `KeyError` if there is none."""
    for found in load_scenes():
        if found.key == key:
            return found
    raise KeyError(key)


def _scene(entry: dict[str, Any]) -> Scene:
    unknown = set(entry["parameters"]) - set(PARAMETERS)
    if unknown:
        raise ValueError(f"scene '{entry['key']}': {min(unknown)} is not a parameter")
    contrast = tuple(Contrast(**other) for other in entry.pop("contrast", []))
    return Scene(**entry, contrast=contrast)
