"""Time against length: what the file holds is what the page shows, and exponents are those of the times."""

from __future__ import annotations

import numpy as np
import pytest

from app.chapters.segments.cost import Cost, measured
from app.chapters.segments.pack import pack
from app.message import read
from core import simulate
from core.segments.attention import ATTENTIONS


def powers(**exponents):
    lengths = [64, 128, 256, 512, 1024, 2048]
    return Cost("a machine", "2.0", 1, 64, lengths, {kind: [c * N**p for N in lengths] for kind, (c, p) in exponents.items()})


def test_exponents_and_the_crossing_are_those_of_the_times():
    cost = powers(astro=(1e-6, 1.0), softmax=(1e-8, 2.0))
    assert cost.slope("astro") == pytest.approx(1.0) and cost.slope("softmax") == pytest.approx(2.0)
    assert cost.crossing() == pytest.approx(100.0)
    assert np.isnan(powers(astro=(1e-9, 1.0), softmax=(1e-8, 2.0)).crossing())  # nowhere among these lengths


def test_the_file_names_its_machine_and_has_every_attention_at_every_length():
    cost = measured()
    assert cost.machine and cost.threads == 1 and set(cost.seconds) == set(ATTENTIONS)
    assert all(len(times) == len(cost.lengths) and min(times) > 0 for times in cost.seconds.values())
    assert cost.lengths[0] < cost.crossing() < cost.lengths[-1]


def test_a_run_brings_it_to_the_page():
    shown, cost = read(pack([simulate(system="segments")]))[0]["cost"], measured()
    assert (shown["machine"], shown["lengths"]) == (cost.machine, list(cost.lengths))
    assert shown["seconds"] == {kind: list(times) for kind, times in cost.seconds.items()}
    assert shown["slopes"] == {kind: cost.slope(kind) for kind in cost.seconds}
