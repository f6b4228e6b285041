"""The whole page in a real browser: what a person does, and then sees."""

import json
import re
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.chapters.retrieval.chapter import CHAPTER
from app.claims import claims_of
from app.message import read
from app.numbers import stops
from core import PARAMETERS, simulate
from tests.browser.conftest import EVERY, PLAYING, found, written

SCENE = CHAPTER.first_scene
FIRST = {**{name: known.default for name, known in PARAMETERS.items()}, **SCENE.parameters}
STAGE = found("gs")
CONTROLS = f"({found('gd-controls')})()"
RUN = f"""() => {{
    const {{scene}} = ({STAGE})().gliascope, {{run}} = scene, {{error, energy, cue}} = run.arrays;
    return {{settings: run.settings, t: [...run.t], error: [...error], energy: [...energy], cue: [...cue], outcome: run.outcome,
             segments: run.segments, ghosts: scene.ghosts.length}};
}}"""


def shown(page):
    return page.evaluate(RUN)


def slider(page, name):
    return page.get_by_role("slider", name=re.compile(rf"^{name} "))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def stage(page):
    return page.locator(".gs").first


def frame(page):
    return int(stage(page).get_attribute("data-frame"))


def wait_for_run(page, **settings):
    """Until the run on the stage has these settings."""
    page.wait_for_function(
        f"""wanted => {{
            const {{settings}} = ({RUN})();
            return Object.entries(wanted).every(([name, value]) => settings[name] === value);
        }}""",
        arg=settings,
        timeout=10_000,
    )


def values_of(page):
    """What the address bar says, read as the server would, once the page has written what it shows."""
    values, said = CHAPTER.read_text(written(page))
    assert said == []
    return values


def addressed(page, part):
    """Until the address bar says this."""
    page.wait_for_function("(part) => location.search.includes(part)", arg=part, timeout=10_000)


def same_as_core(page, **settings):
    run, on_page = simulate(**settings), shown(page)
    assert on_page["t"][-1] == pytest.approx(run.t[-1])
    assert on_page["error"][-1] == pytest.approx(run.error[-1], rel=1e-5)
    assert on_page["energy"][-1] == pytest.approx(run.energy[-1])
    assert on_page["outcome"] == run.outcome
    return run


def pause(page):
    if stage(page).get_attribute("data-playing") == "true":
        button(page, "Pause").click()


def set_slider(page, name, index):
    """As a hand would, but to the very stop that is meant."""
    slider(page, name).evaluate(
        """(range, index) => {
            range.value = index;
            for (const event of ["input", "change"]) range.dispatchEvent(new Event(event));
        }""",
        index,
    )


# -------------------------------------------------------------------------------------------------------------- arriving


def test_a_stranger_arrives_and_the_first_scene_plays_by_itself(visit):
    page = visit(plays=True)
    page.wait_for_function(f"() => ({STAGE})().dataset.playing === 'true'")
    before = frame(page)
    page.wait_for_function(f"before => Number(({STAGE})().dataset.frame) > before", arg=before)
    assert page.get_by_label("Scene", exact=True).input_value() == SCENE.key
    assert page.get_by_text(SCENE.watch).is_visible()
    same_as_core(page, **SCENE.parameters)
    assert page.title().startswith("Gliascope")
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_stage_needs_no_scrolling_at_1440_by_900(visit):
    page = visit()
    assert page.evaluate(
        "() => document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
    )
    box = stage(page).bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900


def test_who_asks_for_less_motion_is_not_shown_any_until_they_play(visit):
    page = visit(reduced_motion="reduce")
    page.wait_for_timeout(500)
    assert (stage(page).get_attribute("data-playing"), frame(page)) == ("false", 0)
    button(page, "Play").click()
    page.wait_for_function(f"() => Number(({STAGE})().dataset.frame) > 0")


def test_a_bad_address_opens_the_page_and_says_so_once(visit):
    page = visit("?T=abc&K=-3&noise=1e999&colour=blue")
    notice = page.get_by_role("status").filter(has_text="abc").inner_text()
    for part in ("T = 'abc'", "K = '-3'", "noise = '1e999'", "colour"):
        assert part in notice
    same_as_core(page)


def test_a_link_to_a_moment_beyond_the_run_says_that_it_shows_the_end(visit):
    page = visit("?at=55")
    page.get_by_text("The run ends at t = 10, before the moment of this link").wait_for()
    assert frame(page) == len(shown(page)["t"]) - 1


def test_two_visitors_with_different_addresses_see_different_pages(visit):
    cold, hot = visit("?T=0.01"), visit("?T=10")
    assert (shown(cold)["settings"]["T"], shown(hot)["settings"]["T"]) == (0.01, 10)


# ----------------------------------------------------------------------------------------------------------------- clock


def test_playing_asks_nothing_of_the_server(visit):
    page = visit(plays=True)
    frames = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    for direction in ("Sent", "Received"):
        session.on(f"Network.webSocketFrame{direction}", lambda event: frames.append(event["response"]["payloadData"]))
    button(page, "To the start").click()
    page.wait_for_timeout(500)
    frames.clear()
    button(page, "Play").click()
    before = frame(page)
    page.wait_for_timeout(2000)
    assert frame(page) != before
    assert [payload for payload in frames if payload] == []


def test_pause_step_and_play(visit):
    page = visit(plays=True)
    button(page, "Pause").click()
    at = frame(page)
    page.wait_for_timeout(300)
    assert frame(page) == at
    button(page, "Step forward").click()
    assert frame(page) == at + 1
    button(page, "Step back").click()
    assert frame(page) == at
    button(page, "Play").click()
    page.wait_for_function(f"at => Number(({STAGE})().dataset.frame) > at", arg=at)


