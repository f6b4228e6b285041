"""A server of its own and a real Chromium. Whoever has no Chromium is told so and the tests are skipped; in CI they fail."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",  # nothing else is reached from here
)
PLAYING = ".gs[data-frames]:not([data-frames='0'])"
SHELL = "chromium-headless-shell"  # the same without windows: a page opens for half the work, of which hundreds add up to minutes
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def missing(sentence: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


# For a script in a page: all its elements, those in shadow roots too.
EVERY = """const every = (root = document) =>
    [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? every(e.shadowRoot) : [])]);"""


def found(name: str) -> str:
    """A function of the page that gives its element of this class, or null."""
    return f'() => {{ {EVERY} return every().find((element) => element.classList.contains("{name}")) ?? null; }}'


WRITTEN = f"() => ({found('gd')})().gliascope.href() === location.href"


def written(page) -> str:
    """What the address bar says, once the page has written there what it shows."""
    page.wait_for_function(WRITTEN)
    return page.url.partition("?")[2]


class Served:
    """A server process, its address, and what it has logged."""

    def __init__(self, log: Path, *options: str, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://localhost:{port}/"
        self.log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "--no-browser", "--port", str(port), *options],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait()
        except RuntimeError:  # nobody else will end it
            self.process.kill()
            raise

    def _wait(self) -> None:
        for _ in range(300):
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            try:
                urllib.request.urlopen(self.url + "healthz", timeout=1).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"no server after 30 s: {self.log.read_text()}")

    def errors(self) -> list[str]:
        return re.findall(r"^(?:Traceback|ERROR|CRITICAL).*$", self.log.read_text(), re.MULTILINE)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    server = Served(folder / "log", "--cache", str(folder / "cache"))
    yield server
    server.stop()
    assert server.errors() == []


@pytest.fixture(scope="session")
def chromium():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("The browser tests need the package playwright.")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, (SHELL, *NAMES))), None)
    if path is None:
        missing(f"The browser tests need a Chromium: none of {', '.join(NAMES)} is on the path, and CHROMIUM does not name one.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, served):
    """Open pages as a stranger does; afterwards nothing may have been complained of, and no other host asked for anything."""
    contexts, complaints, foreign = [], [], []

    def complain(message) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def look(request) -> None:
        if urlsplit(request.url).hostname not in ("localhost", "127.0.0.1", None, ""):
            foreign.append(request.url)

    def open_page(
        address: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        sockets=None,
        ready: str = PLAYING,
        script="",
        plays=False,
        url="",
        **options,
    ):
        """A page that does not play by itself, unless the test is about that: a picture that moves keeps a processor busy.
        `url` is that of another server."""
        options = options if plays else {"reduced_motion": "reduce", **options}
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.on("request", look)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        if sockets is not None:
            page.route_web_socket("**/ws*", sockets)
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url or served.url + address)
        page.wait_for_selector(ready, timeout=20_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == []
    assert complaints == []
    assert served.errors() == []
