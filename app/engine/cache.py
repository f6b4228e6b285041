"""Results on disk by the settings they belong to: bounded, and never believed when damaged."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Hashable
from functools import cache
from pathlib import Path

import core
from core.archive import Archive
from core.studies import Cell, Study

log = logging.getLogger("gliascope.laboratory")
STUDY, STATE = ".npz", ".state"  # endings of what is kept


@cache
def _numerics() -> bytes:
    """A digest of the core's source, with that of systems which stand elsewhere on the path."""
    digest = hashlib.sha256()
    for folder in core.__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.digest()


class Cache:
    """A folder of studies, and of states of long work; without one (None) nothing is kept."""

    def __init__(self, folder: Path | None, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self._lock = threading.Lock()
        self.hits = self.misses = 0

    def key(self, study: Study) -> str:
        """What the study is, and by which numerics: results of an older core are not shown as if they were today's."""
        return hashlib.sha256(Archive.header_of(study).encode() + _numerics()).hexdigest()[:32]

    def load(self, study: Study) -> dict[tuple[int, ...], Cell]:
        """The cells that are known already; a damaged file is removed and counts as none."""
        path = self._path(study)
        if path is None or not path.exists():
            self.misses += 1
            return {}
        try:
            cells = Archive(study, path).cells
            os.utime(path)  # read lately: the last to be thrown away
        except (OSError, ValueError):
            log.warning("a damaged result was thrown away")
            self._remove(path)
            self.misses += 1
            return {}
        self.hits += 1
        return cells

    def save(self, study: Study, cells: dict[tuple[int, ...], Cell]) -> bool:
        """Keep the cells if there is room for them; a disk that is full only costs the next visitor the computing. Says whether
        they are kept as was wished."""
        path = self._path(study)
        if path is None:
            return True
        with self._lock:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                archive = Archive(study, path, fresh=True)
                archive.cells = dict(cells)
                archive.save()
                self._make_room(path.parent)
            except OSError as error:
                log.warning("a result could not be kept: %s", error.strerror)
                return False
        return True

    def state(self, work: Hashable) -> bytes | None:
        """How far a work has been brought that is made in pieces, if that is known; whoever reads it checks it."""
        path = self._state_path(work)
        try:
            data = path.read_bytes() if path is not None else None
            if data is not None and path is not None:
                os.utime(path)
        except OSError:
            data = None
        if data is None:
            self.misses += 1
        else:
            self.hits += 1
        return data

    def save_state(self, work: Hashable, state: bytes) -> None:
        path = self._state_path(work)
        if path is None:
            return
        with self._lock:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                part = path.with_name(f"{path.name}.{os.getpid()}.part")
                part.write_bytes(state)
                os.replace(part, path)  # there is a whole one at every moment
                self._make_room(path.parent)
            except OSError as error:
                log.warning("a result could not be kept: %s", error.strerror)

    def forget_state(self, work: Hashable) -> None:
        """Throw away a state that was no good."""
        path = self._state_path(work)
        if path is not None:
            log.warning("a damaged result was thrown away")
            self._remove(path)

    def _make_room(self, folder: Path) -> None:
        """Throw away what was read longest ago until the rest fits."""
        kept = [path for suffix in (STUDY, STATE) for path in folder.glob(f"*{suffix}")]
        files = sorted(kept, key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in files)
        while files and total > self.most_bytes:
            oldest = files.pop(0)
            total -= oldest.stat().st_size
            self._remove(oldest)

    def _path(self, study: Study) -> Path | None:
        return None if self.folder is None else self.folder / f"{self.key(study)}{STUDY}"

    def _state_path(self, work: Hashable) -> Path | None:
        key = hashlib.sha256(repr(work).encode() + _numerics()).hexdigest()[:32]
        return None if self.folder is None else self.folder / f"{key}{STATE}"

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            log.warning("a result could not be removed")
