"""Every parameter of the context gate once: symbol, meaning, default, what is accepted, what a page shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from core.gates import competition_field, gates_time_field, strength_field
from core.glyphs import GLYPHS, LETTER_SHAPE
from core.integrate import horizon_field, integrator_field, resolution_field, tolerance_field
from core.parameters import BaseSettings, Parameter, Refusal, parameter, parameters_of
from core.random import seed_field

PAIRS = tuple(map("".join, permutations(GLYPHS, 2)))
DRAWN = "drawn"  # the seed draws one of these, and which of the two is meant
PAIRS_OR_DRAWN = (*PAIRS, DRAWN)
DEMONSTRATED = ("S5", "O0", "B8", "Z2", "I1", "G6", "J9", "A4")
NAMED = -1  # the target is the member of the pair that the context names
CATEGORIES = ("letters", "digits")
GLYPH_SIZES = {"N": LETTER_SHAPE[0] * LETTER_SHAPE[1], "K": len(GLYPHS)}
FAMILIES = {
    "glyphs": "letters and digits", "gauss": "Gaussian, of length 1", "cluster": "one tight cluster", "coins": "random ±1",
    "cued": "cues with several contents",
}  # fmt: skip
CONTEXTS = {
    "letters": "letters", "digits": "digits", "both": "both categories alike", "none": "no context", "target": "the target’s own",
    "other": "the other’s", "noisy": "the target itself, with noise",
}  # fmt: skip
CUES = {
    "shared": "what both have in common", "first": "all of the first", "second": "all of the second",
    "noisy": "the target, with Gaussian noise", "none": "nothing",
}  # fmt: skip
ORIGINS = {"level": "all gains alike", "nudged": "all alike, but for a small nudge", "corner": "the target recalled already"}


@dataclass(frozen=True)
class Settings(BaseSettings):
    """All that decides a run, but for a context or a cue of the caller's own. Defaults are ours: the paper states no times."""

    pair: str = parameter(
        "S5", "pair", "the two patterns between which the cue does not decide", choices=lambda: PAIRS_OR_DRAWN, called="pair",
        only_with=("family", "glyphs"), choices_called={DRAWN: "one of eight, drawn by the seed"},
        of_many="two different glyphs of A to Z and 0 to 9, such as S5, or drawn",
    )  # fmt: skip
    context: str = parameter(
        "letters", "context", "which category the context names, or nothing, or the target itself with noise",
        choices=lambda: (*CONTEXTS, "own"), called="context", choices_called=CONTEXTS, bends=True,
    )  # fmt: skip
    lam: float = parameter(
        0.25, "λ", "coupling of gates and retrieval, both ways", low=0.0, high=1e3, shown=(1e-2, 8.0), scale="log",
        limits=(0.0,), called="coupling", axis="coupling of gates and retrieval", slider=1, bends=True,
    )  # fmt: skip
    u0: float = strength_field(called="of the context", axis="strength of the context", slider=2)
    alpha: float = competition_field(10.0, (0.0, 1.2), called="competition", axis="competition of the gates", slider=3)
    beta: float = parameter(
        20.0, "β", "steepness of retrieval: p = softmax(βr)", low=1e-3, high=1e4, shown=(1.0, 200.0), scale="log",
        called="steepness", axis="steepness of retrieval", slider=4, bends=True,
    )  # fmt: skip
    tau_s: float = gates_time_field(0.1, (1e-2, 30.0), slider=5)
    tau_r: float = parameter(
        0.5, "τ_r", "time constant of retrieval", low=1e-6, high=1e6, shown=(1e-2, 30.0), scale="log",
        called="retrieval’s time", axis="retrieval’s time constant", slider=6, bends=True,
    )  # fmt: skip
    tau_q: float = parameter(
        1.0, "τ_q", "time constant of the cue, which what is recalled fills in; ∞ holds it as it is",
        low=1e-6, shown=(1e-2, 30.0), scale="log", limits=(math.inf,),
        called="cue’s time", axis="cue’s time constant", slider=7, bends=True,
    )  # fmt: skip
    noise: float = parameter(
        0.0, "noise", "fraction of the known entries of the cue that is flipped: exactly round(noise·known)",
        low=0.0, high=1.0, shown=(0.0, 0.5), called="of the cue", axis="flipped fraction of the cue", slider=8,
    )  # fmt: skip
    seed: int = seed_field()
    horizon: float = horizon_field()
    target: int = parameter(
        NAMED, "target", "which of the pair is to be recalled, 0 or 1; −1 is the one that the context names",
        low=NAMED, high=1, called="which of the pair",
    )  # fmt: skip
    cue: str = parameter(
        "shared", "cue", "where retrieval begins", choices=lambda: (*CUES, "own"), choices_called=CUES, called="cue"
    )
    family: str = parameter(
        "glyphs", "patterns", "what is stored", choices=lambda: tuple(FAMILIES), choices_called=FAMILIES, called="patterns"
    )
    N: int = parameter(GLYPH_SIZES["N"], "N", "number of dimensions", low=1, high=4096, shown=(4, 256), called="dimensions")
    K: int = parameter(
        GLYPH_SIZES["K"], "K", "number of stored patterns", low=2, high=4096, shown=(2, 256), called="patterns stored"
    )
    contexts: int = parameter(
        2, "contexts", "cues with several contents: how many contents each cue has", low=2, high=64, shown=(2, 8),
        called="contents of a cue", only_with=("family", "cued"),
    )  # fmt: skip
    sigma_q: float = parameter(
        1.1, "σ_q", "noise of a cue that is noisy: its standard deviation is σ_q/√N an entry", low=0.0, high=100.0,
        shown=(0.0, 3.0), called="noise of the cue", only_with=("cue", "noisy"),
    )  # fmt: skip
    sigma_c: float = parameter(
        0.3, "σ_c", "noise of a context that is noisy: its standard deviation is σ_c/√N an entry", low=0.0, high=100.0,
        shown=(0.0, 3.0), called="noise of the context", only_with=("context", "noisy"),
    )  # fmt: skip
    origin: str = parameter(
        "level", "origin", "where retrieval begins, besides its cue", choices=lambda: tuple(ORIGINS), choices_called=ORIGINS,
        called="gains at first",
    )  # fmt: skip
    bias: str = parameter(
        "none", "bias", "whether scores are shifted so that equal gains are a state of rest, as Theorem C.2 has it (ours)",
        choices=lambda: ("none", "compensated"), choices_called={"none": "none", "compensated": "equal gains rest"},
        called="bias of the scores",
    )  # fmt: skip
    neurons: str = parameter(
        "identity", "neurons", "how the cue's neurons respond", choices=lambda: ("identity", "tanh"),
        choices_called={"identity": "as they are", "tanh": "tanh(σq)"}, called="neurons",
    )  # fmt: skip
    sigma: float = parameter(
        5.0, "σ", "steepness of neurons that respond by tanh", low=0.01, high=100.0, shown=(0.1, 20.0), scale="log",
        called="steepness of the neurons", only_with=("neurons", "tanh"),
    )  # fmt: skip
    gates: str = parameter(
        "exact", "gates", "how split steps move the gates: exactly, or by Eyre's splitting", choices=lambda: ("exact", "eyre"),
        choices_called={"exact": "exactly", "eyre": "Eyre’s splitting"}, called="step of the gates",
    )  # fmt: skip
    integrator: str = integrator_field()
    resolution: float = resolution_field()
    tolerance: float = tolerance_field()

    def check_together(self) -> None:
        for name, size in GLYPH_SIZES.items() if self.family == "glyphs" else ():
            if getattr(self, name) != size:
                sentence = f"{name} = {getattr(self, name)}: it must be {size}, as the patterns '{self.family}' have it"
                raise Refusal(name, getattr(self, name), str(size), key="family_size", sentence=sentence)
        if self.family == "cued" and self.K % self.contexts:
            allowed = f"a multiple of {self.contexts}, the contents of a cue"
            raise Refusal("K", self.K, allowed, key="multiple")
        if self.context in CATEGORIES and self.family != "glyphs":
            self._refuse_without_glyphs("context", ("target", "other") if self.family == "cued" else ())
        if self.context in ("target", "other") and self.family not in ("glyphs", "cued"):
            self._refuse_without_glyphs("context")
        if self.cue in ("shared", "first", "second") and self.family in ("gauss", "cluster"):
            self._refuse_without_glyphs("cue")

    def _refuse_without_glyphs(self, name: str, also: tuple[str, ...] = ()) -> None:
        value = getattr(self, name)
        every = CONTEXTS if name == "context" else CUES
        allowed = f"one of {', '.join([*also, *(one for one in every if one in ('none', 'both', 'noisy'))])}"
        sentence = f"{name} = {value!r}: it must be {allowed}, or an array, since the patterns are {self.family!r}"
        raise Refusal(name, value, allowed, key="family", sentence=sentence)

    @classmethod
    def filled(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """What other patterns are usually asked: those of the paper's figure D.1, a cluster, or 20 cues of two contents."""
        usual: dict[str, dict[str, Any]] = {
            "gauss": {"N": 10, "K": 50, "cue": "noisy", "context": "noisy", "beta": 3.5, "u0": 1.0},
            "cluster": {"N": 10, "K": 50, "cue": "noisy", "context": "noisy", "beta": 3.5, "u0": 1.0},
            "glyphs": {**GLYPH_SIZES},
            "coins": {**GLYPH_SIZES, "cue": "shared", "context": "noisy"},
            "cued": {"N": 64, "K": 20 * given.get("contexts", 2) if isinstance(given.get("contexts", 2), int) else 40,
                     "context": "target", "noise": 0.1},
        }  # fmt: skip
        family = given.get("family")
        return usual.get(family, {}) if isinstance(family, str) else {}


PARAMETERS: Mapping[str, Parameter] = parameters_of(Settings)
