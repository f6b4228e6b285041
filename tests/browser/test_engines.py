"""Every page in Firefox and in WebKit, the engine of Safari: it opens, plays, obeys, comes back, and complains of nothing."""

from __future__ import annotations

import json
import zipfile

import pytest

from app.pages import pages
from app.words import words
from core import load_run
from tests.browser._engines import RIGHT, Browser, Firefox, WebKit
from tests.browser.conftest import missing

PAGE = words()["page"]
CHAPTERS = {path: page for path, page in pages().items() if page.chapter is not None}
STUDIES = {path: page for path, page in pages().items() if page.chapter is None}
SMALL = "?points=4&trials=6"  # of a study
STAGE = "found('.gs')"
SETTINGS = f"{STAGE}.gliascope.scene.run.settings"
SLIDER = "input[type=range][aria-label^='T ']"
# Several frames of the run have been painted, one after the other.
PLAYS = f"""
    const seen = new Set();
    await new Promise((done) => requestAnimationFrame(function look() {{
        seen.add({STAGE}.dataset.frame);
        if (seen.size >= 8) done(); else requestAnimationFrame(look);
    }}));
    return seen.size;"""


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=lambda kind: kind.name)
def browser(request, tmp_path_factory):
    if sentence := request.param.missing():
        missing(sentence)
    browser = request.param(tmp_path_factory.mktemp(request.param.name))
    try:
        browser.start()
        yield browser
    finally:
        browser.quit()


def stands(browser: Browser) -> None:
    browser.until(f"Number({STAGE}.dataset.frames)", "no run on the stage")


def moved(browser: Browser, by) -> None:
    """The deed changes T in the run on the stage."""
    before = browser.run(f"return {SETTINGS}.T;")
    by()
    browser.until(f"{SETTINGS}.T !== {json.dumps(before)}", f"the run keeps T = {before}")


def click(browser: Browser, kind: str, text: str) -> None:
    browser.until(f"Boolean(called({json.dumps(kind)}, {json.dumps(text)}))", f"there is no {kind} that says {text}")
    browser.run(f"called({json.dumps(kind)}, {json.dumps(text)}).click();")


def by_key(browser: Browser) -> None:
    browser.run(f"found({json.dumps(SLIDER)}).focus();")
    browser.press(RIGHT)


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_chapter_plays_and_its_slider_is_moved_by_key_and_by_hand(path, browser, served):
    browser.open(f"{served.url}{path}?speed=0.25")
    stands(browser)
    browser.until(f"{STAGE}.dataset.playing === 'true'", "it does not play by itself")
    assert browser.run(PLAYS)
    if path == "":  # the sliders of others are their own
        moved(browser, lambda: by_key(browser))
        moved(browser, lambda: browser.drag(SLIDER, 0.3, 0.7))


def test_back_from_every_study_finds_a_page_that_lives_and_a_study_comes_to_an_end(browser, served):
    browser.open(served.url)
    stands(browser)
    moved(browser, lambda: by_key(browser))
    for path, page in STUDIES.items():
        T = browser.run(f"return {SETTINGS}.T;")
        browser.until(f"Number(new URLSearchParams(location.search).get('T')) === {T}", "the address does not follow")
        browser.run(f"window.isLeft = true; called('nav a', {json.dumps(page.link)}).click();")
        browser.until(f"location.pathname === '/{path}' && found('.gl')?.dataset.state", f"no link leads to {path}")
        browser.back()
        # What WebKit brings is the page as it was left, whose line is closed: it has to be opened anew.
        browser.until(f"!window.isLeft && Number({STAGE}.dataset.frames)", f"back from {path} leads to a page that is dead")
        assert browser.run(f"return {SETTINGS}.T;") == T
        moved(browser, lambda: by_key(browser))
    browser.open(f"{served.url}{path}{SMALL}")
    browser.until("found('.gl')?.dataset.state === 'done'", "the study comes to no end")


def test_a_file_arrives_and_the_offline_page_plays(browser, served):
    browser.open(f"{served.url}?seed=3&speed=0.25")
    stands(browser)
    click(browser, "summary", PAGE["take_away"])
    click(browser, "button", PAGE["npz"])
    path = browser.downloaded(".npz")
    assert zipfile.is_zipfile(path) and load_run(path).settings["seed"] == 3
    click(browser, "button", "HTML")
    browser.open(browser.downloaded(".html").as_uri())
    stands(browser)
    browser.until(f"{STAGE}.dataset.playing === 'true'", "the offline page does not play by itself")
    assert browser.run(PLAYS)


def test_nothing_is_complained_of(browser, served):
    """Last, as a browser tells of all that was done before."""
    urls = [f"{served.url}{path}{'' if path in CHAPTERS else SMALL}" for path in pages()]
    assert browser.complaints(urls) == []
