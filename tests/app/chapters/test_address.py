"""Parameters and the address: one source, exact round trips, and nothing a stranger writes can break the page."""

import math
import random
import time

import numpy as np
import param
import pytest

from app.address import MOST_KEYS, MOST_LETTERS, parse_address
from app.chapters.retrieval.chapter import CHAPTER
from app.drawn import read_bits, read_blend, read_drawn, write_bits, write_blend, write_drawn
from app.limits import MOST_STEPS
from app.numbers import from_field, in_field, stops
from core import PARAMETERS, Settings, simulate

DEFAULTS, RUN_DEFAULTS, SLIDERS = CHAPTER.defaults, CHAPTER.run_defaults, CHAPTER.sliders
read_address, write_address, agree, settings_of = CHAPTER.read_address, CHAPTER.address.write, CHAPTER.agree, CHAPTER.settings
read_bends, write_bends, read_pins, write_pins = CHAPTER.read_bends, CHAPTER.write_bends, CHAPTER.read_pins, CHAPTER.write_pins


def opened(text):
    return CHAPTER.read_text(text)


def ticks(name):
    return stops(PARAMETERS[name])


def typed(name, text):
    return PARAMETERS[name].read(from_field(text))


def test_the_page_has_every_parameter_of_the_core_with_its_default_and_its_bounds():
    page = CHAPTER.held_values()
    for name, known in PARAMETERS.items():
        declared = page.param[name]
        assert getattr(page, name) == known.default
        assert (declared.label, declared.doc) == (known.symbol, known.meaning)
        if known.choices is not None:
            assert list(declared.objects) == list(known.choices())
        else:
            assert declared.bounds[0] == known.low
    assert page.param["N"].bounds[1] == CHAPTER.most["N"]
    assert isinstance(page.param["tau_p"], param.Number) and page.param["tau_p"].bounds[1] is None
    with pytest.raises(ValueError):
        page.T = -1.0


def test_the_sliders_are_those_that_the_core_names():
    assert SLIDERS == ("T", "tau_p", "tau_x", "K", "noise")


def test_no_address_is_the_defaults_and_says_nothing():
    assert opened("") == (DEFAULTS, [])


def test_the_address_holds_every_key_and_its_version():
    written = parse_address(write_address(DEFAULTS))
    assert set(written) == {"v", *DEFAULTS}
    assert written["v"] == ["1"]


EXTREME = {"T": 1e-6, "tau_p": math.inf, "tau_x": 0.0, "noise": 1 / 3, "seed": 2**53 - 1, "sigma": 0.1 + 0.2, "K": 7, "target": 6}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        EXTREME,
        {"model": "hopfield", "hall": True, "theme": "dark", "embed": "minimal", "hide": "clock,simplex", "steer": True},
        {"compare": "hopfield,dense", "scene": "recall", "speed": "0.25", "gains": "wheel", "energy": "powers", "time": "linear"},
        {"own_cue": write_bits([1, -1] * 15), "own_patterns": "3." + write_bits([1] * 30)},
        {"own_cue": write_blend([1, 4, 99], [20, 0, 60])},
        {"bends": write_bends([(40, {"T": 0.5, "tau_p": math.inf}), (3, {"tau_x": 1e-3})])},
        {
            "pins": write_pins(
                [{**RUN_DEFAULTS, "T": 3.0, "model": "dense"}, RUN_DEFAULTS, {**RUN_DEFAULTS, "own_cue": write_bits([1] * 30)}]
            )
        },
        {"family": "letters", "N": 35, "K": 26, "target": 25},
        {"at": "0.314159265"},
    ],
)
def test_what_is_written_is_read_back_exactly(changes):
    values = {**DEFAULTS, **changes}
    assert opened(write_address(values)) == (values, [])


def test_random_values_survive_the_address():
    rng = random.Random(1)
    for _ in range(200):
        values = dict(DEFAULTS)
        for name in ("T", "tau_p", "tau_x", "sigma", "noise"):
            low, high = PARAMETERS[name].shown
            values[name] = rng.uniform(low, high)
        values["K"], values["seed"] = rng.randint(1, 512), rng.randrange(2**53)
        assert opened(write_address(values)) == (values, [])


def test_wrong_values_give_way_to_defaults_and_each_is_said():
    values, said = opened("T=abc&K=-3&noise=1e999&colour=blue")
    assert values == DEFAULTS
    text = " ".join(said)
    for part in ("T = 'abc'", "0.01 is used instead", "K = '-3'", "100 is used instead", "noise = '1e999'", "“colour”"):
        assert part in text


