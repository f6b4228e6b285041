"""Named arrays in the layout of safetensors, so that any language can open them.

Layout: the header's length as a little-endian uint64; the header, JSON that gives each array its dtype, shape and place, padded
with spaces to a multiple of 8 bytes; then the arrays without holes, those of the largest items first, so that each lies where its
items must. What else is to be said are texts by name under ``__metadata__``.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

DTYPES = {"F64": "<f8", "F32": "<f4", "I32": "<i4", "I16": "<i2", "U16": "<u2", "I8": "|i1", "U8": "|u1"}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ALIGNED = 8


def write(metadata: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The file; an array of any other dtype than those of `DTYPES` is a `KeyError`."""
    entries: dict[str, Any] = {"__metadata__": dict(metadata)}
    pieces, offset = [], 0
    for name, values in sorted(arrays.items(), key=lambda item: -item[1].itemsize):
        data = np.ascontiguousarray(values).tobytes()
        place = [offset, offset + len(data)]
        entries[name] = {"dtype": NAMES[values.dtype.str], "shape": list(values.shape), "data_offsets": place}
        pieces.append(data)
        offset += len(data)
    head = json.dumps(entries, ensure_ascii=False, allow_nan=False).encode()
    head += b" " * (-len(head) % ALIGNED)
    return b"".join([struct.pack("<Q", len(head)), head, *pieces])


def read(data: bytes) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Texts and arrays of a file; of one that is none, any of the errors of `struct`, JSON and NumPy."""
    (length,) = struct.unpack_from("<Q", data)
    entries = json.loads(data[8 : 8 + length])
    metadata = entries.pop("__metadata__")
    arrays = {}
    for name, entry in entries.items():
        shape, start = tuple(entry["shape"]), 8 + length + entry["data_offsets"][0]
        values = np.frombuffer(data, DTYPES[entry["dtype"]], count=math.prod(shape), offset=start)
        arrays[name] = values.reshape(shape)
    return metadata, arrays
