"""One short sentence for every frame of a run of the context gate."""

from __future__ import annotations

import math

import numpy as np

from app.chapters.context.pack import APART
from app.chapters.frames import Told
from app.numbers import number, share
from app.words import plural, words
from core.context.run import HALF, OTHER, TARGET, ContextRun
from core.context.theory import SURE

WORDS = words(__package__)["narration"]
WEIGHTS = {"begin": 9, "half": 7, "leader": 6, "pixels": 6, "certain": 5, "rest": 8}


def narrate(run: ContextRun) -> Told:
    """A sentence for each frame of the run, and which of them are to be heard."""
    leads = run.p.argmax(axis=1)
    order = np.sort(run.p, axis=1)
    clear = order[:, -1] - order[:, -2] > APART * order[:, -1]
    wrong = run.wrong.sum(axis=1)
    moments = {0: WEIGHTS["begin"]}
    lines = []
    last = len(run.t) - 1
    rest = int(np.searchsorted(run.t, run.converged_at)) if run.converged_at is not None else last
    moments[min(rest, last)] = WEIGHTS["rest"]
    _note(moments, np.where(clear, leads, -1), WEIGHTS["leader"])
    _note(moments, order[:, -1] > HALF, WEIGHTS["half"])
    _note(moments, wrong == 0, WEIGHTS["pixels"])
    _note(moments, run.observables["margin"] > run.needed_margin, WEIGHTS["certain"])
    begun = next((frame for frame in sorted(moments) if frame), last)
    for frame, t in enumerate(run.t.tolist()):
        if frame >= rest:
            said = _end(run)
        elif frame < begun:
            said = _begin(run)
        else:
            said = _standing(run, frame, int(leads[frame]), bool(clear[frame]), int(wrong[frame]))
        lines.append(WORDS["frame"].format(t=number(t), said=said))
    return Told(lines, moments)


def _note(moments: dict[int, int], states: np.ndarray, weight: int) -> None:
    """Every change of a state is a moment."""
    for frame in np.flatnonzero(states[1:] != states[:-1]) + 1:
        moments[int(frame)] = max(weight, moments.get(int(frame), 0))


def _context(run: ContextRun) -> str:
    name = run.settings["context"]
    return str(WORDS["contexts"][name if isinstance(name, str) else "own"])


def _begin(run: ContextRun) -> str:
    earlier = run.settings.get("start")
    context = _context(run)
    if earlier is not None:
        return str(WORDS["steered"].format(context=context))
    key = run.settings["cue"] if isinstance(run.settings["cue"], str) else "own"
    first, second = run.trial.pair
    known = int((run.trial.cue != 0).sum())
    cue = WORDS["cues"][key].format(first=run.names[first], second=run.names[second], known=known, N=run.q.shape[1],
                                    target=run.names[run.target])  # fmt: skip
    return f"{cue}; {context}"


def _standing(run: ContextRun, frame: int, leader: int, clear: bool, wrong: int) -> str:
    gain = float(run.p[frame, leader])
    held = math.isinf(run.settings["tau_q"])
    key = "level" if not clear else "holds" if gain > HALF else "leads"
    who = WORDS[key].format(who=run.names[leader], gain=share(gain))
    if run.observables["margin"][frame] > run.needed_margin:
        who += WORDS["certain"].format(sure=share(SURE))
    if held:
        return f"{who}; {WORDS['held']}"
    pixels = WORDS["pixels_right"] if wrong == 0 else plural(WORDS["pixels_wrong"], wrong, target=run.names[run.target])
    return f"{who}; {pixels}"


def _end(run: ContextRun) -> str:
    leader = int(run.p[-1].argmax())
    given = {
        "who": run.names[leader], "target": run.names[run.target], "gain": share(float(run.p[-1, leader])),
        "t": number(float(run.t[-1])), "since": number(run.converged_at or 0.0),
        "alpha": number(run.settings["alpha"]), "crit": number(run.alpha_crit), "context": _context(run),
    }  # fmt: skip
    said = str(WORDS["ends"][run.outcome].format(**given))
    return said + _drift(run) if run.is_tied and leader in run.trial.pair and run.outcome in (TARGET, OTHER) else said


def _drift(run: ContextRun) -> str:
    """Why one of two patterns is recalled that neither cue nor context told apart."""
    leader = int(run.p[-1].argmax())
    rival = run.other if leader == run.target else run.target
    own, less = (float(run.likeness[k]) for k in (leader, rival))
    key = "drift_to_alike" if own > less else "drift"
    return str(WORDS[key].format(rival=run.names[rival], own=number(own), less=number(less)))
