"""What every system declares of its parameters: symbol, meaning, default, what is accepted, what a page shows.

A system's settings are a frozen dataclass derived from `BaseSettings` whose fields are made by `parameter`. They are the single
source for the checks of the core and for whatever is derived from them elsewhere: sliders, links, command line, documentation.
Reading one from text and writing it as text is here too, so that a link and a shell agree.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Self

import numpy as np

OWN = "own"  # the choice of what a caller draws by hand
Called = Mapping[str, str] | Callable[[], Mapping[str, str]]


class Refusal(ValueError):
    """A caller's value that is not accepted; `str()` is one English sentence, a clause without a full stop.

    A page in another language does not read the sentence: `key` is a short name for the kind of refusal, which stays the same,
    `name` is the argument or parameter that must change, `value` what was given, `allowed` what would be accepted (in English),
    and `fields` holds whatever else the sentence mentions.
    """

    def __init__(self, name: str, value: Any, allowed: str, *, key: str, sentence: str = "", **fields: Any) -> None:
        super().__init__(sentence or f"{name} = {shown(value)}: it must be {allowed}")
        self.name, self.value, self.allowed, self.key, self.fields = name, value, allowed, key, fields

    def __reduce__(self) -> tuple[Any, ...]:  # refusals come back from workers whole
        return _refusal, (self.name, self.value, self.allowed, self.key, str(self), self.fields)


def _refusal(name: str, value: Any, allowed: str, key: str, sentence: str, more: dict[str, Any]) -> Refusal:
    return Refusal(name, value, allowed, key=key, sentence=sentence, **more)


def shown(value: Any) -> str:
    """A wrong value as it stands in a sentence: whole if short, its type if it would drown the sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:40]}… ({type(value).__name__})"


MOST_NAMED, FEW_NAMED = 40, 6  # choices that a sentence names


@dataclass(frozen=True)
class Parameter:
    """What is known of one field of a system's settings; `choices` is asked anew each time, since a member may be added later."""

    name: str
    kind: type
    default: Any
    symbol: str
    meaning: str
    unit: str
    low: float | None
    high: float | None
    shown: tuple[float, float] | None  # the range of a slider, and of a sweep whose range is not given
    scale: str
    limits: tuple[float, ...]  # true ends beyond everything that can be counted: 0 and inf of a time constant
    choices: Callable[[], Iterable[str]] | None
    called: str  # a short label; the name if none was given
    axis: str  # a longer one, for an axis; `called` if none was given
    slider: int  # its place among a page's sliders, 0 for none
    bends: bool  # whether a change of it bends a run under way instead of starting it anew
    only_with: (
        tuple[str, str | tuple[str, ...]] | None
    )  # (other parameter, its value or values) without which this one has no say
    titles: Called  # of choices
    of_many: str  # what the choices are, where they are too many to be named

    @property
    def choices_called(self) -> Mapping[str, str]:
        """How people call the choices, where they have a better name than their own."""
        return self.titles() if callable(self.titles) else self.titles

    @property
    def named(self) -> tuple[str, ...]:
        """What a study may compare: all choices but what is drawn by hand; none of a number."""
        return () if self.choices is None else tuple(choice for choice in self.choices() if choice != OWN)

    @property
    def is_axis(self) -> bool:
        """Whether a map can have it as an axis of which nobody gives the values: a range of numbers, or a few names."""
        return self.shown is not None or 1 < len(self.named) <= MOST_NAMED

    def allowed(self) -> str:
        """What is accepted, in words that finish the sentence "it must be …"."""
        if self.choices is not None:
            known = tuple(self.choices())
            if len(known) <= MOST_NAMED:
                return f"one of {', '.join(known)}"
            return self.of_many or f"one of {', '.join(known[:FEW_NAMED])}, or another of {len(known)}"
        noun = "a whole number" if self.kind is int else "a number"
        low, high = self.bounds
        if math.isinf(high):
            return f"{noun} of at least {low:g}" + (" (or inf)" if math.inf in self.limits else "")
        return f"{noun} from {low:g} to {high:{'d' if self.kind is int else 'g'}}"

    @property
    def bounds(self) -> tuple[float, float]:
        """The ends of what is accepted; only choices have none."""
        return (-math.inf if self.low is None else self.low), (math.inf if self.high is None else self.high)

    def check(self, value: Any) -> Any:
        """The value in the field's own type, or a `Refusal` whose one sentence names what is wrong and what is allowed."""
        if self.choices is not None:
            if isinstance(value, str) and value in tuple(self.choices()):
                return value
            raise self.refusal(value)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise self.refusal(value)
        try:
            number = float(value)
        except OverflowError:
            raise self.refusal(value) from None
        if self.kind is int and not number.is_integer():
            raise self.refusal(value)
        low, high = self.bounds
        if not low <= number <= high or (math.isinf(number) and number not in self.limits):
            raise self.refusal(value)
        return int(value) if self.kind is int else number  # type: ignore[call-overload]

    def refusal(self, value: Any) -> Refusal:
        if self.choices is not None:
            return Refusal(self.name, value, self.allowed(), key="choice", choices=tuple(self.choices()))
        kind = "whole number" if self.kind is int else "number"
        low, high = self.bounds
        return Refusal(self.name, value, self.allowed(), key="range", low=low, high=high, kind=kind, limits=self.limits)

    def read(self, text: str) -> Any:
        """The value that a link or a shell wrote as text, checked."""
        if self.choices is not None:
            return self.check(text)
        try:
            value: Any = int(text) if self.kind is int else float(text)
        except ValueError:
            value = text
        return self.check(value)

    def write(self, value: Any) -> str:
        """A short text that `read` turns into exactly this value."""
        return repr(value).removesuffix(".0") if self.kind is float else str(value)


