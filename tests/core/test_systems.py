"""A system is one folder: two toys, as someone else would write them, are found and have everything that retrieval has."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import core
from core import PARAMETERS, Refusal, ensemble, registry, simulate, systems
from core.archive import Archive
from core.random import stream
from core.run_file import header
from core.studies import figure_study, map_study, sweep_study

ROOT = Path(__file__).resolve().parents[2]

TOY = ROOT / "tests" / "toy" / "core"
# It relaxes: one variable, two parameters.
DECAY = (TOY / "decay" / "__init__.py").read_text()

# The same, uphill: there is no rest, and what runs away is stopped.
GROWTH = (
    DECAY.replace('"decay"', '"growth"')
    .replace('"x": (self.settings.rate, np.zeros_like(state["x"]))', '"x": (self.settings.rate, 3 * state["x"])')
    .replace("    def observe", "    def lost(self, state):\n        return np.abs(state['x'][..., 0]) > 100\n\n    def observe")
)

# It has no energy and does not relax: its frames are steps of its own.
MARCH = (TOY / "march" / "__init__.py").read_text()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A folder on the path with both toys in folders of a `core` of its own."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for name, text in (("decay", DECAY), ("growth", GROWTH), ("march", MARCH)):
        (folder / "core" / name).mkdir(parents=True)
        (folder / "core" / name / "__init__.py").write_text(text)
    return folder


def python(elsewhere: Path, *arguments: str, **more) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(elsewhere)])}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=more.get("cwd", elsewhere), capture_output=True, text=True, check=False
    )


COMMON = '''
import math
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from core import Refusal, ensemble, find_equilibrium, load_run, simulate, systems
from core.archive import Archive
from core.ensemble import trial_settings
from core.run_file import csv_text, npz_bytes
from core.studies import best_region, map2d, map_study, sweep_study


def same(a, b):
    assert type(a) is type(b) and np.array_equal(a.t, b.t) and a.sentence == b.sentence and a.steps == b.steps
    assert a.variables.keys() == b.variables.keys() and all(np.array_equal(a.variables[v], b.variables[v]) for v in a.variables)
    assert all(np.array_equal(a.observables[name], b.observables[name]) for name in a.observables)


def refused(call, *words, key):
    try:
        call()
    except Refusal as wrong:
        assert wrong.key == key and all(word in str(wrong) for word in words), (wrong.key, str(wrong))
    else:
        raise AssertionError(words)


def kept(study, folder):
    """Interrupted, a study goes on from its file, whichever kind it is."""
    whole = {cell.index: cell for cell in study.run()}
    for suffix in (".npz", ".csv"):
        archive = Archive(study, folder / f"a{suffix}")
        for index in list(whole)[:2]:
            archive.add(whole[index])
        archive.save()
        again = Archive(study, folder / f"a{suffix}").cells
        assert set(again) == set(list(whole)[:2])
        for index, cell in again.items():
            assert np.array_equal(cell.trials.seeds, whole[index].trials.seeds)
            for name, values in cell.trials.columns.items():
                assert np.array_equal(values, whole[index].trials.columns[name], equal_nan=values.dtype.kind == "f"), name
                assert values.dtype.kind == whole[index].trials.columns[name].dtype.kind, name
    return whole


def batches(given, names):
    e = ensemble(**given, trials=5, seed=3)
    for i, seed in enumerate(e.seeds.tolist()):
        run = simulate(**{**e.settings, "seed": seed})
        assert trial_settings(e.settings, 3, i)["seed"] == seed and run.steps == e.steps[i]
        for name in names:
            assert math.isclose(run.observables[name][-1], getattr(e, name)[i], rel_tol=1e-9, abs_tol=1e-12)
    with ProcessPoolExecutor(2) as pool:
        shared = ensemble(**given, trials=5, seed=3, executor=pool)
    for name, values in e.columns.items():
        assert np.array_equal(shared.columns[name], values, equal_nan=values.dtype.kind == "f")


assert next(iter(systems())) == "retrieval" and {"decay", "growth", "march"} <= set(systems())
here = Path("files")
here.mkdir()
'''

DECAYS = """
run = simulate(system="decay", rate=2.0, seed=5)
assert run.system == "decay" and run.converged_at is not None and run.outcome == "at rest" and run.sentence.startswith("At rest")
assert run.has_energy and run.largest_rise == 0 and np.array_equal(run.energy, run.energy_parts["square"])
assert np.allclose(run.observables["left"], run.observables["left"][0] * np.exp(-2.0 * run.t), rtol=1e-9), "exact at any step"
same(run, simulate(**run.settings))
same(simulate(model="decay", rate=2.0, seed=5), run)
for integrator in ("adaptive", "euler", "reference"):
    other = simulate(system="decay", rate=2.0, seed=5, integrator=integrator)
    assert abs(other.observables["left"][-1] - other.observables["left"][0] * math.exp(-2.0 * other.t[-1])) < 1e-2

