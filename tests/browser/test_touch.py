"""What fingers do: a slider and the picture at once, swipes that scroll, cells large enough to draw, all of it in reach."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from app.chapters.retrieval.chapter import CHAPTER
from tests.browser.conftest import EVERY
from tests.browser.test_page import FIRST, RUN, SCENE, STAGE, button, frame, pause, shown, slider, stage, wait_for_run

TOUCH = {"has_touch": True, "is_mobile": True}
UPRIGHT, ON_ITS_SIDE, TABLET = (390, 844), (844, 390), (820, 1180)
LABORATORY = "tune?points=3&trials=4&K=20&horizon=2"
SEEN = f"{EVERY} const seen = every(document.body).filter((e) => e.checkVisibility({{visibilityProperty: true}}));"
# What can be pressed and is smaller than a finger; a checkbox is as large as its label.
SMALL = f"""() => {{
    {SEEN}
    const asked = "button:not(.gd-skip), select, summary, a[href], input:not([type=checkbox]), label:has([type=checkbox])";
    return seen.filter((e) => e.matches(asked)).map((e) => [e.ariaLabel || e.textContent, e.getBoundingClientRect()])
        .filter(([, box]) => box.width && Math.min(box.width, box.height) < 43.5)
        .map(([name, box]) => `${{name}} ${{box.width}} × ${{box.height}}`);
}}"""
# Fields whose type is so small that iOS zooms in on them.
SMALL_TYPE = f"""() => {{
    {SEEN}
    return seen.filter((e) => e.matches("select, input[type=text]") && parseFloat(getComputedStyle(e).fontSize) < 16)
        .map((e) => e.ariaLabel);
}}"""
# What scrolls by itself within the page, and whether the page is wider than the window.
SCROLLS = f"""() => {{
    {SEEN}
    const scrolls = (e) => e.scrollHeight > e.clientHeight + 1 && ["auto", "scroll"].includes(getComputedStyle(e).overflowY);
    const sideways = document.documentElement.scrollWidth > innerWidth;
    return [...seen.filter(scrolls).map((e) => e.className), ...(sideways ? ["the page, sideways"] : [])];
}}"""


# Counts the sliders that are made.
COUNT = """window.made = 0; const { setAttribute } = Element.prototype;
    Element.prototype.setAttribute = function (name, value) {
        if (name === "type" && value === "range") window.made += 1;
        return setAttribute.call(this, name, value);
    };"""


def open_phone(visit, size, address="", **options):
    return visit(address, width=size[0], height=size[1], **TOUCH, **options)


def swipe(page, start, way):
    """A finger comes down, moves and is lifted; the browser says what it makes of it."""
    session = page.context.new_cdp_session(page)
    touch = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # noqa: E731
    at = lambda part: {"x": start[0] + part * way[0], "y": start[1] + part * way[1]}  # noqa: E731
    touch("touchStart", [at(0)])
    for step in range(1, 11):
        touch("touchMove", [at(step / 10)])
        page.wait_for_timeout(16)
    touch("touchEnd", [])
    page.wait_for_timeout(120)
    session.detach()


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def in_sight(page, locator, least=1.0):
    """Whether so much of its height is within the window."""
    box, height = locator.bounding_box(), page.viewport_size["height"]
    seen = min(box["y"] + box["height"], height) - max(box["y"], 0)
    return seen >= least * box["height"]


@pytest.mark.parametrize("size", [UPRIGHT, ON_ITS_SIDE], ids=["upright", "on its side"])
def test_a_slider_and_the_picture_are_seen_at_once(visit, size):
    page = open_phone(visit, size)
    pause(page)
    title, sentence = page.locator(".gd-scene"), page.get_by_text(SCENE.watch)
    card = page.locator("[data-card=neurons]")
    before = slider(page, "T").bounding_box()
    assert in_sight(page, slider(page, "T")) and in_sight(page, page.locator(".gs-clock")) and in_sight(page, card, 0.5)
    assert in_sight(page, title) and in_sight(page, sentence) and title.inner_text() == SCENE.title
    page.touchscreen.tap(before["x"] + 0.8 * before["width"], before["y"] + before["height"] / 2)
    page.wait_for_function(f"T => ({RUN})().settings.T !== T", arg=FIRST["T"])
    # The scene's words stay, say that it was changed, and nothing has moved under the finger.
    title.filter(has_text=f"{SCENE.title}, changed").wait_for()
    assert sentence.is_visible() and slider(page, "T").bounding_box() == before
    button(page, "Next parameter").tap()
    assert not slider(page, "T").is_visible() and slider(page, "τ_p").is_visible()
    head = page.locator(".gd-docked b:visible")
    swipe(page, middle(head), (-90, 0))
    assert slider(page, "τ_x").is_visible()
    swipe(page, middle(page.locator(".gd-docked b:visible")), (90, 0))
    box = page.get_by_role("textbox", name="τ_p, exact value")
    box.fill("2.5")
    box.press("Enter")
    wait_for_run(page, tau_p=2.5)
    button(page, "Previous parameter").tap()
    assert slider(page, "T").is_visible()
    button(page, "Controls").tap()
    for name in ("T", "τ_p", "τ_x", "K", "noise"):
        slider(page, name).wait_for()


def test_the_words_above_the_stage_are_one_target_that_explains_them_all(visit):
    page = open_phone(visit, UPRIGHT)
    pause(page)
    line = page.locator(".gs-about")
    boxes = [target.bounding_box() for target in line.locator("button, a").all()]
    assert all(box["height"] >= 44 for box in boxes) and len(boxes) == 2
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"] + 0.5
    line.get_by_text("gain p").tap()
    assert page.get_by_role("note").get_by_role("listitem").count() == len(CHAPTER.words["page"]["terms"])
    # The smallest phone on its side has a picture, too.
    page.set_viewport_size({"width": 640, "height": 360})
    page.evaluate("() => scrollTo(0, 0)")
    assert in_sight(page, page.locator("[data-card=neurons] canvas").first, 0.9) and in_sight(page, page.locator(".gs-clock"))


def test_header_and_clock_leave_two_thirds_of_a_small_phone(visit):
    page = open_phone(visit, (360, 640))
    heights = [page.locator(part).bounding_box()["height"] for part in (".gd-head", ".gs-clock")]
    assert sum(heights) <= 640 / 3, heights
    page.set_viewport_size({"width": 320, "height": 568})
    assert page.locator(".gd-head").bounding_box()["height"] <= heights[0]


def test_a_teachers_link_leaves_parameters_out_above_the_clock_too(visit):
    page = open_phone(visit, UPRIGHT, "?hide=T,noise")
    seen = []
    for _ in range(4):
        seen.append(page.get_by_role("slider").and_(page.locator(".gd-docked input")).get_attribute("aria-label"))
        button(page, "Next parameter").tap()
    assert [name.split()[0] for name in seen] == ["τ_p", "τ_x", "K", "τ_p"]


def test_a_swipe_that_begins_on_a_slider_scrolls_and_changes_nothing(visit):
    page = open_phone(visit, UPRIGHT)
    T = shown(page)["settings"]["T"]
    for place in (slider(page, "T"), page.get_by_role("slider", name="frame")):
        at = page.evaluate("() => scrollY")
        swipe(page, middle(place), (10, -200))
        assert page.evaluate("() => scrollY") > at + 60
        page.wait_for_timeout(500)  # what was swiped has come to rest
    assert (shown(page)["settings"]["T"], frame(page)) == (T, 0)
    x, y = middle(slider(page, "T"))
    swipe(page, (x - 40, y), (90, 4))  # along it, it is moved
    page.wait_for_function(f"(T) => ({RUN})().settings.T !== T", arg=T)


def test_a_swipe_scrolls_and_neither_scrubs_nor_draws(visit):
    page = open_phone(visit, UPRIGHT, reduced_motion="reduce")
    before = shown(page)
    top = lambda: page.evaluate("() => scrollY")  # noqa: E731
    for place in ("[data-grid=cue]", "[data-card=overlaps] .gs-body"):
        at, where = top(), page.locator(place).bounding_box()
        swipe(page, (where["x"] + where["width"] / 2, where["y"] + 40), (0, -160))
        assert top() > at + 60, place
    assert (frame(page), shown(page)["cue"]) == (0, before["cue"])
    page.wait_for_timeout(400)  # what was swiped has come to rest
    x, y = middle(page.locator("[data-card=overlaps] .gs-body"))
    swipe(page, (x - 40, y), (80, 0))  # across, it scrubs
    assert frame(page) > 0 and middle(page.locator("[data-card=overlaps] .gs-body")) == (x, y)
    at = frame(page)
    page.touchscreen.tap(x - 60, y)
    assert frame(page) not in (0, at)


def test_fingers_draw_on_a_pad_of_large_cells(visit):
    page = open_phone(visit, UPRIGHT, reduced_motion="reduce")
    before = shown(page)["cue"]
    page.touchscreen.tap(*middle(page.locator("[data-grid=cue]")))
    pad = page.get_by_role("dialog").locator("canvas")
    pad.wait_for()
    box, rows, columns = pad.bounding_box(), 7, 5
    cell = box["width"] / columns
    assert cell >= 24 and box["height"] / rows >= 24
    swipe(page, (box["x"] + cell / 2, box["y"] + cell / 2), (0, 2 * cell))  # down over three cells of the first column
    button(page, "Done").tap()
    drawn = [*before]
    for row in range(3):
        drawn[row * columns] = -before[0]
    page.wait_for_function(f"cue => String(({RUN})().cue) === String(cue)", arg=drawn)
    page = open_phone(visit, UPRIGHT, "?N=400&seed=1", reduced_motion="reduce")
    page.touchscreen.tap(*middle(page.locator("[data-grid=cue]")))
    pad = page.get_by_role("dialog").locator("canvas")
    at = pad.bounding_box()
    assert at["width"] / 20 >= 24
    button(page, "Cells to the right").tap()
    assert pad.bounding_box()["x"] < at["x"]


@pytest.mark.parametrize("size", [ON_ITS_SIDE, TABLET], ids=["on its side", "tablet"])
@pytest.mark.parametrize("address", ["", LABORATORY], ids=["retrieval", "tune"])
def test_all_is_large_enough_and_the_clock_in_reach(visit, size, address):
    ready = ".gs[data-frames]:not([data-frames='0']), .gl[data-state='done']"
    page = open_phone(visit, size, address, ready=ready)
    assert page.evaluate(SMALL) == [] and page.evaluate(SCROLLS) == []
    for share in (0, 0.5, 1) if not address else ():
        page.evaluate("share => scrollTo(0, share * document.documentElement.scrollHeight)", share)
        assert in_sight(page, page.locator(".gs-clock"))
    button(page, "Controls").tap()
    page.wait_for_timeout(300)
    for fold in page.locator(".gd-controls summary:visible").all():
        fold.tap()
    assert page.evaluate(SMALL) == []
    assert page.evaluate(SMALL_TYPE) == []


def test_the_clock_has_more_on_demand(visit):
    page = open_phone(visit, UPRIGHT)
    assert not button(page, "Loop").is_visible()
    more = button(page, "More of the clock")
    before = more.bounding_box()
    more.tap()
    assert more.bounding_box() == before  # a second tap closes it again
    button(page, "Loop").tap()
    page.wait_for_function(f"() => ({STAGE})().gliascope.clock.loop")


def test_no_button_stays_lit_after_a_tap_and_pressed_ones_can_be_read_under_the_pointer(visit):
    colours = "e => { const {color, backgroundColor} = getComputedStyle(e); return [color, backgroundColor]; }"
    phone = open_phone(visit, UPRIGHT)
    step = button(phone, "Step forward")
    before = step.evaluate(colours)
    step.tap()
    assert step.evaluate(colours) == before
    desk = visit(script=COUNT)
    assert desk.evaluate("() => window.made") == len(CHAPTER.sliders) + 1  # the clock's; none for a drawer that is not there
    hall = button(desk, "Hall")
    hall.click()
    desk.wait_for_function("() => 'hall' in document.documentElement.dataset")
    desk.wait_for_timeout(200)
    assert hall.evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]  # the pointer is over it still


def test_colours_that_the_system_forces_leave_switches_and_sliders_to_be_seen(visit):
    page = visit(forced_colors="active")
    ground = "e => getComputedStyle(e).backgroundColor"
    steer, log = page.get_by_role("switch", name="Steer"), page.get_by_role("button", name="log t")
    off = steer.evaluate(ground)
    steer.click()
    page.wait_for_timeout(300)
    assert steer.evaluate(ground) != off
    assert log.evaluate(ground) != page.get_by_role("button", name="stop at rest").evaluate(ground)
    range_shown = Image.open(BytesIO(slider(page, "T").screenshot())).convert("RGB")
    line = range_shown.crop((0, range_shown.height // 2, range_shown.width, range_shown.height // 2 + 1))
    assert len(line.getcolors()) >= 3  # before the thumb, the thumb, after it


def test_every_scene_of_the_chapter_can_be_told_on_a_phone(visit):
    """The longest of them, so that no other one hides the picture."""
    longest = max(CHAPTER.scenes.values(), key=lambda scene: len(scene.title + scene.watch))
    page = open_phone(visit, (360, 640), f"?scene={longest.key}")
    assert in_sight(page, page.get_by_text(longest.watch)) and in_sight(page, stage(page).locator(".gs-narration"))
    assert in_sight(page, page.locator("[data-card=neurons]"), 0.2)
