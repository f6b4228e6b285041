"""The system of arXiv:2605.10970 as `core` knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.context.figures import FIGURES
from core.context.model import ContextGate
from core.context.patterns import Trial, draw_trial
from core.context.run import OUTCOMES, ContextRun, grows, judge
from core.context.settings import Settings
from core.dynamics import State
from core.parameters import Refusal
from core.run import Recording, Run
from core.system import Frames, Observable, Paper, RelaxingSystem, Unfit, check_horizon, refuse_other


class Context(RelaxingSystem):
    """A context sets gates, which tilt the landscape before and while a softmax memory recalls."""

    name = "context"
    title = "context-gated memory"
    paper = Paper(
        "Choraria, Gerogiannis, Jayaraman, Mani & Varshney", 2026,
        "Context-Gated Associative Retrieval: From Theory to Transformers", "2605.10970",
    )  # fmt: skip
    settings_class = Settings
    dynamics_class = ContextGate
    run_class = ContextRun
    outcomes = OUTCOMES
    observables = {
        "success": Observable(
            "success rate", "share of trials in which the target leads", highest=True, of=lambda trials: trials.leads > 0
        ),
        "gain": Observable("gain of the target", "gain of the target", highest=True),
        "other_gain": Observable("gain of the other", "gain of the other of the pair"),
        "margin": Observable("margin", "margin of the target over all others", highest=True),
        "peak": Observable("largest gain", "largest gain of all"),
        "gate_peak": Observable("largest of softmax(βs)", "largest of softmax(βs), the gates by themselves"),
        "wrong": Observable("wrong entries", "entries of the cue that are wrong"),
        "converged_at": Observable("time of rest", "time of rest t, mean of those at rest", late=True),
    }
    columns = {
        **dict.fromkeys(("gain", "other_gain", "margin", "peak", "gate_peak", "wrong", "leads", "converged_at"), float),
        "steps": int,
        "outcome": str,
    }
    summary = ("success", "gain", "wrong")
    figures = FIGURES

    # ------------------------------------------------------------------------------------------------------------- runs

    def simulate(self, **given: Any) -> ContextRun:
        settings, trial, repeat = self._described(given)
        dynamics = ContextGate(settings, [trial])
        return self._recall(dynamics, dynamics.start(None), settings, repeat, trial, 0.0)

    def _described(self, given: Mapping[str, Any], target: int | None = None) -> tuple[Settings, Trial, dict[str, Any]]:
        """Settings, the trial (for a target that was meant before, if there is one), and what repeats it; a context or a cue of
        the caller's own is an array."""
        if isinstance(given.get("context"), str) and given["context"] == "free":
            allowed = "given: a context that may move makes the energy fall without end"
            raise Refusal("context", "free", allowed, key="free", sentence=f"context = 'free': it must be {allowed}")
        own = {name: given[name] for name in ("context", "cue") if not isinstance(given.get(name, ""), str)}
        settings = self.settings_from({**given, **dict.fromkeys(own, "own")})
        for name in ("context", "cue"):
            if getattr(settings, name) == "own" and name not in own:
                allowed = "an array of numbers, or one of the names"
                raise Refusal(name, "own", allowed, key="own", sentence=f"{name} = 'own': it must be {allowed}")
        trial = draw_trial(settings, settings.seed, own.get("context"), own.get("cue"), target)
        return settings, trial, {**self.given(settings), **own}

    def _recall(
        self, dynamics: ContextGate, state: State, settings: Settings, repeat: dict[str, Any], trial: Trial, began: float
    ) -> ContextRun:
        kept = Recording.of(dynamics, state, settings, settings.seed, began)
        return self._context_run(kept, dynamics, repeat, trial)

    def _context_run(self, kept: Recording, dynamics: ContextGate, repeat: dict[str, Any], trial: Trial) -> ContextRun:
        return ContextRun(
            self.name, kept.t, kept.variables, repeat, kept.steps, dynamics.take(0), kept.converged_at, trial
        )  # fmt: skip

    def go_on(self, run: ContextRun, at: int, **given: Any) -> ContextRun:
        earlier = {name: value for name, value in run.settings.items() if name not in ("system", "start", "at")}
        for name in self.fixed:
            if name in given and not np.array_equal(given[name], earlier[name]):
                refuse_other(name, given[name], earlier[name])
        settings, trial, repeat = self._described({**earlier, **given}, run.target)  # another context is no other question
        began = float(run.t[at])
        check_horizon(settings, began)
        dynamics = ContextGate(settings, [trial])
        state = dynamics.complete({v: run.variables[v][at][None] for v in dynamics.variables})
        return self._recall(dynamics, state, settings, {**repeat, "start": run, "at": int(at)}, trial, began)

    # ------------------------------------------------------------------------------------------------------ many trials

    def begin(self, settings: Settings, seeds: Sequence[int], dtype: type, shared: Any = None) -> tuple[ContextGate, State]:
        context, cue = (None, None) if shared is None else shared
        dynamics = ContextGate(settings, [draw_trial(settings, seed, context, cue) for seed in seeds], dtype)
        return dynamics, dynamics.start(None)

    def ensemble_settings(self, given: dict[str, Any]) -> tuple[Settings, Any]:
        settings, _, repeat = self._described(given)
        own = [repeat[name] if not isinstance(repeat[name], str) else None for name in ("context", "cue")]
        return settings, None if own == [None, None] else tuple(own)

    def measure(self, dynamics: Any, state: State, settings: Settings) -> dict[str, np.ndarray]:
        observed = super().measure(dynamics, state, settings)
        rows = np.arange(len(state["p"]))
        leads = state["p"].argmax(axis=-1) == dynamics.pairs[rows, 0]
        return {**observed, "leads": leads.astype(float)}

    def judge(self, dynamics: Any, state: State, at_rest: np.ndarray) -> np.ndarray:
        return judge(state["p"], dynamics.pairs, grows(dynamics, state["s"]), at_rest)

    def frame_size(self, settings: Settings) -> int:
        return 5 * settings.K + 3 * settings.N

    def trial_size(self, settings: Settings) -> int:
        patterns = 0 if settings.family == "glyphs" else 2 * settings.N * settings.K
        return self.frame_size(settings) + patterns

    def work(self, settings: Settings, steps: int, frames: int) -> int:
        """Each step reads the patterns twice, and the gates' modes four times."""
        modes = min(settings.N, settings.K)
        return steps * (2 * settings.N + 4 * modes) * settings.K + super().work(settings, steps, frames)

    # --------------------------------------------------------------------------------------------------- files of runs

    def file_arrays(self, run: ContextRun) -> dict[str, np.ndarray]:
        return {"context": run.trial.drive, "cue": run.trial.cue}

    def file_about(self, runs: Sequence[ContextRun]) -> dict[str, Any]:
        last = runs[-1].settings
        return {"own": [name for name in ("context", "cue") if not isinstance(last[name], str)]}

    def file_columns(self, runs: Sequence[ContextRun]) -> dict[str, list[np.ndarray]]:
        names = runs[-1].names
        gains = {f"gain_{name}": [run.p[:, k] for run in runs] for k, name in enumerate(names)}
        return {**gains, **{f"gate_{name}": [run.s[:, k] for run in runs] for k, name in enumerate(names)}}

    def restore(self, settings: Settings, frames: Frames) -> Run:
        own = {name: frames.shared[name] for name in frames.about["own"] if name in ("context", "cue")}
        for name, array in own.items():
            size = settings.K if name == "context" else settings.N
            if array.shape != (size,) or array.dtype.kind not in "if" or not np.isfinite(array).all():
                raise Unfit(name)
        target = frames.earlier.target if isinstance(frames.earlier, ContextRun) else None
        trial = draw_trial(settings, settings.seed, own.get("context"), own.get("cue"), target)
        dynamics = ContextGate(settings, [trial])
        kept = self.recording(dynamics, dynamics.start(None), settings, frames)
        return self._context_run(kept, dynamics, {**self.given(settings), **own, **frames.goes_on}, trial)


SYSTEM = Context()