bent = simulate(start=run, at=10, rate=0.5, horizon=20.0)
assert bent.t[0] == run.t[10] and bent.variables["x"][0] == run.variables["x"][10] and bent.segments == (run, bent)
same(bent, simulate(**bent.settings))
refused(lambda: simulate(start=run, at=10, height=3.0), "height = 3.0", "as in the run", key="fixed")
refused(lambda: simulate(start=run, horizon=0.001), "horizon = 0.001", key="horizon")
refused(lambda: simulate(start=run, system="march"), "system = 'march'", "as in the run", key="fixed")
refused(lambda: simulate(system="decay", tau_p=1), "tau_p is not a parameter", "rate", key="parameter")
refused(lambda: simulate(system="decay", rate=99), "rate = 99", key="range")

here_again = load_run(npz_bytes([run, bent]))
same(here_again, bent)
same(here_again.segments[0], run)
assert here_again.segments[0].converged_at == run.converged_at
assert csv_text([run]).splitlines()[1] == "segment,t,left,energy,energy_square"
rest = find_equilibrium(run)
assert rest.found and rest.stable and rest.residuals["x"] <= 1e-10 and np.allclose(rest.eigenvalues, [-2.0])

batches(dict(system="decay", rate=0.3, horizon=40.0), ["left"])
cells = kept(sweep_study("rate", system="decay", points=4, trials=3, horizon=40.0), here)
assert [cell.point["rate"] for cell in cells.values()][:2] == [0.5, 5.0]
assert all(cell.converged == 1.0 and cell.mean("converged_at") > 0 for cell in cells.values())
assert best_region(list(cells.values()), "converged_at")[0].point["rate"] == 5.0
refused(lambda: cells[0,].mean("hamming"), "observable = 'hamming'", "left, converged_at", key="choice")
assert map_study("rate", "height", model="decay", points=3).system == "decay"
assert len(list(map2d("rate", ("height", [1.0, 2.0]), system="decay", points=3, trials=2))) == 6
assert sweep_study("rate", models=("decay",), points=2).system == "decay"
system = systems()["decay"]
settings = system.settings_from({"horizon": 3.0})
assert system.planned_steps(settings, 1000) == (simulate(system="decay", horizon=3.0, tolerance=1e-12).steps,) + (
    len(simulate(system="decay", horizon=3.0, tolerance=1e-12).t),
)
assert system.frame_size(settings) == system.trial_size(settings) == 1 and system.members == ()
assert system.work(settings, 10, 11) > 0
print("well")
"""

GROWS = """
run = simulate(system="growth", height=1.0, seed=4)
left = run.observables["left"]
assert run.converged_at is None and run.outcome == "not converged" and run.t[-1] < 10 and np.isfinite(left).all()
assert left[-1] > 100 >= left[-2]
same(load_run(npz_bytes([run])), run)
e = ensemble(system="growth", trials=6, height=0.0, horizon=1.5)
assert set(e.outcome) == {"not converged"} and np.isnan(e.converged_at).all() and (e.left > 0).all()
e = ensemble(system="growth", trials=6, height=0.0)
assert len(set(e.steps.tolist())) > 1, "each trial ends by itself"
for i, seed in enumerate(e.seeds.tolist()):
    run = simulate(**{**e.settings, "seed": seed})
    assert run.steps == e.steps[i] and run.observables["left"][-1] == e.left[i]
print("well")
"""

MARCHES = """
run = simulate(system="march", segments=5, drift=0.5, seed=2)
assert len(run.t) == 6 and run.steps == 5 and not run.has_energy and run.sentence == "Finished after 6 frames."
for speaks_of_energy in ("energy", "energy_parts", "rises", "largest_rise"):
    try:
        getattr(run, speaks_of_energy)
    except AttributeError:
        continue
    raise AssertionError(speaks_of_energy)
