"""Every parameter of the retrieval system once: symbol, meaning, default, what is accepted, what a page shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.gates import competition_field, gates_time_field, strength_field
from core.integrate import horizon_field, integrator_field, resolution_field, tolerance_field
from core.parameters import BaseSettings, Parameter, Refusal, parameter, parameters_of
from core.random import seed_field
from core.retrieval.names import FAMILIES, cue_names, family_names, memory_names, memory_titles

GATED = ("gated", "gated-linear")  # the memories with a context
CONTEXTS = {"none": "none", "letters": "letters", "digits": "digits", "target": "the target’s own"}


@dataclass(frozen=True)
class Settings(BaseSettings):
    """All that decides a run, but for patterns or a cue of the caller's own. Defaults are the paper's (σ is ours)."""

    model: str = parameter(
        "astrocyte", "model", "which memory runs", choices=memory_names, called="memory", choices_called=memory_titles
    )
    N: int = parameter(30, "N", "number of neurons", low=1, shown=(4, 1024), called="neurons")
    K: int = parameter(
        100, "K", "number of stored patterns", low=1, shown=(2, 200), called="memories", axis="stored memories", slider=4
    )
    T: float = parameter(
        0.01, "T", "temperature of the gains: cold astrocytes select one memory, hot ones weigh all alike",
        low=1e-6, high=1e6, shown=(1e-3, 1e2), scale="log",
        called="temperature", axis="temperature of the gains", slider=1, bends=True,
    )  # fmt: skip
    tau_p: float = parameter(
        1.0, "τ_p", "time constant of the astrocytes: 0 is attention at once, ∞ a Hopfield network",
        low=0.0, shown=(1e-3, 1e3), scale="log", limits=(0.0, math.inf),
        called="astrocytes’ time", axis="astrocytes’ time constant", slider=2, bends=True,
    )  # fmt: skip
    tau_x: float = parameter(
        1.0, "τ_x", "time constant of the neurons: small ones commit before the gains can act",
        low=0.0, shown=(1e-3, 1e3), scale="log", limits=(0.0, math.inf),
        called="neurons’ time", axis="neurons’ time constant", slider=3, bends=True,
    )  # fmt: skip
    sigma: float = parameter(
        5.0, "σ", "steepness of the neurons' response φ(x) = tanh(σx)",
        low=0.01, high=100.0, shown=(0.1, 20.0), scale="log",
        called="steepness", axis="steepness of the neurons", bends=True,
    )  # fmt: skip
    noise: float = parameter(
        0.2, "noise", "fraction of the cue that is flipped (or masked): exactly round(noise·N) entries",
        low=0.0, high=1.0, shown=(0.0, 0.5), called="of the cue", axis="flipped fraction of the cue", slider=5,
    )  # fmt: skip
    seed: int = seed_field()
    horizon: float = horizon_field()
    target: int = parameter(
        0, "target", "which stored pattern the cue is made from, counted from 0", low=0, called="which memory is cued, from 0"
    )
    family: str = parameter(
        "coins", "patterns", "how the stored patterns are drawn", choices=family_names, called="patterns",
        choices_called={
            "coins": "fair coins", "biased": "biased coins", "correlated": "correlated", "letters": "letters",
            "digits": "handwritten digits",
        },
    )  # fmt: skip
    activity: float = parameter(
        0.3, "a", "biased coins: probability that an entry is +1",
        low=0.01, high=0.99, shown=(0.05, 0.95), called="share of +1", only_with=("family", "biased"),
    )  # fmt: skip
    groups: int = parameter(
        5, "groups", "correlated patterns: number of prototypes",
        low=1, shown=(1, 20), called="prototypes", only_with=("family", "correlated"),
    )  # fmt: skip
    spread: float = parameter(
        0.1, "spread", "correlated patterns: fraction of entries in which a pattern differs from its prototype",
        low=0.0, high=0.5, shown=(0.0, 0.5), called="distance from the prototype", only_with=("family", "correlated"),
    )  # fmt: skip
    cue: str = parameter(
        "flip", "cue", "how the cue is spoilt: entries flipped, or masked to 0", choices=cue_names,
        choices_called={"flip": "entries flipped", "mask": "entries masked"},
    )  # fmt: skip
    degree: int = parameter(
        4, "n", "dense memories: degree of the polynomial energy (2 is the Hopfield network)",
        low=2, high=30, shown=(2, 12), axis="degree of the dense memory", only_with=("model", ("dense", "krotov")),
    )  # fmt: skip
    diagonal: str = parameter(
        "kept", "w_ii", "whether neurons are coupled to themselves: kept as (2) and (5) are printed, or dropped as in textbooks",
        choices=lambda: ("kept", "dropped"), called="diagonal of the couplings",
        only_with=("model", ("astrocyte", "hopfield", "quadratic", "gated")),
        choices_called={"kept": "kept, as printed", "dropped": "dropped, w_ii = 0"},
    )  # fmt: skip
    context: str = parameter(
        "target", "context", "which stored patterns a context names: letters or digits, the target alone, or none at all",
        choices=lambda: tuple(CONTEXTS), choices_called=CONTEXTS, called="context", only_with=("model", GATED), bends=True,
    )  # fmt: skip
    u0: float = strength_field(called="strength of the context", only_with=("model", GATED))
    lam: float = parameter(
        10.0, "λ", "coupling of gates and gains, both ways, in units of the score", low=0.0, high=1e4, shown=(0.1, 100.0),
        scale="log", limits=(0.0,), called="coupling of the gates", only_with=("model", GATED), bends=True,
    )  # fmt: skip
    alpha: float = competition_field(0.99, (0.0, 0.9), called="competition of the gates", only_with=("model", GATED))
    tau_s: float = gates_time_field(0.05, (1e-2, 1e2), only_with=("model", GATED))
    silenced: int = parameter(
        -1, "silenced", "a memory whose gain is 0 from the first moment, and so for good; counted from 0, −1 for none",
        low=-1, called="silenced gain, from 0",
    )  # fmt: skip
    origin: str = parameter(
        "cue", "origin", "where a run begins: neurons at the cue and equal gains, or both anywhere (drawn by the seed)",
        choices=lambda: ("cue", "anywhere"), choices_called={"cue": "at the cue", "anywhere": "anywhere"}, called="begins",
    )  # fmt: skip
    integrator: str = integrator_field(split="split (energy cannot rise)", euler="explicit Euler (the paper’s)")
    resolution: float = resolution_field()
    temperature_x: float = parameter(
        0.0, "T_x", "Langevin noise on the neurons; above 0 the energy may rise",
        low=0.0, high=1e3, shown=(0.0, 2.0), called="Langevin noise", bends=True,
    )  # fmt: skip
    tolerance: float = tolerance_field(
        "a run has converged when neurons and gains move by less than this fraction in their own time"
    )

    def check_together(self) -> None:
        if self.target >= self.K:
            allowed = f"a whole number from 0 to {self.K - 1}"
            sentence = f"target = {self.target}: it must be {allowed}, since K = {self.K}"
            raise Refusal("target", self.target, allowed, key="target", sentence=sentence, K=self.K)
        if self.silenced >= self.K:
            allowed = f"a whole number from −1 to {self.K - 1}"
            sentence = f"silenced = {self.silenced}: it must be {allowed}, since K = {self.K}"
            raise Refusal("silenced", self.silenced, allowed, key="target", sentence=sentence, K=self.K)
        if self.model in GATED and self.context in ("letters", "digits") and self.family != "letters":
            allowed = "'target' or 'none'"
            sentence = f"context = {self.context!r}: it must be {allowed}, since the patterns are {self.family!r}"
            raise Refusal("context", self.context, allowed, key="context", sentence=sentence, family=self.family)
        FAMILIES[self.family].check(self)

    @classmethod
    def filled(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The family's own sizes fill what was not given."""
        family = FAMILIES.get(given["family"]) if isinstance(given.get("family"), str) else None
        return family.sizes if family else {}

    @property
    def flips(self) -> int:
        """n, the number of entries of the cue that are spoilt."""
        return round(self.noise * self.N)


PARAMETERS: Mapping[str, Parameter] = parameters_of(Settings)
settings_from = Settings.of
