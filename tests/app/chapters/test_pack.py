"""A packed run is the run: every number the browser gets is one that core computed, in a message of bounded size."""

import json

import numpy as np
import pytest

from app.chapters.frames import Told
from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.retrieval.pack import GAIN_STEPS, OVERLAP_STEPS, SERIES, pack
from app.drawn import write_bits, write_drawn
from app.message import read
from app.runs import key_of, message
from core import simulate

RUNS = {
    "default": {"seed": 1},
    "letters": {"family": "letters", "seed": 2},
    "one memory": {"K": 1, "N": 5},
    "frozen": {"tau_p": float("inf"), "T": 5.0},
    "hopfield": {"model": "hopfield"},
    "dense": {"model": "dense", "K": 7},
    "neuron-astrocyte": {"model": "neuron-astrocyte", "N": 12, "K": 5},
    "masked": {"cue": "mask", "noise": 0.4},
}


@pytest.fixture(params=RUNS, scope="module")
def run(request):
    return simulate(**RUNS[request.param])


def test_every_number_is_the_runs_own_at_the_frame_it_belongs_to(run):
    header, arrays = read(pack([run]))
    rows = arrays["row"]
    np.testing.assert_array_equal(arrays["t"], run.t[rows])
    np.testing.assert_array_equal(arrays["energy"], run.energy[rows])
    for name in SERIES:
        np.testing.assert_array_equal(arrays[name], getattr(run, name)[rows].astype("f4"))
    leaders = header["leaders"]
    np.testing.assert_array_equal(arrays["leader_overlaps"], run.overlaps[rows][:, leaders].astype("f4"))
    np.testing.assert_array_equal(arrays["leader_p"], run.p[rows][:, leaders].astype("f4"))
    np.testing.assert_allclose(arrays["overlaps"] / OVERLAP_STEPS, run.overlaps[rows], atol=0.5001 / OVERLAP_STEPS)
    np.testing.assert_allclose(arrays["p"] / GAIN_STEPS, run.p[rows], atol=0.5001 / GAIN_STEPS)
    np.testing.assert_allclose(arrays["parts"].sum(axis=0), run.energy[rows], rtol=1e-4, atol=1e-3)
    signs = np.unpackbits(arrays["memories"], axis=1, count=header["N"]).T
    np.testing.assert_array_equal(2 * signs.astype(int) - 1, run.patterns)
    np.testing.assert_array_equal(np.sign(arrays["g"]), np.sign(run.g[rows]))
    assert (header["outcome"], header["converged_at"], header["largest_rise"]) == (
        run.outcome,
        run.converged_at,
        run.largest_rise,
    )


def test_the_target_leads_the_list_and_whoever_gains_most_follows(run):
    header, _ = read(pack([run]))
    assert header["leaders"][0] == run.target
    assert len(set(header["leaders"])) == len(header["leaders"]) == min(6, run.memory.K)
    if run.memory.K > 1:
        others = np.delete(np.arange(run.memory.K), run.target)
        assert run.p[:, header["leaders"][1]].max() == run.p[:, others].max()


def test_the_leaders_so_far_are_those_of_what_has_happened_by_then(run):
    header, arrays = read(pack([run]))
    count = len(header["leaders"])
    so_far, rows = arrays["leaders_so_far"].reshape(-1, count), arrays["row"]
    assert so_far[-1].tolist() == header["leaders"]
    others = np.delete(np.arange(run.memory.K), run.target)
    for frame, named in enumerate(so_far.tolist()):
        assert named[0] == run.target and len(set(named)) == count
        if count > 1:
            gains = run.p[rows[: frame + 1]]
            assert gains[:, named[1]].max() == gains[:, others].max()


def test_whoever_is_closest_at_first_is_among_the_named():
    for seed in range(20):
        run = simulate(family="letters", noise=0.4, seed=seed)
        closest = np.abs(run.overlaps[0]).argmax()
        assert closest in read(pack([run]))[0]["leaders"]


