"""Every parameter once: symbol, meaning, default, what is accepted, what a slider shows.

`Settings` is the single source for the checks of the core and for whatever is derived from it elsewhere: sliders, links,
command line and documentation. Reading one from text and writing it as text is here too, so that a link and a shell agree.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from core import registry

LARGEST_SEED = 2**53 - 1  # the largest integer that JSON and a browser keep exact


@dataclass(frozen=True)
class Parameter:
    """What is known of one field of `Settings`; `choices` is asked anew each time, since a memory may be added later."""

    name: str
    kind: type
    default: Any
    symbol: str
    meaning: str
    unit: str
    low: float | None
    high: float | None
    shown: tuple[float, float] | None
    scale: str
    limits: tuple[float, ...]
    choices: Callable[[], Iterable[str]] | None

    def allowed(self) -> str:
        """What is accepted, in words that finish the sentence "it must be …"."""
        if self.choices is not None:
            return "one of " + ", ".join(self.choices())
        noun = "a whole number" if self.kind is int else "a number"
        if math.isinf(self.high):
            return f"{noun} of at least {self.low:g}" + (" (or inf)" if math.inf in self.limits else "")
        return f"{noun} from {self.low:g} to {self.high:{'d' if self.kind is int else 'g'}}"

    def check(self, value: Any) -> Any:
        """The value in the field's own type, or a `ValueError` whose one sentence names what is wrong and what is allowed."""
        if self.choices is not None:
            if isinstance(value, str) and value in tuple(self.choices()):
                return value
            raise self._refusal(value)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise self._refusal(value)
        try:
            number = float(value)
        except OverflowError:
            raise self._refusal(value) from None
        if self.kind is int and not number.is_integer():
            raise self._refusal(value)
        if not self.low <= number <= self.high or (math.isinf(number) and number not in self.limits):
            raise self._refusal(value)
        return int(value) if self.kind is int else number

    def _refusal(self, value: Any) -> ValueError:
        return ValueError(f"{self.name} = {_shown(value)}: it must be {self.allowed()}")

    def read(self, text: str) -> Any:
        """The value that a link or a shell wrote as text, checked."""
        if self.choices is not None:
            return self.check(text)
        try:
            value = int(text) if self.kind is int else float(text)
        except ValueError:
            value = text
        return self.check(value)

    def write(self, value: Any) -> str:
        """A short text that `read` turns into exactly this value."""
        return repr(value).removesuffix(".0") if self.kind is float else str(value)


