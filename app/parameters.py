"""The page's parameters and its address: what `core.PARAMETERS` says, and a few keys that only a page has.

A page is a function of its parameters, and the address holds all of them: the run (`RUN`: settings, a cue and patterns drawn by
hand, the moments at which it was bent), what it is compared with, and the view. An address is written by strangers: reading it
never raises, bounds what it looks at, and says in one sentence what was wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import param

from app.limits import MOST, check_work
from app.scenes import load_scenes
from app.words import ADDRESS as WORDS
from core import PARAMETERS, Memories, Settings
from core.memories import draw_memories
from core.registry import FAMILIES

VERSION = 1
MOST_KEYS = 80
MOST_LETTERS = 12_000  # of the whole address; servers and browsers cut longer ones
MOST_PINS, MOST_BENDS, MOST_DRAWN = 4, 16, 16
MOST_PIN_LETTERS = 4_000
SHORT = 24  # so many letters of a wrong key or value are repeated to the visitor
OURS = re.compile(r"bokeh-|_ga|utm_")  # keys that are none of ours and nobody's mistake

# A change of these bends a run under way; any other starts it anew.
BENDING = ("T", "tau_p", "tau_x", "sigma", "temperature_x")
# What a person changes on the page; the rest of core's settings stay reachable by address.
SLIDERS = ("T", "tau_p", "tau_x", "K", "noise")


@dataclass(frozen=True)
class PageKey:
    """One key that only the page has: its default, and how a text becomes a value (or a `ValueError` with a sentence)."""

    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def _one_of(name: str, *choices: str) -> PageKey:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(
                WORDS["must_be"].format(name=name, value=clip(text), allowed=WORDS["one_of"].format(choices=", ".join(choices)))
            )
        return text

    return PageKey(choices[0], read)


def _switch(name: str) -> PageKey:
    def read(text: str) -> bool:
        if text not in ("0", "1"):
            raise ValueError(WORDS["must_be"].format(name=name, value=clip(text), allowed=WORDS["switch"]))
        return text == "1"

    return PageKey(False, read, lambda value: str(int(value)))


def _checked(name: str, pattern: str, parse: Callable[[str], Any]) -> PageKey:
    """A compact text that is kept as it is once it has the right form and can be parsed."""
    form = re.compile(pattern)

    def read(text: str) -> str:
        try:
            if text and not form.fullmatch(text):
                raise ValueError
            parse(text)
        except (ValueError, KeyError):
            raise ValueError(WORDS["must_be"].format(name=name, value=clip(text), allowed=WORDS["compact"])) from None
        return text

    return PageKey("", read)


# ------------------------------------------------------------------------------------- compact texts for what is drawn or bent


def write_bits(entries: Iterable[float]) -> str:
    """±1 (and 0, for an entry that is not known) as hexadecimal: the signs, and after a dot which entries are 0 if any is."""
    array = np.asarray(list(entries))
    text = np.packbits(array > 0).tobytes().hex()
    return text if np.all(array) else f"{text}.{np.packbits(array == 0).tobytes().hex()}"


def read_bits(text: str, count: int) -> np.ndarray:
    """The entries that `write_bits` wrote; a text for another number of neurons is refused."""
    signs, _, unknown = text.partition(".")
    if len(signs) != 2 * math.ceil(count / 8) or (unknown and len(unknown) != len(signs)):
        raise ValueError(WORDS["drawn_size"].format(count=count))
    entries = 2 * _bits(signs, count) - 1
    return np.where(_bits(unknown, count) == 1, 0, entries) if unknown else entries


def _bits(text: str, count: int) -> np.ndarray:
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8))[:count].astype(np.int8)


def read_drawn(text: str) -> dict[int, str]:
    """Patterns drawn by hand: which memory, and its bits."""
    drawn = [entry.split(".") for entry in text.split("~")] if text else []
    if len(drawn) > MOST_DRAWN:
        raise ValueError(WORDS["too_many"])
    return {int(memory): bits for memory, bits in drawn}


def write_drawn(drawn: Mapping[int, str]) -> str:
    return "~".join(f"{memory}.{bits}" for memory, bits in sorted(drawn.items()))


def read_bends(text: str) -> list[tuple[int, dict[str, float]]]:
    """Where a run was bent: the frame of the segment before, and what changed there."""
    bends = []
    for entry in text.split("!") if text else []:
        row, *rest = entry.split("~")
        changes = {name: PARAMETERS[name].read(value) for name, value in zip(rest[::2], rest[1::2], strict=True)}
        if not changes or any(name not in BENDING for name in changes):
            raise ValueError(WORDS["compact"])
        bends.append((int(row), changes))
    if len(bends) > MOST_BENDS:
        raise ValueError(WORDS["too_many"])
    return bends


def write_bends(bends: Iterable[tuple[int, Mapping[str, float]]]) -> str:
    return "!".join(
        "~".join([str(row), *(part for name, value in changes.items() for part in (name, PARAMETERS[name].write(value)))])
        for row, changes in bends
    )


def read_pins(text: str) -> list[dict[str, Any]]:
    """The runs that are pinned as ghosts, each as the run keys in which it differs from the defaults."""
    entries = text.split(";") if text else []
    if len(entries) > MOST_PINS:
        raise ValueError(WORDS["too_many"])
    pins = []
    for entry in entries:
        given = dict(part.split(":", 1) for part in entry.split(",") if part)
        if any(name not in RUN for name in given):
            raise ValueError(WORDS["compact"])
        pins.append({**RUN_DEFAULTS, **{name: _read(name, value) for name, value in given.items()}})
    return pins


def write_pins(pins: Iterable[Mapping[str, Any]]) -> str:
    return ";".join(
        ",".join(f"{name}:{_write(name, pin[name])}" for name in RUN if pin[name] != RUN_DEFAULTS[name]) or "model:astrocyte"
        for pin in pins
    )


def read_names(text: str) -> list[str]:
    """A list of plain names, such as the memories to compare with or the cards to hide."""
    names = text.split(",") if text else []
    if len(names) > MOST_KEYS or any(not re.fullmatch(r"[A-Za-z_-]{1,32}", name) for name in names):
        raise ValueError(WORDS["compact"])
    return names


def read_compare(text: str) -> list[str]:
    return [PARAMETERS["model"].check(name) for name in read_names(text)]


DRAWN_KEYS: dict[str, PageKey] = {
    "own_cue": _checked("own_cue", r"[0-9a-f]{2,256}(\.[0-9a-f]{2,256})?", lambda text: None),
    "own_patterns": _checked("own_patterns", r"\d{1,4}\.[0-9a-f]{2,256}(~\d{1,4}\.[0-9a-f]{2,256})*", read_drawn),
    "bends": _checked("bends", r"[\w~!.+-]{1,2000}", read_bends),
}
VIEW_KEYS: dict[str, PageKey] = {
    "scene": _checked("scene", r"[a-z0-9_-]{1,40}", lambda text: text and {scene.key: scene for scene in load_scenes()}[text]),
    "compare": _checked("compare", r"[a-z,-]{1,200}", read_compare),
    "pins": _checked("pins", rf"[\w~!.+:,;-]{{1,{MOST_PIN_LETTERS}}}", read_pins),
    "steer": _switch("steer"),
    "theme": _one_of("theme", "system", "light", "dark"),
    "hall": _switch("hall"),
    "embed": _one_of("embed", "full", "minimal", "none"),
    "hide": _checked("hide", r"[a-z_,A-Z-]{1,400}", read_names),
    "time": _one_of("time", "log", "linear"),
    "energy": _one_of("energy", "whole", "parts", "powers"),
    "gains": _one_of("gains", "triangle", "wheel"),
    "speed": _one_of("speed", "1", "0.25", "0.5", "2", "4"),
}
PAGE_KEYS = {**DRAWN_KEYS, **VIEW_KEYS}
RUN = (*PARAMETERS, *DRAWN_KEYS)
RUN_DEFAULTS = {**{name: p.default for name, p in PARAMETERS.items()}, **{name: key.default for name, key in DRAWN_KEYS.items()}}
DEFAULTS = {**RUN_DEFAULTS, **{name: key.default for name, key in VIEW_KEYS.items()}}


def _read(name: str, text: str) -> Any:
    return PARAMETERS[name].read(text) if name in PARAMETERS else PAGE_KEYS[name].read(text)


def _write(name: str, value: Any) -> str:
    return PARAMETERS[name].write(value) if name in PARAMETERS else PAGE_KEYS[name].write(value)


# ----------------------------------------------------------------------------------------------------------- param's own face


def _declared(name: str) -> param.Parameter:
    if name not in PARAMETERS:
        default = PAGE_KEYS[name].default
        return param.Boolean(default) if isinstance(default, bool) else param.String(default)
    known = PARAMETERS[name]
    about = {"default": known.default, "label": known.symbol, "doc": known.meaning}
    if known.choices is not None:
        return param.Selector(objects=list(known.choices()), **about)
    high = min(known.high, MOST.get(name, math.inf))
    bounds = (known.low, None if math.isinf(high) else high)
    return (param.Integer if known.kind is int else param.Number)(bounds=bounds, **about)


class Parameters(param.Parameterized):
    """All parameters of one page as param has them: what a visitor sees is a function of these values."""

    def values_now(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in DEFAULTS}


for _name in DEFAULTS:
    Parameters.param.add_parameter(_name, _declared(_name))


# ------------------------------------------------------------------------------------------------------------------ agreement


def settings_of(values: Mapping[str, Any]) -> Settings:
    return Settings(**{name: values[name] for name in PARAMETERS})


def agree(values: Mapping[str, Any], keep: Iterable[str] = ()) -> tuple[dict[str, Any], list[str]]:
    """The nearest values that can be run, and a sentence for each one that had to give way.

    Single values are right already; this is about those that contradict each other or ask too much. `keep` names what the
    visitor has just said, which gives way last.
    """
    values, said = dict(values), []
    keep = set(keep)
    if "family" in keep:
        for name, size in FAMILIES[values["family"]].sizes.items():
            if name not in keep:
                values[name] = size
    for _ in range(len(PARAMETERS)):
        try:
            check(values)
            return values, said
        except ValueError as wrong:
            name = str(wrong).partition(" = ")[0]
            fallback = _fallback(values, name)
            if name not in values or values[name] == fallback:
                break
            values[name] = fallback
            said.append(WORDS["instead"].format(wrong=str(wrong), value=_spoken(name, fallback)))
    said.append(WORDS["all_defaults"])
    return {**values, **RUN_DEFAULTS}, said


def _fallback(values: Mapping[str, Any], name: str) -> Any:
    return FAMILIES[values["family"]].sizes.get(name, DEFAULTS.get(name))


def check(values: Mapping[str, Any]) -> None:
    """Raise a `ValueError` that begins "name = …" where these values cannot be run together, or are too much work."""
    for name in ("family", "cue"):  # what is drawn by hand has keys of its own
        if values[name] == "own":
            raise ValueError(WORDS["own_by_hand"].format(name=name))
    settings = settings_of(values)
    check_work(settings)
    drawn_by_hand(values, settings)
    for row, _ in read_bends(values["bends"]):
        if row > 10**6:
            raise ValueError(WORDS["must_be"].format(name="bends", value=clip(values["bends"]), allowed=WORDS["compact"]))


def drawn_by_hand(values: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The cue and the memories that were drawn on the page, as `simulate` takes them."""
    own: dict[str, Any] = {}
    try:
        if values["own_cue"]:
            own["cue"] = read_bits(values["own_cue"], settings.N)
    except ValueError as wrong:
        raise ValueError(f"own_cue = '{clip(values['own_cue'])}': {wrong}") from None
    try:
        if values["own_patterns"]:
            stored = draw_memories(settings)
            patterns = stored.patterns.copy()
            for memory, bits in read_drawn(values["own_patterns"]).items():
                if memory >= settings.K:
                    raise ValueError(WORDS["drawn_memory"].format(count=settings.K))
                patterns[:, memory] = np.where(read_bits(bits, settings.N) > 0, 1, -1)
            own["memories"] = Memories(patterns, stored.shape, stored.names)
    except ValueError as wrong:
        raise ValueError(f"own_patterns = '{clip(values['own_patterns'])}': {wrong}") from None
    return own


