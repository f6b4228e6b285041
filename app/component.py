"""A session's page as a component of Panel, and Panel's line as the port of that session.

One component a page instead of some forty widgets, because every widget costs each visitor's session three to eight
milliseconds of the server. Its scripts go to the browser once, under names that carry their hash; a visitor's document holds
one list of messages.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from functools import partial
from typing import Any, Protocol, TypeVar

import param
from bokeh.document import Document
from panel.custom import JSComponent
from panel.io.state import set_curdoc

from app.assets import ADDRESS
from app.ports import Listener

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class Opened(Listener, Protocol):
    """What a page needs of a session."""

    def opening(self) -> list[dict[str, Any]]: ...


class Page(JSComponent):
    """All that a visitor sees. Messages go both ways; a browser may set nothing."""

    opening = param.List([], item_type=dict, doc="The messages with which the page begins.")

    def __init__(self, script: str, **params: Any) -> None:
        super().__init__(**params)
        self._script = script

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        return ()

    def _get_properties(self, doc: Document | None) -> dict[str, Any]:
        return {**super()._get_properties(doc), "bundle": "url", "esm": f"./{ADDRESS}/{self._script}"}


class PanelPort:
    """Carries the messages of one session; what comes after its visitor has left is dropped."""

    def __init__(self, page: Page, doc: Document, threads: Executor) -> None:
        self.page = page
        self._doc, self._threads = doc, threads
        self._heard = self._closed = False

    def heard(self) -> None:
        """The browser's side has spoken: from now on its page is there to hear."""
        self._heard = True

    def close(self) -> None:
        self._closed = True

    def send(self, message: Mapping[str, Any]) -> None:
        """One message to the browser. Before its page is there, it waits in the document, in its order."""
        if self._closed:
            return
        with set_curdoc(self._doc):
            if self._heard:
                self.page._send_msg(dict(message))
            else:
                self.page.opening = [*self.page.opening, dict(message)]

    def soon(self, work: Callable[[], None]) -> None:
        """Do this on the session's own loop; from any thread."""
        self._do(self._doc.add_next_tick_callback, work)

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        self._do(lambda todo: self._doc.add_timeout_callback(todo, int(1000 * seconds)), work)

    def compute(self, work: Callable[[], Result], then: Callable[[Future[Result]], None]) -> None:
        """Do long work in a thread, then this with its end, on the session's loop."""
        self._threads.submit(work).add_done_callback(lambda done: self.soon(partial(then, done)))

    def _do(self, schedule: Callable[[Callable[[], None]], Any], work: Callable[[], None]) -> None:
        def unless_closed() -> None:
            if not self._closed:
                work()

        if self._closed:
            return
        try:
            schedule(unless_closed)
        except Exception:  # the session ended between two words; Bokeh says so in several ways
            self._closed = True
            log.debug("a session ended before its work was done", exc_info=True)


def page_of(session: Opened, script: str, doc: Document, threads: Executor) -> Page:
    """The page of a session, for this document: `script` is its file, `threads` are for long work."""
    page = Page(script, opening=session.opening(), sizing_mode="stretch_width")
    port = PanelPort(page, doc, threads)

    def hear(event: Any) -> None:
        port.heard()
        session.hear(event.data)

    page.on_msg(hear)
    session.attach(port)
    doc.on_session_destroyed(lambda _context: port.close())
    return page
