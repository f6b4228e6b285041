"""What a chapter is: how one system is shown.

A chapter says which parameters a page has beside core's, how its runs are made, packed and narrated, and which cards show them.
It holds nothing of a visitor; that is a `ChapterSession`. A new chapter is a folder with a chapter.py that names its `CHAPTER`.
"""

from __future__ import annotations

import importlib
import inspect
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import param

from app import takeaway
from app.address import (
    LOOKS,
    Address,
    Key,
    Query,
    compact,
    instead,
    moment,
    one_of,
    parameter,
    parse_address,
    read_names,
    refusal,
    switch,
    whole,
)
from app.assets import Cards
from app.chapters.frames import Frames, Told
from app.chapters.lessons import MOST_STEPS, OWN, Lesson, Step, lessons_beside
from app.engine.pieces import Work
from app.limits import check_work
from app.numbers import in_field, number
from app.words import merged, words
from core.parameters import BaseSettings, Parameter, Refusal, unused_of
from core.run import Run
from core.simulation import simulate
from core.system import System

MOST_PINS, MOST_BENDS = 4, 16
MOST_PIN_LETTERS = 4_000
MOST_ROW = 10**6  # of a bend: no run has so many frames
ADDRESS = words()["address"]
PAGE, NARRATION, LESSONS = words()["page"], words()["narration"], words()["lessons"]

TIME = "t"  # before the time of a bend

Values = Mapping[str, Any]
When = int | float  # a frame of the run before, or a time
Bend = tuple[When, dict[str, Any]]


def frame_at(run: Run, when: When) -> int:
    """The frame that is meant: the one nearest to a time, so that on a machine with other frames it is the same moment."""
    if isinstance(when, int):
        return min(when, len(run.t) - 1)
    return int(np.abs(run.t - when).argmin())


def time_of(run: Run, frame: int) -> float:
    """The time of a frame in as few digits as lead back to it."""
    t = float(run.t[frame])
    short = (float(f"{t:.{digits}g}") for digits in range(4, 17))
    return next((when for when in short if frame_at(run, when) == frame), t)


def step_of(text: str) -> int:
    """The number of a step as an address says it; the first where it says none."""
    return max(1, int(text)) if text.isdecimal() and len(text) < 4 else 1


@dataclass(frozen=True)
class Contrast:
    """The scene's own draw with some parameters changed, and what is promised of it."""

    parameters: Mapping[str, Any]
    promise: Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """Settings worth seeing, and one sentence of what to watch."""

    key: str
    title: str
    watch: str
    parameters: Mapping[str, Any]
    view: Mapping[str, Any] = field(default_factory=dict)
    promise: Mapping[str, Any] = field(default_factory=dict)
    contrast: tuple[Contrast, ...] = ()


