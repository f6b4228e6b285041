"""Figure 4: the mean Hamming error over stored memories and flipped entries, for several memories, and who wins where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.laboratory.address import Address, bound, one_of, parameter, several_of, whole
from app.laboratory.limits import MOST_POINTS, MOST_TRIALS, check_grid
from app.pages.laboratory import LaboratoryPage, Wish, measured, model_title, options, said
from app.words import LABORATORY as WORDS
from core import PARAMETERS, Settings
from core.registry import MEMORIES
from core.studies import FLIPS, Cell, Study, figure_study, paired_difference, values_of

OBSERVABLE = "hamming"
COMMON = tuple(name for name in PARAMETERS if name not in ("model", "K", "noise"))
PAPER_N, PAPER_FLIPS = 20, 10
MOST_MODELS = 5  # beside each other on one page, and one map of differences
CLAIMED = ("hopfield", "neuron-astrocyte")  # than which the paper's memory is said to have a lower error everywhere
TOLD = WORDS["benchmark"]
Differences = Mapping[tuple[int, ...], tuple[float, float]]  # place → difference and its standard error


class Benchmark(LaboratoryPage):
    """K × n for several memories; the first one, or the astrocyte's, is compared with each other."""

    name = "benchmark"
    views = ("against",)
    address = Address({
        "models": several_of("models", ("astrocyte", "hopfield", "neuron-astrocyte", "dense"), lambda: MEMORIES, MOST_MODELS),
        "against": one_of("against", "hopfield", lambda: MEMORIES),
        "low": bound("low"), "high": bound("high"),
        "flips": whole("flips", PAPER_FLIPS, 1, 40),
        "points": whole("points", 25, 2, MOST_POINTS), "trials": whole("trials", 50, 1, MOST_TRIALS),
        **{name: parameter(name, PAPER_N if name == "N" else None) for name in COMMON},
    })  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        for name, end in zip(("low", "high"), PARAMETERS["K"].shown, strict=True):
            if values[name] is None:
                values[name] = float(end)
        rivals = [name for name in values["models"] if name != reference(values["models"])]
        if values["against"] not in rivals and rivals:
            values["against"] = rivals[0]
        return values

    def study(self, values: Mapping[str, Any]) -> Study:
        check_grid(len(values["models"]) * values["points"] * (values["flips"] + 1), values["trials"])
        memories = values_of("K", values["points"], (values["low"], values["high"]))
        common = {"seed": values["seed"], **self._given(values)}
        flips = tuple(range(values["flips"] + 1))
        grid = {"models": values["models"], "K": memories, FLIPS: flips}
        return figure_study(4, trials=values["trials"], **grid, **common)

    def command(self, values: Mapping[str, Any], study: Study) -> list[str]:
        words = ["figure4", "--points", str(values["points"]), "--trials", str(values["trials"])]
        words += ["--models", ",".join(values["models"])]
        if (values["low"], values["high"]) != PARAMETERS["K"].shown:
            words += ["--range", f"K={values['low']:.12g},{values['high']:.12g}"]
        if values["flips"] != PAPER_FLIPS:
            words += ["--range", f"{FLIPS}=0,{values['flips']}"]
        return [*words, *options(self._given(values)), "--out", "figure4.npz"]

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return said(values, COMMON, {**Settings().as_dict(), "N": PAPER_N})

    def hidden(self, values: Mapping[str, Any]) -> list[str]:
        return ["K", "noise"]

    def observable(self, values: Mapping[str, Any]) -> str:
        return OBSERVABLE

    def drawn(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        rows = [(cell.mean(OBSERVABLE), cell.standard_error(OBSERVABLE)) for cell in cells]
        return {OBSERVABLE: np.array(rows, dtype=np.float32)}

    def told(self, wish: Wish, cells: dict[tuple[int, ...], Cell], fresh: list[Cell]) -> dict[str, Any]:
        models = wish.values["models"]
        first = models.index(reference(models))
        known: dict[tuple[int, ...], tuple[float, float]] = wish.extra.setdefault("differences", {})
        added = []
        for cell in fresh:
            _, *place = cell.index
            pairs = range(len(models)) if cell.index[0] == first else [cell.index[0]]
            for rival in pairs:
                index = (rival, *place)
                if rival != first and index in cells and (first, *place) in cells:
                    known[index] = paired_difference(cells[(first, *place)], cells[index], OBSERVABLE)
                    added.append(index)
        sentence, total = self._sentence(wish, known), math.prod(wish.study.shape)
        if sentence and len(cells) < total:
            sentence = TOLD["so_far"].format(done=len(cells), total=total) + sentence
        told: dict[str, Any] = {"sentence": sentence}
        against = wish.values["against"]
        told["extra"] = {"first": first, "against": models.index(against) if against in models else -1}
        if added:
            told["pairs"] = {
                "index": np.array(added, dtype=np.int32), "values": np.array([known[index] for index in added], dtype=np.float32),
            }  # fmt: skip
        return told

    def _sentence(self, wish: Wish, known: Differences) -> str:
        """In full for the memory that is compared with, in short for the others."""
        models, against = wish.values["models"], wish.values["against"]
        first = reference(models)
        told = []
        for rival in sorted((name for name in models if name != first), key=lambda name: name != against):
            grid = {place[1:]: pair for place, pair in known.items() if models[place[0]] == rival}
            if grid:
                told.append(self._against(wish.study, first, rival, grid, rival == against))
        return " ".join(told)

    def _against(self, study: Study, first: str, rival: str, grid: Differences, full: bool) -> str:
        """Where the first memory's error is lower than a rival's by more than the standard error, and where it is higher."""
        better = [place for place, (d, e) in grid.items() if d < 0 and not -d <= e]
        worse = [place for place, (d, e) in grid.items() if d > 0 and not d <= e]
        level = len(grid) - len(better) - len(worse)
        counts = {"rival": model_title(rival), "better": len(better), "worse": len(worse)}
        if not full:
            return TOLD["other"].format(**counts)
        within = TOLD["level"].format(level=level) if level else ""
        claimed = first == "astrocyte" and rival in CLAIMED
        verdict = TOLD["no_claim"] if not claimed else TOLD["claim_fails"] if worse or not better else TOLD["claim_holds"]
        told = verdict.format(rival=model_title(rival), counts=TOLD["counts"].format(**counts, total=len(grid), level=within))
        return f"{told} {self._excess(study, grid, worse)}" if worse else told

    def _excess(self, study: Study, grid: Differences, worse: list[tuple[int, ...]]) -> str:
        memories, flips = study.axes["K"], study.axes[FLIPS]
        largest = max(worse, key=lambda place: grid[place][0])
        least = (min(memories[i] for i, _ in worse), min(flips[j] for _, j in worse))
        lows = zip(("K", FLIPS), least, (memories[0], flips[0]), strict=True)
        bounds = [f"{symbol} ≥ {value}" for symbol, value, low in lows if value > low]
        where = TOLD["where"].format(bounds=TOLD["and"].join(reversed(bounds))) if bounds else ""
        at = {"K": memories[largest[0]], "n": flips[largest[1]]}
        return TOLD["excess"].format(**at, excess=measured(*grid[largest]), where=where)


def reference(models: tuple[str, ...]) -> str:
    """The memory that is compared with each other one."""
    return "astrocyte" if "astrocyte" in models else models[0]
