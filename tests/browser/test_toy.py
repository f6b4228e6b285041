"""A chapter that somebody else wrote, in a folder on Python's path, plays in a browser as ours does."""

from __future__ import annotations

import pytest

from tests.browser.conftest import ROOT, Served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys")
    server = Served(folder / "log", "--cache", str(folder / "cache"), PYTHONPATH=str(ROOT / "tests" / "toy"))
    yield server
    server.stop()


@pytest.mark.parametrize("address", ["decay", "march"])
def test_a_chapter_from_elsewhere_plays_to_its_end(visit, address):
    page = visit(address, plays=True)
    page.keyboard.press("End")
    said = [element.inner_text().strip() for element in page.locator(".gs h2, .gs [data-fact]").all()]
    assert len(said) >= 3 and not {"", "–", "undefined"} & set(said), said
    page.get_by_role("slider").first.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('v=1')")


def test_a_map_of_a_system_with_one_model_names_no_memory(visit):
    page = visit("tune?system=decay", ready=".gl")
    page.locator(".gl h2").first.wait_for()
    assert "undefined" not in page.locator(".gl").inner_text()
    assert page.get_by_label("memory").count() == 0
