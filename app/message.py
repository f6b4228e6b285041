"""One binary message: a header of plain data and named arrays, in the layout of safetensors, so that any language can open it.

Our own data are one text of JSON under ``__metadata__``, which may hold texts only. `core.tensors` has the layout.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from core import tensors
from core.tensors import DTYPES as DTYPES

KEY = "gliascope"


def write(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The message; an array of any other dtype than those of `DTYPES` is a `KeyError`."""
    return tensors.write({KEY: json.dumps(plain(header), ensure_ascii=False, allow_nan=False)}, arrays)


def read(message: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a message, as the browser reads them."""
    metadata, arrays = tensors.read(message)
    return json.loads(metadata[KEY]), arrays


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
