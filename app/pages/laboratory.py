"""What the three pages of the laboratory share: one study of the values in the address, streamed to its visitor cell by cell."""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from bokeh.document import Document
from panel.io import hold
from panel.io.state import set_curdoc

from app.charts.board import Board
from app.laboratory.address import VIEW, Address
from app.laboratory.feed import Feed
from app.laboratory.jobs import Job
from app.laboratory.limits import check_study
from app.laboratory.service import laboratory
from app.parameters import DEFAULTS, as_sentence, spoken, write_address
from app.words import LABORATORY as WORDS
from app.words import STAGE
from core import PARAMETERS
from core.archive import Archive
from core.ensemble import trial_settings
from core.registry import FAMILIES, MEMORIES
from core.studies import FLIPS, Cell, Study

log = logging.getLogger("gliascope.laboratory")

LONGEST_MESSAGE = 2_000  # letters of one field


@dataclass(eq=False)
class Wish:
    """What a visitor asked for last, and how far it has come; it is also who watches the job."""

    number: int
    values: dict[str, Any]
    study: Study | None = None
    job: Job | None = None
    sent: int = 0  # so many cells of the job's order are with the browser
    introduced: bool = False  # whether the browser knows of the study
    left: bool = False  # cancelled, or its visitor is away
    extra: dict[str, Any] = field(default_factory=dict)


