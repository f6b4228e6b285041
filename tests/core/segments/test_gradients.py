"""Gradients by hand: against finite differences, and replay against everything kept, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from core.segments.block import Architecture, Block, Weights
from core.segments.replay import METHODS, loss_of, numbers_held, numbers_of_segment, read_on, way_back
from core.segments.retention import retention

STEP = 1e-6
PER_WEIGHT = 8


def case(segments: int, scaling: str = "printed", batch: int = 5, dtype: type = np.float64, **more):
    architecture = Architecture(12, 5, **{"kernel": 7, "width": 8, "hidden": 10, **more})
    block = Block(architecture, Weights.drawn(architecture, 1, dtype))
    rng = np.random.default_rng(segments)
    tokens = rng.integers(12, size=(batch, segments, architecture.tokens))
    return block, tokens, rng.integers(5, size=batch), retention(segments, 0.3, scaling).astype(dtype)


@pytest.mark.parametrize("segments", [1, 4])
@pytest.mark.parametrize("scaling", ["printed", "off"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"feedback": 1.0},
        {"astro_positions": False},
        {"positions": False},
        {"rows": 3},
        {"attention": "linear"},
        {"attention": "softmax"},
    ],
    ids=str,
)
def test_gradients_are_those_of_finite_differences(segments, scaling, more):
    block, tokens, right, factors = case(segments, scaling, **more)
    gradient = way_back(block, tokens, right, factors, "bptt").gradient
    rng = np.random.default_rng(0)

    def loss() -> float:
        return loss_of(read_on(Block(block.architecture, block.weights), tokens, factors), right)

    for name, values in block.weights.items():
        most = max(np.abs(gradient[name]).max(), 1e-4)
        for _ in range(PER_WEIGHT):
            i = tuple(rng.integers(size) for size in values.shape)
            kept = values[i]
            values[i] = kept + STEP
            above = loss()
            values[i] = kept - STEP
            below = loss()
            values[i] = kept
            assert abs((above - below) / (2 * STEP) - gradient[name][i]) <= 1e-6 * most, (name, i)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("segments", [4, 8, 16, 32])
@pytest.mark.parametrize("attention", ["astro", "linear", "softmax"])
def test_replay_is_full_backpropagation_bit_for_bit(segments, attention, dtype):
    given = case(segments, batch=8, dtype=dtype, attention=attention)
    kept, replayed = way_back(*given, "bptt", remember=True), way_back(*given, "replay", remember=True)
    assert np.abs(kept.gradient.flat - replayed.gradient.flat).max() == 0 and kept.loss == replayed.loss
    assert np.abs(kept.gradient.flat).max() > 0
    assert all(np.array_equal(a, b) for a, b in zip(kept.walk, replayed.walk, strict=True))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("segments", [1, 2, 8, 16])
def test_numbers_held_are_those_of_the_formula(segments, method):
    block, tokens, right, factors = case(segments)
    assert way_back(block, tokens, right, factors, method).held == numbers_held(block, len(tokens), segments, method)


def test_the_formulas():
    block, *_ = case(8, batch=4)
    one, memory = numbers_of_segment(block, 4), 4 * 2 * 8
    assert numbers_held(block, 4, 8, "bptt") == 8 * one and numbers_held(block, 4, 8, "truncated") == one
    assert numbers_held(block, 4, 8, "replay") == numbers_held(block, 4, 8, "literal") == one + 7 * memory


@pytest.mark.parametrize("segments", [1, 2, 4, 8, 16])
def test_the_literal_way_back_is_another_gradient_where_there_is_a_retention_factor(segments):
    given = case(segments)
    true, literal = (way_back(*given, method).gradient.flat for method in ("replay", "literal"))
    if segments == 1:
        assert np.array_equal(true, literal)
    else:
        assert np.linalg.norm(true - literal) > 0.1 * np.linalg.norm(true)
    plain = case(segments, "off")
    assert np.array_equal(way_back(*plain, "replay").gradient.flat, way_back(*plain, "literal").gradient.flat)


def test_the_literal_gradient_loses_its_direction_with_the_number_of_segments():
    """Cosine to the true one, and how many times as long."""
    found = {}
    for segments in (4, 8, 16):
        given = case(segments, width=16, kernel=16, hidden=32)
        true, literal = (way_back(*given, method).gradient.flat for method in ("replay", "literal"))
        lengths = np.linalg.norm(true), np.linalg.norm(literal)
        found[segments] = (true @ literal / (lengths[0] * lengths[1]), lengths[1] / lengths[0])
    assert found[4][0] > found[8][0] and found[4][1] < found[8][1] < found[16][1] and found[16][1] > 1e3


def test_truncation_leaves_all_but_the_last_segment_out():
    block, tokens, right, factors = case(4)
    cut = way_back(block, tokens, right, factors, "truncated", remember=True)
    whole = way_back(block, tokens, right, factors, "bptt", remember=True)
    assert all((d == 0).all() for d in cut.walk[:-1]) and np.array_equal(cut.walk[-1], whole.walk[-1])
    assert (cut.gradient["memory"] == 0).all() and (whole.gradient["memory"] != 0).any()


def test_the_retention_factor_takes_the_gradient_of_the_first_segment_away():
    """|∂L/∂mem₁| and |∂L/∂mem₈| before any training: only the newest is heard of."""
    sizes = {}
    for scaling in ("off", "printed"):
        walk = way_back(*case(8, scaling, batch=32, width=16, kernel=16, hidden=32), "replay", remember=True).walk
        sizes[scaling] = [float(np.linalg.norm(d)) for d in walk]
    assert sizes["off"][0] > 100 * sizes["printed"][0] and sizes["printed"][-1] > sizes["off"][-1]
