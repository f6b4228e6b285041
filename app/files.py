"""Static files: ours by names that carry a hash, Bokeh's and Panel's by theirs; compressed once and kept, not once a visitor."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bokeh.embed.bundle import extension_dirs
from bokeh.settings import settings
from tornado.web import HTTPError

from app.hosting.headers import Plain

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=600"
KEPT_FILES = 256
SQUEEZED = ("text/", "application/javascript", "application/json", "image/svg+xml")


@dataclass(frozen=True)
class Kept:
    """A file as it is sent: plain, and compressed where that pays."""

    plain: bytes
    squeezed: bytes | None
    kind: str
    tag: str


def keep(name: str, content: bytes) -> Kept:
    kind = "text/javascript" if name.endswith((".js", ".mjs")) else mimetypes.guess_type(name)[0] or "application/octet-stream"
    # mtime=0: the same bytes in every process and after every start.
    squeezed = gzip.compress(content, 9, mtime=0) if kind.startswith(SQUEEZED) and len(content) > 1000 else None
    if kind.startswith("text/") or kind == "image/svg+xml":
        kind += "; charset=utf-8"
    return Kept(content, squeezed, kind, f'"{hashlib.sha256(content).hexdigest()[:16]}"')


class FileHandler(Plain):
    """Send a kept file."""

    def find(self, path: str) -> Kept:
        raise NotImplementedError

    def lifetime(self) -> str:
        return FOR_EVER

    def get(self, path: str) -> None:
        kept = self.find(path)
        self.set_header("Content-Type", kept.kind)
        self.set_header("Cache-Control", self.lifetime())
        self.set_header("Etag", kept.tag)
        if self.check_etag_header():
            self.set_status(304)
            return
        if kept.squeezed is not None:
            self.set_header("Vary", "Accept-Encoding")
            if "gzip" in self.request.headers.get("Accept-Encoding", ""):
                self.set_header("Content-Encoding", "gzip")
                self.write(kept.squeezed)
                return
        self.write(kept.plain)

    head = get


class OurFiles(FileHandler):
    """The page's own script, style, figures and texts."""

    def initialize(self, files: Mapping[str, Kept]) -> None:
        self.files = files

    def find(self, path: str) -> Kept:
        if path not in self.files:
            raise HTTPError(404)
        return self.files[path]


class LibraryFiles(FileHandler):
    """BokehJS, and the extensions that Panel enters there."""

    def find(self, path: str) -> Kept:
        return _library_file(path)

    def lifetime(self) -> str:
        return FOR_EVER if self.get_query_argument("v", "") else FOR_A_WHILE


@lru_cache(maxsize=KEPT_FILES)
def _library_file(path: str) -> Kept:
    root, rest = Path(settings.bokehjs_path()), path
    if path.startswith("extensions/"):
        _, name, *parts = path.split("/")
        if name not in extension_dirs or not parts:
            raise HTTPError(404)
        root, rest = Path(extension_dirs[name]), "/".join(parts)
    root = root.resolve()
    file = (root / rest).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise HTTPError(404)
    return keep(file.name, file.read_bytes())
