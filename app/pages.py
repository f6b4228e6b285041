"""All pages there are, chapters × studies: their titles, their scripts, and how a session of each begins.

A server shows them, and so may whatever else carries sessions; nothing here knows how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from app import assets, spec
from app.address import Address, Query, read_texts
from app.chapters import chapters, lessons
from app.chapters.base import Chapter, step_of
from app.chapters.session import ChapterSession
from app.claims import claims_html
from app.equations import equations_html
from app.numbers import in_field, stop_value, stops
from app.session import Session
from app.studies import studies
from app.studies.page import FIRST_SYSTEM, StudyPage
from app.words import merged, words
from core.system import System

STUDY_WORDS, PAGE = words("app.studies"), words()["page"]

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """One page, without anything of a visitor."""

    path: str  # behind the server's address; "" is the first page
    title: str
    link: str  # what it is called where pages are listed
    read: Callable[[Query], tuple[dict[str, Any], list[str]]]  # an address: values, and a sentence for each wrong
    session: Callable[[Values, Iterable[str]], Session]
    script: Callable[[Values], str]  # the name of its script, among those of `entries`
    parameters: Callable[[str], Sequence[str]]  # of a system, those that stand in this page's address
    chapter: Chapter | None = None  # of a page that is a chapter's

    @property
    def plays(self) -> Mapping[str, str]:
        """What a link to the page says of a run besides what was chosen."""
        return {} if self.chapter is None else self.chapter.played


@cache
def pages() -> dict[str, Page]:
    """All pages by path, in the order in which they are listed."""
    every = [*(_chapter_page(chapter) for chapter in chapters().values()), *(_study_page(kind) for kind in studies().values())]
    paths = [page.path for page in every]
    if len({*paths}) < len(paths):
        raise RuntimeError(f"two pages have one address: {sorted(paths)}")
    return dict(zip(paths, every, strict=True))


def links_from(path: str, system: str) -> list[list[Any]]:
    """The way from a page to all others, and to itself: address, title, whether it is this page, parameters that both know, and
    what a link says besides."""
    own = pages()[path]
    return [[f"./{page.path}", page.link, page is own, _shared(own, page, system), page.plays] for page in pages().values()]


def _shared(own: Page, other: Page, system: str) -> list[str]:
    """The parameters of a system that two pages know.

    The seed of a run is that of one draw, the seed of a study that of all its trials, so it does not go from one to the other.
    Nor does the integrator: a run is drawn, of a study only the outcomes are.
    """
    if other.chapter is None and system != FIRST_SYSTEM:  # which the way to a study leads to
        return []
    others = {*other.parameters(system)} - ({"seed", "integrator"} if (own.chapter is None) != (other.chapter is None) else set())
    return [name for name in own.parameters(system) if name in others]


def led_to(path: str, query: Query) -> str:
    """Where an address of this page leads that names a step of a lesson which another page shows; nothing where it stays."""
    texts, _ = read_texts(query, ("lesson", "step"))
    for chapter in chapters().values():
        lesson = chapter.lessons.get(texts.get("lesson", ""))
        if lesson is not None:
            step = lesson.steps[min(step_of(texts.get("step", "")), len(lesson.steps)) - 1]
            if step.path == path:
                return ""
            said = read_texts(query, tuple(query))[0]
            return f"./{step.path}?{urlencode(said)}"
    return ""


def _chapter_page(chapter: Chapter) -> Page:
    said = chapter.words["page"]
    return Page(
        path=chapter.path,
        title=said["page_title"],
        link=said["link"],
        read=chapter.opening,
        session=partial(ChapterSession, chapter),
        script=lambda values: chapter.name,
        parameters=lambda system: tuple(chapter.parameters) if system == chapter.name else (),
        chapter=chapter,
    )


def _study_page(kind: type[StudyPage]) -> Page:
    said = words("app.studies", kind.name)
    return Page(
        path=kind.name,
        title=said["page_title"],
        link=said["link"],
        read=kind.opening_of,
        session=kind,
        script=lambda values: script_name(kind, values.get("system", FIRST_SYSTEM)),
        parameters=partial(_studied_parameters, kind),
    )


def _studied_parameters(kind: type[StudyPage], system: str) -> Sequence[str]:
    if system not in kind.studied():
        return ()
    return [name for name in kind.address_of(system).keys if name in chapters()[system].parameters]


def script_name(kind: type[StudyPage], system: str) -> str:
    return kind.name if system == FIRST_SYSTEM else f"{kind.name}-{system}"


# ------------------------------------------------------------------------------------------------------------------- scripts


@cache
def scripts() -> assets.Scripts:
    """The scripts of all pages, bundled once at start."""
    from app.studies.figures import COLOURS, figures  # HoloViews is slow to import, and a session has no use for it

    entries = {}
    for chapter in chapters().values():
        chapter.warm()
        entries[chapter.name] = assets.chapter_entry(chapter.card_scripts, chapter_spec(chapter), chapter.figures())
    for kind in studies().values():
        for system in kind.studied():
            known = study_spec(kind, chapters()[system], COLOURS)
            entries[script_name(kind, system)] = assets.study_entry(kind.script(), known, figures())
    return assets.scripts(entries)


def chapter_spec(chapter: Chapter) -> dict[str, Any]:
    """What the script of a chapter's page is given."""
    parameters = chapter.parameters

    def field(name: str) -> dict[str, Any]:
        known = parameters[name]
        return spec.field(known, chapter.called(name), chapter.choices(name) if known.choices is not None else None)

    return spec.chapter_spec(
        page=chapter.name,
        takes_lessons=True,
        maker=maker_spec(chapter),
        words=chapter.words["page"],
        stage_words=chapter.words["stage"],
        fields=[field(name) for name in chapter.folded],
        sliders=[_slider(chapter, name) for name in chapter.sliders],
        models=chapter.choices("model") if "model" in parameters else {},
        scenes=[{"key": scene.key, "title": scene.title, "watch": scene.watch} for scene in chapter.scenes.values()],
        lessons=[{"name": lesson.name, "title": lesson.title, "steps": len(lesson.steps)} for lesson in chapter.lessons.values()],
        most=chapter.opened_files,
        equations=address_of("words", chapter),
        claims=address_of("claims", chapter),
        pages=links_from(chapter.path, chapter.name),
        run=chosen_on(chapter, chapter.address, chapter.first_scene.key if chapter.first_scene else ""),
        paper=cited(chapter.system),
    )