# ----------------------------------------------------------------------------------------------------------------- the address


def read_address(query: Mapping[str, Iterable[bytes | str]]) -> tuple[dict[str, Any], list[str]]:
    """The values that an address asks for, with defaults for whatever is wrong, and a sentence for each wrong."""
    try:
        given, said = read_texts(query, DEFAULTS)
    except Exception:  # an address is hostile: whatever it managed to break, the page opens
        return dict(DEFAULTS), [WORDS["unreadable"]]
    values, unread = dict(DEFAULTS), []
    scene = {scene.key: scene for scene in load_scenes()}.get(given.get("scene", ""))
    if scene is not None:  # what the address says besides has the last word
        values.update({**scene.parameters, **{name: value for name, value in scene.view.items() if name in VIEW_KEYS}})
    for name, text in given.items():
        try:
            values[name] = _read(name, text)
        except ValueError as wrong:
            unread.append(WORDS["instead"].format(wrong=_sentence(name, text, wrong), value=_spoken(name, values[name])))
    values, contradictions = agree(values, keep=[name for name in given if name in RUN])
    return values, [*said, *unread, *contradictions]


def read_texts(query: Mapping[str, Iterable[bytes | str]], known: Container[str]) -> tuple[dict[str, str], list[str]]:
    """The texts of the known keys of an address, up to what is read of one, and a sentence about whatever else is in it."""
    given: dict[str, str] = {}
    unknown: list[str] = []
    said: list[str] = []
    letters = 0
    for count, (raw_key, raw_values) in enumerate(query.items()):
        key, text = _text(raw_key), _text(next(iter(raw_values), ""))
        letters += len(key) + len(text)
        if count >= MOST_KEYS or letters > MOST_LETTERS:
            said.append(WORDS["too_long"].format(keys=MOST_KEYS, letters=MOST_LETTERS))
            break
        if key == "v":
            if text != str(VERSION):
                said.append(WORDS["version"].format(value=clip(text), version=VERSION))
        elif key in known:
            given[key] = text
        elif not OURS.match(key):
            unknown.append(clip(key))
    if unknown:
        shown = ", ".join(f"“{key}”" for key in unknown[:3]) + (" …" if len(unknown) > 3 else "")
        said.append((WORDS["unknown_one"] if len(unknown) == 1 else WORDS["unknown_many"]).format(keys=shown))
    return given, said


