"""Stored patterns and cues: the families patterns are drawn from, how a cue is spoilt, and a caller's own, checked.

Patterns are an (N, K) array of ±1 whose column μ is ξ_μ. They and the cue have random streams of their own, so that changing the
cue leaves the patterns as they were; families draw pattern by pattern, so that a larger K keeps the first ones, and a noisier cue
keeps the entries already spoilt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.glyphs import GLYPHS, LETTER_SHAPE, letter_patterns
from core.parameters import Refusal
from core.random import stream
from core.retrieval.digits import DIGIT_SHAPE, MOST_DIGITS, digit_kinds, digit_patterns, numbered
from core.retrieval.names import CUES, FAMILIES
from core.retrieval.settings import Settings


@dataclass(frozen=True)
class Memories:
    """Stored patterns (N, K) of ±1, the (h, w) of a pattern that is a picture, and the names people call them by."""

    patterns: np.ndarray
    shape: tuple[int, int] | None
    names: tuple[str, ...]


# ---------------------------------------------------------------------------------------------------------------- families


class Family:
    """Where stored patterns come from; `sizes` are the N and K that this family fills in when the caller says none."""

    sizes: dict[str, int] = {}
    shape: tuple[int, int] | None = None
    most: int | None = None  # so many patterns are there to be stored

    def check(self, settings: Settings) -> None:
        """Raise a `Refusal` where the settings ask what this family cannot give."""

    def draw(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        """The patterns as rows, (K, N) of ±1 int8."""
        raise NotImplementedError

    def names(self, settings: Settings) -> tuple[str, ...]:
        return tuple(str(mu + 1) for mu in range(settings.K))


def _coins(rng: np.random.Generator, rows: int, N: int) -> np.ndarray:
    """Rows of N fair coins, ±1, from whole bytes: drawing is a good part of the time of a short ensemble."""
    width = -(-N // 8)
    words = rng.bit_generator.random_raw(-(-rows * width // 8)).astype("<u8", copy=False)
    raw = words.view(np.uint8)[: rows * width].reshape(rows, width)
    return 2 * np.unpackbits(raw, axis=1, count=N).view(np.int8) - 1


class Coins(Family):
    """Independent fair coins, the paper's."""

    def draw(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        return _coins(rng, settings.K, settings.N)


class Biased(Family):
    """Independent coins that show +1 with probability `activity`."""

    def draw(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        return np.where(rng.random((settings.K, settings.N)) < settings.activity, 1, -1).astype(np.int8)


class Correlated(Family):
    """A hierarchy: `groups` prototypes of fair coins; a pattern differs from its own in exactly round(spread·N) entries."""

    def draw(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        prototypes = _coins(rng, settings.groups, settings.N)
        patterns = prototypes[np.arange(settings.K) % settings.groups]
        n = round(settings.spread * settings.N)
        differ = np.argsort(rng.random((settings.K, settings.N)), axis=1)[:, :n]
        np.put_along_axis(patterns, differ, -np.take_along_axis(patterns, differ, axis=1), axis=1)
        return patterns


class Pictures(Family):
    """Pictures that are there already: of one size, and only so many."""

    name = ""  # as in family=

    def check(self, settings: Settings) -> None:
        assert self.shape is not None and self.most is not None
        if settings.N != self.sizes["N"]:
            allowed = str(self.sizes["N"])
            grid = "{1}×{0}".format(*self.shape)
            sentence = f"N = {settings.N}: it must be {allowed} with family = '{self.name}', whose grid is {grid}"
            raise Refusal("N", settings.N, allowed, key=f"{self.name}_N", sentence=sentence)
        if settings.K > self.most:
            allowed = f"a whole number from 1 to {self.most}"
            sentence = f"K = {settings.K}: it must be {allowed} with family = '{self.name}'"
            raise Refusal("K", settings.K, allowed, key=f"{self.name}_K", sentence=sentence, high=self.most)


class Letters(Pictures):
    """The capital letters and the digits on a grid of 5×7, in their order; only the cue is left to chance."""

    name = "letters"
    sizes = {"N": LETTER_SHAPE[0] * LETTER_SHAPE[1], "K": 26}
    shape = LETTER_SHAPE
    most = len(GLYPHS)

    def draw(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        return letter_patterns()[: settings.K]

    def names(self, settings: Settings) -> tuple[str, ...]:
        return tuple(GLYPHS)[: settings.K]


class Digits(Pictures):
    """Handwritten digits on a grid of 8×8: which of them, and in which order, is the seed's choice; none comes twice."""

    name = "digits"
    sizes = {"N": DIGIT_SHAPE[0] * DIGIT_SHAPE[1], "K": 100}
    shape = DIGIT_SHAPE
    most = MOST_DIGITS

    def draw(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        return digit_patterns()[self._chosen(settings, rng)]

    def names(self, settings: Settings) -> tuple[str, ...]:
        kinds = digit_kinds()
        return numbered("".join(kinds[i] for i in self._chosen(settings, stream(settings.seed, "patterns"))))

    def _chosen(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        return rng.permutation(self.most)[: settings.K]


class Own(Family):
    """The caller's own patterns; they are given, not drawn."""

    def draw(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        sentence = "family = 'own': it needs the patterns themselves, as memories="
        raise Refusal("family", "own", "another family, or memories=", key="own_family", sentence=sentence)


FAMILIES.update(coins=Coins(), biased=Biased(), correlated=Correlated(), letters=Letters(), digits=Digits(), own=Own())


def draw_patterns(settings: Settings, seed: int) -> np.ndarray:
    """The (N, K) patterns that the settings describe, with this seed in place of theirs."""
    return FAMILIES[settings.family].draw(settings, stream(seed, "patterns")).T


def draw_memories(settings: Settings) -> Memories:
    """The stored patterns that the settings describe, with their shape and names."""
    family = FAMILIES[settings.family]
    return Memories(np.ascontiguousarray(draw_patterns(settings, settings.seed)), family.shape, family.names(settings))


# -------------------------------------------------------------------------------------------------------------------- cues


def _flip(cue: np.ndarray, entries: np.ndarray) -> None:
    cue[entries] *= -1


def _mask(cue: np.ndarray, entries: np.ndarray) -> None:
    cue[entries] = 0


def _own(cue: np.ndarray, entries: np.ndarray) -> None:
    sentence = "cue = 'own': it needs the cue itself, as cue=[…]"
    raise Refusal("cue", "own", "another cue, or cue=[…]", key="own_cue", sentence=sentence)


CUES.update(flip=_flip, mask=_mask, own=_own)


def draw_cue(settings: Settings, patterns: np.ndarray, seed: int) -> np.ndarray:
    """x(0): the target with exactly n entries flipped, or masked to 0."""
    cue = patterns[:, settings.target].astype(np.int8)
    entries = stream(seed, "cue").permutation(settings.N)[: settings.flips]
    CUES[settings.cue](cue, entries)
    return cue


# ------------------------------------------------------------------------------------------------------- the caller's own


def own_memories(given: Any) -> Memories:
    """The caller's patterns, checked: an (N, K) array of ±1, images of shape (K, h, w), or a `Memories` as it is."""
    if isinstance(given, Memories):
        return given
    array = _numbers(given, "memories", "an (N, K) array of −1 and +1, or images of shape (K, h, w)")
    if array.ndim == 3:
        return memories_from_images(array)
    if array.ndim != 2 or 0 in array.shape:
        raise _misshapen("memories", array.shape, "an (N, K) array of −1 and +1, or images of shape (K, h, w)")
    if not np.all(np.abs(array) == 1):
        wrong = array[np.abs(array) != 1][0]
        sentence = f"memories holds {wrong:g}: every entry must be −1 or +1"
        raise Refusal("memories", float(wrong), "−1 or +1", key="entry", sentence=sentence)
    return Memories(np.ascontiguousarray(array, dtype=np.int8), None, tuple(str(mu + 1) for mu in range(array.shape[1])))


def memories_from_images(images: Any, threshold: float | None = None) -> Memories:
    """Images (K, h, w) as patterns: +1 where a pixel is above the threshold (each image's own mid-grey if none is given)."""
    array = _numbers(images, "images", "an array of shape (K, h, w)")
    if array.ndim != 3 or 0 in array.shape:
        raise _misshapen("images", array.shape, "(K, h, w)")
    flat = array.reshape(len(array), -1)
    if threshold is None:
        middle = flat.min(axis=1, keepdims=True) / 2 + flat.max(axis=1, keepdims=True) / 2
    else:
        middle = float(threshold)
    patterns = np.where(flat > middle, 1, -1).astype(np.int8)
    return Memories(np.ascontiguousarray(patterns.T), array.shape[1:], tuple(str(mu + 1) for mu in range(len(array))))


def own_cue(given: Any, N: int) -> np.ndarray:
    """The caller's cue, checked: N finite numbers, usually ±1 (0 for an entry that is not known)."""
    array = _numbers(given, "cue", f"{N} finite numbers, one for each neuron")
    if array.shape != (N,):
        raise _misshapen("cue", array.shape, f"{N} finite numbers, one for each neuron")
    return array


def _numbers(given: Any, name: str, wanted: str) -> np.ndarray:
    try:
        array = np.asarray(given)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = array.astype(float)
    except (TypeError, ValueError):
        sentence = f"{name} is not an array of real numbers: it must be {wanted}"
        raise Refusal(name, type(given).__name__, wanted, key="array", sentence=sentence) from None
    if not np.all(np.isfinite(array)):
        wrong = array[~np.isfinite(array)][0]
        raise Refusal(name, float(wrong), wanted, key="entry", sentence=f"{name} holds {wrong}: it must be {wanted}")
    return array


def _misshapen(name: str, shape: tuple[int, ...], wanted: str) -> Refusal:
    return Refusal(name, shape, wanted, key="shape", sentence=f"{name} has shape {shape}: it must be {wanted}")
