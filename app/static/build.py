"""A folder of files that any web host can show: each chapter's page with its scenes' first runs, and what computes others in the
visitor's own browser.

Everything but the pages has a name with a hash of its content. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from app import assets, pages
from app.chapters import chapters
from app.chapters.base import Chapter
from app.chapters.session import ChapterSession
from app.engine.pieces import Work
from app.static import wire
from app.static.compact import compact, has_node, packed
from app.static.offline import bokeh_text
from app.static.runtime import MissingRuntime, licences, runtime
from app.static.sources import PACKAGES, archive
from app.studies import studies
from app.studies.page import FIRST_SYSTEM, StudyPage
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
SCRIPT = Path(__file__).parent / "worker.js"
WHOLE = "gliascope.html"
MARK = "#page="  # behind the address of a file that has all pages, before a page's name
BOKEH, SHARED = "bokeh.js", "browser.js"  # names within such a file
KINDS = {
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "json": "application/json",
    "html": "text/html",
    "gz": "application/gzip",
}
CHOOSER = """
const modules = {modules};
const titles = {titles};
const files = JSON.parse(document.getElementById("files").textContent);
const asked = location.hash.startsWith("{mark}") ? location.hash.slice("{mark}".length) : "";
const page = Object.hasOwn(modules, asked) ? asked : "";
document.title = titles[page];
addEventListener("hashchange", () => location.reload());
async function unpacked(address) {{
  const packed = (await fetch(address)).body;
  return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text();
}}
const addressOf = (text) => URL.createObjectURL(new Blob([text], {{ type: "text/javascript" }}));
const [bokeh, shared, own] = await Promise.all([files["{bokeh}"], files["{shared}"], modules[page]].map(unpacked));
const script = Object.assign(document.createElement("script"), {{ src: addressOf(bokeh) }});
await new Promise((come) => {{
  script.onload = come;
  document.head.append(script);
}});
import(addressOf(own.replace('"{shared}"', JSON.stringify(addressOf(shared)))));
"""
POLICY_OF_ONE = "; ".join([
    "default-src 'none'",
    "script-src {scripts} data: blob: 'wasm-unsafe-eval'",  # all scripts are in the file
    "worker-src data: blob:",
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "font-src data:",
    "connect-src data: blob:",
    "frame-src 'self' file:",  # a step of a lesson may show a study, which is this file again
    "base-uri 'none'",
    "form-action 'none'",
])  # fmt: skip
COMPUTING = tuple(f"{FOLDER}/{start}" for start in ("runtime-", "worker-"))
SHIPPED = ("bokeh",)  # whose licences go along; what the worker runs adds its own


class BuildError(Exception):
    """The site cannot be made; the text says why."""


@dataclass
class Site:
    """The files of a site, by their paths in its folder."""

    chapters: Sequence[Chapter]
    runtime: Mapping[str, bytes] | None = None  # None: nothing is computed, only scenes play
    whole: str = ""  # the name of a file beside the pages that has all of them in it
    lean: bool = False  # whether Node makes what computes small
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: str | bytes) -> str:
        """A file whose name carries its hash; its path."""
        data = content.encode() if isinstance(content, str) else content
        stem, _, suffix = name.rpartition(".")
        path = f"{FOLDER}/{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
        self.files[path] = data
        return path

    @cached_property
    def studies(self) -> dict[str, type[StudyPage]]:
        """Studies are computed, and open with those of the first system."""
        is_there = self.runtime is not None and FIRST_SYSTEM in (chapter.name for chapter in self.chapters)
        return studies() if is_there else {}

    @cached_property
    def names(self) -> dict[str, str]:
        """The file of each page, by the page's path on a server."""
        return {path: f"{path}.html" if path else "index.html" for path in (*(c.path for c in self.chapters), *self.studies)}

    def link(self, path: str) -> str:
        """How pages write the way to another one."""
        return f"./{self.names[path]}" if path else "./"

    @cached_property
    def parts(self) -> dict[str, bytes]:
        """What a worker asks for, by name."""
        return compact(self.runtime, archive(self.chapters), lean=self.lean) if self.runtime is not None else {}

    def build(self) -> None:
        self.bokeh = self.add("bokeh.js", bokeh_text())
        self.icon = self.add("icon.svg", assets.css("icon.svg"))
        self.write_pages(self.worker() if self.runtime is not None else None)
        if self.whole:
            one = OneFile(self.chapters, self.runtime)
            one.parts = self.parts
            one.build()
            self.files[self.whole] = one.page
        self.files["_headers"] = HEADERS.encode()
        self.files["NOTICE.txt"] = self.notice().encode()
        self.files["HOSTING.txt"] = ("\n\n".join(BUILD["hosting"]) + "\n").encode()
        listed = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(self.files.items())}
        self.files[MANIFEST] = (json.dumps(listed, indent=1) + "\n").encode()

    def worker(self) -> dict[str, Any]:
        """What computes; its files keep their names, in a folder with a hash of them all."""
        digest = hashlib.sha256(b"".join(self.parts[name] for name in sorted(self.parts))).hexdigest()[:12]
        folder = f"{FOLDER}/runtime-{digest}/"
        for name, data in self.parts.items():
            self.files[folder + name] = data
        integrity = {name: f"sha256-{_digest(data)}" for name, data in self.parts.items()}
        script = self.add("worker.js", SCRIPT.read_text(encoding="utf-8"))
        return {"script": script, "folder": folder, "integrity": integrity, "bokeh": self.bokeh}

    def notice(self) -> str:
        return notice(SHIPPED) if self.runtime is None else notice((*SHIPPED, *PACKAGES), licences(self.runtime))

    # ------------------------------------------------------------------------------------------------------------ pages

    def write_pages(self, worker: Mapping[str, Any] | None) -> None:
        scripts = assets.scripts(dict(self.entries(worker)))
        for name, text in scripts.files.items():
            self.files[f"{FOLDER}/{name}"] = text.encode()
        for path, (title, message) in self.openings().items():
            modules = {name: self.integrity(name) for name in (f"{FOLDER}/{name}" for name in scripts.of(script_of(path)))}
            openings = {path: _inside(wire.as_text(message))}
            page = self.rendered(POLICY, title, openings, modules=modules)
            self.files[self.names[path]] = page.encode()

    def integrity(self, path: str) -> str:
        return f"sha256-{_digest(self.files[path])}"

    def rendered(self, policy: str, title: str, openings: Mapping[str, str], **more: Any) -> str:
        template = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=False, trim_blocks=True, lstrip_blocks=True
        ).get_template("page.html")
        ground = assets.css("ground.css")
        given = {"icon": self.icon, "bokeh": self.bokeh, "ground": ground, "words": PAGE, **more}
        return template.render(policy=policy, title=title, openings=openings, **given)

    def entries(self, worker: Mapping[str, Any] | None) -> Iterator[tuple[str, assets.Entry]]:
        """The scripts of all pages, by name."""
        said = {key: PAGE[key] for key in ("computing_loads", "computing_failed", "computing_none")}
        known = {"pages": {path: self.link(path) for path in self.names}, "words": said, "worker": worker}
        for chapter in self.chapters:
            chapter.warm()
            scenes = {key: self.add(f"{chapter.name}-{key}.json", wire.as_text(opening(chapter, key))) for key in chapter.scenes}
            shown = {"folder": chapter.folder.name, "stem": ""}
            start = {"page": chapter.path, "shown": shown, "scenes": scenes, **known}
            spec = {**self.spec(pages.chapter_spec(chapter), chapter), "whole": self.whole}
            yield chapter.name, assets.static_entry(chapter.card_scripts, spec, chapter.figures(), start)
        if self.studies:
            from app.studies.figures import COLOURS, figures  # HoloViews is slow to import
        for kind in self.studies.values():
            studied = [chapter for chapter in self.chapters if chapter.name in kind.studied()]
            specs = {chapter.name: self.spec(pages.study_spec(kind, chapter, COLOURS), chapter) for chapter in studied}
            start = {"page": kind.name, "shown": {"folder": "", "stem": kind.name}, "scenes": {}, **known}
            yield kind.name, assets.static_study_entry(kind.script(), specs, figures(), start)

    def openings(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """The title of each page, and the message with which it begins."""
        begun = {chapter.path: (chapter.words["page"]["page_title"], opening(chapter)) for chapter in self.chapters}
        for kind in self.studies.values():
            [message] = kind(*kind.opening_of({})).opening()
            begun[kind.name] = (words("app.studies", kind.name)["page_title"], message)
        return begun

    def spec(self, given: Mapping[str, Any], chapter: Chapter) -> dict[str, Any]:
        """What the page's script is given: ways lead to pages of this site alone."""
        ways = [[self.link(link[2:]), *rest] for link, *rest in given["pages"] if link[2:] in self.names]
        texts = {kind: self.text(kind, chapter) for kind in pages.TEXTS}
        return {**given, "takes_lessons": False, "pages": ways, "equations": texts["words"], "claims": texts["claims"]}

    def text(self, kind: str, chapter: Chapter) -> str:
        """Where a page fetches such a text; nothing where there is none."""
        _, text = pages.chapter_file(kind, chapter)
        return self.add(f"{kind}-{chapter.name}.html", LINK.sub(self._led, text)) if text else ""

    def _led(self, found: re.Match[str]) -> str:
        path, query, shown = found.groups()
        if path not in self.names:
            return ""
        page, mark, hash_ = self.link(path).partition("#")
        return f'<a href="{page}?{query}{mark}{hash_}">{shown}</a>'

    # ------------------------------------------------------------------------------------------------------------ sizes

    def visit(self, path: str) -> dict[str, bytes]:
        """What a first visit of a page asks for, until it plays."""
        page = self.files[self.names[path]]
        return {self.names[path]: page, **{name: data for name, data in self.files.items() if name.encode() in page}}

    def computing(self) -> dict[str, bytes]:
        """What the worker asks for besides."""
        return {
            path: data for path, data in self.files.items() if path.startswith(COMPUTING) and not path.endswith((".br", ".gz"))
        }


@dataclass
class OneFile(Site):
    """All pages of a site in one file that can be opened from disk: what would be files beside it are addresses of its own."""

    scenes: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: str | bytes) -> str:
        data = content.encode() if isinstance(content, str) else content
        if name.endswith(".json"):  # once in the page, beside what a worker asks for
            self.scenes[name] = data
            return name
        kind = KINDS[name.rpartition(".")[2]]
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"

    def link(self, path: str) -> str:
        return f"{MARK}{path}"

    def build(self) -> None:
        self.bokeh = BOKEH
        self.icon = self.add("icon.svg", assets.css("icon.svg"))
        self.write_pages(self.worker() if self.runtime is not None else None)

    def worker(self) -> dict[str, Any]:
        """What the worker asks for is in the page once, by its name."""
        script = self.add("worker.js", SCRIPT.read_text(encoding="utf-8"))
        return {"script": script, "folder": "", "integrity": {}, "bokeh": BOKEH}

    def held(self, shared: str) -> dict[str, str]:
        """By their names the scripts of all pages, the files of scenes, and those that a worker asks for, packed."""
        files = {BOKEH: bokeh_text().encode(), SHARED: shared.encode(), **self.scenes, **self.parts}
        return {name: self.packed(data) for name, data in files.items()}

    def packed(self, data: bytes) -> str:
        return self.add("packed.gz", gzip.compress(data, mtime=0))

    def write_pages(self, worker: Mapping[str, Any] | None) -> None:
        scripts = assets.scripts(dict(self.entries(worker)))
        shared = f'"./{scripts.browser}"'
        modules = {
            path: self.packed(scripts.files[scripts.pages[script_of(path)]].replace(shared, f'"{SHARED}"', 1).encode())
            for path in self.names
        }
        begun = self.openings()
        titles = {path: title for path, (title, _) in begun.items()}
        told = {"modules": json.dumps(modules), "titles": _inside(json.dumps(titles))}
        chooser = CHOOSER.format(**told, mark=MARK, bokeh=BOKEH, shared=SHARED)
        policy = POLICY_OF_ONE.format(scripts=f"'sha256-{_digest(chooser.encode())}'")
        openings = {path: _inside(wire.as_text(message)) for path, (_, message) in begun.items()}
        files = json.dumps(self.held(scripts.files[scripts.browser]))
        page = self.rendered(policy, titles[self.chapters[0].path], openings, chooser=chooser, files=files)
        self.page = page.encode()


