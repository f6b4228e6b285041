"""Tasks: every sequence that is drawn has the answer it is said to have, and those of a visitor are checked."""

from __future__ import annotations

import numpy as np
import pytest

from core.segments.tasks import TASKS

TOKENS = 6


@pytest.mark.parametrize("segments", [1, 2, 8])
@pytest.mark.parametrize("name", TASKS)
def test_what_is_drawn_has_the_answer_that_reading_it_gives(name, segments):
    task = TASKS[name]
    sequences, right = task.draw(np.random.default_rng(segments), 300, segments, TOKENS)
    assert sequences.shape == (300, segments, TOKENS) and right.shape == (300,)
    assert sequences.min() >= 0 and sequences.max() < len(task.symbols)
    assert [task.right(sequence) for sequence in sequences] == right.tolist()
    assert set(right.tolist()) <= set(range(len(task.answers))) and len(set(right.tolist())) > 1
    assert np.array_equal(sequences, task.draw(np.random.default_rng(segments), 300, segments, TOKENS)[0])


@pytest.mark.parametrize("name", TASKS)
def test_what_is_written_is_read(name):
    task = TASKS[name]
    sequence = task.draw(np.random.default_rng(1), 1, 3, TOKENS)[0][0]
    assert np.array_equal(task.read(task.write(sequence).replace("|", " "), TOKENS), sequence)


@pytest.mark.parametrize("name", ["first", "latest", "place"])
def test_every_key_is_as_likely_as_any(name):
    _, right = TASKS[name].draw(np.random.default_rng(0), 8000, 4, TOKENS)
    assert np.bincount(right, minlength=8).min() > 850 and TASKS[name].chance == 1 / 8


def test_a_short_list_is_what_it_says():
    task = TASKS["listops"]
    for text, value in (
        ("[max 3 5 [min 2 7 ] ] · · · ·", 5),
        ("[sum 7 7 3 ] ·", 1),
        ("[med 1 6 [max 2 5 ] 0 ] · · ·", 3),
    ):
        assert task.answers[task.right(task.read(text, TOKENS))] == str(value), text


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("first", "s t u v w x", "a key in its first segment"),
        ("latest", "s t u v w x", "a key"),
        ("place", "s A u v w x", "a key at its first place"),
        ("listops", "[max 3 5 · · ·", "one whole list"),
        ("listops", "] 3 5 · · ·", "one whole list"),
        ("first", "A s t u v", "a multiple of 6"),
        ("first", "A s t u v !", "'!'"),
        ("first", "", "a multiple of 6"),
    ],
)
def test_a_sequence_without_an_answer_is_refused(refused, name, text, words):
    with refused(words):
        TASKS[name].right(TASKS[name].read(text, TOKENS))
