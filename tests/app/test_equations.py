"""The words beside the figures: whole, well-formed, tied to controls and figures, and asking no other host for anything."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from app.equations import SEEN_IN, SYMBOLS, equations_html
from app.words import EQUATIONS as WORDS
from core import PARAMETERS

FIGURES = {"neurons", "overlaps", "simplex", "attention", "energy"}


@pytest.fixture(scope="module")
def panel() -> ElementTree.Element:
    return ElementTree.fromstring(f"<panel>{equations_html()}</panel>")


def test_every_symbol_is_a_parameter_or_is_shown_somewhere(panel):
    for element in panel.iter():
        if (symbol := element.get("data-symbol")) is None:
            continue
        if element.tag == "button":
            assert symbol == panel.find(f".//li[@data-figure='{symbol}']").get("data-figure")
        elif symbol in SEEN_IN:
            assert element.get("data-figure") == SEEN_IN[symbol] in FIGURES
        else:
            assert symbol in PARAMETERS, symbol


def test_every_sentence_says_which_figure_it_speaks_of(panel):
    spoken = [element for element in panel.iter() if element.tag in ("p", "li", "div") and element.get("data-figure")]
    assert {element.get("data-figure") for element in spoken} == FIGURES
    assert len(spoken) > 20
    for text in (text for value in WORDS.values() if isinstance(value, tuple) for text in value[1:]):
        assert len(re.findall(r"[.!?](?: |$)", text)) <= 1, "one sentence each"


def test_the_papers_equations_are_all_there(panel):
    numbers = [element.text for element in panel.iter("mtext")]
    assert sorted(int(number.strip("()")) for number in numbers) == list(range(4, 12))
    assert len(panel.findall(".//math[@display='block']")) == len(numbers) + 2
    assert set(SYMBOLS) <= {element.get("data-symbol") for element in panel.iter()}


def test_nothing_is_fetched_and_nothing_is_run(panel):
    for element in panel.iter():
        assert element.tag not in ("script", "link", "img", "iframe", "object")
        assert not {"src", "href"} & set(element.attrib)
        assert not any(name.startswith("on") for name in element.attrib)
    assert "{" not in equations_html()


def test_the_names_of_figures_are_buttons_for_the_keyboard(panel):
    assert {button.get("data-symbol") for button in panel.iter("button")} == FIGURES
