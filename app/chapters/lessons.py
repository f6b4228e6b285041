"""Lessons: a lecture as data. A lesson is a file of steps; each is an address, a clock, a sentence, perhaps a question or a task.

A step says what it changes of the one before, so that what a page shows is a function of lesson and step alone. Files are read
without trust: whatever is wrong in one is a sentence, and the rest of it holds.
"""

from __future__ import annotations

import math
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from app.address import clip, parse_address
from app.words import words
from core.parameters import Refusal

if TYPE_CHECKING:
    from app.chapters.base import Chapter

WORDS = words()["lessons"]
MOST_STEPS, MOST_CHOICES, MOST_MEMORIES = 40, 6, 40
MOST_LETTERS = 400_000  # of a file
MOST_OWN = 72_000  # of a lesson that comes as a message
LONGEST = {"title": 90, "say": 160, "notes": 1_200, "light": 20, "ask": 140, "then": 220, "text": 60, "unit": 24}
LONGEST |= {"address": 20_000}
MOST_MINUTES = 180
MOST_KNOTS = 40  # of a curve that is drawn
KINDS = ("choice", "number", "memory", "point", "curve")
SPEEDS = (0.25, 0.5, 1, 2, 4)
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")  # of a file, and in the address
OWN = "own"  # the name of a lesson that its visitor has made: a session knows it, and no file
TOLD = {"truth", "guess", "gap", "value"}  # what the texts of a question may have in braces
STUDY = re.compile(r"[a-z]{1,20}(\?[\w.,=&%-]{0,400})?")  # the address of a page of studies
STEP_KEYS = {"say", "notes", "minutes", "scene", "parameters", "view", "clock", "hide", "light", "question", "promise"}
STEP_KEYS |= {"chapter", "address", "study", "task"}
TASK_KEYS = {"goal", "free", "done", "hint"}
CLOCK_KEYS = {"from", "to", "speed", "waits"}
REPLIES = {
    "choice": ("right", "unsure"),
    "number": ("right", "below", "above", "unsure"),
    "memory": ("right", "wrong", "unsure"),
    "point": ("right", "wrong", "unsure"),
    "curve": ("right", "below", "above", "unsure"),
}
QUESTION_KEYS = {"kind", "ask", "truth", "choices", "low", "high", "tick", "tolerance", "unit"}
QUESTION_KEYS |= {"right", "wrong", "below", "above", "unsure"}


@dataclass(frozen=True)
class Choice:
    """One answer that is offered: for which values of the quantity it is the truth, and what is said to who chose it wrongly."""

    text: str
    means: tuple[Any, ...]  # values, or one range (least, most) of a number
    wrong: str = ""

    def holds(self, truth: Any) -> bool:
        if isinstance(truth, bool) or not isinstance(truth, (int, float)):
            return truth in self.means
        return len(self.means) == 2 and self.means[0] <= truth <= self.means[1]


@dataclass(frozen=True)
class Question:
    """What is asked before the run is seen. The truth is a quantity of the run by its name; no file has its value."""

    kind: str
    ask: str
    truth: str
    replies: Mapping[str, str]  # what is said of a guess: right, wrong, below, above, unsure
    choices: tuple[Choice, ...] = ()
    low: float = 0.0
    high: float = 1.0
    tick: float = 1.0
    tolerance: float = 0.0
    unit: str = ""
    card: str = ""  # on which a point or a curve is drawn


@dataclass(frozen=True)
class Clock:
    """From where to where a step plays: times of the run, or quantities that are times."""

    begin: float | str = 0.0
    end: float | str | None = None
    waits: bool = False  # for who teaches to press play


@dataclass(frozen=True)
class Task:
    """What a student is to bring about; the run's own numbers say whether it is done."""

    goal: Mapping[str, Any]  # quantities: each a value, or least and most
    free: tuple[str, ...]  # the parameters that may be changed for it
    done: str
    hint: str = ""


@dataclass(frozen=True)
class Step:
    """One moment of a lecture. `values` are all that its page shows, as its address would have it."""

    chapter: str
    path: str  # of its page
    say: str
    values: Mapping[str, Any]
    notes: str = ""
    minutes: float = 0.0
    light: str = ""
    clock: Clock = field(default_factory=Clock)
    question: Question | None = None
    task: Task | None = None
    study: str = ""  # the address of a page of studies that stands in the place of the figures
    promise: Mapping[str, Any] = field(default_factory=dict)  # numbers of the run which make its sentences true


@dataclass(frozen=True)
class Lesson:
    """A lecture, or a sheet of exercises."""

    name: str
    title: str
    minutes: float
    steps: tuple[Step, ...]
    sheet: bool = False

    def step(self, number: int) -> Step:
        """A step by its number; behind the last one there is the last."""
        return self.steps[min(number, len(self.steps)) - 1]

    def after(self, number: int) -> Step | None:
        return self.steps[number] if number < len(self.steps) else None


