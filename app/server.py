"""The server: routes, files, limits and the one place that talks to Panel's server."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.embed.bundle import extension_dirs
from jinja2 import Environment, FileSystemLoader
from panel.io.resources import _env as panel_templates
from panel.io.server import Server, get_server
from tornado.web import RequestHandler

from app import equations
from app.files import Kept, LibraryFiles, OurFiles, keep
from app.pages import desk
from app.pages.retrieval import Retrieval
from app.parameters import RUN, read_address
from app.scenes import first
from app.stage import assets as stage_assets
from app.stage.stage import Stage
from app.words import PAGE

PAGES = Path(__file__).parent / "pages"
PORT = 5006
PACKAGE = "gliascope"
ASSETS = f"static/extensions/{PACKAGE}"  # where Bokeh shows what packages bring along; any way of serving knows it
# A session costs memory until it is collected: one that never connected after a short while, one that left a little later, so
# that a lost connection finds it again.
UNUSED_AFTER_MS, CHECK_EVERY_MS = 60_000, 10_000
LARGEST_MESSAGE = 2 * 2**20  # bytes of one websocket message from a browser; ours are a hundredth of that


# --------------------------------------------------------------------------------------------------------------------- files


@cache
def our_files() -> Mapping[str, Kept]:
    """Everything the pages ask for by a name with a hash."""
    named = {**desk.assets(), **stage_assets.assets(), words_name(): equations.equations_html(), "icon.svg": _text("icon.svg")}
    return {name: keep(name, text.encode()) for name, text in named.items()}


@cache
def words_name() -> str:
    content = equations.equations_html().encode()
    return f"words-{keep('words.html', content).tag.strip(chr(34))}.html"


def _text(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    loader = Environment(loader=FileSystemLoader(PAGES), autoescape=False)
    return panel_templates.from_string(loader.loader.get_source(loader, "page.html")[0])


# --------------------------------------------------------------------------------------------------------------------- pages


def opening(query: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What an address asks for; one that says nothing about the run opens the first scene."""
    values, said = read_address(query)
    if not any(name in query for name in (*RUN, "scene")):
        values = {**values, **first().parameters, "scene": first().key}
    return values, said


def retrieval() -> None:
    """The page of `/`, entered into the document of this session."""
    doc = pn.state.curdoc
    values, said = opening(pn.state.session_args)
    page = Retrieval(values, said, words=f"{ASSETS}/{words_name()}")
    page.desk.server_doc(doc, title=PAGE["page_title"], location=False)
    page.doc = doc
    doc.config.update(notifications=None, notify_connection_status=False)  # the page says it itself, quietly
    doc.template = _template()
    doc.template_variables.update(
        ground=_text("ground.css"),
        icon=f"{ASSETS}/icon.svg",
        words=PAGE,
        modules=[f"{ASSETS}/{name}" for name in our_files() if name.endswith(".js")],
        theme=values["theme"] if values["theme"] != "system" else "",
        hall=values["hall"],
    )


ROUTES: dict[str, Callable[[], None]] = {"/": retrieval}


class Health(RequestHandler):
    """Whether the process answers."""

    def get(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.write("ok\n")


# -------------------------------------------------------------------------------------------------------------------- server


def configure(reuse_sessions: bool | str = False) -> None:
    """What every way of serving needs, before the first page is made."""
    os.environ.setdefault("BOKEH_RESOURCES", "server")  # nothing may come from another host
    desk.Desk.assets_url = Stage.assets_url = ASSETS
    pn.extension(reconnect=True)
    pn.config.reuse_sessions = reuse_sessions
    # A first render may be shared by those who asked for the very same address, by nobody else.
    pn.config.session_key_func = lambda request: (request.path, request.query)


def configure_elsewhere() -> None:
    """The same under `panel serve`, which has no routes of ours: it shows the files from a directory."""
    configure()
    if PACKAGE not in extension_dirs:
        directory = Path(tempfile.mkdtemp(prefix=f"{PACKAGE}-"))
        for name, kept in our_files().items():
            (directory / name).write_bytes(kept.plain)
        extension_dirs[PACKAGE] = directory


def make_server(
    port: int = PORT,
    address: str | None = None,
    origins: list[str] | None = None,
    prefix: str = "",
    num_procs: int = 1,
    reuse_sessions: bool | str = False,
    unused_lifetime: int = UNUSED_AFTER_MS,
) -> Server:
    configure(reuse_sessions)
    our_files()
    server = get_server(
        dict(ROUTES),
        port=port,
        address=address,
        websocket_origin=origins,
        title=PAGE["page_title"],
        show=False,
        start=False,
        verbose=False,
        prefix=prefix,
        num_procs=num_procs,
        extra_patterns=[(r"/healthz", Health)],
        unused_session_lifetime_milliseconds=unused_lifetime,
        check_unused_sessions_milliseconds=CHECK_EVERY_MS,
        websocket_max_message_size=LARGEST_MESSAGE,
        location=False,
    )
    # Ahead of Bokeh's own handler, which reads and sends the libraries uncompressed for every visitor.
    server._tornado.add_handlers(
        r".*",
        [
            (rf"{server.prefix}/{ASSETS}/(.*)", OurFiles, {"files": our_files()}),
            (rf"{server.prefix}/static/(.*)", LibraryFiles),
        ],
    )
    # A message is several small frames; without this each waits some 40 ms for the browser to acknowledge the one before.
    for listening in server._http._sockets.values():
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app", description="Serve Gliascope and open it in a browser.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("GLIASCOPE_PORT", PORT)))
    parser.add_argument("--address", default=os.environ.get("GLIASCOPE_ADDRESS"), help="interface to listen on; all if not given")
    parser.add_argument(
        "--allow-websocket-origin",
        action="append",
        metavar="HOST[:PORT]",
        default=None,
        help="where the page is served from, as browsers see it (behind a proxy, in a container); may be given more than once",
    )
    parser.add_argument(
        "--prefix", default=os.environ.get("GLIASCOPE_PREFIX", ""), help="path under which a proxy shows the page"
    )
    parser.add_argument("--num-procs", type=int, default=int(os.environ.get("GLIASCOPE_PROCESSES", 1)), help="server processes")
    parser.add_argument(
        "--reuse-sessions",
        nargs="?",
        const=True,
        default=False,
        choices=[True, "warm"],
        help="share first renders of equal addresses",
    )
    parser.add_argument("--unused-session-lifetime", type=int, default=UNUSED_AFTER_MS, metavar="MS")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    return parser.parse_args(given)


def origins(given: list[str] | None) -> list[str] | None:
    """Hosts from which a page may connect: those given, else those of the environment, else this server itself."""
    listed = given or [host for host in os.environ.get("GLIASCOPE_ORIGINS", "").split(",") if host]
    return listed or None


def main(given: list[str] | None = None) -> None:
    asked = arguments(given)
    server = make_server(
        asked.port,
        asked.address,
        origins(asked.allow_websocket_origin),
        asked.prefix,
        asked.num_procs,
        asked.reuse_sessions,
        asked.unused_session_lifetime,
    )
    url = f"http://{asked.address or 'localhost'}:{server.port}{server.prefix}/"
    print(f"Gliascope is at {url}", flush=True)
    server.start()
    loop = server.io_loop
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: loop.add_callback_from_signal(loop.stop))
    if not asked.no_browser:
        loop.add_callback(server.show, "/")
    loop.start()
    server.stop()
