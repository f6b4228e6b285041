"""The stage by itself, as the offline file holds it: from disk, with no network, it is the same player as on the page."""

from __future__ import annotations

import re

import numpy as np
import pytest

from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.retrieval.pack import pack
from core import simulate
from core.retrieval.landscape import along, stands
from tests.browser.conftest import found

STILL = {"reduced_motion": "reduce"}


@pytest.fixture
def play(chromium, tmp_path):
    """Open a run from a file, with the network off; nothing may be complained of or asked for."""
    contexts, complaints, asked = [], [], []

    def open_file(run, *, ghosts=(), options=None, width=1280, height=860, **context_options):
        file = tmp_path / "run.html"
        named = [{"name": name, "run": pack([ghost])} for name, ghost in ghosts]
        file.write_text(CHAPTER.offline_html(pack(run), named, options or {}), encoding="utf-8")
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, **context_options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: asked.append(request.url) if not request.url.startswith(("file:", "blob:", "data:")) else None,
        )
        page.goto(file.as_uri())
        page.wait_for_function(
            "document.querySelector('.gs')?.dataset.frames > 0 && document.querySelectorAll('.gs-above').length === 4"
        )
        page.wait_for_function("document.querySelector('.gs').gliascope.figures.overlaps?.box.width > 0")
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert complaints == []
    assert asked == []


@pytest.fixture(scope="module")
def run():
    return simulate(seed=1)


def frame(page) -> int:
    return int(page.locator(".gs").get_attribute("data-frame"))


def to_frame(page, wanted: int) -> None:
    page.get_by_role("slider", name="frame").fill(str(wanted))
    assert frame(page) == wanted


def fact(page, name: str) -> str:
    return page.locator(f"[data-fact={name}]").inner_text()


def three(value: float) -> str:
    return f"{float(f'{value:.3g}'):g}".replace("-", "−")


def middle_of_the_line(page, run, memory: int, at: int) -> tuple[float, float]:
    """Where a frame of a memory's overlap lies on the screen."""
    return page.evaluate(
        """([t, m]) => {
          const stage = document.querySelector('.gs').gliascope, figure = stage.figures.overlaps;
          const box = figure.host.getBoundingClientRect();
          return [box.left + figure.sx(stage.scene.time.at(t)), box.top + figure.sy(m)];
        }""",
        [float(run.t[at]), float(run.overlaps[at, memory])],
    )


def test_it_plays_by_itself_to_the_end_and_stops_there(play, run):
    page = play(run, options={"speed": 4})
    page.wait_for_function("document.querySelector('.gs').dataset.playing === 'true'")
    page.wait_for_function("document.querySelector('.gs').dataset.playing === 'false'", timeout=20_000)
    assert frame(page) == int(page.locator(".gs").get_attribute("data-frames")) - 1
    assert page.get_by_role("button", name="Play", exact=True).is_visible()


def test_who_asks_for_less_motion_gets_none(play, run):
    page = play(run, **STILL)
    page.wait_for_timeout(400)
    assert (frame(page), page.locator(".gs").get_attribute("data-playing")) == (0, "false")


