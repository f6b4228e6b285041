"""The page of memory across segments in a real browser: what a person does with the tape, and what is then seen."""

from __future__ import annotations

import re

import numpy as np
import pytest

from app.chapters.segments.chapter import CHAPTER
from app.chapters.segments.cost import measured
from core import simulate
from core.segments import load_training
from tests.browser.conftest import PLAYING, written
from tests.browser.test_page import STAGE, button, pause

T = 8
LEARNS = 60_000  # milliseconds
RUN = f"() => {{ const {{run, ghosts, frame}} = ({STAGE})().gliascope.scene; return {{"
RUN += "settings: run.settings, sequence: run.sequence, right: [...run.arrays.right], product: [...run.arrays.all_product],"
RUN += " slope: [...run.arrays.all_slope], outcome: run.outcome, accuracy: run.accuracy, frame,"
RUN += " ghosts: ghosts.map(({name, run}) => [name, run.settings.retention])}; }"
SETTING = f"([name, value]) => ({STAGE})().gliascope.scene.run.settings[name] === value"


def shown(page):
    return page.evaluate(RUN)


def same_as_core(page, **given):
    run, known = shown(page), simulate(system="segments", **given)
    assert run["right"][: known.training.settings.segments] == known.observables["right"].tolist()
    assert run["slope"] == known.observables["slope"].tolist()
    assert run["product"] == known.observables["product"].tolist()
    assert (run["outcome"], run["accuracy"]) == (known.outcome, known.accuracy)


def narration(page):
    return page.locator(".gs-narration").inner_text()


def test_it_plays_by_itself_there_and_back_and_its_numbers_are_cores(visit):
    page = visit("segments", plays=True)
    page.wait_for_function(f"() => ({STAGE})().dataset.playing === 'true'")
    pause(page)
    assert page.title() == "Gliascope: a memory across segments"
    same_as_core(page, sequence=61)
    assert shown(page)["ghosts"] == [["off", "off"], ["× T", "scaled"], ["uniform", "uniform"]]
    button(page, "To the start").click()
    assert narration(page).startswith("Segment 1 of 8: H is read")
    assert page.locator(".gs-segment[data-state=now]").count() == 1
    button(page, "To the end").click()
    assert narration(page).startswith("Back at segment 1") and "same to the last bit" in narration(page)
    assert page.locator(".gs-time").inner_text() == "← segment 1"
    assert page.locator(".gs-segment[data-state=back] small").inner_text().split() == ["Segment", "1"]
    assert page.locator("[data-fact=outcome]").inner_text() == "the answer is right"
    assert not page.get_by_role("button", name="Logarithmic time axis").is_visible()  # of what is counted


def test_a_segment_is_gone_to_by_a_click_and_by_the_keyboard(visit):
    page = visit("segments")
    pause(page)
    page.get_by_role("button", name=re.compile("^Segment 5 v w F x u z")).click()
    assert narration(page).startswith("Segment 5 of 8: F is read")
    leads = page.locator(".gs-answer[data-leads]")
    assert leads.inner_text().split() == ["F", "95", "%"]
    assert page.locator(".gs-answer.gs-is-right b").inner_text() == "A"
    page.keyboard.press("ArrowRight")
    assert narration(page).startswith("Segment 6 of 8")
    page.keyboard.press("End")
    assert narration(page).startswith("Back at segment 1")


def test_a_sequence_is_typed_and_another_is_drawn(visit):
    page = visit("segments")
    pause(page)
    field = page.get_by_label("Sequence of tokens")
    typed = " | ".join(["s A t u v w", *["x y z s t u"] * (T - 1)])
    field.fill(typed)
    field.press("Enter")
    page.wait_for_function(f"typed => ({STAGE})().gliascope.scene.run.sequence === typed", arg=typed)
    same_as_core(page, tokens=typed.replace(" | ", " "))
    again = visit(f"segments?{written(page)}")
    assert shown(again)["right"] == shown(page)["right"]
    again.get_by_label("Sequence of tokens").focus()
    assert again.get_by_label("Sequence of tokens").input_value() == typed
    button(page, "Another").click()
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.sequence === 62")
    same_as_core(page, sequence=62)
    field.fill("A s t")
    field.press("Enter")
    page.get_by_text("there must be a multiple of 6 symbols").wait_for()
    same_as_core(page, sequence=62)
    before = shown(page)["sequence"]
    button(page, "Shuffle").click()
    page.wait_for_function(f"before => ({STAGE})().gliascope.scene.run.sequence !== before", arg=before)
    assert sorted(shown(page)["sequence"].split(" | ")) == sorted(before.split(" | "))


