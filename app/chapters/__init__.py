"""One folder a chapter: how one system is shown. Chapters are found by looking, also in other places of Python's path."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.chapters.base import Chapter

__path__ = pkgutil.extend_path(__path__, __name__)


@cache
def chapters() -> dict[str, Chapter]:
    """All chapters by name; that of the first page comes first, the others by their names."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            found.append(importlib.import_module(f"{__name__}.{module.name}.chapter").CHAPTER)
    return {chapter.name: chapter for chapter in sorted(found, key=lambda chapter: (chapter.path != "", chapter.name))}
