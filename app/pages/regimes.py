"""Figures 1 to 3: one parameter swept; error, perplexity and convergence time with the spread of their trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.laboratory.address import SWEPT, Address, bound, one_of, parameter, several_of, whole
from app.laboratory.limits import MOST_POINTS, MOST_TRIALS, check_grid
from app.pages.laboratory import LaboratoryPage, Wish, number, options, said, written
from app.parameters import spoken
from app.words import LABORATORY as WORDS
from core import PARAMETERS, Settings
from core.registry import MEMORIES
from core.studies import Cell, Study, sweep_study, values_of

CLASSICAL = "hopfield"  # whose median is drawn as the classical limit
OBSERVED = ("error", "perplexity", "converged_at")
COMMON = tuple(name for name in PARAMETERS if name != "model")
TOLD = WORDS["regimes"]
STEEP = 2.0  # from here on φ is so steep that even neurons which commit at once recall


class Regimes(LaboratoryPage):
    """A parameter swept over its range for several memories."""

    name = "regimes"
    address = Address({
        "axis": one_of("axis", "tau_p", lambda: SWEPT),
        "low": bound("low"), "high": bound("high"),
        "points": whole("points", 25, 2, MOST_POINTS), "trials": whole("trials", 50, 1, MOST_TRIALS),
        "models": several_of("models", ("astrocyte", CLASSICAL), lambda: MEMORIES, 6),
        **{name: parameter(name) for name in COMMON},
    })  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        low, high = PARAMETERS[values["axis"]].shown
        for name, end in (("low", low), ("high", high)):
            if values[name] is None or ("axis" in changes and name not in changes):
                values[name] = float(end)
        return values

    def study(self, values: Mapping[str, Any]) -> Study:
        axis = values["axis"]
        check_grid(len(values["models"]) * values["points"], values["trials"])
        points = values_of(axis, values["points"], (values["low"], values["high"]))
        common = {"seed": values["seed"], **self._given(values)}
        return sweep_study(axis, points, models=values["models"], trials=values["trials"], **common)

    def command(self, values: Mapping[str, Any], study: Study) -> list[str]:
        axis = values["axis"]
        words = ["sweep", axis, "--points", str(values["points"]), "--trials", str(values["trials"])]
        if (values["low"], values["high"]) != PARAMETERS[axis].shown:
            words += ["--range", f"{axis}={values['low']:.12g},{values['high']:.12g}"]
        words += ["--models", ",".join(values["models"]), *options(self._given(values))]
        return [*words, "--out", f"{axis}.npz"]

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return said(values, [name for name in COMMON if name != values["axis"]], Settings().as_dict())

    def hidden(self, values: Mapping[str, Any]) -> list[str]:
        return [values["axis"]]

    def observable(self, values: Mapping[str, Any]) -> str:
        return "error"

    def drawn(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        fields = {name: np.array([cell.percentiles(name) for cell in cells], dtype=np.float32) for name in OBSERVED}
        fields["converged"] = np.array([[cell.converged] for cell in cells], dtype=np.float32)
        return fields

    def told(self, wish: Wish, cells: dict[tuple[int, ...], Cell], fresh: list[Cell]) -> dict[str, Any]:
        sentences = []
        first = wish.values["models"].index("astrocyte") if "astrocyte" in wish.values["models"] else 0
        row = {i: cell for (model, i), cell in cells.items() if model == first}
        if len(row) < 3:
            return {"sentence": ""}
        axis = wish.values["axis"]
        medians = {i: cell.percentiles("error", [50])[0] for i, cell in row.items()}
        low, high = min(row), max(row)
        least = min(medians, key=lambda i: (medians[i], i))
        symbol = PARAMETERS[axis].symbol

        def at(i: int) -> str:
            return f"{symbol} = {written(row[i].point[axis])}"

        sentences.append(
            TOLD["ends"].format(low=number(medians[low]), at_low=at(low), high=number(medians[high]), at_high=at(high))
        )
        if medians[least] < min(medians[low], medians[high]):
            sentences.append(TOLD["least"].format(value=number(medians[least]), at=at(least)))
        sentences += self._classical(wish, cells)
        late = [i for i, cell in row.items() if cell.converged < 1]
        if late:
            worst = min(late, key=lambda i: row[i].converged)
            share, horizon = f"{100 * (1 - row[worst].converged):.0f} %", number(wish.values["horizon"])
            sentences.append(TOLD["cut"].format(count=len(late), total=len(row), share=share, at=at(worst), horizon=horizon))
        if axis == "tau_x" and row[low].point[axis] <= 0.01 and medians[low] <= 1 and wish.values["sigma"] >= STEEP:
            told = {"sigma": spoken("sigma", wish.values["sigma"]), "value": number(medians[low])}
            sentences.append(TOLD["steep"].format(**told, quarter=number(row[low].percentiles("error", [75])[0])))
        return {"sentence": " ".join(sentences)}

    def _classical(self, wish: Wish, cells: dict[tuple[int, ...], Cell]) -> list[str]:
        if CLASSICAL not in wish.values["models"]:
            return []
        model = wish.values["models"].index(CLASSICAL)
        limits = [cell.percentiles("error", [50])[0] for (m, _), cell in cells.items() if m == model]
        if not limits:
            return []
        low, high = number(min(limits)), number(max(limits))
        told = low if low == high else TOLD["from_to"].format(low=low, high=high)
        return [TOLD["classical"].format(value=told)]