# -------------------------------------------------------------------------------------------------------------- controls


@pytest.mark.parametrize("name, key", [("T", "T"), ("τ_p", "tau_p"), ("τ_x", "tau_x"), ("K", "K"), ("noise", "noise")])
def test_each_slider_moves_by_keyboard_and_its_run_is_the_cores(visit, name, key):
    page = visit()
    slider(page, name).focus()
    before = int(slider(page, name).input_value())
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    value = stops(PARAMETERS[key])[before + 2]
    wait_for_run(page, **{key: value})
    same_as_core(page, **{**SCENE.parameters, key: int(value) if key == "K" else value})
    assert slider(page, name).get_attribute("aria-valuetext") == page.get_by_label(f"{name}, exact value").input_value()
    assert values_of(page)[key] == value


def test_a_slider_answers_while_it_is_dragged(visit):
    page = visit()
    pause(page)
    box = slider(page, "T").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], middle)
    page.mouse.down()
    seen = set()
    for step in range(20):
        page.mouse.move(box["x"] + (0.2 + 0.035 * step) * box["width"], middle)
        page.wait_for_timeout(30)
        seen.add(shown(page)["settings"]["T"])
    assert len(seen) > 3
    page.mouse.up()
    page.wait_for_timeout(500)
    assert shown(page)["settings"]["T"] == stops(PARAMETERS["T"])[int(slider(page, "T").input_value())]
    button(page, "Undo").click()
    wait_for_run(page, T=FIRST["T"])


def test_the_true_ends(visit):
    page = visit()
    slider(page, "τ_p").focus()
    page.keyboard.press("End")
    wait_for_run(page, tau_p="inf")
    assert slider(page, "τ_p").get_attribute("aria-valuetext") == "∞"
    page.keyboard.press("Home")
    wait_for_run(page, tau_p=0)
    assert slider(page, "τ_p").get_attribute("aria-valuetext") == "0"


def test_exact_values_are_typed(visit):
    page = visit()
    box = page.get_by_label("T, exact value")
    box.fill("0.0123")
    box.press("Enter")
    wait_for_run(page, T=0.0123)
    assert values_of(page)["T"] == 0.0123
    box.fill("-5")
    box.press("Enter")
    page.get_by_role("status").filter(has_text="it must be").wait_for()
    assert shown(page)["settings"]["T"] == 0.0123


def test_folded_parameters(visit):
    page = visit()
    page.get_by_text("More parameters", exact=True).click()
    page.get_by_label("patterns", exact=True).select_option("letters")
    wait_for_run(page, family="letters", N=35, K=26)
    page.get_by_label("integrator", exact=True).select_option("reference")
    wait_for_run(page, integrator="reference")
    page.get_by_label("σ steepness", exact=True).fill("2.5")
    page.keyboard.press("Enter")
    wait_for_run(page, sigma=2.5)


def test_scenes(visit):
    page = visit()
    for scene in CHAPTER.scenes.values():
        page.get_by_label("Scene", exact=True).select_option(scene.key)
        page.get_by_text(scene.watch).wait_for()
        plain = {name: "inf" if value == float("inf") else value for name, value in scene.parameters.items()}
        for _, changes in CHAPTER.read_bends(plain.pop("bends", "")):
            plain |= changes
        wait_for_run(page, **plain)
    assert values_of(page)["scene"] == list(CHAPTER.scenes)[-1]


# Of every frame that is painted: the seed of the run on show, and where the clock is.
WATCH = f"""() => {{
    const stage = ({STAGE})().gliascope;
    window.watched = [];
    const look = () => {{
        const {{run, frame}} = stage.scene;
        window.watched.push([run.settings.seed, run.segments.length, frame]);
        requestAnimationFrame(look);
    }};
    look();
}}"""


def first_frame(page, seed, segments=1):
    """The frame at which a run was seen first."""
    found = "watched.find(([seed, segments]) => seed === wanted[0] && segments === wanted[1])"
    page.wait_for_function(f"wanted => {found}", arg=[seed, segments])
    return page.evaluate(f"wanted => {found}[2]", [seed, segments])


def test_a_scene_and_a_restart_go_to_the_start_and_play_from_any_state(visit):
    page = visit(plays=True)
    page.evaluate(WATCH)
    menu = page.get_by_label("Scene", exact=True)
    ended, paused, playing = CHAPTER.scenes["simplex"], CHAPTER.scenes["tie"], CHAPTER.scenes["mirror"]
    pause(page)
    button(page, "To the end").click()
    menu.select_option(ended.key)
    assert first_frame(page, ended.parameters["seed"]) == 0
    assert stage(page).get_attribute("data-playing") == "true"
    pause(page)
    page.get_by_role("slider", name="frame").fill("30")
    menu.select_option(paused.key)
    assert first_frame(page, paused.parameters["seed"]) == 0
    page.wait_for_function(f"() => Number(({STAGE})().dataset.frame) > 10 && ({STAGE})().dataset.playing === 'true'")
    menu.select_option(playing.key)
    assert first_frame(page, playing.parameters["seed"]) == 0
    # A slider keeps the moment; the bend that it makes is taken away by a restart, which plays.
    pause(page)
    page.get_by_role("slider", name="frame").fill("20")
    page.get_by_role("switch", name="Steer").click()
    set_slider(page, "T", 60)
    assert first_frame(page, playing.parameters["seed"], segments=2) == 20
    page.evaluate("() => { watched.length = 0; }")
    button(page, "Restart").click()
    assert first_frame(page, playing.parameters["seed"], segments=1) == 0
    assert stage(page).get_attribute("data-playing") == "true"


