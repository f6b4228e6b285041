"""What the paper proves of the context gate, against its own runs and against dense linear algebra."""

import math

import numpy as np
import pytest

from core import simulate
from core.context.settings import Settings
from core.context.theory import (
    descended_energy,
    fixed_point,
    kappa,
    least_gain,
    needed_margin,
    one_shot,
    pitchfork,
    tie_coupling,
    uniform_competition,
)
from core.gates import Gates
from core.parameters import Refusal
from core.registry import system_named

FIGURES = system_named("context").figures


def unit(draw, N, K, cluster=False):
    Z = draw.standard_normal((N, K))
    if cluster:
        centre = draw.standard_normal((N, 1))
        Z = 2 * centre / np.linalg.norm(centre) + 0.3 * Z
    return Z / np.linalg.norm(Z, axis=0)


@pytest.mark.parametrize("N, K", [(5, 3), (3, 5), (4, 4), (1, 6)])
def test_functions_of_a_are_those_of_the_matrix(N, K):
    draw = np.random.default_rng(1)
    Z = unit(draw, N, K)[None]
    for alpha in (0.0, 0.4, 1.7):
        gates = Gates(Z, alpha)
        A = (1 - alpha) * np.eye(K) + alpha * Z[0].T @ Z[0]
        values, vectors = np.linalg.eigh(A)
        s, drive = draw.standard_normal((2, 1, K))
        assert gates.times(s)[0] == pytest.approx(A @ s[0])
        assert float(gates.eta_min[0]) == pytest.approx(values.min()) and gates.eta_max == pytest.approx(values.max())
        x = 0.7
        weight = np.where(np.abs(values) < 1e-12, x, -np.expm1(-values * x) / np.where(np.abs(values) < 1e-12, 1, values))
        exact = vectors @ (np.exp(-values * x) * (vectors.T @ s[0]) + weight * (vectors.T @ drive[0]))
        assert gates.exact_step(s, drive, x)[0] == pytest.approx(exact)
        implicit = np.linalg.solve(np.eye(K) / x + A + alpha * np.eye(K), (1 / x + alpha) * s[0] + drive[0])
        assert gates.eyre_step(s, drive, x)[0] == pytest.approx(implicit)
        if values.min() > 1e-9:
            assert A @ gates.solve(drive)[0] == pytest.approx(drive[0])
        else:
            with pytest.raises(Refusal, match="must be below"):
                gates.solve(drive)


def test_the_papers_iteration_never_raises_the_energy_and_settles():
    draw = np.random.default_rng(11)
    beyond = 0
    for _ in range(600):
        N, K = int(draw.integers(2, 20)), int(draw.integers(2, 40))
        gates = Gates(unit(draw, N, K)[None], float(draw.choice([0, 0.1, 0.5, 0.9])))
        lam, beta = 10 ** draw.uniform(-2, 1), 10 ** draw.uniform(-1, 2)
        beyond += beta * lam**2 / (2 * float(gates.eta_min[0])) > 1
        b, u = draw.standard_normal((2, 1, K))
        p = draw.dirichlet(np.ones(K))[None]
        energy = descended_energy(p, b, u, gates, lam, beta)[0]
        for _ in range(6):
            p, _ = fixed_point(p, b, u, gates, lam, beta, most=1)
            after = descended_energy(p, b, u, gates, lam, beta)[0]
            assert after <= energy + 1e-10 * max(1.0, abs(energy))
            energy = after
        p, steps = fixed_point(p, b, u, gates, lam, beta, most=5000)
        assert steps < 5000
    assert 100 < beyond < 500


def test_a_run_rests_where_theorem_3_4_says():
    run = simulate(model="context", tolerance=1e-10, horizon=60.0)
    total = sum(run.shares.values())[-1]
    assert np.abs(total - run.r[-1]).max() <= 1e-7
    p, _ = fixed_point(run.p[-1:], run.state["b"][-1:], run.context[None], run.dynamics.gates, 0.25, 20.0)
    assert np.abs(p[0] - run.p[-1]).max() <= 1e-7
    assert run.kappa == pytest.approx(0.694, abs=1e-3) and run.tie_coupling == pytest.approx(0.308, abs=1e-3)
    assert run.needed_margin == pytest.approx(0.325, abs=1e-3) and needed_margin(50, 3.5) == pytest.approx(1.95, abs=0.01)


