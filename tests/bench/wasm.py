"""Core's own tests in the browser's Python, with the runtime and NumPy of a site without a server: what passes, and how long.

Node runs it, as a browser would.
Threads and processes do not exist there, and SciPy, which judges some of the numbers, is not there either.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from app.chapters import chapters
from app.static.compact import compact
from app.static.runtime import runtime
from app.static.sources import archive
from tests.bench._table import heading, row

ROOT = Path(__file__).parents[2]
# What the tests import besides NumPy: the newest that have nothing compiled in them.
PACKAGES = ("pytest==8.4.2", "hypothesis==6.130.0")


def put_packages(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile", "--target", str(folder)]
    subprocess.run([*pip, "--only-binary", ":all:", *PACKAGES], check=True)


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench wasm", description=__doc__)
    parser.add_argument("--runtime", type=Path, metavar="DIR", help="a folder with Pyodide and its NumPy; else fetched")
    parser.add_argument("tests", nargs="*", help="files or folders of tests; all of core's if none is given")
    asked = parser.parse_args(given)
    node = shutil.which("node")
    if node is None:
        raise SystemExit("This needs Node, and there is none on this machine.")
    with tempfile.TemporaryDirectory() as place:
        parts, packages = Path(place, "runtime"), Path(place, "packages")
        parts.mkdir()
        packages.mkdir()
        for name, data in compact(runtime(asked.runtime), archive(chapters().values()), lean=False).items():
            (parts / name).write_bytes(data)
        put_packages(packages)
        wanted = [f"/tree/{Path(test).resolve().relative_to(ROOT).as_posix()}" for test in asked.tests]
        script = Path(__file__).with_suffix(".mjs")
        heading("Core's tests in the browser's Python: passed, and seconds")
        began = time.perf_counter()
        command = [node, str(script), str(parts), str(packages), str(ROOT), *wanted]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=(wrong := Path(place, "wrong")).open("w"), text=True
        ) as process:
            told = list(rows(process.stdout or ()))
        if not told:
            raise SystemExit(wrong.read_text()[-2000:])
    counts = Counter(test["outcome"] for test in told)
    row("all", f"{counts['passed']} of {len(told)}", f"{time.perf_counter() - began:.0f}", counts["failed"] == 0)
    row("left out for what is not there", str(counts["skipped"]))
    heading("What failed")
    for test in told:
        if test["outcome"] == "failed":
            print(f"{test['test']}\n    {test['why'][:160]}")
    return 0


def rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Each test that is told of; a row is printed for each file once all its tests are."""
    tests = (json.loads(line) for line in lines if line.startswith('{"test"'))
    for name, group in groupby(tests, lambda test: test["test"].partition("::")[0]):
        of_file = list(group)
        good = sum(test["outcome"] == "passed" for test in of_file)
        row(name, f"{good} of {len(of_file)}", f"{sum(test['seconds'] for test in of_file):.1f}")
        yield from of_file
