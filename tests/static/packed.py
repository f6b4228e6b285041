"""Reads what a file of a site holds, as the browser does."""

from __future__ import annotations

import base64
import json
from typing import Any


def unpacked(text: str) -> dict[str, Any]:
    held = json.loads(text)
    pieces = [base64.b64decode(piece) for piece in held["pieces"]]
    return joined(held["message"], pieces)


def joined(value: Any, pieces: list[bytes]) -> Any:
    if isinstance(value, dict):
        return pieces[value["$bytes"]] if "$bytes" in value else {key: joined(item, pieces) for key, item in value.items()}
    return [joined(item, pieces) for item in value] if isinstance(value, list) else value
