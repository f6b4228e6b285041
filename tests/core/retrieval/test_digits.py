"""The family of handwritten digits: what is stored, what a seed draws, how it is called, and that its licence goes with it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from core import simulate
from core.retrieval.digits import DIGIT_SHAPE, FILE, MOST_DIGITS, digit_kinds, digit_patterns, numbered
from core.retrieval.patterns import draw_memories
from core.retrieval.settings import settings_from

ROOT = Path(__file__).parents[3]


def stored(**given):
    return draw_memories(settings_from({"family": "digits", **given}))


def test_there_are_1750_distinct_digits_of_a_mean_overlap_of_047():
    digits = digit_patterns()
    assert digits.shape == (1750, 64) == (MOST_DIGITS, DIGIT_SHAPE[0] * DIGIT_SHAPE[1])
    assert set(np.unique(digits)) == {-1, 1}
    assert len({row.tobytes() for row in digits}) == 1750
    overlaps = digits.astype(int) @ digits.T / 64
    mean = (overlaps.sum() - 1750) / (1750 * 1749)
    assert mean == pytest.approx(0.47, abs=0.005)
    assert np.bincount([int(kind) for kind in digit_kinds()]).tolist() == [171, 157, 176, 182, 179, 182, 175, 175, 174, 179]
    with pytest.raises(ValueError):
        digits[0, 0] = 0  # it is everybody's


def test_a_seed_draws_without_replacement_and_names_what_it_drew():
    one = stored(K=400, seed=3)
    assert one.shape == (8, 8) and len({column.tobytes() for column in one.patterns.T}) == 400
    kinds = {row.tobytes(): kind for row, kind in zip(digit_patterns(), digit_kinds(), strict=True)}
    for name, column in zip(one.names, one.patterns.T, strict=True):
        assert kinds[column.tobytes()] == name[0]
    assert len(set(one.names)) == 400 and {"7a", "7b"} <= set(one.names)
    assert not np.array_equal(one.patterns, stored(K=400, seed=4).patterns)
    few = stored(K=40, seed=3)
    assert few.names == one.names[:40], "a larger K keeps the first ones, and what they are called"
    assert len(set(stored(K=1750).names)) == 1750


def test_names_count_on_after_z():
    names = numbered("7" * 28 + "3")
    assert (names[0], names[25], names[26], names[27], names[28]) == ("7a", "7z", "7aa", "7ab", "3a")


def test_digits_bring_their_sizes_and_refuse_others(refused):
    settings = settings_from({"family": "digits"})
    assert (settings.N, settings.K) == (64, 100)
    assert settings_from({"family": "digits", "K": 1750}).K == 1750
    with refused("N = 30", "64", "digits", "8×8"):
        simulate(family="digits", N=30)
    with refused("K = 1751", "from 1 to 1750", "digits"):
        simulate(family="digits", K=1751)


def test_a_digit_is_recalled():
    run = simulate(family="digits", tau_p=0.1, noise=0.1)
    assert run.outcome == "target" and run.names[0] == "4a"


def test_source_and_licence_go_with_the_data():
    notice = FILE.with_suffix(".LICENSE").read_text()
    head = "".join(line for line in FILE.read_text().splitlines() if line.startswith("#"))
    for text in (notice, head):
        assert "Alpaydin" in text and "10.24432/C50P49" in text and "CC BY 4.0" in text and "creativecommons.org" in text
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "CC-BY-4.0" in project["license"]
    assert any((ROOT / name).samefile(FILE.with_suffix(".LICENSE")) for name in project["license-files"])
