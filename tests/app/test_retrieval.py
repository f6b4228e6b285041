"""The page's logic without a browser: what is said to it, and which run the stage gets."""

import math
import time

import numpy as np
import pytest

from app import runs
from app.pages.retrieval import Retrieval
from app.parameters import (
    DEFAULTS,
    MOST_DRAWN,
    RUN_DEFAULTS,
    SLIDERS,
    drawn_by_hand,
    parse_address,
    read_address,
    read_bends,
    settings_of,
    ticks,
    write_bits,
)
from app.scenes import load_scenes
from app.stage.pack import unpack
from app.words import PAGE
from core import simulate


@pytest.fixture
def page():
    return Retrieval(DEFAULTS)


def header(page):
    return unpack(page.stage.run)[0]


def arrays(page):
    return unpack(page.stage.run)[1]


def slide(page, name, value):
    slider = page.desk.sliders[name]
    page._slid(name, "value", ticks(name).index(value))
    page._slid(name, "value_throttled", slider.value)


def say(page, what, **more):
    page._hear({"do": what, **more})


def same_run(page, **settings):
    run = simulate(**settings)
    shown = arrays(page)
    rows = shown["row"]
    assert np.allclose(shown["t"], run.t[rows]) and np.allclose(shown["energy"], run.energy[rows])
    assert np.allclose(shown["error"], run.error[rows], rtol=1e-6)
    return run


def test_the_first_picture_is_the_cores_run(page):
    run = same_run(page)
    assert header(page)["outcome"] == run.outcome


@pytest.mark.parametrize(
    "name, value",
    [("T", 1.0), ("tau_p", math.inf), ("tau_p", 0.0), ("tau_x", 0.0), ("tau_x", math.inf), ("K", 2.0), ("noise", 0.5)],
)
def test_a_slider_moved_is_a_run_of_that_value(page, name, value):
    slide(page, name, value)
    same_run(page, **{name: int(value) if name == "K" else value})
    assert page.notice == ""
    assert page.desk.shown["fields"][name] == page.desk.sliders[name].text


def test_the_address_on_show_opens_the_same_page(page):
    slide(page, "T", 0.1)
    say(page, "set", name="seed", text="7")
    say(page, "pin")
    say(page, "compare", model="hopfield")
    values, said = read_address(parse_address(page.desk.shown["address"]))
    other = Retrieval(values, said)
    assert said == []
    assert other.stage.run == page.stage.run
    assert other.stage.ghosts == page.stage.ghosts
    assert other.desk.shown["address"] == page.desk.shown["address"]


def test_exact_values_may_lie_between_the_stops(page):
    say(page, "set", name="T", text="0.0123")
    assert page.parameters.T == 0.0123
    assert page.desk.sliders["T"].text == "0.0123"
    assert ticks("T")[page.desk.sliders["T"].value] == pytest.approx(0.0123, rel=0.06)


def test_what_cannot_be_run_is_said_and_the_last_run_stays(page):
    before = page.stage.run, page.desk.shown["address"]
    for name, text in (
        ("T", "abc"),
        ("T", "-1"),
        ("N", "9999"),
        ("K", "1e9"),
        ("nothing", "1"),
        ("model", "__class__"),
        ("cue", "own"),
    ):
        say(page, "set", name=name, text=text)
        assert page.notice, (name, text)
        assert page.stage.run == before[0]
    assert page.desk.shown["address"] == before[1]


NONSENSE = [
    None,
    1,
    "x",
    [],
    {},
    {"do": None},
    {"do": "nothing"},
    {"do": "set"},
    {"do": "set", "name": "T"},
    {"do": "set", "name": [], "text": "1"},
    {"do": "set", "name": "T", "text": 1},
    {"do": "set", "name": "T", "text": "1" * 10**6},
    {"do": "scene", "key": "nothing"},
    {"do": "scene", "key": []},
    {"do": "unpin", "kind": "pin", "which": 99},
    {"do": "unpin", "kind": "pin", "which": "x"},
    {"do": "compare", "model": "own"},
    {"do": "compare", "model": {}},
    {"do": "moment", "segment": "x", "row": None, "t": []},
    {"do": "view", "name": "T", "text": "1"},
    {"do": "view", "name": "theme", "text": "pink"},
    {"do": "want", "what": "everything"},
    {"do": "want", "what": "qr", "url": "x" * 10**5},
    {"do": "draw", "seed": 1},
    {"do": "go_on"},
    {"do": "_hear", "data": 1},
]