def write_address(values: Mapping[str, Any]) -> str:
    """Every key, changed or not: a default that moves in a later version must not change what an old link shows."""
    return urlencode([("v", str(VERSION)), *((name, _write(name, values[name])) for name in DEFAULTS)], safe=":,;!~.")


def parse_address(text: str) -> dict[str, list[str]]:
    """The query of an address as `read_address` takes it."""
    query: dict[str, list[str]] = {}
    for key, value in parse_qsl(text, keep_blank_values=True, max_num_fields=10 * MOST_KEYS):
        query.setdefault(key, []).append(value)
    return query


def clip(text: Any) -> str:
    """A stranger's text, short and printable, fit to be repeated on the page."""
    letters = "".join(letter if letter.isprintable() else "?" for letter in str(text)[: SHORT + 1])
    return letters if len(letters) <= SHORT else letters[:SHORT] + "…"


def as_sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _text(raw: bytes | str) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def _sentence(name: str, text: str, wrong: ValueError) -> str:
    """What is wrong, with the visitor's own text rather than what Python made of it."""
    return f"{name} = '{clip(text)}': {str(wrong).rpartition(': ')[2]}"


def _spoken(name: str, value: Any) -> str:
    return WORDS["nothing"] if value == "" else _write(name, value)


# -------------------------------------------------------------------------------------------------------- what sliders offer


