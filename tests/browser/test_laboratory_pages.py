"""The laboratory's three pages in a real browser: what a person does, and then sees."""

import json
import re
import zipfile
from io import BytesIO

import numpy as np
import pytest

from app.address import parse_address
from app.chapters.retrieval.chapter import CHAPTER
from app.studies.benchmark import Benchmark
from app.studies.regimes import Regimes
from app.studies.tune import Tune
from app.words import words
from core import PARAMETERS, simulate
from core.random import trial_seeds
from core.studies import figure_study, map_study, sweep_study
from tests.browser.conftest import EVERY, found, written
from tests.browser.test_touch import in_sight, middle, swipe

REGIMES = "regimes?points=5&trials=12&K=40&horizon=4"
BENCHMARK = "benchmark?points=4&trials=12&flips=3&high=40&horizon=4"
TUNE = "tune?points=5&trials=12&K=40&horizon=4"
LIKENESS = "likeness?points=5&trials=12&stored=20,60"
PAGES = {"regimes": REGIMES, "benchmark": BENCHMARK, "tune": TUNE, "likeness": LIKENESS}
LEGENDS = {  # pictures have them, too
    "regimes": ["bands:", "classical limit"],
    "benchmark": ["mean Hamming error", "difference of these", "◀ astrocyte-gated memory", "undecided"],
    "tune": ["neurons wrong", "outlined: within one standard error"],
    "likeness": ["K = 20", "K = 60", "predicted for half", "shade: one standard error"],
}
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
ROOT = ".gl[data-state]"
BOARD = f"() => ({found('gl')})().gliascope"
# Where a place of a figure is on the screen.
AT = f"""([which, u, v]) => {{
    const plate = ({BOARD})().view.all[which];
    plate.host.scrollIntoView({{block: "center"}});
    const box = plate.host.getBoundingClientRect();
    return [box.left + plate.sx(u), box.top + plate.sy(v)];
}}"""


@pytest.fixture
def open_lab(visit):
    def open_page(address, state="done", **options):
        page = visit(address, ready=ROOT, **options)
        if state:
            wait_for(page, state)
        return page

    return open_page


def wait_for(page, state, seconds=90):
    page.wait_for_selector(f".gl[data-state='{state}']", timeout=1000 * seconds)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def field(page, name):
    return page.get_by_role("textbox", name=re.compile(rf"^{name}\b"))


def sentence(page):
    return page.locator(".gl-sentence").inner_text()


def enter(page, name, text):
    field(page, name).fill(text)
    field(page, name).press("Enter")


def table(page, name):
    """A field of the cells as the page has it: flat index → columns."""
    return page.evaluate(
        f"""name => {{
            const {{fields, done}} = ({BOARD})().table, {{width, values}} = fields[name];
            return [...done].map((is, i) => (is ? [...values.subarray(i * width, (i + 1) * width)] : null));
        }}""",
        name,
    )


def point(page, which, u, v):
    return page.evaluate(AT, [which, u, v])


def settings_in(page):
    values, said = CHAPTER.read_text(page.url.partition("?")[2])
    assert said == []
    return {name: values[name] for name in PARAMETERS}


def flat(study):
    return sorted(study.run(), key=lambda cell: cell.index)


# ------------------------------------------------------------------------------------------------------------------ numbers


def test_regimes_shows_the_cores_numbers(open_lab):
    page = open_lab(REGIMES)
    cells = flat(sweep_study("tau_p", points=5, trials=12, models=("astrocyte", "hopfield"), K=40, horizon=4.0))
    np.testing.assert_allclose(table(page, "error"), [cell.percentiles("error") for cell in cells], rtol=1e-6)
    np.testing.assert_allclose(table(page, "perplexity"), [cell.percentiles("perplexity") for cell in cells], rtol=1e-6)
    assert sentence(page).startswith("Median error")
    assert "10 of 10 cells" in page.locator(".gl-count").inner_text()
    page.get_by_label("each run").select_option("rest")  # then the axis of times goes on beyond the horizon, which cuts none
    page.wait_for_function(f"() => ({BOARD})().settings.until === 'rest' && ({BOARD})().root.dataset.state === 'done'")
    assert page.evaluate(f"() => 10 ** ({BOARD})().view.y.converged_at.horizon") > 1000
    assert "horizon" not in sentence(page)


