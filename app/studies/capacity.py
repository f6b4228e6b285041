"""How many memories can be recalled: K₉₀ over N for every memory, beside the nearest-memory rule and the channel's limit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.address import Key, bound, several_of, whole
from app.limits import check_sizes, check_steps
from app.numbers import in_field, measured, number
from app.studies.limits import MOST_TRIALS, check_grid, check_work
from app.studies.page import Cells, Index, Request, StudyPage, Values, parameter_keys
from app.words import words
from core.retrieval.capacity import (
    COMPARED,
    FIXED,
    LEVEL,
    NEURONS,
    POINTS,
    SIGNED,
    VARIANTS,
    CapacityStudy,
    Crossing,
    Line,
    capacity_study,
    channel_limit,
    contestants,
    recalled,
    rule_capacity,
    rule_success,
    straight,
)
from core.studies import Cell, Study, values_of
from core.system import System

MOST_N, MOST_SIZES = 100, 12
CURVE = 80  # points of the rule's success over K
DECIDED = 4.0  # of χ²: from two standard errors on a power and an exponential are told apart
OF_STUDY = ("model", "N", "K")  # what its axes are
CONTENT = words(__package__, "capacity")
WORDS, VARIANT_TITLES = CONTENT["sentences"], CONTENT["page"]["variants"]


class Capacity(StudyPage):
    """Searches of K₉₀ for memories × N."""

    name = "capacity"
    place = 4
    views = ("shown",)
    main = ("T", "tau_p", "tau_x", "noise", "sigma", "seed")

    @classmethod
    def keys(cls, system: System) -> Mapping[str, Key]:
        coins = [name for name, known in system.parameters.items() if known.only_with and known.only_with[0] == "family"]
        return {
            "models": several_of("models", COMPARED, contestants, len(contestants())),
            "low": bound("low"), "high": bound("high"),
            "points": whole("points", POINTS, 2, MOST_SIZES), "trials": whole("trials", 200, 10, MOST_TRIALS),
            "shown": whole("shown", 30, 1, MOST_N),
            **parameter_keys(system, without=[*OF_STUDY, *FIXED, *coins]),
        }  # fmt: skip

    def settle(self, values: dict[str, Any], changes: Values) -> dict[str, Any]:
        for name, end in zip(("low", "high"), NEURONS, strict=True):
            if values[name] is None:
                values[name] = float(end)
        return values

    def study(self, values: Values) -> CapacityStudy:
        sizes = values_of("N", values["points"], (values["low"], values["high"]))
        given = {"seed": values["seed"], "trials": values["trials"], **self._given(values)}
        return capacity_study(models=values["models"], N=sizes, **given)

    def _prepare(self, values: Values) -> Study:
        """A search goes no further than the rule, which nothing beats: that bounds its cost, though K is not known before."""
        study = self.study(values)
        check_grid(study.count, study.trials)
        work, steps_of = 0.0, dict[str, int]()
        for model, size in study.series:
            settings = study.settings((model, size, 0))
            self.chapter.check_settings(settings)
            check_sizes({"N": MOST_N}, settings)
            name = study.axes["model"][model]
            steps = steps_of[name] if name in steps_of else check_steps(self.system, settings)[0]
            steps_of[name] = steps
            most = rule_capacity(settings.N, settings.flips, signed=True)
            rung = next((i for i, K in enumerate(study.axes["K"]) if K > most), len(study.axes["K"]) - 1)
            work += self.system.trial_size(study.settings((model, size, rung))) * steps
        check_work(work * study.trials, study.trials)
        return study

    def command(self, values: Values, study: Study) -> list[str]:
        words = ["capacity", "--points", str(values["points"]), "--trials", str(values["trials"])]
        words += ["--range", f"N={values['low']:.12g},{values['high']:.12g}", "--models", ",".join(values["models"])]
        return [*words, *self.options(self._given(values)), "--out", "capacity.npz"]

    def _given(self, values: Values) -> dict[str, Any]:
        names = [name for name in self.system.parameters if name in self.address.keys]
        return self.differing({**values, **FIXED}, names, self.system.settings_class().as_dict())

    def ranges(self, values: Values) -> list[tuple[str, str, str]]:
        return [("low", "high", "N")]

    def unused(self, values: Values) -> list[str]:
        kinds = {VARIANTS.get(name, {}).get("model", name) for name in values["models"]}
        own = {name: known.only_with for name, known in self.system.parameters.items() if known.only_with}
        return [name for name, (other, wanted) in own.items() if other == "model" and not kinds & {*np.atleast_1d(wanted)}]

    def observable(self, values: Values) -> str:
        return "hamming"

    def trial(self, study: Study, cell: Cell, trial: int) -> tuple[dict[str, Any], str]:
        """The very trial; where its page takes fewer memories, the same cue among the first of them, which patterns keep."""
        most, K = self.chapter.most["K"], cell.point["K"]
        own = {"seed": int(cell.trials.seeds[trial]), "target": int(cell.trials.columns["target"][trial]), "K": min(K, most)}
        return {**cell.trials.settings, **own}, WORDS["fewer"].format(most=most, K=K) if K > most else ""

    # ------------------------------------------------------------------------------------------------------ what is drawn

    def model_title(self, name: str) -> str:
        if name in VARIANT_TITLES:
            return VARIANT_TITLES[name]
        if name not in WORDS["titles"]:
            return super().model_title(name)
        return WORDS["titles"][name].format(**{key: in_field(self.values[key]) for key in ("tau_p", "degree")})

    def rows(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        return {"success": np.array([recalled(cell) for cell in cells], dtype=np.float32)}

    def findings(self, request: Request, cells: Cells, fresh: list[Cell]) -> dict[str, Any]:
        study = request.study
        assert isinstance(study, CapacityStudy), "cells come of a study"
        known: dict[Index, Crossing] = request.extra.setdefault("known", {})
        found = request.extra.setdefault("found", np.full((*study.shape[:2], 3), np.nan, dtype=np.float32))
        for at in {cell.index[:2] for cell in fresh}:
            passed = study.found(at, cells)
            if passed is not None:
                known[at], found[at] = passed, (passed.K, passed.error, study.is_over(at, cells))
        extra: dict[str, Any] = {"found": found.copy()}
        if not request.introduced:
            extra["rules"] = _rules(study)
        if study.is_whole(cells):
            sentence = self._sentence(study, known)
        else:
            sentence = self.waiting(study, cells, WORDS["waits"])
        return {"sentence": sentence, "extra": extra}

    def _sentence(self, study: CapacityStudy, found: Mapping[Index, Crossing]) -> str:
        """Bits a neuron of what grows exponentially, powers of what grows as one: whichever line the points fit better."""
        sizes = study.axes["N"]
        bits, powers, undecided, beyond = [], [], [], []
        for model, name in enumerate(study.axes["model"]):
            title = self.model_title(name)
            passed = {N: found[model, i] for i, N in enumerate(sizes) if math.isfinite(found[model, i].error)}
            if len(passed) < len(sizes):
                beyond.append(WORDS["beyond"].format(model=title, count=len(sizes) - len(passed), total=len(sizes)))
            logs, errors = [math.log(one.K) for one in passed.values()], [one.error for one in passed.values()]
            over_N, over_log = straight([*passed], logs, errors), straight([math.log(N) for N in passed], logs, errors)
            if over_N is None or over_log is None:
                continue
            better = (over_log.misfit - over_N.misfit) * (len(passed) - 2) / max(1.0, min(over_log.misfit, over_N.misfit))
            if abs(better) < DECIDED:
                undecided.append(title)
            elif better > 0:
                bits.append(WORDS["bits_of"].format(model=title, bits=_bits(over_N)))
            else:
                powers.append(WORDS["power_of"].format(model=title, power=measured(over_log.slope, over_log.error)))
        told = [WORDS["bits"].format(low=sizes[0], high=sizes[-1], each="; ".join([*bits, *self._rule(study)]))]
        for key, named in (("power", powers), ("undecided", undecided), ("outside", beyond)):
            if named:
                told.append(WORDS[key].format(each="; ".join(named)))
        return " ".join(told)

    def _rule(self, study: CapacityStudy) -> list[str]:
        noise = _settings(study, 0).noise
        sizes = [(settings.N, settings.flips) for settings in (_settings(study, i) for i in range(study.shape[1]))]
        line = straight([N for N, _ in sizes], [math.log(rule_capacity(N, flips)) for N, flips in sizes])
        if line is None or math.isnan(line.slope):
            return []
        return [WORDS["rule"].format(bits=number(line.slope / math.log(2)), limit=number(channel_limit(noise)))]

    def room(self, values: Values) -> str:
        each = [WORDS["bits_of"].format(model=self.model_title(name), bits=measured(0.288, 0.011)) for name in values["models"]]
        rule = WORDS["rule"].format(bits="0.288", limit="0.278")
        bits = WORDS["bits"].format(low=100, high=100, each="; ".join([*each, rule]))
        return f"{bits} {WORDS['power'].format(each='')}"


def _settings(study: CapacityStudy, size: int) -> Any:
    return study.settings((0, size, 0))


def _bits(line: Line) -> str:
    return measured(line.slope / math.log(2), line.error / math.log(2))


def _rules(study: CapacityStudy) -> dict[str, Any]:
    """The exact lines: what the nearest memory holds at each N and how often it is right over K, without and with its sign."""
    rungs = study.axes["K"]
    curve = np.geomspace(rungs[0], rungs[-1], CURVE)
    sizes = [(settings.N, settings.flips) for settings in (_settings(study, i) for i in range(study.shape[1]))]
    signs = [False, True] if any(VARIANTS.get(name, {}).get("model", name) in SIGNED for name in study.axes["model"]) else [False]
    return {
        "level": LEVEL,
        "limit": channel_limit(_settings(study, 0).noise),
        "K": curve.astype(np.float32),
        "capacity": np.array([[rule_capacity(*size, signed=sign) for size in sizes] for sign in signs], dtype=np.float32),
        "success": np.array([[rule_success(*size, curve, signed=sign) for size in sizes] for sign in signs], dtype=np.float32),
        "signed": [int(name in SIGNED) for name in study.axes["model"]],
    }


PAGE = Capacity
