"""One true sentence for every frame, in good English, and quickly made."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from app.chapters.frames import LONGEST_SECONDS, SENTENCE_SECONDS
from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.retrieval.narration import narrate as tell
from app.message import read
from app.numbers import number, share
from core import simulate
from core.retrieval.events import events
from tests.app.chapters.test_scenes import played

MODELS = ("astrocyte", "linear", "hopfield", "dense", "krotov", "attention", "neuron-astrocyte")


def narrate(run) -> list[str]:
    return tell(run).lines


def said(line: str) -> str:
    return line.split(": ", 1)[1]


@settings(deadline=None, max_examples=50)  # a run with τ_x = 0 settles as long as it needs
@forall(
    model=st.sampled_from(MODELS),
    seed=st.integers(0, 2**53 - 1),
    K=st.integers(1, 30),
    N=st.integers(1, 20),
    noise=st.floats(0, 1),
    cue=st.sampled_from(("flip", "mask")),
    T=st.sampled_from((0.01, 1.0, 100.0)),
    tau_p=st.sampled_from((0.0, 0.1, 1.0, 1000.0, np.inf)),
    tau_x=st.sampled_from((0.0, 0.01, 1.0, np.inf)),
)
def test_any_run_is_told_in_full_sentences(model, seed, K, N, noise, cue, T, tau_p, tau_x):
    run = simulate(model=model, seed=seed, K=K, N=N, noise=noise, cue=cue, T=T, tau_p=tau_p, tau_x=tau_x)
    lines = narrate(run)
    assert len(lines) == len(run.t)
    for line in lines:
        assert re.fullmatch(r"t = [^:]+: [^{}]+\.", line), line
        assert "-" not in line and "nan" not in line and "None" not in line
        assert not re.search(r"\b1 (bits|memories)\b|\b(0|[2-9]|\d\d+) bit\b", line), line
        if model not in ("astrocyte", "linear"):
            assert "gain" not in line, "only astrocytes have gains to speak of"
    for frame in np.flatnonzero(np.count_nonzero(np.sign(run.x) == run.patterns[:, 0], axis=1) < N):
        assert "every bit is right" not in lines[frame]


@pytest.mark.parametrize("given", CHAPTER.scenes.values(), ids=lambda given: given.key)
def test_counts_and_shares_are_those_of_the_frame_and_dates_those_of_what_happens(given):
    run = played(given.parameters)
    dates = {event.frame: [] for event in events(run)}
    for event in events(run):
        dates[event.frame].append(number(event.t))
    for frame, line in enumerate(narrate(run)):
        wrong = np.count_nonzero(run.x[frame] * run.patterns[:, run.target] < 0)
        if "the cue has" in line:
            assert frame < len(run.t) / 10
        elif count := re.search(r"(\d+) (?:bits? (?:still )?|now )wrong", line):
            assert int(count[1]) == wrong, line
        if gain := re.search(r"(?:holds|leads with) (\S+ %)", line):
            assert gain[1] == share(run.p[frame].max()), line
        assert re.match(r"t = (\S+): ", line)[1] in dates.get(frame, [number(run.t[frame])]), line


def test_a_recall_is_told_from_cue_to_rest():
    run = simulate(**CHAPTER.scenes["recall"].parameters)
    lines = [said(line) for line in narrate(run)]
    assert lines[0] == "the cue has 6 of 30 bits wrong."
    assert lines[15] == "the gains are alike, the target is closest (overlap 0.6); 6 bits still wrong."
    assert any(line.startswith("the target passes half of the gain; ") for line in lines)
    assert lines[-1] == f"the target is recalled, at rest since t = {number(run.converged_at)}."


def test_letters_are_called_by_their_names():
    lines = " ".join(narrate(simulate(family="letters", target=1, noise=0.4, seed=2)))
    assert "memory L is closest" in lines
    assert "the target B takes the lead from memory E" in lines
    assert "from memory L" not in lines
    assert "the target B holds 100 % of the gain" in lines


def heard(runs) -> list[tuple[str, float, int]]:
    """What a visitor hears at speed 1: each sentence, for how many seconds, and the frame with which it comes."""
    header, arrays = read(CHAPTER.pack(runs))
    places = arrays["sentence"]
    begins = [0, *(np.flatnonzero(np.diff(places)) + 1).tolist()]
    ends = [*begins[1:], len(places)]
    return [(header["sentences"][places[a]], float(arrays["seconds"][a:b].sum()), a) for a, b in zip(begins, ends, strict=True)]


def at_its_pace(runs) -> None:
    told = heard(runs)
    assert min(seconds for _, seconds, _ in told) >= SENTENCE_SECONDS - 1e-3
    assert sum(seconds for _, seconds, _ in told[:-1]) <= LONGEST_SECONDS + 1e-3, "the last sentence comes with the last frame"
    _, arrays = read(CHAPTER.pack(runs))
    for line, _, frame in told:  # what is said is true of the moment that it names
        run, row = runs[arrays["segment"][frame]], arrays["row"][frame]
        assert line == narrate(run)[row]


@pytest.mark.parametrize("given", CHAPTER.scenes.values(), ids=lambda given: given.key)
def test_each_sentence_of_a_scene_can_be_read(given):
    at_its_pace([played(given.parameters)])


@settings(deadline=None, max_examples=30)
@forall(seed=st.integers(0, 10**6), noise=st.floats(0, 1), T=st.sampled_from((0.01, 1.0, 100.0)), bends=st.integers(0, 3))
def test_each_sentence_of_any_run_can_be_read(seed, noise, T, bends):
    runs = [simulate(seed=seed, noise=noise, T=T, K=12)]
    for k in range(bends):
        runs.append(simulate(start=runs[-1], at=8, T=0.5 + k))
    at_its_pace(runs)


def test_much_happens_slowly_and_nothing_fast():
    _, arrays = read(CHAPTER.pack([simulate(**CHAPTER.scenes["tie"].parameters)]))
    seconds = arrays["seconds"]
    assert seconds[55] > 10 * seconds[20] > 10 * seconds[40], "half of the gain, an even share, nothing new"


def test_no_sentence_tells_what_is_still_to_come():
    """Two runs that are the same up to a moment are told in the same words up to there."""
    run = simulate(seed=7)
    bent = simulate(start=run, at=30, T=100.0, tau_p=np.inf)
    whole, short = narrate(run), narrate(simulate(seed=7, horizon=float(run.t[40])))
    assert whole[10:30] == short[10:30], "once what was said of the cue is over"
    assert "stay" not in " ".join(narrate(bent))


def test_neurons_are_said_to_have_committed_only_where_that_lasts():
    for seed in range(60):
        run = simulate(seed=seed, noise=0.4, N=20, K=8)
        for row, line in enumerate(narrate(run)):
            if "committed" in line:
                assert np.array_equal(np.sign(run.x[row]), np.sign(run.x[-1])), line


def test_a_run_cut_by_the_horizon_is_said_to_be_not_converged():
    slow = simulate(seed=7, tau_p=1000)
    assert narrate(slow)[-1] == f"t = 10: not converged by t = 10; {slow.hamming[-1]:.0f} bits wrong."
    short = simulate(**CHAPTER.scenes["recall"].parameters | {"horizon": 2})
    assert narrate(short)[-1] == "t = 2: not converged by t = 2; every bit is right."


def test_an_exact_cue_and_a_masked_one():
    assert said(narrate(simulate(noise=0))[0]) == "the cue is the target itself."
    assert said(narrate(simulate(N=10, noise=0.1, cue="mask"))[0]) == "1 of the cue’s 10 bits is unknown."
    own = np.where(np.arange(30) < 3, 0, -simulate().patterns[:, 0])
    assert said(narrate(simulate(cue=own))[0]) == "the cue has 27 of 30 bits wrong and 3 unknown."


def test_a_bent_run_says_what_was_changed():
    run = simulate(seed=7)
    bent = simulate(start=run, at=40, T=3.0, tau_p=np.inf)
    changed = f"steered from here with T = 3, τ_p = ∞; {run.hamming[40]:.0f} bits still wrong."
    assert narrate(bent)[0] == f"t = {number(run.t[40])}: {changed}"
    assert "the run goes on from here" in narrate(simulate(start=run, at=40))[0]


def test_frozen_gains_and_mirrored_memories_are_not_mistaken_for_others():
    frozen = narrate(simulate(seed=7, tau_p=np.inf))
    assert "the gains are frozen" in frozen[30]
    mirror = narrate(simulate(**CHAPTER.scenes["mirror"].parameters))
    assert "the target, mirrored, holds 100 % of the gain; every bit is wrong" in " ".join(mirror)
    assert "the mirror image of the target is recalled" in mirror[-1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-2.5, "−2.5"),
        (0.00205, "0.00205"),
        (1234.5, "1230"),
        (1e-5, "1·10⁻⁵"),
        (123456, "1.23·10⁵"),
        (np.inf, "∞"),
    ],
)
def test_numbers_have_three_digits_and_a_true_minus(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("part", "text"),
    [(1, "100 %"), (0.9997, "100 %"), (0.996, "99.6 %"), (0.873, "87 %"), (0.0093, "0.93 %"), (1e-5, "under 0.1 %")],
)
def test_shares_are_in_per_cent(part, text):
    assert share(part) == text
