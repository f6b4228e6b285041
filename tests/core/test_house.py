"""The house rules: what core may import, and that a new memory is one class and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import core.__main__ as shell
from core import Memory, ensemble, find_equilibrium, simulate
from core.dynamics import neuron_energy, phi
from core.retrieval.names import MEMORIES, memory_names
from core.studies import figure4, map2d, sweep

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "core").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """The first names of all modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("core" if node.level else node.module.split(".")[0])
    return names


def test_there_is_something_to_walk():
    assert len(SOURCES) > 12 and any("numpy" in imported(path) for path in SOURCES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_imports_numpy_and_the_standard_library_only(path):
    foreign = imported(path) - {"numpy", "core"} - set(sys.stdlib_module_names)
    assert not foreign, f"{path.name} imports {foreign}"


def test_importing_core_loads_nothing_else():
    program = "import sys, core; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert "core" in loaded and not {"app", "scipy", "dask", "panel", "pandas", "hypothesis"} & set(loaded)


def modules_imported(path: Path) -> set[str]:
    """The modules of core that a file imports, wherever in it, by their whole names."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return {name for name in names if name.split(".")[0] == "core"}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PAPERS = sorted(path.parent.name for path in (ROOT / "core").glob("*/__init__.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_flat_modules_know_no_paper_and_papers_do_not_know_each_other(path):
    """What is flat finds them by the registry's scan; core/__init__ alone offers names of the first one."""
    if path == ROOT / "core" / "__init__.py":
        return
    own = path.relative_to(ROOT / "core").parts[0]
    others = {f"core.{paper}" for paper in PAPERS if paper != own}
    assert "core.retrieval" in others or own == "retrieval"
    known = {name for name in modules_imported(path) if ".".join(name.split(".")[:2]) in others}
    assert not known, f"{path.name} imports {known}"


def test_no_module_of_core_imports_itself_in_a_circle():
    modules = {module_name(path): path for path in SOURCES}
    reached = {name: {found for found in modules_imported(path) if found in modules} for name, path in modules.items()}
    for name in modules:  # a package is what its modules are made for
        reached[name] = {other for other in reached[name] if not f"{name}.".startswith(f"{other}.")}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a circle: {' → '.join((*way, name))}"
        if name not in done:
            for other in reached[name]:
                visit(other, (*way, name))
            done.add(name)

    for name in modules:
        visit(name, ())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_core_raises_refusals_where_a_callers_value_is_wrong(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            assert node.exc.func.id != "ValueError", f"line {node.lineno}: a page could not say it in another language"


# ------------------------------------------------------------------------------------------------------------ a new memory


@pytest.fixture
def toy():
    """A memory as someone else would write it: the pseudo-inverse network, ẋ = −x + Ξ(ΞᵀΞ)⁺Ξᵀφ(x)."""

    class ProjectionMemory(Memory):
        name = "projection"
        title = "projection network"

        def complete(self, variables):
            x = np.asarray(variables["x"], dtype=self.Xi.dtype)
            g = phi(x, self.sigma)
            m = self.overlaps(g)
            weights = np.matmul(np.linalg.pinv(np.swapaxes(self.Xi, -1, -2) @ self.Xi), m[..., None])[..., 0]
            return {"x": x, "g": g, "m": m, "drive": self.recall(weights)}

        def gains(self, state):
            weight = state["m"] ** 2 + 1e-300
            return weight / weight.sum(axis=-1, keepdims=True)

        def energy_parts(self, state):
            return {
                "coupling": -np.sum(state["drive"] * state["g"], axis=-1) / 2,
                "neurons": neuron_energy(state["x"], self.sigma),
            }

    yield ProjectionMemory
    del MEMORIES["projection"]


def test_a_new_memory_can_be_named_wherever_a_memory_can(toy, refused, capsys):
    assert "projection" in memory_names()
    run = simulate(model="projection", N=20, K=5)
    assert run.outcome == "target" and run.model == "projection" and run.largest_rise == 0
    assert simulate(**run.settings).energy[-1] == run.energy[-1]
    assert find_equilibrium(run).stable
    e = ensemble(model="projection", N=40, K=4, noise=0.1, trials=12)
    assert np.mean(e.outcome == "target") > 0.8
    assert {c.point["model"] for c in sweep("K", [2, 4], models=("astrocyte", "projection"), trials=2)} == {
        "astrocyte",
        "projection",
    }
    assert len(list(figure4(models=("projection",), K=[4], n=[0, 2], trials=2))) == 2
    assert len(list(map2d(("K", [2, 4]), ("noise", [0.1]), model="projection", trials=2))) == 2
    assert simulate(start=simulate(N=20, K=5), at=3, model="projection").model == "projection"
    with refused("model = 'projector'", "projection"):
        simulate(model="projector")
    assert shell.main(["sweep", "K", "--values", "2,4", "--model", "projection", "--trials", "2"]) == 0
    assert "projection" in capsys.readouterr().out
    assert shell.main(["figure4", "--models", "projector"]) == 2
    assert "projection" in capsys.readouterr().err


@pytest.mark.parametrize("integrator", ["adaptive", "euler", "reference"])
def test_a_new_memory_has_every_integrator_for_nothing(toy, integrator):
    assert simulate(model="projection", N=20, K=5, integrator=integrator).hamming[-1] == 0


def test_a_new_memory_is_forgotten_afterwards():
    assert "projection" not in memory_names()


def test_a_class_without_a_name_is_not_entered():
    before = memory_names()
    type("Unfinished", (Memory,), {})
    assert memory_names() == before
