"""Many trials at once: a batch of them is the unit of work, in this process or in any `concurrent.futures.Executor`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.integrate import integrate
from core.memories import draw_cue, draw_patterns, own_memories, trial_seeds
from core.parameters import Settings, settings_from
from core.registry import MEMORIES
from core.trajectory import OUTCOMES, judge, perplexity, soft_error

BATCH_BYTES = 8 << 20  # patterns and state of one batch: larger ones fall out of the processor's cache, and memory stays bounded
PRECISIONS = {"float32": np.float32, "float64": np.float64}
OBSERVABLES = ("error", "hamming", "perplexity", "attention_gap", "converged_at", "outcome")


@dataclass(frozen=True)
class Ensemble:
    """One entry a trial; trial i is `simulate(seed=seeds[i], **settings)` to rounding."""

    settings: dict[str, Any]
    seeds: np.ndarray
    error: np.ndarray
    hamming: np.ndarray
    perplexity: np.ndarray
    attention_gap: np.ndarray
    converged_at: np.ndarray  # NaN: not converged by the horizon
    outcome: np.ndarray  # of OUTCOMES
    steps: np.ndarray

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def success(self) -> np.ndarray:
        """Whether the signs of the final state are the target, at rest or not."""
        return self.hamming == 0


def ensemble(
    *,
    trials: int = 50,
    seed: int = 0,
    dtype: Any = "float64",
    executor: Executor | None = None,
    memories: Any = None,
    **settings: Any,
) -> Ensemble:
    """Let `trials` independent trials recall, each with patterns and flips of its own seed (own `memories` are shared)."""
    check_trials(trials)
    precision = check_precision(dtype)
    stored = None
    if memories is not None:
        stored = own_memories(memories).patterns
        settings = {**settings, "family": "own", "N": stored.shape[0], "K": stored.shape[1]}
    common = settings_from({**settings, "seed": seed})
    work = [(common, chunk, precision, stored) for chunk in batches(common, trial_seeds(common.seed, trials), precision)]
    if executor is None:
        parts = [run_batch(*arguments) for arguments in work]
    else:
        futures = [executor.submit(run_batch, *arguments) for arguments in work]
        parts = [future.result() for future in futures]
    return gather(common, parts)


def batches(settings: Settings, seeds: Sequence[int], precision: str) -> Iterator[list[int]]:
    """The trials in batches of bounded memory."""
    size = MEMORIES[settings.model].trial_size(settings.N, settings.K) * np.dtype(precision).itemsize
    most = max(1, BATCH_BYTES // size)
    count = -(-len(seeds) // most)
    for i in range(count):  # as even as can be, since a batch costs some overhead however small
        yield list(seeds[len(seeds) * i // count : len(seeds) * (i + 1) // count])


def run_batch(
    settings: Settings, seeds: Sequence[int], precision: str, stored: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """One batch of trials, whole: the unit of work that an executor is given. Arrays of one entry a trial come back."""
    dtype = PRECISIONS[precision]
    patterns = np.empty((len(seeds), settings.N, settings.K), dtype=dtype)
    cues = np.empty((len(seeds), settings.N), dtype=dtype)
    for i, seed in enumerate(seeds):
        drawn = draw_patterns(settings, seed) if stored is None else stored
        patterns[i] = drawn
        cues[i] = draw_cue(settings, drawn, seed)
    memory = MEMORIES[settings.model](settings, patterns, dtype)
    ending = integrate(memory, memory.start(cues), settings, seeds)
    state = memory.complete(ending.variables)
    target = patterns[:, :, settings.target]
    p = memory.gains(state)
    outcome = judge(patterns, state["x"], settings.target, ~np.isnan(ending.converged_at))
    return {
        "seeds": np.array(seeds, dtype=np.int64),
        "error": soft_error(target, state["g"]).astype(float),
        "hamming": soft_error(target, np.sign(state["x"])).astype(float),
        "perplexity": perplexity(p).astype(float),
        "attention_gap": np.abs(p - memory.attention(state)).max(axis=-1).astype(float),
        "converged_at": ending.converged_at,
        "outcome": np.array(OUTCOMES)[outcome],
        "steps": ending.steps,
    }


def gather(settings: Settings, parts: Sequence[dict[str, np.ndarray]]) -> Ensemble:
    """The batches of one ensemble, in their order, as one."""
    return Ensemble(settings.as_dict(), **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def trial_settings(settings: dict[str, Any], seed: int, trial: int) -> dict[str, Any]:
    """What `simulate` has to be given to watch that trial of the ensemble with this seed."""
    return replace(settings_from(settings), seed=trial_seeds(seed, trial + 1)[trial]).as_dict()


def check_trials(trials: Any) -> None:
    if isinstance(trials, bool) or not isinstance(trials, (int, np.integer)) or trials < 1:
        raise ValueError(f"trials = {trials!r}: it must be a whole number of at least 1")


def check_precision(dtype: Any) -> str:
    """ "float32" or "float64", from a name or a NumPy type."""
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = ""
    if name not in PRECISIONS:
        raise ValueError(f"dtype = {dtype!r}: it must be one of {', '.join(PRECISIONS)}")
    return name
