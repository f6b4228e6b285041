"""The pages' scripts: modules bundled by their own imports, with texts and figures, under names that carry a hash of the content.

Two files a page: one with all of app/browser that any page uses, the same for every page, and one with what is the page's own.
The modules stay as they are written, so that they also run one by one, in tests.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

APP = Path(__file__).parent
ADDRESS = "assets"  # the path under which pages ask for these files
BROWSER = APP / "browser"
IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"([^"]+)";\n?', re.MULTILINE)
IN_BROWSER = re.compile(r"(?:^|/)browser/(.+)$")  # so that a chapter of another package finds it, too
EXPORT = re.compile(r"^export (?:async )?(?:function|class|const) (\w+)", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
RENAMED = re.compile(r"\s+as\s+")


class BundleError(Exception):
    """Modules that cannot be put into one file; the text says which and why."""


@dataclass(frozen=True)
class Module:
    """One script: what it imports from where, what it exports, and the rest of its text."""

    path: Path
    imports: tuple[tuple[Path, str], ...]  # from each module the names, as a pattern of destructuring
    exports: tuple[str, ...]
    body: str

    @property
    def name(self) -> str:
        """A name that no other module of a page has."""
        return _identifier("_".join(self.path.with_suffix("").parts[-3:]))

    def scoped(self) -> str:
        """The module in a scope of its own: what it imports are constants there, what it exports are those of one object."""
        lines = [f"// {self.path.parent.name}/{self.path.name}", f"const {self.name} = (() => {{"]
        return "\n".join(
            [*lines, *self.constants(), self.body.strip("\n"), f"return {{ {', '.join(self.exports)} }};", "})();\n"]
        )

    def constants(self) -> list[str]:
        return [f"const {{ {names} }} = {module(path).name};" for path, names in self.imports]


@cache
def module(path: Path) -> Module:
    try:
        return parsed(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError:
        raise BundleError(f"there is no script {path}") from None


def parsed(text: str, path: Path) -> Module:
    """A module of this text, as if it stood at this path."""
    imports = []
    for found in IMPORT.finditer(text):
        names = ", ".join(RENAMED.sub(": ", name.strip()) for name in found[1].split(",") if name.strip())
        imports.append((resolved(found[2], path.parent), names))
    body = IMPORT.sub("", text)
    exports = tuple(EXPORT.findall(body))
    body = re.sub(r"^export (?=async |function|class|const )", "", body, flags=re.MULTILINE)
    if wrong := OTHER.search(body):
        raise BundleError(f"{path.name} has a line that cannot be bundled: {wrong[0]}")
    return Module(path, tuple(imports), exports, body)


def resolved(specifier: str, folder: Path) -> Path:
    """The file that an import means."""
    in_browser = IN_BROWSER.search(specifier)
    return (BROWSER / in_browser[1] if in_browser else folder / specifier).resolve()


def in_order(entry: Module) -> list[Module]:
    """All modules that one needs, each after those it imports; itself last."""
    order: dict[Path, Module] = {}
    under_way: list[Path] = []

    def visit(one: Module) -> None:
        if one.path in order:
            return
        if one.path in under_way:
            circle = [path.name for path in (*under_way[under_way.index(one.path) :], one.path)]
            raise BundleError(f"scripts import each other in a circle: {' → '.join(circle)}")
        under_way.append(one.path)
        for path, _ in one.imports:
            visit(module(path))
        order[under_way.pop()] = one

    visit(entry)
    return list(order.values())


def is_shared(one: Module) -> bool:
    return one.path.is_relative_to(BROWSER)


@dataclass(frozen=True)
class Entry:
    """What a page runs: a module without a file of its own, and what stands behind it."""

    module: Module
    last: str

    @staticmethod
    def of(imports: Iterable[str], last: str, folder: Path) -> Entry:
        return Entry(parsed("".join(f"{line}\n" for line in imports), folder.resolve() / "entry.js"), last)

    def needed(self) -> list[Module]:
        return in_order(self.module)[:-1]

    def inline(self) -> str:
        """All in one text: a file that is opened from disk cannot import others."""
        return self._text(one.scoped() for one in self.needed())

    def beside(self, browser: str) -> str:
        """The text of the page's own file, where all of app/browser stands in another."""
        needed = self.needed()
        own = [one for one in needed if not is_shared(one)]
        wanted = {path for one in (*own, self.module) for path, _ in one.imports}
        names = ", ".join(sorted(one.name for one in needed if is_shared(one) and one.path in wanted))
        return self._text([f'import {{ {names} }} from "./{browser}";', *(one.scoped() for one in own)])

    def _text(self, before: Iterable[str]) -> str:
        return "\n".join([*before, *self.module.constants(), self.last, ""])