@pytest.mark.parametrize(
    "settings", [{}, {"model": "hopfield"}, {"model": "neuron-astrocyte", "N": 16, "K": 6}, {"T": 30.0}], ids=str
)
def test_the_read_outs_are_the_cores_numbers_in_every_frame(play, settings):
    run = simulate(seed=1, **settings)
    page = play(run, **STILL)
    for at in (0, len(run.t) // 3, len(run.t) // 2, len(run.t) - 1):
        to_frame(page, at)
        assert fact(page, "t") == three(run.t[at])
        assert float(fact(page, "error").replace("−", "-")) == pytest.approx(run.error[at], rel=6e-3, abs=1e-3)
        assert float(fact(page, "perplexity")) == pytest.approx(run.perplexity[at], rel=6e-3)
        assert page.locator(".gs-count").inner_text().startswith(f"{run.hamming[at]:g} of {run.memory.N}")
    if run.converged_at is None:
        assert "not converged" in fact(page, "convergence")
    else:
        assert three(run.converged_at) in fact(page, "convergence")


def test_keys_step_jump_and_play(play, run):
    page = play(run, **STILL)
    last = len(run.t) - 1
    for key, expected in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", last), ("Home", 0)):
        page.keyboard.press(key)
        assert frame(page) == expected
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.gs').dataset.frame > 3")
    page.keyboard.press(" ")
    assert page.locator(".gs").get_attribute("data-playing") == "false"


def test_skip_goes_to_where_the_run_converged_and_stop_ends_there(play, run):
    settled = int(np.searchsorted(run.t, run.converged_at))
    page = play(run, **STILL)
    page.get_by_role("button", name=re.compile("[Ss]kip")).click()
    assert frame(page) == settled
    to_frame(page, settled - 4)
    page.get_by_role("button", name=re.compile("[Ss]top")).click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.gs').dataset.playing === 'false'")
    assert frame(page) == settled


def test_loop_begins_again(play, run):
    page = play(run, options={"speed": 4, "loop": True}, **STILL)
    page.keyboard.press("End")
    page.get_by_role("button", name="Step back").click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        "document.querySelector('.gs').dataset.frame === '0' || document.querySelector('.gs').dataset.frame === '1'"
    )
    assert page.locator(".gs").get_attribute("data-playing") == "true"


def test_a_memory_under_the_pointer_lights_up_and_says_its_numbers(play, run):
    page = play(run, **STILL)
    at = len(run.t) - 1
    to_frame(page, at)
    page.mouse.move(*middle_of_the_line(page, run, run.target, at - 5))
    assert page.locator(".gs").get_attribute("data-hover") == str(run.target)
    tip = page.locator(".gs-tip").inner_text()
    assert three(run.overlaps[at, run.target]) in tip
    assert three(run.p[at, run.target]) in tip
    page.mouse.move(5, 5)
    assert page.locator(".gs").get_attribute("data-hover") is None


def test_dragging_a_time_plot_moves_the_clock(play, run):
    page = play(run, **STILL)
    page.mouse.move(*middle_of_the_line(page, run, run.target, 30))
    page.mouse.down()
    assert abs(frame(page) - 30) <= 1
    page.mouse.move(*middle_of_the_line(page, run, run.target, 60))
    page.mouse.up()
    assert abs(frame(page) - 60) <= 1


def layer(page, figure: str, name: str, column: str) -> list:
    """A column of what Bokeh holds for a layer."""
    return page.evaluate(
        f"""([figure, name, column]) => {{
          const {{model}} = ({found("gs")})().gliascope.figures[figure];
          const layer = model.renderers.find((renderer) => renderer.name === `gs-${{name}}`);
          return layer.data_source.data[column].map((each) => Array.from(each));
        }}""",
        [figure, name, column],
    )


def lines(page, figure: str, name: str) -> list[list[float]]:
    """The heights of the lines of a layer."""
    return layer(page, figure, name, "ys")


def test_the_curves_are_the_runs(play, run):
    page = play(run, **STILL)
    np.testing.assert_allclose(lines(page, "overlaps", "target")[0], run.overlaps[:, run.target], atol=1e-6)
    np.testing.assert_allclose(lines(page, "energy", "whole")[0], run.energy, rtol=1e-6)
    page.get_by_role("button", name=re.compile("parts")).click()
    parts = lines(page, "energy", "parts")
    assert len(parts) == len(run.energy_parts)
    np.testing.assert_allclose(np.sum(parts, axis=0), run.energy, rtol=1e-4, atol=1e-2)


def test_time_is_logarithmic_or_linear_and_a_zoom_survives_a_new_run(play, run):
    page = play(run, **STILL)
    extent = (
        "() => { const x = document.querySelector('.gs').gliascope.figures.overlaps.model.x_range; return [x.start, x.end]; }"
    )
    assert page.evaluate(extent)[0] < 0  # decades
    page.get_by_role("button", name="log t", exact=True).click()
    assert page.evaluate(extent) == [0, 10]
    page.evaluate("document.querySelector('.gs').gliascope.figures.overlaps.model.x_range.setv({start: 1, end: 3})")
    other = pack([simulate(seed=2)])
    page.evaluate("(bytes) => document.querySelector('.gs').gliascope.setRun(Uint8Array.from(bytes).buffer)", list(other))
    assert page.evaluate(extent) == [1, 3]


