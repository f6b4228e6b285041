"""What is taken away gives back the same run, to the last bit."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from app.exports import OBSERVED, csv_text, load_npz, npz_bytes, python_lines, qr_svg
from core import PARAMETERS, memories_from_images, simulate

ROOT = Path(__file__).parents[2]


def plain():
    return [simulate(seed=7)]


def limits():
    return [simulate(seed=3, tau_p=np.inf, tau_x=0.5, T=1.0 / 3, sigma=2.5)]


def letters():
    return [simulate(family="letters", target=4, noise=0.3, seed=5)]


def masked():
    return [simulate(cue="mask", noise=0.4, K=7, seed=2**53 - 1)]


def noisy():
    return [simulate(temperature_x=0.05, seed=11, K=5, horizon=2.0)]


def own_cue():
    return [simulate(seed=7, K=12, cue=np.where(np.arange(30) % 7 == 0, -1, np.where(np.arange(30) % 11 == 0, 0, 1)))]


def graded_cue():
    return [simulate(seed=7, K=3, N=6, cue=[0.1, -0.25, 1 / 3, 1e-9, -1.0, 2.0])]


def own_memories():
    pattern = np.where(np.random.default_rng(0).random((17, 5)) < 0.5, -1, 1)
    return [simulate(memories=pattern, noise=0.2, seed=4, model="linear", T=2.0)]


def images():
    return [simulate(memories=memories_from_images(np.random.default_rng(1).random((4, 3, 5))), target=2, noise=0.2)]


def bent():
    runs = [simulate(seed=7)]
    runs.append(simulate(start=runs[-1], at=30, T=3.0, tau_p=np.inf))
    runs.append(simulate(start=runs[-1], at=12, T=0.02, tau_p=0.0, tau_x=2.0))
    return runs


def bent_own():
    pattern = np.where(np.random.default_rng(2).random((12, 4)) < 0.5, -1, 1)
    runs = [simulate(memories=pattern, cue=pattern[:, 1] * np.where(np.arange(12) < 3, -1, 1), target=1)]
    runs.append(simulate(start=runs[-1], at=20, T=1.5))
    return runs


def rivals():
    return [simulate(model="neuron-astrocyte", N=10, K=3)]


MAKERS = (plain, limits, letters, masked, noisy, own_cue, graded_cue, own_memories, images, bent, bent_own, rivals)


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__)
def runs(request):
    return request.param()


def same(a, b):
    assert np.array_equal(a.t, b.t)
    for name in a.variables:
        assert np.array_equal(a.variables[name], b.variables[name]), name
    assert np.array_equal(a.energy, b.energy)
    assert a.outcome == b.outcome


def test_npz_comes_back_whole_and_repeats_the_run(runs):
    saved = load_npz(npz_bytes(runs))
    assert len(saved.settings) == len(runs)
    for i, run in enumerate(runs):
        arrays = saved.arrays[i]
        for name in ("t", *OBSERVED, "g", "overlaps", "p", "attention"):
            assert np.array_equal(arrays[name], getattr(run, name), equal_nan=True), name
        for name, values in run.variables.items():
            assert np.array_equal(arrays[name], values)
        assert np.array_equal(sum(arrays[f"energy_{part}"] for part in run.energy_parts), sum(run.energy_parts.values()))
        known = {name: run.settings[name] for name in PARAMETERS if name != "cue"}
        assert {name: saved.settings[i][name] for name in known} == known
    assert np.array_equal(saved.patterns, runs[0].patterns) and np.array_equal(saved.cue, runs[0].cue)
    for again, run in zip(saved.repeat(), runs, strict=True):
        same(again, run)
    assert saved.repeat()[0].names == runs[0].names


def test_npz_needs_no_pickle_and_no_page():
    with np.load(io.BytesIO(npz_bytes(plain())), allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        assert about["segments"][0]["settings"]["T"] == 0.01
        assert file["x"].shape == (len(file["t"]), 30)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"t,energy\n0,1\n", npz_bytes(plain())[:-400]])
def test_other_files_are_refused_in_one_sentence(data):
    with pytest.raises(ValueError, match="does not hold a run"):
        load_npz(data)


def rewritten(**changes):
    with np.load(io.BytesIO(npz_bytes(plain()))) as file:
        arrays = {name: file[name] for name in file.files}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **{**arrays, **changes})
    return buffer.getvalue()


def test_a_file_with_other_contents_is_refused():
    about = load_npz(npz_bytes(plain())).about
    with pytest.raises(ValueError, match="does not hold a run"):
        load_npz(rewritten(p=np.ones((2, 3))))
    with pytest.raises(ValueError, match="does not hold a run"):
        load_npz(rewritten(about=np.array("{}")))
    with pytest.raises(ValueError, match="format 99"):
        load_npz(rewritten(about=np.array(json.dumps({**about, "format": 99}))))
    about["segments"][0]["settings"]["T"] = -1
    with pytest.raises(ValueError, match="T = -1"):
        load_npz(rewritten(about=np.array(json.dumps(about))))
    with pytest.raises(ValueError, match="does not hold a run"):  # an object array would need pickle
        load_npz(rewritten(about=np.array([{"format": 1}], dtype=object)))


def test_a_file_that_unpacks_to_too_much_is_not_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a", "b", "c"):
            archive.writestr(name, bytes(100_000_000))
    with pytest.raises(ValueError, match="larger than 256 MB"):
        load_npz(buffer.getvalue())


def test_csv_has_a_row_for_each_frame_and_exact_numbers(runs):
    first, rest = csv_text(runs).split("\n", 1)
    about = json.loads(first.removeprefix("# "))
    assert len(about["segments"]) == len(runs)
    rows = list(csv.DictReader(io.StringIO(rest)))
    assert len(rows) == sum(len(run.t) for run in runs)
    start = 0
    for i, run in enumerate(runs):
        mine = rows[start : start + len(run.t)]
        start += len(run.t)
        assert {row["segment"] for row in mine} == {str(i)}
        for name in ("t", *OBSERVED):
            assert np.array_equal([float(row[name]) for row in mine], getattr(run, name), equal_nan=True), name
        gain = "gain" if "y" in run.variables else "implied_gain"
        for mu, name in enumerate(run.names):
            assert np.array_equal([float(row[f"{gain}_{name}"]) for row in mine], run.p[:, mu])
            assert np.array_equal([float(row[f"overlap_{name}"]) for row in mine], run.overlaps[:, mu])
        for part, values in run.energy_parts.items():
            assert np.array_equal([float(row[f"energy_{part}"]) for row in mine], values)


def test_the_python_lines_repeat_every_run_to_the_last_bit():
    """One interpreter for all, as starting it is what takes time."""
    kinds = [make() for make in MAKERS]
    proof = "print(run.x[-1].tobytes().hex(), float(run.energy[-1]).hex())\n"
    script = "".join(python_lines(runs) + proof for runs in kinds)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    printed = done.stdout.splitlines()
    for i, runs in enumerate(kinds):
        last = runs[-1]
        assert printed[2 * i] == last.sentence
        assert printed[2 * i + 1] == f"{last.x[-1].tobytes().hex()} {float(last.energy[-1]).hex()}"


def test_a_plain_run_takes_three_lines():
    assert python_lines(plain()) == (
        "from core import simulate\n"
        'run = simulate(model="astrocyte", N=30, K=100, T=0.01, tau_p=1.0, tau_x=1.0, noise=0.2, seed=7)\n'
        "print(run.sentence)\n"
    )


def test_a_link_becomes_a_qr_code_without_scripts():
    svg = qr_svg("http://localhost:5006/?T=0.01&seed=7")
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg") and "viewBox" in root.attrib and "width" not in root.attrib
    assert "<script" not in svg and "href" not in svg
    with pytest.raises(ValueError, match="too long"):
        qr_svg("http://localhost/?" + "x" * 3000)
