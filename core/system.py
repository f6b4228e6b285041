"""What every system declares: a folder of core whose `__init__` has `SYSTEM = …` is one, and simulate, ensembles, studies, files
of runs and the shell work for it.

A system that relaxes is a `RelaxingSystem` of one `Dynamics` and one `BaseSettings`. One whose frames are steps of its own
derives from `System` and says itself what a run is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from core.dynamics import Dynamics, State
from core.integrate import INTEGRATORS, NUMERICS, integrate, planned_steps
from core.parameters import BaseSettings, Parameter, Refusal, parameters_of
from core.run import AT_REST, NOT_CONVERGED, Recording, RelaxingRun, Run

if TYPE_CHECKING:
    import argparse

# So many times a frame's numbers are touched in a step; and once more for what is read off a frame and sent.
IN_STEP, READ_OFF = 4, 30


@dataclass(frozen=True)
class Paper:
    """Where a system comes from."""

    authors: str
    year: int
    title: str
    arxiv: str = ""

    @property
    def by(self) -> str:
        """Its authors where there is little room: of more than two the first."""
        first, more, _ = self.authors.partition(",")
        return f"{first} et al." if more else first


@dataclass(frozen=True)
class Observable:
    """One number a trial: what it is called, its unit, and which end of it is the good one."""

    called: str
    unit: str = ""
    highest: bool = False  # whether the most is best, and not the least
    late: bool = False  # whether no value (NaN) means later than any: the horizon cut the trial
    of: Callable[[Any], np.ndarray] | None = None  # of an ensemble, where it follows from other columns


@dataclass(frozen=True)
class DerivedAxis:
    """An axis of studies that is no parameter: what it is called, its whole values, and how a value of it becomes settings."""

    symbol: str
    called: str
    apply: Callable[[Any, Any], Any]  # (settings, value) → settings

    def within(self, low: float, high: float) -> list[int]:
        return list(range(round(low), round(high) + 1))


@dataclass(frozen=True)
class Figure:
    """A study that a paper shows: how it is made (`study(points=…, trials=…, **settings)`), and what it is over, in words."""

    study: Callable[..., Any]
    over: str


@dataclass(frozen=True)
class Command:
    """What the shell can do with a system beside studies: its help, its options, and what it does; its status comes back."""

    about: str
    options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class Unfit(ValueError):
    """What a file holds is not what a run of its settings is made of."""


class System:
    """A system of equations with its settings. Its parameters include `seed`, which decides every random draw."""

    name: ClassVar[str]  # that of its folder
    title: ClassVar[str] = ""
    paper: ClassVar[Paper | None] = None
    settings_class: ClassVar[type[BaseSettings]]
    observables: ClassVar[Mapping[str, Observable]] = {}  # the first one is shown by default
    columns: ClassVar[Mapping[str, type]] = {}  # what run_batch gives of a trial, in the order of files: float, int or str
    summary: ClassVar[tuple[str, ...]] = ()  # observables of the table that the shell prints
    outcomes: ClassVar[tuple[str, ...]] = ()
    derived_axes: ClassVar[Mapping[str, DerivedAxis]] = {}
    figures: ClassVar[Mapping[str, Figure]] = {}
    commands: ClassVar[Mapping[str, Command]] = {}  # of the shell, by name
    equilibrium_class: ClassVar[type[Any] | None] = None  # where rest states have more to say than `Equilibrium`

    # ------------------------------------------------------------------------------------------------- its parameters

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        return parameters_of(self.settings_class)

    @property
    def members(self) -> tuple[str, ...]:
        """What `model=` may name, where the system has several."""
        model = self.parameters.get("model")
        return tuple(model.choices()) if model is not None and model.choices is not None else ()

    @property
    def default_observable(self) -> str:
        return next(iter(self.observables), "")

    def settings_from(self, given: Mapping[str, Any]) -> Any:
        """The settings that a caller describes, checked; unknown names are refused."""
        return self.settings_class.of(given)

    def settings_at(self, common: Mapping[str, Any], point: Mapping[str, Any]) -> Any:
        """The settings of a cell of a study: what is common to all, and where the cell lies on each axis."""
        plain = {name: value for name, value in point.items() if name not in self.derived_axes}
        settings = self.settings_from({**common, **plain})
        for name, value in point.items():
            if name in self.derived_axes:
                settings = self.derived_axes[name].apply(settings, value)
        return settings

    def given(self, settings: Any) -> dict[str, Any]:
        """What `simulate` has to be given to run these settings."""
        return {"system": self.name, **settings.as_dict()}

    def check(self, settings: Any) -> None:
        """Raise a `Refusal` where settings that are right by themselves cannot be run."""

    # ------------------------------------------------------------------------------------------------------- its runs

    def simulate(self, **given: Any) -> Run:
        """One trial of these settings."""
        raise NotImplementedError

    def go_on(self, run: Any, at: int, **given: Any) -> Run:
        """Go on from a frame of an earlier run with other settings; `at` has been checked."""
        sentence = f"start: a run of the system '{self.name}' cannot be gone on from; it must be left out"
        raise Refusal("start", self.name, "left out", key="go_on", sentence=sentence)

    def run_batch(self, settings: Any, seeds: Sequence[int], precision: str, shared: Any = None) -> dict[str, np.ndarray]:
        """Many trials, and of each the numbers that `columns` names: here one after the other, each read off its last frame."""
        found: dict[str, list[Any]] = {name: [] for name in self.columns}
        for seed in seeds:
            run = self.simulate(**{**settings.as_dict(), "seed": seed})
            for name, values in found.items():
                values.append(run.observables[name][-1] if name in run.observables else getattr(run, name))
        return {name: np.array(values) for name, values in found.items()}

    def ensemble_settings(self, given: dict[str, Any]) -> tuple[Any, Any]:
        """The settings that all trials share, and what else they share (which goes to `run_batch`)."""
        return self.settings_from(given), None

    # ------------------------------------------------------------------------------------------------- what they cost

    def planned_steps(self, settings: Any, most: int) -> tuple[int, int]:
        """How many steps a run takes, and how many frames it holds, counted no further than one step above `most`."""
        raise NotImplementedError

    def frame_size(self, settings: Any) -> int:
        """Numbers that a run holds of one moment, with what is read off it."""
        raise NotImplementedError

    def trial_size(self, settings: Any) -> int:
        """Numbers that one trial keeps in reach during a step: what a batch is bounded by."""
        return self.frame_size(settings)

    def work(self, settings: Any, steps: int, frames: int) -> int:
        """Numbers that a run of so many steps and frames touches, with what is read off it."""
        return (IN_STEP * steps + READ_OFF * frames) * self.frame_size(settings)

    # --------------------------------------------------------------------------------------------------- files of runs

    def file_arrays(self, run: Any) -> dict[str, np.ndarray]:
        """What belongs to all segments of a run and is kept beside their frames."""
        return {}

    def file_about(self, runs: Sequence[Any]) -> dict[str, Any]:
        """What the header of a file has to say beside settings and outcome."""
        return {}

    def file_columns(self, runs: Sequence[Any]) -> dict[str, list[np.ndarray]]:
        """Columns of a table that come after the energy and its parts, by label: one array for each segment."""
        return {}

    def restore(self, settings: Any, frames: Frames) -> Run:
        """The run of these settings whose frames a file holds. The file may be a stranger's: what is not there is to raise a
        `KeyError`, and what does not fit `Unfit`."""
        sentence = f"the file holds a run of the system '{self.name}', whose runs cannot be read back"
        raise Refusal("file", self.name, "a run of another system", key="file_system", sentence=sentence)


@dataclass(frozen=True)
class Frames:
    """What a file holds of one segment; `earlier` is the segment that it goes on from, at frame `at`."""

    arrays: Mapping[str, np.ndarray]
    shared: Mapping[str, np.ndarray]
    about: Mapping[str, Any]
    segment: Mapping[str, Any]  # what the header says of it
    earlier: Run | None
    at: int | None
    last: bool

    @property
    def t(self) -> np.ndarray:
        return self.arrays["t"]

    @property
    def began(self) -> float:
        return float(self.t[0])

    @property
    def goes_on(self) -> dict[str, Any]:
        """What `simulate` is given by a run that goes on from another."""
        return {} if self.earlier is None else {"start": self.earlier, "at": self.at}


class RelaxingSystem(System):
    """A system that relaxes, all of it from its `Dynamics`: the settings have the fields of `core.integrate.NUMERICS`."""

    dynamics_class: ClassVar[type[Dynamics]]
    run_class: ClassVar[type[RelaxingRun]] = RelaxingRun  # for more to say of an outcome, or of the frames
    outcomes: ClassVar[tuple[str, ...]] = (AT_REST, NOT_CONVERGED)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Columns follow from observables unless they are named: all that are read off a state, and how the loop ended."""
        super().__init_subclass__(**kwargs)
        if "columns" not in cls.__dict__:
            read = [name for name, known in cls.observables.items() if known.of is None and name != "converged_at"]
            cls.columns = {**dict.fromkeys(read, float), "converged_at": float, "steps": int, "outcome": str}
        if "summary" not in cls.__dict__:
            cls.summary = tuple(name for name in cls.columns if name in cls.observables and not cls.observables[name].late)

    def begin(self, settings: Any, seeds: Sequence[int], dtype: type, shared: Any = None) -> tuple[Any, State]:
        """Dynamics for trials of these seeds, and the complete state at which they start."""
        dynamics: Any = self.dynamics_class(settings, dtype)
        return dynamics, dynamics.start(seeds)

    def judge(self, dynamics: Any, state: State, at_rest: np.ndarray) -> np.ndarray:
        """Which of the outcomes each trial came to."""
        return np.where(at_rest, self.outcomes.index(AT_REST), self.outcomes.index(NOT_CONVERGED))

    def check(self, settings: Any) -> None:
        dynamics, _ = self.begin(settings, [settings.seed], np.float32)
        INTEGRATORS[settings.integrator].check(dynamics, settings)

    def simulate(self, **given: Any) -> Run:
        settings = self.settings_from(given)
        dynamics, state = self.begin(settings, [settings.seed], np.float64)
        return self._run(dynamics, state, settings, self.given(settings), 0.0)

    @cached_property
    def fixed(self) -> tuple[str, ...]:
        """Parameters that a run which goes on from another has in common with it."""
        return tuple(name for name, known in self.parameters.items() if not known.bends and name not in NUMERICS)

    def go_on(self, run: Any, at: int, **given: Any) -> Run:
        earlier = {name: value for name, value in run.settings.items() if name not in ("system", "start", "at")}
        for name in self.fixed:
            if name in given and given[name] != earlier[name]:
                refuse_other(name, given[name], earlier[name])
        settings = self.settings_from({**earlier, **given})
        began = float(run.t[at])
        check_horizon(settings, began)
        dynamics, state = self.begin(settings, [settings.seed], np.float64)
        known = {v: run.variables[v][at][None] for v in dynamics.variables if v in run.variables}
        state = dynamics.complete({**{v: state[v] for v in dynamics.variables}, **known})
        repeat = {**self.given(settings), "start": run, "at": int(at)}
        return self._run(dynamics, state, settings, repeat, began)

    def _run(self, dynamics: Any, state: State, settings: Any, repeat: dict[str, Any], began: float) -> Run:
        kept = Recording.of(dynamics, state, settings, settings.seed, began)
        return self._run_of(kept, dynamics, repeat)

    def _run_of(self, kept: Recording, dynamics: Any, repeat: dict[str, Any]) -> Run:
        return self.run_class(self.name, kept.t, kept.variables, repeat, kept.steps, dynamics.take(0), kept.converged_at)

    def run_batch(self, settings: Any, seeds: Sequence[int], precision: str, shared: Any = None) -> dict[str, np.ndarray]:
        dynamics, state = self.begin(settings, seeds, np.dtype(precision).type, shared)
        ending = integrate(dynamics, state, settings, seeds)
        state = dynamics.complete(ending.variables)
        at_rest = ~np.isnan(ending.converged_at)
        return {
            **self.measure(dynamics, state, settings),
            "converged_at": ending.converged_at,
            "steps": ending.steps,
            "outcome": np.array(self.outcomes)[self.judge(dynamics, state, at_rest)],
        }

    def measure(self, dynamics: Any, state: State, settings: Any) -> dict[str, np.ndarray]:
        """What is read off the final states of a batch."""
        observed = dynamics.observe(state)
        return {name: observed[name] for name in self.columns if name in observed}

    def planned_steps(self, settings: Any, most: int) -> tuple[int, int]:
        dynamics, _ = self.begin(settings, [settings.seed], np.float32)
        return planned_steps(dynamics, settings, most)

    def frame_size(self, settings: Any) -> int:
        """Measured on one trial; a system whose trials may be large has to say it without making one."""
        _, state = self.begin(settings, [settings.seed], np.float32)
        return sum(array.size for array in state.values())

    # files

    def restore(self, settings: Any, frames: Frames) -> Run:
        dynamics, state = self.begin(settings, [settings.seed], np.float64)
        kept = self.recording(dynamics, state, settings, frames)
        return self._run_of(kept, dynamics, {**self.given(settings), **frames.goes_on})

    def recording(self, dynamics: Any, state: State, settings: Any, frames: Frames) -> Recording:
        """What the loop would have kept, from a file: frames of dynamics whose state has these shapes."""
        count = len(frames.t)
        variables = {v: frames.arrays[v] for v in dynamics.variables}
        for v, values in variables.items():
            right = (
                values.shape == (count, *state[v].shape[1:]) and values.dtype == np.float64 and bool(np.isfinite(values).all())
            )
            if not right:
                raise Unfit(v)
        one = dynamics.take(0)
        integrator = INTEGRATORS[settings.integrator]
        integrator.check(dynamics, settings)
        if frames.last:
            converged_at = _date(frames.about["converged_at"])
        elif "converged_at" in frames.segment:
            converged_at = _date(frames.segment["converged_at"])
        else:  # a file of version 0.1
            rest = one.at_rest(one.complete(variables), settings.tolerance)[1:]
            moving = np.flatnonzero(~rest)
            first = int(moving[-1]) + 1 if len(moving) else 0
            converged_at = float(frames.t[1 + first]) if first < len(rest) else None
        if "steps" in frames.segment:
            steps = int(frames.segment["steps"])
        else:
            steps = count - 1
            if not integrator.stops:  # whose frames are thinned
                steps = sum(1 for _ in integrator.grid(dynamics, settings, frames.began))
        return Recording(frames.t, variables, converged_at, steps)


def _date(said: Any) -> float | None:
    return None if said is None else float(said)


def check_horizon(settings: Any, began: float) -> None:
    if settings.horizon <= began:
        allowed = f"after t = {began:g}"
        sentence = f"horizon = {settings.horizon:g}: it must be {allowed}, where the run goes on"
        raise Refusal("horizon", settings.horizon, allowed, key="horizon", sentence=sentence, began=began)


def refuse_other(name: str, value: Any, earlier: Any) -> NoReturn:
    allowed = f"{earlier!r}, as in the run that is gone on from"
    sentence = f"{name} = {value!r}: it must be {allowed}"
    raise Refusal(name, value, allowed, key="fixed", sentence=sentence, earlier=earlier)
