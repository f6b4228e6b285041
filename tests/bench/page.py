"""What a chapter's page costs: its first visit, its playing, a slider's move, a step of a lesson, a session, and a change beside
what core takes.

Times are those of a clock unless CPU is said, so whatever else the machine does lengthens them; its load is printed first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import shutil
import statistics
import tempfile
import time
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from app import runs
from app.chapters import chapters
from app.chapters.base import Chapter
from app.chapters.session import ChapterSession
from app.numbers import stops
from app.ports import DirectPort
from tests.bench._table import heading, row, seconds
from tests.bench._visitors import Served, Visitor, go
from tests.browser.conftest import FLAGS, NAMES

VISITS, MOVES, VALUES = 3, 15, 30
SESSIONS = 20  # in each of two rounds, so that other work on the machine meets both pages alike
PLAYED = 3.0  # seconds
QUIET = 1.0  # seconds in which a page that has just been opened comes to rest
SLOW = {"retrieval": "?K=200&seed=1&speed=0.25"}  # the whole measurement within one run
SLOWLY = "?seed=1&speed=0.25"  # of any other chapter
PLAIN = "?seed=1"  # an address that says nothing of the run would open the first scene
LIMIT = 20_000  # milliseconds

# The page that sessions are compared with, in a process that knows nothing of ours: with its models a stock page costs more.
EMPTY = """
import argparse
import panel as pn
from tornado.web import RequestHandler

