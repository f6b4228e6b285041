"""What has been painted stays where it is while a page opens and plays, whatever fonts there are."""

import pytest

from tests.browser.conftest import PLAYING
from tests.browser.test_page import stage

MOST = 0.01
# Runs before any script of the page. Letters further apart stand for a font that is wider.
WATCH = """(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries())
            window.shifts.push([value, sources.map(({ node, previousRect, currentRect }) =>
                `${node?.className ?? "?"} ${JSON.stringify(previousRect)} ${JSON.stringify(currentRect)}`)]);
    }).observe({ type: "layout-shift", buffered: true });
    document.documentElement.style.letterSpacing = "SPACING";
})();"""


PAINTED = [
    (1440, 900, "0.08em", ""),
    (390, 844, "0", ""),
    (390, 844, "0.02em", ""),
    (1440, 900, "0", "context"),
    (1440, 900, "0", "segments"),
    (390, 844, "0", "segments"),
]


@pytest.mark.parametrize("width, height, spacing, address", PAINTED)
def test_nothing_shifts_after_the_first_paint(chromium, served, width, height, spacing, address):
    context = chromium.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()
        page.add_init_script(WATCH.replace("SPACING", spacing))
        page.goto(f"{served.url}{address}?speed=4")  # so that all sentences of the run come soon
        page.wait_for_selector(PLAYING, timeout=60_000)
        page.wait_for_function("(stage) => stage.dataset.playing === 'false'", arg=stage(page).element_handle(), timeout=60_000)
        shifts = page.evaluate("() => window.shifts")
        assert sum(value for value, _ in shifts) <= MOST, [shift for shift in shifts if shift[0] > MOST / 10]
    finally:
        context.close()


STUDIES = [("benchmark", 1440, 900), ("regimes", 390, 844), ("tune", 390, 844), ("likeness", 390, 844), ("basins", 1440, 900)]


@pytest.mark.parametrize("address, width, height", STUDIES)
def test_nothing_of_a_study_shifts_while_its_cells_come(chromium, served, address, width, height):
    context = chromium.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()
        page.add_init_script(WATCH.replace("SPACING", "0"))
        page.goto(f"{served.url}{address}?points=4&trials=8&horizon=4&seed=11")
        page.wait_for_selector(".gl[data-state='done']", timeout=60_000)
        page.wait_for_timeout(200)
        shifts = page.evaluate("() => window.shifts")
        assert sum(value for value, _ in shifts) <= MOST, [shift for shift in shifts if shift[0] > MOST / 10]
    finally:
        context.close()