def lessons_beside(package: str, chapters: Mapping[str, Chapter], first: str = "") -> tuple[dict[str, Lesson], list[str]]:
    """The lessons in a package's folder "lessons" by name, in the order of their files' names, and a sentence for each wrong."""
    found, said = {}, []
    folder = files(package).joinpath("lessons")
    places = sorted(folder.iterdir(), key=lambda place: place.name) if folder.is_dir() else []
    for place in places:
        stem, dot, suffix = place.name.rpartition(".")
        if dot and suffix == "toml":
            lesson, sentences = read_lesson(stem, place.read_bytes().decode("utf-8", "replace"), chapters, first)
            said += sentences
            if lesson is not None:
                found[stem] = lesson
    return found, said


def read_lesson(name: str, text: str, chapters: Mapping[str, Chapter], first: str = "") -> tuple[Lesson | None, list[str]]:
    """The lesson of a file, none if there is none in it, and a sentence for each wrong. Steps that name no chapter are of the
    chapter of the step before, the first one of `first`."""
    table = read_table(text)
    if table is None:
        return None, [WORDS["no_file"].format(name=clip(_called(name)))]
    return _Reader(name, chapters, first).lesson(table)


def read_table(text: str) -> dict[str, Any] | None:
    """What a file says, whatever it means; None where it is no TOML, or nests deeper than Python goes."""
    try:
        if len(text) > MOST_LETTERS:
            raise ValueError
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _called(name: str) -> str:
    """What the sentences about a file call it."""
    return WORDS["own"] if name == OWN else name


