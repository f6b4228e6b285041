"""Parameters: one table that decides what is accepted, says so in a sentence, and survives being written and read."""

from __future__ import annotations

import dataclasses
import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import PARAMETERS, Settings, ensemble, simulate
from core.random import LARGEST_SEED
from core.retrieval.settings import settings_from

NUMBERS = [name for name, p in PARAMETERS.items() if p.choices is None]
FLOATS = [name for name in NUMBERS if PARAMETERS[name].kind is float]
INTEGERS = [name for name in NUMBERS if PARAMETERS[name].kind is int]
NAMES = [name for name, p in PARAMETERS.items() if p.choices is not None]
BOUNDED = [name for name in NUMBERS if math.isfinite(PARAMETERS[name].high)]


def accepted(name: str) -> st.SearchStrategy:
    """Any value of a parameter that is accepted, down to the smallest floats and out to its limits."""
    p = PARAMETERS[name]
    if p.kind is int:
        return st.integers(p.low, LARGEST_SEED if math.isinf(p.high) else int(p.high))
    return st.floats(p.low, p.high, allow_nan=False, allow_infinity=math.inf in p.limits)


# ------------------------------------------------------------------------------------------------------------ the table


def test_defaults_are_the_papers_with_our_sigma():
    s = Settings()
    assert (s.N, s.K, s.T, s.tau_p, s.tau_x, s.sigma, s.noise, s.horizon) == (30, 100, 0.01, 1, 1, 5, 0.2, 10)
    assert (s.model, s.family, s.cue, s.integrator, s.temperature_x) == ("astrocyte", "coins", "flip", "split", 0)
    assert s.flips == 6


def test_every_field_says_its_symbol_meaning_range_and_scale():
    assert list(PARAMETERS) == [f.name for f in dataclasses.fields(Settings)]
    for name, p in PARAMETERS.items():
        assert p.name == name and p.symbol and len(p.meaning) > 10
        assert p.scale in ("linear", "log")
        assert p.check(p.default) == p.default and type(p.check(p.default)) is p.kind
        if p.shown:
            assert p.low <= p.shown[0] < p.shown[1] <= p.high
            assert p.scale == "linear" or p.shown[0] > 0


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().T = 1.0


@pytest.mark.parametrize(
    ("noise", "N", "flips"), [(0.2, 30, 6), (0.0, 30, 0), (1.0, 30, 30), (0.15, 20, 3), (0.34, 10, 3), (0.36, 10, 4)]
)
def test_flips_are_the_rounded_share_of_the_neurons(noise, N, flips):
    assert Settings(noise=noise, N=N).flips == flips


@given(N=st.integers(1, 2000), data=st.data())
def test_a_noise_of_n_over_N_flips_exactly_n(N, data):
    n = data.draw(st.integers(0, N))
    assert Settings(N=N, noise=n / N).flips == n


# ------------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "value", [math.nan, True, False, None, "often", [1], 1j, -math.inf, np.float64("nan"), np.bool_(True), np.array([1, 2])]
)
@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_number_is_refused_by_name_and_value(refused, name, value):
    with refused(f"{name} = {value!r}", "it must be a"):
        Settings(**{name: value})


@pytest.mark.parametrize("name", NUMBERS)
def test_infinity_is_accepted_for_time_constants_only(refused, name):
    if name in ("tau_p", "tau_x"):
        assert getattr(Settings(**{name: math.inf}), name) == math.inf
    else:
        with refused(f"{name} = inf", "it must be"):
            Settings(**{name: math.inf})


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_below_the_range_is_refused_with_the_range(refused, name):
    p = PARAMETERS[name]
    below = p.low - 1 if p.kind is int else float(np.nextafter(p.low, -math.inf))
    with refused(f"{name} = {below!r}", f"{p.low:g}"):
        Settings(**{name: below})


@pytest.mark.parametrize("name", BOUNDED)
def test_what_is_above_the_range_is_refused_with_the_range(refused, name):
    p = PARAMETERS[name]
    above = int(p.high) + 1 if p.kind is int else float(np.nextafter(p.high, math.inf))
    with refused(f"{name} = {above!r}", f"from {p.low:g} to"):
        Settings(**{name: above})


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_integers_beyond_all_floats_are_refused_in_a_short_sentence(refused, name, value):
    with refused(f"{name} = ", "(int)", "it must be"):
        Settings(**{name: value})


