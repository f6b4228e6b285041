"""The address of a laboratory page: every key of it, read without trust and written whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.parameters import VERSION, clip, read_texts
from app.words import ADDRESS as WORDS
from core import PARAMETERS

SWEPT = ("tau_p", "tau_x", "T", "K", "noise", "N", "sigma")  # what the page of regimes may sweep


@dataclass(frozen=True)
class Key:
    """One key: its default, and how a text becomes a value (or a `ValueError` whose sentence ends in what it must be)."""

    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def parameter(name: str, default: Any = None) -> Key:
    """A parameter of the core, with the page's own default if it has one."""
    known = PARAMETERS[name]
    return Key(known.default if default is None else default, known.read, known.write)


def one_of(name: str, default: str, choices: Callable[[], Iterable[str]]) -> Key:
    def read(text: str) -> str:
        if text not in tuple(choices()):
            raise ValueError(_wrong(name, text, WORDS["one_of"].format(choices=", ".join(choices()))))
        return text

    return Key(default, read)


def several_of(name: str, default: tuple[str, ...], choices: Callable[[], Iterable[str]], most: int) -> Key:
    """Names in the order in which they are given, none of them twice."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(part for part in text[:400].split(",") if part))
        if not 1 <= len(names) <= most or any(part not in tuple(choices()) for part in names):
            allowed = WORDS["one_to"].format(most=most, choices=", ".join(choices()))
            raise ValueError(_wrong(name, text, allowed))
        return names

    return Key(default, read, ",".join)


def whole(name: str, default: int, low: int, high: int) -> Key:
    def read(text: str) -> int:
        try:
            value = int(text[:20])
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(_wrong(name, text, f"a whole number from {low} to {high}"))
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
            raise ValueError(_wrong(name, text, "a number"))
        return value

    return Key(None, read, lambda value: "" if value is None else f"{value:.12g}")


def _wrong(name: str, text: str, allowed: str) -> str:
    return WORDS["must_be"].format(name=name, value=clip(text), allowed=allowed)


VIEW: dict[str, Key] = {
    "theme": one_of("theme", "system", lambda: ("system", "light", "dark")),
    "hall": Key(False, lambda text: {"0": False, "1": True}[text], lambda value: str(int(value))),
}


class Address:
    """The keys of one page."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self.keys = {**keys, **VIEW}

    @property
    def defaults(self) -> dict[str, Any]:
        return {name: key.default for name, key in self.keys.items()}

    def read_one(self, name: str, text: str) -> Any:
        """One value from its text, or a `ValueError` with a sentence."""
        try:
            return self.keys[name].read(text)
        except KeyError:
            raise ValueError(_wrong(name, text, WORDS["switch"])) from None
        except ValueError as wrong:
            raise ValueError(f"{name} = '{clip(text)}': {str(wrong).rpartition(': ')[2]}") from None

    def read(self, query: Mapping[str, Iterable[bytes | str]]) -> tuple[dict[str, Any], list[str]]:
        """Values for what an address asks for, defaults for what is wrong in it, and a sentence for each wrong."""
        values, (given, said) = self.defaults, read_texts(query, self.keys)
        for key, text in given.items():
            try:
                values[key] = self.read_one(key, text)
            except ValueError as wrong:
                instead = self.keys[key].write(values[key]) or WORDS["nothing"]
                said.append(WORDS["instead"].format(wrong=wrong, value=instead))
        return values, said

    def write(self, values: Mapping[str, Any]) -> str:
        """Every key, so that a default which moves later does not change what an old link shows."""
        pairs = [("v", str(VERSION)), *((name, key.write(values[name])) for name, key in self.keys.items())]
        return urlencode(pairs, safe=":,;!~.")
