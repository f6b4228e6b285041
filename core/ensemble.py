"""Many trials at once: a batch of them is the unit of work, in this process or in any `concurrent.futures.Executor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from core.parameters import Refusal, check_whole
from core.random import trial_seeds
from core.registry import DEFAULT, chosen, system_named, system_of

BATCH_BYTES = 8 << 20  # what a batch keeps in reach: larger ones fall out of the processor's cache, and memory stays bounded
PRECISIONS = ("float32", "float64")


class Ensemble:
    """One entry a trial; trial i is `simulate(seed=seeds[i], **settings)` to rounding.

    The numbers of the trials are attributes by the names that the system gives its columns: for retrieval error, hamming,
    perplexity, attention_gap, converged_at (NaN: not converged by the horizon), outcome and steps. So are observables that follow
    from them, such as retrieval's success: whether the signs of the final state are the target, at rest or not.
    """

    def __init__(self, settings: dict[str, Any], seeds: np.ndarray, *, system: str = DEFAULT, **columns: np.ndarray) -> None:
        self.settings, self.seeds, self.system = settings, seeds, system
        self.columns: Mapping[str, np.ndarray] = columns

    def __len__(self) -> int:
        return len(self.seeds)

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("__") or "columns" not in self.__dict__:  # while it is being unpickled or copied
            raise AttributeError(name)
        if name in self.columns:
            return self.columns[name]
        observable = system_named(self.system).observables.get(name)
        if observable is None or observable.of is None:
            raise AttributeError(f"an ensemble of the system {self.system!r} has no {name}")
        return observable.of(self)


def ensemble(
    *,
    trials: int = 50,
    seed: int = 0,
    dtype: Any = "float64",
    executor: Executor | None = None,
    system: str | None = None,
    **given: Any,
) -> Ensemble:
    """Let `trials` independent trials run, each with draws of its own seed; what else they share (retrieval's own `memories`) is
    given as to `simulate`."""
    check_trials(trials)
    precision = check_precision(dtype)
    known, given = chosen(system, given)
    common, shared = known.ensemble_settings({**given, "seed": seed})
    work = [(common, chunk, precision, shared) for chunk in batches(common, trial_seeds(common.seed, trials), precision)]
    if executor is None:
        parts = [run_batch(*arguments) for arguments in work]
    else:
        futures = [executor.submit(run_batch, *arguments) for arguments in work]
        parts = [future.result() for future in futures]
    return gather(common, parts)


def batches(settings: Any, seeds: Sequence[int], precision: str) -> Iterator[list[int]]:
    """The trials in batches of bounded memory."""
    size = system_of(settings).trial_size(settings) * np.dtype(precision).itemsize
    most = max(1, BATCH_BYTES // size)
    count = -(-len(seeds) // most)
    for i in range(count):  # as even as can be, since a batch costs some overhead however small
        yield list(seeds[len(seeds) * i // count : len(seeds) * (i + 1) // count])


def run_batch(settings: Any, seeds: Sequence[int], precision: str, shared: Any = None) -> dict[str, np.ndarray]:
    """One batch of trials, whole: the unit of work that an executor is given. Arrays of one entry a trial come back."""
    system = system_of(settings)
    found = system.run_batch(settings, seeds, precision, shared)
    columns: dict[str, np.ndarray] = {
        name: np.asarray(found[name]).astype(kind, copy=False) for name, kind in system.columns.items()
    }
    return {"seeds": np.array(seeds, dtype=np.int64), **columns}


def gather(settings: Any, parts: Sequence[dict[str, np.ndarray]]) -> Ensemble:
    """The batches of one ensemble, in their order, as one."""
    columns: dict[str, np.ndarray] = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    system = system_of(settings)
    return Ensemble(system.given(settings), columns.pop("seeds"), system=system.name, **columns)


def trial_settings(settings: Mapping[str, Any], seed: int, trial: int) -> dict[str, Any]:
    """What `simulate` has to be given to watch that trial of the ensemble with these settings and this seed."""
    named = dict(settings)
    system, given = chosen(named.pop("system", None), named)
    return system.given(system.settings_from({**given, "seed": trial_seeds(seed, trial + 1)[trial]}))


def check_trials(trials: Any) -> None:
    check_whole("trials", trials, 1)


def check_precision(dtype: Any) -> str:
    """ "float32" or "float64", from a name or a NumPy type."""
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = ""
    if name not in PRECISIONS:
        raise Refusal("dtype", dtype, f"one of {', '.join(PRECISIONS)}", key="choice", choices=PRECISIONS)
    return name
