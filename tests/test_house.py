"""The rules of the house: what may import what, in Python and in JavaScript, and that nothing goes in circles."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("core", "app")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
SCRIPTS = sorted((ROOT / "app").rglob("*.js"))
FLAT = ("panel", "bokeh", "holoviews", "tornado", "app.hosting")
# What a session is made of: it may know neither a server nor what draws figures.
OF_SESSIONS = [
    name
    for name in PYTHON
    if name.removeprefix("app.")
    in (
        "session",
        "ports",
        "address",
        "numbers",
        "limits",
        "rates",
        "runs",
        "takeaway",
        "short_links",
        "static.worker",
        "static.wire",
        "static.engine",
    )
    or (name.startswith(("app.chapters", "app.studies")) and not name.endswith(".figures"))
]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(PYTHON[name].read_text(encoding="utf-8"))


def imported(name: str, at_start: bool = False) -> Iterator[str]:
    """The modules that one imports, wherever in it, or only what is imported as soon as it is."""
    for node in ast.walk(tree(name)) if not at_start else _outside(tree(name).body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _meant(name, node)


def _outside(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements outside functions, and not those that only a type checker reads."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.ClassDef)):
            yield from _outside(node.body)


def _meant(name: str, node: ast.ImportFrom) -> Iterator[str]:
    module = node.module or ""
    if node.level:
        parts = name.split(".")
        is_package = PYTHON[name].name == "__init__.py"
        module = ".".join([*parts[: len(parts) - node.level + is_package], *filter(None, [module])])
    for alias in node.names:
        whole = f"{module}.{alias.name}"
        yield whole if whole in PYTHON else module


def within(module: str, *places: str) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def papers(folder: str) -> set[str]:
    """The folders that belong to one system each."""
    return {path.name for path in (ROOT / folder).iterdir() if (path / "__init__.py").is_file()}


@pytest.mark.parametrize("name", [name for name in PYTHON if within(name, "core")])
def test_core_imports_numpy_the_standard_library_and_no_other_papers_folder(name):
    foreign = {module.split(".")[0] for module in imported(name)} - {"numpy", "core", *sys.stdlib_module_names}
    assert not foreign, f"{name} imports {foreign}"
    own = name.split(".")[1] if name.count(".") and name.split(".")[1] in papers("core") else None
    if name == "core":  # which gives the first system's public names
        return
    others = {module for module in imported(name) for paper in papers("core") - {own} if within(module, f"core.{paper}")}
    assert not others, f"{name} imports {others}"


@pytest.mark.parametrize("name", OF_SESSIONS)
def test_sessions_chapters_and_studies_know_no_server_and_no_figures(name):
    wrong = {module for module in imported(name) if within(module, *FLAT)}
    assert not wrong, f"{name} imports {wrong}"
    own = name.split(".")[2] if name.count(".") > 1 and name.startswith("app.chapters.") else None
    if own in papers("app/chapters"):
        others = {
            module for module in imported(name) for one in papers("app/chapters") - {own} if within(module, f"app.chapters.{one}")
        }
        assert not others, f"{name} imports {others}"


def test_what_a_session_loads_knows_no_server_either():
    """The same through whatever is imported by what is imported: a worker in a browser has none of it."""
    reached, todo = set(), list(OF_SESSIONS)
    while todo:
        name = todo.pop()
        if name in reached or name not in PYTHON or name.endswith(".figures"):
            continue
        reached.add(name)
        todo.extend(imported(name, at_start=True))
    wrong = {(name, module) for name in reached for module in imported(name, at_start=True) if within(module, *FLAT)}
    assert not wrong


def test_hosting_imports_no_page():
    wrong = {
        (name, module)
        for name in PYTHON
        if within(name, "app.hosting")
        for module in imported(name)
        if within(module, "app.chapters", "app.studies", "app.pages", "app.site", "app.session")
        and name != "app.hosting.processes"
    }
    assert not wrong


def test_nothing_in_python_goes_in_circles():
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way[way.index(name) :], name))
        if name in done:
            return
        for module in set(imported(name, at_start=True)):
            if module in PYTHON and module != name:
                visit(module, (*way, name))
        done.add(name)

    for name in PYTHON:
        visit(name, ())


# ------------------------------------------------------------------------------------------------------------- JavaScript


def scripts_of(path: Path) -> list[Path]:
    found = re.findall(r'^import\s[^"]*"([^"]+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    return [(path.parent / name).resolve() for name in found]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_import_only_what_stands_below_them(path):
    browser = ROOT / "app" / "browser"
    for other in scripts_of(path):
        assert other.is_file(), f"{path.name} imports {other}, which is not there"
        allowed = other.is_relative_to(browser) or (not path.is_relative_to(browser) and other.parent == path.parent)
        assert allowed, f"{path.relative_to(ROOT)} imports {other.relative_to(ROOT)}"


def test_nothing_in_javascript_goes_in_circles():
    done: set[Path] = set()

    def visit(path: Path, way: tuple[Path, ...]) -> None:
        assert path not in way, " → ".join(one.name for one in (*way, path))
        if path not in done:
            for other in scripts_of(path):
                visit(other, (*way, path))
            done.add(path)

    for path in SCRIPTS:
        visit(path, ())
