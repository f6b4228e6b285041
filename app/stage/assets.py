"""What the browser needs once and may keep for ever: the player, its style sheet, the figures; names carry a hash."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from app.stage.figures import figure_items
from app.words import STAGE

HERE = Path(__file__).parent
# In this order each module comes after those it imports.
MODULES = ("numbers", "message", "clock", "palette", "figure", "curves", "simplex", "bars", "neurons", "controls",
           "paper", "picture", "player")  # fmt: skip
IMPORT = re.compile(r"^import \{[^}]*\} from \"[./\w]+\.js\";\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(async )?(function|class|const) )", re.MULTILINE)


@cache
def player() -> str:
    """The modules as one: a page asks once, and a file opened from disk cannot import others at all."""
    sources = [(HERE / f"{name}.js").read_text(encoding="utf-8") for name in MODULES]
    return "\n".join(scoped(name, source) for name, source in zip(MODULES, sources, strict=True)) + "export { mount };\n"


def scoped(name: str, source: str) -> str:
    """One module in a scope of its own; what it exports becomes a constant of the whole."""
    exported = re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", source, re.MULTILINE)
    body = EXPORT.sub("", IMPORT.sub("", source))
    names = ", ".join(exported)
    return f"// {name}.js\nconst {{ {names} }} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();\n"


@cache
def style() -> str:
    return (HERE / "stage.css").read_text(encoding="utf-8")


def as_json(items: dict[str, Any], prefix: str) -> str:
    """Figures as JSON, with model ids of our own: the same in every process, and never those of a session."""
    numbers: dict[str, str] = {}
    text = json.dumps(items, separators=(",", ":"))
    return re.sub(r'"p(\d+)"', lambda found: f'"{prefix}{numbers.setdefault(found[1], str(len(numbers)))}"', text)


@cache
def figures() -> str:
    return as_json(figure_items(), "gs")


@cache
def assets() -> dict[str, str]:
    """File names, with a hash of the content in them, and contents."""
    contents = {"player.js": player(), "stage.css": style(), "figures.json": figures()}
    named = {_hashed(name, text): text for name, text in contents.items()}
    files = dict(zip(contents, named, strict=True))
    head = f"const FILES = {json.dumps(files)};\nconst WORDS = {json.dumps(STAGE, ensure_ascii=False)};\n"
    component = head + (HERE / "stage.js").read_text(encoding="utf-8")
    return {**named, _hashed("stage.js", component): component}


def component_name() -> str:
    """The file that Panel is told to load; it asks for the others."""
    return list(assets())[-1]


def _hashed(name: str, text: str) -> str:
    stem, suffix = name.split(".")
    return f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.{suffix}"
