"""Several server processes on one port, and one parent that starts them, replaces the dead, and ends them all.

Tornado's own way forks a program that has already loaded everything, does not pass signals on, and leaves orphans when its parent
is ended. Here the parent is small, and every process is started afresh: no thread, lock or loop is ever inherited.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from app.hosting.logs import configure_logs, event
from app.hosting.options import Options

SOCKETS = "GLIASCOPE_INHERITED"  # numbers of the listening sockets that a process was given
STOP_SECONDS = 4.0
BREATH = 0.5  # seconds before a process that died at once is started again


def listening(options: Options) -> list[socket.socket]:
    """The sockets that all processes accept visitors from."""
    from tornado.netutil import bind_sockets

    try:
        return bind_sockets(options.port, options.address or None)
    except OSError as error:
        raise SystemExit(f"Port {options.port} cannot be listened on: {error.strerror}.") from None


def inherited() -> list[socket.socket]:
    """The sockets that the parent opened; none if there is no parent."""
    numbers = os.environ.get(SOCKETS, "")
    return [socket.socket(fileno=int(number)) for number in numbers.split(",") if number]


class Parent:
    """Keeps `options.processes` processes alive until it is told to stop."""

    def __init__(self, options: Options, command: Sequence[str]) -> None:
        self.options, self._command = options, list(command)
        self._sockets = listening(options)
        # One for all processes: a session's token is good at whichever of them its websocket arrives.
        self.secret = options.secret or secrets.token_urlsafe(32)
        self._running: dict[int, tuple[subprocess.Popen, float]] = {}
        self._stopping = False
        self._figures = tempfile.TemporaryDirectory(prefix="gliascope-figures-")

    @property
    def port(self) -> int:
        return self._sockets[0].getsockname()[1]

    def run(self) -> int:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        with self._figures:
            for number in range(self.options.processes):
                self._start(number)
            while not self._stopping:
                self._replace_dead()
                time.sleep(0.2)
            self._end()
        return 0

    def _start(self, number: int) -> None:
        files = [one.fileno() for one in self._sockets]
        environment = {
            **os.environ, SOCKETS: ",".join(map(str, files)), "GLIASCOPE_PROCESS": str(number),
            "PROMETHEUS_MULTIPROC_DIR": self._figures.name, "GLIASCOPE_SECRET": self.secret,
        }  # fmt: skip
        child = subprocess.Popen(self._command, env=environment, pass_fds=files)
        self._running[number] = (child, time.monotonic())

    def _replace_dead(self) -> None:
        for number, (child, began) in list(self._running.items()):
            code = child.poll()
            if code is not None:
                event("a process ended and is replaced", number=number, code=code)
                self._forget_figures(child.pid)
                if time.monotonic() - began < BREATH:
                    time.sleep(BREATH)
                self._start(number)

    def _forget_figures(self, pid: int) -> None:
        """A dead process holds no sessions any more."""
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid, self._figures.name)

    def _stop(self, *_: Any) -> None:
        self._stopping = True

    def _end(self) -> None:
        children = [child for child, _ in self._running.values()]
        for child in children:
            child.terminate()
        until = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.wait(max(0.05, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


def main(given: Sequence[str] | None = None) -> None:
    """Serve here, or start as many processes as were asked for and look after them."""
    if not os.environ.get(SOCKETS):
        options = Options.glimpsed(given)
        if options.processes > 1 and not _asks_for_help(given):
            configure_logs(options.json_logs)
            parent = Parent(options, command(given))
            print(f"Gliascope is at http://{options.address or 'localhost'}:{parent.port}{options.prefix}/", flush=True)
            sys.exit(parent.run())
    from app.server import main as serve  # heavy, and the parent has no need of it

    serve(given)


def command(given: Sequence[str] | None) -> list[str]:
    """This program again, as one of several."""
    return [sys.executable, "-m", "app", *(sys.argv[1:] if given is None else given), "--no-browser"]


def _asks_for_help(given: Sequence[str] | None) -> bool:
    return any(word in ("-h", "--help") for word in (sys.argv[1:] if given is None else given))
