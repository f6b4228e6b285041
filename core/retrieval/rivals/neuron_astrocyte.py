"""The neuron–astrocyte associative memory of Kozachkov, Slotine & Krotov (arXiv:2311.08135), the 2026 paper's second baseline.

    neurons    τ_x ẋ = −x + g φ          synapses  ṡ = −s + φφᵀ + ψ          astrocyte processes  τ_p q̇ = −q + Tψ + g
    φ = tanh(βx), g = tanh(βs), ψ = tanh(βq),  T_ijkl = Σ_μ ξ_i ξ_j ξ_k ξ_l / N³ (never formed),  β = our σ, all leaks 1

What they call p is q here, since p are our gains. The 2026 paper does not say which variant it compares with: the whole one is
this; its reduction ẋ = −x + Σ_μ ξ_μ (ξ_μ·φ)³/N³ is `dense` with degree 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from core.adaptive import stages
from core.dynamics import NO_TIME, State, fraction, neuron_energy, phi, phi_slope, rate
from core.retrieval.memory import Memory
from core.retrieval.settings import Settings

_CLIP = 1 - 1e-9  # atanh needs its argument inside (−1, 1)
RESOLVED = 0.02  # of a gate: how far the first order within a step may be from the second
HALVINGS = 3  # at most so many times a step is halved for that
ROUNDING = 1e-12  # of the energy

Step = Callable[["NeuronAstrocyteMemory", State], State]


class NeuronAstrocyteMemory(Memory):
    """Every pair of neurons has a synapse s_ij and an astrocyte process q_ij."""

    name = "neuron-astrocyte"
    title = "neuron–astrocyte memory"
    variables = ("x", "s", "q")
    largest_N = 128

    @classmethod
    def trial_size(cls, settings: Settings) -> int:
        return 3 * settings.N * settings.K + 18 * settings.N**2

    @classmethod
    def frame_size(cls, settings: Settings) -> int:
        return 3 * settings.N**2 + super().frame_size(settings)

    def start(self, cue: np.ndarray) -> State:
        """ψ(0) = −hhᵀ and g(0) = T hhᵀ with h = φ(cue)."""
        x = np.asarray(cue, dtype=self.Xi.dtype)
        h = phi(x, self.sigma)
        hh = h[..., :, None] * h[..., None, :]
        return self.complete({"x": x, "s": self._inverse(self.tensor(hh)), "q": self._inverse(-hh)})

    def _inverse(self, rates: np.ndarray) -> np.ndarray:
        return np.arctanh(np.clip(rates, -_CLIP, _CLIP).astype(float)).astype(rates.dtype) / self.sigma

    def tensor(self, psi: np.ndarray) -> np.ndarray:
        """Tψ = Ξ diag(ξ_μᵀ ψ ξ_μ) Ξᵀ / N³."""
        self.products += 2
        quadratic = np.sum((psi @ self.Xi) * self.Xi, axis=-2) / self.N**3
        return (self.Xi * quadratic[..., None, :]) @ np.swapaxes(self.Xi, -1, -2)

    def complete(self, variables: State) -> State:
        phi_x = phi(variables["x"], self.sigma)
        state = {v: variables[v] for v in self.variables}
        gates, psi = phi(state["s"], self.sigma), phi(state["q"], self.sigma)
        drive = np.matmul(gates, phi_x[..., None])[..., 0]
        own = {"g": phi_x, "m": self.overlaps(phi_x), "gates": gates, "psi": psi, "recalled": self.tensor(psi), "drive": drive}
        return {**state, **own}

    def relaxations(self, state: State) -> dict[str, tuple[float, np.ndarray]]:
        outer = state["g"][..., :, None] * state["g"][..., None, :]
        return {
            "x": (rate(self.tau_x), state["drive"]),
            "s": (1.0, outer + state["psi"]),
            "q": (rate(self.tau_p), state["recalled"] + state["gates"]),
        }

    def step(self, state: State, h: float) -> State:
        """A step of second order, halved by each trial that it does not resolve.

        Neurons, synapses and processes one after the other are a step of first order. Where a memory grows out of a saddle, up
        to βN times as fast as its time constants say, such steps leave it late or by another side.
        """
        return self._resolved(state, h, HALVINGS)

    def _resolved(self, state: State, h: float, halvings: int) -> State:
        first, second = stages(self, state, h)
        before = self.energy(state)
        rises = self.energy(second) - before > ROUNDING * np.maximum(1.0, np.abs(before))
        if not halvings:
            return self._where(rises, state, second, lambda memory, part: memory.in_turn(part, h))
        off = [np.abs(second[v] - first[v]).max(axis=(-2, -1)) for v in ("gates", "psi")]

        def halved(memory: NeuronAstrocyteMemory, part: State) -> State:
            return memory._resolved(memory._resolved(part, h / 2, halvings - 1), h / 2, halvings - 1)

        return self._where(rises | (np.maximum(*off) > RESOLVED), state, second, halved)

    def _where(self, which: np.ndarray, state: State, otherwise: State, step: Step) -> State:
        """The trials of `state` that are named, a step later; `otherwise` has the others."""
        if not which.any():
            return otherwise
        if which.all():
            return step(self, state)
        memory = self.take(which)
        part = step(memory, {name: array[which] for name, array in state.items()})
        self.products += memory.products
        mixed = {name: array.copy() for name, array in otherwise.items()}  # what is instant or frozen may be the state's own
        for name, array in mixed.items():
            array[which] = part[name]
        return mixed

    def at_once(self, state: State) -> State:
        return self.in_turn(state, NO_TIME) if 0 in self.times() else state

    def in_turn(self, state: State, h: float) -> State:
        """Neurons, then synapses, then processes, each with the others as they are by then."""
        if self.tau_x == 0:
            x = self.settle(state)["x"]
        else:
            x = state["x"] + fraction(h, rate(self.tau_x)) * (state["drive"] - state["x"])
        g = phi(x, self.sigma)
        s = state["s"] + fraction(h, 1.0) * (g[..., :, None] * g[..., None, :] + state["psi"] - state["s"])
        gates = phi(s, self.sigma)
        q = state["q"] + fraction(h, rate(self.tau_p)) * (state["recalled"] + gates - state["q"])
        return self.complete({"x": x, "s": s, "q": q})

    def gains(self, state: State) -> np.ndarray:
        """How much of the gates stands in each memory, ξ_μᵀ g ξ_μ ≥ 0, as shares; the model itself has no such gains."""
        share = np.maximum(np.sum((state["gates"] @ self.Xi) * self.Xi, axis=-2), np.finfo(self.Xi.dtype).tiny)
        return share / share.sum(axis=-1, keepdims=True)

    def energy_parts(self, state: State) -> dict[str, np.ndarray]:
        g, gates, psi = state["g"], state["gates"], state["psi"]
        pairs = (-2, -1)
        return {
            "neurons": neuron_energy(state["x"], self.sigma),
            "synapses": neuron_energy(state["s"], self.sigma, pairs) / 2,
            "astrocytes": neuron_energy(state["q"], self.sigma, pairs) / 2,
            "coupling": -np.sum(state["drive"] * g, axis=-1) / 2
            - np.sum(psi * gates, axis=pairs) / 2
            - np.sum(state["recalled"] * psi, axis=pairs) / 4,
        }

    def power_p(self, state: State) -> np.ndarray:
        """Synapses and processes together."""
        total = np.zeros(state["x"].shape[:-1])
        for v in ("s", "q"):
            speed, goal = self.relaxations(state)[v]
            if 0 < speed < math.inf:
                total = total + speed / 2 * np.sum(phi_slope(state[v], self.sigma) * (goal - state[v]) ** 2, axis=(-2, -1))
        return total

    def at_rest(self, state: State, tolerance: float) -> np.ndarray:
        still = super().at_rest(state, tolerance)
        if not still.any():
            return still
        for v, (speed, goal) in self.relaxations(state).items():
            if v != "x" and speed > 0:
                moves = np.abs(goal - state[v]).max(axis=(-2, -1))
                still = still & (moves <= tolerance * np.maximum(1.0, np.abs(state[v]).max(axis=(-2, -1))))
        return still

    def longest_step(self) -> float:
        """No proof for any step here, since the gates need not be a positive matrix: the time constants are resolved instead,
        and a step that would raise the energy is halved."""
        return 0.05 * min(tau for tau in (1.0, self.tau_x, self.tau_p) if tau > 0)
