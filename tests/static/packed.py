"""What tests of the built site share: how its files are read, and the runtime where it can be had."""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from typing import Any

import numpy as np
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


def unpacked_small(text: str) -> dict[str, Any]:
    """What `wire.packed` has packed."""
    whole = gzip.decompress(base64.b64decode(text))
    at = 4 + int.from_bytes(whole[:4], "little")
    head, distinct = json.loads(whole[4:at]), []
    for size in head["sizes"]:
        distinct.append(whole[at : at + size])
        at += size
    assert at == len(whole)
    return joined(head["message"], [distinct[place] for place in head["order"]])


def joined(value: Any, pieces: list[bytes]) -> Any:
    if isinstance(value, dict) and "$bytes" in value:
        piece = pieces[value["$bytes"]]
        return np.frombuffer(piece, value["kind"]) if "kind" in value else piece
    if isinstance(value, dict):
        return {key: joined(item, pieces) for key, item in value.items()}
    return [joined(item, pieces) for item in value] if isinstance(value, list) else value
