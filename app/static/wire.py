"""A session's message as JSON with its bytes beside it: what a worker hands to its page, and what a file of a site holds."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

PLACE = "$bytes"  # in the JSON, with the number of the piece of bytes that belongs there
KIND = "kind"  # of an array beside it: a browser has arrays of these
KINDS = {"f": "float64", "i": "int32", "u": "int32", "b": "int32"}


def split(message: Mapping[str, Any]) -> tuple[str, list[bytes]]:
    """The JSON, and the pieces of bytes that it speaks of."""
    pieces: list[bytes] = []

    def plain(value: Any) -> Any:
        if isinstance(value, (bytes, bytearray, memoryview)):
            pieces.append(bytes(value))
            return {PLACE: len(pieces) - 1}
        if isinstance(value, np.ndarray):
            kind = KINDS[value.dtype.kind]
            pieces.append(value.astype(kind).tobytes())
            return {PLACE: len(pieces) - 1, KIND: kind}
        if isinstance(value, Mapping):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        return value.item() if isinstance(value, np.generic) else value

    return json.dumps(plain(message), ensure_ascii=False, allow_nan=False, separators=(",", ":")), pieces


def as_text(message: Mapping[str, Any]) -> str:
    """All in one text."""
    text, pieces = split(message)
    return f'{{"message":{text},"pieces":{json.dumps([base64.b64encode(piece).decode() for piece in pieces])}}}'


def packed(message: Mapping[str, Any]) -> str:
    """All in one text as small as it gets: bytes that are in the message several times are in it once."""
    text, pieces = split(message)
    distinct = list(dict.fromkeys(pieces))
    place = {piece: at for at, piece in enumerate(distinct)}
    sizes, order = [len(piece) for piece in distinct], [place[piece] for piece in pieces]
    head = f'{{"sizes":{json.dumps(sizes)},"order":{json.dumps(order)},"message":{text}}}'.encode()
    whole = gzip.compress(b"".join([len(head).to_bytes(4, "little"), head, *distinct]), mtime=0)
    return base64.b64encode(whole).decode()
