"""One short sentence for every frame of a run, made from its events: what a lecturer says and a screen reader hears."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.chapters.frames import Told
from app.numbers import number, share
from app.words import plural, words
from core import OUTCOMES, PARAMETERS
from core.retrieval.events import Course, Event, course, events, has_gains, quiet
from core.retrieval.observe import RetrievalRun

WORDS = words(__package__)["narration"]
LINGER = 20  # an event stays in the sentence for this fraction of the run's frames, or nobody could read it


# How much the words of an event matter where not all can be said; what is said of the cue and of the end always is.
WEIGHTS = {
    "steered": 9, "rest": 8, "leader": 7, "corrected": 6, "half": 6, "lost": 5, "committed": 4, "tie": 3, "decided": 2,
}  # fmt: skip


def narrate(run: RetrievalRun) -> Told:
    """A sentence for each frame of the run, and which of them are to be heard."""
    narrator = _Narrator(run)
    return Told(narrator.sentences(), narrator.moments)


class _Narrator:
    """The words for one run: standing clauses that follow the numbers, and announcements that linger over them."""

    def __init__(self, run: RetrievalRun) -> None:
        self.run, self.N = run, run.x.shape[1]
        self.seen: Course = course(run)
        self.frames = len(run.t)
        self.linger = max(2, self.frames // LINGER)
        self.wrong = self.seen.wrong.tolist()
        self.unknown = self.seen.unknown.tolist()
        self.ends = self.frames - 1  # from this frame on, the sentence is how it ended
        self.known: dict[tuple[int, bool], str] = {}  # names as they were first made
        self.whole: dict[int, str] = {}  # announcements that are the whole sentence, by frame
        self.who: dict[int, str] = {}  # announcements about who leads
        self.bits: dict[int, str] = {}  # announcements about the bits
        self.moments: dict[int, int] = {}  # frames in which something happens, and how much it matters
        self.dates: dict[int, float] = {}  # and when it does, which may be before the frame
        self.quiet = quiet(run).tolist()
        for event in events(run, self.seen):
            if event.kind in WEIGHTS:
                if WEIGHTS[event.kind] > self.moments.get(event.frame, 0):
                    self.moments[event.frame] = WEIGHTS[event.kind]
                    self.dates[event.frame] = event.t
            getattr(self, "_" + event.kind)(event)
        two = self.seen.level == 2
        for frame in np.flatnonzero(two[1:] & ~two[:-1]) + 1:
            self.moments.setdefault(int(frame), WEIGHTS["tie"])

    def sentences(self) -> list[str]:
        standing, end = self._standing(), self._end()
        lines = []
        for frame, t in enumerate(self.run.t.tolist()):
            if frame >= self.ends:
                said = end
            elif frame in self.whole:
                said = self.whole[frame]
            else:
                who = self.who.get(frame) or standing[frame]
                bits = self.bits.get(frame) or self._count(frame)
                said = who + WORDS["join"] + bits
            lines.append(WORDS["frame"].format(t=number(self.dates.get(frame, t)), said=said))
        return lines

    # ------------------------------------------------------------------------------------------------ the events' words

    def _linger(self, announced: dict[int, str], event: Event, text: str, fact: Sequence[int] | np.ndarray | None = None) -> None:
        """Say it for a while, or until the fact it states has changed."""
        for frame in range(event.frame, min(event.frame + self.linger, self.frames)):
            if fact is not None and fact[frame] != fact[event.frame]:
                break
            announced[frame] = text

    def _cue(self, event: Event) -> None:
        wrong, unknown = event.numbers["wrong"], event.numbers["unknown"]
        if wrong and unknown:
            text = WORDS["cue_both"].format(wrong=wrong, unknown=unknown, N=self.N)
        elif wrong:
            text = WORDS["cue_wrong" if wrong < self.N else "cue_all_wrong"].format(n=wrong, N=self.N)
        elif unknown:
            text = plural(WORDS["cue_unknown"], unknown, N=self.N) if unknown < self.N else WORDS["cue_all_unknown"]
        else:
            text = WORDS["cue_exact"]
        self._linger(self.whole, event, text)

    def _steered(self, event: Event) -> None:
        changes = ", ".join(_changes(self.run.settings))
        text = WORDS["steered"].format(changes=changes) if changes else WORDS["steered_same"]
        self._linger(self.who, event, text)

    def _tie(self, event: Event) -> None:
        """The standing clause says it for as long as it lasts."""

    def _leader(self, event: Event) -> None:
        if event.frame == 0 or not self.seen.decided[event.frame]:
            return  # while the gains are alike, the standing clause says who is closest
        who, before = self._name(event.numbers["memory"], event.numbers["overlap"]), event.numbers["before"]
        if before < 0:
            text = WORDS["takes_the_lead"].format(who=who)
        else:
            text = WORDS["overtakes"].format(who=who, before=self._name(before))
        self._linger(self.who, event, text, self.seen.leader)

    def _decided(self, event: Event) -> None:
        """The standing clause says who leads from here."""

    def _half(self, event: Event) -> None:
        if event.frame and event.frame not in self.who:
            who = self._name(event.numbers["memory"], self.run.overlaps[event.frame, event.numbers["memory"]])
            self._linger(self.who, event, WORDS["half"].format(who=who))

    def _lost(self, event: Event) -> None:
        more = event.numbers["bits"] - event.numbers["won"]
        if more > 0:
            self._linger(self.bits, event, plural(WORDS["lost"], more, wrong=event.numbers["wrong"]), self.wrong)

    def _corrected(self, event: Event) -> None:
        kind = "corrected" if self.wrong[event.frame - 1] else "settled"
        self._linger(self.bits, event, plural(WORDS[kind], event.numbers["bits"]))

    def _committed(self, event: Event) -> None:
        if event.frame and event.numbers["wrong"] and event.frame not in self.bits:
            self._linger(self.bits, event, plural(WORDS["committed"], event.numbers["wrong"]), self.wrong)

    def _rest(self, event: Event) -> None:
        self.ends = event.frame

    def _horizon(self, event: Event) -> None:
        """The last frame says it."""

    def _outcome(self, event: Event) -> None:
        self.outcome = OUTCOMES[event.numbers["outcome"]]

    # ------------------------------------------------------------------------------------------------ standing clauses

    def _standing(self) -> list[str]:
        """For each frame, who is ahead."""
        seen = self.seen
        if not has_gains(self.run):
            alike = ""
        elif np.isinf(self.run.memory.tau_p):
            alike = WORDS["frozen"]
        else:
            alike = WORDS["undecided"]
        table = zip(
            seen.decided.tolist(), seen.level.tolist(), seen.first.tolist(), seen.second.tolist(),
            seen.overlap.tolist(), seen.gain.tolist(), strict=True,
        )  # fmt: skip
        clauses = []
        for decided, level, first, second, overlap, gain in table:
            who = self._name(first, overlap)
            if level == 2:
                who = WORDS["two"].format(first=who, second=self._name(second))
            elif level > 2:
                who = WORDS["many"].format(n=level)
            if decided:
                clause = WORDS["level_gain" if level > 1 else "holds" if gain > 0.5 else "leads"]
                clauses.append(clause.format(who=who, gain=share(gain)))
            else:
                clause = alike + WORDS["level" if level > 1 else "closest"]
                clauses.append(clause.format(who=who, overlap=number(abs(overlap))))
        return clauses

    def _count(self, frame: int) -> str:
        wrong, first, unknown = self.wrong[frame], self.wrong[0], self.unknown[frame]
        if self.quiet[frame]:
            return WORDS["quiet"]
        if unknown:
            return plural(WORDS["unknown"], unknown)
        if wrong == 0:
            return WORDS["all_right"]
        if wrong == self.N:
            return WORDS["all_wrong"]
        if frame >= self.ends or self.unknown[0]:
            return plural(WORDS["wrong"], wrong)
        if wrong <= first:
            return plural(WORDS["still_wrong"], wrong)
        return plural(WORDS["more_wrong"], wrong, more=wrong - first)

    def _end(self) -> str:
        last = self.frames - 1
        text = WORDS["end_" + self.outcome.replace(" ", "_")]
        values = {
            "t": number(float(self.run.t[-1])),
            "since": number(self.run.converged_at or 0.0),
            "target": self._name(self.run.target),
        }
        if self.outcome == "other":
            recalled = int(np.abs(self.run.overlaps[last]).argmax())
            values["who"] = self._name(recalled, self.run.overlaps[last, recalled])
        said = text.format_map(values)
        return said if self.outcome in ("target", "flipped", "silent") else said + WORDS["join"] + self._count(last)

    def _name(self, memory: int, overlap: float = 1.0) -> str:
        if (memory, overlap < 0) not in self.known:
            self.known[memory, overlap < 0] = self._named(memory, overlap)
        return self.known[memory, overlap < 0]

    def _named(self, memory: int, overlap: float) -> str:
        name = self.run.names[memory]
        if memory == self.run.target:
            who = WORDS["target"] if name.isdigit() else WORDS["target_named"].format(name=name)
        else:
            who = WORDS["memory"].format(name=name)
        return WORDS["mirrored"].format(who=who) if overlap < 0 else who


def _changes(settings: dict[str, Any]) -> list[str]:
    """What a steered run changed, as "T = 1"."""
    before = settings["start"].settings
    changed = [name for name in PARAMETERS if name != "cue" and settings[name] != before[name]]
    return [
        f"{PARAMETERS[name].symbol} = {value if isinstance(value, str) else number(value)}"
        for name in changed
        for value in [settings[name]]
    ]