@pytest.mark.parametrize(
    "text, name, used",
    [
        ("N=2000", "N", 30),
        ("K=513", "K", 100),
        ("target=100", "target", 0),
        ("family=letters&N=30", "N", 35),
        ("model=neuron-astrocyte&N=500", "N", 30),
        ("integrator=euler&tau_p=0", "tau_p", 1.0),
        ("resolution=9999", "resolution", 1.0),
        ("cue=own", "cue", "flip"),
        ("family=own", "family", "coins"),
        ("own_cue=ff", "own_cue", ""),
        ("own_cue=1.2.100~1.1.1", "own_cue", ""),
        ("own_cue=1.2~0.0", "own_cue", ""),
        ("own_patterns=100.00000000", "own_patterns", ""),
        ("seed=99999999999999999999", "seed", 0),
        ("T=nan", "T", 0.01),
        ("tau_p=-inf", "tau_p", 1.0),
        ("hall=yes", "hall", False),
        ("embed=some", "embed", "full"),
        ("at=soon", "at", ""),
        ("at=-1", "at", ""),
        ("at=nan", "at", ""),
        ("at=1e99", "at", ""),
    ],
)
def test_what_cannot_be_run_gives_way(text, name, used):
    values, said = opened(text)
    assert values[name] == used
    assert len(said) == 1 and name in said[0]
    settings_of(values)


def test_letters_bring_their_own_sizes():
    values, said = opened("family=letters")
    assert (values["N"], values["K"], said) == (35, 26, [])


def test_a_newer_version_is_named():
    values, said = opened("v=2&T=0.5")
    assert values["T"] == 0.5 and "version 2" in said[0]


def test_work_is_bounded_and_the_limit_is_in_the_sentence():
    _, said = opened("resolution=10000")
    assert str(MOST_STEPS) in said[0]
    values, said = opened("N=1024&K=512&resolution=30")
    assert said and values["N"] * values["K"] < 1024 * 512


