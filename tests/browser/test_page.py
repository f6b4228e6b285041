"""The whole page in a real browser: what a person does, and then sees."""

import json
import re
import zipfile
from io import BytesIO

import numpy as np
import pytest

from app.chapters.retrieval.chapter import CHAPTER
from app.message import read
from app.numbers import stops
from core import PARAMETERS, simulate
from tests.browser.conftest import written

SCENE = CHAPTER.first_scene
FIRST = {**{name: known.default for name, known in PARAMETERS.items()}, **SCENE.parameters}
STAGE = """() => {
    const find = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.classList.contains("gs")) return element;
            const inside = element.shadowRoot && find(element.shadowRoot);
            if (inside) return inside;
        }
        return null;
    };
    return find(document);
}"""
RUN = f"""() => {{
    const {{scene}} = ({STAGE})().gliascope, {{run}} = scene, {{error, energy, cue}} = run.arrays;
    return {{settings: run.settings, t: [...run.t], error: [...error], energy: [...energy], cue: [...cue], outcome: run.outcome,
             segments: run.segments, ghosts: scene.ghosts.length}};
}}"""


def shown(page):
    return page.evaluate(RUN)


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


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
    page = visit()
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


def test_two_visitors_with_different_addresses_see_different_pages(visit):
    cold, hot = visit("?T=0.01"), visit("?T=10")
    assert (shown(cold)["settings"]["T"], shown(hot)["settings"]["T"]) == (0.01, 10)


# ----------------------------------------------------------------------------------------------------------------- clock


def test_playing_asks_nothing_of_the_server(visit):
    page = visit()
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
    page = visit()
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
    page.get_by_label("σ", exact=True).fill("2.5")
    page.keyboard.press("Enter")
    wait_for_run(page, sigma=2.5)


def test_scenes(visit):
    page = visit()
    for scene in CHAPTER.scenes.values():
        page.get_by_label("Scene", exact=True).select_option(scene.key)
        page.get_by_text(scene.watch).wait_for()
        plain = {name: "inf" if value == float("inf") else value for name, value in scene.parameters.items()}
        wait_for_run(page, **plain)
    assert values_of(page)["scene"] == list(CHAPTER.scenes)[-1]


def test_another_scene_at_the_end_of_a_run_plays_from_its_beginning(visit):
    page = visit()
    pause(page)
    button(page, "To the end").click()
    scene = next(scene for scene in CHAPTER.scenes.values() if scene.key != SCENE.key)
    page.get_by_label("Scene", exact=True).select_option(scene.key)
    wait_for_run(page, **scene.parameters)
    assert stage(page).get_attribute("data-playing") == "true" and frame(page) < len(shown(page)["t"]) - 1


def test_keys_step_and_jump_after_a_click_on_a_button(visit):
    page = visit()
    button(page, "Pause").click()
    before = frame(page)
    page.keyboard.press("ArrowRight")
    assert frame(page) == before + 1
    page.keyboard.press("Home")
    assert frame(page) == 0
    page.get_by_role("switch", name="Steer").click()
    page.keyboard.press("ArrowRight")
    assert frame(page) == 1
    page.keyboard.press(" ")  # is the switch's own
    assert not page.get_by_role("switch", name="Steer").is_checked() and frame(page) == 1


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


def test_reset_and_restart_leave_clock_and_view_alone(visit):
    page = visit()
    pause(page)
    page.get_by_label("Speed").select_option("2")
    slider(page, "T").focus()
    page.keyboard.press("End")
    wait_for_run(page, T=100)
    button(page, "Restart").click()
    page.wait_for_timeout(300)
    assert (frame(page), stage(page).get_attribute("data-playing"), shown(page)["settings"]["T"]) == (0, "false", 100)
    button(page, "Reset").click()
    wait_for_run(page, T=0.01, seed=0)
    assert stage(page).get_attribute("data-playing") == "false"
    assert page.get_by_label("Speed").input_value() == "2"
    assert values_of(page)["speed"] == "2"


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


def test_a_teachers_link_hides_what_it_says(visit):
    page = visit("?embed=minimal&hide=noise,simplex,seed")
    assert slider(page, "T").is_visible() and not slider(page, "noise").is_visible()
    assert page.get_by_role("heading", name="Gliascope").count() == 0
    assert not page.locator("[data-card='simplex']").is_visible()
    bare = visit("?embed=none")
    assert slider(bare, "T").count() == 0 and button(bare, "Pause").or_(button(bare, "Play")).is_visible()


def test_words_light_what_they_speak_of(visit):
    page = visit()
    button(page, "What am I looking at?").click()
    words = page.get_by_role("complementary", name="What am I looking at?")
    words.get_by_role("button", name="Energy").click()
    assert words.locator("math").count() > 5
    button(page, "Close").click()
    assert not words.is_visible()


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
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert not slider(page, "T").is_visible()


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
    assert not slider(page, "T").is_visible()
    button(page, "Controls").tap()
    slider(page, "T").wait_for()
    box = slider(page, "T").bounding_box()
    assert box["height"] >= 44
    page.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    page.wait_for_function(f"T => ({RUN})().settings.T !== T", arg=FIRST["T"])
    small = page.evaluate("""() => {
        const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
        const seen = (e) => e.matches("button, select, input[type=range]") && e.checkVisibility({visibilityProperty: true});
        return all(document).filter(seen).map((e) => [e.ariaLabel || e.textContent, e.getBoundingClientRect().height])
            .filter(([, height]) => height && height < 43.5);
    }""")
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
        "T",
        "τ_p",
        "τ_x",
        "K",
        "noise",
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

    page = visit(sockets=line)
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
