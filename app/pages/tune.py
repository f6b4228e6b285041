"""A map of any observable over any two parameters, for any memory, and where it is best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.laboratory.address import Address, bound, one_of, parameter, whole
from app.laboratory.limits import MOST_POINTS, MOST_TRIALS, check_grid
from app.pages.laboratory import LaboratoryPage, Wish, measured, options, said, written
from app.words import LABORATORY as WORDS
from core import PARAMETERS, Settings
from core.studies import Cell, Study, best_region, map_study, values_of

OBSERVABLES = ("hamming", "error", "success", "perplexity", "converged_at", "attention_gap")
HIGHEST = ("success",)  # of these the most is best, of the others the least
MAPPED = tuple(name for name, known in PARAMETERS.items() if known.shown is not None)
TOLD = WORDS["tune"]


class Tune(LaboratoryPage):
    """Two parameters, one memory, one observable."""

    name = "tune"
    views = ("observable",)
    address = Address({
        "model": parameter("model"),
        "axis_a": one_of("axis_a", "tau_p", lambda: MAPPED), "axis_b": one_of("axis_b", "T", lambda: MAPPED),
        **{name: bound(name) for name in ("low_a", "high_a", "low_b", "high_b")},
        "points": whole("points", 16, 2, MOST_POINTS), "trials": whole("trials", 50, 1, MOST_TRIALS),
        "observable": one_of("observable", "hamming", lambda: OBSERVABLES),
        **{name: parameter(name) for name in PARAMETERS if name != "model"},
    })  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        changed = set(changes)
        if changes and values["axis_a"] == values["axis_b"]:  # the other axis takes the place that became free
            mine, other = ("axis_b", "axis_a") if "axis_b" in changes else ("axis_a", "axis_b")
            values[other] = self.values[mine]
            changed.add(other)
        for side in "ab":
            low, high = PARAMETERS[values[f"axis_{side}"]].shown
            for name, end in ((f"low_{side}", low), (f"high_{side}", high)):
                if values[name] is None or (f"axis_{side}" in changed and name not in changes):
                    values[name] = float(end)
        return values

    def study(self, values: Mapping[str, Any]) -> Study:
        check_grid(values["points"] ** 2, values["trials"])
        axes = []
        for side in "ab":
            name, ends = values[f"axis_{side}"], (values[f"low_{side}"], values[f"high_{side}"])
            axes.append((name, values_of(name, values["points"], ends)))
        common = {"model": values["model"], "seed": values["seed"], **self._given(values)}
        return map_study(*axes, trials=values["trials"], **common)

    def command(self, values: Mapping[str, Any], study: Study) -> list[str]:
        axes = (values["axis_a"], values["axis_b"])
        words = ["map", *axes, "--points", str(values["points"]), "--trials", str(values["trials"])]
        for side, axis in zip("ab", axes, strict=True):
            ends = (values[f"low_{side}"], values[f"high_{side}"])
            if ends != PARAMETERS[axis].shown:
                words += ["--range", f"{axis}={ends[0]:.12g},{ends[1]:.12g}"]
        return [*words, *options(self._given(values)), "--out", "map.npz"]

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        names = [name for name in PARAMETERS if name not in (values["axis_a"], values["axis_b"])]
        return said(values, names, Settings().as_dict())

    def hidden(self, values: Mapping[str, Any]) -> list[str]:
        return [values["axis_a"], values["axis_b"]]

    def observable(self, values: Mapping[str, Any]) -> str:
        return values["observable"]

    def drawn(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        fields = {
            name: np.array([(cell.mean(name), cell.standard_error(name)) for cell in cells], dtype=np.float32)
            for name in OBSERVABLES
        }
        fields["converged"] = np.array([[cell.converged] for cell in cells], dtype=np.float32)
        return fields

    def told(self, wish: Wish, cells: dict[tuple[int, ...], Cell], fresh: list[Cell]) -> dict[str, Any]:
        observable = wish.values["observable"]
        region = best_region(list(cells.values()), observable, highest=observable in HIGHEST)
        extra = {"observable": observable, "region": np.array([cell.index for cell in region], dtype=np.int32)}
        return {"extra": extra, "sentence": self._sentence(wish, region, len(cells))}

    def _sentence(self, wish: Wish, region: list[Cell], count: int) -> str:
        observable = wish.values["observable"]
        if not region:
            return TOLD["none"] if count else ""
        best = region[0]
        at = ", ".join(
            TOLD["at"].format(symbol=PARAMETERS[name].symbol, value=written(value)) for name, value in best.point.items()
        )
        told = TOLD["best"].format(
            observable=WORDS["observables"][observable], at=at,
            value=measured(best.mean(observable), best.standard_error(observable)),
        )  # fmt: skip
        if len(region) == 1:
            return f"{told} {TOLD['alone']}"
        return f"{told} {TOLD['region'].format(count=len(region) - 1, total=count)}"
