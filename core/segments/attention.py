"""Attention inside a segment: of the astrocyte, linear, and softmax; forward, backward, and the weights that each implies.

Queries, keys and values have the shape (batch, N, ·). The astrocyte's is linear in N like plain linear attention:

    H = (φ(K) + φ(R))ᵀ V / m,  g = (Σ_j φ(k_j))^α,  O = φ(Q) H / (φ(Q) g),  φ = elu + 1,

where R holds what the astrocyte knows of relative positions, R = Mᵀ (M P Mᵀ) with P_ij = exp(−|i − j| / 2). With α = 1 and
without R, m O is plain linear attention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

ATTENTIONS = ("astro", "linear", "softmax")
RANGE = 0.5  # of P: how fast it falls with the distance


def phi(x: np.ndarray) -> np.ndarray:
    """elu(x) + 1, which is never negative."""
    return np.exp(np.minimum(x, 0)) + np.maximum(x, 0)


def phi_slope(y: np.ndarray) -> np.ndarray:
    """The slope of φ, from its value: e^x = y below 0, and 1 above, where y ≥ 1."""
    return np.minimum(y, 1)


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def nearness(places: int, dtype: Any = np.float64) -> np.ndarray:
    """P_ij: how near two places of a segment are."""
    i = np.arange(places)
    return np.exp(-RANGE * np.abs(i[:, None] - i[None])).astype(dtype)


@dataclass(frozen=True)
class Relative:
    """R = Mᵀ (M P Mᵀ), which depends on weights alone and so is made once for all segments."""

    M: np.ndarray  # (m, N)
    P: np.ndarray
    D: np.ndarray
    value: np.ndarray  # φ(R), (N, m)

    @classmethod
    def of(cls, M: np.ndarray) -> Relative:
        P = nearness(M.shape[1], M.dtype)
        D = M @ P @ M.T
        return cls(M, P, D, phi(M.T @ D))

    def backward(self, d_value: np.ndarray) -> np.ndarray:
        """The gradient on M, from that on φ(R)."""
        dR = d_value * phi_slope(self.value)
        dD = self.M @ dR
        return self.D @ dR.T + (dD + dD.T) @ self.M @ self.P  # P is symmetric


@dataclass(frozen=True)
class KernelKept:
    """What the backward pass needs of a segment."""

    q: np.ndarray  # φ(Q)
    k: np.ndarray  # φ(K)
    v: np.ndarray
    H: np.ndarray
    u: np.ndarray  # Σ_j φ(k_j)
    g: np.ndarray
    C: np.ndarray  # φ(Q) g
    out: np.ndarray


@dataclass(frozen=True)
class KernelAttention:
    """The astrocyte's attention, and with α = 1, no R and no 1/m plain linear attention."""

    feedback: float  # α
    scale: float  # 1/m, or 1
    relative: np.ndarray | None  # φ(R), (N, m)

    def forward(self, Q: np.ndarray, K: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, KernelKept]:
        q, k = phi(Q), phi(K)
        H = np.matmul(self._seen(k).swapaxes(-1, -2), V)
        H *= self.scale
        u = k.sum(axis=1)
        g = u if self.feedback == 1 else u**self.feedback
        C = np.matmul(q, g[:, :, None])
        out = np.matmul(q, H)
        out /= C
        return out, KernelKept(q, k, V, H, u, g, C, out)

    def backward(self, kept: KernelKept, d_out: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
        """Gradients on Q, K, V, and on φ(R)."""
        dA = d_out / kept.C
        dC = -(dA * kept.out).sum(axis=-1, keepdims=True)
        dq = np.matmul(dA, kept.H.swapaxes(-1, -2))
        dq += dC * kept.g[:, None]
        dH = np.matmul(kept.q.swapaxes(-1, -2), dA)
        dH *= self.scale
        du = np.matmul(dC.swapaxes(-1, -2), kept.q)
        if self.feedback != 1:
            du *= (self.feedback * kept.g / kept.u)[:, None]
        d_seen = np.matmul(kept.v, dH.swapaxes(-1, -2))
        dV = np.matmul(self._seen(kept.k), dH)
        d_relative = None if self.relative is None else d_seen.sum(axis=0)
        dk = d_seen + du
        dk *= phi_slope(kept.k)
        dq *= phi_slope(kept.q)
        return dq, dk, dV, d_relative

    def weights(self, kept: KernelKept) -> np.ndarray:
        """The matrix that gives the output when it is multiplied with V: nobody makes it, but it can be drawn."""
        return self.scale * np.matmul(kept.q, self._seen(kept.k).swapaxes(-1, -2)) / kept.C

    def _seen(self, k: np.ndarray) -> np.ndarray:
        return k if self.relative is None else k + self.relative


@dataclass(frozen=True)
class SoftmaxKept:
    Q: np.ndarray
    K: np.ndarray
    v: np.ndarray
    S: np.ndarray


@dataclass(frozen=True)
class SoftmaxAttention:
    """softmax(Q Kᵀ / √m) V: every place is weighed against every other one."""

    scale: float  # 1/√m

    def forward(self, Q: np.ndarray, K: np.ndarray, V: np.ndarray) -> tuple[np.ndarray, SoftmaxKept]:
        S = softmax(np.matmul(Q, K.swapaxes(-1, -2)) * self.scale)
        return np.matmul(S, V), SoftmaxKept(Q, K, V, S)

    def backward(self, kept: SoftmaxKept, d_out: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
        dS = np.matmul(d_out, kept.v.swapaxes(-1, -2))
        dz = kept.S * (dS - (dS * kept.S).sum(axis=-1, keepdims=True)) * self.scale
        return np.matmul(dz, kept.K), np.matmul(dz.swapaxes(-1, -2), kept.Q), np.matmul(kept.S.swapaxes(-1, -2), d_out), None

    def weights(self, kept: SoftmaxKept) -> np.ndarray:
        return kept.S


Attention = KernelAttention | SoftmaxAttention


def attention_of(name: str, m: int, feedback: float, relative: np.ndarray | None) -> Attention:
    """The attention of that name between queries and keys of m numbers."""
    if name == "softmax":
        return SoftmaxAttention(m**-0.5)
    if name == "linear":
        return KernelAttention(1.0, 1.0, None)
    return KernelAttention(feedback, 1 / m, relative)
