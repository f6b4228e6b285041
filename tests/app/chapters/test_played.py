"""A page plays the integrator of its chapter; a link that names none, and every study, means what it meant."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl

import pytest

from app.chapters import chapters
from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.session import ChapterSession
from app.pages import links_from, pages
from app.ports import DirectPort
from app.studies import studies
from core import simulate
from core.run import Run


def opened(text: str) -> ChapterSession:
    return ChapterSession(CHAPTER, *CHAPTER.opening(parse_qs(text, keep_blank_values=True)))


def run_of(session: ChapterSession) -> Run:
    return CHAPTER.segments(session.values)[0]


@pytest.mark.parametrize("address", ["", "hall=1", "theme=dark&speed=2"])
def test_a_page_that_is_asked_for_no_run_plays_the_chapters_integrator(address):
    assert run_of(opened(address)).settings["integrator"] == CHAPTER.integrator == "adaptive"


@pytest.mark.parametrize("address", ["seed=7", "scene=mirror", "T=0.5&tau_p=inf", "scene=hasty&sigma=5"])
def test_a_link_without_an_integrator_means_what_it_meant(address):
    session = opened(address)
    run = run_of(session)
    assert run.settings["integrator"] == "split"
    again = simulate(**{name: session.values[name] for name in CHAPTER.parameters})
    assert run.x.tobytes() == again.x.tobytes()


def test_scenes_and_reset_play_it_and_what_is_compared_and_pinned_does_too():
    session = opened("seed=7")
    for key in CHAPTER.scenes:
        session.open_scene(key)
        assert session.held.integrator == "adaptive"
        assert all(pin["integrator"] == "adaptive" for pin in CHAPTER.read_pins(session.held.pins))
    session.change({"integrator": "split"})
    session.reset()
    assert session.held.integrator == "adaptive"
    session.set({"T": "0.5"})
    assert session.held.integrator == "adaptive"
    session.undo()
    session.undo()
    assert session.held.integrator == "split"


def test_every_link_and_every_snippet_names_it():
    session = opened("")
    port = DirectPort(session)
    assert dict(parse_qsl(session.state()["address"]))["integrator"] == "adaptive"
    assert 'integrator="adaptive"' in port.hear({"do": "want", "what": "python"})[-1]["text"]["content"]
    session.change({"integrator": "split"})
    assert 'integrator="split"' in port.hear({"do": "want", "what": "python"})[-1]["text"]["content"]


def test_it_is_not_taken_to_a_study_nor_from_one():
    of_others = [chapter.path for name, chapter in chapters().items() if name != "retrieval"]
    for path, page in pages().items():
        if path in of_others:
            continue
        for _, (href, _, _, known, plays) in zip(pages(), links_from(path, "retrieval"), strict=True):
            other = pages()[href.removeprefix("./")]
            if other.path in of_others:  # which know none of its parameters
                assert known == []
                continue
            assert ("integrator" in known) == ((page.chapter is None) == (other.chapter is None))
            assert plays == ({"integrator": "adaptive"} if other.chapter else {})
    for kind in studies().values():
        assert kind.address_of("retrieval").defaults["integrator"] == "split"
