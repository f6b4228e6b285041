"""`simulate`: one trial, from its settings (and a caller's own patterns, cue or earlier run) to a `Run`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from core.integrate import integrate
from core.memories import draw_cue, draw_memories, own_cue, own_memories
from core.memory import Memory, State
from core.parameters import Settings, settings_from
from core.registry import MEMORIES
from core.trajectory import Run


def simulate(*, memories: Any = None, cue: Any = None, start: Run | None = None, at: int = -1, **settings: Any) -> Run:
    """Let one memory recall.

    Parameters
    ----------
    memories : (N, K) array of ±1, images of shape (K, h, w), or a `Memories`; drawn from `family` and `seed` if not given.
    cue : N numbers (usually ±1) to start from, or "flip" or "mask": how the target is spoilt to make one.
    start, at : go on from frame `at` of an earlier run; patterns, cue and all settings not given anew are that run's.
    settings : fields of `core.Settings`, such as T, tau_p, K, noise, seed, model.
    """
    if start is not None:
        return _go_on(start, at, memories, cue, settings)
    if isinstance(cue, str):
        settings["cue"], cue = cue, None
    settings, stored = _with_patterns(settings, memories)
    if cue is not None:
        x0 = own_cue(cue, settings.N)
        settings = replace(settings, cue="own", noise=0.0)
    else:
        x0 = draw_cue(settings, stored.patterns, settings.seed)
    memory = MEMORIES[settings.model](settings, stored.patterns[None])
    repeat = settings.as_dict()
    if memories is not None:
        repeat["memories"] = stored
    if cue is not None:
        repeat["cue"] = x0
    return _run(memory, memory.start(x0[None].astype(float)), settings, repeat, stored, x0, 0.0)


def _with_patterns(given: dict[str, Any], memories: Any):
    if memories is None:
        settings = settings_from(given)
        return settings, draw_memories(settings)
    stored = own_memories(memories)
    N, K = stored.patterns.shape
    for name, size in (("N", N), ("K", K)):
        if given.get(name, size) != size:
            raise ValueError(f"{name} = {given[name]!r}: it must be {size}, as the memories given have it, or be left out")
    return settings_from({**given, "N": N, "K": K, "family": "own"}), stored


def _go_on(run: Run, at: Any, memories: Any, cue: Any, given: dict[str, Any]) -> Run:
    if not isinstance(run, Run):
        raise ValueError(f"start is a {type(run).__name__}: it must be a run that simulate() returned")
    frames = len(run.t)
    if isinstance(at, bool) or not isinstance(at, (int, np.integer)) or not -frames <= at < frames:
        raise ValueError(f"at = {at!r}: it must be a frame of the run, a whole number from {-frames} to {frames - 1}")
    if memories is not None or not (cue is None or np.array_equal(cue, run.settings["cue"])):
        raise ValueError("memories and cue come from the run that is gone on from: they must be left out with start=")
    earlier = {name: value for name, value in run.settings.items() if name not in ("memories", "start", "at")}
    for name in ("N", "K", "family", "target", "cue", "noise", "seed"):
        if name in given and not np.array_equal(given[name], earlier[name]):
            raise ValueError(f"{name} = {given[name]!r}: it must be {earlier[name]!r}, as in the run that is gone on from")
    earlier["cue"] = "own" if not isinstance(earlier["cue"], str) else earlier["cue"]
    settings = settings_from({**earlier, **{name: value for name, value in given.items() if name != "cue"}})
    began = float(run.t[at])
    if settings.horizon <= began:
        raise ValueError(f"horizon = {settings.horizon:g}: it must be after t = {began:g}, where the run goes on")
    memory = MEMORIES[settings.model](settings, run.patterns[None])
    state = _carry_over(run, at, memory)
    repeat = {**run.settings, **settings.as_dict(), "start": run, "at": int(at)}
    repeat.pop("memories", None)
    repeat["cue"] = None if settings.cue == "own" else settings.cue
    return _run(memory, state, settings, repeat, run, run.cue, began)


def _carry_over(run: Run, at: int, memory: Memory) -> State:
    """The state of a frame as a state of a (possibly different) memory: what it lacks starts as it would at these neurons."""
    x = run.x[at][None]
    state = memory.start(x)
    known = {v: run.variables[v][at][None] for v in memory.variables if v in run.variables}
    if math.isclose(memory.tau_p, 0.0, abs_tol=0.0):  # instant gains do not remember
        known.pop("y", None)
    return memory.complete({**{v: state[v] for v in memory.variables}, **known})


def _run(memory: Memory, state: State, settings: Settings, repeat: dict[str, Any], stored, cue, began: float) -> Run:
    times: list[float] = []
    frames: dict[str, list[np.ndarray]] = {v: [] for v in memory.variables}

    def record(t: float, state: State) -> None:
        times.append(t)
        for v, kept in frames.items():
            kept.append(state[v][0])

    ending = integrate(memory, state, settings, [settings.seed], start=began, record=record)
    rest = float(ending.converged_at[0])
    products = memory.products
    return Run(
        t=np.array(times),
        variables={v: np.array(kept) for v, kept in frames.items()},
        memory=memory.take(0),
        settings=repeat,
        patterns=stored.patterns,
        cue=cue,
        names=stored.names,
        shape=stored.shape,
        converged_at=None if math.isnan(rest) else rest,
        steps=int(ending.steps[0]),
        products=products,
    )