HOSTILE = [
    {"T": [b"\xff\xfe"]},
    {b"T": [b"1"]},
    {"T": []},
    {"T": [None]},
    {"T": [b""]},
    {"": [b""]},
    {"T": ["9" * 10_000]},
    {"seed": ["9" * 100_000]},
    {"x" * 100_000: ["1"]},
    {f"k{i}": ["1"] for i in range(5000)},
    {"bends": ["!" * 1999]},
    {"bends": ["0~T~nan"]},
    {"bends": ["0~K~5"]},
    {"bends": ["-1~T~1"]},
    {"bends": ["t-1~T~1"]},
    {"bends": ["tnan~T~1"]},
    {"bends": ["tinf~T~1"]},
    {"bends": ["9" * 400 + "~T~1"]},
    {"pins": ["model:own"]},
    {"pins": [";" * 3999]},
    {"pins": ["T"]},
    {"pins": ["own_cue:zz"]},
    {"own_cue": ["f" * 10_000]},
    {"own_cue": ["fffffff"]},
    {"own_cue": ["ffffffff.ff"]},
    {"own_cue": ["1.2~1"]},
    {"own_cue": ["1.2~1.1.1"]},
    {"own_cue": ["9999.9999~9999.9999"]},
    {"own_cue": ["~"]},
    {"own_patterns": ["0.ff"]},
    {"own_patterns": ["9999.ffffffff"]},
    {"compare": ["astrocyte,own"]},
    {"compare": ["," * 100]},
    {"hide": ["<script>"]},
    {"theme": ["<script>alert(1)</script>"]},
    {"scene": ["../../etc/passwd"]},
    {"N": ["1e400"]},
    {"N": ["0"]},
    {"N": ["1"], "K": ["1"]},
    {"K": ["٣"]},
    {"noise": ["1"], "N": ["1"]},
    {"horizon": ["1e-6"]},
    {"horizon": ["1e6"]},
    {"sigma": ["1e-320"]},
    {"model": ["__class__"]},
    {"T": [object()]},
    {"v": [b"\x00"]},
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_no_address_raises_and_what_comes_of_it_can_be_written_and_run(query):
    began = time.perf_counter()
    values, said = read_address(query)
    assert set(values) == set(DEFAULTS)
    settings_of(values)
    assert opened(write_address(values)) == (values, [])
    assert all(isinstance(sentence, str) and len(sentence) < 400 and "\n" not in sentence for sentence in said)
    assert time.perf_counter() - began < 5


def test_random_addresses_never_raise():
    rng = random.Random(7)
    letters = "0123456789.eE+-infNaN~!;:,<>%_ﬀ\0" + "abc"
    for _ in range(300):
        query = {
            rng.choice([*DEFAULTS, "zz"]): ["".join(rng.choices(letters, k=rng.randint(0, 12)))] for _ in range(rng.randint(1, 6))
        }
        values, _ = read_address(query)
        settings_of(values)


def test_keys_and_letters_are_counted():
    _, said = read_address({f"k{i}": ["1"] for i in range(MOST_KEYS + 1)})
    assert str(MOST_KEYS) in " ".join(said)
    _, said = read_address({"hide": ["a" * (MOST_LETTERS + 1)]})
    assert str(MOST_LETTERS) in " ".join(said)


def test_a_strangers_text_is_repeated_short_and_printable():
    _, said = opened("T=%00%0Aabc" + "x" * 500)
    assert len(said[0]) < 200 and said[0].isprintable()


@pytest.mark.parametrize("count", [1, 7, 8, 30, 35, 1024])
def test_bits_survive_as_text(count):
    rng = np.random.default_rng(count)
    for choices in ([-1, 1], [-1, 0, 1]):
        entries = rng.choice(choices, size=count)
        assert np.array_equal(read_bits(write_bits(entries), count), entries)


def test_drawn_patterns_bends_and_pins_survive_as_text():
    drawn = {3: "ff", 17: "0a"}
    assert read_drawn(write_drawn(drawn)) == drawn
    bends = [(12, {"T": 0.25}), (1e-5, {"T": 0.5}), (2e9, {"T": 2.0}), (0.75, {"T": 1.0}), (0, {"tau_p": math.inf, "sigma": 2.0})]
    assert read_bends(write_bends(bends)) == bends
    pins = [{**RUN_DEFAULTS, "T": 0.5}, RUN_DEFAULTS]
    assert read_pins(write_pins(pins)) == pins


def test_agree_changes_nothing_that_agrees():
    assert agree(DEFAULTS) == (DEFAULTS, [])


def test_choosing_letters_fits_the_sizes_without_a_word():
    values, said = agree({**DEFAULTS, "family": "letters"}, keep=["family"])
    assert (values["N"], values["K"], said) == (35, 26, [])


@pytest.mark.parametrize("name", SLIDERS)
def test_sliders_offer_values_that_the_core_takes_in_order_and_with_the_true_ends(name):
    stops = ticks(name)
    assert list(stops) == sorted(set(stops))
    for stop in stops:
        PARAMETERS[name].check(stop)
    assert PARAMETERS[name].default in stops
    low, high = PARAMETERS[name].shown
    assert {low, high, *PARAMETERS[name].limits} <= set(stops)


@pytest.mark.parametrize(
    "text, value", [("inf", math.inf), ("∞", math.inf), ("0", 0.0), ("0,5", 0.5), (" 2 ", 2.0), ("1e-2", 0.01)]
)
def test_number_boxes_take_what_people_type(text, value):
    assert typed("tau_p", text) == value


@pytest.mark.parametrize("text", ["", "abc", "-1", "nan", "−1"])
def test_number_boxes_refuse_with_a_sentence(text):
    with pytest.raises(ValueError, match="it must be"):
        typed("tau_p", text)


def test_values_are_spoken_short():
    assert [in_field(value) for value in (0.01, math.inf, 1e-6)] == ["0.01", "∞", "1e-06"]
    assert in_field(100) == "100"


def test_page_keys_and_parameters_do_not_share_names():
    own = {*CHAPTER.drawn_keys, "bends", *CHAPTER.view_keys}
    assert not own & set(PARAMETERS)
    assert set(DEFAULTS) == {*PARAMETERS, *own}
    assert Settings(**{name: DEFAULTS[name] for name in PARAMETERS}) == Settings()


def test_a_cue_between_memories_is_theirs_by_weight():
    values, said = opened("family=letters&N=35&K=26&own_cue=1.4.11~20.15.5")
    assert said == []
    run = simulate(**CHAPTER.given(values))
    np.testing.assert_allclose(run.cue, run.patterns[:, [1, 4, 11]] @ [0.5, 0.375, 0.125])
    assert write_blend(*read_blend(values["own_cue"])) == values["own_cue"]