def test_benchmark_shows_the_cores_numbers(open_lab):
    page = open_lab(BENCHMARK)
    models = ("astrocyte", "hopfield", "neuron-astrocyte", "dense")
    cells = flat(figure_study(4, models=models, K=[2, 15, 27, 40], n=range(4), trials=12, horizon=4.0))
    shown = np.array(table(page, "hamming"))[:, 0]
    np.testing.assert_allclose(shown, [cell.mean("hamming") for cell in cells], rtol=1e-6, atol=1e-7)
    assert "lower in" in sentence(page) and "paper’s claim" in sentence(page)
    assert page.locator(".gl-card h2:visible").count() == 5


def test_tune_shows_the_cores_numbers(open_lab):
    page = open_lab(TUNE)
    cells = flat(map_study("tau_p", "T", points=5, trials=12, K=40, horizon=4.0))
    shown = np.array(table(page, "hamming"))[:, 0]
    np.testing.assert_allclose(shown, [cell.mean("hamming") for cell in cells], rtol=1e-6, atol=1e-7)
    page.get_by_text(re.compile("^Best Hamming error: .* measured again with 300 fresh trials")).wait_for()


NAMED = "tune?system=segments&axis_a=task&axis_b=method&trials=2&steps=10&segments=2"


def test_tune_maps_names_side_by_side(open_lab):
    page = open_lab("tune?system=segments&trials=2&steps=10&high_a=3&points=2")
    button(page, "task × method").click()
    page.wait_for_function(f"() => ({BOARD})().table?.shape.join() === '5,4' && ({BOARD})().root.dataset.state === 'done'")
    cells = flat(map_study("task", "method", system="segments", trials=2, steps=10))
    shown = np.array(table(page, "accuracy"))
    np.testing.assert_allclose(shown, [[c.mean("accuracy"), c.standard_error("accuracy")] for c in cells], rtol=1e-6)
    assert page.get_by_label("across").input_value() == "task" and not field(page, "from").first.is_visible()
    assert not button(page, "Refine here").is_visible() and not field(page, "points").is_visible()  # names have no range
    page.locator(".gl-map").focus()
    page.keyboard.press("ArrowRight")
    assert "task = the key at the first place, method = replay, as printed" in page.locator(".gl-readout").inner_text()
    button(page, "segments × RF").click()
    page.wait_for_function(f"() => ({BOARD})().table?.axes[1].name === 'retention'")
    assert field(page, "from").first.is_visible()


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_a_named_cell_opens_its_training(open_lab, device):
    page = open_lab(NAMED, **{"desk": DESK, "phone": PHONE}[device])
    study = map_study(("task", ["place"]), ("method", ["literal"]), system="segments", trials=2, steps=10, segments=2)
    cell = next(study.run())
    choose_and_open(page, point(page, 0, 2, 2), again=False)
    page.wait_for_url(re.compile("/segments"))
    page.wait_for_function(
        f"() => {{ const run = ({found('gs')})()?.gliascope?.scene?.run; return run?.settings.task === 'place' && run; }}",
        timeout=30_000,
    )
    opened = page.evaluate(
        f"() => {{ const {{settings, accuracy}} = ({found('gs')})().gliascope.scene.run; return {{...settings, accuracy}}; }}"
    )
    trial = cell.typical("accuracy")
    assert (opened["method"], opened["steps"], opened["seed"]) == ("literal", 10, trial_seeds(0, 2)[trial])
    assert opened["accuracy"] == cell.trials.accuracy[trial]


# -------------------------------------------------------------------------------------------------------------------- taps


