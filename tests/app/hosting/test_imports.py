"""Hosting knows nothing of what it serves, and the health check of a container loads nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = sorted((ROOT / "app" / "hosting").glob("*.py"))
ALLOWED = ("app.hosting", "app.words", "app.rates")  # texts, and what a session uses too


def imported(path):
    """The modules of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module not in ("app", "core") else [f"{node.module}.{one.name}" for one in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] in ("app", "core"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_hosting_imports_no_page_and_no_system(path):
    assert [name for name in imported(path) if not name.startswith(ALLOWED)] == []


def test_there_is_something_to_walk():
    assert len(SOURCES) > 12 and "app.hosting.options" in set(imported(ROOT / "app" / "hosting" / "server.py"))


def test_the_health_check_is_light():
    code = "import sys, app.health; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"panel", "bokeh", "numpy", "tornado", "param", "core"} & set(loaded)


def test_what_the_image_compiles_is_there():
    """The Dockerfile loads these once, so that a container on a read-only file system has their bytecode."""
    line = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if "python3 -c" in line and "import app" in line)
    names = line.partition("import ")[2].partition(";")[0].split(", ")
    assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in names)
    assert {"app.site", "app.hosting.lifecycle", "app.health"} <= set(names)
