"""The laboratory: how soon a map is seen, how fast it is whole, what workers bring, and what other visitors notice of it."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app.engine.service import Engine
from app.hosting.options import Options
from app.studies.likeness import FLIPPED, RANGE, STORED
from core.retrieval.capacity import capacity_study
from core.studies import Study, figure_study, map_study, values_of
from tests.bench._table import heading, row
from tests.bench._visitors import Served, Visitor, go, quantile
from tests.browser.conftest import FLAGS, NAMES

MODELS = ("astrocyte", "hopfield", "neuron-astrocyte", "dense")
MOVES = 60  # of a slider, with the map and without
PAUSE = 0.05  # seconds between two of them
MINUTES = 10  # a machine that takes longer for figure 4 is too slow to judge
PLAIN = "?seed=1"
# Runs before any script of the page: when the first cells and when all are on the page, and what the figures had by then.
WATCH = """(() => {
    const bench = window.bench = {first: null, whole: null, longest: 0, board: null};
    const find = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.classList.contains("gl")) return element;
            const inside = element.shadowRoot && find(element.shadowRoot);
            if (inside) return inside;
        }
        return null;
    };
    let before = performance.now();
    const watching = setInterval(() => {
        const board = bench.board ??= find(document);
        const now = performance.now();
        bench.longest = Math.max(bench.longest, now - before - 20);
        before = now;
        if (!board || !(Number(board.dataset.done) > 0)) return;
        bench.first ??= now;
        if (board.dataset.state === "done") { bench.whole = now; clearInterval(watching); }
    }, 20);
})();"""

CHANGE = """() => {
    const board = bench.board.gliascope, table = board.table, began = performance.now();
    board.set({seed: String(Math.floor(Math.random() * 1e6))});
    const waiting = setInterval(() => {
        if (board.table === table || !board.table.count) return;
        bench.answered = performance.now() - began;
        clearInterval(waiting);
    }, 5);
}"""


def main(arguments: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench laboratory", description=__doc__)
    parser.add_argument("--trials", type=int, default=50, help="in each cell of figure 4; fewer for a quick look")
    trials = parser.parse_args(arguments).trials
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        print(f"This benchmark needs a Chromium: none of {', '.join(NAMES)} is on the path.")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        with Served("--workers", "2") as served:
            heading("A stranger opens a page, and nobody has before: seconds from the request (2 workers)")
            _open(browser, served, "regimes", "regimes: figure 1, 25 points, 50 trials, 2 memories")
            _open(browser, served, "regimes?axis=tau_x", "regimes: figure 2")
            _open(browser, served, "tune", "tune: 16 × 16 cells, 50 trials")
            _open(browser, served, "capacity", "capacity: 7 memories × 8 N, 5 K each, 200 trials")
            _open(
                browser, served, f"benchmark?trials={trials}", f"benchmark: figure 4, 25 × 11 cells, {trials} trials, 4 memories"
            )
            _open(browser, served, "likeness", "likeness: 3 × 15 cells of digits, 100 trials")
            _open(browser, served, "regimes", "regimes: figure 1 again, from the cache")
            _open(browser, served, f"benchmark?trials={trials}", "benchmark: figure 4 again, from the cache")
        browser.close()
    heading(
        f"Cells a second: figure 4 without the slowest memory, {trials} trials in each, a map over T and τ_p, and other pages"
    )
    study = figure_study(4, models=("astrocyte", "hopfield"), trials=trials)
    plane, searches = map_study("tau_p", "T", trials=trials), capacity_study(trials=trials)
    ratios = values_of("tau_p", 15, RANGE)
    alike = map_study(("K", STORED), ("tau_p", ratios), trials=100, family="digits", noise=FLIPPED / 64, horizon=100.0)
    studies = {
        "figure 4, two memories": study,
        "a map of 16 × 16": plane,
        "capacity, seven memories": searches,
        "likeness": alike,
    }
    for workers in (1, 2):
        for name, of in studies.items():
            row(f"{name}, {workers} worker{'s' if workers > 1 else ''}", f"{_pace(of, workers):.3g} cells/s")
    heading(f"Another visitor's slider on the retrieval page, {MOVES} moves: milliseconds until the run has come")
    with Served("--workers", "2") as served:
        alone = go(_moves(served))
        running = threading.Event()
        mapping = threading.Thread(target=lambda: go(_keep_mapping(served, running)))
        running.set()
        mapping.start()
        time.sleep(3)
        beside = go(_moves(served))
        running.clear()
        mapping.join()
        again = go(_moves(served))
    quiet = statistics.median([*alone, *again])
    for name, taken in (("nobody else there", alone), ("while figure 4 is computed", beside), ("and after it", again)):
        row(name, f"{statistics.median(taken) * 1e3:.1f} (p95 {quantile(taken, 0.95) * 1e3:.0f})")
    ratio = statistics.median(beside) / quiet
    row("  times as long (medians)", f"{ratio:.2f}×", "≤ 1.5×", ratio <= 1.5)


def _open(browser: Browser, served: Served, address: str, name: str) -> None:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(WATCH)
    page.goto(served.url + address)
    page.wait_for_function("() => bench.whole !== null", timeout=MINUTES * 60_000)
    seen = page.evaluate("() => ({first: bench.first, whole: bench.whole, longest: bench.longest})")
    row(name, f"{seen['first'] / 1e3:.2f} s first", "≤ 3 s", seen["first"] <= 3000)
    row("  whole", f"{seen['whole'] / 1e3:.2f} s")
    row("  the page did not answer for at most", f"{seen['longest']:.0f} ms")
    if "?" not in address or "trials" not in address:
        _change(page)
    page.context.close()


def _change(page: Page) -> None:
    """A setting is changed on a page that is there: from the change to the first cells of the new study."""
    page.evaluate(CHANGE)
    page.wait_for_function("() => bench.answered", timeout=MINUTES * 60_000)
    taken = page.evaluate("() => bench.answered")
    row("  a changed seed: until its first cells are drawn", f"{taken / 1e3:.2f} s", "≤ 1 s", taken <= 1000)


def _pace(study: Study, workers: int) -> float:
    """Cells a second of an engine whose workers are there already."""
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Options(workers=workers, cache=Path(folder), cache_mb=64))
        engine.warm()
        engine.tables.submit(time.sleep, 0).result()
        share = engine.jobs.executor.share()
        for future in [share.submit(time.sleep, 0.2) for _ in range(workers)]:
            future.result()
        share.shutdown()
        done = threading.Event()
        began = time.perf_counter()
        job = engine.jobs.watch(study, "bench", lambda job: done.set() if job.state in ("done", "failed") else None)
        done.wait()
        took = time.perf_counter() - began
        engine.close()
        return len(job.cells) / took


async def _moves(served: Served) -> list[float]:
    visitor = Visitor(served.url + PLAIN)
    await visitor.arrive()
    taken = []
    for _ in range(MOVES):
        taken.append(await visitor.slide())
        await asyncio.sleep(PAUSE)
    visitor.leave()
    return taken[5:]  # the first ones warm up


async def _keep_mapping(served: Served, running: threading.Event) -> None:
    """One after another new figure 4, as long as it is wanted."""
    visitor = Visitor(f"{served.url}benchmark?models={','.join(MODELS)}&trials=200&seed=77")
    visitor.least = 1 << 30
    await visitor.arrive()
    await visitor.tell({"do": "ready"})
    while running.is_set():
        await asyncio.sleep(0.1)
    visitor.leave()


if __name__ == "__main__":
    main()
