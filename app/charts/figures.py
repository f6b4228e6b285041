"""The laboratory's Bokeh figures, declared once in HoloViews and serialised: static assets that the browser embeds.

They hold axes, grids and empty layers of patches, lines, marks and cells; the browser fills the layers (named ``gs-…``, as on the
stage) as cells arrive. Every axis is linear; logarithms are taken before, so that what is swept changes data and not figures.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import holoviews as hv
from bokeh.embed import json_item
from bokeh.models import FixedTicker, Range1d

PREFIX = "gs-"
SWEEPS = ("error", "perplexity", "converged_at")
MOST_MAPS = 6
# The same side borders for figures that stand below each other, so that one cursor runs straight through them.
SWEEP_BORDERS = {"min_border_left": 66, "min_border_right": 16, "min_border_top": 8, "min_border_bottom": 26}
MAP_BORDERS = {"min_border_left": 58, "min_border_right": 10, "min_border_top": 6, "min_border_bottom": 44}


def figure_items() -> dict[str, Any]:
    """JSON for `Bokeh.embed.embed_item`, by the name of the figure."""
    return dict(_items())


@cache
def _items() -> dict[str, Any]:
    hv.extension("bokeh", logo=False)
    declared = {name: _sweep() for name in SWEEPS}
    declared |= {f"map{i}": _map() for i in range(MOST_MAPS)}
    return {name: json_item(figure) for name, figure in declared.items()}


def _named(name: str, columns: dict[str, Any], **glyph: Any) -> Any:
    """A hook that gives a layer its name and its columns, and has its looks taken from them."""

    def christen(plot: Any, _element: Any) -> None:
        renderer, source = plot.handles["glyph_renderer"], plot.handles["source"]
        renderer.name = source.name = PREFIX + name
        source.data = columns
        renderer.glyph.update(**{key: {"field": value} if value in columns else value for key, value in glyph.items()})
        renderer.nonselection_glyph = renderer.selection_glyph = renderer.muted_glyph = renderer.hover_glyph = None

    return christen


def _bands(name: str) -> hv.Polygons:
    corner = [[[[0.0, 0.0, 0.0]]]]  # of polygons of parts with holes, as Bokeh nests them
    columns = {"xs": corner, "ys": corner, "color": ["#888888"], "alpha": [0.0]}
    hook = _named(name, columns, xs="xs", ys="ys", fill_color="color", fill_alpha="alpha", line_color=None)
    return hv.Polygons([[(0.0, 0.0), (0.1, 0.0), (0.0, 0.1)]]).opts(hooks=[hook])


def _lines(name: str) -> hv.Path:
    columns = {"xs": [[0.0, 0.0]], "ys": [[0.0, 0.0]], "color": ["#888888"], "width": [1.0], "dash": ["solid"], "alpha": [0.0]}
    hook = _named(
        name,
        columns,
        line_color="color",
        line_width="width",
        line_dash="dash",
        line_alpha="alpha",
        line_cap="round",
        line_join="round",
    )
    return hv.Path([[(0.0, 0.0), (0.0, 0.0)]]).opts(hooks=[hook])


def _cells(name: str) -> hv.Rectangles:
    columns: dict[str, Any] = {side: [0.0] for side in ("left", "right", "bottom", "top")}
    columns |= {"color": ["#888888"], "alpha": [0.0]}
    looks = {"fill_color": "color", "fill_alpha": "alpha", "line_color": "color", "line_alpha": "alpha", "line_width": 0.8}
    hook = _named(name, columns, left="left", right="right", bottom="bottom", top="top", **looks)
    return hv.Rectangles([(0.0, 0.0, 0.1, 0.1)]).opts(hooks=[hook])


def _figure(layers: list[Any], **borders: int) -> Any:
    figure = hv.render(hv.Overlay(layers).opts(show_legend=False, xlim=(0, 1), ylim=(0, 1)), backend="bokeh")
    figure.x_range = Range1d(0, 1, name=PREFIX + "x")
    figure.y_range = Range1d(0, 1, name=PREFIX + "y")
    figure.update(sizing_mode="stretch_both", width=None, height=None, min_width=0, min_height=0, title=None, **borders)
    figure.update(border_fill_color=None, background_fill_color=None, outline_line_color=None, lod_threshold=None)
    figure.toolbar.update(autohide=True, logo=None, active_drag=None, active_scroll=None, active_inspect=None, tools=[])
    figure.toolbar_location = None
    for axis in (*figure.xaxis, *figure.yaxis):
        axis.ticker = FixedTicker(ticks=[])
    return figure


def _sweep() -> Any:
    return _figure([_bands("bands"), _lines("spread"), _lines("classical"), _lines("medians")], **SWEEP_BORDERS)


def _map() -> Any:
    figure = _figure([_cells("cells"), _lines("region")], **MAP_BORDERS)
    for grid in (*figure.xgrid, *figure.ygrid):
        grid.visible = False
    return figure
