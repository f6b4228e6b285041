"""A run that is taken away comes back as the run it was, bit for bit; a stranger's file is refused in a sentence."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pytest

from core import PARAMETERS, Refusal, load_run, simulate
from core.retrieval.observe import NARROW, WIDE
from core.run_file import csv_text, npz_bytes
from tests.core.kinds_of_run import MAKERS, bent, plain


@pytest.fixture(params=MAKERS, ids=lambda make: make.__name__)
def runs(request):
    return request.param()


def same(a, b):
    assert np.array_equal(a.t, b.t)
    for name in a.variables:
        assert np.array_equal(a.variables[name], b.variables[name]), name
    assert np.array_equal(a.energy, b.energy)
    assert a.outcome == b.outcome


def test_a_run_comes_back_from_npz_bit_for_bit(runs):
    last = load_run(npz_bytes(runs))
    assert len(last.segments) == len(runs)
    for again, run in zip(last.segments, runs, strict=True):
        same(again, run)
        assert again.variables.keys() == run.variables.keys()
        for name in (*NARROW, *WIDE, "rises"):
            assert np.array_equal(getattr(again, name), getattr(run, name), equal_nan=True), name
        for part, values in run.energy_parts.items():
            assert np.array_equal(again.energy_parts[part], values)
        assert (again.converged_at, again.steps, again.sentence) == (run.converged_at, run.steps, run.sentence)
        assert (again.names, again.shape, again.model) == (run.names, run.shape, run.model)
        known = [name for name in PARAMETERS if name != "cue"]
        assert {name: again.settings[name] for name in known} == {name: run.settings[name] for name in known}
        assert np.array_equal(again.patterns, run.patterns) and np.array_equal(again.cue, run.cue)


def test_what_came_back_is_repeated_by_its_settings_and_can_be_gone_on_from(runs):
    last = load_run(npz_bytes(runs))
    for again, run in zip(simulate(**last.settings).segments, runs, strict=True):
        same(again, run)
    changes = dict(T=0.7, horizon=float(last.t[-1]) + 2)
    same(simulate(start=last, **changes), simulate(start=runs[-1], **changes))


def test_the_file_holds_every_observable(runs):
    with np.load(io.BytesIO(npz_bytes(runs)), allow_pickle=False) as file:
        for i, run in enumerate(runs):
            prefix = f"segment{i}_" if len(runs) > 1 else ""
            for name in ("t", *NARROW, *WIDE, *run.variables):
                assert np.array_equal(file[prefix + name], getattr(run, name) if hasattr(run, name) else run.variables[name]), (
                    name
                )
            assert np.array_equal(
                sum(file[f"{prefix}energy_{part}"] for part in run.energy_parts), sum(run.energy_parts.values())
            )


def test_a_path_is_read_as_well(tmp_path):
    path = tmp_path / "run.npz"
    path.write_bytes(npz_bytes(plain()))
    same(load_run(path), plain()[0])
    same(load_run(str(path)), plain()[0])


def test_npz_needs_no_pickle_and_no_page():
    with np.load(io.BytesIO(npz_bytes(plain())), allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        assert about["segments"][0]["settings"]["T"] == 0.01
        assert file["x"].shape == (len(file["t"]), 30)


# ------------------------------------------------------------------------------------------------------ strangers' files


def refused(data, words, key):
    with pytest.raises(Refusal, match=words) as caught:
        load_run(data)
    assert caught.value.key == key and "\n" not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"t,energy\n0,1\n", npz_bytes(plain())[:-400]])
def test_other_files_are_refused_in_one_sentence(data):
    refused(data, "does not hold a run", "file_unreadable")


def rewritten(make=plain, **changes):
    with np.load(io.BytesIO(npz_bytes(make()))) as file:
        arrays = {name: file[name] for name in file.files}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **{**arrays, **changes})
    return buffer.getvalue()


def about_of(make=plain):
    with np.load(io.BytesIO(npz_bytes(make()))) as file:
        return json.loads(str(file["about"]))


def test_a_file_with_other_contents_is_refused():
    about, x = about_of(), plain()[0].x
    changed = x.copy()
    changed[3, 3] = np.nan
    for changes in (
        dict(p=np.ones((2, 3))),
        dict(x=x[:-1]),
        dict(x=x.astype(complex)),
        dict(x=changed),
        dict(y=np.zeros((len(x), 7))),
        dict(t=np.arange(len(x))[::-1].astype(float)),
        dict(t=np.zeros(0)),
        dict(cue=np.full(30, np.nan)),
        dict(patterns=np.zeros((30, 100))),
        dict(patterns=np.ones((30, 100), dtype=complex)),
        dict(about=np.array("{}")),
        dict(about=np.array("[" * 100_000)),
        dict(about=np.array([{"format": 1}], dtype=object)),  # an object array would need pickle
        dict(about=np.array(json.dumps({**about, "segments": []}))),
        dict(about=np.array(json.dumps({**about, "segments": about["segments"] * 2}))),
        dict(about=np.array(json.dumps({**about, "names": ["A"]}))),
        dict(about=np.array(json.dumps({**about, "shape": [7, 7]}))),
        dict(about=np.array(json.dumps({**about, "converged_at": "soon"}))),
    ):
        refused(rewritten(**changes), "does not hold a run", "file_unreadable")
    refused(rewritten(about=np.array(json.dumps({**about, "format": 99}))), "format 99", "file_format")
    refused(rewritten(about=np.array(json.dumps({**about, "system": "weather"}))), "system = 'weather'", "choice")
    about["segments"][0]["settings"]["T"] = -1
    refused(rewritten(about=np.array(json.dumps(about))), "T = -1", "range")


@pytest.mark.parametrize("at", [-1000, 1000, 1.5, True, "0", None, 3])
def test_a_segment_that_does_not_go_on_from_the_one_before_is_refused(at):
    about = about_of(bent)
    about["segments"][1]["at"] = at
    refused(rewritten(bent, about=np.array(json.dumps(about))), "does not hold a run", "file_unreadable")


def test_settings_that_would_need_too_much_memory_are_refused_before_anything_is_made():
    about = about_of()
    about["segments"][0]["settings"].update(N=10**9, K=1)
    refused(rewritten(about=np.array(json.dumps(about))), "does not hold a run", "file_unreadable")


def test_a_file_that_unpacks_to_too_much_is_not_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a", "b", "c"):
            archive.writestr(name, bytes(100_000_000))
    refused(buffer.getvalue(), "larger than 256 MB", "file_too_large")


# ----------------------------------------------------------------------------------------------------------------- CSV


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
        for name in ("t", *NARROW):
            assert np.array_equal([float(row[name]) for row in mine], getattr(run, name), equal_nan=True), name
        gain = "gain" if "y" in run.variables else "implied_gain"
        for mu, name in enumerate(run.names):
            assert np.array_equal([float(row[f"{gain}_{name}"]) for row in mine], run.p[:, mu])
            assert np.array_equal([float(row[f"overlap_{name}"]) for row in mine], run.overlaps[:, mu])
        for part, values in run.energy_parts.items():
            assert np.array_equal([float(row[f"energy_{part}"]) for row in mine], values)
