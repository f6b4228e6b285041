"""What one run may cost: neither work nor memory depends on which of the parameters makes it large."""

import pytest

from app.chapters.retrieval.chapter import CHAPTER
from app.limits import MOST_HELD, check_work
from core import Settings, simulate

LARGE = [
    {"N": 1024, "K": 2, "resolution": 100.0},
    {"N": 1024, "K": 1, "horizon": 1e5, "tau_p": 1e-3, "resolution": 20.0},
    {"model": "neuron-astrocyte", "N": 128, "K": 2, "resolution": 10.0},
    {"integrator": "euler", "N": 1024, "K": 100},
    {"N": 1024, "K": 512, "resolution": 50.0},
]


@pytest.mark.parametrize("settings", LARGE)
def test_a_run_that_is_too_large_is_refused_with_a_sentence(settings):
    with pytest.raises(ValueError, match=r"^(N|resolution) = .*(times what this page takes|the most of this page)$"):
        check_work(CHAPTER.system, CHAPTER.most, Settings(**settings))


@pytest.mark.parametrize("settings", [{}, {"N": 1024, "K": 512}, {"model": "neuron-astrocyte"}, {"integrator": "euler"}])
def test_runs_that_people_ask_for_fit(settings):
    assert check_work(CHAPTER.system, CHAPTER.most, Settings(**settings)) > 0


@pytest.mark.parametrize("model", ["astrocyte", "linear", "hopfield", "dense", "krotov", "attention", "neuron-astrocyte"])
def test_a_run_holds_about_what_is_counted(model):
    run = simulate(model=model, N=40, K=60)
    for name in ("g", "overlaps", "p", "attention", "energy", "energy_parts", "power_x", "power_p", "error", "perplexity"):
        getattr(run, name)
    held = {}

    def look(value):
        if hasattr(value, "nbytes"):
            while getattr(value, "base", None) is not None and hasattr(value.base, "nbytes"):
                value = value.base
            held[id(value)] = value.nbytes
        elif isinstance(value, dict):
            for inner in value.values():
                look(inner)

    for value in run.__dict__.values():
        look(value)
    counted = 8 * len(run.t) * CHAPTER.system.frame_size(Settings(model=model, N=40, K=60))
    assert sum(held.values()) <= 2 * counted
    assert counted <= 8 * MOST_HELD
