"""The modern Hopfield network as Ramsauer et al. published it (arXiv:2008.02217), with a linear state.

    τ_x ẋ = −x + Ξ softmax(Ξᵀx/T),    E = −T log Σ_μ exp(⟨ξ_μ, x⟩/T) + ½⟨x, x⟩ (+ a constant),    β = 1/T

Their update is the step of full length. `attention` differs by φ alone: there overlaps are those of firing rates tanh(σx).
"""

from __future__ import annotations

import numpy as np

from core.retrieval.rivals.hopfield_family import AttentionMemory


class RamsauerMemory(AttentionMemory):
    """Rates are the state itself."""

    name = "ramsauer"
    title = "modern Hopfield network, linear state (Ramsauer et al.)"

    def rates(self, x: np.ndarray) -> np.ndarray:
        return x

    def rates_slope(self, x: np.ndarray) -> np.ndarray:
        return np.ones_like(x)

    def neurons_energy(self, x: np.ndarray) -> np.ndarray:
        return np.sum(x * x, axis=-1) / 2
