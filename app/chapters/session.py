"""One visitor of a chapter's page: values in, one message for the stage out, the newest wish first."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar
from urllib.parse import urljoin

from app import runs
from app.address import MOST_LETTERS, as_sentence, read_names
from app.chapters.base import MOST_PIN_LETTERS, MOST_PINS, Chapter, Values, frame_at, time_of
from app.chapters.lecture import Lecture
from app.engine.pieces import Making, Work
from app.engine.service import pieces
from app.engine.throttle import Throttle
from app.history import History
from app.numbers import from_field, in_field, nearest_stop, stop_value, stops
from app.rates import WORK_PER_SECOND, TokenBucket
from app.runs import Key
from app.session import Deed, Session
from app.short_links import SHORT, ShortLinks
from app.takeaway import qr_svg
from app.words import words
from core.parameters import Parameter

log = logging.getLogger(__name__)
PAGE, LESSONS = words()["page"], words()["lessons"]
MOST_QR = 1200  # letters; a denser code cannot be read from the back of a hall
LONGEST_FIELD = 64  # letters
NEWEST_SEED = 100_000  # a new draw has a short one, fit to be read aloud
LINKS_PER_SECOND, LINKS_AT_ONCE = 0.1, 10.0  # short ones; beyond that a code has the whole link
BURST_SECONDS = 30  # a half minute's worth of runs may be asked for at once
NEAR = 1e-9
AHEAD = "ahead"  # in place of a run that the browser has been sent already


class ChapterSession(Session):
    """`values` are a function of what was asked for, the picture is a function of `values`."""

    work_per_second: ClassVar[float] = WORK_PER_SECOND
    short_links: ClassVar[ShortLinks | None] = None  # of this server; None: it keeps none

    def __init__(self, chapter: Chapter, values: Values, notices: Iterable[str] = ()) -> None:
        super().__init__(notices)
        self.chapter = chapter
        self.held: Any = chapter.held_values(**values)  # whose parameters are known only by then
        # What undo brings back; the view stays as it is.
        self.undone_keys = (*chapter.run_keys, "scene", "compare", "pins", "lesson", "step")
        self.history: History[dict[str, Any]] = History(self._undone())
        self._good = self._undone()
        self._shown_run: Key | None = None
        self._shown_ghosts: list[tuple[str, Key]] | None = []
        self._greeted = False
        self._asked = self._busy = self._again = self._dragging = False
        self._anew = False  # whether the run that is asked for is to be seen from its beginning
        self._moment: dict[str, Any] | None = None
        self._mark: dict[str, Any] | None = None
        self._shown_step: tuple[str, int] = ("", 1)
        self._ahead: Key | None = None  # the run of the next step, which the browser has already
        self._ghosts_ahead: list[tuple[str, Key]] = []  # and those behind it
        self._budget = TokenBucket(self.work_per_second, BURST_SECONDS * self.work_per_second)
        self._making: Making | None = None  # what is made for this visitor in the shared pool, one thing at a time
        self._given_up: Work | None = None  # what he has stopped
        self._throttle: Throttle
        self._links = TokenBucket(LINKS_PER_SECOND, LINKS_AT_ONCE)
        self.lecture = Lecture(self)
        # Whatever decides the picture has it made anew when it changes; the looks of frame and stage are only told.
        self.held.param.watch(lambda *_: self._ask(), list(self.undone_keys))

    # ---------------------------------------------------------------------------------------------------------- values

    @property
    def values(self) -> dict[str, Any]:
        return {name: getattr(self.held, name) for name in self.chapter.defaults}

    def _undone(self) -> dict[str, Any]:
        return {name: getattr(self.held, name) for name in self.undone_keys}

    def change(self, changes: Mapping[str, Any], *, notices: Iterable[str] = (), remember: bool = True) -> None:
        """Take over new values and let what contradicts them give way; the picture follows."""
        before = self.values
        values, gave_way = self.chapter.agree({**before, **changes}, keep=changes)
        if any(values[name] != before[name] for name in self.chapter.run_keys):
            values["at"] = ""  # the moment of another run
            if "scene" not in changes:
                values["scene"] = ""
        self.notice = " ".join([*notices, *gave_way])
        self.held.param.update(**{name: value for name, value in values.items() if value != before[name]})
        if remember:
            self._remember()
        else:
            self.history.replace(self._undone())
        self._ask()

    def _remember(self) -> None:
        if self._undone() != self.history.present:
            self.history.add(self._undone())
            self.steps.begin()

    def _set_one(self, name: str, value: Any, *, remember: bool = True) -> None:
        """One parameter anew: the run starts again, or with "steer" on it bends at the frame on show."""
        if not (self.held.steer and self._moment is not None):
            self.change({name: value, "bends": ""} if self.held.bends else {name: value}, remember=remember)
        elif name in self.chapter.bending:
            self._bend(self._moment, name, value, remember)
        else:
            self.change({name: value, "bends": ""}, notices=[PAGE["restarted_whole"]], remember=remember)

    def _bend(self, moment: Mapping[str, Any], name: str, value: Any, remember: bool) -> None:
        chapter, values = self.chapter, self.values
        bends = chapter.read_bends(values["bends"])
        segment = min(moment["segment"], len(bends))
        key = runs.key_of(chapter, {**values, "bends": chapter.write_bends(bends[:segment])})
        run = runs.segments(chapter, key)[-1]
        row = min(moment["row"], len(run.t) - 1)
        if run.t[row] >= values.get("horizon", run.t[-1]) * (1 - NEAR):
            self.notice = PAGE["cannot_bend_at_end"]
            self.show()
            return
        if segment and row == 0:  # the frame at which it was bent last: one more change of that bend
            segment -= 1
            when, changes = bends[segment]
        elif segment < len(bends) and frame_at(run, bends[segment][0]) == row:
            when, changes = bends[segment]
        else:
            when, changes = time_of(run, row), {}
        bent = chapter.write_bends([*bends[:segment], (when, {**changes, name: value})])
        self.change({"bends": bent}, remember=remember)

    # ------------------------------------------------------------------------------------------- what a browser may ask

    @property
    def deeds(self) -> Mapping[str, Deed]:
        own = {name: partial(deed, self) for name, deed in self.chapter.own_deeds.items()}
        return {
            "slide": self.slide, "release": self.release, "set": self.set, "scene": self.open_scene, "draw": self.draw,
            "restart": self.restart, "reset": self.reset, "undo": self.undo, "redo": self.redo, "steer": self.steer,
            "moment": self.note_moment, "mark": self.mark, "go_on": self.go_on, "pin": self.pin, "unpin": self.unpin,
            "compare": self.compare, "view": self.view, "want": self.want, "open": self.open_address, "ready": self.ready,
            "pause": self.pause, "resume": self.resume, "cancel": self.cancel, **self.lecture.deeds, **own,
        }  # fmt: skip

    def ready(self) -> None:
        """The browser's side stands, with all it needs; or its line is back, and what was said meanwhile is lost."""
        if self._greeted:
            self._shown_run = self._shown_ghosts = self._ahead = None
            self._ghosts_ahead = []
            self._answer()
        elif self._awaited() is not None:
            self._ask()
        else:
            self._fetch_ahead()
        self._greeted = True

    def slide(self, name: str, index: Any) -> None:
        """A slider is dragged: one drag is one step of undo."""
        known = self.chapter.parameters[name]
        number = isinstance(index, (int, float)) and not isinstance(index, bool)
        if name not in self.chapter.sliders or not number or not 0 <= index < len(stops(known)):
            raise ValueError(PAGE["nonsense"])
        self._set_one(name, stop_value(known, int(index)), remember=not self._dragging)
        self._dragging = True

    def release(self, name: str) -> None:
        """A slider was let go of."""
        self._dragging = False

    def set(self, changes: Mapping[str, str]) -> None:
        """A value that was typed or chosen, by its name."""
        if len(changes) != 1:  # one change is one message, one step of undo
            raise KeyError
        [(name, text)] = changes.items()
        known = self.chapter.parameters[name]
        if not isinstance(text, str):
            raise TypeError
        text = text[:LONGEST_FIELD]
        self._set_one(name, known.read(text if known.choices is not None else from_field(text)))

    def open_scene(self, key: str) -> None:
        if not key and isinstance(key, str):  # "your own settings": the run stays, the sentence goes
            self.change({"scene": ""})
            return
        scene, before = self.chapter.scenes[key], self.chapter.scenes.get(self.held.scene)
        # What a scene pinned goes with it; what the visitor pinned stays.
        gone = {"pins": ""} if before and before.view.get("pins") == self.held.pins else {}
        self._anew = True
        chapter = self.chapter
        usual = {**chapter.run_defaults, **chapter.played, "compare": ""}
        self.change({**usual, **gone, **chapter.values_of_scene(scene), "scene": key})

    def begin_anew(self) -> None:
        """The run that is asked for next is to be seen from its beginning."""
        self._anew = True

    def show_step_anew(self, number: int) -> None:
        """A step of the lesson under way, whose clock and options may be others now."""
        self._shown_step = ("", 1)
        self.held.param.update(step=number)
        self._ask()

    def draw(self) -> None:
        """Other random draws, and nothing drawn by hand."""
        self.change({"seed": secrets.randbelow(NEWEST_SEED), **dict.fromkeys(self.chapter.drawn_keys, ""), "bends": ""})

    def restart(self) -> None:
        self._anew = True
        self.change({"bends": ""})

    def reset(self) -> None:
        self.change({**self.chapter.run_defaults, **self.chapter.played, "scene": ""})

    def undo(self) -> None:
        self._return_to(self.history.undo())

    def redo(self) -> None:
        self._return_to(self.history.redo())

    def _return_to(self, state: Mapping[str, Any]) -> None:
        self.notice = ""
        self.held.param.update(**{**self.lecture.view_of(state), **state})
        self.steps.begin()
        self._ask()

    def steer(self, on: bool) -> None:
        self.held.steer = on is True
        self.show()

    def note_moment(self, segment: int, row: int) -> None:
        self._moment = {"segment": max(0, self.whole(segment)), "row": max(0, self.whole(row))}

    def mark(self, frame: int, segment: int, row: int) -> None:
        place = {"frame": max(0, self.whole(frame)), "segment": self.whole(segment), "row": self.whole(row)}
        self._mark = {**place, "state": self._undone()}
        self.show()

    def go_on(self) -> None:
        """Back to the marked frame of the run as it was then; what is changed next bends it there."""
        mark = self._mark
        if mark is None:
            self.refuse(PAGE["no_mark"])
            return
        self.held.steer = True
        self.note_moment(mark["segment"], mark["row"])
        self.change({**mark["state"], "pins": self.held.pins})
        self._answer()
        self.send({"command": {"name": "seek", "args": {"frame": mark["frame"]}}})

    def pin(self) -> None:
        """The run on show stays as a ghost."""
        pins = self.chapter.read_pins(self.held.pins)
        present = {name: getattr(self.held, name) for name in self.chapter.run_keys}
        if present in pins:
            return
        notices = [PAGE["pins_full"].format(count=MOST_PINS)] if len(pins) == MOST_PINS else []
        text = self.chapter.write_pins([*pins, present][-MOST_PINS:])
        if len(text) > MOST_PIN_LETTERS:
            raise ValueError(PAGE["pins_too_long"])
        self.change({"pins": text}, notices=notices)

    def unpin(self, kind: str, which: int | str) -> None:
        if kind == "pin":
            pins = self.chapter.read_pins(self.held.pins)
            del pins[self.whole(which)]
            self.change({"pins": self.chapter.write_pins(pins)})
        else:
            self.change({"compare": ",".join(name for name in self.chapter.read_compare(self.held.compare) if name != which)})

    def compare(self, model: str) -> None:
        model = self.chapter.parameters["model"].check(model)
        names = self.chapter.read_compare(self.held.compare)
        if model not in names:
            runs.check(self.chapter, {**self.values, "model": model, "bends": ""})
            self.change({"compare": ",".join([*names, model])})

    def open_address(self, address: str, step: Any = None) -> None:
        """The run of a file that was taken away, or of a step to which the browser's Back returns; the page keeps its looks."""
        if not isinstance(address, str):
            raise TypeError
        number = None if step is None else self.step(step)
        values, notices = self.chapter.read_text(address[: MOST_LETTERS + 1])
        self.change({**self.lecture.view_of(values), **{name: values[name] for name in self.undone_keys}}, notices=notices)
        if number is not None:
            self.steps.return_to(number)

    def view(self, changes: Mapping[str, Any]) -> None:
        """How frame and stage show the run. The stage shows what was chosen on it already; the address takes it over."""
        keys = {name: key for name, key in self.chapter.view_keys.items() if name in ("theme", "hall", *self.chapter.stage_keys)}
        known = {name: self.chapter.address.read_one(name, _text(shown)) for name, shown in changes.items() if name in keys}
        if not known:
            raise KeyError
        self.held.param.update(**known)
        self.show()

    def want(self, what: str, url: str = "") -> None:
        """A file or a text to take away, made when it is asked for and not kept."""
        if self.port is None:
            return
        if what == "qr":
            if not isinstance(url, str):
                raise TypeError
            self.port.compute(partial(self._code_of, url), self._hand_over)
            return
        keys = self._keys() if what == "html" else [runs.key_of(self.chapter, self.values)]
        if not self._budget.take(sum(runs.cost(self.chapter, key) for key in keys)):
            raise ValueError(PAGE["too_much_work"])
        self.port.compute(partial(self._made, what, self.values, self._ghost_keys()), self._hand_over)

    def _code_of(self, url: str) -> dict[str, Any]:
        """A QR code of a link to this page, and the link in it: a short one where the server keeps any."""
        base, _, query = url.partition("?")
        code = None
        if self.short_links is not None and self._links.take():
            values, _ = self.chapter.read_text(query[: MOST_LETTERS + 1])  # so that nothing else than a page of ours is kept
            code = self.short_links.shorten(f"{self.chapter.path}?{self.chapter.address.write(values)}")
        link = urljoin(base, f"{SHORT}/{code}") if code else url
        if len(link) > MOST_QR:
            raise ValueError(PAGE["qr_too_long"])
        return {"text": {"what": "qr", "content": qr_svg(link), "link": link, "short": code is not None}}

    def _made(self, what: str, values: Values, ghost_keys: list[tuple[str, Key]]) -> dict[str, Any]:
        """What was asked for, away from the loop."""
        chapter, key = self.chapter, runs.key_of(self.chapter, values)
        if what == "html":
            ghosts, _ = self._ghosts(ghost_keys)
            page = chapter.offline_html(runs.message(chapter, key), ghosts, chapter.stage_options(values))
            return {"file": {"name": "gliascope.html", "kind": "text/html", "content": page}}
        return chapter.take(what, runs.segments(chapter, key), chapter.address.write(values))

    def _hand_over(self, done: Future[dict[str, Any]]) -> None:
        try:
            self.send(done.result())
        except (ValueError, KeyError) as wrong:
            self.refuse(str(wrong) if isinstance(wrong, ValueError) else PAGE["nonsense"])

    # --------------------------------------------------------------------------------------------------------- the picture

    def _ghost_keys(self, values: Values | None = None) -> list[tuple[str, Key]]:
        """The runs shown behind, with what each is called."""
        chapter, values = self.chapter, values or self.values
        pinned = [(chapter.difference(pin, values), runs.key_of(chapter, pin)) for pin in chapter.read_pins(values["pins"])]
        compared = [(chapter.choices("model")[model], key) for model, key in runs.compared(chapter, values)]
        return [*pinned, *compared, *runs.companions(chapter, values)]

    def _keys(self) -> list[Key]:
        return runs.keys_of(self.chapter, self.values)

    def _ghosts(self, keys: list[tuple[str, Key]]) -> tuple[list[dict[str, Any]], str]:
        """The ghosts that can be run, and a sentence if one cannot."""
        ghosts, notice = [], ""
        for place, (name, key) in enumerate(keys):  # its place among all says how it looks, also where one is left out
            try:
                ghosts.append({"name": name, "place": place, "run": runs.message(self.chapter, key)})
            except ValueError as wrong:
                notice = PAGE["not_compared"].format(model=name, why=wrong)
        return ghosts, notice

    def seen(self) -> Mapping[str, str]:
        return self.chapter.seen

    def opening(self) -> list[dict[str, Any]]:
        """The first picture."""
        try:
            message = self._picture()
        except ValueError as wrong:  # what no check foresaw: the defaults always run
            self.notice = as_sentence(str(wrong))
            with _quiet(self):
                self.held.param.update(**{name: self.chapter.defaults[name] for name in self.undone_keys})
            self.history = History(self._undone())
            message = self._picture()
        return [{"options": self.chapter.stage_options(self.values), **message}]

    def _ask(self) -> None:
        """Have the picture of the present values made soon; wishes that come before it is made are one wish."""
        if self.port is not None and not self._asked:
            self._asked = True
            self._given_up = None
            self.port.soon(self._answer_asked)

    def _answer_asked(self) -> None:
        if self._asked:  # and not answered meanwhile
            self._answer()

    def _answer(self) -> None:
        self._asked = False
        port = self.port
        if port is None:
            return
        awaited = self._awaited()
        self._make(awaited)
        if awaited is not None and awaited == self.chapter.awaited(self.values):
            return  # the run before stays until it is there
        try:
            keys = self._keys()
            costs = [runs.cost(self.chapter, key) for key in keys]
            if not self._budget.take(sum(costs)):
                raise ValueError(PAGE["too_much_work"])
        except ValueError as wrong:
            self._revert(wrong)
            return
        if all(runs.is_quick(self.chapter, key) for key in keys):
            self._present()
        elif self._busy:
            self._again = True
        else:
            self._busy = True
            self.send({"shown": {**self.state(), "notice": PAGE["working"]}})
            port.compute(partial(runs.prepare, self.chapter, keys), self._prepared)

    def _prepared(self, _done: Future[None]) -> None:
        """A long run is in the cache: show it if it is still wished for, else start on what is wished for now."""
        self._busy = False
        if self._again:
            self._again = False
            self._answer()
        else:
            self._present()

    def _present(self) -> None:
        try:
            self.send(self._picture())
        except ValueError as wrong:
            self._revert(wrong)

    def _picture(self) -> dict[str, Any]:
        """What the browser does not have yet of the present values."""
        playable = self._playable()
        key, ghosts = runs.key_of(self.chapter, playable), self._ghost_keys(playable)
        message: dict[str, Any] = {}
        if key != self._shown_run:
            message["run"] = AHEAD if key == self._ahead else runs.message(self.chapter, key)
            message["anew"] = self._anew
            self._shown_run = key
        if ghosts != self._shown_ghosts:
            if ghosts and ghosts == self._ghosts_ahead:
                message["ghosts"] = AHEAD
            else:
                message["ghosts"], notice = self._ghosts(ghosts)
                self.notice = notice or self.notice
            self._shown_ghosts = ghosts
        step = (self.held.lesson, self.held.step if self.held.lesson else 1)
        if step != self._shown_step:
            message["options"] = self.chapter.stage_options(self.values)
            message["clock"] = self._clock(key)
            self._shown_step = step
            self._fetch_ahead()
        self.lecture.judge_task(key)
        self._good = {name: playable[name] for name in self.undone_keys}
        self._anew = False
        return {**message, "shown": self.state()}

    def _clock(self, key: Key) -> dict[str, Any]:
        """From where to where a step plays, in times of its run."""
        step = self.lecture.step_of(self.values)
        if step is None:
            return {"from": 0.0, "to": None, "waits": False}
        found = runs.segments(self.chapter, key)

        def time(when: float | str | None) -> float | None:
            return self.chapter.quantities[when](found) if isinstance(when, str) else when

        return {"from": time(step.clock.begin) or 0.0, "to": time(step.clock.end), "waits": step.clock.waits}

    def _fetch_ahead(self) -> None:
        """The run of the next step goes to the browser before it is asked for, so that the step changes at once."""
        lesson, port = self.lecture.lesson, self.port
        if lesson is None or port is None or self.held.step >= len(lesson.steps):
            return
        step = lesson.steps[self.held.step]
        if step.chapter != self.chapter.name or self.chapter.awaited(step.values) is not None:
            return
        keys, ghosts = runs.keys_of(self.chapter, step.values), self._ghost_keys(step.values)
        run = None if keys[0] in (self._ahead, self._shown_run) else keys[0]
        if ghosts in (self._ghosts_ahead, self._shown_ghosts):
            ghosts = []
        if (run is None and not ghosts) or not self._budget.take(sum(runs.cost(self.chapter, key) for key in keys)):
            return
        port.compute(partial(runs.prepare, self.chapter, keys), partial(self._send_ahead, run, ghosts))

    def _send_ahead(self, run: Key | None, ghosts: list[tuple[str, Key]], _done: Future[None]) -> None:
        message: dict[str, Any] = {}
        with suppress(ValueError):  # which is said when the step comes
            if run is not None:
                message["ahead"] = runs.message(self.chapter, run)
                self._ahead = run
        made, notice = self._ghosts(ghosts)
        if made and not notice:
            message["ghosts_ahead"] = made
            self._ghosts_ahead = ghosts
        if message:
            self.send(message)

    # ------------------------------------------------------------------------------------------------- what is made before

    def _playable(self) -> Values:
        """The values of the run that is shown: those that were asked for, or what stands in for them on a page that opens."""
        values = self.values
        return values if self.chapter.awaited(values) is None else self.chapter.stand_in(values)

    def _awaited(self) -> Work | None:
        """What has to be made next, for the run or else for a pinned one."""
        chapter = self.chapter
        wanted = [chapter.awaited(values) for values in (self.values, *chapter.read_pins(self.held.pins))]
        return next((work for work in wanted if work is not None and work != self._given_up), None)

    def _make(self, work: Work | None) -> None:
        """Have this made in the shared pool, and nothing else for this visitor."""
        making, port = self._making, self.port
        if making is not None and (work is None or making.work != work or making.state in ("stopped", "failed")):
            self._leave()
        if work is None or self._making is not None or port is None:
            return
        self._throttle = Throttle(port, self._gathered, self._made_so_far)
        self.notice = self.chapter.words["page"]["made_first"]
        self._making = pieces(runs.pool).watch(work, self, self._throttle.wake)
        self.show()

    def _leave(self) -> None:
        making, self._making = self._making, None
        if making is not None:
            self._throttle.close()
            pieces(runs.pool).leave(making, self)
            self.send({"making": None})

    def _gathered(self) -> tuple[Making, dict[str, Any]] | None:
        """Away from the loop: how far it is."""
        making = self._making
        if making is None:
            return None
        state = making.state  # before the reports: where it is done, they are all here
        return making, {**making.work.tell(making.reports), "state": state, "worker_died": making.worker_died}

    def _made_so_far(self, found: tuple[Making, dict[str, Any]] | None) -> None:
        if found is None or found[0] is not self._making:
            return
        _, told = found
        self.send({"making": told})
        if told["state"] == "done":
            self._leave()
            self.notice = ""
            self._shown_ghosts = None  # one of them may have been awaited
            self._answer()
        elif told["state"] == "failed":
            self._give_up(PAGE["making_failed"])

    def _give_up(self, sentence: str) -> None:
        """Without what was awaited: the run on show stays, with its values."""
        making = self._making
        if making is not None:
            self._given_up = making.work
            self._leave()
            self._revert(ValueError(sentence))

    def pause(self) -> None:
        if self._making is not None:
            self._making.pause(self)

    def resume(self) -> None:
        if self._making is not None:
            self._making.resume(self)

    def cancel(self) -> None:
        self._give_up(PAGE["making_stopped"])

    def away(self) -> None:
        """The visitor was cut off: the session lasts a while, but the workers are free at once."""
        self._leave()
        self.lecture.leave()

    def close(self) -> None:
        self._leave()
        self.lecture.leave()

    def may_work(self, work: int) -> bool:
        """Whether this visitor has not asked for too much by now; if he may, it counts."""
        return self._budget.take(work)

    def _revert(self, wrong: ValueError) -> None:
        """What cannot be run is said, and the last run that could be stays, with its values."""
        with _quiet(self):
            self.held.param.update(**self._good)
        self._anew = False
        self.history.replace(self._undone())
        self.refuse(str(wrong))

    # --------------------------------------------------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        chapter, values = self.chapter, self.values
        now = chapter.bent_values(values)
        texts = {name: in_field(now[name]) for name in chapter.parameters}
        ghosts = [
            {"kind": "pin", "which": i, "name": chapter.difference(pin, values)}
            for i, pin in enumerate(chapter.read_pins(values["pins"]))
        ]
        ghosts += [
            {"kind": "compare", "which": name, "name": chapter.choices("model")[name]}
            for name in chapter.read_compare(values["compare"])
        ]
        return {
            "fields": texts,
            "sliders": {
                name: {
                    "value": nearest_stop(chapter.parameters[name], now[name]),
                    "text": texts[name],
                    "hint": chapter.hint(name, now),
                    "mark": _beside(chapter.parameters[name], chapter.mark(name, now)),
                }
                for name in chapter.sliders
            },
            "unused": chapter.unused(now),
            "scene": values["scene"],
            "steer": values["steer"],
            "mark": self._mark is not None,
            "undo": self.history.can_undo,
            "redo": self.history.can_redo,
            "ghosts": ghosts,
            "notice": self.told,
            "address": chapter.address.write(values),
            "step": self.steps.now,
            "lesson": self.lecture.told(),
            "wants_own": self.lecture.wants_own,
            "view": {name: values[name] for name in ("theme", "hall", "embed", "present")} | {"hide": read_names(values["hide"])},
        }


class _quiet:
    """While this lasts, changed values do not ask for a picture: they are the picture's that is on show."""

    def __init__(self, session: ChapterSession) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._before, self._session._asked = self._session._asked, True

    def __exit__(self, *_: Any) -> None:
        self._session._asked = self._before


def _beside(known: Parameter, mark: tuple[float, str] | None) -> dict[str, Any] | None:
    """Where a mark stands beside a slider, as a share of its length, and what it says."""
    if mark is None:
        return None
    value, text = mark
    last = len(stops(known)) - 1
    return {"at": nearest_stop(known, value) / last, "text": text} if stops(known)[0] <= value <= stops(known)[last] else None


def _text(shown: Any) -> str:
    """What a browser says of a view, as the address writes it."""
    if isinstance(shown, bool):
        return str(int(shown))
    return f"{shown:g}" if isinstance(shown, (int, float)) else str(shown)
