"""The Bokeh figures of the cards: axes over the segments, and over the steps of the training. Their scripts draw on them."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.figures import figure, lines, serialised, without_tools

BORDERS = {"min_border_left": 56, "min_border_right": 12, "min_border_top": 8, "min_border_bottom": 42}


@cache
def figures() -> str:
    """All figures as JSON, by the name of the figure."""
    return serialised({name: _axes() for name in ("forgetting", "product", "replay", "learning")}, "gs")


def _axes() -> Any:
    return without_tools(figure([lines("curves")], (0.0, 1.0), (0.0, 1.0), **BORDERS))