@cache
def ticks(name: str) -> tuple[float, ...]:
    """The values a slider stops at; the true ends 0 and ∞ come after and before everything that can be counted."""
    known = PARAMETERS[name]
    low, high = known.shown
    if known.kind is int:
        return tuple(float(value) for value in range(int(low), int(high) + 1))
    if known.scale != "log":
        return tuple(round(low + 0.01 * i, 2) for i in range(round((high - low) / 0.01) + 1))
    steps = round(20 * math.log10(high / low))
    inner = [float(f"{low * (high / low) ** (i / steps):.3g}") for i in range(steps + 1)]
    return (*([0.0] if 0.0 in known.limits else []), *inner, *([math.inf] if math.inf in known.limits else []))


def spoken(name: str, value: Any) -> str:
    """A value as the page writes it: three digits, a true minus sign, ∞."""
    if not isinstance(value, float):
        return str(value)
    text = "∞" if math.isinf(value) else f"{value:.4g}"
    return text.replace("-", "−") if "e" not in text else f"{value:g}"


def typed(name: str, text: str) -> Any:
    """What a visitor typed into a number box: "inf", "∞" and a decimal comma are welcome."""
    plain = text.strip().replace("−", "-").replace("∞", "inf").replace(",", ".")
    return PARAMETERS[name].read(plain)
