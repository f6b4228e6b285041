"""Numbers in sentences are written as the browser writes them: both read the same table of cases."""

import json
from pathlib import Path

import pytest

from app.numbers import measured, number, share

CASES = json.loads((Path(__file__).parents[1] / "number_cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("value, text", CASES["number"])
def test_a_number(value, text):
    assert number(float(value)) == text


@pytest.mark.parametrize("value, error, text", CASES["measured"])
def test_a_value_with_its_error(value, error, text):
    assert measured(float(value), float(error)) == text


@pytest.mark.parametrize("part, text", CASES["share"])
def test_a_share_in_per_cent(part, text):
    assert share(part) == text
