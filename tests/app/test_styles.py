"""Style sheets that every engine can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
SHEETS = sorted(APP.rglob("*.css"))


def rules(path: Path) -> list[tuple[str, str]]:
    """Selectors and declarations; what surrounds a rule is dropped."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [(selector.strip(), body) for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text)]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_a_selector_that_an_engine_does_not_know_costs_no_other_one(path):
    """Of a list with one such selector the whole rule is lost: Firefox before 121 knows no :has."""
    unsafe = [selector for selector, _ in rules(path) if ":has(" in selector and "," in re.sub(r"\([^()]*\)", "", selector)]
    assert unsafe == []


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_what_is_said_of_a_slider_to_one_engine_is_said_to_the_others(path):
    def parts(engine: dict[str, str]) -> list[list[str]]:
        found = [selector.partition("::") for selector, _ in rules(path)]
        return sorted([before, engine[part]] for before, _, part in found if part in engine)

    webkit = parts({"-webkit-slider-thumb": "thumb", "-webkit-slider-runnable-track": "track"})
    assert webkit == parts({"-moz-range-thumb": "thumb", "-moz-range-track": "track"})