@dataclass(frozen=True)
class Cards:
    """The cards of a chapter: scripts in its folder, or else in app/browser/cards."""

    folder: Path
    names: tuple[str, ...]

    def imports(self, prefix: str = "") -> Iterator[str]:
        """With a prefix from anywhere, and under names that no other chapter's have."""
        own = f"{self.folder.resolve().as_posix()}/" if prefix else "./"
        has_run = (self.folder / "run.js").is_file()
        renamed = f"readRun as {prefix}readRun" if prefix else "readRun"
        yield f'import {{ {renamed} }} from "{f"{own}run.js" if has_run else "browser/message.js"}";'
        for name in self.names:
            place = f"{own}{name}.js" if (self.folder / f"{name}.js").is_file() else f"browser/cards/{name}.js"
            yield f'import {{ card as {prefix}{_identifier(name)} }} from "{place}";'

    def listed(self, prefix: str = "") -> str:
        return f"[{', '.join(prefix + _identifier(name) for name in self.names)}]"

    def style(self) -> str:
        """The CSS of the stage, and of cards that only this chapter has."""
        own = self.folder / "cards.css"
        return css("stage.css") + (own.read_text(encoding="utf-8") if own.is_file() else "")


def chapter_entry(cards: Cards, spec: Mapping[str, Any], figures: str) -> Entry:
    """A chapter's page; `figures` is JSON."""
    last = "export default component((port) => new ChapterPage(port, { spec, figures, style, cards, readRun }), style.page);"
    return _chapter_entry(cards, spec, figures, 'import { component } from "browser/ports/panel.js";', last)


def static_entry(cards: Cards, spec: Mapping[str, Any], figures: str, start: Mapping[str, Any]) -> Entry:
    """The same on a site without a server; `start` says where its scenes' runs are, and what computes others."""
    last = f"""const open = (port) => new ChapterPage(port, {{ spec, figures, style, cards, readRun }});
openPage(document.getElementById("page"), open, style.page, {_json(start)});"""
    return _chapter_entry(cards, spec, figures, 'import { openPage } from "browser/ports/worker.js";', last)


def _chapter_entry(cards: Cards, spec: Mapping[str, Any], figures: str, port: str, last: str) -> Entry:
    style = json.dumps({"page": css("page.css"), "stage": cards.style()}, ensure_ascii=False)
    given = f"""const cards = {cards.listed()};
const style = {style};
const figures = {figures};
const spec = {_json(spec)};
{last}"""
    return Entry.of(['import { ChapterPage } from "browser/chapter_page.js";', port, *cards.imports()], given, cards.folder)


def study_entry(script: Path, spec: Mapping[str, Any], figures: str) -> Entry:
    """The page of a study, whose view stands in this script."""
    last = f"""const spec = {_json(spec)};
export default component((port) => new StudyPage(port, {{ spec, figures, View }}), style);"""
    return _study_entry(script, figures, 'import { component } from "browser/ports/panel.js";', last)


def static_study_entry(script: Path, specs: Mapping[str, Any], figures: str, start: Mapping[str, Any]) -> Entry:
    """The same on a site without a server, for all systems: which one is studied stands in the address."""
    last = f"""const specs = {_json(specs)};
const asked = new URLSearchParams(location.search).get("system") ?? "";
const spec = Object.hasOwn(specs, asked) ? specs[asked] : Object.values(specs)[0];
const open = (port) => new StudyPage(port, {{ spec, figures, View }});
openPage(document.getElementById("page"), open, style, {_json(start)});"""
    return _study_entry(script, figures, 'import { openPage } from "browser/ports/worker.js";', last)


