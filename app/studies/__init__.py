"""Pages of studies: one stem a page, Python and JavaScript side by side. They are found by looking."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.studies.page import StudyPage


@cache
def studies() -> dict[str, type[StudyPage]]:
    """The pages of studies by name: every module here that names its `PAGE`."""
    kinds = [kind for found in pkgutil.iter_modules(__path__) if (kind := study_in(found.name)) is not None]
    return {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.place)}


def study_in(stem: str) -> type[StudyPage] | None:
    """The page of a module here, if it is one."""
    return getattr(importlib.import_module(f"{__name__}.{stem}"), "PAGE", None)
