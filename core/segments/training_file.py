"""A finished training as a file: safetensors, for any program, or NPZ. Neither can hold code."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core import tensors
from core.parameters import Refusal
from core.segments.block import Weights
from core.segments.settings import Settings
from core.segments.training import FORMAT, Training

KEY = "gliascope"
MOST_BYTES = 10_000_000
CURVES = ("losses", "accuracies")


def arrays_of(training: Training) -> dict[str, np.ndarray]:
    """The weights by name, and loss and accuracy of every step."""
    return {**training.weights, "losses": training.losses, "accuracies": training.accuracies}


def training_of(settings: Settings, arrays: Mapping[str, np.ndarray]) -> Training:
    """The training of these settings whose arrays a file holds; a missing one is a `KeyError`, one that does not fit a
    `ValueError` of NumPy or a `TypeError`."""
    weights = Weights.zeros(settings.architecture)
    for name, values in weights.items():
        values[...] = _numbers(arrays[name], values.shape)
    losses, accuracies = (_numbers(arrays[name], np.shape(arrays["losses"])) for name in CURVES)
    if losses.ndim != 1 or len(losses) > settings.steps:
        raise TypeError("one number a step")
    return Training(settings.of_training(), weights, losses, accuracies)


def _numbers(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if values.dtype != np.float32 or values.shape != shape or not np.isfinite(values).all():
        raise TypeError("numbers of the shape that the settings ask for")
    return values.copy()


def safetensors_bytes(training: Training) -> bytes:
    return tensors.write({KEY: _about(training)}, arrays_of(training))


def npz_bytes(training: Training) -> bytes:
    buffer = io.BytesIO()
    arrays: dict[str, Any] = arrays_of(training)
    np.savez_compressed(buffer, about=np.array(_about(training)), **arrays)
    return buffer.getvalue()


WRITERS = {".npz": npz_bytes, ".safetensors": safetensors_bytes}


def save_training(training: Training, path: str | os.PathLike[str]) -> None:
    """Write a training; the ending of the path decides which kind of file."""
    path = Path(path)
    if path.suffix not in WRITERS:
        allowed = f"a path that ends in {' or '.join(WRITERS)}"
        raise Refusal("out", str(path), allowed, key="ending", sentence=f"out = '{path}': it must end in {' or '.join(WRITERS)}")
    path.write_bytes(WRITERS[path.suffix](training))


def _about(training: Training) -> str:
    settings = {name: value for name, value in training.settings.as_dict().items() if name != "sequence"}
    return json.dumps({"format": FORMAT, "system": "segments", "settings": settings})


def load_training(source: bytes | str | os.PathLike[str]) -> Training:
    """The training that a file (its path, or its bytes) of either kind holds; whatever is no such file is refused."""
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    try:
        about, arrays = _npz(data) if data[:2] == b"PK" else _safetensors(data)
        if about["format"] != FORMAT or about["system"] != "segments":
            raise TypeError("a training of ours")
        return training_of(Settings(**about["settings"]), arrays)
    except Exception:  # a damaged file makes its readers raise a dozen kinds
        sentence = "the file does not hold a training as it is taken away from here"
        raise Refusal(
            "file", None, "a training that was taken away from here", key="file_unreadable", sentence=sentence
        ) from None


def _npz(data: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
            raise MemoryError
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(str(arrays.pop("about"))), arrays


def _safetensors(data: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    metadata, arrays = tensors.read(data)
    return json.loads(metadata[KEY]), arrays
