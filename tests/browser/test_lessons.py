"""A lecturer's whole way through lesson 1 by keyboard, in the hall, and a student's by touch, in a real browser."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from app.chapters import chapters
from tests.browser.conftest import EVERY, PLAYING, found, written
from tests.browser.test_page import STAGE

CHAPTERS = chapters()
LESSON = CHAPTERS["retrieval"].lessons["noise-to-letter"]
CLAIM = CHAPTERS["retrieval"].lessons["does-the-claim-hold"]
CROSSING = CHAPTERS["context"].lessons["context-decides"]
SHEET = CHAPTERS["retrieval"].lessons["exercises-recall"]
LAST = len(LESSON.steps)
Late = pytest.importorskip("playwright.sync_api").TimeoutError
PAGE = f"({found('gd')})().gliascope"
SHOWN = f"() => {{ const {{lesson}} = {PAGE}.shown; return lesson && {{at: lesson.at, verdict: lesson.verdict}}; }}"
CLOCK = f"() => {{ const {{clock, goal}} = ({STAGE})().gliascope; return [clock.frame, goal, clock.playing]; }}"
SETTINGS = f"() => ({STAGE})().gliascope.scene.run.settings"
# Whether the lesson's panel is whole in the window's width, over no card, and nothing in it is cut.
LAID_OUT = f"""() => {{ {EVERY}
    const panel = ({found("gd-lesson")})(), box = panel.getBoundingClientRect();
    const cards = every().filter((e) => e.classList.contains("gs-card") && e.offsetParent).map((e) => e.getBoundingClientRect());
    const parts = [...panel.querySelectorAll(".gd-lesson-say, .gd-ask, .gd-lesson-head")].filter((e) => e.offsetParent);
    return {{
        covers: cards.some((card) => card.top < box.bottom - 1 && card.bottom > box.top + 1),
        wide: document.documentElement.scrollWidth - innerWidth, tall: document.documentElement.scrollHeight - innerHeight,
        cut: parts.filter((e) => e.scrollHeight > e.clientHeight + 2 || e.getBoundingClientRect().bottom > box.bottom + 1)
            .map((e) => e.className),
        cards: cards.length,
    }}; }}"""


def arrive(page, at, lesson=LESSON):
    page.wait_for_function(f"at => {PAGE}.shown.lesson?.at === at", arg=at)
    wanted = lesson.steps[at - 1].values
    page.wait_for_function(
        f"wanted => Object.entries(wanted).every(([name, value]) => ({SETTINGS})()[name] === value)",
        arg={name: wanted[name] for name in ("K", "N", "seed", "lam", "u0") if name in wanted},
    )
    page.wait_for_function(f"() => ({STAGE})().gliascope.goal !== null")


def answered(page):
    page.wait_for_function(f"() => {PAGE}.shown.lesson.verdict !== null")
    page.locator(".gd-reply").wait_for()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_a_lecturer_goes_through_lesson_1_by_the_keyboard_in_the_hall(visit, width, height):
    lesson, last = LESSON, LAST
    page = visit(f"?v=1&hall=1&lesson={lesson.name}", width=width, height=height)
    for at, step in enumerate(lesson.steps, 1):
        arrive(page, at, lesson)
        assert page.locator(".gd-lesson-say").inner_text() == step.say
        assert f"Step {at} of {last}" in page.locator(".gd-lesson-count").inner_text()
        laid = page.evaluate(LAID_OUT)
        assert not laid["covers"] and laid["wide"] <= 0 and laid["tall"] <= 1 and laid["cut"] == [] and laid["cards"] >= 1, (
            at,
            laid,
        )
        if step.question:
            before = page.evaluate(CLOCK)
            for key in (" ", "ArrowRight", "End"):  # a guess comes first
                page.keyboard.press(key)
            assert page.evaluate(CLOCK) == before and not before[2]
            assert page.locator(".gd-passing").inner_text() == "A guess first, or “Not sure”; then it plays."
            page.keyboard.press("PageDown")
            assert page.evaluate(SHOWN) == {"at": at, "verdict": None}
            page.keyboard.press("PageDown")
            answered(page)
            assert page.evaluate(SHOWN)["verdict"]["guess"] is None
            frame, goal, _ = page.evaluate(CLOCK)
            assert frame == goal  # who asks for less motion is there at once
            told = page.locator(".gd-ask").inner_text()
            assert "You were not sure." in told and page.evaluate(SHOWN)["verdict"]["text"] in told
            laid = page.evaluate(LAID_OUT)
            assert laid["cut"] == [] and not laid["covers"] and laid["tall"] <= 1, (at, laid)
        page.keyboard.press("PageDown")
    assert page.locator(".gd-passing").inner_text() == "This is the last step."
    page.keyboard.press("PageUp")
    arrive(page, last - 1, lesson)
    other = visit(f"?{written(page)}")
    assert other.locator(".gd-lesson-say").inner_text() == lesson.steps[-2].say
    assert other.evaluate(SETTINGS) == page.evaluate(SETTINGS)


def test_a_step_plays_to_where_it_ends_and_the_truth_is_told_there(visit):
    page = visit("?v=1&lesson=noise-to-letter&step=5", plays=True)
    assert page.evaluate(CLOCK)[::2] == [0, False]
    page.get_by_text("Take away", exact=True).click()
    page.get_by_role("button", name="GIF").click()  # a film would tell
    page.get_by_text("A guess first: a film would show how it ends.").wait_for()
    assert page.evaluate(CLOCK)[::2] == [0, False]
    page.get_by_role("button", name="No better").click()
    page.wait_for_function(f"() => ({STAGE})().dataset.playing === 'true'")
    assert "Now watch." in page.locator(".gd-ask").inner_text()
    answered(page)
    frame, goal, playing = page.evaluate(CLOCK)
    assert frame == goal and not playing and page.locator(".gd-reply").inner_text() == LESSON.steps[4].question.choices[2].wrong
    page.keyboard.press(" ")  # and on, beyond the end of the step
    page.wait_for_function(f"goal => ({STAGE})().gliascope.clock.frame > goal", arg=goal)


def test_a_film_of_a_step_is_from_where_to_where_it_plays_with_its_sentence_over_it(visit):
    page = visit("?v=1&lesson=noise-to-letter&step=3")
    arrive(page, 3)
    before = page.evaluate(CLOCK)
    page.get_by_text("Take away", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF").click()
    assert download.value.suggested_filename == "noise-to-letter-3.gif" and page.evaluate(CLOCK) == before
    film = Image.open(download.value.path())
    lasts = [film.seek(at) or film.info["duration"] for at in range(film.n_frames)]
    seconds = f"(span) => ({STAGE})().gliascope.scene.run.arrays.seconds.slice(...span).reduce((a, b) => a + b)"
    assert before[0] > 0 and LESSON.steps[2].values["speed"] == "0.25"
    assert sum(lasts[:-1]) / 1000 == pytest.approx(4 * page.evaluate(seconds, before[:2]), abs=0.2)
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    picture = Image.open(download.value.path())
    over = film.height - picture.height * film.width / picture.width  # a picture has no sentence
    assert over > 20
    film.seek(0)
    letters = np.asarray(film.convert("L"))[: round(over) - 2] < 80
    assert letters.sum() > 100


def test_blank_and_freeze(visit):
    page = visit("?v=1&hall=1&lesson=noise-to-letter&step=3", width=1280, height=720)
    arrive(page, 3)
    page.keyboard.press("b")
    blank = page.locator(".gd-blank")
    blank.wait_for()
    assert blank.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 720}
    page.keyboard.press("B")
    blank.wait_for(state="hidden")
    page.keyboard.press("f")
    page.locator(".gd-frozen").wait_for()
    before = page.evaluate(CLOCK)
    for key in ("ArrowRight", " ", "PageDown", "End"):
        page.keyboard.press(key)
    assert page.evaluate(CLOCK) == before and page.evaluate(SHOWN)["at"] == 3
    page.keyboard.press("f")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(CLOCK)[0] == before[0] + 1
    page.keyboard.press("?")
    keys = page.locator(".gd-keys").inner_text()
    assert "In a lesson" in keys and "black page" in keys and "stands still" in keys


def test_letters_of_a_field_are_the_fields(visit):
    page = visit()
    field = page.get_by_role("textbox", name="seed")
    field.fill("")
    field.press("b")
    field.press("f")
    assert page.locator(".gd-blank").is_hidden() and page.locator(".gd-frozen").is_hidden()


def test_a_lesson_is_chosen_from_the_menu_and_left(visit):
    page = visit()
    page.get_by_role("combobox", name="Lesson").select_option("noise-to-letter")
    arrive(page, 1)
    assert "lesson=noise-to-letter" in written(page)
    page.get_by_text("Notes for who teaches").click()
    assert page.locator(".gd-lesson-notes").inner_text().startswith("Leave it standing")
    assert page.locator(".gd-watch").is_hidden()
    page.get_by_role("button", name="Leave the lesson").click()
    page.locator(".gd-lesson").wait_for(state="hidden")
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.options.hide.length === 0")
    assert "lesson=&" in written(page)
    page.go_back()
    arrive(page, 1)
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.options.hide.length > 0")


def draw(page, question):
    """With a finger on the figure: one stroke of a curve, or one tap in the triangle."""
    page.wait_for_function(f"() => ({STAGE})().gliascope.guess?.figure")
    box = page.locator(f"[data-card='{question.card}'] .gs-body")
    box.evaluate("e => e.scrollIntoView({ block: 'center' })")
    at = box.bounding_box()
    spots = [(0.3, 0.6), (0.5, 0.4), (0.7, 0.2)] if question.kind == "curve" else [(0.5, 0.55)]
    stroke(page, at, spots)


def stroke(page, at, spots):
    """A finger that goes from spot to spot, each a share of this box."""
    line = page.context.new_cdp_session(page)
    for kind, spot in [("touchStart", spots[0]), *(("touchMove", spot) for spot in spots[1:]), ("touchEnd", None)]:
        points = [{"x": at["x"] + spot[0] * at["width"], "y": at["y"] + spot[1] * at["height"]}] if spot else []
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_student_goes_through_lesson_1_by_touch(visit):
    page = visit("?v=1&lesson=noise-to-letter", width=390, height=844, has_touch=True, is_mobile=True)
    forward = page.get_by_role("button", name="Next step")
    for at, step in enumerate(LESSON.steps, 1):
        arrive(page, at)
        laid = page.evaluate(LAID_OUT)
        assert not laid["covers"] and laid["wide"] <= 0 and laid["cut"] == [], (at, laid)
        question = step.question
        if question:
            asked = page.locator(".gd-ask")
            targets = [button.bounding_box() for button in asked.get_by_role("button").all()]
            assert all(box["height"] >= 44 and box["width"] >= 44 for box in targets)
            if question.kind == "choice":
                asked.get_by_role("button", name=question.choices[-1].text).tap()
            elif question.card:
                draw(page, question)
                commit = asked.get_by_role("button", name="That is my guess")
                for _ in range(5):  # the first tap after a stroke may only end the browser's fling
                    commit.tap()
                    with suppress(Late):
                        page.wait_for_function(f"() => {PAGE}.shown.lesson.verdict !== null", timeout=500)
                        break
            elif question.kind == "memory":
                asked.get_by_role("combobox").select_option("1")
                asked.get_by_role("button", name="That is my guess").tap()
            else:
                asked.get_by_role("slider").fill(str(question.low))
                asked.get_by_role("button", name="That is my guess").tap()
            answered(page)
            assert page.evaluate(SHOWN)["verdict"]["guess"] is not None
            assert (page.locator(".gd-gap-truth").count() == 1) == (question.kind == "number")
        box = forward.bounding_box()
        assert box["height"] >= 56 and box["width"] >= 150
        if at < LAST:
            forward.tap()
    assert forward.is_disabled()


LEFT, RIGHT = [(0.9, 0.5), (0.6, 0.55), (0.3, 0.5), (0.1, 0.5)], [(0.1, 0.5), (0.4, 0.5), (0.7, 0.55), (0.9, 0.5)]


def test_a_swipe_over_the_sentence_turns_the_lesson_and_no_other_does(visit):
    page = visit("?v=1&lesson=noise-to-letter&step=3", width=390, height=844, has_touch=True, is_mobile=True)
    arrive(page, 3)

    def swipe(name, spots):
        box = page.locator(name)
        box.evaluate("e => e.scrollIntoView({ block: 'center' })")
        stroke(page, box.bounding_box(), spots)

    swipe(".gd-lesson-say", LEFT)
    arrive(page, 4)
    swipe(".gd-lesson-say", RIGHT)
    arrive(page, 3)
    swipe(".gd-lesson-say", LEFT)
    arrive(page, 4)
    swipe(".gd-answers input[type=range]", RIGHT)  # a guess
    swipe("[data-card='overlaps'] .gs-body", LEFT)  # the clock, if it might move
    swipe(".gd-lesson-say", [(0.5, 0.9), (0.52, 0.4), (0.7, -2), (0.7, -4)])  # the page
    swipe(".gd-lesson-say", [(0.5, 0.5), (0.45, 0.5), (0.42, 0.5)])  # hardly anything
    assert page.evaluate(SHOWN) == {"at": 4, "verdict": None} and page.locator(".gd-ask[data-warned]").count() == 0
    swipe(".gd-lesson-say", LEFT)  # a question is asked once more first, as a key would have it
    page.locator(".gd-ask[data-warned]").wait_for()
    swipe(".gd-lesson-say", LEFT)
    answered(page)


def test_a_point_and_a_curve_are_guessed_by_the_keyboard_and_stay_on_their_figures(visit):
    for step, press in ((9, "ArrowUp ArrowRight ArrowRight ArrowUp"), (12, "ArrowUp ArrowLeft")):
        page = visit(f"?v=1&lesson={LESSON.name}&step={step}")
        arrive(page, step)
        drawn, commit = page.locator(".gd-drawn"), page.get_by_role("button", name="That is my guess")
        assert commit.is_disabled()
        drawn.focus()
        for key in press.split():
            page.keyboard.press(key)
        assert drawn.get_attribute("aria-valuetext") and page.evaluate(CLOCK)[0] == 0  # arrows are the guess's meanwhile
        commit.click()
        answered(page)
        guess = f"() => {{ const {{guess}} = ({STAGE})().gliascope; return [guess.isOpen, guess.verdict.from.length]; }}"
        assert page.evaluate(guess) == [False, 13 if step == 9 else 3]
        assert page.evaluate(SHOWN)["verdict"]["gap"]


def test_a_lesson_goes_from_one_chapter_to_another_and_its_address_works_on_any_page(visit):
    at = next(at for at, step in enumerate(CROSSING.steps, 1) if step.chapter == "retrieval")
    page = visit(f"context?v=1&hall=1&lesson={CROSSING.name}&step={at - 1}")
    arrive(page, at - 1, CROSSING)
    page.keyboard.press("PageDown")
    page.wait_for_url(lambda url: "/context" not in url)
    page.wait_for_selector(PLAYING)
    arrive(page, at, CROSSING)
    assert page.locator(".gd-lesson-say").inner_text() == CROSSING.steps[at - 1].say
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    answered(page)
    page.keyboard.press("PageDown")
    page.wait_for_url("**/context?*")
    page.wait_for_selector(PLAYING)
    arrive(page, at + 1, CROSSING)
    other = visit(f"benchmark?lesson={CROSSING.name}&step={at - 1}&hall=1")
    arrive(other, at - 1, CROSSING)
    assert other.url.split("?")[0].endswith("/context")


def test_a_study_stands_in_the_place_of_the_figures_and_keys_are_the_lessons_there(visit):
    at = next(at for at, step in enumerate(CLAIM.steps, 1) if step.study and not step.question)
    page = visit(f"?v=1&hall=1&lesson={CLAIM.name}&step={at}", width=1920, height=1080, ready="iframe[data-shown]")
    shown = page.locator("iframe[data-shown]")
    inside = page.frame_locator("iframe[data-shown]")
    inside.locator(".gl[data-state='done']").wait_for(timeout=30_000)
    assert inside.locator(".gd-head").is_hidden() and inside.locator(".gd-notice").first.is_hidden()
    assert page.locator(".gs").evaluate("e => getComputedStyle(e).visibility") == "hidden"
    inside.locator(".gl").click()
    page.keyboard.press("PageDown")
    arrive(page, at + 1, CLAIM)
    shown.wait_for(state="detached")
    assert page.locator(".gs").is_visible()


def test_a_task_is_done_by_who_finds_it_out(visit):
    page = visit(f"?v=1&lesson={SHEET.name}&step=2")
    assert page.locator(".gd-ask").inner_text().startswith("Not yet.")
    field = page.get_by_role("textbox", name="T, exact value")
    field.fill("2")
    field.press("Enter")
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.T === 2")
    assert page.locator(".gd-ask").inner_text().startswith("Not yet.")
    field.fill("3.18")
    field.press("Enter")
    page.locator(".gd-ask").get_by_text("Done.").wait_for()
    assert page.locator(".gd-reply").inner_text() == SHEET.steps[1].task.done


def second_window(hall, at, lesson=LESSON):
    arrive(hall, at, lesson)
    with hall.expect_popup() as opened:
        hall.get_by_role("button", name="Speaker’s window").click()
    opened.value.wait_for_selector(PLAYING)
    arrive(opened.value, at, lesson)
    return opened.value


def test_a_speakers_window_and_the_hall_show_the_same_run_and_the_hall_can_be_frozen(visit):
    hall = visit(f"?v=1&hall=1&lesson={LESSON.name}")
    speaker = second_window(hall, 1)
    assert speaker.locator(".gd-speaker-notes").inner_text() == LESSON.steps[0].notes
    assert LESSON.steps[1].say in speaker.locator(".gd-speaker-next").inner_text()
    speaker.keyboard.press("PageDown")
    arrive(hall, 2)
    hall.get_by_role("button", name="Not sure").click()
    for page in (hall, speaker):  # the truth is told in both
        answered(page)
    assert hall.evaluate(SHOWN)["verdict"] == speaker.evaluate(SHOWN)["verdict"]
    speaker.keyboard.press("Home")
    hall.wait_for_function(f"() => ({STAGE})().gliascope.clock.frame === 0")
    hall.keyboard.press(" ")
    for page in (hall, speaker):
        page.wait_for_function(f"() => ({STAGE})().dataset.playing === 'true'")
    speaker.keyboard.press(" ")
    hall.wait_for_function(f"() => ({STAGE})().dataset.playing === 'false'")
    assert hall.evaluate(CLOCK) == speaker.evaluate(CLOCK)
    speaker.get_by_role("button", name="Freeze the hall").click()
    hall.locator(".gd-frozen").wait_for()
    speaker.get_by_role("combobox", name="Jump to").select_option("4")
    arrive(speaker, 4)
    assert hall.evaluate(SHOWN)["at"] == 2
    speaker.get_by_role("button", name="Freeze the hall").click()
    arrive(hall, 4)
    run = f"() => Array.from(({STAGE})().gliascope.scene.run.arrays.energy)"
    assert hall.evaluate(run) == speaker.evaluate(run)
    speaker.get_by_role("button", name="Blank the hall").click()
    hall.locator(".gd-blank").wait_for()
    assert speaker.locator(".gd-blank").is_hidden()


def test_both_windows_go_on_to_another_chapter(visit):
    at = next(at for at, step in enumerate(CROSSING.steps, 1) if step.chapter == "retrieval")
    hall = visit(f"context?v=1&hall=1&lesson={CROSSING.name}&step={at - 1}")
    speaker = second_window(hall, at - 1, CROSSING)
    speaker.keyboard.press("PageDown")
    for page in (speaker, hall):
        page.wait_for_url(lambda url: "/context" not in url)
        page.wait_for_selector(PLAYING)
        arrive(page, at, CROSSING)
    assert "present=1" in written(speaker) and "present=0" in written(hall) and "hall=1" in written(hall)


def test_a_window_that_opens_leads_the_other_one_and_is_not_led_back(visit):
    """A window that has gone on to another page says where it is; whoever is still on the page before comes, and says nothing."""
    at = next(at for at, step in enumerate(CROSSING.steps, 1) if step.chapter == "retrieval")
    hall = visit(f"context?v=1&hall=1&lesson={CROSSING.name}&step={at - 1}")
    second_window(hall, at - 1, CROSSING).close()
    other = hall.context.new_page()  # speaks as such a window would, as early as it could
    other.goto(hall.url.partition("context")[0] + "healthz")
    address = f"v=1&lesson={CROSSING.name}&step={at}"
    other.evaluate(
        """([name, address]) => {
            window.heard = [];
            window.line = new BroadcastChannel(name);
            line.onmessage = ({data}) => heard.push(data);
            line.postMessage({hello: true, address, path: "/"});
        }""",
        [hall.evaluate("() => sessionStorage.getItem('gliascope-line')"), address],
    )
    hall.wait_for_url(lambda url: "/context" not in url)
    hall.wait_for_selector(PLAYING)
    arrive(hall, at, CROSSING)
    other.wait_for_function("() => heard.length")
    assert {message.get("path") for message in other.evaluate("() => heard")} <= {"/", None}


def test_nothing_on_a_figure_tells_where_a_run_goes_while_it_is_asked(visit):
    """The ring of the triangle stands where the gains go."""
    page = visit("?lesson=context-decides&step=14&hall=1")
    asked = f"() => ({STAGE})().gliascope.scene.isAsked"
    page.wait_for_function(asked)
    page.get_by_role("button", name="Not sure").click()
    answered(page)
    page.wait_for_function(f"() => !({asked})()")
