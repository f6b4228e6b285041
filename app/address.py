"""The address of a page: its keys, read without trust and written whole.

A page is a function of its values, and its address holds all of them. An address is written by strangers: reading it never
raises, bounds what it looks at, and says in one sentence what was wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from app.words import words
from core.parameters import Parameter, Refusal

WORDS = words()["address"]
VERSION = 1
MOST_KEYS = 80
MOST_LETTERS = 12_000  # of the whole address; servers and browsers cut longer ones
SHORT = 24  # so many letters of a wrong key or value are repeated to the visitor
FOREIGN = re.compile(r"bokeh-|_ga|utm_")  # keys that are none of ours and nobody's mistake
SAFE = ":,;!~."  # letters of compact texts that stay as they are

Query = Mapping[str, Iterable[bytes | str]]


@dataclass(frozen=True)
class Key:
    """One key: its default, how a text becomes a value (or a `Refusal`), and how a value becomes a text."""

    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def parameter(known: Parameter, default: Any = None) -> Key:
    """A parameter of the core, with the page's own default if it has one."""
    return Key(known.default if default is None else default, known.read, known.write)


def one_of(name: str, default: str, choices: Callable[[], Iterable[str]]) -> Key:
    def read(text: str) -> str:
        if text not in tuple(choices()):
            named = ", ".join(filter(None, choices()))
            raise refusal(name, text, WORDS["one_of"].format(choices=named) if named else WORDS["left_out"])
        return text

    return Key(default, read)


def several_of(name: str, default: tuple[str, ...], choices: Callable[[], Iterable[str]], most: int) -> Key:
    """Names in the order in which they are given, none of them twice."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(part for part in text[:400].split(",") if part))
        if not 1 <= len(names) <= most or any(part not in tuple(choices()) for part in names):
            raise refusal(name, text, WORDS["one_to"].format(most=most, choices=", ".join(choices())))
        return names

    return Key(default, read, ",".join)


def switch(name: str) -> Key:
    def read(text: str) -> bool:
        if text not in ("0", "1"):
            raise refusal(name, text, WORDS["switch"])
        return text == "1"

    return Key(False, read, lambda value: str(int(value)))


def whole(name: str, default: int, low: int, high: int) -> Key:
    def read(text: str) -> int:
        try:
            value = int(text[:20])
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise refusal(name, text, WORDS["whole"].format(low=low, high=high))
        return value

    return Key(default, read)


def bound(name: str) -> Key:
    """One end of a range; None is the end that is shown for the parameter by itself."""

    def read(text: str) -> float | None:
        if text == "":
            return None
        try:
            value = float(text[:40])
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e12:
            raise refusal(name, text, WORDS["number"])
        return value

    return Key(None, read, lambda value: "" if value is None else f"{value:.12g}")


def moment(name: str) -> Key:
    """A time of the run, kept as a text; none if it is empty."""

    def read(text: str) -> str:
        try:
            time = float(text[:40] or 0)
        except ValueError:
            time = -1.0
        if not 0 <= time < 1e12:
            raise refusal(name, text, WORDS["moment"])
        return text and f"{time:.12g}"

    return Key("", read)


def compact(name: str, pattern: str, parse: Callable[[str], Any]) -> Key:
    """A compact text that is kept as it is once it has the right form and can be parsed."""
    form = re.compile(pattern)

    def read(text: str) -> str:
        try:
            if text and not form.fullmatch(text):
                raise ValueError
            parse(text)
        except (ValueError, KeyError):
            raise refusal(name, text, WORDS["compact"]) from None
        return text

    return Key("", read)


def read_names(text: str) -> list[str]:
    """A list of plain names, such as the models to compare with or the cards to hide."""
    names = text.split(",") if text else []
    if len(names) > MOST_KEYS or any(not re.fullmatch(r"[A-Za-z_-]{1,32}", name) for name in names):
        raise ValueError
    return names


# How a page looks, whatever it shows.
LOOKS: dict[str, Key] = {
    "theme": one_of("theme", "system", lambda: ("system", "light", "dark")),
    "hall": switch("hall"),
    "embed": one_of("embed", "full", lambda: ("full", "minimal", "none")),
}


class Address:
    """The keys of one page."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self.keys = dict(keys)

    @property
    def defaults(self) -> dict[str, Any]:
        return {name: key.default for name, key in self.keys.items()}

    def read_one(self, name: str, text: str) -> Any:
        """One value from its text, or a `Refusal` with the visitor's own text rather than what Python made of it."""
        try:
            return self.keys[name].read(text)
        except Refusal as wrong:
            raise refusal(name, text, wrong.allowed) from None

    def write_one(self, name: str, value: Any) -> str:
        return self.keys[name].write(value)

    def read(self, query: Query, start: Callable[[Mapping[str, str]], Mapping[str, Any]] = lambda given: {}) -> Reading:
        """Values for what an address asks for, defaults for what is wrong in it, and a sentence for each wrong.

        `start` may put other values than the defaults under what the address says, such as those of a scene that it names.
        """
        try:
            given, notices = read_texts(query, self.keys)
        except Exception:  # an address is hostile: whatever it managed to break, the page opens
            return Reading(self.defaults, [WORDS["unreadable"]], ())
        values = {**self.defaults, **start(given)}
        for name, text in given.items():
            try:
                values[name] = self.read_one(name, text)
            except Refusal as wrong:
                notices.append(instead(str(wrong), self.write_one(name, values[name])))
        return Reading(values, notices, tuple(given))

    def write(self, values: Mapping[str, Any]) -> str:
        """Every key, changed or not: a default that moves in a later version must not change what an old link shows."""
        return urlencode([("v", str(VERSION)), *((name, key.write(values[name])) for name, key in self.keys.items())], safe=SAFE)


