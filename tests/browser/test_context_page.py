"""The page of the context gate in a real browser: what a person does with contexts and pairs, and what is then seen."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from app.chapters.context.chapter import CHAPTER
from core import simulate
from core.glyphs import GLYPHS, LETTER_SHAPE, letter_patterns
from tests.browser.conftest import PLAYING, written
from tests.browser.test_files import drop, said
from tests.browser.test_page import STAGE, button, pause, slider
from tests.browser.test_stage import lines

RUN = f"() => {{ const {{run, ghosts}} = ({STAGE})().gliascope.scene; return {{settings: run.settings, names: run.names,"
RUN += " t: [...run.t], energy: [...run.arrays.energy], gain: [...run.arrays.gain], segments: run.segments,"
RUN += " target: run.target, other: run.other, ghosts: ghosts.map(({name, run}) => [name, run.names[run.target]]),"
RUN += " outcome: run.outcome, cue: [...run.arrays.cue]}; }"


def shown(page):
    return page.evaluate(RUN)


def reading(page, text):
    button(page, "To the end").click()
    page.locator(".gs-reading", has_text=text).wait_for()


def same_as_core(page, **given):
    run, known = shown(page), simulate(model="context", integrator="adaptive", **given)
    rows = np.searchsorted(known.t, np.array(run["t"]) * (1 - 1e-12))
    np.testing.assert_allclose(run["energy"], known.energy[rows], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(run["gain"], known.observables["gain"][rows], rtol=1e-5, atol=1e-6)
    assert run["outcome"] == known.outcome


def test_s_or_5_plays_by_itself_and_a_button_makes_it_a_5(visit):
    page = visit("context", plays=True)
    page.wait_for_function(f"() => ({STAGE})().dataset.playing === 'true'")
    pause(page)
    assert page.title() == "Gliascope: S or 5? The context decides"
    assert shown(page)["ghosts"] == [["among digits", "S"]]
    same_as_core(page)
    reading(page, "read as S")
    button(page, "digits").click()
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.context === 'digits'")
    pause(page)
    reading(page, "read as 5")
    same_as_core(page, context="digits")
    assert button(page, "digits").get_attribute("aria-pressed") == "true"
    assert page.locator(".gs-narration").inner_text().endswith("at rest since t = 5.81.")
    other = visit(f"context?{written(page)}")
    assert shown(other)["energy"] == shown(page)["energy"]


def test_what_is_written_beside_it_is_the_context(visit):
    page = visit("context")
    beside = page.get_by_label(re.compile("^Letters or digits that stand beside the glyph"))
    beside.fill("12")
    beside.press("Enter")
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.context === 'digits'")
    page.wait_for_url(re.compile("beside=12"))
    again = visit(f"context?{written(page)}")
    assert again.get_by_label(re.compile("^Letters or digits")).input_value() == "12"
    slider(page, "λ").press("ArrowRight")  # another run, and the focus elsewhere: what was written still holds
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.lam > 0.25")
    assert beside.input_value() == "12"
    button(page, "letters").click()
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.context === 'letters'")
    assert beside.input_value() == ""


def test_another_pair_a_drawn_cue_and_the_keyboard(visit):
    page = visit("context")
    page.get_by_label("Which two patterns are in question").select_option("B8")
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.pair === 'B8'")
    same_as_core(page, pair="B8")
    before = shown(page)["cue"]
    cue = page.get_by_role("application", name=re.compile("^cue: arrow keys"))
    cue.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    page.wait_for_function(f"before => JSON.stringify([...({STAGE})().gliascope.scene.run.arrays.cue]) !== before",
                           arg=str(before).replace(" ", ""))  # fmt: skip
    drawn = shown(page)["cue"]
    assert sum(a != b for a, b in zip(before, drawn, strict=True)) == 1
    same_as_core(page, pair="B8", cue=np.array(drawn))


def test_a_picture_of_a_letter_is_the_cue(visit):
    page = visit("context?context=none&tau_q=inf")
    signs = letter_patterns()[list(GLYPHS).index("Z")].reshape(LETTER_SHAPE)
    ink = Image.fromarray(np.where(signs > 0, 0, 255).astype(np.uint8)).resize((50, 70), Image.Resampling.NEAREST)
    sheet = Image.new("L", (90, 70), 255)  # wider than the glyph: its middle counts
    sheet.paste(ink, (20, 0))
    content = io.BytesIO()
    sheet.save(content, "PNG")
    drop(page, ("z.png", "image/png", content.getvalue()))
    said(page, CHAPTER.words["page"]["files"]["stored_one"])
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.cue === 'own'")
    assert np.array_equal(np.sign(shown(page)["cue"]), signs.ravel())
    reading(page, "read as Z")


def test_a_change_of_context_bends_a_run_that_is_steered(visit):
    page = visit("context?scene=undecided&context=letters")
    button(page, "To the start").click()
    for _ in range(12):
        button(page, "Step forward").click()
    page.get_by_role("switch", name="Steer").click()
    button(page, "digits").click()
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.segments.length === 2")
    segments = shown(page)["segments"]
    assert [segment["settings"]["context"] for segment in segments] == ["letters", "digits"]
    values, said = CHAPTER.read_text(written(page))
    assert said == [] and values["bends"].endswith("~context~digits")


def test_what_is_read_is_said_by_cores_own_rule(visit):
    page = visit("context")
    reading(page, "read as S, gain 1")
    assert page.locator(".gs-thumb").inner_text().split("\n")[-1].strip() == "read as 5, gain 1"  # by its own context
    button(page, "To the start").click()
    page.locator(".gs-reading", has_text="no pattern is ahead").wait_for()
    page = visit("context?scene=undecided")
    reading(page, re.compile(r"^level: S 0.499 and 5 0.49\d?$"))
    assert page.locator("[data-fact=wrong]").inner_text() == "cue is held"
    assert page.locator(".gs-grid-now span").inner_text() == "held"
    assert page.locator(".gs-grid-target span").inner_text() == "of the pair: S"
    page = visit("context?scene=too-late")
    reading(page, "read as 3")
    assert page.locator(".gs-grid-target span").inner_text() == "meant first: S"
    assert page.locator("[data-fact=outcome]").inner_text() == "3 is recalled, none of the pair"


def test_a_slider_says_where_a_tie_breaks(visit):
    page = visit("context")
    assert "Above λ = 0.308 a tie of the pair breaks" in slider(page, "λ").get_attribute("aria-description")
    assert "Above α = 1 the gates run away" in slider(page, "α").get_attribute("aria-description")


def test_the_energy_falls_in_seven_parts(visit):
    page = visit("context")
    button(page, re.compile("parts")).click()
    parts, run = lines(page, "energy", "parts"), simulate(model="context", integrator="adaptive")
    assert len(parts) == len(run.energy_parts) == 7
    np.testing.assert_allclose(np.sum(parts, axis=0), shown(page)["energy"], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["switched", "runaway", "loop"])
def test_scenes_play(visit, name):
    page = visit(f"context?scene={name}")
    button(page, "To the end").click()
    promise = CHAPTER.scenes[name].promise
    words = CHAPTER.words["stage"]["outcomes"]
    fact = page.locator("[data-fact=outcome]")
    run = shown(page)
    known = {"target": run["names"][run["target"]], "other": run["names"][run["other"]], "leader": promise.get("read", "")}
    assert fact.inner_text() == words[promise["outcome"]].format(**known)


def test_on_a_phone_a_finger_chooses_the_context(visit):
    page = visit("context", width=390, height=844, has_touch=True, is_mobile=True, ready=PLAYING)
    button(page, "digits").tap()
    page.wait_for_function(f"() => ({STAGE})().gliascope.scene.run.settings.context === 'digits'")
    wide = page.evaluate("() => document.scrollingElement.scrollWidth")
    assert wide <= 390
