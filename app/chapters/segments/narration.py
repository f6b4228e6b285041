"""One sentence for every frame: what a segment brings, what is answered now, how much is carried on; and the way back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.chapters.frames import Told
from app.chapters.segments.walk import BACK, Walked
from app.numbers import number, share
from app.words import words
from core.segments.system import SegmentsRun, lengths

WORDS = words(__package__)["narration"]
ALIKE = 1e-9  # relative: a gradient that differs by less is the same


def narrate(run: SegmentsRun) -> Told:
    """The sentences of one run, with the way back behind them."""
    walk = Walked.of([part for part in run.segments if isinstance(part, SegmentsRun)])
    return Told(Narrator(walk).lines(walk.places, walk.ways, walk.factors[walk.places]))


class Narrator:
    """The words for one walk."""

    def __init__(self, walk: Walked) -> None:
        self.walk, self.T = walk, walk.count
        self.whole = walk.whole
        self.task = walk.run.training.task
        self.slope, self.literal = (lengths(values) for values in (self.whole.gradient, self.whole.literal))

    def lines(self, places: Sequence[int] | np.ndarray, ways: np.ndarray, factors: np.ndarray) -> list[str]:
        frames = zip(np.asarray(places).tolist(), ways.tolist(), factors.tolist(), strict=True)
        return [self._back(t) if way == BACK else self._forward(t, factor) for t, way, factor in frames]

    def _forward(self, t: int, factor: float) -> str:
        answers = self.whole.answers[t]
        said, right = int(answers.argmax()), self.whole.right
        named = {
            "segment": t + 1, "segments": self.T, "answer": self.task.answers[said], "p": share(float(answers[said])),
            "right": self.task.answers[right], "p_right": share(float(answers[right])),
        }  # fmt: skip
        parts = [self._read(t), WORDS["now_right" if said == right else "now_wrong"].format(**named)]
        if t + 1 < self.T:
            parts.append(self._carried(factor))
        else:
            parts = [WORDS["end_right" if said == right else "end_wrong"].format(**named), self._left()]
        return WORDS["forward"].format(said=WORDS["join"].join(parts), **named)

    def _read(self, t: int) -> str:
        """What of the segment has to do with the answer."""
        tokens = self.whole.tokens[t]
        if self.task.name == "listops":
            telling = [token for token in tokens.tolist() if self.task.symbols[token] != "·"]
        else:
            telling = [token for token in tokens.tolist() if token < len(self.task.answers)]
        called = " ".join(self.task.symbols[token] for token in telling)
        if not telling:
            return WORDS["noise"]
        return WORDS["reads"][min(len(telling), 2) - 1].format(tokens=called)

    def _carried(self, factor: float) -> str:
        if factor == 1:
            return WORDS["carried_all"]
        return WORDS["carried"].format(RF=number(factor))

    def _left(self) -> str:
        left = float(self.whole.products[-1])
        return WORDS["left_all"] if left == 1 else WORDS["left"].format(left=number(left))

    def _back(self, t: int) -> str:
        slope, literal = float(self.slope[t]), float(self.literal[t])
        if t == 0:
            most = {method: f"{one.held:,}".replace(",", " ") for method, one in self.walk.held.items()}
            difference = self.walk.difference
            judged = WORDS["equal" if difference == 0 else "unequal"].format(difference=number(difference))
            return WORDS["back_last"].format(slope=number(slope), judged=judged, **most) + WORDS["stop"]
        parts = [WORDS["back"].format(segment=t + 1, slope=number(slope))]
        if t + 1 < self.T:
            same = abs(literal - slope) <= ALIKE * max(slope, literal)
            times = number(literal / slope) if slope else "∞"
            parts.append(WORDS["same" if same else "differs"].format(times=times))
        return WORDS["join"].join(parts) + WORDS["stop"]
