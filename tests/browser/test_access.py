"""For who hears the page, or goes through it by keys: axe-core finds no fault, and every stop has a name."""

from __future__ import annotations

import re
import shutil

import pytest

from tests.browser.conftest import PLAYING, ROOT, missing

AXE = ROOT / "tests" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "retrieval": "",
    "context": "context",
    "segments": "segments",
    "regimes": "regimes?points=3&trials=4&K=20&horizon=2",
    "benchmark": "benchmark?points=3&trials=4&flips=2&high=20&horizon=2",
    "tune": "tune?points=3&trials=4&K=20&horizon=2",
    "capacity": "capacity?points=2&trials=10&low=8&high=12&models=astrocyte,hopfield",
    "likeness": "likeness?points=3&trials=4&stored=20,40",
    "basins": "basins?points=21",
}
READY = f"{PLAYING}, .gl[data-state='done']"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = """async (rules) => {
    const more = {"label-content-name-mismatch": {enabled: true}};
    const {violations} = await axe.run(document, {runOnly: rules, resultTypes: ["violations"], rules: more});
    return violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.target.flat().at(-1)} ${node.failureSummary}`));
}"""
# Where the focus is: its name, and whether it is seen to be there.
FOCUS = """() => {
    let e = document.activeElement;
    while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
    return e && e !== document.body ? e.ariaLabel || e.labels?.[0]?.textContent || e.textContent.trim() : null;
}"""


@pytest.fixture(scope="module")
def axe():
    if not AXE.exists():
        sentence = "axe-core is not there: `npm ci --prefix tests` brings it."
        missing(sentence) if shutil.which("npm") else pytest.skip(sentence)
    return AXE.read_text(encoding="utf-8")


def faults(page) -> list[str]:
    return page.evaluate(FAULTS, RULES)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_fault_in_light_dark_hall_and_on_a_phone(visit, axe, name):
    page = visit(PAGES[name], ready=READY, reduced_motion="reduce")
    page.evaluate(axe)
    for fold in page.locator("summary:visible").all():
        fold.click()
    found = {"light": faults(page)}
    page.emulate_media(color_scheme="dark")
    found["dark"] = faults(page)
    page.get_by_role("button", name="Hall", exact=True).click()
    page.wait_for_function("() => 'hall' in document.documentElement.dataset")
    found["hall"] = faults(page)
    page.get_by_role("button", name="Hall", exact=True).click()
    page.wait_for_function("() => !('hall' in document.documentElement.dataset)")
    page.set_viewport_size({"width": 390, "height": 844})
    for foot in page.locator(".gs-foot").all():  # what it happens to cover a part of is no smaller for that
        foot.evaluate("foot => { foot.style.position = 'static'; }")
    found["phone"] = faults(page)
    page.get_by_role("button", name="Controls", exact=True).click()
    page.wait_for_timeout(250)
    found["drawer"] = faults(page)
    assert found == {look: [] for look in found}


@pytest.mark.parametrize("name", PAGES)
def test_the_first_stop_leads_past_all_others_and_no_stop_is_without_a_name(visit, name):
    page = visit(PAGES[name], ready=READY)
    page.evaluate("() => document.activeElement?.blur()")
    page.keyboard.press("Tab")
    first = page.evaluate(FOCUS)
    assert re.match("Skip to the (clock|figures)$", first)
    stops = []
    for _ in range(80):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        if stops[-1] in (None, first):
            break
    assert all(stops[:-1]) and len(stops) > 20
    page.get_by_role("button", name=first).focus()
    page.keyboard.press("Enter")
    if name in ("retrieval", "context", "segments"):
        assert page.evaluate(FOCUS) in ("Play", "Pause")
    else:
        assert (
            page.evaluate(
                "() => { let e = document.activeElement; while (e.shadowRoot) e = e.shadowRoot.activeElement;"
                " return e.className; }"
            )
            == "gl"
        )
