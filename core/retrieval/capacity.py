"""How many memories can be recalled: K₉₀, up to which K a spoilt cue is recalled in nine of ten trials, for N neurons.

The rule that this is compared with, after Shannon: a cue with n of N entries flipped is a word that came through a noisy channel,
and whoever names the stored pattern that it overlaps with most cannot be beaten. Its success is exact, without a fit, for fair
coins and flipped entries; so only these are studied.

A cell is one memory at one N and one K. Its trials share patterns: of every draw Ξ up to `CUES` of the K patterns are cued, each
with the same entries flipped, so that every trial is still `simulate(seed=…, target=…)`. Trials of one draw are not independent,
which the errors take into account. The K stand on a ladder that is bisected, so that every search has the same number of cells.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from core.ensemble import BATCH_BYTES, check_precision, check_trials
from core.integrate import integrate
from core.judging import wilson
from core.parameters import Refusal
from core.random import stream
from core.retrieval.names import MEMORIES, memory_names
from core.retrieval.observe import soft_error
from core.retrieval.patterns import draw_cue, draw_patterns
from core.retrieval.settings import PARAMETERS, Settings
from core.studies import Cell, Index, Study, Work, depths_of, values_of

LEVEL = 0.9  # of the trials that recall: ours, as a classical error rate of one in ten
CUES = 40  # of one draw at most: more hardly say more, since they fail together
STEPS = 5  # of a search
RUNGS = 2**STEPS - 1  # which that many bisections tell apart
MOST_K = 2**15
LEAST_SLOPE = 0.25  # of a fit in which nothing falls
SIGNED = (
    "attention",
    "linear",
    "ramsauer",
)  # their score tells a pattern from its mirror image, so that half as many can be mistaken
# Memories with settings of their own, which stand beside those that have the study's.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "instant": {"model": "astrocyte", "tau_p": 0.0},
    "cubic": {"model": "dense", "degree": 3},
}
COMPARED = ("instant", "astrocyte", "attention", "hopfield", "cubic", "dense", "neuron-astrocyte")
NEURONS, POINTS = (10, 45), 8  # in fives, of which a fifth is a whole number
FIXED = {"family": "coins", "cue": "flip", "target": 0, "silenced": -1, "origin": "cue"}  # what the rule is exact for


def contestants() -> tuple[str, ...]:
    """What the first axis of a study may name."""
    return (*memory_names(), *VARIANTS)


# ---------------------------------------------------------------------------------------------------- the nearest memory


def rival_chances(N: int, flips: int, signed: bool = False) -> tuple[float, float]:
    """(q, e): how likely a rival overlaps with the cue more than the target does, and how likely just as much.

    Of a rival of fair coins the overlap with anything is N − 2B, B from Binomial(N, ½); the target's is N − 2n.
    """
    mismatches = np.arange(N + 1)
    logs = np.array([math.lgamma(N + 1) - math.lgamma(k + 1) - math.lgamma(N - k + 1) for k in mismatches]) - N * math.log(2)
    overlap, own = N - 2 * mismatches, N - 2 * flips
    if not signed:
        overlap, own = np.abs(overlap), abs(own)
    return float(np.exp(logs[overlap > own]).sum()), float(np.exp(logs[overlap == own]).sum())


def rule_success(N: int, flips: int, K: Any, signed: bool = False) -> np.ndarray:
    """How often the nearest memory is the target, [(1−q)^K − (1−q−e)^K]/(K e); of several that are equally near one is drawn.

    A cue with half of its entries flipped is no nearer to the target than to its mirror image: that is never a recall.
    """
    K = np.asarray(K, dtype=float)
    q, e = rival_chances(N, flips, signed)
    if 2 * flips >= N:
        return np.zeros_like(K)
    with np.errstate(divide="ignore"):
        return np.exp(K * np.log1p(-q)) * -np.expm1(K * np.log1p(-min(1.0, e / (1 - q)))) / (K * e)


def rule_capacity(N: int, flips: int, level: float = LEVEL, signed: bool = False) -> float:
    """The K, not rounded, up to which the nearest memory is the target in this share of the trials; NaN where that is below 1."""
    if rule_success(N, flips, 1.0, signed) < level:
        return math.nan
    low, high = 0.0, 1.0  # of log K
    while rule_success(N, flips, math.exp(high), signed) >= level:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rule_success(N, flips, math.exp(middle), signed) >= level else (low, middle)
    return math.exp(low)


def channel_limit(noise: float) -> float:
    """Shannon's 1 − h(η), in bits a neuron: no rule whatever has more memories than 2 to this times N, as N grows."""
    return 1 + sum(p * math.log2(p) for p in (noise, 1 - noise) if p > 0)