def test_another_retention_is_chosen_on_its_card(visit):
    page = visit("segments")
    pause(page)
    page.get_by_label("Retention between segments").select_option("uniform")
    page.wait_for_function(SETTING, arg=["retention", "uniform"])
    same_as_core(page, sequence=61, retention="uniform")
    assert [name for name, _ in shown(page)["ghosts"]] == ["off", "as printed", "× T"]


def test_steering_bends_the_way_forward_while_the_tape_stands(visit):
    page = visit("segments")
    pause(page)
    page.get_by_role("button", name=re.compile("^Segment 6 ")).click()
    page.get_by_role("switch", name="Steer").click()
    page.get_by_label("Retention between segments").select_option("off")
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.segments.length === 2")
    assert shown(page)["outcome"] == "wrong"
    values, said = CHAPTER.read_text(written(page))
    assert said == [] and values["bends"] == "t6.0~retention~off"
    assert np.allclose(shown(page)["product"][-3:], shown(page)["product"][-1])  # nothing is forgotten any more


def test_the_weights_on_show_are_taken_away(visit):
    page = visit("segments?retention=uniform")
    pause(page)
    page.get_by_text("Take away", exact=True).click()
    with page.expect_download() as saved:
        button(page, "Weights").click()
    assert saved.value.suggested_filename == "gliascope.safetensors"
    training = load_training(saved.value.path())
    assert (training.settings.retention, training.accuracy) == ("uniform", shown(page)["accuracy"])


def test_what_the_paper_says_stands_beside_its_own_table(visit):
    page = visit("segments")
    button(page, "What the paper says, and what is found").click()
    table = page.get_by_role("table", name="The paper’s own table")
    table.get_by_role("row", name=re.compile("^RMAAT 38.9")).wait_for()
    assert (
        page.get_by_text("Cannot be judged here.").is_visible()
        and page.get_by_text("Nothing of it is measured here.").is_visible()
    )


def test_time_against_length_names_its_machine(visit):
    page = visit("segments")
    card = page.locator(".gs-card-cost")
    assert card.get_by_text(f"on {measured().machine}").is_visible()
    sent = page.evaluate(f"() => ({STAGE})().gliascope.scene.run.cost")
    assert sent["seconds"] == {kind: list(times) for kind, times in measured().seconds.items()}


def test_a_training_streams_and_its_run_comes_when_it_is_there(visit):
    page = visit("segments?scene=few&seed=907")
    page.locator(".gs-made", has_text="training: step").wait_for(timeout=LEARNS)
    assert shown(page)["settings"]["seed"] == 0  # what stands in for it
    page.wait_for_function(SETTING, arg=["seed", 907], timeout=LEARNS)
    assert not page.locator(".gs-made").is_visible()
    same_as_core(page, task="first", segments=4, steps=400, seed=907)


def test_a_training_is_stopped_and_the_run_before_stays(visit):
    page = visit("segments")
    pause(page)
    page.get_by_label("Task of this block").select_option("place")
    button(page, "Stop").wait_for(timeout=LEARNS)
    button(page, "Stop").click()
    page.get_by_text("Stopped: the run before stays.").wait_for()
    assert shown(page)["settings"]["task"] == "latest"
    assert "task=latest" in written(page)


@pytest.mark.parametrize("name", ["overruled", "far", "steered", "uniform"])
def test_scenes_play(visit, name):
    page = visit(f"segments?scene={name}")
    button(page, "To the end").click()
    outcome = CHAPTER.scenes[name].promise["outcome"]
    assert page.locator("[data-fact=outcome]").inner_text() == CHAPTER.words["stage"]["outcomes"][outcome]
    assert page.locator(".gd-watch").inner_text() == CHAPTER.scenes[name].watch


@pytest.mark.parametrize("width, height", [(390, 844), (844, 390)])
def test_on_a_phone_a_finger_goes_to_a_segment_and_nothing_is_wider(visit, width, height):
    page = visit("segments", width=width, height=height, has_touch=True, is_mobile=True, ready=PLAYING)
    page.get_by_role("button", name=re.compile("^Segment 5 ")).tap()
    assert narration(page).startswith("Segment 5 of 8")
    assert page.evaluate("() => document.scrollingElement.scrollWidth") <= width
