"""Everything that is served: each page with its session on Panel's line, the files they ask for, and how caches and pools are."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import panel as pn
from bokeh.document import Document
from jinja2 import Environment, FileSystemLoader, Template
from panel.io.resources import LOCAL_DIST, patch_model_css

from app import assets, component, pages, runs
from app.chapters.base import Chapter
from app.chapters.session import ChapterSession
from app.engine import service
from app.hosting import metrics, notices, server
from app.hosting.files import StoredFile, make_file
from app.hosting.options import Options
from app.hosting.shell import Query, Shell
from app.pages import Page
from app.short_links import SHORT, ShortLinks
from app.words import words

BROWSER = assets.BROWSER
WORDS = words()["page"]


def site(options: Options) -> server.Site:
    """All that is served, with what whoever starts it has chosen."""
    ChapterSession.work_per_second = options.work_per_second
    ChapterSession.short_links = links = None if options.cache is None else ShortLinks(options.cache / "links")
    service.configure(options)
    return server.Site(
        pages={f"/{path}": _served(page) for path, page in pages.pages().items()},
        files=our_files(),
        assets=assets.ADDRESS,
        ask_pools=ask_pools,
        note_figures=note_figures,
        close=service.close,
        short=SHORT,
        **({"find_link": links.target} if links is not None else {}),
    )


# --------------------------------------------------------------------------------------------------------------------- files


@cache
def our_files() -> Mapping[str, StoredFile]:
    """Everything the pages ask for by a name with a hash."""
    named = {**pages.scripts().files, **pages.chapter_files(), "icon.svg": _text("icon.svg")}
    return {name: make_file(name, text.encode()) for name, text in named.items()}


def _text(name: str) -> str:
    return (BROWSER / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    files = FileSystemLoader(Path(server.__file__).parent)
    return Environment(loader=files, autoescape=False, trim_blocks=True, lstrip_blocks=True).get_template("page.html")


# --------------------------------------------------------------------------------------------------------------------- pages


def _served(page: Page) -> server.Page:
    prepare = partial(first_runs, page.chapter) if page.chapter is not None else None
    return server.Page(partial(enter, page), shell_of(page), prepare, partial(pages.led_to, page.path))


def enter(page: Page) -> None:
    """Make a session of a page, and enter it into the document that is being opened."""
    doc = pn.state.curdoc
    values, sentences = page.read(pn.state.session_args)
    session = page.session(values, sentences)
    script = pages.scripts().pages[page.script(values)]
    threads = service.engine().tables if page.chapter is None else runs.pool
    shown = component.page_of(session, script, doc, threads)
    shown.server_doc(doc, title=page.title, location=False)
    notices.listen(doc, session.refuse, session.away)
    doc.on_session_destroyed(lambda _context: session.close())
    _settle(doc)


def _settle(doc: Document) -> None:
    doc.config.update(notifications=None, notify_connection_status=False)  # the page says it itself, quietly
    for root in doc.roots:  # Panel does this for sessions that a page's request makes, but not for those of a websocket
        patch_model_css(root, dist_url=LOCAL_DIST)


def shell_of(page: Page) -> Shell:
    """A page before it has a session: the template, filled with what its address says and what the server adds."""

    ground = _text("ground.css")

    def shell(query: Query, more: Mapping[str, Any]) -> str:
        values, _ = page.read(query)
        return _template().render(
            title=page.title,
            ground=ground,
            icon=f"{assets.ADDRESS}/icon.svg",
            words=WORDS,
            modules=[f"{assets.ADDRESS}/{name}" for name in pages.scripts().of(page.script(values))],
            theme=values["theme"] if values["theme"] != "system" else "",
            hall=values["hall"],
            **more,
        )

    return shell


async def first_runs(chapter: Chapter, query: Query) -> None:
    """Compute what the first picture of an address needs, if that is long: other visitors must not wait for it."""
    values, _ = chapter.opening(query)
    with suppress(ValueError):
        long = [key for key in runs.keys_of(chapter, values) if not runs.is_quick(chapter, key)]
        if long:
            await asyncio.wrap_future(runs.pool.submit(runs.prepare, chapter, long))


# -------------------------------------------------------------------------------------------------------------------- health


async def ask_pools() -> None:
    """Wait until a thread for runs and a worker for studies have answered."""
    share = service.engine().jobs.executor.share()
    try:
        await asyncio.gather(asyncio.wrap_future(runs.pool.submit(os.getpid)), asyncio.wrap_future(share.submit(os.getpid)))
    finally:
        share.shutdown()


def note_figures() -> None:
    """What the caches and pools have to say for themselves."""
    for name, cached in (("runs", runs.segments), ("messages", runs.message)):
        known = cached.cache_info()
        metrics.note_cache(name, known.hits, known.misses)
    metrics.runs_waiting.set(runs.pool.waiting)
    opened = service.opened()
    if opened is not None:
        metrics.note_cache("studies", opened.jobs.cache.hits, opened.jobs.cache.misses)
        metrics.pool_waiting.set(opened.jobs.executor.waiting)
        metrics.pool_running.set(opened.jobs.executor.under_way)
