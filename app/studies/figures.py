"""The Bokeh figures of studies: curves over what is swept, and maps of two parameters."""

from __future__ import annotations

from functools import cache
from typing import Any

from bokeh.palettes import Viridis256

from app.figures import bands, cells, figure, lines, serialised, without_tools

SWEEPS = ("error", "perplexity", "converged_at")
MOST_MAPS = 6
TRIANGLES = 2
# The same side borders for figures that stand below each other, so that one cursor runs straight through them.
SWEEP_BORDERS = {"min_border_left": 66, "min_border_right": 16, "min_border_top": 8, "min_border_bottom": 26}
MAP_BORDERS = {"min_border_left": 58, "min_border_right": 10, "min_border_top": 6, "min_border_bottom": 44}
CAPACITIES = ("capacity", "recalled")  # K₉₀ over N, and success over K at one N
WHOLE = (0.0, 1.0)
STEPS = 64  # of the colour scale: more cannot be told apart
COLOURS = tuple(Viridis256[round(i * 255 / (STEPS - 1))] for i in range(STEPS))


@cache
def figures() -> str:
    """All figures as JSON, by the name of the figure."""
    declared = {name: _sweep() for name in SWEEPS} | {f"map{i}": _map() for i in range(MOST_MAPS)}
    declared |= {name: without_tools(figure([lines("lines")], WHOLE, WHOLE, **SWEEP_BORDERS)) for name in CAPACITIES}
    declared |= {f"triangle{i}": _triangle() for i in range(TRIANGLES)}
    return serialised(declared, "gl")


def _sweep() -> Any:
    return without_tools(figure([bands("bands"), lines("classical"), lines("medians")], WHOLE, WHOLE, **SWEEP_BORDERS))


def _map() -> Any:
    made = without_tools(figure([cells("cells"), lines("region")], WHOLE, WHOLE, **MAP_BORDERS))
    for grid in (*made.xgrid, *made.ygrid):
        grid.visible = False
    return made


def _triangle() -> Any:
    """A place without axes: what is in a triangle has none."""
    made = without_tools(figure([lines("nothing")], WHOLE, WHOLE, **dict.fromkeys(MAP_BORDERS, 4)))
    for part in (*made.xaxis, *made.yaxis, *made.xgrid, *made.ygrid):
        part.visible = False
    return made
