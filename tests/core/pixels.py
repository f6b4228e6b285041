"""How many pixels a drawn run is from the true one: straight lines between its frames against SciPy's solution."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from core.retrieval.events import events
from core.retrieval.observe import RetrievalRun

WIDTH, HEIGHT = 520, 230  # of a plot
MOMENTS = 3000  # of the true curve, on each axis of time
DATED = ("decided", "half", "corrected", "committed", "rest")  # what happens once


def solved(run: RetrievalRun) -> RetrievalRun:
    """The same run as SciPy has it, from equations of its own: (4)–(8) in x and y = log p, with gates or without gains."""
    s, Xi = run.settings, run.patterns.astype(float)
    N, K = Xi.shape
    linear = run.model in ("linear", "attention", "gated-linear")
    gated, gates, instant = "y" in run.variables, "s" in run.variables and "y" in run.variables, s["tau_p"] == 0
    A = (1 - s["alpha"]) * np.eye(K) + s["alpha"] / N * Xi.T @ Xi
    digits = np.array([name.isdigit() for name in run.names])
    named = {"digits": digits, "letters": ~digits, "target": np.arange(K) == s["target"], "none": np.zeros(K)}
    u = s["u0"] * named[s["context"]]
    gone = [s["silenced"]] if s["silenced"] >= 0 else []

    def score(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        m = np.tanh(s["sigma"] * x) @ Xi
        return m, m if linear else m * m / (2 * N)

    def slopes(t: float, both: np.ndarray) -> np.ndarray:
        x, y, open_ = both[:N], both[N : N + K], both[N + K :]
        m, f = score(x)
        if gates:
            f = f + s["lam"] * open_
        if gated and not instant:
            p = softmax(y)
            rest = (f - s["T"] * (p if run.model == "quadratic" else y)) / s["tau_p"]
            rest[gone] = 0
        else:
            p = softmax(f / s["T"]) if gated or linear else np.full(K, 1 / K)
            rest = np.zeros(K)
        drive = Xi @ p if linear else K / N * (Xi @ (p * m))
        opening = [(u + s["lam"] * p - A @ open_) / s["tau_s"]] if gates else []
        return np.concatenate([(drive - x) / s["tau_x"], rest, *opening])

    end = float(run.t[-1])
    t = np.unique(np.concatenate([run.t, np.geomspace(run.t[1] / 4, end, MOMENTS), np.linspace(0, end, MOMENTS)]))
    gains = np.log(np.maximum(run.p[0], 1e-300)) if gated else np.zeros(K)
    gains[gone] = -1e6
    start = np.concatenate([run.x[0], gains, *([run.variables["s"][0]] if gates else [])])
    found = solve_ivp(slopes, (0, end), start, "LSODA", t_eval=t, rtol=1e-9, atol=1e-10)
    assert found.success, found.message
    x = found.y[:N].T
    variables = {"x": x}
    if gated:
        variables["y"] = score(x)[1] / s["T"] if instant else found.y[N : N + K].T
    if gates:
        variables["s"] = found.y[N + K :].T
        if instant:
            variables["y"] += s["lam"] / s["T"] * variables["s"]
    true = replace(run, t=t, variables=variables, converged_at=None)
    moving = np.flatnonzero(~true.memory.at_rest(true.state, s["tolerance"]))
    return replace(true, converged_at=None if run.converged_at is None else float(t[min(moving[-1] + 1, len(t) - 1)]))


def softmax(y: np.ndarray) -> np.ndarray:
    e = np.exp(y - y.max())
    return e / e.sum()


def pixels(run: RetrievalRun, true: RetrievalRun) -> dict[str, float]:
    """The largest distance of the true curves from the drawn ones in pixels, on both axes of time."""
    found = {"overlaps": largest(run, true, lambda run: run.overlaps, 2.0)}
    if "y" in run.variables:
        found["gains"] = largest(run, true, lambda run: run.p, 1.0)
    found["energy"] = largest(run, true, lambda run: run.energy[:, None], float(np.ptp(true.energy)))
    return found


def largest(run: RetrievalRun, true: RetrievalRun, read: Callable[[RetrievalRun], np.ndarray], height: float) -> float:
    end, floor = float(run.t[-1]), min(1e-3, 10.0 ** math.floor(math.log10(run.t[1])))  # where a page's axis begins
    drawn, exact = HEIGHT / height * read(run), HEIGHT / height * read(true)
    worst = 0.0
    for place in (lambda t: t / end, lambda t: np.log(np.maximum(t, floor) / floor) / math.log(end / floor)):
        across, along = WIDTH * place(run.t), WIDTH * place(true.t)
        for curve in range(exact.shape[1]):
            off = np.abs(np.interp(along, across, drawn[:, curve]) - exact[:, curve])
            far = np.flatnonzero(off > worst)  # no distance is more than the vertical one
            if len(far):
                worst = max(worst, float(_distances(along[far], exact[far, curve], across, drawn[:, curve]).max()))
    return worst


def _distances(u: np.ndarray, v: np.ndarray, across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Of points from a line of many pieces."""
    du, dv = np.diff(across), np.diff(up)
    square = np.maximum(du * du + dv * dv, 1e-300)
    least = np.full(len(u), np.inf)
    for i in range(len(du)):
        share = np.clip(((u - across[i]) * du[i] + (v - up[i]) * dv[i]) / square[i], 0.0, 1.0)
        least = np.minimum(least, np.hypot(u - across[i] - share * du[i], v - up[i] - share * dv[i]))
    return least


def late(run: RetrievalRun, true: RetrievalRun) -> dict[str, float]:
    """How far the dates of a run are from the true ones, as fractions of those; what happens within the first step has none."""
    told, right = (
        {event.kind: event.t for event in events(known) if event.kind in DATED and event.t > run.t[1]} for known in (run, true)
    )
    return {kind: abs(told[kind] / right[kind] - 1) if kind in told and kind in right else math.inf for kind in {*told, *right}}


def random_setting(rng: np.random.Generator) -> dict[str, Any]:
    """A wide draw of what a page offers."""
    return {
        "N": int(rng.integers(8, 61)), "K": int(rng.integers(2, 151)), "T": float(10 ** rng.uniform(-3, 1.5)),
        "tau_p": float(10 ** rng.uniform(-1.5, 1.5)), "tau_x": float(10 ** rng.uniform(-1.5, 1.5)),
        "sigma": float(10 ** rng.uniform(-0.3, 1)), "noise": float(rng.uniform(0, 0.5)), "seed": int(rng.integers(10**6)),
        "model": "linear" if rng.random() < 0.25 else "astrocyte",
    }  # fmt: skip
