"""No text of any page is cut, ends in dots, is squeezed or stands over another: at any size, in any view, with long numbers."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.chapters.retrieval.chapter import CHAPTER
from tests.browser.conftest import PLAYING
from tests.browser.test_page import STAGE, button

SCRIPT = (Path(__file__).parent / "lettering.js").read_text(encoding="utf-8")
SIZES = ((1024, 768), (1280, 720), (1366, 768), (1920, 1080), (390, 844), (844, 390))
PROJECTORS = SIZES[:4]
VIEWS = [
    {"time": time, "energy": energy, "gains": gains}
    for energy in ("whole", "parts", "powers")
    for time, gains in (("log", "wheel"), ("linear", "triangle"), ("log", "landscape"), ("linear", "wheel"), ("log", "triangle"))
]
PINS = CHAPTER.write_pins([{**CHAPTER.run_defaults, "K": 50, "T": 0.02, "noise": 0.3}, {**CHAPTER.run_defaults, "tau_p": 0.0}])
RUNS = [{"K": K, "T": T} for K in (2, 200) for T in (0.01, 100.0)]
SEED = 9007199254740991  # the longest
STUDIES = (
    f"regimes?points=4&trials=4&K=40&horizon=4&seed={SEED}",
    f"benchmark?points=3&trials=4&flips=3&high=40&seed={SEED}",
    f"tune?points=4&trials=4&K=40&seed={SEED}",
    f"likeness?points=4&trials=4&stored=20,40,60,80,90,100&seed={SEED}",
    f"basins?points=21&seed={SEED}",
)
NARROW = (640, 720, 800, 900, 1000, 1001)  # also what is left of 1280 and 1440 at 200 %
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
SHOW = f"""([view, share]) => {{
    const {{act, clock}} = ({STAGE})().gliascope;
    act.view(view);
    act.scrub(Math.round(share * clock.last));
}}"""


def faults(page, *where):
    return [f"{' '.join(map(str, where))}: {fault}" for fault in page.evaluate("() => lettering()")]


def resize(page, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SETTLED)


def sizes(page):
    """Every size, and once more in the hall where that is for projectors."""
    for size in SIZES:
        resize(page, *size)
        yield size
    resize(page, *PROJECTORS[-1])
    button(page, "Hall").click()
    page.wait_for_function("() => 'hall' in document.documentElement.dataset")
    for size in PROJECTORS:
        resize(page, *size)
        yield (*size, "hall")


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_every_label_of_a_run_with_four_ghosts_is_whole(visit, run):
    query = urlencode({**run, "compare": "hopfield,attention", "pins": PINS, "seed": SEED})
    page = visit(f"?{query}", reduced_motion="reduce", script=SCRIPT)
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.ghosts.length === 4")
    found = []
    moments, views = cycle((0, 0.5, 1)), cycle(VIEWS[RUNS.index(run) :] + VIEWS[: RUNS.index(run)])
    for where in sizes(page):
        view = next(views)  # of the fifteen; each run, and each size, has another
        page.evaluate(SHOW, [view, next(moments)])
        page.evaluate(SETTLED)
        found += faults(page, *where, *view.values())
    button(page, "Controls").click()
    for pins in (1, 0):  # and with two ghosts, which are drawn larger
        page.get_by_role("button", name=re.compile("Remove")).last.click()
        page.wait_for_function(f"count => ({STAGE})().gliascope.scene.ghosts.length === count", arg=pins + 2)
    page.keyboard.press("Escape")
    for size in PROJECTORS[:2]:
        resize(page, *size)
        found += faults(page, *size, "hall", "two ghosts")
    assert found == []


@pytest.mark.parametrize(
    "address",
    ["", "context", "context?scene=loop&energy=parts", "segments", *STUDIES],
    ids=lambda address: address.partition("?")[0] or "retrieval",
)
def test_every_label_of_a_page_is_whole_and_no_page_scrolls_sideways(visit, address):
    study = address in STUDIES
    page = visit(address, ready=".gl[data-state='done']" if study else PLAYING, script=SCRIPT)
    found = []
    for where in sizes(page):
        found += faults(page, *where)
        for width in NARROW if where[:2] == SIZES[4] or where == (*PROJECTORS[-1], "hall") else ():
            resize(page, width, 600)
            wide = page.evaluate("() => document.scrollingElement.scrollWidth")
            found += [f"{wide} pixels in {width}, {where[-1]}"] if wide > width else []
    assert found == []
