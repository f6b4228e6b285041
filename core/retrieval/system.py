"""The system of arXiv:2604.25481 as `core` knows it: its settings, how a trial of recall begins, and what is kept of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.dynamics import State
from core.integrate import EULER_STEP, planned_steps
from core.parameters import Refusal
from core.retrieval.figures import FIGURES
from core.retrieval.memory import Memory
from core.retrieval.names import MEMORIES
from core.retrieval.observe import NARROW, OUTCOMES, RetrievalEquilibrium, RetrievalRun, judge, perplexity, soft_error
from core.retrieval.patterns import Memories, draw_cue, draw_memories, draw_patterns, own_cue, own_memories
from core.retrieval.settings import Settings
from core.run import Recording, Run
from core.studies import FLIPS
from core.system import (
    IN_STEP,
    READ_OFF,
    DerivedAxis,
    Frames,
    Observable,
    Paper,
    RelaxingSystem,
    Unfit,
    check_horizon,
    refuse_other,
)


def _flipped(settings: Settings, flips: Any) -> Settings:
    """Settings whose noise flips exactly so many entries."""
    if not isinstance(flips, int) or not 0 <= flips <= settings.N:
        raise Refusal(FLIPS, flips, f"a whole number from 0 to {settings.N}", key="range", low=0, high=settings.N)
    return Settings.of({**settings.as_dict(), "noise": flips / settings.N})


class Retrieval(RelaxingSystem):
    """Astrocyte-gated memories and their rivals: stored patterns, a spoilt cue, and what becomes of it."""

    name = "retrieval"
    title = "associative memory with astrocytes"
    paper = Paper(
        "Vivet & Arenas", 2026, "Emergent Self-Attention from Astrocyte-Gated Associative Memory Dynamics", "2604.25481"
    )
    settings_class = Settings
    outcomes = OUTCOMES
    observables = {
        "error": Observable("soft error", "soft error (neurons)"),
        "hamming": Observable("Hamming error", "neurons wrong"),
        "perplexity": Observable("perplexity", "perplexity of the gains"),
        "attention_gap": Observable("attention gap", "attention gap max|p − π|"),
        "converged_at": Observable("convergence time", "time of rest t, mean of those at rest", late=True),
        "success": Observable(
            "success rate", "share of trials that recall the target", highest=True, of=lambda trials: trials.hamming == 0
        ),
    }
    default_observable = "hamming"
    columns = {
        **dict.fromkeys(("error", "hamming", "perplexity", "attention_gap", "converged_at"), float),
        "steps": int,
        "outcome": str,
    }
    summary = ("error", "hamming", "perplexity")
    derived_axes = {FLIPS: DerivedAxis("n", "flipped entries of the cue", _flipped)}
    figures = FIGURES
    equilibrium_class = RetrievalEquilibrium
    fixed = ("N", "K", "family", "target", "cue", "noise", "seed")

    def settings_at(self, common: Mapping[str, Any], point: Mapping[str, Any]) -> Settings:
        settings: Settings = super().settings_at(common, {name: value for name, value in point.items() if name != FLIPS})
        if settings.integrator == "euler" and "T" in point and settings.T <= 0.01:  # the paper's step follows what is swept
            settings = Settings.of({**settings.as_dict(), "resolution": EULER_STEP / (0.05 * settings.T)})
        return _flipped(settings, point[FLIPS]) if FLIPS in point else settings

    def given(self, settings: Settings) -> dict[str, Any]:
        return settings.as_dict()  # the default system need not be named

    # ------------------------------------------------------------------------------------------------------------- runs

    def simulate(self, memories: Any = None, cue: Any = None, **given: Any) -> RetrievalRun:
        if isinstance(cue, str):
            given["cue"], cue = cue, None
        settings, stored = _with_patterns(given, memories)
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
        state = _begun(memory, x0[None].astype(float), [settings.seed])
        return self._recall(memory, state, settings, repeat, stored, x0, 0.0)

    def go_on(self, run: RetrievalRun, at: int, memories: Any = None, cue: Any = None, **given: Any) -> RetrievalRun:
        if memories is not None or not (cue is None or np.array_equal(cue, run.settings["cue"])):
            name = "memories" if memories is not None else "cue"
            sentence = "memories and cue come from the run that is gone on from: they must be left out with start="
            raise Refusal(name, None, "left out with start=", key="start_fixed", sentence=sentence)
        earlier = {name: value for name, value in run.settings.items() if name not in ("memories", "start", "at")}
        for name in self.fixed:
            if name in given and not np.array_equal(given[name], earlier[name]):
                refuse_other(name, given[name], earlier[name])
        earlier["cue"] = "own" if not isinstance(earlier["cue"], str) else earlier["cue"]
        settings = Settings.of({**earlier, **given})
        began = float(run.t[at])
        check_horizon(settings, began)
        memory = MEMORIES[settings.model](settings, run.patterns[None])
        state = _carry_over(run, at, memory)
        return self._recall(memory, state, settings, _repeat_from(run, settings, at), run, run.cue, began)

    def _recall(
        self, memory: Memory, state: State, settings: Settings, repeat: dict[str, Any], stored: Any, cue: np.ndarray, began: float
    ) -> RetrievalRun:
        kept = Recording.of(memory, state, settings, settings.seed, began)
        return _run(kept, memory, repeat, stored, cue, memory.products)

    # ------------------------------------------------------------------------------------------------------ many trials

    def ensemble_settings(self, given: dict[str, Any]) -> tuple[Settings, np.ndarray | None]:
        memories = given.pop("memories", None)
        if memories is None:
            return Settings.of(given), None
        stored = own_memories(memories).patterns
        return Settings.of({**given, "family": "own", "N": stored.shape[0], "K": stored.shape[1]}), stored

    def begin(self, settings: Settings, seeds: Sequence[int], dtype: type, shared: Any = None) -> tuple[Memory, State]:
        """Trials with patterns and flips of their own seeds; `shared` are patterns that all have in common."""
        patterns: np.ndarray = np.empty((len(seeds), settings.N, settings.K), dtype=dtype)
        cues: np.ndarray = np.empty((len(seeds), settings.N), dtype=dtype)
        for i, seed in enumerate(seeds):
            drawn = draw_patterns(settings, seed) if shared is None else shared
            patterns[i] = drawn
            cues[i] = draw_cue(settings, drawn, seed)
        memory = MEMORIES[settings.model](settings, patterns, dtype)
        return memory, _begun(memory, cues, seeds)

    def measure(self, dynamics: Memory, state: State, settings: Settings) -> dict[str, np.ndarray]:
        target = dynamics.Xi[:, :, settings.target]
        p = dynamics.gains(state)
        return {
            "error": soft_error(target, state["g"]).astype(float),
            "hamming": soft_error(target, np.sign(state["x"])).astype(float),
            "perplexity": perplexity(p).astype(float),
            "attention_gap": np.abs(p - dynamics.attention(state)).max(axis=-1).astype(float),
        }

    def judge(self, dynamics: Memory, state: State, at_rest: np.ndarray) -> np.ndarray:
        return judge(dynamics.Xi, state["x"], state["g"], dynamics.settings.target, at_rest)

    # ------------------------------------------------------------------------------------------------- what they cost

    def planned_steps(self, settings: Settings, most: int) -> tuple[int, int]:
        return planned_steps(_empty(settings), settings, most)

    def check(self, settings: Settings) -> None:
        self.planned_steps(settings, 0)

    def frame_size(self, settings: Settings) -> int:
        return int(MEMORIES[settings.model].frame_size(settings))

    def trial_size(self, settings: Settings) -> int:
        return int(MEMORIES[settings.model].trial_size(settings))

    def work(self, settings: Settings, steps: int, frames: int) -> int:
        """Each step reads the patterns too."""
        frame = self.frame_size(settings)
        return steps * (settings.N * settings.K + IN_STEP * frame) + frames * READ_OFF * frame

    # --------------------------------------------------------------------------------------------------- files of runs

    def file_arrays(self, run: RetrievalRun) -> dict[str, np.ndarray]:
        return {"patterns": run.patterns, "cue": run.cue}

    def file_about(self, runs: Sequence[RetrievalRun]) -> dict[str, Any]:
        first, last = runs[0], runs[-1]
        return {
            "own_memories": "memories" in first.settings,
            "own_cue": not isinstance(first.settings["cue"], str),
            "names": list(last.names),
            "shape": list(last.shape) if last.shape else None,
        }

    def file_columns(self, runs: Sequence[RetrievalRun]) -> dict[str, list[np.ndarray]]:
        gain = "gain" if all("y" in run.variables for run in runs) else "implied_gain"
        columns = {f"overlap_{name}": [run.overlaps[:, mu] for run in runs] for mu, name in enumerate(runs[-1].names)}
        return {**columns, **{f"{gain}_{name}": [run.p[:, mu] for run in runs] for mu, name in enumerate(runs[-1].names)}}

    def restore(self, settings: Settings, frames: Frames) -> RetrievalRun:
        patterns, cue, about = frames.shared["patterns"], frames.shared["cue"], frames.about
        N, K, count = settings.N, settings.K, len(frames.t)
        names, shape = tuple(about["names"]), about["shape"]
        right = patterns.shape == (N, K) and cue.shape == (N,) and bool(np.all(np.abs(patterns) == 1))
        right &= all(frames.arrays[name].shape == (count,) for name in NARROW)
        right &= all(frames.arrays[name].shape == (count, K) for name in ("overlaps", "p", "attention"))
        right &= all(frames.arrays[name].shape == (count, N) for name in ("x", "g"))
        right &= (
            patterns.dtype.kind in "if"
            and cue.dtype.kind in "if"
            and bool(np.isfinite(cue).all())
            and all(isinstance(name, str) for name in names)
        )
        right &= len(names) == K and (shape is None or math.prod(shape) == N)
        if not right:
            raise Unfit("patterns")
        stored = Memories(patterns, None if shape is None else (int(shape[0]), int(shape[1])), names)
        memory = MEMORIES[settings.model](settings, patterns[None])
        kept = self.recording(memory, memory.start(cue[None].astype(float)), settings, frames)
        if frames.earlier is None:
            repeat = settings.as_dict()
            if about["own_memories"]:
                repeat["memories"] = stored
            if about["own_cue"]:
                repeat["cue"] = cue
        else:
            repeat = _repeat_from(frames.earlier, settings, frames.goes_on["at"])
        return _run(kept, memory, repeat, stored, cue, 0)


def _with_patterns(given: dict[str, Any], memories: Any) -> tuple[Settings, Memories]:
    if memories is None:
        settings = Settings.of(given)
        return settings, draw_memories(settings)
    stored = own_memories(memories)
    N, K = stored.patterns.shape
    for name, size in (("N", N), ("K", K)):
        if given.get(name, size) != size:
            sentence = f"{name} = {given[name]!r}: it must be {size}, as the memories given have it, or be left out"
            raise Refusal(name, given[name], str(size), key="memories_size", sentence=sentence)
    return Settings.of({**given, "N": N, "K": K, "family": "own"}), stored


def _begun(memory: Memory, cues: np.ndarray, seeds: Sequence[int]) -> State:
    """The state at t = 0."""
    state = memory.start(cues)
    return memory.anywhere(state, seeds) if memory.settings.origin == "anywhere" else state


def _empty(settings: Settings) -> Memory:
    """A memory that stores nothing, for questions that patterns have no say in."""
    memory: Memory = MEMORIES[settings.model](settings, np.zeros((settings.N, settings.K), dtype=np.float32), np.float32)
    return memory


def _carry_over(run: RetrievalRun, at: int, memory: Memory) -> State:
    """The state of a frame as a state of a (possibly different) memory: what it lacks starts as it would at these neurons."""
    x = run.x[at][None]
    state = memory.start(x)
    known = {v: run.variables[v][at][None] for v in memory.variables if v in run.variables}
    if memory.tau_p == 0:  # instant gains do not remember
        known.pop("y", None)
    return memory.complete({**{v: state[v] for v in memory.variables}, **known})


def _repeat_from(run: Run, settings: Settings, at: int) -> dict[str, Any]:
    """What `simulate` is given to go on from a frame of a run in the same way again."""
    repeat = {**run.settings, **settings.as_dict(), "start": run, "at": at}
    repeat.pop("memories", None)
    repeat["cue"] = None if settings.cue == "own" else settings.cue
    return repeat


def _run(kept: Recording, memory: Memory, repeat: dict[str, Any], stored: Any, cue: np.ndarray, products: int) -> RetrievalRun:
    return RetrievalRun(
        "retrieval", kept.t, kept.variables, repeat, kept.steps, memory.take(0), kept.converged_at,
        stored.patterns, cue, stored.names, stored.shape, products,
    )  # fmt: skip


SYSTEM = Retrieval()
