"""What a worker loads, made small by the runtime itself under Node: compiled, without what is never imported; and every file of
a site packed for hosts that send it so. Without Node a site works, too: it is larger, and begins more slowly."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from app.static.runtime import MissingRuntime, cache_folder
from app.words import words

WORDS = words("app.static")["build"]
HERE = Path(__file__).parent
SOURCES, NUMPY, LIBRARY = "sources.zip", "numpy.zip", "python_stdlib.zip"
PATIENCE = 600  # seconds for either script
PACKED = (".js", ".mjs", ".json", ".html", ".svg", ".txt", ".wasm", ".zip")
SMALLEST = 1000  # bytes that are worth packing


def has_node() -> bool:
    return shutil.which("node") is not None


def compact(runtime: Mapping[str, bytes], sources: bytes, *, lean: bool) -> dict[str, bytes]:
    """The files that a worker asks for, by name: the runtime's, NumPy, and our own Python."""
    [wheel] = [name for name in runtime if name.endswith(".whl")]
    plain = {name: data for name, data in runtime.items() if name != wheel} | {NUMPY: runtime[wheel], SOURCES: sources}
    if not lean:
        return plain
    with tempfile.TemporaryDirectory() as folder:
        place, out = Path(folder), Path(folder, "out")
        out.mkdir()
        for name, data in {**plain, "lean.py": (HERE / "lean.py").read_bytes()}.items():
            (place / name).write_bytes(data)
        _node("lean.mjs", str(place), str(out))
        return plain | {name: (out / name).read_bytes() for name in (LIBRARY, NUMPY, SOURCES)}


def packed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Beside each file the same as .gz, and as .br where there is a Node; what was slow is kept for the next time."""
    worth = {path: data for path, data in files.items() if path.endswith(PACKED) and len(data) >= SMALLEST}
    made = {f"{path}.gz": gzip.compress(data, mtime=0) for path, data in worth.items()}
    if not has_node():
        return made
    cache = cache_folder().with_name("packed")
    cache.mkdir(parents=True, exist_ok=True)
    kept = {path: cache / f"{hashlib.sha256(data).hexdigest()[:32]}.br" for path, data in worth.items()}
    with tempfile.TemporaryDirectory() as folder:
        todo = {path: place for path, place in kept.items() if not place.is_file()}
        for path, place in todo.items():
            Path(folder, place.stem).write_bytes(worth[path])
        if todo:
            _node("pack.mjs", folder, str(cache))
    return made | {f"{path}.br": place.read_bytes() for path, place in kept.items()}


def _node(script: str, *given: str) -> None:
    node = shutil.which("node")
    assert node is not None
    try:
        subprocess.run([node, str(HERE / script), *given], check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as wrong:
        said = getattr(wrong, "stderr", b"") or b""
        last = [line for line in said.decode(errors="replace").splitlines() if "Error" in line and len(line) < 500]
        raise MissingRuntime(
            WORDS["node_failed"].format(script=script, why=last[-1] if last else type(wrong).__name__)
        ) from wrong
