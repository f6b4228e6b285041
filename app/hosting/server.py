"""Makes the server of a site: our handlers stand before those of Bokeh and Panel, so that nobody reaches any other."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.models import Div
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from panel.io.application import build_applications
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from app.hosting import metrics
from app.hosting.admission import TOKEN_SECONDS, Admission
from app.hosting.files import LibraryFiles, OurFiles, StoredFile, make_file
from app.hosting.headers import Nothing
from app.hosting.health import Health, Mark, Metrics, Readiness, Ready, Why
from app.hosting.logs import event
from app.hosting.options import Options
from app.hosting.processes import is_child, not_listened
from app.hosting.shell import Query, Shell, ShellHandler, ShortLink
from app.hosting.websocket import Websocket
from app.words import words

WORDS = words("app.hosting")["hosting"]

LARGEST_MESSAGE = 200_000  # bytes of one websocket frame from a browser; ours are a hundredth of that
LARGEST_REQUEST = 200_000  # bytes of a request's body: nothing here takes any
PING_SECONDS = 20.0  # a visitor who does not answer for so long was cut off


def _nowhere(_query: Query) -> str:
    return ""


@dataclass(frozen=True)
class Page:
    """One page of a site."""

    make: Callable[[], None]  # enters it into the document of a session
    shell: Shell  # what is sent before there is a session
    prepare: Callable[[Query], Awaitable[None]] | None = None  # long work that its first picture needs, off the event loop
    leads: Callable[[Query], str] = _nowhere  # to another page, which shows what an address asks for


async def _nothing_to_ask() -> None:
    return None


def _nothing() -> None:
    return None


def _no_link(code: str) -> None:
    return None


@dataclass(frozen=True)
class Site:
    """All that hosting knows of what it shows."""

    pages: Mapping[str, Page]  # by path
    assets: str  # the path under which files are asked for
    short: str  # the path under which short links are asked for
    files: Mapping[str, StoredFile] = field(default_factory=dict)  # by names with a hash
    ask_pools: Callable[[], Awaitable[object]] = _nothing_to_ask  # waits until those who compute have answered
    note_figures: Callable[[], None] = _nothing  # takes over what caches and pools have counted
    close: Callable[[], None] = _nothing  # gives back what the site has opened
    find_link: Callable[[str], str | None] = _no_link  # where one leads, by its code


@dataclass(frozen=True)
class Hosted:
    """A server that listens already and is ready to start."""

    base: BaseServer
    servers: tuple[HTTPServer, ...]  # of the pages, and of the figures if they have a port of their own
    admission: Admission
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.admission.options.address or 'localhost'}:{self.port}{self.base.prefix}/"


def configure() -> None:
    """What Panel has to know before the first page is made."""
    os.environ.setdefault("BOKEH_RESOURCES", "server")  # nothing may come from another host
    pn.extension(reconnect=True)


def make_server(options: Options, site: Site) -> Hosted:
    """A server of these pages on sockets of its own; a `SystemExit` with a sentence where a port is taken."""
    configure()
    sockets = _listen(options.port, options)
    admission = Admission(options)
    admission.prepare = {path: page.prepare for path, page in site.pages.items() if page.prepare is not None}
    applications = build_applications({path: _or_a_sentence(page.make) for path, page in site.pages.items()}, location=False)
    application = BokehTornado(applications, **_bokeh_settings(admission), **_tornado_settings(options))
    admission.contexts = list(application.applications.values())
    application.add_handlers(r".*", _routes(application, admission, site))
    http = HTTPServer(
        application, xheaders=options.behind_proxy, max_body_size=LARGEST_REQUEST, max_header_size=65_536,
        idle_connection_timeout=120,
    )  # fmt: skip
    http.add_sockets(sockets)
    servers = (http, *_server_of_figures(options))
    return Hosted(BaseServer(IOLoop.current(), application, http), servers, admission, sockets[0].getsockname()[1])


def _listen(port: int, options: Options) -> list[socket.socket]:
    try:
        # One of several processes has the port for itself too: the system deals visitors out.
        return bind_sockets(port, options.address or None, reuse_port=is_child())
    except OSError as error:
        raise not_listened(port, error) from None


def _server_of_figures(options: Options) -> Iterator[HTTPServer]:
    """What a monitor asks, where strangers do not come; each process answers for all."""
    if options.metrics_port is not None:
        routes: list[Any] = [(r"/metrics", Metrics), (r".*", Nothing)]
        http = HTTPServer(Application(routes, log_function=note_request, hosting=options), max_body_size=LARGEST_REQUEST)
        http.add_sockets(_listen(options.metrics_port, options))
        yield http


def _bokeh_settings(admission: Admission) -> dict[str, Any]:
    options = admission.options
    return {
        "prefix": options.prefix,
        "use_index": False,
        "ico_path": "none",
        "unused_session_lifetime_milliseconds": int(1000 * options.unused_seconds),
        "check_unused_sessions_milliseconds": 1_000,  # few at a time, so that their garbage is little at a time
        "websocket_max_message_size_bytes": LARGEST_MESSAGE,
        "keep_alive_milliseconds": 0,  # Bokeh's own pings notice nobody's silence
        "sign_sessions": True,
        "secret_key": admission.secret,
        "session_token_expiration": TOKEN_SECONDS,
    }


def _tornado_settings(options: Options) -> dict[str, Any]:
    return {
        "websocket_ping_interval": PING_SECONDS,
        "websocket_ping_timeout": PING_SECONDS,
        "log_function": note_request,
        "hosting": options,  # which handlers find in their settings
    }


def _routes(application: BokehTornado, admission: Admission, site: Site) -> list[Any]:
    """Our handlers, and an end after them: what Bokeh and Panel have entered is never asked."""
    prefix = application.prefix
    files = {**site.files, **connect_script()}
    script = f"{site.assets}/{next(iter(connect_script()))}"
    routes: list[Any] = [
        (rf"{prefix}/{site.assets}/(.*)", OurFiles, {"files": files}),
        (rf"{prefix}/static/(.*)", LibraryFiles),
    ]
    for path, context in application.applications.items():
        base = prefix + ("" if path == "/" else path)
        line = {"application_context": context, "bokeh_websocket_path": f"{base}/ws", "admission": admission}
        routes.append((f"{base}/ws", Websocket, line))
        page = site.pages[path]
        pattern = rf"{base}(?:/|/index\.html)?" if path == "/" else rf"{base}(?:/|\.html)?"  # as a site without a server calls it
        shown = {"admission": admission, "shell": page.shell, "leads": page.leads, "script": script}
        routes.append((pattern, ShellHandler, shown))
    return [
        *routes,
        (rf"{prefix}/{site.short}/([^/]*)", ShortLink, {"find": site.find_link}),
        (f"{prefix}/healthz", Health),
        (f"{prefix}/readyz", Ready, {"readiness": Readiness(site.ask_pools)}),
        *([(f"{prefix}/metrics", Metrics)] if admission.options.metrics_port is None else []),
        (f"{prefix}/why", Why, {"admission": admission}),
        (f"{prefix}/mark", Mark, {"admission": admission}),
        (r".*", Nothing),
    ]


@cache
def connect_script() -> dict[str, StoredFile]:
    """The script that opens a page's session, by its name."""
    file = make_file("connect.js", (Path(__file__).parent / "connect.js").read_bytes())
    return {f"connect-{file.hash}.js": file}


def _or_a_sentence(page: Callable[[], None]) -> Callable[[], None]:
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


def note_request(handler: RequestHandler) -> None:
    status = handler.get_status()
    metrics.requests.labels(f"{status // 100}xx").inc()
    if status >= 500 and status != 503:
        event("a request failed", logging.ERROR, status=status, handler=type(handler).__name__)
