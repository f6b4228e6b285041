"""The Bokeh figures of the context gate's cards."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.figures import bands, bare_plot, energy_plot, figure, lines, serialised, triangle_plot, without_tools


@cache
def figures() -> str:
    """All figures as JSON, by the name of the figure."""
    declared = {
        "shares": _bars(),
        "triangle": triangle_plot(),
        "landscape": bare_plot(),
        "gates": bare_plot(),
        "energy": energy_plot(),
        "fork": without_tools(figure([bands("proved"), lines("fork")], (0.0, 1.0), (-1.08, 1.08), **_borders(54, 16))),
    }
    return serialised(declared, "gs")


def _borders(left: int, right: int) -> dict[str, int]:
    return {"min_border_left": left, "min_border_right": right, "min_border_top": 8, "min_border_bottom": 42}


def _bars() -> Any:
    made = figure([lines("nothing")], (0.0, 1.0), (0.0, 1.0), **_borders(40, 14))
    made.yaxis[0].visible = False
    made.ygrid[0].visible = False
    return without_tools(made)