CLICKED = {  # what is clicked, and what its own Space would change
    "Pause": "() => document.documentElement.dataset.hall",
    "Hall": "() => document.documentElement.dataset.hall",
    "Theme: as the system": "() => document.documentElement.dataset.theme",
    "wheel": f"() => ({STAGE})().gliascope.scene.view.gains",
    "Loop": f"() => ({STAGE})().gliascope.scene.view.loop",
    "Legend: Astrocyte gains": f"() => ({STAGE})().gliascope.note.face.hidden",
    "New draw": f"() => ({RUN})().settings.seed",
}


def test_keys_play_and_step_after_any_click(visit):
    page = visit(plays=True)
    page.evaluate("() => addEventListener('keyup', (event) => { window.lastUp = [event.key, event.defaultPrevented]; })")
    playing = f"() => ({STAGE})().dataset.playing"
    pause(page)

    def space_plays_and_arrows_step(own):
        page.wait_for_timeout(150)
        before = page.evaluate(own)
        page.keyboard.press("Home")
        assert frame(page) == 0
        page.keyboard.press("ArrowRight")
        assert frame(page) == 1
        page.keyboard.press(" ")
        assert page.evaluate(playing) == "true"
        assert page.evaluate("() => window.lastUp") == [" ", True]  # else Firefox would press the button
        page.keyboard.press(" ")
        assert page.evaluate(playing) == "false"
        page.wait_for_timeout(150)
        assert page.evaluate(own) == before

    for name, own in CLICKED.items():
        if name == "Pause":
            button(page, "Play").click()
        was = page.evaluate(f"() => String(({own})())")
        button(page, name).click()
        if name != "Pause":  # some of it the server answers
            page.wait_for_function(f"was => String(({own})()) !== was", arg=was)
        space_plays_and_arrows_step(own)
        if name == "Hall":
            button(page, "Hall").click()
    page.get_by_role("switch", name="Steer").click()
    space_plays_and_arrows_step(f"() => ({STAGE})().getRootNode().host.getRootNode().querySelector('[role=switch]').checked")
    page.get_by_text("More parameters", exact=True).click()
    space_plays_and_arrows_step(f"() => ({STAGE})().getRootNode().host.getRootNode().querySelector('[data-part=more]').open")
    page.locator(".gs-editable").first.click()
    space_plays_and_arrows_step(f"() => ({RUN})().cue.join()")
    speed = page.get_by_label("Speed")
    speed.click()
    page.keyboard.press("Escape")
    space_plays_and_arrows_step(f"() => ({STAGE})().gliascope.scene.view.speed")
    slider(page, "T").click()  # whose arrows are its own
    page.keyboard.press(" ")
    assert page.evaluate(playing) == "true"
    page.keyboard.press(" ")
    # What the keyboard reached is pressed by Space; Enter presses whatever has the focus.
    page.keyboard.press("Tab")
    button(page, "Loop").focus()
    before = page.evaluate(CLICKED["Loop"])
    page.keyboard.press(" ")
    assert page.evaluate(CLICKED["Loop"]) != before and page.evaluate(playing) == "false"
    button(page, "Loop").click()
    page.keyboard.press("Enter")
    assert page.evaluate(CLICKED["Loop"]) != before


def test_a_clicker_goes_through_the_scenes_from_any_focus_but_a_text(visit):
    page = visit()
    menu = page.get_by_label("Scene", exact=True)
    order = list(CHAPTER.scenes)

    def press(key, wanted):
        page.keyboard.press(key)
        page.get_by_text(CHAPTER.scenes[wanted].watch).wait_for(state="attached")
        assert menu.input_value() == wanted

    press("PageDown", order[1])
    slider(page, "T").focus()
    press("PageDown", order[2])
    # In a hall the drawer is closed: what is on show has its name above the stage, and its parameters; not how it ends.
    hall = button(page, "Hall")
    edge = hall.evaluate("e => e.getBoundingClientRect().right")
    hall.click()
    press("PageUp", order[1])
    told = page.locator(".gd-main .gd-scene-line")
    assert told.locator(".gd-scene").inner_text() == CHAPTER.scenes[order[1]].title
    assert told.locator(".gd-values").inner_text().replace("\n", "").startswith("T = 0.01 · τp = 1")
    assert not page.get_by_text(CHAPTER.scenes[order[1]].watch).is_visible()
    assert hall.evaluate("e => e.getBoundingClientRect().right") == edge  # a second click finds it where the first one did
    press("PageUp", order[0])
    page.keyboard.press("PageUp")
    page.get_by_text("This is the first scene.").wait_for()
    press("PageDown", order[1])
    hall.click()
    page.get_by_label("T, exact value").click()
    page.keyboard.press("PageDown")
    slider(page, "T").focus()
    page.keyboard.press("ArrowRight")  # now it is no scene, and the next one is that after the last
    page.wait_for_function(f"T => ({RUN})().settings.T !== T", arg=CHAPTER.scenes[order[1]].parameters["T"])
    assert menu.input_value() == ""
    press("PageDown", order[2])
    # "?" lists the keys; Escape closes the list, a press beside it, and its button, and none of them plays.
    keys = page.get_by_role("dialog", name="Keys")
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.mouse.click(5, 5), keys.get_by_role("button").click):
        page.keyboard.press("?")
        keys.get_by_text("PageDown").first.wait_for()
        close()
        keys.wait_for(state="hidden")
    button(page, "Keys").click()
    assert keys.is_visible()