@pytest.mark.parametrize("name", INTEGERS)
def test_a_broken_whole_number_is_refused(refused, name):
    with refused(f"{name} = 2.5", "a whole number"):
        Settings(**{name: 2.5})


@pytest.mark.parametrize("value", [-1.0, 0.0, -0.0, 9e-7, 1.1e6])
def test_a_temperature_outside_its_range_is_refused(refused, value):
    with refused(f"T = {value!r}", "a number from 1e-06 to 1e+06"):
        Settings(T=value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["nonsense", "", None, 3, True, ["coins"], "Astrocyte"])
def test_unknown_choices_are_refused_with_all_that_are_allowed(refused, name, value):
    with refused(f"{name} = {value!r}", "it must be one of", *PARAMETERS[name].choices()):
        Settings(**{name: value})


@pytest.mark.parametrize("call", [simulate, ensemble, lambda **given: settings_from(given)])
@pytest.mark.parametrize("name", ["temperature", "tau", "t", "models"])
def test_unknown_names_are_refused_with_all_that_are_known(refused, call, name):
    with refused(f"{name} is not a parameter", "it must be one of", *PARAMETERS):
        call(**{name: 1})


def test_the_target_must_be_a_stored_pattern(refused):
    assert Settings(K=5, target=4).target == 4
    with refused("target = 5", "from 0 to 4", "K = 5"):
        Settings(K=5, target=5)


def test_letters_have_their_own_sizes(refused):
    s = settings_from({"family": "letters"})
    assert (s.N, s.K) == (35, 26)
    assert settings_from({"family": "letters", "K": 36}).K == 36
    with refused("N = 30", "35", "letters"):
        settings_from({"family": "letters", "N": 30})
    with refused("K = 37", "from 1 to 36", "letters"):
        settings_from({"family": "letters", "K": 37})
    with refused("K = 0", "at least 1"):
        settings_from({"family": "letters", "K": 0})


def test_a_value_that_would_drown_the_sentence_is_shortened(refused):
    with pytest.raises(ValueError) as caught:
        Settings(T="x" * 10_000)
    assert len(str(caught.value)) < 150 and "(str)" in str(caught.value)


def test_numbers_of_other_types_become_plain_ones():
    s = Settings(N=np.int64(12), K=8.0, T=np.float32(0.5), sigma=Fraction(1, 2), seed=np.uint8(3))
    assert (s.N, s.K, s.T, s.sigma, s.seed) == (12, 8, 0.5, 0.5, 3)
    assert all(type(getattr(s, name)) is PARAMETERS[name].kind for name in PARAMETERS)


# ----------------------------------------------------------------------------------------------------- writing, reading


@pytest.mark.parametrize("name", NUMBERS)
@given(data=st.data())
def test_what_is_written_is_read_back_exactly(name, data):
    p = PARAMETERS[name]
    value = data.draw(accepted(name))
    assert p.read(p.write(p.check(value))) == value


@pytest.mark.parametrize("name", ["tau_p", "tau_x"])
@pytest.mark.parametrize("value", [0.0, math.inf, sys.float_info.min, 5e-324, sys.float_info.max, 0.1, 1 / 3, 1e22])
def test_limits_and_extreme_floats_are_written_and_read_back(name, value):
    p = PARAMETERS[name]
    assert p.read(p.write(value)) == value


@pytest.mark.parametrize("name", NAMES)
def test_choices_are_written_as_their_names(name):
    for choice in PARAMETERS[name].choices():
        assert PARAMETERS[name].write(choice) == choice == PARAMETERS[name].read(choice)


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.01, "0.01"), (math.inf, "inf"), (100.0, "100"), (1e-6, "1e-06")])
def test_written_numbers_are_short(value, text):
    assert PARAMETERS["tau_p"].write(value) == text


@given(text=st.text(max_size=20))
@example("nan")
@example("")
@example("1e999")
@example("0x10")
@example("--1")
@example("1,5")
def test_any_text_is_read_as_a_value_in_range_or_refused_in_a_sentence(text):
    for name, p in PARAMETERS.items():
        try:
            value = p.read(text)
        except ValueError as error:
            assert str(error).startswith(f"{name} = ") and "it must be" in str(error)
        else:
            assert p.check(value) == value and type(value) is p.kind


def test_settings_as_a_dict_make_the_same_settings():
    s = Settings(tau_p=math.inf, T=1e-6, model="dense", seed=LARGEST_SEED)
    assert Settings(**s.as_dict()) == s
