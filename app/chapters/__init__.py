"""One folder a chapter: how one system is shown. Chapters are found by looking, also in other places of Python's path."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.chapters.base import Chapter
    from app.chapters.lessons import Lesson

__path__ = pkgutil.extend_path(__path__, __name__)


@cache
def chapters() -> dict[str, Chapter]:
    """All chapters by name; that of the first page comes first, the others by their names."""
    found = [chapter_in(module.name) for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return {chapter.name: chapter for chapter in sorted(found, key=lambda chapter: (chapter.path != "", chapter.name))}


def chapter_in(folder: str) -> Chapter:
    """The chapter of a folder. The other ones are not read before a lesson is asked for, which may go through several."""
    chapter: Chapter = importlib.import_module(f"{__name__}.{folder}.chapter").CHAPTER
    chapter.crossing_lessons = partial(_crossing, chapter.name)
    return chapter


@cache
def _crossing(name: str) -> Mapping[str, Lesson]:
    every, _ = crossing_lessons(chapters())
    return {key: lesson for key, lesson in every.items() if any(step.chapter == name for step in lesson.steps)}


def crossing_lessons(every: Mapping[str, Chapter]) -> tuple[dict[str, Lesson], list[str]]:
    """The lessons that go through several chapters, which stand in app/lessons, and a sentence for whatever is wrong there."""
    from app.chapters.lessons import lessons_beside  # which needs words, and so what stands beside this file

    return lessons_beside("app", every)
