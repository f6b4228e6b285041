"""How the context gate of Choraria et al. 2026 is shown: two readings of one cue, and the context that decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np

from app.address import WORDS as ADDRESS
from app.address import Key, compact, refusal
from app.chapters.base import Chapter, Values
from app.chapters.context.narration import narrate
from app.chapters.context.pack import pack
from app.chapters.context.quantities import POINTS, QUANTITIES
from app.chapters.frames import Told
from app.chapters.session import ChapterSession
from app.drawn import NONSENSE, WrongSize, draw_cue, read_bits, write_bits
from app.numbers import number
from app.takeaway import Literals
from app.words import words
from core.context.patterns import draw_patterns, draw_trial, pair_of
from core.context.settings import CATEGORIES, DRAWN, Settings
from core.context.theory import kappa, tie_coupling
from core.gates import Gates
from core.glyphs import GLYPHS, LETTER_SHAPE
from core.registry import system_named

WORDS = words(__package__)["page"]
HEX = r"[0-9a-f]{2,1024}"
MOST_BESIDE = 12  # letters and digits that are written beside the glyph
OPPOSITE = {"letters": "digits", "digits": "letters", "target": "other", "other": "target"}


class ContextGate(Chapter):
    """S or 5? The cue cannot decide, the context can."""

    system = system_named("context")
    path = "context"
    cards = ("glyphs", "shares", "triangle", "landscape", "gates", "energy", "fork", "facts")
    maps = (("lam", "alpha"),)
    study_defaults = {"pair": DRAWN, "context": "target", "noise": 0.1, "horizon": 20.0}  # without noise trials are 16 cases
    timeless = ("seed", "noise", "pair", "context", "target")
    always_written = ("pair", "context", "lam", "u0", "alpha", "beta", "seed")
    most = {"N": 256, "K": 256}
    opened_files = {"N": most["N"], "memories": 1, "shape": LETTER_SHAPE}

    def pack(self, runs: Sequence[Any]) -> bytes:
        return pack(runs, self.narrate)

    def narrate(self, run: Any) -> Told:
        return narrate(run)

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """Pair and context stand on the stage itself."""
        return tuple(name for name in super().folded if name not in ("pair", "context"))

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """With the pairs that the stage offers, most alike first, and how many pixels each pair has in common."""
        said = super().words
        return {**said, "stage": {**said["stage"], "pairs": [[pair, _called(n, pair)] for n, pair in _pairs()]}}

    def choices(self, name: str) -> dict[str, str]:
        """Each pair once, most alike first."""
        known = super().choices(name)
        if name != "pair":
            return known
        return {DRAWN: known[DRAWN], **{pair: _called(n, pair) for n, pair in _pairs()}}

    @property
    def drawn_keys(self) -> Mapping[str, Key]:
        return {"own_cue": compact("own_cue", rf"{HEX}(\.{HEX})?", lambda text: text)}

    @property
    def own_view_keys(self) -> Mapping[str, Key]:
        return {"beside": compact("beside", rf"[A-Za-z0-9]{{0,{MOST_BESIDE}}}", lambda text: text)}

    @property
    def own_deeds(self) -> Mapping[str, Callable[..., None]]:
        return {"cue": draw_cue, "beside": write_beside, "store": take_cue}

    def companions(self, values: Values) -> Mapping[str, Values]:
        """The same cue under the other context, from its start."""
        other = OPPOSITE.get(values["context"])
        if other is None:
            return {}
        return {WORDS["companions"][other]: {**values, "context": other, "target": self._named(values), "bends": ""}}

    def _named(self, values: Values) -> int:
        """The place in the pair of the pattern that is meant, whatever the context says."""
        settings = self.settings(values)
        trial = draw_trial(settings, settings.seed)
        return trial.pair.index(trial.target)

    def given(self, values: Values) -> dict[str, Any]:
        given = super().given(values)
        cue = _own_cue(values)
        return given if cue is None else {**given, "cue": cue}

    def check_settings(self, settings: Any) -> None:
        for name in ("context", "cue"):  # those of a caller's own are arrays, which a page has keys for
            if getattr(settings, name) == "own":
                raise refusal(name, "own", ADDRESS["own_by_hand"])

    def check_drawn(self, values: Values, settings: Any) -> None:
        _own_cue(values)

    def sizes(self, values: Values) -> Mapping[str, Any]:
        return self.system.settings_class.filled(values)

    @property
    def quantities(self) -> Mapping[str, Callable[[Sequence[Any]], Any]]:
        return QUANTITIES

    @property
    def points(self) -> Mapping[str, str]:
        return POINTS

    def memories(self, values: Values) -> Sequence[str]:
        return list(GLYPHS) if values["family"] == "glyphs" else ()

    def literals(self, run: Any) -> Literals:
        """A cue of one's own."""
        cue = run.settings["cue"]
        if isinstance(cue, str):
            return Literals()
        return Literals({"cue": repr([int(mark) for mark in np.sign(cue)])}, ("cue", "noise"))

    def hint(self, name: str, values: Values) -> str:
        if name != "noise" or values["own_cue"] or values["cue"] == "noisy":
            return ""
        settings = self.settings(values)
        known = int((draw_trial(settings, settings.seed).cue != 0).sum())
        return WORDS["flips"].format(count=round(values["noise"] * known), total=known)

    def mark(self, name: str, values: Values) -> tuple[float, str] | None:
        """λ_c on the coupling's slider, α_crit on that of competition, and on that of β where κ is 1."""
        if name not in ("lam", "alpha", "beta"):
            return None
        settings = self.settings(values)
        gates = _gates(*(getattr(settings, given) for given in ("family", "N", "K", "contexts", "seed", "alpha")))
        if name == "alpha":
            crit = float(gates.alpha_crit[0])
            return crit, WORDS["alpha_crit"].format(alpha=number(crit))
        if float(gates.eta_min[0]) <= 0:
            return None
        if name == "beta":
            if not settings.lam:
                return None
            beta = settings.beta / kappa(settings, gates)
            return beta, WORDS["unique"].format(beta=number(beta))
        tie = tie_coupling(settings, gates, *pair_of(settings, settings.seed))
        return tie, WORDS["tie"].format(lam=number(tie))