def test_a_long_run_is_thinned_to_frames_that_were_computed_and_keeps_its_ends():
    run = simulate(resolution=20)
    header, arrays = read(pack([run], frames=100))
    assert 50 < header["frames"] <= 100
    assert (arrays["row"][0], arrays["row"][-1]) == (0, len(run.t) - 1)
    assert np.all(np.diff(arrays["row"]) > 0)
    np.testing.assert_array_equal(arrays["t"], run.t[arrays["row"]])
    # most frames lie where things happen: in the first tenth of the time
    assert np.mean(arrays["t"] < run.t[-1] / 5) > 0.6


def test_a_steered_run_is_one_message_whose_segments_meet():
    first = simulate(seed=3)
    second = simulate(start=first, at=40, T=5.0)
    header, arrays = read(pack([first, second]))
    assert [segment["settings"]["T"] for segment in header["segments"]] == [0.01, 5.0]
    start = header["segments"][1]["start"]
    assert arrays["t"][start] == arrays["t"][start - 1] == first.t[40]
    assert np.all(np.diff(arrays["t"]) >= 0)
    assert arrays["t"][-1] == second.t[-1]
    assert arrays["segment"].tolist() == [0] * start + [1] * (header["frames"] - start)


@pytest.mark.parametrize(
    ("changes", "another"),
    [({"T": 100.0}, True), ({"sigma": 2.0}, True), ({"tau_p": 5.0}, False), ({"tau_x": 0.1, "tau_p": np.inf}, False)],
)
def test_a_bend_says_whether_the_energy_is_another_function(changes, another):
    first = simulate(seed=3)
    header, _ = read(pack([first, simulate(start=first, at=40, **changes)]))
    assert [segment["new_energy"] for segment in header["segments"]] == [False, another]


def test_settings_are_plain_even_of_runs_that_came_from_arrays():
    xi = np.where(np.arange(60).reshape(20, 3) % 7 < 3, 1, -1)
    own = simulate(memories=xi, cue=xi[:, 1])
    for runs in ([own], [own, simulate(start=own, at=10, T=1.0)]):
        header, _ = read(pack(runs))
        assert header["settings"]["cue"] == "own"
        assert header["settings"]["family"] == "own"
        json.dumps(header, allow_nan=False)


def test_infinity_is_written_so_that_json_can_hold_it():
    header, _ = read(pack([simulate(tau_p=float("inf"))]))
    assert header["settings"]["tau_p"] == "inf"


def test_three_memories_bring_their_landscape_and_others_do_not():
    run = simulate(K=3, T=1.0)
    header, arrays = read(pack([run]))
    assert arrays["flow"].shape == (header["frames"], 64, 2)
    assert arrays["shade"].shape == (header["frames"], 256)
    assert arrays["shade"].min(axis=1).max() == 0
    assert arrays["shade"].max(axis=1).min() == 255
    assert "flow" not in read(pack([simulate(K=4)]))[1]


def test_the_message_stays_small_at_the_largest_shown_load():
    assert 50_000 < len(pack([simulate(K=200, resolution=2)])) < 300_000


def test_sentences_are_sent_once_each_and_found_by_frame():
    run = simulate()
    said = ["start"] + ["on the way"] * (len(run.t) - 2) + ["end"]
    header, arrays = read(pack([run], narrate=lambda run: Told(said, {1: 1})))
    assert header["sentences"] == ["start", "on the way", "end"]
    assert [header["sentences"][i] for i in arrays["sentence"]] == [said[row] for row in arrays["row"]]
    assert len(arrays["seconds"]) == header["frames"]


def test_a_redrawn_letter_is_not_called_by_that_letter_any_more():
    values = {**CHAPTER.defaults, "family": "letters", "N": 35, "K": 26, "target": 1}
    drawn = {**values, "own_patterns": write_drawn({1: write_bits(np.ones(35))})}
    for now, name in ((values, "B"), (drawn, None)):
        header, _ = read(message(CHAPTER, key_of(CHAPTER, now)))
        assert header["names"][:3] == ["A", name, "C"]
        assert any("target B" in sentence for sentence in header["sentences"]) == (name is not None)
