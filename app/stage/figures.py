"""The stage's Bokeh figures, declared once in HoloViews and serialised: static assets that the browser embeds.

They hold what does not move: axes, grids and whole curves. The player fills the sources (named ``gs-…``) when a run
arrives, and draws what moves (cursor, dots, bars) on a canvas above. Every axis is linear in known bounds; logarithms
are taken by the player, so that switching one on and off is a change of data and of tick labels, not of figure.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import holoviews as hv
from bokeh.embed import json_item
from bokeh.models import FixedTicker, Range1d

PREFIX = "gs-"
# One pair of side borders for both time plots, so that one cursor runs straight through them.
TIME_BORDERS = {"min_border_left": 68, "min_border_right": 92, "min_border_top": 8, "min_border_bottom": 42}
TRIANGLE = [(0.0, 0.0), (1.0, 0.0), (0.5, 3**0.5 / 2), (0.0, 0.0)]


def figure_items() -> dict[str, Any]:
    """JSON for `Bokeh.embed.embed_item`, by the name of the figure."""
    return dict(_items())


@cache
def _items() -> dict[str, Any]:
    hv.extension("bokeh", logo=False)
    declared = {
        "overlaps": _time_plot(["crowd", "ghosts", "rivals", "target"], ylim=(-1.05, 1.05)),
        "energy": _time_plot(["ghosts", "parts", "whole"], ylim=(0.0, 1.0)),
        "simplex": _plane(),
        "attention": _bars(),
    }
    return {name: json_item(figure) for name, figure in declared.items()}


def _lines(name: str, path: list[tuple[float, float]] | None = None) -> hv.Path:
    """An empty layer of lines; colour, width and dash are columns, set per line by the player."""

    def christen(plot: Any, _element: Any) -> None:
        renderer, source = plot.handles["glyph_renderer"], plot.handles["source"]
        renderer.name = source.name = PREFIX + name
        columns = dict(source.data)
        columns.pop("xs"), columns.pop("ys")
        source.data = {"xs": [[x for x, _ in path or []]], "ys": [[y for _, y in path or []]]}
        source.data.update({"color": ["#888888"], "width": [1.0], "dash": ["solid"], "alpha": [1.0]})
        glyph = renderer.glyph
        glyph.update(line_color={"field": "color"}, line_width={"field": "width"}, line_alpha={"field": "alpha"})
        glyph.update(line_dash={"field": "dash"}, line_cap="round", line_join="round")
        renderer.nonselection_glyph = renderer.selection_glyph = renderer.muted_glyph = None

    return hv.Path([path or [(0.0, 0.0), (0.0, 0.0)]]).opts(hooks=[christen], framewise=True)


def _figure(layers: list[hv.Path], xlim: tuple[float, float], ylim: tuple[float, float], **borders: int) -> Any:
    figure = hv.render(hv.Overlay(layers).opts(show_legend=False, xlim=xlim, ylim=ylim), backend="bokeh")
    figure.x_range = Range1d(*xlim, name=PREFIX + "x")
    figure.y_range = Range1d(*ylim, name=PREFIX + "y")
    figure.update(sizing_mode="stretch_both", width=None, height=None, min_width=0, min_height=0, title=None, **borders)
    figure.update(border_fill_color=None, background_fill_color=None, outline_line_color=None, lod_threshold=None)
    figure.toolbar.update(autohide=True, logo=None, active_drag=None, active_scroll=None, active_inspect=None)
    figure.toolbar_inner = True
    return figure


def _time_plot(layers: list[str], ylim: tuple[float, float]) -> Any:
    figure = _figure([_lines(name) for name in layers], (0.0, 10.0), ylim, **TIME_BORDERS)
    figure.xaxis[0].update(name=PREFIX + "time-axis", ticker=FixedTicker(ticks=[]))
    figure.yaxis[0].update(name=PREFIX + "value-axis", ticker=FixedTicker(ticks=[]))
    return figure


def _plane() -> Any:
    layers = [_lines("edges", TRIANGLE), _lines("ghosts"), _lines("trail")]
    figure = _figure(layers, (-0.2, 1.2), (-0.14, 1.02), min_border=4)
    for axis in (*figure.xaxis, *figure.yaxis, *figure.grid):
        axis.visible = False
    return figure


def _bars() -> Any:
    figure = _figure([_lines("ghosts")], (0.0, 1.0), (-0.5, 6.5), min_border_left=84, min_border_right=56,
                     min_border_top=4, min_border_bottom=42)  # fmt: skip
    figure.xaxis[0].update(name=PREFIX + "value-axis", ticker=FixedTicker(ticks=[0, 0.25, 0.5, 0.75, 1]))
    figure.yaxis[0].visible = False
    figure.ygrid[0].visible = False
    figure.toolbar_location = None
    return figure