class _Reader:
    """Reads one file; where something is wrong it says so, and goes on with what holds without it."""

    def __init__(self, name: str, chapters: Mapping[str, Chapter], first: str) -> None:
        self.name, self.chapters = name, chapters
        self.chapter = chapters[first or next(iter(chapters))]
        self.before = {known: chapter.lesson_start for known, chapter in chapters.items()}  # what each was left with
        self.place = clip(_called(name))
        self.said: list[str] = []

    def wrong(self, key: str, allowed: str, **given: Any) -> None:
        told = WORDS[allowed].format(**given)
        self.said.append(WORDS["wrong"].format(place=self.place, key=clip(key), allowed=told))

    def lesson(self, table: Mapping[str, Any]) -> tuple[Lesson | None, list[str]]:
        if not NAME.fullmatch(self.name):
            self.wrong("name", "a_name")
            return None, self.said
        for key in table.keys() - {"title", "minutes", "sheet", "step"}:
            self.wrong(key, "unknown")
        title = self.text(table, "title", "title", needed=True)
        minutes = self.number(table, "minutes", 0.0, 0, MOST_MINUTES)
        sheet = self.switch(table, "sheet")
        entries = table.get("step")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_STEPS:
            self.wrong("step", "some_steps", most=MOST_STEPS)
            return None, self.said
        steps = []
        for at, entry in enumerate(entries, 1):
            self.place = WORDS["place"].format(name=clip(_called(self.name)), at=at)
            if not isinstance(entry, dict):
                self.wrong("step", "a_table")
                continue
            steps.append(self.step(entry))
        return (Lesson(self.name, title, minutes, tuple(steps), sheet) if steps else None), self.said

    # ------------------------------------------------------------------------------------------------------------ a step

    def step(self, entry: Mapping[str, Any]) -> Step:
        for key in entry.keys() - STEP_KEYS:
            self.wrong(key, "unknown")
        name = entry.get("chapter", self.chapter.name)
        if isinstance(name, str) and name in self.chapters:
            self.chapter = self.chapters[name]
        else:
            self.wrong("chapter", "one_of", choices=", ".join(self.chapters))
        clock = self.table(entry, "clock", CLOCK_KEYS)
        before = self.before[self.chapter.name] if "address" not in entry else self.addressed(entry)
        values = self.before[self.chapter.name] = self.values(entry, clock, before)
        return Step(
            chapter=self.chapter.name,
            path=self.chapter.path,
            say=self.text(entry, "say", "say", needed=True),
            values=values,
            notes=self.text(entry, "notes", "notes"),
            minutes=self.number(entry, "minutes", 0.0, 0, MOST_MINUTES),
            light=self.card(entry),
            clock=self.clock(clock),
            question=self.question(entry["question"]) if "question" in entry else None,
            task=self.task(entry["task"]) if "task" in entry else None,
            study=self.study(entry),
            promise=self.promise(entry),
        )

    def addressed(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """What an address shows, which may be a whole link: such a step takes nothing over from the one before."""
        chapter = self.chapter
        query = parse_address(self.text(entry, "address", "address").rpartition("?")[2])
        known = {**chapter.run_keys, **chapter.lesson_view_keys, "hide": None, "scene": None}
        values = dict(chapter.lesson_start)
        for name, text in query.items():
            if name in known:
                try:
                    values[name] = chapter.address.read_one(name, text[0])
                except (ValueError, KeyError, TypeError, OverflowError) as wrong:
                    self.said.append(f"{self.place}: {str(wrong).rstrip('.')}.")
            elif name not in chapter.address.keys and name != "v":  # how its page looked is left out as well
                self.wrong(name, "unknown")
        return values

    def values(self, entry: Mapping[str, Any], clock: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the step before with what this one changes; those that cannot be run together give way."""
        chapter, values = self.chapter, dict(before)
        if "address" not in entry:
            values["speed"] = "1"  # which holds for one step
        key = entry.get("scene")
        if isinstance(key, str) and key in chapter.scenes:
            plain = {**chapter.run_defaults, **chapter.played, "compare": "", "pins": "", "steer": False, "speed": "1"}
            values = {**values, **plain, **chapter.values_of_scene(chapter.scenes[key]), "scene": key}
        elif key is not None:
            self.wrong("scene", "a_scene", choices=", ".join(chapter.scenes))
        changes = self.read(entry, "parameters", chapter.run_keys)
        view = self.read(entry, "view", chapter.lesson_view_keys)
        if "hide" in entry:
            view |= self.read({"hide": {"hide": self.joined(entry["hide"])}}, "hide", {"hide": None})
        if "speed" in clock:
            if clock["speed"] in SPEEDS and not isinstance(clock["speed"], bool):
                view["speed"] = f"{clock['speed']:g}"
            else:
                self.wrong("speed", "one_of", choices=", ".join(f"{speed:g}" for speed in SPEEDS))
        if any(values[name] != value for name, value in changes.items()):
            values["scene"] = ""
        made = {**values, **changes, **view}
        try:
            agreed, gave_way = chapter.agree(made, keep=changes)
        except (ValueError, KeyError, TypeError, OverflowError, ArithmeticError):
            self.wrong("parameters", "not_together")
            return dict(before)
        self.said += [f"{self.place}: {sentence}" for sentence in gave_way]
        return agreed

    def read(self, entry: Mapping[str, Any], key: str, known: Mapping[str, Any]) -> dict[str, Any]:
        """Values of an address that stand in a table."""
        found: dict[str, Any] = {}
        for name, value in self.table(entry, key, known).items():
            try:
                found[name] = self.chapter.address.read_one(name, _text(value))
            except Refusal as refused:
                self.said.append(f"{self.place}: {refused}.")
            except (ValueError, TypeError, OverflowError):
                self.wrong(name, "a_value")
        return found

    def clock(self, table: Mapping[str, Any]) -> Clock:
        begin, end = self.when(table, "from"), self.when(table, "to")
        return Clock(0.0 if begin is None else begin, end, self.switch(table, "waits"))

    def when(self, table: Mapping[str, Any], key: str) -> float | str | None:
        """A time, or the name of a quantity that is one."""
        value = table.get(key)
        times = [name for name in self.chapter.quantities if name.endswith("_at")]
        if value is None or (isinstance(value, str) and value in times):
            return value
        if is_number(value) and value >= 0:
            return float(value)
        self.wrong(key, "a_time", choices=", ".join(times))
        return None

    def card(self, entry: Mapping[str, Any]) -> str:
        light = self.text(entry, "light", "light")
        if light and light not in self.chapter.cards:
            self.wrong("light", "one_of", choices=", ".join(self.chapter.cards))
            return ""
        return light

    def promise(self, entry: Mapping[str, Any], key: str = "promise") -> Mapping[str, Any]:
        """Quantities with a value, or with least and most."""
        table = self.table(entry, key, self.chapter.quantities)
        found = {}
        for name, value in table.items():
            is_range = isinstance(value, list) and len(value) == 2 and all(map(is_number, value))
            if is_range or isinstance(value, str) or is_number(value):
                found[name] = value
            else:
                self.wrong(name, "a_range")
        return found

    def study(self, entry: Mapping[str, Any]) -> str:
        value = entry.get("study", "")
        if value == "" or (isinstance(value, str) and STUDY.fullmatch(value)):
            return str(value)
        self.wrong("study", "a_study")
        return ""

    def task(self, given: Any) -> Task | None:
        """A task, or none where it could not be done."""
        table = self.table({"task": given}, "task", TASK_KEYS)
        goal, free = self.promise(table, "goal"), table.get("free", [])
        names = self.chapter.run_keys
        if not isinstance(free, list) or not all(isinstance(name, str) and name in names for name in free):
            self.wrong("free", "one_of", choices=", ".join(names))
            return None
        done = self.text(table, "done", "then", needed=True)
        if not goal:
            self.wrong("goal", "a_table")
            return None
        return Task(goal, tuple(free), done, self.text(table, "hint", "then"))

    # -------------------------------------------------------------------------------------------------------- a question

    def question(self, given: Any) -> Question | None:
        """A question, or none where what is wrong would leave it without an answer."""
        if not isinstance(given, dict):
            self.wrong("question", "a_table")
            return None
        for key in given.keys() - QUESTION_KEYS:
            self.wrong(key, "unknown")
        kind, truth = given.get("kind"), given.get("truth")
        if kind not in KINDS:
            self.wrong("kind", "one_of", choices=", ".join(KINDS))
            return None
        known = {"point": self.chapter.points, "curve": self.chapter.curves}.get(kind, self.chapter.quantities)
        if not isinstance(truth, str) or truth not in known:
            self.wrong("truth", "one_of", choices=", ".join(known))
            return None
        ask = self.text(given, "ask", "ask", needed=True)
        replies = {reply: self.reply(given, reply, needed=True) for reply in REPLIES[kind]}
        choices = self.choices(given.get("choices")) if kind == "choice" else ()
        if not ask or (kind == "choice" and not choices):
            return None
        low, high = self.number(given, "low", 0.0, -1e9, 1e9), self.number(given, "high", 1.0, -1e9, 1e9)
        tick = self.number(given, "tick", 1.0, 1e-6, 1e9)
        if kind == "number" and not (low < high and tick <= high - low <= 1000 * tick):
            self.wrong("low", "low_high")
            return None
        tolerance = self.number(given, "tolerance", 0.0, 0, 1e9)
        unit, card = self.text(given, "unit", "unit"), str(known[truth]) if kind in ("point", "curve") else ""
        return Question(kind, ask, truth, replies, choices, low, high, tick, tolerance, unit, card)

    def choices(self, given: Any) -> tuple[Choice, ...]:
        if not isinstance(given, list) or not 2 <= len(given) <= MOST_CHOICES:
            self.wrong("choices", "some_choices", most=MOST_CHOICES)
            return ()
        found = []
        for entry in given:
            table = entry if isinstance(entry, dict) else {}
            for key in table.keys() - {"text", "means", "wrong"}:
                self.wrong(key, "unknown")
            text, means = self.text(table, "text", "text", needed=True), table.get("means")
            meant = tuple(means) if isinstance(means, list) else (means,)
            if not text or not meant or not all(isinstance(value, str) or is_number(value) for value in meant):
                self.wrong("means", "a_meaning")
                return ()
            found.append(Choice(text, meant, self.reply(table, "wrong")))
        return tuple(found)

    def reply(self, table: Mapping[str, Any], key: str, needed: bool = False) -> str:
        """A text in which the guess and the truth can be told."""
        text = self.text(table, key, "then", needed=needed)
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError:
            parts = [("", "?", "", None)]
        if any(name is not None and (name not in TOLD or form or how) for _, name, form, how in parts):
            self.wrong(key, "braces", choices=", ".join(sorted(TOLD)))
            return ""
        return text

    # ------------------------------------------------------------------------------------------------------ plain values

    def table(self, entry: Mapping[str, Any], key: str, known: Any) -> dict[str, Any]:
        table = entry.get(key, {})
        if not isinstance(table, dict):
            self.wrong(key, "a_table")
            return {}
        for name in table:
            if name not in known:
                self.wrong(name, "unknown")
        return {name: value for name, value in table.items() if name in known}

    def text(self, table: Mapping[str, Any], key: str, kind: str, needed: bool = False) -> str:
        value, most = table.get(key, ""), LONGEST[kind]
        if not isinstance(value, str) or len(value) > most or not _is_plain(value) or (needed and not value.strip()):
            self.wrong(key, "a_text", most=most)
            return ""
        return value.strip()

    def number(self, table: Mapping[str, Any], key: str, default: float, low: float, high: float) -> float:
        value = table.get(key, default)
        if is_number(value) and low <= value <= high:
            return float(value)
        self.wrong(key, "a_number", low=f"{low:g}", high=f"{high:g}")
        return default

    def switch(self, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if isinstance(value, bool):
            return value
        self.wrong(key, "yes_or_no")
        return False

    def joined(self, names: Any) -> Any:
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return ",".join(names)
        return names


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300 and math.isfinite(value)


def _is_plain(text: str) -> bool:
    return all(letter.isprintable() or letter == "\n" for letter in text)


def _text(value: Any) -> str:
    """A value of a file as an address would write it."""
    if isinstance(value, bool):
        return str(int(value))
    if not isinstance(value, (str, int, float)):
        raise TypeError
    if isinstance(value, int) and abs(value) > 1e18:  # beyond what Python writes out
        raise OverflowError
    return str(value)