# --------------------------------------------------------------------------------------------------------------- trials


def recall_batch(settings: Settings, seeds: Sequence[int], targets: Sequence[int], precision: str) -> dict[str, np.ndarray]:
    """Trials of these seeds and targets: with one Ξ for all where they have one seed, else with one each."""
    dtype = np.dtype(precision).type
    drawn = {seed: draw_patterns(settings, seed) for seed in dict.fromkeys(seeds)}
    entries = {seed: draw_cue(settings, drawn[seed], seed) * drawn[seed][:, settings.target] for seed in drawn}  # −1: flipped
    aimed = np.array([drawn[seed][:, target] for seed, target in zip(seeds, targets, strict=True)], dtype=dtype)
    cues = aimed * np.array([entries[seed] for seed in seeds], dtype=dtype)
    patterns: np.ndarray = drawn[seeds[0]] if len(drawn) == 1 else np.array([drawn[seed] for seed in seeds])
    memory = MEMORIES[settings.model](settings, patterns, dtype)
    ending = integrate(memory, memory.start(cues), settings, seeds)
    return {
        "seeds": np.array(seeds, dtype=np.int64),
        "target": np.array(targets),
        "hamming": soft_error(aimed, np.sign(ending.variables["x"])).astype(float),
        "converged_at": ending.converged_at,
    }


