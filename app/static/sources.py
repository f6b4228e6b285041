"""The Python that a worker runs, as one archive: core, what sessions, chapters and studies need of app, and three small packages.

It is made of the folders in which the packages are found, so that a chapter that stands elsewhere comes along.
"""

from __future__ import annotations

import importlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import app
import app.chapters
import core
from app.chapters import chapters
from app.chapters.base import Chapter

PACKAGES = ("param", "cachetools", "segno")  # that sessions import besides NumPy
SUFFIXES = (".py", ".toml", ".txt", ".tex", ".js", ".css", ".npz", ".json", ".safetensors")
# What only servers and builds have a use for.
LEFT_OUT = (
    "app/hosting", "app/engine/pools.py", "app/studies/figures.py", "app/site.py", "app/pages.py", "app/component.py",
    "app/figures.py", "app/notebook.py", "app/equations.py", "app/claims.py", "core/__main__.py",
    *(f"app/static/{name}.py" for name in ("build", "compact", "lean", "runtime", "sources")),
)  # fmt: skip
FOR_PAGES = ("app/studies/", "app/static/")  # whose scripts a worker hands to nobody
DATE = (1980, 1, 1, 0, 0, 0)  # the first that an archive knows: the same files are the same bytes


def archive(shown: Iterable[Chapter]) -> bytes:
    """The archive for a site with these chapters."""
    files: dict[str, bytes] = {}
    wanted = {chapter.name for chapter in shown}
    others = [f"app/chapters/{chapter.folder.name}" for chapter in chapters().values() if chapter.name not in wanted]
    for name, folders in (("core", core.__path__), ("app/chapters", app.chapters.__path__), ("app", app.__path__)):
        for place in folders:
            for path, data in _files(Path(place)):
                files.setdefault(f"{name}/{path}", data)
    for package in PACKAGES:
        [place] = importlib.import_module(package).__path__
        files |= {f"{package}/{path}": data for path, data in _files(Path(place)) if path.endswith(".py")}
    for place in (*LEFT_OUT, *others):
        files = {path: data for path, data in files.items() if path != place and not path.startswith(f"{place}/")}
    files = {path: data for path, data in files.items() if not (path.startswith(FOR_PAGES) and path.endswith((".js", ".css")))}
    for chapter in chapters().values():
        folder = f"app/chapters/{chapter.folder.name}"
        if chapter.name in wanted:  # its figures are declared here, since HoloViews is not there
            files.pop(f"{folder}/figures.py", None)
            files[f"{folder}/figures.json"] = chapter.figures().encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data)
    return made.getvalue()


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in inner.parts and "tests" not in inner.parts:
            yield inner.as_posix(), path.read_bytes()