def _study_entry(script: Path, figures: str, port: str, last: str) -> Entry:
    studies = APP / "studies"
    style = css("page.css") + (studies / "studies.css").read_text(encoding="utf-8")
    given = f"""const style = {json.dumps(style, ensure_ascii=False)};
const figures = {figures};
{last}"""
    imports = [port, f'import {{ StudyPage }} from "{studies / "page.js"}";', f'import {{ View }} from "./{script.name}";']
    return Entry.of(imports, given, script.parent)


def offline_entry(cards: Cards, given: str) -> Entry:
    """A copy of one run, in a file that knows no server; `given` is an expression of JavaScript."""
    last = f"""const cards = {cards.listed()};
play(document.getElementById("stage"), {given}, {{ cards, readRun }});"""
    return Entry.of(['import { play } from "browser/ports/offline.js";', *cards.imports()], last, cards.folder)


def lesson_entry(chapters: Mapping[str, Cards], views: Sequence[Path]) -> Entry:
    """A lesson in a file: the pages of these chapters, and of studies whose views stand in these scripts."""
    studies = APP / "studies"
    study_page = [f'import {{ StudyPage }} from "{studies / "page.js"}";'] if views else []
    imports = ['import { ChapterPage } from "browser/chapter_page.js";', 'import { openLesson } from "browser/ports/offline.js";']
    made = []
    for name, cards in chapters.items():
        prefix = f"{_identifier(name)}_"
        imports += cards.imports(prefix)
        style = json.dumps(cards.style(), ensure_ascii=False)
        own = f"cards: {cards.listed(prefix)}, readRun: {prefix}readRun, style: {style}"
        made.append(f"{json.dumps(name)}: {{ {own} }}")
    seen = {path.stem: f"view_{_identifier(path.stem)}" for path in views}
    imports += [*study_page, *(f'import {{ {"View"} as {seen[path.stem]} }} from "{path.as_posix()}";' for path in views)]
    style = {"page": css("page.css"), "study": css("page.css") + (studies / "studies.css").read_text(encoding="utf-8")}
    given = ["chapters", "views", "style", "ChapterPage", *(["StudyPage"] if views else [])]
    last = f"""const chapters = {{ {", ".join(made)} }};
const views = {{ {", ".join(f"{name}: {view}" for name, view in seen.items())} }};
const style = {json.dumps(style, ensure_ascii=False)};
openLesson({{ {", ".join(given)} }});"""
    return Entry.of(imports, last, BROWSER)


@dataclass(frozen=True)
class Scripts:
    """The files of all pages, by names that change with their content, and which of them a page is."""

    browser: str
    pages: Mapping[str, str]
    files: Mapping[str, str]

    def of(self, page: str) -> tuple[str, str]:
        """What a page asks for: the file that it shares with others, and its own."""
        return self.browser, self.pages[page]


def scripts(entries: Mapping[str, Entry]) -> Scripts:
    """The files of these pages."""
    shared: dict[Path, Module] = {}
    for entry in entries.values():
        shared |= {one.path: one for one in entry.needed() if is_shared(one)}
    names = ", ".join(sorted(one.name for one in shared.values()))
    text = "\n".join([*(one.scoped() for one in shared.values()), f"export {{ {names} }};", ""])
    browser = hashed("browser.js", text)
    files, pages = {browser: text}, {}
    for name, entry in entries.items():
        own = entry.beside(browser)
        pages[name] = hashed(f"{name}.js", own)
        files[pages[name]] = own
    return Scripts(browser, pages, files)


def css(name: str) -> str:
    return (BROWSER / name).read_text(encoding="utf-8")


def hashed(name: str, content: str) -> str:
    """The name of a file that a browser may keep for ever."""
    stem, suffix = name.rsplit(".", 1)
    return f"{stem}-{hashlib.sha256(content.encode()).hexdigest()[:12]}.{suffix}"


def _identifier(text: str) -> str:
    return re.sub(r"\W", "_", text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
