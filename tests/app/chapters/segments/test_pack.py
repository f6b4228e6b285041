"""The message of a run: every number is core's, the way back follows the way forward, and a sentence is told of each frame."""

from __future__ import annotations

import re

import numpy as np
import pytest

from app.chapters.segments.chapter import CHAPTER
from app.chapters.segments.narration import narrate
from app.chapters.segments.pack import CURVE_STEP, pack
from app.message import read
from core import simulate
from core.segments import load_training
from core.segments.replay import METHODS
from core.segments.retention import SCALINGS, geometric, largest_product, plasticity

T = 8


def packed(*runs):
    return read(pack(runs))


@pytest.mark.parametrize("retention", SCALINGS)
def test_every_number_is_cores(retention):
    run = simulate(system="segments", retention=retention, sequence=3)
    header, arrays = packed(run)
    reading = run.reading
    there, back = slice(0, T), slice(T, 2 * T)
    assert arrays["t"].tolist() == list(range(1, 2 * T + 1))
    assert arrays["place"].tolist() == [*range(1, T + 1), *range(T, 0, -1)]
    assert arrays["way"].tolist() == [0] * T + [1] * T
    for name in ("retention", "product", "right"):
        assert np.array_equal(arrays[name][there], run.observables[name])
        assert np.array_equal(arrays[name][back], run.observables[name][::-1])
    assert np.array_equal(arrays["slope"][there], run.observables["slope"])
    assert np.array_equal(arrays["all_literal_slope"], run.observables["literal_slope"])
    for name in ("attention", "before", "behind", "answers"):
        assert np.array_equal(arrays[name], getattr(reading, name).astype("f4").ravel())
    assert np.array_equal(arrays["tokens"], reading.tokens.ravel())
    assert arrays["bound"].tolist() == [largest_product(t) for t in range(1, T + 1)]
    assert (header["answer"], header["right_answer"]) == (reading.answer, reading.right)
    assert header["accuracy"] == run.accuracy and header["outcome"] == run.outcome
    assert header["difference"] == 0.0  # replay and everything kept: the same to the last bit
    losses = run.training.losses
    assert np.allclose(arrays["learned_loss"], losses.reshape(-1, 10).mean(axis=1), rtol=1e-6)


def test_the_numbers_held_are_those_of_a_step_of_the_training():
    run = simulate(system="segments")
    header, arrays = packed(run)
    for method in METHODS:
        held = run.training.held(method)
        assert header["most_held"][method] == held.held == arrays[f"held_{method}"].max()
        assert arrays[f"held_{method}"].tolist() == [*held.forward_held, *held.back_held[::-1]]


@pytest.mark.parametrize("retention", ["printed", "scaled"])
def test_the_curve_is_that_of_the_nine_synapses_and_its_increments_are_the_factors(retention):
    run = simulate(system="segments", retention=retention)
    _, arrays = packed(run)
    whole = run.observables["retention"].sum()
    assert arrays["curve"][-1] == pytest.approx(whole, rel=1e-6)
    ends = np.interp(np.arange(T + 1), arrays["curve_at"], arrays["curve"])
    fine = plasticity(T, 0.3).factors()
    assert np.diff(ends) / whole == pytest.approx(fine, abs=1e-3)
    assert np.abs(fine - run.observables["retention"] / whole).max() < 0.006
    assert "curve" not in packed(simulate(system="segments", retention="uniform"))[1]


def test_a_bent_run_is_read_on_with_the_other_factors_and_walked_back_through_all_of_them():
    run = simulate(system="segments", sequence=61)
    bent = simulate(start=run, at=3, retention="off")
    _, arrays = packed(run, bent)
    assert arrays["place"].tolist() == [1, 2, 3, 4, 4, 5, 6, 7, 8, *range(8, 0, -1)]
    assert arrays["retention"][:4].tolist() == run.observables["retention"][:4].tolist()
    assert arrays["retention"][4:9].tolist() == [1.0] * 5
    assert np.array_equal(arrays["all_slope"][3:], bent.observables["slope"])
    assert np.array_equal(arrays["right"][4:9], bent.observables["right"])
    assert "curve" not in arrays


@pytest.mark.parametrize("task", ["latest", "first", "majority", "listops", "place"])
@pytest.mark.parametrize("segments", [1, 4, 16])
def test_a_true_sentence_is_told_of_every_frame(task, segments):
    run = simulate(system="segments", task=task, segments=segments, steps=0)
    header, arrays = packed(run)
    lines = [header["sentences"][i] for i in arrays["sentence"]]
    assert len(lines) == 2 * segments == len(set(lines))
    assert lines == list(narrate(run).lines)
    assert arrays["seconds"].sum() < 31
    for t, line in enumerate(lines[:segments]):
        assert line.startswith(f"Segment {t + 1} of {segments}: ") and line.endswith(".")
        assert run.training.task.answers[int(run.reading.answers[t].argmax())] in line
    for k, line in enumerate(lines[segments:]):
        assert line.startswith(f"Back at segment {segments - k}") and line.endswith(".")
    assert "same to the last bit" in lines[-1]
    assert not any(re.search(r"[{}]|nan|None", line) for line in lines)


def test_what_is_taken_away_repeats_the_run():
    values, _ = CHAPTER.read_text("scene=far")
    runs = CHAPTER.segments(values)
    lines = CHAPTER.take("python", runs, "")["text"]["content"]
    found: dict = {}
    exec(lines, {"print": print}, found)
    assert np.array_equal(found["run"].reading.answers, runs[0].reading.answers)


def test_act_one_has_s_and_its_fast_process_of_each_kind_of_synapse():
    run = simulate(system="segments")
    _, arrays = packed(run)
    made = plasticity(T, run.training.settings.theta, step=0.1)
    corner, edge, centre = (0, 2, 6, 8), (1, 3, 5, 7), (4,)
    for name, values in (("curve_s", made.s), ("curve_fast", made.fast)):
        sent = arrays[name].reshape(3, -1)
        assert sent.shape[1] == len(arrays["curve_at"]) and not sent[:, 0].any()
        for row, alike in zip(sent, (corner, edge, centre), strict=True):
            for synapse in alike:
                np.testing.assert_allclose(row[1:], values[:, synapse], atol=1e-6)
    assert "curve_s" not in packed(simulate(system="segments", retention="uniform"))[1]


def test_the_weights_are_taken_away_as_safetensors():
    run = simulate(system="segments", retention="scaled")
    file = CHAPTER.take("safetensors", [run], "")["file"]
    assert file["name"] == "gliascope.safetensors" and set(CHAPTER.own_files) == set(CHAPTER.words["page"]["own_files"])
    back = load_training(file["content"])
    assert back.settings == run.training.settings and back.accuracy == run.accuracy
    assert all(np.array_equal(values, run.training.weights[name]) for name, values in back.weights.items())


def test_the_drawn_curve_is_as_near_to_what_trainings_take_as_its_legend_says():
    """One θ for both, over all that the sliders reach."""
    [said] = [line for line in CHAPTER.words["stage"]["legends"]["forgetting"] if "differs from the drawn curve" in line]
    most = float(re.search(r"less than (0\.\d+) of the whole", said)[1])
    segments, theta = (CHAPTER.parameters[name].shown for name in ("segments", "theta"))
    apart = []
    for one in np.geomspace(*theta, 5):
        made = plasticity(segments[1], float(one), step=CURVE_STEP)
        apart += [np.abs(made.factors(T) - geometric(T, one)).max() for T in range(segments[0], segments[1] + 1)]
    assert 0.8 * most < max(apart) < most
