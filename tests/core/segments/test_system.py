"""The system: a run is a sequence read by a trained block; it bends, goes into files, is studied and trained from the shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import core.__main__ as shell
from core import ensemble, load_run, simulate, system_named
from core.run_file import csv_text, npz_bytes
from core.segments import SYSTEM, Trainer, load_training, train
from core.segments.settings import Settings
from core.segments.training import BATCH
from core.studies import figure_study, map_study

ROOT = Path(__file__).resolve().parents[3]
SHORT = {"steps": 20, "segments": 3}


def same(a, b):
    assert np.array_equal(a.t, b.t) and a.sentence == b.sentence and a.outcome == b.outcome and a.steps == b.steps
    for kept in ("variables", "observables"):
        one, other = getattr(a, kept), getattr(b, kept)
        assert one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)
    assert a.accuracy == b.accuracy and a.loss == b.loss


def test_the_default_run_reads_at_once_and_frames_are_segments():
    began = time.process_time()
    run = simulate(model="segments")
    assert time.process_time() - began < 1.0, "no training"
    assert run.system == "segments" and run.t.tolist() == list(range(1, 9)) and run.steps == 300 and not run.has_energy
    assert set(run.observables) == {"retention", "product", "right", "memory", "carried", "slope", "literal_slope"}
    assert all(values.shape == (8,) for values in run.observables.values())
    assert abs(run.observables["retention"].sum() - 1) <= 1e-12
    assert (run.outcome == "right") == (run.answer == run.right_answer) and run.answer in run.sentence
    same(run, simulate(**run.settings))


def test_a_run_of_ones_own_sequence_can_be_repeated():
    run = simulate(system="segments", **SHORT, tokens="A s t u v w  s t u v w x  s t u v w B")
    assert run.right_answer == "B"
    same(run, simulate(**run.settings))
    same(run, load_run(npz_bytes([run])))


def test_the_sequence_decides_nothing_of_the_training():
    one, other = (simulate(system="segments", **SHORT, sequence=number) for number in (1, 2))
    assert one.training is other.training and not np.array_equal(one.variables["tokens"], other.variables["tokens"])


def test_a_run_goes_on_from_a_segment_with_another_retention():
    run = simulate(model="segments")
    bent = simulate(start=run, at=2, retention="off")
    assert bent.t.tolist() == [3, 4, 5, 6, 7, 8] and (bent.observables["retention"] == 1).all()
    for name in ("before", "behind", "answers", "tokens"):
        assert np.array_equal(bent.variables[name][0], run.variables[name][2])
    assert np.array_equal(bent.variables["before"][1], run.variables["behind"][2])
    again = simulate(start=bent, at=-2, theta=1.0, retention="scaled")
    assert again.t.tolist() == [7, 8] and again.segments == (run, bent, again)
    for runs in ([run], [run, bent], [run, bent, again]):
        same(load_run(npz_bytes(runs)), runs[-1])
    same(again, simulate(**again.settings))
    same(simulate(start=run, at=2), simulate(start=run, at=2, retention="printed"))
    straight = simulate(start=run, at=0)
    assert np.array_equal(straight.variables["answers"], run.variables["answers"])


def test_what_does_not_bend_is_refused(refused):
    run = simulate(model="segments")
    for given in ({"task": "first"}, {"seed": 3}, {"segments": 9}, {"steps": 5}):
        with refused("as in the run that is gone on from"):
            simulate(start=run, **given)


@pytest.mark.parametrize("name", ["training_memory", "attention", "tokens", "right_answer", "training_losses", "gradient"])
def test_a_file_that_does_not_fit_is_refused(refused, tmp_path, name):
    run = simulate(system="segments", **SHORT)
    path = tmp_path / "run.npz"
    path.write_bytes(npz_bytes([run]))
    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files}
    arrays[name] = arrays[name].astype(float) * np.nan
    np.savez(path, **arrays)
    with refused("does not hold a run"):
        load_run(path)
    del arrays[name]
    np.savez(path, **arrays)
    with refused("does not hold a run"):
        load_run(path)


def test_a_table_has_a_row_a_segment():
    rows = csv_text([simulate(system="segments", **SHORT)]).splitlines()
    assert rows[1] == "segment,t,retention,product,right,memory,carried,slope,literal_slope" and len(rows) == 5


def test_trials_of_an_ensemble_are_trainings_of_their_own_seeds():
    found = ensemble(system="segments", **SHORT, trials=2)
    for i, seed in enumerate(found.seeds.tolist()):
        run = simulate(**{**found.settings, "seed": seed})
        assert (run.accuracy, run.steps, run.outcome) == (found.accuracy[i], found.steps[i], found.outcome[i])
        assert run.observables["right"][-1] == found.right[i] and run.observables["product"][-1] == found.product[i]


def test_studies_over_numbers_and_choices():
    study = map_study(("segments", [2, 3]), ("retention", ["off", "printed"]), system="segments", trials=2, steps=10)
    cells = list(study.run())
    assert len(cells) == 4 and all(0 <= cell.mean("accuracy") <= 1 for cell in cells)
    counts = {name: figure.study().count for name, figure in SYSTEM.figures.items()}
    assert counts == {"forgetting": 64, "scalings": 32, "methods": 20}


def test_a_figure_by_number_is_refused(refused):
    with refused("forgetting, scalings, methods"):
        figure_study(1, system="segments")


def test_parameters_have_the_sliders_of_the_page():
    known = system_named("segments").parameters
    shown = {name: (p.shown, p.default) for name, p in known.items() if p.slider}
    assert shown == {
        "segments": ((2, 16), 8),
        "theta": ((0.01, 1.0), 0.3),
        "feedback": ((0.1, 1.0), 0.25),
        "rows": ((1, 4), 2),
        "steps": ((100, 1000), 300),
    }
    assert [name for name, p in known.items() if p.bends] == ["theta", "retention"]
    assert "T" not in known and "alpha" not in known


def test_the_work_of_a_training_is_known_before_it_is_done():
    shipped, other = SYSTEM.settings_from({}), SYSTEM.settings_from({"seed": 1})
    assert SYSTEM.planned_steps(other, 1000) == (300, 8) and SYSTEM.planned_steps(other, 10) == (11, 8)
    assert SYSTEM.work(other, 300, 8) > 300 * BATCH * SYSTEM.work(shipped, 300, 8) / 2
    run = simulate(system="segments", **SHORT)
    held = sum(values[0].size for values in run.variables.values()) + 2
    assert SYSTEM.frame_size(SYSTEM.settings_from(SHORT)) == held


# ------------------------------------------------------------------------------------------------------------- the shell


@pytest.mark.parametrize("ending", [".npz", ".safetensors"])
def test_the_shell_trains_into_a_file(tmp_path, capsys, ending):
    out = tmp_path / f"block{ending}"
    assert shell.main(["train", "--steps", "20", "--segments", "3", "--out", str(out)]) == 0
    printed, told = capsys.readouterr()
    training = load_training(out)
    assert np.array_equal(training.weights.flat, train(**SHORT).weights.flat) and f"{training.accuracy:.3f}" in printed
    assert "step 20 of 20" in told and f"wrote {out}" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--theta", "warm"], "theta = 'warm'"),
        (["--task", "chess"], "task = 'chess'"),
        (["--out", "x.txt"], ".npz or .safetensors"),
        (["--out", "/nowhere/x.npz"], "folder"),
    ],
)
def test_wrong_arguments_are_one_sentence(capsys, arguments, words):
    assert shell.main(["train", *arguments]) == 2
    printed, told = capsys.readouterr()
    assert printed == "" and told.startswith("python -m core: ") and told.count("\n") == 1 and words in told


def test_an_interrupted_training_goes_on_from_its_state(tmp_path):
    command = [
        sys.executable,
        "-u",
        "-m",
        "core",
        "train",
        "--steps",
        "1000",
        "--segments",
        "2",
        "--out",
        str(tmp_path / "a.npz"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert "step 100 of 1000" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    assert process.returncode == 130 and "the same command goes on" in told and not (tmp_path / "a.npz").exists()
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and "going on from" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    assert np.array_equal(load_training(tmp_path / "a.npz").weights.flat, train(steps=1000, segments=2).weights.flat)


def test_a_state_of_other_settings_is_refused(tmp_path, capsys):
    (tmp_path / "a.training").write_bytes(Trainer(Settings(steps=5)).checkpoint())
    assert shell.main(["train", "--steps", "6", "--out", str(tmp_path / "a.npz")]) == 2
    assert "other settings" in capsys.readouterr().err
