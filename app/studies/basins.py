"""Which memory is recalled from each blend of three, over the triangle between them, for two settings side by side."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any

import numpy as np

from app.address import LOOKS, Key, clip, one_of
from app.drawn import write_bits, write_blend
from app.limits import check_sizes, check_steps
from app.numbers import from_field, in_field, share
from app.session import Deed
from app.studies.limits import MOST_WORK
from app.studies.page import Cells, Index, Request, StudyPage, Values, parameter_keys
from app.words import words
from core.parameters import Refusal
from core.retrieval.basins import BLENDS, COMPARED, KINDS, WEIGHTS, BasinStudy, basin_study, kinds, margin, recall
from core.retrieval.names import FAMILIES
from core.retrieval.patterns import draw_patterns
from core.retrieval.settings import Settings
from core.studies import Cell, Study
from core.system import System

WORDS = words(__package__, "basins")["sentences"]
TAKEAWAY = words()["takeaway"]
POINTS = ("21", "41", "81", "161")  # along a side: the coarsest 21 are among those of all others
LETTERS = "B,E,L"
# Letters, since who is alike can be seen; run until they rest, or slow gains are cut before they have chosen.
DEFAULTS = {"family": "letters", "N": 35, "K": 26, "tau_p": 0.0, "horizon": 1000.0}
OTHER = "10"
MOST_LETTERS = 100  # of the names of three memories


class Basins(StudyPage):
    """Three memories, and two settings that differ in one parameter."""

    name = "basins"
    place = 6
    main = ("K", "N", "sigma", "seed")
    swept = COMPARED
    slid = ("tau_p", "T", "tau_x")

    def __init__(self, values: Values, notices: Iterable[str] = ()) -> None:
        self._is_slid = False
        super().__init__(values, notices)

    @classmethod
    def keys(cls, system: System) -> Mapping[str, Key]:
        return {
            "memories": Key(LETTERS, lambda text: ",".join(_names(text))),
            "blend": one_of("blend", BLENDS[0], lambda: BLENDS),
            "differs": one_of("differs", "tau_p", lambda: COMPARED),
            "other": Key(OTHER, lambda text: clip(text.strip())),
            "points": one_of("points", "81", lambda: POINTS),
            **parameter_keys(system, without=["noise", "target", "cue"], defaults=DEFAULTS),
        }

    # ---------------------------------------------------------------------------------------------------------- values

    def settle(self, values: dict[str, Any], changes: Values) -> dict[str, Any]:
        if "differs" in changes and "other" not in changes:
            values["other"] = self._another(values["differs"], values[values["differs"]])
        names = _called(values["family"], values["K"])
        is_wrong = not set(_names(values["memories"])) <= set(names)
        if is_wrong and "memories" not in changes and (values["memories"] == LETTERS or "family" in changes):
            values["memories"] = LETTERS if values["family"] == "letters" else ",".join(names[:3])
        return values

    def _another(self, name: str, value: Any) -> str:
        """A value that differs from the one there is: another choice, half of a number, the other end of a range."""
        known = self.system.parameters[name]
        if known.choices is not None:
            return str(next(choice for choice in known.choices() if choice != value))
        if known.kind is int:
            return known.write(max(int(known.low or 0), value // 2))
        low, high = known.shown or known.bounds
        return known.write(float(low if value == high else high))

    def second(self, values: Values) -> Any:
        """The value of the second setting, which is written as people write numbers."""
        known = self.system.parameters[values["differs"]]
        return known.read(values["other"] if known.choices is not None else from_field(values["other"]))

    def study(self, values: Values) -> BasinStudy:
        names, chosen = _called(values["family"], values["K"]), _names(values["memories"])
        if len(set(chosen)) != 3 or not set(chosen) <= set(names):
            some = ", ".join(names[:3])
            raise ValueError(WORDS["three"].format(memories=clip(values["memories"]), some=some, last=names[-1]))
        compared = values["differs"]
        usual = self.system.settings_class().as_dict()
        given = self.differing(values, [name for name in usual if name in values and name not in ("seed", compared)], usual)
        return basin_study(
            compared, (values[compared], self.second(values)), memories=[names.index(name) for name in chosen],
            points=int(values["points"]), blend=values["blend"], seed=values["seed"], **given,
        )  # fmt: skip

    def _prepare(self, values: Values) -> BasinStudy:
        study = self.study(values)
        work = 0.0
        for settings in study.sides:
            self.chapter.check_settings(settings)
            check_sizes(self.chapter.most, settings)
            steps, _ = check_steps(self.system, settings)
            work += self.system.trial_size(settings) * steps * len(study.lattice)
        if work > MOST_WORK:
            raise ValueError(WORDS["too_much"].format(points=values["points"], times=f"{work / MOST_WORK:.3g}"))
        return study

    def ranges(self, values: Values) -> list[tuple[str, str, str]]:
        return []

    def unused(self, values: Values) -> list[str]:
        return ["noise", "target", "cue", *self.chapter.unused(values)]

    def texts(self, values: Values) -> dict[str, str]:
        try:
            other = in_field(self.second(values))
        except Refusal:
            other = values["other"]
        return {**super().texts(values), "memories": ", ".join(_names(values["memories"])), "other": other}

    def plain(self, name: str, text: str) -> str:
        return text if name in ("memories", "other") else super().plain(name, text)

    # --------------------------------------------------------------------------------------------------------- sliders

    @property
    def deeds(self) -> Mapping[str, Deed]:
        return {**super().deeds, "slide": self.slide, "release": self.release}

    def slide(self, changes: Mapping[str, Any]) -> None:
        """A slider is moved: all of its moves are one step of the browser's history."""
        self.set(changes)
        self._is_slid = True

    def release(self) -> None:
        self._is_slid = False

    def change(self, changes: Values, *, new_step: bool = True) -> None:
        super().change(changes, new_step=new_step and not self._is_slid)

    # ---------------------------------------------------------------------------------------------------------- stream

    def _introduction(self, study: Study) -> dict[str, Any]:
        assert isinstance(study, BasinStudy)
        (compared, values), *_ = study.axes.items()
        known = self.system.parameters[compared]
        sides = {"name": compared, "values": list(range(len(values))), "texts": [self._at(study, i) for i in range(len(values))]}
        weights = [{"name": name, "values": list(study.axes[name])} for name in WEIGHTS]
        names = max((_called(settings.family, settings.K) for settings in study.sides), key=len)
        return {
            "axes": [{**sides, "symbol": known.symbol}, *weights], "trials": 1, "cells": study.count,
            "memories": list(study.memories), "names": [_told(name) for name in names],
            "short": [names[memory] for memory in study.memories],
        }  # fmt: skip

    def _at(self, study: BasinStudy, side: int) -> str:
        """What one of the settings has that the other has not: τ_p = 10."""
        compared = next(iter(study.axes))
        known, value = self.system.parameters[compared], getattr(study.sides[side], compared)
        if known.choices is not None:
            return self.chapter.choices(compared).get(value, value)
        return WORDS["at"].format(symbol=known.symbol, value=in_field(value))

    def rows(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        columns = {name: np.concatenate([cell.trials.columns[name] for cell in cells]) for name in cells[0].trials.columns}
        study = self._request.study
        assert isinstance(study, BasinStudy)
        drawn = {"kind": kinds(columns, study.memories), "recalled": columns["recalled"], "rest": columns["converged_at"]}
        return {name: values.astype(np.float32)[:, None] for name, values in drawn.items()}

    def findings(self, request: Request, cells: Cells, fresh: list[Cell]) -> dict[str, Any]:
        study = request.study
        assert isinstance(study, BasinStudy)
        counts = request.extra.setdefault("counts", np.zeros((len(study.sides), len(KINDS))))
        if len(fresh) == len(cells):  # told from the beginning
            counts[:] = 0
        if fresh:
            columns = {name: np.concatenate([cell.trials.columns[name] for cell in fresh]) for name in study.columns}
            np.add.at(counts, (np.array([cell.index[0] for cell in fresh]), kinds(columns, study.memories)), 1)
        found = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
        said = [self._sentence(study, side, found[side]) for side in range(len(study.sides)) if counts[side].any()]
        if not study.is_whole(cells):
            said.insert(0, self.waiting(study, cells, WORDS["waits"]))
        return {"sentence": " ".join(said), "extra": {"shares": found.astype(np.float32)}}

    def _sentence(self, study: BasinStudy, side: int, found: np.ndarray) -> str:
        """What is recalled from which share of a triangle: the three memories, and whatever else there is."""
        names = _called(study.sides[side].family, study.sides[side].K)
        three = [_told(names[memory]) for memory in study.memories]
        called = [*three, *(WORDS["mirror"].format(name=name) for name in three)]
        called += [WORDS["another"], WORDS["mixture"], WORDS["not_converged"].format(t=in_field(study.sides[side].horizon))]
        is_none = not found[:3].any()
        shown = [kind for kind in range(len(KINDS)) if found[kind] or (kind < 3 and not is_none)]
        parts = ", ".join(WORDS["part"].format(name=called[kind], share=share(float(found[kind]))) for kind in shown)
        return WORDS["none" if is_none else "shares"].format(at=self._at(study, side), parts=parts)

    def room(self, values: Values) -> str:
        """Two settings, each with the three memories, others and mixtures."""
        parts = ", ".join(WORDS["part"].format(name=name, share=share(0.25)) for name in map(_told, _names(values["memories"])))
        more = ", ".join(WORDS["part"].format(name=WORDS[kind], share=share(0.25)) for kind in ("another", "mixture"))
        symbol = self.system.parameters[values["differs"]].symbol
        sides = [WORDS["at"].format(symbol=symbol, value=text) for text in (values["other"], values["other"])]
        return " ".join(WORDS["shares"].format(at=at, parts=f"{parts}, {more}") for at in sides)

    # ---------------------------------------------------------------------------------------------------- a single cue

    def look(self, index: list[int]) -> None:
        """Where the run from a cue can be watched, and how much more of the cue could be wrong, in both settings."""
        request = self._request
        place = tuple(int(i) for i in index)
        study = request.study
        if request.job is None or place not in request.job.cells or not isinstance(study, BasinStudy) or self.port is None:
            raise KeyError
        self.port.compute(partial(self._margins, study, place), partial(self._looked, request, place))

    def _margins(self, study: BasinStudy, place: Index) -> str:
        return " ".join(self._margin(study, (side, *place[1:])) for side in range(len(study.sides)))

    def _margin(self, study: BasinStudy, place: Index) -> str:
        settings, cue = study.settings(place), study.cue(place)
        patterns = draw_patterns(settings, settings.seed)
        at = self._at(study, place[0])
        found = recall(settings, patterns, cue[None])
        if np.isnan(found["recalled"][0]) or found["mirrored"][0]:
            return WORDS["no_margin"].format(at=at)
        memory = int(found["recalled"][0])
        known = margin(settings, patterns, cue, memory)
        name = _told(_called(settings.family, settings.K)[memory])
        said = WORDS["margin" if known.held < known.right else "whole_margin"]
        return said.format(at=at, name=name, held=known.held, right=known.right, lost=known.held + 1)

    def _looked(self, request: Request, place: Index, done: Future[str]) -> None:
        study = request.study
        if request is not self._request or not isinstance(study, BasinStudy):
            return
        settings, weights = study.settings(place), study.weights(place)
        heaviest = study.memories[int(np.argmax(weights))]
        cue = write_bits(study.cue(place)) if study.blend == "signs" else write_blend(study.memories, _least(weights))
        looks = {name: self.values[name] for name in LOOKS}
        shown = {**self.chapter.defaults, **settings.as_dict(), **looks, "target": heaviest, "own_cue": cue}
        href = f"./{self.chapter.path}?{self.chapter.address.write(shown)}"
        look = {"id": request.number, "index": list(place), "trial": 0, "seed": settings.seed, "href": href}
        self.send({"look": {**look, "margin": done.result()}})

    # ------------------------------------------------------------------------------------------------------- take away

    def want(self, what: str) -> None:
        study = self._request.study
        if what != "command" or not isinstance(study, BasinStudy):
            super().want(what)
            return
        (compared, values), *_ = study.axes.items()
        given = {"memories": study.memories, "points": study.points, "blend": study.blend, "seed": study.seed, **study.common}
        arguments = "".join(f", {name}={_python(value)}" for name, value in given.items())
        lines = [
            f"# {TAKEAWAY['source']}",
            "from core.retrieval.basins import basin_study, shares",
            f"study = basin_study({_python(compared)}, {_python(values)}{arguments})",
            "cells = {cell.index: cell for cell in study.run()}",
            f"print(*(shares(study, cells, side) for side in range({len(values)})), sep={_python(chr(10))})",
        ]
        self.send({"text": {"what": "command", "content": "\n".join(lines) + "\n"}})


def _names(text: str) -> tuple[str, ...]:
    """Names of memories, in whatever way people put them side by side."""
    return tuple(text[:MOST_LETTERS].replace(",", " ").split())


def _called(family: str, K: int) -> tuple[str, ...]:
    """The names of all memories."""
    return FAMILIES[family].names(Settings(K=K))


def _told(name: str) -> str:
    """A name as it stands in a sentence among numbers."""
    return WORDS["numbered"].format(name=name) if name.isdigit() else name


def _least(weights: Iterable[int]) -> list[int]:
    """The same weights in the least whole numbers."""
    every = [int(weight) for weight in weights]
    return [weight // math.gcd(*every) for weight in every]


def _python(value: Any) -> str:
    """A value as Python writes it."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_python, value))})"
    if isinstance(value, str):
        return json.dumps(value)
    return 'float("inf")' if value == math.inf else repr(value)


PAGE = Basins
