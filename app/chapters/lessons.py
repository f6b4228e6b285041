"""Lessons: a lecture as data. A lesson is a file of steps; each is an address, a clock, a sentence, and perhaps a question.

A step says what it changes of the one before, so that what a page shows is a function of lesson and step alone. Files are read
without trust: whatever is wrong in one is a sentence, and the rest of it holds.
"""

from __future__ import annotations

import math
import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.address import clip
from app.numbers import number
from app.words import words
from core.parameters import Refusal

if TYPE_CHECKING:
    from app.chapters.base import Chapter

WORDS = words()["lessons"]
MOST_STEPS, MOST_CHOICES, MOST_MEMORIES = 40, 6, 40
MOST_LETTERS = 400_000  # of a file
LONGEST = {"title": 90, "say": 160, "notes": 1_200, "light": 20, "ask": 140, "then": 220, "text": 60, "unit": 24}
MOST_MINUTES = 180
KINDS = ("choice", "number", "memory")
SPEEDS = (0.25, 0.5, 1, 2, 4)
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")  # of a file, and in the address
TOLD = {"truth", "guess", "gap"}  # what the texts of a question may have in braces
STEP_KEYS = {"say", "notes", "minutes", "scene", "parameters", "view", "clock", "hide", "light", "question", "promise"}
CLOCK_KEYS = {"from", "to", "speed", "waits"}
REPLIES = {
    "choice": ("right", "unsure"),
    "number": ("right", "below", "above", "unsure"),
    "memory": ("right", "wrong", "unsure"),
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


@dataclass(frozen=True)
class Clock:
    """From where to where a step plays: times of the run, or quantities that are times."""

    begin: float | str = 0.0
    end: float | str | None = None
    waits: bool = False  # for who teaches to press play


@dataclass(frozen=True)
class Step:
    """One moment of a lecture. `values` are all that its page shows, as its address would have it."""

    say: str
    values: Mapping[str, Any]
    notes: str = ""
    minutes: float = 0.0
    light: str = ""
    clock: Clock = field(default_factory=Clock)
    question: Question | None = None
    promise: Mapping[str, Any] = field(default_factory=dict)  # numbers of the run which make its sentences true


@dataclass(frozen=True)
class Lesson:
    """A lecture of one chapter."""

    name: str
    title: str
    minutes: float
    steps: tuple[Step, ...]


def read_lesson(name: str, text: str, chapter: Chapter) -> tuple[Lesson | None, list[str]]:
    """The lesson of a file, none if there is none in it, and a sentence for each wrong."""
    try:
        if len(text) > MOST_LETTERS:
            raise ValueError
        table = tomllib.loads(text)
    except (ValueError, RecursionError):  # what is no TOML, or nests deeper than Python goes
        return None, [WORDS["no_file"].format(name=clip(name))]
    return _Reader(name, chapter).lesson(table)


class _Reader:
    """Reads one file; where something is wrong it says so, and goes on with what holds without it."""

    def __init__(self, name: str, chapter: Chapter) -> None:
        self.name, self.chapter = name, chapter
        self.place = clip(name)
        self.said: list[str] = []

    def wrong(self, key: str, allowed: str, **given: Any) -> None:
        told = WORDS[allowed].format(**given)
        self.said.append(WORDS["wrong"].format(place=self.place, key=clip(key), allowed=told))

    def lesson(self, table: Mapping[str, Any]) -> tuple[Lesson | None, list[str]]:
        if not NAME.fullmatch(self.name):
            self.wrong("name", "a_name")
            return None, self.said
        for key in table.keys() - {"title", "minutes", "step"}:
            self.wrong(key, "unknown")
        title = self.text(table, "title", "title", needed=True)
        minutes = self.number(table, "minutes", 0.0, 0, MOST_MINUTES)
        entries = table.get("step")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_STEPS:
            self.wrong("step", "some_steps", most=MOST_STEPS)
            return None, self.said
        values = self.chapter.lesson_start
        steps = []
        for at, entry in enumerate(entries, 1):
            self.place = WORDS["place"].format(name=clip(self.name), at=at)
            if not isinstance(entry, dict):
                self.wrong("step", "a_table")
                continue
            step = self.step(entry, values)
            values = step.values
            steps.append(step)
        return (Lesson(self.name, title, minutes, tuple(steps)) if steps else None), self.said

    # ------------------------------------------------------------------------------------------------------------ a step

    def step(self, entry: Mapping[str, Any], before: Mapping[str, Any]) -> Step:
        for key in entry.keys() - STEP_KEYS:
            self.wrong(key, "unknown")
        clock = self.table(entry, "clock", CLOCK_KEYS)
        return Step(
            say=self.text(entry, "say", "say", needed=True),
            values=self.values(entry, clock, before),
            notes=self.text(entry, "notes", "notes"),
            minutes=self.number(entry, "minutes", 0.0, 0, MOST_MINUTES),
            light=self.card(entry),
            clock=self.clock(clock),
            question=self.question(entry["question"]) if "question" in entry else None,
            promise=self.promise(entry),
        )

    def values(self, entry: Mapping[str, Any], clock: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the step before with what this one changes; those that cannot be run together give way."""
        chapter, values = self.chapter, {**before, "speed": "1"}  # which holds for one step
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
        waits = table.get("waits", False)
        if not isinstance(waits, bool):
            self.wrong("waits", "yes_or_no")
            waits = False
        begin, end = self.when(table, "from"), self.when(table, "to")
        return Clock(0.0 if begin is None else begin, end, waits)

    def when(self, table: Mapping[str, Any], key: str) -> float | str | None:
        """A time, or the name of a quantity that is one."""
        value = table.get(key)
        times = [name for name in self.chapter.quantities if name.endswith("_at")]
        if value is None or (isinstance(value, str) and value in times):
            return value
        if _is_number(value) and value >= 0:
            return float(value)
        self.wrong(key, "a_time", choices=", ".join(times))
        return None

    def card(self, entry: Mapping[str, Any]) -> str:
        light = self.text(entry, "light", "light")
        if light and light not in self.chapter.cards:
            self.wrong("light", "one_of", choices=", ".join(self.chapter.cards))
            return ""
        return light

    def promise(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        table = self.table(entry, "promise", self.chapter.quantities)
        for name, value in table.items():
            if isinstance(value, list) and not (len(value) == 2 and all(map(_is_number, value))):
                self.wrong(name, "a_range")
        return {name: value for name, value in table.items() if not isinstance(value, list) or all(map(_is_number, value))}

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
        if not isinstance(truth, str) or truth not in self.chapter.quantities:
            self.wrong("truth", "one_of", choices=", ".join(self.chapter.quantities))
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
        return Question(kind, ask, truth, replies, choices, low, high, tick, tolerance, self.text(given, "unit", "unit"))

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
            if not text or not meant or not all(isinstance(value, str) or _is_number(value) for value in meant):
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
        if _is_number(value) and low <= value <= high:
            return float(value)
        self.wrong(key, "a_number", low=f"{low:g}", high=f"{high:g}")
        return default

    def joined(self, names: Any) -> Any:
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            return ",".join(names)
        return names


def _is_number(value: Any) -> bool:
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


# ------------------------------------------------------------------------------------------------------------------ answers


def asked(question: Question, names: Sequence[str]) -> dict[str, Any]:
    """A question as a page shows it, without its answer."""
    shown: dict[str, Any] = {"kind": question.kind, "ask": question.ask}
    if question.kind == "number":
        return {**shown, "low": question.low, "high": question.high, "tick": question.tick, "unit": question.unit}
    texts = list(names[:MOST_MEMORIES]) if question.kind == "memory" else [choice.text for choice in question.choices]
    return {**shown, "choices": texts}


def guessed(question: Question, guess: Any, names: Sequence[str]) -> Any:
    """A guess that came from a browser: the place of a choice or a memory, a number, None for who is not sure."""
    if guess is None:
        return None
    if not _is_number(guess):
        raise ValueError(WORDS["no_answer"])
    if question.kind == "number":
        return min(question.high, max(question.low, float(guess)))
    count = len(question.choices) if question.kind == "choice" else min(len(names), MOST_MEMORIES)
    if guess != int(guess) or not 0 <= guess < count:
        raise ValueError(WORDS["no_answer"])
    return int(guess)


def verdict(question: Question, guess: Any, truth: Any, names: Sequence[str]) -> dict[str, Any]:
    """What is said to a guess: both in words, the gap between them, and a sentence that speaks to this guess."""
    if question.kind == "number":
        told = _told_number(question, guess, truth)
    else:
        texts = list(names) if question.kind == "memory" else [choice.text for choice in question.choices]
        place = _place_of(question, truth, names)
        is_right = guess is not None and guess == place
        told = {
            "guess": None if guess is None else texts[guess],
            "truth": texts[place] if place is not None else WORDS["none_of_these"],
            "right": is_right,
            "chosen": guess,
            "true": place,
            "gap": "",
            "key": "unsure" if guess is None else "right" if is_right else "wrong",
        }
    own = question.choices[guess].wrong if question.kind == "choice" and told["key"] == "wrong" else ""
    text = own or question.replies.get(told.pop("key"), "")
    filled = {name: "" if told[name] is None else told[name] for name in TOLD}
    return {**told, "kind": question.kind, "text": text.format(**filled)}


def _told_number(question: Question, guess: float | None, truth: Any) -> dict[str, Any]:
    known = truth is not None and _is_number(truth)
    gap = abs(truth - guess) if known and guess is not None else None
    key = "unsure" if gap is None else "right" if gap <= question.tolerance else "below" if guess < truth else "above"
    span = question.high - question.low
    return {
        "guess": None if guess is None else number(guess),
        "truth": number(float(truth)) if known else WORDS["never"],
        "gap": "" if gap is None else number(gap),
        "right": key == "right",
        "from": None if guess is None else (guess - question.low) / span,
        "to": min(1.0, max(0.0, (truth - question.low) / span)) if known else None,
        "unit": question.unit,
        "key": key,
    }


def _place_of(question: Question, truth: Any, names: Sequence[str]) -> int | None:
    if question.kind == "memory":
        return list(names).index(truth) if truth in names else None
    return next((place for place, choice in enumerate(question.choices) if choice.holds(truth)), None)