def test_the_badge_reads_the_run(play, run):
    assert "never rose" in play(run, **STILL).locator(".gs-badge").inner_text()
    noisy = simulate(seed=1, temperature_x=1.0, T=50.0)
    assert noisy.largest_rise > 0
    badge = play(noisy, **STILL).locator(".gs-badge")
    assert three(noisy.largest_rise) in badge.inner_text()
    assert "never rose" not in badge.inner_text()


def test_a_bend_that_makes_another_energy_breaks_the_line_and_each_piece_can_be_read(play):
    run = simulate(seed=84)
    bent = simulate(start=run, at=45, T=100.0)
    page = play([run, bent], **STILL)
    before, after = lines(page, "energy", "whole")
    assert (len(before), len(after)) == (46, len(bent.t))
    height = (
        "() => { const {start, end} = document.querySelector('.gs').gliascope.figures.energy.model.y_range; return end - start; }"
    )
    for piece, energy in ((before, run.energy[:46]), (after, bent.energy)):
        assert max(piece) - min(piece) > 0.8 * page.evaluate(height), "each fills the height"
        np.testing.assert_allclose(np.ptp(piece) * (energy - energy[0]), (np.array(piece) - piece[0]) * np.ptp(energy), atol=1e-6)
    assert page.locator(".gs-badge").inner_text().startswith("never rose between bends")
    axis = """() => {
      const [axis] = document.querySelector('.gs').gliascope.figures.energy.model.left;
      return axis.ticker.ticks.map((tick) => Number(axis.major_label_overrides.get(tick).replace('−', '-')));
    }"""
    for at, energy in ((10, run.energy[:46]), (60, bent.energy)):
        to_frame(page, at)
        room = 0.1 * np.ptp(energy)
        assert all(energy.min() - room <= tick <= energy.max() + room for tick in page.evaluate(axis)), "its own numbers"
    # A pinned run that was bent does not squeeze the one on show, whatever its other L is.
    message = [*pack([run, bent])]
    page = play(run, **STILL)
    alone = page.evaluate(height)
    page.evaluate(
        "(bytes) => document.querySelector('.gs').gliascope.setGhosts([{name: 'bent', run: Uint8Array.from(bytes).buffer}])",
        message,
    )
    assert page.evaluate(height) == pytest.approx(alone)
    assert [len(piece) for piece in lines(page, "energy", "ghosts")] == [46, len(bent.t)]
    # Where only time constants change, L is the same function and its line one.
    slower = simulate(start=run, at=45, tau_p=5.0)
    page = play([run, slower], **STILL)
    assert len(lines(page, "energy", "whole")) == 1


def test_ghosts_are_named_and_drawn_in_every_figure(play, run):
    """Each with a dash, a mark, a name and a small grid of its own; in the wheel too."""
    ghosts = [("Hopfield", simulate(seed=1, model="hopfield")), ("T = 20, K = 30", simulate(seed=1, T=20.0, K=30))]
    ghosts += [("tau", simulate(seed=1, tau_p=0.0)), ("dense associative memory", simulate(seed=1, model="dense"))]
    page = play(run, ghosts=ghosts, **STILL)
    for figure in ("overlaps", "energy", "simplex"):
        dashes = layer(page, figure, "ghosts", "dash")
        assert len(dashes) == 4 == len({str(dash) for dash in dashes})
    for i, (_, ghost) in enumerate(ghosts):
        np.testing.assert_allclose(lines(page, "overlaps", "ghosts")[i], ghost.overlaps[:, ghost.target], atol=1e-6)
        np.testing.assert_allclose(lines(page, "energy", "ghosts")[i], ghost.energy, rtol=1e-6)
    page.keyboard.press("End")
    for thumb, (name, ghost) in zip(page.locator(".gs-thumb").all(), ghosts, strict=True):
        assert thumb.get_by_title(name, exact=True).inner_text().rstrip("…").rstrip(",") in name
        assert thumb.locator(".gs-thumb-count").inner_text().strip() == f"{ghost.hamming[-1]:g} wrong"
    cells = """() => ["[data-grid=now]", ".gs-thumb canvas"].map((name) => document.querySelector(name).clientHeight)"""
    now, thumb = page.evaluate(cells)
    assert now >= thumb > 20
    page.get_by_role("button", name=re.compile("wheel|spoke", re.IGNORECASE)).click()
    wheel = "() => document.querySelector('.gs').gliascope.figures.simplex.canvas.toDataURL()"
    with_ghosts = page.evaluate(wheel)
    page.evaluate("() => document.querySelector('.gs').gliascope.setGhosts([])")
    assert page.evaluate(wheel) != with_ghosts
    assert not page.locator(".gs-thumbs").is_visible()


