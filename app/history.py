"""Undo and redo: a bounded ring of states, whatever a state is; and the steps that a browser's Back goes through."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

State = TypeVar("State")
LONGEST = 100


class History(Generic[State]):
    """States that were left, and states that were undone. Equal states in a row count once."""

    def __init__(self, present: State, longest: int = LONGEST) -> None:
        self.present = present
        self._past: deque[State] = deque(maxlen=longest)
        self._future: list[State] = []

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def add(self, state: State) -> None:
        """A new present; what had been undone is gone."""
        if state == self.present:
            return
        self._past.append(self.present)
        self._future.clear()
        self.present = state

    def replace(self, state: State) -> None:
        """The present goes on changing within one gesture, such as a drag: one step of undo for all of it."""
        if state != self.present:
            self._future.clear()
            self.present = state

    def undo(self) -> State:
        if self._past:
            self._future.append(self.present)
            self.present = self._past.pop()
        return self.present

    def redo(self) -> State:
        if self._future:
            self._past.append(self.present)
            self.present = self._future.pop()
        return self.present


class Steps:
    """The number of the step on show: a browser makes one entry of its history of each, and comes back to it by number."""

    def __init__(self) -> None:
        self.now = self._last = 0

    def begin(self) -> None:
        """Something was chosen that Back undoes."""
        self.now = self._last = self._last + 1

    def return_to(self, step: int) -> None:
        """A browser shows an earlier entry again, perhaps one that it made while another session was here."""
        self.now, self._last = step, max(self._last, step)
