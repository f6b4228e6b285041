"""The page's logic without a browser: what is said to it, and which run the stage gets."""

import math

import numpy as np
import pytest

from app import runs
from app.chapters.base import frame_at, time_of
from app.chapters.retrieval.chapter import CHAPTER, drawn_by_hand
from app.chapters.session import ChapterSession
from app.drawn import MOST_DRAWN, write_bits
from app.message import read
from app.numbers import stops
from app.words import words
from core import PARAMETERS, simulate
from core.retrieval.melting import melting_temperature
from tests.app.visitors import ChapterVisitor, TickingPort

PAGE = words()["page"]
DEFAULTS, RUN_DEFAULTS = CHAPTER.defaults, CHAPTER.run_defaults


@pytest.fixture
def page():
    return ChapterVisitor()


def index_of(name, value):
    return stops(PARAMETERS[name]).index(value)


def test_the_temperature_at_which_gains_melt_is_marked_where_it_can_be_told(page):
    page.say("reset")
    page.say("set", changes={"family": "coins", "N": "30", "K": "100"})
    mark = page.shown["sliders"]["T"]["mark"]
    near = stops(PARAMETERS["T"])[round(mark["at"] * (len(stops(PARAMETERS["T"])) - 1))]
    assert near == pytest.approx(melting_temperature(30, 100), rel=0.05) and "T = 3.13" in mark["text"]
    page.say("set", changes={"model": "hopfield"})
    assert page.shown["sliders"]["T"]["mark"] is None and page.shown["sliders"]["K"]["mark"] is None


def slide(page, name, value):
    page.say("slide", name=name, index=index_of(name, value))
    page.say("release", name=name)


def same_run(page, **settings):
    run = simulate(**settings)
    shown = page.arrays()
    rows = shown["row"]
    assert np.allclose(shown["t"], run.t[rows]) and np.allclose(shown["energy"], run.energy[rows])
    assert np.allclose(shown["error"], run.error[rows], rtol=1e-6)
    return run


def test_the_first_picture_is_the_cores_run(page):
    run = same_run(page)
    assert page.header()["outcome"] == run.outcome


@pytest.mark.parametrize(
    "name, value",
    [("T", 1.0), ("tau_p", math.inf), ("tau_p", 0.0), ("tau_x", 0.0), ("tau_x", math.inf), ("K", 2.0), ("noise", 0.5)],
)
def test_a_slider_moved_is_a_run_of_that_value(page, name, value):
    slide(page, name, value)
    same_run(page, **{name: int(value) if name == "K" else value})
    assert page.notice == ""
    assert page.shown["fields"][name] == page.shown["sliders"][name]["text"]


def test_the_address_on_show_opens_the_same_page(page):
    slide(page, "T", 0.1)
    page.say("set", changes={"seed": "7"})
    page.say("pin")
    page.say("compare", model="hopfield")
    values, said = CHAPTER.read_text(page.shown["address"])
    other = ChapterVisitor(values, said)
    assert said == []
    assert other.run == page.run
    assert other.ghosts == page.ghosts
    assert other.shown["address"] == page.shown["address"]


def test_who_comes_back_is_told_what_was_lost_with_the_line(page):
    page.say("ready")
    page.say("compare", model="hopfield")
    page.port.hear({"do": "unpin", "kind": "compare", "which": "hopfield"})  # its answers are not heard
    page.port.hear({"do": "set", "changes": {"T": "0.7"}})
    page.say("ready")
    same_run(page, T=0.7)
    assert page.ghosts == [] and page.notice == ""


def test_one_change_is_one_message(page):
    page.say("set", changes={"T": "0.5", "K": "20"})
    assert PAGE["nonsense"] in page.notice and page.session.values == DEFAULTS and not page.shown["undo"]


def test_an_address_whose_run_cannot_be_made_opens_the_defaults_and_keeps_its_looks():
    values, _ = CHAPTER.read_text("theme=dark&hall=1")
    page = ChapterVisitor({**values, "bends": "5~T~1!99999~T~2"})
    assert page.values["bends"] == "" and page.values["theme"] == "dark" and page.values["hall"] and page.notice
    page.say("set", changes={"T": "0.7"})
    page.say("undo")
    same_run(page)
    assert page.notice == ""


def test_exact_values_may_lie_between_the_stops(page):
    page.say("set", changes={"T": "0.0123"})
    assert page.session.held.T == 0.0123
    assert page.shown["sliders"]["T"]["text"] == "0.0123"
    assert stops(PARAMETERS["T"])[page.shown["sliders"]["T"]["value"]] == pytest.approx(0.0123, rel=0.06)


