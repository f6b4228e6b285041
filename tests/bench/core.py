"""How fast the core is, against the paper's protocol, SciPy, and its own matrix products."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from scipy.integrate import solve_ivp

from core import Settings, ensemble, find_equilibrium, simulate
from core.ensemble import BATCH_BYTES
from core.integrate import integrate
from core.random import trial_seeds
from core.retrieval.names import MEMORIES
from core.retrieval.patterns import draw_cue, draw_patterns
from core.studies import figure_study
from tests.bench._table import heading, in_turn, row, seconds

CELL = {"N": 20, "K": 200, "noise": 3 / 20}


def main(arguments: Sequence[str] = ()) -> None:
    trials = 1000
    heading(f"One cell of figure 4: N = 20, K = 200, n = 3, {trials} trials (float32 against the protocol's float64)")
    settings = Settings(**CELL)
    seeds = trial_seeds(0, trials)
    patterns = np.array([draw_patterns(settings, seed) for seed in seeds], dtype=float)
    cues = np.array([draw_cue(settings, xi, seed) for xi, seed in zip(patterns, seeds, strict=True)], dtype=float)
    ours = ensemble(trials=trials, dtype="float32", **CELL)
    split = seconds(lambda: ensemble(trials=trials, dtype="float32", **CELL))
    row("split: the whole ensemble, drawing patterns and judging outcomes included", f"{split:.2f} s")
    began = time.perf_counter()
    ended = paper_protocol(patterns, cues, settings)
    euler = time.perf_counter() - began
    row("the paper's protocol: explicit Euler, h = 0.001, without drawing", f"{euler:.2f} s")
    row("  times as long", f"{euler / split:.0f}×", "≥ 100×", euler >= 100 * split)
    wrong = np.sum(np.abs(patterns[:, :, 0] - np.sign(ended)), axis=1) / 2
    same = np.mean(ours.hamming == wrong)
    row("  trials that end with the same neurons wrong", f"{same:.2%}", "≥ 99.7 %", same >= 0.997)
    few = 24
    began = time.perf_counter()
    for xi, cue in zip(patterns[:few], cues[:few], strict=True):
        lsoda(xi, cue, settings)
    one = (time.perf_counter() - began) / few
    ratio = one * trials / split
    row(f"SciPy LSODA, rtol 1e-6, one by one ({few} of them)", f"{one:.3f} s a trial")
    row("  times as long", f"{ratio:.0f}×", "≥ 50×", ratio >= 50)

    heading("One run at the defaults, N = 30, K = 100")
    default = Settings(seed=7)
    xi = draw_patterns(default, 7).astype(float)
    cue = draw_cue(default, xi, 7).astype(float)

    def bare() -> None:
        memory = MEMORIES["astrocyte"](default, xi[None])
        integrate(memory, memory.start(cue[None]), default, [7])

    def observed() -> None:
        run = simulate(seed=7)
        for name in ("energy", "energy_parts", "power_x", "power_p", "p", "g", "overlaps", "attention"):
            getattr(run, name)
        for name in ("error", "hamming", "perplexity", "kl", "attention_gap", "outcome", "largest_rise"):
            getattr(run, name)

    plain, recorded = in_turn(bare, observed, 60)
    row("bare integration", f"{plain * 1e3:.2f} ms")
    row("simulate() with every observable", f"{recorded * 1e3:.2f} ms")
    row("  times as long", f"{recorded / plain:.2f}×", "≤ 2×", recorded <= 2 * plain)
    run = simulate(seed=7)
    row("find_equilibrium() of it", f"{seconds(lambda: find_equilibrium(run)) * 1e3:.2f} ms")

    heading("One run at N = 1000, K = 5000")
    large = Settings(N=1000, K=5000)
    xi = draw_patterns(large, 0).astype(float)
    cue = draw_cue(large, xi, 0).astype(float)
    xi = np.ascontiguousarray(xi)
    memory = MEMORIES["astrocyte"](large, xi[None])
    counted = {"products": 0}

    def whole() -> None:
        memory.products = 0
        integrate(memory, memory.start(cue[None]), large, [0])
        counted["products"] = memory.products

    whole()
    g, weights = np.tanh(cue), np.full(5000, 1 / 5000)
    pairs = counted["products"] // 2

    def products() -> None:
        for _ in range(pairs):
            np.matmul(g, xi)
            np.matmul(xi, weights)

    integration, alone = in_turn(whole, products)
    row(f"integration ({counted['products']} products with the patterns)", f"{integration:.2f} s")
    row("those products alone", f"{alone:.2f} s")
    row("  times as long", f"{integration / alone:.2f}×", "≤ 1.5×", integration <= 1.5 * alone)

    heading(f"Time per trial and step, in batches of at most {BATCH_BYTES >> 20} MiB (float64)")
    for grown in (
        {"N": 20},
        {"N": 40},
        {"N": 80},
        {"K": 50},
        {"K": 200},
        {"K": 800},
        {"trials": 1},
        {"trials": 10},
        {"trials": 1000},
    ):
        given = {"N": 20, "K": 100, "noise": 0.15, "trials": 100, **grown}
        steps = ensemble(**given).steps.sum()
        took = seconds(lambda given=given: ensemble(**given), 3)
        row("  ".join(f"{k} = {given[k]}" for k in ("N", "K", "trials")), f"{took / steps * 1e6:.2f} µs")

    heading("Figure 4 whole: K in 25 steps from 2 to 200, n = 0 … 10, 50 trials, three models")
    study = figure_study(4)
    total, began = len(study.indices()), time.perf_counter()
    for done, _ in enumerate(study.run(), 1):
        if done % (total // 5) == 0:
            row(f"  {done} of {total} cells", f"{time.perf_counter() - began:.1f} s")
    row("figure 4", f"{time.perf_counter() - began:.1f} s")


def paper_protocol(patterns: np.ndarray, cues: np.ndarray, settings: Settings, h: float = 0.001) -> np.ndarray:
    """Equations (4)–(7) by explicit Euler on x and p, batches of the same size as ours."""
    trials, N, K = patterns.shape
    size = max(1, BATCH_BYTES // (8 * N * K))
    ended = []
    for first in range(0, trials, size):
        xi, x = patterns[first : first + size], cues[first : first + size].copy()
        p = np.full((len(x), K), 1 / K)
        for _ in range(round(settings.horizon / h)):
            g = np.tanh(settings.sigma * x)
            m = np.matmul(g[:, None, :], xi)[:, 0, :]
            F = m * m * (0.5 / N) - settings.T * np.log(p)
            dx = (K / N) * np.matmul(xi, (p * m)[:, :, None])[:, :, 0] - x
            p = p + h * p * (F - np.sum(p * F, axis=1, keepdims=True))
            x = x + h * dx
        ended.append(x)
    return np.concatenate(ended)


def lsoda(xi: np.ndarray, cue: np.ndarray, settings: Settings) -> np.ndarray:
    N, K = xi.shape

    def rates(t: float, state: np.ndarray) -> np.ndarray:
        x, y = state[:N], state[N:]
        p = np.exp(y - y.max())
        p /= p.sum()
        m = np.tanh(settings.sigma * x) @ xi
        return np.concatenate([(K / N) * (xi @ (p * m)) - x, m * m / (2 * N) - settings.T * y])

    return solve_ivp(rates, (0, settings.horizon), np.concatenate([cue, np.zeros(K)]), "LSODA", rtol=1e-6, atol=1e-8).y[:N, -1]