class Health(RequestHandler):
    def get(self):
        self.write("ok")

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
asked, _ = parser.parse_known_args()
pn.serve({"/": lambda: pn.Column()}, port=asked.port, show=False, extra_patterns=[("/healthz", Health)])
"""

# Runs before any script of the page: when the stage moves for the first time, and what has shifted by then.
WATCH = """(() => {
    const bench = window.bench = {shift: 0, running: null, moves: [], find(root = document) {
        for (const element of root.querySelectorAll("*")) {
            if (element.classList.contains("gs")) return element;
            const inside = element.shadowRoot && bench.find(element.shadowRoot);
            if (inside) return inside;
        }
        return null;
    }};
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) bench.shift += entry.value; })
        .observe({type: "layout-shift", buffered: true});
    const watching = setInterval(() => {
        const stage = bench.find();
        if (stage?.dataset.playing !== "true" || !(Number(stage.dataset.frame) > 0)) return;
        bench.running = performance.now();
        clearInterval(watching);
    }, 20);
})();"""
SEEN = """() => ({paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
                  running: bench.running, shift: bench.shift})"""
FRAMES = """(milliseconds) => new Promise((done) => {
    const stage = bench.find(), began = performance.now();
    let frames = -1, before = null, longest = 0, played = true;
    requestAnimationFrame(function count(now) {
        frames++;
        played &&= stage.dataset.playing === "true";
        if (before !== null) longest = Math.max(longest, now - before);
        before = now;
        const passed = performance.now() - began;
        if (passed < milliseconds) requestAnimationFrame(count); else done({rate: 1000 * frames / passed, longest, played});
    });
})"""
# From the key, as the browser dates it, until the frame with the new run has been drawn.
TIME_MOVES = """() => {
    const stage = bench.find().gliascope, take = stage.setRun.bind(stage), together = stage.together.bind(stage);
    let pressed = null, isRun = false;
    addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
    stage.setRun = (...given) => {
        isRun = true;
        take(...given);
    };
    stage.together = (change) => {
        const come = performance.now();
        isRun = false;
        together(change);
        if (!isRun) return;
        const taken = performance.now();
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => bench.moves.push([come - pressed, taken - come, performance.now() - taken]);
            channel.port2.postMessage(null);
        });
    };
}"""
PARTS = ("until the run has come", "to take it", "until it is drawn")


def told(name: str, value: str, wanted: str, held: bool) -> bool:
    row(name, value, wanted, held)
    return held


def opened(chromium: Browser, url: str) -> Page:
    """A page in a context of its own, so with nothing in its cache; its stage is moving."""
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_function("() => bench.running !== null", timeout=LIMIT)
    return page


def launched(playwright: Playwright) -> Browser:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise SystemExit(f"This needs a Chromium: none of {', '.join(NAMES)} is on the path, and CHROMIUM does not name one.")
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS))


def first_visit(chromium: Browser, served: Served, chapter: Chapter) -> list[bool]:
    heading(f"A first visit with a cold cache, 1440 × 900, median of {VISITS}")
    seen = []
    for _ in range(VISITS):
        page = opened(chromium, served.url + chapter.path)
        page.wait_for_timeout(1000 * QUIET)
        seen.append(page.evaluate(SEEN))
        page.context.close()
    paint, running, shift = (statistics.median(one[what] for one in seen) for what in ("paint", "running", "shift"))
    return [
        told("ms to the first paint", f"{paint:.0f}", "≤ 2000", paint <= 2000),
        told("ms until the animation runs", f"{running:.0f}", "≤ 3000", running <= 3000),
        told("layout shift after the first paint", f"{shift:.4f}", "≤ 0.01", shift <= 0.01),
    ]


def playing(chromium: Browser, served: Served, chapter: Chapter) -> list[bool]:
    heading(f"Playing, over {PLAYED:g} s" + (" at K = 200" if "K=200" in SLOW.get(chapter.name, SLOWLY) else ""))
    page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(WATCH)
    frames: list[int] = []

    def listen(socket) -> None:
        for way in ("framesent", "framereceived"):
            socket.on(way, lambda payload: frames.append(len(payload)))

    page.on("websocket", listen)
    page.goto(served.url + chapter.path + SLOW.get(chapter.name, SLOWLY))
    page.wait_for_function("() => bench.running !== null", timeout=LIMIT)
    page.wait_for_timeout(1000 * QUIET)
    opening = sum(frames)
    frames.clear()
    busy, began = served.cpu(), time.perf_counter()
    counted = page.evaluate(FRAMES, 1000 * PLAYED)
    share = 100 * (served.cpu() - busy) / (time.perf_counter() - began)
    page.context.close()
    rate = counted["rate"]
    row("kB on the websocket until it plays, both ways", f"{opening / 1000:.0f}")
    row("ms of the longest frame", f"{counted['longest']:.0f}")
    return [
        told("frames a second", f"{rate:.1f}", "≥ 55", rate >= 55 and counted["played"]),
        told("bytes on the websocket, both ways", str(sum(frames)), "0", opening > 0 and not frames),
        told("% of a processor that the server takes", f"{share:.1f}", "≤ 1", share <= 1),
    ]


def moves(chromium: Browser, served: Served, chapter: Chapter) -> list[bool]:
    heading(f"A move of the first slider, at the defaults while it plays, {MOVES} of them to values not asked for before")
    page = opened(chromium, served.url + chapter.path + PLAIN)
    page.wait_for_timeout(1000 * QUIET)
    page.evaluate(TIME_MOVES)
    moved = chapter.parameters[name := chapter.sliders[0]]
    page.get_by_role("slider", name=re.compile(f"^{moved.symbol} ")).focus()
    for number in range(MOVES):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("(number) => bench.moves.length > number", arg=number, timeout=LIMIT)
        page.wait_for_timeout(100)
    took = page.evaluate("() => bench.moves")
    page.context.close()
    first = bisect_right(stops(moved), moved.default)
    core = 1e3 * statistics.median(
        seconds(lambda value=value: chapter.system.simulate(**{name: value, "seed": 1}), 3, warm=False)
        for value in stops(moved)[first : first + MOVES]
    )
    whole, parts = [sum(move) for move in took], [statistics.median(part) for part in zip(*took, strict=True)]
    median = statistics.median(whole)
    held = told("ms from the key to the new run on show, median", f"{median:.0f}", "≤ 150", median <= 150)
    row("  the slowest", f"{max(whole):.0f}")
    for name, part in zip(PARTS, parts, strict=True):
        row(f"  {name}", f"{part:.0f}")
    row("  core's share: simulate()", f"{core:.1f} ms, {100 * core / median:.0f} %")
    return [held]


def steps(chromium: Browser, served: Served, chapter: Chapter) -> list[bool]:
    """The first lecture of a chapter, step by step, each as soon as the one before has stood for a moment."""
    lesson = next((lesson for lesson in chapter.lessons.values() if not lesson.sheet), None)
    if lesson is None:
        return []
    heading(f"A step of the lesson “{lesson.title}”, from the key that leads to it until its run is drawn")
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
    page.add_init_script(WATCH)
    first = next(at for at, step in enumerate(lesson.steps, 1) if step.chapter == chapter.name)
    page.goto(f"{served.url}{chapter.path}?v=1&lesson={lesson.name}&step={first}")
    page.wait_for_function("() => (bench.find()?.gliascope.goal ?? null) !== null", timeout=LIMIT)
    page.evaluate(TIME_MOVES)
    took = []
    for at in range(first, len(lesson.steps)):
        page.wait_for_timeout(1000 * QUIET)
        before = page.evaluate("() => bench.moves.length")
        for _ in range(3 if lesson.steps[at - 1].question else 1):  # a question is asked once more, and told
            page.keyboard.press("PageDown")
            page.wait_for_timeout(400)
        if lesson.steps[at].values != lesson.steps[at - 1].values and page.evaluate("() => bench.moves.length") > before:
            took.append(page.evaluate("() => bench.moves.at(-1)"))
    page.context.close()
    whole = [sum(one) for one in took]
    held = told(
        "ms from the key to the step, median", f"{statistics.median(whole):.0f}", "≤ 100", statistics.median(whole) <= 100
    )
    row("  the slowest", f"{max(whole):.0f}")
    for name, part in zip(PARTS, zip(*took, strict=True), strict=True):
        row(f"  {name}", f"{statistics.median(part):.0f}")
    return [held]


def sessions(chapter: Chapter) -> list[bool]:
    heading(f"Sessions without a browser: page, websocket, document; twice {SESSIONS} on each page")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "empty_panel_page.py").write_text(EMPTY)
        with Served() as ours, Served(module="empty_panel_page", PYTHONPATH=folder) as empty:
            costs = go(visited((ours, chapter.path), (empty, "")))
            trouble = ours.trouble()
    (our_cpu, our_memory), (empty_cpu, empty_memory) = costs
    for line in trouble[:3]:
        print("   ", line[:160])
    ratio = our_cpu / empty_cpu
    row(f"CPU seconds of the server for {SESSIONS} sessions of ours", f"{our_cpu:.2f}")
    row(f"CPU seconds of the server for {SESSIONS} sessions of an empty Panel page", f"{empty_cpu:.2f}")
    row("MB a session of an empty Panel page", f"{empty_memory:.2f}")
    return [
        told("  times as much", f"{ratio:.2f}×", "≤ 3×", ratio <= 3 and not trouble),
        told(f"MB a session, of {2 * SESSIONS} open at once", f"{our_memory:.2f}", "≤ 1.5", our_memory <= 1.5),
    ]


async def visited(*pages: tuple[Served, str]) -> list[tuple[float, float]]:
    """Of each path on a server: CPU seconds that one round of sessions takes, and how many megabytes an open session holds."""
    inside: list[Visitor] = []

    async def arrive(served: Served, path: str, count: int) -> None:
        come = [Visitor(served.url + path) for _ in range(count)]
        inside.extend(come)
        await asyncio.gather(*(visitor.arrive() for visitor in come))
        await asyncio.sleep(0.5)  # what is left to do once the document has gone out

    for served, path in pages:
        await arrive(served, path, 3)  # what is made once is made
    memory, cpu = [served.memory() for served, _ in pages], [0.0 for _ in pages]
    for _ in range(2):
        for place, (served, path) in enumerate(pages):
            before = served.cpu()
            await arrive(served, path, SESSIONS)
            cpu[place] += (served.cpu() - before) / 2
    grown = [(served.memory() - before) / (2 * SESSIONS) for (served, _), before in zip(pages, memory, strict=True)]
    for visitor in inside:
        visitor.leave()
    return list(zip(cpu, grown, strict=True))


def changes(chapter: Chapter) -> list[bool]:
    name = chapter.sliders[0]
    moved = chapter.parameters[name]
    heading(
        f"A change of {name} with its message, beside simulate() of each run that it shows: CPU of {VALUES} values, best of 3"
    )
    session = ChapterSession(chapter, chapter.defaults)
    port, first = DirectPort(session), bisect_right(stops(moved), moved.default)
    indices = range(first, first + VALUES)

    def change(index: int) -> None:
        answer = port.hear({"do": "slide", "name": name, "index": index}) + port.hear({"do": "release", "name": name})
        if session.notice or not any("run" in message for message in answer):
            raise RuntimeError(session.notice or "the stage was given no new run")

    def bare(index: int) -> None:
        for shown in (session.values, *chapter.companions(session.values).values()):
            chapter.system.simulate(**{each: shown[each] for each in chapter.parameters})

    whole, core = ([[] for _ in indices] for _ in range(2))
    for _ in range(3):
        port.hear({"do": "slide", "name": name, "index": first - 1})
        runs.segments.cache_clear()
        runs.message.cache_clear()
        for place, index in enumerate(indices):
            for work, times in ((change, whole), (bare, core)):
                began = time.process_time()
                work(index)
                times[place].append(time.process_time() - began)
    change_ms, core_ms = (1e3 * statistics.mean(map(min, times)) for times in (whole, core))
    ratio = change_ms / core_ms
    row("ms of a change", f"{change_ms:.2f}")
    row("ms of simulate()", f"{core_ms:.2f}")
    return [told("  times as long", f"{ratio:.2f}×", "≤ 2.5×", ratio <= 2.5)]


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench page", description=__doc__)
    parser.add_argument("--chapter", default="retrieval", choices=chapters())
    chapter = chapters()[parser.parse_args(given).chapter]
    row("the load of this machine before", f"{os.getloadavg()[0]:.1f} on {os.cpu_count()}")
    quick = "integrator" in chapter.parameters  # elsewhere a change means a training
    held = []
    with Served() as served, sync_playwright() as playwright:
        chromium = launched(playwright)
        for measure in (first_visit, playing, moves, steps) if quick else (first_visit, playing, steps):
            held += measure(chromium, served, chapter)
        chromium.close()
    held += sessions(chapter)
    if quick:
        held += changes(chapter)
    return 0 if all(held) else 1
