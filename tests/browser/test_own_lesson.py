"""A lesson of one's own, a person's whole way: made, saved, opened again and played; shown by a speaker, printed, taken home."""

from __future__ import annotations

from app.chapters.lessons import OWN, read_lesson
from tests.browser.conftest import PLAYING, written
from tests.browser.small_lesson import CHAPTERS
from tests.browser.test_access import axe, faults  # noqa: F401
from tests.browser.test_files import drop
from tests.browser.test_lesson_file import drawn_sheet
from tests.browser.test_lessons import PAGE, SETTINGS, SHOWN, answered
from tests.browser.test_page import STAGE

STUDY = '\n[[step]]\nchapter = "retrieval"\nsay = "A map."\nstudy = "regimes?points=2&trials=2&models=hopfield"\n'
PRINTED = "window.print = () => { window.printed = true; };"


def drawer(page):
    page.locator("[data-part='maker'] > summary").click()
    return page.locator("[data-part='maker']")


def heads(page):
    return page.locator(".gd-maker-head").all_inner_texts()


def add(page, sentence):
    """By keyboard alone: the focus is on the sentence of the new step."""
    count = page.locator(".gd-maker-head").count()
    page.get_by_role("button", name="Add this as a step").press("Enter")
    page.wait_for_function(f"count => {PAGE}.face.querySelectorAll('.gd-maker-head').length === count + 1", arg=count)
    page.keyboard.type(sentence)
    assert heads(page)[-1] == f"{count + 1}. {sentence}"
    return page.locator(".gd-maker-steps > li").last


def come(page, at, say):
    page.wait_for_function(f"at => {PAGE}.shown.lesson?.at === at", arg=at)
    page.wait_for_function(f"() => ({STAGE})().gliascope.goal !== null")
    assert page.locator(".gd-lesson-say").inner_text() == say


def made(page, url):
    """Three steps of two chapters, the second one with a question; the file that was saved of them."""
    drawer(page)
    add(page, "Look at it.")
    page.get_by_label("Notes for who teaches", exact=True).fill("Wait for them.")
    page.locator(".gd-maker-head").press("Enter")
    page.get_by_label("T, exact value").fill("0.5")
    page.get_by_label("T, exact value").press("Enter")
    page.wait_for_function(f"() => ({SETTINGS})().T === 0.5")
    page.evaluate(f"() => ({STAGE})().gliascope.command('seek', {{ frame: 20 }})")
    step = add(page, "How does it end?")
    step.get_by_label("Question").select_option("number")
    assert page.locator(".gd-maker-said li").first.inner_text().startswith("Your lesson, step 2: “ask”")
    step.get_by_label("What is asked").fill("How many bits are wrong?")
    step.get_by_label("The truth is this quantity").select_option("wrong_end")
    page.locator(".gd-maker-said li").first.wait_for(state="detached")
    page.goto(f"{url}context")
    page.wait_for_selector(PLAYING)
    drawer(page)
    assert heads(page) == ["1. Look at it.", "2. How does it end?"]  # the tab has kept it
    add(page, "Here a context decides.")
    up = page.get_by_role("button", name="Move step 3 up")
    up.focus()
    page.keyboard.press("Enter")
    assert heads(page) == ["1. Look at it.", "2. Here a context decides.", "3. How does it end?"]
    page.keyboard.press("Enter")  # the focus has gone along
    assert heads(page)[0] == "1. Here a context decides."
    page.get_by_role("button", name="Move step 1 down").press("Enter")
    page.get_by_role("button", name="Delete step 2").press("Enter")
    assert heads(page) == ["1. Look at it.", "2. How does it end?"]
    page.get_by_role("button", name="Bring back").press("Enter")
    assert len(heads(page)) == 3
    with page.expect_download() as download:
        page.get_by_role("button", name="Save file").press("Enter")
    assert download.value.suggested_filename == "my-lesson.toml"
    return open(download.value.path(), encoding="utf-8").read()


