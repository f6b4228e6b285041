"""The astrocyte's attention: linear attention where it should be, weights that can be drawn, and no place without R."""

from __future__ import annotations

import numpy as np
import pytest

from core.segments.attention import Relative, attention_of, phi, phi_slope

CASES = range(60)


def draw(case: int):
    rng = np.random.default_rng(case)
    N, d, m = rng.integers(2, 60), rng.integers(1, 20), rng.integers(1, 20)
    Q, K = rng.standard_normal((2, 1, N, m))
    return rng, Q, K, rng.standard_normal((1, N, d))


def relative_difference(found, wanted):
    return np.abs(found - wanted).max() / np.abs(wanted).max()


@pytest.mark.parametrize("case", CASES)
def test_with_exponent_one_and_no_positions_it_is_linear_attention(case):
    _, Q, K, V = draw(case)
    m = Q.shape[-1]
    plain = phi(Q[0]) @ phi(K[0]).T
    plain = plain @ V[0] / plain.sum(axis=1, keepdims=True)
    astro, _ = attention_of("astro", m, 1.0, None).forward(Q, K, V)
    linear, _ = attention_of("linear", m, 0.25, None).forward(Q, K, V)
    assert relative_difference(m * astro[0], plain) <= 1e-12 and relative_difference(linear[0], plain) <= 1e-12


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["astro", "linear", "softmax"])
def test_the_implied_weights_give_the_output(case, name):
    rng, Q, K, V = draw(case)
    attention = attention_of(name, Q.shape[-1], rng.uniform(0.05, 1), phi(rng.standard_normal(K.shape[1:])))
    out, kept = attention.forward(Q, K, V)
    weights = attention.weights(kept)
    assert relative_difference(weights @ V, out) <= 1e-12 and (weights >= 0).all()
    if name != "astro":
        assert np.allclose(weights.sum(axis=-1), 1)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["astro", "linear", "softmax"])
def test_without_positions_no_place_is_another(case, name):
    rng, Q, K, V = draw(case)
    order = rng.permutation(Q.shape[1])
    attention = attention_of(name, Q.shape[-1], 0.25, None)
    out, _ = attention.forward(Q, K, V)
    moved, _ = attention.forward(Q[:, order], K[:, order], V[:, order])
    assert relative_difference(moved, out[:, order]) <= 1e-12


def test_the_astrocytes_positions_tell_places_apart():
    rng, Q, K, V = draw(3)
    m, N = Q.shape[-1], Q.shape[1]
    attention = attention_of("astro", m, 0.25, Relative.of(rng.standard_normal((m, N))).value)
    out, _ = attention.forward(Q, K, V)
    moved, _ = attention.forward(Q[:, ::-1], K[:, ::-1], V[:, ::-1])
    assert relative_difference(moved, out[:, ::-1]) > 1e-3


def test_phi_and_its_slope():
    x = np.linspace(-5, 5, 1001)
    assert np.allclose(phi(x), np.where(x > 0, x + 1, np.exp(x)), rtol=1e-15)
    assert np.allclose(phi_slope(phi(x)), np.where(x > 0, 1, np.exp(x)), rtol=1e-15)
