"""Events are dated by the run's own numbers, and nothing is announced that did not happen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import OUTCOMES, simulate
from core.retrieval.events import COMMITTED, course, events, has_gains

KINDS = {"cue", "steered", "tie", "decided", "leader", "half", "lost", "corrected", "committed", "rest", "horizon", "outcome"}
MODELS = ("astrocyte", "linear", "hopfield", "dense", "krotov", "attention", "neuron-astrocyte")


def of(run, kind):
    return [event for event in events(run) if event.kind == kind]


@given(
    model=st.sampled_from(MODELS),
    seed=st.integers(0, 2**53 - 1),
    K=st.integers(1, 12),
    N=st.integers(1, 16),
    noise=st.floats(0, 1),
    cue=st.sampled_from(("flip", "mask")),
    T=st.sampled_from((0.01, 1.0, 100.0)),
    tau_p=st.sampled_from((0.0, 0.1, 1.0, np.inf)),
)
def test_every_event_agrees_with_the_run(model, seed, K, N, noise, cue, T, tau_p):
    run = simulate(model=model, seed=seed, K=K, N=N, noise=noise, cue=cue, T=T, tau_p=tau_p)
    found = events(run)
    toward = np.sign(run.x) * run.patterns[:, 0]
    assert {event.kind for event in found} <= KINDS
    assert [event.frame for event in found] == sorted(event.frame for event in found)
    for event in found:
        assert run.t[max(0, event.frame - 1)] <= event.t <= run.t[event.frame]
        assert all(isinstance(value, (int, float)) for value in event.numbers.values())
        if "wrong" in event.numbers:
            assert event.numbers["wrong"] == np.sum(toward[event.frame] < 0)
        if event.kind == "half":
            assert has_gains(run)
            assert event.numbers["gain"] == run.p[event.frame].max() > 0.5
            assert not np.any(run.p[: event.frame] > 0.5)
        if event.kind == "lost":
            now, before = toward[event.frame] > 0, toward[event.frame - 1] > 0
            assert event.numbers["bits"] == np.sum(before & ~now) > 0
            assert event.numbers["won"] == np.sum(now & ~before)
        if event.kind == "corrected":
            assert np.all(toward[event.frame :] > 0) and not np.all(toward[event.frame - 1] > 0)
        if event.kind == "committed":
            assert np.all(np.abs(run.g[event.frame :]) > COMMITTED)
            assert np.all((toward[event.frame :] > 0) == (toward[-1] > 0)), "no bit turns any more"
        if event.kind == "leader" and event.numbers["before"] >= 0 and course(run).decided[event.frame] and K > 2:
            gains = run.p[event.frame]
            rest = 1 - gains[event.numbers["memory"]] - gains[event.numbers["before"]]
            assert gains[event.numbers["before"]] > 2 * rest / (K - 2), "who is overtaken stands above the crowd"
    kinds = [event.kind for event in found]
    assert kinds[0] == "cue" and found[-1].frame == len(run.t) - 1
    assert kinds.count("outcome") == 1 and OUTCOMES[of(run, "outcome")[0].numbers["outcome"]] == run.outcome
    assert ("rest" in kinds) == (run.converged_at is not None) != ("horizon" in kinds)


@given(seed=st.integers(0, 10**6), K=st.integers(1, 40), T=st.sampled_from((0.01, 3.0)))
def test_the_leader_is_ahead_of_all_others(seed, K, T):
    run = simulate(seed=seed, K=K, T=T, noise=0.3)
    seen = course(run)
    strength = np.where(seen.decided[:, None], run.p, np.abs(run.overlaps))
    order = np.sort(strength, axis=1)
    alone = seen.level == 1
    assert np.array_equal(seen.leader[alone], strength.argmax(axis=1)[alone])
    assert np.all(seen.leader[~alone] == -1)
    if K > 1:
        assert np.all(order[alone, -1] > order[alone, -2])
        shared = np.flatnonzero(~alone)
        assert np.array_equal(strength[shared, seen.second[shared]], order[shared, -2])


def test_a_leader_is_named_when_it_changes_and_not_before():
    run = simulate(family="letters", target=1, noise=0.4, seed=2)
    named = [event.numbers for event in of(run, "leader")]
    assert [run.names[numbers["memory"]] for numbers in named] == ["L", "B"]
    assert named[0]["before"] == -1 and run.names[named[1]["before"]] == "E"


def test_a_tie_at_the_start_names_those_who_are_level():
    patterns = np.ones((9, 2))
    patterns[:4, 1] = -1
    run = simulate(memories=patterns, cue=np.where(np.arange(9) < 2, -1, 1))
    tie = of(run, "tie")[0]
    m = np.abs(run.overlaps[0])
    assert tie.frame == 0 and tie.numbers["memories"] == 2
    assert m[tie.numbers["first"]] == pytest.approx(m[tie.numbers["second"]], abs=1e-12)


def test_a_steered_run_begins_where_it_was_bent():
    run = simulate(seed=7)
    bent = simulate(start=run, at=40, T=3.0)
    first = events(bent)[0]
    assert first.kind == "steered" and first.t == run.t[40]


def test_a_mirrored_pattern_is_a_stranger_to_the_linear_score():
    patterns = np.ones((8, 2))
    patterns[:3, 1] = -1
    run = simulate(memories=patterns, cue=-patterns[:, 1], model="linear", target=0)
    assert course(run).first[0] == 0 != course(simulate(memories=patterns, cue=-patterns[:, 1])).first[0]


def test_masked_entries_are_unknown_and_not_wrong():
    cue = of(simulate(cue="mask", noise=0.2), "cue")[0]
    assert cue.numbers == {"wrong": 0, "unknown": 6, "neurons": 30}
