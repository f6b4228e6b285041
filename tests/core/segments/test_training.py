"""A training is repeatable bit for bit, stops and goes on, is kept and written to files."""

from __future__ import annotations

import numpy as np
import pytest

from core import Refusal, tensors
from core.segments import Trainer, load_training, save_training, train, train_on, trained
from core.segments.replay import METHODS
from core.segments.settings import Settings
from core.segments.trained import SHIPPED, known_training, remember, shipped
from core.segments.training import BATCH
from core.segments.training_file import npz_bytes, safetensors_bytes

SHORT = {"steps": 25, "segments": 3}


def same(a, b):
    assert a.settings == b.settings and np.array_equal(a.weights.flat, b.weights.flat)
    assert np.array_equal(a.losses, b.losses) and np.array_equal(a.accuracies, b.accuracies) and a.accuracy == b.accuracy


def test_the_same_seed_gives_the_same_bits_and_another_one_others():
    one = train(**SHORT)
    same(one, train(**SHORT))
    assert not np.array_equal(one.weights.flat, train(**SHORT, seed=1).weights.flat)
    assert one.weights.flat.dtype == np.float32 and len(one.losses) == len(one.accuracies) == 25


def test_replay_trains_to_the_bits_of_full_backpropagation():
    one, other = (train(**SHORT, method=method) for method in ("bptt", "replay"))
    assert np.array_equal(one.weights.flat, other.weights.flat) and np.array_equal(one.losses, other.losses)


def test_what_was_stopped_goes_on_to_the_same_bits():
    whole = train(**SHORT)
    trainer = Trainer(Settings(**SHORT))
    for progress in trainer.run(every=4):
        if progress.step == 8:
            break  # as a page leaves it
    assert trainer.step == 8 and not trainer.done and len(trainer.training().losses) == 8
    again = Trainer.resume(trainer.checkpoint())
    assert [progress.step for progress in again.run(every=10, most=7)] == [10, 15]
    assert [progress.step for progress in Trainer.resume(again.checkpoint()).run()] == [20, 25]
    for _ in again.run():
        pass
    assert again.done
    same(whole, again.training())


def test_workers_hand_a_training_on_by_its_checkpoint():
    settings = Settings(**SHORT)
    first, reports = train_on(settings, most=10)
    second, more = train_on(settings, first, most=10)
    assert train_on(settings, first, most=10)[0] == second, "a worker that was lost is made up for by another"
    last, rest = train_on(settings, second)
    assert [report.step for report in (*reports, *more, *rest)] == [10, 20, 25]
    same(train(**SHORT), Trainer.resume(last).training())


def test_numbers_held_along_the_way():
    training = shipped()[Settings()]
    kept, replayed, cut = (training.held(method) for method in ("bptt", "replay", "truncated"))
    one, memory = kept.forward_held[0], BATCH * 2 * 16
    assert kept.forward_held == [one * t for t in range(1, 9)] == kept.back_held and kept.held == 8 * one
    assert replayed.forward_held == [memory * t for t in range(7)] + [7 * memory + one]
    assert replayed.back_held == [one + memory * t for t in range(8)]
    assert cut.forward_held == [0] * 7 + [one] == cut.back_held


def test_progress_is_the_mean_since_the_last_report():
    trainer = Trainer(Settings(**SHORT))
    reports = list(trainer.run(every=10))
    assert [(r.step, r.steps) for r in reports] == [(10, 25), (20, 25), (25, 25)]
    for report, part in zip(reports, (slice(0, 10), slice(10, 20), slice(20, 25)), strict=True):
        assert np.isclose(report.loss, trainer.losses[part].mean()) and np.isclose(
            report.accuracy, trainer.accuracies[part].mean()
        )


@pytest.mark.parametrize("data", [b"", b"PK", b"nonsense", npz_bytes(train(steps=1, segments=1))])
def test_what_is_no_checkpoint_is_refused(refused, data):
    with refused("does not hold the state of a training"):
        Trainer.resume(data)


def test_what_has_no_say_makes_no_other_training():
    plain = Settings(retention="off", attention="softmax")
    other = Settings(retention="off", attention="softmax", theta=0.7, feedback=1.0, astro_positions="off", sequence=5)
    assert plain.of_training() == other.of_training() and Settings(theta=0.7).of_training() != Settings().of_training()


