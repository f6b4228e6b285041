"""The chapter of a system without energy: nothing about it needs to be said."""

from app.chapters.base import Chapter
from core.registry import system_named


class March(Chapter):
    system = system_named("march")
    path = "march"
    cards = ("facts",)
    maps = (("segments", "drift"),)


CHAPTER = March()
