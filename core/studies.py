"""The paper's figures, sweeps and maps: grids of ensembles whose cells come as they are finished, coarse to fine.

Every study is a generator of `Cell`s. A cell depends on nothing but its own settings, so that neither the executor, nor the
order, nor what was computed before changes it; all cells share the seeds of their trials, so that neighbours differ by their
parameters and not by their luck.
"""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Collection, Iterator, Mapping, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.ensemble import OBSERVABLES, Ensemble, batches, check_precision, check_trials, gather, run_batch
from core.integrate import EULER_STEP
from core.memories import trial_seeds
from core.parameters import PARAMETERS, Settings, settings_from

PERCENTILES = (5, 10, 20, 25, 50, 75, 80, 90, 95)
IN_FLIGHT = 16  # batches given to an executor ahead of time: enough to keep it busy, few enough to stop soon
FLIPS = "n"  # the axis of figure 4: the noise that flips exactly n entries


@dataclass(frozen=True)
class Cell:
    """One point of a study: where it lies on each axis, and its trials."""

    index: tuple[int, ...]
    point: dict[str, Any]  # axis → value
    trials: Ensemble

    def mean(self, observable: str) -> float:
        """Mean over trials; for "converged_at" over those that did converge (NaN if none)."""
        values = self.values(observable)
        values = values[~np.isnan(values)]
        return float(values.mean()) if len(values) else math.nan

    def standard_error(self, observable: str) -> float:
        values = self.values(observable)
        values = values[~np.isnan(values)]
        return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan

    def percentiles(self, observable: str, q: Sequence[float] = PERCENTILES) -> np.ndarray:
        """Percentiles over trials. A trial that did not converge counts as later than any that did: inf."""
        values = self.values(observable)
        if observable == "converged_at":  # no interpolation towards inf
            return np.percentile(np.where(np.isnan(values), np.inf, values), q, method="inverted_cdf")
        return np.percentile(values, q)

    def values(self, observable: str) -> np.ndarray:
        """One number a trial; "success" is 1 where the final signs are the target's."""
        if observable == "success":
            return self.trials.success.astype(float)
        if observable not in OBSERVABLES or observable == "outcome":
            allowed = [name for name in OBSERVABLES if name != "outcome"] + ["success"]
            raise ValueError(f"observable = {observable!r}: it must be one of {', '.join(allowed)}")
        return getattr(self.trials, observable)

    @property
    def converged(self) -> float:
        """The share of trials that came to rest before the horizon."""
        return float(np.mean(~np.isnan(self.trials.converged_at)))

    def typical(self, observable: str) -> int:
        """The trial at the median of an observable; one that did not converge counts as later than any that did."""
        values = self.values(observable)
        return int(np.argsort(values, kind="stable")[(len(values) - 1) // 2])  # NaN sorts last


def paired_difference(cell: Cell, other: Cell, observable: str) -> tuple[float, float]:
    """Mean of one cell minus another's, and its standard error: that of the trials' differences, since both share their
    seeds. Trials in which either has no value are left out; (NaN, NaN) if that leaves none."""
    if not np.array_equal(cell.trials.seeds, other.trials.seeds):
        raise ValueError("the cells have other seeds: only trials of the same draw can be paired")
    differences = cell.values(observable) - other.values(observable)
    differences = differences[~np.isnan(differences)]
    count = len(differences)
    if count == 0:
        return math.nan, math.nan
    return float(differences.mean()), float(differences.std(ddof=1) / math.sqrt(count)) if count > 1 else math.nan


def best_region(cells: Collection[Cell], observable: str, highest: bool = False) -> list[Cell]:
    """The cell with the best mean, and after it all whose mean is worse by no more than the standard error of that
    difference. Only cells in which at least half of the trials have a value take part."""
    taking_part = [cell for cell in cells if 2 * np.isnan(cell.values(observable)).sum() <= len(cell.trials)]
    if not taking_part:
        return []
    best = min(taking_part, key=lambda cell: -cell.mean(observable) if highest else cell.mean(observable))
    region = [best]
    for cell in taking_part:
        if cell is not best:
            worse, error = paired_difference(cell, best, observable)
            if (-worse if highest else worse) <= (0.0 if math.isnan(error) else error):
                region.append(cell)
    return region


@dataclass(frozen=True)
class Study:
    """A grid of ensembles: axes by name (parameters, "model", or "n" for flipped entries) and what is common to all cells."""

    title: str
    axes: dict[str, tuple[Any, ...]]
    common: dict[str, Any]
    trials: int
    seed: int
    dtype: str

    @classmethod
    def of(
        cls, title: str, axes: Mapping[str, Sequence[Any]], trials: int, seed: int, dtype: Any, common: Mapping[str, Any]
    ) -> Study:
        """A study whose every cell has been checked, before anything is computed."""
        check_trials(trials)
        axes = {name: [values] if isinstance(values, numbers.Real) else values for name, values in axes.items()}
        for name, values in axes.items():
            if name != FLIPS and name not in PARAMETERS:
                raise ValueError(f"axis = {name!r}: it must be {FLIPS!r} or one of {', '.join(PARAMETERS)}")
            if isinstance(values, str) or not isinstance(values, Sized) or len(values) == 0:
                raise ValueError(f"axis {name} has no values: it must have at least one")
            if name in common:
                raise ValueError(f"{name} = {common[name]!r}: it must be left out, since it is swept")
        plain = {name: tuple(v.item() if isinstance(v, np.generic) else v for v in values) for name, values in axes.items()}
        study = cls(title, plain, dict(common), trials, seed, check_precision(dtype))
        for index in study.indices():
            study.settings(index)
        return study

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.axes.values())

    def indices(self) -> list[tuple[int, ...]]:
        """All cells, coarse to fine: ends first, then middles, then the middles between them; models side by side."""
        depths = [_depths(len(values)) if name != "model" else [0] * len(values) for name, values in self.axes.items()]
        every = itertools.product(*(range(n) for n in self.shape))
        return sorted(every, key=lambda index: (max(d[i] for d, i in zip(depths, index, strict=True)), index))

    def point(self, index: tuple[int, ...]) -> dict[str, Any]:
        return {name: values[i] for (name, values), i in zip(self.axes.items(), index, strict=True)}

    def settings(self, index: tuple[int, ...]) -> Settings:
        """The settings of a cell."""
        point = self.point(index)
        flips = point.pop(FLIPS, None)
        settings = settings_from({**self.common, **point, "seed": self.seed})
        if settings.integrator == "euler" and "T" in point and settings.T <= 0.01:  # the paper's step follows what is swept
            settings = settings_from({**settings.as_dict(), "resolution": EULER_STEP / (0.05 * settings.T)})
        if flips is None:
            return settings
        if not isinstance(flips, int) or not 0 <= flips <= settings.N:
            raise ValueError(f"{FLIPS} = {flips!r}: it must be a whole number from 0 to {settings.N}")
        return settings_from({**settings.as_dict(), "noise": flips / settings.N})

    def run(self, executor: Executor | None = None, done: Collection[tuple[int, ...]] = ()) -> Iterator[Cell]:
        """The cells that are not yet done, as they finish. Closing the generator cancels what has not begun."""
        seeds = trial_seeds(self.seed, self.trials)
        todo = (index for index in self.indices() if index not in done)
        if executor is None:
            for index in todo:
                settings = self.settings(index)
                parts = [run_batch(settings, chunk, self.dtype) for chunk in batches(settings, seeds, self.dtype)]
                yield Cell(index, self.point(index), gather(settings, parts))
            return
        waiting: dict[tuple[int, ...], list[Future]] = {}
        try:
            while True:
                while sum(len(futures) for futures in waiting.values()) < IN_FLIGHT:
                    index = next(todo, None)
                    if index is None:
                        break
                    settings = self.settings(index)
                    chunks = batches(settings, seeds, self.dtype)
                    waiting[index] = [executor.submit(run_batch, settings, chunk, self.dtype) for chunk in chunks]
                if not waiting:
                    return
                pending = [future for futures in waiting.values() for future in futures if not future.done()]
                if pending:
                    wait(pending, return_when=FIRST_COMPLETED)
                for index in [index for index, futures in waiting.items() if all(f.done() for f in futures)]:
                    parts = [future.result() for future in waiting.pop(index)]
                    yield Cell(index, self.point(index), gather(self.settings(index), parts))
        finally:
            for futures in waiting.values():
                for future in futures:
                    future.cancel()


def _depths(n: int) -> list[int]:
    """How late each of n places comes when both ends are first, then middles, then the middles between them."""
    depths = [0] * n
    spans = [(0, n - 1, 1)]
    while spans:
        low, high, depth = spans.pop()
        if high - low > 1:
            middle = (low + high) // 2
            depths[middle] = depth
            spans += [(low, middle, depth + 1), (middle, high, depth + 1)]
    return depths


# --------------------------------------------------------------------------------------------------------------- studies


def values_of(axis: str, points: int, within: tuple[float, float] | None = None) -> list[Any]:
    """So many values of a parameter over a range, or the one that is shown for it, evenly on its own scale."""
    parameter = PARAMETERS.get(axis)
    if parameter is None or parameter.shown is None:
        ranged = [name for name, p in PARAMETERS.items() if p.shown]
        raise ValueError(f"axis = {axis!r}: it must be one of {', '.join(ranged)}, or come with its values")
    if isinstance(points, bool) or not isinstance(points, (int, np.integer)) or points < 2:
        raise ValueError(f"points = {points!r}: it must be a whole number of at least 2")
    low, high = within or parameter.shown
    for end in (low, high):
        parameter.check(round(end) if parameter.kind is int else end)
    if not low < high or math.isinf(high) or (parameter.scale == "log" and low <= 0):
        wanted = "above 0, finite and in order" if parameter.scale == "log" else "finite and in order"
        raise ValueError(f"{axis} from {low:g} to {high:g}: the ends of its range must be {wanted}")
    even = np.geomspace(low, high, points) if parameter.scale == "log" else np.linspace(low, high, points)
    if parameter.kind is int:
        return sorted({round(v) for v in even})
    return [float(f"{v:.12g}") for v in even]


def sweep_study(
    axis, values=None, *, models=("astrocyte",), points=25, trials=50, seed=0, dtype="float64", title="sweep", **common
) -> Study:
    """One parameter swept for one or several models."""
    values = values_of(axis, points) if values is None else values
    return Study.of(title, {"model": tuple(models), axis: values}, trials, seed, dtype, common)


def map_study(axis_a, axis_b, *, model="astrocyte", points=16, trials=50, seed=0, dtype="float64", **common) -> Study:
    """Two parameters, each a name or a (name, values) pair."""
    axes = [(a, values_of(a, points)) if isinstance(a, str) else a for a in (axis_a, axis_b)]
    if axes[0][0] == axes[1][0]:
        raise ValueError(f"axis = {axes[1][0]!r}: it must differ from the other axis")
    return Study.of("map", dict(axes), trials, seed, dtype, {**common, "model": model})


def figure_study(
    number: int, *, points: int = 25, trials: int = 50, seed: int = 0, dtype: Any = "float64", **common: Any
) -> Study:
    """Figure 1, 2, 3 (τ_p, τ_x, T swept) or 4 (K × flipped entries for three models) of the paper, in its settings."""
    title = f"figure{number}"
    if number == 4:
        models = common.pop("models", ("astrocyte", "hopfield", "neuron-astrocyte"))
        axes = {
            "model": tuple(models),
            "K": common.pop("K", sorted({round(k) for k in np.linspace(2, 200, points)})),
            FLIPS: common.pop(FLIPS, tuple(range(11))),
        }
        return Study.of(title, axes, trials, seed, dtype, {"N": 20, **common})
    axis = {1: "tau_p", 2: "tau_x", 3: "T"}[number]
    low, high = (1e-3, 1e3) if axis != "T" else (1e-3, 1e2)
    values = common.pop(axis, [float(f"{v:.12g}") for v in np.geomspace(low, high, points)])
    models = common.pop("models", ("astrocyte",))
    return sweep_study(axis, values, models=models, trials=trials, seed=seed, dtype=dtype, title=title, **common)


def figure1(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    """Error, perplexity and convergence time over τ_p."""
    return figure_study(1, **given).run(executor)


def figure2(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    """The same over τ_x."""
    return figure_study(2, **given).run(executor)


def figure3(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    """The same over T."""
    return figure_study(3, **given).run(executor)


def figure4(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    """Mean Hamming error over K × n, models side by side."""
    return figure_study(4, **given).run(executor)


def sweep(axis: str, values: Sequence[Any] | None = None, *, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    """Cells along one parameter."""
    return sweep_study(axis, values, **given).run(executor)


def map2d(
    axis_a: Any,
    axis_b: Any,
    observable: str = "hamming",
    model: str = "astrocyte",
    *,
    executor: Executor | None = None,
    **given: Any,
) -> Iterator[tuple[tuple[int, int], float, float]]:
    """Mean and standard error of an observable over two parameters: ((i, j), mean, standard error) as cells finish."""
    study = map_study(axis_a, axis_b, model=model, **given)
    if observable not in (*OBSERVABLES, "success") or observable == "outcome":
        Cell((), {}, None).values(observable)  # raises, with the names that are allowed
    return ((cell.index, cell.mean(observable), cell.standard_error(observable)) for cell in study.run(executor))
