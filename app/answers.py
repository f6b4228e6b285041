"""Answers to the latest questions, kept up to so many bytes: however large single ones are, a server's memory is bounded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

Answer = TypeVar("Answer")


class Asked(NamedTuple):
    hits: int
    misses: int
    held: int  # bytes


class Answers(Generic[Answer]):
    """Call it with a question; one that was asked lately is not answered anew, whichever visitor or thread asks."""

    def __init__(self, answer: Callable[[Hashable], Answer], size: Callable[[Answer], int], most_bytes: int) -> None:
        self._answer, self._size, self._most = answer, size, most_bytes
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._kept: OrderedDict[Hashable, tuple[Answer, int]] = OrderedDict()
            self._hits = self._misses = self._held = 0

    def __call__(self, question: Hashable) -> Answer:
        with self._lock:
            if question in self._kept:
                self._hits += 1
                self._kept.move_to_end(question)
                return self._kept[question][0]
            self._misses += 1
        answer = self._answer(question)  # two who ask at the same time may both compute: nobody waits for the other's failure
        self._keep(question, answer, self._size(answer))
        return answer

    def _keep(self, question: Hashable, answer: Answer, size: int) -> None:
        with self._lock:
            if question in self._kept or size > self._most:
                return
            self._kept[question] = answer, size
            self._held += size
            while self._held > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._held -= gone

    def asked(self) -> Asked:
        """How often an answer was there already, how often not, and how much is kept."""
        return Asked(self._hits, self._misses, self._held)