def test_the_margin_makes_sure_of_the_gain():
    for pair, lam in (("S5", 0.1), ("B8", 0.5), ("G6", 2.0)):
        run = simulate(model="context", pair=pair, lam=lam, tau_q=math.inf)
        u, b = run.context[None], run.state["b"][-1:]
        one = one_shot(b, u, run.dynamics.gates, lam, 20.0)[0]
        scores = (b + lam * run.dynamics.gates.solve(u))[0]
        margin = scores[run.target] - np.delete(scores, run.target).max()
        assert one[run.target] >= least_gain(margin, 36, 20.0) - 1e-12


def test_a_tie_breaks_as_a_magnet_does():
    """Two patterns of overlap o with nothing to tell them apart: p_A − p_B = m = tanh(κm), and nothing below κ = 1."""
    beta, alpha = 5.0, 0.5
    for o in (0.0, 0.4, 0.8):
        gates = Gates(np.array([[1, o], [0, math.sqrt(1 - o * o)]])[None], alpha)
        for wanted, least, most in ((0.95, 0.0, 1e-6), (1.05, 0.36, 0.38), (1.2, 0.65, 0.67), (2.0, 0.95, 0.96)):
            lam = math.sqrt(2 * (1 - alpha * o) * wanted / beta)
            settings = Settings.of({"family": "coins", "N": 2, "K": 2, "lam": lam, "beta": beta, "context": "none"})
            assert kappa(settings, gates) >= wanted - 1e-12  # the bound, which is sharp for o = 0
            assert tie_coupling(settings, gates, 0, 1) == pytest.approx(lam / math.sqrt(wanted))
            zero = np.zeros((1, 2))
            p, _ = fixed_point(np.array([[0.51, 0.49]]), zero, zero, gates, lam, beta, most=200_000, tolerance=1e-15)
            m = float(p[0, 0] - p[0, 1])
            assert least <= m <= most and abs(m - math.tanh(wanted * m)) <= 1e-6
            assert pitchfork(np.array([wanted]))[0] == pytest.approx(m, abs=1e-6)


def test_in_a_full_store_the_tie_breaks_at_the_predicted_coupling():
    found = {}
    for lam in (0.30, 0.32):
        for first in ("S", "5"):
            cue = {"S": "first", "5": "second"}[first]
            whole = simulate(model="context", context="none", cue=cue, tau_q=math.inf, lam=lam, horizon=10.0)
            tie = simulate(model="context", context="none", tau_q=math.inf, lam=lam)
            gates, b, zero = tie.dynamics.gates, tie.state["b"][-1:], np.zeros((1, 36))
            p, _ = fixed_point(whole.p[-1:], b, zero, gates, lam, 20.0, most=100_000, tolerance=1e-13)
            found[lam, first] = float(p[0, tie.target])
    assert found[0.30, "S"] == pytest.approx(found[0.30, "5"], abs=1e-6)
    assert found[0.32, "S"] > 0.6 > 0.4 > found[0.32, "5"]


def test_gates_alone_grow_at_the_rate_that_is_predicted():
    draw = np.random.default_rng(0)
    Z = unit(draw, 10, 50, cluster=True)[None]
    for alpha in (1.1, 1.5):
        gates = Gates(Z, alpha)
        assert float(gates.alpha_crit[0]) == pytest.approx(1.0)
        s, h, sizes = 1e-4 * draw.standard_normal((1, 50)), 0.1, []
        for _ in range(round(20 / (alpha - 1) / h)):
            s = gates.exact_step(s, np.full((1, 50), 1 / 50), h)
            sizes.append(np.linalg.norm(s))
        assert math.log(sizes[-1] / sizes[-40]) / (39 * h) == pytest.approx(alpha - 1, abs=1e-3)


def threshold(taken):
    """The competition from which one pattern takes more than half of the gain, by halving."""
    low, high = 0.0, 0.9999
    for _ in range(13):
        alpha = (low + high) / 2
        low, high = (low, alpha) if taken(alpha) else (alpha, high)
    return high


