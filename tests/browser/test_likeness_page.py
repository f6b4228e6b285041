"""The page Likeness in a real browser: the core's numbers, its prediction, a tap, the keyboard, another family."""

import re

import numpy as np
import pytest

from app.address import parse_address
from app.chapters.retrieval.chapter import CHAPTER
from core import PARAMETERS, simulate
from core.random import trial_seeds
from core.retrieval.race import race
from core.retrieval.settings import settings_from
from core.studies import map_study
from tests.browser.conftest import written
from tests.browser.test_laboratory_pages import BOARD, LIKENESS, enter, open_lab, point, sentence, table, wait_for  # noqa: F401

GIVEN = {"family": "digits", "noise": 6 / 64, "horizon": 100.0}


@pytest.fixture
def page(open_lab):  # noqa: F811
    return open_lab(LIKENESS)


def flat():
    ratios = [float(f"{ratio:.12g}") for ratio in np.geomspace(0.01, 30, 5)]
    return sorted(map_study(("K", [20, 60]), ("tau_p", ratios), trials=12, **GIVEN).run(), key=lambda cell: cell.index)


def test_numbers_prediction_tap_keyboard_and_another_family(page):
    cells = flat()
    shown = np.array(table(page, "success"))[:, 0]
    np.testing.assert_allclose(shown, [cell.mean("success") for cell in cells], rtol=1e-6)
    predicted = page.evaluate(f"() => [...({BOARD})().extra.predicted]")
    for K, one in zip((20, 60), predicted, strict=True):
        assert one == pytest.approx(race(settings_from({**GIVEN, "K": K}), trial_seeds(0, 12)).threshold, rel=1e-6)
    assert "overlap by 0.47 on average, and slow gains lose" in sentence(page)

    # The keyboard goes from point to point and from line to line, and says what is there.
    voice = page.locator(".gl-voice")
    page.locator(".gl-stack").focus()
    page.keyboard.press("ArrowRight")
    assert voice.inner_text().startswith("K = 20, τ_p/τ_x = 0.01 ") and "half predicted up to" in voice.inner_text()
    page.keyboard.press("ArrowDown")
    assert voice.inner_text().startswith("K = 60, τ_p/τ_x = 0.01 ")

    # Another family brings its size, and no more memories than it has.
    page.get_by_label("patterns", exact=True).select_option("letters")
    page.wait_for_function(f"() => ({BOARD})().settings.N === 35")
    wait_for(page, "done")
    assert page.get_by_text("K = 36", exact=True).is_visible()
    written(page)  # a step of the browser’s history
    page.go_back()
    page.wait_for_function(f"() => ({BOARD})().settings.N === 64")
    wait_for(page, "done")
    enter(page, "memories K", "20, 60, 90")
    page.wait_for_function(f"() => ({BOARD})().table.axis('K').values.length === 3")
    wait_for(page, "done")
    page.wait_for_url(re.compile("stored=20(,|%2C)60(,|%2C)90"))
    assert parse_address(written(page))["stored"] == ["20,60,90"]

    # The first click says what a point is, the second one opens its trial.
    cell = cells[9]
    page.mouse.click(*point(page, 0, np.log10(30), cell.mean("success")))
    page.get_by_text(re.compile("^K = (60|90), τ_p/τ_x = 30: median trial")).wait_for()
    page.mouse.click(*point(page, 0, np.log10(30), cell.mean("success")))
    page.wait_for_url(re.compile(r"/\?v=1"))
    page.wait_for_selector(".gs[data-frames]:not([data-frames='0'])")
    values, said = CHAPTER.read_text(page.url.partition("?")[2])
    assert said == [] and (values["family"], values["tau_p"], values["N"]) == ("digits", 30.0, 64)
    run = simulate(**{name: values[name] for name in PARAMETERS})
    assert page.evaluate("() => document.title") and run.names[0][0].isdigit()
