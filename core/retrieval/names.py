"""What can be named in this system: memories, pattern families and cues enter themselves here when they are defined."""

from __future__ import annotations

from typing import Any

MEMORIES: dict[str, Any] = {}
FAMILIES: dict[str, Any] = {}
CUES: dict[str, Any] = {}


def memory_names() -> tuple[str, ...]:
    return tuple(MEMORIES)


def family_names() -> tuple[str, ...]:
    return tuple(FAMILIES)


def cue_names() -> tuple[str, ...]:
    return tuple(CUES)


def memory_titles() -> dict[str, str]:
    return {name: memory.title for name, memory in MEMORIES.items()}