def test_what_cannot_be_run_is_said_and_the_last_run_stays(page):
    before = page.run, page.shown["address"]
    for name, text in (
        ("T", "abc"),
        ("T", "-1"),
        ("N", "9999"),
        ("K", "1e9"),
        ("nothing", "1"),
        ("model", "__class__"),
        ("cue", "own"),
    ):
        page.say("set", changes={name: text})
        assert page.notice, (name, text)
        assert page.run == before[0]
    assert page.shown["address"] == before[1]


NONSENSE = [
    None,
    1,
    "x",
    [],
    {},
    {"do": None},
    {"do": "nothing"},
    {"do": "set"},
    {"do": "set", "changes": {}},
    {"do": "set", "changes": "T"},
    {"do": "set", "changes": [["T", "1"]]},
    {"do": "set", "changes": {"T": 1}},
    {"do": "set", "changes": {"T": "1" * 10**6}},
    {"do": "set", "changes": {f"x{i}": "1" for i in range(1000)}},
    {"do": "scene", "key": "nothing"},
    {"do": "scene", "key": []},
    {"do": "unpin", "kind": "pin", "which": 99},
    {"do": "unpin", "kind": "pin", "which": "x"},
    {"do": "compare", "model": "own"},
    {"do": "compare", "model": {}},
    {"do": "moment", "segment": "x", "row": None},
    {"do": "view", "changes": {"T": "1"}},
    {"do": "view", "changes": {"theme": "pink"}},
    {"do": "view", "changes": {"speed": "x"}},
    {"do": "view", "changes": None},
    {"do": "slide"},
    {"do": "slide", "name": "sigma", "index": 1},
    {"do": "slide", "name": [], "index": 1},
    {"do": "cue", "entries": [1]},
    {"do": "cue", "entries": [2] * 30},
    {"do": "cue", "entries": ["x"] * 30},
    {"do": "cue", "entries": None},
    {"do": "cue"},
    {"do": "memory", "index": 10**9, "pattern": [1] * 30},
    {"do": "memory", "index": 0, "pattern": [0] * 30},
    {"do": "memory"},
    {"do": "mark", "frame": "x"},
    {"do": "moment", "segment": math.inf, "row": 0},
    {"do": "moment", "segment": 0, "row": math.nan},
    {"do": "mark", "frame": math.inf, "segment": 0, "row": 0},
    {"do": "memory", "index": math.inf, "pattern": [1]},
    {"do": "cue", "entries": {}},
    {"do": "unpin", "kind": "pin", "which": math.inf},
    {"do": "set", "changes": {"T": "0.5", "K": "20"}},
    [["do", "restart"]],
    {"do": "want", "what": "everything"},
    {"do": "want", "what": "qr", "url": "x" * 10**5},
    {"do": "draw", "seed": 1},
    {"do": "go_on"},
    {"do": "hear", "message": 1},
    {"do": "change", "changes": {}},
]


