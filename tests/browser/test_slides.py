"""Slides drive a lesson from outside its frame: the two examples in the browser with reveal.js, and what strangers may say."""

from __future__ import annotations

import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.chapters import chapters
from app.words import words
from tests.browser.conftest import ROOT, found, missing

REVEAL = ROOT / "tests" / "node_modules" / "reveal.js"
EXAMPLES = ROOT / "app" / "lessons" / "slides"
LESSON = chapters()["retrieval"].lessons["noise-to-letter"]
SAID = words()["page"]["slides"]
STAGE = f"({found('gs')})().gliascope"
# What comes from the frame, for a test to read.
HEAR = """window.heard = [];
addEventListener("message", ({data}) => { if (data?.gliascope) heard.push(data); });"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def decks(tmp_path_factory, served):
    """A server of slides, on another origin than the page's."""
    if not REVEAL.is_dir():
        sentence = "reveal.js is not there: `npm ci --prefix tests` brings it."
        missing(sentence) if shutil.which("npm") else pytest.skip(sentence)
    folder = tmp_path_factory.mktemp("decks")
    (folder / "reveal.js").symlink_to(REVEAL)
    for name, text in (("reveal", (EXAMPLES / "reveal.html").read_text("utf-8")), ("quarto", rendered())):
        (folder / f"{name}.html").write_text(text.replace("http://localhost:5006/", served.url), "utf-8")
    (folder / "bare.html").write_text(f'<iframe width="1200" height="700" src="{served.url}?lesson={LESSON.name}"></iframe>')
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def rendered():
    """What Quarto makes of the example, as far as its script can see: headings are slides with their attributes."""
    text = (EXAMPLES / "quarto.qmd").read_text("utf-8").partition("---\n\n")[2]
    text = re.sub(r"```\{=html\}\n(.*?)```", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"(?m)^## (.*?) \{(.*?)\}$", r"</section><section \2><h2>\1</h2>", text)
    text = re.sub(r"(?m)^\[(.*?)\]\{\.fragment ?(.*?)\}$", r'<p><span class="fragment" \2>\1</span></p>', text)
    assert text.count("<section") == 3 and text.count("fragment") > 2
    return (
        '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="reveal.js/dist/reveal.css">'
        f'<div class="reveal"><div class="slides"><section>{text}</section></div></div>'
        '<script src="reveal.js/dist/reveal.js"></script><script>Reveal.initialize({center: false})</script>'
    )


def heard(page, what, count=1):
    page.wait_for_function("([what, count]) => heard.filter((one) => one.gliascope === what).length >= count", arg=[what, count])
    return page.evaluate("what => heard.filter((one) => one.gliascope === what)", what)


def inside(page):
    page.wait_for_function("() => document.querySelector('iframe')")
    return next(frame for frame in page.frames if frame.parent_frame)


def deck(visit, decks, name):
    return visit(url=f"{decks}{name}.html", script=HEAR, ready="iframe", width=1280, height=720)


@pytest.mark.parametrize("name", ["reveal", "quarto"])
def test_slides_of_reveal_drive_a_lesson_and_hear_of_it(visit, decks, name):
    page = deck(visit, decks, name)
    if name == "quarto":  # its title slide comes first
        heard(page, "ready")
        page.evaluate("() => Reveal.next()")
    assert heard(page, "step")[-1]["step"] == 1
    page.evaluate("() => Reveal.next()")
    page.wait_for_function("() => heard.at(-1)?.gliascope === 'step' && heard.at(-1).step === 2")
    frame = inside(page)
    assert frame.locator(".gd-lesson-say").inner_text() == LESSON.steps[1].say
    frame.locator(".gd-ask select").select_option(label="L")
    frame.get_by_role("button", name="That is my guess").click()
    [answered] = heard(page, "answered")
    assert answered == {"gliascope": "answered", "lesson": LESSON.name, "step": 2, "guess": "L"}
    page.wait_for_function("() => document.querySelector('.fragment.visible')")  # the slide goes on by itself
    [reached] = heard(page, "reached")
    assert reached["step"] == 2 and reached["right"] is False and reached["t"] > 1
    page.evaluate("() => Reveal.next()")
    page.wait_for_function("() => heard.at(-1)?.gliascope === 'step' && heard.at(-1).step === 3")
    page.evaluate("() => Reveal.next()")
    frame.wait_for_function(f"() => Math.abs({STAGE}.scene.t - 1.7) < 0.1")
    assert page.evaluate("() => heard.filter((one) => one.gliascope === 'says')") == []


