"""How a server process begins, watches itself, and ends within seconds of being asked to."""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable

from bokeh.util.browser import view
from tornado.ioloop import PeriodicCallback

from app.hosting import metrics
from app.hosting.admission import Admission
from app.hosting.logs import configure_logs, event
from app.hosting.options import Options
from app.hosting.processes import is_child
from app.hosting.server import Hosted, Site, make_server
from app.hosting.websocket import GOING_AWAY

NOTE_EVERY_MS = 2_000
FAREWELL_SECONDS = 0.3
CLOSE_SECONDS = 1.5


def serve(options: Options, site: Site) -> None:
    """Serve until a signal says to stop; this process ends here."""
    configure_logs(options.json_logs, whole=options.dev)
    hosted = make_server(options, site)
    event("serving", url=hosted.url, origins=", ".join(("the page's own host", *options.origins)))
    if not is_child():
        print(f"Gliascope is at {hosted.url}", flush=True)
        if options.browser:
            hosted.base.io_loop.add_callback(view, hosted.url)
    run(hosted, site.note_figures, site.close)


class Watch:
    """Notes the figures that nobody reports by themselves, and ends this process when its parent is gone."""

    def __init__(self, admission: Admission, note: Callable[[], None], stop: Callable[[], None]) -> None:
        self._admission, self._note, self._stop = admission, note, stop
        self._parent = os.getppid() if is_child() else None
        self._callback = PeriodicCallback(self._look, NOTE_EVERY_MS)

    def start(self) -> None:
        self._callback.start()

    def _look(self) -> None:
        self._admission.sweep()
        metrics.sessions.set(self._admission.sessions())
        metrics.visitors.set(sum(self._admission.connections.values()))
        self._note()
        if self._parent is not None and os.getppid() != self._parent:
            event("the parent process is gone", logging.WARNING)
            self._stop()


def run(hosted: Hosted, note: Callable[[], None], close: Callable[[], None]) -> None:
    """Serve until a signal says to stop; then let visitors' lines go, so that their pages know, and end within seconds."""
    loop, admission = hosted.base.io_loop, hosted.admission
    stopping = False

    async def stop() -> None:
        nonlocal stopping
        if stopping:
            return
        stopping = True
        event("stopping", visitors=sum(admission.connections.values()))
        for server in hosted.servers:
            server.stop()  # no new visitors
        for line in list(admission.lines):
            line.close(GOING_AWAY, "the server stops")
        await asyncio.sleep(FAREWELL_SECONDS)
        loop.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: loop.add_callback_from_signal(stop))
    hosted.base.start()
    Watch(admission, note, lambda: loop.add_callback(stop)).start()
    # Panel has all garbage collected some seconds after sessions end, which would hold up everybody for some 0.2 s; what is here
    # already will not become garbage, and without it there is little to go through.
    gc.collect()
    gc.freeze()
    began = time.monotonic()
    loop.start()
    hosted.base.stop()
    closing = threading.Thread(target=close, daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS)  # what waits for a cluster that is gone is not waited for
    for child in multiprocessing.active_children():  # workers in the middle of a batch: it is on disk, or will be computed again
        child.terminate()
    event("stopped", after=f"{time.monotonic() - began:.0f} s")
    logging.shutdown()
    os._exit(0)  # threads in the middle of a run must not hold up the end
