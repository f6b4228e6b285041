"""The site without a server, in a real browser that reaches nothing but the folder."""

from __future__ import annotations

import csv
import functools
import http.server
import json
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from app.address import parse_address
from app.chapters import chapters
from app.chapters.session import ChapterSession
from app.message import read
from app.static import build, wire
from app.studies import studies
from app.words import words
from tests.browser.conftest import PLAYING, found
from tests.static.packed import scenes_alone, unpacked, whole_site

SHOWN = f"() => ({found('gd')})().gliascope.shown"


REACHED = b"""
self.python = () => python;
"""
DIES = b"""
addEventListener("message", ({ data }) => { if (data.call) throw new Error("this worker is gone"); });
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files as they are; the worker's script waits while it is held back, and tests reach its Python; the runtime may be broken,
    and of the workers that are started next some may die of the first thing that they are given to do."""

    def do_GET(self):
        if "/worker-" in self.path:
            self.server.gate.wait(60)
            dies = bool(self.server.deaths) and self.server.deaths.pop(0)
            script = Path(self.translate_path(self.path)).read_bytes() + REACHED + (DIES if dies else b"")
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.send_header("Content-Length", str(len(script)))
            self.end_headers()
            self.wfile.write(script)
        elif self.server.is_broken and self.path.endswith("pyodide.mjs"):
            self.send_error(500)
        else:
            super().do_GET()

    def end_headers(self):
        if "/worker-" in self.path:
            self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_):
        pass


