"""The page Capacity in a real browser: it comes to an end, is tapped, moved through by keys, taken away, and seen whole."""

import json
import re
from io import BytesIO

import numpy as np
import pytest

from app.words import words
from core import simulate
from core.retrieval.capacity import STEPS, capacity_study
from tests.browser import test_laboratory_pages as laboratory
from tests.browser.test_laboratory_pages import BOARD, button, field, flat, open_lab, sentence, settings_in, table, wait_for
from tests.browser.test_touch import in_sight

__all__ = ["open_lab"]  # a fixture

CAPACITY = "capacity?models=astrocyte,attention,hopfield&low=10&high=20&points=3&trials=40&horizon=4&shown=10"
LEGENDS = ["nearest memory, exact", "and with its sign known", "channel’s limit, 0.278 bits a neuron", "Hopfield", "τ_p = 1"]


def place(page, side, model, i, rung=None):
    """Where a point is on the screen: of K₉₀ on the left, of a cell on the right."""
    return page.evaluate(
        f"""([side, model, i, rung]) => {{
            const {{view}} = ({BOARD})(), figure = view.figures[side];
            figure.host.scrollIntoView({{block: "center"}});
            const [, px, py] = view.at({{model, i, rung, side}}), box = figure.host.getBoundingClientRect();
            return [box.left + px, box.top + py];
        }}""",
        [side, model, i, rung],
    )


def chosen(page):
    return page.evaluate(f"() => ({BOARD})().chosen && ({BOARD})().view.index(({BOARD})().chosen)")


@pytest.mark.parametrize("device", [laboratory.DESK, laboratory.PHONE], ids=["desk", "phone"])
def test_a_point_shows_its_n_and_a_cell_opens_the_very_trial(open_lab, device):
    page = open_lab(CAPACITY, **device)
    study = capacity_study(models=("astrocyte", "attention", "hopfield"), N=[10, 15, 20], trials=40, horizon=4.0)
    cells = {cell.index: cell for cell in flat(study)}
    shown = [pair and pair[0] for pair in table(page, "success")]
    assert sum(share is not None for share in shown) == len(cells) == 9 * STEPS
    for index, cell in cells.items():
        assert shown[np.ravel_multi_index(index, study.shape)] == pytest.approx(cell.mean("success"), rel=1e-6)
    assert sentence(page).startswith("Growth of K₉₀ in bits a neuron, N = 10 to 20: ")
    press = page.touchscreen.tap if "is_mobile" in device else page.mouse.click
    title, link = page.get_by_role("heading", name="Recall at N"), page.get_by_role("link", name="Watch this run")
    assert title.inner_text() == "Recall at N = 10"
    press(*place(page, "capacity", 2, 2))
    page.wait_for_function("() => location.search.includes('shown=20')")
    assert title.inner_text() == "Recall at N = 20" and chosen(page)[:2] == [2, 2]
    link.wait_for()
    index = max(key for key, cell in cells.items() if key[:2] == (2, 2) and cell.mean("success") > 0.3)
    press(*place(page, "recalled", *index))
    page.wait_for_function(
        f"index => String(({BOARD})().view.index(({BOARD})().chosen)) === index", arg=",".join(map(str, index))
    )
    link.wait_for()
    cell = cells[index]
    assert f"K = {cell.point['K']}: median trial, number " in page.locator(".gl-hint").inner_text()
    press(*place(page, "recalled", *index))
    page.wait_for_url(re.compile(r"/\?v=1"), timeout=10_000)
    page.wait_for_selector(".gs[data-frames]:not([data-frames='0'])", timeout=20_000)
    opened, trial = settings_in(page), cell.typical("hamming")
    assert (opened["seed"], opened["target"], opened["K"]) == (
        cell.trials.seeds[trial], cell.trials.target[trial], cell.point["K"],
    )  # fmt: skip
    assert simulate(**opened).hamming[-1] == cell.trials.hamming[trial]
    page.go_back()
    wait_for(page, "done")
    assert page.get_by_role("heading", name="Recall at N").inner_text() == "Recall at N = 20"


def test_keys_files_pictures_and_every_screen(open_lab):
    page = open_lab(CAPACITY)
    voice, left = page.locator(".gl-voice"), page.get_by_role("group", name=re.compile("^Capacity. Arrow keys move from N to N"))
    left.focus()
    page.keyboard.press("ArrowRight")
    assert voice.text_content().startswith("astrocytes, τ_p = 1\nN = 10\nK₉₀ = ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert voice.text_content().startswith("attention\nN = 15\n")
    page.get_by_role("group", name=re.compile("^Capacity. Arrow keys move from K to K")).focus()
    page.keyboard.press("ArrowRight")
    assert re.match(r"attention\nN = 15, K = \d+\nrecalled [.\d]+ % \([.\d]+ %–[.\d]+ %\)\n", voice.text_content())
    page.get_by_text("Take away").click()

    def taken(label):
        with page.expect_download() as download:
            button(page, label).click()
        return download.value.path().read_bytes()

    with np.load(BytesIO(taken("NPZ"))) as file:
        assert file["done"].sum() == 9 * STEPS and json.loads(str(file["study"]))["title"] == "capacity"
    assert taken("CSV").startswith(b"# {")
    assert taken("PNG").startswith(b"\x89PNG")
    drawing = taken("SVG").decode()
    for part in (*LEGENDS, "Recall at N = 15", "K₉₀"):
        assert part in drawing
    button(page, "Shell command").click()
    assert page.locator(".gd-taken pre").inner_text().startswith("python -m core capacity ")
    page.evaluate(f"() => ({BOARD})().choose(null)")  # what is said of a point stands where that was
    for hall in (False, True):
        if hall:
            page.set_viewport_size({"width": 1440, "height": 900})
            button(page, "Hall").click()
            page.wait_for_function("() => 'hall' in document.documentElement.dataset")
        for width, height in (*laboratory.SCREENS, *laboratory.PHONES):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(150)
            where = (width, height, hall)
            assert page.evaluate(laboratory.CUT) == [], where
            assert in_sight(page, page.get_by_text(words("app.studies", "capacity")["purpose"])), where
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), where
            if (width, height) in laboratory.SCREENS:
                assert page.evaluate("() => document.documentElement.scrollHeight <= innerHeight"), where
    assert not field(page, "trials").is_visible()  # in the hall
