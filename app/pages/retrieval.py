"""The page on which the memory recalls: parameters in, one message for the stage out, newest wish first."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np
from bokeh.document import Document
from panel.io import hold
from panel.io.state import set_curdoc

from app import exports
from app.history import History
from app.hosting.bounds import Bucket
from app.hosting.options import Options
from app.pages.desk import FOLDED, Desk
from app.parameters import (
    BENDING,
    DEFAULTS,
    MOST_DRAWN,
    MOST_LETTERS,
    MOST_PIN_LETTERS,
    MOST_PINS,
    RUN,
    RUN_DEFAULTS,
    SLIDERS,
    VIEW_KEYS,
    Parameters,
    agree,
    as_sentence,
    parse_address,
    read_address,
    read_bends,
    read_bits,
    read_compare,
    read_drawn,
    read_names,
    read_pins,
    settings_of,
    spoken,
    ticks,
    typed,
    write_address,
    write_bends,
    write_bits,
    write_drawn,
    write_pins,
)
from app.runs import Key, bent_values, cost, is_quick, key_of, message, pool, segments, told, values_of, work
from app.scenes import load_scenes
from app.stage.offline import offline_html
from app.stage.stage import Stage
from app.words import HOSTING, PAGE, STAGE
from core import PARAMETERS

log = logging.getLogger(__name__)
UNDONE = (*RUN, "scene", "compare", "pins")  # what undo brings back; the view stays as it is
STAGE_VIEW = ("time", "energy", "gains", "speed")
MOST_QR = 1200  # letters; a denser code cannot be read from the back of a hall
BURST_SECONDS = 30  # a half minute's worth of runs may be asked for at once
NEAR = 1e-9


class Retrieval:
    """One visitor's page. `values` are a function of what was said, the picture is a function of `values`."""

    work_per_second: ClassVar[float] = Options.work_per_second

    def __init__(
        self, values: Mapping[str, Any], said: Iterable[str] = (), pages: Iterable[tuple[str, str, bool]] = (), words: str = ""
    ) -> None:
        self.parameters = Parameters(**values)
        self.history: History[dict[str, Any]] = History(self._undone())
        self.notice = " ".join(said)
        self.pages, self.words = [list(page) for page in pages], words
        self.doc: Document | None = None
        self._good = self._undone()
        self._shown_key: Key | None = None
        self._shown_ghosts: list[tuple[str, Key]] = []
        self._asked = self._busy = self._again = self._pushing = self._dragging = False
        self._moment: dict[str, Any] | None = None
        self._mark: dict[str, Any] | None = None
        self._commands = 0
        self._budget = Bucket(self.work_per_second, BURST_SECONDS * self.work_per_second)

        self.stage = Stage(options=self._options(), sizing_mode="stretch_width")
        self.desk = Desk(self._hear, self._slid, stage=self.stage, sizing_mode="stretch_width")
        self.stage.on_event(self._stage_says)
        self._first_picture()

    # ---------------------------------------------------------------------------------------------------------- values

    @property
    def values(self) -> dict[str, Any]:
        return self.parameters.values_now()

    def _undone(self) -> dict[str, Any]:
        return {name: getattr(self.parameters, name) for name in UNDONE}

    def change(self, changes: Mapping[str, Any], *, said: Iterable[str] = (), remember: bool = True) -> None:
        """Take over new values, let what contradicts them give way, and ask for the picture."""
        before = self.values
        values, gave_way = agree({**before, **changes}, keep=changes)
        if "scene" not in changes and any(values[name] != before[name] for name in RUN):
            values["scene"] = ""
        self.parameters.param.update(**{name: value for name, value in values.items() if value != before[name]})
        self.notice = " ".join([*said, *gave_way])
        if remember:
            self.history.add(self._undone())
        else:
            self.history.replace(self._undone())
        self._ask()

    def _set(self, name: str, value: Any, *, remember: bool = True) -> None:
        """One parameter anew: the run starts again, or with "steer" on it bends at the frame on show."""
        values = self.values
        if not (values["steer"] and self._moment is not None):
            self.change({name: value, "bends": ""} if values["bends"] else {name: value}, remember=remember)
        elif name in BENDING:
            self._bend(name, value, remember)
        else:
            self.change({name: value, "bends": ""}, said=[PAGE["restarted_whole"]], remember=remember)

    def _bend(self, name: str, value: float, remember: bool) -> None:
        values, moment = self.values, self._moment
        bends = read_bends(values["bends"])
        segment = min(moment["segment"], len(bends))
        runs = segments(key_of({**values, "bends": write_bends(bends[:segment])}))
        row = min(moment["row"], len(runs[-1].t) - 1)
        if runs[-1].t[row] >= values["horizon"] * (1 - NEAR):
            self.notice = PAGE["cannot_bend_at_end"]
            self._show_state()
            return
        if segment and row == 0:  # the frame at which it was bent last: one more change of that bend
            segment -= 1
            row, changes = bends[segment]
        else:
            changes = bends[segment][1] if segment < len(bends) and bends[segment][0] == row else {}
        self.change({"bends": write_bends([*bends[:segment], (row, {**changes, name: value})])}, remember=remember)

    # ------------------------------------------------------------------------------------------------- what is said to us

    def _slid(self, name: str, what: str, index: Any) -> None:
        """A slider was moved, or let go of: one drag is one step of undo."""
        if self._pushing:
            return
        if what == "value_throttled":
            self._dragging = False
            return
        self._do({"slide": self._slide}, {"do": "slide", "name": name, "index": index})
        self._dragging = True

    def _slide(self, name: str, index: Any) -> None:
        if isinstance(index, bool) or not isinstance(index, (int, float)) or not 0 <= index < len(ticks(name)):
            raise ValueError(PAGE["nonsense"])
        self._set(name, PARAMETERS[name].check(ticks(name)[int(index)]), remember=not self._dragging)

    def _hear(self, data: Any) -> None:
        """A message of the desk. It comes from a browser, so nothing about it is taken for granted."""
        deeds: dict[str, Callable[..., None]] = {
            "set": self._typed,
            "scene": self.open_scene,
            "draw": self.draw,
            "restart": self.restart,
            "reset": self.reset,
            "undo": self.undo,
            "redo": self.redo,
            "steer": self._steer,
            "moment": self._note_moment,
            "go_on": self.go_on,
            "pin": self.pin,
            "unpin": self._unpin,
            "compare": self._compare,
            "view": self._view,
            "want": self._want,
            "open": self.open_address,
            "store": self.store,
        }
        self._do(deeds, data)

    def _stage_says(self, kind: str, detail: Any) -> None:
        """An event of the stage: a cue or a memory drawn, a frame marked, a view chosen."""
        deeds: dict[str, Callable[..., None]] = {
            "cue": lambda entries: self.draw_cue(entries),
            "memory": lambda index, pattern: self.draw_memory(index, pattern),
            "mark": lambda **moment: self._note_mark(**moment),
            "view": lambda **view: self._stage_view(view),
        }
        self._do(deeds, {"do": kind, **(detail if isinstance(detail, dict) else {"entries": detail})})

    def _do(self, deeds: Mapping[str, Callable[..., None]], data: Any) -> None:
        try:
            given = dict(data)
            deeds[given.pop("do")](**given)
        except (ValueError, KeyError, IndexError, TypeError) as wrong:
            sentence = str(wrong) if isinstance(wrong, ValueError) and str(wrong) else PAGE["nonsense"]
            if as_sentence(sentence) != self.notice:  # who repeats nonsense is not answered again and again
                self.refuse(sentence)

    def refuse(self, sentence: str) -> None:
        self.notice = as_sentence(sentence)
        self._show_state()

    # ------------------------------------------------------------------------------------------------------------ deeds

    def _typed(self, name: str, text: str) -> None:
        if name not in PARAMETERS or not isinstance(text, str):
            raise KeyError(name)
        self._set(name, typed(name, text[:64]))

    def open_scene(self, key: str) -> None:
        if not key and isinstance(key, str):  # "your own settings": the run stays, the sentence goes
            self.change({"scene": ""})
            return
        scene = {scene.key: scene for scene in load_scenes()}[key]
        view = {name: value for name, value in scene.view.items() if name in VIEW_KEYS}
        self.change({**RUN_DEFAULTS, "compare": "", **scene.parameters, **view, "scene": key})

    def draw(self) -> None:
        self.change({"seed": secrets.randbelow(100_000), "own_cue": "", "own_patterns": "", "bends": ""})

    def restart(self) -> None:
        self.change({"bends": ""})

    def reset(self) -> None:
        self.change({**RUN_DEFAULTS, "scene": ""})

    def undo(self) -> None:
        self._return_to(self.history.undo())

    def redo(self) -> None:
        self._return_to(self.history.redo())

    def _return_to(self, state: Mapping[str, Any]) -> None:
        self.parameters.param.update(**state)
        self.notice = ""
        self._ask()

    def _steer(self, on: bool) -> None:
        self.parameters.steer = on is True
        self._show_state()

    def _note_moment(self, segment: int, row: int, t: float) -> None:
        self._moment = {"segment": max(0, int(segment)), "row": max(0, int(row)), "t": float(t)}

    def _note_mark(self, frame: int, segment: int, row: int, t: float) -> None:
        self._mark = {
            "frame": max(0, int(frame)),
            "segment": int(segment),
            "row": int(row),
            "t": float(t),
            "state": self._undone(),
        }
        self._show_state()

    def go_on(self) -> None:
        """Back to the marked frame of the run as it was then; what is changed next bends it there."""
        if self._mark is None:
            self.refuse(PAGE["no_mark"])
            return
        self.parameters.steer = True
        self._note_moment(self._mark["segment"], self._mark["row"], self._mark["t"])
        self.change({**self._mark["state"], "pins": self.parameters.pins})
        self._answer()
        self._command("seek", frame=self._mark["frame"])

    def pin(self) -> None:
        """The run on show stays as a ghost."""
        pins = read_pins(self.parameters.pins)
        present = {name: getattr(self.parameters, name) for name in RUN}
        if present in pins:
            return
        said = [PAGE["pins_full"].format(count=MOST_PINS)] if len(pins) == MOST_PINS else []
        text = write_pins([*pins, present][-MOST_PINS:])
        if len(text) > MOST_PIN_LETTERS:
            raise ValueError(PAGE["pins_too_long"])
        self.change({"pins": text}, said=said)

    def _unpin(self, kind: str, which: int | str) -> None:
        if kind == "pin":
            pins = read_pins(self.parameters.pins)
            del pins[int(which)]
            self.change({"pins": write_pins(pins)})
        else:
            self.change({"compare": ",".join(name for name in read_compare(self.parameters.compare) if name != which)})

    def _compare(self, model: str) -> None:
        model = PARAMETERS["model"].check(model)
        names = read_compare(self.parameters.compare)
        if model not in names:
            work({**self.values, "model": model, "bends": ""})
            self.change({"compare": ",".join([*names, model])})

    def draw_cue(self, entries: list[float]) -> None:
        count = self.parameters.N
        if not isinstance(entries, list) or len(entries) != count or any(entry not in (-1, 0, 1) for entry in entries):
            raise ValueError(PAGE["nonsense"])
        self.change({"own_cue": write_bits(entries), "bends": ""}, remember=True)

    def draw_memory(self, index: int, pattern: list[float]) -> None:
        count = self.parameters.N
        if not isinstance(pattern, list) or len(pattern) != count or any(entry not in (-1, 1) for entry in pattern):
            raise ValueError(PAGE["nonsense"])
        drawn = {**read_drawn(self.parameters.own_patterns), int(index): write_bits(pattern)}
        self.change({"own_patterns": write_drawn(drawn), "bends": ""})

    def store(self, N: int, patterns: list[str]) -> None:
        """Memories out of a file, which the browser has read: from the target on, one after the other."""
        if not isinstance(patterns, list) or not 0 < len(patterns) <= MOST_DRAWN or isinstance(N, bool):
            raise ValueError(PAGE["nonsense"])
        N = PARAMETERS["N"].check(N)
        drawn = read_drawn(self.parameters.own_patterns) if N == self.parameters.N else {}
        first = self.parameters.target
        for index, bits in enumerate(patterns, first):
            if not isinstance(bits, str):
                raise ValueError(PAGE["nonsense"])
            drawn[index] = write_bits(np.where(read_bits(bits, N) > 0, 1, -1))
        if len(drawn) > MOST_DRAWN:
            raise ValueError(PAGE["files"]["too_many"].format(most=MOST_DRAWN))
        stored = "stored_one" if len(patterns) == 1 else "stored_many"
        said = PAGE["files"][stored].format(memories=len(patterns), count=N)
        family = "coins" if self.parameters.family == "letters" else self.parameters.family
        size = {"N": N, "K": max(self.parameters.K, first + len(patterns)), "family": family}
        self.change({**size, "own_patterns": write_drawn(drawn), "own_cue": "", "bends": ""}, said=[said])

    def open_address(self, address: str) -> None:
        """The run of a file that was taken away; the page keeps its looks."""
        if not isinstance(address, str):
            raise KeyError(address)
        values, said = read_address(parse_address(address[: MOST_LETTERS + 1]))
        self.change({name: values[name] for name in UNDONE}, said=said)

    def _view(self, name: str, text: str) -> None:
        if name not in ("theme", "hall"):
            raise KeyError(name)
        self.parameters.param.update(**{name: VIEW_KEYS[name].read(str(text))})
        self._show_state()

    def _stage_view(self, view: Mapping[str, Any]) -> None:
        """What the visitor chose on the stage goes into the address; the stage shows it already."""
        changed = {}
        for name in STAGE_VIEW:
            if name in view:
                shown = view[name]
                changed[name] = VIEW_KEYS[name].read(f"{shown:g}" if isinstance(shown, (int, float)) else str(shown))
        self.parameters.param.update(**changed)
        self._show_state()

    def _want(self, what: str, url: str = "") -> None:
        """A file or a text to take away, made when it is asked for and not kept."""
        values = self.values
        runs = segments(key_of(values))
        if what == "npz":
            self.desk.hand_over("gliascope.npz", "application/octet-stream", exports.npz_bytes(runs, write_address(values)))
        elif what == "csv":
            self.desk.hand_over("gliascope.csv", "text/csv", exports.csv_text(runs, write_address(values)))
        elif what == "python":
            self.desk.say("python", exports.python_lines(runs))
        elif what == "html":
            page = offline_html(
                message(key_of(values)), self._ghosts(), {name: values[name] for name in STAGE_VIEW}, PAGE["title"]
            )
            self.desk.hand_over("gliascope.html", "text/html", page)
        elif what == "qr":
            if len(url) > MOST_QR:
                raise ValueError(PAGE["qr_too_long"])
            self.desk.say("qr", exports.qr_svg(url))
        else:
            raise KeyError(what)

    # --------------------------------------------------------------------------------------------------------- the picture

    def _ghost_keys(self) -> list[tuple[str, Key]]:
        """The runs shown behind: those pinned, and the same cue under other memories."""
        values = self.values
        ghosts = [(told(pin, values), key_of(pin)) for pin in read_pins(values["pins"])]
        for model in read_compare(values["compare"]):
            if model != values["model"]:
                ghosts.append((STAGE["models"].get(model, model), key_of({**values, "model": model, "bends": ""})))
        return ghosts

    def _possible_ghosts(self) -> list[Key]:
        """Those that can be run; why one cannot is said when ghosts are made."""
        possible = []
        for _, key in self._ghost_keys():
            try:
                cost(key)
            except ValueError:
                continue
            possible.append(key)
        return possible

    def _ghosts(self) -> list[dict[str, Any]]:
        ghosts = []
        for name, key in self._ghost_keys():
            try:
                ghosts.append({"name": name, "run": message(key)})
            except ValueError as wrong:
                self.notice = PAGE["not_compared"].format(model=name, why=wrong)
        return ghosts

    def _first_picture(self) -> None:
        try:
            self._present()
        except ValueError as wrong:  # what no check foresaw: the defaults always run
            self.notice = f"{wrong}."
            self.parameters.param.update(**DEFAULTS)
            self._present()

    def _ask(self) -> None:
        """Have the picture of the present values made soon; wishes that come before it is made are one wish."""
        if self.doc is None:
            self._answer()
        elif not self._asked:
            self._asked = True
            self.doc.add_next_tick_callback(self._answer)

    def _answer(self) -> None:
        self._asked = False
        try:
            keys = [key_of(self.values), *self._possible_ghosts()]
            costs = [cost(key) for key in keys]
            if not self._budget.take(sum(costs)):
                raise ValueError(HOSTING["too_much_work"])
            quick = self.doc is None or all(is_quick(key) for key in keys)
        except ValueError as wrong:
            self._revert(wrong)
            return
        if quick:
            self._try_present()
        elif self._busy:
            self._again = True
        else:
            self._busy = True
            self._show_state(busy=True)
            pool.submit(_prepare, keys).add_done_callback(self._come_back)

    def _come_back(self, _done: Any) -> None:
        try:
            self.doc.add_next_tick_callback(self._prepared)
        except (AttributeError, RuntimeError):  # the visitor left while the run was computed
            log.debug("a run came too late")

    def _prepared(self) -> None:
        """A long run is in the cache: show it if it is still wished for, else start on what is wished for now."""
        self._busy = False
        if self._again:
            self._again = False
            self._answer()
        else:
            self._try_present()

    def _try_present(self) -> None:
        try:
            self._present()
        except ValueError as wrong:
            self._revert(wrong)

    def _revert(self, wrong: ValueError) -> None:
        """What cannot be run is said, and the last run that could be stays, with its parameters."""
        self.parameters.param.update(**self._good)
        self.history.replace(self._undone())
        self.refuse(str(wrong))

    def _present(self) -> None:
        key, ghost_keys = key_of(self.values), self._ghost_keys()
        with set_curdoc(self.doc), hold(self.doc):
            if key != self._shown_key:
                self.stage.run = message(key)
                self._shown_key = key
            if ghost_keys != self._shown_ghosts:
                self.stage.ghosts = self._ghosts()
                self._shown_ghosts = ghost_keys
            self._good = self._undone()
            self._show_state()

    def _show_state(self, busy: bool = False) -> None:
        """Controls, address and notice as they are now."""
        values = self.values
        now = bent_values(values)
        texts = {name: spoken(name, now[name]) for name in (*SLIDERS, *FOLDED, "seed")}
        self._pushing = True
        try:
            with set_curdoc(self.doc), hold(self.doc):
                sliders = {
                    name: {"value": _nearest(name, now[name]), "text": texts[name], "hint": self._hint(name, now)}
                    for name in SLIDERS
                }
                ghosts = [
                    {"kind": "pin", "which": i, "name": told(pin, values)} for i, pin in enumerate(read_pins(values["pins"]))
                ]
                ghosts += [
                    {"kind": "compare", "which": name, "name": STAGE["models"].get(name, name)}
                    for name in read_compare(values["compare"])
                ]
                self.desk.show(
                    {
                        "fields": texts,
                        "scene": values["scene"],
                        "steer": values["steer"],
                        "mark": self._mark is not None,
                        "undo": self.history.can_undo,
                        "redo": self.history.can_redo,
                        "ghosts": ghosts,
                        "notice": PAGE["working"] if busy else self.notice,
                        "address": write_address(values),
                        "view": {
                            "theme": values["theme"],
                            "hall": values["hall"],
                            "embed": values["embed"],
                            "hide": read_names(values["hide"]),
                        },
                        "pages": self.pages,
                        "words": self.words,
                    },
                    sliders,
                )
        finally:
            self._pushing = False

    def _hint(self, name: str, values: Mapping[str, Any]) -> str:
        if name != "noise" or values["own_cue"]:
            return ""
        return PAGE["flips"].format(count=settings_of(values).flips, total=values["N"])

    def _options(self) -> dict[str, Any]:
        values = self.values
        view = {name: values[name] for name in STAGE_VIEW}
        return {**view, "speed": float(view["speed"]), "hide": read_names(values["hide"])}

    def _command(self, name: str, **args: Any) -> None:
        self._commands += 1
        self.stage.options = {**self.stage.options, "command": {"id": self._commands, "name": name, "args": args}}


def _prepare(keys: list[Key]) -> None:
    """Fill the cache, away from the event loop; what goes wrong is met again, and said, when the cache is asked."""
    for key in keys:
        try:
            message(key)
        except ValueError as wrong:
            log.debug("%s cannot be run: %s", values_of(key).get("model"), wrong)


def _nearest(name: str, value: float) -> int:
    """The stop nearest to a value, on the slider's own scale."""
    stops = ticks(name)
    if value in stops:
        return stops.index(value)
    inner = [index for index, stop in enumerate(stops) if 0 < stop < float("inf")]
    if PARAMETERS[name].scale == "log":
        return min(
            inner, key=lambda index: abs(stops[index] / value - 1) if stops[index] > value else abs(value / stops[index] - 1)
        )
    return min(range(len(stops)), key=lambda index: abs(stops[index] - value))
