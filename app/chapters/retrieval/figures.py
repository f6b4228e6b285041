"""The Bokeh figures of retrieval's cards."""

from __future__ import annotations

from functools import cache
from typing import Any

from bokeh.models import FixedTicker

from app.figures import energy_plot, figure, lines, serialised, time_plot, triangle_plot

ROWS = 7  # of the attention check: the leading memories, and all others together


@cache
def figures() -> str:
    """All figures as JSON, by the name of the figure."""
    declared = {
        "overlaps": time_plot(["crowd", "ghosts", "rivals", "target"], (-1.05, 1.05)),
        "energy": energy_plot(),
        "simplex": triangle_plot(),
        "attention": _bars(),
    }
    return serialised(declared, "gs")


def _bars() -> Any:
    borders = {"min_border_left": 84, "min_border_right": 56, "min_border_top": 4, "min_border_bottom": 42}
    made = figure([lines("ghosts")], (0.0, 1.0), (0.5 - ROWS, 0.5), **borders)
    made.xaxis[0].ticker = FixedTicker(ticks=[0, 0.25, 0.5, 0.75, 1])
    made.yaxis[0].visible = False
    made.ygrid[0].visible = False
    made.toolbar_location = None
    return made
