"""Undo and redo."""

from app.history import History, Steps


def test_undo_brings_back_each_state_in_turn_and_redo_goes_forward_again():
    history = History("a")
    for state in "bcd":
        history.add(state)
    assert [history.undo() for _ in range(3)] == ["c", "b", "a"]
    assert not history.can_undo
    assert [history.redo() for _ in range(3)] == ["b", "c", "d"]
    assert not history.can_redo


def test_at_either_end_nothing_happens():
    history = History("a")
    assert history.undo() == history.redo() == history.present == "a"


def test_a_new_state_after_undo_forgets_what_was_undone():
    history = History(1)
    history.add(2)
    history.undo()
    history.add(3)
    assert not history.can_redo
    assert history.undo() == 1


def test_a_drag_is_one_step_of_undo():
    history = History(0)
    history.add(1)
    for value in range(2, 50):
        history.replace(value)
    assert history.present == 49
    assert history.undo() == 0


def test_the_same_state_again_is_no_step():
    history = History({"T": 1.0})
    history.add({"T": 1.0})
    assert not history.can_undo


def test_the_ring_is_bounded():
    history = History(0, longest=5)
    for value in range(1, 100):
        history.add(value)
    undone = 0
    while history.can_undo:
        history.undo()
        undone += 1
    assert (undone, history.present) == (5, 94)


def test_steps_are_numbered_and_never_twice_the_same():
    steps = Steps()
    steps.begin()
    steps.begin()
    steps.return_to(1)
    assert steps.now == 1
    steps.begin()
    assert steps.now == 3
    steps.return_to(7)  # of another session's making
    steps.begin()
    assert steps.now == 8
