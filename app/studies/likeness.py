"""Recall over τ_p/τ_x for memories that are alike: a line for each number of stored memories, and where the cue alone predicts
that half of them fail (core/retrieval/race.py).

Only the ratio of the two time constants counts, so that τ_x stays 1 here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.address import Key, bound, refusal, whole
from app.numbers import number, share
from app.studies.limits import MOST_POINTS, MOST_TRIALS, check_grid
from app.studies.page import Cells, Request, StudyPage, Values, parameter_keys
from app.words import words
from core.judging import wilson
from core.random import trial_seeds
from core.retrieval.names import FAMILIES
from core.retrieval.race import Race, half_recalled, race
from core.studies import FLIPS, Cell, Study, map_study, values_of
from core.system import System

OBSERVABLE = "success"
NEURONS, FLIPPED = 64, 6  # those of the digits; other families are compared at the same size
STORED = (30, 100, 300)
MOST_STORED = 6  # lines in one figure
RANGE = (0.01, 30.0)
RACED = 100  # trials by which a threshold is predicted, at most, and fewer where these are more numbers
RACED_NUMBERS = 5_000_000
FEW_RACED = 10
OWN = ("model", "K", "tau_p", "tau_x", "noise", "origin")  # parameters that have no field here
WORDS = words(__package__, "likeness")
SAID = WORDS["sentences"]


class Likeness(StudyPage):
    """K × τ_p for one family of patterns."""

    name = "likeness"
    place = 5
    main = ("family", "N", "T", "sigma", "seed")

    @classmethod
    def keys(cls, system: System) -> Mapping[str, Key]:
        usual = {"family": "digits", "N": NEURONS, "horizon": 100.0}
        return {
            "stored": counts("stored", STORED), "n": whole(FLIPS, FLIPPED, 0, 1024),
            "low": bound("low"), "high": bound("high"),
            "points": whole("points", 15, 2, MOST_POINTS), "trials": whole("trials", 100, 1, MOST_TRIALS),
            **parameter_keys(system, without=OWN, defaults=usual),
        }  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Values) -> dict[str, Any]:
        for name, end in zip(("low", "high"), RANGE, strict=True):
            if values[name] is None:
                values[name] = end
        family = FAMILIES[values["family"]]
        if not changes and values["N"] == NEURONS:  # an address may name the family alone
            values["N"] = family.sizes.get("N", NEURONS)
        if "family" in changes:
            before = FAMILIES[self.values["family"]]
            if before.sizes and not family.sizes:
                values["N"] = NEURONS
            if before.most and before.most < max(STORED):
                values["stored"] = STORED
        if not changes or "family" in changes:
            values["stored"] = tuple(sorted({min(K, family.most or K) for K in values["stored"]}))
        return values

    def study(self, values: Values) -> Study:
        check_grid(len(values["stored"]) * values["points"], values["trials"])
        ratios = values_of("tau_p", values["points"], (values["low"], values["high"]))
        common = {"seed": values["seed"], **self._given(values)}
        return map_study(("K", values["stored"]), ("tau_p", ratios), trials=values["trials"], **common)

    def command(self, values: Values, study: Study) -> list[str]:
        words = ["map", "K", "tau_p", "--at", f"K={','.join(map(str, values['stored']))}"]
        words += ["--range", f"tau_p={values['low']:.12g},{values['high']:.12g}", "--points", str(values["points"])]
        return [*words, "--trials", str(values["trials"]), *self.options(self._given(values)), "--out", "likeness.npz"]

    def _given(self, values: Values) -> dict[str, Any]:
        defaults = self.system.settings_class().as_dict()
        names = [name for name in self.system.parameters if name not in OWN]
        sizes = self.system.settings_from({"N": values["N"]})
        noise = self.system.derived_axes[FLIPS].apply(sizes, values["n"]).noise
        return {**self.differing(values, names, defaults), **({"noise": noise} if noise != defaults["noise"] else {})}

    def plain(self, name: str, text: str) -> str:
        return text if name == "stored" else super().plain(name, text)

    def ranges(self, values: Values) -> list[tuple[str, str, str]]:
        return [("low", "high", "tau_p")]

    def unused(self, values: Values) -> list[str]:
        return [*OWN, *self.chapter.unused({"model": "", **values})]

    def observable(self, values: Values) -> str:
        return OBSERVABLE

    def rows(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        shares = [(cell.mean(OBSERVABLE), *wilson(cell.counted(OBSERVABLE) or 0, len(cell.trials))) for cell in cells]
        return {
            OBSERVABLE: np.array(shares, dtype=np.float32),
            "converged": np.array([[cell.converged] for cell in cells], dtype=np.float32),
        }

    def findings(self, request: Request, cells: Cells, fresh: list[Cell]) -> dict[str, Any]:
        study = request.study
        assert study is not None, "cells come of a study"
        if "races" not in request.extra:
            request.extra["races"] = races(study)
        predicted: list[Race] = request.extra["races"]
        found = {"extra": {"predicted": np.array([one.threshold for one in predicted], dtype=np.float32)}}
        if not study.is_whole(cells):
            sentence = self.waiting(study, cells, SAID["waits"])
            shares = [cell.mean(OBSERVABLE) for cell in cells.values()]
            if shares:
                sentence += " " + SAID["so_far"].format(low=share(min(shares)), high=share(max(shares)))
            return {**found, "sentence": sentence}
        halves = thresholds(study, cells)
        each = [self._clause(K, half, one.threshold) for K, half, one in zip(study.axes["K"], halves, predicted, strict=True)]
        overlap = float(np.nanmean(predicted[-1].likeness)) if study.axes["K"][-1] > 1 else math.nan
        whole = SAID["kept" if all(math.isinf(half) for half in halves) else "lost"]
        sentence = whole.format(overlap=f"{round(overlap, 2) + 0.0:.2f}".replace("-", "−"), each=", ".join(each))
        cut = 1 - min(cell.converged for cell in cells.values())
        if cut > 0:
            sentence += " " + SAID["cut"].format(share=share(cut))
        return {**found, "sentence": sentence}

    def _clause(self, K: int, half: float, predicted: float) -> str:
        """Up to where half are recalled with so many memories, and what was predicted."""
        expected = _by_size(predicted, "predicted_nowhere", "predicted", "predicted_every").format(value=number(predicted))
        said = _by_size(half, "nowhere", "up_to", "every")
        return said.format(K=K, ratio=WORDS["page"]["ratio"], value=number(half), predicted=expected)

    def room(self, values: Values) -> str:
        wide = 0.0123
        each = ", ".join(self._clause(K, wide, wide) for K in values["stored"])
        return " ".join([SAID["kept"].format(overlap="0.00", each=each), SAID["cut"].format(share="99.9 %")])


def races(study: Study) -> list[Race]:
    """The race of the first trials at each number of memories; τ_p has no say in it."""
    found = []
    for i in range(len(study.axes["K"])):
        settings = study.settings((i, 0))
        most = min(RACED, max(FEW_RACED, RACED_NUMBERS // (settings.N * settings.K)))
        found.append(race(settings, trial_seeds(study.seed, min(study.trials, most))))
    return found


def thresholds(study: Study, cells: Cells) -> list[float]:
    """τ_p/τ_x up to which half are recalled, at each number of memories."""
    ratios = study.axes["tau_p"]
    return [
        half_recalled(ratios, [cells[i, j].mean(OBSERVABLE) for j in range(len(ratios))]) for i in range(len(study.axes["K"]))
    ]


def _by_size(threshold: float, none: str, some: str, every: str) -> str:
    return SAID[every if math.isinf(threshold) else some if threshold > 0 else none]


def counts(name: str, default: tuple[int, ...]) -> Key:
    """Some whole numbers, in their order, none of them twice."""

    def read(text: str) -> tuple[int, ...]:
        parts = [part for part in re.split(r"[,;\s]+", text[:200]) if part]
        right = all(re.fullmatch(r"[1-9]\d{0,5}", part) for part in parts) and 1 <= len({*parts}) <= MOST_STORED
        if not right:
            example = ",".join(map(str, default))
            raise refusal(name, text, WORDS["refused"]["counts"].format(most=MOST_STORED, example=example))
        return tuple(sorted({int(part) for part in parts}))

    return Key(default, read, lambda values: ",".join(map(str, values)))


PAGE = Likeness