def script_of(path: str) -> str:
    """The name of a page's script: a chapter's, or a study's."""
    return next((chapter.name for chapter in chapters().values() if chapter.path == path), path)


def _inside(text: str) -> str:
    """As it may stand within a script."""
    return text.replace("<", "\\u003c")


def _digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


@cache
def opening(chapter: Chapter, scene: str | None = None) -> dict[str, Any]:
    """The message with which a page begins, by itself or with a scene."""
    values, notices = chapter.opening({} if scene is None else {"scene": [scene]})
    make(chapter.awaited(values))
    [message] = ChapterSession(chapter, values, notices).opening()
    return message


def make(work: Work | None) -> None:
    """What a run waits for, such as a training: visitors of the site are not to wait for it."""
    state: bytes | None = None
    reports: list[Any] = []
    while work is not None and not (reports and work.is_done(reports[-1])):
        state, fresh = work.piece(state)
        reports += fresh
    if work is not None and state is not None:
        work.keep(state)


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
    commands.add_argument("--one-file", action="store_true", help=f"also {WHOLE}, which has all pages in it and opens from disk")
    commands.add_argument(
        "--plain", action="store_true", help="quickly: nothing is compiled or packed, as where there is no Node"
    )
    runtimes = commands.add_mutually_exclusive_group()
    runtimes.add_argument("--runtime", type=Path, metavar="DIR", help="a folder with Pyodide and its NumPy; else fetched")
    runtimes.add_argument("--only-scenes", action="store_true", help="without what computes: scenes play, sliders do not")
    return commands


