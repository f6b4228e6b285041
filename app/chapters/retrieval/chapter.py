"""How the memories of Vivet & Arenas 2026 are shown, and what only their page can do: a cue and memories drawn by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from app.address import WORDS as ADDRESS
from app.address import Key, compact, one_of, refusal
from app.chapters.base import Chapter, Values
from app.chapters.frames import Told
from app.chapters.retrieval.narration import narrate
from app.chapters.retrieval.pack import pack
from app.chapters.retrieval.quantities import CURVES, POINTS, QUANTITIES
from app.chapters.session import ChapterSession
from app.drawn import (
    MOST_DRAWN,
    NONSENSE,
    WrongSize,
    draw_cue,
    is_blend,
    read_bits,
    read_blend,
    read_drawn,
    write_bits,
    write_drawn,
)
from app.numbers import number
from app.takeaway import Literals
from app.words import words
from core.registry import system_named
from core.retrieval.basins import blend
from core.retrieval.melting import melting_temperature
from core.retrieval.names import FAMILIES
from core.retrieval.patterns import Memories, draw_memories

WORDS = words(__package__)["page"]
MARKS = "-0+"  # how a cue of −1, 0 and +1 is written
HEX = r"[0-9a-f]{2,256}"
BLEND = r"\d{1,4}(\.\d{1,4}){1,7}"  # memories, and as many weights


class Retrieval(Chapter):
    """The first page: a memory recalls while astrocytes weigh what it stores."""

    system = system_named("retrieval")
    path = ""
    cards = ("neurons", "overlaps", "simplex", "energy", "attention", "facts")
    maps = (("tau_p", "T"),)
    timeless = ("seed", "noise")
    always_written = ("model", "N", "K", "T", "tau_p", "tau_x", "noise", "seed")
    most = {"N": 1024, "K": 512}
    opened_files = {"N": most["N"], "memories": MOST_DRAWN}

    def pack(self, runs: Sequence[Any]) -> bytes:
        names = [None if name == _numbered(memory) else name for memory, name in enumerate(runs[0].names)]
        return pack(runs, names=names if any(names) else None, narrate=narrate)

    def narrate(self, run: Any) -> Told:
        return narrate(run)

    @property
    def drawn_keys(self) -> Mapping[str, Key]:
        return {
            "own_cue": compact("own_cue", rf"{HEX}(\.{HEX})?|{BLEND}~{BLEND}", lambda text: is_blend(text) and read_blend(text)),
            "own_patterns": compact("own_patterns", rf"\d{{1,4}}\.{HEX}(~\d{{1,4}}\.{HEX})*", read_drawn),
        }

    @property
    def own_view_keys(self) -> Mapping[str, Key]:
        return {
            "energy": one_of("energy", "whole", lambda: ("whole", "parts", "powers")),
            "gains": one_of("gains", "triangle", lambda: ("triangle", "wheel", "landscape")),
        }

    @property
    def own_deeds(self) -> Mapping[str, Callable[..., None]]:
        return {"cue": draw_cue, "memory": draw_memory, "store": store}

    def given(self, values: Values) -> dict[str, Any]:
        given = super().given(values)
        drawn = drawn_by_hand(values, self.settings(values))
        if "memories" in drawn:  # the memories come as they are, so their family says nothing
            del given["family"]
        return {**given, **drawn}

    def check_settings(self, settings: Any) -> None:
        for name in ("family", "cue"):  # what is drawn by hand has keys of its own
            if getattr(settings, name) == "own":
                raise refusal(name, "own", ADDRESS["own_by_hand"])

    def check_drawn(self, values: Values, settings: Any) -> None:
        drawn_by_hand(values, settings)

    def sizes(self, values: Values) -> Mapping[str, Any]:
        return FAMILIES[values["family"]].sizes

    @property
    def quantities(self) -> Mapping[str, Callable[[Sequence[Any]], Any]]:
        return QUANTITIES

    @property
    def points(self) -> Mapping[str, str]:
        return POINTS

    @property
    def curves(self) -> Mapping[str, str]:
        return CURVES

    def memories(self, values: Values) -> Sequence[str]:
        return draw_memories(self.settings(values)).names

    def literals(self, run: Any) -> Literals:
        """Memories and a cue of one's own."""
        made, unsaid = {}, []
        if "memories" in run.settings:
            made["memories"] = _patterns_literal(run.patterns)
            unsaid += ["N", "K", "family"]
        if not isinstance(run.settings["cue"], str):
            made["cue"] = _cue_literal(run.cue)
            unsaid += ["noise", "cue"]
        return Literals(made, tuple(unsaid))

    def hint(self, name: str, values: Values) -> str:
        if name != "noise" or values["own_cue"]:
            return ""
        return WORDS["flips"].format(count=self.settings(values).flips, total=values["N"])

    def mark(self, name: str, values: Values) -> tuple[float, str] | None:
        if (name, values["model"], values["family"]) != ("T", "astrocyte", "coins") or values["own_patterns"]:
            return None
        melting = melting_temperature(values["N"], values["K"])
        return None if melting is None else (melting, WORDS["melting"].format(T=number(melting)))