WRONG = [
    ({"gliascope": "sing"}, SAID["unknown"].format(verb="sing", verbs="step, play, pause, seek, set, ask")),
    ({"gliascope": {"step": 1}}, SAID["unknown"].format(verb="object", verbs="step, play, pause, seek, set, ask")),
    ({"gliascope": "constructor"}, None),
    ({"gliascope": "x" * 100_000}, None),
    *(
        ({"gliascope": "step", "step": step}, SAID["step"].format(steps=len(LESSON.steps)))
        for step in (0, -1, 1.5, "2", None, [2], 1e300, 99)
    ),
    ({"gliascope": "step", "step": 2, "lesson": "none-such"}, None),
    *(({"gliascope": "seek", "t": t}, SAID["time"]) for t in (-1, "1", None, [])),
    *(
        ({"gliascope": "set", "changes": changes}, SAID["values"].format(most=20))
        for changes in (None, [], {}, {"T": None}, {"T": {}}, {f"a{i}": 1 for i in range(21)}, "T=1")
    ),
    ({"gliascope": "set", "changes": {"__proto__x": 1}}, SAID["parameter"].format(name="__proto__x")),
    ({"gliascope": "set", "changes": {"T": "hot"}}, None),
    ({"gliascope": "ask"}, SAID["nothing_asked"]),
]


def test_what_is_malformed_gets_a_sentence_and_changes_nothing(visit, decks):
    page = deck(visit, decks, "bare")
    ready = heard(page, "ready")[0]
    assert (ready["lesson"], ready["step"]) == (LESSON.name, 1)
    frame = inside(page)
    tell = "message => document.querySelector('iframe').contentWindow.postMessage(message, '*')"
    before = frame.evaluate(f"() => ({found('gd')})().gliascope.shown.address")
    said = 0
    for message, sentence in WRONG:
        page.evaluate(tell, message)
        said += 1
        text = heard(page, "says", said)[-1]["text"]
        assert text.endswith(".") and len(text) < 400 and sentence in (None, text), message
    assert frame.evaluate(f"() => ({found('gd')})().gliascope.shown.address") == before
    # What is nobody's business is passed over: other libraries' messages, and whoever is not the page around this one.
    for message in ("gliascope", 7, None, ["step"], {"step": 3}, {"namespace": "reveal"}):
        page.evaluate(tell, message)
    frame.evaluate("() => postMessage({gliascope: 'step', step: 3}, '*')")
    page.evaluate(tell, {"gliascope": "step", "step": 2})  # messages keep their order
    page.wait_for_function("() => heard.at(-1).gliascope === 'step'")
    assert page.evaluate("() => heard.at(-1).step") == 2
    assert len(heard(page, "says")) == said
    page.evaluate(tell, {"gliascope": "play"})  # a question is open
    assert heard(page, "says", said + 1)[-1]["text"] == words()["page"]["lesson"]["ask_first"]


def test_a_run_is_played_held_and_changed_from_outside(visit, decks):
    page = deck(visit, decks, "bare")
    heard(page, "ready")
    frame = inside(page)
    tell = "message => document.querySelector('iframe').contentWindow.postMessage(message, '*')"
    page.evaluate(tell, {"gliascope": "play"})
    frame.wait_for_function(f"() => {STAGE}.clock.playing")
    page.evaluate(tell, {"gliascope": "pause"})
    rest = heard(page, "rests")[-1]
    assert rest["end"] is False and frame.evaluate(f"() => {STAGE}.clock.playing") is False
    page.evaluate(tell, {"gliascope": "seek", "t": 1e9})
    frame.wait_for_function(f"() => {STAGE}.clock.position === {STAGE}.clock.last")
    page.evaluate(tell, {"gliascope": "set", "changes": {"T": 0.5, "seed": "7"}})
    frame.wait_for_function(f"() => {STAGE}.scene.run.settings.T === 0.5 && {STAGE}.scene.run.settings.seed === 7")
