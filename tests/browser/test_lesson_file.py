"""A lesson that was taken home: from disk, with no network, by keyboard to its end; with a speaker's window; and on paper."""

from __future__ import annotations

import re

import pytest

from app.static.lesson import Wanted, lesson_html
from tests.browser.conftest import PLAYING, found
from tests.browser.small_lesson import SMALL
from tests.browser.test_lessons import CLOCK, LAID_OUT, SHOWN, answered, arrive
from tests.browser.test_page import STAGE

PAGE = f"({found('gd')})().gliascope"
QUESTION = next(at for at, step in enumerate(SMALL.steps, 1) if step.question and step.question.kind == "number")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    page, said = lesson_html(SMALL, Wanted(base="http://localhost:1/"), {})
    assert said == []
    place = tmp_path_factory.mktemp("home") / "lesson.html"
    place.write_text(page, encoding="utf-8")
    return place.as_uri()


@pytest.fixture
def open_file(chromium, file):
    """With the network off; nothing may be complained of, and nothing but the file asked for."""
    contexts, complaints, asked = [], [], []

    def open_it(query="", **options):
        context = chromium.new_context(offline=True, reduced_motion="reduce", **options)
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        context.on("page", listen)
        page = context.new_page()
        page.goto(file + query)
        page.wait_for_selector(PLAYING)
        return page

    def listen(page):
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((file, "blob:", "data:"))] == []


def test_the_file_is_played_to_its_end_by_the_keyboard_with_the_network_off(open_file):
    page = open_file("?hall=1", viewport={"width": 1440, "height": 900})
    for at, step in enumerate(SMALL.steps, 1):
        arrive(page, at, SMALL)
        assert page.locator(".gd-lesson-say").inner_text() == step.say
        laid = page.evaluate(LAID_OUT)
        assert not laid["covers"] and laid["wide"] <= 0 and laid["tall"] <= 1 and laid["cut"] == [] and laid["cards"] >= 1, at
        if step.question:
            assert page.evaluate(SHOWN)["verdict"] is None and page.evaluate(CLOCK)[0] == 0
            page.keyboard.press(" ")
            assert not page.evaluate(CLOCK)[2]  # a guess comes first
            if at == QUESTION:
                slider = page.locator(".gd-ask").get_by_role("slider")
                slider.focus()
                page.keyboard.press("End")
                page.keyboard.press("Tab")
                page.keyboard.press("Enter")
            else:
                page.keyboard.press("PageDown")
                page.keyboard.press("PageDown")
            answered(page)
            verdict = page.evaluate(SHOWN)["verdict"]
            assert (verdict["guess"] is not None) == (at == QUESTION) and verdict["text"] in page.locator(
                ".gd-reply"
            ).inner_text()
        page.keyboard.press("PageDown")
    assert page.locator(".gd-passing").inner_text() == "This is the last step."
    page.keyboard.press("b")
    page.locator(".gd-blank").wait_for()
    page.keyboard.press("b")
    page.keyboard.press("PageUp")
    arrive(page, len(SMALL.steps) - 1, SMALL)
    page.wait_for_function(f"() => {PAGE}.href() === location.href")
    page.reload()  # each step is a link
    page.wait_for_selector(PLAYING)
    arrive(page, len(SMALL.steps) - 1, SMALL)
    page.go_back()
    arrive(page, len(SMALL.steps), SMALL)


def test_two_windows_of_a_file_are_kept_in_step(open_file):
    hall = open_file("?hall=1")
    with hall.expect_popup() as opened:
        hall.get_by_role("button", name="Speaker’s window").click()
    speaker = opened.value
    speaker.wait_for_selector(PLAYING)
    arrive(speaker, 1, SMALL)
    assert speaker.locator(".gd-speaker-notes").inner_text() == SMALL.steps[0].notes
    assert SMALL.steps[1].say in speaker.locator(".gd-speaker-next").inner_text()
    ahead = speaker.frame_locator(".gd-speaker-ahead iframe").locator(".gd-lesson-say")
    ahead.wait_for(timeout=15_000)
    assert ahead.inner_text() == SMALL.steps[1].say
    speaker.keyboard.press("PageDown")
    arrive(hall, 2, SMALL)
    assert "hall=1" in hall.url and "present=0" in hall.url
    speaker.wait_for_function(f"() => {PAGE}.shown.lesson.at === 2")
    ahead.filter(has_text=SMALL.steps[2].say).wait_for()
    speaker.get_by_role("button", name="Freeze the hall").click()
    hall.locator(".gd-frozen").wait_for()
    speaker.get_by_role("combobox", name="Jump to").select_option("3")
    arrive(speaker, 3, SMALL)
    assert hall.evaluate(SHOWN)["at"] == 2
    speaker.get_by_role("button", name="Freeze the hall").click()
    arrive(hall, 3, SMALL)
    hall.get_by_role("button", name="Not sure").click()
    for page in (hall, speaker):
        answered(page)
    assert hall.evaluate(SHOWN)["verdict"] == speaker.evaluate(SHOWN)["verdict"]
    speaker.keyboard.press("Home")
    hall.wait_for_function(f"() => ({STAGE})().gliascope.clock.frame === 0")
    run = f"() => Array.from(({STAGE})().gliascope.scene.run.arrays.energy)"
    assert hall.evaluate(run) == speaker.evaluate(run)
    speaker.keyboard.press("PageDown")  # to another chapter's page
    for page in (hall, speaker):
        arrive(page, 4, SMALL)
    speaker.get_by_role("button", name="Blank the hall").click()
    hall.locator(".gd-blank").wait_for()
    assert speaker.locator(".gd-blank").is_hidden()
    hall.evaluate("() => postMessage({ gliascope: { address: 'step=1' } }, '*')")  # from a window that is not the other one
    hall.reload()
    hall.wait_for_selector(PLAYING)
    speaker.keyboard.press("PageUp")
    arrive(hall, 3, SMALL)


SHEET = f"""() => [...({found("gd")})().querySelectorAll(".gd-handout-step")].map((part) => {{
    const image = part.querySelector("img"), height = (name) => part.querySelector(name)?.getBoundingClientRect().height ?? 0;
    return {{ say: part.querySelector("h2 span").textContent, wide: image.naturalWidth, tall: height("img"),
        code: height(".gd-handout-code svg"), room: height(".gd-handout-room"),
        asked: part.querySelector(".gd-handout-asked b")?.textContent ?? null }}; }})"""


def drawn_sheet(page, lesson):
    """Every step stands on paper with its picture and its code; what the browser would print."""
    page.wait_for_function("() => window.printed", timeout=60_000)
    page.emulate_media(media="print")
    assert page.locator(".gd-main").is_hidden() and page.locator(".gd-head").is_hidden()
    parts = page.evaluate(SHEET)
    assert [part["say"] for part in parts] == [step.say for step in lesson.steps]
    for part, step in zip(parts, lesson.steps, strict=True):
        assert part["wide"] > 800 and part["tall"] > 100 and part["code"] > 60
        assert part["asked"] == (step.question.ask if step.question else None)
        assert (part["room"] > 30) == (step.question is not None)
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format="A4")))
    assert len(lesson.steps) / 3 <= pages <= len(lesson.steps)


def test_the_file_is_printed_with_a_picture_and_a_code_for_each_step(open_file):
    page = open_file(viewport={"width": 1280, "height": 720})
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.get_by_role("button", name="Printed sheet").click()
    drawn_sheet(page, SMALL)