def _numbered(memory: int) -> str:
    """What a memory without a name of its own is called."""
    return str(memory + 1)


def drawn_by_hand(values: Values, settings: Any) -> dict[str, Any]:
    """The cue and the memories that were drawn on the page, as `simulate` takes them."""
    drawn: dict[str, Any] = {}
    try:
        if values["own_patterns"]:
            stored = draw_memories(settings)
            patterns, names = stored.patterns.copy(), list(stored.names)
            for memory, bits in read_drawn(values["own_patterns"]).items():
                if memory >= settings.K:
                    raise WrongSize(ADDRESS["drawn_memory"].format(count=settings.K))
                patterns[:, memory] = np.where(read_bits(bits, settings.N) > 0, 1, -1)
                names[memory] = _numbered(memory)  # it may not be that letter any more
            drawn["memories"] = Memories(patterns, stored.shape, tuple(names))
    except WrongSize as wrong:
        raise refusal("own_patterns", values["own_patterns"], str(wrong)) from None
    try:
        if is_blend(values["own_cue"]):
            stored = drawn.get("memories") or draw_memories(settings)
            drawn["cue"] = _blended(values["own_cue"], stored.patterns)
        elif values["own_cue"]:
            drawn["cue"] = read_bits(values["own_cue"], settings.N)
    except WrongSize as wrong:
        raise refusal("own_cue", values["own_cue"], str(wrong)) from None
    return drawn


def _blended(text: str, patterns: np.ndarray) -> np.ndarray:
    """A cue between stored memories, Σ_μ w_μ ξ_μ."""
    memories, weights = read_blend(text)
    K = patterns.shape[1]
    if max(memories) >= K:
        raise WrongSize(ADDRESS["drawn_memory"].format(count=K))
    return blend(patterns[:, memories], np.array([weights]), "values", 0)[0]


def _cue_literal(cue: np.ndarray) -> str:
    if np.all(np.isin(cue, (-1, 0, 1))):
        return f'["{MARKS}".index(mark) - 1 for mark in "{"".join(MARKS[int(entry) + 1] for entry in cue)}"]'
    return repr([float(entry) for entry in cue])


def _patterns_literal(patterns: np.ndarray) -> str:
    bits = np.packbits(patterns > 0).tobytes().hex()
    N, K = patterns.shape
    return f'np.unpackbits(np.frombuffer(bytes.fromhex("{bits}"), np.uint8), count={N * K}).reshape({N}, {K}) * 2.0 - 1'


# ------------------------------------------------------------------------------------------------------ what is drawn by hand


def draw_memory(session: ChapterSession, index: int, pattern: list[float]) -> None:
    """One memory as it was drawn."""
    if not isinstance(pattern, list) or len(pattern) != session.held.N or any(entry not in (-1, 1) for entry in pattern):
        raise ValueError(NONSENSE)
    drawn = {**read_drawn(session.held.own_patterns), session.whole(index): write_bits(pattern)}
    session.change({"own_patterns": write_drawn(drawn), "bends": ""})


def store(session: ChapterSession, N: int, patterns: list[str]) -> None:
    """Memories out of files, which the browser has read: one takes the place of the target, several are all there are."""
    if not isinstance(patterns, list) or not 0 < len(patterns) <= MOST_DRAWN or isinstance(N, bool):
        raise ValueError(NONSENSE)
    held = session.held
    N = session.chapter.parameters["N"].check(N)
    if len(patterns) == 1:
        drawn = read_drawn(held.own_patterns) if N == held.N else {}
        K, target, first, said = held.K, held.target, held.target, "stored_one"
    else:
        drawn, K, first, said = {}, len(patterns), 0, "stored_many"
        target = min(held.target, K - 1)
    for index, bits in enumerate(patterns, first):
        if not isinstance(bits, str):
            raise ValueError(NONSENSE)
        drawn[index] = write_bits(np.where(read_bits(bits, N) > 0, 1, -1))
    if len(drawn) > MOST_DRAWN:
        raise ValueError(WORDS["files"]["too_many"].format(most=MOST_DRAWN))
    family = "coins" if FAMILIES[held.family].most else held.family  # pictures of one size
    sizes = {"N": N, "K": K, "target": target, "family": family}
    notice = WORDS["files"][said].format(memories=K, count=N)
    session.change({**sizes, "own_patterns": write_drawn(drawn), "own_cue": "", "bends": ""}, notices=[notice])


CHAPTER = Retrieval()
