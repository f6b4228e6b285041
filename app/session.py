"""One visitor of one page: what is said to it comes in by `hear`, what it says goes out by `send`.

A session knows no server, no socket and no thread. Whatever carries its messages is its `port`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.address import as_seen, as_sentence
from app.history import Steps
from app.ports import Message, Port
from app.words import words

PAGE = words()["page"]
MOST_STEPS = 10**9  # of a browser's history: more than any visit has

Deed = Callable[..., None]


class Session:
    """What sessions of all pages share: they listen without trust, and have one notice for their visitor."""

    def __init__(self, notices: Iterable[str] = ()) -> None:
        self.notice = " ".join(notices)
        self.port: Port | None = None
        self.steps = Steps()

    # ------------------------------------------------------------------------------------------ what a kind of page says

    @property
    def deeds(self) -> Mapping[str, Deed]:
        """What the browser may ask for, by its name in a message."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """All that the frame and the controls show."""
        raise NotImplementedError

    def seen(self) -> Mapping[str, str]:
        """What the page calls what its address has a key for, where that is not the key."""
        return {}

    @property
    def told(self) -> str:
        """The notice as the visitor reads it."""
        return as_seen(self.notice, self.seen())

    def opening(self) -> list[dict[str, Any]]:
        """The messages with which a page begins."""
        return [{"shown": self.state()}]

    # -------------------------------------------------------------------------------------------------------- the line

    def attach(self, port: Port) -> None:
        """From now on, messages go here."""
        self.port = port

    def hear(self, message: Any) -> None:
        """A message of the browser. It comes from a stranger, so nothing about it is taken for granted."""
        try:
            given = dict(message) if isinstance(message, Mapping) else {}
            self.deeds[given.pop("do")](**given)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as wrong:
            sentence = str(wrong) if isinstance(wrong, ValueError) and str(wrong) else PAGE["nonsense"]
            if as_sentence(sentence) != self.notice:  # who repeats nonsense is not answered again and again
                self.refuse(sentence)
            elif sentence != PAGE["nonsense"]:
                self.show()  # a value that is refused once more leaves its field, too

    @staticmethod
    def whole(value: Any) -> int:
        """A whole number that a browser has said."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(PAGE["nonsense"])
        return int(value)

    @classmethod
    def step(cls, value: Any) -> int:
        """The number of a step that a browser has said."""
        number = cls.whole(value)
        if not 0 <= number < MOST_STEPS:
            raise ValueError(PAGE["nonsense"])
        return number

    def send(self, message: Message) -> None:
        if self.port is not None:
            self.port.send(message)

    def refuse(self, sentence: str) -> None:
        """Say this, and leave all as it is."""
        self.notice = as_sentence(sentence)
        self.show()

    def show(self) -> None:
        """Frame and controls as they are now."""
        self.send({"shown": self.state()})

    def away(self) -> None:
        """The visitor's line has been lost for a while: what is computed for him can stop."""

    def close(self) -> None:
        """The session has ended."""
