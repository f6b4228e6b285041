"""The server: pages, files, and the one place that talks to Panel's server; `app.hosting` stands guard around it."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.document import Document
from bokeh.embed.bundle import extension_dirs
from jinja2 import Environment, FileSystemLoader
from panel.io.resources import LOCAL_DIST, patch_model_css
from panel.io.resources import _env as panel_templates
from panel.io.server import Server, get_server

from app import equations, runs
from app.charts import board
from app.files import Kept, LibraryFiles, OurFiles, keep
from app.hosting import fence, logs, metrics, notices
from app.hosting.documents import Face, Query
from app.hosting.guard import Guard
from app.hosting.options import Options, add_options
from app.hosting.processes import inherited
from app.laboratory import service
from app.pages import desk
from app.pages.benchmark import Benchmark
from app.pages.laboratory import LaboratoryPage
from app.pages.regimes import Regimes
from app.pages.retrieval import Retrieval
from app.pages.tune import Tune
from app.parameters import RUN, read_address, read_compare, read_pins
from app.scenes import first
from app.stage import assets as stage_assets
from app.stage.stage import Stage
from app.words import LABORATORY_PAGE, PAGE

PAGES = Path(__file__).parent / "pages"
PACKAGE = "gliascope"
ASSETS = f"static/extensions/{PACKAGE}"  # where Bokeh shows what packages bring along; any way of serving knows it


# --------------------------------------------------------------------------------------------------------------------- files


@cache
def our_files() -> Mapping[str, Kept]:
    """Everything the pages ask for by a name with a hash."""
    scripts = {**desk.assets(), **stage_assets.assets(), **board.assets()}
    named = {**scripts, words_name(): equations.equations_html(), "icon.svg": _text("icon.svg"), **entrance()}
    return {name: keep(name, text.encode()) for name, text in named.items()}


@cache
def entrance() -> dict[str, str]:
    """The script that opens a page's session."""
    text = fence.ENTRANCE.read_text(encoding="utf-8")
    return {f"entrance-{keep('entrance.js', text.encode()).tag.strip(chr(34))}.js": text}


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


def retrieval(pages: Iterable[tuple[str, str, bool]] = ()) -> None:
    """The page of `/`, entered into the document of this session."""
    doc = pn.state.curdoc
    values, said = opening(pn.state.session_args)
    page = Retrieval(values, said, pages, words=f"{ASSETS}/{words_name()}")
    page.desk.server_doc(doc, title=PAGE["page_title"], location=False)
    page.doc = doc
    notices.listen(doc, page.refuse)
    _dress(doc, _dressing(values, desk_scripts()))


def desk_scripts() -> list[str]:
    return [*desk.assets(), *stage_assets.assets()]


def laboratory(kind: type[LaboratoryPage]) -> Callable[[], None]:
    """One of the laboratory's pages, entered in the same way."""

    def enter() -> None:
        doc = pn.state.curdoc
        values, said = kind.address.read(pn.state.session_args)
        page = kind(values, said)
        page.board.server_doc(doc, title=LABORATORY_PAGE["page_titles"][kind.name], location=False)
        page.enter(doc)
        notices.listen(doc, page.refuse, page.go_away)
        _dress(doc, _dressing(values, board.assets()))

    return enter


def _dress(doc: Document, dressing: Mapping[str, Any]) -> None:
    doc.config.update(notifications=None, notify_connection_status=False)  # the page says it itself, quietly
    doc.template = _template()
    doc.template_variables.update(dressing)
    for root in doc.roots:  # Panel does this for sessions that a page's request makes, but not for those of a websocket
        patch_model_css(root, dist_url=LOCAL_DIST)


def _dressing(values: Mapping[str, Any], scripts: Iterable[str]) -> dict[str, Any]:
    """What the template says besides what Panel puts into it."""
    return {
        "ground": _text("ground.css"),
        "icon": f"{ASSETS}/icon.svg",
        "words": PAGE,
        "modules": [f"{ASSETS}/{name}" for name in scripts if name.endswith(".js")],
        "theme": values["theme"] if values["theme"] != "system" else "",
        "hall": values["hall"],
    }


def _face(read: Callable[[Query], Mapping[str, Any]], scripts: Callable[[], Iterable[str]], title: str) -> Face:
    """A page before it has a session."""
    return lambda query, more: _template().render(title=title, **_dressing(read(query), scripts()), **more)


def first_page() -> None:
    """The page of `/`, with the way to the others."""
    retrieval([(f"./{path}", title, not path) for path, title in LABORATORY_PAGE["pages"].items()])


