"""What a block can be taught: sequences of segments with one right answer, drawn by a generator.

first     a key in segment 1, noise after it: say the key.
latest    a key in segment 1 and with probability 0.4 in every later one: say the last.
place     every token of segment 1 is a key, noise after it: say the one at the first place.
majority  a bit in every segment: say whether there are more ones than zeros.
listops   a short nested list such as [max 3 5 [min 2 7 ] ], its tokens in order at places drawn from all segments: say its value.
          The grammar is that of ListOps with eight digits, the lists are our own: some ten tokens where the benchmark has
          thousands. The outer operator alone is worth 0.25.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from core.parameters import Refusal

KEYS = tuple("ABCDEFGH")
NOISE = tuple("stuvwxyz")
AGAIN = 0.4  # how probable a new key is in each later segment


class Task:
    """Sequences and their answers. Tokens are numbered in the order of `symbols`, the possible answers first."""

    name: ClassVar[str]
    title: ClassVar[str]
    symbols: ClassVar[tuple[str, ...]] = (*KEYS, *NOISE)
    answers: ClassVar[tuple[str, ...]] = KEYS

    def draw(self, rng: np.random.Generator, count: int, segments: int, tokens: int) -> tuple[np.ndarray, np.ndarray]:
        """(count, segments, tokens) whole numbers, and the right answers."""
        raise NotImplementedError

    def right(self, sequence: np.ndarray) -> int:
        """The right answer to one sequence, (segments, tokens), whoever made it; a `Refusal` if it has none."""
        raise NotImplementedError

    @property
    def chance(self) -> float:
        return 1 / len(self.answers)

    def read(self, text: str, tokens: int) -> np.ndarray:
        """A sequence from its symbols; spaces may stand between, and are needed where a symbol has several letters."""
        number = {symbol: i for i, symbol in enumerate(self.symbols)}
        found = text.split() if any(len(symbol) > 1 for symbol in self.symbols) else list("".join(text.split()))
        for symbol in found:
            if symbol not in number:
                raise Refusal("tokens", symbol, f"of {' '.join(self.symbols)}", key="choice", choices=self.symbols)
        if not found or len(found) % tokens:
            allowed = f"a multiple of {tokens} symbols"
            sentence = f"tokens: {len(found)} symbols were given: there must be {allowed}"
            raise Refusal("tokens", len(found), allowed, key="sequence_length", sentence=sentence, tokens=tokens)
        return np.array([number[symbol] for symbol in found]).reshape(-1, tokens)

    def write(self, sequence: np.ndarray) -> str:
        """The symbols of a sequence, segments between bars."""
        return " | ".join(" ".join(self.symbols[token] for token in segment) for segment in np.asarray(sequence).tolist())

    def _noise(self, rng: np.random.Generator, count: int, segments: int, tokens: int) -> np.ndarray:
        return len(self.answers) + rng.integers(len(NOISE), size=(count, segments, tokens))

    def _none(self, wanted: str) -> Refusal:
        sentence = f"tokens: the sequence has no right answer: it must have {wanted}"
        return Refusal("tokens", None, f"a sequence with {wanted}", key="no_answer", sentence=sentence)


class First(Task):
    name = "first"
    title = "the key of the first segment"

    def draw(self, rng: np.random.Generator, count: int, segments: int, tokens: int) -> tuple[np.ndarray, np.ndarray]:
        sequences = self._noise(rng, count, segments, tokens)
        right = rng.integers(len(KEYS), size=count)
        sequences[np.arange(count), 0, rng.integers(tokens, size=count)] = right
        return sequences, right

    def right(self, sequence: np.ndarray) -> int:
        keys = sequence[0][sequence[0] < len(KEYS)]
        if not len(keys):
            raise self._none("a key in its first segment")
        return int(keys[0])


class Latest(Task):
    name = "latest"
    title = "the last key"

    def draw(self, rng: np.random.Generator, count: int, segments: int, tokens: int) -> tuple[np.ndarray, np.ndarray]:
        sequences = self._noise(rng, count, segments, tokens)
        keys = rng.integers(len(KEYS), size=(count, segments))
        there = rng.random((count, segments)) < AGAIN
        there[:, 0] = True
        where = rng.integers(tokens, size=(count, segments))
        i, t = np.nonzero(there)
        sequences[i, t, where[i, t]] = keys[i, t]
        last = segments - 1 - there[:, ::-1].argmax(axis=1)
        return sequences, keys[np.arange(count), last]

    def right(self, sequence: np.ndarray) -> int:
        keys = sequence[sequence < len(KEYS)]
        if not len(keys):
            raise self._none("a key")
        return int(keys[-1])


class Place(Task):
    name = "place"
    title = "the key at the first place"

    def draw(self, rng: np.random.Generator, count: int, segments: int, tokens: int) -> tuple[np.ndarray, np.ndarray]:
        sequences = self._noise(rng, count, segments, tokens)
        sequences[:, 0] = rng.integers(len(KEYS), size=(count, tokens))
        return sequences, sequences[:, 0, 0].copy()

    def right(self, sequence: np.ndarray) -> int:
        if sequence[0, 0] >= len(KEYS):
            raise self._none("a key at its first place")
        return int(sequence[0, 0])


class Majority(Task):
    name = "majority"
    title = "whether ones outnumber zeros"
    symbols = ("0", "1", *NOISE)
    answers = ("0", "1")

    def draw(self, rng: np.random.Generator, count: int, segments: int, tokens: int) -> tuple[np.ndarray, np.ndarray]:
        sequences = self._noise(rng, count, segments, tokens)
        bits = rng.integers(2, size=(count, segments))
        where = rng.integers(tokens, size=(count, segments))
        sequences[np.arange(count)[:, None], np.arange(segments), where] = bits
        return sequences, (2 * bits.sum(axis=1) > segments).astype(np.int64)

    def right(self, sequence: np.ndarray) -> int:
        return int((sequence == 1).sum() > (sequence == 0).sum())


class ListOps(Task):
    name = "listops"
    title = "the value of a nested list"
    symbols = (*"01234567", "[max", "[min", "[med", "[sum", "]", "·")
    answers = tuple("01234567")

    _OPEN, _CLOSE, _PAD = 8, 12, 13
    _FEWEST, _MOST, _DEPTH, _NESTED = 2, 4, 2, 0.35

    def draw(self, rng: np.random.Generator, count: int, segments: int, tokens: int) -> tuple[np.ndarray, np.ndarray]:
        sequences: np.ndarray = np.full((count, segments * tokens), self._PAD)
        right: np.ndarray = np.empty(count, np.int64)
        for i in range(count):
            written: list[int] = []
            right[i] = self._list(iter(rng.random(256).tolist()), written, segments * tokens, 1)
            sequences[i, np.sort(rng.permutation(segments * tokens)[: len(written)])] = written
        return sequences.reshape(count, segments, tokens), right

    def _list(self, random: object, written: list[int], room: int, depth: int) -> int:
        """Write one list of at most so many tokens, and give its value."""
        draw = random.__next__  # type: ignore[attr-defined]
        operator = int(4 * draw())
        written.append(self._OPEN + operator)
        arguments = min(self._FEWEST + int((self._MOST - self._FEWEST + 1) * draw()), room - 2)
        values, left = [], room - 2
        for still in range(arguments, 0, -1):
            spare = left - (still - 1)  # every argument after this one needs a token
            if spare >= self._FEWEST + 2 and depth < self._DEPTH and draw() < self._NESTED:
                before = len(written)
                values.append(self._list(random, written, spare, depth + 1))
                left -= len(written) - before
            else:
                values.append(int(8 * draw()))
                written.append(values[-1])
                left -= 1
        written.append(self._CLOSE)
        return self._value(operator, values)

    @staticmethod
    def _value(operator: int, values: Sequence[int]) -> int:
        if operator == 0:
            return max(values)
        if operator == 1:
            return min(values)
        if operator == 3:
            return sum(values) % 8
        ranked = sorted(values)
        return (ranked[(len(values) - 1) // 2] + ranked[len(values) // 2]) // 2

    def right(self, sequence: np.ndarray) -> int:
        """The value of the list; padding is skipped."""
        wanted = "one whole list, such as [max 3 5 ]"
        open_lists: list[tuple[int, list[int]]] = [(-1, [])]
        for token in (t for t in sequence.ravel().tolist() if t != self._PAD):
            if token < self._OPEN:
                open_lists[-1][1].append(token)
            elif token < self._CLOSE:
                open_lists.append((token - self._OPEN, []))
            else:
                operator, values = open_lists.pop()
                if not values or not open_lists:
                    raise self._none(wanted)
                open_lists[-1][1].append(self._value(operator, values))
        if len(open_lists) != 1 or len(open_lists[0][1]) != 1:
            raise self._none(wanted)
        return open_lists[0][1][0]


TASKS: Mapping[str, Task] = {task.name: task for task in (First(), Latest(), Place(), Majority(), ListOps())}