@dataclass(frozen=True)
class CapacityStudy(Study):
    """Memories × N × rungs of K, of which only those are computed that the searches come by."""

    @property
    def count(self) -> int:
        return math.prod(self.shape[:2]) * STEPS

    @property
    def columns(self) -> Mapping[str, type]:
        return {"target": int, "hamming": float, "converged_at": float}

    @property
    def summary(self) -> tuple[str, ...]:
        return ("success",)

    @cached_property
    def series(self) -> list[tuple[int, int]]:
        """The searches, the ends of the axis of N first, memories side by side."""
        memories, sizes = self.shape[:2]
        late = depths_of(sizes)
        return sorted(((m, i) for m in range(memories) for i in range(sizes)), key=lambda at: (late[at[1]], at[1], at[0]))

    def settings(self, index: Index) -> Settings:
        name, N, K = self.point(index).values()
        own = VARIANTS.get(name, {"model": name})
        return Settings.of({**self.common, **FIXED, "seed": self.seed, **own, "N": N, "K": K})

    def schedule(self, known: Mapping[Index, Cell]) -> Iterator[Index | None]:
        """Whatever can begin of the first search that is not over, so that its point is there soon; workers to spare go on with
        the next ones."""
        ends = dict.fromkeys(self.series, (-1, RUNGS))
        begun: set[Index] = set()
        while ends:
            for at in list(ends):
                ends[at] = low, high = self.narrowed(at, known, *ends[at])
                index = (*at, (low + high) // 2)
                if high - low == 1:
                    del ends[at]
                elif index not in begun:
                    begun.add(index)
                    yield index
                    break
            else:
                if ends:
                    yield None

    def narrowed(self, at: Index, known: Mapping[Index, Cell], low: int = -1, high: int = RUNGS) -> tuple[int, int]:
        """The rungs between which a search stands: enough is recalled at the lower one. It is over once they are neighbours."""
        while high - low > 1 and (cell := known.get((*at, (low + high) // 2))):
            middle = (low + high) // 2
            low, high = (middle, high) if cell.mean("success") >= LEVEL else (low, middle)
        return low, high

    def is_over(self, at: Index, known: Mapping[Index, Cell]) -> bool:
        low, high = self.narrowed(at, known)
        return high - low == 1

    def work(self, index: Index) -> list[Work]:
        settings = self.settings(index)
        seeds, targets = trials_of(settings, self.trials)
        size = Settings.of({**settings.as_dict(), "N": 1}) if settings.K > CUES else settings  # its patterns are there once
        bytes_each = MEMORIES[settings.model].trial_size(size) * np.dtype(self.dtype).itemsize
        most = max(1, BATCH_BYTES // bytes_each)
        chunks = []
        for first, last in _draws(seeds) if settings.K > CUES else [(0, len(seeds))]:
            parts = -(-(last - first) // most)
            cuts = [first + (last - first) * i // parts for i in range(parts + 1)]
            chunks += [slice(*ends) for ends in pairwise(cuts)]
        return [(recall_batch, (settings, seeds[chunk], targets[chunk], self.dtype)) for chunk in chunks]

    def found(self, at: Index, known: Mapping[Index, Cell]) -> Crossing | None:
        """K₉₀ of one search as far as it has come, None while there is none; a search may end on one side of it."""
        cells = self.of_series(at, known)
        passed = crossing(cells)
        if passed is None and self.is_over(at, known):
            return Crossing(math.inf if cells[-1].mean("success") >= LEVEL else 0.0, math.nan)
        return passed

    def of_series(self, at: Index, known: Mapping[Index, Cell]) -> list[Cell]:
        """What is known of one search, from the smallest K to the largest."""
        return [known[*at, rung] for rung in range(RUNGS) if (*at, rung) in known]


def trials_of(settings: Settings, trials: int) -> tuple[list[int], list[int]]:
    """The seed and the target of each trial of a cell: as many targets a draw as there may be."""
    cued = min(settings.K, CUES)
    drawn = stream(settings.seed, "capacity", settings.N, settings.K).integers(0, 2**53, size=-(-trials // cued))
    seeds = [int(seed) for seed in drawn for _ in range(cued)][:trials]
    return seeds, [i % cued for i in range(trials)]


def _draws(seeds: Sequence[int]) -> list[tuple[int, int]]:
    """From where to where trials have the same seed."""
    starts = [i for i in range(len(seeds)) if i == 0 or seeds[i] != seeds[i - 1]]
    return list(zip(starts, [*starts[1:], len(seeds)], strict=True))


def ladder(top: float) -> tuple[int, ...]:
    """`RUNGS` whole K from 1 up, evenly in log K where they are far enough apart."""
    top = max(top, RUNGS)
    rungs = [1]
    for i in range(1, RUNGS):
        rungs.append(max(rungs[-1] + 1, round(top ** (i / (RUNGS - 1)))))
    return tuple(rungs)


def capacity_study(
    *,
    models: Sequence[str] = COMPARED,
    N: Sequence[int] | int | None = None,
    points: int = POINTS,
    trials: int = 200,
    seed: int = 0,
    dtype: Any = "float64",
    title: str = "capacity",
    **common: Any,
) -> CapacityStudy:
    """The searches of K₉₀ for these memories, over these N or so many of them. Their ladder ends at twice what the rule can hold,
    or at `MOST_K`."""
    check_trials(trials)
    for name in models:
        if name not in contestants():
            raise Refusal("models", name, f"one of {', '.join(contestants())}", key="choice", choices=contestants())
    for name in ("K", *FIXED):
        if name in common:
            sentence = f"{name} = {common[name]!r}: it must be left out, since a capacity is of fair coins and flipped cues"
            raise Refusal(name, common[name], "left out", key="swept", sentence=sentence)
    given = values_of("N", points, NEURONS) if N is None else [N] if isinstance(N, int) else N
    sizes = tuple(sorted({PARAMETERS["N"].check(size) for size in given}))
    if not models or not sizes:
        sentence = "N has no values: it must have at least one" if models else "models has no values: it must have at least one"
        raise Refusal("N" if models else "models", None, "at least one value", key="no_values", sentence=sentence)
    most = Settings.of({**common, **FIXED, "N": sizes[-1]})
    top = rule_capacity(most.N, most.flips, signed=True)
    rungs = ladder(min(MOST_K, 2 * top) if top > 0 else 1)
    study = CapacityStudy(
        title, {"model": tuple(models), "N": sizes, "K": rungs}, dict(common), trials, seed, check_precision(dtype), "retrieval"
    )
    for at in study.series:
        study.settings((*at, 0))
    return study


# -------------------------------------------------------------------------------------------------------- what it comes to


@dataclass(frozen=True)
class Crossing:
    """Where success passes `LEVEL`: K, and the standard error of log K; K = 0 is below every K of a search, inf above all."""

    K: float
    error: float


def crossing(cells: Sequence[Cell], level: float = LEVEL) -> Crossing | None:
    """K₉₀ from the cells of a search, in the order of K; None while no K on one side of it is known.

    Success is taken as exp(−e^{a + b log K}), which the rule itself nearly is (b = 1), and fitted by likelihood to the cells
    where at least half of the trials recall, and to the two that bracket the level. Half a trial is added to both sides, so that
    a cell without a failure has a say of finite weight, and b = 1 ± 1 is known before, lest neighbours that are alike by chance
    say anything. The error follows from the curvature of the likelihood, times the square root of how much more the draws differ
    from each other than independent trials would.
    """
    if not cells:
        return None
    share = np.array([cell.mean("success") for cell in cells])
    above, below = np.flatnonzero(share >= level), np.flatnonzero(share < level)
    if not len(above) or not len(below):
        return None
    bracket = {int(above[-1]), int(below[below > above[-1]][0]) if (below > above[-1]).any() else int(below[-1])}
    used = [i for i in range(len(cells)) if share[i] >= 0.5 or i in bracket]
    u = np.log([cells[i].point["K"] for i in used])
    n = np.array([len(cells[i].trials) for i in used], dtype=float)
    y = (n * share[used] + 0.5) / (n + 1)
    weights, line = n, np.zeros(2)
    middle = u.mean()
    X = np.stack([np.ones_like(u), u - middle], axis=1)
    prior = np.array([[0.0, 0.0], [0.0, 1.0]])
    fitted = y
    for _ in range(12):  # Fisher's scoring, from the shares themselves
        fitted = np.clip(fitted, 1e-6, 1 - 1e-6)
        eta, slope = np.log(-np.log(fitted)), fitted * np.log(fitted)  # and the slope of success in it
        weights = n * slope**2 / (fitted * (1 - fitted))
        wanted = eta + (y - fitted) / slope
        line = np.linalg.solve((X.T * weights) @ X + prior, (X.T * weights) @ wanted + prior @ np.ones(2))
        if line[1] < LEAST_SLOPE:
            line = np.array([np.average(wanted - LEAST_SLOPE * X[:, 1], weights=weights), LEAST_SLOPE])
        fitted = np.exp(-np.exp(np.clip(X @ line, -14, 3)))
    a, b = line
    at = (math.log(-math.log(level)) - a) / b
    gradient = np.array([-1 / b, -at / b])
    spread = np.linalg.inv((X.T * weights) @ X + prior)
    inflation = max(1.0, design_effect([cells[i] for i in used]))
    return Crossing(math.exp(at + middle), math.sqrt(inflation * float(gradient @ spread @ gradient)))


def design_effect(cells: Sequence[Cell]) -> float:
    """How many times the variance of success is what independent trials would have, over all cells; 1 where that is not known."""
    found, independent = 0.0, 0.0
    for cell in cells:
        success = cell.values("success")
        _, draw = np.unique(cell.trials.seeds, return_inverse=True)
        draws = int(draw.max()) + 1
        if draws > 1:
            excess = np.bincount(draw, weights=success - success.mean())
            found += float(np.sum(excess**2)) * draws / (draws - 1)
            independent += float(np.sum((success - success.mean()) ** 2))
    return found / independent if independent else 1.0


def recalled(cell: Cell) -> tuple[float, float, float]:
    """The share of trials that recall, and its interval, that of as many independent trials as these are worth."""
    share, worth = cell.mean("success"), max(1, round(len(cell.trials) / max(1.0, design_effect([cell]))))
    return share, *wilson(share * worth, worth)


@dataclass(frozen=True)
class Line:
    """log K₉₀ over something: slope, its standard error, and how far points are from it by their own errors (χ² a degree)."""

    slope: float
    error: float
    misfit: float


def straight(x: Collection[float], y: Collection[float], errors: Collection[float] | None = None) -> Line | None:
    """Weighted least squares of three points or more; the error grows where they miss the line by more than their own."""
    across, up = np.array(x, dtype=float), np.array(y, dtype=float)
    if len(across) < 3:
        return None
    w = np.ones(len(across)) if errors is None else 1 / np.square(np.array(errors, dtype=float))
    middle = np.sum(w * across) / w.sum()
    spread = np.sum(w * (across - middle) ** 2)
    slope = np.sum(w * (across - middle) * up) / spread
    rest = up - slope * (across - middle)
    misfit = float(np.sum(w * (rest - np.sum(w * rest) / w.sum()) ** 2) / (len(across) - 2))
    scale = math.sqrt(misfit if errors is None else max(1.0, misfit))
    return Line(float(slope), float(scale / math.sqrt(spread)), misfit)
