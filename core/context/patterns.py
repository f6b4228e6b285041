"""What a trial starts from: the stored patterns, of length 1, the drive of its context, its cue, and which pattern is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from core.context.settings import CATEGORIES, DEMONSTRATED, DRAWN, NAMED, Settings
from core.glyphs import GLYPHS, LETTER_SHAPE, letter_patterns
from core.parameters import Refusal
from core.random import stream

NUDGE, CORNER = 1e-4, 5.0  # of r(0)
CLUSTER_CENTRE, CLUSTER_SPREAD = 2.0, 0.3


@dataclass(frozen=True)
class Trial:
    """One trial before it begins."""

    Z: np.ndarray  # (N, K), columns of length 1
    membership: np.ndarray  # (K, C): which category each pattern belongs to
    pair: tuple[int, int]
    target: int  # the pattern that is to be recalled
    drive: np.ndarray  # (K,): u for u₀ = 1
    cue: np.ndarray  # (N,): q(0)
    scores: np.ndarray  # (K,): r(0)

    @property
    def other(self) -> int:
        return self.pair[0] if self.target == self.pair[1] else self.pair[1]


def draw_trial(
    settings: Settings, seed: int, context: np.ndarray | None = None, cue: np.ndarray | None = None, target: int | None = None
) -> Trial:
    """What the settings and this seed say; a context or a cue of the caller's own take the place of those, and a target that
    was meant before stays meant, whatever the context names now."""
    Z, membership = draw_patterns(settings, seed)
    pair = pair_of(settings, seed)
    if target is None:
        target = pair[_place(settings, [int(membership[k].argmax()) for k in pair], seed)]
    other = pair[0] if target == pair[1] else pair[1]
    drive = _drive(settings, Z, membership, target, other, seed) if context is None else own_drive(context, membership)
    begin = draw_cue(settings, Z, pair, target, seed) if cue is None else own_cue(cue, len(Z))
    return Trial(Z, membership, pair, target, drive, begin, _first_scores(settings, target, seed))


def pair_of(settings: Settings, seed: int) -> tuple[int, int]:
    """The two patterns in question; where they have no names, the first two."""
    if settings.family != "glyphs":
        return 0, 1
    pair = settings.pair
    if pair == DRAWN:
        pair = DEMONSTRATED[int(stream(seed, "pair").integers(len(DEMONSTRATED)))]
    names = list(GLYPHS)
    return names.index(pair[0]), names.index(pair[1])


def _first_scores(settings: Settings, target: int, seed: int) -> np.ndarray:
    """r(0)."""
    if settings.origin == "nudged":
        return NUDGE * stream(seed, "origin").standard_normal(settings.K)
    scores = np.zeros(settings.K)
    scores[target] = CORNER if settings.origin == "corner" else 0.0
    return scores


def _place(settings: Settings, category: Sequence[int], seed: int) -> int:
    """The place of the target in the pair."""
    if settings.target != NAMED:
        return settings.target
    if settings.pair == DRAWN and settings.context in ("target", "other", "none", "both", "noisy"):
        return int(stream(seed, "place").integers(2))
    wanted = _category(settings)
    return 1 if wanted is not None and category[0] != wanted and category[1] == wanted else 0


def _category(settings: Settings) -> int | None:
    """The category that the context names, if it names one."""
    return CATEGORIES.index(settings.context) if settings.context in CATEGORIES else None


@cache
def _glyphs() -> tuple[np.ndarray, np.ndarray]:
    is_digit = np.array([name.isdigit() for name in GLYPHS])
    Z = letter_patterns().T / np.sqrt(LETTER_SHAPE[0] * LETTER_SHAPE[1])
    return _kept(Z), _kept(np.stack([~is_digit, is_digit], axis=1).astype(float))


def _kept(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def draw_patterns(settings: Settings, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(Z, membership): patterns as columns of length 1, and the category of each."""
    N, K = settings.N, settings.K
    if settings.family == "glyphs":
        return _glyphs()
    draw = stream(seed, "patterns")
    one = np.ones((K, 1))
    if settings.family == "coins":
        return (2.0 * draw.integers(0, 2, size=(N, K)) - 1) / np.sqrt(N), one
    if settings.family == "cued":  # the first half is the cue, which all contents of one cue share
        part, cues = N // 2, K // settings.contexts
        shared = np.repeat(draw.integers(0, 2, size=(part, cues)), settings.contexts, axis=1)
        content = draw.integers(0, 2, size=(N - part, K))
        membership = np.tile(np.eye(settings.contexts), (cues, 1))
        return (2.0 * np.concatenate([shared, content]) - 1) / np.sqrt(N), membership
    Z = draw.standard_normal((N, K))
    if settings.family == "cluster":
        centre = Z[:, :1] if K == 1 else draw.standard_normal((N, 1))
        Z = CLUSTER_CENTRE * centre / np.linalg.norm(centre) + CLUSTER_SPREAD * Z
    return Z / np.linalg.norm(Z, axis=0), one