SEEN_AHEAD = """() => {
  const {figures, scene} = document.querySelector('.gs').gliascope, seen = {};
  for (const name of ["overlaps", "energy"]) {
    const {context, box} = figures[name], ratio = devicePixelRatio;
    const from = figures[name].sx(scene.time.at(scene.t)) + 8, wide = box.right - from - 2;
    const {data} = context.getImageData(from * ratio, (box.top + 2) * ratio, wide * ratio, (box.height - 4) * ratio);
    seen[name] = new Set(new Uint32Array(data.buffer)).size > 1 || data[3] < 255;
  }
  const drawn = figures.simplex.model.renderers.map((one) => one.data_source.data);
  seen.simplex = drawn.flatMap((data) => (data.xs ?? []).filter((xs) => xs.length > 4)).length > 0;
  return seen;
}"""


def test_the_outcome_can_be_hidden_until_it_happens(play):
    run, other = simulate(seed=84), simulate(seed=84, model="hopfield")
    page = play(run, ghosts=[("Hopfield", other)], options={"outcome": "hidden"}, **STILL)
    last = len(run.t) - 1
    others = np.where(np.arange(run.memory.K) == run.target, 0, run.p)
    for at in (1, 20, 60):
        to_frame(page, at)
        assert page.evaluate(SEEN_AHEAD) == dict.fromkeys(("overlaps", "energy", "simplex"), False), at
        named = page.evaluate("() => document.querySelector('.gs').gliascope.own.overlaps.named")
        assert named[1] in np.flatnonzero(others[: at + 1].max(axis=0) == others[: at + 1].max()), "a rival of later is named"
        assert fact(page, "outcome") == "not yet known" and not page.locator(".gs-badge").is_visible()
        assert fact(page, "convergence") == (
            "not yet known" if run.t[at] < run.converged_at else f"converged at t = {three(run.converged_at)}"
        )
    to_frame(page, last)
    assert fact(page, "outcome") == "the target is recalled" and "never rose" in page.locator(".gs-badge").inner_text()
    to_frame(page, 20)
    page.get_by_role("button", name="hide outcome").click()
    assert page.evaluate(SEEN_AHEAD) == dict.fromkeys(("overlaps", "energy", "simplex"), True)
    assert fact(page, "outcome") == "the target is recalled" and "never rose" in page.locator(".gs-badge").inner_text()


def test_the_wheel_is_one_click_away(play, run):
    page = play(run, **STILL)
    assert len(lines(page, "simplex", "trail")) == 2
    page.get_by_role("button", name=re.compile("wheel|spoke", re.IGNORECASE)).click()
    assert lines(page, "simplex", "trail") == []


LANDSCAPE = """() => {
  const {figures, scene} = document.querySelector('.gs').gliascope, {run, frame} = scene;
  const {canvas} = figures.simplex, {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return {
    inked: data.some((value) => value > 0),
    picture: canvas.toDataURL(),
    ends: run.valley_ends ?? null,
    heights: run.arrays.valley ? [...run.arrays.valley.subarray(41 * frame, 41 * (frame + 1))] : null,
    ball: run.arrays.ball?.[frame],
    view: scene.view.gains,
  };
}"""


