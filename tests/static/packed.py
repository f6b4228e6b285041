"""What tests of the built site share: how its files are read, and the runtime where it can be had."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import pytest

from app.static import build
from app.static.compact import has_node
from app.static.runtime import MissingRuntime, runtime


def runtime_or_skip() -> dict[str, bytes]:
    """The runtime; where it cannot be had, for that cause alone, nothing is tested."""
    try:
        return runtime()
    except MissingRuntime as why:
        pytest.skip(f"not tested: {why}")


@cache
def whole_site() -> build.Site:
    """All pages with what computes, and the one file: built once for all tests."""
    made = build.Site(build.chosen([]), runtime_or_skip(), build.WHOLE, lean=has_node())
    made.build()
    return made


def unpacked(text: str) -> dict[str, Any]:
    held = json.loads(text)
    pieces = [base64.b64decode(piece) for piece in held["pieces"]]
    return joined(held["message"], pieces)


def joined(value: Any, pieces: list[bytes]) -> Any:
    if isinstance(value, dict):
        return pieces[value["$bytes"]] if "$bytes" in value else {key: joined(item, pieces) for key, item in value.items()}
    return [joined(item, pieces) for item in value] if isinstance(value, list) else value
