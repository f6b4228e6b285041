"""Run by lean.mjs in the runtime itself: what a worker needs, compiled, in archives that a host can pack as a whole.

Every module of core and app is imported and every page is opened; of the standard library and of NumPy, what was not imported by
then stays out.
"""

from __future__ import annotations

import ast
import importlib
import io
import pathlib
import py_compile
import sys
import zipfile
from collections.abc import Iterable
from contextlib import suppress

DATE = (1980, 1, 1, 0, 0, 0)
LIBRARY = "/lib/python312.zip/"
ALSO = ("encodings/", "importlib/", "zipfile/", "pickle.", "copyreg.", "tempfile.", "shutil.")  # asked for later on
OF_NUMPY = ("numpy.libs/",)
DOCUMENTED = ("numpy/_core/multiarray.py",)  # whose docstrings are handed on to what is compiled; nobody else reads any there
OF_TEXT = ("numpy/_core/_add_newdocs.py", "numpy/_core/_add_newdocs_scalars.py")  # which only give docstrings to what is compiled


def compiled(path: str, text: bytes) -> bytes:
    source, target = pathlib.Path("/tmp/module.py"), pathlib.Path("/tmp/module.pyc")
    source.write_bytes(text)
    optimize = 0 if path in DOCUMENTED else 2
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH  # an archive has no dates that could be compared
    py_compile.compile(str(source), str(target), path, doraise=True, optimize=optimize, invalidation_mode=unchecked)
    return target.read_bytes()


def lean(archive: str, wanted: Iterable[str] | None) -> bytes:
    """The archive with modules compiled; only `wanted` ones, if any are named."""
    names = None if wanted is None else set(wanted)
    made = io.BytesIO()
    with zipfile.ZipFile(archive) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        for name in sorted(given.namelist()):
            data, stem = given.read(name), name.removesuffix("c").removesuffix(".py")
            if name.endswith("/") or (names is not None and stem not in names and not name.startswith((*ALSO, *OF_NUMPY))):
                continue
            if name.endswith(".py"):
                name, data = f"{name}c", compiled(name, b"" if name in OF_TEXT else data)
            packed.writestr(zipfile.ZipInfo(name, DATE), data)
    return made.getvalue()


def named(text: str) -> set[str]:
    """The modules that a source imports anywhere."""
    nodes = list(ast.walk(ast.parse(text)))
    froms = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return froms | {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}


def visit_all() -> None:
    """Import and open all that there is, also what is imported only when somebody asks for it."""
    with zipfile.ZipFile("/tmp/sources.zip") as given:
        for name in given.namelist():
            if name.endswith(".py") and name.startswith(("app/", "core/")) and "__main__" not in name:
                importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
                for module in named(given.read(name).decode()):
                    with suppress(ImportError):  # what only servers have
                        importlib.import_module(module)
    from app.chapters import chapters
    from app.static.worker import Worker
    from app.studies import studies

    shown = [{"folder": chapter.folder.name, "stem": "", "query": ""} for chapter in chapters().values()]
    shown += [{"folder": "", "stem": name, "query": ""} for name in studies()]

    nothing = {"hand": lambda *_: None, "end": lambda: None, "store": lambda: None, "count": 1, "folder": ""}
    importlib.import_module("numpy.ma")  # by NumPy itself, when it has to find a median
    for page in shown:
        session = Worker(page, lambda *_: None, nothing)
        session.hear({"do": "ready"})
        for what in ("npz", "csv", "python", "notebook", "qr", "command", "safetensors"):
            session.hear({"do": "want", "what": what, **({"url": "http://localhost/"} if what == "qr" else {})})


def imported(place: str) -> set[str]:
    """Within this place the modules that were imported, by their paths without an ending."""
    paths = (getattr(module, "__file__", None) or "" for module in list(sys.modules.values()))
    return {path.removeprefix(place).removesuffix("c").removesuffix(".py") for path in paths if path.startswith(place)}


def made() -> dict[str, bytes]:
    """The archives by name; where they are is said by lean.mjs."""
    visit_all()
    site = str(pathlib.Path(importlib.import_module("numpy").__path__[0]).parent) + "/"
    return {
        "python_stdlib.zip": lean("/tmp/python_stdlib.zip", imported(LIBRARY)),
        "numpy.zip": lean("/tmp/numpy.zip", imported(site)),
        "sources.zip": lean("/tmp/sources.zip", None),
    }