class LaboratoryPage:
    """One visitor's page. Subclasses say which study the values make, what is drawn of a cell, and what the numbers say."""

    name: ClassVar[str]
    address: ClassVar[Address]
    views: ClassVar[tuple[str, ...]] = ()  # keys that change what is shown of a study, not the study

    def __init__(self, values: Mapping[str, Any], said: Iterable[str] = ()) -> None:
        self.values = self.settle(dict(values), {})
        self.notice = " ".join(said)
        self.doc: Document | None = None
        self._good: dict[str, Any] | None = None
        self._wish = Wish(0, dict(self.values))
        self._ready = False
        self._laboratory = laboratory()
        self._laboratory.warm()
        self.board = Board(self._hear, page=self.name, sizing_mode="stretch_width")

    def enter(self, doc: Document) -> None:
        """Begin for the visitor of this document, and end with it."""
        self.doc = doc
        self._feed = Feed(doc, self._laboratory.tables, self._gather, self._deliver)
        doc.on_session_destroyed(self._destroyed)
        self._start()
        self._show()

    def _destroyed(self, _context: Any) -> None:
        self._feed.close()
        self._leave()

    # -------------------------------------------------------------------------------------------- what a page has to say

    def settle(self, values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
        """Values that go together after some of them changed."""
        raise NotImplementedError

    def study(self, values: Mapping[str, Any]) -> Study:
        """The study of the values, or a `ValueError` with a sentence."""
        raise NotImplementedError

    def command(self, values: Mapping[str, Any], study: Study) -> list[str]:
        """The arguments of `python -m core` that repeat the study."""
        raise NotImplementedError

    def drawn(self, cells: list[Cell]) -> dict[str, np.ndarray]:
        """What is drawn of cells: one row a cell."""
        raise NotImplementedError

    def told(self, wish: Wish, cells: dict[tuple[int, ...], Cell], fresh: list[Cell]) -> dict[str, Any]:
        """What all the cells together say: a sentence, and whatever else is drawn; `fresh` are those not told of before."""
        raise NotImplementedError

    def observable(self, values: Mapping[str, Any]) -> str:
        """By which a cell's typical trial is chosen."""
        raise NotImplementedError

    def hidden(self, values: Mapping[str, Any]) -> list[str]:
        """Fields that have no say at these values."""
        raise NotImplementedError

    # ------------------------------------------------------------------------------------------------- what is said to us

    def _hear(self, data: Any) -> None:
        """A message of the browser; nothing about it is taken for granted."""
        deeds: dict[str, Callable[..., None]] = {
            "ready": self._begin_again, "leave": self.go_away, "set": self._set, "pause": self._pause, "resume": self._resume,
            "cancel": self._cancel, "look": self._look, "want": self._want,
        }  # fmt: skip
        try:
            given = dict(data)
            deeds[given.pop("do")](**given)
        except ValueError as wrong:
            self._refuse_once(str(wrong))
        except (TypeError, KeyError, IndexError, AttributeError):
            self._refuse_once(WORDS["nonsense"])

    def _refuse_once(self, sentence: str) -> None:
        if as_sentence(sentence) != self.notice:  # who repeats nonsense is not answered again and again
            self.refuse(sentence)

    def refuse(self, sentence: str) -> None:
        self.notice = as_sentence(sentence)
        self._show()

    def _set(self, changes: dict[str, str]) -> None:
        """New values as texts; the first that is wrong leaves all as it was, and says why."""
        if len(changes) > len(self.address.keys):
            raise KeyError
        given = {}
        for name, text in changes.items():
            if name not in self.address.keys:
                raise KeyError(name)
            given[name] = self.address.read_one(name, _plain(name, str(text)[:LONGEST_MESSAGE]))
        self.change(given)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Take over new values; a study that is no longer asked for is left at once."""
        before = self.values
        if "family" in changes:  # which may come in one size only
            sizes = {name: size for name, size in FAMILIES[changes["family"]].sizes.items() if name in self.address.keys}
            changes = {**sizes, **changes}
        self.values = self.settle({**before, **changes}, changes)
        self.notice = ""
        looks = (*self.views, *VIEW)
        if any(self.values[name] != before[name] for name in self.values if name not in looks):
            self._start()
        else:
            self._wish.values = dict(self.values)
            self._good = dict(self.values) if self._wish.study else self._good
            self._feed.wake()
        self._show()

    # ------------------------------------------------------------------------------------------------------ the study

    def _start(self) -> None:
        self._leave()
        self._wish = wish = Wish(self._wish.number + 1, dict(self.values))
        future = self._laboratory.tables.submit(self._prepare, wish.values)
        future.add_done_callback(lambda done: self.doc.add_next_tick_callback(partial(self._prepared, wish, done)))

    def _prepare(self, values: Mapping[str, Any]) -> Study:
        study = self.study(values)
        check_study(study)
        return study

    def _prepared(self, wish: Wish, done: Future) -> None:
        if wish is not self._wish or wish.left:
            return
        try:
            wish.study = done.result()
        except ValueError as wrong:
            self._revert(str(wrong))
            return
        self._good = dict(wish.values)
        wish.job = self._laboratory.jobs.watch(wish.study, wish, self._feed.wake)
        self._feed.wake()
        self._show()

    def _revert(self, wrong: str) -> None:
        """What cannot be computed is said; what was on show before stays, or the defaults come if nothing was."""
        view = {name: self.values[name] for name in VIEW}
        instead = self._good if self._good is not None else {**self.settle(self.address.defaults, {}), **view}
        sentence = wrong if self._good is not None else WORDS["defaults_instead"].format(wrong=wrong.rstrip("."))
        if self.values != instead:
            self.values = dict(instead)
            self._start()
        self.refuse(" ".join(part for part in (self.notice, sentence) if part))

    def _leave(self) -> None:
        wish = self._wish
        wish.left = True
        if wish.job is not None:
            self._laboratory.jobs.leave(wish.job, wish)

    def _cancel(self) -> None:
        self._leave()
        self._feed.wake()

    def _pause(self) -> None:
        if self._wish.job is not None:
            self._wish.job.pause(self._wish)

    def _resume(self) -> None:
        """Go on: with what was paused, or with what was cancelled or failed, from the cells that are kept."""
        if self._wish.left or self._wish.job is None or self._wish.job.state in ("failed", "stopped"):
            self._start()
        else:
            self._wish.job.resume(self._wish)

    def _begin_again(self) -> None:
        """The browser's side is there, for the first time or after a lost line: it is told everything."""
        self._ready = True
        self._wish.introduced = False
        if self._wish.left:
            self._start()
        self._show()
        self._feed.wake()

    def go_away(self) -> None:
        """The visitor closes the page, or was cut off: the session lasts a while, but the workers are free at once."""
        self._ready = False
        self._leave()

    # ------------------------------------------------------------------------------------------------------ the stream

    def _gather(self) -> tuple[Wish, dict[str, Any]] | None:
        """In a thread: what the browser does not have yet."""
        wish = self._wish
        job, study = wish.job, wish.study
        if not self._ready or job is None or study is None:
            return None
        message: dict[str, Any] = {"id": wish.number}
        if not wish.introduced:
            wish.sent = 0
            message["study"] = self._introduction(study)
        order = job.order[wish.sent :]
        fresh = [job.cells[index] for index in order]
        if fresh:
            message["index"] = np.array(order, dtype=np.int32)
            message["fields"] = self.drawn(fresh)
        cells = {index: job.cells[index] for index in job.order[: wish.sent + len(order)]}
        message.update(self.told(wish, cells, fresh))
        message["progress"] = self._progress(wish, job, len(cells))
        wish.sent += len(order)
        wish.introduced = True
        return wish, message

    def _progress(self, wish: Wish, job: Job, done: int) -> dict[str, Any]:
        state = "stopped" if wish.left and job.state != "done" else job.state
        left = job.seconds_left
        trouble = [WORDS["trouble"].format(name=job.trouble)] if state == "failed" else []
        trouble += [WORDS[mishap] for mishap in job.mishaps]
        return {
            "done": done,
            "total": job.total,
            "state": state,
            "left": left if state == "running" else None,
            "trouble": " ".join(trouble),
        }

    def _deliver(self, gathered: tuple[Wish, dict[str, Any]] | None) -> None:
        if gathered is None:
            return
        wish, message = gathered
        if wish is self._wish:
            self._send(message)

    def _send(self, message: dict[str, Any]) -> None:
        with set_curdoc(self.doc):
            self.board._send_msg(message)

    def _introduction(self, study: Study) -> dict[str, Any]:
        return {"axes": [self._axis(name, values) for name, values in study.axes.items()], "trials": study.trials}

    def _axis(self, name: str, values: tuple[Any, ...]) -> dict[str, Any]:
        if name == "model":
            return {"name": name, "values": list(values), "texts": [model_title(value) for value in values]}
        known = PARAMETERS.get(name)
        return {
            "name": name,
            "values": [float(value) for value in values],
            "texts": [written(value) for value in values],
            "symbol": FLIPS if known is None else known.symbol,
            "called": WORDS["axes"].get(name, name),
            "log": known is not None and known.scale == "log",
        }

    def _look(self, index: list[int], number: int) -> None:
        """Where the typical trial of a cell can be watched."""
        wish = self._wish
        place = tuple(int(i) for i in index)
        if wish.job is None or wish.number != number or place not in wish.job.cells:
            raise KeyError
        cell = wish.job.cells[place]
        trial = cell.typical(self.observable(self.values))
        settings = trial_settings(cell.trials.settings, wish.study.seed, trial)
        view = {name: self.values[name] for name in VIEW}
        address = write_address({**DEFAULTS, **settings, **view})
        self._send(
            {"id": number, "look": {"index": list(place), "trial": trial, "seed": settings["seed"], "href": f"./?{address}"}}
        )

    # ------------------------------------------------------------------------------------------------------- take away

    def _want(self, what: str) -> None:
        wish = self._wish
        if wish.study is None or what not in ("npz", "csv", "command"):
            raise KeyError
        if what == "command":
            line = " ".join(["python -m core", *self.command(wish.values, wish.study)])
            self._send({"id": wish.number, "say": line})
            return
        if wish.job is None or not wish.job.cells:
            raise ValueError(WORDS["nothing_yet"])
        future = self._laboratory.tables.submit(_file, wish.study, dict(wish.job.cells), what)
        future.add_done_callback(lambda done: self.doc.add_next_tick_callback(partial(self._hand_over, what, done)))

    def _hand_over(self, what: str, done: Future) -> None:
        kind = {"npz": "application/octet-stream", "csv": "text/csv"}[what]
        try:
            self._send({"file": f"gliascope-{self.name}.{what}", "kind": kind, "content": done.result()})
        except OSError:
            self.refuse(WORDS["no_file"])

    # ------------------------------------------------------------------------------------------------------------ state

    def _show(self) -> None:
        """Fields, address and notice as they are now: in the document until the browser is there, then as messages, which keep
        their order with those of the cells."""
        values = self.values
        shown = {
            "id": self._wish.number,
            "fields": self.texts(values),
            "hidden": self.hidden(values),
            "notice": self.notice,
            "address": self.address.write(values),
            "theme": values["theme"],
            "hall": values["hall"],
        }
        if self._ready:
            self._send({"shown": shown})
        else:
            with set_curdoc(self.doc), hold(self.doc):
                self.board.shown = shown

    def texts(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Every value as its field shows it."""
        return {
            name: spoken(name, values[name]) if name in PARAMETERS else key.write(values[name])
            for name, key in self.address.keys.items()
        }


def _file(study: Study, cells: dict[tuple[int, ...], Cell], kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(study, Path(folder) / f"study.{kind}", fresh=True)
        archive.cells = cells
        archive.save()
        return archive.path.read_bytes()


def _plain(name: str, text: str) -> str:
    """What a visitor typed: "∞", a true minus sign and a decimal comma are welcome in numbers."""
    if name == "models" or (name in PARAMETERS and PARAMETERS[name].choices is not None):
        return text
    return text.strip().replace("−", "-").replace("∞", "inf").replace(",", ".")


def model_title(name: str) -> str:
    return STAGE["models"].get(name) or MEMORIES[name].title or name


def number(value: float) -> str:
    """Three digits with a true minus sign."""
    if math.isnan(value):
        return "–"
    return "∞" if math.isinf(value) else f"{float(f'{value:.3g}'):g}".replace("-", "−")


def measured(value: float, error: float) -> str:
    """A value with its standard error: the error has two digits, and the value ends where the error does."""
    if not error > 0 or not math.isfinite(value):
        return f"{number(value)} ± {number(error)}"
    decimals = min(8, max(0, 1 - math.floor(math.log10(error))))
    return f"{value:.{decimals}f} ± {error:.{decimals}f}".replace("-", "−")


def written(value: float) -> str:
    """A value on an axis: whole numbers whole."""
    return str(value) if isinstance(value, int) else number(value)


def said(values: Mapping[str, Any], names: Iterable[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that differ from what the core takes by itself, which is what a shell command has to say."""
    known = {**defaults, **FAMILIES[values["family"]].sizes}
    return {name: values[name] for name in names if values[name] != known[name]}


def options(given: Mapping[str, Any]) -> list[str]:
    """Parameters as `python -m core` reads them."""
    return [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", PARAMETERS[name].write(value))]
