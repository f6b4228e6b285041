"""A layer of gates, one for each stored pattern: τ_s ṡ = u − A s + what drives it, with A = (1 − α) I + α G and G = ZᵀZ.

Gates leak, and through α they compete where patterns are alike. Every function of A comes from the thin SVD Z = U S Vᵀ: on V it
acts as that function of η = 1 − α (1 − S²), on all else as that of 1 − α; so it costs O(K·N) and not O(K³).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from core.parameters import Refusal, parameter

NO_MODE = 1e-10  # of the largest singular value: below it a mode is none, and belongs to all else
FEW_MORE = 1.25  # patterns, by their dimensions: so many leave out few modes
NO_FALL = 1e-300  # what a fall of 0 is where something is divided by it


def strength_field(**more: Any) -> Any:
    """The field `u0`, which every system with gates has; of α and τ_s each has its own range."""
    return parameter(2.0, "u₀", "strength of the context", low=0.0, high=1e3, shown=(0.0, 10.0), bends=True, **more)


def competition_field(high: float, shown: tuple[float, float], **more: Any) -> Any:
    meaning = "competition of the gates: how much patterns that are alike hold each other down"
    return parameter(0.1, "α", meaning, low=0.0, high=high, shown=shown, bends=True, **more)


def gates_time_field(default: float, shown: tuple[float, float], **more: Any) -> Any:
    return parameter(
        default, "τ_s", "time constant of the gates", low=1e-6, high=1e6, shown=shown, scale="log", bends=True,
        called="gates’ time", axis="gates’ time constant", **more,
    )  # fmt: skip


class Gates:
    """The gates of stored patterns Z, of shape (trials or 1, N, K): constants alone."""

    def __init__(self, Z: np.ndarray, alpha: float) -> None:
        spread, Vt = _modes(Z.tobytes(), Z.shape, Z.dtype.str) if len(Z) == 1 else _decomposed(Z)
        self.V, self.mu = np.swapaxes(Vt, -1, -2), spread**2  # (…, K, modes), and their eigenvalues of G
        self.alpha, self.whole = alpha, self.V.shape[-2] == self.V.shape[-1]  # whole: V spans everything
        self.mu = np.where(spread > NO_MODE * spread.max(axis=-1, keepdims=True), self.mu, 0.0)
        self.eta, self.eta_rest = 1 - alpha * (1 - self.mu), 1 - alpha
        self._set_falls()

    def _set_falls(self) -> None:
        """−η as steps divide by it: from so small a one that stands for 0 they gain exactly x."""
        self._falls, self._fall_rest = -np.where(self.eta == 0, NO_FALL, self.eta), -(self.eta_rest or NO_FALL)

    def take(self, trials: np.ndarray | int) -> Gates:
        """Those of these trials only."""
        taken = object.__new__(Gates)
        taken.__dict__.update(
            {name: value for name, value in self.__dict__.items() if name not in ("eta_min", "eta_max", "grow")}
        )
        if len(self.V) > 1:
            taken.V, taken.mu, taken.eta = (_rows(array, trials) for array in (self.V, self.mu, self.eta))
            taken._set_falls()
        return taken

    @cached_property
    def eta_min(self) -> np.ndarray:
        """The smallest eigenvalue of A in each trial: gates are stable as long as it is above 0."""
        least: np.ndarray = self.eta.min(axis=-1)
        return least if self.whole else np.minimum(least, self.eta_rest)

    @cached_property
    def grow(self) -> bool:
        """Whether there is a mode that leads gates away without end."""
        return float(self.eta_min.min()) <= 0

    @cached_property
    def eta_max(self) -> float:
        most = float(self.eta.max())
        return most if self.whole else max(most, self.eta_rest)

    @property
    def alpha_crit(self) -> np.ndarray:
        """The competition beyond which a mode grows without end, 1/(1 − μ_min)."""
        least = self.mu.min(axis=-1) if self.whole else np.zeros(len(self.mu))
        with np.errstate(divide="ignore"):
            return np.where(least < 1, 1 / np.maximum(1 - least, 0.0), np.inf)

    def of(self, s: np.ndarray, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """function(A) s."""
        inner = inward(s, self.V)
        if self.whole:
            return outward(self.V, function(self.eta) * inner)
        rest = function(np.asarray(self.eta_rest))
        return np.asarray(rest * s + outward(self.V, (function(self.eta) - rest) * inner))

    def times(self, s: np.ndarray) -> np.ndarray:
        return self.of(s, lambda eta: eta)

    def solve(self, drive: np.ndarray) -> np.ndarray:
        """A⁻¹ drive: where the gates rest under a drive that stays."""
        if self.grow:
            least = float(self.alpha_crit.min())
            sentence = f"alpha = {self.alpha:g}: it must be below {least:g}, or the gates rest nowhere"
            raise Refusal("alpha", self.alpha, f"below {least:g}", key="runaway", sentence=sentence)
        return self.of(drive, lambda eta: 1 / eta)

    def exact_step(self, s: np.ndarray, drive: np.ndarray, x: float) -> np.ndarray:
        """s after a time of x·τ_s under a drive that stays: e^{−Ax} s + x φ₁(−Ax) drive, φ₁(z) = (e^z − 1)/z.

        This is the gradient flow of ½ sᵀAs − drive·s itself, so that energy falls whatever the sign of A.
        """
        lost = np.expm1(x * self._falls)  # e^{−ηx} − 1 of each mode
        gained = lost / self._falls
        if self.whole:
            return s + outward(self.V, lost * inward(s, self.V) + gained * inward(drive, self.V))
        lost_rest = math.expm1(x * self._fall_rest)
        gained_rest = lost_rest / self._fall_rest
        modes = (lost - lost_rest) * inward(s, self.V) + (gained - gained_rest) * inward(drive, self.V)
        return (1 + lost_rest) * s + gained_rest * drive + outward(self.V, modes)

    def eyre_step(self, s: np.ndarray, drive: np.ndarray, x: float) -> np.ndarray:
        """Eyre's splitting: I + αG implicit, −αI explicit. Energy falls for every x here, too, and nothing is exponential."""
        k = 1 / x
        return self.of((k + self.alpha) * s + drive, lambda eta: 1 / (k + eta + self.alpha))