@lru_cache(maxsize=64)
def _gates(family: str, N: int, K: int, contexts: int, seed: int, alpha: float) -> Gates:
    """The gates of what is stored, which two sliders' marks ask for after every change; their modes are costly to find."""
    settings = Settings.of({"family": family, "N": N, "K": K, "contexts": contexts, "alpha": alpha})
    return Gates(draw_patterns(settings, seed)[0][None], alpha)


def _called(shared: int, pair: str) -> str:
    return str(WORDS["pair"].format(first=pair[0], second=pair[1], shared=shared))


@cache
def _pairs() -> list[tuple[int, str]]:
    """All pairs of glyphs with how many pixels they share, most alike first."""
    names, drawn = list(GLYPHS), list(GLYPHS.values())
    found = [
        (sum(a == b for a, b in zip(drawn[i], drawn[j], strict=True)), names[i] + names[j])
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]
    return sorted(found, key=lambda one: -one[0])


def _own_cue(values: Values) -> np.ndarray | None:
    """The cue that was drawn on the page, as `simulate` takes it."""
    if not values["own_cue"]:
        return None
    try:
        return read_bits(values["own_cue"], values["N"])
    except WrongSize as wrong:
        raise refusal("own_cue", values["own_cue"], str(wrong)) from None


def take_cue(session: ChapterSession, N: int, patterns: list[str]) -> None:
    """A cue out of a file, which the browser has read."""
    if not isinstance(patterns, list) or len(patterns) != 1 or not isinstance(patterns[0], str) or isinstance(N, bool):
        raise ValueError(NONSENSE)
    if session.whole(N) != session.held.N:
        raise ValueError(WORDS["files"]["other_size"].format(found=N, count=session.held.N))
    entries = np.where(read_bits(patterns[0], N) > 0, 1, -1)
    session.change({"own_cue": write_bits(entries), "bends": ""}, notices=[WORDS["files"]["stored_one"]])


def write_beside(session: ChapterSession, text: str) -> None:
    """Letters or digits beside the glyph: their category is the context."""
    if not isinstance(text, str):
        raise TypeError
    kept = "".join(mark for mark in text.upper() if mark in GLYPHS)[:MOST_BESIDE]
    kinds = {CATEGORIES[mark.isdigit()] for mark in kept}
    context = "none" if not kinds else kinds.pop() if len(kinds) == 1 else "both"
    session.held.beside = kept
    session.set({"context": context})
    if others := "".join(dict.fromkeys(mark for mark in text if mark.upper() not in GLYPHS and not mark.isspace()))[:MOST_BESIDE]:
        session.refuse(WORDS["beside_others"].format(others=others))


CHAPTER = ContextGate()