def choose_and_open(page, where, again=True):
    """A press chooses a cell, says what it is and has a link to its trial; the link, or the same press once more, opens it."""
    link = page.get_by_role("link", name="Watch this run")
    at, touch = page.evaluate("() => scrollY"), page.evaluate("() => navigator.maxTouchPoints > 0")
    press = page.touchscreen.tap if touch else page.mouse.click
    if touch:  # a swipe scrolls and chooses nothing, up, down or across
        for way in ((0, -150), (0, 150), (-60, 0)):
            swipe(page, where, way)
            page.wait_for_timeout(500)
            assert way[1] >= 0 or page.evaluate("() => scrollY") > at + 60
        page.evaluate("at => scrollTo(0, at)", at)
        assert page.evaluate(f"() => ({BOARD})().chosen") is None and not link.is_visible()
    press(*where)
    link.wait_for()
    assert page.locator(ROOT).count() == 1 and "median trial" in page.locator(".gl-hint").inner_text()
    if touch:
        assert page.locator(".gl-tip").is_visible()
        box = link.bounding_box()
        assert box["y"] + box["height"] <= page.viewport_size["height"]  # however long the page is
    press(*(where if again else middle(link)))


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_point_of_regimes_opens_its_median_trial(open_lab, device):
    page = open_lab(REGIMES, **device)
    study = sweep_study("tau_p", points=5, trials=12, models=("astrocyte", "hopfield"), K=40, horizon=4.0)
    cell = next(cell for cell in study.run() if cell.index == (0, 4))
    choose_and_open(page, point(page, 0, 3.0, cell.percentiles("error", [50])[0]))
    same_trial(page, cell, "error", tau_p=1000.0)


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_cell_of_the_benchmark_opens_its_median_trial(open_lab, device):
    page = open_lab(BENCHMARK, **device)
    study = figure_study(4, models=("hopfield",), K=[27], n=[2], trials=12, horizon=4.0)
    choose_and_open(page, point(page, 1, 27, 2), again=False)
    same_trial(page, next(study.run()), "hamming", model="hopfield", K=27, noise=0.1, N=20)


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
def test_a_cell_of_tune_opens_its_median_trial(open_lab, device):
    page = open_lab(TUNE, **device)
    study = map_study(("tau_p", [1.0]), ("T", [100.0]), trials=12, K=40, horizon=4.0)
    choose_and_open(page, point(page, 0, 0, 2))
    same_trial(page, next(study.run()), "hamming", tau_p=1.0, T=100.0)


def same_trial(page, cell, observable, **settings):
    page.wait_for_url(re.compile(r"/\?v=1"), timeout=10_000)
    page.wait_for_selector(".gs[data-frames]:not([data-frames='0'])", timeout=20_000)
    opened = settings_in(page)
    trial = cell.typical(observable)
    assert opened["seed"] == trial_seeds(0, 12)[trial]
    assert {name: opened[name] for name in settings} == settings
    assert simulate(**opened).hamming[-1] == cell.trials.hamming[trial]
    assert page.get_by_text("Model: Hopfield", exact=True).is_visible() == (opened["model"] == "hopfield")
    assert page.get_by_text("Model: ").is_visible() == (opened["model"] != "astrocyte")  # of another memory than the first alone


def test_the_way_back_finds_the_page_as_it_was(open_lab):
    page = open_lab(TUNE)
    enter(page, "K", "30")
    page.wait_for_function(f"() => ({BOARD})().settings.K === 30")  # of its cells: those of before are done, too
    wait_for(page, "done")
    assert "K=30" in written(page)
    choose_and_open(page, point(page, 0, 0, 0))
    page.wait_for_url(re.compile(r"/\?v=1"))
    page.go_back()
    page.wait_for_selector(ROOT)
    wait_for(page, "done")
    assert field(page, "K").input_value() == "30"


# -------------------------------------------------------------------------------------------------------------------- work