@pytest.mark.parametrize("message", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_from_a_browser_is_answered_with_a_sentence_and_changes_nothing(page, message):
    before = page.stage.run, page.values
    page._hear(message)
    assert page.notice and len(page.notice) < 400
    assert (page.stage.run, page.values) == before


@pytest.mark.parametrize("index", [None, "x", -1, 10**9, math.nan, math.inf, [], True])
def test_a_slider_pushed_out_of_its_range_is_refused(page, index):
    before = page.values
    page._slid("T", "value", index)
    assert page.values == before and page.notice


def test_scenes_open_with_their_parameters_and_are_left_by_a_change(page):
    for scene in load_scenes():
        say(page, "scene", key=scene.key)
        assert page.notice == "" and page.desk.shown["scene"] == scene.key
        assert {name: page.values[name] for name in scene.parameters} == dict(scene.parameters)
        assert [ghost["kind"] for ghost in page.desk.shown["ghosts"]] == ["compare"] * len(
            str(scene.view.get("compare", "")).split(",")
        ) * ("compare" in scene.view)
    slide(page, "T", 1.0)
    assert page.desk.shown["scene"] == ""


def test_undo_and_redo_of_everything(page):
    start = page.values
    slide(page, "T", 1.0)
    say(page, "draw")
    say(page, "pin")
    say(page, "scene", key=load_scenes()[1].key)
    end = page.values
    for _ in range(4):
        say(page, "undo")
    assert page.values == start and not page.desk.shown["undo"]
    for _ in range(4):
        say(page, "redo")
    assert page.values == end and not page.desk.shown["redo"]


def test_a_drag_is_one_step_of_undo(page):
    for index in range(30, 60):
        page._slid("T", "value", index)
    page._slid("T", "value_throttled", 59)
    say(page, "undo")
    assert page.parameters.T == DEFAULTS["T"] and not page.desk.shown["undo"]


def test_reset_and_restart_leave_the_view_alone(page):
    say(page, "view", name="theme", text="dark")
    page._stage_view({"speed": 2, "time": "linear", "own_pattern": False})
    slide(page, "T", 1.0)
    say(page, "restart")
    assert page.parameters.T == 1.0
    say(page, "reset")
    assert {name: page.values[name] for name in RUN_DEFAULTS} == RUN_DEFAULTS
    assert (page.parameters.theme, page.parameters.speed, page.parameters.time) == ("dark", "2", "linear")


def test_a_new_draw_is_another_run(page):
    before = page.stage.run
    say(page, "draw")
    assert page.stage.run != before
    same_run(page, seed=page.parameters.seed)


def steer(page, row, name, value, segment=0):
    say(page, "moment", segment=segment, row=row, t=0.0)
    slide(page, name, value)


def test_a_steered_slider_bends_the_run_at_the_frame_on_show(page):
    first = simulate()
    say(page, "steer", on=True)
    steer(page, 20, "tau_p", 100.0)
    shown = header(page)
    assert [segment["settings"]["tau_p"] for segment in shown["segments"]] == [1, 100]
    bent = simulate(start=first, at=20, tau_p=100.0)
    rows = arrays(page)["segment"] == 1
    assert arrays(page)["t"][rows][0] == first.t[20]
    assert np.allclose(arrays(page)["energy"][rows], bent.energy[arrays(page)["row"][rows]])
    assert page.desk.sliders["tau_p"].text == "100"
    values, said = read_address(parse_address(page.desk.shown["address"]))
    assert said == [] and Retrieval(values).stage.run == page.stage.run


def test_a_drag_bends_once_and_a_second_slider_at_the_same_frame_joins_it(page):
    say(page, "steer", on=True)
    say(page, "moment", segment=0, row=20, t=0.0)
    for value in (10.0, 100.0, 1000.0):
        page._slid("tau_p", "value", ticks("tau_p").index(value))
        say(page, "moment", segment=1, row=0, t=0.0)
    page._slid("tau_p", "value_throttled", 0)
    steer(page, 0, "T", 1.0, segment=1)
    assert read_bends(page.parameters.bends) == [(20, {"tau_p": 1000.0, "T": 1.0})]


def test_bending_before_an_earlier_bend_replaces_it(page):
    say(page, "steer", on=True)
    steer(page, 40, "T", 1.0)
    steer(page, 10, "T", 0.1)
    assert read_bends(page.parameters.bends) == [(10, {"T": 0.1})]


def test_what_cannot_bend_starts_anew_and_says_so(page):
    say(page, "steer", on=True)
    steer(page, 20, "T", 1.0)
    steer(page, 20, "K", 50.0)
    assert page.parameters.bends == "" and page.notice == PAGE["restarted_whole"]


def test_restart_takes_the_bends_away(page):
    say(page, "steer", on=True)
    steer(page, 20, "T", 1.0)
    say(page, "restart")
    same_run(page)


def test_going_on_from_a_mark(page):
    page._stage_says("mark", {"frame": 30, "segment": 0, "row": 30, "t": 0.1})
    assert page.desk.shown["mark"]
    slide(page, "T", 10.0)
    say(page, "go_on")
    assert page.parameters.T == DEFAULTS["T"] and page.parameters.steer
    assert page.stage.options["command"]["name"] == "seek"
    slide(page, "tau_p", 100.0)
    assert read_bends(page.parameters.bends) == [(30, {"tau_p": 100.0})]


def test_a_drawn_cue_is_the_cue_of_the_run(page):
    cue = [1, -1] * 15
    page._stage_says("cue", cue)
    assert arrays(page)["cue"].tolist() == cue
    same_run(page, cue=np.array(cue))
    values, said = read_address(parse_address(page.desk.shown["address"]))
    assert said == [] and Retrieval(values).stage.run == page.stage.run


def test_a_drawn_memory_is_stored(page):
    pattern = [1, 1, -1] * 10
    page._stage_says("memory", {"index": 0, "pattern": pattern})
    stored = np.unpackbits(arrays(page)["memories"], axis=1)[0, :30]
    assert (2 * stored.astype(int) - 1).tolist() == pattern
    assert page.notice == ""


@pytest.mark.parametrize(
    "kind, detail",
    [
        ("cue", [1]),
        ("cue", [2] * 30),
        ("cue", ["x"] * 30),
        ("cue", None),
        ("cue", {}),
        ("memory", {"index": 10**9, "pattern": [1] * 30}),
        ("memory", {"index": 0, "pattern": [0] * 30}),
        ("memory", {}),
        ("mark", {"frame": "x"}),
        ("nothing", {}),
        ("view", {"speed": "x"}),
    ],
)
def test_nonsense_from_the_stage_changes_nothing(page, kind, detail):
    before = page.stage.run, page.values
    page._stage_says(kind, detail)
    assert (page.stage.run, page.values) == before and page.notice


def test_pins_and_comparisons_are_ghosts_and_can_be_taken_away(page):
    say(page, "pin")
    slide(page, "T", 1.0)
    for model in ("hopfield", "dense", "attention", "neuron-astrocyte"):
        say(page, "compare", model=model)
    ghosts = [unpack(ghost["run"])[0] for ghost in page.stage.ghosts]
    assert [ghost["model"] for ghost in ghosts] == ["astrocyte", "hopfield", "dense", "attention", "neuron-astrocyte"]
    assert ghosts[0]["settings"]["T"] == DEFAULTS["T"] and ghosts[1]["settings"]["T"] == 1.0
    for _ in range(4):
        say(page, "unpin", kind="compare", which=page.desk.shown["ghosts"][-1]["which"])
    say(page, "unpin", kind="pin", which=0)
    assert page.stage.ghosts == []


def test_a_comparison_that_cannot_be_made_is_said_and_the_rest_stays(page):
    say(page, "compare", model="neuron-astrocyte")
    say(page, "set", name="N", text="200")
    assert page.parameters.N == 200 and page.stage.ghosts == []
    assert "128" in page.notice


def test_take_away(page):
    taken = {}
    page.desk._send_msg = lambda message: taken.update({message.get("file") or message["say"]: message["content"]})
    for what in ("npz", "csv", "html", "python", "qr"):
        page._hear({"do": "want", "what": what, "url": "http://localhost:5006/?T=1"})
    assert page.notice == ""
    assert taken["gliascope.npz"][:2] == b"PK" and taken["qr"].startswith("<svg") and "simulate" in taken["python"]
    assert set(taken) == {"gliascope.npz", "gliascope.csv", "gliascope.html", "python", "qr"}


class Document:
    """A document whose next ticks are made by hand."""

    def __init__(self):
        self.ticks = []

    def add_next_tick_callback(self, tick):
        self.ticks.append(tick)

    def tick(self):
        ticks, self.ticks = self.ticks, []
        for tick in ticks:
            tick()


@pytest.fixture
def counted(monkeypatch):
    made = []
    real = runs.message
    monkeypatch.setattr("app.pages.retrieval.message", lambda key: made.append(key) or real(key))
    monkeypatch.setattr("app.pages.retrieval.set_curdoc", lambda doc: _nothing())
    monkeypatch.setattr("app.pages.retrieval.hold", lambda doc: _nothing())
    return made


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def test_of_many_wishes_before_an_answer_only_the_newest_is_computed(page, counted):
    page.doc = Document()
    for index in range(10, 80):
        page._slid("T", "value", index)
    assert len(page.doc.ticks) == 1
    page.doc.tick()
    assert len(counted) == 1
    assert header(page)["settings"]["T"] == ticks("T")[79]


def test_long_runs_leave_the_event_loop_and_one_waits_at_most(page, counted):
    page.doc = Document()
    say(page, "set", name="N", text="1024")
    page.doc.tick()
    assert PAGE["working"] in page.desk.shown["notice"] and header(page)["N"] == 30
    for seed in range(5):
        say(page, "set", name="seed", text=str(seed))
        page.doc.tick()
    deadline = time.monotonic() + 30
    while (page._busy or page.doc.ticks) and time.monotonic() < deadline:
        page.doc.tick()
        time.sleep(0.01)
    assert header(page)["N"] == 1024 and header(page)["settings"]["seed"] == 4
    assert len({key for key in counted}) == 2


def test_sliders_and_their_texts_agree_with_the_core(page):
    for name in SLIDERS:
        assert page.desk.sliders[name].label == page.parameters.param[name].label


def test_memories_from_a_file_are_stored_from_the_target_on(page):
    rows = np.where(np.random.default_rng(1).random((3, 40)) < 0.5, -1, 1)
    say(page, "set", name="K", text="2")
    say(page, "store", N=40, patterns=[write_bits(row) for row in rows])
    assert page.values["N"] == 40 and page.values["K"] == 3 and "3 memories" in page.notice
    assert np.array_equal(drawn_by_hand(page.values, settings_of(page.values))["memories"].patterns.T, rows)
    say(page, "undo")
    assert page.values["N"] == 30 and page.values["own_patterns"] == ""


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"N": 40, "patterns": []},
        {"N": 40, "patterns": "ff"},
        {"N": 40, "patterns": ["ff"]},
        {"N": 40, "patterns": ["zz" * 5]},
        {"N": 40, "patterns": [["ff"] * 5]},
        {"N": True, "patterns": ["80"]},
        {"N": "40", "patterns": ["ff" * 5]},
        {"N": math.nan, "patterns": ["ff" * 5]},
        {"N": 40, "patterns": ["ff" * 5] * (MOST_DRAWN + 1)},
        {"N": 4096, "patterns": ["ff" * 512]},
        {"N": 40, "patterns": ["ff" * 5], "x": 1},
    ],
)
def test_what_is_no_memory_is_not_stored(page, given):
    before = page.values
    say(page, "store", **given)
    assert page.values == before and page.notice


def test_the_address_of_a_file_is_read_as_any_other(page):
    say(page, "open", address="T=0.5&K=20&theme=dark")
    same_run(page, T=0.5, K=20)
    assert page.values["theme"] == "system"  # a file brings a run, not the looks of the page it was made on
    say(page, "open", address="T=abc&noise=0.1")
    same_run(page, noise=0.1)
    assert "T = 'abc'" in page.notice
    before = page.values
    for nonsense in (None, 3, [], {}):
        say(page, "open", address=nonsense)
        assert page.values == before and page.notice == PAGE["nonsense"]


def test_pins_that_no_link_could_hold_are_refused(page):
    chance = np.random.default_rng(2)
    for _ in range(4):
        rows = [write_bits(np.where(chance.random(1024) < 0.5, -1, 1)) for _ in range(6)]
        say(page, "store", N=1024, patterns=rows)
        say(page, "pin")
    assert page.notice == PAGE["pins_too_long"]
    assert read_address(parse_address(page.desk.shown["address"]))[1] == []
