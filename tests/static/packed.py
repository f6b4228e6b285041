"""What tests of the built site share: how its files are read, and the site itself where its runtime can be had."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.static import build
from app.static.runtime import NotFetched, cache_folder, runtime

ROOT = Path(__file__).parents[2]
TOYS = ("decay", "march")  # chapters of tests/toy, which come along by themselves
# In a process that finds the toys, as whoever has chapters of his own would build.
MAKE = """
import sys
from pathlib import Path
from app.static import build
from app.static.compact import has_node
from app.static.runtime import runtime
site = build.Site(build.chosen([]), runtime(Path(sys.argv[2])), build.WHOLE, lean=has_node())
site.build()
build.write(site, Path(sys.argv[1]))
"""


def runtime_or_skip() -> dict[str, bytes]:
    """The runtime; where it cannot be fetched, for that cause alone, nothing is tested."""
    try:
        return runtime()
    except NotFetched as why:
        pytest.skip(f"not tested: {why}")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    place = tempfile.TemporaryDirectory(prefix="gliascope-site-")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "toy"), str(ROOT)])}
    command = [sys.executable, "-c", MAKE, place.name, str(cache_folder())]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return place


def whole_site() -> Path:
    """The folder of a site with all pages and what computes, and the one file: built once for all tests, from a folder that has
    the runtime, as `--runtime` names one."""
    runtime_or_skip()
    return Path(_folder().name)


@cache
def scenes_alone() -> build.Site:
    """The same without what computes, and without the toys."""
    made = build.Site(build.chosen([]))
    made.build()
    return made


def unpacked(text: str) -> dict[str, Any]:
    held = json.loads(text)
    pieces = [base64.b64decode(piece) for piece in held["pieces"]]
    return joined(held["message"], pieces)


def unpacked_small(text: str) -> dict[str, Any]:
    """What `wire.packed` has packed."""
    whole = gzip.decompress(base64.b64decode(text))
    at = 4 + int.from_bytes(whole[:4], "little")
    head, distinct = json.loads(whole[4:at]), []
    for size in head["sizes"]:
        distinct.append(whole[at : at + size])
        at += size
    assert at == len(whole)
    return joined(head["message"], [distinct[place] for place in head["order"]])


def joined(value: Any, pieces: list[bytes]) -> Any:
    if isinstance(value, dict) and "$bytes" in value:
        piece = pieces[value["$bytes"]]
        return np.frombuffer(piece, value["kind"]) if "kind" in value else piece
    if isinstance(value, dict):
        return {key: joined(item, pieces) for key, item in value.items()}
    return [joined(item, pieces) for item in value] if isinstance(value, list) else value
