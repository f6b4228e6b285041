"""All that a visitor reads is data: no sentence stands in the code, every key is used, and braces are filled by name."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"
TABLES = sorted({*APP.rglob("words.toml"), *(APP / "studies").glob("*.toml")})
# Three words in a row, with a space between them, are a sentence or a part of one.
SENTENCE = re.compile(r"[A-Za-zÀ-ÿ’']{2,},? [A-Za-zÀ-ÿ’']{2,},? [A-Za-zÀ-ÿ’']{2,}")
# What is said to whoever runs the server or writes the code, not to a visitor.
TO_OPERATORS = ("app/hosting/options.py", "app/hosting/processes.py", "app/hosting/lifecycle.py", "app/hosting/metrics.py")
TO_AUTHORS = ("app/equations.py",)  # of a chapter, when its equations cannot be read
TO_PROGRAMMERS = ("RuntimeError", "BundleError", "AssertionError", "SystemExit", "ModuleNotFoundError")
LOGGED = ("event", "debug", "info", "warning", "error", "exception", "log")


def constants(node: ast.AST) -> Iterator[ast.Constant]:
    """Texts in a piece of code that may reach a visitor: no docstrings, nothing that is logged or that programmers are told."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node
        return
    if isinstance(node, ast.Raise) and node.exc is not None and ast.unparse(node.exc).startswith(TO_PROGRAMMERS):
        return
    if isinstance(node, ast.Assert):
        return
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in LOGGED:
        return
    if isinstance(node, ast.keyword) and node.arg in ("doc", "help"):
        return
    body = getattr(node, "body", None)
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant) and isinstance(body, list)
        if not is_docstring:
            yield from constants(child)


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_stands_in_python(path):
    if str(path.relative_to(ROOT)) in (*TO_OPERATORS, *TO_AUTHORS):
        return
    found = [node.value for node in constants(ast.parse(path.read_text(encoding="utf-8"))) if SENTENCE.search(node.value)]
    found = [text for text in found if not _is_markup(text)]
    assert not found


def _is_markup(text: str) -> bool:
    """HTML, JavaScript, CSS and Python that are put together from parts."""
    loops = (" for mark in ", " for cell in ", " for side in ")
    signs = ("<!doctype", "export default", "const ", "=>", "'self'", "from core", "import numpy", *loops)
    return any(sign in text for sign in signs)


@pytest.mark.parametrize("path", sorted(APP.rglob("*.js")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_stands_in_javascript(path):
    text = re.sub(r"(?m)(^|\s)//.*$", "", path.read_text(encoding="utf-8"))
    literals = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", text)
    found = [literal for parts in literals for literal in parts if SENTENCE.search(re.sub(r"\$\{[^}]*\}", "", literal))]
    found = [literal for literal in found if not re.fullmatch(r"[\w\s.:,;#()%-]*(gs|gd|gl)-[\w\s-]*|M[\d.\w\s-]+", literal)]
    to_programmers = ("the stage knows no command", "input, textarea")
    assert not [literal for literal in found if not literal.startswith(to_programmers)]


def leaves(table: dict, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


@pytest.mark.parametrize("path", TABLES, ids=lambda path: str(path.relative_to(APP)))
def test_words_are_texts_with_braces_that_have_names(path):
    for place, value in leaves(tomllib.loads(path.read_text(encoding="utf-8"))):
        for text in [value] if isinstance(value, str) else value:
            assert isinstance(text, str) and text and "  " not in text, place
            names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
            assert all(re.fullmatch(r"\w+", name) for name in names), (place, names)
            assert not re.search(r"[^…]\.\.\.|--|\s-\s", text), place  # typography: … – and a true minus


def test_every_word_is_used():
    sources = "\n".join(path.read_text(encoding="utf-8") for suffix in ("py", "js", "html") for path in APP.rglob(f"*.{suffix}"))
    unused = []
    for path in TABLES:
        for place, _ in leaves(tomllib.loads(path.read_text(encoding="utf-8"))):
            # A word is asked for by its own key, or its table is, and then a value is the key.
            if not any(_is_asked_for(key, sources) for key in place[1:] or place):
                unused.append(".".join(place))
    assert not unused


def _is_asked_for(key: str, sources: str) -> bool:
    """Whether the key stands in the sources, or is put together there from its beginning and a name."""
    parts = key.split("_")
    beginnings = ["_".join(parts[:end]) + "_" for end in range(1, len(parts))]
    put_together = any(f"{start}${{" in sources or f'"{start}"' in sources or f"{start}{{" in sources for start in beginnings)
    return put_together or re.search(rf"\b{re.escape(key)}\b", sources) is not None
