"""What all pages of studies share: one study of the values in the address, streamed to its visitor cell by cell."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from app.address import LOOKS, MOST_LETTERS, Address, Key, Query, one_of, parameter, parse_address, read_texts
from app.chapters import chapters
from app.chapters.base import Chapter
from app.engine.jobs import Job
from app.engine.service import engine
from app.engine.throttle import Throttle
from app.numbers import from_field, in_field, on_axis
from app.ports import Port
from app.session import Deed, Session
from app.studies.limits import check_study
from app.words import words
from core.archive import Archive
from core.ensemble import trial_settings
from core.registry import systems
from core.studies import Cell, Study
from core.system import System

WORDS, FIELDS = words(__package__)["study"], words(__package__)["page"]["fields"]
LONGEST_FIELD = 2_000  # letters
AGAIN = 1_000  # trials, at most, of a cell that is measured again; and no more than the whole study has
FIRST_SYSTEM = "retrieval"  # whose studies a page shows if its address names no system

Index = tuple[int, ...]
Cells = Mapping[Index, Cell]
Values = Mapping[str, Any]


@dataclass(eq=False)
class Request:
    """What a visitor asked for last, and how far it has come; it is also who watches the job."""

    number: int
    values: dict[str, Any]
    study: Study | None = None
    job: Job | None = None
    picked: list[Index] = field(default_factory=list)  # cells that are picked out of many once all are in,
    again: Job | None = None  # and measured with other draws
    sent: int = 0  # so many cells of the job's order are with the browser
    introduced: bool = False  # whether the browser knows of the study
    left: bool = False  # cancelled, or its visitor is away
    extra: dict[str, Any] = field(default_factory=dict)


class StudyPage(Session):
    """One visitor's page. Subclasses say which study the values make, what is drawn of a cell, and what the numbers say."""

    name: ClassVar[str]  # also the page's address, and the stem of its two files
    place: ClassVar[int]  # among the pages of studies, where they are listed
    views: ClassVar[tuple[str, ...]] = ()  # keys that change what is shown of a study, not the study
    every_system: ClassVar[bool] = False  # whether it can study any system, or only that of the first chapter
    main: ClassVar[tuple[str, ...]] = ()  # parameters that stand open, those with a slider if none is named
    swept: ClassVar[tuple[str, ...]] = ()  # parameters that it offers to sweep
    slid: ClassVar[tuple[str, ...]] = ()  # parameters that have a slider

    def __init__(self, values: Values, notices: Iterable[str] = ()) -> None:
        super().__init__(notices)
        self.system = systems()[values.get("system", FIRST_SYSTEM)]
        self.address = self.address_of(self.system.name)
        self.values = self.settle(dict(values), {})
        self._good: dict[str, Any] | None = None
        self._request = Request(0, dict(self.values))
        self._ready = False

    # -------------------------------------------------------------------------------------------- what a page has to say

    @classmethod
    def keys(cls, system: System) -> Mapping[str, Key]:
        """The keys of its address for the studies of a system."""
        raise NotImplementedError

    def settle(self, values: dict[str, Any], changes: Values) -> dict[str, Any]:
        """Values that go together after some of them changed."""
        raise NotImplementedError

    def study(self, values: Values) -> Study:
        """The study of the values, or a `ValueError` with a sentence."""
        raise NotImplementedError

    def command(self, values: Values, study: Study) -> list[str]:
        """The arguments of `python -m core` that repeat the study."""
        raise NotImplementedError

    def rows(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        """What is drawn of cells: one row a cell."""
        raise NotImplementedError

    def findings(self, request: Request, cells: Cells, fresh: list[Cell]) -> dict[str, Any]:
        """What all the cells together say: a sentence, and whatever else is drawn; `fresh` are those not told of before.
        Nothing is judged before the study is whole (`Study.is_whole`)."""
        raise NotImplementedError

    def picked(self, request: Request, cells: Cells) -> list[Index]:
        """The cells of a whole study that a sentence picks out of many, such as the best one: they are measured again."""
        return []

    def observable(self, values: Values) -> str:
        """By which a cell's typical trial is chosen."""
        raise NotImplementedError

    def ranges(self, values: Values) -> list[tuple[str, str, str]]:
        """The keys of the two ends of each range, and which parameter it is of."""
        return [("low", "high", values["axis"])]

    def room(self, values: Values) -> str:
        """The longest sentence that the findings may have at these values: room is kept for it, so that nothing moves."""
        raise NotImplementedError

    def unused(self, values: Values) -> list[str]:
        """Fields that have no say at these values."""
        raise NotImplementedError

    # ---------------------------------------------------------------------------------------------------------- address

    @classmethod
    def script(cls) -> Path:
        """Its script stands beside its module."""
        return Path(__file__).with_name(f"{cls.name}.js")

    @classmethod
    def studied(cls) -> list[str]:
        """The systems that this page can study."""
        return [name for name in systems() if name in chapters() and (cls.every_system or name == FIRST_SYSTEM)]

    @classmethod
    @cache
    def address_of(cls, system: str) -> Address:
        known = {"system": one_of("system", FIRST_SYSTEM, cls.studied)} if cls.every_system else {}
        return Address({**cls.keys(systems()[system]), **known, **LOOKS})

    @classmethod
    def opening_of(cls, query: Query) -> tuple[dict[str, Any], list[str]]:
        """What an address asks for, and a sentence for each wrong; which system it studies decides what else it may say."""
        given, _ = read_texts({name: query[name] for name in query if name == "system"}, ("system",))
        name = given.get("system", FIRST_SYSTEM)
        reading = cls.address_of(name if name in cls.studied() else FIRST_SYSTEM).read(query)
        return reading.values, reading.notices

    # ---------------------------------------------------------------------------------------------------------- the line

    @property
    def deeds(self) -> Mapping[str, Deed]:
        of_study: dict[str, Deed] = {
            "set": self.set, "pause": self.pause, "resume": self.resume, "cancel": self.cancel, "look": self.look,
        }  # fmt: skip
        return {
            "ready": self.ready, "view": self.set, "want": self.want, "open": self.open_address,
            **{name: partial(self._of_study, deed) for name, deed in of_study.items()},
        }  # fmt: skip

    def _of_study(self, deed: Deed, number: Any = None, **given: Any) -> None:
        """Do what is asked of a study. Where it names another one than is asked for by now, it comes too late and is left out."""
        if number is None or self.whole(number) == self._request.number:
            deed(**given)

    def attach(self, port: Port) -> None:
        """Begin for the visitor at this port."""
        super().attach(port)
        self._engine = engine()
        self._engine.warm()
        self._throttle = Throttle(port, self._gather, self._deliver)
        self._start()

    def close(self) -> None:
        self._throttle.close()
        self._leave()

    def set(self, changes: Mapping[str, Any]) -> None:
        """New values as texts; the first that is wrong leaves all as it was, and says why."""
        if len(changes) > len(self.address.keys):
            raise KeyError
        given = {}
        for name, text in changes.items():
            if name not in self.address.keys:
                raise KeyError(name)
            given[name] = self.address.read_one(name, self.plain(name, _text(text)[:LONGEST_FIELD]))
        self.change(given)

    def open_address(self, address: str, step: Any) -> None:
        """The study of a step to which the browser's Back returns; the page keeps its looks."""
        if not isinstance(address, str):
            raise TypeError
        values, notices = self.opening_of(parse_address(address[: MOST_LETTERS + 1]))
        if values.get("system", self.system.name) != self.system.name:
            raise KeyError
        self.steps.return_to(self.step(step))
        self.change({name: value for name, value in values.items() if name not in LOOKS}, new_step=False)
        if notices:
            self.refuse(" ".join(notices))

    def plain(self, name: str, text: str) -> str:
        known = self.system.parameters.get(name)
        is_name = name == "models" or (known is not None and known.choices is not None)
        return text if is_name else from_field(text)

    def change(self, changes: Values, *, new_step: bool = True) -> None:
        """Take over new values; a study that is no longer asked for is left at once."""
        before = self.values
        sizes = self.chapter.sizes({**before, **changes}) if "family" in changes else {}  # which may come in one size only
        changes = {**{name: size for name, size in sizes.items() if name in self.address.keys}, **changes}
        self.values = self.settle({**before, **changes}, changes)
        self.notice = ""
        if new_step and any(self.values[name] != before[name] for name in self.values if name not in LOOKS):
            self.steps.begin()
        looks = (*self.views, *LOOKS)
        if any(self.values[name] != before[name] for name in self.values if name not in looks):
            self._start()
        else:
            self._request.values = dict(self.values)
            self._good = dict(self.values) if self._request.study else self._good
            self._throttle.wake()
        self.show()

    @property
    def job(self) -> Job | None:
        """What is computed for this visitor."""
        return self._request.job

    @property
    def is_whole(self) -> bool:
        """Whether all there is to be computed is, also what is measured again."""
        jobs = (self._request.job, self._request.again)
        return jobs[0] is not None and all(job is None or job.state == "done" for job in jobs)

    @property
    def chapter(self) -> Chapter:
        """The chapter that shows the system that is studied."""
        return chapters()[self.system.name]

    # ------------------------------------------------------------------------------------------------------ the study

    def _start(self) -> None:
        self._leave()
        self._request = request = Request(self._request.number + 1, dict(self.values))
        if self.port is not None:
            self.port.compute(partial(self._prepare, request.values), partial(self._prepared, request))

    def _prepare(self, values: Values) -> Study:
        study = self.study(values)
        check_study(study, self.chapter)
        return study

    def _prepared(self, request: Request, done: Future[Study]) -> None:
        if request is not self._request or request.left:
            return
        try:
            request.study = done.result()
        except ValueError as wrong:
            self._revert(str(wrong))
            return
        self._good = dict(request.values)
        request.job = self._engine.jobs.watch(request.study, request, self._throttle.wake)
        self._throttle.wake()
        self.show()

    def _revert(self, wrong: str) -> None:
        """What cannot be computed is said; what was on show before stays, or the defaults come if nothing was."""
        looks = {name: self.values[name] for name in LOOKS}
        if "system" in self.address.keys:
            looks["system"] = self.system.name
        instead = self._good if self._good is not None else {**self.settle(self.address.defaults, {}), **looks}
        sentence = wrong if self._good is not None else WORDS["defaults_instead"].format(wrong=wrong.rstrip("."))
        if self.values != instead:
            self.values = dict(instead)
            self._start()
        self.refuse(" ".join(part for part in (self.notice, sentence) if part))

    def _leave(self) -> None:
        request = self._request
        request.left = True
        for job in (request.job, request.again):
            if job is not None:
                self._engine.jobs.leave(job, request)

    def cancel(self) -> None:
        self._leave()
        self._throttle.wake()

    def pause(self) -> None:
        if self._request.job is not None:
            self._request.job.pause(self._request)

    def resume(self) -> None:
        """Go on: with what was paused, or with what was cancelled or failed, from the cells that are kept."""
        job = self._request.job
        if self._request.left or job is None or job.state in ("failed", "stopped"):
            self._start()
        else:
            job.resume(self._request)

    def ready(self) -> None:
        """The browser's side is there, for the first time or after a lost line: it is told everything."""
        self._ready = True
        self._request.introduced = False
        if self._request.left:
            self._start()
        self.show()
        self._throttle.wake()

    def away(self) -> None:
        """The visitor was cut off: the session lasts a while, but the workers are free at once."""
        self._ready = False
        self._leave()

    # ------------------------------------------------------------------------------------------------------ the stream

    def _gather(self) -> tuple[Request, dict[str, Any]] | None:
        """Away from the loop: what the browser does not have yet."""
        request = self._request
        job, study = request.job, request.study
        if not self._ready or job is None or study is None:
            return None
        message: dict[str, Any] = {"id": request.number}
        if not request.introduced:
            request.sent = 0
            message["study"] = self._introduction(study)
        state = job.state  # before the cells: where it is done, they are all here
        order = job.order[request.sent :]
        fresh = [job.cells[index] for index in order]
        if fresh:
            message["index"] = np.array(order, dtype=np.int32)
            message["fields"] = self.rows(fresh)
        cells = {index: job.cells[index] for index in job.order[: request.sent + len(order)]}
        message.update(self.findings(request, cells, fresh))
        if study.is_whole(cells):
            self._measure_again(request, study, cells)
        message["progress"] = self._progress(request, job, state, len(cells))
        request.sent += len(order)
        request.introduced = True
        return request, message

    def _measure_again(self, request: Request, study: Study, cells: Cells) -> None:
        """What is picked out of many has been lucky, too: only fresh draws say how good it is."""
        picked = self.picked(request, cells)
        if picked == request.picked:
            return
        if request.again is not None:
            self._engine.jobs.leave(request.again, request)
        request.picked, request.again = picked, None
        if not picked:
            return
        trials = min(AGAIN, study.trials * len(cells))
        request.again = self._engine.jobs.watch(study.again(picked, trials), request, self._throttle.wake)
        if request.left:  # meanwhile
            self._engine.jobs.leave(request.again, request)

    def measured_again(self, request: Request, picked: list[Index]) -> list[Cell] | None:
        """These cells, once they have been measured again, in the order of the axes."""
        job = request.again if request.picked == picked else None
        return [job.cells[index] for index in sorted(job.cells)] if job is not None and job.state == "done" else None

    def _progress(self, request: Request, job: Job, state: str, done: int) -> dict[str, Any]:
        state = "stopped" if request.left and state != "done" else state
        trouble = [WORDS["trouble"].format(name=job.trouble)] if state == "failed" else []
        trouble += [WORDS[mishap] for mishap in job.mishaps]
        left = job.seconds_left if state == "running" else None
        return {"done": done, "total": job.total, "state": state, "left": left, "trouble": " ".join(trouble)}

    def _deliver(self, gathered: tuple[Request, dict[str, Any]] | None) -> None:
        if gathered is not None and gathered[0] is self._request:
            self.send({"cells": gathered[1]})

    def _introduction(self, study: Study) -> dict[str, Any]:
        return {"axes": [self._axis(name, values) for name, values in study.axes.items()], "trials": study.trials}

    def _axis(self, name: str, values: tuple[Any, ...]) -> dict[str, Any]:
        known = self.system.parameters.get(name)
        about = {
            "name": name,
            "texts": [self.on_axis(name, value) for value in values],
            "symbol": name if known is None else known.symbol,
            "called": self.axis_title(name),
        }
        if known is not None and known.named:
            return {**about, "values": list(values), "named": True}
        return {**about, "values": [float(value) for value in values], "log": known is not None and known.scale == "log"}

    def on_axis(self, name: str, value: Any) -> str:
        """A value as it stands beside an axis: what a choice is called, or a number."""
        if name == "model":
            return self.model_title(value)
        return self.chapter.choices(name)[value] if isinstance(value, str) else on_axis(value)

    def axis_title(self, name: str) -> str:
        """How an axis is called."""
        if name in WORDS["axes"]:
            return WORDS["axes"][name]
        known = self.system.parameters.get(name)
        return self.system.derived_axes[name].called if known is None else known.axis

    def observable_title(self, name: str) -> str:
        """How an observable is called; a translation may say it otherwise."""
        return WORDS["observables"].get(name) or self.system.observables[name].called

    def shown_range(self, name: str) -> tuple[float, float]:
        """The range of a parameter that a study covers if nobody says otherwise."""
        shown = self.system.parameters[name].shown
        assert shown is not None, f"{name} is no axis"
        return shown

    def model_title(self, name: str) -> str:
        return self.chapter.choices("model").get(name, name)

    def waiting(self, study: Study, cells: Cells, waits: str) -> str:
        """How many cells are in, and what is not said before all are."""
        return WORDS["waiting"].format(done=len(cells), total=study.count, waits=waits)

    def look(self, index: list[int]) -> None:
        """Where the typical trial of a cell can be watched."""
        request = self._request
        place = tuple(int(i) for i in index)
        if request.job is None or request.study is None or place not in request.job.cells:
            raise KeyError
        cell = request.job.cells[place]
        trial = cell.typical(self.observable(self.values))
        settings, note = self.trial(request.study, cell, trial)
        looks = {name: self.values[name] for name in LOOKS}
        address = self.chapter.address.write({**self.chapter.defaults, **settings, **looks})
        href = f"./{self.chapter.path}?{address}"
        look = {"id": request.number, "index": list(place), "trial": trial, "seed": settings["seed"], "href": href, "note": note}
        self.send({"look": look})

    def trial(self, study: Study, cell: Cell, trial: int) -> tuple[dict[str, Any], str]:
        """The settings of a trial of a cell, and in what the run that its link plays differs from it, if in anything."""
        return trial_settings(cell.trials.settings, study.seed, trial), ""

    # ------------------------------------------------------------------------------------------------------- take away

    def want(self, what: str) -> None:
        """A file, or the command that makes it."""
        request = self._request
        if request.study is None or what not in ("npz", "csv", "command"):
            raise KeyError
        if what == "command":
            line = " ".join(["python -m core", *self.command(request.values, request.study)])
            self.send({"text": {"what": "command", "content": line}})
            return
        if request.job is None or not request.job.cells or self.port is None:
            raise ValueError(WORDS["nothing_yet"])
        work = partial(_file, request.study, dict(request.job.cells), what)
        self.port.compute(work, partial(self._hand_over, what))

    def _hand_over(self, what: str, done: Future[bytes]) -> None:
        kind = {"npz": "application/octet-stream", "csv": "text/csv"}[what]
        try:
            self.send({"file": {"name": f"gliascope-{self.name}.{what}", "kind": kind, "content": done.result()}})
        except OSError:
            self.refuse(WORDS["no_file"])

    # ------------------------------------------------------------------------------------------------------------ state

    def show(self) -> None:
        """Before the browser's side is there nobody would hear it; then all is told at once."""
        if self._ready:
            super().show()

    def state(self) -> dict[str, Any]:
        values = self.values
        return {
            "id": self._request.number,
            "fields": self.texts(values),
            "unused": self.unused(values),
            "room": self.room(values),
            "notice": self.told,
            "address": self.address.write(values),
            "step": self.steps.now,
            "view": {name: values[name] for name in LOOKS},
        }

    def seen(self) -> Mapping[str, str]:
        ends: dict[str, str] = {}
        for low, high, axis in self.ranges(self.values):
            symbol = self.system.parameters[axis].symbol
            ends |= {low: WORDS["lowest"].format(symbol=symbol), high: WORDS["highest"].format(symbol=symbol)}
        return {**self.chapter.seen, **FIELDS, **ends}

    def texts(self, values: Values) -> dict[str, str]:
        """Every value as its field shows it."""
        known = self.system.parameters
        return {
            name: in_field(values[name]) if name in known else key.write(values[name]) for name, key in self.address.keys.items()
        }

    # ---------------------------------------------------------------------------------------------- what subclasses share

    def differing(self, values: Values, names: Iterable[str], defaults: Values) -> dict[str, Any]:
        """The parameters that differ from what the core takes by itself, which is what a shell command has to say."""
        known = {**defaults, **self.chapter.sizes(values)}
        return {name: values[name] for name in names if values[name] != known[name]}

    def options(self, given: Values) -> list[str]:
        """Parameters as `python -m core` reads them."""
        parameters = self.system.parameters
        return [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", parameters[name].write(value))]


def parameter_keys(system: System, without: Iterable[str] = (), defaults: Values | None = None) -> dict[str, Key]:
    """The parameters of a system as keys of an address, some with another default."""
    left_out, other = set(without), defaults or {}
    return {name: parameter(known, other.get(name)) for name, known in system.parameters.items() if name not in left_out}


def _file(study: Study, cells: dict[Index, Cell], kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(study, Path(folder) / f"study.{kind}", fresh=True)
        archive.cells = cells
        archive.save()
        return archive.path.read_bytes()


def _text(value: Any) -> str:
    """What a browser says of a value, as the address writes it."""
    return str(int(value)) if isinstance(value, bool) else str(value)