def test_the_landscape_of_the_gains_is_one_click_away_and_tilts_as_they_act(play):
    run = simulate(seed=84)
    page = play(run, **STILL)
    page.get_by_role("button", name=re.compile("^valley", re.IGNORECASE)).click()
    assert lines(page, "simplex", "trail") == []
    pictures = []
    for row in (0, 40, len(run.t) - 1):
        to_frame(page, row)
        seen = page.evaluate(LANDSCAPE)
        rival, target = seen["ends"]
        assert seen["inked"] and seen["view"] == "landscape" and target == run.target
        height = along(run, np.array([row]), rival, np.linspace(0, 1, 41))[0]
        np.testing.assert_allclose(np.array(seen["heights"]) / 65535, (height - height.min()) / np.ptp(height), atol=1e-5)
        assert seen["ball"] == pytest.approx(stands(run, np.array([row]), rival)[0], abs=1e-6)
        pictures.append(seen["picture"])
    assert len(set(pictures)) == 3
    page.get_by_role("button", name=re.compile("wheel|spoke", re.IGNORECASE)).click()
    assert page.evaluate(LANDSCAPE)["view"] == "wheel"
    page = play(simulate(seed=84, model="hopfield"), options={"gains": "landscape"}, **STILL)
    assert page.evaluate(LANDSCAPE)["heights"] is None and page.evaluate(LANDSCAPE)["inked"], "that there is none is said"


def test_pictures_hold_the_parameters_and_the_figures(play, run):
    page = play(run, **STILL)
    stage = "document.querySelector('.gs').gliascope"
    svg = page.evaluate(f"async () => (await {stage}.exportPicture({{format: 'svg'}})).text()")
    assert svg.startswith("<svg")
    assert "T = 0.01" in svg and "u₀" not in svg, "what has no say in this run is not in it"
    assert svg.count("<path") > 100
    assert page.evaluate(f"async () => (await {stage}.exportPicture({{format: 'png'}})).size") > 30_000


def test_a_picture_has_nothing_that_is_for_the_screen_alone(play, run):
    """No trace of the pointer, none of the keys, and no invitation to click."""
    page = play(run, options={"editable": True}, **STILL)
    page.keyboard.press("End")
    taken = """async () => {
      const stage = document.querySelector('.gs').gliascope;
      return (await stage.exportPicture({format: 'svg', ground: 'white'})).text();
    }"""

    def picture() -> str:
        return re.sub(r"\b[A-Za-z]{12}\b", "", page.evaluate(taken))  # without the names that Bokeh draws by chance

    plain = picture()
    assert ">cue<" in plain.replace(" ", "") and "click" not in plain
    page.mouse.move(*middle_of_the_line(page, run, run.target, len(run.t) // 2))
    assert page.locator(".gs").get_attribute("data-hover") == str(run.target)
    assert picture() == plain
    assert page.locator(".gs").get_attribute("data-hover") == str(run.target)


def test_the_sentence_is_spoken_when_the_clock_stands(play, run):
    page = play(run, **STILL)
    page.keyboard.press("End")
    voice = page.locator(".gs-voice")
    assert voice.get_attribute("aria-live") == "polite"
    page.wait_for_function(
        "document.querySelector('.gs-voice').textContent === document.querySelector('.gs-narration').textContent"
    )


def test_many_runs_leave_nothing_behind(play, run):
    page = play(run, **STILL)
    messages = [list(pack([simulate(seed=seed)])) for seed in range(4)]
    fill = """([messages, times]) => {
      const stage = document.querySelector('.gs').gliascope;
      const buffers = messages.map((bytes) => Uint8Array.from(bytes).buffer);
      for (let i = 0; i < times; i++) stage.setRun(buffers[i % buffers.length].slice(0));
      return document.querySelectorAll('*').length;
    }"""
    page.evaluate(fill, [messages, 10])
    page.wait_for_timeout(500)
    before = page.evaluate(fill, [messages, 1])
    page.evaluate(fill, [messages, 40])
    page.wait_for_timeout(500)
    assert page.evaluate(fill, [messages, 1]) <= before + 8  # stills of a cross-fade may be on their way out


def test_destroyed_it_leaves_the_page_and_lets_go_of_the_keys(play, run):
    page = play(run, **STILL)
    page.evaluate("document.querySelector('.gs').gliascope.destroy()")
    assert page.locator(".gs").count() == 0
    page.keyboard.press("ArrowRight")
