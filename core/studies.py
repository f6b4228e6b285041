"""Sweeps and maps, and the figures of papers: grids of ensembles whose cells come as they are finished, coarse to fine.

Every study is a generator of `Cell`s. A cell depends on nothing but its own settings, so that neither the executor, nor the
order, nor what was computed before changes it; all cells share the seeds of their trials, so that neighbours differ by their
parameters and not by their luck.
"""

from __future__ import annotations

import itertools
import math
import numbers
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.ensemble import Ensemble, batches, check_precision, check_trials, gather, run_batch
from core.parameters import Refusal, check_whole
from core.random import stream, trial_seeds
from core.registry import DEFAULT, chosen, system_named
from core.system import Observable, System

PERCENTILES = (5, 10, 20, 25, 50, 75, 80, 90, 95)
IN_FLIGHT = 16  # batches given to an executor ahead of time: enough to keep it busy, few enough to stop soon
TIE = 1e-12  # within which two numbers are the same but for rounding
Index = tuple[int, ...]
Work = tuple[Callable[..., dict[str, np.ndarray]], tuple[Any, ...]]  # a function that a worker has, and what it is given
FLIPS = "n"  # the derived axis of systems that spoil a cue: the noise that spoils exactly n entries


@dataclass(frozen=True)
class Cell:
    """One point of a study: where it lies on each axis, and its trials."""

    index: tuple[int, ...]
    point: dict[str, Any]  # axis → value
    trials: Ensemble

    def mean(self, observable: str) -> float:
        """Mean over the trials that have a value, such as a time of rest (NaN if none has)."""
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
        if observed(self.trials.system, observable).late:  # no interpolation towards inf
            return np.percentile(np.where(np.isnan(values), np.inf, values), q, method="inverted_cdf")
        return np.percentile(values, q)

    def values(self, observable: str) -> np.ndarray:
        """One number a trial; for what either holds or does not, 1 where it does."""
        known = observed(self.trials.system, observable)
        values = getattr(self.trials, observable) if known.of is None else known.of(self.trials)
        return values.astype(float) if values.dtype == bool else values

    def counted(self, observable: str) -> int | None:
        """In how many trials it holds, of what either holds or does not; None of what has a size."""
        known = observed(self.trials.system, observable)
        holds = None if known.of is None else known.of(self.trials)
        return int(holds.sum()) if holds is not None and holds.dtype == bool else None

    @property
    def converged(self) -> float:
        """The share of trials that came to rest before the horizon."""
        return float(np.mean(~np.isnan(self.trials.converged_at)))

    def typical(self, observable: str) -> int:
        """The trial at the median of an observable; one that did not converge counts as later than any that did."""
        values = self.values(observable)
        return int(np.argsort(values, kind="stable")[(len(values) - 1) // 2])  # NaN sorts last


def observed(system: str, observable: Any) -> Observable:
    """The observable of that name, or a `Refusal` with the names that are allowed."""
    known = system_named(system).observables
    if observable not in known:
        allowed = f"one of {', '.join(known)}"
        raise Refusal("observable", observable, allowed, key="choice", choices=tuple(known))
    return known[observable]


def paired_difference(cell: Cell, other: Cell, observable: str) -> tuple[float, float]:
    """Mean of one cell minus another's, and its standard error: that of the trials' differences, since both share their
    seeds. Trials in which either has no value are left out; (NaN, NaN) if that leaves none."""
    if not np.array_equal(cell.trials.seeds, other.trials.seeds):
        sentence = "the cells have other seeds: only trials of the same draw can be paired"
        raise Refusal("seeds", None, "those of the other cell", key="seeds", sentence=sentence)
    differences = cell.values(observable) - other.values(observable)
    differences = differences[~np.isnan(differences)]
    count = len(differences)
    if count == 0:
        return math.nan, math.nan
    return float(differences.mean()), float(differences.std(ddof=1) / math.sqrt(count)) if count > 1 else math.nan


def verdict(difference: float, error: float) -> int:
    """Whether a paired difference is below (-1) or above (1) zero by more than its standard error, or neither (0); an error
    that cannot be known, of a single trial, counts as none. Both are equal where a single trial differs, and rounding alone
    would decide: so they are compared with a tolerance."""
    most = 0.0 if math.isnan(error) else error
    if not abs(difference) > most * (1 + TIE) + TIE:  # nor where there is no difference to know
        return 0
    return -1 if difference < 0 else 1


def equally_good(cells: Collection[Cell], observable: str) -> list[Cell]:
    """Of cells whose first is the best, that one and all with the same mean up to rounding."""
    best = next(iter(cells)).mean(observable)
    return [cell for cell in cells if math.isclose(cell.mean(observable), best, rel_tol=TIE, abs_tol=TIE)]


def best_region(cells: Collection[Cell], observable: str, highest: bool = False) -> list[Cell]:
    """The cell with the best mean, and after it all whose mean is worse by no more than the standard error of that
    difference. Only cells in which at least half of the trials have a value take part; of equally good ones the first on the
    axes is the best."""
    taking_part = [cell for cell in cells if 2 * np.isnan(cell.values(observable)).sum() <= len(cell.trials)]
    if not taking_part:
        return []
    ranked = sorted(taking_part, key=lambda cell: -cell.mean(observable) if highest else cell.mean(observable))
    best = min(equally_good(ranked, observable), key=lambda cell: cell.index)
    region = [best]
    for cell in taking_part:
        if cell is not best:
            worse, error = paired_difference(cell, best, observable)
            if not math.isnan(worse) and verdict(-worse if highest else worse, error) <= 0:
                region.append(cell)
    return region


@dataclass(frozen=True)
class Study:
    """A grid of ensembles: axes by name (parameters, or derived ones of the system) and what is common to all cells."""

    title: str
    axes: dict[str, tuple[Any, ...]]
    common: dict[str, Any]
    trials: int
    seed: int
    dtype: str
    system: str = DEFAULT

    @classmethod
    def of(
        cls,
        title: str,
        axes: Mapping[str, Any],
        trials: int,
        seed: int,
        dtype: Any,
        common: Mapping[str, Any],
        system: str = DEFAULT,
    ) -> Study:
        """A study whose every cell has been checked, before anything is computed."""
        check_trials(trials)
        known = system_named(system)
        axes = {name: [values] if isinstance(values, numbers.Real) else values for name, values in axes.items()}
        for name, values in axes.items():
            if name not in known.derived_axes and name not in known.parameters:
                choices = (*known.derived_axes, *known.parameters)
                allowed = " or ".join([*map(repr, known.derived_axes), f"one of {', '.join(known.parameters)}"])
                raise Refusal("axis", name, allowed, key="choice", choices=choices)
            if isinstance(values, str) or not isinstance(values, Sized) or len(values) == 0:
                sentence = f"axis {name} has no values: it must have at least one"
                raise Refusal("axis", name, "at least one value", key="no_values", sentence=sentence)
            if name in common:
                sentence = f"{name} = {common[name]!r}: it must be left out, since it is swept"
                raise Refusal(name, common[name], "left out", key="swept", sentence=sentence)
        plain = {name: tuple(v.item() if isinstance(v, np.generic) else v for v in values) for name, values in axes.items()}
        study = cls(title, plain, dict(common), trials, seed, check_precision(dtype), known.name)
        for index in study.indices():
            study.settings(index)
        return study

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.axes.values())

    @property
    def count(self) -> int:
        """How many cells there are once all are in."""
        return math.prod(self.shape)

    @property
    def columns(self) -> Mapping[str, type]:
        """The numbers of each trial."""
        return system_named(self.system).columns

    @property
    def summary(self) -> tuple[str, ...]:
        """Observables of the table that the shell prints."""
        return system_named(self.system).summary

    def is_whole(self, cells: Sized) -> bool:
        """Whether there is enough to judge by: every cell is in. Before that a study has no verdict, no best cell and no
        winner, since coarse cells come first and those between them may say otherwise."""
        return len(cells) == self.count

    def indices(self) -> list[tuple[int, ...]]:
        """All cells, coarse to fine: ends first, then middles, then the middles between them; names, such as models, side by
        side."""
        depths = [[0] * len(values) if isinstance(values[0], str) else depths_of(len(values)) for values in self.axes.values()]
        every = itertools.product(*(range(n) for n in self.shape))
        return sorted(every, key=lambda index: (max(d[i] for d, i in zip(depths, index, strict=True)), index))

    def point(self, index: tuple[int, ...]) -> dict[str, Any]:
        return {name: values[i] for (name, values), i in zip(self.axes.items(), index, strict=True)}

    def settings(self, index: tuple[int, ...]) -> Any:
        """The settings of a cell, in the class of the system."""
        return system_named(self.system).settings_at({**self.common, "seed": self.seed}, self.point(index))

    def again(self, places: Collection[tuple[int, ...]], trials: int) -> Study:
        """Some cells anew, with other draws, as the grid that holds them: of many cells that are compared the best one, or the
        one that differs most, has also been lucky."""
        axes = {
            name: tuple(values[i] for i in sorted({place[axis] for place in places}))
            for axis, (name, values) in enumerate(self.axes.items())
        }
        return replace(self, axes=axes, trials=trials, seed=int(stream(self.seed, "again").integers(2**32)))

    def schedule(self, known: Mapping[Index, Cell]) -> Iterator[Index | None]:
        """The cells that are not in `known` when it begins; `known` grows meanwhile, and None says that more must be in first."""
        done = set(known)
        yield from (index for index in self.indices() if index not in done)

    def work(self, index: Index) -> list[Work]:
        """The batches of a cell."""
        settings = self.settings(index)
        seeds = trial_seeds(self.seed, self.trials)
        return [(run_batch, (settings, chunk, self.dtype)) for chunk in batches(settings, seeds, self.dtype)]

    def run(self, executor: Executor | None = None, done: Collection[Index] = ()) -> Generator[Cell, None, None]:
        """The cells that are not yet done, as they finish; where what comes next depends on them, `done` has them by index.
        Closing the generator cancels what has not begun."""
        known: dict[Index, Any] = dict(done) if isinstance(done, Mapping) else dict.fromkeys(done)
        todo = self.schedule(known)
        if executor is None:
            for index in todo:
                assert index is not None, "one after the other, all that a cell waits for is in"
                known[index] = self._cell(index, [compute(*given) for compute, given in self.work(index)])
                yield known[index]
            return
        waiting: dict[Index, list[Future]] = {}
        try:
            while True:
                while sum(len(futures) for futures in waiting.values()) < IN_FLIGHT:
                    following = next(todo, None)
                    if following is None:
                        break
                    waiting[following] = [executor.submit(compute, *given) for compute, given in self.work(following)]
                if not waiting:
                    return
                pending = [future for futures in waiting.values() for future in futures if not future.done()]
                if pending:
                    wait(pending, return_when=FIRST_COMPLETED)
                for index in [index for index, futures in waiting.items() if all(f.done() for f in futures)]:
                    known[index] = self._cell(index, [future.result() for future in waiting.pop(index)])
                    yield known[index]
        finally:
            for futures in waiting.values():
                for future in futures:
                    future.cancel()

    def _cell(self, index: Index, parts: list[dict[str, np.ndarray]]) -> Cell:
        return Cell(index, self.point(index), gather(self.settings(index), parts))


def depths_of(n: int) -> list[int]:
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


def values_of(axis: str, points: Any, within: tuple[float, float] | None = None, system: str = DEFAULT) -> list[Any]:
    """So many values of a parameter over a range, or the one that is shown for it, evenly on its own scale; of a choice all its
    names."""
    parameters = system_named(system).parameters
    parameter = parameters.get(axis)
    if parameter is not None and parameter.named:
        if within is not None:
            sentence = f"{axis} has names and no range: its values must each be {parameter.allowed()}"
            raise Refusal(axis, within, "names", key="names", sentence=sentence, choices=parameter.named)
        return list(parameter.named)
    if parameter is None or parameter.shown is None:
        ranged = tuple(name for name, p in parameters.items() if p.shown or p.named)
        allowed = f"one of {', '.join(ranged)}, or come with its values"
        raise Refusal("axis", axis, allowed, key="no_range", choices=ranged)
    check_whole("points", points, 2)
    low, high = within or parameter.shown
    for end in (low, high):
        parameter.check(round(end) if parameter.kind is int else end)
    if not low < high or math.isinf(high) or (parameter.scale == "log" and low <= 0):
        wanted = "above 0, finite and in order" if parameter.scale == "log" else "finite and in order"
        sentence = f"{axis} from {low:g} to {high:g}: the ends of its range must be {wanted}"
        raise Refusal(axis, (low, high), wanted, key="ends", sentence=sentence)
    even = np.geomspace(low, high, points) if parameter.scale == "log" else np.linspace(low, high, points)
    if parameter.kind is int:
        return sorted({round(v) for v in even})
    return [float(f"{v:.12g}") for v in even]


def sweep_study(
    axis: str,
    values: Any = None,
    *,
    models: Sequence[str] | None = None,
    points: int = 25,
    trials: int = 50,
    seed: int = 0,
    dtype: Any = "float64",
    title: str = "sweep",
    system: str | None = None,
    **common: Any,
) -> Study:
    """One parameter swept, for one or several models where the system has any."""
    if models is not None and len(models) == 1 and "model" not in common:  # which may name a system
        known, rest = chosen(system, {"model": models[0]})
        models = models if rest else None
    else:
        known, common = chosen(system, common)
    values = values_of(axis, points, system=known.name) if values is None else values
    axes = {"model": tuple(models or _default_models(known))} if known.members or models else {}
    return Study.of(title, {**axes, axis: values}, trials, seed, dtype, common, known.name)


def map_study(
    axis_a: Any,
    axis_b: Any,
    *,
    model: str | None = None,
    points: int = 16,
    trials: int = 50,
    seed: int = 0,
    dtype: Any = "float64",
    system: str | None = None,
    **common: Any,
) -> Study:
    """Two parameters, each a name or a (name, values) pair."""
    known, rest = chosen(system, {} if model is None else {"model": model})
    axes = [(a, values_of(a, points, system=known.name)) if isinstance(a, str) else a for a in (axis_a, axis_b)]
    if known.members and not rest and "model" not in dict(axes):
        rest = {"model": _default_models(known)[0]}
    if axes[0][0] == axes[1][0]:
        sentence = f"axis = {axes[1][0]!r}: it must differ from the other axis"
        raise Refusal("axis", axes[1][0], "another than the other axis", key="same_axis", sentence=sentence)
    return Study.of("map", dict(axes), trials, seed, dtype, {**common, **rest}, known.name)


def _default_models(system: System) -> tuple[str, ...]:
    return (system.parameters["model"].default,)


def figure_study(number: int, *, system: str | None = None, **given: Any) -> Study:
    """A figure of the paper of a system, in its settings: points, trials, seed, dtype, and settings of one's own."""
    known = system_named(system)
    name = f"figure{number}"
    if name not in known.figures:
        raise Refusal("figure", name, f"one of {', '.join(known.figures)}", key="choice", choices=tuple(known.figures))
    study: Study = known.figures[name].study(**given)
    return study


def figure1(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    """The cells of figure 1 of a paper, the default system's if none is named."""
    return figure_study(1, **given).run(executor)


def figure2(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    return figure_study(2, **given).run(executor)


def figure3(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    return figure_study(3, **given).run(executor)


def figure4(*, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    return figure_study(4, **given).run(executor)


def sweep(axis: str, values: Sequence[Any] | None = None, *, executor: Executor | None = None, **given: Any) -> Iterator[Cell]:
    """Cells along one parameter."""
    return sweep_study(axis, values, **given).run(executor)


def map2d(
    axis_a: Any,
    axis_b: Any,
    observable: str | None = None,
    model: str | None = None,
    *,
    executor: Executor | None = None,
    **given: Any,
) -> Iterator[tuple[tuple[int, ...], float, float]]:
    """Mean and standard error of an observable over two parameters: ((i, j), mean, standard error) as cells finish."""
    study = map_study(axis_a, axis_b, model=model, **given)
    name = system_named(study.system).default_observable if observable is None else observable
    observed(study.system, name)  # raises, with the names that are allowed
    return ((cell.index, cell.mean(name), cell.standard_error(name)) for cell in study.run(executor))
