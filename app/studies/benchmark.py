"""Figure 4: the mean Hamming error over stored memories and flipped entries, for several memories, and who wins where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.address import Key, bound, one_of, several_of, whole
from app.numbers import measured, number, share
from app.studies.limits import MOST_POINTS, MOST_TRIALS, check_grid
from app.studies.page import AGAIN, Cells, Index, Request, StudyPage, Values, parameter_keys
from app.words import words
from core.judging import discoveries, of_difference
from core.studies import FLIPS, Cell, Study, figure_study, paired_difference, values_of
from core.system import System

OBSERVABLE, EXACT = "hamming", "success"
PAPER_N, PAPER_FLIPS = 20, 10
MOST_MODELS = 5  # beside each other on one page, and one map of differences
CLAIMED = ("hopfield", "neuron-astrocyte")  # than which the paper's memory is said to have a lower error everywhere
WORDS = words(__package__, "benchmark")["sentences"]
Differences = Mapping[Index, tuple[float, float]]  # place → difference and its standard error


class Benchmark(StudyPage):
    """K × n for several memories; the first one, or the astrocyte's, is compared with each other."""

    name = "benchmark"
    place = 2
    views = ("against",)
    main = ("T", "tau_p", "tau_x", "K", "N", "noise", "sigma", "seed")

    @classmethod
    def keys(cls, system: System) -> Mapping[str, Key]:
        models = ("astrocyte", "hopfield", "neuron-astrocyte", "dense")
        return {
            "models": several_of("models", models, lambda: system.members, MOST_MODELS),
            "against": one_of("against", "hopfield", lambda: system.members),
            "low": bound("low"), "high": bound("high"),
            "flips": whole("flips", PAPER_FLIPS, 1, 40),
            "points": whole("points", 25, 2, MOST_POINTS), "trials": whole("trials", 50, 1, MOST_TRIALS),
            **parameter_keys(system, without=["model", "K", "noise"], defaults={"N": PAPER_N}),
        }  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Values) -> dict[str, Any]:
        for name, end in zip(("low", "high"), self.shown_range("K"), strict=True):
            if values[name] is None:
                values[name] = float(end)
        rivals = [name for name in values["models"] if name != reference(values["models"])]
        if values["against"] not in rivals and rivals:
            values["against"] = rivals[0]
        return values

    def study(self, values: Values) -> Study:
        check_grid(len(values["models"]) * values["points"] * (values["flips"] + 1), values["trials"])
        memories = values_of("K", values["points"], (values["low"], values["high"]))
        common = {"seed": values["seed"], **self._given(values)}
        flips = tuple(range(values["flips"] + 1))
        grid = {"models": values["models"], "K": memories, FLIPS: flips}
        return figure_study(4, trials=values["trials"], **grid, **common)

    def command(self, values: Values, study: Study) -> list[str]:
        words = ["figure4", "--points", str(values["points"]), "--trials", str(values["trials"])]
        words += ["--models", ",".join(values["models"])]
        if (values["low"], values["high"]) != self.shown_range("K"):
            words += ["--range", f"K={values['low']:.12g},{values['high']:.12g}"]
        if values["flips"] != PAPER_FLIPS:
            words += ["--range", f"{FLIPS}=0,{values['flips']}"]
        return [*words, *self.options(self._given(values)), "--out", "figure4.npz"]

    def _given(self, values: Values) -> dict[str, Any]:
        names = [name for name in self.system.parameters if name not in ("model", "K", "noise")]
        return self.differing(values, names, {**self.system.settings_class().as_dict(), "N": PAPER_N})

    def ranges(self, values: Values) -> list[tuple[str, str, str]]:
        return [("low", "high", "K")]

    def unused(self, values: Values) -> list[str]:
        return ["K", "noise", *self.chapter.unused({"model": "", **values})]

    def observable(self, values: Values) -> str:
        return OBSERVABLE

    def rows(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        pairs = [(cell.mean(OBSERVABLE), cell.standard_error(OBSERVABLE)) for cell in cells]
        shares = {"converged": [[cell.converged] for cell in cells], EXACT: [[cell.mean(EXACT)] for cell in cells]}
        return {name: np.array(values, dtype=np.float32) for name, values in {OBSERVABLE: pairs, **shares}.items()}

    def findings(self, request: Request, cells: Cells, fresh: list[Cell]) -> dict[str, Any]:
        models = request.values["models"]
        first = models.index(reference(models))
        known: dict[Index, tuple[float, float]] = request.extra.setdefault("differences", {})
        added = []
        for cell in fresh:
            _, *place = cell.index
            pairs = range(len(models)) if cell.index[0] == first else [cell.index[0]]
            for rival in pairs:
                index = (rival, *place)
                if rival != first and index in cells and (first, *place) in cells:
                    known[index] = paired_difference(cells[(first, *place)], cells[index], OBSERVABLE)
                    added.append(index)
        study = request.study
        assert study is not None, "cells come of a study"
        verdicts: dict[Index, int] = {}
        if study.is_whole(cells):
            for rival in range(len(models)):
                verdicts |= self._judge({place: pair for place, pair in known.items() if place[0] == rival}, study.trials)
            added = list(verdicts)  # those that came before had none
        request.extra["verdicts"] = verdicts
        found: dict[str, Any] = {"sentence": self._sentence(request, cells, known)}
        against = request.values["against"]
        found["extra"] = {"first": first, "against": models.index(against) if against in models else -1}
        if added:
            found["pairs"] = {
                "index": np.array(added, dtype=np.int32), "values": np.array([known[index] for index in added], dtype=np.float32),
                "verdicts": np.array([verdicts.get(index, 0) for index in added], dtype=np.int8),
            }  # fmt: skip
        return found

    @staticmethod
    def _judge(grid: Differences, trials: int) -> dict[Index, int]:
        """Of each cell against one rival: lower (−1) or higher (1), at 5 % false discoveries among all of them, or undecided."""
        sure = discoveries(np.array([of_difference(*pair, trials) for pair in grid.values()]))
        return {place: int(np.sign(pair[0])) if known else 0 for (place, pair), known in zip(grid.items(), sure, strict=True)}

    def picked(self, request: Request, cells: Cells) -> list[Index]:
        return self._worst(request)

    def _worst(self, request: Request) -> list[Index]:
        """Where the first memory's error is higher than that of the rival it is compared with by most: both."""
        values, judged = request.values, request.extra.get("verdicts") or {}
        models, known = values["models"], request.extra.get("differences") or {}
        if values["against"] not in models:
            return []
        rival, first = models.index(values["against"]), models.index(reference(models))
        worse = [place for place, verdict in judged.items() if place[0] == rival and verdict > 0]
        if not worse:
            return []
        largest = max(worse, key=lambda place: known[place][0])
        return [(first, *largest[1:]), largest]

    def _sentence(self, request: Request, cells: Cells, known: Differences) -> str:
        """In full for the memory that is compared with, in short for the others; nothing is concluded before all cells are in."""
        study = request.study
        assert study is not None, "cells come of a study"
        models, against = request.values["models"], request.values["against"]
        first = reference(models)
        if not study.is_whole(cells):
            return self.waiting(study, cells, WORDS["waits"]) if len(models) > 1 else ""
        sentences = []
        for rival in sorted((name for name in models if name != first), key=lambda name: name != against):
            grid = {place: pair for place, pair in known.items() if models[place[0]] == rival}
            sentences.append(self._against(request, first, rival, grid, rival == against))
            if rival == against:
                sentences.append(self._recalled(cells, models, first, rival))
        if "hopfield" in models:
            sentences.append(WORDS[f"diagonal_{request.values['diagonal']}"])
        cut = sum(round((1 - cell.converged) * len(cell.trials)) for cell in cells.values())
        if cut:
            total, horizon = len(cells) * study.trials, number(request.values["horizon"])
            sentences.append(WORDS["cut"].format(count=cut, total=total, horizon=horizon))
        return " ".join(sentences)

    def room(self, values: Values) -> str:
        models, against = values["models"], values["against"]
        total = values["points"] * (values["flips"] + 1)
        counts = WORDS["counts"].format(better=total, worse=total, total=total, level=WORDS["level"].format(level=total))
        K, n = f"{values['high']:.12g}", values["flips"]
        where = WORDS["where"].format(bounds=f"n ≥ {n}{WORDS['and']}K ≥ {K}")
        again = WORDS["again"].format(trials=AGAIN)
        parts = [WORDS["excess"].format(excess=measured(-10.01, 0.011), K=K, n=n, where=where, again=again)]
        for rival in (name for name in models if name != reference(models)):
            told = WORDS["claim_holds" if rival == against else "other"]
            parts.append(told.format(rival=self.model_title(rival), counts=counts, better=total, worse=total))
            if rival == against:
                titles = {"first": self.model_title(reference(models)), "rival": self.model_title(rival)}
                parts.append(WORDS["recalled"].format(**titles, mine=share(0.994), theirs=share(0.994)))
        if "hopfield" in models:
            parts.append(WORDS["diagonal_dropped"])
        trials = len(models) * total * values["trials"]
        return " ".join([*parts, WORDS["cut"].format(count=trials, total=trials, horizon=number(values["horizon"]))])

    def _against(self, request: Request, first: str, rival: str, grid: Differences, full: bool) -> str:
        """Where the first memory's error is lower than a rival's, where it is higher, and where that is undecided."""
        judged = request.extra["verdicts"]
        better, worse = ([place for place in grid if judged[place] == side] for side in (-1, 1))
        if not full:
            return WORDS["other"].format(rival=self.model_title(rival), better=len(better), worse=len(worse))
        level = len(grid) - len(better) - len(worse)
        undecided = WORDS["level"].format(level=level) if level else ""
        counts = WORDS["counts"].format(better=len(better), worse=len(worse), total=len(grid), level=undecided)
        claimed = first == "astrocyte" and rival in CLAIMED
        claim = WORDS["no_claim"] if not claimed else WORDS["claim_fails"] if worse or not better else WORDS["claim_holds"]
        sentence = claim.format(rival=self.model_title(rival), counts=counts)
        return f"{sentence} {self._excess(request, grid, worse)}" if worse else sentence

    def _excess(self, request: Request, grid: Differences, worse: list[Index]) -> str:
        study = request.study
        assert study is not None, "cells come of a study"
        memories, flips = study.axes["K"], study.axes[FLIPS]
        largest = max(worse, key=lambda place: grid[place][0])
        least = (min(memories[i] for _, i, _ in worse), min(flips[j] for *_, j in worse))
        lows = zip(("K", FLIPS), least, (memories[0], flips[0]), strict=True)
        bounds = [f"{symbol} ≥ {value}" for symbol, value, low in lows if value > low]
        where = WORDS["where"].format(bounds=WORDS["and"].join(reversed(bounds))) if bounds else ""
        at = {"K": memories[largest[1]], "n": flips[largest[2]]}
        anew = self.measured_again(request, self._worst(request))
        if anew is None:
            return WORDS["excess"].format(**at, excess=measured(*grid[largest]), where=where, again=WORDS["soon"])
        mine, theirs = sorted(anew, key=lambda cell: cell.point["model"] != reference(request.values["models"]))
        again = WORDS["again"].format(trials=len(mine.trials))
        return WORDS["excess"].format(
            **at, excess=measured(*paired_difference(mine, theirs, OBSERVABLE)), where=where, again=again
        )

    def _recalled(self, cells: Cells, models: tuple[str, ...], first: str, rival: str) -> str:
        """How often each recalls every bit, over the whole grid: a low error may come of recalling nothing."""

        def exact(name: str) -> str:
            return share(float(np.mean([cell.mean(EXACT) for index, cell in cells.items() if models[index[0]] == name])))

        titles = {"first": self.model_title(first), "rival": self.model_title(rival)}
        return WORDS["recalled"].format(**titles, mine=exact(first), theirs=exact(rival))


def reference(models: tuple[str, ...]) -> str:
    """The memory that is compared with each other one."""
    return "astrocyte" if "astrocyte" in models else models[0]


PAGE = Benchmark
