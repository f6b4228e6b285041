"""The stage as a component of a page: three properties for the browser to draw, and the events that come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import param
from bokeh.document import Document
from panel.custom import JSComponent

from app.stage.assets import component_name


class Stage(JSComponent):
    """Plays a packed run. Script, figures and words are static files; a session holds no more than is declared here."""

    assets_url: ClassVar[str] = "."

    run = param.Bytes(b"", doc="The run on show, as `pack` makes it.")
    ghosts = param.List([], item_type=dict, doc='Runs shown behind it: {"name": what it is called, "run": its message}.')
    options = param.Dict({}, doc="What is shown how (time, energy, gains, speed, hide …), and a command with an id of its own.")

    def on_event(self, hear: Callable[[str, Any], None]) -> None:
        """Have the events of the stage told: their kind ("cue", "memory", "mark", "view") and what they say."""
        self._hear = hear

    def _handle_msg(self, data: Any) -> None:
        if isinstance(data, dict):
            self._hear(data.get("kind"), data.get("detail"))

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        return ()  # a browser may send messages, and set nothing

    @classmethod
    def _render_esm(cls, compiled: Any = True, server: bool = False) -> str:
        return f"./{cls.assets_url}/{component_name()}"

    def _get_properties(self, doc: Document | None) -> dict[str, Any]:
        return {**super()._get_properties(doc), "bundle": "url"}