@pytest.mark.parametrize("message", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_from_a_browser_is_answered_with_a_sentence_and_changes_nothing(page, message):
    before = page.run, page.values
    page.hear(message)
    assert page.notice and len(page.notice) < 400
    assert (page.run, page.values) == before


@pytest.mark.parametrize("index", [None, "x", -1, 10**9, math.nan, math.inf, [], True])
def test_a_slider_pushed_out_of_its_range_is_refused(page, index):
    before = page.values
    page.say("slide", name="T", index=index)
    assert page.values == before and page.notice


def test_scenes_open_with_their_parameters_and_are_left_by_a_change(page):
    for scene in CHAPTER.scenes.values():
        page.say("scene", key=scene.key)
        assert page.notice == "" and page.shown["scene"] == scene.key
        assert {name: page.values[name] for name in scene.parameters} == dict(scene.parameters)
        pinned, compared = CHAPTER.read_pins(scene.view.get("pins", "")), CHAPTER.read_compare(scene.view.get("compare", ""))
        assert [ghost["kind"] for ghost in page.shown["ghosts"]] == ["pin"] * len(pinned) + ["compare"] * len(compared)
    slide(page, "T", 1.0)
    assert page.shown["scene"] == ""


def test_a_scene_and_a_restart_are_seen_from_their_beginning_and_a_slider_is_not(page):
    said = len(page.messages)
    page.say("scene", key="hot")
    slide(page, "T", 1.0)
    page.say("steer", on=True)
    page.say("moment", segment=0, row=20)
    slide(page, "T", 2.0)
    page.say("restart")
    assert [message["anew"] for message in page.messages[said:] if "run" in message] == [True, False, False, True]


def test_undo_and_redo_of_everything(page):
    start = page.values
    slide(page, "T", 1.0)
    page.say("draw")
    page.say("pin")
    page.say("scene", key=list(CHAPTER.scenes)[1])
    end = page.values
    for _ in range(4):
        page.say("undo")
    assert page.values == start and not page.shown["undo"]
    for _ in range(4):
        page.say("redo")
    assert page.values == end and not page.shown["redo"]


def test_a_drag_is_one_step_of_undo(page):
    for index in range(30, 60):
        page.say("slide", name="T", index=index)
    page.say("release", name="T")
    page.say("undo")
    assert page.session.held.T == DEFAULTS["T"] and not page.shown["undo"]


def test_reset_and_restart_leave_the_view_alone(page):
    page.say("view", changes={"theme": "dark"})
    page.say("view", changes={"speed": 2, "time": "linear", "own_pattern": False})
    slide(page, "T", 1.0)
    page.say("restart")
    assert page.session.held.T == 1.0
    page.say("reset")
    assert {name: page.values[name] for name in RUN_DEFAULTS} == {**RUN_DEFAULTS, **CHAPTER.played}
    assert (page.session.held.theme, page.session.held.speed, page.session.held.time) == ("dark", "2", "linear")


def test_a_new_draw_is_another_run(page):
    before = page.run
    page.say("draw")
    assert page.run != before
    same_run(page, seed=page.session.held.seed)


def steer(page, row, name, value, segment=0):
    page.say("moment", segment=segment, row=row)
    slide(page, name, value)


def bends_of(page):
    """Where the run of the defaults was bent; the address names times, which are moments of any grid."""
    found = CHAPTER.read_bends(page.session.held.bends)
    assert all(isinstance(when, float) for when, _ in found)
    return [(frame_at(simulate(), when), changes) for when, changes in found]


def test_a_bend_is_a_time_and_of_an_older_link_a_frame(page):
    run = simulate()
    assert all(frame_at(run, time_of(run, frame)) == frame for frame in range(len(run.t)))
    assert all(len(f"{time_of(run, frame):g}") < 12 for frame in range(len(run.t)))
    when = time_of(run, 20)
    old, new = (CHAPTER.segments({**DEFAULTS, "bends": text})[1] for text in ("20~T~0.5", f"t{when!r}~T~0.5"))
    assert old.t[0] == new.t[0] == run.t[20] and np.array_equal(old.energy, new.energy)
    other = CHAPTER.segments({**DEFAULTS, "resolution": 4.0, "bends": f"t{when!r}~T~0.5"})[1]
    assert abs(other.t[0] - when) < 0.01


def test_a_steered_slider_bends_the_run_at_the_frame_on_show(page):
    first = simulate()
    page.say("steer", on=True)
    steer(page, 20, "tau_p", 100.0)
    shown = page.header()
    assert [segment["settings"]["tau_p"] for segment in shown["segments"]] == [1, 100]
    bent = simulate(start=first, at=20, tau_p=100.0)
    rows = page.arrays()["segment"] == 1
    assert page.arrays()["t"][rows][0] == first.t[20]
    assert np.allclose(page.arrays()["energy"][rows], bent.energy[page.arrays()["row"][rows]])
    assert page.shown["sliders"]["tau_p"]["text"] == "100"
    values, said = CHAPTER.read_text(page.shown["address"])
    assert said == [] and ChapterVisitor(values).run == page.run


def test_a_drag_bends_once_and_a_second_slider_at_the_same_frame_joins_it(page):
    page.say("steer", on=True)
    page.say("moment", segment=0, row=20)
    for value in (10.0, 100.0, 1000.0):
        page.say("slide", name="tau_p", index=index_of("tau_p", value))
        page.say("moment", segment=1, row=0)
    page.say("release", name="tau_p")
    steer(page, 0, "T", 1.0, segment=1)
    assert bends_of(page) == [(20, {"tau_p": 1000.0, "T": 1.0})]


def test_bending_before_an_earlier_bend_replaces_it(page):
    page.say("steer", on=True)
    steer(page, 40, "T", 1.0)
    steer(page, 10, "T", 0.1)
    assert bends_of(page) == [(10, {"T": 0.1})]


def test_what_cannot_bend_starts_anew_and_says_so(page):
    page.say("steer", on=True)
    steer(page, 20, "T", 1.0)
    steer(page, 20, "K", 50.0)
    assert page.session.held.bends == "" and page.notice == PAGE["restarted_whole"]


def test_restart_takes_the_bends_away(page):
    page.say("steer", on=True)
    steer(page, 20, "T", 1.0)
    page.say("restart")
    same_run(page)


def test_going_on_from_a_mark(page):
    page.say("mark", frame=30, segment=0, row=30)
    assert page.shown["mark"]
    slide(page, "T", 10.0)
    page.say("go_on")
    assert page.session.held.T == DEFAULTS["T"] and page.session.held.steer
    assert page.latest("command") == {"name": "seek", "args": {"frame": 30}}
    slide(page, "tau_p", 100.0)
    assert bends_of(page) == [(30, {"tau_p": 100.0})]


def test_a_drawn_cue_is_the_cue_of_the_run(page):
    cue = [1, -1] * 15
    page.say("cue", entries=cue)
    assert page.arrays()["cue"].tolist() == cue
    same_run(page, cue=np.array(cue))
    values, said = CHAPTER.read_text(page.shown["address"])
    assert said == [] and ChapterVisitor(values).run == page.run


def test_a_drawn_memory_is_stored(page):
    pattern = [1, 1, -1] * 10
    page.say("memory", index=0, pattern=pattern)
    stored = np.unpackbits(page.arrays()["memories"], axis=1)[0, :30]
    assert (2 * stored.astype(int) - 1).tolist() == pattern
    assert page.notice == ""


def test_pins_and_comparisons_are_ghosts_and_can_be_taken_away(page):
    page.say("pin")
    slide(page, "T", 1.0)
    for model in ("hopfield", "dense", "attention", "neuron-astrocyte"):
        page.say("compare", model=model)
    ghosts = [read(ghost["run"])[0] for ghost in page.ghosts]
    assert [ghost["model"] for ghost in ghosts] == ["astrocyte", "hopfield", "dense", "attention", "neuron-astrocyte"]
    assert ghosts[0]["settings"]["T"] == DEFAULTS["T"] and ghosts[1]["settings"]["T"] == 1.0
    for _ in range(4):
        page.say("unpin", kind="compare", which=page.shown["ghosts"][-1]["which"])
    page.say("unpin", kind="pin", which=0)
    assert page.ghosts == []


def test_a_comparison_that_cannot_be_made_is_said_and_the_rest_stays(page):
    page.say("compare", model="neuron-astrocyte")
    page.say("set", changes={"N": "200"})
    assert page.session.held.N == 200 and page.ghosts == []
    assert "128" in page.notice


def test_take_away(page):
    for what in ("npz", "csv", "html", "python", "qr"):
        page.say("want", what=what, url="http://localhost:5006/?T=1")
    assert page.notice == ""
    files = {message["file"]["name"]: message["file"]["content"] for message in page.messages if "file" in message}
    texts = {message["text"]["what"]: message["text"]["content"] for message in page.messages if "text" in message}
    assert files["gliascope.npz"][:2] == b"PK" and texts["qr"].startswith("<svg") and "simulate" in texts["python"]
    assert set(files) == {"gliascope.npz", "gliascope.csv", "gliascope.html"} and set(texts) == {"python", "qr"}


@pytest.fixture
def made(monkeypatch):
    """The runs whose messages were asked for."""
    asked = []
    real = runs.message
    monkeypatch.setattr(runs, "message", lambda chapter, key: asked.append(key) or real(chapter, key))
    return asked


def ticking(page):
    port = TickingPort(page.session)
    port.sent = page.messages
    return port


def test_of_many_wishes_before_an_answer_only_the_newest_is_computed(page, made):
    port = ticking(page)
    for index in range(10, 80):
        page.session.hear({"do": "slide", "name": "T", "index": index})
    assert len(port.ticks) == 1
    port.turn()
    assert len(made) == 1
    assert page.header()["settings"]["T"] == stops(PARAMETERS["T"])[79]


def test_long_runs_leave_the_event_loop_and_one_waits_at_most(page, made):
    port = ticking(page)
    page.session.hear({"do": "set", "changes": {"N": "1024"}})
    port.turn()
    assert PAGE["working"] in page.notice and page.header()["N"] == 30
    for seed in range(5):
        page.session.hear({"do": "set", "changes": {"seed": str(seed)}})
        port.turn()
    port.until(lambda: page.header()["N"] == 1024 and page.header()["settings"]["seed"] == 4, 30)
    assert len(set(made)) == 2


def test_sliders_and_their_texts_agree_with_the_core(page):
    for name in CHAPTER.sliders:
        assert page.session.held.param[name].label == PARAMETERS[name].symbol


def test_what_changes_while_nobody_listens_is_there_when_somebody_does():
    session = ChapterSession(CHAPTER, DEFAULTS)
    session.hear({"do": "set", "changes": {"T": "0.5"}})
    assert read(session.opening()[0]["run"])[0]["settings"]["T"] == 0.5


@pytest.mark.parametrize("target, cued", [("0", 0), ("1", 1), ("9", 2)])
def test_several_memories_from_a_file_are_all_there_are(page, target, cued):
    rows = np.where(np.random.default_rng(1).random((3, 40)) < 0.5, -1, 1)
    page.say("set", changes={"target": target})
    page.say("store", N=40, patterns=[write_bits(row) for row in rows])
    assert (page.values["N"], page.values["K"], page.values["target"]) == (40, 3, cued)
    assert "K is 3" in page.notice
    assert np.array_equal(drawn_by_hand(page.values, CHAPTER.settings(page.values))["memories"].patterns.T, rows)
    page.say("undo")
    assert page.values["N"] == 30 and page.values["own_patterns"] == ""


def test_one_memory_from_a_file_takes_the_place_of_the_target(page):
    page.say("set", changes={"target": "4"})
    page.say("store", N=40, patterns=[write_bits([1] * 40)])
    assert (page.values["N"], page.values["K"], page.values["target"]) == (40, 100, 4)
    assert (drawn_by_hand(page.values, CHAPTER.settings(page.values))["memories"].patterns[:, 4] == 1).all()


def test_each_remembered_step_has_a_number_and_back_opens_its_address(page):
    first = page.shown
    page.say("view", changes={"theme": "dark"})
    assert page.shown["step"] == first["step"]  # a look is no step
    for index in (3, 4, 5):
        page.say("slide", name="T", index=index)
    page.say("release", name="T")
    dragged = page.shown
    page.say("scene", key="mirror")
    page.say("undo")
    steps = [first["step"], dragged["step"], page.shown["step"]]
    assert steps == sorted(set(steps)) and page.shown["step"] == dragged["step"] + 2  # a drag is one, a scene, and undo
    page.say("open", address=first["address"], step=first["step"])
    assert page.shown["step"] == first["step"] and page.values["theme"] == "dark"
    assert page.values == {**DEFAULTS, "theme": "dark"}
    page.say("set", changes={"K": "20"})
    assert page.shown["step"] > steps[-1]
    before = page.values
    for nonsense in (-1, 1e12, "1", True, [1]):
        page.say("open", address="T=1", step=nonsense)
        assert page.values == before and page.notice == PAGE["nonsense"]


def test_a_moment_is_kept_until_the_run_is_another():
    values, said = CHAPTER.opening({"at": ["0.5"]})
    page = ChapterVisitor(values, said)
    assert page.messages[0]["options"]["at"] == 0.5 and "&at=0.5" in page.shown["address"]
    page.say("view", changes={"hall": True})
    assert page.values["at"] == "0.5"
    page.say("set", changes={"T": "0.5"})
    assert page.values["at"] == "" and "&at=&" in page.shown["address"]


def test_a_refusal_names_what_the_page_shows(page):
    page.say("set", changes={"tau_p": "soon"})
    assert page.notice.startswith("τ_p = 'soon'")
    page.say("set", changes={"family": "own"})
    assert page.notice.startswith("patterns = 'own'")
    wrong = ChapterVisitor(*CHAPTER.read_text("own_cue=zz&tau_x=x&temperature_x=-1&scene=none"))
    for part in ("drawn cue = 'zz'", "τ_x = 'x'", "T_x = '-1'", "scene = 'none'"):
        assert part in wrong.notice


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
    page.say("store", **given)
    assert page.values == before and page.notice


def test_the_address_of_a_file_is_read_as_any_other(page):
    page.say("open", address="T=0.5&K=20&theme=dark")
    same_run(page, T=0.5, K=20)
    assert page.values["theme"] == "system"  # a file brings a run, not the looks of the page it was made on
    page.say("open", address="T=abc&noise=0.1")
    same_run(page, noise=0.1)
    assert "T = 'abc'" in page.notice
    before = page.values
    for nonsense in (None, 3, [], {}):
        page.say("open", address=nonsense)
        assert page.values == before and page.notice == PAGE["nonsense"]


def test_pins_that_no_link_could_hold_are_refused(page):
    chance = np.random.default_rng(2)
    for _ in range(4):
        rows = [write_bits(np.where(chance.random(1024) < 0.5, -1, 1)) for _ in range(6)]
        page.say("store", N=1024, patterns=rows)
        page.say("pin")
    assert page.notice == PAGE["pins_too_long"]
    assert CHAPTER.read_text(page.shown["address"])[1] == []
