"""Several server processes on one port, and one parent that starts them, replaces the dead, and ends them all.

Tornado's own way forks a program that has already loaded everything, does not pass signals on, and leaves orphans when its parent
is ended. Here the parent is small, and every process is started afresh: no thread, lock, loop or socket is ever inherited. Each
listens on the same port for itself, and the system deals visitors out among them; the parent only holds the port, which the
system then gives to nobody who asks for any.
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
from pathlib import Path
from typing import Any

from app.hosting.logs import configure_logs, event
from app.hosting.options import Options

NUMBER = "GLIASCOPE_PROCESS"  # which of several processes this one is; its parent sets it
STOP_SECONDS = 4.0
BREATH = 0.5  # seconds before a process that died at once is started again
LOOK_SECONDS = 0.2
WATCHED = (".py", ".js", ".css", ".toml", ".tex", ".html", ".svg")  # files that make a server under development start again


def is_child() -> bool:
    """Whether a parent has started this process as one of several."""
    return bool(os.environ.get(NUMBER))


def not_listened(port: int, error: OSError) -> SystemExit:
    return SystemExit(f"Port {port} cannot be listened on: {error.strerror}.")


def reserve(port: int, address: str | None) -> list[socket.socket]:
    """Sockets that hold the port, and never listen: the system gives no visitor to them."""
    from tornado.netutil import bind_sockets

    try:
        # First without sharing: another server, also another parent's, must not be joined by mistake.
        alone = bind_sockets(port, address or None)
        held = []
        for one in alone:
            place = one.getsockname()
            one.close()
            held.append(_hold(one.family, place))
        return held
    except OSError as error:
        raise not_listened(port, error) from None


def _hold(family: int, place: Any) -> socket.socket:
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Tornado's: lines that ended lately are no hindrance
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    held.bind(place)
    return held


def source_folders() -> list[Path]:
    """Where the program's files are: ours, and those of chapters and systems that stand elsewhere on Python's path."""
    roots = {Path(__file__).parents[2], *(Path(entry).resolve() for entry in sys.path)}
    return sorted(folder for root in roots for name in ("app", "core") if (folder := root / name).is_dir())


class Sources:
    """The files of the program, by when they were last changed."""

    def __init__(self, folders: Sequence[Path] | None = None) -> None:
        self._folders = source_folders() if folders is None else folders
        self._known = self._read()

    def changed(self) -> list[str]:
        """The names of files that came, went or changed since this was last asked."""
        before, self._known = self._known, self._read()
        return sorted({path.name for path, _ in before.items() ^ self._known.items()})

    def _read(self) -> dict[Path, int]:
        found = {}
        for folder in self._folders:
            for path in folder.rglob("*"):
                if path.suffix in WATCHED:
                    try:
                        found[path] = path.stat().st_mtime_ns
                    except OSError:  # gone between two looks
                        continue
        return found


class Parent:
    """Keeps so many processes alive until a signal says to stop; with `sources`, starts them anew when a file changes."""

    def __init__(self, options: Options, command: Sequence[str], sources: Sources | None = None) -> None:
        self.options, self._sources = options, sources
        self._sockets = reserve(options.port, options.address)
        if options.metrics_port is not None:
            self._sockets += reserve(options.metrics_port, options.address)
        self._command = [*command, "--port", str(self.port)]  # the last one holds; with 0 the system has chosen one
        # One for all processes: a session's token is good at whichever of them its websocket arrives.
        self.secret = options.secret or secrets.token_urlsafe(32)
        self._running: dict[int, tuple[subprocess.Popen, float]] = {}
        self._stopping = False
        self._figures = tempfile.TemporaryDirectory(prefix="gliascope-figures-")

    @property
    def port(self) -> int:
        return self._sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://{self.options.address or 'localhost'}:{self.port}{self.options.prefix}/"

    def run(self) -> int:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        with self._figures:
            self._start_all()
            while not self._stopping:
                self._start_anew_if_changed()
                self._replace_dead()
                time.sleep(LOOK_SECONDS)
            self._end()
        return 0

    def _start_all(self) -> None:
        for number in range(self.options.processes):
            self._start(number)

    def _start(self, number: int) -> None:
        environment = {
            **os.environ, NUMBER: str(number), "PROMETHEUS_MULTIPROC_DIR": self._figures.name, "GLIASCOPE_SECRET": self.secret,
        }  # fmt: skip
        self._running[number] = (subprocess.Popen(self._command, env=environment), time.monotonic())

    def _start_anew_if_changed(self) -> None:
        changed = self._sources.changed() if self._sources is not None else []
        if changed:
            event("files changed; starting again", files=", ".join(changed[:5]))
            self._end()
            for child, _ in self._running.values():
                self._forget_figures(child.pid)
            self._start_all()

    def _replace_dead(self) -> None:
        for number, (child, began) in list(self._running.items()):
            code = child.poll()
            if code is None:
                continue
            self._forget_figures(child.pid)
            if self._sources is not None:  # a mistake in the code would fail again and again
                event("a process ended; it starts again when a file changes", number=number, code=code)
                del self._running[number]
                continue
            event("a process ended and is replaced", number=number, code=code)
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
                child.wait()


def start_processes(options: Options, given: Sequence[str] | None = None) -> int:
    """Be the parent: start as many processes as were asked for, and look after them until a signal says to stop."""
    configure_logs(options.json_logs, whole=options.dev)
    parent = Parent(options, command(given), Sources() if options.dev else None)
    print(f"Gliascope is at {parent.url}", flush=True)
    return parent.run()


def command(given: Sequence[str] | None) -> list[str]:
    """This program again, as one of several."""
    return [sys.executable, "-m", "app", *(sys.argv[1:] if given is None else given), "--no-browser"]