def test_cells_stream_and_can_be_paused_and_cancelled(open_lab):
    page = open_lab("tune?points=30&trials=60&seed=5", state="running")
    page.wait_for_function(f"() => ({BOARD})().table?.count > 3", timeout=20_000)
    assert page.get_by_role("progressbar").is_visible()
    button(page, "Pause").click()
    wait_for(page, "paused")
    page.wait_for_timeout(1500)
    held = page.evaluate(f"() => ({BOARD})().table.count")
    page.wait_for_timeout(500)
    assert page.evaluate(f"() => ({BOARD})().table.count") == held
    # A cell that is chosen before it is in has its link once it is.
    i, j = map_study("tau_p", "T", points=30, trials=60, seed=5).indices()[held + 10]
    page.mouse.click(*page.evaluate(f"([i, j]) => ({AT})([0, ({BOARD})().view.x.at[i], ({BOARD})().view.y.at[j]])", [i, j]))
    hint, link = page.locator(".gl-hint"), page.get_by_role("link", name="Watch this run")
    assert hint.inner_text().endswith(": not computed yet") and not link.is_visible()
    button(page, "Go on").click()
    page.wait_for_function(f"held => ({BOARD})().table.count > held", arg=held, timeout=20_000)
    link.wait_for()
    assert "median trial" in hint.inner_text()
    assert re.search(r"\d+ (s|min) left", page.locator(".gl-count").inner_text())
    button(page, "Cancel").click()
    wait_for(page, "stopped")
    assert "cancelled" in page.locator(".gl-count").inner_text()
    enter(page, "points", "4")
    enter(page, "trials", "5")
    wait_for(page, "done")
    assert "16 of 16 cells" in page.locator(".gl-count").inner_text()


def test_the_papers_settings_are_one_click_each(open_lab):
    page = open_lab("regimes?points=3&trials=4&T=5", state=None)
    for name, axis in (("Figure 2: τ_x", "tau_x"), ("Figure 3: T", "T"), ("Figure 1: τ_p", "tau_p")):
        button(page, name).click()
        page.wait_for_function(f"axis => ({BOARD})().view.swept?.name === axis", arg=axis)
        assert page.get_by_label("swept parameter").input_value() == axis
        assert field(page, "trials").input_value() == "50"
    wait_for(page, "done")
    values, said = Regimes.opening_of(parse_address(written(page)))
    assert said == []
    assert values == Regimes.opening_of({})[0] | {"low": 1e-3, "high": 1e3}


def test_too_much_is_refused_with_what_would_fit(open_lab):
    page = open_lab(TUNE)
    figure = page.locator(".gl-plot").bounding_box()
    said = page.get_by_role("status").filter(has_text="8100 cells: this page takes at most 2500")
    for _ in range(2):  # a message is closed by its visitor, and there is another one where he does the same again
        enter(page, "points", "90")
        said.wait_for()
        page.wait_for_function("field => field.value === '5'", arg=field(page, "points").element_handle())  # what is in use
        assert page.locator(".gl-plot").bounding_box() == figure
        button(page, "Close this message").click()
        assert not said.is_visible()
    wait_for(page, "done")


def test_a_hostile_address_opens_the_page(open_lab):
    page = open_lab("regimes?axis=<script>&points=1e99&trials=3&colour=blue&T=abc", state=None)
    notice = page.get_by_role("status").filter(has_text="abc").inner_text()
    assert "swept parameter = '<script>'" in notice and "colour" in notice
    wait_for(page, "done")


# ---------------------------------------------------------------------------------------------------------------------- tune


