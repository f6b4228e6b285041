"""Addresses that earlier versions wrote still open what they opened then."""

from __future__ import annotations

import math
from urllib.parse import parse_qsl

import pytest

from app.chapters.retrieval.chapter import CHAPTER
from app.pages import pages
from app.studies import studies
from core import simulate

# As version 0.1.0 wrote them: one of each kind.
RETRIEVAL = {
    "defaults": "v=1&model=astrocyte&N=30&K=100&T=0.01&tau_p=1&tau_x=1&sigma=5&noise=0.2&seed=0&horizon=10&target=0&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&own_cue=&own_patterns=&bends=&scene=&compare=&pins=&steer=0&theme=system&hall=0&embed=full&hide=&time=log&energy=whole&gains=triangle&speed=1",  # noqa: E501
    "limits": "v=1&model=astrocyte&N=30&K=7&T=0.25&tau_p=inf&tau_x=0&sigma=2.5&noise=0.3333333333333333&seed=9007199254740991&horizon=10&target=6&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&own_cue=&own_patterns=&bends=&scene=&compare=&pins=&steer=0&theme=system&hall=0&embed=full&hide=&time=log&energy=whole&gains=triangle&speed=1",  # noqa: E501
    "drawn by hand": "v=1&model=astrocyte&N=30&K=100&T=0.01&tau_p=1&tau_x=1&sigma=5&noise=0.2&seed=0&horizon=10&target=0&family=biased&activity=0.4&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&own_cue=92492490.24924924&own_patterns=3.aaaaaaa8&bends=&scene=&compare=&pins=&steer=0&theme=system&hall=0&embed=full&hide=&time=log&energy=whole&gains=triangle&speed=1",  # noqa: E501
    "bent": "v=1&model=astrocyte&N=30&K=100&T=0.01&tau_p=1&tau_x=1&sigma=5&noise=0.2&seed=0&horizon=10&target=0&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&own_cue=&own_patterns=&bends=40~T~0.5~tau_p~inf!3~tau_x~0.001&scene=&compare=&pins=&steer=1&theme=system&hall=0&embed=full&hide=&time=log&energy=whole&gains=triangle&speed=1",  # noqa: E501
    "compared, pinned, dressed": "v=1&model=astrocyte&N=30&K=100&T=0.01&tau_p=1&tau_x=1&sigma=5&noise=0.2&seed=0&horizon=10&target=0&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&own_cue=&own_patterns=&bends=&scene=&compare=hopfield,dense&pins=model:dense,T:3;model:astrocyte&steer=0&theme=dark&hall=1&embed=minimal&hide=clock,simplex&time=linear&energy=powers&gains=wheel&speed=0.25",  # noqa: E501
    "the paper's protocol": "v=1&model=neuron-astrocyte&N=20&K=100&T=0.01&tau_p=1&tau_x=1&sigma=5&noise=0.2&seed=0&horizon=2&target=0&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=euler&resolution=0.5&temperature_x=0.01&tolerance=0.0001&own_cue=&own_patterns=&bends=&scene=&compare=&pins=&steer=0&theme=system&hall=0&embed=full&hide=&time=log&energy=whole&gains=triangle&speed=1",  # noqa: E501
    "scene": "v=1&model=astrocyte&N=35&K=26&T=0.01&tau_p=1&tau_x=1&sigma=5&noise=0.4&seed=2&horizon=10&target=1&family=letters&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&own_cue=&own_patterns=&bends=&scene=letters&compare=&pins=&steer=0&theme=system&hall=0&embed=full&hide=&time=log&energy=whole&gains=triangle&speed=1",  # noqa: E501
}
STUDIES = {
    "regimes": "v=1&axis=K&low=2&high=60&points=5&trials=7&models=astrocyte,dense&N=30&K=100&T=0.01&tau_p=1&tau_x=1&sigma=1&noise=0.2&seed=0&horizon=10&target=0&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&theme=system&hall=0",  # noqa: E501
    "benchmark": "v=1&models=hopfield,attention&against=attention&low=2&high=50&flips=4&points=6&trials=9&N=20&T=0.01&tau_p=1&tau_x=1&sigma=5&seed=0&horizon=10&target=0&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&theme=system&hall=0",  # noqa: E501
    "tune": "v=1&model=linear&axis_a=noise&axis_b=T&low_a=&high_a=&low_b=&high_b=&points=4&trials=3&observable=success&N=30&K=100&T=0.01&tau_p=1&tau_x=1&sigma=5&noise=0.2&seed=0&horizon=10&target=0&family=coins&activity=0.3&groups=5&spread=0.1&cue=flip&degree=4&integrator=split&resolution=1&temperature_x=0&tolerance=0.001&theme=system&hall=1",  # noqa: E501
}
SHORT: dict[str, dict] = {  # as people write them, and as the README did
    "T=0.01&tau_p=1&tau_x=1&K=100&noise=0.2&seed=7": {"seed": 7},
    "scene=mirror": {"scene": "mirror", "N": 23},
    "hall=1": {"hall": True, "scene": "letters"},
    "tau_p=inf&T=0.5": {"tau_p": math.inf, "T": 0.5},
}


def asked(address: str) -> dict[str, list[str]]:
    return {name: [text] for name, text in parse_qsl(address, keep_blank_values=True)}


def texts(address: str) -> dict[str, str]:
    return dict(parse_qsl(address, keep_blank_values=True))


@pytest.mark.parametrize("kind", RETRIEVAL)
def test_an_old_link_is_understood_word_by_word(kind):
    values, notices = CHAPTER.read_address(asked(RETRIEVAL[kind]))
    assert notices == []
    assert texts(RETRIEVAL[kind]).items() <= texts(CHAPTER.address.write(values)).items()


def test_old_links_mean_what_they_meant():
    values, _ = CHAPTER.read_address(asked(RETRIEVAL["drawn by hand"]))
    assert CHAPTER.given(values)["cue"].tolist() == [1, -1, 0] * 10
    assert CHAPTER.given(values)["memories"].patterns[:, 3].tolist() == [1, -1] * 15
    values, _ = CHAPTER.read_address(asked(RETRIEVAL["bent"]))
    first = simulate()
    second = simulate(start=first, at=40, T=0.5, tau_p=math.inf)
    third = simulate(start=second, at=3, tau_x=1e-3)
    assert [run.energy.tolist() for run in CHAPTER.segments(values)] == [run.energy.tolist() for run in (first, second, third)]
    values, _ = CHAPTER.read_address(asked(RETRIEVAL["compared, pinned, dressed"]))
    assert [pin["model"] for pin in CHAPTER.read_pins(values["pins"])] == ["dense", "astrocyte"]
    assert (values["theme"], values["hall"], values["gains"], values["speed"]) == ("dark", True, "wheel", "0.25")


@pytest.mark.parametrize("page", STUDIES)
def test_an_old_study_is_understood(page):
    values, notices = pages()[page].read(asked(STUDIES[page]))
    assert notices == []
    written = texts(studies()[page].address_of("retrieval").write(values))
    assert texts(STUDIES[page]).items() <= written.items()


@pytest.mark.parametrize("address", SHORT)
def test_what_people_write_by_hand_opens_too(address):
    values, notices = pages()[""].read(asked(address))
    assert notices == []
    assert {name: values[name] for name in SHORT[address]} == SHORT[address]
