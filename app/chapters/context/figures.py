"""The Bokeh figures of the context gate's cards."""

from __future__ import annotations

from functools import cache
from typing import Any

from app.figures import bands, energy_plot, figure, lines, serialised, without_tools

TRIANGLE = [(0.0, 0.0), (1.0, 0.0), (0.5, 3**0.5 / 2), (0.0, 0.0)]
ROWS = 6  # of the stacked bars: the leading patterns


@cache
def figures() -> str:
    """All figures as JSON, by the name of the figure."""
    declared = {
        "shares": _bars(),
        "triangle": _triangle(),
        "landscape": without_tools(figure([lines("ghosts"), lines("valley")], (0.0, 1.0), (-0.08, 1.12), **_borders(16, 16))),
        "gates": without_tools(figure([lines("axis")], (-0.5, 35.5), (0.0, 2.0), **_borders(54, 12))),
        "energy": energy_plot(),
        "fork": without_tools(
            figure([bands("proved"), lines("fork"), lines("marks")], (-2.0, 0.9), (-1.08, 1.08), **_borders(54, 16))
        ),
    }
    return serialised(declared, "gs")


def _borders(left: int, right: int) -> dict[str, int]:
    return {"min_border_left": left, "min_border_right": right, "min_border_top": 8, "min_border_bottom": 42}


def _triangle() -> Any:
    made = figure([lines("edges", TRIANGLE), lines("ghosts"), lines("trail")], (-0.2, 1.2), (-0.14, 1.02), min_border=4)
    for axis in (*made.xaxis, *made.yaxis, *made.grid):
        axis.visible = False
    return without_tools(made)


def _bars() -> Any:
    made = figure([lines("needed")], (-1.0, 2.0), (0.5 - ROWS, 0.5), **_borders(40, 14))
    made.yaxis[0].visible = False
    made.ygrid[0].visible = False
    return without_tools(made)