def test_a_lesson_is_made_saved_opened_and_played(visit, served, axe):  # noqa: F811
    page = visit("?v=1&seed=3")
    text = made(page, served.url)
    lesson, said = read_lesson(OWN, text, CHAPTERS)
    assert said == [] and [step.chapter for step in lesson.steps] == ["retrieval", "context", "retrieval"]
    assert lesson.steps[0].clock.waits and lesson.steps[2].clock.end > 0 and lesson.steps[2].values["T"] == 0.5
    assert lesson.steps[2].values["outcome"] == "hidden" and lesson.steps[2].question.ask == "How many bits are wrong?"
    page.evaluate(axe)
    for head in page.locator(".gd-maker-head").all():
        head.click()
    assert faults(page) == []
    page.evaluate("() => sessionStorage.clear()")
    page.goto(f"{served.url}?v=1")
    page.wait_for_selector(PLAYING)
    drawer(page)
    assert heads(page) == []
    for content, words in (("[[[", "cannot be read as TOML"), ('title = "x"', "“step”"), ("x" * 300_000, "letters")):
        drop(page, ("a.toml", "", content.encode()))
        page.locator(".gd-passing").filter(has_text=words).wait_for()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open …").press("Enter")
    chooser.value.set_files([{"name": "mine.toml", "mimeType": "", "buffer": text.encode()}])
    page.locator(".gd-maker-head").nth(2).wait_for()
    drop(page, ("d.toml", "", b"title = 3"))  # what is wrong takes nothing away
    page.locator(".gd-maker-said li").first.wait_for()
    assert len(heads(page)) == 3
    page.get_by_role("button", name="Play it").press("Enter")
    come(page, 1, "Look at it.")
    page.keyboard.press("PageDown")
    page.wait_for_url("**/context?*")
    page.wait_for_selector(PLAYING)
    come(page, 2, "Here a context decides.")
    page.keyboard.press("PageDown")
    page.wait_for_url(lambda url: "/context" not in url)
    page.wait_for_selector(PLAYING)
    come(page, 3, "How does it end?")
    assert page.evaluate(SETTINGS)["T"] == 0.5
    asked = page.locator(".gd-ask")
    asked.get_by_role("slider").fill("2")
    asked.get_by_role("button", name="That is my guess").click()
    answered(page)
    assert page.evaluate(SHOWN)["verdict"]["guess"] == "2"
    page.go_back()
    page.wait_for_selector(PLAYING)
    come(page, 2, "Here a context decides.")
    stranger = visit(f"context?{written(page)}")  # its link, without the lesson
    stranger.locator(".gd-passing").filter(has_text="maker’s own").wait_for()
    assert stranger.evaluate(SETTINGS) == page.evaluate(SETTINGS)


def test_it_is_shown_by_a_speaker_printed_and_taken_home_with_its_map(visit, chromium, tmp_path):
    page = visit("?v=1", script=PRINTED)
    text = 'title = "Mine"\n[[step]]\nsay = "One."\nnotes = "Wait."\n[[step]]\nsay = "Two."\nclock = { to = 1 }\n' + STUDY
    drawer(page)
    drop(page, ("mine.toml", "", text.encode()))
    page.locator(".gd-maker-head").nth(2).wait_for()
    page.get_by_role("button", name="Play it").click()
    come(page, 1, "One.")
    with page.expect_popup() as opened:
        page.get_by_role("button", name="Speaker’s window").click()
    speaker = opened.value
    speaker.wait_for_selector(PLAYING)
    come(speaker, 1, "One.")
    assert speaker.locator(".gd-speaker-notes").inner_text() == "Wait."
    speaker.keyboard.press("PageDown")
    come(page, 2, "Two.")
    speaker.close()
    page.get_by_text("Take this lesson home").click()
    page.get_by_role("button", name="Printed sheet").last.click()
    lesson, _ = read_lesson(OWN, text, CHAPTERS)
    drawn_sheet(page, lesson)
    page.emulate_media(media="screen")
    assert page.evaluate(SHOWN)["at"] == 2  # what is on show has not moved
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML file").click()
    assert download.value.suggested_filename == "mine.html"
    file = tmp_path / "mine.html"
    download.value.save_as(file)
    context = chromium.new_context(offline=True, reduced_motion="reduce")
    home = context.new_page()
    home.goto(f"{file.as_uri()}?step=3")
    shown = home.frame_locator("iframe[data-shown]")
    shown.locator(".gl[data-state='done']").wait_for()
    assert shown.locator(".gl-sentence").inner_text() and home.locator(".gd-lesson-say").inner_text() == "A map."
    home.locator("iframe[data-shown]").focus()
    home.keyboard.press("PageUp")
    come(home, 2, "Two.")
    context.close()
