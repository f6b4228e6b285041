"""Where the forgetting comes from: long-term plasticity of nine synapses, and the retention factor RF(t, T) cut out of its curve.

Nine synapses of three neurons before and three behind, on a unit grid; s is what neurons drive, p^s the astrocyte's fast process,
which the synapses share by their distance, p^l the slow one:

    τ_s s' = −β s + θ(x_i) θ(x_j) + ψ(p^s)
    τ_ps p^s' = −γ_s p^s + Σ_j T_ij ψ(p^s_j) + s_i
    τ_l p^l' = −γ_l p^l + κ(s)

All neurons fire in the first half of each cycle. The paper gives the form; its constants are chosen here. RF(t, T) is the share
of cycle t in what p^l gains over T cycles. One number decides it, θ = γ_l · cycle / τ_l: where s repeats itself from cycle to
cycle, RF is geometric, and the trainings use that form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.parameters import Refusal
from core.random import stream

SCALINGS = ("off", "printed", "scaled", "uniform")
PLACES = ("grid", "equal", "random")

TAU_S, TAU_FAST, CYCLE = 1.0, 2.0, 10.0
BETA, GAMMA_FAST, GAMMA_SLOW = 1.0, 4.0, 1.0  # with GAMMA_FAST = 1, p^s latches on and RF no longer falls
COUPLING, LENGTH = 0.3, 1.0
STEP = 0.02  # of explicit Euler
KEEP = 5  # a frame every so many steps
SIDE = 3


# ---------------------------------------------------------------------------------------------------- the geometric form


def geometric(segments: int, theta: float) -> np.ndarray:
    """RF(t, T) = ρ^(t−1) (1 − ρ) / (1 − ρ^T) with ρ = e^(−θ): it falls, and sums to 1."""
    powers: np.ndarray = np.exp(-theta * np.arange(segments))
    return powers * (np.expm1(-theta) / np.expm1(-theta * segments))


def retention(segments: int, theta: float, scaling: str) -> np.ndarray:
    """What the memory is multiplied by after each segment: off (1), printed (sum 1), scaled (mean 1) or uniform (1/T)."""
    if scaling == "off":
        return np.ones(segments)
    if scaling == "uniform":
        return np.full(segments, 1 / segments)
    factors = geometric(segments, theta)
    return factors * segments if scaling == "scaled" else factors


def products(factors: np.ndarray) -> np.ndarray:
    """What is left, before each segment, of what the first one wrote: the product of all factors until then."""
    return np.concatenate([[1.0], np.cumprod(factors[:-1])])


def largest_product(segments: int) -> float:
    """The product of T − 1 factors that no curve whose sum is 1 can pass, since a mean is never below the geometric one."""
    return float((segments - 1.0) ** -(segments - 1)) if segments > 1 else 1.0


# ------------------------------------------------------------------------------------------------------- the macro model


@dataclass(frozen=True)
class Plasticity:
    """s, p^s and p^l of the nine synapses along the cycles; frames first."""

    t: np.ndarray
    s: np.ndarray
    fast: np.ndarray
    slow: np.ndarray
    cycles: int

    @cached_property
    def curve(self) -> np.ndarray:
        """Mean p^l at the start and at the end of each cycle: the curve that RF is cut out of."""
        ends = np.arange(1, self.cycles + 1) * CYCLE
        return np.concatenate([[0.0], np.interp(ends, self.t, self.slow.mean(axis=1))])

    def factors(self, segments: int | None = None) -> np.ndarray:
        """RF(t, T) of the first T cycles, of all if none is said."""
        gained = np.diff(self.curve[: (segments or self.cycles) + 1])
        return gained / gained.sum()


def couplings(places: str = "grid", seed: int = 0) -> np.ndarray:
    """T_ij = 0.3 exp(−distance), of synapses on a grid, all equally far from each other, or at places drawn by a seed."""
    if places not in PLACES:
        raise Refusal("places", places, f"one of {', '.join(PLACES)}", key="choice", choices=PLACES)
    if places == "equal":
        return np.full((SIDE * SIDE, SIDE * SIDE), COUPLING * np.exp(-1 / LENGTH))
    grid = np.array([(i, j) for i in range(SIDE) for j in range(SIDE)], dtype=float)
    xy = grid if places == "grid" else stream(seed, "places").uniform(0, SIDE, grid.shape)
    return COUPLING * np.exp(-np.linalg.norm(xy[:, None] - xy[None], axis=-1) / LENGTH)


@lru_cache(maxsize=64)
def plasticity(
    cycles: int, theta: float = 0.3, places: str = "grid", seed: int = 0, feedback: bool = True, step: float = STEP
) -> Plasticity:
    """The macro model over so many cycles, by explicit Euler; without feedback, ψ is 0."""
    T = couplings(places, seed)
    tau_slow = GAMMA_SLOW * CYCLE / theta
    s, fast, slow = np.zeros(SIDE * SIDE), np.zeros(SIDE * SIDE), np.zeros(SIDE * SIDE)
    a_cycle = round(CYCLE / step)
    times, kept = [], []
    for k in range(cycles * a_cycle):
        psi = np.tanh(fast) if feedback else np.zeros_like(fast)
        drive = 1.0 if k % a_cycle < a_cycle / 2 else 0.0
        ds = (drive + psi - BETA * s) / TAU_S
        dfast = (T @ psi + s - GAMMA_FAST * fast) / TAU_FAST
        dslow = (np.maximum(s, 0.0) - GAMMA_SLOW * slow) / tau_slow
        s, fast, slow = s + step * ds, fast + step * dfast, slow + step * dslow
        if k % KEEP == KEEP - 1:
            times.append(step * (k + 1))
            kept.append((s, fast, slow))
    frames = np.array(kept)
    return Plasticity(np.array(times), frames[:, 0], frames[:, 1], frames[:, 2], cycles)
