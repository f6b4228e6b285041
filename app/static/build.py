"""A folder of files that any web host can show: each chapter's page with its scenes' first runs, and what computes others in the
visitor's own browser.

Everything but the pages has a name with a hash of its content. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from app import assets, pages
from app.chapters import chapters
from app.chapters.base import Chapter
from app.chapters.session import ChapterSession
from app.static import wire
from app.static.offline import bokeh_text
from app.static.runtime import MissingRuntime, licences, runtime
from app.static.sources import PACKAGES, archive
from app.words import merged, words

WORDS = merged(words(), words("app.static"))
BUILD, PAGE = WORDS["build"], WORDS["page"]
MANIFEST = "gliascope.json"  # names all files with their hashes, and marks a folder as made here
FOLDER = assets.ADDRESS
POLICY = "; ".join([
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",  # which compiles WebAssembly and no text
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'",  # Bokeh writes style elements into its shadow roots
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
])  # fmt: skip
HEADERS = f"""/*
  Content-Security-Policy: {POLICY}
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
  Cache-Control: no-cache
/{FOLDER}/*
  Cache-Control: public, max-age=31536000, immutable
"""
LINK = re.compile(r'<a href="\./([\w-]*)\?([^"]*)">(.*?)</a>')
COMPUTING = tuple(f"{FOLDER}/{start}" for start in ("runtime-", "sources-", "worker-"))
SHIPPED = ("bokeh",)  # whose licences go along; what the worker runs adds its own


class BuildError(Exception):
    """The site cannot be made; the text says why."""


@dataclass
class Site:
    """The files of a site, by their paths in its folder."""

    chapters: Sequence[Chapter]
    runtime: Mapping[str, bytes] | None = None  # None: nothing is computed, only scenes play
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: str | bytes) -> str:
        """A file whose name carries its hash; its path."""
        data = content.encode() if isinstance(content, str) else content
        stem, _, suffix = name.rpartition(".")
        path = f"{FOLDER}/{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
        self.files[path] = data
        return path

    @cached_property
    def names(self) -> dict[str, str]:
        """The file of each page, by the page's path on a server."""
        return {chapter.path: f"{chapter.path}.html" if chapter.path else "index.html" for chapter in self.chapters}

    def link(self, path: str) -> str:
        """How pages write the way to another one."""
        return f"./{self.names[path]}" if path else "./"

    def build(self) -> None:
        self.bokeh = self.add("bokeh.js", bokeh_text())
        self.icon = self.add("icon.svg", assets.css("icon.svg"))
        self.write_pages(self.worker() if self.runtime is not None else None)
        self.files["_headers"] = HEADERS.encode()
        self.files["NOTICE.txt"] = self.notice().encode()
        listed = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(self.files.items())}
        self.files[MANIFEST] = (json.dumps(listed, indent=1) + "\n").encode()

    def worker(self) -> dict[str, str]:
        """What computes; the runtime's files keep their names, in a folder with a hash of them all."""
        runtime = self.runtime or {}
        digest = hashlib.sha256(b"".join(runtime[name] for name in sorted(runtime))).hexdigest()[:12]
        folder = f"{FOLDER}/runtime-{digest}/"
        for name, data in runtime.items():
            self.files[folder + name] = data
        script = (Path(__file__).parent / "worker.js").read_text(encoding="utf-8")
        sources = self.add("sources.zip", archive(self.chapters))
        return {"script": self.add("worker.js", script), "runtime": folder, "sources": sources, "bokeh": self.bokeh}

    def notice(self) -> str:
        return notice(SHIPPED) if self.runtime is None else notice((*SHIPPED, *PACKAGES), licences(self.runtime))

    def write_pages(self, worker: Mapping[str, str] | None) -> None:
        entries = {}
        for chapter in self.chapters:
            scenes = {key: self.add(f"{chapter.name}-{key}.json", wire.as_text(opening(chapter, key))) for key in chapter.scenes}
            said = {key: PAGE[key] for key in ("computing_loads", "computing_failed", "computing_none")}
            start = {"chapter": chapter.name, "scenes": scenes, "words": said, "worker": worker}
            entries[chapter.name] = assets.static_entry(chapter.card_scripts, self.spec(chapter), chapter.figures(), start)
        scripts = assets.scripts(entries)
        for name, text in scripts.files.items():
            self.files[f"{FOLDER}/{name}"] = text.encode()
        template = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=False, trim_blocks=True, lstrip_blocks=True
        ).get_template("page.html")
        for chapter in self.chapters:
            page = template.render(
                policy=POLICY,
                title=chapter.words["page"]["page_title"],
                icon=self.icon,
                ground=assets.css("ground.css"),
                words=PAGE,
                modules=[f"{FOLDER}/{name}" for name in scripts.of(chapter.name)],
                bokeh=self.bokeh,
                opening=wire.as_text(opening(chapter)).replace("<", "\\u003c"),
            )
            self.files[self.names[chapter.path]] = page.encode()

    def spec(self, chapter: Chapter) -> dict[str, Any]:
        """What the page's script is given: ways lead to pages of this site alone."""
        given = pages.chapter_spec(chapter)
        ways = [[self.link(link[2:]), *rest] for link, *rest in given["pages"] if link[2:] in self.names]
        texts = {kind: self.text(kind, chapter) for kind in pages.TEXTS}
        return {**given, "pages": ways, "equations": texts["words"], "claims": texts["claims"]}

    def text(self, kind: str, chapter: Chapter) -> str:
        """Where a page fetches such a text; nothing where there is none."""
        _, text = pages.chapter_file(kind, chapter)
        return self.add(f"{kind}-{chapter.name}.html", LINK.sub(self._led, text)) if text else ""

    def _led(self, found: re.Match[str]) -> str:
        path, query, shown = found.groups()
        return f'<a href="{self.link(path)}?{query}">{shown}</a>' if path in self.names else ""

    def visit(self, chapter: Chapter) -> list[bytes]:
        """What a first visit of a chapter's page asks for."""
        page = self.files[self.names[chapter.path]]
        return [page, *(data for path, data in self.files.items() if path.encode() in page)]

    def computing(self) -> list[bytes]:
        """What the worker asks for besides."""
        return [data for path, data in self.files.items() if path.startswith(COMPUTING)]


def opening(chapter: Chapter, scene: str | None = None) -> dict[str, Any]:
    """The message with which a page begins, by itself or with a scene."""
    values, notices = chapter.opening({} if scene is None else {"scene": [scene]})
    [message] = ChapterSession(chapter, values, notices).opening()
    return message


def notice(packages: Iterable[str], more: Iterable[tuple[str, str]] = ()) -> str:
    """The licences of all that is in the folder, each with its text."""
    own = Path(__file__).parents[2]
    parts = [("Gliascope", _license_beside(own) or _license_of("gliascope"))]
    digits = own / "core" / "retrieval" / "digits.LICENSE"
    parts += [("core/retrieval/digits.txt", digits.read_text(encoding="utf-8"))] if digits.is_file() else []
    parts += [(f"{name} {distribution(name).version}", _license_of(name)) for name in packages]
    return "\n\n".join(f"{title}\n{'=' * len(title)}\n\n{text.strip()}" for title, text in [*parts, *more]) + "\n"


def _license_beside(folder: Path) -> str:
    found = folder / "LICENSE"
    return found.read_text(encoding="utf-8") if found.is_file() else ""


def _license_of(name: str) -> str:
    try:
        known = distribution(name)
    except PackageNotFoundError:
        return ""
    texts = [path for path in known.files or () if "LICENSE" in path.name.upper() and path.suffix != ".py"]
    found = [path.read_text() for path in sorted(texts, key=str) if Path(str(path.locate())).is_file()]
    named = (known.metadata[key] for key in ("License-Expression", "License") if key in known.metadata)
    return "\n\n".join(found) or next(named, "")


# ------------------------------------------------------------------------------------------------------------------- folder


def write(site: Site, folder: Path) -> None:
    """Put the files into a folder; what an earlier build left there goes."""
    before = folder / MANIFEST
    if before.is_file():
        for name in json.loads(before.read_text(encoding="utf-8")):
            (folder / name).unlink(missing_ok=True)
    elif folder.exists() and any(folder.iterdir()):
        raise BuildError(BUILD["not_ours"].format(folder=folder))
    for name, data in site.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def chosen(names: Iterable[str]) -> list[Chapter]:
    known = chapters()
    wrong = [name for name in names if name not in known]
    if wrong:
        raise BuildError(BUILD["no_chapter"].format(name=wrong[0], all=", ".join(known)))
    wanted = {*names} or {*known}
    return [chapter for name, chapter in known.items() if name in wanted]


def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(prog="python -m app build", description=(__doc__ or "").split("\n\n")[0])
    commands.add_argument("site", type=Path, metavar="SITE", help="the folder to make")
    commands.add_argument("--chapters", nargs="+", default=[], metavar="NAME", help="only these; all if not given")
    runtimes = commands.add_mutually_exclusive_group()
    runtimes.add_argument("--runtime", type=Path, metavar="DIR", help="a folder with Pyodide and its NumPy; else fetched")
    runtimes.add_argument("--only-scenes", action="store_true", help="without what computes: scenes play, sliders do not")
    return commands


def main(given: Sequence[str]) -> int | str:
    """What the process ends with: a sentence where the site cannot be made."""
    asked = parser().parse_args(given)
    try:
        site = Site(chosen(asked.chapters), None if asked.only_scenes else runtime(asked.runtime))
        site.build()
        write(site, asked.site)
    except (BuildError, MissingRuntime) as wrong:
        return str(wrong)
    print(BUILD["made"].format(folder=asked.site, files=len(site.files), bytes=_megabytes(site.files.values())))
    for key, files in (("first_visit", site.visit(site.chapters[0])), ("computing", site.computing())):
        if files:
            print(BUILD[key].format(bytes=_megabytes(files), packed=_megabytes(gzip.compress(data, mtime=0) for data in files)))
    return 0


def _megabytes(files: Iterable[bytes]) -> str:
    return f"{sum(map(len, files)) / 1e6:.2f}"
