"""Short links: a code for an address of this site's own pages, kept in a folder that all server processes share.

A code is short enough to be read aloud and no secret: whoever guesses one sees a run that somebody has looked at. It is made of
the address itself, so the same page has the same code in every process, however often it is asked for.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from app.address import MOST_LETTERS
from app.rates import TokenBucket

log = logging.getLogger("gliascope.links")

SHORT = "s"  # the path under which codes are asked for
LETTERS = "bcdfghjkmnpqrstvwxyz23456789"  # no two that look alike, and no vowels, which would make words
LENGTH = 6
CODE = re.compile(rf"[{LETTERS}]{{{LENGTH}}}")
TARGET = re.compile(r"[\w-]*\?[!-~]*", re.ASCII)  # the path of a page and its query
MOST_LINKS, MOST_BYTES = 5_000, 5_000_000
TRIES = 3  # codes for one address, where others have the first
PER_SECOND, AT_ONCE = 1.0, 200.0  # links of one process: a crowd of strangers cannot push out those of others quickly


class ShortLinks:
    """One file a link, named by its code; what was made or used longest ago is forgotten first."""

    def __init__(self, folder: Path, most: int = MOST_LINKS, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self.most, self.most_bytes = folder, most, most_bytes
        self._bucket = TokenBucket(PER_SECOND, AT_ONCE)
        self._lock = threading.Lock()

    def shorten(self, target: str) -> str | None:
        """The code of a page's path and query; None where none can be kept now. Takes a moment of the disk."""
        if not _is_page(target):
            return None
        try:
            with self._lock:
                return self._code_of(target)
        except OSError as error:
            log.warning("a short link could not be kept: %s", error.strerror)
            return None

    def target(self, code: str) -> str | None:
        """Where a code leads; None if it is not known."""
        if not CODE.fullmatch(code):
            return None
        path = self.folder / code
        target = _read(path)
        if target is None or not _is_page(target):
            return None
        with suppress(OSError):
            os.utime(path)  # used lately: the last to be forgotten
        return target

    def _code_of(self, target: str) -> str | None:
        for turn in range(TRIES):
            code = _code(f"{turn} {target}")
            known = _read(self.folder / code)
            if known == target:
                return code
            if known is None:
                return code if self._bucket.take() and self._keep(self.folder / code, target) else None
        return None

    def _keep(self, path: Path, target: str) -> bool:
        """Whether the link is there now, whole, and nobody else's; another process may be about to keep one of this name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder, prefix=".", encoding="ascii") as file:
            file.write(target)
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
        self._make_room()
        return _read(path) == target

    def _make_room(self) -> None:
        links = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # another process makes room, too
                    about = entry.stat()
                    links.append((about.st_mtime_ns, about.st_size, entry.path))
        links.sort(reverse=True)
        size = 0
        for count, (_, bytes_held, path) in enumerate(links, 1):
            size += bytes_held
            if count > self.most or size > self.most_bytes:
                Path(path).unlink(missing_ok=True)


def _is_page(target: str) -> bool:
    return len(target) <= MOST_LETTERS and TARGET.fullmatch(target) is not None


def _code(text: str) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    letters = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
