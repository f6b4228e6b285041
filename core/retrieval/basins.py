"""Basins of attraction in a plane: which memory is recalled from each blend of three, over the triangle between them.

A blend has weights w on a lattice of the triangle, counted in steps of 1/(points − 1), which add up to 1. How weights become a
cue is our choice, and what is recalled depends on it, so there are two ways:

    values    x_i(0) = Σ_μ w_μ ξ_μi                  the plane through the three memories, and nothing is left to chance
    signs     x_i(0) = sign(Σ_μ w_μ ξ_μi − θ_i)     each entry ±1, +1 as often as the memories that have +1 have weight

θ are N evenly spaced thresholds within (−1, 1), dealt to the neurons in a random order of the seed, the same for the whole map:
an entry on which the three agree is theirs everywhere, any other changes at one line parallel to a side. Borders of such a map
are those lines, and where they lie is a matter of luck: over seeds 0 to 11 the share of the triangle from which the letter B is
recalled (τ_p = 0, among B, E and L) lies between .07 and .69; with values it is .27. Either way corners are the memories
themselves, and no memory has a place of its own in the rule, so that exchanging two exchanges the map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from core.ensemble import BATCH_BYTES, Ensemble, check_precision
from core.integrate import integrate
from core.parameters import Refusal, check_whole
from core.random import stream
from core.registry import DEFAULT, system_named
from core.retrieval.names import MEMORIES
from core.retrieval.patterns import draw_patterns
from core.retrieval.settings import PARAMETERS, Settings
from core.studies import Cell, Study

BLENDS = ("values", "signs")
WEIGHTS = ("w_2", "w_3")  # of the second and the third memory: the axes of the triangle; the first one has the rest
# How the run from a cue ends. The first three are the memories that are blended, the next three their mirror images.
KINDS = ("first", "second", "third", "mirror_first", "mirror_second", "mirror_third", "another", "mixture", "not_converged")
# What two settings may differ in: not what decides patterns or cues, since the maps are of the same cues.
COMPARED = tuple(
    name
    for name in PARAMETERS
    if name not in ("N", "noise", "seed", "target", "family", "activity", "groups", "spread", "cue")
)  # fmt: skip
COARSE = 20  # steps along a side of what is computed first, where the lattice has a multiple of them
MOST_IN_BATCH = 512  # blends: so that a map fills while it is computed
Columns = dict[str, np.ndarray]
Index = tuple[int, ...]  # side, and how many steps the second and the third memory have


def stride_of(points: int) -> int:
    """How many steps of the lattice are one of the coarsest."""
    return (points - 1) // COARSE if (points - 1) % COARSE == 0 else 1


def lattice(points: int) -> np.ndarray:
    """All weights as rows of three whole numbers that add up to points − 1, coarse to fine, and beyond that in no order: so
    shares of those that come first are shares of the triangle, but for chance."""
    last = points - 1
    stride = stride_of(points)
    every = [(last - j - k, j, k) for k in range(points) for j in range(points - k)]
    every = [every[i] for i in stream(0, "lattice").permutation(len(every))]

    def late(weights: tuple[int, ...]) -> int:
        """How often the coarsest spacing has to be halved until these weights are on it."""
        step, halved = stride, 0
        while step > 1 and any(w % step for w in weights):
            step, halved = step // 2 if step % 2 == 0 else 1, halved + 1
        return halved

    return np.array(sorted(every, key=late))


def blend(corners: np.ndarray, weights: np.ndarray, how: str, seed: int) -> np.ndarray:
    """Cues (B, N) from three memories (N, 3) and weights (B, 3). All sums are of whole numbers, so that which memory comes first
    does not matter."""
    N, last = len(corners), int(weights[0].sum())
    mixed = weights.astype(np.int64) @ corners.T.astype(np.int64)
    if how == "values":
        return mixed / last
    order = stream(seed, "blend").permutation(N)
    return np.where(N * mixed > last * (2 * order + 1 - N), 1.0, -1.0)


def recall(settings: Settings, patterns: np.ndarray, cues: np.ndarray, dtype: str = "float64") -> Columns:
    """How the runs from these cues (B, N) end, all with the same patterns (N, K): which memory is recalled (NaN: none), whether
    as its mirror image, when it came to rest, and after how many steps."""
    kind = np.dtype(dtype).type
    memory = MEMORIES[settings.model](settings, patterns, kind)
    ending = integrate(memory, memory.start(cues.astype(kind)), settings, [settings.seed] * len(cues))
    overlaps = np.sign(ending.variables["x"]).astype(np.float64) @ patterns.astype(np.float64)
    nearest = np.abs(overlaps).argmax(axis=-1)
    overlap = overlaps[np.arange(len(cues)), nearest]
    is_recalled = (np.abs(overlap) == len(patterns)) & ~np.isnan(ending.converged_at)
    return {
        "recalled": np.where(is_recalled, nearest, np.nan),
        "mirrored": (is_recalled & (overlap < 0)).astype(float),
        "converged_at": ending.converged_at,
        "steps": ending.steps,
    }


def recall_blends(settings: Settings, memories: Sequence[int], how: str, weights: np.ndarray, dtype: str) -> Columns:
    """The same from blends: the unit of work that an executor is given."""
    patterns = draw_patterns(settings, settings.seed)
    return recall(settings, patterns, blend(patterns[:, list(memories)], weights, how, settings.seed), dtype)


def kinds(columns: Mapping[str, np.ndarray], memories: Sequence[int]) -> np.ndarray:
    """Index into KINDS for each run."""
    recalled, is_mirror = columns["recalled"], columns["mirrored"] == 1
    corner = [(recalled == memory) & (is_mirror == mirror) for mirror in (False, True) for memory in memories]
    conditions = [*corner, ~np.isnan(recalled), ~np.isnan(columns["converged_at"])]
    return np.select(conditions, range(len(conditions)), default=len(conditions))


# -------------------------------------------------------------------------------------------------------------------- study


@dataclass(frozen=True)
class BasinStudy(Study):
    """A triangle of blends for each value of one parameter. A cell is one run, and knows its place by the weights."""

    memories: tuple[int, ...] = (0, 1, 2)
    blend: str = BLENDS[0]

    @property
    def columns(self) -> Mapping[str, type]:
        return {"recalled": float, "mirrored": float, "converged_at": float, "steps": int}

    @property
    def points(self) -> int:
        return len(self.axes[WEIGHTS[0]])

    @property
    def count(self) -> int:
        return len(self.sides) * len(self.lattice)

    @cached_property
    def lattice(self) -> np.ndarray:
        return lattice(self.points)

    @cached_property
    def sides(self) -> tuple[Settings, ...]:
        """The settings of each triangle."""
        (name, values), *_ = self.axes.items()
        return tuple(Settings.of({**self.common, "seed": self.seed, name: value}) for value in values)

    def settings(self, index: Index) -> Settings:
        return self.sides[index[0]]

    def weights(self, index: Index) -> tuple[int, int, int]:
        """How many steps each memory has."""
        _, j, k = index
        return self.points - 1 - j - k, j, k

    def cue(self, index: Index) -> np.ndarray:
        settings = self.settings(index)
        corners = draw_patterns(settings, settings.seed)[:, list(self.memories)]
        made: np.ndarray = blend(corners, np.array([self.weights(index)]), self.blend, settings.seed)[0]
        return made

    def indices(self) -> list[Index]:
        """The coarsest lattice of every triangle, then what lies between, and so on."""
        return [index for batch in self._batches(()) for index in batch]

    def run(self, executor: Executor | None = None, done: Collection[Index] = ()) -> Generator[Cell, None, None]:
        if executor is None:
            for batch in self._batches(done):
                yield from self._cells(batch, recall_blends(*self._work(batch)))
        else:
            yield from super().run(executor, done)

    def steps(self, executor: Executor, known: dict[Index, Any]) -> Generator[Cell | list[Future], None, None]:
        waiting = {executor.submit(recall_blends, *self._work(batch)): batch for batch in self._batches(known)}
        try:
            while waiting:
                yield [*waiting]
                for future in [future for future in waiting if future.done()]:
                    yield from self._cells(waiting.pop(future), future.result())
        finally:
            for future in waiting:
                future.cancel()

    def _batches(self, done: Collection[Index]) -> list[list[Index]]:
        """Cells of one triangle that are computed together, triangles in turn."""
        size = max(MEMORIES[settings.model].trial_size(settings) for settings in self.sides)
        most = max(1, min(MOST_IN_BATCH, BATCH_BYTES // (size * np.dtype(self.dtype).itemsize)))
        first = (COARSE + 1) * (COARSE + 2) // 2 if stride_of(self.points) > 1 else 0  # by itself, to be there soon
        edges = [*range(0, first, most), *range(first, len(self.lattice), most), len(self.lattice)]
        batches = []
        for start, end in pairwise(edges):
            for side in range(len(self.sides)):
                batch: list[Index] = [(side, int(j), int(k)) for _, j, k in self.lattice[start:end]]
                batches.append([index for index in batch if index not in done])
        return [batch for batch in batches if batch]

    def _work(self, batch: list[Index]) -> tuple[Any, ...]:
        weights = np.array([self.weights(index) for index in batch])
        return self.settings(batch[0]), self.memories, self.blend, weights, self.dtype

    def _cells(self, batch: list[Index], columns: Columns) -> Generator[Cell, None, None]:
        settings = system_named(self.system).given(self.settings(batch[0]))
        seeds = np.array([self.seed], dtype=np.int64)
        for row, index in enumerate(batch):
            one = {name: values[row : row + 1] for name, values in columns.items()}
            yield Cell(index, self.point(index), Ensemble(settings, seeds, system=self.system, **one))


def basin_study(
    compared: str = "tau_p",
    values: Sequence[Any] = (0.0, 10.0),
    *,
    memories: Sequence[int] = (0, 1, 2),
    points: int = 81,
    blend: str = BLENDS[0],
    seed: int = 0,
    dtype: Any = "float64",
    **common: Any,
) -> BasinStudy:
    """The triangle between three memories, counted from 0, for each value of the parameter that is compared."""
    check_whole("points", points, 2)
    if blend not in BLENDS:
        raise Refusal("blend", blend, f"one of {', '.join(BLENDS)}", key="choice", choices=BLENDS)
    if compared not in COMPARED:
        raise Refusal("compared", compared, f"one of {', '.join(COMPARED)}", key="choice", choices=COMPARED)
    three = tuple(memories)
    common = {**Settings.filled(common), **common}
    weights = tuple(step / (points - 1) for step in range(points))
    axes = {compared: tuple(values), **dict.fromkeys(WEIGHTS, weights)}
    common.pop(compared, None)
    study = BasinStudy("basins", axes, common, 1, seed, check_precision(dtype), DEFAULT, three, blend)
    fewest = min(settings.K for settings in study.sides)
    if len(set(three)) != 3 or not all(isinstance(memory, int) and 0 <= memory < fewest for memory in three):
        allowed = f"three different whole numbers from 0 to {fewest - 1}"
        raise Refusal("memories", list(three), allowed, key="corners", K=fewest)
    return study


def shares(study: BasinStudy, cells: Mapping[Index, Cell], side: int) -> dict[str, float]:
    """Which share of one triangle ends how, of the cells that are in."""
    found = [cell.trials.columns for index, cell in cells.items() if index[0] == side]
    if not found:
        return {}
    columns = {name: np.concatenate([one[name] for one in found]) for name in study.columns}
    counted = Counter(kinds(columns, study.memories).tolist())
    return {kind: counted[i] / len(found) for i, kind in enumerate(KINDS)}


# ------------------------------------------------------------------------------------------------------------------- margin


@dataclass(frozen=True)
class Margin:
    """How many of a cue's right entries can be flipped, one after the other, until a memory is no longer recalled."""

    held: int  # flips with all of which it still was; −1 where not even the cue itself recalls it
    right: int  # entries of the cue that agree with the memory


def margin(settings: Settings, patterns: np.ndarray, cue: np.ndarray, memory: int) -> Margin:
    """The right entries are flipped in a random order of the seed's own, all numbers of flips in one batch."""
    order = stream(settings.seed, "margin").permutation(len(cue))
    right = order[(np.sign(cue) == patterns[:, memory])[order]]
    cues = np.repeat(cue[None].astype(float), len(right) + 1, axis=0)
    for flips in range(len(right) + 1):
        cues[flips, right[:flips]] *= -1
    found = recall(settings, patterns, cues)
    is_lost = (found["recalled"] != memory) | (found["mirrored"] == 1)
    return Margin(int(is_lost.argmax()) - 1 if is_lost.any() else len(right), len(right))
