"""A map of any observable over any two parameters, for any memory, and where it is best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from app.address import Key, bound, one_of, parameter, whole
from app.chapters import chapters
from app.numbers import measured, number, share
from app.studies.limits import MOST_POINTS, MOST_TRIALS, check_grid
from app.studies.page import AGAIN, FIRST_SYSTEM, Cells, Index, Request, StudyPage, Values, parameter_keys
from app.words import words
from core.judging import wilson
from core.studies import Cell, Study, best_region, equally_good, map_study, values_of
from core.system import System

WORDS = words(__package__, "tune")["sentences"]
INTERVAL = 1.96  # standard errors: 95 of 100 intervals hold the share


class Tune(StudyPage):
    """Two parameters of any system, one model, one observable."""

    name = "tune"
    place = 3
    views = ("observable",)
    every_system = True
    main = ("T", "tau_p", "tau_x", "K", "N", "noise", "sigma", "seed")

    @classmethod
    def keys(cls, system: System) -> Mapping[str, Key]:
        mapped = [name for name, known in system.parameters.items() if known.is_axis]
        chapter = chapters()[system.name]
        first, second = chapter.first_map
        points, trials = chapter.map_size
        return {
            **({"model": parameter(system.parameters["model"])} if "model" in system.parameters else {}),
            "axis_a": one_of("axis_a", first, lambda: mapped), "axis_b": one_of("axis_b", second, lambda: mapped),
            **{name: bound(name) for name in ("low_a", "high_a", "low_b", "high_b")},
            "points": whole("points", points, 2, MOST_POINTS), "trials": whole("trials", trials, 1, MOST_TRIALS),
            "observable": one_of("observable", system.default_observable, lambda: system.observables),
            **parameter_keys(system, without=["model"], defaults=chapter.study_defaults),
        }  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Values) -> dict[str, Any]:
        changed = set(changes)
        if changes and values["axis_a"] == values["axis_b"]:  # the other axis takes the place that became free
            mine, other = ("axis_b", "axis_a") if "axis_b" in changes else ("axis_a", "axis_b")
            values[other] = self.values[mine]
            changed.add(other)
        for side in "ab":
            if self._names(values[f"axis_{side}"]):
                values[f"low_{side}"] = values[f"high_{side}"] = None  # which have no range
                continue
            low, high = self.shown_range(values[f"axis_{side}"])
            for name, end in ((f"low_{side}", low), (f"high_{side}", high)):
                if values[name] is None or (f"axis_{side}" in changed and name not in changes):
                    values[name] = float(end)
        return values

    def study(self, values: Values) -> Study:
        axes = []
        for side in "ab":
            name, ends = values[f"axis_{side}"], (values[f"low_{side}"], values[f"high_{side}"])
            axes.append((name, values_of(name, values["points"], None if self._names(name) else ends, self.system.name)))
        check_grid(math.prod(len(points) for _, points in axes), values["trials"])
        model = {"model": values["model"]} if "model" in values and "model" not in dict(axes) else {}
        common = {**model, "seed": values["seed"], **self._given(values)}
        return map_study(*axes, system=self.system.name, trials=values["trials"], **common)

    def command(self, values: Values, study: Study) -> list[str]:
        axes = (values["axis_a"], values["axis_b"])
        system = [] if self.system.name == FIRST_SYSTEM else ["--system", self.system.name]
        words = ["map", *system, *axes, "--points", str(values["points"]), "--trials", str(values["trials"])]
        for side, axis in zip("ab", axes, strict=True):
            ends = (values[f"low_{side}"], values[f"high_{side}"])
            if not self._names(axis) and ends != self.shown_range(axis):
                words += ["--range", f"{axis}={ends[0]:.12g},{ends[1]:.12g}"]
        return [*words, *self.options(self._given(values)), "--out", "map.npz"]

    def _names(self, axis: str) -> tuple[str, ...]:
        """The names along an axis that is a choice; none along one of numbers."""
        return self.system.parameters[axis].named

    def _given(self, values: Values) -> dict[str, Any]:
        names = [name for name in self.system.parameters if name not in (values["axis_a"], values["axis_b"])]
        return self.differing(values, names, self.system.settings_class().as_dict())

    def ranges(self, values: Values) -> list[tuple[str, str, str]]:
        return [(f"low_{side}", f"high_{side}", values[f"axis_{side}"]) for side in "ab"]

    def unused(self, values: Values) -> list[str]:
        axes = {side: values[f"axis_{side}"] for side in "ab"}
        named = [side for side, axis in axes.items() if self._names(axis)]
        ranges = [f"{end}_{side}" for side in named for end in ("low", "high")]
        points = ["points"] if len(named) == len(axes) else []
        # What has a say at one of several choices only has one.
        without = [name for name in self.chapter.unused(values) if not self._decided_by(name, axes.values())]
        return [*axes.values(), *ranges, *points, *without]

    def _decided_by(self, name: str, axes: Iterable[str]) -> bool:
        """Whether an axis decides if this parameter has a say."""
        known = self.system.parameters[name].only_with
        return known is not None and known[0] in axes

    def observable(self, values: Values) -> str:
        return values["observable"]

    def rows(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        fields = {
            name: np.array([(cell.mean(name), cell.standard_error(name)) for cell in cells], dtype=np.float32)
            for name in self.system.observables
        }
        if "converged_at" in self.system.columns:
            fields["converged"] = np.array([[cell.converged] for cell in cells], dtype=np.float32)
        return fields

    def findings(self, request: Request, cells: Cells, fresh: list[Cell]) -> dict[str, Any]:
        study, observable = request.study, request.values["observable"]
        assert study is not None, "cells come of a study"
        if study.is_whole(cells):
            region = self._region(cells, observable)
            sentence = self._sentence(request, region, len(cells))
        else:
            region, sentence = [], f"{self.waiting(study, cells, WORDS['waits'])} {self._so_far(cells, observable)}".rstrip()
        extra = {"observable": observable, "region": np.array([cell.index for cell in region], dtype=np.int32)}
        return {"extra": extra, "sentence": sentence}

    def _region(self, cells: Cells, observable: str) -> list[Cell]:
        return best_region(list(cells.values()), observable, highest=self.system.observables[observable].highest)

    def picked(self, request: Request, cells: Cells) -> list[Index]:
        return [cell.index for cell in self._region(cells, request.values["observable"])[:1]]

    def _so_far(self, cells: Cells, observable: str) -> str:
        means = [mean for mean in (cell.mean(observable) for cell in cells.values()) if not math.isnan(mean)]
        if not means:
            return ""
        between = {"low": number(min(means)), "high": number(max(means))}
        return WORDS["so_far"].format(observable=self.observable_title(observable), **between)

    def room(self, values: Values) -> str:
        axes = [values[f"axis_{side}"] for side in "ab"]
        count = math.prod(len(self._names(axis)) or values["points"] for axis in axes)
        longest = (max((self.on_axis(axis, name) for name in self._names(axis)), key=len, default="0.0001") for axis in axes)
        symbols = (self.system.parameters[axis].symbol for axis in axes)
        at = ", ".join(WORDS["at"].format(symbol=symbol, value=value) for symbol, value in zip(symbols, longest, strict=True))
        value = measured(-100.01, 0.011) if self.system.observables[values["observable"]].of is None else _interval(499, 500)
        told = {"observable": self.observable_title(values["observable"]), "value": value, "before": value, "trials": AGAIN}
        sentence = WORDS["best"].format(**told, at=at, sharing=WORDS["sharing"].format(count=count))
        return f"{sentence} {WORDS['region'].format(count=count, total=count)}"

    def _sentence(self, request: Request, region: list[Cell], count: int) -> str:
        observable = request.values["observable"]
        if not region:
            return WORDS["none"]
        best = region[0]
        at = ", ".join(
            WORDS["at"].format(symbol=self.system.parameters[name].symbol, value=self.on_axis(name, value))
            for name, value in best.point.items()
        )
        sharing = len(equally_good(region, observable))
        anew = self.measured_again(request, [best.index])
        told = {"observable": self.observable_title(observable), "at": at, "before": _measured(best, observable)}
        told["sharing"] = "" if sharing == 1 else WORDS["sharing"].format(count=sharing)
        if anew is None:
            sentence = WORDS["lowest"].format(**told)
        else:
            sentence = WORDS["best"].format(**told, value=_measured(anew[0], observable), trials=len(anew[0].trials))
        others = len(region) - sharing
        within = WORDS["alone"] if not others else WORDS["region"].format(count=others, total=count)
        return f"{sentence} {within}"


def _measured(cell: Cell, observable: str) -> str:
    """A mean with its standard error, or a share with its interval."""
    count = cell.counted(observable)
    if count is None:
        return measured(cell.mean(observable), cell.standard_error(observable))
    return _interval(count, len(cell.trials))


def _interval(count: int, trials: int) -> str:
    low, high = wilson(count, trials, z=INTERVAL)
    return WORDS["share"].format(share=share(count / trials), low=share(low), high=share(high))


PAGE = Tune
