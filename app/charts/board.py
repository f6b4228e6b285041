"""The board: one component that is all of a laboratory page, drawn in the browser from one small state and a stream of cells."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import param
from bokeh.document import Document
from bokeh.palettes import Viridis256
from panel.custom import JSComponent

from app.charts.figures import figure_items
from app.laboratory.address import SWEPT
from app.pages.desk import choices
from app.stage.assets import as_json, scoped
from app.words import LABORATORY, LABORATORY_PAGE, PAGE
from core import PARAMETERS
from core.registry import MEMORIES

HERE = Path(__file__).parent
STAGE, PAGES = HERE.parent / "stage", HERE.parent / "pages"
# In this order each module comes after those it imports; the first ones are those of the other page.
OURS = ("table", "plate", "sheet", "sweeps", "maps", "benchmark", "tune", "board")
THEIRS = (*(STAGE / f"{name}.js" for name in ("numbers", "palette", "paper", "figure")), PAGES / "elements.js")
MODULES = (*THEIRS, *(HERE / f"{name}.js" for name in OURS))
STEPS = 64  # of the colour scale: more cannot be told apart

MAIN = ("T", "tau_p", "tau_x", "K", "N", "noise", "sigma", "seed")
FOLDED = (
    "horizon",
    "family",
    "activity",
    "groups",
    "spread",
    "cue",
    "target",
    "degree",
    "integrator",
    "resolution",
    "temperature_x",
    "tolerance",
)
WORDS = LABORATORY_PAGE


def spec() -> dict[str, Any]:
    """All that is the same for every visitor."""
    own = {name: known for name, known in PARAMETERS.items() if name != "model"}
    axes = {name: f"{known.symbol}: {LABORATORY['axes'][name]}" for name, known in own.items() if known.shown}
    limits = {name: [known.low, _finite(known.high)] for name, known in own.items() if known.choices is None}
    return {
        "words": {**PAGE, **WORDS, "observables": LABORATORY["observables"], "units": LABORATORY["units"]},
        "parameters": {name: _parameter(name) for name in own},
        "main": MAIN,
        "folded": FOLDED,
        "models": {name: choices("model").get(name, memory.title) for name, memory in MEMORIES.items()},
        "axes": axes,
        "swept": SWEPT,
        "colours": [Viridis256[round(i * 255 / (STEPS - 1))] for i in range(STEPS)],
        "defaults": {name: known.write(known.default) for name, known in own.items()},
        "limits": limits,
        "whole": [name for name, known in own.items() if known.kind is int],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _parameter(name: str) -> dict[str, Any]:
    known = PARAMETERS[name]
    field = {"symbol": known.symbol, "called": PAGE["names"].get(name, name), "meaning": known.meaning}
    return {**field, "choices": choices(name)} if known.choices is not None else field


@cache
def assets() -> dict[str, str]:
    """Script, style, texts and figures in one file whose name carries their hash: a browser asks once and keeps it."""
    style = "\n".join(path.read_text(encoding="utf-8") for path in (PAGES / "page.css", HERE / "charts.css"))
    given = {"SPEC": json.dumps(spec(), ensure_ascii=False), "STYLE": json.dumps(style), "FIGURES": as_json(figure_items(), "gl")}
    head = "".join(f"const {name} = {text};\n" for name, text in given.items())
    modules = "\n".join(scoped(path.stem, path.read_text(encoding="utf-8")) for path in MODULES)
    text = f"{head}{modules}export default {{Board: {{render}}}};\n"
    return {f"board-{hashlib.sha256(text.encode()).hexdigest()[:12]}.js": text}


class Board(JSComponent):
    """What is on show comes from the server as one state, cells as messages; what a person does goes back as messages."""

    assets_url: ClassVar[str] = "."

    page = param.String(doc="Which of the laboratory's pages this is.")
    shown = param.Dict({})

    def __init__(self, answer: Callable[[Any], None], **params: Any) -> None:
        super().__init__(**params)
        self._answer = answer

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        return ()  # a browser may send messages, and set nothing

    @classmethod
    def _render_esm(cls, compiled: Any = True, server: bool = False) -> str:
        return f"./{cls.assets_url}/{next(iter(assets()))}"

    def _get_properties(self, doc: Document | None) -> dict[str, Any]:
        return {**super()._get_properties(doc), "bundle": "url"}

    def _handle_msg(self, data: Any) -> None:
        self._answer(data)