def parameter(
    default: Any,
    symbol: str,
    meaning: str,
    *,
    low: float | None = None,
    high: float = math.inf,
    shown: tuple[float, float] | None = None,
    scale: str = "linear",
    unit: str = "",
    limits: tuple[float, ...] = (),
    choices: Callable[[], Iterable[str]] | None = None,
    called: str = "",
    axis: str = "",
    slider: int = 0,
    bends: bool = False,
    only_with: tuple[str, str | tuple[str, ...]] | None = None,
    choices_called: Called | None = None,
    of_many: str = "",
) -> Any:
    """A field of a system's settings with all that is known of it, as a `Parameter` has it."""
    assert shown or not slider, "a slider needs a range to be shown over"
    kind = str if choices is not None else type(default)
    about = dict(
        kind=kind, default=default, symbol=symbol, meaning=meaning, unit=unit, low=low, high=high, shown=shown, scale=scale,
        limits=limits, choices=choices, called=called, axis=axis, slider=slider, bends=bends, only_with=only_with,
        titles=choices_called or {}, of_many=of_many,
    )  # fmt: skip
    return field(default=default, metadata=about)


def unused_of(parameters: Mapping[str, Parameter], values: Mapping[str, Any]) -> list[str]:
    """Parameters that have no say at these values, such as the degree of a memory that is not chosen."""
    pairs = {name: known.only_with for name, known in parameters.items() if known.only_with}
    return [
        name for name, (other, wanted) in pairs.items() if values[other] not in ((wanted,) if isinstance(wanted, str) else wanted)
    ]


@dataclass(frozen=True)
class BaseSettings:
    """What all settings share: every field is checked when they are made, and then what fields have to say to each other."""

    def __post_init__(self) -> None:
        for name, known in parameters_of(type(self)).items():
            object.__setattr__(self, name, known.check(getattr(self, name)))
        self.check_together()

    def check_together(self) -> None:
        """Raise a `Refusal` where fields that are right by themselves contradict each other."""

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in parameters_of(type(self))}  # all of them plain values

    @classmethod
    def filled(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values that take the place of defaults because of what was given."""
        return {}

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Settings of what a caller gave; unknown names are refused."""
        known = parameters_of(cls)
        for name in given:
            if name not in known:
                allowed = f"one of {', '.join(known)}"
                sentence = f"{name} is not a parameter: it must be {allowed}"
                raise Refusal(name, given[name], allowed, key="parameter", sentence=sentence, choices=tuple(known))
        return cls(**{**cls.filled(given), **given})


def parameters_of(settings: type[BaseSettings]) -> Mapping[str, Parameter]:
    """All parameters of a system by name, in the order of the fields of its settings."""
    return _parameters_of(settings)  # type: ignore[arg-type]  # a class can be hashed, whatever its instances are


@cache
def _parameters_of(settings: type[BaseSettings]) -> Mapping[str, Parameter]:
    return {f.name: _named(f.name, dict(f.metadata)) for f in fields(settings)}


def _named(name: str, about: dict[str, Any]) -> Parameter:
    about["called"] = about["called"] or name
    about["axis"] = about["axis"] or about["called"]
    return Parameter(name=name, **about)


def check_whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number of at least so much."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        allowed = f"a whole number of at least {least}"
        raise Refusal(name, value, allowed, key="range", low=least, high=math.inf, kind="whole number", limits=())
