"""What can be named: memories, pattern families, cues and integrators enter themselves here when they are defined."""

from __future__ import annotations

from typing import Any

MEMORIES: dict[str, type] = {}
FAMILIES: dict[str, Any] = {}
CUES: dict[str, Any] = {}
INTEGRATORS: dict[str, Any] = {}


def memory_names() -> tuple[str, ...]:
    return tuple(MEMORIES)


def family_names() -> tuple[str, ...]:
    return tuple(FAMILIES)


def cue_names() -> tuple[str, ...]:
    return tuple(CUES)


def integrator_names() -> tuple[str, ...]:
    return tuple(INTEGRATORS)
