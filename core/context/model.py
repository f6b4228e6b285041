"""The equations of arXiv:2605.10970 as they are run. K patterns of length 1 are the columns of Z, G = ZᵀZ, A = (1 − α) I + α G.

    gates      τ_s ṡ = u + λ p − A s         u: what the context says for each pattern
    retrieval  τ_r ṙ = b + λ s − r           p = softmax(β r),  b = Zᵀ φ(q)
    cue        τ_q q̇ = Z p − q               φ is the identity (as in the paper), or tanh(σq)

    E = ½ sᵀA s − u·s − λ s·p − b·p + (1/β) Σ p log p + ½ |q|²

E falls: it is convex in p and in q, a quadratic form in s, and what couples them is bilinear. A split step moves one of them
after the other, the gates exactly (or by Eyre's splitting), retrieval and cue part of the way to their goals, a = 1 − e^{−h/τ}:
  s  is the gradient flow of a quadratic form, or its splitting, so E falls for every h and every sign of A;
  r  E = (1/β) KL(p ‖ softmax(βg)) + const with g = b + λs, and along r + a(g − r) it changes by −(1 − a) (g − r)ᵀJ(g − r) da ≤ 0,
     J = β(diag p − ppᵀ) ≥ 0;
  q  likewise, by the convexity of the last term.
Moving the gates part of the way to their goal as well would raise E where the largest eigenvalue of A is above 2, so that is not
offered. A context that is free to move is unbounded below (E → −∞) and is refused: the context is given.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from core.context.patterns import Trial
from core.context.settings import Settings
from core.dynamics import Dynamics, State, fraction, neuron_energy, phi, phi_slope, rate, softmax
from core.gates import Gates, inward, longest_linear_step, outward, relative

RUNAWAY = 1e6  # a gate beyond this has run away, and its run ends


class ContextGate(Dynamics):
    """Gates, retrieval and a cue, for a batch of trials or for all frames of one."""

    variables = ("s", "r", "q")
    time_constants = ("tau_s", "tau_r", "tau_q")
    first_step = 0.05  # what is fastest are the gates, as a rule, and their own step is exact

    def __init__(self, settings: Settings, trials: list[Trial], dtype: type = np.float64) -> None:
        super().__init__(settings, dtype)
        shared = all(trial.Z is trials[0].Z for trial in trials)  # as glyphs are
        self.Z: np.ndarray = np.array([trial.Z for trial in (trials[:1] if shared else trials)], dtype=dtype)
        self.u: np.ndarray = np.array([settings.u0 * trial.drive for trial in trials], dtype=dtype)
        self.pairs = np.array([(trial.target, trial.other) for trial in trials])
        self.cues: np.ndarray = np.array([trial.cue for trial in trials], dtype=dtype)
        self.gates = Gates(self.Z, settings.alpha)
        self.first: np.ndarray = np.array([trial.scores for trial in trials], dtype=dtype)
        self.speed_r, self.speed_q = rate(settings.tau_r), rate(settings.tau_q)
        self.bias: np.ndarray | None = None
        if settings.bias == "compensated":
            self.bias = -settings.lam * self.gates.solve(self.u + settings.lam / settings.K)

    def take(self, trials: np.ndarray | int) -> Self:
        rows = np.atleast_1d(np.arange(len(self.u))[trials])
        taken = object.__new__(type(self))
        taken.__dict__.update(self.__dict__)
        taken.Z = self.Z if len(self.Z) == 1 else self.Z[rows]
        taken.gates = self.gates.take(rows)
        taken.u, taken.pairs, taken.cues, taken.first = self.u[rows], self.pairs[rows], self.cues[rows], self.first[rows]
        taken.bias = None if self.bias is None else self.bias[rows]
        return taken

    def start(self, given: Any) -> State:
        """Gates at 0, and scores, too, unless something else is asked for: so all gains are alike."""
        return self.complete({"s": np.zeros_like(self.first), "r": self.first.copy(), "q": self.cues.copy()})

    def complete(self, variables: State) -> State:
        return self._completed(variables["s"], variables["r"], variables["q"], softmax(self.settings.beta * variables["r"]))

    def _completed(self, s: np.ndarray, r: np.ndarray, q: np.ndarray, p: np.ndarray) -> State:
        rates = phi(q, self.settings.sigma) if self.settings.neurons == "tanh" else q
        b = inward(rates, self.Z)
        return {"s": s, "r": r, "q": q, "p": p, "b": b if self.bias is None else b + self.bias}

    def relaxations(self, state: State) -> dict[str, tuple[float, np.ndarray]]:
        settings = self.settings
        s = state["s"]
        return {
            "r": (self.speed_r, state["b"] + settings.lam * s),  # the first to tell that a run is not at rest
            "q": (self.speed_q, outward(self.Z, state["p"])),
            "s": (rate(settings.tau_s), s + self.u + settings.lam * state["p"] - self.gates.times(s)),
        }

    def step(self, state: State, h: float) -> State:
        settings = self.settings
        move = self.gates.exact_step if settings.gates == "exact" else self.gates.eyre_step
        s = move(state["s"], self.u + settings.lam * state["p"], h / settings.tau_s)
        r = state["r"] + fraction(h, self.speed_r) * (state["b"] + settings.lam * s - state["r"])
        p = softmax(settings.beta * r)
        q = state["q"]
        if self.speed_q:  # else it is held
            q = q + fraction(h, self.speed_q) * (outward(self.Z, p) - q)
        return self._completed(s, r, q, p)

    def longest_step(self) -> float:
        """Split steps may be of any length."""
        is_limited = self.settings.integrator == "reference"
        return longest_linear_step(self.settings.tau_s, self.gates.eta_max) if is_limited else math.inf

    def longest_euler_step(self) -> float:
        return min(2 * self.settings.tau_s / self.gates.eta_max, self.settings.tau_r, self.settings.tau_q)

    def seen(self, state: State) -> np.ndarray:
        """Gains, gates as a part of the largest, and the cue as it is drawn."""
        gates = relative(state["s"], self.settings.u0)
        return np.concatenate([state["p"], gates, state["q"] * math.sqrt(self.settings.N)], axis=-1)

    def at_rest(self, state: State, tolerance: float) -> np.ndarray:
        """Scores tell first that a run is not at rest, and cost least."""
        r = state["r"]
        away = np.maximum.reduce(np.abs(state["b"] + self.settings.lam * state["s"] - r), axis=-1)
        still: np.ndarray = away <= tolerance * np.maximum(1.0, np.maximum.reduce(np.abs(r), axis=-1))
        return still & super().at_rest(state, tolerance) if np.count_nonzero(still) else still

    def lost(self, state: State) -> np.ndarray | None:
        return np.abs(state["s"]).max(axis=-1) > RUNAWAY if self.gates.grow else None

    # ------------------------------------------------------------------------------------------------------------ energy

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        settings = self.settings
        s, p = state["s"], state["p"]
        inner = s * self.gates.times(s)
        cue = neuron_energy(state["q"], settings.sigma) if settings.neurons == "tanh" else (state["q"] ** 2).sum(axis=-1) / 2
        return {
            "gates": (s * s).sum(axis=-1) / 2,
            "competition": (inner - s * s).sum(axis=-1) / 2,
            "context": -(self.u * s).sum(axis=-1),
            "coupling": -settings.lam * (s * p).sum(axis=-1),
            "query": -(state["b"] * p).sum(axis=-1),
            "entropy": _negentropy(p) / settings.beta,
            "cue": cue,
        }

    def powers(self, state: State) -> dict[str, np.ndarray]:
        """How fast each variable lets the energy fall."""
        (speed_r, goal_r), (speed_q, goal_q), (speed_s, goal_s) = self.relaxations(state).values()
        p, away = state["p"], goal_r - state["r"]
        mean = (p * away).sum(axis=-1, keepdims=True)
        slope = phi_slope(state["q"], self.settings.sigma) if self.settings.neurons == "tanh" else 1.0
        return {
            "s": speed_s * ((goal_s - state["s"]) ** 2).sum(axis=-1),
            "r": speed_r * self.settings.beta * (p * (away - mean) ** 2).sum(axis=-1),
            "q": speed_q * (slope * (goal_q - state["q"]) ** 2).sum(axis=-1),
        }

    # --------------------------------------------------------------------------------------------------- what is read off

    def observe(self, state: State) -> dict[str, np.ndarray]:
        p, b, s = state["p"], state["b"], state["s"]
        target, other = (self._of(p, place) for place in (0, 1))
        return {
            "gain": target,
            "other_gain": other,
            "margin": self._margin(b + self.settings.lam * s),
            "margin_cue": self._margin(b),
            "margin_gates": self._margin(s),
            "peak": p.max(axis=-1),
            "gate_peak": softmax(self.settings.beta * s).max(axis=-1),
            "perplexity": np.exp(-_negentropy(p)),
            "wrong": self.wrong(state).sum(axis=-1),
        }

    def wrong(self, state: State) -> np.ndarray:
        """Which entries have not the target's sign; one of exactly 0 has none."""
        wanted = np.stack([self.Z[row if len(self.Z) > 1 else 0, :, target] for row, target in enumerate(self.pairs[:, 0])])
        return np.sign(state["q"]) != np.sign(wanted)

    def _of(self, values: np.ndarray, place: int) -> np.ndarray:
        """The entry of the target (0) or of the other (1) of each trial or frame."""
        which = np.broadcast_to(self.pairs[:, place], values.shape[:1])
        return values[np.arange(len(values)), which]

    def _margin(self, values: np.ndarray) -> np.ndarray:
        """By how much the target's entry is above the largest of all others."""
        which = np.broadcast_to(self.pairs[:, 0], values.shape[:1])
        rows = np.arange(len(values))
        others = values.copy()
        others[rows, which] = -np.inf
        return values[rows, which] - others.max(axis=-1)


def _negentropy(p: np.ndarray) -> np.ndarray:
    """Σ p log p of each trial or frame; a gain too small to be held adds nothing."""
    return np.asarray((p * np.log(np.maximum(p, np.finfo(p.dtype).tiny))).sum(axis=-1))
