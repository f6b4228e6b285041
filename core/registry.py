"""Which systems there are: every folder beside this file, or in another `core` on the path, whose `__init__` has a `SYSTEM`.

Nothing else in core knows a paper's folder by name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from core.parameters import Refusal
from core.run import Run
from core.system import System

DEFAULT = "retrieval"  # what is meant where no system is named


@cache
def systems() -> Mapping[str, System]:
    """All systems by name, the default first."""
    found: dict[str, System] = {}
    for module in pkgutil.iter_modules(importlib.import_module(__package__).__path__):
        if not module.ispkg:
            continue
        system = getattr(importlib.import_module(f"core.{module.name}"), "SYSTEM", None)
        if system is None:
            continue
        if system.name != module.name or "seed" not in system.parameters:
            raise TypeError(f"core.{module.name}: its system must have the name of its folder, and a parameter seed")
        found[module.name] = system
    return dict(sorted(found.items(), key=lambda item: (item[0] != DEFAULT, item[0])))


def system_named(name: Any) -> System:
    """The system of that name; None is the default."""
    if name is None:
        name = DEFAULT
    known = systems()
    if not isinstance(name, str) or name not in known:
        raise Refusal("system", name, f"one of {', '.join(known)}", key="choice", choices=tuple(known))
    return known[name]


def chosen(name: Any, given: dict[str, Any]) -> tuple[System, dict[str, Any]]:
    """The system that a caller means, and the other arguments: `model=` may name a system too, where it names no member."""
    model = given.get("model")
    if name is None and isinstance(model, str) and model not in system_named(None).members and model in systems():
        return system_named(model), {key: value for key, value in given.items() if key != "model"}
    return system_named(name), given


def system_of(settings: Any) -> System:
    """The system whose settings these are."""
    for system in systems().values():
        if system.settings_class is type(settings):
            return system
    raise TypeError(f"{type(settings).__name__} are the settings of no system")


def system_of_run(run: Run) -> System:
    return system_named(run.system)