def _drive(settings: Settings, Z: np.ndarray, membership: np.ndarray, target: int, other: int, seed: int) -> np.ndarray:
    """u for u₀ = 1: what a context of strength 1 gives each gate."""
    context, K = settings.context, settings.K
    if context == "none":
        return np.zeros(K)
    if context == "both":
        return np.ones(K) / 2
    if context == "noisy":  # as in the paper: W₁ = Zᵀ
        noise = stream(seed, "context").standard_normal(len(Z))
        return np.asarray(Z.T @ (Z[:, target] + settings.sigma_c * noise / np.sqrt(len(Z))))
    named = _category(settings)
    if named is None:
        named = int(membership[target if context == "target" else other].argmax())
    return np.asarray(membership[:, named])


def draw_cue(settings: Settings, Z: np.ndarray, pair: tuple[int, int], target: int, seed: int) -> np.ndarray:
    """q(0): the entries in which the pair agree, the others 0; or all of one; or the target with noise. Some may be flipped."""
    a, b = Z[:, pair[0]], Z[:, pair[1]]
    if settings.cue == "noisy":
        cue = Z[:, target] + settings.sigma_q * stream(seed, "cue").standard_normal(len(Z)) / np.sqrt(len(Z))
    elif settings.cue == "none":
        cue = np.zeros(len(Z))
    elif settings.cue == "shared" and settings.family == "cued":
        cue = np.where(np.arange(len(Z)) < len(Z) // 2, Z[:, target], 0.0)
    elif settings.cue == "shared":
        cue = np.where(a == b, a, 0.0)
    else:
        cue = (a if settings.cue == "first" else b).copy()
    known = np.flatnonzero(cue)
    flips = round(settings.noise * len(known))
    if flips and settings.cue != "noisy":
        order = stream(seed, "flips").permutation(len(known))
        cue[known[order[:flips]]] *= -1
    return cue


def own_drive(context: Any, membership: np.ndarray) -> np.ndarray:
    """A context of the caller's own: how much it says for each pattern, or for each category."""
    drive = _numbers("context", context)
    K, categories = membership.shape
    if drive.shape == (K,):
        return drive
    if drive.shape == (categories,) and categories > 1:
        return np.asarray(membership @ drive)
    allowed = f"{K} numbers, one for each pattern" + (f", or {categories}, one for each category" if categories > 1 else "")
    raise Refusal(
        "context", None, allowed, key="context_size", sentence=f"context has {drive.size} numbers: it must be {allowed}"
    )


def own_cue(cue: Any, N: int) -> np.ndarray:
    """A cue of the caller's own; one of ±1 and 0 is brought to the length that patterns have."""
    entries = _numbers("cue", cue)
    if entries.shape != (N,):
        allowed = f"{N} numbers"
        raise Refusal("cue", None, allowed, key="cue_size", sentence=f"cue has {entries.size} numbers: it must be {allowed}")
    return entries / np.sqrt(N) if np.all(np.isin(entries, (-1, 0, 1))) else entries


def _numbers(name: str, given: Any) -> np.ndarray:
    try:
        array = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.ndim != 1 or not np.isfinite(array).all():
        allowed = "a row of finite numbers"
        raise Refusal(name, None, allowed, key="numbers", sentence=f"{name}: it must be {allowed}")
    return array