same(run, simulate(**run.settings))
same(simulate(model="march", segments=5, drift=0.5, seed=2), run)
refused(lambda: simulate(start=run, drift=0.1), "start", "gone on from", key="go_on")
refused(lambda: find_equilibrium(run), "relaxes", key="relaxing")
same(load_run(npz_bytes([run])), run)
assert csv_text([run]).splitlines()[1] == "segment,t,height"
batches(dict(system="march", segments=3), ["height"])
cells = kept(sweep_study("segments", [2, 4, 6], system="march", trials=3), here)
assert best_region(list(cells.values()), "height", highest=True)
assert len(list(map2d("segments", ("drift", [0.0, 1.0]), system="march", points=2, trials=2))) == 4
system = systems()["march"]
assert system.planned_steps(system.settings_from({}), 1000) == (8, 9)
print("well")
"""


@pytest.mark.parametrize("script", [DECAYS, GROWS, MARCHES], ids=["relaxing", "running away", "steps of its own"])
def test_a_system_in_a_folder_elsewhere_has_everything(elsewhere, tmp_path, script):
    done = python(elsewhere, "-W", "error", "-c", "if True:\n" + indented(COMMON + script), cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == "well\n", done.stderr


def indented(text: str) -> str:
    """In a block, so that workers that import the main module do nothing."""
    return "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("sweep --system decay rate --points 3 --trials 2", 0, ["rate", "left", "at rest", "3/3 cells"]),
        ("sweep --system decay rate --values 1,2 --trials 2 --height 3", 0, ["2/2 cells"]),
        ("map --system march segments drift --points 2 --trials 2 --out m.csv", 0, ["wrote m.csv"]),
        ("map --system=decay rate height --points 2 --trials 2 --range rate=1,2", 0, ["4/4 cells"]),
        ("sweep --system decay rate --height 99", 2, ["height = 99"]),
        ("sweep --system decay tau_p", 2, ["axis = 'tau_p'", "rate, height"]),
        ("sweep --system weather rain", 2, ["system = 'weather'", "retrieval, context, decay, growth, march"]),
        ("figure1 --system decay", 2, ["figure1", "sweep"]),
        ("sweep --system decay rate --K 3", 2, ["--K"]),
        ("sweep --help --system decay", 0, ["--rate", "--height", "--tolerance"]),
        ("sweep --help", 0, ["--tau-p", "--models"]),
    ],
)
def test_the_shell_studies_any_system(elsewhere, tmp_path, arguments, status, words):
    done = python(elsewhere, "-m", "core", *arguments.split(), cwd=tmp_path)
    assert done.returncode == status and "Traceback" not in done.stderr, done.stderr
    if status:
        assert done.stderr.count("\n") == 1 and done.stdout == ""
    for word in words:
        assert word in done.stdout + done.stderr


def test_another_core_on_the_path_is_not_mixed_with_ours(tmp_path):
    """A second copy of this package, or somebody else's of the same name."""
    (tmp_path / "core" / "foreign").mkdir(parents=True)
    (tmp_path / "core" / "__init__.py").write_text("")
    (tmp_path / "core" / "foreign" / "__init__.py").write_text("raise RuntimeError('loaded')")
    done = python(tmp_path, "-c", "import core; print(*core.systems())", cwd=ROOT)
    assert done.stdout.startswith("retrieval") and "foreign" not in done.stdout, done.stderr


# ------------------------------------------------------------------------------------------------------- names of systems


def test_retrieval_is_the_default_and_can_be_named():
    assert next(iter(systems())) == registry.DEFAULT == "retrieval"
    named, plain = simulate(system="retrieval", K=5, N=12), simulate(K=5, N=12)
    np.testing.assert_array_equal(named.energy, plain.energy)
    assert "system" not in plain.settings and named.settings == plain.settings
    assert ensemble(system="retrieval", trials=2, K=3).system == "retrieval"
    assert sweep_study("T", system="retrieval") == sweep_study("T")
    assert map_study("T", "K", system="retrieval") == map_study("T", "K")
    assert figure_study(2, system="retrieval") == figure_study(2)


