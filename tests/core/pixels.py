"""How many pixels a drawn run is from the true one: straight lines between its frames against SciPy's solution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from core.dynamics import log_softmax
from core.retrieval.observe import RetrievalRun

WIDTH, HEIGHT = 520, 230  # of a plot
MOMENTS = 6000  # of the true curve


class Truth:
    """A run's own equations, solved by SciPy in the neurons and in log p; overlaps, gains and dates are read off it."""

    def __init__(self, run: RetrievalRun) -> None:
        self.run, s = run, run.settings
        Xi = self.Xi = run.patterns.astype(float)
        N, K = Xi.shape
        linear, instant, alone = run.model == "linear", s["tau_p"] == 0, run.model in ("hopfield", "attention")
        tau_p = s["tau_p"]

        def pull(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            m = Xi.T @ np.tanh(s["sigma"] * x)
            f = m if linear or run.model == "attention" else m * m / (2 * N)
            if run.model == "hopfield":
                return Xi @ m / N, f
            p = log_softmax(f / s["T"] if instant or alone else y)[0]
            return (Xi @ p if linear or run.model == "attention" else K / N * (Xi @ (p * m))), f

        def slopes(t: float, both: np.ndarray) -> np.ndarray:
            x, y = both[:N], both[N:]
            drive, f = pull(x, y)
            still = instant or alone
            return np.concatenate([(drive - x) / s["tau_x"], np.zeros(K) if still else (f - s["T"] * y) / tau_p])

        start = np.concatenate([run.cue.astype(float), np.full(K, -math.log(K))])
        self.end = float(run.t[-1])
        first = float(run.t[1]) / 4
        self.t = np.unique(np.concatenate([[0.0], np.geomspace(first, self.end, MOMENTS), np.linspace(0, self.end, MOMENTS)]))
        solved = solve_ivp(slopes, (0, self.end), start, "LSODA", t_eval=self.t, rtol=1e-9, atol=1e-10)
        assert solved.success, solved.message
        self.x, y = solved.y[:N].T, solved.y[N:].T
        self.overlaps = np.tanh(s["sigma"] * self.x) @ Xi / N
        f = self.overlaps * N if linear else self.overlaps**2 * N / 2
        self.p = log_softmax(f / s["T"] if instant else y)[0] if "y" in run.variables else np.zeros((len(self.t), 0))


def pixels(run: RetrievalRun, truth: Truth) -> dict[str, float]:
    """The largest distance in pixels, by what is drawn, on both axes of time."""
    found = {"overlaps": largest(run, truth, run.overlaps, truth.overlaps, 2.0)}
    if truth.p.shape[1]:
        found["gains"] = largest(run, truth, run.p, truth.p, 1.0)
    return found


def largest(run: RetrievalRun, truth: Truth, drawn: np.ndarray, true: np.ndarray, height: float) -> float:
    floor = min(1e-3, 10.0 ** math.floor(math.log10(run.t[1])))

    def log(t: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(t, floor) / floor) / math.log(truth.end / floor)

    worst = 0.0
    for place in (lambda t: t / truth.end, log):
        across, along = WIDTH * place(run.t), WIDTH * place(truth.t)
        for curve in range(true.shape[1]):
            up, true_up = HEIGHT / height * drawn[:, curve], HEIGHT / height * true[:, curve]
            off = np.abs(np.interp(along, across, up) - true_up)
            if off.max() > worst:  # a distance is never more than the vertical one
                far = np.flatnonzero(off > worst)
                worst = max(worst, float(_distances(along[far], true_up[far], across, up).max()))
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


def random_setting(rng: np.random.Generator) -> dict[str, Any]:
    """A wide draw of what a page offers."""
    return {
        "N": int(rng.integers(8, 61)), "K": int(rng.integers(2, 151)), "T": float(10 ** rng.uniform(-3, 1.5)),
        "tau_p": float(10 ** rng.uniform(-1.5, 1.5)), "tau_x": float(10 ** rng.uniform(-1.5, 1.5)),
        "sigma": float(10 ** rng.uniform(-0.3, 1)), "noise": float(rng.uniform(0, 0.5)), "seed": int(rng.integers(10**6)),
        "model": "linear" if rng.random() < 0.25 else "astrocyte",
    }  # fmt: skip
