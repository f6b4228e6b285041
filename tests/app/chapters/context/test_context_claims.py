"""What the table of claims says was found is found: each number anew."""

import math

import numpy as np
import pytest

from app.chapters.context.chapter import CHAPTER
from app.claims import claims_html, claims_of
from core import ensemble, simulate
from core.context.figures import FIGURES
from core.context.theory import least_gain, uniform_competition
from tests.core.context.test_model import CASES, leads
from tests.core.context.test_theory import as_published, with_its_premise

CLAIMS = claims_of(CHAPTER.package)
SEED = 7_000  # not that with which the sentences were written


def spoken(key, *parts):
    """The sentence says this, so that who changes one has to change the other."""
    for part in parts:
        assert part in CLAIMS[key].found or part in CLAIMS[key].settings, part


def asked(**given):
    return [simulate(model="context", pair=pair, context=name, **given) for pair, name in CASES]


def test_a_context_separates_and_a_little_competition_helps_a_noisy_cue():
    spoken(
        "separation",
        "all 16 cases, from 0.00 to between 0.18 and 0.65",
        "all 16 are right at 0.1, at 0.9 there are 6, at 0.97 there are 3",
        "a tenth of the cue’s pixels flipped 88 % are right without it, 97 % at 0.1 and 82 % at 0.5",
    )
    margins, level = [], []
    for run in asked(tau_q=math.inf):
        place = run.trial.pair.index(run.target)
        none = simulate(model="context", pair=run.settings["pair"], context="none", target=place, tau_q=math.inf)
        margins.append(run.observables["margin"][-1])
        level.append(none.observables["margin"][-1])
    assert np.abs(level).max() < 0.005 and (min(margins), max(margins)) == pytest.approx((0.18, 0.65), abs=0.005)
    assert [sum(map(leads, asked(alpha=alpha))) for alpha in (0.1, 0.9, 0.97)] == [16, 6, 3]
    noisy = [
        float(
            ensemble(
                system="context", trials=500, seed=SEED, pair="drawn", context="target", noise=0.1, alpha=alpha
            ).success.mean()
        )
        for alpha in (0.0, 0.1, 0.5)
    ]
    assert noisy == pytest.approx([0.88, 0.97, 0.82], abs=0.04) and noisy[0] < noisy[1] > noisy[2]


def test_the_margin_bounds_the_gain():
    for run in asked():
        margin = run.observables["margin"]
        assert (run.attention[:, run.target] >= [least_gain(one, 36, 20.0) - 1e-12 for one in margin]).all()


def test_one_state_of_rest_and_two():
    spoken("unique", "κ = 0.694", "κ = 11.1", "100 % of the gain")
    assert simulate(model="context").kappa == pytest.approx(0.694, abs=5e-4)
    found = [
        simulate(model="context", context="none", tau_q=math.inf, lam=1.0, origin="corner", target=place) for place in (0, 1)
    ]
    assert [run.names[int(run.p[-1].argmax())] for run in found] == ["S", "5"]
    assert all(run.kappa == pytest.approx(11.1, abs=0.05) and run.p[-1].max() > 0.995 for run in found)
    free = [simulate(model="context", context="none", origin="corner", target=place) for place in (0, 1)]  # a cue that is free
    assert [run.names[int(run.p[-1].argmax())] for run in free] == ["S", "5"] and free[0].kappa < 1


def test_what_drives_the_scores():
    spoken("driven", "to 0.001", "the context puts S ahead of 5 by 0.51, the feedback by 0.07")
    run = simulate(model="context")
    shares = {name: values[-1] for name, values in run.shares.items()}
    assert np.abs(sum(shares.values()) - run.r[-1]).max() < 1e-3
    ahead = {name: values[run.target] - values[run.other] for name, values in shares.items()}
    assert (ahead["context"], ahead["feedback"]) == pytest.approx((0.51, 0.07), abs=0.005)


def test_coupling_and_noise():
    spoken(
        "noise", "33 % of the trials at λ = 0, in 91 % at λ = 2 and in 100 % at λ = 16", "100 % at λ = 0 become 76 % at λ = 16"
    )
    study = FIGURES["d1"].study(trials=600, sigma_q=(1.6,), lam=(0.0, 2.0, 16.0), seed=SEED)
    found = [cell.mean("success") for cell in sorted(study.run(), key=lambda cell: cell.index)]
    assert found == pytest.approx([0.33, 0.91, 1.0], abs=0.06)
    noisy = FIGURES["d1"].study(trials=600, sigma_q=(0.0,), lam=(0.0, 16.0), sigma_c=0.3 * math.sqrt(10), seed=SEED)
    found = [cell.mean("success") for cell in sorted(noisy.run(), key=lambda cell: cell.index)]
    assert found == pytest.approx([1.0, 0.76], abs=0.06)


def test_where_equal_gains_give_way():
    spoken("threshold", "0.90 for λ = 1 and at 0.60 for λ = 2", "at 0.84 and at 0.38")
    for lam, told, published in ((1.0, 0.90, 0.84), (2.0, 0.60, 0.38)):
        assert uniform_competition(1.0, lam, 5.0, 50) == pytest.approx(told, abs=1e-9)
        assert with_its_premise(lam, 0) == pytest.approx(told, abs=0.002)
        assert np.mean([as_published(lam, seed) for seed in range(3)]) == pytest.approx(published, abs=0.03)


def test_what_is_no_quotation_and_what_was_not_tried_are_said():
    table = claims_html(CHAPTER.package)
    assert table.count("<q>") == sum(claim.quoted for claim in CLAIMS.values()) < len(CLAIMS)
    assert table.count("in our words") == sum(not claim.quoted for claim in CLAIMS.values())
    assert table.count("<a ") == sum(bool(claim.see) for claim in CLAIMS.values()) == len(CLAIMS) - 1
