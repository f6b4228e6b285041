"""A visitor of the page: its own sequence, another one, and trainings that are made in the shared pool and nowhere else."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from app import runs
from app.chapters.segments.chapter import CHAPTER, MOST_TRAINING, in_address, training_of
from app.chapters.session import ChapterSession
from app.engine import service
from app.engine.cache import Cache
from app.engine.pieces import Borrowed, Pieces
from app.hosting.options import Options
from app.message import read
from app.pages import pages
from app.studies.limits import MOST_WORK as MOST_STUDY
from app.studies.limits import check_study
from core import simulate
from core.segments import Trainer, train, train_on
from core.segments.settings import Settings
from core.segments.trained import known_training
from tests.app.visitors import ChapterVisitor, TickingPort

LOOP = 30.0


def opened(query: str = "") -> tuple[ChapterSession, TickingPort, dict]:
    values, notices = CHAPTER.read_text(query) if query else CHAPTER.opening({})
    session = ChapterSession(CHAPTER, values, notices)
    first = session.opening()[0]
    return session, TickingPort(session), first


def latest(port: TickingPort, name: str):
    return next((message[name] for message in reversed(port.sent) if name in message), None)


def visitor(query: str = "") -> ChapterVisitor:
    values, notices = CHAPTER.read_text(query) if query else CHAPTER.opening({})
    return ChapterVisitor(values, tuple(notices), CHAPTER)


def test_the_first_picture_is_that_of_the_first_scene_with_three_others_beside_it():
    one = visitor()
    assert one.values["scene"] == "latest"
    assert [ghost["name"] for ghost in one.ghosts] == ["off", "× T", "uniform"]
    for ghost, retention in zip(one.ghosts, ("off", "scaled", "uniform"), strict=True):
        run = simulate(system="segments", retention=retention, sequence=61)
        assert np.array_equal(read(ghost["run"])[1]["right"][:8], run.observables["right"])


def test_a_sequence_is_typed_shuffled_and_replaced_by_another():
    one = visitor()
    typed = "s A t u v w | " + " | ".join(["x y z s t u"] * 7)
    one.say("sequence", text=typed)
    header, arrays = one.header(), one.arrays()
    assert header["sequence"] == typed and header["own"]
    run = simulate(system="segments", tokens=typed.replace(" | ", " "))
    assert np.array_equal(arrays["right"][:8], run.observables["right"])
    address = one.shown["address"]
    again = visitor(address)
    assert again.run == one.run and "tokens=809abc" in address
    one.say("shuffle")
    assert sorted(one.header()["sequence"].split(" | ")) == sorted(typed.split(" | ")) and one.header()["sequence"] != typed
    one.say("another")
    assert one.values["tokens"] == "" and one.values["sequence"] == 62
    assert not one.header()["own"]
    one.say("undo")
    assert one.values["tokens"]


@pytest.mark.parametrize("text", ["s A t", "s t u v w x " * 8, "? A t u v w" * 8, "", 5, "A" * 5000])
def test_what_is_no_sequence_is_refused_in_a_sentence_and_nothing_changes(text):
    one = visitor()
    before = one.run
    one.say("sequence", text=text)
    assert one.notice.endswith(".") and one.run == before and one.values["tokens"] == ""


def test_a_sequence_gives_way_to_another_length():
    one = visitor()
    one.say("sequence", text="A s t u v w " + "x y z s t u " * 7)
    values, notices = CHAPTER.read_text(one.shown["address"].replace("segments=8", "segments=4"))
    assert values["tokens"] == "" and "own sequence" not in notices and len(notices) == 1
    for wrong in ("tokens=zz", "tokens=0", f"tokens={'8' * 48}", f"task=majority&segments=1&tokens={'f' * 6}"):
        values, notices = CHAPTER.read_text(wrong)
        assert values["tokens"] == "" and notices, wrong


def test_an_unknown_training_is_made_in_pieces_while_the_run_before_stays(monkeypatch):
    session, port, first = opened("steps=60&seed=901")
    assert read(first["run"])[0]["settings"]["seed"] == 0  # what stands in for it
    assert session.values["seed"] == 901
    session.hear({"do": "ready"})
    port.until(lambda: any("run" in message for message in port.sent), LOOP)
    told = [message["making"] for message in port.sent if message.get("making")]
    assert told[-1]["state"] == "done" and told[-1]["at"] == [10, 20, 30, 40, 50, 60] and latest(port, "making") is None
    header, arrays = read(latest(port, "run"))
    run = simulate(system="segments", steps=60, seed=901)
    assert header["settings"]["seed"] == 901 and np.array_equal(arrays["right"][:8], run.observables["right"])
    whole = Trainer(Settings(steps=60, seed=901))
    for _ in whole.run():
        pass
    assert np.array_equal(known_training(Settings(steps=60, seed=901)).weights.flat, whole.weights.flat)
    assert latest(port, "shown")["notice"] == ""


def test_a_training_is_paused_stopped_and_goes_on_where_it_was():
    session, port, _ = opened("")
    session.hear({"do": "ready"})
    before = session.values["steps"]
    session.hear({"do": "set", "changes": {"steps": "1000"}})
    port.until(lambda: (latest(port, "making") or {}).get("at"), LOOP)
    assert "trained first" in latest(port, "shown")["notice"]
    session.hear({"do": "pause"})
    port.until(lambda: latest(port, "making")["state"] == "paused", LOOP)
    for _ in range(60):  # the piece that was under way may still come
        reports = len(session._making.reports)
        time.sleep(0.5)
        if len(session._making.reports) == reports:
            break
    time.sleep(0.5)
    assert len(session._making.reports) == reports  # and there it stands
    session.hear({"do": "resume"})
    port.until(lambda: len(latest(port, "making")["at"]) > reports, LOOP)
    thread = session._making.thread
    session.hear({"do": "cancel"})
    assert session.values["steps"] == before and latest(port, "making") is None
    assert latest(port, "shown")["notice"].startswith("Stopped")
    thread.join(LOOP)
    reached = len(service.pieces(runs.pool)._left[training_of(Settings(steps=1000)).key][1])
    session.hear({"do": "set", "changes": {"steps": "1000"}})
    port.until(lambda: (latest(port, "making") or {}).get("at"), LOOP)
    assert len(latest(port, "making")["at"]) >= reached
    session.close()


def test_all_who_ask_for_the_same_training_share_it():
    made = [opened("steps=400&seed=902") for _ in range(3)]
    for session, port, _ in made:
        session.hear({"do": "ready"})
        port.until(lambda session=session: session._making is not None, LOOP)
    assert len({id(session._making) for session, _, _ in made}) == 1
    making = made[0][0]._making
    for session, _, _ in made:
        session.close()
    making.thread.join(LOOP)
    assert making.state == "stopped"  # nobody watches any more


def test_too_long_a_training_is_refused_with_the_limit():
    _, notices = CHAPTER.read_text("segments=24&steps=2000")
    assert len(notices) == 1 and "segments = 24" in notices[0]
    _, notices = CHAPTER.read_text("segments=25")
    assert "at most 24" in notices[0]
    assert CHAPTER.system.work(Settings(segments=16, steps=1000, seed=5), 1000, 16) < MOST_TRAINING  # all that sliders reach


def test_no_run_trains_by_itself():
    values, _ = CHAPTER.read_text("steps=50&seed=903")
    with pytest.raises(ValueError, match="training"):
        CHAPTER.segments(values)
    assert known_training(CHAPTER.settings(values)) is None


def test_a_worker_that_dies_costs_one_piece_and_is_told(monkeypatch):
    service.configure(Options(workers=1, cache=None))
    try:
        session, port, _ = opened("steps=400&seed=904")
        session.hear({"do": "ready"})
        port.until(lambda: (latest(port, "making") or {}).get("at"), LOOP)
        [worker] = service.engine().jobs.executor._executor._processes
        os.kill(worker, signal.SIGKILL)
        port.until(lambda: latest(port, "making") is None, LOOP)
        told = [message["making"] for message in port.sent if message.get("making")]
        assert told[-1]["worker_died"] and told[-1]["at"][-1] == 400 and told[-1]["at"] == sorted(set(told[-1]["at"]))
        whole = Trainer(Settings(steps=400, seed=904))
        for _ in whole.run():
            pass
        assert np.array_equal(known_training(Settings(steps=400, seed=904)).weights.flat, whole.weights.flat)
        session.close()
    finally:
        service.close()
        service._options = None


def test_work_that_fails_leaves_the_run_on_show(monkeypatch):
    def broken(*_given, **_named):
        raise RuntimeError

    monkeypatch.setattr("app.chapters.segments.chapter.train_on", broken)
    session, port, _ = opened("")
    session.hear({"do": "ready"})
    session.hear({"do": "set", "changes": {"seed": "905"}})
    port.until(lambda: "could not be made" in (latest(port, "shown") or {}).get("notice", ""), LOOP)
    assert session.values["seed"] == 0 and latest(port, "making") is None


def test_a_pool_of_threads_does_as_well():
    pieces = Pieces(lambda: Borrowed(runs.pool))
    heard = []
    making = pieces.watch(training_of(Settings(steps=20, seed=906)), "me", lambda making: heard.append(making.state))
    making.thread.join(LOOP)
    assert making.state == "done" and heard[-1] == "done" and len(pieces) == 0


def made_by(cache, work):
    """What another process would do that has the same folder."""
    counted = []

    def piece(state):
        counted.append(state)
        return work.piece(state)

    pieces = Pieces(lambda: Borrowed(runs.pool), cache=cache)
    making = pieces.watch(replace(work, piece=piece), "me", lambda making: None)
    making.thread.join(LOOP)
    return making, counted


def test_a_training_outlives_its_process(tmp_path):
    settings = Settings(steps=60, seed=907)
    first, counted = made_by(Cache(tmp_path, 1 << 20), training_of(settings))
    assert first.state == "done" and len(counted) == 3
    trained_before = known_training(settings)
    again, counted = made_by(Cache(tmp_path, 1 << 20), training_of(settings))
    assert again.state == "done" and counted == [] and again.reports == first.reports
    assert np.array_equal(known_training(settings).weights.flat, trained_before.weights.flat)


def test_a_checkpoint_of_another_process_goes_on_and_a_damaged_one_is_made_anew(tmp_path):
    cache, settings = Cache(tmp_path, 1 << 20), Settings(steps=60, seed=909)
    work = training_of(settings)
    cache.save_state(work.key, train_on(settings, most=40)[0])
    making, counted = made_by(cache, work)
    assert making.state == "done" and len(counted) == 1 and [report.step for report in making.reports] == [10, 20, 30, 40, 50, 60]
    whole = train(steps=60, seed=909)
    assert np.array_equal(known_training(settings).weights.flat, whole.weights.flat)
    for wrong in (b"no checkpoint", cache.state(work.key)[:300], train_on(Settings(steps=60, seed=910), most=40)[0]):
        cache.save_state(work.key, wrong)
        making, counted = made_by(cache, work)
        assert making.state == "done" and len(counted) == 3
        assert Trainer.resume(cache.state(work.key)).done


def test_what_is_kept_of_trainings_is_bounded_and_the_oldest_goes_first(tmp_path):
    cache = Cache(tmp_path, 250)
    for age, work in enumerate("abc"):
        cache.save_state(work, bytes(100))
        os.utime(cache._state_path(work), (1000 + age, 1000 + age))
    assert [cache.state(work) is None for work in "abc"] == [True, False, False]
    assert Cache(None, 250).state("a") is None


def test_the_tokens_of_an_address_are_those_of_core():
    run = simulate(system="segments", sequence=3)
    assert in_address(run.reading.tokens) == "".join(f"{token:x}" for token in run.reading.tokens.ravel())


def test_its_first_map_is_one_that_its_page_takes():
    tune = pages()["tune"]
    values, notices = tune.read({"system": ["segments"]})
    assert notices == [] and (values["points"], values["trials"], values["observable"]) == (*CHAPTER.map_size, "accuracy")
    service.configure(Options(workers=1, cache=None))
    try:
        session = tune.session(values, notices)
        study = session._prepare(session.values)
        assert study.count == CHAPTER.map_size[0] ** 2
        assert check_study(study, CHAPTER) < MOST_STUDY
    finally:
        service.close()
        service._options = None
