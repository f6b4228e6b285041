"""Answers are kept up to so many bytes, whoever asks."""

import threading

import pytest

from app.answers import Answers


@pytest.fixture
def asked():
    return []


def answers_of(asked, most=100):
    def answer(question):
        asked.append(question)
        return bytes(question)

    return Answers(answer, len, most)


def test_a_question_is_answered_once(asked):
    answers = answers_of(asked)
    assert answers(3) is answers(3) and asked == [3]
    assert answers.asked() == (1, 1, 3)


def test_what_was_asked_longest_ago_gives_way(asked):
    answers = answers_of(asked)
    for question in (40, 41, 40, 42):
        answers(question)
    assert answers.asked().held == 82
    answers(40)
    assert asked == [40, 41, 42]
    answers(41)
    assert asked == [40, 41, 42, 41]


def test_an_answer_larger_than_all_is_given_and_not_kept(asked):
    answers = answers_of(asked)
    answers(10)
    assert len(answers(101)) == 101 and len(answers(101)) == 101
    assert asked == [10, 101, 101] and answers.asked().held == 10


def test_what_fails_is_not_kept_and_fails_for_nobody_else():
    def answer(question):
        if not good.is_set():
            raise ValueError("not yet")
        return b"now"

    good = threading.Event()
    answers = Answers(answer, len, 100)
    with pytest.raises(ValueError, match="not yet"):
        answers(1)
    good.set()
    assert answers(1) == b"now"


def test_many_who_ask_at_once_leave_the_count_right(asked):
    answers = answers_of(asked, most=500)
    threads = [threading.Thread(target=lambda: [answers(question % 37) for question in range(400)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    hits, misses, held = answers.asked()
    assert hits + misses == 8 * 400 and misses == len(asked)
    assert held == sum(len(answers(question)) for question in list(answers._kept)) <= 500