@pytest.mark.parametrize("write", [npz_bytes, safetensors_bytes])
def test_a_file_holds_the_training(tmp_path, write):
    training = train(**SHORT, task="majority")
    (tmp_path / "training").write_bytes(write(training))
    same(training, load_training(tmp_path / "training"))
    same(training, load_training(write(training)))


def test_the_ending_of_a_path_decides_the_kind_of_file(tmp_path, refused):
    training = train(**SHORT)
    for ending in ("npz", "safetensors"):
        save_training(training, tmp_path / f"a.{ending}")
        same(training, load_training(tmp_path / f"a.{ending}"))
    with refused("a.txt", ".npz or .safetensors"):
        save_training(training, tmp_path / "a.txt")


@pytest.mark.parametrize("write", [npz_bytes, safetensors_bytes])
def test_a_damaged_file_is_refused(refused, write):
    data = write(train(**SHORT))
    for wrong in (data[:-200], data[:50], b"", data.replace(b"weights", b"weighty") if b"weights" in data else data[:9]):
        with refused("does not hold a training"):
            load_training(wrong)


def test_weights_of_other_shapes_are_refused(refused):
    metadata, arrays = tensors.read(safetensors_bytes(train(**SHORT)))
    arrays["memory"] = arrays["memory"][:1]
    with refused("does not hold a training"):
        load_training(tensors.write(metadata, arrays))


def test_trainings_are_kept_and_shipped_ones_are_there_at_once():
    settings = Settings(**SHORT, seed=99)
    assert known_training(settings) is None
    training = trained(settings)
    assert trained(settings) is training and known_training(settings) is training
    assert known_training(Settings(**SHORT, seed=99, sequence=7)) is training
    other = train(**SHORT, seed=98)
    remember(other)
    assert trained(Settings(**SHORT, seed=98)) is other
    assert known_training(Settings()) is shipped()[Settings()] and len(shipped()) == len(SHIPPED)


def test_a_reading_shows_each_segment():
    training = shipped()[Settings()]
    reading = training.read(3)
    T, n, N, M, d = 8, 6, 8, 2, 16
    assert reading.tokens.shape == (T, n) and reading.attention.shape == (T, N, N)
    assert reading.before.shape == reading.behind.shape == reading.gradient.shape == reading.literal.shape == (T, M, d)
    assert reading.answers.shape == (T, 8) and np.allclose(reading.answers.sum(axis=1), 1)
    assert np.array_equal(reading.before[0], training.weights["memory"].astype(float))
    assert np.array_equal(reading.before[1:], reading.behind[:-1] * reading.factors[:-1, None, None])
    assert np.array_equal(reading.gradient[-1], reading.literal[-1])
    assert (np.linalg.norm(reading.literal[:-1], axis=(1, 2)) > np.linalg.norm(reading.gradient[:-1], axis=(1, 2))).all()
    typed = training.read(training.task.write(reading.tokens).replace("|", " "))
    assert np.array_equal(typed.answers, reading.answers) and typed.right == reading.right
    assert not np.array_equal(training.read(4).tokens, reading.tokens)


@pytest.mark.parametrize(
    "tokens", [np.zeros((3, 6), int), np.zeros((8, 6)), np.full((8, 6), 99), np.full((8, 6), -1), "A s t u v w"]
)
def test_a_sequence_that_does_not_fit_is_refused(tokens):
    with pytest.raises(Refusal) as caught:
        shipped()[Settings()].read(tokens)
    assert caught.value.name == "tokens"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "given",
    [{"theta": 5.0, "feedback": 4.0}, {"feedback": 0.01, "retention": "off"}, {"attention": "softmax", "rows": 8}],
    ids=str,
)
def test_the_ends_of_all_ranges_stay_finite(method, given):
    """The literal way back overflows at 64 segments: what cannot be followed is left out."""
    training = train(segments=64, steps=12, method=method, **given)
    reading = training.read(0)
    assert np.isfinite(training.weights.flat).all() and np.isfinite(training.losses).all()
    assert np.isfinite(reading.literal).all() and np.isfinite(reading.answers).all()


@pytest.mark.parametrize("given", [{"segments": 0}, {"theta": -1}, {"task": "chess"}, {"sequence": 3}, {"brain": 1}])
def test_train_refuses_what_it_cannot_do(given):
    with pytest.raises(Refusal) as caught:
        train(**given)
    assert caught.value.name == next(iter(given))
