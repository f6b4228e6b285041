"""Figures 1 to 3: one parameter swept; error, perplexity and convergence time with the spread of their trials."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.address import Key, bound, one_of, several_of, whole
from app.numbers import in_field, number, on_axis, share
from app.studies.limits import MOST_POINTS, MOST_TRIALS, check_grid
from app.studies.page import Cells, Request, StudyPage, Values, parameter_keys
from app.words import words
from core.studies import Cell, Study, sweep_study, values_of
from core.system import System

CLASSICAL = "hopfield"  # whose median is drawn as the classical limit
OBSERVED = ("error", "perplexity", "converged_at")
SWEPT = ("tau_p", "tau_x", "T", "K", "noise", "N", "sigma")
WORDS = words(__package__, "regimes")["sentences"]
REST = 1e6  # a horizon that no trial reaches: it rests before
STEEP = 2.0  # from here on φ is so steep that even neurons which commit at once recall


class Regimes(StudyPage):
    """A parameter swept over its range for several memories."""

    name = "regimes"
    place = 1
    swept = SWEPT
    main = ("T", "tau_p", "tau_x", "K", "N", "noise", "sigma", "seed")

    @classmethod
    def keys(cls, system: System) -> Mapping[str, Key]:
        return {
            "axis": one_of("axis", "tau_p", lambda: SWEPT),
            "low": bound("low"), "high": bound("high"),
            "points": whole("points", 25, 2, MOST_POINTS), "trials": whole("trials", 50, 1, MOST_TRIALS),
            "until": one_of("until", "horizon", lambda: ("horizon", "rest")),
            "models": several_of("models", ("astrocyte", CLASSICAL), lambda: system.members, 6),
            **parameter_keys(system, without=["model"]),
        }  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Values) -> dict[str, Any]:
        low, high = self.shown_range(values["axis"])
        for name, end in (("low", low), ("high", high)):
            if values[name] is None or ("axis" in changes and name not in changes):
                values[name] = float(end)
        return values

    def study(self, values: Values) -> Study:
        axis = values["axis"]
        check_grid(len(values["models"]) * values["points"], values["trials"])
        points = values_of(axis, values["points"], (values["low"], values["high"]))
        common = {"seed": values["seed"], **self._given(values)}
        return sweep_study(axis, points, models=values["models"], trials=values["trials"], **common)

    def command(self, values: Values, study: Study) -> list[str]:
        axis = values["axis"]
        words = ["sweep", axis, "--points", str(values["points"]), "--trials", str(values["trials"])]
        if (values["low"], values["high"]) != self.shown_range(axis):
            words += ["--range", f"{axis}={values['low']:.12g},{values['high']:.12g}"]
        words += ["--models", ",".join(values["models"]), *self.options(self._given(values))]
        return [*words, "--out", f"{axis}.npz"]

    def _given(self, values: Values) -> dict[str, Any]:
        names = [name for name in self.system.parameters if name not in ("model", values["axis"])]
        given = self.differing(values, names, self.system.settings_class().as_dict())
        return {**given, "horizon": REST} if values["until"] == "rest" else given

    def unused(self, values: Values) -> list[str]:
        cut = ["horizon"] if values["until"] == "rest" else []
        return [values["axis"], *cut, *self.chapter.unused({"model": "", **values})]

    def observable(self, values: Values) -> str:
        return "error"

    def rows(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        fields = {name: np.array([cell.percentiles(name) for cell in cells], dtype=np.float32) for name in OBSERVED}
        fields["converged"] = np.array([[cell.converged] for cell in cells], dtype=np.float32)
        return fields

    def findings(self, request: Request, cells: Cells, fresh: list[Cell]) -> dict[str, Any]:
        study = request.study
        assert study is not None, "cells come of a study"
        sentences = []
        first = request.values["models"].index("astrocyte") if "astrocyte" in request.values["models"] else 0
        row = {i: cell for (model, i), cell in cells.items() if model == first}
        axis = request.values["axis"]
        medians = {i: cell.percentiles("error", [50])[0] for i, cell in row.items()}
        if not study.is_whole(cells):
            sentences.append(self.waiting(study, cells, WORDS["waits"]))
            if medians:
                between = {"low": number(min(medians.values())), "high": number(max(medians.values()))}
                sentences.append(WORDS["so_far"].format(**between))
            return {"sentence": " ".join(sentences)}
        low, high = min(row), max(row)
        least = min(medians, key=lambda i: (medians[i], i))
        symbol = self.system.parameters[axis].symbol

        def at(i: int) -> str:
            return f"{symbol} = {on_axis(row[i].point[axis])}"

        sentences.append(
            WORDS["ends"].format(low=number(medians[low]), at_low=at(low), high=number(medians[high]), at_high=at(high))
        )
        if medians[least] < min(medians[low], medians[high]):
            sentences.append(WORDS["least"].format(value=number(medians[least]), at=at(least)))
        sentences += self._classical(request, cells)
        each = []
        for model, name in enumerate(request.values["models"]):
            late = [cell for (m, _), cell in sorted(cells.items()) if m == model and cell.converged < 1]
            if late:
                worst = min(late, key=lambda cell: cell.converged)
                given = {"share": share(1 - worst.converged), "at": at(worst.index[1])}
                each.append(WORDS["late"].format(model=self.model_title(name), count=len(late), total=len(row), **given))
        if each:
            sentences.append(WORDS["cut"].format(horizon=number(study.settings((0, 0)).horizon), each="; ".join(each)))
        if axis == "tau_x" and row[low].point[axis] <= 0.01:
            sentences += self._halves(request.values, medians[low], row[low])
        return {"sentence": " ".join(sentences)}

    def room(self, values: Values) -> str:
        models, number, axis = values["models"], "0.0001", values["axis"]
        at = f"{self.system.parameters[axis].symbol} = {number}"
        points = {"count": values["points"], "total": values["points"], "share": "99.9 %"}
        late = [WORDS["late"].format(model=self.model_title(name), at=at, **points) for name in models]
        parts = [
            WORDS["ends"].format(low=number, high=number, at_low=at, at_high=at),
            WORDS["least"].format(value=number, at=at),
            WORDS["cut"].format(horizon=number, each="; ".join(late)),
        ]
        if CLASSICAL in models:
            parts.append(WORDS["classical"].format(value=WORDS["from_to"].format(low=number, high=number)))
        if axis == "tau_x":
            parts.append(WORDS["steep"].format(sigma=in_field(values["sigma"]), value=number, quarter=number, frozen=number))
        return " ".join(parts)

    def _halves(self, values: Values, median: float, first: Cell) -> list[str]:
        """Figure 2 has a high error for hasty neurons and one of exactly n for frozen ones: no σ gives both."""
        told = {"sigma": in_field(values["sigma"]), "frozen": number(_frozen_error(values)), "value": number(median)}
        if values["sigma"] >= STEEP and median <= 1:
            quarter = number(first.percentiles("error", [75])[0])
            return [WORDS["steep"].format(**told, quarter=quarter)]
        return [WORDS["shallow"].format(**told, flips=_flips(values))] if median > 1 else []

    def _classical(self, request: Request, cells: Cells) -> list[str]:
        if CLASSICAL not in request.values["models"]:
            return []
        model = request.values["models"].index(CLASSICAL)
        limits = [cell.percentiles("error", [50])[0] for (m, _), cell in cells.items() if m == model]
        if not limits:
            return []
        low, high = number(min(limits)), number(max(limits))
        value = low if low == high else WORDS["from_to"].format(low=low, high=high)
        return [WORDS["classical"].format(value=value)]


def _flips(values: Values) -> int:
    return round(values["noise"] * values["N"])


def _frozen_error(values: Values) -> float:
    """The soft error of neurons that stay at a cue with so many entries flipped."""
    count = values["N"]
    return (count - (count - 2 * _flips(values)) * math.tanh(values["sigma"])) / 2


PAGE = Regimes
