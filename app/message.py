"""One binary message: a header of plain data and named arrays, in the layout of safetensors, so that any language can open it.

Layout: the header's length as a little-endian uint64; the header, JSON that gives each array its dtype, shape and place, padded
with spaces to a multiple of 8 bytes; then the arrays without holes, those of the largest items first, so that each lies where its
items must. Our own data are one text of JSON under ``__metadata__``, which may hold texts only.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

KEY = "gliascope"
DTYPES = {"F64": "<f8", "F32": "<f4", "I32": "<i4", "I16": "<i2", "U16": "<u2", "I8": "|i1", "U8": "|u1"}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ALIGNED = 8


def write(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The message; an array of any other dtype than those of `DTYPES` is a `KeyError`."""
    entries: dict[str, Any] = {"__metadata__": {KEY: _text(plain(header))}}
    pieces, offset = [], 0
    for name, values in sorted(arrays.items(), key=lambda item: -item[1].itemsize):
        data = np.ascontiguousarray(values).tobytes()
        place = [offset, offset + len(data)]
        entries[name] = {"dtype": NAMES[values.dtype.str], "shape": list(values.shape), "data_offsets": place}
        pieces.append(data)
        offset += len(data)
    head = _text(entries).encode()
    head += b" " * (-len(head) % ALIGNED)
    return b"".join([struct.pack("<Q", len(head)), head, *pieces])


def read(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a message, as the browser reads them."""
    (length,) = struct.unpack_from("<Q", message)
    entries = json.loads(message[8 : 8 + length])
    header = json.loads(entries.pop("__metadata__")[KEY])
    arrays = {}
    for name, entry in entries.items():
        shape, start = tuple(entry["shape"]), 8 + length + entry["data_offsets"][0]
        values = np.frombuffer(message, DTYPES[entry["dtype"]], count=math.prod(shape), offset=start)
        arrays[name] = values.reshape(shape)
    return header, arrays


def plain(value: Any) -> Any:
    """The value in JSON's own types; JSON has no NaN and no infinity, so ±∞ become "inf" and "-inf", NaN null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        if math.isfinite(value):
            return float(value)
        return None if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, np.bool_):
        return bool(value)
    return str(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