def longest_linear_step(tau_s: float, stiffest: float) -> float:
    """The longest step of second order that takes the gates as if A were 1, of a largest eigenvalue η: 2τ_s arcoth(η − 1)."""
    beyond = stiffest - 1
    return tau_s * math.log((beyond + 1) / (beyond - 1)) if beyond > 1 else math.inf


def relative(s: np.ndarray, u0: float) -> np.ndarray:
    """Gates as they are seen: as a part of the largest, or of what the context gives where that is more."""
    return np.asarray(s / np.maximum(max(1.0, u0), np.abs(s).max(axis=-1, keepdims=True)))


def inward(rows: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Matrixᵀ row, for rows of trials or frames and a matrix of each or of all."""
    if len(rows) == 1:  # a single trial is stepped most often, and one product of its own costs a third
        return rows.dot(matrix[0])
    return np.matmul(rows[..., None, :], matrix)[..., 0, :]


def outward(matrix: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Matrix row, likewise."""
    return rows.dot(matrix[0].T) if len(rows) == 1 else inward(rows, np.swapaxes(matrix, -1, -2))


def _decomposed(Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Singular values and right singular vectors. A few modes that the patterns leave out are stepped like the others, where that
    is cheaper than what stands for all of them."""
    N, K = Z.shape[-2:]
    _, spread, Vt = np.linalg.svd(Z, full_matrices=N < K <= FEW_MORE * N)
    return np.pad(spread, [(0, 0)] * (Z.ndim - 2) + [(0, Vt.shape[-2] - spread.shape[-1])]), Vt


@lru_cache(maxsize=16)
def _modes(data: bytes, shape: tuple[int, ...], kind: str) -> tuple[np.ndarray, np.ndarray]:
    """The same few patterns are asked for again and again."""
    return _decomposed(np.frombuffer(data, kind).reshape(shape))


def _rows(array: np.ndarray, trials: np.ndarray | int) -> np.ndarray:
    return array[trials : trials + 1] if isinstance(trials, (int, np.integer)) else array[trials]