class Folder(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        self.gate, self.is_broken, self.deaths = threading.Event(), False, []
        self.gate.set()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


def shown_from(folder):
    server = Folder(folder)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Without what computes."""
    folder = tmp_path_factory.mktemp("plain")
    build.write(scenes_alone(), folder)
    yield from shown_from(folder)


@pytest.fixture(scope="module")
def whole():
    yield from shown_from(whole_site())


@pytest.fixture(scope="module")
def one_file(tmp_path_factory):
    place = tmp_path_factory.mktemp("stick") / build.WHOLE
    place.write_bytes((whole_site() / build.WHOLE).read_bytes())
    return place.as_uri()


@pytest.fixture
def open_page(chromium):
    contexts, complaints, foreign = [], [], []

    def open_page(address: str, ready: str = PLAYING, complains=False):
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        context.on("request", lambda asked: urlsplit(asked.url).hostname in ("127.0.0.1", None, "") or foreign.append(asked.url))
        page = context.new_page()
        if not complains:
            page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.wait_for_selector(ready, timeout=PATIENCE)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == [] and complaints == []


def shown(page):
    return page.evaluate(SHOWN)


@pytest.mark.parametrize("name", [*chapters()])
def test_each_chapter_plays_its_first_scene_and_others_without_computing(plain, open_page, name):
    chapter = chapters()[name]
    page = open_page(plain.url + (f"{name}.html" if chapter.path else ""))
    first, second = [*chapter.scenes][:2]
    assert shown(page)["scene"] == first
    page.wait_for_function(f"() => ({SHOWN})().address === location.search.slice(1)")
    page.get_by_label("Scene", exact=True).select_option(second)
    page.wait_for_function(f"() => ({SHOWN})().scene === '{second}'")
    assert "computes nothing else" in page.locator(".gd-line:not([hidden])").inner_text()
    page.wait_for_function(f"() => new URLSearchParams(location.search).get('scene') === '{second}'")
    page.reload()  # the address that the page wrote is that of the scene
    page.wait_for_selector(PLAYING)
    assert shown(page)["scene"] == second
    page.get_by_role("button", name="Hall", exact=True).click()
    page.wait_for_function(f"() => ({SHOWN})().view.hall")
    assert "hall=1" in shown(page)["address"]


# ---------------------------------------------------------------------------------------------------------------- computing

STATE = f"() => {{ const {{ port }} = ({found('gd')})().gliascope; return [port.isReady, port.isDead]; }}"
ARRAYS = f"""() => {{
  const {{ run }} = ({found("gd")})().gliascope.port.page.stage.scene;
  return {{ t: [...run.t], energy: [...run.arrays.energy], outcome: run.outcome, sentence: run.sentence }};
}}"""
PATIENCE = 120_000  # milliseconds, on a machine that is busy


def wait_until_ready(page):
    page.wait_for_function(f"() => ({STATE})().some(Boolean)", timeout=PATIENCE)
    assert page.evaluate(STATE) == [True, False]


@pytest.fixture
def held_back(whole):
    """The worker is not there before it is let go."""
    whole.gate.clear()
    yield whole
    whole.gate.set()


@pytest.mark.parametrize("name", [*chapters()])
def test_each_chapter_plays_at_once_then_a_slider_changes_the_run_as_core_does_then_another_scene(held_back, open_page, name):
    chapter = chapters()[name]
    begun = time.perf_counter()
    page = open_page(held_back.url + (f"{name}.html" if chapter.path else ""))
    plays = time.perf_counter() - begun
    first, second = [*chapter.scenes][:2]
    assert shown(page)["scene"] == first and page.evaluate(STATE) == [False, False]
    held_back.gate.set()
    wait_until_ready(page)
    ready = time.perf_counter() - begun

    slider = page.locator(".gd-slider input[type=range]").first
    slider.focus()
    begun = time.perf_counter()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => ({SHOWN})().scene === ''")
    moved = time.perf_counter() - begun
    print(f"{name}: plays after {plays:.1f} s, sliders after {ready:.1f} s, {1000 * moved:.0f} ms from a slider to its run")
    state = shown(page)
    values, notices = chapter.read_text(state["address"])
    assert notices == []
    if chapter.awaited(values) is None:
        [server] = ChapterSession(chapter, values).opening()
        header, arrays = read(server["run"])
        run = page.evaluate(ARRAYS)
        assert not state["notice"] and run["sentence"] == header["sentence"] and run["outcome"] == header["outcome"]
        assert run["t"] == pytest.approx(arrays["t"].tolist(), rel=1e-9, abs=1e-9)
        assert run["energy"] == pytest.approx(arrays["energy"].tolist(), rel=1e-9, abs=1e-9)
        before = ""
    else:  # it would be trained first
        page.get_by_role("button", name="Stop", exact=True).click()
        page.wait_for_function(f"() => ({SHOWN})().scene === '{first}'")
        before = first

    page.get_by_label("Scene", exact=True).select_option(second)
    page.wait_for_function(f"() => ({SHOWN})().scene === '{second}'")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function(f"() => ({SHOWN})().scene === '{before}'")


def test_what_is_done_before_the_worker_is_ready_waits_and_is_done(held_back, open_page):
    chapter = chapters()["retrieval"]
    second = [*chapter.scenes][1]
    page = open_page(held_back.url)
    page.get_by_label("Scene", exact=True).select_option(second)
    page.wait_for_function(f"() => ({SHOWN})().scene === '{second}'")  # from its file
    slider = page.locator(".gd-slider input[type=range]").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    wanted = page.locator(".gd-slider input[type=text]").first.input_value()
    page.wait_for_selector(".gd-passing:not([hidden])")
    assert "still loading" in page.locator(".gd-passing").inner_text()
    held_back.gate.set()
    wait_until_ready(page)
    page.wait_for_function(f"() => ({SHOWN})().scene === ''")
    values = chapter.values_of_scene(chapter.scenes[second])
    state, name = shown(page), chapter.sliders[0]
    assert state["sliders"][name]["text"] == wanted
    assert state["fields"]["seed"] == str(values.get("seed", chapter.defaults["seed"]))
    assert page.locator(".gd-passing:not([hidden])").count() == 0


# In the worker: each scene's opening, but for those that need a training that is not there.
OPENINGS = """
import json
from app.chapters import chapters
from app.chapters.session import ChapterSession
from app.static.wire import as_text
said = {}
for chapter in chapters().values():
    for key in chapter.scenes:
        values, notices = chapter.opening({"scene": [key]})
        if chapter.awaited(values) is None:
            [message] = ChapterSession(chapter, values, notices).opening()
            said[chapter.name + " " + key] = as_text(message)
json.dumps(said)
"""


def differences(here, there, place=""):
    """What of a worker's message is not as on this machine: texts and whole numbers are to be the same, others to 1e-9 of the
    largest beside them (1e-6 where they are sent with single precision)."""
    if isinstance(there, bytes):
        (header, arrays), (others, theirs) = read(here), read(there)
        yield from differences(header, others, place)
        if "leaders_so_far" in theirs:
            theirs["leaders_so_far"] = untied(arrays, theirs)
        yield from differences(dict(arrays), dict(theirs), place)
    elif isinstance(there, dict):
        if here.keys() != there.keys():
            yield place, {*here} ^ {*there}
        for key in here.keys() & there.keys():
            yield from differences(here[key], there[key], f"{place} {key}")
    elif isinstance(there, (list, tuple)):
        if len(here) != len(there):
            yield place, len(here), len(there)
        for at, (one, other) in enumerate(zip(here, there, strict=False)):
            yield from differences(one, other, f"{place} {at}")
    elif isinstance(there, np.ndarray):
        near = 0 if there.dtype.kind != "f" else 1e-6 if there.dtype == np.float32 else 1e-9
        largest = np.abs(there[np.isfinite(there)]).max(initial=0)
        if here.shape != there.shape or not np.allclose(here, there, 0, near * largest, equal_nan=True):
            yield place, here, there
    elif here != (pytest.approx(there, rel=1e-9, abs=1e-9) if isinstance(there, float) else there):
        yield place, here, there


def untied(here, there):
    """The memories that lead by then, in the order of this machine where only a tie of their gains decides it."""
    most = np.maximum.accumulate(there["p"], axis=0).astype(int)
    ours, theirs = here["leaders_so_far"], there["leaders_so_far"]
    is_same = np.sort(ours) == np.sort(theirs)
    is_tie = np.abs(np.take_along_axis(most, ours, 1) - np.take_along_axis(most, theirs, 1)) <= 1
    return np.where(is_same & is_tie, ours, theirs)


def test_the_worker_sends_for_every_scene_what_this_machine_sends(whole, open_page):
    page = open_page(whole.url)
    wait_until_ready(page)
    said = json.loads(page.workers[0].evaluate("(code) => python().runPython(code)", OPENINGS))
    every = {f"{name} {key}" for name, chapter in chapters().items() for key in chapter.scenes}
    assert {name for name in every - {*said} if not name.startswith("segments ")} == set() and len(said) > len(every) - 8
    for name in every & {*said}:
        chapter, key = name.split(" ")
        here = unpacked(wire.as_text(build.opening(chapters()[chapter], key)))
        assert list(differences(here, unpacked(said[name]))) == [], name


def test_the_file_that_has_all_pages_is_taken_away(whole, open_page):
    page = open_page(whole.url)
    assert read_file(page, chapters()["retrieval"].words["page"]["whole"]) == (whole_site() / build.WHOLE).read_bytes()


def test_an_address_of_ones_own_is_computed_before_the_page_opens(whole, open_page):
    page = open_page(whole.url + "?N=25&K=3&seed=7&T=oops")
    state = shown(page)
    assert (state["fields"]["N"], state["fields"]["K"], state["scene"]) == ("25", "3", "") and "oops" in state["notice"]


@pytest.fixture
def broken(whole):
    whole.is_broken = True
    yield whole
    whole.is_broken = False


def test_a_worker_that_dies_leaves_the_scenes(broken, open_page):
    second = [*chapters()["retrieval"].scenes][1]
    page = open_page(broken.url, complains=True)
    page.wait_for_selector(".gd-line:not([hidden])", timeout=PATIENCE)
    assert "scenes still play" in page.locator(".gd-line").inner_text()
    page.get_by_label("Scene", exact=True).select_option(second)
    page.wait_for_function(f"() => ({SHOWN})().scene === '{second}'")


# ------------------------------------------------------------------------------------------------------- studies, and one file


def read_file(page, button):
    """A file that is taken away by a press of this button."""
    page.locator("details[data-part=take] > summary").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name=button, exact=True).click()
    return Path(saved.value.path()).read_bytes()


def test_a_study_is_computed_in_workers_of_the_browser_as_core_does_and_is_kept(whole, open_page):
    address = "regimes.html?points=3&trials=6&K=10&horizon=2"
    page = open_page(whole.url + address, ready=".gl[data-state=done]")
    data = page.context.new_page()
    data.goto(whole.url + address)  # the same once more: every cell is in the browser's own store
    data.wait_for_selector(".gl[data-state=done]", timeout=PATIENCE)
    kept = data.evaluate("() => indexedDB.databases().then((all) => all.length)")
    assert kept == 1
    file = read_file(page, "CSV").decode()
    values, notices = studies()["regimes"].opening_of(parse_address("points=3&trials=6&K=10&horizon=2"))
    assert notices == []
    visitor = studies()["regimes"](values)
    study = visitor.study(visitor.values)
    rows = list(csv.DictReader(line for line in file.splitlines() if not line.startswith("#")))
    cells = list(study.run())
    assert len(rows) == study.count * study.trials
    errors = sorted(value for cell in cells for value in cell.values("error").tolist())
    assert sorted(float(row["error"]) for row in rows) == pytest.approx(errors, abs=1e-9)


def test_a_worker_of_a_study_that_dies_is_replaced_and_the_study_goes_on(whole, open_page):
    whole.deaths = [False, True]  # the page's own lives; the next one does not
    page = open_page(whole.url + "regimes.html?points=3&trials=5&K=10&horizon=2", ready=".gl[data-state=done]")
    assert whole.deaths == []
    page.get_by_text(words("app.studies")["study"]["worker_died"]).first.wait_for()
    assert page.evaluate(STATE) == [True, False]


def test_a_lesson_asks_judges_and_leads_to_studies_and_to_other_chapters(whole, open_page):
    lesson = chapters()["retrieval"].lessons["does-the-claim-hold"]
    at = next(at for at, step in enumerate(lesson.steps, 1) if step.question and lesson.steps[at].study)
    page = open_page(f"{whole.url}?v=1&lesson={lesson.name}&step={at}")
    assert page.locator(".gd-lesson-say").inner_text() == lesson.steps[at - 1].say
    frame = page.locator(".gd-studies iframe")  # of the next step, loaded ahead
    frame.wait_for(state="attached")
    assert frame.get_attribute("src").startswith("./regimes.html?")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")  # not sure
    page.locator(".gd-reply").wait_for()
    question = lesson.steps[at - 1].question
    assert shown(page)["lesson"]["verdict"]["guess"] is None
    assert page.locator(".gd-reply").inner_text().startswith(question.replies["unsure"].partition("{")[0])
    page.keyboard.press("PageDown")
    page.wait_for_function(f"() => ({SHOWN})().lesson.at === {at + 1}")

    crossing = chapters()["context"].lessons["context-decides"]
    at = next(at for at, step in enumerate(crossing.steps[1:], 1) if step.chapter != "context")
    page.goto(f"{whole.url}context.html?v=1&lesson={crossing.name}&step={at}")
    page.wait_for_selector(PLAYING, timeout=PATIENCE)
    page.keyboard.press("PageDown")
    page.wait_for_url(f"{whole.url}?v=1&lesson={crossing.name}&step={at + 1}**")
    page.wait_for_selector(PLAYING, timeout=PATIENCE)
    assert page.locator(".gd-lesson-say").inner_text() == crossing.steps[at].say


def test_a_chapter_of_another_folder_has_its_page_and_its_worker(whole, open_page):
    page = open_page(whole.url + "decay.html")
    assert page.get_by_role("link", name="March", exact=True).get_attribute("href").startswith("./march.html")
    wait_until_ready(page)
    page.locator(".gd-slider input[type=range]").first.press("ArrowRight")
    page.wait_for_function(f"() => ({SHOWN})().scene === ''")


def test_one_file_from_disk_opens_every_chapter_computes_trains_and_hands_over_files(one_file, open_page):
    page = open_page(one_file)
    wait_until_ready(page)
    page.locator(".gd-slider input[type=range]").first.press("ArrowRight")
    page.wait_for_function(f"() => ({SHOWN})().scene === ''")
    page.wait_for_function("() => location.search.includes('scene=&')")  # the address says so, also on disk
    assert read_file(page, "CSV").startswith(b"#")
    page.get_by_role("link", name="Context", exact=True).click()
    page.wait_for_function("() => location.hash === '#page=context'")
    page.wait_for_selector(PLAYING)
    page.get_by_role("link", name="Segments", exact=True).click()
    page.wait_for_function("() => location.hash === '#page=segments'")
    page.wait_for_selector(PLAYING)
    wait_until_ready(page)
    slider = page.locator(".gd-slider").filter(has_text="of training").locator("input[type=range]")
    slider.press("Home")  # the shortest training
    page.wait_for_function(f"() => ({SHOWN})().notice.includes('trained first')")
    page.wait_for_function(f"() => ({SHOWN})().scene === '' && !({SHOWN})().notice", timeout=PATIENCE)
