"""The site without a server, in a real browser that reaches nothing but the folder."""

from __future__ import annotations

import functools
import http.server
import threading
from urllib.parse import urlsplit

import pytest

from app.chapters import chapters
from app.static import build
from tests.browser.conftest import PLAYING, found

SHOWN = f"() => ({found('gd')})().gliascope.shown"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Without what computes."""
    folder = tmp_path_factory.mktemp("plain")
    made = build.Site(build.chosen([]))
    made.build()
    build.write(made, folder)
    server = serve(folder)
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(chromium):
    contexts, complaints, foreign = [], [], []

    def open_page(address: str, before=None, ready: str = PLAYING):
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        context.on("request", lambda asked: urlsplit(asked.url).hostname in ("127.0.0.1", None, "") or foreign.append(asked.url))
        page = context.new_page()
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if before is not None:
            before(page)
        page.goto(address)
        page.wait_for_selector(ready, timeout=20_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == [] and complaints == []


def shown(page):
    return page.evaluate(SHOWN)


@pytest.mark.parametrize("name", [*chapters()])
def test_each_chapter_plays_its_first_scene_and_others_without_computing(plain, open_page, name):
    chapter = chapters()[name]
    page = open_page(plain + (f"{name}.html" if chapter.path else ""))
    first, second = [*chapter.scenes][:2]
    assert shown(page)["scene"] == first
    page.wait_for_function(f"() => ({SHOWN})().address === location.search.slice(1)")
    page.get_by_label("Scene", exact=True).select_option(second)
    page.wait_for_function(f"() => ({SHOWN})().scene === '{second}'")
    assert "computes nothing else" in page.locator(".gd-line").inner_text()
    page.wait_for_function(f"() => new URLSearchParams(location.search).get('scene') === '{second}'")
    page.reload()  # the address that the page wrote is that of the scene
    page.wait_for_selector(PLAYING)
    assert shown(page)["scene"] == second
    page.get_by_role("button", name="Hall", exact=True).click()
    page.wait_for_function(f"() => ({SHOWN})().view.hall")
    assert "hall=1" in shown(page)["address"]