def main(given: Sequence[str]) -> int | str:
    """What the process ends with: a sentence where the site cannot be made."""
    asked = parser().parse_args(given)
    try:
        files = None if asked.only_scenes else runtime(asked.runtime)
        site = Site(chosen(asked.chapters), files, WHOLE if asked.one_file else "", lean=has_node() and not asked.plain)
        site.build()
        if not asked.plain:
            site.files |= packed({path: data for path, data in site.files.items() if path != site.whole})
        write(site, asked.site)
    except (BuildError, MissingRuntime) as wrong:
        return str(wrong)
    print(BUILD["made"].format(folder=asked.site, files=len(site.files), bytes=_megabytes(site.files.values())))
    for line in size_table(site):
        print(line)
    if not (site.lean or asked.only_scenes):
        print(BUILD["plain"])
    return 0


def sizes(site: Site) -> dict[str, tuple[int, int]]:
    """The bytes of each part of a first visit, as they are and as a host sends them."""
    first = site.visit(site.chapters[0].path)
    parts: dict[str, list[str]] = {"page": [path for path in first if "bokeh" not in path], "BokehJS": [site.bokeh]}
    for path in site.computing():
        parts.setdefault(BUILD["runtime_parts"].get(path.rpartition("/")[2], BUILD["other_part"]), []).append(path)
    for chapter in site.chapters[1:]:
        parts[chapter.name] = [path for path in site.visit(chapter.path) if path not in first]
    return {
        part: (sum(len(site.files[path]) for path in paths), sum(_sent(site.files, path) for path in paths))
        for part, paths in parts.items()
    }


def _sent(files: Mapping[str, bytes], path: str) -> int:
    return len(files.get(f"{path}.br") or files.get(f"{path}.gz") or gzip.compress(files[path], mtime=0))


def size_table(site: Site) -> Iterator[str]:
    found = sizes(site)
    more = {chapter.name for chapter in site.chapters[1:]}
    first = [size for part, size in found.items() if part not in more]
    for part, (raw, sent) in {**found, BUILD["first_visit"]: tuple(map(sum, zip(*first, strict=True)))}.items():
        print_part = f"+ {part}" if part in more else part
        yield f"{print_part:>36} {raw / 1e6:7.2f} MB {sent / 1e6:7.2f} MB"


def _megabytes(files: Iterable[bytes]) -> str:
    return f"{sum(map(len, files)) / 1e6:.2f}"
