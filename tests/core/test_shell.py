"""`python -m core`: one sentence for what is wrong, files with their settings inside, and going on after an interruption."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import core.__main__ as shell
from core import PARAMETERS, ensemble, system_named

ROOT = Path(__file__).resolve().parents[2]
SMALL = ["--trials", "4", "--N", "12", "--K", "8"]


def call(*arguments: object) -> int:
    return shell.main([str(a) for a in arguments])


def same_file(a: Path, b: Path) -> None:
    if a.suffix == ".csv":
        assert a.read_text() == b.read_text()
        return
    with np.load(a) as x, np.load(b) as y:
        assert set(x.files) == set(y.files)
        for name in x.files:
            np.testing.assert_array_equal(x[name], y[name], err_msg=name)


# ------------------------------------------------------------------------------------------------------- bad arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["STUDY"]),
        (["figure9"], ["figure9", "figure1"]),
        (["figure1", "--trials", "many"], ["--trials", "many"]),
        (["figure1", "--trials", "0"], ["trials = 0", "at least 1"]),
        (["figure1", "--T", "-1"], ["T = -1", "1e-06"]),
        (["figure1", "--T", "warm"], ["T = 'warm'", "it must be"]),
        (["figure1", "--K", "2.5"], ["K = '2.5'", "whole number"]),
        (["sweep", "T", "--values", "1,2", "--T", "1"], ["T = 1", "swept"]),
        (["figure1", "--workers", "0"], ["--workers = 0", "at least 1"]),
        (["sweep", "T", "--points", "1"], ["points = 1"]),
        (["figure1", "--points", "0"], ["tau_p", "at least one"]),
        (["figure1", "--dtype", "int"], ["dtype = 'int'", "float32"]),
        (["figure4", "--models", "astrocyte,brain"], ["model = 'brain'", "hopfield"]),
        (["sweep", "colour"], ["axis = 'colour'"]),
        (["sweep", "colour", "--values", "1,2"], ["axis = 'colour'", "tau_p"]),
        (["sweep", "T", "--values", "1,hot"], ["T = 'hot'"]),
        (["map", "K", "T", "--at", "K"], ["--at K", "K=30,100"]),
        (["map", "K", "T", "--at", "K=2,hot"], ["K = 'hot'"]),
        (["map", "K", "T", "--at", "colour=2"], ["axis = 'colour'", "tau_p"]),
        (["map", "K", "T", "--at", "N=2,4"], ["--at N", "an axis of the study"]),
        (["map", "T"], ["AXIS"]),
        (["map", "T", "T"], ["axis = 'T'", "differ"]),
        (["map", "T", "K", "--models", "hopfield"], ["--models", "--model"]),
        (["figure1", "--out", "x.txt"], ["out = 'x.txt'", ".npz or .csv"]),
        (["figure1", "--out", "/nowhere/x.npz"], ["out = '/nowhere/x.npz'", "folder"]),
        (["figure1", "--unheard", "of"], ["--unheard"]),
    ],
    ids=" ".join,
)
def test_bad_arguments_give_one_sentence_and_status_2(capsys, arguments, words):
    try:
        status = call(*arguments)
    except SystemExit as leaving:
        status = leaving.code
    out, err = capsys.readouterr()
    assert status == 2 and out == ""
    assert err.startswith("python -m core") and err.count("\n") == 1 and "Traceback" not in err
    for word in words:
        assert word in err


def test_bad_arguments_leave_the_process_with_status_2():
    done = subprocess.run([sys.executable, "-m", "core", "figure1", "--T", "0"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("python -m core: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("study", ["figure1", "figure4", "sweep", "map"])
def test_help_names_every_parameter(capsys, study):
    with pytest.raises(SystemExit) as leaving:
        call(study, "--help")
    text = capsys.readouterr().out
    assert leaving.value.code == 0
    for name in PARAMETERS:
        assert f"--{name.replace('_', '-')}" in text


# --------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    "arguments",
    [["figure1", "--tau-p", "1"], ["figure3", "--T", "0.5"], ["figure4", "--K", "9", "--models", "hopfield"]],
    ids=" ".join,
)
def test_a_swept_parameter_can_be_held_at_one_value(capsys, arguments):
    assert call(*arguments, "--trials", 2) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert len(rows) == (11 if arguments[0] == "figure4" else 1)


def test_without_a_file_a_table_is_printed(capsys):
    assert call("sweep", "T", "--values", "0.01,1", *SMALL) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == 3 and "hamming" in lines[0] and "astrocyte" in lines[1]
    assert "2/2 cells" in err


def test_an_npz_file_holds_the_trials_and_the_settings(tmp_path):
    path = tmp_path / "a.npz"
    assert call("figure4", "--points", 3, "--trials", 3, "--models", "astrocyte,hopfield", "--seed", 5, "--out", path) == 0
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["study"]))
        assert about["seed"] == 5 and about["trials"] == 3 and about["common"]["N"] == 20 and about["title"] == "figure4"
        assert about["axes"]["model"] == ["astrocyte", "hopfield"] == file["axis_model"].tolist()
        assert file["hamming"].shape == (2, 3, 11, 3) and file["done"].all()
        e = ensemble(trials=3, seed=5, N=20, K=int(file["axis_K"][1]), noise=4 / 20, model="hopfield")
        np.testing.assert_array_equal(file["seeds"], e.seeds)
        for name in system_named("retrieval").columns:
            np.testing.assert_array_equal(file[name][1, 1, 4], getattr(e, name))


def test_a_csv_file_holds_the_trials_and_the_settings(tmp_path):
    path = tmp_path / "a.csv"
    assert call("sweep", "tau_p", "--values", "0,1,inf", *SMALL, "--out", path) == 0
    first, *rows = path.read_text().splitlines()
    about = json.loads(first.removeprefix("# "))
    assert about["common"] == {"N": 12, "K": 8} and about["axes"]["tau_p"] == [0, 1, float("inf")]
    table = list(csv.DictReader(rows))
    assert len(table) == 12 and [row["tau_p"] for row in table[::4]] == ["0.0", "1.0", "inf"]
    e = ensemble(trials=4, N=12, K=8, tau_p=1.0)
    assert [float(row["error"]) for row in table[4:8]] == e.error.tolist()
    assert [int(row["seed"]) for row in table[4:8]] == e.seeds.tolist()


def test_nothing_but_the_file_is_left_behind(tmp_path):
    call("sweep", "T", "--points", 3, *SMALL, "--out", tmp_path / "a.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_workers_share_the_work_and_change_nothing(tmp_path):
    for workers in (1, 2):
        assert call("map", "T", "noise", "--points", 3, *SMALL, "--workers", workers, "--out", tmp_path / f"{workers}.npz") == 0
    same_file(tmp_path / "1.npz", tmp_path / "2.npz")


def test_a_finished_file_is_not_computed_again(tmp_path, monkeypatch, capsys):
    path = tmp_path / "a.npz"
    arguments = ["sweep", "T", "--points", 4, *SMALL, "--out", path]
    assert call(*arguments) == 0
    monkeypatch.setattr("core.studies.run_batch", None)
    assert call(*arguments) == 0
    assert "4 of 4 cells are done" in capsys.readouterr().err


# --------------------------------------------------------------------------------------------------------- interruption


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
@pytest.mark.parametrize("after", [1, 4])
def test_an_interrupted_study_goes_on_to_the_same_file(tmp_path, monkeypatch, capsys, suffix, after):
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    arguments = ["sweep", "tau_p", "--values", "0,0.1,1,10,100,inf", "--models", "astrocyte,hopfield", *SMALL, "--out"]
    assert call(*arguments, whole) == 0

    def interrupt(title, done, *rest):
        if done == after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shell, "_progress", interrupt)
        assert call(*arguments, cut) == 130
    assert f"stopped after {after} of 12 cells" in capsys.readouterr().err
    assert cut.exists() and cut.read_bytes() != whole.read_bytes()
    assert call(*arguments, cut) == 0
    assert f"going on from {cut}: {after} of 12" in capsys.readouterr().err
    same_file(whole, cut)


def test_ctrl_c_stops_the_process_with_a_whole_file_that_it_goes_on_from(tmp_path):
    whole, cut = tmp_path / "whole.npz", tmp_path / "cut.npz"
    arguments = ["sweep", "T", "--points", "40", "--trials", "60", "--K", "150", "--out"]
    program = "import sys, core.__main__ as m; m.SAVE_EVERY = 0.0; sys.exit(m.main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments, str(cut)], cwd=ROOT, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    while not cut.exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "the same command goes on from" in err and "Traceback" not in err
    with np.load(cut) as file:
        done = int(file["done"].sum())
        assert 0 < done < 40
        assert np.isnan(file["error"][~file["done"]]).all()
    assert [p.name for p in tmp_path.iterdir()] == ["cut.npz"]
    assert call(*arguments, cut) == 0 and call(*arguments, whole) == 0
    same_file(whole, cut)


# --------------------------------------------------------------------------------------------------------- wrong files


def refusal(capsys, *arguments) -> str:
    assert call(*arguments) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "move it away" in err
    return err


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_a_file_of_other_settings_is_refused_and_kept(tmp_path, capsys, suffix):
    path = tmp_path / f"a{suffix}"
    arguments = ["sweep", "T", "--points", 3, *SMALL, "--out", path]
    assert call(*arguments) == 0
    capsys.readouterr()
    before = path.read_bytes()
    for change in (
        ["--seed", 1],
        ["--sigma", 1],
        ["--trials", 5],
        ["--points", 4],
        ["--dtype", "float32"],
        ["--model", "hopfield"],
    ):
        assert "other settings" in refusal(capsys, *arguments, *change)
    assert path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
@pytest.mark.parametrize("content", [b"", b"hello\nworld\n", b"PK\x03\x04nonsense", b"\xff\xfe\x00", b"# {}\nT,trial\n"])
def test_a_file_of_another_kind_is_refused_and_kept(tmp_path, capsys, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    refusal(capsys, "sweep", "T", "--points", 3, *SMALL, "--out", path)
    assert path.read_bytes() == content


def test_an_npz_of_someone_else_is_refused(tmp_path, capsys):
    path = tmp_path / "a.npz"
    np.savez(path, weights=np.ones(3))
    assert "no study of ours" in refusal(capsys, "sweep", "T", *SMALL, "--out", path)
    np.savez(path, study=np.array([None], dtype=object))
    assert "no study of ours" in refusal(capsys, "sweep", "T", *SMALL, "--out", path)


@pytest.mark.parametrize("damage", ["cut", "bytes"])
def test_a_damaged_npz_is_refused_in_a_sentence(tmp_path, capsys, damage):
    path = tmp_path / "a.npz"
    arguments = ["sweep", "T", "--points", 5, *SMALL, "--out", path]
    call(*arguments)
    capsys.readouterr()
    content = path.read_bytes()
    for at in range(40, len(content), max(1, len(content) // 60)):
        broken = (
            content[:at] if damage == "cut" else content[:at] + bytes(b ^ 0xFF for b in content[at : at + 8]) + content[at + 8 :]
        )
        path.write_bytes(broken)
        status = call(*arguments)
        err = capsys.readouterr().err
        assert (status == 2 and err.count("\n") == 1) or "going on from" in err, (at, err)
        assert "Traceback" not in err


def test_a_csv_cut_anywhere_is_completed_or_refused_and_never_wrong(tmp_path, capsys):
    path, whole = tmp_path / "a.csv", tmp_path / "whole.csv"
    arguments = ["sweep", "T", "--points", 3, "--trials", 2, "--N", 8, "--K", 3, "--out"]
    call(*arguments, whole)
    content = whole.read_text()
    for at in range(content.index("\n") + 1, len(content), 7):
        path.write_text(content[:at])
        if call(*arguments, path) == 0:
            same_file(path, whole)
        else:
            assert "no study of ours" in capsys.readouterr().err


def test_writing_leaves_the_old_file_whole_if_it_fails(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    call("sweep", "T", "--points", 3, *SMALL, "--out", path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("core.archive.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        call("sweep", "T", "--points", 3, *SMALL, "--out", path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.npz"]
