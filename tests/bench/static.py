"""What a site without a server costs: bytes by part, how soon sliders work, by part, a slider's move, and the worker's memory.

The folder is served from this machine, as a host would send it, to a browser with nothing in its cache. All times are those of a
clock: the load of the machine is printed first, and the first changes run in code that the browser has not made fast yet.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import statistics
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from app.static import build
from app.static.compact import has_node, packed
from app.static.runtime import runtime
from tests.bench._table import heading, row
from tests.bench.page import launched
from tests.browser.conftest import PLAYING, found

VISITS, MOVES = 5, 20
PAUSE = 150  # milliseconds between two moves
LIMIT = 120_000  # milliseconds
PARTS = (
    "its scripts are read, its WebAssembly is compiled",
    "Python has started",
    "archives are unpacked",
    "NumPy is imported",
    "core and app are imported, the session has its first run",
)
TYPES = {".wasm": "application/wasm", ".js": "text/javascript", ".mjs": "text/javascript"}
ASKED = b"\nself.heap = () => python._module.HEAP8.byteLength;\n"  # of the worker, whose Python nothing else can reach
# Runs before any script of the page: when the worker was made and said something, and when deeds went to it.
WATCH = """(() => {
    const bench = window.bench = { made: 0, parts: [], live: 0, sent: 0, moves: [] };
    window.Worker = class extends Worker {
        constructor(...given) {
            super(...given);
            bench.made = performance.now();
            this.addEventListener("message", ({ data }) => {
                if (data.loaded) bench.parts.push(performance.now());
                if (data.opened) bench.live = performance.now();
                if (data.number && data.pieces.length > 0 && bench.sent) {
                    bench.moves.push(performance.now() - bench.sent);
                    bench.sent = 0;
                }
            });
        }
        postMessage(said, ...more) {
            if (said.deed?.do === "slide") bench.sent = performance.now();
            super.postMessage(said, ...more);
        }
    };
})();"""


class Host(http.server.SimpleHTTPRequestHandler):
    """As a host should send the folder; the worker can be asked how much memory it has."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        small = Path(f"{path}.br")
        is_worker = "/worker-" in self.path
        is_small = small.is_file() and "br" in self.headers.get("Accept-Encoding", "") and not is_worker
        if not path.is_file():
            self.send_error(404)
            return
        data = (small if is_small else path).read_bytes() + (ASKED if is_worker else b"")
        self.send_response(200)
        self.send_header("Content-Type", TYPES.get(path.suffix) or self.guess_type(path))
        if is_small:
            self.send_header("Content-Encoding", "br")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Host, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def opened(browser: Browser, address: str) -> tuple[Page, float]:
    """A page in a context of its own whose sliders work, and after how many milliseconds its first run was on show."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(PLAYING, timeout=LIMIT)
    shown = page.evaluate("() => performance.now()")
    page.wait_for_function("() => bench.live > 0", timeout=LIMIT)
    return page, shown


def cold(browser: Browser, address: str, name: str) -> None:
    heading(f"{name}: a first visit, milliseconds, the median and the least of {VISITS}")
    visits = []
    for _ in range(VISITS):
        page, shown = opened(browser, address)
        made, parts, live = page.evaluate("() => [bench.made, bench.parts, bench.live]")
        ends = [made, *parts, live]
        visits.append([shown, made, *(after - before for before, after in pairwise(ends)), live])
        page.context.close()
    names = ("the first run is on show", "the worker is asked for", *(f"  {part}" for part in PARTS), "sliders work")
    for name, times in zip(names, zip(*visits, strict=True), strict=True):
        wanted = "~ 3000" if name == "sliders work" else ""
        row(name, f"{statistics.median(times):.0f}, {min(times):.0f}", wanted)


def moves(browser: Browser, address: str) -> None:
    heading(f"A move of the first slider at the defaults, {MOVES} of them to values not asked for before")
    page, _ = opened(browser, f"{address}?seed=1")
    page.locator(".gd-slider input[type=range]").first.focus()
    for number in range(MOVES):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("(number) => bench.moves.length > number", arg=number, timeout=LIMIT)
        page.wait_for_timeout(PAUSE)
    took = page.evaluate("() => bench.moves")
    shown = page.evaluate(f"() => ({found('gd')})().gliascope.shown.fields")
    row("ms from the slider to its run, the first", f"{took[0]:.0f}")
    median = statistics.median(took)
    row(f"  the median, at N = {shown['N']}, K = {shown['K']}", f"{median:.0f}", "≤ 100", median <= 100)
    row("  the slowest", f"{max(took):.0f}")
    heap = page.workers[0].evaluate("heap()") / 2**20
    row("MB that the worker's Python holds", f"{heap:.0f}", "≤ 60", heap <= 60)
    page.context.close()


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench static", description=__doc__)
    parser.add_argument("--plain", action="store_true", help="the build that needs no Node")
    parser.add_argument("--runtime", type=Path, metavar="DIR", help="a folder with Pyodide and its NumPy; else fetched")
    asked = parser.parse_args(given)
    site = build.Site(build.chosen([]), runtime(asked.runtime), build.WHOLE, lean=has_node() and not asked.plain)
    site.build()
    site.files |= packed({path: data for path, data in site.files.items() if path != site.whole})
    heading("Bytes: of each part as it is, and as a host sends it")
    for line in build.size_table(site):
        print(line)
    row(f"MB of {site.whole}", f"{len(site.files[site.whole]) / 1e6:.2f}")
    print()
    row("the load of this machine", f"{os.getloadavg()[0]:.1f} on {os.cpu_count()}")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        build.write(site, folder := Path(place))
        browser = launched(playwright)
        with hosted(folder) as address:
            cold(browser, address, "The folder")
            moves(browser, address)
        cold(browser, (folder / site.whole).as_uri(), "The one file, from disk")
        browser.close()
    return 0