def test_headers_of_retrievals_files_are_what_they_were_when_it_was_the_only_system():
    study = sweep_study("T", [0.5], trials=2, N=12)
    assert Archive.header_of(study) == (
        '{"axes": {"T": [0.5], "model": ["astrocyte"]}, "common": {"N": 12}, "dtype": "float64", "format": 1, "seed": 0, '
        '"title": "sweep", "trials": 2}'
    )
    assert "system" not in json.loads(header([simulate(K=3, N=8)]))


def test_a_system_is_found_in_this_process_once_its_folder_is_on_the_path(elsewhere, monkeypatch):
    """As other tests may wish it: the scan is asked again when the path has grown."""
    monkeypatch.setattr(core, "__path__", [*core.__path__, str(elsewhere / "core")])
    registry.systems.cache_clear()
    try:
        assert "march" in systems() and simulate(system="march", segments=3).steps == 3
    finally:
        monkeypatch.undo()
        registry.systems.cache_clear()
    assert "march" not in systems()


@pytest.mark.parametrize("name", ["weather", "", 3, ["retrieval"], "Retrieval"])
def test_an_unknown_system_is_refused_by_name(refused, name):
    for call in (simulate, lambda system: ensemble(system=system), lambda system: sweep_study("T", system=system)):
        with refused(f"system = {name!r}", "it must be one of retrieval"):
            call(system=name)


@pytest.mark.parametrize("model", ["weather", 3, ["retrieval"]])
def test_a_model_that_is_neither_member_nor_system_is_refused_as_ever(refused, model):
    with refused(f"model = {model!r}", "it must be one of astrocyte"):
        simulate(model=model)


def test_every_system_says_what_a_page_needs():
    for name, system in systems().items():
        assert system.name == name and system.title and system.paper is not None and system.paper.arxiv
        assert system.default_observable in system.observables
        for known in system.observables.values():
            assert known.called
        stored = {name for name, known in system.observables.items() if known.of is None}
        assert stored <= set(system.columns) and set(system.summary) <= set(system.observables)


# --------------------------------------------------------------------------------------------------- parameters for pages


def test_parameters_say_how_pages_show_them():
    assert [p.name for p in sorted(PARAMETERS.values(), key=lambda p: p.slider) if p.slider] == [
        "T",
        "tau_p",
        "tau_x",
        "K",
        "noise",
    ]
    assert [name for name, p in PARAMETERS.items() if p.bends] == [
        "T", "tau_p", "tau_x", "sigma", "context", "u0", "lam", "alpha", "tau_s", "temperature_x",
    ]  # fmt: skip
    limited = {name: p.only_with for name, p in PARAMETERS.items() if p.only_with}
    assert limited == {
        "activity": ("family", "biased"),
        "groups": ("family", "correlated"),
        "spread": ("family", "correlated"),
        "degree": ("model", ("dense", "krotov")),
        "diagonal": ("model", ("astrocyte", "hopfield", "quadratic", "gated")),
        **dict.fromkeys(("context", "u0", "lam", "alpha", "tau_s"), ("model", ("gated", "gated-linear"))),
    }
    for p in PARAMETERS.values():
        assert p.called and p.axis and set(p.choices_called) <= set(p.choices() if p.choices else ())
        if p.only_with:
            other, values = p.only_with
            for value in (values,) if isinstance(values, str) else values:
                assert PARAMETERS[other].check(value) == value
    T, degree = PARAMETERS["T"], PARAMETERS["degree"]
    assert (T.called, T.axis) == ("temperature", "temperature of the gains")
    assert (degree.called, degree.axis) == ("degree", "degree of the dense memory")
    assert PARAMETERS["N"].axis == "neurons" and PARAMETERS["seed"].called == "seed"
    assert PARAMETERS["cue"].choices_called["mask"] == "entries masked"
    assert PARAMETERS["model"].choices_called["dense"] == "dense associative memory, self-coupled"