def _shown(value: Any) -> str:
    """A wrong value as it stands in a message: whole if short, its type if it would drown the sentence."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:40]}… ({type(value).__name__})"


def _parameter(
    default, symbol, meaning, *, low=None, high=math.inf, shown=None, scale="linear", unit="", limits=(), choices=None
):
    kind = str if choices is not None else type(default)
    about = dict(
        kind=kind, default=default, symbol=symbol, meaning=meaning, unit=unit,
        low=low, high=high, shown=shown, scale=scale, limits=limits, choices=choices,
    )  # fmt: skip
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Settings:
    """All that decides a run, but for patterns or a cue of the caller's own. Defaults are the paper's (σ is ours)."""

    model: str = _parameter("astrocyte", "model", "which memory runs", choices=registry.memory_names)
    N: int = _parameter(30, "N", "number of neurons", low=1, shown=(4, 1024))
    K: int = _parameter(100, "K", "number of stored patterns", low=1, shown=(2, 200))
    T: float = _parameter(
        0.01, "T", "temperature of the gains: cold astrocytes select one memory, hot ones weigh all alike",
        low=1e-6, high=1e6, shown=(1e-3, 1e2), scale="log",
    )  # fmt: skip
    tau_p: float = _parameter(
        1.0, "τ_p", "time constant of the astrocytes: 0 is attention at once, ∞ a Hopfield network",
        low=0.0, shown=(1e-3, 1e3), scale="log", limits=(0.0, math.inf),
    )  # fmt: skip
    tau_x: float = _parameter(
        1.0, "τ_x", "time constant of the neurons: small ones commit before the gains can act",
        low=0.0, shown=(1e-3, 1e3), scale="log", limits=(0.0, math.inf),
    )  # fmt: skip
    sigma: float = _parameter(
        5.0, "σ", "steepness of the neurons' response φ(x) = tanh(σx)", low=0.01, high=100.0, shown=(0.1, 20.0), scale="log"
    )
    noise: float = _parameter(
        0.2, "noise", "fraction of the cue that is flipped (or masked): exactly round(noise·N) entries",
        low=0.0, high=1.0, shown=(0.0, 0.5),
    )  # fmt: skip
    seed: int = _parameter(0, "seed", "decides every random draw", low=0, high=LARGEST_SEED)
    horizon: float = _parameter(10.0, "t_f", "time at which the run is cut", low=1e-6, high=1e6, shown=(0.1, 1000.0), scale="log")
    target: int = _parameter(0, "target", "which stored pattern the cue is made from, counted from 0", low=0)
    family: str = _parameter("coins", "patterns", "how the stored patterns are drawn", choices=registry.family_names)
    activity: float = _parameter(
        0.3, "a", "biased coins: probability that an entry is +1", low=0.01, high=0.99, shown=(0.05, 0.95)
    )
    groups: int = _parameter(5, "groups", "correlated patterns: number of prototypes", low=1, shown=(1, 20))
    spread: float = _parameter(
        0.1, "spread", "correlated patterns: fraction of entries in which a pattern differs from its prototype",
        low=0.0, high=0.5, shown=(0.0, 0.5),
    )  # fmt: skip
    cue: str = _parameter("flip", "cue", "how the cue is spoilt: entries flipped, or masked to 0", choices=registry.cue_names)
    degree: int = _parameter(
        4, "n", "dense memory: degree of the polynomial energy (2 is the Hopfield network)", low=2, high=30, shown=(2, 12)
    )
    integrator: str = _parameter("split", "integrator", "how time is stepped", choices=registry.integrator_names)
    resolution: float = _parameter(
        1.0, "resolution", "divides every step of the time grid", low=0.01, high=1e4, shown=(0.25, 10.0), scale="log"
    )
    temperature_x: float = _parameter(
        0.0, "T_x", "Langevin noise on the neurons; above 0 the energy may rise", low=0.0, high=1e3, shown=(0.0, 2.0)
    )
    tolerance: float = _parameter(
        1e-3, "tol", "a run has converged when neurons and gains move by less than this fraction in their own time",
        low=1e-12, high=0.5, shown=(1e-6, 1e-1), scale="log",
    )  # fmt: skip

    def __post_init__(self) -> None:
        for name, parameter in PARAMETERS.items():
            object.__setattr__(self, name, parameter.check(getattr(self, name)))
        if self.target >= self.K:
            raise ValueError(f"target = {self.target}: it must be a whole number from 0 to {self.K - 1}, since K = {self.K}")
        registry.FAMILIES[self.family].check(self)

    @property
    def flips(self) -> int:
        """n, the number of entries of the cue that are spoilt."""
        return round(self.noise * self.N)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


PARAMETERS: Mapping[str, Parameter] = {f.name: Parameter(name=f.name, **f.metadata) for f in fields(Settings)}


def settings_from(given: Mapping[str, Any]) -> Settings:
    """`Settings` of what a caller gave, the family's own sizes filling what was not said; unknown names are refused."""
    unknown = [name for name in given if name not in PARAMETERS]
    if unknown:
        raise ValueError(f"{unknown[0]} is not a parameter: it must be one of {', '.join(PARAMETERS)}")
    family = registry.FAMILIES.get(given["family"]) if isinstance(given.get("family"), str) else None
    return Settings(**{**(family.sizes if family else {}), **given})
