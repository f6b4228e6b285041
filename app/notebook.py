"""A run in a notebook: the copy that plays from disk, in a frame of the cell. Nothing is asked of another host."""

from __future__ import annotations

import html
from dataclasses import dataclass

import panel as pn

from app.chapters import chapters
from core.run import Run


@dataclass(frozen=True, repr=False)
class Shown:
    """What a notebook shows as a cell's result. In a layout of Panel its `pane()` is used instead: a pane loads Panel's scripts
    into the notebook, and one of them comes from another host."""

    page: str
    height: int

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {self.height}px; border: 0"
        return f'<iframe srcdoc="{html.escape(self.page)}" style="{style}"></iframe>'

    def pane(self) -> pn.viewable.Viewable:
        return pn.pane.HTML(self._repr_html_(), sizing_mode="stretch_width", height=self.height)


def show(run: Run, height: int = 760) -> Shown:
    """The run as it plays in a cell; one that goes on from others plays with all its segments."""
    chapter = chapters()[run.system]
    options = chapter.stage_options(chapter.defaults)
    return Shown(chapter.offline_html(chapter.pack(run.segments), [], options), height)