def test_one_more_field_of_a_systems_settings_needs_nothing_else(tmp_path):
    """A parameter with its text beside it can be set, swept, named in the shell and written to files."""
    field = 'shift: float = parameter(0.0, "s", "what is added", low=0.0, high=1.0, shown=(0.0, 1.0))'
    (tmp_path / "core" / "decay").mkdir(parents=True)
    (tmp_path / "core" / "decay" / "__init__.py").write_text(DECAY.replace("    seed: int", f"    {field}\n    seed: int"))
    script = """
from core import load_run, simulate
from core.__main__ import main
from core.run_file import npz_bytes

run = simulate(system="decay", shift=0.5)
assert load_run(npz_bytes([run])).settings["shift"] == 0.5
raise SystemExit(main("map --system decay rate shift --points 2 --trials 1".split()))
"""
    done = python(tmp_path, "-c", script)
    assert done.returncode == 0, done.stderr


# --------------------------------------------------------------------------------------------------------------- refusals


REFUSED = {
    "range": (lambda: simulate(T=-1), "T", -1),
    "choice": (lambda: simulate(model="brain"), "model", "brain"),
    "parameter": (lambda: simulate(beta=2), "beta", 2),
    "target": (lambda: simulate(K=3, target=3), "target", 3),
    "letters_N": (lambda: simulate(family="letters", N=30), "N", 30),
    "letters_K": (lambda: simulate(family="letters", K=37), "K", 37),
    "digits_N": (lambda: simulate(family="digits", N=30), "N", 30),
    "digits_K": (lambda: simulate(family="digits", K=1751), "K", 1751),
    "largest_N": (lambda: simulate(model="neuron-astrocyte", N=500), "N", 500),
    "context": (lambda: simulate(model="gated", context="letters"), "context", "letters"),
    "own_family": (lambda: simulate(family="own"), "family", "own"),
    "own_cue": (lambda: simulate(cue="own"), "cue", "own"),
    "entry": (lambda: simulate(memories=[[1, 2]]), "memories", 2),
    "shape": (lambda: simulate(cue=[1.0]), "cue", (1,)),
    "array": (lambda: simulate(memories="cats"), "memories", "str"),
    "memories_size": (lambda: simulate(memories=np.ones((6, 2)), N=7), "N", 7),
    "instant": (lambda: simulate(tau_x=0, integrator="euler"), "tau_x", 0),
    "steps": (lambda: simulate(integrator="euler", horizon=1e6), "integrator", "euler"),
    "start": (lambda: simulate(start=3), "start", "int"),
    "frame": (lambda: simulate(start=simulate(horizon=0.1), at=999), "at", 999),
    "horizon": (lambda: simulate(start=simulate(horizon=0.1), horizon=0.05), "horizon", 0.05),
    "fixed": (lambda: simulate(start=simulate(horizon=0.1), N=7), "N", 7),
    "swept": (lambda: sweep_study("T", [1.0], T=2), "T", 2),
    "no_values": (lambda: sweep_study("T", []), "axis", "T"),
    "same_axis": (lambda: map_study("T", "T"), "axis", "T"),
    "no_range": (lambda: sweep_study("seed"), "axis", "seed"),
}


@pytest.mark.parametrize("key", REFUSED)
def test_a_refusal_has_fields_that_nobody_need_read_from_its_sentence(key):
    call, name, value = REFUSED[key]
    with pytest.raises(Refusal) as caught:
        call()
    wrong = caught.value
    assert (wrong.key, wrong.name, wrong.value) == (key, name, value) and wrong.allowed
    again = pickle.loads(pickle.dumps(wrong))  # as it comes back from a worker
    assert (str(again), again.key, again.name, again.allowed) == (str(wrong), key, name, wrong.allowed)
    assert again.fields == wrong.fields


def test_a_refusal_of_a_number_has_its_range_and_of_a_choice_its_choices():
    with pytest.raises(Refusal) as caught:
        simulate(noise=2)
    assert caught.value.fields == {"low": 0.0, "high": 1.0, "kind": "number", "limits": ()}
    with pytest.raises(Refusal) as caught:
        simulate(integrator="rk4")
    assert caught.value.fields["choices"] == ("split", "adaptive", "euler", "reference")


def test_a_system_has_random_streams_by_names_of_its_own():
    draws = {name: stream(5, name).random() for name in ("patterns", "cue", "noise", "trials", "weights", "tokens", "order")}
    assert len(set(draws.values())) == len(draws) and draws["weights"] == stream(5, "weights").random()
    assert stream(5, "weights", 1).random() != draws["weights"] != stream(6, "weights").random()


def test_core_exports_what_it_names():
    assert all(hasattr(core, name) for name in core.__all__)