def maker_spec(first: Chapter) -> dict[str, Any]:
    """What a lesson of one's own can ask for, whose steps may be of any chapter."""

    def truths(chapter: Chapter) -> dict[str, list[str]]:
        every = [*chapter.quantities]
        return {"number": every, "point": [*chapter.points], "curve": [*chapter.curves]}

    return {
        "first": first.name,
        "kinds": lessons.KINDS,
        "replies": lessons.REPLIES,
        "truths": {name: truths(chapter) for name, chapter in chapters().items()},
        "longest": {name: lessons.LONGEST[name] for name in ("say", "notes", "ask", "then")},
        "most_steps": lessons.MOST_STEPS,
        "most_choices": lessons.MOST_CHOICES,
        "most_letters": lessons.MOST_OWN,
    }


def study_spec(kind: type[StudyPage], chapter: Chapter, colours: Sequence[str]) -> dict[str, Any]:
    """What the script of a page of studies is given for the studies of one system."""
    system, said = chapter.system, STUDY_WORDS["study"]
    own = words("app.studies", kind.name)
    observables = {name: said["observables"].get(name) or known.called for name, known in system.observables.items()}
    units = {name: said["units"].get(name) or known.unit for name, known in system.observables.items()}
    parameters = chapter.parameters
    main = [name for name in (kind.main or chapter.sliders) if name in parameters]
    return spec.study_spec(
        page=kind.name,
        words={
            **merged(words()["page"], STUDY_WORDS["page"], own.get("page", {})),
            "titles": {kind.name: own["link"]},
            "purpose": own["purpose"],
            "observables": observables,
            "units": units,
        },
        parameters=parameters,
        called={name: chapter.called(name) for name in parameters},
        choices={name: chapter.choices(name) for name, known in parameters.items() if known.choices is not None},
        axes={name: said["axes"].get(name) or known.axis for name, known in parameters.items()},
        swept=kind.swept,
        maps=chapter.maps,
        main=main,
        folded=[name for name in parameters if name not in (*main, *kind.slid, "model")],
        sliders={name: _slider(chapter, name) for name in kind.slid},
        models=chapter.choices("model") if "model" in parameters else {},
        colours=colours,
        equations=address_of("words", chapter),
        claims=address_of("claims", chapter),
        pages=links_from(kind.name, chapter.name),
        run=chosen_on(chapter, kind.address_of(chapter.name)),
        paper=cited(system),
    )


def _slider(chapter: Chapter, name: str) -> dict[str, Any]:
    known = chapter.parameters[name]
    texts = [in_field(stop_value(known, i)) for i in range(len(stops(known)))]
    return spec.slider(known, chapter.called(name), texts)


def chosen_on(chapter: Chapter, address: Address, scene: str | None = None) -> dict[str, Any]:
    """What a page has to know to tell which parameters were chosen on it, and which of them go together (ways.js)."""
    others = {} if scene is None else chapter.played  # what is played on a chapter's page is chosen for that page alone
    names = [name for name in address.keys if name in chapter.parameters and name not in others]
    families = chapter.choices("family") if "family" in names else ()
    return {
        "system": chapter.name,
        "usual": {name: address.write_one(name, address.defaults[name]) for name in names},
        "scene": scene,
        "sizes": {family: list(sizes) for family in families if (sizes := chapter.sizes({"family": family}))},
    }


def cited(system: System) -> dict[str, str] | None:
    """The paper that a system comes from, as a link."""
    paper = system.paper
    if paper is None or not paper.arxiv:
        return None
    said = {key: PAGE[key].format(**asdict(paper), by=paper.by) for key in ("paper", "paper_short")}
    return {"text": said["paper"], "short": said["paper_short"], "href": f"https://arxiv.org/abs/{paper.arxiv}"}


# ------------------------------------------------------------------------------------------------- equations, and claims


def chapter_files() -> dict[str, str]:
    """What pages fetch of their chapters when it is asked for, by name."""
    made = [chapter_file(kind, chapter) for chapter in chapters().values() for kind in TEXTS]
    return {name: text for name, text in made if text}


def address_of(kind: str, chapter: Chapter) -> str:
    """Where a page finds such a text of its chapter; nothing where there is none."""
    name, _ = chapter_file(kind, chapter)
    return f"{assets.ADDRESS}/{name}" if name else ""


@cache
def chapter_file(kind: str, chapter: Chapter) -> tuple[str, str]:
    """Its name, and the HTML in it."""
    text = TEXTS[kind](chapter)
    return (assets.hashed(f"{kind}-{chapter.name}.html", text) if text else ""), text


def _equations(chapter: Chapter) -> str:
    return equations_html(chapter.package) if chapter.has_equations else ""


def _claims(chapter: Chapter) -> str:
    return claims_html(chapter.package)


TEXTS: Mapping[str, Callable[[Chapter], str]] = {"words": _equations, "claims": _claims}