def with_its_premise(lam, seed, corner=False):
    """Scores shifted so that equal gains are a fixed point, as Theorem C.2 has it; from there, or from a corner."""
    draw = np.random.default_rng(seed)
    Z = unit(draw, 10, 50, cluster=True)[None]
    level, zero = np.full((1, 50), 1 / 50), np.zeros((1, 50))

    def taken(alpha):
        gates = Gates(Z, alpha)
        begin = level + 1e-7 * draw.standard_normal((1, 50))
        if corner:
            begin = np.eye(50)[None, seed]
        p, _ = fixed_point(begin, -(lam**2) * gates.solve(level), zero, gates, lam, 5.0, most=3000, tolerance=1e-13)
        return p.max() > 0.5

    return threshold(taken)


def as_published(lam, seed):
    def taken(alpha):
        given = {"context": "both", "u0": 0.04, "cue": "none", "tau_q": math.inf, "beta": 5.0, "origin": "nudged"}
        study = {"model": "context", "family": "cluster", "seed": seed, "horizon": 1000.0, "tolerance": 1e-7}
        return simulate(**study, **given, lam=lam, alpha=alpha).p[-1].max() > 0.5

    return threshold(taken)


def test_theorem_c2_is_right_and_its_premise_fails_in_figure_d3():
    for lam, published in ((1.0, 0.841), (2.0, 0.380)):
        predicted = uniform_competition(1.0, lam, 5.0, 50)
        assert np.mean([with_its_premise(lam, seed) for seed in range(4)]) == pytest.approx(predicted, abs=0.002)
        measured = np.mean([as_published(lam, seed) for seed in range(3)])
        assert measured == pytest.approx(published, abs=0.03) and measured < predicted - 0.05
    corner = np.mean([with_its_premise(1.0, seed, corner=True) for seed in range(6)])
    assert corner == pytest.approx(0.27, abs=0.12)  # hysteresis: from equal gains it is .90


def test_figures_of_the_paper():
    noise = (0.0, 0.55, 1.1, 1.6, 3.0)
    study = FIGURES["d1"].study(trials=300, sigma_q=noise, lam=(0.0, 2.0, 8.0))
    found = {cell.index: cell.mean("success") for cell in study.run()}
    expected = [[1, 0.98, 0.58, 0.33, 0.12], [1, 1, 0.99, 0.92, 0.48], [1, 1, 1, 1, 0.98]]
    for (i, j), value in found.items():
        assert value == pytest.approx(expected[i][j], abs=0.07), (i, j)
    alone = FIGURES["d2"].study(alpha=(0.0, 0.5, 0.9, 0.99, 1.1), trials=10)
    peaks = [cell.mean("gate_peak") for cell in sorted(alone.run(), key=lambda cell: cell.index)]
    assert peaks[0] == pytest.approx(0.02, abs=1e-4) and peaks[1] == pytest.approx(0.0204, abs=3e-4)
    assert peaks[2] == pytest.approx(0.0215, abs=1e-3) and 0.025 < peaks[3] < 0.05 and peaks[4] > 0.9


def test_noise_is_meant_by_length_or_accuracy_would_fall_with_coupling():
    """With σ_c an entry, and not σ_c/√N, the context of figure D.1 is so noisy that it hurts."""
    study = FIGURES["d1"].study(trials=300, sigma_q=(0.0,), lam=(0.0, 4.0, 16.0), sigma_c=0.3 * math.sqrt(10))
    falls = [cell.mean("success") for cell in sorted(study.run(), key=lambda cell: cell.index)]
    assert falls[0] > 0.99 and falls[1] == pytest.approx(0.89, abs=0.07) and falls[2] == pytest.approx(0.76, abs=0.09)


def test_a_context_that_may_move_has_no_lowest_energy():
    """With c free and W₁ = Zᵀ the energy at its best c is ½ sᵀ(A − G)s − …, and A − G has negative directions."""
    run = simulate(model="context")
    G = run.trial.Z.T @ run.trial.Z
    A = 0.9 * np.eye(36) + 0.1 * G
    assert np.linalg.eigvalsh(A).min() > 0 > np.linalg.eigvalsh(A - G).min()
    with pytest.raises(Refusal, match="context = 'free': it must be given"):
        simulate(model="context", context="free")


def test_competition_mostly_hurts_recall():
    def share(**given):
        cells = list(FIGURES["d1"].study(trials=200, sigma_q=(1.6,), lam=(2.0,), sigma_c=0.6, **given).run())
        return cells[0].mean("success")

    assert share(alpha=0.0) > 0.85 and share(alpha=0.95) < 0.65  # .925 → .568 in the specification's five sets
