"""What a browser shows of the hosting: the policy holds, a refusal is a sentence, a server that returns is found again."""

from __future__ import annotations

import asyncio
import queue
import threading

import psutil
import pytest

from app.words import words
from tests.bench._visitors import Served

HOSTING, LABORATORY, PAGE = words("app.hosting")["hosting"], words("app.studies")["study"], words()["page"]

playwright = pytest.importorskip("playwright.sync_api")


def shown(page) -> None:
    """The page has taken its waiting line away, which is the last thing it does before it can be used."""
    page.wait_for_function(
        "() => !document.querySelector('[data-skeleton]') && window.Bokeh?.documents.length > 0", timeout=30_000
    )


@pytest.fixture(scope="module")
def hosted():
    with Served("--workers", "1") as server:
        yield server


@pytest.mark.parametrize("path", ["", "regimes", "benchmark", "tune"])
def test_the_policy_of_the_page_holds(chromium, hosted, path):
    page, said = chromium.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda request: said.append(request.url) if not request.url.startswith((hosted.url, "blob:", "data:")) else None,
    )
    answer = page.goto(hosted.url + path)
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    shown(page)
    page.wait_for_timeout(1500)
    assert said == []
    page.close()


def relay(port: int, stop: threading.Event, ready: queue.Queue) -> None:
    """A proxy that is set up wrongly: it hands on another Host than the browser asked for."""

    async def pass_on(reader, writer):
        try:
            while data := await reader.read(65_536):
                writer.write(data.replace(b"Host: localhost:", b"Host: innerhost:"))
                await writer.drain()
        except OSError:
            pass
        writer.close()

    async def meet(reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pass_on(reader, inner_writer), pass_on(inner_reader, writer))

    async def serve():
        async with await asyncio.start_server(meet, "127.0.0.1", 0) as server:
            ready.put(server.sockets[0].getsockname()[1])
            while not stop.is_set():
                await asyncio.sleep(0.1)

    asyncio.run(serve())


def test_an_origin_that_is_not_allowed_is_explained_on_the_page(chromium):
    stop, ready = threading.Event(), queue.Queue()
    with Served() as served:
        thread = threading.Thread(target=relay, args=(served.port, stop, ready), daemon=True)
        thread.start()
        port = ready.get(timeout=10)
        page = chromium.new_page()
        try:
            page.goto(f"http://localhost:{port}/")
            page.get_by_text(f"GLIASCOPE_ORIGINS=localhost:{port}").wait_for(timeout=20_000)
            assert "an origin was refused" in served.log.read_text()
        finally:
            page.close()
            stop.set()


def test_a_server_that_returns_is_found_again(chromium):
    secret = {"GLIASCOPE_SECRET": "the same before and after"}
    first = Served(**secret)
    page = chromium.new_page()
    page.goto(first.url + "?T=0.5&K=20&seed=11")
    shown(page)
    page.wait_for_function("() => location.search.includes('v=1')")  # the page has written its address
    before = page.evaluate("() => { window.thePageBefore = true; return location.search }")
    first.stop()
    page.wait_for_timeout(1000)
    assert page.locator("[data-frames]").count() == 1  # the picture stays
    page.get_by_role("status").filter(has_text=PAGE["lost"]).wait_for(timeout=10_000)
    with Served(port=first.port, **secret):
        page.wait_for_function("() => !window.thePageBefore && window.Bokeh?.documents.length > 0", timeout=60_000)
        page.get_by_role("status").filter(has_text=PAGE["back"]).wait_for(timeout=10_000)
        page.wait_for_function("(before) => location.search === before", arg=before)
        assert HOSTING["page_failed"] not in page.content()
        page.close()


def test_either_of_two_processes_is_killed(chromium):
    """Its visitors' lines are lost for a moment; their pages come back as their addresses say, and answer."""
    with Served("--num-procs", "2", "--workers", "1") as served:
        page = chromium.new_page()
        page.goto(served.url + "?T=0.5&K=20&seed=11")
        shown(page)
        page.wait_for_function("() => location.search.includes('v=1')")
        before = page.evaluate("() => location.search")
        for process in [one for one in psutil.Process(served.process.pid).children() if "app" in one.cmdline()]:
            serving = served.log.read_text().count(" serving ")
            process.kill()
            for _ in range(600):  # until the next one has taken its place
                if served.log.read_text().count(" serving ") > serving:
                    break
                page.wait_for_timeout(100)
            page.wait_for_timeout(6000)
            shown(page)
            assert page.evaluate("() => location.search") == before
        page.get_by_role("textbox", name="seed").fill("12")
        page.get_by_role("textbox", name="seed").press("Enter")
        page.wait_for_function("() => location.search.includes('seed=12')", timeout=60_000)
        assert served.log.read_text().count("a process ended and is replaced") == 2
        page.close()


def test_a_worker_that_is_killed_costs_a_sentence(chromium):
    with Served("--workers", "1") as served:
        page = chromium.new_page()
        page.goto(served.url + "benchmark?trials=400&models=astrocyte,hopfield")
        board = page.locator(".gl:not([data-done='0'])")
        board.wait_for(timeout=60_000)
        for one in served.family():
            if "forkserver" in " ".join(one.cmdline()) and one.ppid() != served.process.pid:
                one.kill()
        page.get_by_role("status").filter(has_text=LABORATORY["worker_died"]).wait_for(timeout=30_000)
        done = board.get_attribute("data-done")
        page.locator(f".gl:not([data-done='{done}'])").wait_for(timeout=60_000)
        page.close()
