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
    found = {name: system for name in _folders() if (system := _system_in(name)) is not None}
    return dict(sorted(found.items(), key=lambda item: (item[0] != DEFAULT, item[0])))


def _folders() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(importlib.import_module(__package__).__path__) if module.ispkg]


def _system_in(folder: str) -> System | None:
    system: System | None = getattr(importlib.import_module(f"core.{folder}"), "SYSTEM", None)
    if system is not None and (system.name != folder or "seed" not in system.parameters):
        raise TypeError(f"core.{folder}: its system must have the name of its folder, and a parameter seed")
    return system


_asked_for: dict[str, System] = {}


def system_named(name: Any) -> System:
    """The system of that name; None is the default. The folders of others are not read for it."""
    if name is None:
        name = DEFAULT
    if isinstance(name, str) and name not in _asked_for and name in _folders():
        system = _system_in(name)
        if system is not None:
            _asked_for[name] = system
    if not isinstance(name, str) or name not in _asked_for:
        known = systems()
        raise Refusal("system", name, f"one of {', '.join(known)}", key="choice", choices=tuple(known))
    return _asked_for[name]


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