@dataclass(frozen=True)
class Reading:
    """What was read of an address: all values, sentences about what was wrong, and the keys that it has."""

    values: dict[str, Any]
    notices: list[str]
    given: Sequence[str]


def read_texts(query: Query, known: Container[str]) -> tuple[dict[str, str], list[str]]:
    """The texts of the known keys of an address, up to what is read of one, and a sentence about whatever else is in it."""
    given: dict[str, str] = {}
    unknown: list[str] = []
    notices: list[str] = []
    letters = 0
    for count, (raw_key, raw_values) in enumerate(query.items()):
        key, text = _text(raw_key), _text(next(iter(raw_values), ""))
        letters += len(key) + len(text)
        if count >= MOST_KEYS or letters > MOST_LETTERS:
            notices.append(WORDS["too_long"].format(keys=MOST_KEYS, letters=MOST_LETTERS))
            break
        if key == "v":
            if text != str(VERSION):
                notices.append(WORDS["version"].format(value=clip(text), version=VERSION))
        elif key in known:
            given[key] = text
        elif not FOREIGN.match(key):
            unknown.append(clip(key))
    if unknown:
        shown = ", ".join(f"“{key}”" for key in unknown[:3]) + (" …" if len(unknown) > 3 else "")
        notices.append((WORDS["unknown_one"] if len(unknown) == 1 else WORDS["unknown_many"]).format(keys=shown))
    return given, notices


def parse_address(text: str) -> dict[str, list[str]]:
    """The query of an address as `Address.read` takes it."""
    query: dict[str, list[str]] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, max_num_fields=10 * MOST_KEYS):
        query.setdefault(key, []).append(value)
    return query


# ---------------------------------------------------------------------------------------------------------------- sentences


def refusal(name: str, text: str, allowed: str) -> Refusal:
    """What is wrong with a key, with the visitor's own text, short."""
    return Refusal(name, clip(text), allowed, key="address")


def instead(wrong: str, text: str) -> str:
    """That something is wrong, and what is used in its place."""
    return WORDS["instead"].format(wrong=wrong, value=text or WORDS["nothing"])


def as_seen(sentence: str, seen: Mapping[str, str]) -> str:
    """A sentence with the names that a page shows where it says what a key is: "lowest T = 7" and not "low_a = 7"."""

    def name(found: re.Match[str]) -> str:
        key, told = found[0], found.string[found.end() :].startswith((" = ", " from "))
        return seen.get(key, key) if told or "_" in key else key  # any other may be a word of the sentence

    return re.sub(r"(?<![\w'“])[A-Za-z]\w*(?![\w’”'])", name, sentence)


def clip(text: Any) -> str:
    """A stranger's text, short and printable, fit to be repeated on the page."""
    letters = "".join(letter if letter.isprintable() else "?" for letter in str(text)[: SHORT + 1])
    return letters if len(letters) <= SHORT else letters[:SHORT] + "…"


def as_sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _text(raw: bytes | str) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
