"""The Bokeh figures of the cards: axes over segments, steps of the training and the length of a segment. Scripts draw on them."""

from __future__ import annotations

from functools import cache

from app.figures import bare_plot, serialised


@cache
def figures() -> str:
    """All figures as JSON, by the name of the figure."""
    return serialised(dict.fromkeys(("forgetting", "product", "replay", "learning", "cost"), bare_plot()), "gs")