def test_a_finger_that_scrolls_the_page_over_a_slider_leaves_it_to_the_server(visit):
    page = visit()
    pause(page)
    slider(page, "T").dispatch_event("pointerdown")
    slider(page, "T").dispatch_event("pointercancel")
    before = slider(page, "T").input_value()
    page.get_by_label("T, exact value").fill("0.9")
    page.get_by_label("T, exact value").press("Enter")
    wait_for_run(page, T=0.9)
    assert slider(page, "T").input_value() != before


def test_new_draw_undo_and_redo_by_button_and_by_key(visit):
    page = visit()
    seed = FIRST["seed"]
    button(page, "New draw").click()
    page.wait_for_function(f"seed => ({RUN})().settings.seed !== seed", arg=seed)
    drawn = shown(page)["settings"]["seed"]
    button(page, "Undo").click()
    wait_for_run(page, seed=seed)
    button(page, "Redo").click()
    wait_for_run(page, seed=drawn)
    stage(page).click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+z")
    wait_for_run(page, seed=seed)
    page.keyboard.press("Control+Shift+Z")
    wait_for_run(page, seed=drawn)


def test_reset_leaves_clock_and_view_alone(visit):
    page = visit(plays=True)
    pause(page)
    page.get_by_label("Speed").select_option("2")
    slider(page, "T").focus()
    page.keyboard.press("End")
    wait_for_run(page, T=100)
    button(page, "Reset").click()
    wait_for_run(page, T=0.01, seed=0)
    assert stage(page).get_attribute("data-playing") == "false"
    assert page.get_by_label("Speed").input_value() == "2"
    assert values_of(page)["speed"] == "2"


def test_back_goes_through_the_steps_of_this_visit_and_then_leaves(visit):
    page = visit()
    page.evaluate("() => { window.same = true; }")
    addressed(page, f"scene={SCENE.key}&")
    scene = next(scene for scene in CHAPTER.scenes.values() if scene.parameters.get("T", 0.01) != FIRST["T"])
    page.get_by_label("Scene", exact=True).select_option(scene.key)
    wait_for_run(page, **scene.parameters)
    addressed(page, f"scene={scene.key}&")
    box = slider(page, "noise").bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(8):  # longer than an address waits to be written: a drag is one step all the same
        page.mouse.move(box["x"] + (0.2 + 0.05 * step) * box["width"], box["y"] + box["height"] / 2)
        page.wait_for_timeout(80)
    page.mouse.up()
    addressed(page, "scene=&")
    page.get_by_role("button", name="Theme").click()
    addressed(page, "theme=light")
    page.go_back()
    wait_for_run(page, **scene.parameters)
    page.get_by_text(scene.watch).wait_for()
    addressed(page, "theme=light")  # looks stay
    page.go_back()
    wait_for_run(page, **SCENE.parameters)
    assert page.get_by_label("Scene", exact=True).input_value() == SCENE.key
    page.go_forward()
    wait_for_run(page, **scene.parameters)
    addressed(page, f"scene={scene.key}&")
    assert page.evaluate("() => window.same")  # no page was made anew
    set_slider(page, "K", 20)
    addressed(page, "K=22&")
    for _ in range(3):
        page.go_back()
        page.wait_for_timeout(100)
    assert page.url == "about:blank"


# ------------------------------------------------------------------------------------------------- own cue, steering, ghosts


def test_a_cell_of_the_cue_is_flipped_and_the_run_is_that_cues(visit):
    page = visit()
    pause(page)
    before = shown(page)["cue"]
    grid = page.locator(".gs-editable").first
    box = grid.bounding_box()
    grid.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    page.wait_for_function(f"before => JSON.stringify(({RUN})().cue) !== before", arg=json.dumps(before, separators=(",", ":")))
    cue = shown(page)["cue"]
    assert sum(a != b for a, b in zip(before, cue, strict=True)) == 1
    same_as_core(page, **{**SCENE.parameters, "noise": 0.0, "cue": np.array(cue)})
    again = visit(f"?{written(page)}")
    assert shown(again)["cue"] == cue


def test_steering_bends_the_run_at_the_frame_on_show(visit):
    page = visit()
    pause(page)
    button(page, "To the start").click()
    for _ in range(15):
        button(page, "Step forward").click()
    at = shown(page)["t"][15]
    page.get_by_role("switch", name="Steer").click()
    slider(page, "τ_p").focus()
    page.keyboard.press("End")
    page.wait_for_function(f"() => ({RUN})().segments.length === 2")
    segments = shown(page)["segments"]
    assert segments[1]["t"] == pytest.approx(at)
    assert segments[1]["settings"]["tau_p"] == "inf" and segments[0]["settings"]["tau_p"] == 1
    other = visit(f"?{written(page)}")
    assert shown(other)["energy"] == shown(page)["energy"]


def test_mark_and_go_on(visit):
    page = visit()
    pause(page)
    button(page, "To the start").click()
    for _ in range(10):
        button(page, "Step forward").click()
    button(page, "Mark").click()
    button(page, "To the end").click()
    set_slider(page, "T", 60)
    wait_for_run(page, T=stops(PARAMETERS["T"])[60])
    button(page, "Go on from mark").click()
    wait_for_run(page, T=FIRST["T"])
    page.wait_for_function(f"() => ({STAGE})().dataset.frame === '10'")


def test_pin_and_compare(visit):
    page = visit()
    button(page, "Pin").click()
    page.wait_for_function(f"() => ({RUN})().ghosts === 1")
    page.get_by_label("Compare", exact=True).select_option("hopfield")
    page.wait_for_function(f"() => ({RUN})().ghosts === 2")
    other = visit(f"?{written(page)}")
    assert shown(other)["ghosts"] == 2
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Remove")).first.click()
        page.wait_for_timeout(200)
    page.wait_for_function(f"() => ({RUN})().ghosts === 0")


