"""What a browser may send: read before Bokeh's own machinery sees it, which would build any object that a message describes.

A page sends one thing: a message of plain data to its component. Everything else that Bokeh's protocol knows (whole documents,
new models, values of properties, arrays, columns, titles) is nobody's business here, and is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_HEADER = 2_000  # letters
LONGEST_CONTENT = 100_000
MOST_EVENTS = 64
MOST_NODES = 5_000  # a cue that was drawn has a number for every neuron
DEEPEST = 8
LONGEST_TEXT = 20_000
SPECIAL_NUMBERS = ("nan", "+inf", "-inf")
QUIET = ("document_ready", "client_reconnected", "connection_lost")  # Bokeh's own words: no change of anything


class BadMessage(ValueError):
    """A message that cannot be meant well; its text is a short reason for the metrics, and shows nothing of the message."""


@dataclass(frozen=True)
class Patch:
    """The events of one message that may pass, how many of them ask for a change, and how many were dropped."""

    events: list[dict[str, Any]]
    changes: int
    dropped: int


def read_header(text: Any) -> tuple[str, str]:
    """Type and id of a message."""
    header = _read(text, LONGEST_HEADER)
    if header.get("num_buffers", 0) != 0:
        raise BadMessage("buffers")
    kind, number = header.get("msgtype"), header.get("msgid")
    if not isinstance(kind, str) or not isinstance(number, str) or len(number) > 100:
        raise BadMessage("header")
    return kind, number


def read_patch(text: Any, may_hear: Callable[[str], bool]) -> Patch:
    """Sort a PATCH-DOC's content: `may_hear` knows the ids of the components that take messages."""
    events = _read(text, LONGEST_CONTENT).get("events")
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise BadMessage("events")
    passed, changes = [], 0
    for event in events:
        weight = _weight(event, may_hear)
        if weight is not None:
            passed.append(event)
            changes += weight
    return Patch(passed, changes, len(events) - len(passed))


def _weight(event: Any, may_hear: Callable[[str], bool]) -> int | None:
    """How many changes an event asks for; None if it may not pass."""
    if not isinstance(event, dict):
        return None
    message = event.get("kind") == "MessageSent" and set(event) == {"kind", "msg_type", "msg_data"}
    if message and event["msg_type"] == "bokeh_event":
        return _weight_of_message(event["msg_data"], may_hear)
    return None


def _weight_of_message(message: Any, may_hear: Callable[[str], bool]) -> int | None:
    if not isinstance(message, dict) or set(message) != {"type", "name", "values"} or message["type"] != "event":
        return None
    values = _entries(message["values"])
    if values is None:
        return None
    if message["name"] in QUIET:
        return 0 if message["name"] == "document_ready" and not values else None
    if message["name"] != "data_event" or set(values) != {"model", "data"}:
        return None
    model = _reference(values["model"])
    return 1 if model is not None and may_hear(model) and is_plain(values["data"]) else None


def is_plain(value: Any) -> bool:
    """Whether a value is numbers, texts, lists and maps only, and not too many or too deep of them."""
    todo, nodes = [(value, 0)], 0
    while todo:
        value, depth = todo.pop()
        nodes += 1
        if nodes > MOST_NODES or depth > DEEPEST:
            return False
        if isinstance(value, str):
            if len(value) > LONGEST_TEXT:
                return False
        elif isinstance(value, list):
            todo.extend((inner, depth + 1) for inner in value)
        elif isinstance(value, dict):
            if value.get("type") == "number":
                if set(value) != {"type", "value"} or value["value"] not in SPECIAL_NUMBERS:
                    return False
                continue
            entries = _entries(value) if "type" in value else value
            if entries is None or "id" in value:  # Bokeh would look for a model of this name
                return False
            todo.extend((inner, depth + 1) for inner in entries.values())
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:  # more than a browser's numbers
            return False
    return True


def _entries(value: Any) -> dict[str, Any] | None:
    """What Bokeh writes for a map with texts as keys, or None if it is anything else."""
    if not isinstance(value, dict) or value.get("type") != "map" or not set(value) <= {"type", "entries"}:
        return None
    entries = value.get("entries", [])
    if not isinstance(entries, list) or not all(isinstance(e, list) and len(e) == 2 and isinstance(e[0], str) for e in entries):
        return None
    return dict(entries)


def _reference(value: Any) -> str | None:
    alone = isinstance(value, dict) and set(value) == {"id"} and isinstance(value["id"], str)
    return value["id"] if alone else None


def _read(text: Any, longest: int) -> Mapping[str, Any]:
    if not isinstance(text, str):
        raise BadMessage("binary")
    if len(text) > longest:
        raise BadMessage("too long")
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadMessage("not JSON") from None
    if not isinstance(value, dict):
        raise BadMessage("not a map")
    return value


def _no_constant(_: str) -> float:
    raise ValueError  # NaN and Infinity are no JSON


def write_patch(events: Iterable[Mapping[str, Any]]) -> str:
    """The content of a message with these events only."""
    return json.dumps({"events": list(events)})