def test_a_box_and_the_button_refine_the_map(open_lab):
    page = open_lab(TUNE)
    (x0, y0), (x1, y1) = point(page, 0, -1.2, -1.2), point(page, 0, 1.2, 1.2)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()
    page.wait_for_function("() => /low_a=0.0(?!01&)/.test(location.search)")
    wait_for(page, "done")
    values = Tune.opening_of(parse_address(page.url.partition("?")[2]))[0]
    assert 0.02 < values["low_a"] < 0.2 and 5 < values["high_a"] < 50 and 0.02 < values["low_b"] < 0.2
    page.mouse.click(*point(page, 0, 0, 0))
    button(page, "Refine here").click()
    page.wait_for_function("before => !location.search.includes(before)", arg=f"low_a={values['low_a']:.12g}&")
    wait_for(page, "done")
    button(page, "Whole range").click()
    page.wait_for_function("() => location.search.includes('low_a=0.001&high_a=1000')")


def test_a_box_drawn_while_a_cell_is_looked_for_is_understood(open_lab):
    page = open_lab(TUNE)
    written(page)  # else the first box is drawn before there is an address to go back to
    for low, high in ((-2.2, 2.2), (-1.2, 1.2), (-0.6, 0.6)):
        (x0, y0), (x1, y1) = point(page, 0, low, low), point(page, 0, high, high)
        before = page.evaluate(f"() => ({BOARD})().number")
        page.mouse.move(x0 + 1, y0 - 1)  # the trial of the cell under it is asked for a quarter of a second later
        page.mouse.down()
        page.mouse.move(x1, y1)
        page.mouse.up()
        page.wait_for_function(f"before => ({BOARD})().number > before && ({BOARD})().root.dataset.state === 'done'", arg=before)
        page.wait_for_timeout(400)
        assert page.get_by_role("status").filter(has_text="understood").count() == 0
    for _ in range(3):
        page.go_back()
        page.wait_for_timeout(100)
    page.wait_for_function("() => location.search.includes('low_a=0.001&high_a=1000')")
    wait_for(page, "done")
    page.wait_for_function(f"() => ({BOARD})().table.axes[0].values[0] === 0.001")


def test_observables_change_the_map_without_computing(open_lab):
    page = open_lab(TUNE)
    page.get_by_label("observable", exact=True).select_option("perplexity")
    page.wait_for_function("() => true")
    page.get_by_text(re.compile("^Best perplexity")).wait_for()
    assert page.locator(".gl[data-state='done']").count() == 1


def test_the_keyboard_alone_moves_and_watches(open_lab):
    page = open_lab(TUNE)
    page.locator(".gl-map").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    assert "τ_p = 1" in page.locator(".gl-readout").inner_text()
    assert page.locator(".gl-voice").text_content() == page.locator(".gl-readout").text_content()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/\?v=1"))


def test_the_keyboard_alone_moves_through_regimes(open_lab):
    page = open_lab(REGIMES)
    page.locator(".gl-stack").focus()
    page.keyboard.press("ArrowRight")
    assert "τ_p = 0.001" in page.locator(".gl-voice").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator(".gl-voice").inner_text().startswith("Hopfield")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"model=hopfield"))


# --------------------------------------------------------------------------------------------------------------- take away


@pytest.mark.parametrize("name", PAGES)
def test_files_pictures_and_the_shell_command(open_lab, name):
    page = open_lab(PAGES[name])
    page.get_by_text("Take away").click()

    def taken(label):
        with page.expect_download() as download:
            button(page, label).click()
        path = download.value.path()
        return path.read_bytes(), download.value.suggested_filename

    content, called = taken("NPZ")
    assert called == f"gliascope-{name}.npz"
    with np.load(BytesIO(content)) as file:
        assert file["done"].all() and json.loads(str(file["study"]))["trials"] == 12
    assert zipfile.is_zipfile(BytesIO(content))
    assert taken("CSV")[0].startswith(b"# {")
    assert taken("PNG")[0].startswith(b"\x89PNG")
    drawing = taken("SVG")[0].decode()
    assert drawing.startswith("<svg") and "Gliascope" in drawing
    for part in LEGENDS[name]:
        assert part in drawing
    button(page, "Shell command").click()
    assert page.locator(".gd-taken pre").inner_text().startswith("python -m core ")


# ------------------------------------------------------------------------------------------------------------------- looks