def test_how_all_runs_end_stands_in_a_table_that_can_be_copied(visit):
    page = visit("?T=0.01&seed=3", permissions=["clipboard-read", "clipboard-write"])
    assert not button(page, "Table of all runs").is_visible()
    button(page, "Pin").click()
    page.wait_for_function(f"() => ({RUN})().ghosts === 1")
    set_slider(page, "T", 60)
    page.get_by_label("Compare", exact=True).select_option("hopfield")
    page.wait_for_function(f"() => ({RUN})().ghosts === 2")
    marks = page.locator(".gd-ghosts li > svg").evaluate_all("(all) => all.map((each) => each.innerHTML)")
    assert len(set(marks)) == 2
    button(page, "Table of all runs").click()
    rows = page.get_by_role("dialog").get_by_role("row")
    assert rows.count() == 4
    button(page, "Copy as a table").click()
    page.get_by_role("dialog").get_by_text("Copied").wait_for()
    head, *lines = [line.split("\t") for line in page.evaluate("() => navigator.clipboard.readText()").split("\n")]
    T = stops(PARAMETERS["T"])[60]
    asked = [{"T": T}, {"T": 0.01}, {"T": T, "model": "hopfield"}]
    assert len(lines) == len(asked)
    for line, settings in zip(lines, asked, strict=True):
        run = simulate(**{**settings, "seed": 3})
        told = dict(zip(head, line, strict=True))
        assert float(told["hard error: wrong signs"]) == run.hamming[-1]
        assert float(told["energy L"]) == run.energy[-1]
        assert float(told["perplexity"]) == pytest.approx(run.perplexity[-1], rel=1e-6)
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


# ------------------------------------------------------------------------------------------------------------- take away


