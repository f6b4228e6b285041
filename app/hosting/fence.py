"""Puts the guard in front of a Panel server: our handlers are the only ones that anybody reaches."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bokeh.server.server
import panel as pn
from bokeh.models import Div
from panel.io.server import Server
from tornado.ioloop import PeriodicCallback
from tornado.web import RequestHandler

from app.hosting import metrics
from app.hosting.documents import Face, PageDocument
from app.hosting.guard import TOKEN_SECONDS, Guard
from app.hosting.headers import Nothing
from app.hosting.logs import event
from app.hosting.probes import Health, Mark, Metrics, Readiness, Ready, Why
from app.hosting.sockets import GOING_AWAY, Socket
from app.words import HOSTING as WORDS

ENTRANCE = Path(__file__).parent / "entrance.js"
NOTE_EVERY_MS = 2_000
LARGEST_MESSAGE = 200_000  # bytes of one websocket frame from a browser; ours are a hundredth of that
LARGEST_REQUEST = 200_000  # bytes of a request's body: nothing here takes any
PING_SECONDS = 20.0  # a visitor who does not answer for so long was cut off
FAREWELL_SECONDS = 0.3
CLOSE_SECONDS = 1.5

Route = tuple[str, type[RequestHandler], dict[str, Any]]


def settings(guard: Guard) -> dict[str, Any]:
    """What Panel's server is made with."""
    options = guard.options
    return {
        "prefix": options.prefix,
        "use_xheaders": options.behind_proxy,
        "unused_session_lifetime_milliseconds": int(1000 * options.unused_seconds),
        "check_unused_sessions_milliseconds": 1_000,  # few at a time, so that their garbage is little at a time
        "websocket_max_message_size": LARGEST_MESSAGE,
        "keep_alive_milliseconds": 0,  # Bokeh's own pings notice nobody's silence
        "websocket_ping_interval": PING_SECONDS,
        "websocket_ping_timeout": PING_SECONDS,
        "sign_sessions": True,
        "secret_key": guard.secret,
        "session_token_expiration": TOKEN_SECONDS,
        "http_server_kwargs": {"max_body_size": LARGEST_REQUEST, "max_header_size": 65_536, "idle_connection_timeout": 120},
        "log_function": note_request,
        "hosting": options,
    }


@contextmanager
def given_sockets(sockets: Sequence[socket.socket]) -> Iterator[None]:
    """Have Bokeh's server listen on sockets that the parent process opened, which it has no option for."""
    if not sockets:
        yield
        return
    theirs = bokeh.server.server.bind_sockets
    bokeh.server.server.bind_sockets = lambda address, port: (list(sockets), sockets[0].getsockname()[1])
    try:
        yield
    finally:
        bokeh.server.server.bind_sockets = theirs


def fence(
    server: Server,
    guard: Guard,
    faces: Mapping[str, Face],
    files: Sequence[Route],
    entrance: str,
    ask_pools: Callable[[], Awaitable[object]],
) -> None:
    """Enter our handlers ahead of Bokeh's, and an end after them."""  # fmt: skip
    application = server._tornado
    guard.contexts = list(application.applications.values())
    prefix = server.prefix
    routes: list[Any] = [(prefix + path, handler, given) for path, handler, given in files]
    for path, context in application.applications.items():
        base = prefix + ("" if path == "/" else path)
        common = {"application_context": context, "bokeh_websocket_path": f"{base}/ws"}
        routes.append((f"{base}/ws", Socket, {**common, "guard": guard, "compression_level": None, "mem_level": None}))
        routes.append((f"{base}/?", PageDocument, {"guard": guard, "face": faces[path], "entrance": entrance}))
    routes += [
        (f"{prefix}/healthz", Health), (f"{prefix}/readyz", Ready, {"readiness": Readiness(ask_pools)}),
        (f"{prefix}/metrics", Metrics), (f"{prefix}/why", Why, {"guard": guard}), (f"{prefix}/mark", Mark, {"guard": guard}),
        (r".*", Nothing),
    ]  # fmt: skip
    application.add_handlers(r".*", routes)


def sheltered(page: Callable[[], None]) -> Callable[[], None]:
    """A page that fails says so in a sentence; Panel would show its visitors the traceback."""

    def enter() -> None:
        try:
            page()
            # By this a browser that comes back knows whether it has found its own session again.
            pn.state.curdoc.roots[0].name = secrets.token_hex(6)
        except Exception:
            logging.getLogger("gliascope.page").exception("a page could not be made")
            metrics.reject("page_failed")
            pn.state.curdoc.clear()
            pn.state.curdoc.add_root(Div(text=WORDS["page_failed"]))

    return enter


class Watch:
    """Notes the figures that nobody reports by themselves, and ends this process when its parent is gone."""

    def __init__(self, guard: Guard, note: Callable[[], None], stop: Callable[[], None]) -> None:
        self._guard, self._note, self._stop = guard, note, stop
        self._parent = os.getppid() if os.environ.get("GLIASCOPE_PROCESS") else None
        self._callback = PeriodicCallback(self._look, NOTE_EVERY_MS)

    def start(self) -> None:
        self._callback.start()

    def _look(self) -> None:
        self._guard.sweep()
        metrics.sessions.set(self._guard.sessions())
        metrics.visitors.set(sum(self._guard.connected.values()))
        self._note()
        if self._parent is not None and os.getppid() != self._parent:
            event("the parent process is gone", logging.WARNING)
            self._stop()


def note_request(handler: RequestHandler) -> None:
    status = handler.get_status()
    metrics.requests.labels(f"{status // 100}xx").inc()
    if status >= 500 and status != 503:
        event("a request failed", logging.ERROR, status=status, handler=type(handler).__name__)


def run(server: Server, guard: Guard, note: Callable[[], None], close: Callable[[], None]) -> None:
    """Serve until a signal says to stop; then let visitors' lines go, so that their pages know, and end within seconds."""
    loop = server.io_loop
    stopping = False

    async def stop() -> None:
        nonlocal stopping
        if stopping:
            return
        stopping = True
        event("stopping", visitors=sum(guard.connected.values()))
        server._http.stop()  # no new visitors
        for connection in list(server._tornado._clients):
            connection._socket.close(GOING_AWAY, "the server stops")
        await asyncio.sleep(FAREWELL_SECONDS)
        loop.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: loop.add_callback_from_signal(stop))
    server.start()
    Watch(guard, note, lambda: loop.add_callback(stop)).start()
    # Panel has all garbage collected some seconds after sessions end, which would hold up everybody for some 0.2 s; what is here
    # already will not become garbage, and without it there is little to go through.
    gc.collect()
    gc.freeze()
    began = time.monotonic()
    loop.start()
    server._tornado.stop()
    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS)  # what waits for a cluster that is gone is not waited for
    for child in multiprocessing.active_children():  # workers in the middle of a batch: it is on disk, or will be computed again
        child.terminate()
    event("stopped", after=f"{time.monotonic() - began:.0f} s")
    logging.shutdown()
    os._exit(0)  # threads in the middle of a run must not hold up the end
