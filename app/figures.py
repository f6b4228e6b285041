"""What the pages' Bokeh figures have in common: declared once in HoloViews, serialised, and sent as static assets.

They hold axes, grids and empty layers of lines, bands and cells; the browser fills the layers (named ``gs-…``). Every axis is
linear in known bounds; logarithms are taken by the browser, so that switching one on changes data and tick labels, not the
figure. Read at start and by a build, never by a session: HoloViews is slow to import and to draw.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import count
from typing import Any

import holoviews as hv
import holoviews.plotting.bokeh  # enters the backend
from bokeh.embed import json_item
from bokeh.models import FixedTicker, Range1d

PREFIX = "gs-"
LOOKS = {"color": ["#888888"], "width": [1.0], "dash": ["solid"], "alpha": [1.0]}
# One pair of side borders for all plots over time, so that one cursor runs straight through them.
TIME_BORDERS = {"min_border_left": 68, "min_border_right": 92, "min_border_top": 8, "min_border_bottom": 42}

# Not `hv.extension`: in a notebook that would load scripts from another host.
hv.Store.set_current_backend("bokeh")


def serialised(declared: Mapping[str, Any], prefix: str) -> str:
    """JSON for `Bokeh.embed.embed_item` by the name of the figure; the models' ids are our own: the same in every process, and
    never those of a session."""
    known, texts = count(), []
    for name, figure in declared.items():
        item = json_item(figure)
        item["doc"].pop("defs", None)  # of all models that the process knows, as Panel's; a figure is made of Bokeh's own
        numbers: dict[str, int] = defaultdict(lambda: next(known))  # of this item: one figure may be shown under several names
        text = json.dumps(item, separators=(",", ":"))
        text = re.sub(r'"p(\d+)"', lambda found, numbers=numbers: f'"{prefix}{numbers[found[1]]}"', text)
        texts.append(f"{json.dumps(name)}:{text}")
    return f"{{{','.join(texts)}}}"


def layer(name: str, columns: Mapping[str, Any], **glyph: Any) -> Any:
    """A hook that gives a layer its name and its columns, and has its looks taken from them."""

    def christen(plot: Any, _element: Any) -> None:
        renderer, source = plot.handles["glyph_renderer"], plot.handles["source"]
        renderer.name = source.name = PREFIX + name
        source.data = dict(columns)
        renderer.glyph.update(**{key: {"field": value} if value in columns else value for key, value in glyph.items()})
        renderer.nonselection_glyph = renderer.selection_glyph = renderer.muted_glyph = renderer.hover_glyph = None

    return christen


def lines(name: str, path: list[tuple[float, float]] | None = None) -> hv.Path:
    """A layer of lines, empty unless a path is given; colour, width and dash are columns, one value a line."""
    columns = {"xs": [[x for x, _ in path or []]], "ys": [[y for _, y in path or []]], **LOOKS}
    looks = {"line_color": "color", "line_width": "width", "line_dash": "dash", "line_alpha": "alpha"}
    hook = layer(name, columns, **looks, line_cap="round", line_join="round")
    return hv.Path([path or [(0.0, 0.0), (0.0, 0.0)]]).opts(hooks=[hook], framewise=True)


def bands(name: str) -> hv.Polygons:
    corner = [[[[0.0, 0.0, 0.0]]]]  # of polygons of parts with holes, as Bokeh nests them
    columns = {"xs": corner, "ys": corner, "color": ["#888888"], "alpha": [0.0]}
    hook = layer(name, columns, xs="xs", ys="ys", fill_color="color", fill_alpha="alpha", line_color=None)
    return hv.Polygons([[(0.0, 0.0), (0.1, 0.0), (0.0, 0.1)]]).opts(hooks=[hook])


def cells(name: str) -> hv.Rectangles:
    columns: dict[str, Any] = {side: [0.0] for side in ("left", "right", "bottom", "top")}
    columns |= {"color": ["#888888"], "alpha": [0.0]}
    looks = {"fill_color": "color", "fill_alpha": "alpha", "line_color": "color", "line_alpha": "alpha", "line_width": 0.8}
    hook = layer(name, columns, left="left", right="right", bottom="bottom", top="top", **looks)
    return hv.Rectangles([(0.0, 0.0, 0.1, 0.1)]).opts(hooks=[hook])


def figure(layers: list[Any], xlim: tuple[float, float], ylim: tuple[float, float], **borders: int) -> Any:
    """A figure that fills its place, with ticks of ours alone."""
    made = hv.render(hv.Overlay(layers).opts(show_legend=False, xlim=xlim, ylim=ylim), backend="bokeh")
    made.x_range = Range1d(*xlim, name=PREFIX + "x")
    made.y_range = Range1d(*ylim, name=PREFIX + "y")
    made.update(sizing_mode="stretch_both", width=None, height=None, min_width=0, min_height=0, title=None, **borders)
    made.update(border_fill_color=None, background_fill_color=None, outline_line_color=None, lod_threshold=None)
    made.toolbar.update(autohide=True, logo=None, active_drag=None, active_scroll=None, active_inspect=None)
    made.toolbar_inner = True
    for axis in (*made.xaxis, *made.yaxis):
        axis.ticker = FixedTicker(ticks=[])
    return made


def time_plot(layers: list[str], ylim: tuple[float, float]) -> Any:
    """A plot over time, which Bokeh's own tools may zoom."""
    return figure([lines(name) for name in layers], (0.0, 10.0), ylim, **TIME_BORDERS)


@cache
def energy_plot() -> Any:
    """What the card of the energy needs, of whatever system."""
    return time_plot(["ghosts", "parts", "whole"], (0.0, 1.0))


def without_tools(made: Any) -> Any:
    made.toolbar.tools = []
    made.toolbar_location = None
    return made


@cache
def triangle_plot() -> Any:
    """A place for three shares of a whole, as app/browser/triangle.js draws them; without axes."""
    edges = [(0.0, 0.0), (1.0, 0.0), (0.5, 3**0.5 / 2), (0.0, 0.0)]
    made = figure([lines("edges", edges), lines("ghosts"), lines("trail")], (-0.2, 1.2), (-0.14, 1.02), min_border=4)
    for part in (*made.xaxis, *made.yaxis, *made.grid):
        part.visible = False
    return made


@cache
def bare_plot() -> Any:
    """Axes alone: a card's script draws on them, and says where they end."""
    borders = {"min_border_left": 56, "min_border_right": 12, "min_border_top": 8, "min_border_bottom": 42}
    return without_tools(figure([lines("nothing")], (0.0, 1.0), (0.0, 1.0), **borders))


@cache
def figures() -> str:
    """The figures of a chapter that declares none of its own: that of the energy."""
    return serialised({"energy": energy_plot()}, "gs")
