"""What arXiv:2605.10970 proves of the context gate, and what follows: margins, uniqueness, ties, where gates rest."""

from __future__ import annotations

import math

import numpy as np

from core.context.settings import Settings
from core.dynamics import softmax
from core.gates import Gates

SURE = 0.95  # the gain of which the margin of Theorem 3.1 makes sure
ALIKE = 1e-12  # of the gains, where the iteration counts as settled


def needed_margin(K: int, beta: float, sure: float = SURE) -> float:
    """Theorem 3.1: with a margin of so much the target's gain is at least `sure`."""
    return math.log(sure * (K - 1) / (1 - sure)) / beta


def least_gain(margin: np.ndarray, K: int, beta: float) -> np.ndarray:
    """The gain that a margin makes sure of: P ≥ 1/(1 + (K − 1) e^{−βD})."""
    return np.asarray(1 / (1 + (K - 1) * np.exp(-beta * np.asarray(margin))))


def kappa(settings: Settings, gates: Gates) -> float:
    """βλ²/(2η_min): below 1 the state of rest is unique (Theorem 3.4)."""
    eta = float(gates.eta_min[0])
    return settings.beta * settings.lam**2 / (2 * eta) if eta > 0 else math.inf


def stiffness(gates: Gates, i: int, j: int) -> float:
    """½ (e_i − e_j)ᵀ A⁻¹ (e_i − e_j): how far a push apart takes two gates."""
    push = np.zeros((1, gates.V.shape[-2]))
    push[0, i], push[0, j] = 1, -1
    return float((push * gates.solve(push)).sum() / 2)


def tie_coupling(settings: Settings, gates: Gates, i: int, j: int) -> float:
    """The λ beyond which a tie of two patterns breaks by itself: √(2/(βa)) with the stiffness a (ours, exact for K = 2)."""
    return math.sqrt(2 / (settings.beta * stiffness(gates, i, j)))


def uniform_competition(alpha_crit: float, lam: float, beta: float, K: int) -> float:
    """Theorem C.2: the α at which equal gains lose their stability, if they are at rest at all."""
    return alpha_crit * (1 - lam**2 * beta / K)


def pitchfork(kappas: np.ndarray) -> np.ndarray:
    """The largest m = tanh(κm) for each κ: how far apart the gains of two tied patterns come to rest."""
    found = np.zeros(len(kappas))
    above = np.asarray(kappas) > 1
    m = np.ones(int(above.sum()))
    steep = np.asarray(kappas)[above]
    for _ in range(200):  # Newton from above, where x − tanh(κx) is convex: it never passes the root
        t = np.tanh(steep * m)
        m = np.maximum(m - (m - t) / np.maximum(1 - steep * (1 - t * t), 1e-12), 0.0)
    found[above] = m
    return found


def one_shot(b: np.ndarray, u: np.ndarray, gates: Gates, lam: float, beta: float) -> np.ndarray:
    """The gains if gates rest under the context alone: softmax(β(b + λA⁻¹u))."""
    return softmax(beta * (b + lam * gates.solve(u)))


def fixed_point(
    p: np.ndarray, b: np.ndarray, u: np.ndarray, gates: Gates, lam: float, beta: float, most: int = 500, tolerance: float = ALIKE
) -> tuple[np.ndarray, int]:
    """The paper's iteration p ← Φ(p) = softmax(β(b + λA⁻¹(u + λp))), until it moves by less than the tolerance.

    It cannot cycle: with s = A⁻¹(u + λp) it is minimisation of E over s, and then over p, each exact; so E falls with every
    application, for every λ and β, as long as A is positive (the concave-convex procedure).
    """
    evidence = b + lam * gates.solve(u)
    for step in range(1, most + 1):
        after = softmax(beta * (evidence + lam**2 * gates.solve(p)))
        moved = float(np.abs(after - p).max())
        p = after
        if moved < tolerance:
            return p, step
    return p, most


def descended_energy(p: np.ndarray, b: np.ndarray, u: np.ndarray, gates: Gates, lam: float, beta: float) -> np.ndarray:
    """E with the gates at rest, as a function of p alone: what `fixed_point` descends."""
    drive = u + lam * p
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = np.where(p > 0, p * np.log(p), 0.0).sum(axis=-1) / beta
    return np.asarray(-(drive * gates.solve(drive)).sum(axis=-1) / 2 - (b * p).sum(axis=-1) + entropy)
