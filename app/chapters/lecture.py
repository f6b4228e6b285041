"""A visitor's way through a lesson: the step on show, what he has answered, which tasks are done, and the lesson he makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from app import runs
from app.address import LOOKS, SAFE
from app.chapters import chapters
from app.chapters.answers import asked, guessed, is_kept, verdict
from app.chapters.lessons import MOST_OWN, OWN, Lesson, Question, Step, read_lesson, read_table
from app.chapters.taking import Taking
from app.message import plain
from app.rates import TokenBucket
from app.words import words

if TYPE_CHECKING:
    from app.chapters.base import Values
    from app.chapters.session import ChapterSession
    from app.runs import Key
    from app.session import Deed

LESSONS = words()["lessons"]
OWN_PER_SECOND, OWN_AT_ONCE = 3.0, 30.0  # readings of a lesson of one's own
MOST_SAID = 60  # sentences about what is wrong in it


class Lecture:
    """One for each session of a chapter's page."""

    def __init__(self, session: ChapterSession) -> None:
        self._session = session
        self.own: Lesson | None = None  # that the visitor has made; nothing keeps it but his browser
        self._own_reads = TokenBucket(OWN_PER_SECOND, OWN_AT_ONCE)
        self._before: dict[str, Any] | None = None  # what was on show when a lesson began
        self._verdicts: dict[tuple[str, int], dict[str, Any]] = {}  # of each step that was answered
        self._done: set[tuple[str, int]] = set()  # steps whose task is done
        self._taking = Taking(session)

    @property
    def deeds(self) -> Mapping[str, Deed]:
        return {
            "lesson": self.open, "answer": self.answer, "take_lesson": self.take_home, "codes": self.make_codes,
            "keep_step": self.keep_step, "own_lesson": self.hear,
        }  # fmt: skip

    def leave(self) -> None:
        self._taking.leave()

    # ---------------------------------------------------------------------------------------------- the step under way

    @property
    def lesson(self) -> Lesson | None:
        """The lesson under way."""
        held, chapter = self._session.held, self._session.chapter
        return self.own if held.lesson == OWN else chapter.lesson_named(held.lesson)

    def step_of(self, values: Values) -> Step | None:
        """The step of a lesson that values are of, if they are of one that this page shows."""
        chapter = self._session.chapter
        if values["lesson"] != OWN or self.own is None:
            return chapter.lesson_step(values)
        step = self.own.step(values["step"])
        return step if step.chapter == chapter.name else None

    def view_of(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """How the step of these values is shown; nothing where neither they nor what is on show are of a lesson."""
        held, chapter = self._session.held, self._session.chapter
        if (values["lesson"], values["step"]) == (held.lesson, held.step):
            return {}
        step = self.step_of(values)
        shown = chapter.lesson_start if step is None else step.values
        return {name: shown[name] for name in (*chapter.lesson_view_keys, "hide")}

    def _at(self, lesson: Lesson) -> int:
        """At which of its steps it is; a lesson of one's own may have fewer by now."""
        return min(self._session.held.step, len(lesson.steps))

    def _changed(self, step: Step) -> list[str]:
        """In what another run is on show than the step's own, of which alone its sentences are true."""
        session = self._session
        return [name for name in session.chapter.run_keys if step.values[name] != getattr(session.held, name)]

    def open(self, name: str, step: Any = 1) -> None:
        """A step of a lesson: all that it shows takes the place of what was shown. Without a name, the lesson is left."""
        session, chapter, held = self._session, self._session.chapter, self._session.held
        session.begin_anew()
        if not name and isinstance(name, str):
            before = self._before or {**{key: chapter.lesson_start[key] for key in chapter.lesson_view_keys}, "hide": ""}
            self._before = None
            session.change({**before, "lesson": "", "step": 1})
            return
        lesson = self.own if name == OWN and self.own is not None else chapter.lessons[name]
        number = session.whole(step)
        if not 1 <= number <= len(lesson.steps):
            raise IndexError
        wanted = lesson.steps[number - 1]
        if wanted.chapter != chapter.name:  # which has a page of its own
            looks = {key: getattr(held, key) for key in LOOKS}
            session.send({"go": chapters()[wanted.chapter].lesson_address(lesson, number, looks)})
            return
        if not held.lesson:
            self._before = {key: getattr(held, key) for key in chapter.lesson_start}
        session.change({**wanted.values, "at": "", "lesson": name, "step": number})

    # ------------------------------------------------------------------------------------------- questions and tasks

    def answer(self, guess: Any = None) -> None:
        """A guess, before the run is seen; none from who is not sure. From now on the truth may be told."""
        session, lesson = self._session, self.lesson
        step = None if lesson is None else lesson.step(session.held.step)
        question = None if step is None or self._changed(step) else step.question
        if question is None or session.port is None:
            raise ValueError(LESSONS["no_question"])
        names = session.chapter.memories(session.values) if question.kind == "memory" else ()
        known = guessed(question, guess, names)
        place = (session.held.lesson, session.held.step)
        key = runs.key_of(session.chapter, session.values)
        session.port.compute(partial(self._judged, question, known, key, names), partial(self._tell_verdict, place))

    def _judged(self, question: Question, guess: Any, key: Key, names: Iterable[str]) -> dict[str, Any]:
        """Away from the loop, since some truths are those of many trials."""
        chapter = self._session.chapter
        truth = chapter.quantities[question.truth](runs.segments(chapter, key))
        return verdict(question, guess, truth, tuple(names))

    def _tell_verdict(self, place: tuple[str, int], done: Future[dict[str, Any]]) -> None:
        try:
            self._verdicts[place] = done.result()
        except ValueError as wrong:  # its run is not there yet
            self._session.refuse(str(wrong))
        else:
            self._session.show()

    def judge_task(self, key: Key) -> None:
        """Whether the run on show is what the task of this step asks for."""
        chapter, held = self._session.chapter, self._session.held
        step, place = self.step_of(self._session.values), (held.lesson, held.step)
        if step is None or step.task is None or place in self._done or not {*self._changed(step)} <= {*step.task.free}:
            return
        found = runs.segments(chapter, key)
        if all(is_kept(wanted, chapter.quantities[name](found)) for name, wanted in step.task.goal.items()):
            self._done.add(place)

    # --------------------------------------------------------------------------------------------- one of his own

    def keep_step(self) -> None:
        """What is on show, as a step of a lesson of one's own would have it."""
        session, chapter = self._session, self._session.chapter
        kept = (*chapter.run_keys, *chapter.lesson_view_keys, "hide", "scene")
        written = [(name, chapter.address.write_one(name, getattr(session.held, name))) for name in kept]
        session.send({"kept": {"chapter": chapter.name, "address": urlencode(written, safe=SAFE)}})

    def hear(self, parts: Any, whole: bool = False) -> None:
        """A lesson of the visitor's own, as the TOML of its file in pieces: it is read and checked like any message, and kept in
        no file. He is told what is wrong in it, and for a file that he has opened the `whole` of what it says."""
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise TypeError
        if sum(map(len, parts)) > MOST_OWN:
            raise ValueError(LESSONS["own_too_long"].format(most=MOST_OWN))
        port = self._session.port
        if port is None or not self._own_reads.take():
            raise ValueError(LESSONS["own_too_often"])
        port.compute(partial(self._read, "".join(parts), whole is True), self._take)

    def _read(self, text: str, whole: bool) -> tuple[Lesson | None, dict[str, Any]]:
        """Away from the loop."""
        lesson, said = read_lesson(OWN, text, chapters(), self._session.chapter.name)
        told: dict[str, Any] = {"said": said[:MOST_SAID], "steps": [] if lesson is None else [step.say for step in lesson.steps]}
        if whole:
            told["table"] = plain(read_table(text))
        return lesson, told

    def _take(self, done: Future[tuple[Lesson | None, dict[str, Any]]]) -> None:
        session = self._session
        lesson, told = done.result()
        session.send({"own": told})
        if lesson is None:  # the one before stays
            return
        self.own = lesson
        self._verdicts = {place: known for place, known in self._verdicts.items() if place[0] != OWN}
        self._done = {place for place in self._done if place[0] != OWN}
        if session.held.lesson != OWN:
            return
        number = self._at(lesson)
        if lesson.step(number).chapter != session.chapter.name:
            self.open(OWN, number)
        else:
            session.show_step_anew(number)

    # ---------------------------------------------------------------------------------------------------- taken home

    def take_home(self, url: str, notes: bool = True, questions: bool = True) -> None:
        """The lesson under way as a file that plays from disk."""
        self._taking.begin(self.lesson, url, notes, questions)

    def make_codes(self, url: str) -> None:
        """QR codes of the links to all steps of the lesson under way, for its printed sheet."""
        self._taking.make_codes(self.lesson, url)

    # -------------------------------------------------------------------------------------------------- what is told

    def told(self) -> dict[str, Any] | None:
        """The step under way as a page tells it: the question without its answer, until there is a guess."""
        lesson, chapter = self.lesson, self._session.chapter
        if lesson is None:
            return None
        at = self._at(lesson)
        step = lesson.step(at)
        changed = bool(self._changed(step))
        question = None if changed else step.question
        names = chapter.memories(step.values) if question and question.kind == "memory" else ()
        return {
            "name": lesson.name,
            "title": lesson.title,
            "sheet": lesson.sheet,
            "at": at,
            "of": len(lesson.steps),
            "minutes": [sum(one.minutes for one in lesson.steps[at - 1 :]), step.minutes],
            "say": step.say,
            "notes": step.notes,
            "light": step.light,
            "changed": changed,
            "question": asked(question, names) if question else None,
            "study": "" if changed else self._study_of(step),
            "next_study": self._study_of(lesson.after(at)),
            "task": self._told_task(lesson, at),
            "speaker": self._told_speaker(lesson, at) if self._session.held.present else None,
            "verdict": self._verdicts.get((lesson.name, at)) if question else None,
        }

    @property
    def wants_own(self) -> bool:
        """Whether the lesson under way is one that only the visitor's browser has."""
        return self._session.held.lesson == OWN and self.own is None

    def _study_of(self, step: Step | None) -> str:
        """The address of the study that a step shows, if it shows one; with the looks of this page."""
        held = self._session.held
        if step is None or not step.study:
            return ""
        looks = f"theme={held.theme}&hall=1" if held.hall else f"theme={held.theme}"
        return f"./{step.study}{'&' if '?' in step.study else '?'}{looks}&embed=none"

    def _told_speaker(self, lesson: Lesson, at: int) -> dict[str, Any]:
        """For the window of who speaks: what comes next, and what all steps say."""
        after, following = lesson.after(at), None
        if after is not None:
            looks = {"theme": self._session.held.theme, "hall": False, "embed": "none"}
            following = {"say": after.say, "href": chapters()[after.chapter].lesson_address(lesson, at + 1, looks)}
        return {"next": following, "steps": [step.say for step in lesson.steps]}

    def _told_task(self, lesson: Lesson, at: int) -> dict[str, Any] | None:
        """How far the task of a step is, and what of the changes does not go with it."""
        step, chapter = lesson.step(at), self._session.chapter
        task = step.task
        if task is None:
            return None
        done = (lesson.name, at) in self._done
        beyond = {*self._changed(step)} - {*task.free, "bends"}
        names = ", ".join(chapter.seen.get(name, name) for name in task.free)
        wrong = LESSONS["only_free"].format(names=names) if beyond and not done else ""
        return {"done": done, "text": task.done if done else "", "hint": task.hint, "wrong": wrong}
