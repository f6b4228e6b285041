"""The page Basins in a real browser: it comes to an end, a point says what it is, and its link plays that very cue."""

import re

import numpy as np

from app.chapters.retrieval.chapter import CHAPTER
from core import simulate
from core.retrieval.basins import basin_study, kinds, shares
from tests.browser.conftest import written
from tests.browser.test_laboratory_pages import BOARD, button, field, open_lab, sentence, table, wait_for

__all__ = ["open_lab"]  # a fixture

SMALL = "basins?points=21"
PLACE = f"""([side, j, k]) => {{
    const [figure, x, y] = ({BOARD})().view.at({{side, j, k}}), box = figure.host.getBoundingClientRect();
    return [box.left + x, box.top + y];
}}"""


def study_of(values=(0.0, 10.0), **given):
    return basin_study("tau_p", values, memories=(1, 4, 11), points=21, family="letters", horizon=1000.0, **given)


def place(page, side, j, k):
    return page.evaluate(PLACE, [side, j, k])


def test_the_triangles_come_to_an_end_and_a_point_leads_to_the_run_from_that_cue(open_lab):
    page = open_lab(SMALL)
    study = study_of()
    cells = {cell.index: cell for cell in study.run()}
    shown = table(page, "kind")
    for (side, j, k), cell in cells.items():
        assert shown[(side * 21 + j) * 21 + k] == [kinds(cell.trials.columns, study.memories)[0]]
    second = f"{100 * shares(study, cells, 1)['first']:.0f} %"
    assert sentence(page).startswith("τ_p = 0: B ") and f"τ_p = 10: B {second}" in sentence(page)
    row = page.get_by_role("row", name=re.compile("^B "))
    assert row.get_by_role("cell").nth(1).inner_text() == second
    page.mouse.click(*place(page, 1, 9, 6))
    page.get_by_role("link", name="Watch this run").wait_for()
    margin = page.locator(".gl-margin").inner_text()
    assert "25 % B + 45 % E + 30 % L" in margin.replace("\u00a0", " ") and "right entries flipped, lost with" in margin
    page.get_by_role("link", name="Watch this run").click()
    page.wait_for_selector(".gs[data-frames]:not([data-frames='0'])")
    values, said = CHAPTER.read_text(page.url.partition("?")[2])
    assert said == [] and values["tau_p"] == 10.0
    run = simulate(**CHAPTER.given(values))
    np.testing.assert_allclose(run.cue, study.cue((1, 9, 6)), atol=1e-15)
    assert np.array_equal(np.sign(run.x[-1]), run.patterns[:, int(cells[1, 9, 6].trials.columns["recalled"][0])])


def test_keys_choose_a_point_and_say_what_it_is(open_lab):
    page = open_lab(SMALL)
    card = page.get_by_role("group", name=re.compile("^τ_p = 10: which memory"))
    card.focus()
    for key in ("ArrowUp", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    chosen = page.evaluate(f"() => ({BOARD})().chosen")
    assert chosen == {"side": 1, "j": 8, "k": 8}
    assert "τ_p = 10" in page.locator(".gl-voice").inner_text()
    page.get_by_role("link", name="Watch this run").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"own_cue=1\.4\.11~1\.2\.2&"))


def test_a_slider_changes_the_map_and_the_address_and_is_one_step_back(open_lab):
    page = open_lab(SMALL)
    before = sentence(page)
    slider = page.get_by_role("slider", name=re.compile("τ_p")).first
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => /tau_p=0.00126&/.test(location.search)")
    wait_for(page, "done")
    assert sentence(page).startswith("τ_p = 0.00126")
    written(page)  # a step of the browser’s history
    page.go_back()
    page.wait_for_function("() => /tau_p=0&/.test(location.search)")
    wait_for(page, "done")
    page.wait_for_function(f"before => ({BOARD})().sentence.textContent === before", arg=before)


def test_the_second_setting_may_differ_in_any_parameter(open_lab):
    page = open_lab(SMALL)
    page.get_by_label("differs in").select_option("model")
    page.get_by_label("there it is").locator("visible=true").select_option("hopfield")
    page.wait_for_function("() => location.search.includes('differs=model&other=hopfield')")
    page.wait_for_function(f"() => /Hopfield/.test(({BOARD})().sentence.textContent)")
    page.get_by_label("differs in").select_option("sigma")
    field(page, "there it is").fill("0.5")
    field(page, "there it is").press("Enter")
    page.wait_for_function(f"() => /σ = 0.5/.test(({BOARD})().sentence.textContent)")


def test_pictures_hold_triangles_legend_and_sentence(open_lab):
    page = open_lab(SMALL)
    page.get_by_text("Take away", exact=True).click()
    with page.expect_download() as waiting:
        button(page, "SVG").click()
    text = waiting.value.path().read_text(encoding="utf-8")
    for part in ("another memory", "τ_p = 10", "of the triangle"):
        assert part in text.replace("\u00a0", " ")
    assert text.count("<path") > 2 * 21