SCREENS = ((1440, 900), (1920, 1080), (1280, 720), (1366, 768), (1024, 768))
PHONES = ((390, 844), (844, 390))
# Texts and samples of legends that stick out of what they stand in.
CUT = f"""() => {{
    const parts = [...({BOARD})().root.querySelectorAll(":is(.gl-info, .gl-legend) :is(span, small, canvas, button)")];
    return parts.filter((part) => part.checkVisibility() && part.textContent + part.width).filter((part) => {{
        let card = part.parentElement;
        while (getComputedStyle(card).borderStyle !== "solid") card = card.parentElement;
        const [inner, outer] = [part.getBoundingClientRect(), card.getBoundingClientRect()];
        return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
    }}).map((part) => part.textContent || part.className);
}}"""


@pytest.mark.parametrize("name", PAGES)
def test_title_purpose_legends_and_figures_are_in_sight(open_lab, name):
    longest = "&against=neuron-astrocyte" if name == "benchmark" else ""
    page = open_lab(PAGES[name] + longest, width=1440, height=900)
    title, purpose = page.get_by_role("heading", level=1), page.get_by_text(words("app.studies", name)["purpose"])
    for hall in (False, True):
        if hall:
            page.set_viewport_size({"width": 1440, "height": 900})
            button(page, "Hall").click()
            page.wait_for_function("() => 'hall' in document.documentElement.dataset")
        for width, height in (*SCREENS, *PHONES):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(150)
            where = (name, width, height, hall)
            assert page.evaluate(CUT) == [], where
            assert title.inner_text().lower() == name and in_sight(page, title) and in_sight(page, purpose), where
            bar, figure = page.locator(".gl-progress").bounding_box(), page.locator(".gl-plot").first.bounding_box()
            assert min(bar["y"], figure["y"] + figure["height"]) - figure["y"] >= 75, where
            if (width, height) in SCREENS:
                fits = "document.documentElement.scrollHeight <= innerHeight"
                assert page.evaluate(f"() => {fits} && document.documentElement.scrollWidth <= innerWidth"), where


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_all_of_it(open_lab, name):
    page = open_lab(PAGES[name], width=390, height=844, has_touch=True, is_mobile=True)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    assert not field(page, "trials").is_visible()
    button(page, "Controls").click()
    field(page, "trials").wait_for(state="visible")
    enter(page, "trials", "3")
    wait_for(page, "done")
    page.wait_for_function(f"() => ({BOARD})().table.trials === 3")
    for link in page.get_by_role("navigation").get_by_role("link").all():
        assert link.is_visible() and link.bounding_box()["height"] >= 40


@pytest.mark.parametrize("name", PAGES)
def test_dark_light_and_the_hall(open_lab, name):
    page = open_lab(f"{PAGES[name]}&theme=dark")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(12, 15, 18)"
    button(page, "Theme: dark").click()
    page.wait_for_function("() => !document.documentElement.dataset.theme")
    button(page, "Hall").click()
    page.wait_for_function("() => 'hall' in document.documentElement.dataset && location.search.includes('hall=1')")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert button(page, "Controls").is_visible()


def test_the_pages_lead_to_each_other_and_keep_hall_and_theme(open_lab):
    page = open_lab(f"{REGIMES}&theme=dark&hall=1")
    for title, kind in (("Benchmark", Benchmark), ("Tune", Tune), ("Regimes", Regimes)):
        page.get_by_role("link", name=title, exact=True).click()
        page.wait_for_url(re.compile(f"/{kind.name}"))
        page.wait_for_selector(ROOT)
        values = kind.opening_of(parse_address(page.url.partition("?")[2]))[0]
        assert (values["theme"], values["hall"]) == ("dark", True)
    page.get_by_role("link", name="Retrieval", exact=True).click()
    page.wait_for_selector(".gs[data-frames]:not([data-frames='0'])")
    page.get_by_role("link", name="Tune", exact=True).click()
    page.wait_for_selector(ROOT)