def test_the_link_copied_opens_the_same_numbers_elsewhere(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    set_slider(page, "T", 45)
    set_slider(page, "K", 20)
    wait_for_run(page, T=stops(PARAMETERS["T"])[45], K=22)
    button(page, "Copy link").first.click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    link = page.evaluate("() => navigator.clipboard.readText()")
    other = visit(link.partition("/?")[2] and f"?{link.partition('/?')[2]}")
    assert shown(other) == shown(page)


def test_what_is_copied_to_show_elsewhere(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    pause(page)
    button(page, "To the start").click()
    for _ in range(12):
        button(page, "Step forward").click()
    page.get_by_text("Take away", exact=True).click()
    before = stage(page).bounding_box()

    def copied(name):
        page.evaluate("() => navigator.clipboard.writeText('')")
        button(page, name).click()
        page.wait_for_function("async () => (await navigator.clipboard.readText()) !== ''")
        page.get_by_role("status").filter(has_text="Copied").wait_for()
        assert stage(page).bounding_box() == before  # a word in passing moves nothing
        return page.evaluate("() => navigator.clipboard.readText()")

    lines = copied("Python")
    assert page.locator(".gd-taken pre").text_content() == lines
    assert lines.startswith("# ") and "pip install" in lines and "simulate(" in lines
    link = copied("Copy link to this moment")
    page.get_by_text("For a class", exact=True).click()
    page.get_by_label("For a class").select_option("minimal")
    page.get_by_label("simplex", exact=True).check()
    [(source, shown_link)] = re.findall(r'<iframe src="([^"]+)" title="Gliascope"(.*)></iframe>', copied("Copy HTML"))
    assert source.replace("&amp;", "&") == copied("Copy this link") and "hide=simplex" in source and "height" in shown_link
    other = visit(f"?{link.partition('?')[2]}", plays=True)
    assert shown(other)["t"] == shown(page)["t"] and (frame(other), frame(page)) == (12, 12)
    other.wait_for_timeout(400)
    assert (stage(other).get_attribute("data-playing"), frame(other)) == ("false", 12)
    button(other, "Play").click()
    other.wait_for_function(f"() => Number(({STAGE})().dataset.frame) > 12")


def test_downloads(visit):
    page = visit()
    page.get_by_text("Take away", exact=True).click()
    taken = {}
    for name in ("NPZ", "CSV", "HTML", "PNG", "SVG"):
        with page.expect_download() as download:
            button(page, name).click()
        taken[name] = open(download.value.path(), "rb").read()
    run = simulate(**SCENE.parameters)
    with zipfile.ZipFile(BytesIO(taken["NPZ"])) as archive:
        assert archive.testzip() is None
    assert taken["CSV"].count(b"\n") > len(run.t)
    assert taken["PNG"].startswith(b"\x89PNG") and b"<svg" in taken["SVG"][:300]
    assert b"<!doctype html>" in taken["HTML"][:20].lower()
    button(page, "Python").click()
    page.get_by_text("simulate(").wait_for()
    button(page, "QR code").click()
    page.locator(".gd-taken svg").wait_for()


def test_the_run_is_taken_as_a_film(visit):
    page = visit("?scene=letters&outcome=shown&speed=4")
    page.get_by_text("Take away", exact=True).click()
    with page.expect_download() as download:
        button(page, "GIF").click()
    film = Image.open(download.value.path())
    seconds = page.evaluate(f"() => ({STAGE})().gliascope.scene.run.arrays.seconds.slice(0, -1).reduce((a, b) => a + b)")
    shows = [film.seek(at) or film.info["duration"] for at in range(film.n_frames)]
    assert sum(shows[:-1]) / 1000 == pytest.approx(seconds / 4, abs=0.2) and shows[-1] == 1500
    assert film.width <= 960 and frame(page) == 0
    for at, key in ((0, "Home"), (film.n_frames - 1, "End")):  # each moment is as a picture of it would be
        film.seek(at)
        page.keyboard.press(key)
        with page.expect_download() as download:
            button(page, "PNG").click()
        picture = Image.open(download.value.path()).convert("L").resize(film.size, Image.Resampling.BOX)
        off = np.abs(np.asarray(film.convert("L"), float) - np.asarray(picture, float))
        assert off.mean() < 2.5 and (off > 60).mean() < 0.01
    with page.expect_download() as download:
        button(page, "WebM").click()
    assert Path(download.value.path()).read_bytes()[:4] == b"\x1aE\xdf\xa3"  # as every such file begins


def test_a_film_ends_where_another_run_comes(visit):
    page = visit("?scene=letters")
    page.get_by_text("Take away", exact=True).click()
    button(page, "GIF").click()
    page.locator("button", has_text=re.compile(r"GIF \d+ %")).wait_for()
    button(page, "New draw").click()
    said = page.get_by_role("status").filter(has_text="The film was not finished")
    said.wait_for()
    assert button(page, "GIF").inner_text() == "GIF"


def test_a_teachers_link_hides_what_it_says(visit):
    page = visit("?embed=minimal&hide=noise,simplex,seed")
    assert slider(page, "T").is_visible() and not slider(page, "noise").is_visible()
    assert page.get_by_role("heading", name="Gliascope").count() == 0
    assert not page.locator("[data-card='simplex']").is_visible()
    bare = visit("?embed=none")
    assert slider(bare, "T").count() == 0 and button(bare, "Pause").or_(button(bare, "Play")).is_visible()


@pytest.mark.parametrize("width, height", [(1440, 900), (800, 900), (390, 844)])
def test_no_hole_is_left_where_cards_are_hidden(visit, width, height):
    page = visit("?embed=none", width=width, height=height)
    holes = page.evaluate(
        f"""() => {{
            const {{gliascope}} = ({STAGE})(), grid = gliascope.grid, cards = [...grid.children], holes = [];
            for (let set = 0; set < 2 ** cards.length - 1; set++) {{
                gliascope.setOptions({{hide: cards.filter((_, i) => set & (1 << i)).map((card) => card.dataset.card)}});
                const boxes = cards.filter((card) => !card.hidden).map((card) => card.getBoundingClientRect());
                const top = Math.min(...boxes.map((box) => box.top)), bottom = Math.max(...boxes.map((box) => box.bottom));
                const all = grid.getBoundingClientRect();
                // What cards and the gaps to the right of and below them cover.
                const covered = boxes.reduce((sum, box) => sum + (box.width + 8) * (box.height + 8), 0);
                const wanted = (all.width + 8) * (bottom - top + 8);
                if (Math.abs(covered / wanted - 1) > 0.01) holes.push([grid.dataset.hidden, covered / wanted]);
            }}
            return holes;
        }}"""
    )
    assert holes == []


@pytest.mark.parametrize(
    "address", ["", "regimes?points=2&trials=2&K=5", "benchmark?points=2&trials=2&flips=1", "tune?points=2&trials=2"]
)
def test_no_button_is_wider_than_its_place(visit, address):
    page = visit(address, ready=".gd-controls")
    page.evaluate(f"() => {{ for (const fold of {CONTROLS}.querySelectorAll('details')) fold.open = true; }}")
    for width, height in ((1920, 1080), (1440, 900), (1024, 768), (844, 390), (390, 844), (360, 640)):
        page.set_viewport_size({"width": width, "height": height})
        for hall in (False, True):
            tight = page.evaluate(
                f"""(hall) => {{
                    const controls = {CONTROLS};
                    document.documentElement.toggleAttribute("data-hall", hall);
                    controls.closest(".gd").toggleAttribute("data-hall", hall);
                    const right = controls.getBoundingClientRect().right, inner = controls.clientWidth;
                    const found = [...controls.querySelectorAll(".gd-button")].filter((e) => e.offsetWidth)
                        .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > right + 1);
                    return [found.map((e) => e.textContent), controls.scrollWidth > inner + 1];
                }}""",
                hall,
            )
            assert tight == [[], False], (width, height, hall)


COVERED = f"""() => {{
    const stage = ({STAGE})(), lit = stage.querySelector("[data-lit]");
    const page = stage.getRootNode().host.getRootNode();
    const box = page.querySelector(".gd-sheet").getBoundingClientRect();
    const at = lit && lit.getBoundingClientRect();
    return {{
        lit: lit && lit.dataset.card,
        inView: box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth,
        litInView: !lit || (at.top + at.height / 2 > 0 && at.top + at.height / 2 < innerHeight),
        below: !lit || box.top > 0 || at.top >= box.bottom,
        covers: Boolean(lit) && box.left < at.right && at.left < box.right && box.top < at.top + at.height / 2 &&
            at.top + at.height / 2 < box.bottom,
        text: [...page.querySelectorAll(".gd-words [data-step]")].filter((e) => e.checkVisibility()).length,
    }};
}}"""


@pytest.mark.parametrize("width, height, hall", [(1024, 768, 1), (1920, 1080, 1), (1440, 900, 0), (390, 844, 0)])
def test_equations_come_one_by_one_over_the_stage_and_light_their_figure(visit, width, height, hall):
    page = visit(f"?hall={hall}", width=width, height=height)
    pause(page)
    button(page, "What am I looking at?").click()
    sheet = page.get_by_role("dialog", name="What am I looking at?")
    sheet.get_by_text("1 of 20", exact=True).wait_for()
    lit = []
    for at in range(20):
        now = page.evaluate(COVERED)
        assert now["text"] == 1 and now["inView"] and now["litInView"] and not now["covers"] and now["below"], (at, now)
        lit.append(now["lit"])
        page.keyboard.press("PageDown" if at % 2 else "ArrowRight")
    assert sheet.get_by_text("20 of 20", exact=True).is_visible()
    assert lit[0] is None and set(lit[1:6]) == {"neurons", "overlaps", "simplex", "attention", "energy"}
    assert lit[6] == "neurons" and None not in lit[1:]
    sheet.get_by_role("button", name="Previous equation").click()
    page.keyboard.press("PageUp")
    assert sheet.get_by_text("18 of 20", exact=True).is_visible()
    sheet.get_by_role("button", name="All").click()
    assert page.evaluate(COVERED)["text"] == 20
    body = sheet.locator(".gd-words")
    assert body.evaluate("(body) => body.scrollHeight > body.clientHeight")
    page.keyboard.press("Escape")
    assert not sheet.is_visible() and page.evaluate(COVERED)["lit"] is None


def test_a_symbol_lights_its_control(visit):
    page = visit()
    button(page, "What am I looking at?").click()
    sheet = page.get_by_role("dialog", name="What am I looking at?")
    sheet.get_by_role("button", name="All").click()
    sheet.locator("[data-symbol=T]").first.click()
    assert page.locator("[data-part=T]").evaluate("(control) => control.getAnimations().length") == 1


def test_what_the_paper_says_stands_in_a_table_whose_rows_lead_to_what_shows_it(visit):
    page = visit("?theme=dark")
    pause(page)
    page.get_by_role("button", name="What the paper says").click()
    table = page.get_by_role("dialog", name="What the paper says")
    claims = claims_of(CHAPTER.package)
    row = table.get_by_role("row").filter(has_text=claims["stopped"].says)
    assert "Does not hold" in row.inner_text() and table.get_by_role("row").count() == len(claims) + 1
    row.get_by_role("link").click()
    page.wait_for_selector(".gl[data-state]")
    assert all(part in page.url for part in ("/tune?", "axis_a=tau_p", "horizon=100000", "theme=dark"))


# --------------------------------------------------------------------------------------------------- the first ten seconds


def test_a_stranger_is_told_what_this_is_and_what_its_words_and_signs_mean(visit):
    page = visit()
    line = page.locator(".gs-about")
    assert line.inner_text().startswith("A noisy letter is recalled. Orange:")
    paper = line.get_by_role("link")
    assert paper.get_attribute("href") == "https://arxiv.org/abs/2604.25481" and "Vivet" in paper.inner_text()
    note = page.get_by_role("note")
    for word, meaning in (
        ("astrocytes", "Star-shaped"),
        ("gain p", "from 0 to 1"),
        ("attention π", "softmax"),
        ("overlap m/N", "mirror"),
    ):
        line.get_by_role("button", name=word, exact=True).click()
        note.get_by_text(meaning).wait_for()
    page.keyboard.press("Escape")
    assert not note.is_visible()
    line.get_by_role("button", name="astrocytes").focus()
    page.keyboard.press("Enter")
    assert note.is_visible()
    page.mouse.click(700, 500)
    assert not note.is_visible()
    for card in ("neurons", "overlaps", "simplex", "attention", "energy"):
        page.locator(f"[data-card={card}] .gs-legend").click()
        assert note.get_by_role("listitem").count() >= 3
        box = note.bounding_box()
        assert box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= 1440 and box["y"] + box["height"] <= 900
    page.get_by_label("Scene", exact=True).select_option("hot")
    page.wait_for_function(f"() => ({RUN})().settings.T === 100")
    assert line.inner_text().startswith("A network of neurons")


def test_no_frame_shows_empty_axes(chromium, served):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    # In every frame from the first one on: whether cards are in sight, and how many of their figures have nothing on them.
    page.add_init_script(f"""
        window.seen = [];
        const look = () => {{
            const stage = ({STAGE})();
            if (stage?.querySelector(".gs-cards").checkVisibility({{visibilityProperty: true}})) {{
                const canvases = [...stage.querySelectorAll(".gs-scrubs .gs-above")];
                const isEmpty = ({{width, height, ownerDocument}}, i) => {{
                    const figure = stage.gliascope.figures[["overlaps", "energy"][i]];
                    return !figure?.model.renderers.some((one) => one.data_source.data.xs?.length);
                }};
                window.seen.push(canvases.length < 2 ? -1 : canvases.filter(isEmpty).length);
            }}
            requestAnimationFrame(look);
        }};
        requestAnimationFrame(look);
    """)
    page.goto(served.url)
    page.wait_for_selector(PLAYING)
    page.wait_for_function("() => window.seen.length > 5")
    assert set(page.evaluate("() => window.seen")) == {0}
    context.close()


# ---------------------------------------------------------------------------------------------------- looks, phone, keyboard


def ground(page):
    return page.evaluate("() => getComputedStyle(document.body).backgroundColor")


def test_light_and_dark_follow_the_system_and_can_be_switched(visit):
    assert ground(visit(color_scheme="light")) != ground(visit(color_scheme="dark"))
    page = visit(color_scheme="dark")
    dark = ground(page)
    page.get_by_role("button", name="Theme").click()
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    assert ground(page) != dark
    again = visit(f"?{written(page)}", color_scheme="dark")
    assert ground(again) == ground(page)


def test_the_hall_is_white_and_its_controls_wait_in_a_drawer(visit):
    page = visit("?hall=1", width=1920, height=1080, color_scheme="dark")
    assert ground(page) == "rgb(255, 255, 255)"
    assert not slider(page, "T").is_visible()
    button(page, "Controls").click()
    slider(page, "T").wait_for()
    assert slider(page, "T").is_visible()
    page.locator(".gd-controls").get_by_role("button", name="Close").first.click()
    page.wait_for_timeout(300)
    assert not slider(page, "T").is_visible()
    button(page, "Controls").click()
    slider(page, "T").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert not slider(page, "T").is_visible()


def test_type_grows_with_a_wide_wall(visit):
    page = visit(width=1920, height=1080)
    size = f"() => [getComputedStyle(document.body).fontSize, getComputedStyle(({STAGE})()).fontSize].map(parseFloat)"
    before = page.evaluate(size)
    page.set_viewport_size({"width": 3440, "height": 1440})
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.palette.size > 18")
    assert all(now > 1.4 * then for now, then in zip(page.evaluate(size), before, strict=True))
    assert page.evaluate("() => document.scrollingElement.scrollWidth <= innerWidth")


def test_no_read_out_is_cut_in_a_hall_of_720_lines(visit):
    page = visit("?hall=1&N=30&K=200&T=1000&seed=7", width=1280, height=720)
    page.keyboard.press("End")
    page.locator("[data-fact='outcome']").wait_for()
    cut = page.locator("[data-card='facts']").evaluate("""(card) => {
        const floor = card.getBoundingClientRect().bottom;
        const below = (e) => e.getBoundingClientRect().bottom > floor;
        return [...card.querySelectorAll("dt, dd")].filter(below).map((e) => e.textContent);
    }""")
    assert cut == []


def test_a_phone(visit):
    page = visit(width=390, height=844, has_touch=True, is_mobile=True)
    assert page.evaluate("() => document.documentElement.scrollWidth <= 390")
    cards = [page.locator(f"[data-card='{name}']").bounding_box()["y"] for name in ("neurons", "overlaps", "simplex", "energy")]
    assert cards == sorted(cards)
    assert not slider(page, "noise").is_visible()
    button(page, "Controls").tap()
    slider(page, "noise").wait_for()
    box = slider(page, "T").bounding_box()
    assert box["height"] >= 44
    page.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    page.wait_for_function(f"T => ({RUN})().settings.T !== T", arg=FIRST["T"])
    small = page.evaluate(
        f"() => {{ {EVERY}"
        + """
        const seen = (e) => e.matches("button, select, input[type=range]") && e.checkVisibility({visibilityProperty: true});
        return every().filter(seen).map((e) => [e.ariaLabel || e.textContent, e.getBoundingClientRect().height])
            .filter(([, height]) => height && height < 43.5);
    }"""
    )
    assert small == []


def test_the_keyboard_alone_reaches_everything(visit):
    page = visit()
    pause(page)
    page.evaluate("() => document.activeElement?.blur()")
    focused = """() => {
        let e = document.activeElement;
        while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
        return e && [e.ariaLabel || e.textContent.trim(), getComputedStyle(e).outlineStyle !== "none"];
    }"""
    reached, invisible = set(), set()
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate(focused)
        if at:
            reached.add(at[0])
            if not at[1]:
                invisible.add(at[0])
    wanted = {
        "T temperature",
        "τ_p astrocytes’ time",
        "τ_x neurons’ time",
        "K memories",
        "noise of the cue",
        "New draw",
        "Restart",
        "Reset",
        "Pin",
        "Compare",
        "Steer",
        "Copy link",
        "Hall",
        "Play",
        "Step forward",
        "Step back",
    }
    assert wanted <= reached
    assert not wanted & invisible


def test_a_lost_connection_leaves_the_picture_playing_says_so_and_comes_back(visit):
    sockets, down = [], []

    def line(socket):
        if down:
            socket.close(code=1012, reason="still broken")
        else:
            socket.connect_to_server()
            sockets.append(socket)

    page = visit(plays=True, sockets=line)
    down.append(True)
    sockets[0].close(code=1012, reason="broken")
    page.get_by_role("status").filter(has_text="connection is lost").wait_for()
    button(page, "To the start").click()
    if button(page, "Play").count():  # the first run may have ended by now, or still play
        button(page, "Play").click()
    page.wait_for_function(f"() => Number(({STAGE})().dataset.frame) > 5")
    set_slider(page, "τ_p", 90)
    page.get_by_role("textbox", name="seed").fill("12")
    page.get_by_role("textbox", name="seed").press("Enter")
    down.clear()
    page.get_by_role("status").filter(has_text="connection is back").wait_for(timeout=20_000)
    wait_for_run(page, tau_p=stops(PARAMETERS["tau_p"])[90], seed=12)
    set_slider(page, "T", 60)
    wait_for_run(page, T=stops(PARAMETERS["T"])[60])


def test_messages_are_what_the_stage_was_given(visit):
    """The bytes the browser got are those that the server packs for the same address."""
    from app.runs import key_of, message

    page = visit("?T=0.5&seed=3")
    header, arrays = read(message(CHAPTER, key_of(CHAPTER, values_of(page))))
    assert header["outcome"] == shown(page)["outcome"]
    assert arrays["energy"].tolist() == shown(page)["energy"]


@pytest.mark.parametrize("T", [0.01, 100.0, 1e6])
def test_the_numbers_along_the_energy_are_those_of_its_ticks(visit, T):
    """Hot gains put a small fall on a large number; three digits would call every tick the same."""
    page = visit(f"?T={T:g}&seed=1")
    ticks_shown = page.evaluate(
        f"""() => {{
            const [axis] = ({STAGE})().gliascope.figures.energy.model.left;
            return axis.ticker.ticks.map((tick) => [tick, axis.major_label_overrides.get(tick)]);
        }}"""
    )
    assert len(ticks_shown) > 1
    assert [float(label.replace("−", "-")) for _, label in ticks_shown] == [tick for tick, _ in ticks_shown]
