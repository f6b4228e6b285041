"""Static files: ours by names that carry a hash, Bokeh's and Panel's by theirs; compressed once and kept, not once a visitor."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bokeh.settings import settings
from panel.io.resources import DIST_DIR
from tornado.web import HTTPError

from app.hosting.headers import Readable

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=600"
NOT_AT_ALL = "no-store"  # for who changes the code
EXTENSIONS = {"panel": DIST_DIR}  # of Bokeh's, by the name under which their files are asked for
MOST_FILES = 256
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")


@dataclass(frozen=True)
class StoredFile:
    """A file as it is sent: plain, and compressed where that pays."""

    plain: bytes
    compressed: bytes | None
    kind: str
    hash: str


def make_file(name: str, content: bytes) -> StoredFile:
    kind = "text/javascript" if name.endswith((".js", ".mjs")) else mimetypes.guess_type(name)[0] or "application/octet-stream"
    # mtime=0: the same bytes in every process and after every start.
    compressed = gzip.compress(content, 9, mtime=0) if kind.startswith(COMPRESSIBLE) and len(content) > 1000 else None
    if kind.startswith("text/") or kind == "image/svg+xml":
        kind += "; charset=utf-8"
    return StoredFile(content, compressed, kind, hashlib.sha256(content).hexdigest()[:16])


class FileHandler(Readable):
    """Send a kept file."""

    def find(self, path: str) -> StoredFile:
        raise NotImplementedError

    def lifetime(self) -> str:
        return FOR_EVER

    def get(self, path: str) -> None:
        found = self.find(path)
        self.set_header("Content-Type", found.kind)
        self.set_header("Cache-Control", NOT_AT_ALL if self.settings["hosting"].dev else self.lifetime())
        self.set_header("Etag", f'"{found.hash}"')
        if self.check_etag_header():
            self.set_status(304)
            return
        if found.compressed is not None:
            self.set_header("Vary", "Accept-Encoding")
            if "gzip" in self.request.headers.get("Accept-Encoding", ""):
                self.set_header("Content-Encoding", "gzip")
                self.write(found.compressed)
                return
        self.write(found.plain)


class OurFiles(FileHandler):
    """The page's own script, style, figures and texts."""

    def initialize(self, files: Mapping[str, StoredFile]) -> None:
        self.files = files

    def find(self, path: str) -> StoredFile:
        if path not in self.files:
            raise HTTPError(404)
        return self.files[path]


class LibraryFiles(FileHandler):
    """BokehJS, and what Panel adds to it."""

    def find(self, path: str) -> StoredFile:
        return _library_file(path)

    def lifetime(self) -> str:
        return FOR_EVER if self.get_query_argument("v", "") else FOR_A_WHILE


@lru_cache(maxsize=MOST_FILES)
def _library_file(path: str) -> StoredFile:
    root, rest = Path(settings.bokehjs_path()), path
    if path.startswith("extensions/"):
        _, name, *parts = path.split("/")
        if name not in EXTENSIONS or not parts:
            raise HTTPError(404)
        root, rest = Path(EXTENSIONS[name]), "/".join(parts)
    root = root.resolve()
    file = (root / rest).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise HTTPError(404)
    return make_file(file.name, file.read_bytes())
