"""A chapter as small as one can be: which system, under which address, on which cards."""

from app.chapters.base import Chapter
from core.registry import system_named


class Decay(Chapter):
    system = system_named("decay")
    path = "decay"
    cards = ("left", "energy", "facts")
    maps = (("rate", "height"),)


CHAPTER = Decay()