ROUTES: dict[str, Callable[[], None]] = {
    "/": first_page,
    **{f"/{kind.name}": laboratory(kind) for kind in (Regimes, Benchmark, Tune)},
}


FACES: dict[str, Face] = {
    "/": _face(lambda query: opening(query)[0], desk_scripts, PAGE["page_title"]),
    **{
        f"/{kind.name}": _face(
            lambda query, kind=kind: kind.address.read(query)[0], board.assets, LABORATORY_PAGE["page_titles"][kind.name]
        )
        for kind in (Regimes, Benchmark, Tune)
    },
}


# -------------------------------------------------------------------------------------------------------------------- server


def configure() -> None:
    """What every way of serving needs, before the first page is made."""
    os.environ.setdefault("BOKEH_RESOURCES", "server")  # nothing may come from another host
    desk.Desk.assets_url = Stage.assets_url = board.Board.assets_url = ASSETS
    pn.extension(reconnect=True)
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


def make_server(options: Options, sockets: Sequence[socket.socket] = ()) -> tuple[Server, Guard]:
    """A server that is ready to start, listening already, and who guards it."""
    configure()
    guard = Guard(options, {desk.Slider: ("value", "value_throttled")})
    guard.prepare = {"/": first_runs}
    Retrieval.work_per_second = options.work_per_second
    pages = {path: fence.sheltered(page) for path, page in ROUTES.items()}
    with fence.given_sockets(sockets):
        server = get_server(
            pages, port=options.port, address=options.address, title=PAGE["page_title"], show=False, start=False, verbose=False,
            location=False, **fence.settings(guard),
        )  # fmt: skip
    files = [(rf"/{ASSETS}/(.*)", OurFiles, {"files": our_files()}), (r"/static/(.*)", LibraryFiles, {})]
    fence.fence(server, guard, FACES, files, f"{ASSETS}/{next(iter(entrance()))}", ask_pools)
    return server, guard


async def first_runs(query: Query) -> None:
    """Compute what the first picture of an address needs, if that is long: other visitors must not wait for it."""
    values, _ = opening(query)
    with suppress(ValueError):
        keys = [runs.key_of(values), *(runs.key_of(pin) for pin in read_pins(values["pins"]))]
        keys += [runs.key_of({**values, "model": model, "bends": ""}) for model in read_compare(values["compare"])]
        for key in keys:
            if not runs.is_quick(key):
                await asyncio.wrap_future(runs.pool.submit(runs.message, key))


async def ask_pools() -> None:
    """Wait until a thread for runs and a worker for studies have answered."""
    share = service.laboratory().jobs.shares.share()
    try:
        await asyncio.gather(asyncio.wrap_future(runs.pool.submit(os.getpid)), asyncio.wrap_future(share.submit(os.getpid)))
    finally:
        share.shutdown()


def note_figures() -> None:
    """What the caches and pools have to say for themselves."""
    for name, cached in (("runs", runs.segments), ("messages", runs.message)):
        asked = cached.asked()
        metrics.note_cache(name, asked.hits, asked.misses)
    metrics.runs_waiting.set(runs.pool._work_queue.qsize())
    opened = service.opened()
    if opened is not None:
        metrics.note_cache("studies", opened.jobs.cache.hits, opened.jobs.cache.misses)
        metrics.pool_waiting.set(opened.jobs.shares.waiting)
        metrics.pool_running.set(opened.jobs.shares.under_way)


def arguments(given: Sequence[str] | None = None) -> tuple[Options, argparse.Namespace]:
    parser = argparse.ArgumentParser(prog="python -m app", description="Serve Gliascope and open it in a browser.")
    add_options(parser)
    service.add_arguments(parser)
    asked = parser.parse_args(given)
    return Options.chosen(asked, parser), asked


def main(given: Sequence[str] | None = None) -> None:
    options, asked = arguments(given)
    logs.configure_logs(options.json_logs)
    service.configure(asked)
    try:
        server, guard = make_server(options, inherited())
    except OSError as error:
        raise SystemExit(f"Port {options.port} cannot be listened on: {error.strerror}.") from None
    url = f"http://{options.address or 'localhost'}:{server.port}{server.prefix}/"
    logs.event("serving", url=url, origins=", ".join(("the page's own host", *options.origins)))
    if not os.environ.get("GLIASCOPE_PROCESS"):
        print(f"Gliascope is at {url}", flush=True)
        if options.browser:
            server.io_loop.add_callback(server.show, "/")
    fence.run(server, guard, note_figures, service.close)