class Chapter:
    """How one system is shown. Subclasses say what is theirs; everything else is the same for all chapters."""

    system: System
    path = ""  # of its page, behind the server's address
    cards: tuple[str, ...] = ()  # scripts beside chapter.py, or in app/browser/cards, in the order of the page
    # Of a page that opens files: the most N and memories that one may hold, and the rows and columns that pictures have there.
    opened_files: Mapping[str, int | tuple[int, int]] | None = None
    maps: tuple[tuple[str, str], ...] = ()  # parameters worth a map, the first one first; else its first two sliders
    study_defaults: Mapping[str, Any] = {}  # what studies begin with, where the trials of core's defaults would all be one
    map_size = (16, 50)  # its points along each axis, and trials in each cell
    always_written: tuple[str, ...] = ("seed",)  # parameters that the Python of a run names even where they are the defaults
    timeless: tuple[str, ...] = ("seed",)  # parameters that do not change how many steps a run takes
    crossing_lessons: Callable[[], Mapping[str, Lesson]] = staticmethod(dict)  # those of several with steps of this one
    most: Mapping[str, int] = {}  # the largest values that a page takes of what makes runs large

    integrator = "adaptive"  # that its page plays, of a system that relaxes; a link that names none means core's default, as ever

    # ------------------------------------------------------------------------------------------- what a chapter may say

    def pack(self, runs: Sequence[Run]) -> bytes:
        """A run, with all its bends, as the message that the stage plays: time, energy, and what is one number a frame."""
        sent = Frames(runs)
        for name, values in runs[-1].observables.items():
            if np.ndim(values) == 1:
                sent.arrays[name] = sent.gather(_observed(name)).astype("<f4")
        sent.narrate(self.narrate)
        return sent.message()

    def narrate(self, run: Run) -> Told:
        """One sentence for each frame, and which are to be heard."""
        moments = [NARRATION["frame"].format(t=number(float(t))) for t in run.t[:-1]]
        return Told([*moments, run.sentence])

    @property
    def drawn_keys(self) -> Mapping[str, Key]:
        """Keys of what is drawn or written by hand and decides a run."""
        return {}

    @property
    def own_view_keys(self) -> Mapping[str, Key]:
        """Keys of how only this chapter's cards are shown."""
        return {}

    @property
    def own_deeds(self) -> Mapping[str, Callable[..., None]]:
        """What only this chapter's page can be asked to do: functions of the session and what the message says."""
        return {}

    def given(self, values: Values) -> dict[str, Any]:
        """What `simulate` is given for these values."""
        return {name: values[name] for name in self.parameters}

    def companions(self, values: Values) -> Mapping[str, Values]:
        """Runs that are always shown beside one, by what each is called: they need not be pinned, and are not."""
        return {}

    def warm(self) -> None:
        """What is computed once at start, so that the first visitor does not wait for it."""

    def awaited(self, values: Values) -> Work | None:
        """What the shared pool has to make before there can be a run of these values, such as a training; None if nothing."""
        return None

    def stand_in(self, values: Values) -> Values:
        """Values whose run is shown by a page that opens, as long as that of its address is awaited."""
        return values

    def work(self, settings: BaseSettings) -> int:
        """The work of a run for which nothing is awaited any more, or a `Refusal` with the limit."""
        return check_work(self.system, self.most, settings)

    def check_settings(self, settings: BaseSettings) -> None:
        """A `Refusal` where a page cannot take settings that core would take, such as a cue of the caller's own."""

    def check_drawn(self, values: Values, settings: BaseSettings) -> None:
        """A `Refusal` where what is drawn by hand does not go with the settings."""

    def sizes(self, values: Values) -> Mapping[str, Any]:
        """Values that follow from others unless they are said, such as the size of an alphabet."""
        return {}

    def hint(self, name: str, values: Values) -> str:
        """What the value of a slider comes to, such as the number of flipped entries."""
        return ""

    def mark(self, name: str, values: Values) -> tuple[float, str] | None:
        """A value of a slider that is worth a mark beside it, and what happens there."""
        return None

    @property
    def quantities(self) -> Mapping[str, Callable[[Sequence[Any]], Any]]:
        """What lessons may ask for and promise, by name: what is read off a run; those that are times end in _at."""
        return {"outcome": lambda runs: runs[-1].outcome, "end_at": lambda runs: float(runs[-1].t[-1])}

    @property
    def points(self) -> Mapping[str, str]:
        """Quantities that are three shares of a whole, and on which card each is a point of the triangle."""
        return {}

    @property
    def curves(self) -> Mapping[str, str]:
        """Quantities that are a course, (times, values), and on which card each is a curve."""
        return {}

    def memories(self, values: Values) -> Sequence[str]:
        """What can be recalled, by name, for who is asked which of them it will be."""
        return ()

    @property
    def own_files(self) -> Mapping[str, takeaway.Made]:
        """Files that only a run of this chapter gives, by suffix; its words have a name and a meaning for each."""
        return {}

    def literals(self, run: Run) -> takeaway.Literals:
        """What the Python that repeats a run has to write out, because no parameter says it."""
        return takeaway.Literals()

    # ------------------------------------------------------------------------------------------------------- parameters

    @property
    def name(self) -> str:
        return self.system.name

    @property
    def package(self) -> str:
        return type(self).__module__.rpartition(".")[0]

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        return self.system.parameters

    @cached_property
    def sliders(self) -> tuple[str, ...]:
        """The parameters that have a slider, in their order."""
        return tuple(sorted((n for n, p in self.parameters.items() if p.slider), key=lambda n: self.parameters[n].slider))

    @property
    def played(self) -> dict[str, Any]:
        """What the page plays otherwise than core by itself would."""
        return {"integrator": self.integrator} if "integrator" in self.parameters else {}

    @property
    def first_map(self) -> tuple[str, str]:
        """Which two parameters a map shows if nobody says otherwise."""
        first, second = self.maps[0] if self.maps else self.sliders[:2]
        return first, second

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The parameters that stand in the fold "more", all that have no slider; the seed has a place of its own."""
        return tuple(name for name in self.parameters if name not in self.sliders and name != "seed")

    def unused(self, values: Values) -> list[str]:
        """Parameters that have no say at these values."""
        return unused_of(self.parameters, values)

    @cached_property
    def bending(self) -> tuple[str, ...]:
        """A change of these bends a run under way; any other starts it anew."""
        return tuple(name for name, known in self.parameters.items() if known.bends)

    # ------------------------------------------------------------------------------------------------------------- words

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """The frame's words with the chapter's own among them."""
        return merged(words(), words(self.package))

    def called(self, name: str) -> str:
        """The short name of a parameter."""
        return self.words["page"].get("names", {}).get(name) or self.parameters[name].called or name

    def choices(self, name: str) -> dict[str, str]:
        """What a menu offers, and how each is called; what is drawn by hand is not chosen from a menu."""
        known = self.parameters[name]
        if known.choices is None:
            return {}
        translated = {**self.words["page"].get("choices", {}), "model": self.words["stage"].get("models", {})}
        titles = {**known.choices_called, **translated.get(name, {})}
        return {choice: titles.get(choice, choice) for choice in known.named}

    @cached_property
    def seen(self) -> Mapping[str, str]:
        """What a page shows in place of a key of its address: a parameter's symbol, the name of what is chosen or drawn."""
        shown = {name: known.symbol if known.choices is None else self.called(name) for name, known in self.parameters.items()}
        return {**shown, **self.words["page"].get("seen", {})}

    # ------------------------------------------------------------------------------------------------------------ scenes

    @cached_property
    def scenes(self) -> Mapping[str, Scene]:
        """All scenes, in the order of the file; the first one plays by itself on a first visit."""
        place = files(self.package).joinpath("scenes.toml")
        if not place.is_file():
            return {}
        entries = tomllib.loads(place.read_text(encoding="utf-8")).get("scene", [])
        if len({entry["key"] for entry in entries}) < len(entries):
            raise RuntimeError(f"two scenes of {self.name} have one key")
        return {entry["key"]: self._scene(entry) for entry in entries}

    def _scene(self, entry: dict[str, Any]) -> Scene:
        unknown = set(entry["parameters"]) - set(self.run_keys)
        if unknown:
            raise ValueError(f"scene '{entry['key']}': {min(unknown)} is not a parameter")
        contrast = tuple(Contrast(**other) for other in entry.pop("contrast", []))
        return Scene(**entry, contrast=contrast)

    @property
    def first_scene(self) -> Scene | None:
        return next(iter(self.scenes.values()), None)

    # ----------------------------------------------------------------------------------------------------------- lessons

    @cached_property
    def _own_lessons(self) -> tuple[Mapping[str, Lesson], list[str]]:
        return lessons_beside(self.package, {self.name: self})

    @property
    def lessons(self) -> Mapping[str, Lesson]:
        """The lessons with steps of this chapter by name: its own first, then those that cross chapters."""
        return {**self._own_lessons[0], **self.crossing_lessons()}

    def lesson_named(self, name: str) -> Lesson | None:
        """None where there is none; and where none is named, none is read."""
        return self.lessons.get(name) if name else None

    @property
    def wrong_in_lessons(self) -> list[str]:
        """A sentence for whatever is wrong in the files of its lessons."""
        return self._own_lessons[1]

    @cached_property
    def lesson_view_keys(self) -> Mapping[str, Key]:
        """How a lesson may have its runs shown; the looks of the page are its visitor's."""
        names = ("compare", "pins", "steer", *self.stage_keys)
        return {name: self.view_keys[name] for name in names}

    @cached_property
    def lesson_start(self) -> Mapping[str, Any]:
        """What a lesson begins from, and what is left when it ends: what the page plays by itself, and nothing hidden."""
        view = {name: key.default for name, key in self.lesson_view_keys.items()}
        return {**self.run_defaults, **self.played, **view, "scene": "", "hide": ""}

    def lesson_address(self, lesson: Lesson, number: int, looks: Values) -> str:
        """Where a step is shown that may be another chapter's: an address of its page, relative to any other."""
        if lesson.name == OWN:  # which no link can name: all that the step shows is in it
            return self.step_address(lesson, number, {**looks, "lesson": OWN, "step": number})
        said = "".join(f"&{name}={LOOKS[name].write(value)}" for name, value in looks.items())
        return f"./{lesson.step(number).path}?v=1&lesson={lesson.name}&step={number}{said}"

    def step_address(self, lesson: Lesson, number: int, more: Values) -> str:
        """The same for a step of this chapter, by all that it shows; relative, too."""
        return f"./{self.path}?{self.address.write({**self.defaults, **lesson.step(number).values, **more})}"

    def lesson_step(self, values: Values) -> Step | None:
        """The step of the lesson under way, if one is; never one of another chapter."""
        lesson = self.lesson_named(values["lesson"])
        step = None if lesson is None else lesson.step(values["step"])
        return step if step is not None and step.chapter == self.name else None

    # ----------------------------------------------------------------------------------------------------------- address

    @cached_property
    def run_keys(self) -> Mapping[str, Key]:
        """What decides a run, and nothing else."""
        return {
            **{name: parameter(known) for name, known in self.parameters.items()},
            **self.drawn_keys,
            "bends": compact("bends", r"[\w~!.+-]{1,2000}", self.read_bends),
        }

    @cached_property
    def view_keys(self) -> Mapping[str, Key]:
        """What a page compares a run with, and how it is shown."""
        return {
            "scene": one_of("scene", "", lambda: ("", *self.scenes)),
            "compare": compact("compare", r"[a-z,-]{1,200}", self.read_compare),
            "pins": compact("pins", rf"[\w~!.+:,;-]{{1,{MOST_PIN_LETTERS}}}", self.read_pins),
            "steer": switch("steer"),
            **LOOKS,
            "present": switch("present"),
            "hide": compact("hide", r"[a-z_,A-Z-]{1,400}", read_names),
            "at": moment("at"),
            "lesson": one_of("lesson", "", lambda: ("", *self.lessons, OWN)),
            "step": whole("step", 1, 1, MOST_STEPS),
            **self.stage_keys,
        }

    @cached_property
    def stage_keys(self) -> Mapping[str, Key]:
        """How the stage shows a run; a visitor changes these on the stage itself."""
        return {
            "time": one_of("time", "log", lambda: ("log", "linear")),
            **self.own_view_keys,
            "outcome": one_of("outcome", "auto", lambda: ("auto", "shown", "hidden")),
            "speed": one_of("speed", "1", lambda: ("1", "0.25", "0.5", "2", "4")),
        }

    @cached_property
    def address(self) -> Address:
        return Address({**self.run_keys, **self.view_keys})

    @cached_property
    def run_defaults(self) -> dict[str, Any]:
        return {name: key.default for name, key in self.run_keys.items()}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        return self.address.defaults

    def read_address(self, query: Query) -> tuple[dict[str, Any], list[str]]:
        """The values that an address asks for, with what had to give way replaced, and a sentence for each wrong."""
        reading = self.address.read(query, self._under_address)
        values, gave_way = self.agree(reading.values, keep=[name for name in reading.given if name in self.run_keys])
        notices = [*reading.notices, *gave_way]
        lesson = self.lesson_named(values["lesson"])
        if lesson and values["step"] > len(lesson.steps):
            values["step"] = len(lesson.steps)
            notices.append(LESSONS["beyond"].format(title=lesson.title, count=len(lesson.steps)))
        if lesson and self.lesson_step(values) is None:  # whoever has the address opened by its page is led to the right one
            values |= {"lesson": "", "step": 1}
            notices.append(LESSONS["elsewhere"].format(title=lesson.title))
        return values, notices

    def _under_address(self, given: Mapping[str, str]) -> Mapping[str, Any]:
        """What a lesson or a scene that is named puts under the address: what the address says besides has the last word."""
        name = given.get("lesson", "")
        if self.lesson_named(name) is not None:
            step = self.lesson_step({"lesson": name, "step": step_of(given.get("step", ""))})
            return {} if step is None else step.values
        scene = self.scenes.get(given.get("scene", ""))
        return {} if scene is None else self.values_of_scene(scene)

    def values_of_scene(self, scene: Scene) -> dict[str, Any]:
        return {**scene.parameters, **{name: value for name, value in scene.view.items() if name in self.view_keys}}

    def opening(self, query: Query) -> tuple[dict[str, Any], list[str]]:
        """The same for a page that opens: an address that says nothing about the run plays the first scene."""
        values, notices = self.read_address(query)
        if not any(name in query for name in (*self.run_keys, "scene", "lesson")):
            scene = self.first_scene
            values = {**values, **self.played, **({**scene.parameters, "scene": scene.key} if scene else {})}
        return values, notices

    def read_text(self, text: str) -> tuple[dict[str, Any], list[str]]:
        """The same of an address that came as text."""
        return self.read_address(parse_address(text))

    # --------------------------------------------------------------------------------------- compact texts of bends and pins

    def read_bends(self, text: str) -> list[Bend]:
        """Where a run was bent, and what changed there; older links name frames of the segment before, and not times."""
        bends: list[Bend] = []
        for entry in text.split("!") if text else []:
            where, *rest = entry.split("~")
            changes = {name: self.parameters[name].read(value) for name, value in zip(rest[::2], rest[1::2], strict=True)}
            if not changes or any(name not in self.bending for name in changes):
                raise ValueError(ADDRESS["compact"])
            when = float(where[1:]) if where.startswith(TIME) else int(where)
            if not 0 <= when < math.inf:
                raise ValueError(ADDRESS["compact"])
            bends.append((when, changes))
        if len(bends) > MOST_BENDS:
            raise ValueError(ADDRESS["too_many"])
        return bends

    def write_bends(self, bends: Iterable[tuple[When, Mapping[str, Any]]]) -> str:
        def entry(when: When, changes: Mapping[str, Any]) -> str:
            parts = [part for name, value in changes.items() for part in (name, self.parameters[name].write(value))]
            return "~".join([f"{TIME}{when!r}".replace("+", "") if isinstance(when, float) else str(when), *parts])

        return "!".join(entry(when, changes) for when, changes in bends)

    def read_pins(self, text: str) -> list[dict[str, Any]]:
        """The runs that are pinned as ghosts, each as the run keys in which it differs from the defaults."""
        entries = text.split(";") if text else []
        if len(entries) > MOST_PINS:
            raise ValueError(ADDRESS["too_many"])
        pins = []
        for entry in entries:
            given = dict(part.split(":", 1) for part in entry.split(",") if part)
            if any(name not in self.run_keys for name in given):
                raise ValueError(ADDRESS["compact"])
            pins.append({**self.run_defaults, **{name: self.run_keys[name].read(value) for name, value in given.items()}})
        return pins

    def write_pins(self, pins: Iterable[Values]) -> str:
        def entry(pin: Values) -> str:
            changed = [name for name, default in self.run_defaults.items() if pin[name] != default]
            # One that differs in nothing is written as its first key, since an empty entry is none.
            named = changed or [next(iter(self.run_keys))]
            return ",".join(f"{name}:{self.run_keys[name].write(pin[name])}" for name in named)

        return ";".join(entry(pin) for pin in pins)

    def read_compare(self, text: str) -> list[str]:
        if text and "model" not in self.parameters:
            raise ValueError(ADDRESS["compact"])
        return [self.parameters["model"].check(name) for name in read_names(text)]

    # --------------------------------------------------------------------------------------------------------- agreement

    def settings(self, values: Values) -> Any:
        return self.system.settings_class(**{name: values[name] for name in self.parameters})

    def agree(self, values: Values, keep: Iterable[str] = ()) -> tuple[dict[str, Any], list[str]]:
        """The nearest values that can be run, and a sentence for each one that had to give way.

        Single values are right already; this is about those that contradict each other or ask too much. `keep` names what the
        visitor has just said, which gives way last.
        """
        values, notices = dict(values), list[str]()
        keep = set(keep)
        for name, size in self.sizes(values).items() if keep & {"family"} else ():
            if name not in keep:
                values[name] = size
        for _ in range(len(self.parameters)):
            try:
                self.check(values)
                return values, notices
            except Refusal as wrong:
                name = wrong.name
                fallback = self.sizes(values).get(name, self.defaults.get(name))
                if name not in values or values[name] == fallback:
                    break
                values[name] = fallback
                notices.append(instead(str(wrong), self.run_keys[name].write(fallback)))
        notices.append(ADDRESS["all_defaults"])
        return {**values, **self.run_defaults}, notices

    def check(self, values: Values) -> None:
        """A `Refusal` that names the value where these values cannot be run together, or are too much work."""
        settings = self.settings(values)
        self.check_settings(settings)
        self.work(settings)
        self.check_drawn(values, settings)
        if any(isinstance(when, int) and when > MOST_ROW for when, _ in self.read_bends(values["bends"])):
            raise refusal("bends", values["bends"], ADDRESS["compact"])

    # -------------------------------------------------------------------------------------------------------------- runs

    def segments(self, values: Values) -> tuple[Run, ...]:
        """The run, and one more for each moment at which it was bent."""
        runs = [simulate(system=self.name, **self.given(values))]
        for when, changes in self.read_bends(values["bends"]):
            runs.append(simulate(start=runs[-1], at=frame_at(runs[-1], when), **changes))
        return tuple(runs)

    def bent_values(self, values: Values) -> dict[str, Any]:
        """The parameters in force at the end: those of the start with every bend applied."""
        whole = dict(values)
        for _, changes in self.read_bends(values["bends"]):
            whole.update(changes)
        return whole

    def difference(self, values: Values, against: Values) -> str:
        """How a pinned run is called: what differs from the run on show, the most telling first."""
        first = (*self.bending, *(name for name in self.parameters if name not in self.bending))
        differing = [name for name in first if values[name] != against[name] and self.parameters[name].shown is not None]
        differing += [name for name in ("seed", "model") if name in values and values[name] != against[name]]
        differing = differing or [name for name in first if values[name] != against[name]]
        parts = [f"{self.parameters[name].symbol} = {in_field(values[name])}" for name in dict.fromkeys(differing[:3])]
        if not parts and values["bends"] != against["bends"]:
            changes = [change for _, several in self.read_bends(values["bends"]) for change in several.items()]
            parts = [f"{self.parameters[name].symbol} → {in_field(value)}" for name, value in changes[-3:]] or [PAGE["unbent"]]
        return ", ".join(parts) or PAGE["same"]

    # -------------------------------------------------------------------------------------------------------- take away

    def take(self, what: str, runs: Sequence[Run], address: str) -> dict[str, Any]:
        """The message with what can be taken away of a run: a file, or a text; a `KeyError` if there is no such thing."""
        if what == "python":
            written = (*self.always_written, *self.played)
            text = takeaway.python_lines(self.system, runs, self.literals(runs[0]), written)
            return {"text": {"what": what, "content": text}}
        kind, make = {**takeaway.FILES, **self.own_files}[what]
        return {"file": {"name": f"gliascope.{what}", "kind": kind, "content": make(runs, address)}}

    # ----------------------------------------------------------------------------------------------------------- session

    @cached_property
    def held_values(self) -> type[param.Parameterized]:
        """All values of one page as param has them: bounds and meanings as core says, one class for all sessions."""
        declared = {name: self._declared(name) for name in self.defaults}
        return type(f"{self.name.title()}Values", (param.Parameterized,), declared)

    def _declared(self, name: str) -> param.Parameter:
        known = self.parameters.get(name)
        if known is None:
            default = self.defaults[name]
            kinds = {bool: param.Boolean, int: param.Integer}
            return kinds.get(type(default), param.String)(default)
        about = {"default": known.default, "label": known.symbol, "doc": known.meaning}
        if known.choices is not None:
            return param.Selector(objects=list(known.choices()), **about)
        low, high = known.bounds
        high = min(high, self.most.get(name, math.inf))
        bounds: Any = (None if math.isinf(low) else low, None if math.isinf(high) else high)
        return (param.Integer if known.kind is int else param.Number)(bounds=bounds, **about)

    def stage_options(self, values: Values) -> dict[str, Any]:
        """How the stage begins."""
        view = {name: values[name] for name in self.stage_keys}
        at = float(values["at"]) if values["at"] else None
        return {**view, "speed": float(view["speed"]), "hide": read_names(values["hide"]), "at": at}

    @property
    def card_scripts(self) -> Cards:
        return Cards(self.folder, self.cards)

    @property
    def folder(self) -> Path:
        return Path(inspect.getfile(type(self))).parent

    def figures(self) -> str:
        """The Bokeh figures of its cards as JSON, declared once at start: those of figures.py, or the energy's alone. A build has
        declared them already, and left them beside the chapter."""
        declared = self.folder / "figures.json"
        if declared.is_file():
            return declared.read_text(encoding="utf-8")
        own = (self.folder / "figures.py").is_file()
        return importlib.import_module(f"{self.package}.figures" if own else "app.figures").figures()

    @property
    def has_equations(self) -> bool:
        return (self.folder / "equations.tex").is_file()

    def offline_html(self, run: bytes, ghosts: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> str:
        """One HTML file that plays a run from disk."""
        from app.static.offline import offline_html

        return offline_html(
            self.card_scripts, self.figures(), self.words["stage"], run, ghosts, options, self.words["page"]["title"]
        )


def _observed(name: str) -> Callable[[Run], np.ndarray]:
    return lambda run: run.observables[name]