def test_the_run_goes_along_to_other_pages_and_is_there_again_on_the_way_back(visit):
    def go(title, ready=ROOT):
        page.get_by_role("link", name=title, exact=True).click()
        page.wait_for_selector(ready)
        page.wait_for_function("() => location.search.includes('v=1')")
        return {name: texts[0] for name, texts in parse_address(page.url.partition("?")[2]).items()}

    play = ".gs[data-frames]:not([data-frames='0'])"
    # What nobody chose stays: the paper's own figure is the paper's. `points` keeps the studies of this test small.
    page = visit("tune?points=2&trials=2&horizon=3", ready=ROOT)
    assert go("Benchmark")["T"] == "0.01"
    page = visit("", ready=play)
    assert go("Regimes")["family"] == "coins"
    page = visit("?T=0.5&K=12&own_cue=fffe0000&energy=parts&hall=1", ready=play)
    values, said = CHAPTER.read_text(page.url.partition("?")[2])
    assert values["own_cue"] and said == []
    tune = go("Tune")
    assert (tune["T"], tune["K"], tune["hall"]) == ("0.5", "12", "1")
    said = page.get_by_role("status").filter(has_text="Taken over from the page before: ")
    assert said.inner_text() == "Taken over from the page before: K = 12."  # T is varied there
    button(page, "Controls").click()
    enter(page, "K", "15")
    enter(page, "points", "2")
    page.wait_for_function("() => location.search.includes('K=15') && location.search.includes('points=2&')")
    page.keyboard.press("Escape")
    back = go("Retrieval", play)
    assert (back["K"], back["T"], back["own_cue"], back["energy"]) == ("15", "0.5", values["own_cue"], "parts")
    assert go("Benchmark")["T"] == "0.5"
    assert (go("Tune")["points"], go("Regimes")["K"]) == ("2", "15")


def test_a_study_has_the_equations_and_its_keys_too(open_lab):
    page = open_lab(TUNE, state=None)
    button(page, "What am I looking at?").click()
    sheet = page.get_by_role("dialog", name="What am I looking at?")
    sheet.get_by_text("1 of 15", exact=True).wait_for()  # the words about the figures of a run are left out
    page.keyboard.press("PageDown")
    sheet.locator("[data-symbol=sigma]:visible").first.click()
    assert page.locator("[data-part=sigma]").first.evaluate("(control) => control.getAnimations().length") == 1
    page.keyboard.press("Escape")
    assert not sheet.is_visible()
    button(page, "Hall").click()
    page.wait_for_function("() => location.search.includes('hall=1')")
    page.keyboard.press(" ")  # is no second press of a button that was clicked
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").get_by_text("Pause the computing").wait_for()
    assert "hall=1" in page.url


def test_what_is_named_can_be_found_by_name(open_lab):
    page = open_lab(BENCHMARK)
    assert page.get_by_role("group", name=re.compile("^Hopfield: mean Hamming error")).count() == 1
    assert page.get_by_role("group", name=re.compile("^Difference between two memories")).count() == 1
    assert page.get_by_role("navigation").count() == 1
    unnamed = page.evaluate(
        f"() => {{ {EVERY}"
        """
            const named = (element) => element.getAttribute("aria-label") || element.labels?.length || element.textContent.trim();
            const asked = every().filter((element) => element.matches("button, a, input, select, progress"));
            return asked.filter((element) => !element.hidden && !named(element)).map((element) => element.outerHTML);
        }"""
    )
    assert unnamed == []


def test_a_visitor_who_leaves_frees_the_workers(open_lab, served):
    page = open_lab("tune?points=40&trials=100&seed=77", state="running")
    page.wait_for_function(f"() => ({BOARD})().table?.count > 3", timeout=20_000)
    page.close()
    other = open_lab("tune?points=3&trials=4&seed=78")  # would wait for a long time behind what is left
    assert "9 of 9" in other.locator(".gl-count").inner_text()
