"""One run of the context gate as one binary message for the stage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.chapters.frames import Frames, Told
from app.chapters.packing import signed, valley
from core.context.landscape import along, place
from core.context.run import HALF, LEAD, ContextRun
from core.context.settings import PARAMETERS
from core.context.theory import SURE, pitchfork, stiffness

LEADERS = 6  # the pair and its strongest rivals: drawn by name, and sent unrounded
APART = 0.02  # gains that differ by a smaller part are level
GAIN_STEPS = 65535  # gains in [0, 1] as uint16
RATE_STEPS = 100  # entries of the cue, of which ±1 is a whole pixel, as int8
FORK = 60  # couplings at which the pitchfork is drawn
COUPLINGS: Any = PARAMETERS["lam"].shown

SERIES = ("gain", "other_gain", "margin", "wrong")


def pack(runs: Sequence[ContextRun], narrate: Callable[[Any], Told]) -> bytes:
    """The message for a run, or for a steered run: several, each bending off from a moment of the one before."""
    last = runs[-1]
    sent = Frames(runs, moved=_moved)
    arrays, leaders = sent.arrays, _leaders(sent)
    for name in SERIES:
        arrays[name] = sent.gather(_observed(name)).astype("<f4")
    for name in ("s", "r", "q"):
        arrays[f"power_{name}"] = sent.gather(_power(name)).astype("<f4")
    p, attention = sent.gather("p"), sent.gather("attention")
    arrays["p"] = np.rint(p * GAIN_STEPS).astype("<u2")
    arrays["leader_p"] = p[:, leaders].astype("<f4")
    arrays["attention"] = np.rint(attention * GAIN_STEPS).astype("<u2")
    arrays["leader_attention"] = attention[:, leaders].astype("<f4")
    arrays["s"] = sent.gather("s").astype("<f4")
    arrays["q"] = _pixels(sent.gather("q"))
    arrays["needed"] = sent.gather(_needed).astype("<f4")
    stable = all(float(run.dynamics.gates.eta_min[0]) > 0 for run in runs)  # type: ignore[attr-defined]
    if stable:
        arrays["needed_score"] = sent.gather("needed_score").astype("<f4")
        arrays["rest_margin"] = sent.gather("rest_margin").astype("<f4")
        for name in last.shares:
            arrays[name] = sent.gather(_share(name))[:, leaders].astype("<f4")
    arrays.update(valley(sent, along, place))
    arrays["cue"] = np.sign(last.trial.cue).astype("i1")
    arrays["memories"] = np.packbits(last.trial.Z.T > 0, axis=1)
    arrays["category"] = last.trial.membership.argmax(axis=1).astype("u1")
    sent.header.update({
        "N": len(last.trial.cue),
        "K": p.shape[1],
        "shape": list(last.shape) if last.shape else None,
        "names": list(last.names),
        "target": last.target,
        "other": last.other,
        "leaders": leaders,
        "valley_ends": [last.other, last.target],
        "half": HALF,
        "lead": LEAD,
        "apart": APART,
        "sure": SURE,
        "steps": {"p": GAIN_STEPS, "attention": GAIN_STEPS, "g": RATE_STEPS},
        "couplings": list(COUPLINGS),
        "fork": _fork(runs) if stable else None,
    })  # fmt: skip
    sent.narrate(narrate)
    return sent.message()


def _observed(name: str) -> Callable[[Any], np.ndarray]:
    return lambda run: run.observables[name]


def _power(name: str) -> Callable[[Any], np.ndarray]:
    return lambda run: run.powers[name]


def _share(name: str) -> Callable[[Any], np.ndarray]:
    return lambda run: run.shares[name]


def _needed(run: Any) -> np.ndarray:
    return np.full(len(run.t), run.needed_margin)


def _moved(run: Any, rows: np.ndarray) -> np.ndarray:
    """How much happens from row to row: in gains, gates, cue and energy."""
    energy = run.energy[rows]
    moved = np.abs(np.diff(run.p[rows], axis=0)).sum(axis=1)
    moved += np.abs(np.diff(run.s[rows], axis=0)).max(axis=1) / max(1.0, float(np.abs(run.s).max()))
    moved += np.abs(np.diff(run.q[rows], axis=0)).max(axis=1) * np.sqrt(run.q.shape[1])
    return np.asarray(moved + np.abs(np.diff(energy)) / (np.ptp(energy) or 1.0))


def _leaders(sent: Frames) -> list[int]:
    """The pair, who leads in the end, and whoever had most of the gain or comes closest by the cue."""
    last = sent.last
    reach = sent.gather("p").max(axis=0) + 0.1 * sent.gather(lambda run: run.state["b"]).max(axis=0)
    order = [last.target, last.other, int(last.p[-1].argmax()), *np.argsort(-reach, kind="stable").tolist()]
    return [int(k) for k in dict.fromkeys(order)][:LEADERS]


def _pixels(q: np.ndarray) -> np.ndarray:
    """Entries of the cue, of which ±1 is a whole pixel."""
    return signed(np.clip(q * np.sqrt(q.shape[1]), -1.27, 1.27), RATE_STEPS)


def _fork(runs: Sequence[ContextRun]) -> dict[str, Any]:
    """How far apart the gains of a tie come to rest, over the coupling; and up to where the state of rest is proved to be one."""
    run = runs[-1]
    dynamics: Any = run.dynamics
    gates, beta = dynamics.gates, run.settings["beta"]
    lam = np.geomspace(COUPLINGS[0], COUPLINGS[1], FORK)
    apart = pitchfork(beta * lam**2 * stiffness(gates, run.target, run.other) / 2)
    return {
        "lam": [float(f"{v:.6g}") for v in lam],
        "apart": [float(f"{v:.6g}") for v in apart],
        "tie": run.tie_coupling,
        "unique": float(np.sqrt(2 * float(gates.eta_min[0]) / beta)),
        "kappas": [each.kappa for each in runs],
    }
