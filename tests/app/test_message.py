"""A message is safetensors' layout: a header that anyone can read, and arrays that lie where their items must."""

import json
import struct

import numpy as np
import pytest

from app.message import DTYPES, plain, read, write

ARRAYS = {
    "small": np.arange(-3, 4, dtype="i1"),
    "frames": np.arange(12, dtype="<f8").reshape(3, 4) / 7,
    "empty": np.zeros((0, 5), dtype="<f4"),
    "rows": np.array([1, -2, 3], dtype="<i4"),
    "steps": np.array([[0, 65535]], dtype="<u2"),
    "rounded": np.array([-32767, 32767], dtype="<i2"),
    "bits": np.array([255], dtype="u1"),
}


def test_what_is_written_is_read():
    header = {"version": 1, "names": ["α", None], "nested": {"T": 0.5}}
    again, arrays = read(write(header, ARRAYS))
    assert again == header
    assert set(arrays) == set(ARRAYS)
    for name, values in ARRAYS.items():
        assert arrays[name].dtype == values.dtype and np.array_equal(arrays[name], values)


def test_the_layout_is_that_of_safetensors():
    message = write({"version": 1}, ARRAYS)
    (length,) = struct.unpack("<Q", message[:8])
    assert length % 8 == 0
    entries = json.loads(message[8 : 8 + length])
    assert message[8:9] == b"{"
    about = entries.pop("__metadata__")
    assert all(isinstance(text, str) for text in about.values())
    places = [entry["data_offsets"] for entry in entries.values()]
    assert [start for start, _ in places] == [0, *(end for _, end in places[:-1])]  # no holes
    assert places[-1][1] == len(message) - 8 - length
    for entry in entries.values():
        size = np.dtype(DTYPES[entry["dtype"]]).itemsize
        assert entry["data_offsets"][0] % size == 0
        assert entry["data_offsets"][1] - entry["data_offsets"][0] == size * np.prod(entry["shape"], dtype=int)


def test_an_array_that_no_browser_has_a_type_for_is_refused():
    with pytest.raises(KeyError):
        write({}, {"long": np.arange(3, dtype="<i8")})


def test_what_json_cannot_hold_is_written_as_text():
    assert plain({1: float("inf"), "b": [np.float32(0.5), np.int64(2), -np.inf, float("nan"), True, None]}) == {
        "1": "inf",
        "b": [0.5, 2, "-inf", None, True, None],
    }
